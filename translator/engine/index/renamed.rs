//! Finds the words of build files that name `.cu` files which have another name in the output.
//!
//! A word is rewritten only when it certainly names renamed files: it ends like the path of one, or its pattern matches
//! one, and it matches no file that keeps its name.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use globset::Glob;
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::lang::Lang;
use crate::text::path::within;
use crate::text::{Span, is_word};

/// The files of a project with names that end in `.cu` or `.cu.in`: the files that have another name in the output, and
/// the files that keep their name. After a conversion, the files that end in `.hip` had such names before.
#[expect(clippy::struct_field_names, reason = "`renamed` is the term for these files")]
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    renamed: Paths,
    kept: Paths,
    /// The names before an earlier conversion.
    former: Paths,
}

/// Paths that are looked up by their last segment. To compare whole paths with every word of every build file is slow.
#[derive(Clone, Debug, Default)]
struct Paths {
    all: Vec<PathBuf>,
    whole: FxHashSet<PathBuf>,
    by_name: FxHashMap<OsString, Vec<usize>>,
}

impl Paths {
    fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut found = Self { all: paths.into_iter().collect(), ..Self::default() };
        for (at, path) in found.all.iter().enumerate() {
            let name = path.file_name().unwrap_or_default().to_owned();
            found.by_name.entry(name).or_default().push(at);
            found.whole.insert(path.clone());
        }
        found
    }

    /// Whether `path` is one of the files, or is generated from the template `path.in`.
    fn has_or_generates(&self, path: &Path) -> bool {
        let template = || {
            let mut template = path.as_os_str().to_owned();
            template.push(".in");
            PathBuf::from(template)
        };
        self.whole.contains(path) || self.whole.contains(&template())
    }

    fn called(&self, name: &OsStr) -> impl Iterator<Item = &PathBuf> {
        self.by_name.get(name).into_iter().flatten().map(|&at| &self.all[at])
    }

    /// The paths of files with the name `name`, and of templates `name.in`, from which such a file is generated.
    fn files_and_templates(&self, name: &str) -> impl Iterator<Item = &PathBuf> {
        let template = OsString::from(format!("{name}.in"));
        let templates = self.by_name.get(&template).into_iter().flatten().map(|&at| &self.all[at]);
        self.called(OsStr::new(name)).chain(templates)
    }
}

/// The files that a word with the ending `.cu` names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Files that end in `.hip` in the output.
    Renamed,
    /// Perhaps such files.
    Unproved,
    /// No renamed file of the project.
    Nothing,
}

impl Renamed {
    /// The files of a project: the paths of `renamed` files and of `kept` files, relative to the root.
    pub fn new(renamed: impl IntoIterator<Item = PathBuf>, kept: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { renamed: Paths::new(renamed), kept: Paths::new(kept), former: Paths::default() }
    }

