//! Collects the findings of the passes over one file. Passes over code and passes over build files share it.

use std::borrow::Cow;

use tranship_rules::{Kind, Level, Name, Resolution, RuleName, rule};

use super::Context;
use crate::embedded::Embedded;
use crate::finding::{Finding, Fix, Message, Words};
use crate::source::Source;
use crate::text::{Edit, Span};

/// Collects findings about one file.
pub(crate) struct Reporter<'a> {
    /// The file.
    pub(crate) source: &'a Source,
    /// The tables, the target and the project.
    pub(crate) context: &'a Context,
    reported: Reported,
}

/// What the passes over one file reported.
#[derive(Default)]
pub(crate) struct Reported {
    /// The findings, in the order in which they were made.
    pub(crate) findings: Vec<Finding>,
    /// Code in strings, which the passes over code have to read as well.
    pub(crate) embedded: Vec<EmbeddedCode>,
}

/// Code in a string of the file.
pub(crate) struct EmbeddedCode {
    /// The code and its place.
    pub(crate) code: Embedded,
    /// If the string is only a part of the code, this finding replaces all findings in the code.
    pub(crate) instead: Option<Finding>,
}

impl<'a> Reporter<'a> {
    /// A reporter about `source` that has found nothing yet.
    pub(crate) fn new(source: &'a Source, context: &'a Context) -> Self {
        Self { source, context, reported: Reported::default() }
    }

    /// The findings and the code in strings that it collected.
    pub(crate) fn into_reported(self) -> Reported {
        self.reported
    }

