//! Finds where a file went that was renamed: the most similar of the files that are new. At least half of the text must be the same, as
//! in git.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The least part of a text, in percent, that is the same after a rename.
const LEAST: usize = 50;

/// The part of the longer text, in percent, that the lines in common have.
pub(super) fn similarity(one: &[u8], other: &[u8]) -> usize {
    let longer = one.len().max(other.len());
    if longer == 0 {
        return 0;
    }
    let lines = |text| <[u8]>::split_inclusive(text, |&byte| byte == b'\n');
    let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
    for line in lines(one) {
        *counts.entry(line).or_insert(0) += 1;
    }
    let mut common = 0;
    for line in lines(other) {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            common += line.len();
        }
    }
    common * 100 / longer
}

/// The path among `candidates` that the file `path` with the text `text` was renamed to. Of equally similar files, one with the same name
/// wins.
pub(super) fn renamed_to<'a>(
    path: &Path,
    text: &[u8],
    candidates: impl Iterator<Item = (&'a Path, Vec<u8>)>,
) -> Option<PathBuf> {
    candidates
        .map(|(other, bytes)| (similarity(text, &bytes), other.file_name() == path.file_name(), other))
        .filter(|(similarity, ..)| *similarity >= LEAST)
        .max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| b.2.cmp(a.2)))
        .map(|(_, _, other)| other.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_half_of_the_text_is_the_renamed_one() {
        assert_eq!(similarity(b"a\nb\n", b"a\nc\n"), 50);
        assert_eq!(similarity(b"a\na\n", b"a\n"), 50);
        assert_eq!(similarity(b"", b""), 0);
        let files: [(&Path, &[u8]); 3] = [
            (Path::new("x.hip"), b"a\nb\nc\n"),
            (Path::new("sub/old.hip"), b"a\nb\nc\n"),
            (Path::new("y"), b"z\n"),
        ];
        let found = |text: &[u8]| {
            renamed_to(Path::new("old.hip"), text, files.iter().map(|(path, text)| (*path, text.to_vec())))
        };
        assert_eq!(found(b"a\nb\nc\nd\n").as_deref(), Some(Path::new("sub/old.hip")));
        assert_eq!(found(b"q\n"), None);
    }
}
