//! Calls that need changed arguments in addition to the new name: symbols, kernel pointers, other signatures. The rows
//! are in `rules/tables/calls.toml`.
//!
//! If the argument list cannot be split with certainty, the call becomes a finding without a fix.

use std::borrow::Cow;
use std::path::Path;

use tranship_rules::{Call as Block, Cast, Level, Resolution, Wrap, rule};

use crate::cpp::call_site::{self, Call};
use crate::cpp::declared::declared_anywhere;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix, Message, Words, in_c};
use crate::pass::Pass;
use crate::text::{Edit, Piece, Span};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let tokens = pass.unit.tokens();
    for (index, token) in tokens.iter().enumerate() {
        if pass.unit.is_hip() && token.kind == TokenKind::Identifier && !token.is(Token::FROZEN) {
            in_hip(pass, index);
        }
        let has_blocks = token.kind == TokenKind::Identifier
            && !token.is(Token::FROZEN)
            && !pass.context.rules.calls(pass.unit.text(token)).is_empty();
        if has_blocks {
            call(pass, index);
        }
    }
}

/// Checks a call by its HIP name. A symbol that is named by a string is an error in HIP too.
fn in_hip(pass: &mut Pass, index: usize) {
    let word = pass.unit.text(&pass.unit.tokens()[index]);
    let cuda = pass.cuda_name(word);
    let blocks = if cuda == word { &[] } else { pass.context.rules.calls(cuda) };
    let wraps: Vec<&'static Wrap> = blocks.iter().flat_map(|block| block.wrap).collect();
    if wraps.is_empty() || pass.is_own_function(index) {
        return;
    }
    let Some(call) = call_site::call(pass.unit, index) else { return };
    for wrap in wraps {
        // This edit is only for CUDA's function.
        wrapped(pass, &call, wrap);
    }
}

fn call(pass: &mut Pass, index: usize) {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[index]);
    if !call_site::is_free(unit, index)
        || call_site::scope_before(unit, index).is_some()
        || pass.is_own_function(index)
        || !pass.may_apply(index, &mut pass.context.rules.calls(word).iter())
    {
        return;
    }
    let Some(call) = call_site::call(unit, index) else { return };
    for block in pass.context.rules.calls(word) {
        if pass.applies(&call, block) {
            apply(pass, index, &call, block);
            if block.when.is_some() {
                return;
            }
        }
    }
}

fn apply(pass: &mut Pass, index: usize, call: &Call, block: &'static Block) {
    let name = pass.unit.tokens()[index].span();
    if block.to.contains("tranship::") && pass.unit.is_c() {
        pass.report(in_c(block.cuda, name));
        return;
    }
    if !block.to.is_empty() && block.level != Level::Manual {
        let fix = Fix::One(Edit::pieces(call.call, template(call, &spelling(pass.unit, block.to))));
        pass.report(finding(block, call, call.call, fix));
        return;
    }
    let mut edits = Vec::new();
    for wrap in block.wrap {
        edits.extend(wrapped(pass, call, wrap));
    }
    if !has_macro(pass, block.cuda) {
        for cast in block.cast {
            edits.extend(casted(pass, call, cast));
        }
    }
    if !edits.is_empty() || block.level != Level::Safe {
        pass.report(finding(block, call, name, Fix::Many(edits)));
    }
}

/// Whether the project defines the counterpart of `cuda` as a macro. Such a macro converts the arguments itself.
fn has_macro(pass: &Pass, cuda: &str) -> bool {
    let Some(name) = pass.context.rules.name(cuda.as_bytes()) else { return false };
    let Resolution::Spelling(spelling) = name.at(pass.context.target.rocm) else { return false };
    let (hip, index) = (spelling.hip.as_bytes(), &pass.context.index);
    let defines =
        |path: &Path| index.facts(path).is_some_and(|facts| facts.macros.iter().any(|name| **name == *hip));
    index.is_macro(hip) && pass.shares_unit_with(&defines)
}

