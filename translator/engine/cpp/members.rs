//! Member functions that are defined outside of their class.
//!
//! Classes are compared by their last name alone, without their namespaces.

use std::ops::Range;

use super::declarations::Members;
use super::declarators::FAR;
use super::{TokenKind, Unit};

/// The most member functions of a class that are defined outside of it.
const MOST_MEMBERS: usize = 64;

/// The member functions that are defined outside of the class with its `{` at token `brace`.
pub(super) fn members_elsewhere(unit: &Unit, brace: usize) -> Vec<Range<usize>> {
    let Some(name) = class_at(unit, brace) else { return Vec::new() };
    unit.members(name).iter().take(MOST_MEMBERS).cloned().collect()
}

/// The name of the class with its `{` at token `brace`.
pub(crate) fn class_at<'a>(unit: &Unit<'a>, brace: usize) -> Option<&'a [u8]> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(brace);
    let is_keyword = |at: &usize| {
        let is_parameter = *at > start && matches!(tokens[at - 1].byte, b'<' | b',');
        matches!(unit.text(&tokens[*at]), b"struct" | b"class" | b"union") && !is_parameter
    };
    let keyword = (start..brace).rev().find(|at| is_keyword(at))?;
    let head =
        tokens[keyword + 1..brace].iter().take_while(|token| !token.is_punct(b':') && !token.is_punct(b'<'));
    let names = head.filter(|token| token.kind == TokenKind::Identifier && unit.text(token) != b"final");
    names.last().map(|token| unit.text(token))
}

/// The name of the class that qualifies token `name`.
fn class_of<'a>(unit: &Unit<'a>, name: usize) -> Option<&'a [u8]> {
    let tokens = unit.tokens();
    let scope = name.checked_sub(2).filter(|_| tokens[name - 1].is_double(b':'))?;
    let mut depth = 0_u32;
    let class = (scope.saturating_sub(FAR)..=scope).rev().find(|&at| {
        depth =
            depth + u32::from(tokens[at].is_punct(b'>')) - u32::from(depth > 0 && tokens[at].is_punct(b'<'));
        depth == 0 && tokens[at].kind == TokenKind::Identifier
    })?;
    Some(unit.text(&tokens[class]))
}

/// The functions of the file that are defined outside of their class, by the name of the class.
pub(super) fn members(unit: &Unit) -> Members {
    let mut members = Members::default();
    for function in unit.functions() {
        if let Some(class) = class_of(unit, function.name) {
            members.entry(class.into()).or_default().push(function.name..function.body.end);
        }
    }
    members
}
