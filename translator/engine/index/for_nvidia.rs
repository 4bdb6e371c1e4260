//! Headers that the project includes only in branches that HIP never compiles. It refuses files that a build can compile by
//! themselves.

use std::path::Path;

use rustc_hash::FxHashSet;

use super::Index;
use super::code::FileId;

/// The headers that only branches for NVIDIA include, and the headers that only those include.
pub(super) fn headers_for_nvidia(index: &Index) -> FxHashSet<FileId> {
    let (mut in_branches, mut for_hip) = (Vec::new(), FxHashSet::default());
    for (_, path) in index.paths() {
        for include in index.facts(path).map_or(&[][..], |facts| &facts.frozen_includes) {
            let Some(id) = find(index, path, &include.name, include.quoted) else { continue };
            if include.for_hip {
                for_hip.insert(id);
            } else {
                in_branches.push(id);
            }
        }
    }
    let mut found = FxHashSet::default();
    while let Some(id) = in_branches.pop() {
        let users = &index.all_includers()[id as usize];
        let is_alone = users.iter().all(|other| *other == id || found.contains(other));
        let path = index.path(id);
        if is_alone && !for_hip.contains(&id) && is_header(path) && found.insert(id) {
            // What only such headers include is not compiled either.
            let includes = index.facts(path).map_or(&[][..], |facts| &facts.includes).iter();
            in_branches.extend(includes.filter_map(|one| find(index, path, &one.name, one.quoted)));
        }
    }
    found
}

fn find(index: &Index, from: &Path, name: &str, quoted: bool) -> Option<FileId> {
    index.id(index.resolve(from, name, quoted)?)
}

/// Whether `path` ends like a header, which no build compiles by itself.
pub(super) fn is_header(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    matches!(&*ending, "h" | "hpp" | "hh" | "hxx" | "H" | "cuh" | "inl" | "inc" | "ipp")
}