    /// With the names that the files among `paths` had before an earlier conversion: a file that ends in `.hip`, without a
    /// file beside it that ends in `.cu`.
    #[must_use]
    pub fn with_former<'a>(mut self, paths: impl Iterator<Item = &'a Path>) -> Self {
        // A build file may be called `makefile.hip`.
        let sources = paths.filter(|path| Lang::of(path) != Lang::Make);
        let former = sources.filter_map(|path| {
            let text = path.to_str()?;
            let stem = text.strip_suffix(".hip").map(|stem| format!("{stem}.cu"));
            Some(PathBuf::from(stem.or_else(|| Some(format!("{}.cu.in", text.strip_suffix(".hip.in")?)))?))
        });
        let is_gone = |path: &PathBuf| !self.renamed.whole.contains(path) && !self.kept.whole.contains(path);
        self.former = Paths::new(former.filter(is_gone).collect::<Vec<_>>());
        self
    }

    /// Whether no file has another name in the output.
    pub fn is_empty(&self) -> bool {
        self.renamed.all.is_empty()
    }

    /// Whether no file has another name in the output, and none had another name before.
    pub(crate) fn never_renames(&self) -> bool {
        self.is_empty() && self.former.all.is_empty()
    }

    /// Whether `word` is the path of a renamed file relative to the folder `folder`.
    pub(crate) fn is_path(&self, folder: &Path, word: &str) -> bool {
        let path = within(folder, Path::new(word));
        path.is_some_and(|path| self.renamed.whole.contains(&path))
    }

    /// Whether no file of the project has the name `word`, and none of its folders may generate it from a template.
    pub(crate) fn is_no_file(&self, word: &str) -> bool {
        let tail = literal_tail(word);
        let name = tail.rsplit('/').next().unwrap_or(tail);
        !name.contains(PATTERN)
            && [&self.renamed, &self.kept, &self.former]
                .iter()
                .all(|paths| paths.files_and_templates(name).next().is_none())
    }

    /// The files that `word` names in a file of the folder `folder`; `word` ends in `.cu` or `.cu.in`.
    pub(crate) fn named(&self, folder: &Path, word: &str) -> Named {
        if self.never_renames() {
            return Named::Nothing;
        }
        let tail = literal_tail(word);
        let name = tail.rsplit('/').next().unwrap_or(tail);
        let is_path = tail.len() == word.len() && !word.starts_with('/');
        let exact = is_path.then(|| within(folder, Path::new(tail))).flatten();
        if name.contains(PATTERN) || name.starts_with(".cu") {
            return self.matching(name, literal_folder(word));
        }
        let ends = |path: &PathBuf| {
            let path = path.to_string_lossy();
            let path =
                path.strip_suffix(".in").filter(|_| tail.strip_suffix(".in").is_none()).unwrap_or(&path);
            let end = relative_end(tail);
            path == end || path.strip_suffix(end).is_some_and(|folder| folder.ends_with('/'))
        };
        // `t.cu` may be generated from a template `t.cu.in`.
        if exact.is_some_and(|exact| self.renamed.has_or_generates(&exact)) {
            return Named::Renamed;
        }
        match (
            self.renamed.files_and_templates(name).any(ends),
            self.kept.files_and_templates(name).any(ends),
        ) {
            (true, false) => Named::Renamed,
            (true, true) => Named::Unproved,
            (false, false) if self.former.files_and_templates(name).any(ends) => Named::Unproved,
            (false, _) => Named::Nothing,
        }
    }

    /// The files in or below `folder` that the pattern `name` matches; a variable in it matches any text.
    fn matching(&self, name: &str, folder: &str) -> Named {
        let pattern = variables_as_stars(name);
        let Ok(glob) = Glob::new(&pattern).map(|glob| glob.compile_matcher()) else { return Named::Unproved };
        let matches = |path: &PathBuf| {
            has_folder(path, folder)
                && path.file_name().is_some_and(|name| {
                    let name = name.to_string_lossy();
                    glob.is_match(&*name) || name.strip_suffix(".in").is_some_and(|name| glob.is_match(name))
                })
        };
        if self.renamed.all.iter().any(matches) && !self.kept.all.iter().any(matches) {
            Named::Renamed
        } else if (self.is_empty() || !folder.is_empty())
            && ![&self.renamed, &self.former].into_iter().flat_map(|paths| &paths.all).any(matches)
        {
            Named::Nothing
        } else {
            Named::Unproved
        }
    }
}

/// The folder in `word` without `./` and `../` at its start; nothing if it is absolute or has a variable or pattern.
fn literal_folder(word: &str) -> &str {
    let folder = word.rfind('/').map_or("", |slash| &word[..slash]);
    if folder.starts_with('/') || folder.contains(PATTERN) || folder.contains(':') {
        return "";
    }
    let end = relative_end(folder);
    if end == "." || end == ".." { "" } else { end }
}

/// Whether the folders of `path` contain the folders of `folder` in a row.
fn has_folder(path: &Path, folder: &str) -> bool {
    let wanted: Vec<&OsStr> = Path::new(folder).iter().collect();
    let parent = path.parent().unwrap_or(Path::new(""));
    let folders: Vec<&OsStr> = parent.iter().collect();
    wanted.is_empty() || folders.windows(wanted.len()).any(|folders| folders == wanted)
}

/// `tail` without `./`, `../` and `/` at its start.
fn relative_end(tail: &str) -> &str {
    let mut end = tail;
    while let Some(rest) =
        end.strip_prefix("./").or_else(|| end.strip_prefix("../")).or_else(|| end.strip_prefix('/'))
    {
        end = rest;
    }
    end
}

/// Characters of variables and patterns in build languages.
const PATTERN: [char; 9] = ['*', '?', '[', '{', '}', '$', '%', '@', '>'];

/// The last folders of `word` without variables, and its name; only the name if the name itself has a variable.
fn literal_tail(word: &str) -> &str {
    let mut start = word.rfind('/').map_or(0, |slash| slash + 1);
    if word[start..].contains(PATTERN) {
        return &word[start..];
    }
    while start > 0 {
        let before = &word[..start - 1];
        let folder = before.rfind('/').map_or(0, |slash| slash + 1);
        if before[folder..].contains(PATTERN) {
            break;
        }
        start = folder;
    }
    &word[start..]
}

/// `${X}`, `$(X)`, `$X`, `{x}`, `%` and `@X@` as `*`.
fn variables_as_stars(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        let closing = match next {
            '{' => rest.find('}'),
            '$' if rest[1..].starts_with('{') => rest.find('}'),
            '$' if rest[1..].starts_with('(') => rest.find(')'),
            '@' => rest[1..].find('@').map(|at| at + 1),
            '$' => Some(rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - 1)),
            '%' => Some(0),
            _ => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
                continue;
            }
        };
        out.push('*');
        rest = &rest[closing.unwrap_or(0) + 1..];
    }
    if out.starts_with(".cu") {
        out.insert(0, '*');
    }
    out
}

