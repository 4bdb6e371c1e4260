//! Every rule of the tables is raised by an identifier or by code, and code reads every list of words. Code that uses a rule
//! or list without a table does not compile.

use std::fs;
use std::path::Path;

use tranship_rules::{KEPT, Rules};

use super::{root, tables};

/// The code of the translator, without its tests.
fn code() -> String {
    let mut code = String::new();
    let mut folders = vec![root().join("translator")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources are in the checkout") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a readable source");
                code.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }
    code
}

/// Whether `code` has the constant of `name` in the module `module`: `rule::INLINE_PTX`.
fn names(code: &str, module: &str, name: &str) -> bool {
    let constant = format!("{module}::{}", name.replace('-', "_").to_uppercase());
    code.match_indices(&constant).any(|(at, _)| {
        let next = code[at + constant.len()..].chars().next();
        next.is_none_or(|next| !next.is_ascii_alphanumeric() && next != '_')
    })
}

#[test]
fn every_rule_can_be_raised() {
    let code = code();
    let is_raised = |name: &str| names(&code, "rule", name);
    let rules: Vec<_> = Rules::builtin().rules().collect();
    assert!(rules.len() > 100, "only {} rules found", rules.len());
    let silent: Vec<_> = rules
        .iter()
        .filter(|rule| rule.identifiers.is_empty() && !is_raised(rule.name))
        .map(|rule| rule.name)
        .collect();
    assert!(silent.is_empty(), "no identifier and no code raises {silent:?}");
}

#[test]
fn code_names_rules_by_their_constants() {
    let code = code();
    let written = |name: &str| code.contains(&format!("\"{name}\"")) && name.contains('-');
    let rules = Rules::builtin();
    let literal: Vec<_> = rules.rules().map(|rule| rule.name).filter(|name| written(name)).collect();
    assert!(literal.is_empty(), "code writes the names of {literal:?} as text");
}

#[test]
fn code_uses_every_list_of_words() {
    let code = code();
    let mut count = 0;
    for (path, text) in tables().iter().filter(|(path, _)| Path::new(path).starts_with("rules/tables/lists"))
    {
        for block in text.split("[[list]]\nname = \"").skip(1) {
            let name = block.split('"').next().unwrap_or_default();
            assert!(names(&code, "list", name), "{path}: no code reads the list `{name}`");
            count += 1;
        }
    }
    assert!(count > 15, "only {count} lists found");
}

#[test]
fn a_name_that_stays_has_no_row() {
    let rules = Rules::builtin();
    let mut all: Vec<&str> = KEPT.iter().flat_map(|kept| kept.names).copied().collect();
    for name in &all {
        assert!(rules.name(name.as_bytes()).is_none(), "`{name}` has a row");
        assert!(rules.words_named(name).next().is_none(), "`{name}` has a row for build files");
    }
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count, "a name is listed twice");
}
