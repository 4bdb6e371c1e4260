//! The blocks of the tables that a user may write too: `[[rule]]` and `[[call]]`.

use serde::Deserialize;

use crate::check::Check;
use crate::intern;
use crate::model::{
    AnswerFor, Call, Cast, Effort, Group, InHip, Level, Look, MissingNames, Rule, Scope, WarpMode, Wrap,
};
use crate::release::Release;

/// A rule: one block has everything about it. `docs/CONTRIBUTING.md` documents the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleEntry {
    /// Its name in kebab-case.
    name: String,
    /// How far its fix can be trusted: `safe`, `review` or `manual`.
    level: Level,
    /// The level of a finding without a fix, if it differs from `level`.
    level_without_fix: Option<Level>,
    /// How much of a project it looks at: `file` (the default), `closure` or `project`.
    #[serde(default)]
    scope: Scope,
    /// What one finding costs: `check`, `edit` or `rework`. By default `edit` for a manual rule, else `check`.
    effort: Option<Effort>,
    /// What was found: a fact.
    what: String,
    /// Why it matters.
    #[serde(default)]
    why: String,
    /// What to do: an imperative.
    #[serde(default)]
    todo: String,
    /// What must hold for the fix of a `review` rule to be right.
    #[serde(default)]
    assumption: String,
    /// Identifiers that raise the rule; `::` separates namespaces.
    #[serde(default)]
    identifiers: Vec<String>,
    /// Where the identifiers are looked for: `use` (the default), `member` or `word`.
    look: Option<Look>,
    /// The function that decides from the code around an identifier. Without a check every use is reported.
    check: Option<String>,
    /// What reports an identifier without a counterpart: the `check`, the `name` (the default with a check) or the `rule`
    /// (the default without a check).
    missing_names: Option<MissingNames>,
    /// The group of rules with findings that depend on each other: `warp-functions` or `warp-width`.
    group: Option<Group>,
    /// The only value of `--warp` with which the rule reports: `logical32` or `native`.
    warp: Option<WarpMode>,
    /// Which findings are reported in code that is HIP already: `never`, `without-fix` (the default) or `always`.
    #[serde(default)]
    in_hip: InHip,
    /// What one answer of a person decides: the finding at one `place` (the default), or all findings of a `project` with
    /// the same words.
    #[serde(default)]
    answer: AnswerFor,
    /// The name of the example's file, which decides its language.
    #[serde(default = "example_file")]
    file: String,
    /// An example before the conversion.
    #[serde(default)]
    before: String,
    /// The same example after it.
    #[serde(default)]
    after: String,
    /// Where the facts come from.
    #[serde(default)]
    source: String,
}

fn example_file() -> String {
    "example.cu".to_owned()
}

impl RuleEntry {
    pub(crate) fn into_rule(self) -> Result<Rule, String> {
        let check = match &self.check {
            Some(name) => Some(
                Check::named(name).ok_or_else(|| format!("`{}`: there is no check `{name}`", self.name))?,
            ),
            None => None,
        };
        let by_default = if check.is_some() { MissingNames::Name } else { MissingNames::Rule };
        let missing_names = self.missing_names.unwrap_or(by_default);
        if missing_names == MissingNames::Check && check.is_none() {
            return Err(format!("`{}`: `missing_names = \"check\"` needs a `check`", self.name));
        }
        Ok(Rule {
            name: intern::text(self.name),
            level: self.level,
            level_without_fix: self.level_without_fix,
            scope: self.scope,
            effort: self.effort.unwrap_or(Effort::of(self.level)),
            what: intern::text(self.what),
            why: intern::text(self.why),
            todo: intern::text(self.todo),
            assumption: intern::text(self.assumption),
            file: intern::text(self.file),
            before: intern::text(self.before),
            after: intern::text(self.after),
            source: intern::text(self.source),
            identifiers: intern::texts(self.identifiers),
            look: self.look.unwrap_or_default(),
            check,
            missing_names,
            group: self.group,
            warp: self.warp,
            in_hip: self.in_hip,
            answer: self.answer,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallEntry {
    cuda: String,
    arguments: Option<u8>,
    when: Option<WhenEntry>,
    #[serde(default)]
    in_c: bool,
    #[serde(default)]
    wrap: Vec<WrapEntry>,
    #[serde(default)]
    cast: Vec<CastEntry>,
    #[serde(default)]
    to: String,
    level: Option<Level>,
    #[serde(default)]
    note: String,
    rocm_since: Option<Release>,
    rocm_until: Option<Release>,
    cuda_since: Option<Release>,
    cuda_until: Option<Release>,
    #[serde(default)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhenEntry {
    arg: u8,
    is: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrapEntry {
    arg: u8,
    with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CastEntry {
    arg: u8,
    to: String,
}

impl CallEntry {
    pub(crate) fn into_call(self) -> Result<Call, String> {
        let last = self.wrap.iter().map(|wrap| wrap.arg).chain(self.cast.iter().map(|cast| cast.arg)).max();
        if let (Some(last), Some(count)) = (last, self.arguments)
            && last >= count
        {
            return Err(format!("`{}`: argument {last} of a call with {count} arguments", self.cuda));
        }
        let wrap = self.wrap.into_iter().map(|wrap| Wrap { arg: wrap.arg, with: intern::text(wrap.with) });
        let cast = self.cast.into_iter().map(|cast| Cast { arg: cast.arg, to: intern::text(cast.to) });
        Ok(Call {
            cuda: intern::text(self.cuda),
            arguments: self.arguments,
            when: self.when.map(|when| (when.arg, intern::text(when.is))),
            in_c: self.in_c,
            wrap: intern::rows(wrap.collect()),
            cast: intern::rows(cast.collect()),
            to: intern::text(self.to),
            level: self.level.unwrap_or(Level::Safe),
            note: intern::text(self.note),
            rocm_since: self.rocm_since,
            rocm_until: self.rocm_until,
            cuda_since: self.cuda_since,
            cuda_until: self.cuda_until,
            source: intern::text(self.source),
        })
    }
}
