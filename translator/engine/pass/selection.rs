//! The selection of rules and fixes, and the answers of people.

use std::path::{Path, PathBuf};

use tranship_rules::Level;

use crate::finding::{Answer, Answers, EditedLines, Finding, Key};
use crate::lang::{Area, Lang};
use crate::text::globs::Globs;

/// Which rules run, and at which level fixes are applied.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// When not empty, only these rules run; plain renames always run.
    pub select: Vec<String>,
    /// Rules that do not run; a CUDA name here stays as it is.
    pub ignore: Vec<String>,
    /// Rules that do not run in the files that the globs cover.
    pub ignore_in: Vec<(String, Globs)>,
    /// Whether only `Safe` fixes are applied; `Review` fixes are only shown.
    pub safe_only: bool,
    /// The answers of people to earlier findings.
    pub answers: Answers,
    /// The path of the root of the sources in answers and globs, relative to the configuration's folder.
    pub base: PathBuf,
    /// When not empty, only files of these kinds are translated.
    pub only: Vec<Area>,
}

impl Selection {
    /// Whether findings of `rule` with this level are kept in the file `path`.
    pub fn keeps(&self, rule: &str, level: Level, path: &Path) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        let selected = self.select.is_empty() || level == Level::Safe || named(&self.select);
        let ignored = || {
            let mut here = self.ignore_in.iter().filter(|(name, _)| name == rule);
            here.any(|(_, globs)| globs.covers(&self.base.join(path)))
        };
        selected && !named(&self.ignore) && !ignored()
    }

    /// Whether files of this language are translated.
    pub fn translates(&self, lang: Lang) -> bool {
        lang.area().is_some_and(|area| self.only.is_empty() || self.only.contains(&area))
    }

    /// Whether the fix of `finding` is applied: an answer counts more than the level.
    pub fn applies(&self, finding: &Finding) -> bool {
        match finding.answer() {
            Some(answer) => answer == Answer::Accepted,
            None => finding.level == Level::Safe || (finding.level == Level::Review && !self.safe_only),
        }
    }

    /// The answer to the finding `key` in the file `path`.
    pub fn answer(&self, path: &Path, key: Key) -> Option<Answer> {
        self.answers.get(&self.base.join(path), key)
    }

    /// The lines that a person wrote in place of the change of the finding `key` in the file `path`.
    pub fn edited(&self, path: &Path, key: Key) -> Option<&EditedLines> {
        self.answers.edited(&self.base.join(path), key)
    }
}
