//! Translates a source in a context into findings and edits.
//!
//! The translation never fails, and the same input always has the same result.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use tranship_rules::{Level, rule};

use crate::answered_branches;
use crate::cpp::{Syntax, Unit};
use crate::edited;
use crate::embedded::Embedded;
use crate::finding::{self, Finding, Fix, Message, Words};
use crate::ignores;
use crate::lang::Lang;
use crate::parse_check;
use crate::pass::{Context, EmbeddedCode, Reported, in_hip};
use crate::passes::registry;
use crate::source::Source;
use crate::support_header;
use crate::text::{Edit, Edits, Span};

/// Why a file is left as it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Untouched {
    /// It is not C, C++ or CUDA by its name, or it contains no CUDA.
    NotCuda,
    /// It is HIP already.
    AlreadyHip,
    /// It cannot be read as text; a finding gives the reason.
    Unreadable,
}

/// The translation of one file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Translation {
    /// All findings in the order of their place; a finding with a dropped fix has `Fix::None`.
    pub findings: Vec<Finding>,
    /// The edits to apply.
    pub edits: Edits,
    /// Set when the file is not changed.
    pub untouched: Option<Untouched>,
    /// Bytes in branches that are HIP already.
    pub hip_bytes: u32,
    /// Helpers of the support header that the edits call.
    pub helpers: BTreeSet<&'static str>,
}

impl Translation {
    fn untouched(why: Untouched) -> Self {
        Self { untouched: Some(why), ..Self::default() }
    }

    /// The new text of the file with the bytes `bytes`, borrowed when nothing changes.
    pub fn apply<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.edits.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(self.edits.apply(bytes)) }
    }

    /// The new text of `source`, borrowed when nothing changes.
    pub fn output<'a>(&self, source: &'a Source) -> Cow<'a, [u8]> {
        self.apply(&source.bytes)
    }
}

/// Translates one file. It never fails: a problem is a finding in the result.
pub fn translate(source: &Source, context: &Context) -> Translation {
    translate_read(source, None, context)
}

/// Translates one file; `syntax` is its syntax, if that was read before because the file may contain CUDA.
pub fn translate_read(source: &Source, syntax: Option<Syntax>, context: &Context) -> Translation {
    let mut translation = translate_alone(source, syntax, context);
    let own_hip = &context.project.own_hip;
    if let Some((_, span)) = own_hip.place().filter(|(path, _)| *path == source.path) {
        let found = context.about_file(rule::OWN_HIP_BUILD, &source.path);
        let found = found.into_iter().map(|finding| {
            let words = finding.saying(own_hip.what()).advising(own_hip.todo());
            Finding { span, ..words }
        });
        translation.findings.splice(..0, found);
    }
    translation
}

/// Translates one file, without the finding about the whole project.
fn translate_alone(source: &Source, syntax: Option<Syntax>, context: &Context) -> Translation {
    let own_hip = &context.project.own_hip;
    let is_header_for_nvidia = || own_hip.exists() && context.index.is_header_for_nvidia(&source.path);
    if own_hip.is_for_nvidia(&source.path) || is_header_for_nvidia() {
        return Translation::untouched(Untouched::NotCuda);
    }
    if source.lang.is_cpp() && source.lang != Lang::Hip && own_hip.is_for_hip(&source.path) {
        let hip = Source { path: source.path.clone(), bytes: source.bytes.clone(), lang: Lang::Hip };
        let mut translation = translate_alone(&hip, None, context);
        // The file for HIP of two twins is written for hipRTC, so neither its options nor its source are leftovers of NVRTC.
        translation.findings.retain(|finding| !is_about_runtime_compiler(finding));
        return translation;
    }
    // Only code that is HIP already is looked at.
    let stays = own_hip.stays(&source.path) || own_hip.shares(&source.path, &context.index);
    let is_code = source.lang.is_cpp();
    if stays && (!is_code || source.lang == Lang::Cuda) {
        return Translation::untouched(Untouched::NotCuda);
    }
    let unused = if source.lang == Lang::Hip { Untouched::AlreadyHip } else { Untouched::NotCuda };
    if source.lang == Lang::Other || !context.selection.translates(source.lang) {
        return Translation::untouched(unused);
    }
    if source.lang == Lang::Prebuilt {
        let findings = context.about_file(rule::PREBUILT_DEVICE_CODE, &source.path).into_iter().collect();
        return Translation { findings, ..Translation::untouched(Untouched::NotCuda) };
    }
    if let Some(error) = source.unreadable() {
        if !is_code {
            return Translation::untouched(Untouched::NotCuda);
        }
        let finding = context.about_file(rule::UNREADABLE_FILE, &source.path);
        let findings = finding.map(|finding| finding.saying(error)).into_iter().collect();
        return Translation { findings, ..Translation::untouched(Untouched::Unreadable) };
    }
    let is_cuda = source.lang == Lang::Cuda;
    let may_hold_cuda = || {
        let project = &context.project;
        context.prefilter.may_hold_cuda(&source.bytes)
            || project.encloses.contains_key(&source.path)
            || project.gets_cuda.contains(&source.path)
    };
    if is_code && !is_cuda && syntax.is_none() && !may_hold_cuda() {
        return Translation::untouched(unused);
    }
    let translate = || {
        if !is_code {
            return translate_file(source, context);
        }
        let unit = match syntax {
            Some(syntax) => Unit::with_syntax(source, syntax),
            None => Unit::new(source, &context.guards),
        };
        if stays && !unit.is_hip() {
            return Translation::untouched(Untouched::NotCuda);
        }
        translate_code(&unit, context)
    };
    match catch_unwind(AssertUnwindSafe(translate)) {
        Ok(translation) => translation,
        Err(_) => internal_error(context),
    }
}

