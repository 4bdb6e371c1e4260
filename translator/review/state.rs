//! The state of a review, and the changes of the state by keys.

use super::Item;
use super::overview::Filter;
use tranship_engine::finding::{Answer, EditedLines};
use tranship_engine::result::Change;
use tranship_engine::text::path::readable;

/// An input of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The file of the current item was edited. The event contains all findings of the file after the edit.
    Edited(Vec<Item>),
    /// The current item is accepted with lines that the person wrote. The event contains the changes with these lines.
    Rewritten(EditedLines, Vec<Change>),
    /// The lines that the person wrote are not accepted. The event contains the lines and the reason.
    Refused(String, String),
    /// An effect failed. The event contains the reason.
    Failed(String),
}

/// A key, independent of the terminal.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// The enter key.
    Enter,
    /// The escape key.
    Escape,
    /// The backspace key.
    Backspace,
    /// The key for the next finding.
    Next,
    /// The key for the previous finding.
    Previous,
    /// The page down key.
    PageDown,
    /// The page up key.
    PageUp,
    /// The key for the first finding.
    First,
    /// The key for the last finding.
    Last,
}

/// An action outside of the review that the caller must perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No action.
    None,
    /// Write the answers of the items with these indexes.
    Save(Vec<usize>),
    /// Open the file of the current item in an editor.
    Edit,
    /// Open the proposed lines of the current item in an editor.
    EditProposal,
    /// End the review.
    Quit,
}

/// The mode of a review, which decides the meaning of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// One finding is shown.
    #[default]
    Browse,
    /// The number of findings of each rule is shown, with the row at this index selected.
    Overview(usize),
    /// The explanation of the current finding's rule is shown.
    Explain,
    /// The person types the number of a finding.
    Number(String),
    /// The person types the reason for an answer.
    Reason(String),
    /// The person types the text to search for.
    Search(String),
    /// The person chooses whether the answer applies to a rule or to a file.
    AnswerMany(Answer),
    /// Every finding has an answer.
    Done,
}

/// The state of a review: the items with their answers, and what is shown.
///
/// `at` is the index of the current item, which the filter shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) items: Vec<Item>,
    pub(super) at: usize,
    pub(super) mode: Mode,
    pub(super) filter: Filter,
    /// The message about the last event; empty if there is none.
    pub(super) message: String,
    /// The number of rows by which the text is scrolled down.
    pub(super) scroll: u16,
    /// The text of the last search.
    pub(super) search_text: String,
    /// The given answers in order, for undo.
    history: Vec<UndoStep>,
}

/// An answer that can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct UndoStep {
    /// The index of the current item when the answer was given.
    at: usize,
    /// The indexes of the answered items, each with its state before.
    before: Vec<(usize, Before)>,
}

/// The state of an item before an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    answer: Option<Answer>,
    edited: Option<EditedLines>,
    changes: Vec<Change>,
}

impl Before {
    fn of(item: &Item) -> Self {
        Self { answer: item.answer, edited: item.edited.clone(), changes: item.changes.clone() }
    }

    fn restore(self, item: &mut Item) {
        (item.answer, item.edited, item.changes) = (self.answer, self.edited, self.changes);
    }
}

impl State {
    /// A review of `items` in this order.
    pub fn new(items: Vec<Item>) -> Self {
        let mut state = Self { items, ..Self::default() };
        if state.items.is_empty() {
            state.mode = Mode::Done;
        }
        state
    }

    /// The same review, which begins with the overview if there are several rules.
    #[must_use]
    pub fn at_overview(mut self) -> Self {
        let several = self.items.windows(2).any(|pair| pair[0].place.rule != pair[1].place.rule);
        if several {
            self.mode = Mode::Overview(0);
        }
        self
    }

    /// The items with their answers.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The current item.
    pub fn current(&self) -> Option<&Item> {
        self.items.get(self.at)
    }

    /// The number of items with the answer `answer`.
    pub fn count(&self, answer: Option<Answer>) -> usize {
        self.items.iter().filter(|item| item.answer == answer).count()
    }

    /// Limits scrolling to `max_rows`, which is the result of [`draw`](super::draw), so that some text stays visible.
    pub fn keep_in_sight(&mut self, max_rows: u16) {
        self.scroll = self.scroll.min(max_rows);
    }

