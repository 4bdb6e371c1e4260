//! Writes SARIF 2.1.0, the format that code scanning services and editors read.
//!
//! Source of the fields: OASIS, Static Analysis Results Interchange Format 2.1.0, Errata 01. A test validates reports
//! against the schema of that standard.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path};

use serde_json::{Value, json};
use tranship_rules::{Level, Rules};

use super::{escape_controls, files, page_of};
use tranship_engine::result::{Change, Conversion, FileReport, Found, OtherPlace, Place, Problem, Settled};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report of all conversions as one run, with a line end.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let found = || {
        files(conversions)
            .flat_map(|(file, rules)| file.findings.iter().map(move |found| (file, found, rules)))
    };
    // If projects have different rules with one name, the rule of the first project is documented.
    let mut tables: BTreeMap<&str, &Rules> = BTreeMap::new();
    for (_, found, rules) in found() {
        tables.entry(found.rule).or_insert(rules);
    }
    let names: Vec<&str> = tables.keys().copied().collect();
    let problems: Vec<_> =
        conversions.iter().flat_map(|conversion| &conversion.problems).map(notification).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": tables.iter().map(|(name, rules)| rule(name, rules)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": !conversions.iter().any(Conversion::failed),
                "toolExecutionNotifications": problems,
            }],
            "results": found().map(|(file, found, _)| result(file, found, &names)).collect::<Vec<_>>(),
        }],
    });
    // Serialisation cannot fail: the log contains only strings, numbers and booleans.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// The SARIF level for `level`.
fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Safe => "note",
        Level::Review => "warning",
        Level::Manual => "error",
    }
}

/// The documentation of the rule or CUDA name `name`, as far as the tables contain it.
fn rule(name: &str, rules: &Rules) -> Value {
    let (what, level, parts, source) = if let Some(rule) = rules.rule(name) {
        let parts = [("Why", rule.why), ("To do", rule.todo), ("Assumption", rule.assumption)];
        (rule.what.to_owned(), rule.level, parts.to_vec(), rule.shown_source())
    } else if let Some(row) = rules.name(name.as_bytes()).or_else(|| rules.words_named(name).next()) {
        let what = format!("`{name}` needs a person on ROCm");
        (what, row.level, vec![("Note", row.note)], "")
    } else {
        (format!("`{name}`"), Level::Manual, Vec::new(), "")
    };
    let mut help: Vec<String> = parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(title, text)| format!("{title}: {text}."))
        .collect();
    help.push(format!("Run `tranship explain {name}` for details."));
    let mut rule = json!({
        "id": name,
        "shortDescription": { "text": what },
        "help": { "text": help.join("\n"), "markdown": help.join("\n\n") },
        "defaultConfiguration": { "level": sarif_level(level) },
    });
    if let Some(page) = page_of(name, &Rules::builtin()) {
        rule["helpUri"] = json!(page);
    }
    if !source.is_empty() {
        rule["properties"] = json!({ "source": source });
    }
    rule
}

fn result(file: &FileReport, found: &Found, rules: &[&str]) -> Value {
    let uri = uri(&file.path);
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } });
    if let Some(place) = &found.place {
        location["physicalLocation"]["region"] = region(place);
    }
    if let Some(function) = &found.enclosing {
        location["logicalLocations"] = json!([{ "name": escape_controls(function), "kind": "function" }]);
    }
    let words = [
        ("", &found.what),
        ("Why: ", &found.why),
        ("Help: ", &found.todo),
        ("Assumption: ", &found.assumption),
    ];
    let words: Vec<_> = words
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(title, text)| format!("{title}{}", escape_controls(text)))
        .collect();
    let mut result = json!({
        "ruleId": found.rule,
        "ruleIndex": rules.binary_search(&found.rule).unwrap_or_default(),
        "level": sarif_level(found.level),
        "message": { "text": words.join("\n") },
        "locations": [location],
        "partialFingerprints": { "transhipKey/v1": found.key.to_string() },
    });
    let fixes: Vec<_> = fix(&uri, found).into_iter().collect();
    if !fixes.is_empty() {
        result["fixes"] = json!(fixes);
    }
    if !found.also.is_empty() {
        result["relatedLocations"] = found.also.iter().map(other_location).collect();
    }
    if let Some(settled) = found.settled {
        let why = match settled {
            Settled::Accepted => "answered: accepted",
            Settled::Rejected => "answered: rejected",
            Settled::Baseline => "in the baseline",
        };
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
    }
    result
}

