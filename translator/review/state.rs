//! The state of a review, and the changes of the state by keys.

use super::Item;
use tranship_engine::finding::Answer;
use tranship_engine::text::path::readable;

/// An input of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The file of the current item was edited. The event contains all findings of the file after the edit.
    Edited(Vec<Item>),
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
    /// End the review.
    Quit,
}

/// The mode of a review, which decides the meaning of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// One finding is shown.
    #[default]
    Browse,
    /// The explanation of the current finding's rule is shown.
    Explain,
    /// The person types the text to search for.
    Search(String),
    /// The person chooses whether the answer applies to a rule or to a file.
    AnswerMany(Answer),
    /// Every finding has an answer.
    Done,
}

/// The state of a review: the items with their answers, and what is shown.
///
/// `at` is the index of the current item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) items: Vec<Item>,
    pub(super) at: usize,
    pub(super) mode: Mode,
    /// The message about the last event; empty if there is none.
    pub(super) message: String,
    /// The number of rows by which the text is scrolled down.
    pub(super) scroll: u16,
    /// The text of the last search.
    search_text: String,
    /// The given answers in order, for undo.
    history: Vec<UndoStep>,
}

/// An answer that can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct UndoStep {
    /// The index of the current item when the answer was given.
    at: usize,
    /// The indexes of the answered items, each with the answer before.
    before: Vec<(usize, Option<Answer>)>,
}

impl State {
    /// A review of `items`, which must be sorted by file and line.
    pub fn new(items: Vec<Item>) -> Self {
        let mut state = Self { items, ..Self::default() };
        if state.items.is_empty() {
            state.mode = Mode::Done;
        }
        state
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
            Key::Char('q') => return Effect::Quit,
            Key::Char('?' | 'e') => {
                (self.mode, self.scroll) = (Mode::Explain, 0);
            }
            Key::Char('/') => self.mode = Mode::Search(String::new()),
            Key::Char('n') => self.search_next(),
            Key::Char('s' | ' ' | 'j') | Key::Next => self.go((self.at + 1) % self.items.len()),
            Key::Char('k') | Key::Previous => self.go((self.at + self.items.len() - 1) % self.items.len()),
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
            _ => self.mode = Mode::Done,
        }
        Effect::None
    }

    fn search_key(&mut self, mut text: String, key: Key) -> Effect {
        match key {
            Key::Enter => {
                self.search_text = text;
                self.search_next();
            }
            Key::Escape => {}
            Key::Backspace => {
                text.pop();
                self.mode = Mode::Search(text);
            }
            Key::Char(c) => {
                text.push(c);
                self.mode = Mode::Search(text);
            }
            _ => self.mode = Mode::Search(text),
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
        let open = self.items.iter().enumerate().filter(|(_, item)| item.answer.is_none() && same(item));
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
        let before = numbers.iter().map(|&number| (number, self.items[number].answer)).collect();
        self.history.push(UndoStep { at: self.at, before });
        for &number in &numbers {
            self.items[number].answer = Some(answer);
        }
        if !alone {
            let word = if answer == Answer::Accepted { "accepted" } else { "rejected" };
            self.message = format!("{word} {} findings; `u` takes it back", numbers.len());
        }
        self.go_to_open();
        Effect::Save(numbers)
    }

    fn undo(&mut self) -> Effect {
        let Some(UndoStep { at, before }) = self.history.pop() else {
            self.show_message("there is nothing to undo");
            return Effect::None;
        };
        self.go(at);
        let numbers = before.iter().map(|&(number, _)| number).collect();
        for (number, answer) in before {
            self.items[number].answer = answer;
        }
        Effect::Save(numbers)
    }

    /// Goes to the next open item. After the last item, the search continues with the first item.
    fn go_to_open(&mut self) {
        let count = self.items.len();
        let next =
            (1..=count).map(|step| (self.at + step) % count).find(|&at| self.items[at].answer.is_none());
        match next {
            Some(at) => self.go(at),
            None => self.mode = Mode::Done,
        }
    }

    fn show_message(&mut self, message: &str) {
        message.clone_into(&mut self.message);
    }

    fn go(&mut self, at: usize) {
        (self.at, self.scroll) = (at, 0);
    }

    fn next_file(&mut self) {
        let Some(path) = self.current().map(|item| &item.place.path) else { return };
        match self.items[self.at..].iter().position(|item| item.place.path != *path) {
            Some(step) => self.go(self.at + step),
            None => self.show_message("this is the last file"),
        }
    }

    fn previous_file(&mut self) {
        let first_of = |at: usize| {
            let path = &self.items[at].place.path;
            self.items[..at].iter().rposition(|item| item.place.path != *path).map_or(0, |before| before + 1)
        };
        if let Some(before) = first_of(self.at).checked_sub(1) {
            self.go(first_of(before));
        } else {
            self.go(0);
            self.show_message("this is the first file");
        }
    }

    /// Goes to the next item that contains the text of the search, ignoring case.
    fn search_next(&mut self) {
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
        let count = self.items.len();
        let found = (1..=count).map(|step| (self.at + step) % count).find(|&at| contains(&self.items[at]));
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
        let Some(path) = self.current().map(|item| item.place.path.clone()) else { return Effect::None };
        let first = self.items.iter().position(|item| item.place.path == path).unwrap_or_default();
        new.retain(|item| item.answer.is_none() || self.items.iter().any(|old| old.place == item.place));
        self.items.retain(|item| item.place.path != path);
        let count = new.iter().filter(|item| item.answer.is_none()).count();
        let within = (self.at - first).min(new.len().saturating_sub(1));
        self.items.splice(first..first, new);
        // The indexes in the history refer to other items after the replacement.
        self.history.clear();
        if self.items.is_empty() {
            self.mode = Mode::Done;
            return Effect::None;
        }
        self.go((first + within).min(self.items.len() - 1));
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
