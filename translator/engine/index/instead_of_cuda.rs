//! Headers that a project includes only where it is built without CUDA: `#ifndef APP_WITH_CUDA`. Their definitions of CUDA's names
//! are no names of the project, because no file has both. It refuses headers that some file includes elsewhere.

use std::path::Path;

use rustc_hash::FxHashSet;

use super::Index;
use super::code::{File, FileId};
use super::for_nvidia::is_header;
use crate::cpp::conditions::around;
use crate::cpp::switches::names_nvidia;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};

/// The headers among `files` whose includes are all in branches without CUDA.
fn headers_without_cuda(files: &[File]) -> FxHashSet<FileId> {
    let (mut without, mut elsewhere) = (FxHashSet::default(), FxHashSet::default());
    for file in files {
        for (include, id) in file.facts.includes.iter().zip(&file.includes) {
            let Some(id) = *id else { continue };
            if include.without_cuda {
                without.insert(id);
            } else {
                elsewhere.insert(id);
            }
        }
    }
    without.retain(|id| !elsewhere.contains(id) && is_header(&files[*id as usize].path));
    without
}

impl Index {
    /// Finds the headers, and forgets what they define.
    pub(super) fn leave_out_headers_without_cuda(&mut self) {
        self.without_cuda = headers_without_cuda(&self.files);
        let without = &self.without_cuda;
        for definers in self.definers.values_mut() {
            definers.own.retain(|id| !without.contains(id));
        }
    }

    /// Whether the file at `path` is a header that the project includes only where it is built without CUDA.
    pub fn is_without_cuda(&self, path: &Path) -> bool {
        self.id(path).is_some_and(|id| self.without_cuda.contains(&id))
    }
}

/// Whether `offset` is in a branch that is compiled only without a macro of the project for CUDA: behind `#ifndef APP_CUDA`,
/// `#if !defined(APP_CUDA)` or `#if !APP_CUDA`, or in the `#else` of the opposite.
pub(super) fn is_without_cuda(unit: &Unit, offset: u32) -> bool {
    around(&unit.regions, offset).any(|at| {
        let region = &unit.regions[at];
        match unit.lexed.directives[region.directive].kind {
            DirectiveKind::Else if region.first + 1 == at || is_second(unit, at) => {
                asks(unit, region.first, false)
            }
            _ => region.first == at && asks(unit, at, true),
        }
    })
}

/// Whether only the first branch of its group is before the region `at`.
fn is_second(unit: &Unit, at: usize) -> bool {
    let first = unit.regions[at].first;
    let mut group = unit.regions[..at].iter().filter(|region| region.first == first);
    group.next().is_some() && group.next().is_none()
}

/// Whether the condition of region `at` asks only for one macro for CUDA; `without` if for its absence.
fn asks(unit: &Unit, at: usize, without: bool) -> bool {
    let directive = &unit.lexed.directives[unit.regions[at].directive];
    let tokens = unit.tokens().get(directive.tokens.clone()).unwrap_or_default();
    let names: Vec<&[u8]> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Identifier)
        .map(|token: &Token| unit.text(token))
        .filter(|name| *name != b"defined")
        .collect();
    let [name] = names[..] else { return false };
    let is_negated = tokens.first().is_some_and(|token| token.is_punct(b'!'));
    let is_short = tokens.len() <= 5;
    let asks_without = match directive.kind {
        DirectiveKind::Ifndef => true,
        DirectiveKind::Ifdef => false,
        DirectiveKind::If => is_negated,
        _ => return false,
    };
    is_short && asks_without == without && names_nvidia(name)
}
