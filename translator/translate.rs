//! The centre: a source and a context become findings and edits. Pure, total, deterministic.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tranship_rules::Level;

use crate::finding::{self, Finding, Fix, Message, Words};
use crate::ignores;
use crate::passes::{self, Context, support};
use crate::source::{Lang, Source};
use crate::syntax::{Token, Unit};
use crate::text::{Edits, Span};

/// Why a file is left as it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untouched {
    /// Its name says that it is no C, C++ or CUDA, or nothing in it is CUDA.
    NotCuda,
    /// It is HIP already.
    AlreadyHip,
    /// It cannot be read as text; the reason is in `Translation::error`.
    Unreadable,
}

/// What translating one file gives.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// All findings in the order of their place; those whose fix was dropped have `Fix::None`.
    pub findings: Vec<Finding>,
    /// The edits to apply.
    pub edits: Edits,
    /// Set when the file is left alone.
    pub untouched: Option<Untouched>,
    /// Bytes in branches that are HIP already.
    pub hip_bytes: u32,
    /// Helpers of the support header that the edits call.
    pub helpers: BTreeSet<&'static str>,
    /// Why the file could not be translated.
    pub error: Option<&'static str>,
}

impl Translation {
    fn untouched(why: Untouched) -> Self {
        Self { untouched: Some(why), ..Self::default() }
    }

    /// The new bytes of `source`, borrowed when nothing changes.
    pub fn output<'a>(&self, source: &'a Source) -> Cow<'a, [u8]> {
        if self.edits.is_empty() {
            Cow::Borrowed(&source.bytes)
        } else {
            Cow::Owned(self.edits.apply(&source.bytes))
        }
    }
}

/// Translates one file. Never fails: what goes wrong is in the result.
pub fn translate(source: &Source, context: &Context) -> Translation {
    let is_code = matches!(source.lang, Lang::Cuda | Lang::Cpp);
    if matches!(source.lang, Lang::Hip | Lang::Other) || !context.selection.translates(source.lang) {
        let why = if source.lang == Lang::Hip { Untouched::AlreadyHip } else { Untouched::NotCuda };
        return Translation::untouched(why);
    }
    if let Some(error) = source.unreadable() {
        if !is_code {
            return Translation::untouched(Untouched::NotCuda);
        }
        return Translation { error: Some(error), ..Translation::untouched(Untouched::Unreadable) };
    }
    if source.lang == Lang::Cpp && !context.prefilter.may_hold_cuda(&source.bytes) {
        return Translation::untouched(Untouched::NotCuda);
    }
    let translate = if is_code { translate_code } else { translate_file };
    match catch_unwind(AssertUnwindSafe(|| translate(source, context))) {
        Ok(translation) => translation,
        Err(_) => internal_error(context),
    }
}

/// A build file, a script or the like.
fn translate_file(source: &Source, context: &Context) -> Translation {
    let findings = heard(passes::files::run(source, context), source, &|_| false, context);
    let locate = |findings: &mut [Finding]| {
        finding::locate_in_text(&source.bytes, findings, |finding| wants(finding, context));
    };
    let (findings, edits) = compose(findings, source, context, &locate);
    Translation { findings, edits, ..Translation::default() }
}

fn translate_code(source: &Source, context: &Context) -> Translation {
    let unit = Unit::new(source, &context.guards);
    if is_hip(&unit) {
        return Translation::untouched(Untouched::AlreadyHip);
    }
    let findings = heard(passes::run(&unit, context), source, &|at| unit.is_token(at), context);
    let locate =
        |findings: &mut [Finding]| finding::locate(&unit, findings, |finding| wants(finding, context));
    let (findings, edits) = compose(findings, source, context, &locate);
    let helpers = support::used(&edits, &context.rules);
    Translation { findings, edits, hip_bytes: unit.hip_bytes, helpers, ..Translation::default() }
}

/// The findings that no setting and no comment leaves out.
fn heard(
    mut findings: Vec<Finding>,
    source: &Source,
    is_code: &dyn Fn(u32) -> bool,
    context: &Context,
) -> Vec<Finding> {
    findings.retain(|finding| context.selection.keeps(finding.rule, finding.level, &source.path));
    ignores::apply(findings, source, is_code, context)
}

/// Whether somebody may answer `finding`.
fn wants(finding: &Finding, context: &Context) -> bool {
    finding.needs_a_person() || context.selection.answers.speaks_of(finding.rule)
}

/// Whether the file includes HIP's runtime outside of every branch that tells HIP apart.
fn is_hip(unit: &Unit) -> bool {
    unit.includes().any(|(_, token)| {
        let text = unit.text(token);
        !token.is(Token::FROZEN)
            && matches!(&text[1..text.len() - 1], b"hip/hip_runtime.h" | b"hip/hip_runtime_api.h")
    })
}

/// Composes the edits of all fixes; overlapping fixes are dropped and reported. `locate` gives findings their keys, by which
/// what was answered is looked up.
fn compose(
    mut findings: Vec<Finding>,
    source: &Source,
    context: &Context,
    locate: &dyn Fn(&mut [Finding]),
) -> (Vec<Finding>, Edits) {
    findings.sort_by_key(|finding| finding.span);
    let answered = |findings: &mut [Finding]| {
        locate(findings);
        for site in findings.iter_mut().filter_map(|finding| finding.site.as_mut()) {
            site.answer = context.selection.answer(&source.path, site.key);
        }
    };
    answered(&mut findings);
    let applied = |finding: &Finding| context.selection.applies(finding);
    let fixes: Vec<_> = findings.iter().map(|f| if applied(f) { f.fix.edits() } else { &[] }).collect();
    let (edits, conflicts) = Edits::compose(fixes);
    for &(a, b) in &conflicts {
        let conflict = conflict(&findings[a], &findings[b]);
        findings.push(conflict);
    }
    for (a, b) in conflicts {
        findings[a].fix = Fix::None;
        findings[b].fix = Fix::None;
    }
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    answered(&mut findings);
    (findings, edits)
}

fn conflict(a: &Finding, b: &Finding) -> Finding {
    let words = Words {
        what: format!("rules `{}` and `{}` want to change the same text", a.rule, b.rule).into(),
        why: "their edits overlap, so neither was applied".into(),
        todo: "make both changes by hand; `tranship explain` shows what each rule writes".into(),
        assumption: Cow::Borrowed(""),
    };
    let message = Message::Own(Box::new(words));
    Finding::new("conflict", Level::Manual, a.span.to(b.span), Fix::None, message)
}

fn internal_error(context: &Context) -> Translation {
    let mut translation = Translation::default();
    let unknown = || {
        let message = Message::Own(Box::default());
        Finding::new("internal-error", Level::Manual, Span::at(0), Fix::None, message)
    };
    let rule = context.rules.rule("internal-error");
    let finding = rule.map_or_else(unknown, |rule| Finding::of(rule, Span::at(0)));
    translation.findings.push(finding);
    translation
}
