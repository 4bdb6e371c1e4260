//! Findings that one answer of a person decides: they are one finding with all its places.
//!
//! Only findings of one project with the same words are merged, and only where the answer does not depend on the code
//! around a place.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use tranship_rules::{AnswerFor, Kind, Level, Rules, list};

use super::{Conversion, Found, OtherPlace, Settled};

/// What findings with one answer have in common.
type Question = (&'static str, Level, Option<Settled>, String, String, String, String);

/// Merges the findings of `conversion` that one answer decides into the first of them.
pub fn merge_equal_findings(conversion: &mut Conversion) {
    let Some(basis) = &conversion.basis else { return };
    let mut first: FxHashMap<Question, (usize, usize)> = FxHashMap::default();
    for number in 0..conversion.files.len() {
        let file = &mut conversion.files[number];
        let (path, source) = (file.path.clone(), file.source.clone());
        let findings = std::mem::take(&mut file.findings);
        let mut kept = Vec::with_capacity(findings.len());
        for found in findings {
            if !has_one_answer(&found, &basis.rules) {
                kept.push(found);
                continue;
            }
            let at = *first.entry(question(&found)).or_insert((number, kept.len()));
            if at == (number, kept.len()) {
                kept.push(found);
            } else if at.0 == number {
                kept[at.1].also.extend(places(found, &path, &source));
            } else {
                conversion.files[at.0].findings[at.1].also.extend(places(found, &path, &source));
            }
        }
        conversion.files[number].findings = kept;
    }
}

/// Whether the answer to `found` is the answer to every finding with the same words. It is for rules that state so, and
/// for names that are not called: what a name becomes, or why it becomes nothing, is the same everywhere. It is for calls of a
/// function without a counterpart too, if its note is about its library as a whole.
fn has_one_answer(found: &Found, rules: &Rules) -> bool {
    if let Some(rule) = rules.rule(found.rule) {
        return rule.answer == AnswerFor::Project;
    }
    let is_call = |kind| matches!(kind, Kind::Function | Kind::DeviceFunction | Kind::Prefix);
    match rules.name(found.rule.as_bytes()) {
        Some(name) => {
            found.level == Level::Review
                || !is_call(name.kind)
                || list::NOTES_ON_LIBRARIES.contains(&name.note)
        }
        None => rules.header(found.rule.as_bytes()).is_some() || is_package(found.rule, rules),
    }
}

/// Whether `word` is the name of a package, which has one replacement wherever it is named.
fn is_package(word: &str, rules: &Rules) -> bool {
    rules.words_named(word).any(|name| name.kind == Kind::Package)
}

fn question(found: &Found) -> Question {
    let Found { rule, level, settled, what, why, todo, assumption, .. } = found;
    (*rule, *level, *settled, what.clone(), why.clone(), todo.clone(), assumption.clone())
}

/// The places of `found`, a finding in the file that the user sees as `path`.
fn places(found: Found, path: &Path, source: &Path) -> impl Iterator<Item = OtherPlace> {
    let own = OtherPlace {
        path: PathBuf::from(path),
        source: PathBuf::from(source),
        start: found.place.map(|place| place.start),
        enclosing: found.enclosing,
        changes: found.changes,
        key: Some(found.key),
    };
    std::iter::once(own).chain(found.also)
}
