//! The Makefiles of a project that include one another. Make reads an included file in place of its `include`, so the
//! variables of all files that one run of Make reads are one set.
//!
//! Nothing is expanded. The part of a path before its last variable is not known, so the part behind it decides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::readers::lines::{Dialect, lines};
use crate::text::Span;
use crate::text::path::within;

/// More bytes than this of other files are not read beside one file.
const MOST_BYTES: usize = 1 << 20;

/// One Makefile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MakeFile {
    /// The paths that it includes, as they are written.
    includes: Vec<String>,
    /// Its bytes.
    text: Vec<u8>,
}

impl MakeFile {
    /// Reads one file.
    pub fn of(bytes: &[u8]) -> Self {
        let text = |span: Span| std::str::from_utf8(&bytes[span.range()]).unwrap_or_default();
        let mut includes = Vec::new();
        for line in
            lines(bytes, Dialect::Make).iter().filter(|line| !line.is_recipe && line.assigned.is_none())
        {
            if let [first, paths @ ..] = &line.words[..]
                && matches!(text(first.span), "include" | "-include" | "sinclude")
            {
                includes.extend(paths.iter().map(|path| text(path.inner).to_owned()));
            }
        }
        Self { includes, text: bytes.to_owned() }
    }
}

/// All Makefiles, by path.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    files: BTreeMap<PathBuf, MakeFile>,
    /// The files that each file includes.
    included: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The files that include each file.
    including: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Facts {
    /// The facts of all `files`.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, MakeFile)>) -> Self {
        let mut facts = Self { files: files.into_iter().collect(), ..Self::default() };
        let includes =
            facts.files.iter().flat_map(|(path, file)| file.includes.iter().map(move |one| (path, one)));
        let found = |(path, include): (&PathBuf, &String)| {
            Some((path.clone(), facts.resolve(path, include)?.clone()))
        };
        for (path, included) in includes.filter_map(found).collect::<Vec<_>>() {
            facts.included.entry(path.clone()).or_default().push(included.clone());
            facts.including.entry(included).or_default().push(path);
        }
        facts
    }

    /// The file that `include` names in the file at `from`. Make resolves it from the folder in which Make runs, which is the
    /// folder of `from` or one around it.
    fn resolve(&self, from: &Path, include: &str) -> Option<&PathBuf> {
        let closing = include.rfind('$').map(|at| include[at..].find([')', '}']).map(|end| at + end + 1));
        let tail = match closing {
            None => include,
            Some(end) => include[end?..].trim_start_matches('/'),
        };
        if tail.is_empty() || tail.contains(['*', '%', '$']) {
            return None;
        }
        let in_folder = |folder: &Path| self.files.get_key_value(&within(folder, Path::new(tail))?);
        if let Some((path, _)) = from.ancestors().skip(1).find_map(in_folder) {
            return Some(path);
        }
        let end = Path::new(tail.trim_start_matches("../"));
        let mut ending = self.files.keys().filter(|path| path.ends_with(end));
        ending.next().filter(|_| closing.is_some() && ending.next().is_none())
    }

    /// The texts of the other files that a run of Make which reads `path` reads too.
    pub(crate) fn beside(&self, path: &Path) -> Vec<&[u8]> {
        let mut roots = BTreeSet::from([path]);
        follow(&self.including, &mut roots);
        let mut read = roots;
        follow(&self.included, &mut read);
        read.remove(path);
        let mut left = MOST_BYTES;
        let texts = read.into_iter().filter_map(|path| Some(self.files.get(path)?.text.as_slice()));
        let fits = |text: &&[u8]| left.checked_sub(text.len()).map(|rest| left = rest).is_some();
        texts.filter(fits).collect()
    }
}

/// Adds everything to `files` that `links` leads to.
fn follow<'a>(links: &'a BTreeMap<PathBuf, Vec<PathBuf>>, files: &mut BTreeSet<&'a Path>) {
    let mut open: Vec<&Path> = files.iter().copied().collect();
    while let Some(path) = open.pop() {
        let next = links.get(path).into_iter().flatten().map(PathBuf::as_path);
        open.extend(next.filter(|next| files.insert(next)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks which of `files` are read beside the first one.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let read = files.iter().map(|(path, text)| (PathBuf::from(path), MakeFile::of(text.as_bytes())));
        let facts = Facts::new(read);
        let found: Vec<_> =
            facts.beside(Path::new(files[0].0)).into_iter().map(String::from_utf8_lossy).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn files_that_make_reads_together() {
        check(&[("a/Makefile", "include ../b.mk\n"), ("b.mk", "B=1\n"), ("c.mk", "C=1\n")], &["B=1\n"]);
        check(
            &[("b.mk", "B=1\n"), ("Makefile", "-include b.mk c.mk\n"), ("c.mk", "C=1\n")],
            &["-include b.mk c.mk\n", "C=1\n"],
        );
        // Make runs in the folder of the first file, so `make/c.mk` is in a folder around `make/b.mk`.
        check(
            &[
                ("Makefile", "include make/b.mk\n"),
                ("make/b.mk", "include make/c.mk\n"),
                ("make/c.mk", "C=1\n"),
            ],
            &["include make/c.mk\n", "C=1\n"],
        );
        check(&[("a/Makefile", "include $(TOP)/b.mk\n"), ("x/b.mk", "B=1\n")], &["B=1\n"]);
        check(&[("a/Makefile", "include $(B)\nall:\n\tinclude b.mk\n"), ("b.mk", "B=1\n")], &[]);
        check(&[("a/Makefile", "include $(TOP)/b.mk\n"), ("x/b.mk", "B=1\n"), ("y/b.mk", "B=2\n")], &[]);
    }
}
