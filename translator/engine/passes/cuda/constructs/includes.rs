//! Standard headers that CUDA's runtime header includes and HIP's does not.

use tranship_rules::{Release, Rule, list, rule};

use super::extremum::runs_on_host;
use crate::cpp::functions::Space;
use crate::cpp::insertion;
use crate::cpp::{Token, Unit};
use crate::finding::{Finding, Fix};
use crate::index::includes::Include;
use crate::lang::Lang;
use crate::pass::Pass;

/// The limit of calls of one function that are checked in the device code of a file. Files written by hand have fewer.
const MOST_CALLS: usize = 1024;

/// Checks a call of a memory or string function in code that the host runs too. HIP 7 no longer includes the header that declares it.
pub(crate) fn string_function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    // The runtime header of HIP 5.2.3 includes the header; that of 7.1 does not.
    if pass.context.target.rocm < Release::new(7, 0) || !is_host_call(unit, index) {
        return;
    }
    // Only the first calls of a name are checked, so a long list of calls in device code can hide a host call.
    let earlier = |word: &&str| {
        let places = unit.places(word.as_bytes(), 0..index).iter().take(MOST_CALLS);
        places.into_iter().any(|&at| is_host_call(unit, at as usize))
    };
    if !gets_cuda_runtime(unit) || rule.identifiers.iter().any(earlier) || gets_string_header(pass) {
        return;
    }
    let token = &unit.tokens()[index];
    let header = if unit.is_c() { "string.h" } else { "cstring" };
    if let Some(edit) = insertion::before_includes(unit, header) {
        let what = format!("`<{header}>` is included for `{}`", unit.slice(token.span()));
        pass.report(Finding::of(rule, token.span()).saying(what).with(Fix::One(edit)));
    }
}

/// Checks the first `assert` of a file. CUDA's runtime header includes the header of `assert`, and HIP's does not.
pub(crate) fn assertion(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let is_called = |at: usize| {
        let follows = unit.tokens().get(at + 1).is_some_and(|t| t.is_punct(b'('));
        follows && !unit.is_member(at) && !unit.tokens()[at].is(Token::FROZEN)
    };
    let earlier = unit.places(b"assert", 0..index).iter().any(|&at| is_called(at as usize));
    // Code that is compiled at run time includes nothing, and its compiler has no such header.
    if earlier || !is_called(index) || !gets_cuda_runtime(unit) || unit.includes().next().is_none() {
        return;
    }
    let declares = |name: &str| matches!(name, "cassert" | "assert.h");
    let own = |token: &Token| declares(unit.slice(token.span()).trim_matches(['<', '>', '"']));
    let brings = |include: &Include, _| declares(&include.name);
    if pass.is_own(b"assert")
        || unit.includes().any(|(_, token)| own(token))
        || pass.context.index.reaches(&unit.source.path, brings)
    {
        return;
    }
    let header = if unit.is_c() { "assert.h" } else { "cassert" };
    if let Some(edit) = insertion::before_includes(unit, header) {
        pass.report(Finding::of(rule, unit.tokens()[index].span()).with(Fix::One(edit)));
    }
}

/// The headers that declare the functions which link device code, in CUDA or in HIP.
const RUNTIME_COMPILERS: &[&str] = &["nvrtc.h", "hip/hiprtc.h"];

/// Checks the first use of a function that links device code. CUDA's driver declares it in `cuda.h`, and hipRTC in its own
/// header.
pub(crate) fn link_function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let is_used_before = |word: &&str| !unit.places(word.as_bytes(), 0..index).is_empty();
    // Older releases have no such functions.
    if pass.context.target.rocm < Release::new(5, 3) || rule.identifiers.iter().any(is_used_before) {
        return;
    }
    let declares = |name: &str| RUNTIME_COMPILERS.contains(&name);
    let own =
        unit.includes().any(|(_, token)| declares(unit.slice(token.span()).trim_matches(['<', '>', '"'])));
    let brings = |include: &Include, _| declares(&include.name);
    if own || pass.context.index.reaches(&unit.source.path, brings) {
        return;
    }
    let token = &unit.tokens()[index];
    if let Some(edit) = insertion::before_includes(unit, "hip/hiprtc.h") {
        let what = format!("`<hip/hiprtc.h>` is included for `{}`", unit.slice(token.span()));
        pass.report(Finding::of(rule, token.span()).saying(what).with(Fix::One(edit)));
    }
}

/// Algorithms of Thrust whose headers `thrust/sort.h` includes in CUDA 12.4 and not in rocThrust 6.4.
const THRUST_FUNCTIONS: &[&str] = &["sequence", "tabulate"];

/// Checks the algorithms of Thrust that a file uses without their header.
pub(crate) fn check_thrust(pass: &mut Pass) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_thrust = |at: usize| {
        let qualified = at >= 2 && tokens[at - 1].is_double(b':') && unit.is_word(at - 2, "thrust");
        qualified && !tokens[at].is(Token::FROZEN)
    };
    for word in THRUST_FUNCTIONS {
        let places = unit.places(word.as_bytes(), 0..tokens.len()).iter().map(|&at| at as usize);
        let Some(index) = places.take(MOST_CALLS).find(|&at| is_thrust(at)) else { continue };
        let header = format!("thrust/{word}.h");
        let own = |token: &Token| unit.slice(token.span()).trim_matches(['<', '>', '"']) == header;
        let brings = |include: &Include, _| include.name == header;
        if unit.includes().any(|(_, token)| own(token))
            || pass.context.index.reaches(&unit.source.path, brings)
        {
            continue;
        }
        let edit = insertion::behind_one_of(unit, &header, |name| name.starts_with("thrust/"));
        if let Some(edit) = edit {
            pass.report_fix(rule::THRUST_HEADER, tokens[index].span(), Fix::One(edit));
        }
    }
}

/// Whether the name at `index` is called in a function that the host runs too, without a qualifier or as `std::name`.
fn is_host_call(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let before = index.checked_sub(1).map(|at| &tokens[at]);
    let is_member = unit.is_member(index);
    let qualified = before.is_some_and(|t| t.is_double(b':'));
    let is_standard = !qualified || index.checked_sub(2).is_some_and(|at| unit.is_word(at, "std"));
    let is_call = tokens.get(index + 1).is_some_and(|t| t.is_punct(b'('));
    let in_host = || {
        let function = unit.function_at(tokens[index].start).filter(|function| function.name != index);
        function.is_some_and(|function| function.space == Space::Host || runs_on_host(unit, function))
    };
    is_call && !is_member && is_standard && !tokens[index].is(Token::DIRECTIVE) && in_host()
}

/// Whether the file gets its declarations from CUDA's runtime header, which nvcc adds to every `.cu` file.
pub(super) fn gets_cuda_runtime(unit: &Unit) -> bool {
    matches!(unit.source.lang, Lang::Cuda | Lang::Hip)
        || unit.includes().any(|(_, name)| unit.text(name) == b"<cuda_runtime.h>")
}

/// Whether the file includes such a header, directly or through another file.
fn gets_string_header(pass: &Pass) -> bool {
    let unit = pass.unit;
    let declares = |name: &str| list::STRING_HEADERS.contains(&name);
    let own = |token: &Token| {
        let text = unit.slice(token.span());
        declares(text.trim_matches(['<', '>', '"']))
    };
    let brings = |include: &Include, _| declares(&include.name);
    unit.includes().any(|(_, token)| own(token)) || pass.context.index.reaches(&unit.source.path, brings)
}
