//! Writes joined reports as text for a terminal.

use std::fmt::Write as _;

use anstyle::Style;

use super::super::{escape_controls, number, width::wrap_on_stdout};
use super::{Merged, effort};

const BOLD: Style = Style::new().bold();
/// The maximum number of listed repositories and rules.
const MAX_ROWS: usize = 20;

/// The ranking and the rules as text, with colours.
pub fn merged_text(merged: &Merged) -> String {
    let view = merged.view();
    let mut out = String::new();
    let ranked = view.rows.iter().filter(|row| row.ready.is_some()).count();
    if ranked > 0 {
        let _ = writeln!(
            out,
            "{BOLD}{:>6}{:>12}{:>8}{:>10}{:>10}  {:<20}repository{BOLD:#}",
            "rank", "lines ready", "files", "to check", "by hand", "effort"
        );
    }
    for row in view.rows.iter().take(ranked.min(MAX_ROWS)) {
        let figures = &row.figures;
        let checks = figures.open_of("check");
        let _ = writeln!(
            out,
            "{:>6}{:>12}{:>8}{:>10}{:>10}  {:<20}{}{}",
            row.rank.unwrap_or_default(),
            row.percent().unwrap_or_else(|| "-".to_owned()),
            number(figures.files.total() as usize),
            number(checks as usize),
            number((figures.open() - checks) as usize),
            effort(figures),
            escape_controls(&row.name),
            if row.missing.is_empty() { "" } else { " (shards are missing)" },
        );
    }
    more(&mut out, ranked);
    let without = view.rows.len() - ranked;
    if without > 0 {
        let _ = writeln!(out, "{} without CUDA.", super::super::repositories(without));
    }
    if !view.rules.is_empty() {
        let _ = writeln!(out, "\n{BOLD}{:>8}{:>14}  rule{BOLD:#}", "findings", "repositories");
    }
    for rule in view.rules.iter().take(MAX_ROWS) {
        let _ = writeln!(
            out,
            "{:>8}{:>14}  {BOLD}{}{BOLD:#} ({}): {}",
            number(rule.figures.count as usize),
            number(rule.repositories),
            escape_controls(&rule.figures.rule),
            rule.figures.effort,
            escape_controls(&rule.figures.what)
        );
    }
    more(&mut out, view.rules.len());
    wrap_on_stdout(out)
}

fn more(out: &mut String, rows: usize) {
    if rows > MAX_ROWS {
        let _ = writeln!(out, "{:>8} and {} more", "", number(rows - MAX_ROWS));
    }
}
