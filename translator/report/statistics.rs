//! Counts open findings by rule, and converted names.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;

use super::text::by_rule;
use super::{level, number, open};
use tranship_engine::result::Conversion;

const BOLD: Style = Style::new().bold();

/// The counts of all conversions, with colours. Every file must have a survey.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let mut out = String::new();
    let open = open(conversions);
    let rules = by_rule(&open);
    if !rules.is_empty() {
        let _ = writeln!(out, "{BOLD}Open findings by rule{BOLD:#}");
    }
    for of_rule in &rules {
        let (_, found) = of_rule.example();
        let _ = writeln!(out, "{:>9}  {:<6}  {}", number(of_rule.places()), level(found.level), found.rule);
    }
    let names = names(conversions);
    if !names.is_empty() {
        let _ = writeln!(out, "{BOLD}Names that were converted{BOLD:#}");
    }
    for (name, to, count) in names {
        let _ = writeln!(out, "{:>9}  {name} -> {to}", number(count));
    }
    out
}

/// Each converted name, its new name and its count, the most frequent first.
fn names(conversions: &[Conversion]) -> Vec<(&str, &str, usize)> {
    let mut names: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let files = conversions.iter().flat_map(|conversion| &conversion.files);
    for (name, renamed) in files.filter_map(|file| file.survey.as_ref()).flat_map(|survey| &survey.renamed) {
        *names.entry((name, &renamed.to)).or_default() += renamed.count as usize;
    }
    let mut names: Vec<_> = names.into_iter().map(|((name, to), count)| (name, to, count)).collect();
    names.sort_by_key(|&(.., count)| Reverse(count));
    names
}
