//! Calls whose arguments need work beside the renaming of the function, as `rules/tables/calls.toml` says: symbols,
//! kernel pointers, other signatures.
//!
//! It refuses to split arguments by guess: where the argument list is not certain, the call becomes a finding.

use std::ops::Range;

use tranship_rules::{Call, Cast, Level, Wrap};

use super::Pass;
use crate::finding::{Finding, Fix, Message, Words};
use crate::syntax::functions::close_of;
use crate::syntax::launches::split_arguments;
use crate::syntax::{Token, TokenKind, Unit};
use crate::text::{Edit, Piece, Span};

/// Runs the pass.
pub(super) fn run(pass: &mut Pass) {
    let tokens = pass.unit.tokens();
    for index in 0..tokens.len() {
        let token = &tokens[index];
        if token.kind == TokenKind::Identifier && !token.is(Token::FROZEN) {
            call(pass, index);
        }
    }
}

/// Whether a rewrite of the whole call at token `index` renames `cuda` itself.
pub(super) fn replaces(pass: &Pass, index: usize, cuda: &str) -> bool {
    let arguments = arguments(pass.unit, index);
    blocks(pass, cuda.as_bytes(), arguments.as_ref())
        .any(|block| !block.to.is_empty() || block.level == Level::Manual)
}

/// The argument list of the call whose name is token `index`: tokens of each argument.
struct Arguments {
    /// Token of the opening parenthesis.
    open: usize,
    /// Token of the closing parenthesis.
    close: usize,
    arguments: Vec<Range<usize>>,
}

fn arguments(unit: &Unit, index: usize) -> Option<Arguments> {
    let tokens = unit.tokens();
    let mut open = index + 1;
    if tokens.get(open)?.is_punct(b'<') {
        open = crate::syntax::launches::angle_close(tokens, open, tokens.len())? + 1;
    }
    if !tokens.get(open)?.is_punct(b'(') {
        return None;
    }
    let close = close_of(tokens, open, tokens.len())?;
    Some(Arguments { open, close, arguments: split_arguments(tokens, open + 1..close) })
}

/// The blocks of the table that are about this call in this release.
fn blocks<'a>(
    pass: &'a Pass,
    cuda: &[u8],
    arguments: Option<&'a Arguments>,
) -> impl Iterator<Item = &'static Call> + use<'a> {
    let target = &pass.context.target;
    pass.context.rules.calls(cuda).iter().filter(move |block| {
        let count = arguments.map(|a| a.arguments.len());
        let counted = block.arguments.is_none_or(|wanted| count == Some(usize::from(wanted)));
        let rocm = block.rocm_since.is_none_or(|since| since <= target.rocm)
            && block.rocm_until.is_none_or(|until| target.rocm < until);
        let cuda = block.cuda_since.is_none_or(|since| target.cuda.is_some_and(|cuda| since <= cuda))
            && block.cuda_until.is_none_or(|until| target.cuda.is_none_or(|cuda| cuda < until));
        arguments.is_some() && counted && rocm && cuda
    })
}

fn call(pass: &mut Pass, index: usize) {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[index]);
    if pass.context.rules.calls(word).is_empty()
        || is_member(unit, index)
        || pass.context.index.is_own(&String::from_utf8_lossy(word))
    {
        return;
    }
    let Some(arguments) = arguments(unit, index) else { return };
    let found: Vec<&'static Call> = blocks(pass, word, Some(&arguments)).collect();
    for block in found {
        apply(pass, index, &arguments, block);
    }
}

fn is_member(unit: &Unit, index: usize) -> bool {
    let before = index.checked_sub(1).map(|at| &unit.tokens()[at]);
    before.is_some_and(|t| t.is_punct(b'.') || t.is_double(b'-'))
}

fn apply(pass: &mut Pass, index: usize, arguments: &Arguments, block: &'static Call) {
    let unit = pass.unit;
    let whole = unit.span_of(index..arguments.close + 1);
    let name = unit.tokens()[index].span();
    if !block.to.is_empty() && block.level != Level::Manual {
        let fix = Fix::One(Edit::pieces(whole, template(unit, arguments, block.to)));
        pass.report(finding(block, whole, fix));
        return;
    }
    let mut edits = Vec::new();
    for wrap in block.wrap {
        edits.extend(wrapped(pass, arguments, wrap));
    }
    for cast in block.cast {
        edits.extend(casted(pass, arguments, cast));
    }
    if !edits.is_empty() || block.level != Level::Safe {
        pass.report(finding(block, name, Fix::Many(edits)));
    }
}

fn finding(block: &'static Call, span: Span, fix: Fix) -> Finding {
    let note = block.note;
    let words = Words {
        what: format!("the arguments of `{}` differ on ROCm", block.cuda).into(),
        why: "HIP's function takes other arguments than CUDA's".into(),
        todo: if block.level == Level::Manual { note.into() } else { "".into() },
        assumption: if block.level == Level::Review { note.into() } else { "".into() },
    };
    let fix = if block.level == Level::Manual { Fix::None } else { fix };
    Finding { rule: block.cuda, level: block.level, span, fix, message: Message::Own(Box::new(words)) }
}

/// `$1` ... of `to` become the spans of the arguments.
fn template(unit: &Unit, arguments: &Arguments, to: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = to;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        pieces.push(Piece::Text(rest[..at].into()));
        let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
        if let Some(argument) = number.checked_sub(1).and_then(|n| arguments.arguments.get(n)) {
            pieces.push(Piece::Span(unit.span_of(argument.clone())));
        }
        rest = &rest[at + 1 + digits..];
    }
    pieces.push(Piece::Text(rest.into()));
    pieces
}

/// The argument's tokens, unless it is missing or empty.
fn argument(arguments: &Arguments, number: u8) -> Option<Range<usize>> {
    arguments.arguments.get(usize::from(number)).filter(|range| !range.is_empty()).cloned()
}

/// Wraps a symbol argument; one that is wrapped already stays, a string is a finding.
fn wrapped(pass: &mut Pass, arguments: &Arguments, wrap: &'static Wrap) -> Option<Edit> {
    let unit = pass.unit;
    let range = argument(arguments, wrap.arg)?;
    let first = &unit.tokens()[range.start];
    if unit.text(first) == wrap.with.as_bytes() {
        return None;
    }
    let span = unit.span_of(range);
    if matches!(first.kind, TokenKind::String | TokenKind::RawString) {
        pass.hazard("string-symbol", span);
        return None;
    }
    Some(Edit::wrap(span, format!("{}(", wrap.with), ")"))
}

/// Casts a function argument; one that is cast already stays.
fn casted(pass: &mut Pass, arguments: &Arguments, cast: &'static Cast) -> Option<Edit> {
    let unit = pass.unit;
    let range = argument(arguments, cast.arg)?;
    let text = unit.slice(unit.span_of(range.clone()));
    let is_cast =
        text.starts_with("reinterpret_cast") || text.starts_with("(const void") || text.starts_with("(void");
    let _ = arguments.open;
    (!is_cast).then(|| Edit::wrap(unit.span_of(range), format!("reinterpret_cast<{}>(", cast.to), ")"))
}
