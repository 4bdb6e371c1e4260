//! The passes: each reads a file and proposes findings; none edits, none sees another.
//!
//! A new pass is one file here and one line in [`PASSES`].

mod calls;
mod embedded;
pub mod files;
mod guards;
mod hazards;
mod headers;
mod insertion;
mod launches;
mod site;
mod strings;
pub mod support;
mod symbols;
mod target;
mod torch;
mod vendored;
mod voice;
mod warp;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Level, Resolution, Rules};

use crate::finding::{Answer, Answers, Finding, Fix, Key};
use crate::globs::Globs;
use crate::source::{Area, Lang};
use crate::syntax::Unit;
use crate::syntax::conditions::Guards;
use crate::syntax::index::Index;
use crate::syntax::owners::Owners;
use crate::syntax::prefilter::Prefilter;
use crate::text::{Edit, Span};

pub use target::Target;
pub use warp::Warp;

/// How kernel launches are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchStyle {
    /// `k<<<g, b>>>(a)`, which HIP's compilers accept.
    #[default]
    Chevron,
    /// `hipLaunchKernelGGL(k, dim3(g), dim3(b), 0, 0, a)`.
    Macro,
}

/// Which rules run, and how far fixes must be trusted to be applied.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// When not empty, only these rules run; the plain renames always do.
    pub select: Vec<String>,
    /// Rules that do not run; a CUDA name here stays as it is.
    pub ignore: Vec<String>,
    /// Rules that do not run in the files that the globs cover.
    pub ignore_in: Vec<(String, Globs)>,
    /// Applies `Safe` fixes alone; those for review are shown.
    pub safe_only: bool,
    /// What people said to earlier findings.
    pub answers: Answers,
    /// What the root of the sources is called in answers and globs: its path below the configuration's folder.
    pub base: PathBuf,
    /// When not empty, only files of these kinds are translated.
    pub only: Vec<Area>,
}

impl Selection {
    /// Whether findings of `rule` with this level are wanted in the file `path`.
    pub fn keeps(&self, rule: &str, level: Level, path: &Path) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        let selected = self.select.is_empty() || level == Level::Safe || named(&self.select);
        let ignored = || {
            let mut here = self.ignore_in.iter().filter(|(name, _)| name == rule);
            here.any(|(_, globs)| globs.cover(&self.base.join(path)))
        };
        selected && !named(&self.ignore) && !ignored()
    }

    /// Whether files of this language are translated.
    pub fn translates(&self, lang: Lang) -> bool {
        lang.area().is_some_and(|area| self.only.is_empty() || self.only.contains(&area))
    }

    /// Whether the fix of `finding` is applied: a person's word wins over its level.
    pub fn applies(&self, finding: &Finding) -> bool {
        match finding.answer() {
            Some(answer) => answer == Answer::Accepted,
            None => finding.level == Level::Safe || (finding.level == Level::Review && !self.safe_only),
        }
    }

    /// What a person said to the finding `key` in the file `path`.
    pub fn answer(&self, path: &Path, key: Key) -> Option<Answer> {
        self.answers.get(&self.base.join(path), key)
    }
}

/// Everything that a translation depends on besides the file itself.
#[derive(Clone)]
pub struct Context {
    /// The tables.
    pub rules: Rules,
    /// What the output is for.
    pub target: Target,
    /// How launches are written.
    pub launch: LaunchStyle,
    /// What a warp of the source becomes.
    pub warp: Warp,
    /// Whether `.cu` files keep their names.
    pub keep_names: bool,
    /// Where the support header stands.
    pub support: support::Support,
    /// Which macros tell HIP.
    pub guards: Guards,
    /// What is known of the project's other code.
    pub index: Index,
    /// What is known of the files around it.
    pub project: files::Project,
    /// Which rules run and which fixes are applied.
    pub selection: Selection,
    /// First segments of the qualified names in the tables, such as `thrust`.
    pub qualified_heads: FxHashSet<&'static str>,
    /// The headers of ROCm that bring HIP's runtime.
    pub runtime_headers: FxHashSet<&'static str>,
    /// Tells files without CUDA at a glance.
    pub prefilter: Prefilter,
}

impl Context {
    /// A context with these rules, their newest ROCm release, gfx942 and no other files.
    pub fn new(rules: Rules) -> Self {
        let qualified_heads = rules.names().filter_map(|name| Some(name.cuda.split_once("::")?.0)).collect();
        let runtime = rules.headers().filter(|header| header.runtime);
        let runtime_headers = runtime.flat_map(|header| header.spellings).map(|s| s.hip).collect();
        let target = Target { rocm: rules.newest_rocm(), cuda: None, archs: vec!["gfx942".to_owned()] };
        Self {
            rules,
            target,
            launch: LaunchStyle::default(),
            warp: Warp::default(),
            keep_names: false,
            support: support::Support::default(),
            guards: Guards::default(),
            index: Index::default(),
            project: files::Project::default(),
            selection: Selection::default(),
            qualified_heads,
            runtime_headers,
            prefilter: Prefilter::new([]),
        }
    }
}

