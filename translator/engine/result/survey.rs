//! The figures of a file for readiness: its size, its uses of CUDA's libraries, and possible numerical differences.
//! Only reports of readiness compute them; a conversion does not.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tranship_rules::{Level, Rules, list};

use super::numbers::{self, NumberUse};
use crate::finding::Message;
use crate::index::includes::Include;
use crate::pass::Context;
use crate::source::Source;
use crate::text::{Lines, Replacement};
use crate::translate::Translation;

/// The figures of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Survey {
    /// The number of its lines.
    pub lines: u32,
    /// Its uses of CUDA names that HIP spells differently or lacks, by library.
    pub uses: BTreeMap<&'static str, Uses>,
    /// The CUDA names that became others with the same meaning, by name.
    pub renamed: BTreeMap<&'static str, Renamed>,
    /// Topics that may give other numbers on the other GPU.
    pub numbers: Vec<NumberUse>,
    /// Headers in angle brackets that are not the project's, not of C, C++ or the system, and in no table.
    pub unknown_headers: Vec<String>,
}

/// A CUDA name that became another with the same meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Renamed {
    /// The new name.
    pub to: String,
    /// The number of its uses.
    pub count: u32,
}

/// The number of uses of names, by the level of their change.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Uses {
    /// Converted, with the same meaning.
    pub safe: u32,
    /// Converted under an assumption.
    pub review: u32,
    /// Left for a person.
    pub manual: u32,
}

impl Uses {
    /// Counts one more use.
    pub fn add(&mut self, level: Level) {
        match level {
            Level::Safe => self.safe += 1,
            Level::Review => self.review += 1,
            Level::Manual => self.manual += 1,
        }
    }

    /// The number of all uses.
    pub fn total(&self) -> u32 {
        self.safe + self.review + self.manual
    }
}

/// Surveys `source`, which has this `translation`.
pub fn survey(source: &Source, translation: &Translation, context: &Context) -> Survey {
    let lines = Lines::new(&source.bytes);
    let numbers = numbers::uses(source, &lines, &context.guards);
    let unknown_headers = unknown_headers(source, context);
    let uses = uses(translation, &context.rules);
    Survey { lines: lines.count(), uses, renamed: renamed(translation), numbers, unknown_headers }
}

fn renamed(translation: &Translation) -> BTreeMap<&'static str, Renamed> {
    let mut renamed: BTreeMap<&'static str, Renamed> = BTreeMap::new();
    for finding in translation.findings.iter().filter(|finding| finding.level == Level::Safe) {
        let (Message::Name(name), [edit]) = (&finding.message, finding.fix.edits()) else { continue };
        let Replacement::Text(to) = &edit.with else { continue };
        let one = renamed.entry(name.cuda).or_insert_with(|| Renamed { to: to.to_string(), count: 0 });
        one.count += 1;
    }
    renamed
}

/// The headers of `source` that are in no table, without headers of the project and standard headers; each once.
fn unknown_headers(source: &Source, context: &Context) -> Vec<String> {
    let facts = context.index.facts(&source.path);
    let includes = facts.map(|facts| facts.includes.as_slice()).unwrap_or_default();
    let is_unknown = |include: &&Include| {
        let name = include.name.as_str();
        !include.quoted
            && context.rules.header(name.as_bytes()).is_none()
            && context.index.resolve(&source.path, name, false).is_none()
            && !list::has(list::STANDARD_HEADERS, name.as_bytes())
            && !list::STANDARD_HEADER_FOLDERS.iter().any(|folder| name.starts_with(folder))
    };
    let names: BTreeSet<&str> =
        includes.iter().filter(is_unknown).map(|include| include.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The uses by library. A name and its call may each have a finding at one place; that place counts once, with the
/// worse of the two levels.
fn uses(translation: &Translation, rules: &Rules) -> BTreeMap<&'static str, Uses> {
    let mut places: BTreeMap<u32, (&'static str, Level)> = BTreeMap::new();
    for finding in &translation.findings {
        if let Some(library) = library(finding.rule, rules) {
            let place = places.entry(finding.span.start).or_insert((library, finding.level));
            place.1 = place.1.max(finding.level);
        }
    }
    let mut uses: BTreeMap<&'static str, Uses> = BTreeMap::new();
    for (library, level) in places.into_values() {
        uses.entry(library).or_default().add(level);
    }
    uses
}

/// The library of the CUDA name `rule`; `None` for a rule about the language or the build.
pub fn library(rule: &str, rules: &Rules) -> Option<&'static str> {
    let name = rules.name(rule.as_bytes());
    name.or_else(|| rules.words_named(rule).next()).map(|name| name.library)
}
