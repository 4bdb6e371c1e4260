//! From a project's configuration and the user's wishes to the context of a translation.

use std::fs;
use std::path::{Path, PathBuf};

use tranship_rules::{Release, Rules};

use super::answers::{ANSWERS, AnswersFile};
use super::config::{CONFIG, Placed, nearest};
use super::git;
use super::io_problem::io_problem;
use tranship_engine::cpp::prefilter::Prefilter;
use tranship_engine::lang::{Area, Lang};
use tranship_engine::pass::{Context, LaunchStyle, Warp};
use tranship_engine::result::Problem;
use tranship_engine::text::globs::Globs;

/// What the user asks for on the command line; it wins over the configuration.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// ROCm release that compiles the output.
    pub rocm: Option<Release>,
    /// CUDA release of the input.
    pub cuda: Option<Release>,
    /// GPU architectures.
    pub arch: Vec<String>,
    /// How launches are written.
    pub launch: Option<LaunchStyle>,
    /// What a warp of the source becomes.
    pub warp: Option<Warp>,
    /// Keeps the names of `.cu` files.
    pub keep_names: bool,
    /// Applies what is safe and only shows the rest.
    pub safe_only: bool,
    /// Rules to run, in place of those of the configuration.
    pub select: Vec<String>,
    /// Rules not to run, besides those of the configuration.
    pub ignore: Vec<String>,
    /// Globs to leave out, besides those of the configuration.
    pub exclude: Vec<String>,
    /// Kinds of files to translate; all when empty.
    pub only: Vec<Area>,
    /// Further tables, read after those of the configuration.
    pub rules: Vec<PathBuf>,
}

/// All that a conversion needs to know besides the files.
pub struct Setup {
    /// For the translation; its index is still empty.
    pub context: Context,
    /// What is neither converted nor copied.
    pub excludes: Globs,
    /// Further endings of C++ files.
    pub endings: Vec<String>,
    /// What people said to findings.
    pub answers: AnswersFile,
}

/// The folder that answers and globs count from: the nearest one around `folder` with a configuration, else with answers;
/// else the git repository, else `folder` itself.
pub fn home(folder: &Path) -> PathBuf {
    let with = |name: &str| nearest(folder, name).map(Path::to_owned);
    let home = with(CONFIG).or_else(|| with(ANSWERS)).or_else(|| git::root_of(folder));
    home.unwrap_or_else(|| folder.to_owned())
}

impl Setup {
    /// Reads the configuration for the folder `root` and the tables that it and `wishes` name.
    pub fn new(root: &Path, wishes: &Wishes) -> Result<Self, Problem> {
        let placed = Placed::find(root)?;
        let rules = rules(&placed, &wishes.rules)?;
        let excludes = excludes(&placed, wishes)?;
        let config = &placed.config;
        let mut context = Context::new(rules);
        if let Some(rocm) = wishes.rocm.or(config.rocm) {
            context.target.rocm = rocm;
        }
        context.target.cuda = wishes.cuda.or(config.cuda);
        if let Some(archs) = [&wishes.arch, &config.arch].into_iter().find(|archs| !archs.is_empty()) {
            context.target.archs.clone_from(archs);
        }
        context.launch = wishes.launch.or(config.launch).unwrap_or_default();
        context.warp = wishes.warp.or(config.warp).unwrap_or_default();
        context.keep_names = wishes.keep_names || config.keep_names.unwrap_or(false);
        if let Some(path) = placed.support_header()? {
            context.support.path = path;
        }
        context.guards.extra.clone_from(&config.hip_guards);
        context.selection.safe_only = wishes.safe_only;
        context.selection.only.clone_from(&wishes.only);
        // Where no code is converted none gets the name of converted code.
        context.keep_names |= !context.selection.translates(Lang::Cuda);
        context.selection.select = select(&placed, wishes, &context.rules)?;
        ignore(&placed, wishes, &mut context)?;
        let home = home(root);
        root.strip_prefix(&home).unwrap_or(Path::new("")).clone_into(&mut context.selection.base);
        let answers = AnswersFile::read(&home)?;
        context.selection.answers = answers.answers();
        context.prefilter = Prefilter::new(context.rules.own_words());
        Ok(Self { context, excludes, endings: config.endings.clone(), answers })
    }
}

impl Setup {
    /// Which tranship this is, for what it converts, and with which rules: what an output folder remembers.
    pub(crate) fn made(&self) -> String {
        let target = &self.context.target;
        let (version, rules) = (env!("CARGO_PKG_VERSION"), self.context.rules.fingerprint());
        let archs = target.archs.join(",");
        format!("tranship {version} for ROCm {} on {archs}, rules {rules:016x}", target.rocm)
    }
}

/// The tables that a conversion of `folder` uses: the built-in ones, those of its configuration, and then `files`.
pub fn tables(folder: &Path, files: &[PathBuf]) -> Result<Rules, Problem> {
    rules(&Placed::find(folder)?, files)
}

/// The built-in tables with those of the configuration and of `further`.
fn rules(placed: &Placed, further: &[PathBuf]) -> Result<Rules, Problem> {
    let mut rules = Rules::builtin();
    let mut files = placed.rule_files()?;
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

fn excludes(placed: &Placed, wishes: &Wishes) -> Result<Globs, Problem> {
    for glob in &placed.config.exclude {
        Globs::new([glob.get_ref()])
            .map_err(|error| placed.problem(glob, &format!("`exclude`: {}", error.kind())))?;
    }
    let globs = placed.config.exclude.iter().map(toml::Spanned::get_ref).chain(&wishes.exclude);
    Globs::new(globs).map_err(|error| Problem::new("--exclude", error.to_string()))
}

fn select(placed: &Placed, wishes: &Wishes, rules: &Rules) -> Result<Vec<String>, Problem> {
    require_known("--select", &wishes.select, rules)?;
    let config = known(placed, &placed.config.select, rules)?;
    Ok(if wishes.select.is_empty() { config } else { wishes.select.clone() })
}

fn ignore(placed: &Placed, wishes: &Wishes, context: &mut Context) -> Result<(), Problem> {
    require_known("--ignore", &wishes.ignore, &context.rules)?;
    let selection = &mut context.selection;
    selection.ignore.clone_from(&wishes.ignore);
    for entry in &placed.config.ignore {
        let ignore = entry.get_ref();
        if !context.rules.knows(&ignore.rule) {
            return Err(placed.problem(entry, &unknown(&ignore.rule)));
        }
        if ignore.paths.is_empty() {
            selection.ignore.push(ignore.rule.clone());
        } else {
            let globs = Globs::new(&ignore.paths)
                .map_err(|error| placed.problem(entry, &format!("`ignore`: {error}")))?;
            selection.ignore_in.push((ignore.rule.clone(), globs));
        }
    }
    Ok(())
}

fn known(placed: &Placed, names: &[toml::Spanned<String>], rules: &Rules) -> Result<Vec<String>, Problem> {
    for name in names {
        if !rules.knows(name.get_ref()) {
            return Err(placed.problem(name, &unknown(name.get_ref())));
        }
    }
    Ok(names.iter().map(|name| name.get_ref().clone()).collect())
}

fn require_known(flag: &str, names: &[String], rules: &Rules) -> Result<(), Problem> {
    match names.iter().find(|name| !rules.knows(name)) {
        Some(name) => Err(Problem::new(flag, unknown(name))),
        None => Ok(()),
    }
}

fn unknown(name: &str) -> String {
    format!("`{name}` is neither a rule nor a CUDA name of the tables; `tranship rules list` shows them")
}
