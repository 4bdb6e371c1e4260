//! Functions that only NVIDIA's GPUs can have: they are in a branch for a compute capability, beside a macro that pastes
//! the words of inline PTX together. No rewrite can read such PTX, so the branch stays off for HIP.

use super::facts::Word;
use crate::cpp::conditions::{around, token_range};
use crate::cpp::{DirectiveKind, TokenKind, Unit};

/// The names of such functions in `unit` that have no other definition there.
pub(super) fn locked_functions(unit: &Unit) -> Vec<Word> {
    let tokens = unit.tokens();
    if unit.places(b"__CUDA_ARCH__", 0..tokens.len()).is_empty() {
        return Vec::new();
    }
    let has_arch = |region: usize| {
        let directive = &unit.lexed.directives[unit.regions[region].directive];
        tokens[directive.tokens.clone()].iter().any(|token| unit.text(token) == b"__CUDA_ARCH__")
    };
    let pastes = |range: std::ops::Range<usize>| {
        let is_asm = |at: &usize| matches!(unit.text(&tokens[*at]), b"asm" | b"__asm__" | b"__asm");
        let Some(asm) = range.clone().find(is_asm) else { return false };
        // `"shfl."#dir` is a string, `#`, and a parameter.
        (asm..range.end.saturating_sub(2)).any(|at| {
            tokens[at].kind == TokenKind::String
                && tokens[at + 1].is_punct(b'#')
                && tokens[at + 2].kind == TokenKind::Identifier
        })
    };
    let macros = unit.lexed.directives.iter().filter(|one| one.kind == DirectiveKind::Define);
    let bodies = macros
        .filter(|one| pastes(one.tokens.clone()))
        .filter_map(|one| around(&unit.regions, one.span.start).find(|&region| has_arch(region)))
        .map(|region| token_range(tokens, unit.regions[region].body));
    let bodies: Vec<_> = bodies.collect();
    let is_inside = |at: usize| bodies.iter().any(|body| body.contains(&at));
    let name = |at: usize| unit.text(&tokens[at]);
    let functions = || unit.functions().iter().map(|function| function.name);
    let outside: Vec<&[u8]> = functions().filter(|&at| !is_inside(at)).map(name).collect();
    let locked = functions().filter(|&at| is_inside(at)).map(name).filter(|name| !outside.contains(name));
    let mut names: Vec<Word> = locked.map(Word::from).collect();
    names.sort_unstable();
    names.dedup();
    names
}
