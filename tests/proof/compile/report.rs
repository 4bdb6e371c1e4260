//! The table of units and targets, with totals and reasons.

use super::expectation::Outcome;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// One row for each unit, one column for each target that was run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) targets: Vec<&'static str>,
    pub(crate) rows: Vec<(PathBuf, Vec<Outcome>)>,
    /// The number of passes for the rows, and the number of different passes.
    pub(crate) passes: (usize, usize),
}

impl Report {
    /// The whole table, then the reasons of the units that are not compiled, then the totals.
    pub(crate) fn table(&self) -> String {
        let width = self.rows.iter().map(|(path, _)| path.as_os_str().len()).max().unwrap_or(0);
        let mut out = format!("{:width$}", "");
        for target in &self.targets {
            let _ = write!(out, "  {target:10}");
        }
        for (path, outcomes) in &self.rows {
            let _ = write!(out, "\n{:width$}", path.display());
            for outcome in outcomes {
                let _ = write!(out, "  {:10}", cell(outcome));
            }
        }
        out + "\n\nnot compiled, by reason:\n" + &self.reasons() + "\n" + &self.totals()
    }

    /// One line for each target.
    pub(crate) fn totals(&self) -> String {
        let mut out = String::new();
        for (at, target) in self.targets.iter().enumerate() {
            let count = |wanted: fn(&Outcome) -> bool| {
                self.rows.iter().filter(|(_, outcomes)| wanted(&outcomes[at])).count()
            };
            let compiled = count(|outcome| *outcome == Outcome::Compiled);
            let not = count(|outcome| matches!(outcome, Outcome::NotCompiled(_)));
            let spared = count(|outcome| *outcome == Outcome::Spared);
            let wrong = count(|outcome| matches!(outcome, Outcome::Wrong(_)));
            let _ = writeln!(
                out,
                "{target:10}  {compiled} compiled, {not} not compiled, {spared} spared, {wrong} wrong"
            );
        }
        let (needed, different) = self.passes;
        let _ = writeln!(out, "{needed} passes, {different} of them different");
        out
    }

    /// Every disagreement, with the compiler's first error lines.
    pub(crate) fn wrong(&self) -> String {
        let mut out = String::new();
        for (path, outcomes) in &self.rows {
            for (target, outcome) in self.targets.iter().zip(outcomes) {
                if let Outcome::Wrong(why) = outcome {
                    let _ = writeln!(
                        out,
                        "{} for {target}:\n    {}",
                        path.display(),
                        why.replace('\n', "\n    ")
                    );
                }
            }
        }
        out
    }

    fn reasons(&self) -> String {
        let mut reasons = BTreeMap::<(&str, &str), Vec<String>>::new();
        for (path, outcomes) in &self.rows {
            for (target, outcome) in self.targets.iter().zip(outcomes) {
                if let Outcome::NotCompiled(why) = outcome {
                    reasons.entry((target, why)).or_default().push(path.display().to_string());
                }
            }
        }
        let mut out = String::new();
        for ((target, why), paths) in reasons {
            let _ = writeln!(out, "{target:10}  {why}: {}", paths.join(" "));
        }
        out
    }
}

fn cell(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Compiled => "compiled",
        Outcome::NotCompiled(_) => "-",
        Outcome::Spared => "spared",
        Outcome::Wrong(_) => "WRONG",
    }
}
