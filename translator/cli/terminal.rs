//! Runs a review in the terminal: reads keys, draws the screen, and starts the editor.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::review::{Session, findings};
use crate::project::paths::near;
use crate::report::display_path;
use crate::review::{Effect, Event, Item, Key, State, draw};
use tranship_engine::finding::{Answer, EditedLines};

/// Shows `items` until all are answered or the person quits. Every answer is written at once.
pub(super) fn ask(session: &mut Session, items: Vec<Item>) -> anyhow::Result<()> {
    let before: Vec<_> = items.iter().map(|item| item.answer).collect();
    let screen =
        ratatui::try_init().context("cannot use the terminal; `tranship review --list` works without one")?;
    let mut review = Terminal { session, screen, unsaved: Vec::new() };
    let result = review.run(State::new(items).at_overview());
    let unsaved = review.unsaved.len();
    ratatui::restore();
    let state = result?;
    anyhow::ensure!(
        unsaved == 0,
        "{} could not be written",
        if unsaved == 1 { "1 answer".to_owned() } else { format!("{unsaved} answers") }
    );
    let mut out = anstream::stderr().lock();
    let after = state.items().iter().map(|item| item.answer);
    if !after.eq(before) {
        let (accepted, rejected) = (state.count(Some(Answer::Accepted)), state.count(Some(Answer::Rejected)));
        let mut files: Vec<_> = session.answers().map(|path| display_path(&near(path))).collect();
        files.dedup();
        writeln!(out, "{accepted} accepted, {rejected} rejected; the answers are in {}.", files.join(", "))?;
    }
    writeln!(out, "Open: {}.", findings(state.count(None)))?;
    Ok(())
}

struct Terminal<'a> {
    session: &'a mut Session,
    screen: DefaultTerminal,
    /// The items with answers that could not be written yet.
    unsaved: Vec<Item>,
}

impl Terminal<'_> {
    fn run(&mut self, mut state: State) -> anyhow::Result<State> {
        let colours = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let mut warned = false;
        loop {
            let mut below = 0;
            self.screen
                .draw(|frame| below = draw(frame, &state, colours))
                .context("cannot draw on the terminal")?;
            state.keep_in_sight(below);
            let key = match event::read().context("cannot read from the terminal")? {
                event::Event::Key(key) if key.kind != KeyEventKind::Release => key,
                // For example a new size of the terminal: the loop draws again.
                _ => continue,
            };
            let interrupted = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
            let (next, effect) = match name(key) {
                _ if interrupted => (state, Effect::Quit),
                Some(key) => state.update(Event::Key(key)),
                None => continue,
            };
            state = next;
            let mut effect = effect;
            loop {
                let event = match effect {
                    Effect::None => break,
                    Effect::Quit => match self.save(&[], &state) {
                        Err(_) if warned => return Ok(state),
                        Err(message) => {
                            warned = true;
                            Event::Failed(format!("quit again to leave without these answers: {message}"))
                        }
                        Ok(()) => return Ok(state),
                    },
                    Effect::Save(numbers) => match self.save(&numbers, &state) {
                        Ok(()) => break,
                        Err(message) => Event::Failed(message),
                    },
                    Effect::Edit => {
                        self.edit(&state).unwrap_or_else(|error| Event::Failed(format!("{error:#}")))
                    }
                    Effect::EditProposal => {
                        self.edit_proposal(&state).unwrap_or_else(|error| Event::Failed(format!("{error:#}")))
                    }
                };
                (state, effect) = state.update(event);
            }
        }
    }

    /// Writes the answers of these items, and the answers that could not be written before.
    fn save(&mut self, numbers: &[usize], state: &State) -> Result<(), String> {
        self.unsaved.extend(numbers.iter().map(|&number| state.items()[number].clone()));
        if self.unsaved.is_empty() {
            return Ok(());
        }
        self.session
            .save(&self.unsaved)
            .map_err(|problem| format!("{}: {}", display_path(&near(&problem.path)), problem.message))?;
        self.unsaved.clear();
        Ok(())
    }

    /// Opens the file of the current item in the editor, and reads the file again afterwards.
    fn edit(&mut self, state: &State) -> anyhow::Result<Event> {
        let Some(item) = state.current() else { return Ok(Event::Edited(Vec::new())) };
        let path = self.session.on_disk(&item.path);
        self.start_editor(&path, item.lines.map_or(1, |(line, _)| line))?;
        Ok(Event::Edited(self.session.reread(&item.path)?))
    }

    /// Opens the proposed lines of the current item in the editor. Accepts the item with the edited lines if the file parses with
    /// them.
    fn edit_proposal(&mut self, state: &State) -> anyhow::Result<Event> {
        let Some(item) = state.current() else { return Ok(Event::Edited(Vec::new())) };
        let Some(proposal) = self.session.proposal(item)? else {
            anyhow::bail!("these lines cannot be edited alone; `v` opens the file");
        };
        let ending = item.path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let mut named = tempfile::Builder::new();
        let file = named.prefix("tranship-").suffix(&format!(".{ending}")).tempfile()?;
        let shown = item.draft.as_ref().unwrap_or(&proposal.after);
        fs::write(file.path(), format!("{shown}\n"))?;
        self.start_editor(file.path(), 1)?;
        let text = fs::read_to_string(file.path()).context("cannot read the edited lines")?;
        let text = text.replace("\r\n", "\n");
        let after = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        let refused = |message: &str| Ok(Event::Refused(after.clone(), message.to_owned()));
        if text.is_empty() || after == proposal.before {
            anyhow::bail!(
                "nothing is answered, because these are the lines of the source; `r` rejects the change"
            );
        }
        if after == proposal.after && item.draft.is_none() {
            anyhow::bail!("nothing is answered, because nothing was edited; `a` accepts the change");
        }
        let lines = EditedLines { after: after.clone(), ..proposal };
        match self.session.changes_with(item, &lines)? {
            Some(changes) => Ok(Event::Rewritten(lines, changes)),
            None => refused(
                "nothing is answered, because the file does not parse with your lines; `e` edits them again",
            ),
        }
    }

    /// Leaves the screen to the editor until it ends.
    fn start_editor(&mut self, path: &Path, line: u32) -> anyhow::Result<()> {
        ratatui::restore();
        let ended = editor(path, line);
        self.screen = ratatui::try_init()?;
        self.screen.clear()?;
        ended
    }
}

/// The editors that accept `+LINE`.
const LINE_EDITORS: &[&str] =
    &["vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "kak", "micro", "joe", "pico"];

/// Opens `path` in the person's editor and waits until the editor ends.
fn editor(path: &Path, line: u32) -> anyhow::Result<()> {
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let mut command = Command::new(program);
    command.args(words);
    let name = Path::new(program).file_stem().unwrap_or_default();
    if LINE_EDITORS.iter().any(|known| name == *known) {
        command.arg(format!("+{line}"));
    }
    let status = command.arg(path).status().with_context(|| format!("cannot start the editor `{editor}`"))?;
    anyhow::ensure!(status.success(), "the editor `{editor}` failed ({status}); nothing was read again");
    Ok(())
}

/// The key of a review for a key of the terminal; `None` for a key without a meaning.
fn name(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            Key::Char(c)
        }
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Right | KeyCode::Down | KeyCode::Tab => Key::Next,
        KeyCode::Left | KeyCode::Up | KeyCode::BackTab => Key::Previous,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::Home => Key::First,
        KeyCode::End => Key::Last,
        _ => return None,
    })
}