/// Whether a finding is about the options or the source of hipRTC.
fn is_about_runtime_compiler(finding: &Finding) -> bool {
    let rules = [
        rule::GPU_ARCHITECTURE_VALUE,
        rule::GPU_ARCHITECTURE,
        rule::RUNTIME_ARCHITECTURE,
        rule::RUNTIME_OPTION,
        rule::RUNTIME_SOURCE,
    ];
    finding.rule.starts_with('-') || rules.iter().any(|rule| finding.rule == *rule)
}

/// For each file that includes others inside of declarations, the first of these that calls the support header. `read` reads a
/// file of the project.
pub fn encloses(context: &Context, read: impl Fn(&Path) -> Option<Source>) -> FxHashMap<PathBuf, PathBuf> {
    let mut found = FxHashMap::default();
    for enclosed in context.index.enclosed() {
        let includers = context.index.includers_of_enclosed(enclosed);
        let is_new = |path: &&Path| !found.contains_key(*path);
        if !includers.iter().any(is_new) {
            continue;
        }
        let calls = |source: Source| !translate(&source, context).helpers.is_empty();
        if read(enclosed).is_some_and(calls) {
            let includers = includers.into_iter().map(Path::to_owned);
            for includer in includers {
                found.entry(includer).or_insert_with(|| enclosed.to_owned());
            }
        }
    }
    found
}

/// Translates a build file or a script.
fn translate_file(source: &Source, context: &Context) -> Translation {
    let findings = with_embedded(registry::build_file(source, context), source, false, context);
    let findings = without_suppressed(findings, source, &|_| false, context);
    let locate = |findings: &mut [Finding]| {
        finding::locate_in_text(&source.bytes, findings, |finding| needs_site(finding, context));
    };
    let parses = |edits: &Edits| parse_check::file(source, edits);
    let settle = |findings: &mut Vec<Finding>| edited::apply(findings, source, context, &|_| {});
    let (findings, edits) = compose(findings, source, context, &locate, &settle, &parses);
    Translation { findings, edits, ..Translation::default() }
}

fn translate_code(unit: &Unit, context: &Context) -> Translation {
    let source = unit.source;
    let findings = code_findings(unit, context);
    let findings = without_suppressed(findings, source, &|at| unit.is_token(at), context);
    let locate =
        |findings: &mut [Finding]| finding::locate(unit, findings, |finding| needs_site(finding, context));
    let parses = |edits: &Edits| parse_check::code(unit, edits, context);
    let settle = |findings: &mut Vec<Finding>| {
        answered_branches::remove(findings, unit, context);
        let include = |finding: &mut [Finding]| support_header::include(finding, unit, context);
        edited::apply(findings, source, context, &include);
    };
    let (findings, edits) = compose(findings, source, context, &locate, &settle, &parses);
    let helpers = support_header::used(&edits, &context.rules);
    let untouched = unit.is_hip().then_some(Untouched::AlreadyHip);
    Translation { findings, edits, untouched, hip_bytes: unit.hip_bytes, helpers }
}

/// The findings of all passes in `unit`, sorted by place. Fixes that call helpers include the support header.
pub fn code_findings(unit: &Unit, context: &Context) -> Vec<Finding> {
    all_findings(registry::code(unit, context), unit, context)
}

