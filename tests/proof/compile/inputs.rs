//! The texts that a translation unit reads from its own tree: its own text and its includes, regardless of conditions.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::units::files;

/// The text of a unit and of everything it includes from its tree, each with the name in the `#include`. The unit itself has
/// no name, because its path does not change the result of compiling it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Inputs(Vec<(String, Vec<u8>)>);

impl Inputs {
    /// Reads the file and its includes. `folders` are searched after the folder of the including file, as compilers do.
    /// An include of a macro may be any file of `area`, so all of these files count.
    pub(crate) fn read(file: &Path, folders: &[PathBuf], area: &Path) -> Self {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(String::new(), file.to_owned())];
        while let Some((name, path)) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            let beside = path.parent().unwrap_or(Path::new("")).to_owned();
            for include in includes(&String::from_utf8_lossy(&bytes)) {
                let Some(name) = include else {
                    open.extend(files(area).into_iter().map(|path| (path.display().to_string(), path)));
                    continue;
                };
                let places = std::iter::once(&beside).chain(folders);
                let place = places.map(|folder| folder.join(&name)).find(|path| path.is_file());
                open.extend(place.map(|path| (name, path)));
            }
            found.push((name, bytes));
        }
        Self(found)
    }

    /// The texts of all files but those with the name `header`.
    pub(crate) fn without(&self, header: &str) -> impl Iterator<Item = String> {
        let kept = self.0.iter().filter(move |(name, _)| !name.ends_with(header));
        kept.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A hash of the texts of all files but those with the name `header`.
    pub(crate) fn hash_without(&self, header: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.without(header).collect::<Vec<_>>().hash(&mut hasher);
        hasher.finish()
    }
}

/// The name in each `#include`; `None` for an include of a macro.
fn includes(text: &str) -> Vec<Option<String>> {
    let directives = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let includes = directives.filter_map(|rest| rest.trim_start().strip_prefix("include"));
    let named = |rest: &str| {
        let rest = rest.trim_start_matches("_next").trim_start();
        let (mark, end) = [('"', '"'), ('<', '>')].into_iter().find(|(mark, _)| rest.starts_with(*mark))?;
        rest.strip_prefix(mark)?.split_once(end).map(|(name, _)| name.to_owned())
    };
    includes.map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::Inputs;
    use crate::toolchain::SUPPORT;
    use std::fs;
    use std::path::Path;

    /// The inputs of `a.cu` in a folder with these files; `i` is an include folder.
    fn inputs(files: &[(&str, &str)]) -> Inputs {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("the folder is writable");
            fs::write(path, text).expect("the folder is writable");
        }
        Inputs::read(&folder.path().join("a.cu"), &[folder.path().join("i")], folder.path())
    }

    #[test]
    fn only_what_a_unit_includes_counts() {
        let unit = ("a.cu", "#include \"b.h\"\n# include <c.h>\n#include <cuda_runtime.h>\n");
        let alone = inputs(&[unit]);
        let with_other = inputs(&[unit, ("other.h", "int other;")]);
        assert_eq!(alone, with_other);
        let first = inputs(&[unit, ("b.h", "#include \"d.h\""), ("d.h", "int d;"), ("i/c.h", "int c;")]);
        let second = inputs(&[unit, ("b.h", "#include \"d.h\""), ("d.h", "int e;"), ("i/c.h", "int c;")]);
        assert_eq!(first.without(SUPPORT).count(), 4);
        assert_ne!(first, second, "an include of an include counts");
    }

    #[test]
    fn an_include_of_a_macro_may_be_any_file() {
        let unit = ("a.cu", "#include HEADER\n");
        assert_ne!(inputs(&[unit, ("b.h", "int b;")]), inputs(&[unit, ("b.h", "int c;")]));
    }

    #[test]
    fn headers_that_include_each_other_are_read_once() {
        let circle = [("a.cu", "#include \"b.h\""), ("b.h", "#include \"c.h\""), ("c.h", "#include \"b.h\"")];
        assert_eq!(inputs(&circle).without(SUPPORT).count(), 3);
    }
}
