//! The `compile:` line of a fixture: the targets that it compiles for, and the reason for the others.
//!
//! The grammar is in `docs/TESTING.md`. A claim is checked: for a target that is left out, compiling must fail.

use std::fmt;

/// All targets, in the order of the columns of the table.
pub(crate) const TARGETS: [&str; 5] = ["cuda", "hip-7.1", "clang-22", "hip-debian", "hip-5.2"];
/// The targets that `hip-7.1` includes, because fixtures seldom differ between them.
const AS_HIP_7_1: [(&str, &str); 2] = [("clang-22", "-clang-22"), ("hip-debian", "-hip-debian")];

/// The expected results of one fixture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// Target and reason, for every target for which compiling must fail.
    excluded: Vec<(&'static str, String)>,
}

/// An invalid `compile:` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadLine(String);

impl fmt::Display for BadLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Expectation {
    /// Reads the opening comments of a source. Without a `compile:` line every target is expected to succeed.
    pub(crate) fn of_source(text: &str) -> Result<Self, BadLine> {
        let mut lines = opening_comments(text, "compile:");
        let Some(line) = lines.next() else {
            return Ok(Self::default());
        };
        if lines.next().is_some() {
            return Err(BadLine("more than one `compile:` line".into()));
        }
        Self::of_line(line)
    }

    /// Reads the text after `compile:`, such as `cuda hip-7.1 (missing in hip-5.2: hipFoo)`.
    pub(crate) fn of_line(line: &str) -> Result<Self, BadLine> {
        let (list, reason) = match line.split_once('(') {
            Some((list, reason)) => (list, reason.trim_end().strip_suffix(')')),
            None => (line, None),
        };
        let mut named = list.split_whitespace().collect::<Vec<_>>();
        if named.is_empty() {
            return Err(BadLine("`compile:` names no target (`none` is one)".into()));
        }
        named.retain(|name| *name != "none");
        let known = |name: &str| TARGETS.contains(&name.strip_prefix('-').unwrap_or(name));
        if let Some(unknown) = named.iter().find(|name| !known(name)) {
            return Err(BadLine(format!("unknown target `{unknown}`: {TARGETS:?} and `none` are known")));
        }
        if named.contains(&"hip-7.1") {
            let implied = AS_HIP_7_1.iter().filter(|(_, without)| !named.contains(without));
            named.extend(implied.map(|(name, _)| *name).collect::<Vec<_>>());
        }
        let others = TARGETS.into_iter().filter(|name| !named.contains(name));
        let reason = reason.unwrap_or_default().trim();
        let excluded = others.map(|name| (name, reason.to_owned())).collect::<Vec<_>>();
        if reason.is_empty() && !excluded.is_empty() {
            return Err(BadLine("targets are left out without a reason in parentheses".into()));
        }
        Ok(Self { excluded })
    }

    /// The reason why compiling for this target must fail; `None` if it must succeed.
    pub(crate) fn reason(&self, target: &str) -> Option<&str> {
        let found = self.excluded.iter().find(|(name, _)| *name == target)?;
        Some(&found.1)
    }
}

/// The texts after `key` in the opening comments of a source.
pub(crate) fn opening_comments<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let comments = text.lines().map(str::trim).take_while(|line| line.starts_with("//") || line.is_empty());
    comments.filter_map(move |line| line.trim_start_matches('/').trim().strip_prefix(key))
}

/// The result of one fixture for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every pass succeeded, as expected.
    Compiled,
    /// It failed as expected, or because no package has a header that it includes.
    NotCompiled(String),
    /// It was not compiled, because the unit does not depend on the architecture.
    Spared,
    /// The fixture and the compiler disagree.
    Wrong(String),
}

/// Compares the claim of a fixture with the result of the compiler.
///
/// `errors` is `None` when every pass succeeded. `absent` lists the headers that no installable package has for this
/// target.
pub(crate) fn judge(claim: Option<&str>, errors: Option<&str>, absent: &[&str]) -> Outcome {
    match (claim, errors) {
        (None, None) => Outcome::Compiled,
        (None, Some(errors)) => match missing_header(errors).filter(|header| absent.contains(header)) {
            Some(header) => Outcome::NotCompiled(format!("missing header: {header}")),
            None => Outcome::Wrong(errors.to_owned()),
        },
        (Some(reason), None) => {
            Outcome::Wrong(format!("it compiles, but its `compile:` line says that it cannot: ({reason})"))
        }
        (Some(reason), Some(errors)) => match reason.strip_prefix("missing header:").map(str::trim) {
            Some(claimed) if missing_header(errors) != Some(claimed) => Outcome::Wrong(format!(
                "its `compile:` line blames the missing header {claimed}, but the compiler says:\n{errors}"
            )),
            _ => Outcome::NotCompiled(reason.to_owned()),
        },
    }
}

/// The header in clang's `fatal error: 'x.h' file not found`.
fn missing_header(errors: &str) -> Option<&str> {
    let (before, _) = errors.split_once("' file not found")?;
    before.rsplit_once('\'').map(|(_, header)| header)
}

#[cfg(test)]
mod tests {
    use super::{Expectation, Outcome, judge};

    fn excluded(source: &str) -> Vec<(&'static str, String)> {
        Expectation::of_source(source).expect("a valid line").excluded
    }

    #[test]
    fn no_line_means_every_target() {
        assert!(excluded("// One kernel.\n__global__ void k();\n// compile: none (too late)\n").is_empty());
    }

    #[test]
    fn a_list_leaves_out_the_others() {
        let found = excluded("// One.\n// compile: cuda hip-7.1 (missing in hip-5.2: hipFoo)\n");
        assert_eq!(found, [("hip-5.2", "missing in hip-5.2: hipFoo".to_owned())]);
    }

    #[test]
    fn a_minus_takes_back_what_hip_7_1_implies() {
        let found = excluded("// compile: cuda hip-7.1 hip-5.2 -hip-debian (missing in hip-debian: hipFoo)");
        assert_eq!(found, [("hip-debian", "missing in hip-debian: hipFoo".to_owned())]);
        let found = excluded("// compile: cuda hip-7.1 hip-5.2 -clang-22 (no such builtin)");
        assert_eq!(found, [("clang-22", "no such builtin".to_owned())]);
    }

    #[test]
    fn none_leaves_out_all() {
        assert_eq!(excluded("// compile: none (missing header: foo.h)").len(), 5);
    }

    #[test]
    fn a_line_without_reason_or_with_an_unknown_target_is_refused() {
        for line in ["cuda", "cuda hip-9.9 (no)", "", "cuda ()"] {
            assert!(Expectation::of_line(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_claim_that_is_not_so_is_wrong() {
        let missing = "a.hip:1:10: fatal error: 'b/c.h' file not found";
        let wrong = |outcome| matches!(outcome, Outcome::Wrong(_));
        assert!(wrong(judge(Some("missing header: b/c.h"), None, &[])));
        assert!(wrong(judge(Some("missing header: b/d.h"), Some(missing), &[])));
        assert!(wrong(judge(Some("missing header: b/c.h"), Some("a.hip:1:1: error: no"), &[])));
        assert!(wrong(judge(None, Some(missing), &["b/d.h"])));
        assert_eq!(
            judge(None, Some(missing), &["b/c.h"]),
            Outcome::NotCompiled("missing header: b/c.h".into())
        );
        assert_eq!(
            judge(Some("missing header: b/c.h"), Some(missing), &[]),
            Outcome::NotCompiled("missing header: b/c.h".into())
        );
        assert_eq!(judge(None, None, &[]), Outcome::Compiled);
    }
}