/// The same findings, with the passes run in the order of the numbers `order`, which must not change the result.
pub fn code_findings_in_order(unit: &Unit, context: &Context, order: &[usize]) -> Vec<Finding> {
    all_findings(registry::code_in_order(unit, context, order.iter().copied()), unit, context)
}

fn all_findings(reported: Reported, unit: &Unit, context: &Context) -> Vec<Finding> {
    let mut findings = with_embedded(reported, unit.source, unit.is_hip(), context);
    let in_branches = findings_in_compiler_branches(unit, context);
    if unit.is_hip() {
        findings.extend(in_branches);
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        return in_hip(findings, &context.rules);
    }
    support_header::include(&mut findings, unit, context);
    findings.extend(support_header::for_enclosed(unit, context));
    findings.extend(in_hip(in_branches, &context.rules));
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings
}

/// The findings in branches that are HIP by macros of HIP's compiler alone. A conversion writes such conditions, so the code there
/// may still need a person. It keeps its bytes.
fn findings_in_compiler_branches(unit: &Unit, context: &Context) -> Vec<Finding> {
    let Some((inspected, spans)) = unit.with_compiler_branches(&context.guards) else { return Vec::new() };
    let reported = registry::code(&inspected, context);
    let mut findings = with_embedded(reported, unit.source, true, context);
    findings.retain(|finding| spans.iter().any(|span| span.contains(finding.span)));
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings
}

/// The order of findings, by place. The order is total, so the order of the passes does not change it.
fn order(finding: &Finding) -> (Span, &str, bool, &[Edit]) {
    (finding.span, finding.rule, finding.level != Level::Safe, finding.fix.edits())
}

/// The findings of `reported`, and those in the code inside of strings, which is HIP already if the file `is_hip`.
fn with_embedded(reported: Reported, source: &Source, is_hip: bool, context: &Context) -> Vec<Finding> {
    let mut findings = reported.findings;
    for EmbeddedCode { code, instead } in reported.embedded {
        let inner = embedded_findings(&code, source, is_hip, context);
        match instead {
            _ if inner.is_empty() => {}
            Some(instead) => findings.push(instead),
            None => findings.extend(inner.into_iter().map(|finding| code.carry(finding))),
        }
    }
    findings
}

/// The findings of all passes in code inside of a string, in the offsets of that code.
fn embedded_findings(code: &Embedded, around: &Source, is_hip: bool, context: &Context) -> Vec<Finding> {
    let mut source = Source::new(around.path.clone(), code.text.as_slice());
    source.lang = if is_hip { Lang::Hip } else { Lang::Cpp };
    if source.unreadable().is_some() || !context.prefilter.may_hold_cuda(&source.bytes) {
        return Vec::new();
    }
    code_findings(&Unit::new(&source, &context.guards), context)
}

/// The findings that no setting or comment suppresses.
fn without_suppressed(
    mut findings: Vec<Finding>,
    source: &Source,
    is_code: &dyn Fn(u32) -> bool,
    context: &Context,
) -> Vec<Finding> {
    findings.retain(|finding| context.selection.keeps(finding.rule, finding.level, &source.path));
    ignores::apply(findings, source, is_code, context)
}

/// Whether `finding` needs a site: a person may answer it, or there is an answer for its rule.
fn needs_site(finding: &Finding, context: &Context) -> bool {
    finding.needs_a_person() || context.selection.answers.has_for_rule(finding.rule)
}

/// The findings `advice` about `unit` that no setting or comment suppresses, with their keys and answers. They are sorted by
/// place, and their fixes are not applied.
pub fn advise(unit: &Unit, advice: Vec<Finding>, context: &Context) -> Vec<Finding> {
    let findings = without_suppressed(advice, unit.source, &|at| unit.is_token(at), context);
    let mut findings: Vec<_> =
        findings.into_iter().filter(|found| finding::is_of_other_command(found.rule)).collect();
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    finding::locate(unit, &mut findings, |_| true);
    for site in findings.iter_mut().filter_map(|finding| finding.site.as_mut()) {
        site.answer = context.selection.answer(&unit.source.path, site.key);
    }
    findings
}

