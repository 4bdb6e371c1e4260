//! Finds the `#if` groups in which the author wrote one branch for NVIDIA and another one for HIP, without a macro of HIP in
//! each condition. Both branches stay as they are.

use std::collections::BTreeMap;

use tranship_rules::list;

use super::conditions::{Branch, Region, Truth, around};
use super::switches::names_nvidia;
use super::{DirectiveKind, Lexed, TokenKind};

/// Finds the groups in which the author wrote one branch for NVIDIA and another one for HIP, without a macro of HIP in
/// both conditions: `#if defined(X_CUDA) ... #elif defined(X_HIP)`, and `#ifdef __CUDACC__ ... #else` with HIP's names.
pub(super) fn settle(bytes: &[u8], lexed: &Lexed, regions: &mut [Region], without_nvcc: &[Truth]) {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, region) in regions.iter().enumerate() {
        groups.entry(region.first).or_default().push(at);
    }
    groups.retain(|_, group| {
        group.len() > 1 && group.iter().any(|&at| tests_nvidia(bytes, lexed, &regions[at]))
    });
    if groups.is_empty() {
        return;
    }
    let has_hip_words = with_hip_words(bytes, lexed, regions);
    for group in groups.into_values() {
        let is_twin = |at: usize| {
            let region = &regions[at];
            region.branch == Branch::HipOnly
                || (region.branch == Branch::Shared && without_nvcc[at] == Some(true) && has_hip_words[at])
        };
        let Some(&twin) = group.iter().find(|&&at| is_twin(at)) else { continue };
        for &at in &group {
            regions[at].mentions_hip = true;
            let is_for_nvidia = regions[at].branch == Branch::Shared
                && without_nvcc[at] == Some(false)
                && tests_nvidia_before(bytes, lexed, regions, &group, at);
            if is_for_nvidia {
                regions[at].branch = Branch::CudaOnly;
            }
        }
        if regions[twin].branch == Branch::Shared {
            regions[twin].branch = Branch::HipOnly;
        }
        for &at in &group {
            regions[at].is_settled = true;
            regions[at].is_for_compiler = false;
        }
    }
}

/// Whether the condition of `region` names a macro of nvcc, or a macro of the project for NVIDIA.
fn tests_nvidia(bytes: &[u8], lexed: &Lexed, region: &Region) -> bool {
    lexed.tokens[lexed.directives[region.directive].tokens.clone()].iter().any(|token| {
        let name = &bytes[token.span().range()];
        token.kind == TokenKind::Identifier && (list::has(list::NVCC_MACROS, name) || names_nvidia(name))
    })
}

/// Whether the condition of branch `at`, or for an `#else` one before it, tests for NVIDIA.
fn tests_nvidia_before(bytes: &[u8], lexed: &Lexed, regions: &[Region], group: &[usize], at: usize) -> bool {
    let is_else = lexed.directives[regions[at].directive].kind == DirectiveKind::Else;
    group
        .iter()
        .filter(|&&other| other == at || (is_else && other < at))
        .any(|&other| tests_nvidia(bytes, lexed, &regions[other]))
}

/// For each branch, whether it has names or headers of HIP itself, and not only in a branch inside of it.
fn with_hip_words(bytes: &[u8], lexed: &Lexed, regions: &[Region]) -> Vec<bool> {
    let mut has = vec![false; regions.len()];
    for token in &lexed.tokens {
        let text = &bytes[token.span().range()];
        let text = text.strip_prefix(b"<").or_else(|| text.strip_prefix(b"\"")).unwrap_or(text);
        let is_hip = matches!(token.kind, TokenKind::Identifier | TokenKind::HeaderName)
            && list::HIP_CODE_WORDS.iter().any(|word| text.starts_with(word.as_bytes()));
        if let Some(at) = is_hip.then(|| around(regions, token.start).next()).flatten() {
            has[at] = true;
        }
    }
    has
}
