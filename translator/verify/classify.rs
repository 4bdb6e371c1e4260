//! Decides where a fault comes from: a missing header, code without a counterpart, an edit, or the project's own code. It takes the
//! nearest cause and never guesses a rule that is neither on the line nor the writer of a word of the message.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tranship_rules::{RuleName, rule};

use super::diagnostics::{Diagnostic, Severity, Spot};
use super::map::{Maps, State, Traced};
use crate::compile::tree::Tree;

/// Where a fault comes from, the strongest sign first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A header is missing.
    MissingHeader,
    /// A finding of the conversion is open there.
    Open,
    /// An edit wrote the line, or a name in the message.
    Edit,
    /// The project's own code, or a line that a person changed in the output.
    OwnCode,
    /// A line of the output whose source is not there.
    Output,
    /// No line of the project.
    Setup,
}

impl Class {
    /// The rule of its findings.
    pub fn rule(self) -> RuleName {
        match self {
            Self::MissingHeader => rule::MISSING_HEADER,
            Self::Open => rule::COMPILE_OPEN,
            Self::Edit => rule::COMPILE_EDIT,
            Self::OwnCode => rule::COMPILE_OWN_CODE,
            Self::Output => rule::COMPILE_OUTPUT,
            Self::Setup => rule::COMPILER_SETUP,
        }
    }
}

/// A message with its cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Whether it stops the compilation.
    pub severity: Severity,
    /// Where it comes from.
    pub class: Class,
    /// What equal causes have in common: the header, the rule, or the message.
    pub cause: String,
    /// The text of the message.
    pub text: String,
    /// The rules of the edits or of the open finding.
    pub rules: Vec<&'static str>,
    /// Its place; `None` outside of the project.
    pub place: Option<Place>,
}

/// The place of a fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path in the source, or in the output.
    pub path: PathBuf,
    /// Whether `path` is in the source.
    pub is_in_source: bool,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 1; 0 if it is unknown.
    pub column: u32,
    /// The path in the output.
    pub output: PathBuf,
    /// The line in the output.
    pub output_line: u32,
    /// Whether a person changed the line in the output.
    pub is_by_hand: bool,
}

/// The fault that `diagnostic` reports.
pub fn classify(diagnostic: &Diagnostic, tree: &Tree, maps: &mut Maps) -> Fault {
    let candidates: Vec<(Class, Vec<&'static str>, Place)> = spots(diagnostic, tree)
        .into_iter()
        .map(|(path, spot)| {
            let traced = maps.trace(&path, spot.line, spot.column);
            let (class, rules) = class(diagnostic, &traced, &path, maps);
            (class, rules, place(&path, &spot, &traced))
        })
        .collect();
    // The first place is that of the message. Others, such as the macro behind it, only count with a stronger sign.
    let strongest = candidates.into_iter().min_by_key(|(class, ..)| *class);
    let (class, rules, place) = match strongest {
        Some((class, rules, place)) => (class, rules, Some(place)),
        None => (Class::Setup, Vec::new(), None),
    };
    let header = diagnostic.missing_header();
    let class = if header.is_some() && class != Class::Open { Class::MissingHeader } else { class };
    let cause = match (class, header, rules.first()) {
        // One kind of warning has one cause, whichever names its places have.
        _ if diagnostic.severity == Severity::Warning => diagnostic.option().to_owned(),
        (Class::MissingHeader, Some(header), _) => header.to_owned(),
        (Class::Open | Class::Edit, _, Some(rule)) => (*rule).to_owned(),
        _ => diagnostic.text.clone(),
    };
    let (severity, text) = (diagnostic.severity, diagnostic.text.clone());
    Fault { severity, class, cause, text, rules, place }
}

/// The places in the project that a message leads to, by path in the output: its own place, or the nearest place that uses the code
/// outside of the project, and the macros of the project that it comes from.
fn spots(diagnostic: &Diagnostic, tree: &Tree) -> Vec<(PathBuf, Spot)> {
    let here = |spot: &Spot| Some((tree.relative(&spot.path)?, spot.clone()));
    let own = diagnostic.spot.as_ref().and_then(here);
    let is_use = |text: &str| text.contains("requested here") || text.contains("instantiation");
    let user = || diagnostic.notes.iter().filter(|(_, text)| is_use(text)).find_map(|(spot, _)| here(spot));
    let included = || diagnostic.included_from.iter().rev().find_map(here);
    let first = own.or_else(user).or_else(included);
    let is_macro = |text: &str| text.starts_with("expanded from macro");
    let macros =
        diagnostic.notes.iter().filter(|(_, text)| is_macro(text)).filter_map(|(spot, _)| here(spot));
    first.into_iter().chain(macros).collect()
}

fn place(path: &Path, spot: &Spot, traced: &Traced) -> Place {
    Place {
        path: traced.path.clone(),
        is_in_source: traced.is_in_source,
        line: traced.line,
        column: traced.column,
        output: path.to_owned(),
        output_line: spot.line,
        is_by_hand: traced.state == State::ByHand,
    }
}

fn class(
    diagnostic: &Diagnostic,
    traced: &Traced,
    path: &Path,
    maps: &mut Maps,
) -> (Class, Vec<&'static str>) {
    match traced.state {
        State::Unknown => return (Class::Output, Vec::new()),
        State::ByHand => return (Class::OwnCode, Vec::new()),
        State::SupportHeader => return (Class::Edit, vec!["support-header"]),
        State::Untouched | State::Edited => {}
    }
    let words: BTreeSet<&str> = diagnostic.quoted_words().collect();
    let names_it = |code: &str| words.iter().any(|word| code.contains(word));
    let named = traced.open.iter().find(|open| names_it(&open.code));
    let is_name = diagnostic.is_unknown_name() && !words.is_empty();
    if let Some(open) = named.or_else(|| traced.open.first().filter(|_| !is_name)) {
        return (Class::Open, vec![open.rule]);
    }
    let Some(map) = maps.file(path) else { return (Class::Output, Vec::new()) };
    // A word that only edits write leads to their rules, also on a line that no edit changed.
    let writers: BTreeSet<&'static str> =
        words.iter().filter(|word| !map.has_word(word)).flat_map(|word| map.writers_of(word)).collect();
    let mut rules: Vec<&'static str> =
        traced.rules.iter().copied().filter(|rule| writers.contains(rule)).collect();
    let others = writers.iter().copied().filter(|rule| !rules.contains(rule)).collect::<Vec<_>>();
    rules.extend(others);
    if !rules.is_empty() {
        return (Class::Edit, rules);
    }
    if diagnostic.missing_header().is_some() {
        return (Class::OwnCode, Vec::new());
    }
    let is_own_name = is_name && !traced.is_written && words.iter().all(|word| map.has_word(word));
    if traced.state == State::Edited && !is_own_name && !traced.rules.is_empty() {
        return (Class::Edit, traced.rules.clone());
    }
    (Class::OwnCode, Vec::new())
}
