//! Types and keywords that clang or HIP's headers take in another way.

use tranship_rules::Rule;

use super::super::Pass;
use crate::finding::{Finding, Fix};
use crate::source::Lang;
use crate::syntax::TokenKind;
use crate::text::{Edit, Span};

/// Looks at `register`, which is no storage class in C++17: it is dropped where it can mean nothing else.
pub(super) fn register(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(next) = tokens.get(index + 1).filter(|next| next.kind == TokenKind::Identifier) else { return };
    let is_member = index > 0 && (tokens[index - 1].is_punct(b'.') || tokens[index - 1].is_double(b'-'));
    let statement = tokens[index..].iter().take_while(|t| !t.is_punct(b';'));
    let names_a_register = statement.clone().any(|t| matches!(unit.text(t), b"asm" | b"__asm__" | b"__asm"));
    if is_member || names_a_register {
        return;
    }
    let is_cuda = unit.source.lang == Lang::Cuda || unit.source.path.extension().is_some_and(|e| e == "cuh");
    let gap = &unit.source.bytes[tokens[index].end as usize..next.start as usize];
    if !is_cuda || !gap.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let token = &tokens[index];
    let edit = Edit::remove(Span::new(token.start, next.start));
    pass.report(Finding::of(rule, token.span()).with(Fix::One(edit)));
}
