//! The manifest of an output folder: the file `.tranship-output`, which lists the files that tranship wrote there.
//!
//! The next run may replace the files in the manifest. It never changes a file that is not in the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::write::{Content, plain, write_whole};
use tranship_engine::text::path::{exact, from_exact};

/// The file name of the manifest.
pub(crate) const MANIFEST: &str = ".tranship-output";

const HEAD: &str = "# tranship wrote the files below; its next run replaces them unless they were edited since.\n\
                    # version 3\n";

/// The line by which a manifest of an older version is recognised. It does not contain which files are executable.
const OLDER: &str = "# version 2";

/// The start of the line that names the program which wrote the files. It is part of the file format.
const WRITTEN_BY: &str = "# made by ";

/// What follows the version there if the files are code of CUDA. It is part of the file format.
pub(crate) const AS_CUDA: &str = " for CUDA";

/// The start of the line that names the folder of the source, relative to the output folder. It is part of the file format.
const SOURCE: &str = "# source ";

/// The start of a line with the path of a file that has unresolved conflict markers of `tranship sync`. It is part of the file
/// format.
const UNRESOLVED: &str = "# unresolved ";

/// An entry of the manifest: a file or a link.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ManifestEntry {
    /// A file, with the hash of its bytes.
    File(u64),
    /// A file that its owner may execute, with the hash of its bytes.
    Executable(u64),
    /// A link, with the hash of its target.
    Link(u64),
}

impl ManifestEntry {
    /// The entry for a file with the content `hash`.
    pub(crate) fn file(hash: u64, is_executable: bool) -> Self {
        if is_executable { Self::Executable(hash) } else { Self::File(hash) }
    }

    /// The hash of the content, if this is a file.
    pub(crate) fn content(self) -> Option<u64> {
        match self {
            Self::File(hash) | Self::Executable(hash) => Some(hash),
            Self::Link(_) => None,
        }
    }

    /// Whether both have the same content or target. The permissions may differ.
    pub(crate) fn is_same(self, other: Self) -> bool {
        match (self.content(), other.content()) {
            (None, None) => self == other,
            (mine, other) => mine == other,
        }
    }
}

/// Everything that tranship wrote into an output folder, by path relative to the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The version, target and rules of the run that wrote the files; empty if unknown.
    pub(crate) written_by: String,
    /// The folder of the source, relative to the output folder; empty if unknown.
    pub(crate) source: PathBuf,
    /// Whether an older version wrote the manifest, which does not contain which files are executable.
    pub(crate) lacks_modes: bool,
    /// The files with unresolved conflict markers of `tranship sync`.
    pub(crate) unresolved: BTreeSet<PathBuf>,
    /// The key is the bytes of the path, because comparing paths part by part is slower.
    entries: BTreeMap<OsString, ManifestEntry>,
}

impl Manifest {
    /// A manifest without entries.
    pub(crate) fn by(written_by: String) -> Self {
        Self { written_by, ..Self::default() }
    }

    /// Whether `convert --to cuda` wrote the files.
    pub(crate) fn is_as_cuda(&self) -> bool {
        self.written_by.contains(AS_CUDA)
    }

    /// Reads the manifest of `folder`, with what an interrupted sync did. Without a file the manifest is empty.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        super::journal::manifest(folder)
    }

    /// Reads the file of the manifest alone.
    pub(crate) fn read_alone(folder: &Path) -> io::Result<Self> {
        match fs::read_to_string(folder.join(MANIFEST)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Reads the text of a manifest. Lines of unknown forms are ignored.
    pub(crate) fn parse(text: &str) -> Self {
        let after = |start: &'static str| text.lines().filter_map(move |line| line.strip_prefix(start));
        Self {
            written_by: after(WRITTEN_BY).next().unwrap_or_default().to_owned(),
            source: after(SOURCE).find_map(from_exact).unwrap_or_default(),
            lacks_modes: text.lines().any(|line| line == OLDER),
            unresolved: after(UNRESOLVED).filter_map(from_exact).filter(|path| is_inside(path)).collect(),
            entries: text.lines().filter_map(parse_line).map(|(path, entry)| (path.into(), entry)).collect(),
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
        for path in &self.unresolved {
            let _ = writeln!(text, "{UNRESOLVED}{}", exact(path));
        }
        for (path, entry) in &self.entries {
            text.push_str(&line(Path::new(path), *entry));
        }
        text
    }

    /// Whether it lists nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes the manifest into `folder`. If the file has this text already, nothing is written.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let (path, text) = (folder.join(MANIFEST), self.text());
        if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        write_whole(&path, &Content { bytes: text.as_bytes(), permissions: plain() })
    }

    /// The entry for `path`.
    pub(crate) fn get(&self, path: &Path) -> Option<ManifestEntry> {
        self.entries.get(path.as_os_str()).copied()
    }

    /// Adds or replaces the entry for `path`.
    pub(crate) fn set(&mut self, path: PathBuf, entry: ManifestEntry) {
        self.entries.insert(path.into_os_string(), entry);
    }

    /// Removes the entry for `path`.
    pub(crate) fn remove(&mut self, path: &Path) {
        self.entries.remove(path.as_os_str());
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

/// The line for `path` with its `entry`.
pub(crate) fn line(path: &Path, entry: ManifestEntry) -> String {
    let (kind, hash) = match entry {
        ManifestEntry::File(hash) => ('f', hash),
        ManifestEntry::Executable(hash) => ('x', hash),
        ManifestEntry::Link(hash) => ('l', hash),
    };
    format!("{kind} {hash:016x} {}\n", exact(path))
}

/// The path and the entry of a line.
pub(crate) fn parse_line(line: &str) -> Option<(PathBuf, ManifestEntry)> {
    let (kind, rest) = line.split_once(' ')?;
    let (hash, path) = rest.split_once(' ')?;
    let hash = u64::from_str_radix(hash, 16).ok()?;
    let entry = match kind {
        "f" => ManifestEntry::File(hash),
        "x" => ManifestEntry::Executable(hash),
        "l" => ManifestEntry::Link(hash),
        _ => return None,
    };
    let path = from_exact(path)?;
    is_inside(&path).then_some((path, entry))
}

/// Whether `path` is below its folder. Other paths are never used, even if the file lists them.
fn is_inside(path: &Path) -> bool {
    let is_normal = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    is_normal && path.file_name().is_some()
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
        manifest.set("run.sh".into(), ManifestEntry::Executable(1));
        manifest.unresolved.insert("a b/ü%\n\\.hip".into());
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
        for line in [
            "f 0 ../x",
            "f 0 /etc/passwd",
            "f 0 a/../../x",
            "f 0 ",
            "y 0 a",
            "x 0 ../a",
            "f zz a",
            "f 0 a//../b",
        ] {
            assert_eq!(parse_line(line), None, "{line}");
        }
    }
}
