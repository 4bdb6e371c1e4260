//! Marks the tokens that stay as they are, because HIP compiles them already or never.

use std::ops::Range;

use super::conditions::{Branch, Region, token_range};
use super::vendor_arguments::vendor_arguments;
use super::{DirectiveKind, Lexed, Token};
use crate::text::Span;

/// Marks the tokens that must stay as they are: bodies of HIP-only and CUDA-only branches, and the conditions of groups
/// that test macros of HIP, and arguments for one vendor. Returns how many bytes of branches are HIP already. If it `inspects`, the bodies of branches that only
/// macros of HIP's compiler decide are not marked.
pub(super) fn freeze(bytes: &[u8], lexed: &mut Lexed, regions: &[Region], inspects: bool) -> u32 {
    let mut already = 0;
    // Branches that end before these offsets are inside of a branch that is frozen, or counted, already.
    let (mut frozen, mut counted) = (0, 0);
    for region in regions {
        let own = lexed.directives[region.directive].span;
        if region.mentions_hip && own.end > frozen {
            freeze_span(lexed, own);
        }
        let is_inspected = inspects && region.is_for_compiler;
        if region.branch != Branch::Shared && region.body.end > frozen && !is_inspected {
            freeze_span(lexed, region.body);
            frozen = region.body.end;
        }
        if region.branch == Branch::HipOnly && region.body.end > counted {
            already += region.body.len();
            counted = region.body.end;
        }
    }
    for arguments in vendor_arguments(bytes, lexed) {
        for tokens in arguments.hip.into_iter().chain(arguments.nvidia) {
            freeze_tokens(lexed, tokens);
        }
    }
    already
}

/// Marks the tokens of a file that is HIP already: the tokens of branches that HIP never compiles or that its author
/// wrote for HIP, and the conditions of such groups. All other tokens are inspected.
pub(super) fn freeze_hip(bytes: &[u8], lexed: &mut Lexed, regions: &[Region], inspects: bool) {
    for token in &mut lexed.tokens {
        token.flags &= !Token::FROZEN;
    }
    // Branches that end before this offset are inside of a frozen branch.
    let mut frozen = 0;
    for region in regions {
        let directive = &lexed.directives[region.directive];
        let own = directive.span;
        if own.end <= frozen {
            continue;
        }
        let names_nvcc = directive.kind != DirectiveKind::Ifndef
            && lexed.tokens[directive.tokens.clone()]
                .iter()
                .any(|token| matches!(&bytes[token.span().range()], b"__CUDACC__" | b"__NVCC__"));
        let is_inspected = inspects && region.is_for_compiler;
        let is_decided = region.branch == Branch::CudaOnly
            || (region.branch == Branch::HipOnly && region.is_settled && !is_inspected);
        if region.is_settled || region.tests_hip || is_decided {
            freeze_span(lexed, own);
        }
        if is_decided || (names_nvcc && region.branch == Branch::Shared) {
            freeze_span(lexed, region.body);
            frozen = region.body.end;
        }
    }
    for tokens in vendor_arguments(bytes, lexed).into_iter().flat_map(|arguments| arguments.nvidia) {
        freeze_tokens(lexed, tokens);
    }
}

fn freeze_span(lexed: &mut Lexed, span: Span) {
    let range = token_range(&lexed.tokens, span);
    freeze_tokens(lexed, range);
}

fn freeze_tokens(lexed: &mut Lexed, range: Range<usize>) {
    for token in &mut lexed.tokens[range] {
        token.flags |= Token::FROZEN;
    }
}
