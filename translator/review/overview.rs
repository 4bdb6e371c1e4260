//! The overview of a review: the number of findings of each rule, and the filter that a person selects there.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Item;
use super::state::{Effect, Key, Mode, State};
use tranship_rules::{Effort, Level};

/// The findings that a person looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Filter {
    /// All findings.
    #[default]
    All,
    /// The findings of one level.
    Level(Level),
    /// The findings of one rule.
    Rule(String),
}

impl Filter {
    pub(super) fn shows(&self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Level(level) => item.level == *level,
            Self::Rule(rule) => item.place.rule == *rule,
        }
    }
}

/// One row of the overview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The findings of the row.
    pub(super) filter: Filter,
    /// The level of a rule.
    pub(super) level: Option<Level>,
    /// The effort for one finding of a rule.
    pub(super) effort: Option<Effort>,
    /// The number of open findings.
    pub(super) open: usize,
    /// The number of answered findings.
    pub(super) answered: usize,
}

impl Row {
    /// Counts `item`.
    fn count(&mut self, item: &Item) {
        match item.answer {
            None => self.open += 1,
            Some(_) => self.answered += 1,
        }
    }
}

impl State {
    pub(super) fn overview_key(&mut self, row: usize, key: Key) -> Effect {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        self.mode = Mode::Overview(match key {
            Key::Next | Key::Char('j') => (row + 1).min(last),
            Key::Previous | Key::Char('k') => row.saturating_sub(1),
            Key::PageDown => (row + 10).min(last),
            Key::PageUp => row.saturating_sub(10),
            Key::First => 0,
            Key::Last | Key::Char('G') => last,
            Key::Char('q') => return Effect::Quit,
            Key::Char('u') => return self.undo(),
            Key::Enter | Key::Char(' ') => {
                self.filter = rows[row.min(last)].filter.clone();
                let shown = self.shown();
                let open = shown.iter().position(|&at| self.items[at].answer.is_none());
                self.mode = Mode::Browse;
                self.go_to_shown(open.unwrap_or(0));
                return Effect::None;
            }
            Key::Escape => {
                self.mode = Mode::Browse;
                return Effect::None;
            }
            _ => row,
        });
        Effect::None
    }

    /// Shows the overview, with the row of the current filter selected.
    pub(super) fn open_overview(&mut self) {
        let row = self.rows().iter().position(|row| row.filter == self.filter);
        self.mode = Mode::Overview(row.unwrap_or(0));
    }

    /// The rows of the overview: everything, each level, then each rule, manual and frequent ones first.
    pub(super) fn rows(&self) -> Vec<Row> {
        let none = |filter, level, effort| Row { filter, level, effort, open: 0, answered: 0 };
        let mut all = none(Filter::All, None, None);
        let mut levels = [Level::Manual, Level::Review].map(|of| none(Filter::Level(of), Some(of), None));
        let mut rules: BTreeMap<&str, Row> = BTreeMap::new();
        for item in &self.items {
            let rule = item.place.rule.as_str();
            let row = || none(Filter::Rule(rule.to_owned()), Some(item.level), Some(item.effort));
            all.count(item);
            rules.entry(rule).or_insert_with(row).count(item);
            levels.iter_mut().filter(|row| row.filter.shows(item)).for_each(|row| row.count(item));
        }
        let mut of_rules: Vec<Row> = rules.into_values().collect();
        of_rules.sort_by_key(|row| (Reverse(row.level), Reverse(row.open)));
        let both = levels.iter().all(|row| row.open + row.answered > 0);
        let levels = levels.into_iter().filter(|_| both);
        std::iter::once(all).chain(levels).chain(of_rules).collect()
    }
}
