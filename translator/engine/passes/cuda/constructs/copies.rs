//! Asynchronous copies and block-wide barriers of libcu++: `cuda::pipeline`, `cuda::barrier`, `cuda::memcpy_async`.
//!
//! They become classes of the support header, in which a copy is complete at once. Barriers and pipelines of other scopes,
//! barriers that count bytes, and pipelines with roles on waves of 64 lanes are left to a person.

use std::ops::Range;

use tranship_rules::{Level, list, rule};

use super::atomics;
use super::libraries::qualified_by;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span, line_start};

/// Under which condition a barrier between the threads of a block is right.
const BARRIER: &str = "no lane waits for a lane of its own wave that has not arrived yet";
/// What differs for a copy.
const COPY: &str = "the copy is complete at once, so it does not overlap with the computation";
/// What to do with roles that share a wave.
const ROLES: &str =
    "give all threads both roles, or give whole waves one role, and synchronise them with barriers";

/// Handles `cuda::name` at token `index`, whose name is at token `name`. The first use of a name in the file reports all uses that
/// are translated. Returns `false` if this use is left to the rule for libcu++.
pub(super) fn check(pass: &mut Pass, index: usize, name: usize) -> bool {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[name]);
    let is_barrier = word == b"barrier";
    if !is_barrier && !list::has(list::LIBCUDACXX_COPIES, word) || counts_bytes(unit) {
        return false;
    }
    let waits = matches!(word, b"barrier" | b"pipeline_shared_state" | b"pipeline_role");
    let own_rule = if waits { rule::BLOCK_BARRIER } else { rule::COPY_AT_ONCE };
    let Some(rule) = pass.context.rules.named(own_rule) else { return false };
    let (mut also, mut edits) = (Vec::new(), Vec::new());
    let mut is_translated = false;
    for (at, name) in uses(unit).filter(|use_| unit.text(&unit.tokens()[use_.1]) == word) {
        if let Some(edit) = translated(pass, at, name) {
            is_translated |= at == index;
            also.push((at, name));
            edits.push(edit);
        }
    }
    if !is_translated || also.first().is_some_and(|&(first, _)| first < index) {
        return is_translated;
    }
    // The first finding about a barrier, or about any name if the file includes the header without need, has the include.
    let names_barriers = || uses(unit).any(|(_, name)| unit.is_word(name, "barrier"));
    let is_first = || uses(unit).next() == Some((index, name));
    if (is_barrier || (is_first() && !names_barriers())) && uses_only_copies(pass) {
        edits.extend(include_of(unit, b"<cuda/barrier>"));
    }
    let what = format!("`cuda::{}`: {}", String::from_utf8_lossy(word), rule.what);
    let finding = Finding::of(rule, unit.span_of(index..name + 1)).saying(what).with(Fix::Many(edits));
    let mut finding = match word {
        b"memcpy_async" => finding.at(Level::Review).assuming(COPY),
        _ if waits => finding.at(Level::Review).assuming(BARRIER),
        _ => finding.at(Level::Safe),
    };
    finding.also = also[1..].iter().map(|&(at, name)| unit.span_of(at..name + 1)).collect();
    pass.report(finding);
    true
}

/// Whether `cuda::name` at token `at` is left to the rule for libcu++.
pub(super) fn is_left(pass: &Pass, at: usize, name: usize) -> bool {
    counts_bytes(pass.unit) || translated(pass, at, name).is_none()
}

/// What to do with a use that is left to a person, if it is a use of this file.
pub(super) fn advice(unit: &Unit, name: usize) -> Option<&'static str> {
    let has_roles = unit.is_word(name, "pipeline_role")
        || (unit.is_word(name, "make_pipeline")
            && arguments(unit, name).is_some_and(|given| given.len() == 3));
    has_roles.then_some(ROLES)
}

/// The uses of names of libcu++: the tokens of `cuda` and of the name.
pub(super) fn uses<'u>(unit: &'u Unit) -> impl Iterator<Item = (usize, usize)> + use<'u> {
    let places = unit.places(b"cuda", 0..unit.tokens().len()).iter();
    places.filter_map(|&at| {
        let at = at as usize;
        let name = qualified_by(unit, at).filter(|_| !unit.tokens()[at].is(Token::FROZEN))?;
        Some((at, name))
    })
}

/// Whether the file uses a barrier through its address in shared memory, or lets it count bytes.
fn counts_bytes(unit: &Unit) -> bool {
    const WORDS: &[&[u8]] = &[
        b"barrier_native_handle",
        b"barrier_arrive_tx",
        b"barrier_expect_tx",
        b"memcpy_async_tx",
        b"CompletionFunction",
    ];
    WORDS.iter().any(|word| !unit.places(word, 0..unit.tokens().len()).is_empty())
}

