//! Portable mode: the CUDA sources stay as they are, and a folder of shadow headers gives the HIP build the names that differ.
//!
//! A shadow header has the name of a header of CUDA, includes the header of HIP, and defines the names that the project uses.
//! Only names whose conversion is a plain rename get a definition. Everything else is a finding with the change that a person makes, or,
//! with an overlay, a change in a copy that only a compiler for HIP reads.

mod both;
pub mod build;
mod conditions;
mod cover;
mod covered;
mod edited;
mod expression;
mod guarded;
mod numbered;
pub mod overlay;
mod shadow;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tranship_engine::finding::{Finding, Fix};
use tranship_engine::index::{FileSet, Index};
use tranship_engine::lang::Lang;
use tranship_engine::result::{Conversion, FileReport, Status, found, source_with};
use tranship_engine::source::Source;
use tranship_engine::support_header;
use tranship_engine::text::{Edit, Lines};
use tranship_engine::translate::{Translation, translate};
use tranship_rules::{Effort, Level, list};

use crate::project::job::Job;
use cover::FileCover;
use covered::Covered;
use overlay::SourceCopy;
use shadow::Content;

/// The name of the folder with the shadow headers.
pub const FOLDER: &str = "hip_compat";

/// One shadow header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowHeader {
    /// Its path in the folder, which is the name that sources include.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A name that a shadow header defines.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PortableName {
    /// The name of CUDA.
    pub cuda: String,
    /// The name of HIP; empty for a macro that is empty on ROCm.
    pub hip: String,
    /// The number of uses in the project.
    pub uses: usize,
}

/// What becomes of changes that no header can make.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Edits {
    /// They are findings.
    Reported,
    /// They are in copies of the sources, which only a compiler for HIP reads.
    InCopies,
    /// The build for HIP has clang for host code, which reads the copies too.
    InCopiesForHosts,
}

/// The places of one rule that need an edit.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RulePlaces {
    /// Those with a change that a conversion makes or proposes.
    pub with_change: usize,
    /// Those that need new code.
    pub without_change: usize,
    /// Those of `with_change` that `tranship convert` changes. It leaves all others to a person too.
    pub by_conversion: usize,
}

impl RulePlaces {
    /// Adds the places of `finding`, which has a change if `is_changed`.
    fn add(&mut self, finding: &Finding, is_changed: bool) {
        let count = 1 + finding.also.len();
        let kind = if is_changed { &mut self.with_change } else { &mut self.without_change };
        *kind += count;
        if is_changed && finding.level != Level::Manual {
            self.by_conversion += count;
        }
    }
}

/// The result of portable mode for one project.
#[derive(Clone, Debug, Default)]
pub struct Portable {
    /// The headers, sorted by path.
    pub headers: Vec<ShadowHeader>,
    /// The names that the headers define, sorted.
    pub names: Vec<PortableName>,
    /// The C and C++ files that use CUDA.
    pub sources: usize,
    /// The files of `sources` that HIP compiles without an edit, as far as the tables contain the facts.
    pub without_edit: usize,
    /// The places that need an edit.
    pub places: usize,
    /// Those of them that `tranship convert` leaves to a person too.
    pub left_by_conversion: usize,
    /// These places by rule.
    pub places_by_rule: BTreeMap<&'static str, RulePlaces>,
    /// The paths of `.cu` files from the root, sorted.
    pub units: Vec<PathBuf>,
    /// A report about each file, with the findings that the headers do not cover.
    pub files: Vec<FileReport>,
    /// The sources with the changes that no header makes, for both vendors, with their paths from the root.
    pub edited: Vec<(PathBuf, String)>,
    /// The copies for HIP alone, sorted by path; empty without an overlay.
    pub copies: Vec<SourceCopy>,
    /// The changes that the copies make.
    pub changes_in_copies: usize,
}

/// A file with its translation.
struct Read {
    source: Source,
    translation: Translation,
    cover: FileCover,
    shown: PathBuf,
}

