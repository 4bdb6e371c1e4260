//! Files for NVIDIA that have the same file for HIP, in another folder or with another ending.
//!
//! The words and endings are those of the lists `twin-words` and `twin-endings`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use tranship_rules::list;

use crate::lang::Lang;

/// The files for NVIDIA with the same file for HIP, each with that file.
pub(crate) fn twins(paths: &[PathBuf], holds_hip: &dyn Fn(&Path) -> bool) -> BTreeMap<PathBuf, PathBuf> {
    let known: FxHashSet<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let mut found = BTreeMap::new();
    for path in paths {
        let Some(text) = path.to_str() else { continue };
        let pairs = list::TWIN_WORDS.iter().filter_map(|pair| pair.split_once('='));
        let twin = pairs
            .filter(|(cuda, _)| text.contains(cuda))
            .map(|(cuda, hip)| text.replace(cuda, hip))
            .find_map(|other| {
                with_other_ending(&other).into_iter().find(|other| known.contains(Path::new(other)))
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

/// The folders of which the build file has a twin in another folder, and so has each source of CUDA.
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
    with_build_file.into_iter().filter(is_whole).map(Path::to_owned).collect()
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
