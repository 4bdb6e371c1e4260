//! Mathematical functions that the host calls. nvcc declares them for host and GPU without an include, and HIP's headers for the
//! GPU alone.
//!
//! It does not read calls in macros, and changes no function of a namespace.

use tranship_rules::{Rule, list, rule};

use super::extremum::{runs_on_host, uses_std};
use super::includes;
use crate::cpp::call_site as site;
use crate::cpp::insertion;
use crate::cpp::{Token, Unit};
use crate::finding::{Finding, Fix};
use crate::index::includes::Include;
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The limit of calls of one function that are checked in a file.
const MOST_CALLS: usize = 1024;

/// Checks a function of CUDA that the standard library lacks, called in a function that the host runs too.
pub(crate) fn function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    if !is_host_call(unit, index) || pass.is_own(unit.text(&unit.tokens()[index])) {
        return;
    }
    let span = with_colons(unit, index);
    let name = unit.slice(unit.tokens()[index].span()).into_owned();
    let finding = Finding::of(rule, span).saying(format!("the host calls `{name}`"));
    let has_helper = list::has(list::HOST_MATH_HELPERS, name.as_bytes());
    pass.report(if has_helper {
        finding.with(Fix::One(Edit::replace(span, format!("tranship::{name}"))))
    } else {
        finding
    });
}

/// Checks the first call of `isnan` and its kin in a function that the host runs too. For the host, only `math.h` declares
/// them outside of `std`.
pub(crate) fn check_header(pass: &mut Pass) {
    let unit = pass.unit;
    if unit.is_c() || !includes::gets_cuda_runtime(unit) {
        return;
    }
    let needs_header = |pass: &Pass, word: &str, at: usize| {
        let is_qualified = unit.tokens()[at - 1].is_double(b':');
        let is_hypot = || site::arguments(unit, at).is_some_and(|arguments| arguments.len() == 3);
        is_host_call(unit, at)
            && (word != "hypot" || is_hypot())
            && (is_qualified || !uses_std(unit, word))
            && !pass.is_own(word.as_bytes())
    };
    let words = list::MATH_MACROS_OF_C.iter();
    let first = words.filter_map(|word| {
        let places = unit.places(word.as_bytes(), 1..unit.tokens().len()).iter();
        places.take(MOST_CALLS).map(|&at| at as usize).find(|&at| needs_header(pass, word, at))
    });
    let Some(index) = first.min() else { return };
    let declares = |name: &str| name == "math.h";
    let own = |token: &Token| declares(unit.slice(token.span()).trim_matches(['<', '>', '"']));
    let brings = |include: &Include, _| declares(&include.name);
    if unit.includes().any(|(_, token)| own(token)) || pass.context.index.reaches(&unit.source.path, brings) {
        return;
    }
    if let Some(edit) = insertion::before_includes(unit, "math.h") {
        let span = unit.tokens()[index].span();
        let what = format!("`<math.h>` is included for `{}`", unit.slice(span));
        let finding = pass.finding(rule::MATH_HEADER, span);
        pass.report_all(finding.map(|finding| finding.saying(what).with(Fix::One(edit))));
    }
}

/// Whether the global function at token `index` is called in a function that the host runs too.
fn is_host_call(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let is_scoped = index > 1 && tokens[index - 1].is_double(b':') && !starts_scope(unit, index - 1);
    let is_call = tokens.get(index + 1).is_some_and(|t| t.is_punct(b'('));
    is_call
        && !unit.is_member(index)
        && !is_scoped
        && !tokens[index].is(Token::DIRECTIVE)
        && !tokens[index].is(Token::FROZEN)
        && unit
            .function_at(tokens[index].start)
            .is_some_and(|function| function.name != index && runs_on_host(unit, function))
}

/// Whether nothing is named in front of the `::` at token `colons`.
fn starts_scope(unit: &Unit, colons: usize) -> bool {
    use crate::cpp::TokenKind::Identifier;
    let Some(before) = colons.checked_sub(1).map(|at| &unit.tokens()[at]) else { return true };
    let is_name = before.kind == Identifier && unit.text(before) != b"return";
    !is_name && !before.is_punct(b'>')
}

/// The name at token `index` with the `::` in front of it.
fn with_colons(unit: &Unit, index: usize) -> Span {
    let tokens = unit.tokens();
    let is_global = index > 0 && tokens[index - 1].is_double(b':');
    Span::new(tokens[if is_global { index - 1 } else { index }].start, tokens[index].end)
}
