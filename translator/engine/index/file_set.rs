//! Sets of files of the index, and the files that are reachable from others. It reads no file.

use super::code::FileId;

/// A set of files of the index: one bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    bits: Vec<u64>,
}

impl FileSet {
    /// Whether the file `id` is in the set.
    pub fn contains(&self, id: FileId) -> bool {
        self.bits.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// Adds `id`, which is below the number of files; returns whether it is new.
    pub(super) fn insert(&mut self, id: FileId) -> bool {
        let (word, bit) = (&mut self.bits[id as usize / 64], 1 << (id % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// The files that are reachable from `from` by `next`, as a set and as a list without duplicates. `all` is the number
/// of files.
pub(super) fn reachable<I: Iterator<Item = FileId>>(
    from: Vec<FileId>,
    all: usize,
    next: impl Fn(FileId) -> I,
) -> (FileSet, Vec<FileId>) {
    let mut set = FileSet { bits: vec![0; all.div_ceil(64)] };
    let mut reached = from;
    reached.retain(|&id| set.insert(id));
    let mut at = 0;
    while let Some(&id) = reached.get(at) {
        reached.extend(next(id).filter(|&next| set.insert(next)));
        at += 1;
    }
    (set, reached)
}
