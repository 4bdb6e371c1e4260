//! Writes the open findings by rule: one example of each with its source, and where the others are. A few findings are
//! written one by one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tranship_rules::{Level, rule};

use super::full::{self, block};
use super::width::{columns, wrap};
use super::{count, display_path, escape_controls, level, number};
use tranship_engine::result::{Conversion, FileReport, Found};

/// So many findings are written one by one.
pub(super) const FEW: usize = 10;
/// The greatest number of rules with an example. The others get a line.
const EXAMPLES: usize = 12;
/// The greatest number of files in the list of a rule.
const FILES: usize = 4;

/// The open findings with colours, manual ones first.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let open = super::open(conversions);
    if open.len() <= FEW {
        return full::render(conversions);
    }
    let rules = by_rule(&open);
    let mut out = String::new();
    for of_rule in rules.iter().take(EXAMPLES) {
        let (file, found) = of_rule.example();
        out.push_str(&block(file, found, ("places", &of_rule.by_file())));
    }
    if let Some(rest) = rules.get(EXAMPLES..).filter(|rest| !rest.is_empty()) {
        let _ = writeln!(out, "{}:", count(rest.len(), "more rule"));
        for of_rule in rest {
            out.push_str(&of_rule.line());
        }
        out.push('\n');
    }
    out
}

/// The open findings of a rule at one level, ordered by file and place.
pub(super) struct OfRule<'a> {
    findings: Vec<(&'a FileReport, &'a Found)>,
}

/// `open` by level and rule: a build for HIP that the project has already first, then manual rules, then the rule with
/// the most places.
pub(super) fn by_rule<'a>(open: &[(&'a FileReport, &'a Found)]) -> Vec<OfRule<'a>> {
    let mut rules: BTreeMap<(Reverse<Level>, &str), OfRule> = BTreeMap::new();
    for &(file, found) in open {
        let of_rule =
            rules.entry((Reverse(found.level), found.rule)).or_insert(OfRule { findings: Vec::new() });
        of_rule.findings.push((file, found));
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|((level, name), of_rule)| {
        (*name != rule::OWN_HIP_BUILD.as_str(), *level, Reverse(of_rule.places()))
    });
    rules.into_iter().map(|(_, of_rule)| of_rule).collect()
}

impl<'a> OfRule<'a> {
    /// The first finding.
    pub(super) fn example(&self) -> (&'a FileReport, &'a Found) {
        self.findings[0]
    }

    /// The number of places in the code.
    pub(super) fn places(&self) -> usize {
        self.findings.iter().map(|(_, found)| 1 + found.also.len()).sum()
    }

    /// The number of places and the files with the most; empty for one place.
    fn by_file(&self) -> String {
        let mut files: BTreeMap<&Path, usize> = BTreeMap::new();
        for (file, found) in &self.findings {
            let others = found.also.iter().map(|other| other.path.as_path());
            others.chain([file.path.as_path()]).for_each(|path| *files.entry(path).or_default() += 1);
        }
        if self.places() == 1 {
            return String::new();
        }
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by_key(|&(_, count)| Reverse(count));
        let mut listed: Vec<String> = files
            .iter()
            .take(FILES)
            .map(|(path, count)| format!("{} ({})", display_path(path), number(*count)))
            .collect();
        if let Some(rest) = files.len().checked_sub(FILES).filter(|&rest| rest > 0) {
            listed.push(format!("and {} more files", number(rest)));
        }
        format!("{} in all: {}", number(self.places()), listed.join(", "))
    }

    /// The rule, its count and its first fact, in a line.
    fn line(&self) -> String {
        let (file, found) = self.example();
        let count = self.places();
        let place = found.place.as_ref().map_or(String::new(), |place| format!(":{}", place.start.line));
        let text = format!(
            "{:>7}  {}[{}]: {}, as in {}{place}",
            number(count),
            level(found.level),
            found.rule,
            escape_controls(&found.what),
            display_path(&file.path),
        );
        format!("{}\n", wrap(&text, columns(), "         "))
    }
}
