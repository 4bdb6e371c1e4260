//! The cache of `check`: the facts of every file, kept in the folder of git, so that a check of one file does not read the
//! whole project.
//!
//! A file is unchanged if its size and its times are unchanged. A file that was modified less than two seconds before the
//! check is not cached. The cache is optional: if it is damaged, of another version or not writable, files are read again.

use std::borrow::Cow;
use std::env;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::git;
use super::job::Job;
use super::manifest::{Hasher, hash};
use super::write::{Content, write_whole};

/// The coarsest resolution of file times. A second change within this time can have the same time stamp.
const TICK: Duration = Duration::from_secs(2);

/// Which facts an entry has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The facts of a file of code, if it may contain CUDA.
    Code,
    /// The facts of a header without CUDA that a file with CUDA includes.
    Header,
    /// The includes of a file without CUDA that includes a file with CUDA.
    Includer,
    /// The facts of a file of `CMake`.
    Cmake,
}

/// The size and times of a file. If they are the same as in an earlier run, the file is unchanged.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    modified: (u64, u32),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Option<Self> {
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let modified = (modified.as_secs(), modified.subsec_nanos());
        Some(Self { size: metadata.len(), modified, changed: changed(metadata) })
    }

    /// Whether a change at the time `now` would change the time stamp.
    fn is_settled(&self, now: SystemTime) -> bool {
        let modified = UNIX_EPOCH + Duration::new(self.modified.0, self.modified.1);
        now.duration_since(modified).is_ok_and(|age| age > TICK)
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

/// The facts of one file.
#[derive(Clone, Serialize, Deserialize)]
struct Entry<'k> {
    kind: Kind,
    #[serde(borrow)]
    path: Cow<'k, [u8]>,
    stamp: Stamp,
    /// The encoded facts.
    #[serde(borrow)]
    facts: Cow<'k, [u8]>,
}

/// The file of the cache, as it was read.
#[derive(Default)]
pub(crate) struct CacheFile {
    /// Its path; `None` when this run uses no cache.
    path: Option<PathBuf>,
    /// The hash of everything besides the files that facts depend on.
    key: u64,
    bytes: Vec<u8>,
}

impl CacheFile {
    /// Reads the cache for `job`. The result is empty without `Job::cached`, and outside of a git repository.
    pub(crate) fn read(job: &Job) -> Self {
        let Some(path) = job.cached.then(|| path_of(&job.root, "facts")).flatten() else {
            return Self::default();
        };
        let bytes = fs::read(&path).unwrap_or_default();
        Self { path: Some(path), key: key(job), bytes }
    }
}

/// The facts that earlier runs cached, and the facts that this run reads.
pub(crate) struct Cache<'k> {
    file: &'k CacheFile,
    old: FxHashMap<(Kind, Cow<'k, [u8]>), Entry<'k>>,
    new: Mutex<Vec<Entry<'k>>>,
    now: SystemTime,
}

impl<'k> Cache<'k> {
    /// The cache with the entries of `file`, or without entries if the key of `file` differs.
    pub(crate) fn new(file: &'k CacheFile) -> Self {
        let entries: Vec<Entry> = decode(&file.bytes, file.key).unwrap_or_default();
        let old = entries.into_iter().map(|entry| ((entry.kind, entry.path.clone()), entry)).collect();
        Self { file, old, new: Mutex::default(), now: SystemTime::now() }
    }

    /// The facts of the file at `path` below `root`. If the file is unchanged, they come from the cache; otherwise `read`
    /// reads them.
    pub(crate) fn facts<T: Serialize + DeserializeOwned>(
        &self,
        kind: Kind,
        root: &Path,
        path: &Path,
        read: impl FnOnce() -> T,
    ) -> T {
        let stamp = || Stamp::of(&fs::metadata(root.join(path)).ok()?);
        let Some(stamp) = self.file.path.as_ref().and_then(|_| stamp()) else { return read() };
        let path: Cow<'k, [u8]> = Cow::Owned(path.as_os_str().as_encoded_bytes().to_owned());
        let known = self.old.get(&(kind, path.clone())).filter(|entry| entry.stamp == stamp);
        if let Some((entry, facts)) =
            known.and_then(|entry| Some((entry, postcard::from_bytes(&entry.facts).ok()?)))
        {
            self.keep(entry.clone());
            return facts;
        }
        let facts = read();
        if let Ok(bytes) = postcard::to_stdvec(&facts)
            && stamp.is_settled(self.now)
        {
            self.keep(Entry { kind, path, stamp, facts: bytes.into() });
        }
        facts
    }

    fn keep(&self, entry: Entry<'k>) {
        self.new.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(entry);
    }

    /// Writes the facts that this run used, for the next run. A failure is ignored, because the cache is optional.
    pub(crate) fn close(self) {
        let Some(file) = &self.file.path else { return };
        let new = self.new.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_known = |entry: &Entry<'_>| {
            self.old.get(&(entry.kind, entry.path.clone())).is_some_and(|old| old.stamp == entry.stamp)
        };
        if new.len() == self.old.len() && new.iter().all(is_known) {
            return;
        }
        if let Some(bytes) = encode(&new, self.file.key) {
            store(file, &bytes);
        }
    }
}