/// The edit of `cuda::name`; `None` if the support header has nothing for this use.
fn translated(pass: &Pass, at: usize, name: usize) -> Option<Edit> {
    let unit = pass.unit;
    let to = |tokens: Range<usize>, text: &'static str| Some(Edit::replace(unit.span_of(tokens), text));
    let whole = at..name + 1;
    match unit.text(&unit.tokens()[name]) {
        b"barrier" => match template(unit, name)?.as_slice() {
            [scope] if is_scope(unit, scope, "block") => to(at..scope.end + 1, "tranship::block_barrier"),
            _ => None,
        },
        b"pipeline" => match template(unit, name)?.as_slice() {
            [scope] if is_scope(unit, scope, "thread") => to(at..scope.end + 1, "tranship::thread_pipeline"),
            [scope] if is_scope(unit, scope, "block") => to(at..scope.end + 1, "tranship::block_pipeline"),
            _ => None,
        },
        b"pipeline_shared_state" => match template(unit, name)?.as_slice() {
            [scope, stages] if is_scope(unit, scope, "block") => {
                let start = unit.tokens()[at].start;
                let span = Span::new(start, unit.tokens()[stages.start].start);
                Some(Edit::replace(span, "tranship::pipeline_state<"))
            }
            _ => None,
        },
        b"make_pipeline" => match arguments(unit, name)?.len() {
            0 => to(whole, "tranship::make_thread_pipeline"),
            2 => to(whole, "tranship::make_block_pipeline"),
            3 if has_narrow_waves(pass) => to(whole, "tranship::make_pipeline_with_roles"),
            _ => None,
        },
        b"pipeline_role" if has_narrow_waves(pass) => to(whole, "tranship::pipeline_role"),
        b"memcpy_async" => to(whole, "tranship::memcpy_async"),
        b"aligned_size_t" => to(whole, "tranship::aligned_size_t"),
        b"pipeline_consumer_wait_prior" => to(whole, "tranship::pipeline_consumer_wait_prior"),
        b"pipeline_producer_commit" => to(whole, "tranship::pipeline_producer_commit"),
        _ => None,
    }
}

/// Whether waves have 32 lanes, so that the warps of the source are waves.
fn has_narrow_waves(pass: &Pass) -> bool {
    pass.context.target.wave() == Some(32)
}

/// The template arguments behind the name at token `name`.
pub(super) fn template(unit: &Unit, name: usize) -> Option<Vec<Range<usize>>> {
    let open = name + 1;
    unit.tokens().get(open).filter(|token| token.is_punct(b'<'))?;
    let close = unit.lexed.angle_close(open, unit.tokens().len())?;
    Some(split_arguments(&unit.lexed, open + 1..close))
}

/// The arguments of the call of the name at token `name`.
pub(super) fn arguments(unit: &Unit, name: usize) -> Option<Vec<Range<usize>>> {
    let open = name + 1;
    unit.tokens().get(open).filter(|token| token.is_punct(b'('))?;
    let close = unit.lexed.close_of(open, unit.tokens().len())?;
    Some(split_arguments(&unit.lexed, open + 1..close))
}

/// Whether a template argument is the scope of libcu++ with this ending, as in `cuda::thread_scope_block`.
fn is_scope(unit: &Unit, argument: &Range<usize>, ending: &str) -> bool {
    let words = argument.clone().filter(|&at| unit.tokens()[at].kind == TokenKind::Identifier);
    let last = argument.end - 1;
    words.clone().all(|at| at == last || unit.is_word(at, "cuda") || unit.is_word(at, "thread_scope"))
        && words.count() > 0
        && unit.is_word(last, &format!("thread_scope_{ending}"))
}

/// Whether the file uses nothing of libhipcxx: everything that is not translated is a copy, which libhipcxx lacks.
fn uses_only_copies(pass: &Pass) -> bool {
    uses_nothing_else(pass, &atomics::edits(pass))
}

/// Whether all uses of libcu++ in the file are translated or are copies, if the uses in `others` are translated.
pub(super) fn uses_nothing_else(pass: &Pass, others: &[Edit]) -> bool {
    let unit = pass.unit;
    let edits = edits(pass);
    uses(unit).all(|(at, name)| {
        let start = unit.tokens()[at].start;
        list::has(list::LIBCUDACXX_COPIES, unit.text(&unit.tokens()[name]))
            || edits.iter().chain(others).any(|edit| edit.span.covers(start))
    })
}

/// The edits of the copies and barriers that are translated.
pub(super) fn edits(pass: &Pass) -> Vec<Edit> {
    if counts_bytes(pass.unit) {
        return Vec::new();
    }
    uses(pass.unit).filter_map(|(at, name)| translated(pass, at, name)).collect()
}

/// The edits that remove the includes of a header of libcu++.
pub(super) fn include_of(unit: &Unit, header: &'static [u8]) -> impl Iterator<Item = Edit> {
    let bytes = &unit.source.bytes;
    unit.includes().filter(move |(_, token)| unit.text(token) == header && !token.is(Token::FROZEN)).map(
        |(directive, _)| {
            let span = unit.lexed.directives[directive].span;
            let start = line_start(bytes, span.start as usize);
            let ending = &bytes[span.end as usize..];
            let end = if ending.starts_with(b"\n") { 1 } else { 2 * u32::from(ending.starts_with(b"\r\n")) };
            let is_line = end > 0 && bytes[start..span.start as usize].iter().all(u8::is_ascii_whitespace);
            Edit::remove(if is_line { Span::new(start as u32, span.end + end) } else { span })
        },
    )
}
