//! The index of a project: macros, names that the project defines, and the includes of each file.
//!
//! The facts of each file are read in parallel and merged here. It refuses to touch the disk.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{Facts, Uses, Word};
use super::for_nvidia::headers_for_nvidia;
use super::includes::Include;
use super::left_copies::{LeftCopy, copies};
use super::sights::Sight;
use crate::cpp::Unit;
use crate::cpp::constants::Constant;
use crate::cpp::scopes::namespaces_around;
use crate::text::path::within;

/// The number of a file in the index.
pub(super) type FileId = u32;

/// One file, its facts and its included files.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) facts: Facts,
    /// For each include the file of the project that is included, if there is one.
    pub(super) includes: Vec<Option<FileId>>,
}

impl File {
    /// Whether it is C, which cannot include the support header.
    fn is_c(&self) -> bool {
        self.path.extension().is_some_and(|ending| ending == "c")
    }
}

/// Whether the file at `path` is compiled as C++, CUDA or HIP.
fn is_source_of_cpp(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["cu", "hip", "cpp", "cc", "cxx", "C"].contains(&ending))
}

/// The files that define one name of the tables.
#[derive(Clone, Debug, Default)]
pub struct Definers {
    /// The files that define it as a name of the project.
    pub own: Vec<FileId>,
    /// The files that define it as a macro, shims included.
    pub macros: Vec<FileId>,
    /// The files that define it for HIP alone, as a macro, function or alias.
    pub for_hip: Vec<FileId>,
}

/// The facts of all files of a project.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(super) files: Vec<File>,
    ids: FxHashMap<PathBuf, FileId>,
    /// Files by the last segment of their path; files with the same name in the order of their paths.
    by_name: FxHashMap<Box<[u8]>, Vec<FileId>>,
    /// Headers that the project includes only in branches that HIP never compiles.
    for_nvidia: FxHashSet<FileId>,
    /// For every file the files that include it; computed on first use.
    pub(super) includers: OnceLock<Vec<Vec<FileId>>>,
    /// The same by the includes that a host compiler reads.
    pub(super) host_includers: OnceLock<Vec<Vec<FileId>>>,
    pub(super) definers: FxHashMap<Word, Definers>,
    /// The parts of the code that can mean definitions of the project, by their names.
    pub(super) own_scopes: FxHashMap<Word, Vec<Sight>>,
    /// Namespaces whose names some file makes visible in others.
    pub(super) opened: FxHashSet<Word>,
    nested_namespaces: FxHashSet<(String, Word)>,
    pasted: FxHashSet<Word>,
    /// Functions that only NVIDIA's GPUs can have.
    locked: FxHashSet<Word>,
    macros: FxHashSet<Word>,
    uses: Uses,
    library_words: FxHashSet<Word>,
    /// The value of each constant; `None` where the project gives it different values.
    constants: FxHashMap<Word, Option<Constant>>,
    width_readers: Vec<(String, u32)>,
    warp_code: Vec<(String, u32)>,
    /// For each name of the width of a warp where branches for HIP define it.
    hip_widths: FxHashMap<Word, Vec<(PathBuf, u32)>>,
    /// The copies of libraries, and of headers of CUDA, that stay as they are.
    copies: Vec<LeftCopy>,
    /// The files whose text some include puts inside of a declaration.
    pub(super) enclosed: FxHashSet<FileId>,
    /// Headers that the project includes only where it is built without CUDA.
    pub(super) without_cuda: FxHashSet<FileId>,
}