    /// The state after `event`, and the effect that the caller must perform.
    #[must_use]
    pub fn update(mut self, event: Event) -> (Self, Effect) {
        self.message.clear();
        let effect = match event {
            Event::Key(key) => self.press(key),
            Event::Edited(items) => self.replace(items),
            Event::Rewritten(lines, changes) => self.rewrite(lines, changes),
            Event::Refused(text, message) => {
                if let Some(item) = self.items.get_mut(self.at) {
                    item.draft = Some(text);
                }
                self.message = message;
                Effect::None
            }
            Event::Failed(message) => {
                self.message = message;
                Effect::None
            }
        };
        (self, effect)
    }

    fn press(&mut self, key: Key) -> Effect {
        match std::mem::take(&mut self.mode) {
            Mode::Search(text) => self.search_key(text, key),
            Mode::AnswerMany(answer) => self.many_key(answer, key),
            Mode::Explain => self.explain_key(key),
            Mode::Overview(row) => self.overview_key(row, key),
            Mode::Number(text) => self.number_key(text, key),
            Mode::Reason(text) => self.reason_key(text, key),
            Mode::Browse => self.browse_key(key),
            Mode::Done => self.done_key(key),
        }
    }

    fn browse_key(&mut self, key: Key) -> Effect {
        match key {
            Key::Char('a') => return self.answer(vec![self.at], Answer::Accepted),
            Key::Char('r') => return self.answer(vec![self.at], Answer::Rejected),
            Key::Char('A') => self.mode = Mode::AnswerMany(Answer::Accepted),
            Key::Char('R') => self.mode = Mode::AnswerMany(Answer::Rejected),
            Key::Char('u') => return self.undo(),
            Key::Char('v') => return Effect::Edit,
            Key::Char('e') => return Effect::EditProposal,
            Key::Char('q') => return Effect::Quit,
            Key::Char('?') => {
                (self.mode, self.scroll) = (Mode::Explain, 0);
            }
            Key::Char('/') => self.mode = Mode::Search(String::new()),
            Key::Char('n') => self.search_next(),
            Key::Char('s' | ' ' | 'j') | Key::Next => self.step(1),
            Key::Char('k') | Key::Previous => self.step(self.shown().len().saturating_sub(1)),
            Key::Char('G') | Key::Last => self.go_to_shown(usize::MAX),
            Key::First => self.go_to_shown(0),
            Key::Char('g') => self.mode = Mode::Number(String::new()),
            Key::Char('w') => {
                let reason = self.current().map(|item| item.reason.clone()).unwrap_or_default();
                self.mode = Mode::Reason(reason);
            }
            Key::Char('o') | Key::Escape => self.open_overview(),
            Key::Char(']') => self.next_file(),
            Key::Char('[') => self.previous_file(),
            _ => self.scroll_key(key),
        }
        Effect::None
    }

    fn explain_key(&mut self, key: Key) -> Effect {
        match key {
            Key::PageDown | Key::PageUp => {
                self.mode = Mode::Explain;
                self.scroll_key(key);
            }
            _ => self.scroll = 0,
        }
        Effect::None
    }

    fn done_key(&mut self, key: Key) -> Effect {
        match key {
            Key::Char('q') | Key::Enter | Key::Escape => return Effect::Quit,
            Key::Char('u') if !self.history.is_empty() => return self.undo(),
            Key::Previous | Key::Char('k') if !self.items.is_empty() => return Effect::None,
            Key::Char('o') if !self.items.is_empty() => self.mode = Mode::Overview(0),
            _ => self.mode = Mode::Done,
        }
        Effect::None
    }

    /// Gives `answer` to all open findings of the current rule or in the current file.
    fn many_key(&mut self, answer: Answer, key: Key) -> Effect {
        let Some(current) = self.current() else { return Effect::None };
        let same = |item: &Item| match key {
            Key::Char('r') => item.place.rule == current.place.rule,
            Key::Char('f') => item.place.path == current.place.path,
            _ => false,
        };
        let shown = |item: &Item| item.answer.is_none() && self.filter.shows(item);
        let open = self.items.iter().enumerate().filter(|(_, item)| shown(item) && same(item));
        // A finding without a change cannot be rejected.
        let allows = |item: &Item| answer == Answer::Accepted || !item.changes.is_empty();
        let numbers: Vec<_> = open.filter(|(_, item)| allows(item)).map(|(number, _)| number).collect();
        if matches!(key, Key::Char('r' | 'f')) { self.answer(numbers, answer) } else { Effect::None }
    }