/// Composes the edits of all fixes; overlapping fixes, and fixes after which the file does not parse, are dropped and
/// reported. `locate` adds the keys of findings, by which answers are looked up. `settle` removes findings that the answers
/// make unnecessary, and uses edited lines.
fn compose(
    mut findings: Vec<Finding>,
    source: &Source,
    context: &Context,
    locate: &dyn Fn(&mut [Finding]),
    settle: &dyn Fn(&mut Vec<Finding>),
    parses: &dyn Fn(&Edits) -> bool,
) -> (Vec<Finding>, Edits) {
    findings.sort_by_key(|finding| finding.span);
    // Only new sites get an answer: the answer of a finding with edited lines that no longer fit does not hold.
    let add_answers = |findings: &mut [Finding]| {
        let mut is_new: Vec<bool> = findings.iter().map(|finding| finding.site.is_none()).collect();
        locate(findings);
        let new = findings.iter_mut().zip(is_new.drain(..)).filter(|(_, is_new)| *is_new);
        for site in new.filter_map(|(finding, _)| finding.site.as_mut()) {
            site.answer = context.selection.answer(&source.path, site.key);
        }
    };
    add_answers(&mut findings);
    settle(&mut findings);
    let applied = |finding: &Finding| context.selection.applies(finding);
    let mut fixes: Vec<_> = findings.iter().map(|f| if applied(f) { f.fix.edits() } else { &[] }).collect();
    let (mut edits, conflicts) = Edits::compose(fixes.iter().copied());
    let mut offending = Vec::new();
    if !edits.is_empty() && !parses(&edits) {
        for &(a, b) in &conflicts {
            fixes[a] = &[];
            fixes[b] = &[];
        }
        offending = parse_check::offending(&fixes, parses);
        for &fix in &offending {
            fixes[fix] = &[];
        }
        edits = Edits::compose(fixes).0;
    }
    for fix in offending {
        let dropped = edit_dropped(&findings[fix], context);
        findings.push(dropped);
        findings[fix].fix = Fix::None;
    }
    for &(a, b) in &conflicts {
        let conflict = conflict(&findings[a], &findings[b]);
        findings.push(conflict);
    }
    for (a, b) in conflicts {
        findings[a].fix = Fix::None;
        findings[b].fix = Fix::None;
    }
    remove_deleted(&mut findings, &edits, context);
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    add_answers(&mut findings);
    (findings, edits)
}

/// Removes from `findings` the places of names without a fix that `edits` delete.
fn remove_deleted(findings: &mut Vec<Finding>, edits: &Edits, context: &Context) {
    let mut deleted: Vec<Span> = edits.iter().flat_map(Edit::deleted).collect();
    deleted.sort_unstable();
    let is_deleted = |place: Span| {
        let after = deleted.partition_point(|span| span.start <= place.start);
        after.checked_sub(1).is_some_and(|before| deleted[before].contains(place))
    };
    findings.retain_mut(|finding| {
        let is_name = context.rules.rule(finding.rule).is_none();
        finding.fix != Fix::None || !is_name || finding.remove_places(is_deleted)
    });
}

fn conflict(a: &Finding, b: &Finding) -> Finding {
    let words = Words {
        what: format!("rules `{}` and `{}` want to change the same text", a.rule, b.rule).into(),
        why: "their edits overlap, so neither was applied".into(),
        todo: "make both changes by hand; `tranship explain` shows what each rule writes".into(),
        assumption: Cow::Borrowed(""),
    };
    let message = Message::Own(Box::new(words));
    Finding::new(rule::CONFLICT.as_str(), Level::Manual, a.span.to(b.span), Fix::None, message)
}

/// The finding about a fix that would have broken the file.
fn edit_dropped(finding: &Finding, context: &Context) -> Finding {
    let span = parse_check::place(finding.span, finding.fix.edits());
    let rule = context.rules.named(rule::EDIT_DROPPED);
    let dropped = rule.map_or_else(
        || {
            let message = Message::Own(Box::default());
            Finding::new(rule::EDIT_DROPPED.as_str(), Level::Manual, span, Fix::None, message)
        },
        |rule| Finding::of(rule, span),
    );
    dropped
        .saying(format!("the change of rule `{}` was dropped: with it the file does not parse", finding.rule))
}

fn internal_error(context: &Context) -> Translation {
    let mut translation = Translation::default();
    let unknown = || {
        let message = Message::Own(Box::default());
        Finding::new(rule::INTERNAL_ERROR.as_str(), Level::Manual, Span::at(0), Fix::None, message)
    };
    let rule = context.rules.named(rule::INTERNAL_ERROR);
    let finding = rule.map_or_else(unknown, |rule| Finding::of(rule, Span::at(0)));
    translation.findings.push(finding);
    translation
}
