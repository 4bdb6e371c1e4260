//! `convert --to cuda`: writes the CUDA form of a HIP project into a folder. Code is converted, and everything else is copied.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use tranship_engine::cpp::Unit;
use tranship_engine::lang::Lang;
use tranship_engine::result::patch::patch;
use tranship_engine::result::{
    Basis, Conversion, FileReport, Found, Problem, Status, found, lang_with, source_with,
};
use tranship_engine::reverse::{FileFacts, Inverse, Project, is_hip_word, to_cuda};
use tranship_engine::text::path::readable;
use tranship_engine::translate::Translation;
use tranship_rules::rule;

use crate::project::folder::{Content, Manifest, ManifestEntry, OldFiles, Output};
use crate::project::io_problem::io_problem;
use crate::project::job::{Destination, Job, Stop};
use crate::project::walk::{Entry, Kind, walk};

/// The written entry of a file with its report.
type Done = (Option<FileReport>, Option<(PathBuf, ManifestEntry)>);

/// Converts the project of `job` to CUDA.
pub fn convert_to_cuda(job: &Job, stop: &Stop) -> Conversion {
    let mut conversion = run(job, stop)
        .unwrap_or_else(|problem| Conversion { problems: vec![problem], ..Conversion::default() });
    conversion.basis = Some(Basis::new(&job.shown, &job.setup.context));
    conversion.root.clone_from(&job.root);
    conversion.interrupted = stop.is_set();
    conversion
}

fn run(job: &Job, stop: &Stop) -> Result<Conversion, Problem> {
    let output = match &job.destination {
        Destination::Folder { dir, shown } => Some(Output::open(dir, shown)?),
        _ => None,
    };
    let tree = walk(&job.root, &job.setup.excludes, &job.outputs);
    let context = &job.setup.context;
    let inverse = Inverse::new(&context.rules, context.target.rocm);
    let files: Vec<&Entry> = tree.entries.iter().filter(|entry| entry.kind != Kind::Folder).collect();
    let facts: Vec<FileFacts> = files.par_iter().filter_map(|entry| facts(job, &entry.path)).collect();
    let paths = files.iter().map(|entry| entry.path.clone()).collect();
    let project = Project::new(facts, paths, names(&files));
    let results: Vec<Result<Done, Problem>> = files
        .par_iter()
        .filter(|_| !stop.is_set())
        .map(|entry| file(job, entry, &project, &inverse, output.as_ref()))
        .collect();
    let mut conversion = Conversion { walked: files.len(), ..Conversion::default() };
    let mut manifest = Manifest::by(job.setup.written_as_cuda());
    for result in results {
        match result {
            Ok((report, entry)) => {
                conversion.files.extend(report);
                if let Some((path, entry)) = entry {
                    manifest.set(path, entry);
                }
            }
            Err(problem) => conversion.problems.push(problem),
        }
    }
    if let Some(output) = output {
        let keeps = stop.is_set() || !conversion.problems.is_empty();
        let (problems, edited) =
            output.close(manifest, if keeps { OldFiles::Keep } else { OldFiles::Remove });
        conversion.problems.extend(problems);
        let behind = edited.into_iter().filter(|file| file.is_behind);
        conversion
            .problems
            .extend(behind.map(|file| Problem::new(file.path, "has edits, so the new text is not written")));
    }
    conversion.problems.extend(tree.problems);
    conversion.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(conversion)
}

/// What the file `path` says about the project, if it is code.
fn facts(job: &Job, path: &Path) -> Option<FileFacts> {
    let source = lang_with(path, &job.setup.endings).is_cpp().then(|| job.read(path).ok())??;
    let source = source_with(path, source, &job.setup.endings);
    Some(FileFacts::of(&Unit::new(&source, &job.setup.context.guards)))
}

