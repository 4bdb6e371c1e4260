//! The support header: its text, the helpers that an edit calls, and the include of it.
//!
//! Each fix with `tranship::` in an edit gets the include of the header, so passes do not add it.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use tranship_rules::{Helper, Rules, rule};

use crate::cpp::{Token, Unit, insertion};
use crate::finding::{Finding, Fix};
use crate::pass::Context;
use crate::text::path::readable;
use crate::text::{Edit, Edits, Piece, Replacement, Span};

/// The namespace of all helpers, as code writes it.
const NAMESPACE: &str = "tranship::";

/// The beginning of the first line of the header; a file without it is not a support header.
const MARK: &str = "// tranship support header";

/// A header that the oldest releases lack.
const LATER: &str = "hip/hip_bf16.h";

/// The beginning of the line that lists the helpers.
const LIST: &str = "// helpers:";

/// Whether `text` is a support header that this program wrote.
pub fn is_support_header(text: &[u8]) -> bool {
    text.starts_with(MARK.as_bytes())
}

/// The helpers that an existing support header lists, without helpers that are not in the tables any more.
pub fn listed(text: &[u8], rules: &Rules) -> BTreeSet<&'static str> {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().take(4).find_map(|line| line.strip_prefix(LIST)).unwrap_or_default();
    line.split_whitespace().filter_map(|name| Some(rules.helper(name)?.name)).collect()
}

/// The helpers that `edits` call.
pub fn used(edits: &Edits, rules: &Rules) -> BTreeSet<&'static str> {
    let texts = edits.iter().flat_map(texts).filter(|text| text.contains(NAMESPACE));
    texts.flat_map(|text| called(text, rules)).collect()
}

fn texts(edit: &Edit) -> Box<dyn Iterator<Item = &str> + '_> {
    match &edit.with {
        Replacement::Text(text) => Box::new(std::iter::once(text.as_ref())),
        Replacement::Pieces(pieces) => Box::new(pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_ref()),
            Piece::Span(_) => None,
        })),
    }
}

fn called(text: &str, rules: &Rules) -> Vec<&'static str> {
    let names = text.match_indices(NAMESPACE).map(|(at, _)| &text[at + NAMESPACE.len()..]);
    let word =
        |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    names.filter_map(|rest| Some(rules.helper(&word(rest))?.name)).collect()
}

/// Adds the include of the support header to each fix of `findings` that calls a helper. In a file that others include inside of
/// a declaration, fixes include nothing.
pub(crate) fn include(findings: &mut [Finding], unit: &Unit, context: &Context) {
    let path = &unit.source.path;
    if context.index.is_enclosed(path) {
        for finding in findings {
            let mut edits = std::mem::take(&mut finding.fix).into_edits();
            edits.retain(|edit| {
                !(edit.span.is_empty() && texts(edit).any(|text| text.starts_with("#include ")))
            });
            finding.fix = Fix::Many(edits);
        }
        return;
    }
    let include = LazyCell::new(|| place(unit, context));
    for finding in findings.iter_mut().filter(|finding| finding.fix.edits().iter().any(calls)) {
        if let Some(include) = &*include {
            let mut edits = std::mem::take(&mut finding.fix).into_edits();
            edits.push(include.clone());
            finding.fix = Fix::Many(edits);
        }
    }
}

/// Whether `edit` calls a helper.
pub(crate) fn calls(edit: &Edit) -> bool {
    texts(edit).any(|text| text.contains(NAMESPACE))
}

/// Whether `edit` includes the support header in the file `path`.
pub(crate) fn is_include(edit: &Edit, path: &Path, context: &Context) -> bool {
    let header = context.support.include_name(path);
    edit.span.is_empty() && texts(edit).any(|text| text.contains("#include") && text.contains(&*header))
}

