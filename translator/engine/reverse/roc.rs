//! The libraries of ROCm with an interface of their own, such as rocBLAS. A library of HIP has the same functions with CUDA's interface.

use tranship_rules::{list, rule};

use super::Reverse;
use crate::finding::Finding;
use crate::text::Span;

/// The library of ROCm whose names begin like `word`, with the header of the library of HIP.
pub(super) fn library(word: &[u8]) -> Option<(&'static str, &'static str)> {
    let mut pairs = list::ROC_LIBRARIES.iter().rev().filter_map(|pair| pair.split_once(' '));
    let is_of = |library: &str| {
        word.strip_prefix(library.as_bytes())
            .is_some_and(|rest| rest.first().is_none_or(|&next| next == b'_'))
    };
    pairs.find(|(library, _)| is_of(library))
}

/// The library of ROCm that has the header `name`.
pub(super) fn library_of_header(name: &str) -> Option<(&'static str, &'static str)> {
    let folder = name.split_once('/').map(|(folder, _)| folder);
    let stem = folder.or_else(|| name.strip_suffix(".hpp")).or_else(|| name.strip_suffix(".h"))?;
    library(stem.as_bytes()).filter(|(library, _)| *library == stem)
}

impl Reverse<'_> {
    /// The finding for a header or name of a library of ROCm at `span`.
    pub(super) fn of_roc_library(&self, word: &[u8], span: Span) -> Option<Finding> {
        let word = std::str::from_utf8(word).ok()?;
        let (library, hip) = library_of_header(word).or_else(|| library(word.as_bytes()))?;
        let finding = self.manual(rule::HIP_ROC_LIBRARY, span, |name| {
            format!("`{name}` is of ROCm's {library}, which CUDA lacks")
        })?;
        Some(finding.advising(format!(
            "write it for `{hip}`, whose names have counterparts in CUDA, and convert again, or write it for CUDA by hand"
        )))
    }
}

/// `findings` with one finding for each library of ROCm, at the first of its places in the order of `findings`.
pub(super) fn one_for_each_library(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let is_of_library = |one: &Finding| one.rule == rule::HIP_ROC_LIBRARY.as_str();
        let first = is_of_library(&finding).then(|| {
            kept.iter_mut().find(|one| is_of_library(one) && one.words().todo == finding.words().todo)
        });
        match first.flatten() {
            Some(first) => first.also.push(finding.span),
            None => kept.push(finding),
        }
    }
    kept
}
