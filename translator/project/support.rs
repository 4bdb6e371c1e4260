//! Decides the content of the support header. It is written last, because its helpers depend on all other files.
//!
//! It contains the helpers that this run calls, and the helpers of the existing support header, because files of
//! earlier runs may call them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::io_problem::io_problem;
use super::job::Job;
use super::replace::replace;
use super::writer::Writer;
use tranship_engine::pass::Context;
use tranship_engine::result::Problem;
use tranship_engine::support_header as support;

/// A support header to be written.
pub(crate) struct Header {
    /// Its path, relative to the root.
    pub(crate) path: PathBuf,
    /// The content of the existing file in the source, if there is one.
    pub(crate) old: Option<Vec<u8>>,
    /// The text to write.
    pub(crate) text: String,
}

/// The support headers after a run of `job` with edits that call helpers: `used` has the header of each package with its
/// helpers. All headers have the same text, because one translation unit may include several.
pub(crate) fn headers(
    job: &Job,
    writer: &Writer,
    used: &BTreeMap<PathBuf, BTreeSet<&'static str>>,
) -> Result<Vec<Header>, Problem> {
    let context = &job.setup.context;
    let place = &context.support;
    let mut helpers: BTreeSet<&'static str> = used.values().flatten().copied().collect();
    let mut headers = Vec::new();
    for path in place.headers() {
        let old = if place.flat { None } else { job.read(&path).ok() };
        let is_ours = old.as_deref().is_some_and(support::is_support_header);
        if !used.contains_key(&path) && !is_ours {
            continue;
        }
        if old.is_some() && !is_ours {
            return Err(foreign(&job.shown(&path)));
        }
        // A run over single files does not change the other files, so their helpers stay.
        let written = writer.existing(place.output(&path)).filter(|_| job.only.is_some());
        for text in old.iter().chain(&written).filter(|text| support::is_support_header(text)) {
            helpers.extend(support::listed(text, &context.rules));
        }
        headers.push(Header { path, old, text: String::new() });
    }
    let text = support::header(&helpers, &context.rules, !place.packages.is_empty());
    for header in &mut headers {
        header.text.clone_from(&text);
    }
    Ok(headers)
}

fn foreign(path: &Path) -> Problem {
    let message = "is in the place of the support header and was not written by tranship; rename it, or choose another \
                   place with `support_header` in `tranship.toml`";
    Problem::new(path, message)
}

/// Adds `helpers` to the support header in the file `path`, which may be missing.
pub fn write_to(path: &Path, helpers: &BTreeSet<&'static str>, context: &Context) -> Result<(), Problem> {
    let text = text(path, helpers, context)?;
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    replace(path, text.as_bytes()).map_err(|error| io_problem(path, "cannot write", &error))
}

/// The text of the support header in the file `path`, which may be missing, with `helpers` in addition.
pub(crate) fn text(
    path: &Path,
    helpers: &BTreeSet<&'static str>,
    context: &Context,
) -> Result<String, Problem> {
    let there = fs::read(path).ok();
    if there.as_deref().is_some_and(|text| !support::is_support_header(text)) {
        return Err(foreign(path));
    }
    let mut all = helpers.clone();
    all.extend(there.iter().flat_map(|text| support::listed(text, &context.rules)));
    Ok(support::header(&all, &context.rules, !context.support.packages.is_empty()))
}
