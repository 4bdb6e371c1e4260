//! The review of findings, one at a time, by a person.
//!
//! [`State::update`] is a pure function from a state and an event to a state and an effect. [`draw`] shows a state.
//! This module accesses no terminal, file or editor: `cli` passes events to [`State::update`] and performs the effects.

mod code;
mod diff;
mod overview;
mod state;
mod typed;
mod view;
mod wrap;

use std::cmp::Reverse;
use std::path::PathBuf;
use std::rc::Rc;

use tranship_rules::{Effort, Level};

use crate::project::answers::Place;
use tranship_engine::finding::{Answer, EditedLines};
use tranship_engine::result::Change;

pub use state::{Effect, Event, Key, State};
pub use view::draw;

/// A finding with everything that a person needs to answer the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The file, the rule and the key, as in the file of answers.
    pub place: Place,
    /// The path of the file, as given on the command line.
    pub path: PathBuf,
    /// The findings at other places that the same answer decides, each with its function.
    pub also: Vec<(Place, Option<String>)>,
    /// The same places for people.
    pub also_shown: String,
    /// The level of the finding.
    pub level: Level,
    /// The effort for it.
    pub effort: Effort,
    /// The fact.
    pub what: String,
    /// Why the fact matters.
    pub why: String,
    /// What to do.
    pub todo: String,
    /// The condition under which the change is right.
    pub assumption: String,
    /// The function around the finding.
    pub function: Option<String>,
    /// The first and the last line of the finding, from 1; `None` for a finding about a whole file.
    pub lines: Option<(u32, u32)>,
    /// The changed lines, or the lines that change if a person accepts the finding.
    pub changes: Vec<Change>,
    /// All lines of the file.
    pub source: Rc<[String]>,
    /// The output of `tranship explain` for the rule.
    pub explanation: Rc<str>,
    /// The answer; `None` if the finding is open.
    pub answer: Option<Answer>,
    /// The reason for the answer; may be empty.
    pub reason: String,
    /// The lines that the person wrote in place of the proposed change, if the change is accepted with them.
    pub edited: Option<EditedLines>,
    /// A text that was not accepted, for the next attempt to edit it.
    pub draft: Option<String>,
    /// Whether it is advice, whose change no conversion makes.
    pub is_advice: bool,
}

impl Item {
    /// Sorts `items`: manual findings first, then by file, line and rule.
    pub fn sort(items: &mut [Item]) {
        items.sort_by(|a, b| {
            let key = |item: &Item| (Reverse(item.level), item.lines);
            let (a_key, b_key) = (key(a), key(b));
            let by_place =
                a_key.0.cmp(&b_key.0).then_with(|| a.path.cmp(&b.path)).then(a_key.1.cmp(&b_key.1));
            by_place.then_with(|| a.place.rule.cmp(&b.place.rule))
        });
    }
}
