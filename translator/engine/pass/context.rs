//! The context: everything that a translation depends on besides the file itself.

use std::ops::Deref;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Kind, RuleName, Rules};

use super::Options;
use super::libraries::{self, Libraries, Staying};
use crate::cpp::conditions::Guards;
use crate::cpp::prefilter::Prefilter;
use crate::finding::{Finding, Key, Site};
use crate::index::{Index, Project};

/// Everything that a translation depends on besides the file itself.
///
/// A context dereferences to its options. Some fields are made from the rules and the macros of the options, so these two
/// options must not change later.
#[derive(Clone)]
pub struct Context {
    /// The choices of the user.
    pub options: Options,
    /// Which macros are defined only for HIP.
    pub guards: Guards,
    /// The index of the project's code.
    pub index: Index,
    /// The facts of its other files.
    pub project: Project,
    /// First segments of the qualified names in the tables, such as `thrust`.
    pub qualified_heads: FxHashSet<&'static str>,
    /// The CUDA names of identifiers that rules watch, by their HIP names. Code that is HIP already is checked with
    /// these CUDA names.
    pub cuda_names: FxHashMap<&'static [u8], &'static [u8]>,
    /// The options of nvcc in the tables, without the dashes before them and the values behind them.
    pub option_names: FxHashSet<&'static str>,
    /// The headers of ROCm that include HIP's runtime.
    pub runtime_headers: FxHashSet<&'static str>,
    /// Finds files without CUDA quickly.
    pub prefilter: Prefilter,
    /// The CUDA libraries that stay with their hip libraries although the user asked for the roc libraries.
    pub staying: Vec<Staying>,
}

impl Deref for Context {
    type Target = Options;

    fn deref(&self) -> &Options {
        &self.options
    }
}

impl Context {
    /// A context with these `options` and no other files.
    pub fn with(options: Options) -> Self {
        let rules = &options.rules;
        let qualified_heads = rules.names().filter_map(|name| Some(name.cuda.split_once("::")?.0)).collect();
        let runtime = rules.headers().filter(|header| header.runtime);
        let runtime_headers = runtime.flat_map(|header| header.spellings).map(|s| s.hip).collect();
        let words = rules.words().filter(|word| matches!(word.kind, Kind::Flag | Kind::NvccFlag));
        let option_names = words.map(|word| option_name(word.cuda)).collect();
        Self {
            guards: Guards {
                extra: options.hip_guards.clone(),
                cuda: options.target.cuda,
                ..Guards::default()
            },
            index: Index::default(),
            project: Project::default(),
            qualified_heads,
            cuda_names: cuda_names(rules),
            option_names,
            runtime_headers,
            prefilter: Prefilter::new(rules.own_words()),
            staying: Vec::new(),
            options,
        }
    }

    /// Chooses the libraries for the project of the index. Call it when the index is complete, and before a translation.
    pub fn choose_libraries(&mut self) {
        if self.libraries == Libraries::Hip {
            return;
        }
        self.options.rules.choose_roc(&[]);
        let (chosen, staying) = libraries::choose(&self.index, &self.options.rules, self.options.target.rocm);
        self.options.rules.choose_roc(&chosen);
        self.staying = staying;
        let made = Self::with(self.options.clone());
        self.qualified_heads = made.qualified_heads;
        self.cuda_names = made.cuda_names;
        self.runtime_headers = made.runtime_headers;
    }

    /// A context with these rules, their newest ROCm release, gfx942 and no other files.
    pub fn new(rules: Rules) -> Self {
        Self::with(Options::new(rules))
    }

    /// The finding of `rule` about the whole file or folder `path`, with its key and answer; `None` if the rule does not run
    /// there.
    pub(crate) fn about_file(&self, rule: RuleName, path: &Path) -> Option<Finding> {
        let selection = &self.selection;
        let rule = self.rules.named(rule).filter(|rule| selection.keeps(rule.name, rule.level, path))?;
        let key = Key::of_file(rule.name, &selection.base.join(path));
        let site = Site { key, function: None, answer: selection.answer(path, key) };
        Some(Finding { site: Some(Box::new(site)), ..Finding::about_file(rule) })
    }
}

/// The name of an option without the dashes before it and the value behind it.
pub(crate) fn option_name(option: &str) -> &str {
    let name = option.trim_start_matches('-');
    name.split_once('=').map_or(name, |(name, _)| name)
}

/// The CUDA names of identifiers that rules or call blocks watch, by their HIP names. A name that both have is left out.
fn cuda_names(rules: &Rules) -> FxHashMap<&'static [u8], &'static [u8]> {
    let watched = rules.rules().flat_map(|rule| rule.identifiers.iter().copied());
    let called = rules.all_calls().map(|call| call.cuda);
    let rows = watched.chain(called).filter_map(|word| rules.name(word.as_bytes()));
    let pairs = rows.flat_map(|name| name.spellings.iter().map(|spelling| (spelling.hip, name.cuda)));
    pairs
        .filter(|(hip, cuda)| !hip.is_empty() && !hip.contains("::") && hip != cuda)
        .map(|(hip, cuda)| (hip.as_bytes(), cuda.as_bytes()))
        .collect()
}
