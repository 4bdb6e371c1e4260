//! The plan: what happens to each path of a project. It is made before anything is written.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::config::CONFIG;
use super::ignored::{Ignored, ignored};
use super::job::Job;
use super::setup::Setup;
use super::walk::{Entry, Kind, Tree};
use tranship_engine::index::{OwnHip, Renamed};
use tranship_engine::lang::Lang;
use tranship_engine::result::lang_with;
use tranship_engine::result::output_name;
use tranship_engine::result::{FileReport, Status};
use tranship_engine::result::{ignored_output, name_clash, submodule};
use tranship_engine::support_header as support;
use tranship_engine::text::path::within;

/// One path and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The path relative to the root.
    pub(crate) path: PathBuf,
    /// The path relative to the output folder.
    pub(crate) output: PathBuf,
    pub(crate) action: Action,
}

/// What happens to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The folder is created.
    Folder,
    /// The link is created with this target. If the target is a renamed file, it has the new name.
    Link(PathBuf),
    /// The file is translated.
    Translate,
    /// The file is copied.
    Copy,
}

/// All steps. A folder comes before its contents.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// The files and submodules that are not written, each with a finding that has the reason, and the files with patterns
    /// because of which git ignores converted files.
    pub(crate) refused: Vec<FileReport>,
    pub(crate) renamed: Renamed,
}

impl Plan {
    /// Plans the conversion of `tree`, which has the files of `job`.
    pub(crate) fn new(job: &Job, tree: &Tree, own_hip: &OwnHip) -> Self {
        let (root, setup) = (&job.root, &job.setup);
        let keep = setup.context.keep_names;
        let is_flat = job.is_flat();
        let output_name = |path: &Path| match output_name(path, keep || own_hip.keeps_name(path)) {
            path if is_flat => path.file_name().map_or_else(PathBuf::new, PathBuf::from),
            path => path,
        };
        let clashes = clashes(&tree.entries, &output_name);
        let is_cuda = |path: &Path| Lang::of(path) == Lang::Cuda;
        let files = tree.entries.iter().filter(|entry| entry.kind == Kind::File && is_cuda(&entry.path));
        // A link that ends in `.cu` to a source of C++ makes the build compile that source for GPUs. One to a source of CUDA
        // follows its name.
        let is_file =
            |path: &Path| tree.entries.iter().any(|entry| entry.kind == Kind::File && entry.path == path);
        let is_link = |entry: &&Entry| {
            let folder = entry.path.parent().unwrap_or(Path::new(""));
            let is_source = |target: PathBuf| match Lang::of(&target) {
                Lang::Cpp => true,
                Lang::Cuda => {
                    within(folder, &target).is_some_and(|path| is_file(&path) && output_name(&path) != path)
                }
                _ => false,
            };
            entry.kind == Kind::Link
                && is_cuda(&entry.path)
                && fs::read_link(root.join(&entry.path)).is_ok_and(is_source)
        };
        let pairs: FxHashMap<&Path, PathBuf> = files
            .chain(tree.entries.iter().filter(is_link))
            .map(|entry| (entry.path.as_path(), output_name(&entry.path)))
            .filter(|(old, new)| *old != new.as_path() && !clashes.contains_key(*old))
            .collect();
        let cuda = tree.entries.iter().filter(|entry| entry.kind != Kind::Folder && is_cuda(&entry.path));
        let kept = cuda.map(|entry| &entry.path).filter(|path| !pairs.contains_key(path.as_path()));
        let renamed = Renamed::new(pairs.keys().map(|path| path.to_path_buf()), kept.cloned()).with_former(
            tree.entries.iter().map(|entry| entry.path.as_path()).filter(|path| !own_hip.is_for_hip(path)),
        );
        let step = |entry: &Entry| {
            let action = match entry.kind {
                Kind::Folder => {
                    let path = entry.path.clone();
                    return Some(Step { output: path.clone(), path, action: Action::Folder });
                }
                Kind::Link => return link(root, &entry.path, &pairs),
                Kind::File if is_translated(&entry.path, setup) => Action::Translate,
                Kind::File => Action::Copy,
            };
            Some(Step { path: entry.path.clone(), output: output_name(&entry.path), action })
        };
        let is_open = |entry: &&Entry| clashes.is_empty() || !clashes.contains_key(entry.path.as_path());
        let open = tree.entries.iter().filter(is_open).filter(|entry| !is_support_header(job, entry));
        let steps: Vec<Step> = open.filter_map(step).collect();
        let mut refused = refused(tree, &clashes, setup);
        refused.extend(ignored_outputs(job, &steps));
        refused.retain(|file| !own_hip.stays(&file.source));
        Self { steps, refused, renamed }
    }

    /// Removes every step except the translation of files that `job` names, and all findings about the whole project. Of a share of
    /// the files, everything stays but the folders.
    pub(crate) fn narrow(&mut self, job: &Job) {
        if job.shard.is_some() {
            self.steps.retain(|step| step.action != Action::Folder && job.looks_at(&step.path));
            self.refused.retain(|file| job.looks_at(&file.path));
            return;
        }
        self.steps.retain(|step| step.action == Action::Translate && job.looks_at(&step.path));
        self.refused.clear();
    }