    fn answer(&mut self, numbers: Vec<usize>, answer: Answer) -> Effect {
        let alone = numbers.len() == 1;
        let cannot = |number: &usize| answer == Answer::Rejected && self.items[*number].changes.is_empty();
        if numbers.is_empty() || numbers.iter().any(cannot) {
            self.message = match answer {
                Answer::Accepted => "nothing is open there".to_owned(),
                Answer::Rejected => "nothing is changed there, so nothing can be rejected".to_owned(),
            };
            return Effect::None;
        }
        self.remember(&numbers);
        for &number in &numbers {
            let item = &mut self.items[number];
            item.answer = Some(answer);
            if answer == Answer::Rejected {
                item.edited = None;
            }
        }
        if !alone {
            let word = if answer == Answer::Accepted { "accepted" } else { "rejected" };
            self.message = format!("{word} {} findings; `u` takes it back", numbers.len());
        }
        self.go_to_open();
        Effect::Save(numbers)
    }

    /// Keeps the state of the items `numbers` for undo.
    fn remember(&mut self, numbers: &[usize]) {
        let before = numbers.iter().map(|&number| (number, Before::of(&self.items[number]))).collect();
        self.history.push(UndoStep { at: self.at, before });
    }

    /// Accepts the current item with `lines`, which a person wrote.
    fn rewrite(&mut self, lines: EditedLines, changes: Vec<Change>) -> Effect {
        if self.at >= self.items.len() {
            return Effect::None;
        }
        let at = self.at;
        self.remember(&[at]);
        let item = &mut self.items[at];
        (item.answer, item.edited, item.changes) = (Some(Answer::Accepted), Some(lines), changes);
        item.draft = None;
        self.go_to_open();
        if self.message.is_empty() {
            self.show_message("accepted with your lines; `u` takes it back");
        }
        Effect::Save(vec![at])
    }

    pub(super) fn undo(&mut self) -> Effect {
        let Some(UndoStep { at, before }) = self.history.pop() else {
            self.show_message("there is nothing to undo");
            return Effect::None;
        };
        self.go(at);
        let numbers = before.iter().map(|&(number, _)| number).collect();
        for (number, before) in before {
            before.restore(&mut self.items[number]);
        }
        Effect::Save(numbers)
    }

    /// Goes to the next open item. After the last item, the search continues with the first item. If the filter shows no
    /// open item, the overview shows what is left.
    fn go_to_open(&mut self) {
        let next = self.round().find(|&at| self.items[at].answer.is_none());
        match next {
            Some(at) => self.go(at),
            None if self.count(None) > 0 => {
                self.open_overview();
                if self.message.is_empty() {
                    self.show_message("all of these are answered; choose what is next");
                }
            }
            None => self.mode = Mode::Done,
        }
    }

    /// The indexes of the items that the filter shows.
    pub(super) fn shown(&self) -> Vec<usize> {
        let shows = |(at, item)| self.filter.shows(item).then_some(at);
        self.items.iter().enumerate().filter_map(shows).collect()
    }

    /// The indexes of the shown items, from the one after the current item round to the current item.
    fn round(&self) -> impl Iterator<Item = usize> + use<> {
        let shown = self.shown();
        let after = shown.partition_point(|&at| at <= self.at);
        let count = shown.len();
        (0..count).map(move |step| shown[(after + step) % count])
    }

    /// Goes forward by `count` shown items. After the last item follows the first.
    fn step(&mut self, count: usize) {
        if let Some(at) = self.round().nth(count.saturating_sub(1)) {
            self.go(at);
        }
    }

    /// Goes to the shown item with this number, from 0, or to the last one.
    pub(super) fn go_to_shown(&mut self, number: usize) {
        let shown = self.shown();
        if let Some(&at) = shown.get(number).or(shown.last()) {
            self.go(at);
        }
    }

