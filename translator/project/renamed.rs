//! Build files and scripts that name a `.cu` file which is called otherwise in the output.

use std::path::Path;

use memchr::memmem;
use rustc_hash::FxHashMap;
use tranship_rules::Rule;

use super::config::CONFIG;
use crate::finding::Finding;
use crate::source::Lang;
use crate::text::Span;

/// The renamed files of a project, by file name: what each is called now.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    by_name: FxHashMap<String, String>,
}

impl Renamed {
    /// From pairs of an old and a new path.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a Path, &'a Path)>) -> Self {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { by_name: pairs.into_iter().map(|(old, new)| (name(old), name(new))).collect() }
    }

    /// Whether no file got another name.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// Files that tell a build, by whole name.
const BUILD_NAMES: &[&str] = &[
    "cmakelists.txt",
    "makefile",
    "gnumakefile",
    "build",
    "build.bazel",
    "buck",
    "meson.build",
    "sconstruct",
    "sconscript",
    "configure",
    "configure.ac",
    "dockerfile",
    "justfile",
    "manifest.in",
];

/// Files that tell a build or a script, by ending.
const BUILD_ENDINGS: &[&str] = &[
    "cmake", "mk", "mak", "make", "am", "ac", "py", "sh", "bash", "bat", "ps1", "pl", "rb", "lua", "toml",
    "cfg", "ini", "json", "yaml", "yml", "bazel", "bzl", "gn", "gni", "gyp", "gypi", "ninja", "rs", "go",
    "js", "ts", "vcxproj", "filters", "props", "xmake", "pro", "pri", "qbs", "in", "bp",
];

/// Whether `path` is a build file or a script by its name.
pub(crate) fn is_build_file(path: &Path) -> bool {
    // Our own settings speak of the source.
    if Lang::of(path) != Lang::Other || path.file_name().is_some_and(|name| name == CONFIG) {
        return false;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    BUILD_NAMES.contains(&name.as_str())
        || BUILD_ENDINGS.contains(&ending)
        || name.starts_with("makefile.")
        || name.starts_with("cmakelists")
}

/// The places in the build file `path` that name or glob a renamed file.
pub fn renamed_sources(path: &Path, bytes: &[u8], renamed: &Renamed, rule: &'static Rule) -> Vec<Finding> {
    if renamed.is_empty() || !is_build_file(path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for dot in memmem::find_iter(bytes, b".cu") {
        let end = dot + 3;
        let goes_on = bytes.get(end).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let word = word_before(bytes, dot);
        if goes_on || is_comment(bytes, dot) {
            continue;
        }
        let Some((what, todo)) = judge(&word, bytes.get(end..).unwrap_or_default(), renamed) else {
            continue;
        };
        let span = Span::new((dot - word.len()) as u32, end as u32);
        findings.push(Finding::of(rule, span).saying(what).advising(todo));
    }
    findings
}

/// The characters of a path or glob that end at `dot`.
fn word_before(bytes: &[u8], dot: usize) -> String {
    let is_word =
        |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-./*?[]{}$%@+~<>".contains(byte) || !byte.is_ascii();
    let length = bytes[..dot].iter().rev().take_while(is_word).count();
    String::from_utf8_lossy(&bytes[dot - length..dot]).into_owned()
}

/// What is named and what to write instead; `None` when it is no renamed file.
fn judge(word: &str, after: &[u8], renamed: &Renamed) -> Option<(String, String)> {
    let name = word.rsplit('/').next().unwrap_or(word);
    if let Some(new) = renamed.by_name.get(&format!("{name}.cu")) {
        let folder = &word[..word.len() - name.len()];
        let what = format!("`{word}.cu` is called `{new}` in the output");
        return Some((what, format!("write `{folder}{new}`, or convert with `--keep-names`")));
    }
    if after.starts_with(b".in") {
        let new = renamed.by_name.get(&format!("{name}.cu.in"))?;
        let what = format!("`{word}.cu.in` is called `{new}` in the output");
        return Some((what, format!("write `{new}`, or convert with `--keep-names`")));
    }
    let is_pattern = name.is_empty() || name.contains(['*', '?', '[', '{', '}', '%', '$', '@', '>']);
    is_pattern.then(|| {
        let what = format!("`{word}.cu` matches files that end in `.hip` in the output");
        (what, format!("write `{word}.hip`, or convert with `--keep-names`"))
    })
}

/// Whether the line of `at` is a comment in the way of most build languages.
fn is_comment(bytes: &[u8], at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |line_end| line_end + 1);
    let line = bytes[start..at].trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tranship_rules::Rules;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let rules = Rules::builtin();
        let pairs = [("src/axpy.cu", "src/axpy.hip"), ("src/t.cu.in", "src/t.hip.in")];
        let renamed = Renamed::new(pairs.iter().map(|(a, b)| (Path::new(*a), Path::new(*b))));
        let rule = rules.rule("renamed-source").expect("the built-in tables have the rule");
        let findings = renamed_sources(Path::new(path), text.as_bytes(), &renamed, rule);
        let words: Vec<_> = findings.iter().map(|f| f.words().todo.into_owned()).collect();
        let first = |todo: &str| todo.split('`').nth(1).unwrap_or_default().to_owned();
        assert_eq!(words.iter().map(|todo| first(todo)).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn names_of_renamed_files_are_found() {
        check("CMakeLists.txt", "add_library(x src/axpy.cu other.cu)", &["src/axpy.hip"]);
        check("setup.py", "sources=['csrc/axpy.cu']", &["csrc/axpy.hip"]);
        check("CMakeLists.txt", "configure_file(src/t.cu.in t.cu)", &["t.hip.in"]);
        check("notes.txt", "axpy.cu", &[]);
        check("Makefile", "x.cuh axpy.cuda axpy.cu_", &[]);
        check("Makefile", "  # axpy.cu", &[]);
    }

    #[test]
    fn globs_and_patterns_are_found() {
        check("CMakeLists.txt", "file(GLOB S src/*.cu)", &["src/*.hip"]);
        check("Makefile", "%.o: %.cu\n$(wildcard *.cu)", &["%.hip", "*.hip"]);
        check("build.rs", "if name.ends_with(\".cu\") {}", &[".hip"]);
        check("build.sh", "for f in ${base}.cu; do", &["${base}.hip"]);
    }
}
