//! The keys while a person types a text: a search, a number, a reason.

use super::state::{Effect, Key, Mode, State};

impl State {
    pub(super) fn number_key(&mut self, mut text: String, key: Key) -> Effect {
        match key {
            Key::Char('g') if text.is_empty() => self.go_to_shown(0),
            Key::Enter => match text.parse::<usize>() {
                Ok(number) if (1..=self.shown().len()).contains(&number) => self.go_to_shown(number - 1),
                _ => self.message = format!("there are {} findings", self.shown().len()),
            },
            Key::Escape => {}
            Key::Backspace => {
                text.pop();
                self.mode = Mode::Number(text);
            }
            Key::Char(digit) if digit.is_ascii_digit() && text.len() < 9 => {
                text.push(digit);
                self.mode = Mode::Number(text);
            }
            _ => self.mode = Mode::Number(text),
        }
        Effect::None
    }

    pub(super) fn reason_key(&mut self, mut text: String, key: Key) -> Effect {
        match key {
            Key::Enter => {
                let at = self.at;
                let Some(item) = self.items.get_mut(at) else { return Effect::None };
                text.trim().clone_into(&mut item.reason);
                if item.answer.is_some() {
                    return Effect::Save(vec![at]);
                }
                self.show_message("the reason is written with the answer");
                return Effect::None;
            }
            Key::Escape => return Effect::None,
            Key::Backspace => drop(text.pop()),
            Key::Char(c) => text.push(c),
            _ => {}
        }
        self.mode = Mode::Reason(text);
        Effect::None
    }

    pub(super) fn search_key(&mut self, mut text: String, key: Key) -> Effect {
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
}
