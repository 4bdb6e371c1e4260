//! The readiness of a project in figures that can be added. The sum over the shards of a project is the readiness of the project, and
//! the sum over projects is that of all.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tranship_engine::result::Conversion;
use tranship_engine::result::survey::Uses;

use super::readiness::readiness;

/// The readiness of a project, or of a share of its files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Figures {
    /// Files that use CUDA. The worst open finding of a file decides where it counts.
    pub(super) files: Uses,
    /// Lines of these files. The worst open finding on a line decides where the line counts.
    pub(super) lines: Uses,
    /// Uses of CUDA names that HIP lacks or has under another name.
    pub(super) uses: Uses,
    /// The number of files that are already HIP.
    pub(super) already_hip: u32,
    /// The shortest time that the open findings can take, in minutes of work.
    pub(super) from_minutes: u32,
    /// The longest time, in minutes of work.
    pub(super) to_minutes: u32,
    /// The rules with open findings.
    pub(super) rules: Vec<RuleFigures>,
    /// The uses of CUDA names by library.
    pub(super) libraries: Vec<LibraryFigures>,
}

/// The open findings of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RuleFigures {
    /// The rule, or the CUDA name.
    pub(super) rule: String,
    /// `review` or `manual`.
    pub(super) level: String,
    /// The effort for one finding: `check`, `edit` or `rework`.
    pub(super) effort: String,
    /// The fact, in the words of the rule.
    pub(super) what: String,
    /// The number of findings.
    pub(super) count: u32,
    /// The number of files with such findings.
    pub(super) files: u32,
}

/// The uses of one library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct LibraryFigures {
    /// The key of the library in the tables.
    pub(super) library: String,
    /// The title of the library.
    pub(super) title: String,
    /// The uses of its names.
    pub(super) uses: Uses,
}

impl Figures {
    /// The figures of `conversion`. Every file must have a survey.
    pub(super) fn of(conversion: &Conversion) -> Self {
        let readiness = readiness(std::slice::from_ref(conversion));
        let rules = readiness.rules.into_iter().map(|rule| RuleFigures {
            rule: rule.rule.to_owned(),
            level: rule.level.to_owned(),
            effort: rule.effort.to_owned(),
            what: rule.what,
            count: rule.count,
            files: rule.files,
        });
        let libraries = readiness.libraries.into_iter().map(|library| LibraryFigures {
            library: library.library.to_owned(),
            title: library.title.to_owned(),
            uses: library.uses,
        });
        Self {
            files: readiness.files,
            lines: readiness.lines,
            uses: readiness.uses,
            already_hip: readiness.already_hip,
            from_minutes: readiness.verdict.from_minutes,
            to_minutes: readiness.verdict.to_minutes,
            rules: rules.collect(),
            libraries: libraries.collect(),
        }
    }

    /// The number of open findings.
    pub(super) fn open(&self) -> u32 {
        self.rules.iter().map(|rule| rule.count).sum()
    }

    /// The number of open findings of `effort`.
    pub(super) fn open_of(&self, effort: &str) -> u32 {
        self.rules.iter().filter(|rule| rule.effort == effort).map(|rule| rule.count).sum()
    }
}

/// The sum of `parts`. Rules and libraries are sorted by their names. A sum that is too large stays at the largest number.
pub(super) fn sum<'a>(parts: impl IntoIterator<Item = &'a Figures>) -> Figures {
    let mut all = Figures::default();
    let mut rules: BTreeMap<(&str, &str), RuleFigures> = BTreeMap::new();
    let mut libraries: BTreeMap<&str, LibraryFigures> = BTreeMap::new();
    for part in parts {
        add(&mut all.files, part.files);
        add(&mut all.lines, part.lines);
        add(&mut all.uses, part.uses);
        all.already_hip = all.already_hip.saturating_add(part.already_hip);
        all.from_minutes = all.from_minutes.saturating_add(part.from_minutes);
        all.to_minutes = all.to_minutes.saturating_add(part.to_minutes);
        for rule in &part.rules {
            let none = || RuleFigures { count: 0, files: 0, ..rule.clone() };
            let sum = rules.entry((&rule.rule, &rule.level)).or_insert_with(none);
            sum.count = sum.count.saturating_add(rule.count);
            sum.files = sum.files.saturating_add(rule.files);
        }
        for library in &part.libraries {
            let none = || LibraryFigures { uses: Uses::default(), ..library.clone() };
            add(&mut libraries.entry(&library.library).or_insert_with(none).uses, library.uses);
        }
    }
    all.rules = rules.into_values().collect();
    all.libraries = libraries.into_values().collect();
    all
}

fn add(sum: &mut Uses, more: Uses) {
    sum.safe = sum.safe.saturating_add(more.safe);
    sum.review = sum.review.saturating_add(more.review);
    sum.manual = sum.manual.saturating_add(more.manual);
}
