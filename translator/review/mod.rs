//! The review of findings, one at a time, by a person.
//!
//! [`State::update`] is a pure function from a state and an event to a state and an effect. [`draw`] shows a state.
//! This module accesses no terminal, file or editor: `cli` passes events to [`State::update`] and performs the effects.

mod diff;
mod state;
mod view;
mod wrap;

use std::path::PathBuf;
use std::rc::Rc;

use tranship_rules::Level;

use crate::project::answers::Place;
use tranship_engine::finding::Answer;
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
}
