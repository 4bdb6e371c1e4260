//! The patch of a sync: what it would change in the output folder. Files that are not text, links and permissions are only named.

use std::fs;
use std::path::Path;

use tranship_engine::result::patch::{new_file, patch, removed_file};
use tranship_engine::text::path::readable;

use super::Request;
use super::plan::{Action, Change, Step};

/// The patch that makes the changes of `steps` in the output folder.
pub(super) fn diff(steps: &[Step], request: &Request) -> Vec<u8> {
    steps.iter().flat_map(|step| of_step(step, request)).collect()
}

fn of_step(step: &Step, request: &Request) -> Vec<u8> {
    let is_removal = |change: &&Change| change.action == Action::Remove;
    let from = step.file.as_ref().and_then(|file| file.from.as_deref());
    if let [one, two] = step.changes.as_slice()
        && let Some(removed) = [one, two].into_iter().find(is_removal)
        && let Some(written) = [one, two].into_iter().find(|change| !is_removal(change))
        && from == Some(removed.path.as_path())
        && let (Some(old), Some(new)) = (old(&removed.path, request), new(written, request))
        && is_text(&old)
        && is_text(&new)
    {
        return patch(&removed.path, &written.path, &old, &new);
    }
    step.changes.iter().flat_map(|change| of_change(change, request)).collect()
}

fn of_change(change: &Change, request: &Request) -> Vec<u8> {
    let path = &change.path;
    let old = old(path, request);
    let new = new(change, request);
    let is_whole = old.iter().chain(&new).all(|bytes| is_text(bytes));
    match (old, new) {
        (None, None) => Vec::new(),
        _ if !is_whole => format!("Binary files a/{0} and b/{0} differ\n", readable(path)).into_bytes(),
        (Some(old), Some(new)) => patch(path, path, &old, &new),
        (None, Some(new)) => new_file(path, &new),
        (Some(old), None) if change.action == Action::Remove => removed_file(path, &old),
        (Some(_), None) => Vec::new(),
    }
}

/// The file `path` of the output folder as it is.
fn old(path: &Path, request: &Request) -> Option<Vec<u8>> {
    let path = request.output.join(path);
    let is_file = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
    is_file.then(|| fs::read(&path).ok()).flatten()
}

/// The content that `change` writes.
fn new(change: &Change, request: &Request) -> Option<Vec<u8>> {
    match &change.action {
        Action::Write { bytes, .. } => Some(bytes.clone()),
        Action::Copy { from, .. } => fs::read(request.new.join(from)).ok(),
        Action::Link | Action::Permissions { .. } | Action::Remove => None,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0)
}
