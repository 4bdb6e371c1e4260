//! Combines the configuration of a project with the flags of the command line into the context of a translation.

use std::fs;
use std::path::{Path, PathBuf};

use tranship_rules::{Release, Rules};

use super::answers::{ANSWERS, AnswersFile};
use super::config::{Apply, CONFIG, ConfigFile, nearest};
use super::git;
use super::io_problem::io_problem;
use super::manifest::AS_CUDA;
use super::near::near_name;
use tranship_engine::lang::{Area, Lang};
use tranship_engine::pass::{Context, LaunchStyle, Libraries, Options, OwnHipBuild, Warp};
use tranship_engine::result::Problem;
use tranship_engine::text::globs::Globs;

/// The settings from the command line. They override the settings of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The ROCm release that compiles the output.
    pub rocm: Option<Release>,
    /// The CUDA release of the input.
    pub cuda: Option<Release>,
    /// GPU architectures.
    pub arch: Vec<String>,
    /// How launches are written.
    pub launch: Option<LaunchStyle>,
    /// What a warp of the source becomes.
    pub warp: Option<Warp>,
    /// Which libraries replace those of CUDA.
    pub libraries: Option<Libraries>,
    /// Whether `.cu` files keep their names.
    pub keep_names: bool,
    /// What happens to a part that builds for HIP by itself.
    pub own_hip_build: Option<OwnHipBuild>,
    /// Which changes are applied.
    pub apply: Option<Apply>,
    /// The only rules to run. If not empty, `select` of the configuration is not used.
    pub select: Vec<String>,
    /// Rules that do not run, in addition to the rules in the configuration.
    pub ignore: Vec<String>,
    /// Globs of excluded files, in addition to the globs in the configuration.
    pub exclude: Vec<String>,
    /// The kinds of files to translate; empty for all.
    pub only: Vec<Area>,
    /// More tables, read after the tables of the configuration.
    pub rules: Vec<PathBuf>,
    /// More macros that are defined if and only if the project is compiled for HIP.
    pub hip_guards: Vec<String>,
    /// More endings of C++ files.
    pub endings: Vec<String>,
    /// The configuration, instead of the one that is found.
    pub config: Option<PathBuf>,
}

impl Overrides {
    /// The configuration for the folder `root`.
    pub(super) fn configuration(&self, root: &Path) -> Result<ConfigFile, Problem> {
        self.config.as_ref().map_or_else(|| ConfigFile::find(root), |path| ConfigFile::read(path.clone()))
    }
}

/// Everything that a conversion depends on besides the files.
pub struct Setup {
    /// The context of the translation, with an empty index.
    pub context: Context,
    /// The files and folders that are neither converted nor copied.
    pub excludes: Globs,
    /// More endings of C++ files, without the dot.
    pub endings: Vec<String>,
    /// The answers to findings.
    pub answers: AnswersFile,
    /// Whether the configuration sets the place of the support header.
    pub one_header: bool,
}

/// The folder that the paths of answers and globs are relative to.
///
/// It is the nearest folder at or above `folder` with a configuration. Without one it is the nearest folder with answers,
/// then the root of the git repository, then `folder` itself.
pub fn home(folder: &Path) -> PathBuf {
    let with = |name: &str| nearest(folder, name).map(Path::to_owned);
    let home = with(CONFIG).or_else(|| with(ANSWERS)).or_else(|| git::root_of(folder));
    home.unwrap_or_else(|| folder.to_owned())
}

impl Setup {
    /// Reads the configuration for the folder `root`, and the tables that the configuration and `overrides` list.
    pub fn new(root: &Path, overrides: &Overrides) -> Result<Self, Problem> {
        let file = overrides.configuration(root)?;
        let excludes = excludes(&file, overrides)?;
        let mut options = options_of(&file, overrides)?;
        let one_header = file.config.support_header.is_some();
        let home = home(root);
        root.strip_prefix(&home).unwrap_or(Path::new("")).clone_into(&mut options.selection.base);
        let answers = AnswersFile::read(&home)?;
        options.selection.answers = answers.answers();
        let endings = [&file.config.endings[..], &overrides.endings].concat();
        Ok(Self { context: Context::with(options), excludes, endings, answers, one_header })
    }
}

/// The files that the settings for the folder `root` come from: the configuration, its tables, the tables of `overrides`, and the
/// answers. All of them exist.
pub fn setting_files(root: &Path, overrides: &Overrides) -> Result<Vec<PathBuf>, Problem> {
    let file = overrides.configuration(root)?;
    let tables = file.rule_files()?.into_iter().map(|(path, _)| path);
    let further = overrides.rules.iter().cloned().chain([home(root).join(ANSWERS)]);
    let files = file.path.iter().cloned().chain(tables).chain(further);
    Ok(files.filter(|path| path.is_file()).collect())
}

/// The options that `overrides` set, without a project and its configuration.
pub fn options(overrides: &Overrides) -> Result<Options, Problem> {
    options_of(&ConfigFile::default(), overrides)
}

