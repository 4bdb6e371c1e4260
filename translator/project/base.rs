//! The store of an output folder: the file `.tranship-base` with the contents that tranship wrote there last.
//!
//! `tranship sync` merges with these contents as the common ancestor. A content is found by its hash, which is in the manifest. Only
//! texts are stored: two versions of a binary file cannot be merged. The store is one file of compressed contents, so that no build, search
//! or editor takes them for sources.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use zstd::bulk::Compressor;

use super::manifest::{Manifest, hash};
use super::write::{Content, plain, write_whole};

/// The file name of the store.
pub(crate) const BASE: &str = ".tranship-base";

/// The first bytes of the file. It is part of the file format.
const HEAD: &[u8] = b"tranship base 1\n";

/// Longer contents, in bytes, are not stored. They are data, which a person does not edit line by line.
const LONGEST: usize = 8 << 20;

/// The fastest level of compression. It compresses source code to about a fifth.
const LEVEL: i32 = 1;

/// The number of bytes at the start of a file in which a zero byte shows that the file is binary, as git decides.
const PROBED: usize = 8000;

/// Whether `bytes` is text as git decides it.
fn is_text(bytes: &[u8]) -> bool {
    !bytes[..bytes.len().min(PROBED)].contains(&0)
}

/// Whether two versions of the content `bytes` can be merged.
pub(crate) fn is_mergeable(bytes: &[u8]) -> bool {
    bytes.len() <= LONGEST && is_text(bytes)
}

/// The contents of an output folder by hash, compressed. Several threads may add contents.
#[derive(Debug, Default)]
pub(crate) struct Base {
    contents: Mutex<BTreeMap<u64, Stored>>,
}

/// A compressed content.
#[derive(Clone, Debug)]
struct Stored {
    /// The number of bytes before compression.
    length: usize,
    compressed: Vec<u8>,
}

impl Base {
    /// Reads the store of `folder`. Without a file, or if the file is damaged, contents are missing.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let bytes = match fs::read(folder.join(BASE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut contents = BTreeMap::new();
        let mut rest = bytes.strip_prefix(HEAD).unwrap_or_default();
        while let Some((hash, stored, behind)) = parse(rest) {
            contents.insert(hash, stored);
            rest = behind;
        }
        Ok(Self { contents: Mutex::new(contents) })
    }

    /// Adds the content `bytes` with the hash `hash`, if it is a text.
    pub(crate) fn add(&self, hash: u64, bytes: &[u8]) {
        if !is_mergeable(bytes) || self.has(hash) {
            return;
        }
        // Compression of bytes in memory does not fail. If it did, the content would be missing, which a later sync reports.
        if let Ok(compressed) = compressed(bytes) {
            let stored = Stored { length: bytes.len(), compressed };
            self.contents.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, stored);
        }
    }

    /// Whether the content with the hash `hash` is here.
    pub(crate) fn has(&self, hash: u64) -> bool {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&hash)
    }

    /// The content with the hash `wanted`, if it is here and whole.
    pub(crate) fn get(&self, wanted: u64) -> Option<Vec<u8>> {
        let stored = self.contents.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted).cloned()?;
        let bytes = zstd::bulk::decompress(&stored.compressed, stored.length).ok()?;
        (hash(&bytes) == wanted).then_some(bytes)
    }

    /// Adds all contents of `other`.
    pub(crate) fn take_all(&self, other: Self) {
        let others = other.contents.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).extend(others);
    }

    /// Removes the contents that `manifest` does not list.
    pub(crate) fn keep_only(&self, manifest: &Manifest) {
        let listed: BTreeSet<u64> = manifest.iter().filter_map(|(_, entry)| entry.content()).collect();
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        contents.retain(|hash, _| listed.contains(hash));
    }

    /// Writes the store into `folder`. If the file has these contents already, nothing is written.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(BASE);
        let bytes = self.bytes();
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        write_whole(&path, &Content { bytes: &bytes, permissions: plain() })
    }

    fn bytes(&self) -> Vec<u8> {
        let contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = HEAD.to_vec();
        for (hash, Stored { length, compressed }) in contents.iter() {
            bytes.extend(hash.to_le_bytes());
            bytes.extend((*length as u64).to_le_bytes());
            bytes.extend((compressed.len() as u64).to_le_bytes());
            bytes.extend(compressed);
        }
        bytes
    }
}

thread_local! {
    /// For a small file, making a compressor takes longer than its use.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| match slot {
        Some(compressor) => compressor.compress(bytes),
        None => slot.insert(Compressor::new(LEVEL)?).compress(bytes),
    })
}

/// The first content of `bytes`, and the bytes behind it. `None` at the end, and where the file is damaged.
fn parse(bytes: &[u8]) -> Option<(u64, Stored, &[u8])> {
    let number = |from: usize| {
        let bytes = bytes.get(from..from + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(bytes))
    };
    let (hash, length, size) = (number(0)?, number(8)?, number(16)?);
    let length = usize::try_from(length).ok().filter(|&length| length <= LONGEST)?;
    let end = usize::try_from(size).ok()?.checked_add(24)?;
    let compressed = bytes.get(24..end)?.to_vec();
    Some((hash, Stored { length, compressed }, &bytes[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::manifest::ManifestEntry;

    #[test]
    fn a_content_is_read_back_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let base = Base::default();
        let texts: Vec<Vec<u8>> = vec![b"".to_vec(), b"a\r\n\xff".to_vec(), vec![b'x'; 100_000]];
        for text in &texts {
            base.add(hash(text), text);
        }
        base.add(hash(b"a\0b"), b"a\0b");
        base.write(folder.path()).unwrap();
        let read = Base::read(folder.path()).unwrap();
        for text in &texts {
            assert_eq!(read.get(hash(text)).as_ref(), Some(text));
        }
        assert!(!read.has(hash(b"a\0b")), "a binary content is not stored");
        let mut manifest = Manifest::default();
        manifest.set("a".into(), ManifestEntry::File(hash(&texts[1])));
        read.keep_only(&manifest);
        assert!(read.has(hash(&texts[1])) && !read.has(hash(&texts[0])));
    }

    #[test]
    fn a_damaged_store_lacks_contents_and_never_gives_wrong_ones() {
        let folder = tempfile::tempdir().unwrap();
        let base = Base::default();
        base.add(hash(b"one one one"), b"one one one");
        base.add(hash(b"two two two"), b"two two two");
        let whole = base.bytes();
        for place in 0..whole.len() {
            for damaged in [whole[..place].to_vec(), {
                let mut bytes = whole.clone();
                bytes[place] ^= 1;
                bytes
            }] {
                fs::write(folder.path().join(BASE), damaged).unwrap();
                let read = Base::read(folder.path()).unwrap();
                for text in [b"one one one", b"two two two"] {
                    assert!(read.get(hash(text)).is_none_or(|found| found == text));
                }
            }
        }
    }
}
