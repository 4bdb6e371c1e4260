//! What stands around an identifier: whether it is a use, its call's arguments, declarations it may refer to.

use std::ops::Range;

use crate::cpp::keywords::is_no_scope;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};

/// Whether the identifier at `index` can be a use of the CUDA name: no member, no name of another scope, no name that
/// a directive defines or tests, no parameter of the macro around it.
pub fn is_use(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let before = index.checked_sub(1).map(|at| &tokens[at]);
    let pasted = |t: &Token| t.is_double(b'#') || (t.is_punct(b'#') && !t.is(Token::LINE_START));
    let is_pasted = before.is_some_and(pasted) || tokens.get(index + 1).is_some_and(|t| t.is_double(b'#'));
    if unit.is_member(index) || is_pasted || is_qualified(unit, index) {
        return false;
    }
    !tokens[index].is(Token::DIRECTIVE) || is_used_by_directive(unit, index)
}

/// Whether a scope other than the global one stands before the identifier at `index`.
fn is_qualified(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(scope) = index.checked_sub(2).filter(|_| tokens[index - 1].is_double(b':')) else {
        return false;
    };
    let scope = &tokens[scope];
    let names_a_scope = scope.kind == TokenKind::Identifier && !is_no_scope(unit.text(scope));
    scope.is_punct(b'>') || (names_a_scope && !is_cooperative_groups(unit, scope))
}

/// Whether a scope is the namespace of cooperative groups, under its own name or an alias of this file.
fn is_cooperative_groups(unit: &Unit, scope: &Token) -> bool {
    let word = unit.text(scope);
    let is_alias = || unit.namespace_aliases().get(word).is_some_and(|target| target == "cooperative_groups");
    matches!(word, b"cooperative_groups" | b"cg") || is_alias()
}

fn is_used_by_directive(unit: &Unit, index: usize) -> bool {
    let Some(directive) = unit.directive_of(index) else { return false };
    match directive.kind {
        DirectiveKind::Define => {
            index > directive.tokens.start && !is_macro_parameter(unit, directive, index)
        }
        DirectiveKind::Pragma => true,
        _ => false,
    }
}

/// No macro has so many parameters, each with its comma.
const MOST_PARAMETERS: usize = 512;

/// Whether the token at `index` in the body of a `#define` spells one of its parameters, or is in their list.
fn is_macro_parameter(unit: &Unit, directive: &Directive, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(parameters) = macro_parameters(unit, directive) else { return false };
    let word = unit.text(&tokens[index]);
    index < parameters.end
        || tokens[parameters].iter().take(MOST_PARAMETERS).any(|token| unit.text(token) == word)
}

/// Token indices of the parameters of a function-like macro, without the parentheses.
pub fn macro_parameters(unit: &Unit, directive: &Directive) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let name = tokens.get(directive.tokens.start)?;
    let open = directive.tokens.start + 1;
    let opens = tokens.get(open).filter(|_| open < directive.tokens.end)?;
    if !opens.is_punct(b'(') || opens.start != name.end {
        return None;
    }
    Some(open + 1..unit.lexed.close_of(open, directive.tokens.end)?)
}

/// Where the tokens of the code or directive around token `index` end.
pub fn end_of_part(unit: &Unit, index: usize) -> usize {
    unit.directive_of(index).map_or(unit.tokens().len(), |directive| directive.tokens.end)
}

/// The index of the `(` of a call of the name at `index`, past template arguments.
pub fn call_open(unit: &Unit, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let end = end_of_part(unit, index);
    let mut open = index + 1;
    if tokens.get(open)?.is_punct(b'<') {
        open = unit.lexed.angle_close(open, end)? + 1;
    }
    (open < end && tokens[open].is_punct(b'(')).then_some(open)
}

/// The arguments of a call of the name at `index`; `None` when it is not called there.
pub fn arguments(unit: &Unit, index: usize) -> Option<Vec<Range<usize>>> {
    let open = call_open(unit, index)?;
    let close = unit.lexed.close_of(open, end_of_part(unit, index))?;
    Some(split_arguments(&unit.lexed, open + 1..close))
}

/// Index of the last `byte` shortly before token `index`.
pub fn last_before(unit: &Unit, index: usize, byte: u8) -> Option<usize> {
    const FAR: usize = 256;
    (index.saturating_sub(FAR)..index).rev().find(|&at| unit.tokens()[at].is_punct(byte))
}

/// The innermost bracket that is open at `index` in the statement around it, not before `start`.
pub fn enclosing_open(unit: &Unit, start: usize, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut depth = 0;
    (start.max(unit.lexed.statement_start(index))..index).rev().find(|&at| {
        let token = &tokens[at];
        if token.kind != TokenKind::Punct {
            return false;
        }
        match token.byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth == 0 => return true,
            b'(' | b'[' => depth -= 1,
            _ => {}
        }
        false
    })
}

/// The source of some tokens on one line, shortened for a message.
pub fn shown(unit: &Unit, tokens: Range<usize>) -> String {
    const LONGEST: usize = 40;
    if tokens.is_empty() {
        return String::new();
    }
    let mut span = unit.span_of(tokens);
    // Enough for the longest message, however much white space there is; the rest is never shown.
    span.end = span.end.min(span.start.saturating_add(100 * LONGEST as u32));
    let text = unit.slice(span);
    let line = text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}
