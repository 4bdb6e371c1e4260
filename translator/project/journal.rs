//! The journal of `tranship sync`: what it is about to change in an output folder, written before the first change.
//!
//! After an interrupted sync, the journal decides for each file whether the manifest of before or of after is right: the file has
//! the new content, or it does not. So the manifest always agrees with the files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, ManifestEntry, line, parse_line};
use super::write::{Content, entry_at, plain, write_whole};
use tranship_engine::text::path::{exact, from_exact};

/// The file name of the journal.
pub(crate) const JOURNAL: &str = ".tranship-sync";

const HEAD: &str =
    "# tranship sync changes the files below; if it was interrupted, its next run goes on here.\n";

/// The start of a line with a path that is absent after the change. It is part of the file format.
const REMOVED: &str = "removed ";

/// The line between the results and the manifest. It is part of the file format.
const MANIFEST_FOLLOWS: &str = "# manifest\n";

/// One change of a file, and the path whose manifest entry it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The path that changes.
    pub(crate) path: PathBuf,
    /// What the path is after the change; `None` if it is absent.
    pub(crate) result: Option<ManifestEntry>,
}

/// Writes the journal of the `planned` changes, after which `manifest` is right.
pub(crate) fn write(folder: &Path, planned: &[Planned], manifest: &Manifest) -> io::Result<()> {
    let mut text = HEAD.to_owned();
    for Planned { path, result } in planned {
        match result {
            Some(entry) => text.push_str(&line(path, *entry)),
            None => text.push_str(&[REMOVED, &exact(path), "\n"].concat()),
        }
    }
    text.push_str(MANIFEST_FOLLOWS);
    text.push_str(&manifest.text());
    write_whole(&folder.join(JOURNAL), &Content { bytes: text.as_bytes(), permissions: plain() })
}

/// The manifest of `folder` with what an interrupted sync did.
pub(crate) fn manifest(folder: &Path) -> io::Result<Manifest> {
    let old = Manifest::read_alone(folder)?;
    let text = match fs::read_to_string(folder.join(JOURNAL)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(old),
        Err(error) => return Err(error),
    };
    // The journal is written whole or not at all. Without the separator it is no journal.
    let Some((results, new)) = text.split_once(MANIFEST_FOLLOWS) else { return Ok(old) };
    let mut manifest = Manifest::parse(new);
    for planned in results.lines().filter_map(planned) {
        if !is_done(folder, &planned) {
            let Planned { path, .. } = planned;
            match old.get(&path) {
                Some(entry) => manifest.set(path.clone(), entry),
                None => manifest.remove(&path),
            }
            if !old.unresolved.contains(&path) {
                manifest.unresolved.remove(&path);
            }
        }
    }
    Ok(manifest)
}

/// Ends an interrupted sync in `folder`: writes the manifest that agrees with the files, and removes the journal.
pub(crate) fn settle(folder: &Path) -> io::Result<()> {
    if !folder.join(JOURNAL).exists() {
        return Ok(());
    }
    manifest(folder)?.write(folder)?;
    fs::remove_file(folder.join(JOURNAL))
}

fn planned(text: &str) -> Option<Planned> {
    if let Some(path) = text.strip_prefix(REMOVED).and_then(from_exact) {
        return Some(Planned { path, result: None });
    }
    parse_line(text).map(|(path, entry)| Planned { path, result: Some(entry) })
}

/// Whether the change was made.
fn is_done(folder: &Path, planned: &Planned) -> bool {
    let there = entry_at(&folder.join(&planned.path));
    match (planned.result, there) {
        (Some(result), Some(there)) => result.is_same(there),
        (result, there) => result.is_none() && there.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::manifest::{MANIFEST, hash};

    /// A folder with three files whose changes were planned: `a` and `c` change, `b` is removed.
    fn folder() -> (tempfile::TempDir, Manifest, Manifest) {
        let folder = tempfile::tempdir().unwrap();
        let entry = |text: &str| ManifestEntry::File(hash(text.as_bytes()));
        let (mut old, mut new) = (Manifest::default(), Manifest::default());
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "old").unwrap();
            old.set(name.into(), entry("old"));
        }
        for name in ["a", "c"] {
            new.set(name.into(), entry("new"));
        }
        new.unresolved.insert("c".into());
        old.write(folder.path()).unwrap();
        let planned = [("a", Some("new")), ("b", None), ("c", Some("merged"))];
        let planned = planned.map(|(path, text)| Planned { path: path.into(), result: text.map(entry) });
        write(folder.path(), &planned, &new).unwrap();
        (folder, old, new)
    }

    #[test]
    fn the_manifest_agrees_with_the_files_after_any_part_of_the_changes() {
        let names = ["a", "b", "c"];
        let change = |path: &Path, name: &str| match name {
            "a" => fs::write(path, "new").unwrap(),
            "b" => fs::remove_file(path).unwrap(),
            _ => fs::write(path, "merged").unwrap(),
        };
        for done in 0..8 {
            let (folder, old, new) = folder();
            for (number, name) in names.iter().enumerate() {
                if done & (1 << number) != 0 {
                    change(&folder.path().join(name), name);
                }
            }
            let check = |manifest: &Manifest| {
                for (number, name) in names.iter().enumerate() {
                    let expected = if done & (1 << number) == 0 { &old } else { &new };
                    assert_eq!(manifest.get(Path::new(name)), expected.get(Path::new(name)), "{done} {name}");
                }
                assert_eq!(manifest.unresolved.contains(Path::new("c")), done & 4 != 0);
            };
            check(&Manifest::read(folder.path()).unwrap());
            settle(folder.path()).unwrap();
            assert!(!folder.path().join(JOURNAL).exists());
            check(&Manifest::read_alone(folder.path()).unwrap());
        }
    }

    #[test]
    fn a_journal_without_its_end_changes_nothing() {
        let (folder, old, _) = folder();
        let text = fs::read_to_string(folder.path().join(JOURNAL)).unwrap();
        let (results, _) = text.split_once(MANIFEST_FOLLOWS).unwrap();
        fs::write(folder.path().join(JOURNAL), results).unwrap();
        let read = |manifest: &Manifest| {
            manifest.iter().map(|(path, entry)| (path.to_owned(), entry)).collect::<Vec<_>>()
        };
        assert_eq!(read(&Manifest::read(folder.path()).unwrap()), read(&old));
        assert!(folder.path().join(MANIFEST).exists());
    }
}
