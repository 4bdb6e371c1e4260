//! A finding about one place in a file, and its fix.

mod answer;
mod site;

use std::borrow::Cow;

use tranship_rules::{Level, Name, Rule, list};

use crate::text::{Edit, Span};

pub use answer::{Answer, Answers, EditedLines};
pub use site::{Key, Keys, Site, locate, locate_in_text};

/// Whether only `tranship advise`, `verify`, `sync` or a conversion to CUDA reports the rule `name`, and no conversion to HIP.
pub fn is_of_other_command(name: &str) -> bool {
    [list::ADVICE_RULES, list::VERIFY_RULES, list::SYNC_RULES, list::REVERSE_RULES]
        .iter()
        .any(|rules| rules.contains(&name))
}

/// The edits of one finding: all of them are applied or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fix {
    /// No automatic change.
    #[default]
    None,
    /// One edit: the common case, without an allocation.
    One(Edit),
    /// Several edits: all are applied, or none.
    Many(Vec<Edit>),
}

impl Fix {
    /// The edits as a slice.
    pub fn edits(&self) -> &[Edit] {
        match self {
            Self::None => &[],
            Self::One(edit) => std::slice::from_ref(edit),
            Self::Many(edits) => edits,
        }
    }

    /// The edits as a vector.
    pub fn into_edits(self) -> Vec<Edit> {
        match self {
            Self::None => Vec::new(),
            Self::One(edit) => vec![edit],
            Self::Many(edits) => edits,
        }
    }
}

/// The words of a finding where they differ from those of its rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Words {
    /// What was found: a fact, lower case, no full stop, code in backticks.
    pub what: Cow<'static, str>,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// What to do, an imperative; empty if the fix is enough.
    pub todo: Cow<'static, str>,
    /// The condition under which the fix is right; one sentence, only for `Review`.
    pub assumption: Cow<'static, str>,
}

/// Where a finding's words come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// A plain row of a table of names.
    Name(&'static Name),
    /// A structural rule: the words of its table.
    Rule(&'static Rule),
    /// Words for this one place.
    Own(Box<Words>),
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule: kebab-case, or the CUDA name itself; `tranship explain` documents it.
    pub rule: &'static str,
    /// Whether its fix is applied, and under which condition.
    pub level: Level,
    /// The bytes it is about.
    pub span: Span,
    /// The other places in the file that the same answer decides.
    pub also: Vec<Span>,
    /// Whether it is about the file as a whole; `span` is empty then.
    pub whole_file: bool,
    /// The change, if there is one. With `Level::Manual` it is shown and never applied.
    pub fix: Fix,
    /// Its words.
    pub message: Message,
    /// Its key and its function, for findings that a person may answer.
    pub site: Option<Box<Site>>,
}

impl Finding {
    /// A finding from its parts.
    pub fn new(rule: &'static str, level: Level, span: Span, fix: Fix, message: Message) -> Self {
        Self { rule, level, span, also: Vec::new(), whole_file: false, fix, message, site: None }
    }

    /// A plain rename of the identifier at `span`.
    pub fn rename(name: &'static Name, span: Span, to: &'static str) -> Self {
        let fix = Fix::One(Edit::replace(span, to));
        Self::new(name.cuda, Level::Safe, span, fix, Message::Name(name))
    }

    /// A finding of `rule` in the rule's own words and level, without a fix.
    pub fn of(rule: &'static Rule, span: Span) -> Self {
        Self::new(rule.name, rule.level, span, Fix::None, Message::Rule(rule))
    }

    /// A finding of `rule` about the file as a whole.
    pub fn about_file(rule: &'static Rule) -> Self {
        Self { whole_file: true, ..Self::of(rule, Span::at(0)) }
    }

    /// Removes the places for which `is_gone` is true. Returns whether a place is left.
    pub fn remove_places(&mut self, is_gone: impl Fn(Span) -> bool) -> bool {
        self.also.retain(|place| !is_gone(*place));
        if !is_gone(self.span) {
            return true;
        }
        if self.also.is_empty() {
            return false;
        }
        self.span = self.also.remove(0);
        true
    }

    /// The same finding with this fix.
    #[must_use]
    pub fn with(mut self, fix: Fix) -> Self {
        self.fix = fix;
        self
    }

    /// The same finding with another text for what was found.
    #[must_use]
    pub fn saying(self, what: impl Into<Cow<'static, str>>) -> Self {
        self.reworded(|words| words.what = what.into())
    }

    /// The same finding with another text for what to do.
    #[must_use]
    pub fn advising(self, todo: impl Into<Cow<'static, str>>) -> Self {
        self.reworded(|words| words.todo = todo.into())
    }

    /// The same finding with another reason.
    #[must_use]
    pub fn because(self, why: impl Into<Cow<'static, str>>) -> Self {
        self.reworded(|words| words.why = why.into())
    }

    /// The same finding under this assumption.
    #[must_use]
    pub fn assuming(self, assumption: impl Into<Cow<'static, str>>) -> Self {
        self.reworded(|words| words.assumption = assumption.into())
    }

    /// The same finding at another level than its rule's.
    #[must_use]
    pub fn at(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    fn reworded(mut self, change: impl FnOnce(&mut Words)) -> Self {
        let mut words = self.words();
        change(&mut words);
        self.message = Message::Own(Box::new(words));
        self
    }

    /// What, why, what to do, and under which assumption.
    pub fn words(&self) -> Words {
        match &self.message {
            Message::Own(words) => (**words).clone(),
            Message::Rule(rule) => Words {
                what: rule.what.into(),
                why: rule.why.into(),
                todo: rule.todo.into(),
                assumption: rule.assumption.into(),
            },
            Message::Name(name) => Words {
                what: format!("`{}` has another name on ROCm", name.cuda).into(),
                why: "HIP declares the same function under its own name".into(),
                ..Words::default()
            },
        }
    }

    /// Whether a person has to look at it.
    pub fn needs_a_person(&self) -> bool {
        self.level != Level::Safe
    }

    /// The answer of a person to it.
    pub fn answer(&self) -> Option<Answer> {
        self.site.as_ref().and_then(|site| site.answer)
    }
}
/// The finding of a name of CUDA in a file of C whose counterpart is a function or type of the support header, which is C++.
pub(crate) fn in_c(cuda: &'static str, span: Span) -> Finding {
    let words = Words {
        what: format!("the counterpart of `{cuda}` is in `tranship_hip.h`, which is C++").into(),
        why: "a C compiler cannot read the header".into(),
        todo: "compile this file as C++, with the ending `.cpp`, and convert it again".into(),
        ..Words::default()
    };
    Finding::new(cuda, Level::Manual, span, Fix::None, Message::Own(Box::new(words)))
}
