//! A conversion as a patch for `git apply`, renames and bytes that are not UTF-8 included.

use std::fmt::Write as _;
use std::path::Path;

use similar::{Algorithm, TextDiffConfig};

use crate::pass::Context;
use crate::source::Source;
use crate::text::{Edit, Edits};
use crate::translate::Translation;

/// The patch from `old`, the content of `from`, to `new`, the content of `to`; empty when nothing changes.
pub fn patch(from: &Path, to: &Path, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if from == to && old == new {
        return out;
    }
    out.extend(format!("diff --git {} {}\n", quoted("a/", from), quoted("b/", to)).bytes());
    if from != to {
        if old == new {
            out.extend(b"similarity index 100%\n");
        }
        out.extend(format!("rename from {}\nrename to {}\n", quoted("", from), quoted("", to)).bytes());
    }
    if old != new {
        out.extend(
            format!("--- {}\n+++ {}\n", ending(&quoted("a/", from)), ending(&quoted("b/", to))).bytes(),
        );
        hunks(old, new, &mut out);
    }
    out
}

/// The patch that creates the file `path` with the content `new`.
pub fn new_file(path: &Path, new: &[u8]) -> Vec<u8> {
    let (from, to) = (quoted("a/", path), quoted("b/", path));
    let head = format!("diff --git {from} {to}\nnew file mode 100644\n--- /dev/null\n+++ {}\n", ending(&to));
    let mut out = head.into_bytes();
    hunks(b"", new, &mut out);
    out
}

/// The patch that removes the file `path` with the content `old`.
pub fn removed_file(path: &Path, old: &[u8]) -> Vec<u8> {
    let (from, to) = (quoted("a/", path), quoted("b/", path));
    let head =
        format!("diff --git {from} {to}\ndeleted file mode 100644\n--- {}\n+++ /dev/null\n", ending(&from));
    let mut out = head.into_bytes();
    hunks(old, b"", &mut out);
    out
}

/// The patches of one file by rule, in the order in which they apply: the plain renames as `names`, then the rules,
/// then the new name of the file as `file-names`. Each patch applies to the result of the one before it.
pub fn patches(
    from: &Path,
    to: &Path,
    source: &Source,
    translation: &Translation,
    context: &Context,
) -> Vec<(String, Vec<u8>)> {
    let selection = &context.selection;
    let mut fixes: Vec<(&str, &[Edit])> = Vec::new();
    for finding in translation.findings.iter().filter(|finding| selection.applies(finding)) {
        // All names of the tables are one kind of change.
        let is_rule = context.rules.rule(finding.rule).is_some();
        fixes.push((if is_rule { finding.rule } else { "" }, finding.fix.edits()));
    }
    fixes.sort_by_key(|&(rule, _)| rule);
    let mut patches = Vec::new();
    let mut before = source.bytes.clone();
    let mut at = 0;
    for group in fixes.chunk_by(|a, b| a.0 == b.0) {
        at += group.len();
        let after = Edits::compose(fixes[..at].iter().map(|&(_, edits)| edits)).0.apply(&source.bytes);
        let rule = if group[0].0.is_empty() { "names" } else { group[0].0 };
        if after != before {
            patches.push((rule.to_owned(), patch(from, from, &before, &after)));
        }
        before = after;
    }
    if from != to {
        patches.push((FILE_NAMES.to_owned(), patch(from, to, &before, &before)));
    }
    patches
}

/// The name of the last patch, which renames the file.
pub const FILE_NAMES: &str = "file-names";

fn hunks(old: &[u8], new: &[u8], out: &mut Vec<u8>) {
    // Only `\n` ends a line for git; a lone `\r` is a character like any other.
    let lines = |text| -> Vec<&[u8]> { <[u8]>::split_inclusive(text, |&byte| byte == b'\n').collect() };
    let (old, new) = (lines(old), lines(new));
    let mut config = TextDiffConfig::default();
    config.algorithm(Algorithm::Patience).newline_terminated(true);
    let diff = config.diff_slices(&old, &new);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        // Writing to memory cannot fail.
        let _ = hunk.to_writer(&mut *out);
    }
}

/// `name` as in the lines `---` and `+++`: with a tab behind it if it has a space, as `diff` writes it.
fn ending(name: &str) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name.to_owned() }
}

/// A path as git writes it: in quotes unless all its bytes are plain ASCII.
fn quoted(prefix: &str, path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |byte: &u8| (b' '..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
    if bytes.iter().all(plain) {
        return format!("{prefix}{}", path.display());
    }
    let mut out = format!("\"{prefix}");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend(['\\', byte as char]),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            byte if plain(&byte) => out.push(byte as char),
            byte => drop(write!(out, "\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}
