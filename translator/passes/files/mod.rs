//! The files around the code: build files, scripts, Python. Each language has a room here; what a name becomes stands
//! in the tables, and what a file is called in the output in [`Renamed`].
//!
//! Nothing here touches C++; kernels inside of strings go through the passes of C++ again.

pub mod cmake;
mod commands;
pub(super) mod flags;
mod fortran;
mod python;
mod renamed;
mod rust;
mod texts;
pub(super) mod words;

use std::borrow::Cow;

use tranship_rules::{Kind, Level, Name, Resolution};

pub use renamed::Renamed;
use renamed::renamed_sources;

use super::Context;
use crate::finding::{Finding, Fix, Message, Words};
use crate::source::{Lang, Source};
use crate::syntax::lines::Dialect;
use crate::text::{Edit, Span};

/// What is known of a project besides its code.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The files that have another name in the output.
    pub renamed: Renamed,
    /// What its CMake files use, define and find.
    pub cmake: cmake::Facts,
    /// Whether PyTorch's build of extensions compiles its code: under ROCm that renames PyTorch's own names.
    pub extends_torch: bool,
}

/// What a pass over such a file works with.
pub(crate) struct FilePass<'a> {
    /// The file.
    pub(crate) source: &'a Source,
    /// The tables, the target and the project.
    pub(crate) context: &'a Context,
    findings: Vec<Finding>,
}

/// Runs the pass of the file's language.
pub(crate) fn run(source: &Source, context: &Context) -> Vec<Finding> {
    let mut pass = FilePass::new(source, context);
    match source.lang {
        Lang::Cmake => cmake::run(&mut pass),
        Lang::Make => commands::run(&mut pass, Dialect::Make),
        Lang::Shell => commands::run(&mut pass, Dialect::Shell),
        Lang::Python => python::run(&mut pass),
        Lang::Docker => texts::docker(&mut pass),
        Lang::Yaml => texts::yaml(&mut pass),
        Lang::Packages => texts::packages(&mut pass),
        Lang::Fortran => fortran::run(&mut pass),
        Lang::Build => {
            renamed_sources(&mut pass);
            if source.path.file_name().is_some_and(|name| name == "build.rs") {
                rust::run(&mut pass);
            } else {
                texts::other_build(&mut pass);
            }
        }
        Lang::Cuda | Lang::Cpp | Lang::Hip | Lang::Prebuilt | Lang::Other => {}
    }
    pass.into_findings()
}

impl<'a> FilePass<'a> {
    /// A pass over `source` that has found nothing yet.
    pub(crate) fn new(source: &'a Source, context: &'a Context) -> Self {
        Self { source, context, findings: Vec::new() }
    }

    /// What it found.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Adds a finding.
    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// A finding of the structural rule `name` at `span`, unless the tables in use lack that rule.
    pub(crate) fn finding(&self, name: &str, span: Span) -> Option<Finding> {
        self.context.rules.rule(name).map(|rule| Finding::of(rule, span))
    }

    /// Reports the structural rule `name` with its fix.
    pub(crate) fn fix(&mut self, name: &str, span: Span, fix: Fix) {
        let finding = self.finding(name, span).map(|finding| finding.with(fix));
        self.findings.extend(finding);
    }

    /// Reports the structural rule `name` with another text for what was found.
    pub(crate) fn saying(&mut self, name: &str, span: Span, what: impl Into<Cow<'static, str>>) {
        let finding = self.finding(name, span).map(|finding| finding.saying(what));
        self.findings.extend(finding);
    }

    /// The row of `cuda`, if the tables have one.
    pub(crate) fn word(&self, kind: Kind, cuda: &str) -> Option<&'static Name> {
        self.context.rules.word(kind, cuda)
    }

    /// What `name` is written as for the target; `None` where it has no counterpart there or a person decides.
    pub(crate) fn spelling(&self, name: &'static Name) -> Option<&'static str> {
        match name.at(self.context.target.rocm) {
            Resolution::Spelling(spelling) if name.level != Level::Manual => Some(spelling.hip),
            _ => None,
        }
    }

    /// Renames `span`, which says `name`, or says why not.
    pub(crate) fn rename(&mut self, name: &'static Name, span: Span) {
        match self.spelling(name) {
            Some(hip) if hip == name.cuda => {}
            Some(hip) => self.replace(name, span, Fix::One(Edit::replace(span, hip))),
            None => self.absent(name, span),
        }
    }

    /// Reports `name` at `span` with the fix that stands for it.
    pub(crate) fn replace(&mut self, name: &'static Name, span: Span, fix: Fix) {
        let is_review = name.level == Level::Review;
        let why = match name.spellings {
            _ if name.is_dropped() => name.note,
            [] => "it asks for what is so on ROCm anyway",
            _ => "ROCm has it under a name of its own",
        };
        let words = Words {
            what: format!("`{}` is CUDA's", name.cuda).into(),
            why: why.into(),
            assumption: if is_review { name.note.into() } else { Cow::Borrowed("") },
            ..Words::default()
        };
        let message = Message::Own(Box::new(words));
        let level = if is_review { Level::Review } else { Level::Safe };
        self.report(Finding::new(name.cuda, level, span, fix, message));
    }

    /// Reports that `name` at `span` is left for a person.
    pub(crate) fn absent(&mut self, name: &'static Name, span: Span) {
        let rocm = self.context.target.rocm;
        let what = match name.at(rocm) {
            Resolution::Needs(since) => {
                format!("`{}` has a counterpart from ROCm {since} on, not in {rocm}", name.cuda)
            }
            Resolution::Gone(until) => {
                format!("the counterpart of `{}` was removed in ROCm {until}", name.cuda)
            }
            Resolution::Spelling(spelling) => {
                format!("`{}` is not just `{}` on ROCm", name.cuda, spelling.hip)
            }
            Resolution::Unsupported if matches!(name.kind, Kind::Tool | Kind::Package | Kind::Image) => {
                format!("`{}` is made for CUDA", name.cuda)
            }
            Resolution::Unsupported if name.kind == Kind::Python => {
                format!("`{}` is something else on ROCm, or nothing", name.cuda)
            }
            Resolution::Unsupported => format!("`{}` has no counterpart on ROCm", name.cuda),
        };
        let todo = if name.note.is_empty() { "raise `--rocm`, or do without it" } else { name.note };
        let words = Words {
            what: what.into(),
            why: "left as it is, it does nothing on ROCm or stops the build".into(),
            todo: todo.into(),
            ..Words::default()
        };
        let message = Message::Own(Box::new(words));
        self.report(Finding::new(name.cuda, Level::Manual, span, Fix::None, message));
    }
}