/// Makes the shadow headers for the project of `job`, whose `conversion` went nowhere.
pub fn portable(job: &Job, conversion: &Conversion, edits: Edits) -> Portable {
    let files: Vec<Read> = conversion.files.par_iter().filter_map(|file| read(job, file)).collect();
    let index = &job.setup.context.index;
    let readers = Readers::of(&files, index);
    let is_for_hip = |path: &Path| readers.is_for_hip(path);
    let defines = |name: &str| index.is_defined(name.as_bytes());
    let covered = Covered::of(files.iter().map(|file| (&file.source, &file.cover)), &defines, &is_for_hip);
    let mut content = Content::default();
    let mut result = Portable::default();
    let mut helpers = covered.helpers(&job.setup.context.rules);
    for file in &files {
        let is_cuda = !file.translation.findings.is_empty() || file.source.lang == Lang::Cuda;
        let copy = match edits {
            Edits::InCopies if !is_for_hip(&file.source.path) => None,
            Edits::Reported => None,
            _ => edited::copy(file, &covered, &job.setup.context),
        };
        let served = match copy {
            None => Served::Nobody,
            Some(_) if edits == Edits::InCopies && readers.is_for_host(&file.source.path) => {
                Served::HipBesideHosts
            }
            Some(_) => Served::All,
        };
        let Settled { report, places, in_copy } = report(job, file, &covered, served);
        if is_cuda {
            result.sources += 1;
            result.without_edit += usize::from(places.is_empty());
        }
        // Proposed changes and definitions call them.
        helpers.extend(&file.translation.helpers);
        result.places +=
            places.values().map(|places| places.with_change + places.without_change).sum::<usize>();
        for (rule, more) in places {
            let known = result.places_by_rule.entry(rule).or_default();
            known.with_change += more.with_change;
            known.without_change += more.without_change;
            known.by_conversion += more.by_conversion;
            result.left_by_conversion += more.with_change + more.without_change - more.by_conversion;
        }
        result.changes_in_copies += in_copy;
        result.copies.extend(copy.map(|text| SourceCopy {
            path: file.source.path.clone(),
            source: overlay::hash(&file.source.bytes),
            text,
        }));
        if let Some((text, _)) = edited::text(file, &covered, &job.setup.context) {
            result.edited.push((file.source.path.clone(), text));
        }
        if file.source.lang == Lang::Cuda {
            result.units.push(file.source.path.clone());
        }
        content.add(&file.cover, &covered);
        result.files.push(report);
    }
    result.units.sort();
    result.edited.sort();
    result.copies.sort_by(|a, b| a.path.cmp(&b.path));
    result.names = covered.names();
    if result.sources > 0 {
        result.headers = content.headers(&covered, &job.setup.context);
        if !helpers.is_empty() {
            let text = support_header::header(&helpers, &job.setup.context.rules, true);
            result.headers.push(ShadowHeader { path: "tranship_hip.h".to_owned(), text });
            result.headers.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }
    result
}

/// The files that compilers for HIP read, and those that host compilers read.
struct Readers<'a> {
    index: &'a Index,
    of_hip: Vec<FileSet>,
    of_hosts: Vec<FileSet>,
}

impl<'a> Readers<'a> {
    fn of(files: &[Read], index: &'a Index) -> Self {
        let closure = |path: &Path| index.id(path).map(|id| index.closure(id));
        let of_cuda = files.iter().filter(|file| file.source.lang == Lang::Cuda);
        Self {
            index,
            of_hip: of_cuda.filter_map(|file| closure(&file.source.path)).collect(),
            of_hosts: index
                .paths()
                .filter(|(_, path)| is_host_unit(path))
                .map(|(id, _)| index.closure(id))
                .collect(),
        }
    }

    fn is_for_hip(&self, path: &Path) -> bool {
        self.index.id(path).is_some_and(|id| self.of_hip.iter().any(|files| files.contains(id)))
    }

    fn is_for_host(&self, path: &Path) -> bool {
        self.index.id(path).is_some_and(|id| self.of_hosts.iter().any(|files| files.contains(id)))
    }
}

/// Whether a host compiler compiles the file by itself.
fn is_host_unit(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["c", "cc", "cpp", "cxx", "c++", "C"].contains(&ending)
}

/// The file of `report` with its translation, if it is code of C or C++ that can be read.
fn read(job: &Job, report: &FileReport) -> Option<Read> {
    let bytes = job.read(&report.source).ok()?;
    let source = source_with(&report.source, bytes, &job.setup.endings);
    if !source.lang.is_cpp() || report.status == Status::Support {
        return None;
    }
    let context = &job.setup.context;
    let translation = translate(&source, context);
    let cover = FileCover::of(&source, &translation, context);
    Some(Read { source, translation, cover, shown: report.path.clone() })
}

/// The report about a file, and what became of its changes.
struct Settled {
    report: FileReport,
    /// The places that need an edit.
    places: BTreeMap<&'static str, RulePlaces>,
    /// The changes that its copy makes.
    in_copy: usize,
}