/// One word that ends in `.cu` or `.cu.in`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CudaWord {
    /// The characters of a path or glob, ending included.
    pub(crate) word: String,
    /// Its bytes.
    pub(crate) span: Span,
    /// The bytes of `.cu`.
    pub(crate) ending: Span,
}

/// The searcher for `.cu`, built once because every word of a build file is searched.
static ENDING: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(".cu"));

/// The words of `bytes[range]` that end in `.cu` or `.cu.in`.
pub(crate) fn cuda_words(bytes: &[u8], range: std::ops::Range<usize>) -> Vec<CudaWord> {
    let mut words = Vec::new();
    for dot in ENDING.find_iter(&bytes[range.clone()]) {
        let dot = range.start + dot;
        let end = dot + 3;
        let goes_on = |at: usize| bytes[..range.end].get(at).is_some_and(|&byte| is_word(byte));
        if goes_on(end) {
            continue;
        }
        let start = dot - word_before(&bytes[range.start..dot]);
        let rest = &bytes[end..range.end];
        let is_template = rest.starts_with(b".in") && !goes_on(end + 3);
        // `a.cu.o` and `a.cu.obj` are outputs of the build, with names that its own rules give.
        if rest.starts_with(b".") && !is_template && rest.get(1).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let last = if is_template { end + 3 } else { end };
        words.push(CudaWord {
            word: String::from_utf8_lossy(&bytes[start..last]).into_owned(),
            span: Span::new(start as u32, last as u32),
            ending: Span::new(dot as u32, end as u32),
        });
    }
    words
}

/// The number of bytes at the end of `text` that are part of a path or glob.
fn word_before(text: &[u8]) -> usize {
    let is_word = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || b"_-./*?[]{}$%@+~<>()".contains(byte) || !byte.is_ascii()
    };
    let length = text.iter().rev().take_while(is_word).count();
    let word = &text[text.len() - length..];
    // A `(` is part of the word if it opens a variable that the word closes: `$(D)/a.cu`, not `f(a.cu`.
    let outside = word.iter().enumerate().rev().find(|&(at, &byte)| {
        byte == b'(' && (at == 0 || word[at - 1] != b'$' || !word[at..].contains(&b')'))
    });
    length - outside.map_or(0, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: &str, text: &str, expected: &[(&str, Named)]) {
        let paths = ["src/axpy.cu", "src/t.cu.in", "lib/sub/scan_kernel.cu"].map(PathBuf::from);
        let renamed = Renamed::new(paths, [PathBuf::from("kept/both.cu")]);
        let found = cuda_words(text.as_bytes(), 0..text.len());
        let named = found.iter().map(|f| (f.word.as_str(), renamed.named(Path::new(folder), &f.word)));
        assert_eq!(named.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn paths_name_renamed_files() {
        check("", "src/axpy.cu other.cu", &[("src/axpy.cu", Named::Renamed), ("other.cu", Named::Nothing)]);
        check(
            "src",
            "axpy.cu ../lib/sub/scan_kernel.cu",
            &[("axpy.cu", Named::Renamed), ("../lib/sub/scan_kernel.cu", Named::Renamed)],
        );
        check(
            "x",
            "${D}/sub/scan_kernel.cu $(D)/axpy.cu",
            &[("${D}/sub/scan_kernel.cu", Named::Renamed), ("$(D)/axpy.cu", Named::Renamed)],
        );
        check("", "f(axpy.cu) a.cuh axpy.cu_ axpy.cu.o", &[("axpy.cu", Named::Renamed)]);
        check("src", "f(t.cu.in t.cu)", &[("t.cu.in", Named::Renamed), ("t.cu", Named::Renamed)]);
        check("", "kept/both.cu", &[("kept/both.cu", Named::Nothing)]);
    }

    #[test]
    fn names_before_a_conversion_are_found_in_its_output() {
        let files = ["src/axpy.hip", "src/both.hip"].map(Path::new);
        let renamed = Renamed::new([], [PathBuf::from("src/both.cu")]).with_former(files.into_iter());
        let check =
            |word: &str, expected| assert_eq!(renamed.named(Path::new("src"), word), expected, "{word}");
        check("axpy.cu", Named::Unproved);
        check("a*.cu", Named::Unproved);
        check("both.cu", Named::Nothing);
        check("z*.cu", Named::Nothing);
    }

    #[test]
    fn patterns_name_the_files_that_they_match() {
        check("src", "a*.cu z*.cu", &[("a*.cu", Named::Renamed), ("z*.cu", Named::Unproved)]);
        check("", "$(wildcard src/a*.cu)", &[("src/a*.cu", Named::Renamed)]);
        check(
            "",
            "scan_${X}.cu b${X}.cu",
            &[("scan_${X}.cu", Named::Renamed), ("b${X}.cu", Named::Unproved)],
        );
        check("", "*.cu", &[("*.cu", Named::Unproved)]);
    }
}