/// The paths of `.hip` files in the output: `.cu`, unless there is such a file already.
fn names(files: &[&Entry]) -> FxHashMap<PathBuf, PathBuf> {
    let all: FxHashSet<&Path> = files.iter().map(|entry| entry.path.as_path()).collect();
    let is_hip = |entry: &&&Entry| entry.path.extension().is_some_and(|ending| ending == "hip");
    let renamed =
        files.iter().filter(is_hip).map(|entry| (entry.path.clone(), entry.path.with_extension("cu")));
    renamed.filter(|(_, new)| !all.contains(new.as_path())).collect()
}

fn file(
    job: &Job,
    entry: &Entry,
    project: &Project,
    inverse: &Inverse,
    output: Option<&Output>,
) -> Result<Done, Problem> {
    let path = &entry.path;
    let to = project.output(path);
    let shown = job.shown(path);
    let unreadable = |error: &std::io::Error| io_problem(&shown, "cannot read", error);
    if entry.kind == Kind::Link {
        let target = std::fs::read_link(job.root.join(path)).map_err(|error| unreadable(&error))?;
        let entry = output.map(|output| output.link(path, &target)).transpose()?;
        return Ok((None, entry.map(|entry| (path.clone(), entry))));
    }
    let bytes = job.read(path).map_err(|error| unreadable(&error))?;
    let permissions =
        std::fs::metadata(job.root.join(path)).map_err(|error| unreadable(&error))?.permissions();
    let source = source_with(path, bytes, &job.setup.endings);
    let context = &job.setup.context;
    let mut report = FileReport::new(shown.clone(), path.clone(), to.to_owned(), Status::Unchanged);
    let mut translation = Translation::default();
    if source.lang.is_cpp() && source.unreadable().is_none() {
        let unit = Unit::new(&source, &context.guards);
        translation = to_cuda(&unit, inverse, project, context);
        report.findings = found(&source, &shown, &translation, context);
        report.findings.extend(kernels_in_cpp(&unit, to, context));
        let safe = translation.findings.iter().filter(|finding| !finding.needs_a_person());
        report.safe = u32::try_from(safe.count()).unwrap_or(u32::MAX);
    } else if is_for_hip(&source.bytes, source.lang) {
        let what = format!("`{}` is for HIP", readable(path));
        report.findings.extend(Found::about_file(rule::HIP_IN_BUILD, what, path, context));
    }
    let text = translation.output(&source);
    if to != path || !translation.edits.is_empty() {
        report.status = Status::Converted;
    }
    if job.destination == Destination::Patch {
        report.patch = patch(path, to, &source.bytes, &text);
    }
    let write = |output: &Output| {
        output.folders_above(to)?;
        output.put(to, &Content { bytes: &text, permissions: Some(permissions.clone()) })
    };
    let entry = output.map(write).transpose()?;
    let is_reported = source.lang.is_cpp() || !report.findings.is_empty();
    Ok((is_reported.then_some(report), entry.map(|entry| (to.to_owned(), entry))))
}

/// A finding if the file is C++ by its name and has kernels or launches.
fn kernels_in_cpp(unit: &Unit, to: &Path, context: &tranship_engine::pass::Context) -> Option<Found> {
    if unit.source.lang != Lang::Cpp || to.extension().is_some_and(|ending| ending == "h" || ending == "hpp")
    {
        return None;
    }
    let tokens = unit.tokens();
    let is_kernel = |word: &[u8]| word == b"__global__" || word == b"hipLaunchKernelGGL";
    let has = unit.launches().next().is_some() || tokens.iter().any(|token| is_kernel(unit.text(token)));
    let what = || format!("`{}` has kernels", readable(&unit.source.path));
    has.then(|| Found::about_file(rule::HIP_SOURCE_NAME, what(), &unit.source.path, context))?
}

/// Whether a file that is no code, but a build file or a script, has words of HIP.
fn is_for_hip(bytes: &[u8], lang: Lang) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_named = |word: &[u8]| {
        matches!(word, b"hipcc" | b"HIP" | b"hip" | b"ROCM_PATH" | b"amdclang") || is_hip_word(word)
    };
    lang != Lang::Other && bytes.split(|byte| !is_word(byte)).any(is_named)
}