/// The options of the configuration `file` and of `overrides`, without answers.
fn options_of(file: &ConfigFile, overrides: &Overrides) -> Result<Options, Problem> {
    let rules = rules(file, &overrides.rules)?;
    let config = &file.config;
    let mut options = Options::new(rules);
    if let Some(rocm) = overrides.rocm.or(config.rocm) {
        options.target.rocm = rocm;
    }
    options.target.cuda = overrides.cuda.or(config.cuda);
    if let Some(archs) = [&overrides.arch, &config.arch].into_iter().find(|archs| !archs.is_empty()) {
        options.target.archs.clone_from(archs);
    }
    options.launch = overrides.launch.or(config.launch).unwrap_or_default();
    options.warp = overrides.warp.or(config.warp).unwrap_or_default();
    options.libraries = overrides.libraries.or(config.libraries).unwrap_or_default();
    options.keep_names = overrides.keep_names || config.keep_names.unwrap_or(false);
    options.own_hip_build = overrides.own_hip_build.or(config.own_hip_build).unwrap_or_default();
    if let Some(path) = file.support_header()? {
        options.support.path = path;
    }
    options.hip_guards = [&config.hip_guards[..], &overrides.hip_guards].concat();
    options.selection.safe_only = overrides.apply.or(config.apply) == Some(Apply::Safe);
    let only = if overrides.only.is_empty() { &config.only } else { &overrides.only };
    options.selection.only.clone_from(only);
    // If no code is converted, `.cu` files keep their names.
    options.keep_names |= !options.selection.translates(Lang::Cuda);
    options.selection.select = select(file, overrides, &options.rules)?;
    ignore(file, overrides, &mut options)?;
    Ok(options)
}

impl Setup {
    /// The version of tranship, the target and the fingerprint of the rules, as the manifest of an output folder has them.
    pub(crate) fn written_by(&self) -> String {
        let target = &self.context.target;
        let (version, rules) = (env!("CARGO_PKG_VERSION"), self.context.rules.fingerprint());
        let archs = target.archs.join(",");
        format!("tranship {version} for ROCm {} on {archs}, rules {rules:016x}", target.rocm)
    }

    /// The same for an output folder of `--to cuda`.
    pub(crate) fn written_as_cuda(&self) -> String {
        let (version, rules) = (env!("CARGO_PKG_VERSION"), self.context.rules.fingerprint());
        format!("tranship {version}{AS_CUDA}, rules {rules:016x}")
    }
}

/// The tables for a conversion of `folder`: the built-in tables, the tables of its configuration, then `files`.
pub fn tables(folder: &Path, files: &[PathBuf]) -> Result<Rules, Problem> {
    rules(&ConfigFile::find(folder)?, files)
}

/// The built-in tables, the tables of the configuration, and the tables in the files `further`.
fn rules(file: &ConfigFile, further: &[PathBuf]) -> Result<Rules, Problem> {
    let mut rules = Rules::builtin();
    let mut files = file.rule_files()?;
    for path in further {
        let text = fs::read_to_string(path).map_err(|error| io_problem(path, "cannot read", &error))?;
        files.push((path.clone(), text));
    }
    for (path, text) in files {
        let shown = path.to_string_lossy();
        rules
            .extend_from_toml(&shown, &text)
            .map_err(|error| Problem::new(format!("{}:{}", error.path, error.line), error.message))?;
    }
    Ok(rules)
}

fn excludes(file: &ConfigFile, overrides: &Overrides) -> Result<Globs, Problem> {
    for glob in &file.config.exclude {
        Globs::new([glob.get_ref()])
            .map_err(|error| file.problem(glob, &format!("`exclude`: {}", error.kind())))?;
    }
    let globs = file.config.exclude.iter().map(toml::Spanned::get_ref).chain(&overrides.exclude);
    Globs::new(globs).map_err(|error| Problem::new("--exclude", error.to_string()))
}

fn select(file: &ConfigFile, overrides: &Overrides, rules: &Rules) -> Result<Vec<String>, Problem> {
    require_known("--select", &overrides.select, rules)?;
    let config = require_known_in_config(file, &file.config.select, rules)?;
    Ok(if overrides.select.is_empty() { config } else { overrides.select.clone() })
}

fn ignore(file: &ConfigFile, overrides: &Overrides, options: &mut Options) -> Result<(), Problem> {
    require_known("--ignore", &overrides.ignore, &options.rules)?;
    let selection = &mut options.selection;
    selection.ignore.clone_from(&overrides.ignore);
    for entry in &file.config.ignore {
        let ignore = entry.get_ref();
        if !options.rules.contains(&ignore.rule) {
            return Err(file.problem(entry, &unknown(&ignore.rule, &options.rules)));
        }
        if ignore.paths.is_empty() {
            selection.ignore.push(ignore.rule.clone());
        } else {
            let globs = Globs::new(&ignore.paths)
                .map_err(|error| file.problem(entry, &format!("`ignore`: {error}")))?;
            selection.ignore_in.push((ignore.rule.clone(), globs));
        }
    }
    Ok(())
}

fn require_known_in_config(
    file: &ConfigFile,
    names: &[toml::Spanned<String>],
    rules: &Rules,
) -> Result<Vec<String>, Problem> {
    for name in names {
        if !rules.contains(name.get_ref()) {
            return Err(file.problem(name, &unknown(name.get_ref(), rules)));
        }
    }
    Ok(names.iter().map(|name| name.get_ref().clone()).collect())
}

fn require_known(flag: &str, names: &[String], rules: &Rules) -> Result<(), Problem> {
    match names.iter().find(|name| !rules.contains(name)) {
        Some(name) => Err(Problem::new(flag, unknown(name, rules))),
        None => Ok(()),
    }
}

fn unknown(name: &str, rules: &Rules) -> String {
    let hint = near_name(name, rules).unwrap_or_else(|| "`tranship rules list` shows them".to_owned());
    format!("`{name}` is neither a rule nor a CUDA name of the tables; {hint}")
}
