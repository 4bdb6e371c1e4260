//! The file that marks an output folder as ours and lists what we wrote into it.
//!
//! With it the next run may replace its own files and must leave everybody else's alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use tranship_engine::text::path::{exact, from_exact};

/// The name of the marker file.
pub(crate) const MARK: &str = ".tranship-output";

const HEAD: &str = "# tranship wrote the files below; its next run replaces them unless they were edited since.\n\
                    # version 2\n";

/// What stands before the words about who wrote the files.
const MADE: &str = "# made by ";

/// What one written path held: a file's content or a link's target.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The hash of a file's bytes.
    File(u64),
    /// The hash of a link's target.
    Link(u64),
}

/// Paths relative to the output folder, and what we left there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which tranship wrote the files, with which rules and for what; empty when nobody knows.
    pub(crate) made: String,
    /// By the bytes of the path, which compare quicker than its parts.
    held: BTreeMap<OsString, Held>,
}

impl Mark {
    /// Reads the marker of `folder`; none is an empty one.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        match fs::read_to_string(folder.join(MARK)) {
            Ok(text) => Ok(Self {
                made: text.lines().find_map(|line| line.strip_prefix(MADE)).unwrap_or_default().to_owned(),
                held: text.lines().filter_map(parse_line).map(|(path, held)| (path.into(), held)).collect(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The text of the marker file.
    pub(crate) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        if !self.made.is_empty() {
            let _ = writeln!(text, "{MADE}{}", self.made);
        }
        for (path, held) in &self.held {
            let (kind, hash) = match held {
                Held::File(hash) => ('f', hash),
                Held::Link(hash) => ('l', hash),
            };
            let _ = writeln!(text, "{kind} {hash:016x} {}", exact(Path::new(path)));
        }
        text
    }

    /// What we left at `path`.
    pub(crate) fn get(&self, path: &Path) -> Option<Held> {
        self.held.get(path.as_os_str()).copied()
    }

    /// Notes what stands at `path` now.
    pub(crate) fn set(&mut self, path: PathBuf, held: Held) {
        self.held.insert(path.into_os_string(), held);
    }

    /// All paths, sorted.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Path, Held)> {
        self.held.iter().map(|(path, &held)| (Path::new(path), held))
    }
}

/// The hash of a content, the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The same hash, piece by piece.
#[derive(Default)]
pub(crate) struct Hasher(Xxh3);

impl Hasher {
    /// Goes on with `piece`.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces.
    pub(crate) fn finish(&self) -> u64 {
        self.0.digest()
    }
}

fn parse_line(line: &str) -> Option<(PathBuf, Held)> {
    let (kind, rest) = line.split_once(' ')?;
    let (hash, path) = rest.split_once(' ')?;
    let hash = u64::from_str_radix(hash, 16).ok()?;
    let held = match kind {
        "f" => Held::File(hash),
        "l" => Held::Link(hash),
        _ => return None,
    };
    let path = from_exact(path)?;
    // Only what lies below the folder can be ours, whatever the file says.
    let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (inside && path.file_name().is_some()).then_some((path, held))
}

#[cfg(test)]
mod tests {
    use tranship_engine::text::path::os_string;

    use super::*;

    #[test]
    fn a_mark_reads_what_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = Mark { made: "tranship 1 for ROCm 7".to_owned(), ..Mark::default() };
        mark.set("a b/ü%\n\\.hip".into(), Held::File(7));
        mark.set(os_string(b"a/\xff".to_vec()).unwrap().into(), Held::Link(u64::MAX));
        fs::write(folder.path().join(MARK), mark.text()).unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), mark);
    }

    #[test]
    fn a_mark_names_nothing_outside_of_its_folder() {
        for line in ["f 0 ../x", "f 0 /etc/passwd", "f 0 a/../../x", "f 0 ", "x 0 a", "f zz a", "f 0 a//../b"]
        {
            assert_eq!(parse_line(line), None, "{line}");
        }
    }
}
