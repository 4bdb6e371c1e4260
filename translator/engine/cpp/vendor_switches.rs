//! Finds the `#if` groups in which the author wrote one branch for NVIDIA and another one for HIP, without a macro of HIP in
//! each condition. Both branches stay as they are.

use std::collections::BTreeMap;

use tranship_rules::list;

use super::conditions::{Branch, Region, Truth, around};
use super::switches::{are_counterparts, names_nvidia, tested_macro};
use super::{DirectiveKind, Lexed, Token, TokenKind};
use crate::cpp::conditions::token_range;

/// Finds the groups in which the author wrote one branch for NVIDIA and another one for HIP, without a macro of HIP in
/// both conditions: `#if defined(X_CUDA) ... #elif defined(X_HIP)`, and `#ifdef __CUDACC__ ... #else` with HIP's names.
pub(super) fn settle(bytes: &[u8], lexed: &Lexed, regions: &mut [Region], without_nvcc: &[Truth]) {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, region) in regions.iter().enumerate() {
        groups.entry(region.first).or_default().push(at);
    }
    settle_neighbours(bytes, lexed, regions, &groups);
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

/// The most groups between a group for NVIDIA and the one for HIP, such as groups for other vendors.
const MOST_BETWEEN: usize = 3;

/// Finds groups of one branch for NVIDIA beside the same for HIP: `#ifdef X_CUDA ... #endif`, then `#ifdef X_HIP ... #endif`.
/// Nothing but groups for other vendors is between the two. The branch for HIP has names of HIP, or differs only in the word for
/// the vendor.
fn settle_neighbours(
    bytes: &[u8],
    lexed: &Lexed,
    regions: &mut [Region],
    groups: &BTreeMap<usize, Vec<usize>>,
) {
    let single: Vec<usize> = groups.values().filter(|group| group.len() == 1).map(|group| group[0]).collect();
    let name = |at: usize| tested_macro(bytes, lexed, &lexed.directives[regions[at].directive]);
    if !single.iter().any(|&at| name(at).is_some_and(names_nvidia)) {
        return;
    }
    let has_hip_words = with_hip_words(bytes, lexed, regions);
    let mut pairs = Vec::new();
    for &at in &single {
        let Some(own) = name(at) else { continue };
        let behind = std::iter::successors(next_group(lexed, regions, &single, at), |&other| {
            next_group(lexed, regions, &single, other)
        });
        for other in behind.take(MOST_BETWEEN + 1) {
            let Some(its) = name(other) else { break };
            if are_counterparts(own, its) {
                pairs.push((at, other));
            } else if are_counterparts(its, own) {
                pairs.push((other, at));
            }
        }
    }
    for (nvidia, hip) in pairs {
        let (branch, twin) = (&regions[nvidia], &regions[hip]);
        let is_twin = has_hip_words[hip] || differ_in_vendor(bytes, lexed, branch, twin);
        if branch.branch == Branch::Shared && twin.branch != Branch::CudaOnly && is_twin {
            regions[nvidia].branch = Branch::CudaOnly;
            regions[hip].branch = Branch::HipOnly;
            for at in [nvidia, hip] {
                regions[at].mentions_hip = true;
                regions[at].is_settled = true;
                regions[at].is_for_compiler = false;
            }
        }
    }
}

/// The group of one branch that begins directly behind the end of the group of one branch `at`.
fn next_group(lexed: &Lexed, regions: &[Region], single: &[usize], at: usize) -> Option<usize> {
    let last = lexed.directives.partition_point(|other| other.span.start < regions[at].body.end);
    let (end, next) = (lexed.directives.get(last)?, lexed.directives.get(last + 1)?);
    let first = lexed.tokens.partition_point(|token| token.start < end.span.end);
    let is_direct = lexed.tokens.get(first).is_none_or(|token| token.start >= next.span.start);
    let group = regions.binary_search_by_key(&(last + 1), |region| region.directive).ok()?;
    (is_direct && single.binary_search(&group).is_ok()).then_some(group)
}

/// Whether the code of the two branches is the same but for the word for the vendor in names and strings.
fn differ_in_vendor(bytes: &[u8], lexed: &Lexed, nvidia: &Region, hip: &Region) -> bool {
    let texts = |region: &Region| {
        let range = token_range(&lexed.tokens, region.body);
        lexed.tokens[range].iter().map(|token: &Token| &bytes[token.span().range()]).collect::<Vec<_>>()
    };
    let (nvidia, hip) = (texts(nvidia), texts(hip));
    nvidia.len() == hip.len()
        && nvidia != hip
        && nvidia.iter().zip(&hip).all(|(nvidia, hip)| nvidia == hip || for_hip(nvidia) == for_hip(hip))
}

/// `text` in lower case, with HIP's word for each word of NVIDIA's.
fn for_hip(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).to_lowercase();
    text.replace("cuda", "hip").replace("nvidia", "amd")
}

/// Whether the condition of `region` names a macro of nvcc, or a macro of the project for NVIDIA.
fn tests_nvidia(bytes: &[u8], lexed: &Lexed, region: &Region) -> bool {
    lexed.tokens[lexed.directives[region.directive].tokens.clone()].iter().any(|token| {
        let name = &bytes[token.span().range()];
        let is_of_compiler = list::has(list::NVCC_MACROS, name) || list::has(list::NVC_MACROS, name);
        token.kind == TokenKind::Identifier && (is_of_compiler || names_nvidia(name))
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
