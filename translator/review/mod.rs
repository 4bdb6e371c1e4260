//! Review: a person decides on one finding at a time.
//!
//! [`State::update`] is pure, from a state and an event to a state and an effect; [`draw`] shows a state. Neither knows
//! a terminal, a file or an editor: `cli` feeds them and does what the effects ask.

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

/// A finding with all that is needed to decide on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The file, the rule and the key, as answers name them.
    pub place: Place,
    /// The file as the user would name it.
    pub path: PathBuf,
    /// How far the change can be trusted.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub todo: String,
    /// What must hold for the change to be right.
    pub assumption: String,
    /// The function around it.
    pub function: Option<String>,
    /// Its first and last line, from 1; `None` for a finding about a whole file.
    pub lines: Option<(u32, u32)>,
    /// What changes, or would.
    pub changes: Vec<Change>,
    /// All lines of the file.
    pub source: Rc<[String]>,
    /// What `tranship explain` says of the rule.
    pub explanation: Rc<str>,
    /// What was answered.
    pub answer: Option<Answer>,
}