/// What a pass works with.
pub struct Pass<'a> {
    /// The file.
    pub unit: &'a Unit<'a>,
    /// The tables and the target.
    pub context: &'a Context,
    findings: &'a mut Vec<Finding>,
    owners: &'a OnceCell<Owners>,
    memo: Memo,
}

/// What a pass finds once and asks for often.
#[derive(Default)]
struct Memo {
    /// The edit that includes the support header.
    include: OnceCell<Option<Edit>>,
    /// Whether the code around the file knows the waves of HIP.
    knows_waves: OnceCell<bool>,
    /// Whether functions of the file count on warps of 32 lanes by numbers.
    counts_on_32: OnceCell<bool>,
    /// Where the variables of functions come from that serve as masks.
    masks: RefCell<Masks>,
}

/// By the token of the function's name and the name of the variable.
type Masks = FxHashMap<(usize, Vec<u8>), Option<warp::Origin>>;

impl Pass<'_> {
    /// Whose the names are that both CUDA and the project define, if the project defines `word`.
    fn owners(&self, word: &[u8]) -> Option<&Owners> {
        let index = &self.context.index;
        let owners = || self.owners.get_or_init(|| Owners::of(&self.unit.source.path, index));
        index.definers(word).map(|_| owners())
    }

    /// Whether `word`, which CUDA has too, is the project's here, or may be.
    fn is_own(&self, word: &[u8]) -> bool {
        self.owners(word).is_some_and(|owners| owners.has(&self.context.index, word))
    }

    /// Adds a finding; a fix that calls helpers gets the include of the support header.
    pub fn report(&mut self, mut finding: Finding) {
        support::complete(self, &mut finding);
        self.findings.push(finding);
    }

    /// A finding of the structural rule `name` at `span`, unless the tables in use lack that rule.
    pub fn finding(&self, name: &str, span: Span) -> Option<Finding> {
        self.context.rules.rule(name).map(|rule| Finding::of(rule, span))
    }

    /// Whether the code for HIP in the file, or in what it includes, uses warp functions already.
    fn knows_waves(&self) -> bool {
        let index = &self.context.index;
        *self.memo.knows_waves.get_or_init(|| index.knows_waves(&self.unit.source.path))
    }

    /// Reports the structural rule `name` at `span` in the rule's own words.
    pub fn hazard(&mut self, name: &str, span: Span) {
        if let Some(finding) = self.finding(name, span) {
            self.report(finding);
        }
    }

    /// Reports the structural rule `name` at `span` with another text for what was found.
    pub fn hazard_saying(&mut self, name: &str, span: Span, what: impl Into<Cow<'static, str>>) {
        if let Some(finding) = self.finding(name, span) {
            self.report(finding.saying(what));
        }
    }

    /// Reports the structural rule `name` at `span` with its fix.
    pub fn fix(&mut self, name: &str, span: Span, fix: Fix) {
        if let Some(finding) = self.finding(name, span) {
            self.report(finding.with(fix));
        }
    }

    /// Why `cuda`, which resolved to no spelling, cannot be written for the target.
    fn absence(&self, cuda: &str, resolution: Resolution) -> String {
        let rocm = self.context.target.rocm;
        match resolution {
            Resolution::Needs(since) => {
                format!("`{cuda}` has a counterpart from ROCm {since} on, not in {rocm}")
            }
            Resolution::Gone(until) => format!("the counterpart of `{cuda}` was removed in ROCm {until}"),
            Resolution::Unsupported | Resolution::Spelling(_) => {
                format!("`{cuda}` has no counterpart on ROCm")
            }
        }
    }
}

/// One pass.
pub type PassFn = fn(&mut Pass);

/// All passes. Their order never changes the output.
pub const PASSES: &[PassFn] = &[
    headers::run,
    symbols::run,
    calls::run,
    launches::run,
    guards::run,
    hazards::run,
    strings::run,
    torch::run,
    vendored::run,
];

/// Runs all passes over `unit`.
pub fn run(unit: &Unit, context: &Context) -> Vec<Finding> {
    run_these(PASSES.iter().copied(), unit, context)
}

/// Runs `passes` over `unit`; their findings come back in the order of their place.
pub fn run_these(passes: impl IntoIterator<Item = PassFn>, unit: &Unit, context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let owners = OnceCell::new();
    for pass in passes {
        pass(&mut Pass { unit, context, findings: &mut findings, owners: &owners, memo: Memo::default() });
    }
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings
}

/// The order of findings: by place, and total, so that the order of the passes shows nowhere.
fn order(finding: &Finding) -> (Span, &str, bool, &[Edit]) {
    (finding.span, finding.rule, finding.level != Level::Safe, finding.fix.edits())
}
