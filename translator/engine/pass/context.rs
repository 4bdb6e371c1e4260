//! The context: everything that a translation depends on besides the file itself.

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Kind, Rules};

use super::{LaunchStyle, Options, Selection, Support, Target, Warp};
use crate::cpp::conditions::Guards;
use crate::cpp::prefilter::Prefilter;
use crate::index::{Index, Project};

/// Everything that a translation depends on besides the file itself.
#[derive(Clone)]
pub struct Context {
    /// The tables.
    pub rules: Rules,
    /// The releases and architectures that the output is for.
    pub target: Target,
    /// How launches are written.
    pub launch: LaunchStyle,
    /// Which lanes a warp of the source becomes.
    pub warp: Warp,
    /// Whether `.cu` files keep their names.
    pub keep_names: bool,
    /// Where the support header is written.
    pub support: Support,
    /// Which macros are defined only for HIP.
    pub guards: Guards,
    /// The index of the project's code.
    pub index: Index,
    /// The facts of its other files.
    pub project: Project,
    /// Which rules run and which fixes are applied.
    pub selection: Selection,
    /// First segments of the qualified names in the tables, such as `thrust`.
    pub qualified_heads: FxHashSet<&'static str>,
    /// For the HIP names of identifiers that rules watch, the CUDA names: code that is HIP already is read by these.
    pub cuda_names: FxHashMap<&'static [u8], &'static [u8]>,
    /// The options of nvcc in the tables, without the dashes before them and the values behind them.
    pub option_names: FxHashSet<&'static str>,
    /// The headers of ROCm that include HIP's runtime.
    pub runtime_headers: FxHashSet<&'static str>,
    /// Finds files without CUDA quickly.
    pub prefilter: Prefilter,
}

impl Context {
    /// A context with these `options` and no other files.
    pub fn with(options: Options) -> Self {
        let Options { rules, target, launch, warp, keep_names, support, hip_guards, selection } = options;
        let own = rules.own_words();
        Self {
            target,
            launch,
            warp,
            keep_names,
            support,
            guards: Guards { extra: hip_guards, ..Guards::default() },
            selection,
            prefilter: Prefilter::new(own),
            ..Self::new(rules)
        }
    }

    /// A context with these rules, their newest ROCm release, gfx942 and no other files.
    pub fn new(rules: Rules) -> Self {
        let qualified_heads = rules.names().filter_map(|name| Some(name.cuda.split_once("::")?.0)).collect();
        let runtime = rules.headers().filter(|header| header.runtime);
        let runtime_headers = runtime.flat_map(|header| header.spellings).map(|s| s.hip).collect();
        let options = rules.words().filter(|word| matches!(word.kind, Kind::Flag | Kind::NvccFlag));
        let option_names = options.map(|word| option_name(word.cuda)).collect();
        let target = Target::newest(&rules);
        let cuda_names = cuda_names(&rules);
        Self {
            rules,
            target,
            launch: LaunchStyle::default(),
            warp: Warp::default(),
            keep_names: false,
            support: Support::default(),
            guards: Guards::default(),
            index: Index::default(),
            project: Project::default(),
            selection: Selection::default(),
            qualified_heads,
            cuda_names,
            option_names,
            runtime_headers,
            prefilter: Prefilter::new([]),
        }
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