    /// The findings so far.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.reported.findings
    }

    /// How many findings it has.
    pub(crate) fn count(&self) -> usize {
        self.reported.findings.len()
    }

    /// The findings from number `first` on.
    pub(crate) fn findings_from(&mut self, first: usize) -> &mut [Finding] {
        &mut self.reported.findings[first..]
    }

    /// Removes and returns the findings from number `first` on.
    pub(crate) fn take_from(&mut self, first: usize) -> Vec<Finding> {
        self.reported.findings.split_off(first)
    }

    /// Adds a finding.
    pub(crate) fn report(&mut self, finding: Finding) {
        self.reported.findings.push(finding);
    }

    /// Adds all of `findings`.
    pub(crate) fn report_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.reported.findings.extend(findings);
    }

    /// Adds code in a string, to be translated later. `part` is the place of the string if it is only part of the code.
    pub(crate) fn embed(&mut self, code: Embedded, part: Option<Span>) {
        let instead = part.and_then(|span| self.finding(rule::KERNEL_PUT_TOGETHER, span));
        if part.is_none() || instead.is_some() {
            self.reported.embedded.push(EmbeddedCode { code, instead });
        }
    }

    /// A finding of the structural rule `name` at `span`, unless the tables in use lack that rule.
    pub(crate) fn finding(&self, name: RuleName, span: Span) -> Option<Finding> {
        self.context.rules.named(name).map(|rule| Finding::of(rule, span))
    }

    /// Reports the structural rule `name` at `span` in the rule's own words.
    pub(crate) fn report_rule(&mut self, name: RuleName, span: Span) {
        let finding = self.finding(name, span);
        self.report_all(finding);
    }

    /// Reports the structural rule `name` at `span` with another text for what was found.
    pub(crate) fn report_saying(&mut self, name: RuleName, span: Span, what: impl Into<Cow<'static, str>>) {
        let finding = self.finding(name, span).map(|finding| finding.saying(what));
        self.report_all(finding);
    }

    /// Reports the structural rule `name` at `span` with its fix.
    pub(crate) fn report_fix(&mut self, name: RuleName, span: Span, fix: Fix) {
        let finding = self.finding(name, span).map(|finding| finding.with(fix));
        self.report_all(finding);
    }

    /// Why `cuda`, which has no spelling for the target, cannot be translated.
    pub(crate) fn absence(&self, cuda: &str, resolution: Resolution) -> String {
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

    /// The row of `cuda` with this `kind`, if the tables have one.
    pub(crate) fn word(&self, kind: Kind, cuda: &str) -> Option<&'static Name> {
        self.context.rules.word(kind, cuda)
    }

    /// The spelling of `name` for the target; `None` where it has no counterpart there or a person decides.
    pub(crate) fn spelling(&self, name: &'static Name) -> Option<&'static str> {
        match name.at(self.context.target.rocm) {
            Resolution::Spelling(spelling) if name.level != Level::Manual => Some(spelling.hip),
            _ => None,
        }
    }

    /// Renames `name` at `span`, or reports why it has no counterpart.
    pub(crate) fn rename(&mut self, name: &'static Name, span: Span) {
        match self.spelling(name) {
            Some(hip) if hip == name.cuda => {}
            Some(hip) => self.replace(name, span, Fix::One(Edit::replace(span, hip))),
            None => self.absent(name, span),
        }
    }

    /// Reports `name` at `span` with its fix.
    pub(crate) fn replace(&mut self, name: &'static Name, span: Span, fix: Fix) {
        let is_review = name.level == Level::Review;
        let (what, why) = match name.spellings {
            _ if name.is_dropped() => ("is not needed on ROCm", name.note),
            [] => ("is not needed on ROCm", "the value is the default on ROCm"),
            _ => ("has another name on ROCm", "ROCm's tools and libraries do not use the CUDA name"),
        };
        let words = Words {
            what: format!("`{}` {what}", name.cuda).into(),
            why: why.into(),
            assumption: if is_review { name.note.into() } else { Cow::Borrowed("") },
            ..Words::default()
        };
        let message = Message::Own(Box::new(words));
        let level = if is_review { Level::Review } else { Level::Safe };
        self.report(Finding::new(name.cuda, level, span, fix, message));
    }

    /// Reports a program of the toolkit that a text calls. A program with a counterpart has other options there.
    pub(crate) fn tool(&mut self, name: &'static Name, span: Span) {
        match self.spelling(name) {
            Some(hip) if name.note.is_empty() => {
                let what = format!("`{}` is called; ROCm's program for it is `{hip}`", name.cuda);
                self.report_saying(rule::TOOL_IN_TEXT, span, what);
            }
            _ => self.absent(name, span),
        }
    }

    /// Reports that `name` at `span` is left for a person.
    pub(crate) fn absent(&mut self, name: &'static Name, span: Span) {
        let todo = if name.note.is_empty() { "raise `--rocm`, or leave it out" } else { name.note };
        self.absent_advising(name, span, todo);
    }

    /// The same with the advice `todo`.
    pub(crate) fn absent_advising(&mut self, name: &'static Name, span: Span, todo: &'static str) {
        let rocm = self.context.target.rocm;
        let what = match name.at(rocm) {
            Resolution::Needs(since) => {
                format!("`{}` has a counterpart from ROCm {since} on, not in {rocm}", name.cuda)
            }
            Resolution::Gone(until) => {
                format!("the counterpart of `{}` was removed in ROCm {until}", name.cuda)
            }
            Resolution::Spelling(spelling) if spelling.hip.is_empty() => {
                format!("`{}` is needed only with CUDA", name.cuda)
            }
            Resolution::Spelling(spelling) => {
                format!("`{}` differs from its counterpart `{}` on ROCm", name.cuda, spelling.hip)
            }
            Resolution::Unsupported if matches!(name.kind, Kind::Tool | Kind::Package | Kind::Image) => {
                format!("`{}` is only for CUDA", name.cuda)
            }
            Resolution::Unsupported if name.kind == Kind::Python => {
                format!("`{}` differs or is missing on ROCm", name.cuda)
            }
            Resolution::Unsupported => format!("`{}` has no counterpart on ROCm", name.cuda),
        };
        let words = Words {
            what: what.into(),
            why: "without a change it has no effect on ROCm, or it stops the build".into(),
            todo: todo.into(),
            ..Words::default()
        };
        let message = Message::Own(Box::new(words));
        self.report(Finding::new(name.cuda, Level::Manual, span, Fix::None, message));
    }
}
