//! The manifest of an output folder: the file `.tranship-output`, which lists the files that tranship wrote there.
//!
//! The next run may replace the files in the manifest. It never changes a file that is not in the manifest.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use tranship_engine::text::path::{exact, from_exact};

/// The file name of the manifest.
pub(crate) const MANIFEST: &str = ".tranship-output";

const HEAD: &str = "# tranship wrote the files below; its next run replaces them unless they were edited since.\n\
                    # version 2\n";

/// The start of the line that names the program which wrote the files. It is part of the file format.
const WRITTEN_BY: &str = "# made by ";

/// The start of the line that names the folder of the source, relative to the output folder. It is part of the file format.
const SOURCE: &str = "# source ";

/// An entry of the manifest: a file or a link.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ManifestEntry {
    /// A file, with the hash of its bytes.
    File(u64),
    /// A link, with the hash of its target.
    Link(u64),
}

/// Everything that tranship wrote into an output folder, by path relative to the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The version, target and rules of the run that wrote the files; empty if unknown.
    pub(crate) written_by: String,
    /// The folder of the source, relative to the output folder; empty if unknown.
    pub(crate) source: PathBuf,
    /// The key is the bytes of the path, because comparing paths part by part is slower.
    entries: BTreeMap<OsString, ManifestEntry>,
}

impl Manifest {
    /// Reads the manifest of `folder`. Without a file the manifest is empty.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        match fs::read_to_string(folder.join(MANIFEST)) {
            Ok(text) => Ok(Self {
                written_by: text
                    .lines()
                    .find_map(|line| line.strip_prefix(WRITTEN_BY))
                    .unwrap_or_default()
                    .to_owned(),
                source: text
                    .lines()
                    .find_map(|line| from_exact(line.strip_prefix(SOURCE)?))
                    .unwrap_or_default(),
                entries: text
                    .lines()
                    .filter_map(parse_line)
                    .map(|(path, entry)| (path.into(), entry))
                    .collect(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        if !self.written_by.is_empty() {
            let _ = writeln!(text, "{WRITTEN_BY}{}", self.written_by);
        }
        if !self.source.as_os_str().is_empty() {
            let _ = writeln!(text, "{SOURCE}{}", exact(&self.source));
        }
        for (path, entry) in &self.entries {
            let (kind, hash) = match entry {
                ManifestEntry::File(hash) => ('f', hash),
                ManifestEntry::Link(hash) => ('l', hash),
            };
            let _ = writeln!(text, "{kind} {hash:016x} {}", exact(Path::new(path)));
        }
        text
    }

    /// The entry for `path`.
    pub(crate) fn get(&self, path: &Path) -> Option<ManifestEntry> {
        self.entries.get(path.as_os_str()).copied()
    }

    /// Adds or replaces the entry for `path`.
    pub(crate) fn set(&mut self, path: PathBuf, entry: ManifestEntry) {
        self.entries.insert(path.into_os_string(), entry);
    }

    /// All entries, sorted by path.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Path, ManifestEntry)> {
        self.entries.iter().map(|(path, &entry)| (Path::new(path), entry))
    }
}

/// The path of the folder `to` from the folder `from`; both are absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(same).map(|_| Path::new(".."));
    let down = to.components().skip(same).map(|part| Path::new(part.as_os_str()));
    up.chain(down).collect()
}

/// What a folder is the output of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutputOf {
    /// Tranship did not write the folder.
    Nothing,
    /// The absolute folder of its source.
    Source(PathBuf),
    /// A source that is not there any more, or that an older manifest does not name.
    LostSource,
}

/// What `folder` is the output of, as its manifest says.
pub(crate) fn output_of(folder: &Path) -> OutputOf {
    if !folder.join(MANIFEST).is_file() {
        return OutputOf::Nothing;
    }
    let source = Manifest::read(folder).unwrap_or_default().source;
    let real = fs::canonicalize(folder.join(&source)).ok();
    let is_there = |path: &PathBuf| !source.as_os_str().is_empty() && path.is_dir();
    real.filter(is_there).map_or(OutputOf::LostSource, OutputOf::Source)
}

/// The hash of a content, the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Computes [`hash`] piece by piece.
#[derive(Default)]
pub(crate) struct Hasher(Xxh3);

impl Hasher {
    /// Adds the next piece.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces.
    pub(crate) fn finish(&self) -> u64 {
        self.0.digest()
    }
}

fn parse_line(line: &str) -> Option<(PathBuf, ManifestEntry)> {
    let (kind, rest) = line.split_once(' ')?;
    let (hash, path) = rest.split_once(' ')?;
    let hash = u64::from_str_radix(hash, 16).ok()?;
    let entry = match kind {
        "f" => ManifestEntry::File(hash),
        "l" => ManifestEntry::Link(hash),
        _ => return None,
    };
    let path = from_exact(path)?;
    // A path that leaves the folder is never an entry, even if the file lists it.
    let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (inside && path.file_name().is_some()).then_some((path, entry))
}

#[cfg(test)]
mod tests {
    use tranship_engine::text::path::os_string;

    use super::*;

    #[test]
    fn a_written_manifest_reads_back_equal() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = Manifest {
            written_by: "tranship 1 for ROCm 7".to_owned(),
            source: "../a b".into(),
            ..Manifest::default()
        };
        manifest.set("a b/ü%\n\\.hip".into(), ManifestEntry::File(7));
        manifest.set(os_string(b"a/\xff".to_vec()).unwrap().into(), ManifestEntry::Link(u64::MAX));
        fs::write(folder.path().join(MANIFEST), manifest.text()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), manifest);
    }

    #[test]
    fn the_source_is_named_from_the_output() {
        let from_to = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(from_to("/a/p-hip", "/a/p"), Path::new("../p"));
        assert_eq!(from_to("/a/out/p", "/a/b/p"), Path::new("../../b/p"));
        assert_eq!(from_to("/a/p/out", "/a/p"), Path::new(".."));
    }

    #[test]
    fn a_manifest_has_no_path_outside_of_its_folder() {
        for line in ["f 0 ../x", "f 0 /etc/passwd", "f 0 a/../../x", "f 0 ", "x 0 a", "f zz a", "f 0 a//../b"]
        {
            assert_eq!(parse_line(line), None, "{line}");
        }
    }
}