/// The finding of `block` at `span`. If the arguments are not certain, the finding is `manual` and has no fix.
fn finding(block: &'static Block, call: &Call, span: Span, fix: Fix) -> Finding {
    let applied = block.level != Level::Manual && call.arguments_are_certain();
    let level = if applied { block.level } else { Level::Manual };
    let todo = match block.level {
        Level::Manual => block.note.to_owned(),
        _ if applied => String::new(),
        _ => format!(
            "change the arguments as `tranship explain {}` shows; the call could not be parsed with certainty",
            block.cuda
        ),
    };
    let assumption = if level == Level::Review { block.note } else { "" };
    let words = Words {
        what: format!("the arguments of `{}` differ on ROCm", block.cuda).into(),
        why: "HIP's function has other parameters than CUDA's function".into(),
        todo: todo.into(),
        assumption: assumption.into(),
    };
    let fix = if applied { fix } else { Fix::None };
    Finding::new(block.cuda, level, span, fix, Message::Own(Box::new(words)))
}

/// The pieces of `to`, where `$1`, `$2` and so on become the spans of the arguments.
fn template(call: &Call, to: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = to;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        pieces.push(Piece::Text(rest[..at].to_owned().into()));
        let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
        if let Some(argument) = number.checked_sub(1).and_then(|n| call.arguments.get(n)) {
            pieces.push(Piece::Span(*argument));
        }
        rest = &rest[at + 1 + digits..];
    }
    pieces.push(Piece::Text(rest.to_owned().into()));
    pieces
}

/// The text `to` in the language of the file: C has no `static_cast`.
fn spelling(unit: &Unit, to: &'static str) -> Cow<'static, str> {
    const CASTS: &[(&str, &str)] = &[("static_cast<hipError_t>(", "(hipError_t)(")];
    if !unit.is_c() {
        return to.into();
    }
    CASTS.iter().fold(to.to_owned(), |text, (cpp, c)| text.replace(cpp, c)).into()
}

/// Wraps a symbol argument. A wrapped argument stays as it is, and a string becomes a finding.
fn wrapped(pass: &mut Pass, call: &Call, wrap: &'static Wrap) -> Option<Edit> {
    let span = *call.arguments.get(usize::from(wrap.arg))?;
    let text = &pass.unit.source.bytes[span.range()];
    if text.starts_with(wrap.with.as_bytes()) {
        return None;
    }
    if text.starts_with(b"\"") {
        pass.report_rule(rule::STRING_SYMBOL, span);
        return None;
    }
    let (open, close) = if has_open_comma(pass.unit, span) { ("((", "))") } else { ("(", ")") };
    Some(Edit::wrap(span, format!("{}{open}", wrap.with), close))
}

/// Whether `span` has a comma outside of parentheses. A macro would split such an argument in two.
fn has_open_comma(unit: &Unit, span: Span) -> bool {
    let tokens = unit.tokens();
    let mut at = tokens.partition_point(|token| token.start < span.start);
    let end = tokens.partition_point(|token| token.end <= span.end);
    while at < end {
        if tokens[at].is_punct(b',') {
            return true;
        }
        let close = if tokens[at].is_punct(b'(') { unit.lexed.close_of(at, end) } else { None };
        at = close.unwrap_or(at) + 1;
    }
    false
}

/// Casts an argument. An argument stays as it is if it has a cast or is the address of a `void` pointer, and in C, where
/// CUDA has no overloads.
fn casted(pass: &Pass, call: &Call, cast: &'static Cast) -> Option<Edit> {
    let span = *call.arguments.get(usize::from(cast.arg))?;
    let text = &pass.unit.source.bytes[span.range()];
    let is_cast =
        [&b"reinterpret_cast"[..], b"(const void", b"(void"].iter().any(|cast| text.starts_with(cast));
    let has_type = is_cast || pass.unit.is_c() || (cast.to == "void**" && points_to_void(pass.unit, span));
    (!has_type).then(|| Edit::wrap(span, format!("reinterpret_cast<{}>(", cast.to), ")"))
}

/// Whether `span` is `&name`, and `name` is declared as a pointer to `void`.
fn points_to_void(unit: &Unit, span: Span) -> bool {
    let tokens = unit.tokens();
    let at = tokens.partition_point(|token| token.start < span.start);
    let is_address = tokens.get(at + 1).is_some_and(|name| tokens[at].is_punct(b'&') && name.end == span.end);
    let kind = is_address.then(|| declared_anywhere(unit, unit.text(&tokens[at + 1]), at + 1)).flatten();
    kind.is_some_and(|mut kind| kind.any(|at| unit.is_word(at, "void")))
}
