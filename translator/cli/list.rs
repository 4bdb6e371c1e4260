//! `tranship rules list`: prints the rows of the tables that match the flags.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use tranship_rules::{Level, Name, Rule, Rules};

use super::Ending;
use super::rules_args::{List, ListFormat, ListLevel};
use crate::report::level;

/// The name under which the structural rules are listed.
const STRUCTURAL: &str = "rules";

/// One row of the tables.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) library: &'static str,
    level: &'static str,
    /// The newest spelling; for a structural rule, what the rule finds.
    pub(super) becomes: &'static str,
    since: Option<String>,
    until: Option<String>,
    pub(super) note: &'static str,
    /// The source of the fact.
    source: &'static str,
}

/// Runs the command.
pub(super) fn run(args: &List) -> anyhow::Result<Ending> {
    let rules = args.tables.read()?;
    if let Some(library) = &args.library {
        let known: Vec<_> = rules.libraries().iter().map(|library| library.key).collect();
        anyhow::ensure!(
            library == STRUCTURAL
                || rules.names().chain(rules.words()).any(|name| name.library.eq_ignore_ascii_case(library)),
            "no table is about `{library}`; there are {STRUCTURAL}, {}",
            known.join(", ")
        );
    }
    let wanted = |row: &Row| {
        args.library.as_ref().is_none_or(|library| row.library.eq_ignore_ascii_case(library))
            && args.level.is_none_or(|wanted| row.level == level(of(wanted)))
    };
    let rows = rows(&rules).filter(wanted);
    let text = match args.output_format {
        ListFormat::Json => serde_json::to_string_pretty(&rows.collect::<Vec<_>>())? + "\n",
        ListFormat::Text => columns(rows),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Ending::Done)
}

/// All rows: the rules, then the CUDA names.
pub(super) fn rows(rules: &Rules) -> impl Iterator<Item = Row> {
    let names = rules.names().chain(rules.words()).map(|name| of_name(name, rules));
    rules.rules().map(of_rule).chain(names)
}

fn of(wanted: ListLevel) -> Level {
    match wanted {
        ListLevel::Safe => Level::Safe,
        ListLevel::Review => Level::Review,
        ListLevel::Manual => Level::Manual,
    }
}

fn of_rule(rule: &'static Rule) -> Row {
    Row {
        name: rule.name,
        library: STRUCTURAL,
        level: level(rule.level),
        becomes: rule.what,
        since: None,
        until: None,
        note: rule.todo,
        source: rule.shown_source(),
    }
}

fn of_name(name: &'static Name, rules: &Rules) -> Row {
    let newest = name.spellings.first();
    Row {
        name: name.cuda,
        library: name.library,
        level: level(name.level),
        becomes: newest.map_or("", |spelling| spelling.hip),
        since: newest.and_then(|spelling| spelling.since).map(|since| since.to_string()),
        until: newest.and_then(|spelling| spelling.until).map(|until| until.to_string()),
        note: name.note,
        source: rules.source_of(name),
    }
}

/// The rows as lines of columns.
pub(super) fn columns(rows: impl Iterator<Item = Row>) -> String {
    let mut out = String::new();
    for row in rows {
        let becomes = if row.becomes.is_empty() { "-" } else { row.becomes };
        let since = row.since.map_or(String::new(), |since| format!("  (since ROCm {since})"));
        let _ = writeln!(out, "{:<7} {:<12} {:<44} {becomes}{since}", row.level, row.library, row.name);
    }
    out
}
