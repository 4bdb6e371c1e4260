//! The half type that an atomic function is called on, from a cast or a declaration. HIP has no such functions.

use std::ops::Range;

use crate::cpp::call_site::arguments;
use crate::cpp::declared::declared;
use crate::cpp::{Token, TokenKind, Unit};

/// Whether `word` is an atomic function that CUDA has for half types and HIP has not.
pub fn is_atomic(word: &[u8]) -> bool {
    matches!(word, b"atomicAdd" | b"atomicMax" | b"atomicMin")
}

/// The half type that the address in the call of the function at token `index` points to.
pub fn operand(unit: &Unit, index: usize) -> Option<String> {
    arguments(unit, index)?.first().and_then(|address| half_type(unit, address.clone()))
}

/// The half type that an address points to, from a cast in the address or the declaration of its first name.
fn half_type(unit: &Unit, address: Range<usize>) -> Option<String> {
    let tokens = unit.tokens();
    let is_half = |token: &&Token| {
        let word = unit.text(token);
        matches!(
            word,
            b"half"
                | b"__half"
                | b"half2"
                | b"__half2"
                | b"nv_bfloat16"
                | b"__nv_bfloat16"
                | b"nv_bfloat162"
                | b"__nv_bfloat162"
                | b"__hip_bfloat16"
                | b"__hip_bfloat162"
        )
    };
    let shown = |token: &Token| unit.slice(token.span()).into_owned();
    if let Some(cast) = tokens[address.clone()].iter().find(is_half) {
        return Some(shown(cast));
    }
    // `(unsigned *)p` and `reinterpret_cast<unsigned *>(p)` have another type, whatever `p` is.
    let is_cast = |at: usize| {
        tokens[at].is_punct(b'*') && tokens.get(at + 1).is_some_and(|t| matches!(t.byte, b')' | b'>'))
    };
    if address.clone().any(is_cast) {
        return None;
    }
    let name = address.clone().find(|&at| tokens[at].kind == TokenKind::Identifier)?;
    let function = unit.function_at(tokens[name].start)?;
    let declared = declared(unit, function, unit.text(&tokens[name]), name)?;
    tokens[declared].iter().find(is_half).map(shown)
}
