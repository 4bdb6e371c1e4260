//! Records the present conversion of a source as the origin of an output folder, without a change of its files.
//!
//! So a folder can be synchronised that an older version of tranship wrote, or that a person ported by hand.

use std::path::PathBuf;

use tranship_engine::result::Problem;

use super::{Request, read_manifest};
use crate::project::base::{BASE, Base};
use crate::project::io_problem::io_problem;
use crate::project::journal;
use crate::project::manifest::{MANIFEST, ManifestEntry};
use crate::project::write::{entry_at, lock_for};

/// The result of adopting a folder.
#[derive(Clone, Debug, Default)]
pub struct Adopted {
    /// The number of files whose origin is recorded.
    pub recorded: usize,
    /// The number of these that differ from the conversion, so they count as edited.
    pub edited: usize,
    /// The edited files that tranship wrote from another version of the source, relative to the folder. Their origin is not recorded.
    pub others: Vec<PathBuf>,
}

/// Records the new conversion of `request` as the origin of its output folder.
pub fn adopt(request: &Request) -> Result<Adopted, Problem> {
    let output = request.output;
    let at =
        |name: &str, what: &str, error: &std::io::Error| io_problem(&request.shown.join(name), what, error);
    let _lock = if request.dry_run { None } else { Some(lock_for(output, request.shown)?) };
    let mut manifest = read_manifest(output, request.shown)?;
    let now = read_manifest(request.new, request.new)?;
    let base = Base::read(output).map_err(|error| at(BASE, "cannot read", &error))?;
    let new_base = Base::read(request.new).map_err(|error| at(BASE, "cannot read", &error))?;
    base.take_all(new_base);
    let mut adopted = Adopted::default();
    for (path, new) in now.iter() {
        let there = entry_at(&output.join(path));
        let is_stored = |entry: ManifestEntry| entry.content().is_none_or(|hash| base.has(hash));
        match (manifest.get(path), there) {
            (Some(old), Some(there)) if old.is_same(there) => {
                // The file is what tranship wrote, so it is its own origin.
                if let (Some(hash), Ok(bytes)) = (old.content(), std::fs::read(output.join(path))) {
                    base.add(hash, &bytes);
                }
                if manifest.lacks_modes {
                    manifest.set(path.to_owned(), there);
                }
            }
            (Some(old), _) if !old.is_same(new) => {
                if there.is_some() && !is_stored(old) {
                    adopted.others.push(path.to_owned());
                }
                continue;
            }
            _ => manifest.set(path.to_owned(), new),
        }
        adopted.recorded += 1;
        adopted.edited +=
            usize::from(there.is_none_or(|there| manifest.get(path).is_some_and(|own| !own.is_same(there))));
    }
    if request.dry_run {
        return Ok(adopted);
    }
    request.source.clone_into(&mut manifest.source);
    if manifest.written_by.is_empty() {
        manifest.written_by.clone_from(&now.written_by);
    }
    manifest.lacks_modes = false;
    base.keep_only(&manifest);
    journal::settle(output).map_err(|error| at(journal::JOURNAL, "cannot write", &error))?;
    base.write(output).map_err(|error| at(BASE, "cannot write", &error))?;
    manifest.write(output).map_err(|error| at(MANIFEST, "cannot write", &error))?;
    Ok(adopted)
}
