//! Finds the arguments of macros that choose between the code of two vendors: `APP_HIP_OR_CUDA(of_hip(), of_cuda())`.
//!
//! The name of the macro decides: its parts between `_OR_` are the vendors of its arguments, in this order.

use std::ops::Range;

use super::switches::{names_hip, names_nvidia};
use super::{Lexed, Token, TokenKind};

/// The arguments of one macro, as ranges of tokens.
pub(super) struct VendorArguments {
    /// The code that only HIP compiles.
    pub(super) hip: Vec<Range<usize>>,
    /// The code that HIP never compiles.
    pub(super) nvidia: Vec<Range<usize>>,
}

/// Between the vendors in the name of a macro.
const OR: &str = "_OR_";

/// The arguments of all such macros in code. A macro counts if it has as many arguments as its name has vendors, and these are
/// both HIP and NVIDIA.
pub(super) fn vendor_arguments(bytes: &[u8], lexed: &Lexed) -> Vec<VendorArguments> {
    let tokens = lexed.tokens.iter().enumerate();
    let words =
        tokens.filter(|(_, token)| token.kind == TokenKind::Identifier && !token.is(Token::DIRECTIVE));
    words.filter_map(|(at, token)| arguments(lexed, at, &bytes[token.span().range()])).collect()
}

fn arguments(lexed: &Lexed, at: usize, word: &[u8]) -> Option<VendorArguments> {
    let vendors: Vec<&str> = std::str::from_utf8(word).ok()?.split(OR).collect();
    let of = |is: fn(&[u8]) -> bool| vendors.iter().any(|vendor| is(vendor.as_bytes()));
    if vendors.len() < 2 || !of(names_hip) || !of(names_nvidia) {
        return None;
    }
    let open = at + 1;
    lexed.tokens.get(open).filter(|token| token.is_punct(b'('))?;
    let close = lexed.close_of(open, lexed.tokens.len())?;
    let parts = split(lexed, open + 1..close);
    let chosen = |is: fn(&[u8]) -> bool| {
        let parts = vendors.iter().zip(&parts).filter(|(vendor, _)| is(vendor.as_bytes()));
        parts.map(|(_, part)| part.clone()).collect()
    };
    (parts.len() == vendors.len())
        .then(|| VendorArguments { hip: chosen(names_hip), nvidia: chosen(names_nvidia) })
}

/// The parts of `range` between commas outside of parentheses, which separate the arguments of a macro.
fn split(lexed: &Lexed, range: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), range.start, 0_usize);
    for at in range.clone() {
        let token = &lexed.tokens[at];
        if token.is_punct(b'(') {
            depth += 1;
        } else if token.is_punct(b')') {
            depth = depth.saturating_sub(1);
        } else if token.is_punct(b',') && depth == 0 {
            parts.push(start..at);
            start = at + 1;
        }
    }
    parts.push(start..range.end);
    parts
}
