//! Files for NVIDIA that have the same file for HIP, in another folder or with another ending.
//!
//! The words and endings are those of the lists `twin-words` and `twin-endings`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::list;

use crate::lang::Lang;

/// The word for NVIDIA whose counterpart is a vendor, and not a language.
const VENDOR: &str = "nvidia";

/// The files for NVIDIA with the same file for HIP, each with that file.
pub(crate) fn twins(paths: &[PathBuf], holds_hip: &dyn Fn(&Path) -> bool) -> BTreeMap<PathBuf, PathBuf> {
    let known: FxHashSet<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let mut found = BTreeMap::new();
    // Code for AMD's GPUs can be OpenCL, so a folder for AMD counts only with a file for HIP.
    let mut folders: FxHashMap<PathBuf, bool> = FxHashMap::default();
    let mut is_for_hip = |twin: &str| {
        let folder = Path::new(twin).parent().unwrap_or(Path::new(""));
        *folders.entry(folder.to_owned()).or_insert_with(|| {
            paths.iter().filter(|path| path.parent() == Some(folder)).any(|path| holds_hip(path))
        })
    };
    for path in paths {
        let Some(text) = path.to_str().filter(|_| Lang::of(path) != Lang::Other) else { continue };
        let pairs = list::TWIN_WORDS.iter().filter_map(|pair| pair.split_once('='));
        let other_names = pairs
            .filter(|(cuda, _)| text.contains(cuda))
            .map(|(cuda, hip)| (cuda == VENDOR, text.replace(cuda, hip)))
            .chain(in_all_cases(text).map(|other| (false, other)));
        let is_known = |other: &String| known.contains(Path::new(other));
        let twin = other_names.into_iter().find_map(|(is_vendor, other)| {
            let twin = with_other_ending(&other).into_iter().find(is_known)?;
            (!is_vendor || is_for_hip(&twin)).then_some(twin)
        });
        if let Some(twin) = twin {
            found.insert(path.clone(), PathBuf::from(twin));
        } else if Lang::of(path) == Lang::Cuda {
            let mut beside =
                ["hip", "hip.cpp", "cu.hip"].map(|ending| path.with_extension(ending)).into_iter();
            if let Some(beside) = beside.find(|beside| known.contains(beside.as_path()) && holds_hip(beside))
            {
                found.insert(path.clone(), beside);
            }
        }
    }
    found
}

/// `path` with each word for NVIDIA replaced, in every case at once: `src/hip/HIPStream.cu` for `src/cuda/CUDAStream.cu`.
fn in_all_cases(path: &str) -> impl Iterator<Item = String> {
    let replaced =
        ["HIP", "Hip"].map(|hip| path.replace("cuda", "hip").replace("Cuda", hip).replace("CUDA", "HIP"));
    let differs = path.contains("cuda") && (path.contains("Cuda") || path.contains("CUDA"));
    replaced.into_iter().filter(move |_| differs)
}

/// The folders for NVIDIA: those beside a folder for HIP of the same name, `device/cuda` beside `device/hip`, and those of
/// which the build file has a twin in another folder, and so has each source of CUDA.
pub(crate) fn nvidia_folders(paths: &[PathBuf], twins: &BTreeMap<PathBuf, PathBuf>) -> Vec<PathBuf> {
    let with_build_file: BTreeSet<&Path> = twins
        .iter()
        .filter(|(cuda, hip)| {
            matches!(Lang::of(cuda), Lang::Cmake | Lang::Make) && cuda.parent() != hip.parent()
        })
        .filter_map(|(cuda, _)| cuda.parent())
        .collect();
    let is_alone = |path: &&PathBuf| {
        let is_source = path.extension().is_some_and(|ending| ending == "cu" || ending == "cuh");
        is_source && !twins.contains_key(*path)
    };
    let alone: Vec<&PathBuf> = paths.iter().filter(is_alone).collect();
    let is_whole = |folder: &&Path| !alone.iter().any(|path| path.starts_with(folder));
    let around = |is_wanted: &dyn Fn(Lang) -> bool| -> BTreeSet<&Path> {
        let wanted = paths.iter().filter(|path| is_wanted(Lang::of(path)));
        wanted.flat_map(|path| path.ancestors().skip(1)).collect()
    };
    let with_code = around(&|lang| lang != Lang::Other);
    let with_sources = around(&|lang| matches!(lang, Lang::Cuda | Lang::Hip | Lang::Cpp));
    let is_beside_hip = |folder: &&&Path| match folder.file_name().and_then(OsStr::to_str) {
        // A folder without sources of its own can build those of the other one: `app-cuda` and `app-hip`.
        Some("cuda") => has_hip_beside(folder, &with_code),
        Some(VENDOR) => {
            has_hip_beside(folder, &with_sources) && twins.keys().any(|path| path.starts_with(folder))
        }
        _ => has_hip_beside(folder, &with_sources),
    };
    let beside_hip = with_code.iter().filter(is_beside_hip).copied();
    with_build_file.into_iter().filter(is_whole).chain(beside_hip).map(Path::to_owned).collect()
}

/// The files with a word for NVIDIA between dots in their names, `a.cuda.cc`, in folders where two such files are twins.
pub(crate) fn marked_sources(paths: &[PathBuf], twins: &BTreeMap<PathBuf, PathBuf>) -> FxHashSet<PathBuf> {
    let mark = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let mut pairs = list::TWIN_WORDS.iter().filter_map(|pair| pair.split_once('='));
        let (cuda, hip) = pairs.find(|(cuda, _)| name.contains(&format!(".{cuda}.")))?;
        Some((path.parent()?.to_owned(), cuda, path.with_file_name(name.replace(cuda, hip))))
    };
    let is_twin = |(cuda, hip): (&PathBuf, &PathBuf)| mark(cuda).filter(|(.., other)| other == hip);
    let marks: FxHashSet<(PathBuf, &str)> =
        twins.iter().filter_map(is_twin).map(|(folder, cuda, _)| (folder, cuda)).collect();
    let is_marked =
        |path: &&PathBuf| mark(path).is_some_and(|(folder, cuda, _)| marks.contains(&(folder, cuda)));
    paths.iter().filter(is_marked).cloned().collect()
}

/// Whether one of `folders` has the name of `folder` with HIP or ROCm instead of CUDA, in the same folder.
fn has_hip_beside(folder: &Path, folders: &BTreeSet<&Path>) -> bool {
    let Some(name) = folder.file_name().and_then(OsStr::to_str) else { return false };
    let mut pairs = list::TWIN_WORDS.iter().filter_map(|pair| pair.split_once('='));
    pairs.any(|(cuda, hip)| {
        let is_word = name.split(['_', '-', '.']).any(|part| part == cuda);
        is_word && folders.contains(folder.with_file_name(name.replace(cuda, hip)).as_path())
    })
}

/// The paths that the twin `path` of a file for NVIDIA can have, by its ending.
fn with_other_ending(path: &str) -> Vec<String> {
    let pairs = list::TWIN_ENDINGS.iter().filter_map(|pair| pair.split_once('='));
    let others = pairs.filter_map(|(cuda, hip)| {
        let stem = path.strip_suffix(cuda)?.strip_suffix('.')?;
        Some(format!("{stem}.{hip}"))
    });
    others.collect()
}