    /// The steps of all code that the index needs: files to translate, and files that are HIP already.
    ///
    /// HIP files count because they include headers of the project and define names. Some are from an earlier run.
    pub(crate) fn code(&self, setup: &Setup) -> Vec<&Step> {
        let is_code = |step: &&Step| {
            let lang = || lang_with(&step.path, &setup.endings);
            match step.action {
                Action::Translate => lang().is_cpp(),
                // These are HIP files that `--only` leaves out.
                Action::Copy => lang() == Lang::Hip,
                Action::Folder | Action::Link(_) => false,
            }
        };
        self.steps.iter().filter(is_code).collect()
    }

    /// The paths of the files to translate in the languages for which `wanted` is true.
    pub(crate) fn of_lang(&self, setup: &Setup, wanted: impl Fn(Lang) -> bool) -> Vec<&Path> {
        let translated = self.steps.iter().filter(|step| step.action == Action::Translate);
        let paths = translated.map(|step| step.path.as_path());
        paths.filter(|path| wanted(lang_with(path, &setup.endings))).collect()
    }

    /// The paths of all files and links, including files that are not written.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let steps = self.steps.iter().filter(|step| step.action != Action::Folder);
        let refused = self.refused.iter().filter(|file| file.status == Status::Failed);
        steps.map(|step| step.path.clone()).chain(refused.map(|file| file.source.clone())).collect()
    }

    /// The number of files in the project, including files that are not written.
    pub(crate) fn files(&self) -> usize {
        let refused = self.refused.iter().filter(|file| file.status == Status::Failed).count();
        let is_file = |step: &&Step| !matches!(step.action, Action::Folder | Action::Link(_));
        self.steps.iter().filter(is_file).count() + refused
    }
}

/// Whether `entry` is the support header of an earlier run. It is written again, so it is not copied.
fn is_support_header(job: &Job, entry: &Entry) -> bool {
    entry.kind == Kind::File
        && job.setup.context.support.headers().any(|path| path == entry.path)
        && job.read(&entry.path).is_ok_and(|text| support::is_support_header(&text))
}

/// Whether the file `path` is translated. `tranship.toml` is not translated, because its paths are paths of the source.
fn is_translated(path: &Path, setup: &Setup) -> bool {
    match lang_with(path, &setup.endings) {
        Lang::Other => false,
        Lang::Build if path.file_name().is_some_and(|name| name == CONFIG) => false,
        lang => setup.context.selection.translates(lang),
    }
}

/// The paths that would have the same output path, each with the other ones.
fn clashes<'a>(
    entries: &'a [Entry],
    output_name: &dyn Fn(&Path) -> PathBuf,
) -> FxHashMap<&'a Path, Vec<&'a Path>> {
    let output = |entry: &Entry| match entry.kind {
        Kind::File => output_name(&entry.path),
        Kind::Folder | Kind::Link => entry.path.clone(),
    };
    // The bytes of the paths are compared, because comparing paths part by part is slow.
    let mut outputs: Vec<(OsString, &Path)> =
        entries.iter().map(|entry| (output(entry).into_os_string(), entry.path.as_path())).collect();
    outputs.sort_unstable();
    let mut clashes = FxHashMap::default();
    for shared in outputs.chunk_by(|a, b| a.0 == b.0).filter(|shared| shared.len() > 1) {
        for &(_, path) in shared {
            let others = shared.iter().map(|&(_, other)| other).filter(|&other| other != path);
            clashes.insert(path, others.collect());
        }
    }
    clashes
}

/// Clashing files and submodules, each with its finding.
fn refused(tree: &Tree, clashes: &FxHashMap<&Path, Vec<&Path>>, setup: &Setup) -> Vec<FileReport> {
    let clashing = clashes.iter().map(|(path, others)| name_clash(path, others, &setup.context));
    let submodules = tree.submodules.iter().map(|path| submodule(path, &setup.context));
    clashing.chain(submodules).collect()
}

/// The files with patterns because of which git ignores files that get a new name, each with its finding.
fn ignored_outputs(job: &Job, steps: &[Step]) -> Vec<FileReport> {
    if job.is_flat() {
        return Vec::new();
    }
    let renamed = steps.iter().filter(|step| step.action == Action::Translate && step.output != step.path);
    let outputs = renamed.map(|step| step.output.as_path());
    let found = ignored(&job.root, job.output().unwrap_or(&job.root), outputs);
    let report = |ignored: &Ignored| {
        // A file with patterns outside of the project is not a file of the project, so the finding is on a converted file.
        let own = ignored.by.strip_prefix(&job.root).ok().filter(|by| !by.starts_with(".git"));
        let place = own.unwrap_or(&ignored.files[0]);
        ignored_output(place, &ignored.pattern, &ignored.files, &job.setup.context)
    };
    found.iter().filter_map(report).collect()
}

/// The step for the link `path`. A link to a renamed file is renamed too; every other link stays as it is.
fn link(root: &Path, path: &Path, renamed: &FxHashMap<&Path, PathBuf>) -> Option<Step> {
    let target = fs::read_link(root.join(path)).ok()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let (output, target) = match within(folder, &target).and_then(|file| renamed.get(file.as_path())) {
        Some(new) => {
            let target = target.with_file_name(new.file_name().unwrap_or_default());
            (output_name(path, false), target)
        }
        None => (renamed.get(path).cloned().unwrap_or_else(|| path.to_owned()), target),
    };
    Some(Step { path: path.to_owned(), output, action: Action::Link(target) })
}