/// Another place that the same answer decides.
fn other_location(other: &OtherPlace) -> Value {
    let artifact = json!({ "artifactLocation": { "uri": uri(&other.path) } });
    let mut location = json!({ "physicalLocation": artifact });
    if let Some(start) = other.start {
        location["physicalLocation"]["region"] =
            json!({ "startLine": start.line, "startColumn": start.column });
    }
    location["message"] = json!({ "text": "the same answer decides this place" });
    location
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
        "byteOffset": place.span.start,
        "byteLength": place.span.len(),
    })
}

/// The changes of a finding as replaced lines. `None` if there are no changes, or if a changed line is not UTF-8,
/// because SARIF would lose its bytes.
fn fix(uri: &str, found: &Found) -> Option<Value> {
    let replaced = |change: &Change| {
        let lines: Vec<&str> = change.before.split('\n').collect();
        let end = lines.last().map_or(0, |line| line.chars().count());
        json!({
            "deletedRegion": {
                "startLine": change.line,
                "startColumn": 1,
                "endLine": change.line as usize + lines.len() - 1,
                "endColumn": end + 1,
            },
            "insertedContent": { "text": change.after },
        })
    };
    let is_text = |change: &Change| !change.before.contains('\u{fffd}');
    let others = found.also.iter().flat_map(|other| &other.changes);
    if found.changes.is_empty() || !found.changes.iter().chain(others).all(is_text) {
        return None;
    }
    let artifact = |uri: &str, changes: &[&Change]| {
        json!({
            "artifactLocation": { "uri": uri },
            "replacements": changes.iter().map(|change| replaced(change)).collect::<Vec<_>>(),
        })
    };
    let mut files: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for other in &found.also {
        files.entry(self::uri(&other.path)).or_default().extend(&other.changes);
    }
    let mut own: Vec<&Change> = found.changes.iter().collect();
    own.extend(files.remove(uri).unwrap_or_default());
    let mut artifacts = vec![artifact(uri, &own)];
    let with_changes = files.iter().filter(|(_, changes)| !changes.is_empty());
    artifacts.extend(with_changes.map(|(uri, changes)| artifact(uri, changes)));
    Some(json!({
        "description": { "text": format!("the change that `tranship` proposes for `{}`", found.rule) },
        "artifactChanges": artifacts,
    }))
}

fn notification(problem: &Problem) -> Value {
    json!({
        "level": "error",
        "message": { "text": escape_controls(&problem.message) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&problem.path) } } }],
    })
}

/// `path` as a URI reference of RFC 3986, relative if `path` is relative. Every byte except letters, digits and
/// `-._~+@=` is percent-encoded, so a name that is not UTF-8 keeps its bytes.
fn uri(path: &Path) -> String {
    let mut out = String::new();
    for part in path.components() {
        match part {
            Component::RootDir => {
                out.push_str("file:///");
                continue;
            }
            Component::CurDir => continue,
            _ => {}
        }
        if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        for &byte in part.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~+@=".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    // An empty reference would refer to the report itself.
    if out.is_empty() { "./".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri(Path::new("./a b/c%.cu")), "a%20b/c%25.cu");
        assert_eq!(uri(Path::new("/x/y:z")), "file:///x/y%3Az");
        assert_eq!(uri(Path::new("../up.cu")), "../up.cu");
        assert_eq!(uri(Path::new(".")), "./");
    }
}