/// The edit that includes the support header. If a file that the unit includes needs the header too and does not include it, the
/// edit is before all includes.
fn place(unit: &Unit, context: &Context) -> Option<Edit> {
    let path = &unit.source.path;
    let header = context.support.include_name(path);
    if !context.project.encloses.contains_key(path) {
        return insertion::behind_includes(unit, &header);
    }
    let needs_it = |token: &Token| {
        let name = unit.slice(Span::new(token.start + 1, token.end - 1));
        let included = context.index.resolve(path, &name, token.byte == b'"');
        included.is_some_and(|included| context.index.is_enclosed(included))
    };
    insertion::before_needing_includes(unit, &header, needs_it)
}

/// The finding that a file, whose text the unit includes inside of a declaration, needs the support header.
pub(crate) fn for_enclosed(unit: &Unit, context: &Context) -> Option<Finding> {
    let path = &unit.source.path;
    let enclosed = context.project.encloses.get(path)?;
    let header = context.support.include_name(path);
    let includes = |token: &Token| {
        let name = unit.slice(token.span());
        name.trim_matches('"') == header
    };
    if unit.includes().any(|(_, token)| includes(token)) {
        return None;
    }
    let edit = place(unit, context)?;
    let rule = context.rules.named(rule::ENCLOSED_INCLUDE)?;
    let what = format!("the support header is included for `{}`", readable(enclosed));
    Some(Finding::of(rule, edit.span).saying(what).with(Fix::One(edit)))
}

/// The text of the support header with `helpers` and the helpers that they need. If a project has `several` equal headers, an
/// include guard lets one translation unit include all of them. A host compiler can read the header: it sees no device function,
/// and no header of HIP that only device functions need.
pub fn header(helpers: &BTreeSet<&'static str>, rules: &Rules, several: bool) -> String {
    let mut order = Vec::new();
    for name in helpers {
        add(name, rules, &mut order);
    }
    let (device, host): (Vec<_>, Vec<_>) =
        order.into_iter().partition(|helper| is_for_hip_compilers(helper, rules));
    let includes_of =
        |helpers: &[&Helper]| helpers.iter().flat_map(|helper| helper.includes.iter().copied()).collect();
    let (for_host, mut for_device): (BTreeSet<&str>, BTreeSet<&str>) =
        (includes_of(&host), includes_of(&device));
    for_device.retain(|include| !for_host.contains(include));
    let host_needs_runtime = host.iter().any(|helper| names_hip(helper));
    let names: Vec<_> = helpers.iter().copied().collect();
    let mut text = format!(
        "{MARK}: device functions that HIP lacks or that count on warps of 32 lanes. Do not edit.\n{LIST} {}\n{}\n\n",
        names.join(" "),
        if several { "#ifndef TRANSHIP_HIP_H\n#define TRANSHIP_HIP_H" } else { "#pragma once" }
    );
    if host_needs_runtime {
        text.push_str(RUNTIME);
    }
    add_includes(&mut text, &for_host);
    if !host.is_empty() {
        add_namespace(&mut text, &host, rules);
    }
    if !device.is_empty() {
        let before = if host.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{before}#ifdef __HIPCC__ // A host compiler cannot read the rest.");
        if !host_needs_runtime {
            text.push_str(RUNTIME);
        }
        add_includes(&mut text, &for_device);
        add_namespace(&mut text, &device, rules);
        text.push_str("\n#endif // __HIPCC__\n");
    }
    if several {
        text.push_str("\n#endif // TRANSHIP_HIP_H\n");
    }
    text
}

/// The include of HIP's runtime.
const RUNTIME: &str = "#include <hip/hip_runtime.h>\n";

/// Adds the includes of `headers` to `text`.
fn add_includes(text: &mut String, headers: &BTreeSet<&str>) {
    for include in headers.iter().filter(|include| **include != "hip/hip_runtime.h") {
        let _ = match *include {
            // Helpers that need it are left out with it.
            _ if *include == LATER || is_of_library(include) => {
                writeln!(text, "#if __has_include(<{include}>)\n#include <{include}>\n#endif")
            }
            _ => writeln!(text, "#include <{include}>"),
        };
    }
}