/// Writes the file of a cache. A failure is ignored, because a cache is optional.
pub(crate) fn store(file: &Path, bytes: &[u8]) {
    let Some(folder) = file.parent() else { return };
    let is_ours = fs::create_dir_all(folder).and_then(|()| fs::symlink_metadata(folder));
    if is_ours.is_ok_and(|folder| folder.is_dir()) {
        let _ = write_whole(file, &Content { bytes, permissions: None });
    }
}

/// The path of the cache of `what` for the project at `root`; `None` outside of a git repository.
pub(crate) fn path_of(root: &Path, what: &str) -> Option<PathBuf> {
    let root_hash = hash(root.as_os_str().as_encoded_bytes());
    Some(git::folder_of(root)?.join("tranship").join(format!("{what}-{root_hash:016x}")))
}

/// A hash that changes with this program, its rules, and the settings that facts depend on.
fn key(job: &Job) -> u64 {
    let context = &job.setup.context;
    let mut hasher = Hasher::default();
    hasher.add(&context.rules.fingerprint().to_le_bytes());
    let program = env::current_exe().and_then(fs::metadata).ok().and_then(|data| Stamp::of(&data));
    hasher.add(format!("{program:?} {:?} {:?}", context.guards, job.setup.endings).as_bytes());
    hasher.finish()
}

/// The bytes of the file: the key, the hash of the rest, the entries.
pub(crate) fn encode<T: Serialize + ?Sized>(entries: &T, key: u64) -> Option<Vec<u8>> {
    let body = postcard::to_stdvec(entries).ok()?;
    Some([&key.to_le_bytes()[..], &hash(&body).to_le_bytes(), &body].concat())
}

/// The content of a file that [`encode`] wrote with the same key; `None` for a damaged or other file.
pub(crate) fn decode<'b, T: Deserialize<'b>>(bytes: &'b [u8], key: u64) -> Option<T> {
    let (own_key, rest) = bytes.split_first_chunk()?;
    let (sum, body) = rest.split_first_chunk()?;
    let is_whole = u64::from_le_bytes(*own_key) == key && u64::from_le_bytes(*sum) == hash(body);
    is_whole.then(|| postcard::from_bytes(body).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry<'_> {
        let stamp = Stamp { size: 1, modified: (2, 3), changed: (4, 5) };
        Entry { kind: Kind::Code, path: path.as_bytes().into(), stamp, facts: vec![1, 2].into() }
    }

    #[test]
    fn only_a_whole_cache_of_the_same_key_is_read() {
        fn decode(bytes: &[u8], key: u64) -> Option<usize> {
            super::decode::<Vec<Entry>>(bytes, key).map(|entries| entries.len())
        }
        let bytes = encode(&[entry("a.cu"), entry("b.cu")][..], 7).unwrap();
        assert_eq!(decode(&bytes, 7), Some(2));
        assert!(decode(&bytes, 8).is_none());
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut], 7).is_none(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged, 7).is_none(), "damaged at {at}");
        }
    }

    /// The facts of `a.cu` in `folder`, through the cache. If the cache has none, reading the file gives `now`.
    fn cached_facts(folder: &Path, now: u32) -> u32 {
        let path = folder.join("tranship").join("facts");
        let file = CacheFile { bytes: fs::read(&path).unwrap_or_default(), key: 7, path: Some(path) };
        let cache = Cache::new(&file);
        let facts = cache.facts(Kind::Code, folder, Path::new("a.cu"), || now);
        cache.close();
        facts
    }

    #[test]
    fn a_file_is_read_again_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cu");
        let write = |text: &str, age: u64| {
            fs::write(&path, text).unwrap();
            let file = fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        };
        write("a", 60);
        assert_eq!(cached_facts(folder.path(), 1), 1);
        assert_eq!(cached_facts(folder.path(), 2), 1, "an unchanged file is not read again");
        write("b", 50);
        assert_eq!(cached_facts(folder.path(), 3), 3, "the time changed");
        write("bc", 50);
        assert_eq!(cached_facts(folder.path(), 4), 4, "the size changed");
        write("de", 0);
        assert_eq!(cached_facts(folder.path(), 5), 5);
        assert_eq!(cached_facts(folder.path(), 6), 6, "a second change could have the same time stamp");
        fs::remove_file(&path).unwrap();
        assert_eq!(cached_facts(folder.path(), 7), 7);
    }

    #[test]
    fn a_file_that_was_just_written_is_read_again() {
        let stamp = entry("a.cu").stamp;
        let written = UNIX_EPOCH + Duration::from_secs(2);
        assert!(!stamp.is_settled(written));
        assert!(!stamp.is_settled(written + Duration::from_secs(1)));
        assert!(stamp.is_settled(written + Duration::from_secs(4)));
    }
}
