//! The types of the rows: plain data with static strings, the same for built-in tables and tables of users.

use crate::check::Check;
use crate::release::Release;

/// The kind of a CUDA name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A host function.
    Function,
    /// A type, struct or union.
    Type,
    /// An enumerator or constant.
    Value,
    /// A preprocessor macro.
    Macro,
    /// A function of device code.
    DeviceFunction,
    /// A type of device code.
    DeviceType,
    /// A namespace; the row renames the namespace token itself.
    Namespace,
    /// A header in a place where a name is expected.
    Header,
    /// Every name of a library that has a common beginning and no row of its own: `nppi*`. Such a row only reports.
    Prefix,
    /// A macro that shows whether a header of CUDA is included, or which option of nvcc is set. The row applies only in
    /// conditions.
    Guard,
    /// An option of nvcc that no other compiler has: `-name`, `-name=value` or, for any value, `-name=*`.
    Flag,
    /// An option with another meaning in other programs, written the same way.
    NvccFlag,
    /// A library with its name for the linker, without `-l`.
    LinkLibrary,
    /// A target of a CMake package.
    CmakeTarget,
    /// A variable of CMake or of its CUDA modules.
    CmakeVariable,
    /// A property or compile feature of CMake targets.
    CmakeProperty,
    /// A command or module of CMake.
    CmakeCommand,
    /// An environment variable.
    Environment,
    /// A program.
    Tool,
    /// A package of Python or conda.
    Package,
    /// A module, function or value of Python.
    Python,
    /// A container image.
    Image,
}

/// How far a rewrite can be trusted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Applied; the meaning stays the same.
    Safe,
    /// Applied; right under the stated assumption.
    Review,
    /// Not applied; a person decides.
    Manual,
}

/// The effort of one place that needs a person. The scale is coarse: it orders the work, and it cannot be added up to days.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// Minutes: a person reads a change and its assumption.
    Check,
    /// Up to an hour: the finding describes the new code.
    Edit,
    /// Days: the code needs a new design, so such a place blocks the port.
    Rework,
}

impl Effort {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Effort::Check => "check",
            Effort::Edit => "edit",
            Effort::Rework => "rework",
        }
    }

    /// The time that one place takes.
    pub fn takes(self) -> &'static str {
        match self {
            Effort::Check => "minutes",
            Effort::Edit => "up to an hour",
            Effort::Rework => "days",
        }
    }

    /// The effort of a finding of this level if its rule has none.
    pub(crate) fn of(level: Level) -> Effort {
        if level == Level::Manual { Effort::Edit } else { Effort::Check }
    }
}

/// How much of a project a rule looks at.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One file. This is enough for most rules.
    #[default]
    File,
    /// A file and everything it includes.
    Closure,
    /// All files together.
    Project,
}

/// Where the identifiers of a rule are looked for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// Uses of a name. Members, names of other scopes, definitions and the project's own names do not count.
    #[default]
    Use,
    /// Members (`x.name`, `x->name`) of types that the project does not define itself.
    Member,
    /// Every occurrence in code: keywords, members and definitions count too.
    Word,
}

/// What reports a use of an identifier of a rule that has no counterpart in the target release.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingNames {
    /// The check of the rule, which reports every use.
    Check,
    /// The name itself, because the rule is not about the missing counterpart.
    Name,
    /// The rule, because its text explains why the counterpart is missing.
    Rule,
}

/// A group of rules with findings that depend on each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The identifiers are warp functions: a function that calls one of them depends on the number of lanes.
    WarpFunctions,
    /// The identifiers are the width of a warp: all uses in one file get the same answer.
    WarpWidth,
}

/// The value of `--warp` with which a rule reports.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarpMode {
    /// `--warp logical32`: a warp keeps 32 lanes.
    Logical32,
    /// `--warp native`: a warp becomes the whole wave.
    Native,
}

/// How many findings of a rule one answer of a person decides.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerFor {
    /// One finding: the code around it decides.
    #[default]
    Place,
    /// All findings of a project with the same words. Reports show them as one finding with all its places.
    Project,
}

/// Which findings of a rule are reported in code that is HIP already, where no edit is made.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InHip {
    /// None: HIP gives the construct a meaning of its own, or the rule is only about what tranship writes.
    Never,
    /// Findings without a fix: the construct is as wrong in HIP as in CUDA.
    #[default]
    WithoutFix,
    /// All findings: the construct is a leftover of CUDA. Those with a fix are reported without it.
    Always,
}

/// One spelling of a name or header on ROCm, and the releases that have it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spelling {
    /// The text to write; empty for a macro that is left out.
    pub hip: &'static str,
    /// The first release with it; `None` if every supported release has it.
    pub since: Option<Release>,
    /// The first release without it.
    pub until: Option<Release>,
}

impl Spelling {
    fn exists_in(&self, rocm: Release) -> bool {
        self.since.is_none_or(|since| since <= rocm) && self.until.is_none_or(|until| rocm < until)
    }
}