/// Adds the namespace with `helpers` to `text`.
fn add_namespace(text: &mut String, helpers: &[&'static Helper], rules: &Rules) {
    text.push_str("\nnamespace tranship {\n");
    for helper in helpers {
        text.push('\n');
        let mut libraries = BTreeSet::new();
        add_libraries(helper, rules, &mut libraries);
        if libraries.is_empty() {
            text.push_str(helper.text);
            continue;
        }
        let tests: Vec<_> = libraries.iter().map(|header| format!("__has_include(<{header}>)")).collect();
        let _ = write!(text, "#if {}\n{}#endif\n", tests.join(" && "), helper.text);
    }
    text.push_str("\n} // namespace tranship\n");
}

/// Whether some line of the code of `helper`, without its comments, contains `word`.
fn has_word(helper: &Helper, word: &str) -> bool {
    let mut lines = helper.text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.any(|line| line.contains(word))
}

/// Builtins and macros that only a compiler for HIP has, in device code and in host code.
const OF_HIP_COMPILERS: [&str; 2] = ["__hip_atomic_", "__HIP_MEMORY_SCOPE_"];

/// Headers of HIP that a host compiler cannot read.
const HEADERS_OF_HIP_COMPILERS: [&str; 2] = [LATER, "hip/hip_fp8.h"];

/// Whether `helper` has code that a host compiler cannot read, or needs a helper that has.
fn is_for_hip_compilers(helper: &Helper, rules: &Rules) -> bool {
    let mut needs = helper.needs.iter().filter_map(|need| rules.helper(need));
    OF_HIP_COMPILERS.iter().any(|word| has_word(helper, word))
        || helper.includes.iter().any(|include| HEADERS_OF_HIP_COMPILERS.contains(include))
        || !has_word(helper, "__host__")
            && (has_word(helper, "__device__") || needs.any(|need| is_for_hip_compilers(need, rules)))
}

/// Whether `helper` needs declarations of HIP's runtime.
fn names_hip(helper: &Helper) -> bool {
    ["__device__", "__host__", "hip"].iter().any(|word| has_word(helper, word))
}

/// Whether `include` is a header of a library, which a build of other files of the project may lack.
fn is_of_library(include: &str) -> bool {
    include.contains('/') && !include.starts_with("hip/")
}

/// Adds the headers of libraries that `helper` and the helpers that it needs include.
fn add_libraries(helper: &Helper, rules: &Rules, to: &mut BTreeSet<&'static str>) {
    to.extend(helper.includes.iter().copied().filter(|include| is_of_library(include)));
    for need in helper.needs.iter().filter_map(|need| rules.helper(need)) {
        add_libraries(need, rules, to);
    }
}

/// Adds the helper `name` to `order`, behind the helpers that it needs.
fn add(name: &str, rules: &Rules, order: &mut Vec<&'static Helper>) {
    let Some(helper) = rules.helper(name) else { return };
    if order.iter().any(|there| there.name == name) {
        return;
    }
    for need in helper.needs {
        add(need, rules, order);
    }
    order.push(helper);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_lists_its_helpers_and_contains_what_they_need() {
        let rules = Rules::builtin();
        let needs_device = |name: &str| is_for_hip_compilers(rules.helper(name).unwrap(), &rules);
        for helper in rules.helpers() {
            let text = header(&BTreeSet::from([helper.name]), &rules, false);
            assert!(is_support_header(text.as_bytes()));
            assert_eq!(listed(text.as_bytes(), &rules), BTreeSet::from([helper.name]));
            for need in helper.needs {
                assert!(
                    is_for_hip_compilers(helper, &rules) || !needs_device(need),
                    "{} is for hosts too",
                    helper.name
                );
                let (need, own) = (text.find(rules.helper(need).unwrap().text), text.find(helper.text));
                assert!(need.unwrap() < own.unwrap(), "{}", helper.name);
            }
        }
    }
}
