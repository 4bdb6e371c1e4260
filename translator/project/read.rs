//! Reads files with few system calls: one for the size and one for the bytes, into a buffer that each thread reuses.
//!
//! A file that pass 1 reads and pass 2 translates is kept in memory, up to a limit.

use std::cell::Cell;
use std::fs::{File, Metadata, Permissions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tranship_engine::cpp::Syntax;
use tranship_engine::source::Source;

/// The size in bytes above which a file is copied piece by piece and its read buffer is not reused.
pub(crate) const LARGE: u64 = 8 << 20;

/// The limit in bytes for files that are kept from pass 1 to pass 2. Beyond the limit, files are read twice.
const ROOM: usize = 256 << 20;

/// The size in bytes from which a file is not read, because offsets in a source have 32 bits.
const TOO_LARGE: u64 = u32::MAX as u64;

thread_local! {
    /// The buffer of this thread, reused from file to file.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Opens the file `path`.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    Ok((file, meta))
}

/// Calls `then` with the bytes of `file`. `meta` is the metadata of `file`. A file of 4 GiB or more is an error, and takes no memory.
pub(crate) fn with_bytes<T>(
    file: &mut File,
    meta: &Metadata,
    then: impl FnOnce(&[u8]) -> T,
) -> io::Result<T> {
    if meta.len() >= TOO_LARGE {
        return Err(io::Error::other("the file has 4 GiB or more"));
    }
    let mut buffer = BUFFER.take();
    let result = fill(file, meta.len() as usize, &mut buffer).map(|length| then(&buffer[..length]));
    if buffer.len() as u64 <= LARGE * 2 {
        BUFFER.set(buffer);
    }
    result
}

/// Reads `file` to its end into the start of `buffer`, and returns the number of bytes. The number can
/// differ from `expected`, the size in the metadata, if another process changes the file meanwhile.
fn fill(file: &mut File, expected: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut length = 0;
    loop {
        // With room for one more byte, the same call also reaches the end of the file.
        let wanted = expected.max(length) + 1;
        if buffer.len() < wanted {
            buffer.resize(wanted.next_power_of_two(), 0);
        }
        match file.read(&mut buffer[length..]) {
            Ok(0) => return Ok(length),
            Ok(more) => {
                length += more;
                if length == expected {
                    return Ok(length);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file that pass 1 read.
pub(crate) struct ReadFile {
    pub(crate) source: Source,
    pub(crate) permissions: Permissions,
    /// The syntax of its code, if pass 1 read it.
    pub(crate) syntax: Option<Syntax>,
}

/// The files that pass 1 read and pass 2 translates.
pub(crate) struct ReadAhead {
    files: Mutex<FxHashMap<PathBuf, ReadFile>>,
    room: AtomicUsize,
}

impl ReadAhead {
    /// Without any file.
    pub(crate) fn new() -> Self {
        Self { files: Mutex::default(), room: AtomicUsize::new(ROOM) }
    }

    /// Keeps `file` if there is room for it.
    pub(crate) fn keep(&self, file: ReadFile) {
        let size = file.source.bytes.len() + file.syntax.as_ref().map_or(0, Syntax::memory);
        let less = |room: usize| room.checked_sub(size);
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(file.source.path.clone(), file);
        }
    }

    /// Removes and returns the file at `path`, relative to the root, if it is kept.
    pub(crate) fn take(&self, path: &Path) -> Option<ReadFile> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_to_its_end_even_if_the_expected_size_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for size in [0, 1, 2, 7, 8, 4095, 4096, 5000] {
            let bytes: Vec<u8> = (0..size).map(|at| at as u8).collect();
            fs::write(&path, &bytes).unwrap();
            for expected in [0, 1, size, size + 1, size * 3] {
                let mut buffer = vec![9; 3];
                let length = fill(&mut File::open(&path).unwrap(), expected, &mut buffer).unwrap();
                assert_eq!(&buffer[..length], &bytes, "{size} bytes, {expected} expected");
            }
        }
    }
}