/// What a name or header becomes for one release of ROCm.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It is written like this.
    Spelling(&'static Spelling),
    /// It exists only from this release on.
    Needs(Release),
    /// It was removed in this release.
    Gone(Release),
    /// It has no counterpart in any release.
    Unsupported,
}

/// The newest spelling that the release `rocm` has. `spellings` are sorted newest first.
fn resolve(spellings: &'static [Spelling], rocm: Release) -> Resolution {
    if let Some(spelling) = spellings.iter().find(|spelling| spelling.exists_in(rocm)) {
        return Resolution::Spelling(spelling);
    }
    let later = spellings.iter().filter_map(|spelling| spelling.since).filter(|since| *since > rocm).min();
    let ended = spellings.iter().filter_map(|spelling| spelling.until).max();
    match (later, ended) {
        (Some(since), _) => Resolution::Needs(since),
        (None, Some(until)) => Resolution::Gone(until),
        (None, None) => Resolution::Unsupported,
    }
}

/// One row: a CUDA name and its spellings on ROCm.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Name {
    /// The CUDA name; `::` separates namespaces.
    pub cuda: &'static str,
    /// The key of its library, such as `cudart`.
    pub library: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its spellings, newest first; empty when there is no counterpart.
    pub spellings: &'static [Spelling],
    /// Its spellings if every GPU of the target has the OCP formats of 8-bit floats: gfx950 and gfx12 have them, gfx94x does
    /// not. They need no assumption. Empty for most names.
    pub ocp: &'static [Spelling],
    /// The function of the support header that replaces it if a GPU of the target has no texture units: `tranship::NAME`.
    /// Empty for most names.
    pub without_images: &'static str,
    /// How far the rename can be trusted.
    pub level: Level,
    /// The assumption (`Review`) or what to do instead (`Manual`); may be empty for `Safe`.
    pub note: &'static str,
    /// The effort of one use that needs a person.
    pub effort: Effort,
}

impl Name {
    /// What the name becomes for the release `rocm`. The result does not depend on the level.
    pub fn at(&self, rocm: Release) -> Resolution {
        resolve(self.spellings, rocm)
    }

    /// What the name becomes if every GPU of the target has the OCP formats; `None` if there is no difference.
    pub fn at_ocp(&self, rocm: Release) -> Option<&'static Spelling> {
        self.ocp.iter().find(|spelling| spelling.exists_in(rocm))
    }

    /// Whether the name is removed without a replacement.
    pub fn is_dropped(&self) -> bool {
        matches!(self.spellings, [Spelling { hip: "", .. }])
    }
}

/// What happens to an `#include`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderAction {
    /// It is renamed.
    Map,
    /// It is removed: HIP needs nothing in its place.
    Drop,
    /// It exists on ROCm under the same name.
    Same,
    /// A person decides.
    Manual,
}

/// What one CUDA header becomes on ROCm.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The text between the brackets of the `#include`.
    pub cuda: &'static str,
    /// Its spellings, newest first; empty for `Drop` and for headers without counterpart.
    pub spellings: &'static [Spelling],
    /// What happens to the `#include`.
    pub action: HeaderAction,
    /// Whether its HIP header includes `hip/hip_runtime.h`.
    pub runtime: bool,
    /// Why it is dropped, or what to do instead; may be empty.
    pub note: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
}

impl Header {
    /// What the header becomes for the release `rocm`.
    pub fn at(&self, rocm: Release) -> Resolution {
        resolve(self.spellings, rocm)
    }
}

/// A structural rule or hazard: documentation, test and trigger in one block.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// Its name in kebab-case.
    pub name: &'static str,
    /// How far its rewrite can be trusted.
    pub level: Level,
    /// The level of a finding without a fix, where that differs from `level`.
    pub level_without_fix: Option<Level>,
    /// How much of a project it looks at.
    pub scope: Scope,
    /// The effort of one finding.
    pub effort: Effort,
    /// What was found.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do, an imperative.
    pub todo: &'static str,
    /// What must hold for the rewrite to be right (`Review`).
    pub assumption: &'static str,
    /// The file name of the example, which decides its language.
    pub file: &'static str,
    /// An example before; may be empty.
    pub before: &'static str,
    /// The same example after; may be empty.
    pub after: &'static str,
    /// Where the facts come from; [`ITSELF`] if the rule has no facts about CUDA or ROCm.
    pub source: &'static str,
    /// Identifiers that raise this rule; may be empty.
    pub identifiers: &'static [&'static str],
    /// Where the identifiers are looked for.
    pub look: Look,
    /// The check that decides from the code around an identifier; `None` if every use is reported.
    pub check: Option<Check>,
    /// What reports an identifier without a counterpart.
    pub missing_names: MissingNames,
    /// The group of rules with findings that depend on each other.
    pub group: Option<Group>,
    /// The only value of `--warp` with which the rule reports.
    pub warp: Option<WarpMode>,
    /// Which of its findings are reported in code that is HIP already.
    pub in_hip: InHip,
    /// How many of its findings one answer of a person decides.
    pub answer: AnswerFor,
}

