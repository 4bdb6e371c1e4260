//! The includes of code of HIP.

use std::borrow::Cow;

use tranship_rules::{list, rule};

use super::{Counterpart, Reverse, roc, safe};
use crate::cpp::Token;
use crate::finding::Finding;
use crate::text::{Edit, Span};

impl Reverse<'_> {
    /// The finding for the include of the header name `token`.
    pub(super) fn header(&self, token: &Token) -> Option<Finding> {
        let inside = Span::new(token.start + 1, token.end - 1);
        let name = self.unit.slice(inside);
        let is_own = || self.project.has(&name);
        let counterpart = self.inverse.header(&name);
        // Old releases have `hipblas.h`, which is `hipblas/hipblas.h`.
        let counterpart = counterpart.or_else(|| {
            let folder = name.strip_suffix(".h").filter(|stem| stem.starts_with("hip") && !is_own())?;
            self.inverse.header(&format!("{folder}/{name}"))
        });
        match counterpart {
            Some(Counterpart::One(cuda)) if cuda == name => None,
            Some(Counterpart::One(cuda)) => {
                let edit = Edit::replace(inside, self.with_solvers(cuda, token));
                Some(safe(rule::HIP_HEADER, inside, edit))
            }
            Some(Counterpart::Several(names)) => self.manual(rule::HIP_SEVERAL_NAMES, inside, |name| {
                format!("the header `{name}` is {} in CUDA", names.join(" or "))
            }),
            _ if name.ends_with(".hip") => self.renamed(inside, &name),
            _ if roc::library_of_header(&name).is_some() && !is_own() => {
                self.of_roc_library(name.as_bytes(), inside)
            }
            _ if self.is_header_of_hip(&name, token.byte == b'"') => {
                self.manual(rule::HIP_ONLY, inside, |name| {
                    format!("the header `{name}` has no counterpart in CUDA")
                })
            }
            _ => None,
        }
    }

    /// `cuda`, the counterpart of the header at `token`, with the other headers of cuSOLVER that the project needs: hipSOLVER has all of
    /// its names in one header.
    fn with_solvers(&self, cuda: &'static str, token: &Token) -> Cow<'static, str> {
        if cuda != "cusolverDn.h" || self.project.solvers.is_empty() {
            return cuda.into();
        }
        let (open, close) = if token.byte == b'"' { ('"', '"') } else { ('<', '>') };
        let solvers = [cuda].into_iter().chain(self.project.solvers.iter().copied());
        solvers.collect::<Vec<_>>().join(&format!("{close}\n#include {open}")).into()
    }

    /// The finding for the include of `name`, a source of HIP, at `inside`.
    fn renamed(&self, inside: Span, name: &str) -> Option<Finding> {
        if self.project.renames(&self.unit.source.path, name) {
            let ending = Span::new(inside.end - 3, inside.end);
            return Some(safe(rule::HIP_INCLUDE, inside, Edit::replace(ending, "cu")));
        }
        self.manual(rule::HIP_SOURCE_NAME, inside, |name| {
            format!("`{name}` is not a source of the project, or keeps its name")
        })
    }

    /// Whether `name` is a header of HIP or ROCm. Names in quotes, and names of the project's files, are mostly the project's.
    fn is_header_of_hip(&self, name: &str, is_quoted: bool) -> bool {
        let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
        name.ends_with("tranship_hip.h")
            || begins(&["hip/", "miopen/"])
            || self.inverse.is_header_name(name)
            || !is_quoted && begins(list::HIP_HEADER_PREFIXES) && !self.project.has(name)
    }
}
