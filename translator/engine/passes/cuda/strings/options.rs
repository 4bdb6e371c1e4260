//! Options of NVRTC in strings. An argument of `nvrtcCompileProgram` is the number of options. So each option becomes
//! exactly one string, unless the program computes the number from a container.

use std::ops::Range;

use rustc_hash::FxHashSet;

use tranship_rules::rule;

use super::uses;
use crate::cpp::call_site;
use crate::cpp::{Token, TokenKind, Unit};
use crate::embedded::Literal;
use crate::finding::Fix;
use crate::pass::Pass;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{self as flags, Change, CommandLine, Written};
use crate::readers::words::Word;
use crate::text::{Edit, Span};

/// An option that changes nothing, because hipRTC already uses it by default.
const NEUTRAL: &str = "-O3";

/// Checks the strings of `runs`, alone or in lists.
pub(crate) fn run(pass: &mut Pass, runs: &[Range<usize>]) {
    let unit = pass.unit;
    let handed = handed(unit);
    let mut at = 0;
    while at < runs.len() {
        let mut list = vec![at];
        let is_next = |at: usize| {
            runs.get(at + 1).is_some_and(|next| {
                next.start == runs[at].end + 1 && unit.tokens()[runs[at].end].is_punct(b',')
            })
        };
        while list.last().is_some_and(|&last| is_next(last)) {
            list.push(list[list.len() - 1] + 1);
        }
        at += list.len();
        let items: Vec<Range<usize>> = list.into_iter().map(|at| runs[at].clone()).collect();
        option_list(pass, &items, &handed);
    }
}

/// The names in the options argument of `nvrtcCompileProgram`, and whether the program computes their number.
struct Handed<'a> {
    names: FxHashSet<&'a [u8]>,
    counted: bool,
}

fn handed<'a>(unit: &'a Unit) -> Handed<'a> {
    let tokens = unit.tokens();
    let mut handed = Handed { names: FxHashSet::default(), counted: false };
    for index in uses(unit, "CompileProgram") {
        let Some(call) = call_site::call(unit, index) else { continue };
        let [_, count, options] = call.arguments[..] else { continue };
        handed.counted |= unit.slice(count).contains("size");
        let first = tokens.partition_point(|token| token.start < options.start);
        let given = tokens[first..].iter().take_while(|token| token.end <= options.end);
        let names = given.filter(|token| token.kind == TokenKind::Identifier);
        handed.names.extend(names.map(|token| unit.text(token)));
    }
    handed
}

fn option_list(pass: &mut Pass, items: &[Range<usize>], handed: &Handed) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let has_dash = |token: &Token| unit.text(token).contains(&b'-');
    if !items.iter().any(|run| tokens[run.clone()].iter().any(has_dash)) {
        return;
    }
    let literals: Option<Vec<Literal>> = items.iter().map(|run| single(unit, run)).collect();
    let text = |literal: &Literal| std::str::from_utf8(&unit.source.bytes[literal.inner.range()]).ok();
    let word = |literal: &Literal| Some(Word { text: text(literal)?, span: literal.inner });
    let Some(words) = literals.and_then(|all| all.iter().map(word).collect::<Option<Vec<_>>>()) else {
        return;
    };
    let first = items[0].start;
    let compares = first >= 2 && tokens[first - 2..first].iter().all(|token| token.is_punct(b'='));
    if compares || !words.iter().any(|word| word.text.starts_with('-')) {
        return;
    }
    if is_of_amd(unit, items) {
        return;
    }
    let line = if is_handed(unit, first, handed) { CommandLine::Nvrtc } else { CommandLine::Unknown };
    let grows = handed.counted && first > 0 && tokens[first - 1].is_punct(b'{');
    let mut file = Reporter::new(unit.source, pass.context);
    flags::report(&mut file, &words, line, |change| {
        let span = words[change.run.start].span.to(words[change.run.end - 1].span);
        written(span, change, grows)
    });
    let found = file.into_reported().findings;
    pass.report_all(found);
}

/// Whether the statement behind the first string names the property of HIP that holds the name of the GPU:
/// `"--gpu-architecture=" + properties.gcnArchName`.
fn is_of_amd(unit: &Unit, items: &[Range<usize>]) -> bool {
    let rest = unit.tokens()[items[0].start..].iter().take(MOST_OF_STATEMENT);
    let mut statement = rest.take_while(|token| !token.is_punct(b';'));
    statement.any(|token| unit.text(token) == b"gcnArchName")
}

/// The most tokens of a statement that are searched.
const MOST_OF_STATEMENT: usize = 32;

/// The only string of a run; `None` if the run has several.
fn single(unit: &Unit, run: &Range<usize>) -> Option<Literal> {
    let [token] = &unit.tokens()[run.clone()] else { return None };
    Literal::of(unit, token)
}

/// The replacement for the strings at `span`. Their number stays the same, unless the program computes it.
fn written(span: Span, change: &Change, grows: bool) -> Written {
    let replace = |new: &[String]| Fix::One(Edit::replace(span, new.join("\", \"")));
    let neutral = || replace(&vec![NEUTRAL.to_owned(); change.run.len()]);
    match change.new {
        _ if change.names_gpus => Written::Under(rule::RUNTIME_ARCHITECTURE, neutral()),
        [] => Written::Fix(neutral()),
        new if new.len() == change.run.len() || grows => Written::Fix(replace(new)),
        new => {
            let what = format!("one NVRTC option becomes several hipRTC options: `{}`", new.join("`, `"));
            Written::Nothing(rule::RUNTIME_OPTION, what)
        }
    }
}

/// Whether the statement around token `index` uses a name that is passed to `nvrtcCompileProgram`.
fn is_handed(unit: &Unit, index: usize, handed: &Handed) -> bool {
    let mut start = unit.lexed.statement_start(index);
    if start > 0 && unit.tokens()[start - 1].is_punct(b'{') {
        start = unit.lexed.statement_start(start - 1);
    }
    unit.tokens()[start..index].iter().any(|token| handed.names.contains(unit.text(token)))
}
