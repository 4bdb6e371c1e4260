//! The support header is written behind everything else: only then is it known what it must hold.
//!
//! It holds what this run calls, and what files that an earlier run converted call: those are not read again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::io_problem::io_problem;
use super::job::Job;
use super::writer::Writer;
use tranship_engine::pass::Context;
use tranship_engine::result::Problem;
use tranship_engine::support_header as support;

/// A support header to be written.
pub(crate) struct Header {
    /// What the source has in its place.
    pub(crate) old: Option<Vec<u8>>,
    /// Its text.
    pub(crate) text: String,
}

impl Header {
    /// The header that a run of `job` leaves whose edits call `used`; `None` when nobody needs one.
    pub(crate) fn of(
        job: &Job,
        writer: &Writer,
        used: BTreeSet<&'static str>,
    ) -> Result<Option<Self>, Problem> {
        let context = &job.setup.context;
        let place = &context.support;
        let old = if place.flat { None } else { job.read(&place.path).ok() };
        let is_ours = old.as_deref().is_some_and(support::is_ours);
        if used.is_empty() && !is_ours {
            return Ok(None);
        }
        if old.is_some() && !is_ours {
            return Err(foreign(&job.shown(&place.path)));
        }
        let mut helpers = used;
        // A run about single files leaves the others as they are.
        let written = writer.there(place.output()).filter(|_| job.only.is_some());
        for text in old.iter().chain(&written).filter(|text| support::is_ours(text)) {
            helpers.extend(support::listed(text, &context.rules));
        }
        Ok(Some(Self { text: support::header(&helpers, &context.rules), old }))
    }
}

fn foreign(path: &Path) -> Problem {
    let message = "is not the support header of tranship, which the conversion needs to write there; rename it, or \
                   choose another place with `support_header` in `tranship.toml`";
    Problem::new(path, message)
}

/// Writes the support header with `helpers` to the file `path`, besides what it holds already.
pub fn write_to(path: &Path, helpers: &BTreeSet<&'static str>, context: &Context) -> Result<(), Problem> {
    let there = fs::read(path).ok();
    if there.as_deref().is_some_and(|text| !support::is_ours(text)) {
        return Err(foreign(path));
    }
    let mut all = helpers.clone();
    all.extend(there.iter().flat_map(|text| support::listed(text, &context.rules)));
    let text = support::header(&all, &context.rules);
    if there.is_some_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| io_problem(path, "cannot write", &error))
}