/// Who reads the copy of a file.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Served {
    /// There is no copy.
    Nobody,
    /// Every compiler of the build for HIP that reads the file reads the copy.
    All,
    /// Compilers for HIP read the copy, and host compilers read the file.
    HipBesideHosts,
}

/// The report about `file`: the findings that neither `covered` nor its copy settles. A copy does not settle a change that a host
/// compiler needs too.
fn report(job: &Job, file: &Read, covered: &Covered, served: Served) -> Settled {
    let path = &file.source.path;
    let mut report = FileReport::new(file.shown.clone(), path.clone(), path.clone(), Status::Unchanged);
    let mut left = Vec::new();
    let mut by_rule: BTreeMap<&'static str, Finding> = BTreeMap::new();
    let mut places = BTreeMap::<&'static str, RulePlaces>::new();
    let mut in_copy = 0;
    for (finding, changes) in file.translation.findings.iter().zip(&file.cover.findings) {
        let is_changed = !finding.fix.edits().is_empty();
        let is_covered = covered.makes(changes, &file.cover);
        let is_in_copy = !is_covered
            && finding.level != Level::Manual
            && match served {
                Served::Nobody => false,
                Served::All => true,
                Served::HipBesideHosts => covered.is_same_for_hosts(changes, &file.cover),
            };
        if is_changed && (is_covered || is_in_copy) {
            report.safe += 1;
            in_copy += usize::from(is_in_copy);
            if finding.needs_a_person() {
                left.push(finding.clone().with(Fix::None));
            }
        } else if finding.needs_a_person() {
            // Without a change, a person checks code that the compiler accepts.
            let is_place = finding.answer().is_none() && (is_changed || is_open(job, finding));
            if is_place {
                places.entry(finding.rule).or_default().add(finding, is_changed);
            }
            left.push(if is_changed { with_guard(finding) } else { finding.clone() });
        } else if is_changed {
            places.entry(finding.rule).or_default().add(finding, true);
            let note = covered.refusal(changes, &file.cover);
            match by_rule.entry(finding.rule) {
                std::collections::btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(needs_edit(finding, note));
                }
                std::collections::btree_map::Entry::Occupied(mut first) => add(first.get_mut(), finding),
            }
        }
    }
    left.extend(by_rule.into_values());
    left.sort_by_key(|finding| (finding.span, finding.rule));
    let mut translation = Translation::default();
    translation.findings = left;
    report.findings = found(&file.source, &file.shown, &translation, &job.setup.context);
    report.findings.iter_mut().for_each(|found| guarded::guard(found, &file.source));
    Settled { report, places, in_copy }
}

/// Whether `finding`, which has no change, needs new code.
fn is_open(job: &Job, finding: &Finding) -> bool {
    let rule = job.setup.context.rules.rule(finding.rule);
    finding.level == Level::Manual
        && rule.is_none_or(|rule| rule.effort != Effort::Check)
        && !list::has(list::QUESTIONS_OF_PORTABLE_MODE, finding.rule.as_bytes())
}

/// Adds the place and the edits of `other` to `first`, which has the same rule.
fn add(first: &mut Finding, other: &Finding) {
    first.also.push(other.span);
    let mut edits = std::mem::take(&mut first.fix).into_edits();
    let new: Vec<Edit> = other.fix.edits().iter().filter(|edit| !edits.contains(edit)).cloned().collect();
    edits.extend(new);
    first.fix = Fix::Many(edits);
}

/// What a person does with a change that no header makes.
const TODO: &str = "write this change for HIP alone; its build defines `__HIP_PLATFORM_AMD__`";

/// A safe change that needs an edit, because a definition in a header is not the same.
fn needs_edit(finding: &Finding, refusal: Option<String>) -> Finding {
    let what = finding.words().what;
    let why = refusal.unwrap_or_else(|| "a definition in a header cannot make this change".to_owned());
    finding.clone().at(Level::Manual).saying(format!("{what}; {why}")).advising(TODO)
}

/// A finding whose change a person makes for HIP alone.
fn with_guard(finding: &Finding) -> Finding {
    let words = finding.words();
    let mut todo = TODO.to_owned();
    if !words.assumption.is_empty() {
        todo = format!("{todo}; it is right if {}", words.assumption);
    }
    finding.clone().at(Level::Manual).advising(todo).assuming("")
}

/// The line of the byte at `offset` of `source`, from 1.
fn line(source: &Source, offset: u32) -> u32 {
    Lines::new(&source.bytes).position(offset).line
}