impl Index {
    /// Merges the facts of all files; paths are relative to the project root.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, Facts)>) -> Self {
        let files: Vec<_> = files.into_iter().collect();
        let mut index = Self { copies: copies(&files), ..Self::default() };
        for (path, mut facts) in files {
            if index.is_in_copy(&path) {
                // What a copy of a library defines is still the library's.
                facts.own_names.clear();
                facts.own_scopes.clear();
                facts.row_macros.clear();
            }
            index.merge(&path, &facts);
            index.ids.insert(path.clone(), index.files.len() as FileId);
            index.files.push(File { path, facts, includes: Vec::new() });
        }
        index.warp_code.sort_unstable();
        for (id, file) in index.files.iter().enumerate() {
            if let Some(name) = file.path.file_name() {
                index.by_name.entry(name.as_encoded_bytes().into()).or_default().push(id as FileId);
            }
        }
        for ids in index.by_name.values_mut() {
            ids.sort_by(|&a, &b| index.files[a as usize].path.cmp(&index.files[b as usize].path));
        }
        let resolve = |file: &File| {
            let includes = file.facts.includes.iter();
            includes.map(|include| index.find(&file.path, &include.name, include.quoted)).collect()
        };
        let includes: Vec<_> = index.files.iter().map(resolve).collect();
        for (file, includes) in index.files.iter_mut().zip(includes) {
            file.includes = includes;
        }
        index.leave_out_headers_without_cuda();
        index.for_nvidia = headers_for_nvidia(&index);
        index.width_readers = index.readers_of_the_device();
        index.enclosed = index.all_enclosed();
        index
    }

    /// Adds the facts of the next file to the facts of the project.
    fn merge(&mut self, path: &Path, facts: &Facts) {
        fn agree<T: Copy + PartialEq>(known: &mut FxHashMap<Word, Option<T>>, values: &[(Word, T)]) {
            for (name, value) in values {
                let all = known.entry(name.clone()).or_insert(Some(*value));
                *all = all.filter(|known| known == value);
            }
        }
        let id = self.files.len() as FileId;
        for name in &facts.own_names {
            self.definers.entry(name.clone()).or_default().own.push(id);
        }
        for (name, sight) in &facts.own_scopes {
            self.own_scopes.entry(name.clone()).or_default().push(sight.clone());
        }
        self.opened.extend(facts.opened_namespaces.iter().cloned());
        for (name, _) in &facts.row_macros {
            self.definers.entry(name.clone()).or_default().macros.push(id);
        }
        let macros = facts.row_macros.iter().filter(|(_, is_for_hip)| *is_for_hip).map(|(name, _)| name);
        for name in macros.chain(&facts.hip_definitions) {
            self.definers.entry(name.clone()).or_default().for_hip.push(id);
        }
        self.nested_namespaces.extend(facts.nested_namespaces.iter().cloned());
        self.pasted.extend(facts.pasted.iter().cloned());
        self.locked.extend(facts.locked_functions.iter().cloned());
        self.macros.extend(facts.macros.iter().cloned());
        self.uses.nvrtc |= facts.uses.nvrtc;
        self.library_words.extend(facts.library_words.iter().cloned());
        self.uses.arrays |= facts.uses.arrays;
        self.uses.pedantic |= facts.uses.pedantic;
        agree(&mut self.constants, &facts.constants);
        for (name, line) in &facts.hip_widths {
            self.hip_widths.entry(name.clone()).or_default().push((path.to_owned(), *line));
        }
        self.warp_code.extend(facts.warp_code.map(|line| (path.to_string_lossy().into_owned(), line)));
    }

    /// Whether the file at `path` belongs to a copy of a library that stays as it is.
    pub fn is_in_copy(&self, path: &Path) -> bool {
        let name = path.file_name().map_or(&b""[..], |name| name.as_encoded_bytes());
        let is_in = |copy: &LeftCopy| {
            let is_in_folder = match copy.header {
                Some(_) => path.parent() == Some(copy.folder.as_path()),
                None => path.starts_with(&copy.folder),
            };
            is_in_folder && name.starts_with(copy.stays.as_bytes())
        };
        self.copies.iter().any(is_in)
    }

    /// The copies of CUDA's headers in the folder of `path`, sorted, if the file at `path` is the first of them.
    pub fn cuda_headers_beside(&self, path: &Path) -> Option<Vec<&Path>> {
        let beside = self.copies.iter().filter_map(|copy| copy.header.as_deref());
        let mut beside: Vec<&Path> = beside.filter(|header| header.parent() == path.parent()).collect();
        beside.sort_unstable();
        (beside.first() == Some(&path)).then_some(beside)
    }

    /// Whether a file of the project defines `name`, which CUDA may define too.
    pub fn is_defined(&self, name: &[u8]) -> bool {
        self.definers.get(name).is_some_and(|definers| !definers.own.is_empty())
    }

    /// The files of the project that define `name`, which CUDA also defines. [`Owners`](super::owners::Owners) decides
    /// for which files these definitions count.
    pub fn definers(&self, name: &[u8]) -> Option<&Definers> {
        self.definers.get(name)
    }

    /// Names that begin like those of a CUDA library which has two counterparts.
    pub(crate) fn library_words(&self) -> impl Iterator<Item = &[u8]> {
        self.library_words.iter().map(|word| &**word)
    }

    /// Whether a file of C has the word, one of [`Self::library_words`].
    pub(crate) fn is_in_c(&self, word: &[u8]) -> bool {
        let mut files = self.files.iter().filter(|file| file.is_c());
        files.any(|file| file.facts.library_words.iter().any(|known| **known == *word))
    }

    /// Whether some file is C.
    pub(crate) fn has_c(&self) -> bool {
        self.files.iter().any(File::is_c)
    }

    /// A file of C that includes the file at `path`, directly or not.
    pub fn file_of_c_with(&self, path: &Path) -> Option<&Path> {
        let files = self.files_with(path);
        files.into_iter().find(|file| file.is_c()).map(|file| file.path.as_path())
    }

    /// A file of C that includes the header at `path`, if a file of C++ or CUDA includes it too.
    pub fn reader_in_c(&self, path: &Path) -> Option<&Path> {
        let files = self.files_with(path);
        let in_c = files.iter().find(|file| file.is_c())?;
        files.iter().any(|file| is_source_of_cpp(&file.path)).then_some(&in_c.path)
    }

    /// The file at `path` and all files that include it, directly or not.
    fn files_with(&self, path: &Path) -> Vec<&File> {
        let including = self.id(path).map(|id| self.including(id).1).unwrap_or_default();
        including.into_iter().map(|id| &self.files[id as usize]).collect()
    }

    /// The texts between the brackets or quotes of all includes.
    pub(crate) fn included_names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|file| file.facts.includes.iter().map(|include| include.name.as_str()))
    }

    /// Whether some file compiles device code at run time.
    pub fn uses_nvrtc(&self) -> bool {
        self.uses.nvrtc
    }

    /// Whether some file sets the pedantic mode of cuBLAS, so that types of data stand for other compute types.
    pub fn uses_pedantic_products(&self) -> bool {
        self.uses.pedantic
    }

    /// Whether some file allocates CUDA arrays.
    pub fn allocates_arrays(&self) -> bool {
        self.uses.arrays
    }

    /// The number of the file at `path`.
    pub fn id(&self, path: &Path) -> Option<FileId> {
        self.ids.get(path).copied()
    }

    /// The path of the file `id`.
    pub fn path(&self, id: FileId) -> &Path {
        &self.files[id as usize].path
    }

    /// The number and path of each file.
    pub fn paths(&self) -> impl Iterator<Item = (FileId, &Path)> {
        self.files.iter().enumerate().map(|(id, file)| (id as FileId, file.path.as_path()))
    }

    /// Whether the file at `path` is a header that the project includes only in branches that HIP never compiles.
    pub fn is_header_for_nvidia(&self, path: &Path) -> bool {
        self.id(path).is_some_and(|id| self.for_nvidia.contains(&id))
    }

    /// The file `id` and all files that it includes, directly or not, under any condition.
    pub fn closure(&self, id: FileId) -> FileSet {
        self.closures(vec![id])
    }

    /// The files that may be in one translation unit with the file `id`: all files that include it, and all files that
    /// those include.
    pub fn around(&self, id: FileId) -> FileSet {
        let (_, including) = self.including(id);
        self.closures(including)
    }

    /// The file `id` and all files that include it, as a set and as a list that begins with `id`.
    fn including(&self, id: FileId) -> (FileSet, Vec<FileId>) {
        let includers = self.all_includers();
        reachable(vec![id], self.files.len(), |id| includers[id as usize].iter().copied())
    }

    fn closures(&self, files: Vec<FileId>) -> FileSet {
        let next = |id: FileId| self.files[id as usize].includes.iter().flatten().copied();
        reachable(files, self.files.len(), next).0
    }

    /// Whether `name` at token `at` refers to a namespace that the project defines inside of a namespace around `at`.
    pub fn is_own_namespace(&self, name: &[u8], unit: &Unit, at: usize) -> bool {
        let mut nested = self.nested_namespaces.iter().filter(|(_, inner)| **inner == *name);
        nested.any(|(known, _)| namespaces_around(unit, at).any(|outer| outer == known.as_str()))
    }

    /// Whether `name` is a macro of the project.
    pub fn is_macro(&self, name: &[u8]) -> bool {
        self.macros.contains(name)
    }

    /// Whether the project has functions that only NVIDIA's GPUs can have.
    pub fn has_locked(&self) -> bool {
        !self.locked.is_empty()
    }

    /// Whether the project has `name` as a function that only NVIDIA's GPUs can have.
    pub fn is_locked(&self, name: &[u8]) -> bool {
        self.locked.contains(name)
    }

    /// Whether a macro of the project completes names with the beginning of `name`.
    pub fn is_pasted(&self, name: &[u8]) -> bool {
        self.pasted.iter().any(|prefix| name.starts_with(prefix))
    }

    /// The value of the macro or constant `name`, if all its definitions in the project have the same value.
    pub fn constant(&self, name: &[u8]) -> Option<Constant> {
        self.constants.get(name).copied().flatten()
    }

    /// Whether code for HIP in the file `path`, or in a file that it includes, already uses warp functions.
    pub fn has_hip_warp_code(&self, path: &Path) -> bool {
        let Some(id) = self.id(path) else { return false };
        let next = |id: FileId| self.files[id as usize].includes.iter().flatten().copied();
        let (_, closure) = reachable(vec![id], self.files.len(), next);
        closure.into_iter().any(|id| self.files[id as usize].facts.has_hip_warp_code)
    }

    /// The places, as path and line, where host code reads the wave size of the device and keeps it.
    pub fn width_readers(&self) -> &[(String, u32)] {
        &self.width_readers
    }

    fn readers_of_the_device(&self) -> Vec<(String, u32)> {
        let mut places = Vec::new();
        for file in self.files.iter().filter(|file| !file.facts.width_readers.is_empty()) {
            let stays = self.has_hip_warp_code(&file.path);
            let kept = file.facts.width_readers.iter().filter(|(_, follows)| stays || !follows);
            places.extend(kept.map(|(line, _)| (file.path.to_string_lossy().into_owned(), *line)));
        }
        places.sort_unstable();
        places
    }

    /// Where branches for HIP define `name`, a name of the width of a warp, with another value than 32.
    pub fn hip_widths(&self, name: &[u8]) -> &[(PathBuf, u32)] {
        self.hip_widths.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first place of each file, as path and line, with code that keeps warps of 32 lanes.
    pub fn warp_code(&self) -> &[(String, u32)] {
        &self.warp_code
    }

    /// The facts of one file.
    pub fn facts(&self, path: &Path) -> Option<&Facts> {
        Some(&self.files[self.id(path)? as usize].facts)
    }

    /// The file of the project that an `#include` of `name` in `from` includes, if there is one.
    ///
    /// A name in quotes is first searched in the folder of `from`. Include directories are not known, so otherwise a
    /// file matches if its path ends with the whole name. If several files match, the nearest one is included.
    pub fn resolve(&self, from: &Path, name: &str, quoted: bool) -> Option<&Path> {
        self.find(from, name, quoted).map(|id| self.path(id))
    }

    fn find(&self, from: &Path, name: &str, quoted: bool) -> Option<FileId> {
        // Most headers are not in the project; the last segment of the name is enough to see that.
        let candidates = self.by_name.get(name.rsplit('/').next()?.as_bytes())?;
        let folder = from.parent().unwrap_or(Path::new(""));
        if quoted && let Some(id) = within(folder, Path::new(name)).and_then(|path| self.id(&path)) {
            return Some(id);
        }
        let tail = within(Path::new(""), Path::new(name.trim_start_matches("../").trim_start_matches("./")))?;
        let shared = |id: FileId| {
            self.path(id).components().zip(folder.components()).take_while(|(a, b)| a == b).count()
        };
        let fits = candidates.iter().copied().filter(|&id| self.path(id).ends_with(&tail));
        // The nearest file; of equally near files the first.
        fits.rev().max_by_key(|&id| shared(id))
    }

    /// Whether `brings` is true for an include that `path` reaches by unconditional includes. Its second argument is
    /// true if the project contains the included file.
    pub fn reaches(&self, path: &Path, brings: impl Fn(&Include, bool) -> bool) -> bool {
        self.search(path, |include| include.unconditional, brings)
    }

    /// Whether an unconditional include for which `brings` is true is compiled before any code that needs the runtime header,
    /// in `path` and the files that it includes.
    pub fn brings_first(&self, path: &Path, brings: impl Fn(&Include, bool) -> bool) -> bool {
        let mut seen: FxHashSet<FileId> = self.id(path).into_iter().collect();
        let mut open: Vec<(FileId, usize)> = seen.iter().map(|&id| (id, 0)).collect();
        while let Some((id, at)) = open.pop() {
            let file = &self.files[id as usize];
            let Some((include, local)) = file.facts.includes.get(at).zip(file.includes.get(at)) else {
                if file.facts.needs_runtime {
                    return false;
                }
                continue;
            };
            open.push((id, at + 1));
            if include.unconditional && brings(include, local.is_some()) {
                return true;
            }
            let next = local.filter(|&next| include.unconditional && seen.insert(next));
            open.extend(next.map(|next| (next, 0)));
        }
        false
    }

    /// Like [`Self::reaches`], also by includes in branches.
    pub fn may_reach(&self, path: &Path, brings: impl Fn(&Include, bool) -> bool) -> bool {
        self.search(path, |_| true, brings)
    }

    fn search(
        &self,
        path: &Path,
        follows: impl Fn(&Include) -> bool,
        brings: impl Fn(&Include, bool) -> bool,
    ) -> bool {
        let mut seen: FxHashSet<FileId> = self.id(path).into_iter().collect();
        let mut open: Vec<FileId> = seen.iter().copied().collect();
        while let Some(id) = open.pop() {
            let file = &self.files[id as usize];
            let includes = file.facts.includes.iter().zip(&file.includes);
            for (include, local) in includes.filter(|(include, _)| follows(include)) {
                if brings(include, local.is_some()) {
                    return true;
                }
                open.extend(local.filter(|&next| seen.insert(next)));
            }
        }
        false
    }
}

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
    fn insert(&mut self, id: FileId) -> bool {
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