    pub(super) fn show_message(&mut self, message: &str) {
        message.clone_into(&mut self.message);
    }

    pub(super) fn go(&mut self, at: usize) {
        (self.at, self.scroll) = (at, 0);
    }

    fn next_file(&mut self) {
        let Some(path) = self.current().map(|item| &item.place.path) else { return };
        let later = self.shown().into_iter().filter(|&at| at > self.at);
        match { later }.find(|&at| self.items[at].place.path != *path) {
            Some(at) => self.go(at),
            None => self.show_message("this is the last file"),
        }
    }

    fn previous_file(&mut self) {
        let shown = self.shown();
        let path = |number: usize| &self.items[shown[number]].place.path;
        let first_of = |number: usize| {
            (0..number).rev().find(|&before| path(before) != path(number)).map_or(0, |before| before + 1)
        };
        let here = shown.partition_point(|&at| at < self.at);
        if let Some(before) = first_of(here).checked_sub(1) {
            self.go(shown[first_of(before)]);
        } else {
            self.go_to_shown(0);
            self.show_message("this is the first file");
        }
    }

    /// Goes to the next item that contains the text of the search, ignoring case.
    pub(super) fn search_next(&mut self) {
        let search_text = self.search_text.to_lowercase();
        let contains = |item: &Item| {
            let lines =
                item.lines.map_or(0..0, |(from, to)| from as usize - 1..(to as usize).min(item.source.len()));
            let code = item.source.get(lines).unwrap_or_default().join("\n");
            let function = item.function.as_deref().unwrap_or_default();
            let path = readable(&item.path);
            let texts = [&path, item.place.rule.as_str(), &item.what, &code, function];
            texts.iter().any(|text| text.to_lowercase().contains(&search_text))
        };
        let found = self.round().find(|&at| contains(&self.items[at]));
        match found {
            _ if search_text.is_empty() => self.show_message("press `/` to enter a search text"),
            Some(at) => self.go(at),
            None => self.message = format!("no finding contains `{}`", self.search_text),
        }
    }

    fn scroll_key(&mut self, key: Key) {
        match key {
            Key::PageDown => self.scroll = self.scroll.saturating_add(10),
            Key::PageUp => self.scroll = self.scroll.saturating_sub(10),
            _ => {}
        }
    }

    /// Replaces the findings of the current file by `new`. A new finding is left out if it has an answer from before
    /// the review.
    fn replace(&mut self, mut new: Vec<Item>) -> Effect {
        let Some(current) = self.current() else { return Effect::None };
        let (path, line) = (current.place.path.clone(), current.lines);
        let first = self.items.iter().position(|item| item.place.path == path).unwrap_or_default();
        new.retain(|item| item.answer.is_none() || self.items.iter().any(|old| old.place == item.place));
        self.items.retain(|item| item.place.path != path);
        let count = new.iter().filter(|item| item.answer.is_none()).count();
        self.items.splice(first..first, new);
        Item::sort(&mut self.items);
        // The indexes in the history refer to other items after the replacement.
        self.history.clear();
        if !self.items.iter().any(|item| self.filter.shows(item)) {
            self.filter = Filter::All;
        }
        let shown = self.shown();
        let in_file = |&&at: &&usize| self.items[at].place.path == path;
        let nearest = |&at: &usize| {
            let row = |lines: Option<(u32, u32)>| lines.map_or(0, |(line, _)| line);
            row(self.items[at].lines).abs_diff(row(line))
        };
        let place = shown.iter().filter(in_file).copied().min_by_key(nearest);
        let Some(at) =
            place.or_else(|| shown.iter().copied().find(|&at| at >= first)).or(shown.last().copied())
        else {
            self.mode = Mode::Done;
            return Effect::None;
        };
        self.go(at);
        self.message = match count {
            0 => "read the file again: nothing is open in it any more".to_owned(),
            1 => "read the file again: 1 finding is open".to_owned(),
            _ => format!("read the file again: {count} findings are open"),
        };
        if self.current().is_some_and(|item| item.answer.is_some()) {
            self.go_to_open();
        }
        Effect::None
    }
}