impl Rule {
    /// This rule of a user's table in place of the rule `replaced`. If its block has no key about the check, the keys of
    /// `replaced` are used.
    pub(crate) fn replacing(self, replaced: &Rule) -> Rule {
        let has_own_check = self.look != Look::Use
            || self.check.is_some()
            || self.missing_names != MissingNames::Rule
            || self.group.is_some()
            || self.warp.is_some();
        if has_own_check {
            return self;
        }
        let Rule { look, check, missing_names, group, warp, .. } = *replaced;
        let answer = if self.answer == AnswerFor::default() { replaced.answer } else { self.answer };
        let in_hip = if self.in_hip == InHip::default() { replaced.in_hip } else { self.in_hip };
        let level_without_fix = self.level_without_fix.or(replaced.level_without_fix);
        Rule { level_without_fix, look, check, missing_names, group, warp, in_hip, answer, ..self }
    }
}

/// The name of a rule of the built-in tables. Code can only use the constants in [`crate::rule`], so a name without a rule
/// does not compile.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleName(pub(crate) &'static str);

impl RuleName {
    /// The name in kebab-case.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq<RuleName> for &str {
    fn eq(&self, name: &RuleName) -> bool {
        *self == name.0
    }
}

/// The `source` of a rule that reports a state of `tranship` itself, such as two edits that overlap.
pub const ITSELF: &str = "tranship";

impl Rule {
    /// Where the facts come from, in words.
    pub fn shown_source(&self) -> &'static str {
        if self.source == ITSELF { "this rule reports a state of tranship itself" } else { self.source }
    }
}

/// An argument that is wrapped in a macro or function.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wrap {
    /// The argument, counted from 0.
    pub arg: u8,
    /// The macro or function around it.
    pub with: &'static str,
}

/// An argument that needs a `reinterpret_cast`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cast {
    /// The argument, counted from 0.
    pub arg: u8,
    /// The type it is cast to.
    pub to: &'static str,
}

/// A call with arguments that change, in addition to the name of the function.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The CUDA function.
    pub cuda: &'static str,
    /// The number of arguments that a call must have; `None` for any number.
    pub arguments: Option<u8>,
    /// An argument that the call must have: its place, counted from 0, and its text. The block replaces those behind it.
    pub when: Option<(u8, &'static str)>,
    /// Whether it is for calls in C alone, where arguments have no default values.
    pub in_c: bool,
    /// Arguments to wrap.
    pub wrap: &'static [Wrap],
    /// Arguments to cast.
    pub cast: &'static [Cast],
    /// The text of the whole new call, with `$N` for argument N, counted from 1. If empty, only name and arguments change.
    pub to: &'static str,
    /// How far the rewrite can be trusted.
    pub level: Level,
    /// The assumption (`Review`) or what to do (`Manual`).
    pub note: &'static str,
    /// The first ROCm release for which the block applies.
    pub rocm_since: Option<Release>,
    /// The first ROCm release for which the block no longer applies.
    pub rocm_until: Option<Release>,
    /// The first CUDA release of the input for which the block applies.
    pub cuda_since: Option<Release>,
    /// The first CUDA release of the input for which the block no longer applies.
    pub cuda_until: Option<Release>,
    /// Where the facts come from.
    pub source: &'static str,
}

/// A function of the support header, which is part of the output. HIP itself does not have the function.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Helper {
    /// Its name in the namespace `tranship`.
    pub name: &'static str,
    /// Helpers that its text uses.
    pub needs: &'static [&'static str],
    /// Headers that its text needs besides that of the runtime, as in the brackets of an `#include`.
    pub includes: &'static [&'static str],
    /// Its documented C++, which ends with a line end.
    pub text: &'static str,
}

/// The library of one table of names.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Library {
    /// The key in its rows, such as `cublas`.
    pub key: &'static str,
    /// Its title, for people.
    pub title: &'static str,
    /// The ROCm library that replaces it; may be empty.
    pub hip: &'static str,
    /// The public sources of its rows.
    pub source: &'static str,
}

/// The exact counterparts of a CUDA library in a library that works on AMD GPUs alone, such as rocBLAS. They replace the rows of
/// the hip library where a project chooses this library.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct RocLibrary {
    /// The key of the CUDA library, such as `cublas`.
    pub key: &'static str,
    /// The title of the library, such as `rocBLAS`.
    pub title: &'static str,
    /// The CUDA libraries with functions that take types of this library.
    pub uses_types: &'static [&'static str],
    /// The public sources of its rows.
    pub source: &'static str,
    /// The names of code, sorted.
    pub names: &'static [Name],
    /// The names of build files.
    pub words: &'static [Name],
    /// The headers.
    pub headers: &'static [Header],
    /// The calls with arguments that change.
    pub calls: &'static [Call],
}
