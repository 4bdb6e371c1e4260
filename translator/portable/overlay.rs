//! Copies of sources for HIP alone, and the overlay that gives a compiler for HIP a copy in place of each source (`-ivfsoverlay`).
//!
//! A source that a host compiler reads is not served, because a host compiler has no such option.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tranship_engine::text::path::readable;
use xxhash_rust::xxh3::xxh3_64;

use super::ShadowHeader;
use super::shadow::NAMES;
use crate::project::walk::COPIES;
pub use crate::project::walk::{OVERLAY, OVERLAY_MARK as MARK};

/// The beginning of the line with the hashes of an entry.
const HASHES: &str = "# source ";

/// The key of the path of a copy.
const CONTENTS: &str = "\"external-contents\": ";

/// A source for HIP alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCopy {
    /// The path of the source from the root.
    pub path: PathBuf,
    /// The hash of the bytes of the source.
    pub source: u64,
    /// The text of the copy.
    pub text: String,
}

impl SourceCopy {
    /// The path of the copy in the folder of shadow headers.
    pub fn in_folder(&self) -> PathBuf {
        in_folder(&self.path).into()
    }
}

/// An entry of an overlay.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The hash of the bytes of the source from which the copy was made.
    pub source: u64,
    /// The hash of the bytes of the copy.
    pub copy: u64,
}

/// The hash of `bytes` as an overlay records it.
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Adds `copies` and their overlay to the files `headers` of the folder. `root` is the path from the folder to the root of the project.
///
/// The header with the names gets a line with the hash of all copies. Each unit for HIP includes that header, so a build with
/// dependency files compiles again after a change of a copy.
pub fn add(headers: &mut Vec<ShadowHeader>, copies: &[SourceCopy], root: &str) {
    if copies.is_empty() {
        return;
    }
    let text = overlay(copies, root);
    if let Some(names) = headers.iter_mut().find(|header| header.path == NAMES) {
        let _ = writeln!(names.text, "\n// Hash of the overlay: {:016x}.", hash(text.as_bytes()));
    }
    headers.extend(
        copies.iter().map(|copy| ShadowHeader { path: in_folder(&copy.path), text: copy.text.clone() }),
    );
    headers.push(ShadowHeader { path: OVERLAY.to_owned(), text });
}

/// The path of the copy of the source `path`, in the folder of shadow headers.
fn in_folder(path: &Path) -> String {
    format!("{COPIES}/{}", readable(path))
}

/// The overlay of `copies`, as LLVM reads it (`llvm/include/llvm/Support/VirtualFileSystem.h`, `RedirectingFileSystem`). Relative paths
/// count from the overlay itself. Errors and dependency files contain the names of the sources.
fn overlay(copies: &[SourceCopy], root: &str) -> String {
    let quoted = |text: String| serde_json::Value::String(text).to_string();
    let entry = |copy: &SourceCopy| {
        format!(
            "    {HASHES}{:016x}, copy {:016x}\n    {{ \"type\": \"file\", \"name\": {}, {CONTENTS}{} }}",
            copy.source,
            hash(copy.text.as_bytes()),
            quoted(format!("{root}{}", readable(&copy.path))),
            quoted(in_folder(&copy.path))
        )
    };
    let entries: Vec<String> = copies.iter().map(entry).collect();
    format!(
        "{MARK}, for HIP alone. Do not edit.\n\
         # With `-ivfsoverlay` and this file, clang 16 or newer reads each copy in place of its source.\n\
         {{\n  \"version\": 0,\n  \"case-sensitive\": true,\n  \"use-external-names\": false,\n  \
         \"root-relative\": \"overlay-dir\",\n  \"overlay-relative\": true,\n  \"roots\": [\n{}\n  ]\n}}\n",
        entries.join(",\n")
    )
}

/// The entries of the overlay `text` by the path of the copy in the folder of shadow headers. Another file has none.
pub fn entries(text: &str) -> BTreeMap<PathBuf, Entry> {
    if !text.starts_with(MARK) {
        return BTreeMap::new();
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).filter_map(|pair| read_entry(pair[0], pair[1])).collect()
}

fn read_entry(hashes: &str, entry: &str) -> Option<(PathBuf, Entry)> {
    let (source, copy) = hashes.strip_prefix(HASHES)?.split_once(", copy ")?;
    let (_, path) = entry.rsplit_once(CONTENTS)?;
    let path: String = serde_json::from_str(path.trim_end_matches([',', '}', ' '])).ok()?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    Some((path.into(), Entry { source: number(source)?, copy: number(copy)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_contains_the_hashes_of_its_entries() {
        let copy =
            |path: &str, text: &str| SourceCopy { path: path.into(), source: 7, text: text.to_owned() };
        let copies = [copy("src/a \"b\".cu", "one"), copy("c.h", "two")];
        let text = overlay(&copies, "../");
        assert!(
            text.contains(r#""name": "../src/a \"b\".cu", "external-contents": "overlay/src/a \"b\".cu" },"#),
            "{text}"
        );
        let expected: BTreeMap<PathBuf, Entry> = copies
            .iter()
            .map(|copy| (in_folder(&copy.path).into(), Entry { source: 7, copy: hash(copy.text.as_bytes()) }))
            .collect();
        assert_eq!(entries(&text), expected);
        assert_eq!(entries("overlay of another program"), BTreeMap::new());
    }
}
