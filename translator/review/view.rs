//! Draws a review on the screen. The screen is usable with 80 columns, 24 rows and no colours, because signs and bold
//! text show the same as colours.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use tranship_rules::Level;

use super::Item;
use super::diff::{Side, diff};
use super::state::{Mode, State};
use super::wrap::wrap;
use crate::report::{display_path, escape_controls, level};
use tranship_engine::finding::Answer;
use tranship_engine::result::Change;

/// The smallest screen, in columns and rows.
const SMALLEST: (u16, u16) = (40, 10);
/// The maximum number of rows for a message, and for the keys.
const MAX_FOOT_ROWS: usize = 4;
/// The number of lines of source before and after the shown lines.
const CONTEXT: u32 = 3;
/// The maximum number of shown characters of one line of code.
const MAX_LETTERS: usize = 1000;
/// The maximum number of shown lines of one finding or change.
const MAX_LINES: usize = 200;

const KEYS: &str =
    "a accept  r reject  s skip  u undo  v edit  A R for many  ? explain  / n search  [ ] file  q quit";
/// The number of columns before code: the line number, the sign, and the spaces between both.
const GUTTER: usize = 7;

/// Draws `state`, with colours if `colours` is true. Returns the number of rows below the last row that fits,
/// by which the text can be scrolled down.
pub fn draw(frame: &mut Frame, state: &State, colours: bool) -> u16 {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "too small: {} x {} is needed, this is {} x {}",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
        return state.scroll;
    }
    let (styles, width) = (Styles { colours }, usize::from(area.width));
    let rows = content(state, styles, width);
    let message = prose(&escape_controls(&state.message), width);
    let mut foot = prose(&keys(state), width);
    let below = |foot: &[Line]| {
        let room = usize::from(area.height).saturating_sub(1 + message.len() + foot.len());
        u16::try_from(rows.len().saturating_sub(room)).unwrap_or(u16::MAX)
    };
    if below(&foot) > 0 {
        foot = prose(&format!("{}  PgUp\u{a0}PgDn\u{a0}scroll", keys(state)), width);
    }
    let below = below(&foot);
    let [head, body, message_area, foot_area] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(message.len() as u16),
        Constraint::Length(foot.len() as u16),
    ])
    .areas(area);
    let modified = |modifier| Style::new().add_modifier(modifier);
    let head_line = Paragraph::new(header(state, head.width as usize));
    frame.render_widget(head_line.style(modified(Modifier::REVERSED)), head);
    frame.render_widget(Paragraph::new(rows).scroll((state.scroll.min(below), 0)), body);
    frame.render_widget(Paragraph::new(message).style(modified(Modifier::BOLD)), message_area);
    frame.render_widget(Paragraph::new(foot).style(modified(Modifier::DIM)), foot_area);
    below
}

/// `text` in at most [`MAX_FOOT_ROWS`] rows, for the foot of the screen.
fn prose(text: &str, width: usize) -> Vec<Line<'static>> {
    let mut rows = wrap(&Line::raw(text.replace('\n', " ")), width, 0);
    rows.truncate(MAX_FOOT_ROWS);
    for span in rows.iter_mut().flat_map(|row| &mut row.spans) {
        span.content = span.content.replace('\u{a0}', " ").into();
    }
    rows
}

fn keys(state: &State) -> String {
    match &state.mode {
        // Spaces that cannot break keep a key and its description on one row.
        Mode::Browse => KEYS.replace(' ', "\u{a0}").replace("\u{a0}\u{a0}", "  "),
        Mode::Explain => "any key goes back".to_owned(),
        Mode::Search(text) => format!("search: {text}_   enter searches, escape goes back"),
        Mode::AnswerMany(answer) => {
            let word = if *answer == Answer::Accepted { "accept" } else { "reject" };
            format!("{word} all that is open: r of this rule, f in this file; any other key goes back")
        }
        Mode::Done if state.items.is_empty() => "q quit".to_owned(),
        Mode::Done => "u undo  k back  q quit".to_owned(),
    }
}

/// The header: the number and place of the current finding, and the counts of answers, in `width` columns.
fn header(state: &State, width: usize) -> String {
    let (accepted, rejected) = (state.count(Some(Answer::Accepted)), state.count(Some(Answer::Rejected)));
    let mut right = format!(" {} open", state.count(None));
    for (count, word) in [(accepted, "accepted"), (rejected, "rejected")] {
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(right, ", {count} {word}");
        }
    }
    right.push(' ');
    let count =
        state.current().map(|_| format!(" {}/{}  ", state.at + 1, state.items.len())).unwrap_or_default();
    let place = state.current().map(place).unwrap_or_default();
    let room = width.saturating_sub(right.chars().count() + count.chars().count());
    let length = place.chars().count();
    // The end of a path identifies a file better than its beginning, so the beginning is cut.
    let place: String = if length > room {
        let cut = length - room.saturating_sub(1);
        std::iter::once('…').chain(place.chars().skip(cut)).collect()
    } else {
        place
    };
    format!("{count}{place:<room$}{right}")
}

fn place(item: &Item) -> String {
    let line = item.lines.map_or(String::new(), |(line, _)| format!(":{line}"));
    let function =
        item.function.as_deref().map_or(String::new(), |name| format!(" in {}", escape_controls(name)));
    format!("{}{line}{function}", display_path(&item.path))
}

/// Creates styles, with or without colours.
#[derive(Copy, Clone)]
struct Styles {
    colours: bool,
}

impl Styles {
    fn colour(self, colour: Color) -> Style {
        if self.colours { Style::new().fg(colour) } else { Style::new() }
    }

    fn side(self, side: Side) -> (char, Style) {
        match side {
            Side::Both => (' ', Style::new()),
            Side::Old => ('-', self.colour(Color::Red)),
            Side::New => ('+', self.colour(Color::Green)),
        }
    }
}

/// The body of the screen, in rows of `width` columns.
fn content(state: &State, styles: Styles, width: usize) -> Vec<Line<'static>> {
    let wrapped = |lines: Vec<Line<'static>>| lines.iter().flat_map(|line| wrap(line, width, 0)).collect();
    match (&state.mode, state.current()) {
        (Mode::Done, _) | (_, None) => wrapped(done(state)),
        (Mode::Explain, Some(item)) => wrapped(text(&item.explanation)),
        (_, Some(item)) => finding(item, styles, width),
    }
}

fn done(state: &State) -> Vec<Line<'static>> {
    if state.items.is_empty() {
        return text("\nNothing is open.");
    }
    let (accepted, rejected) = (state.count(Some(Answer::Accepted)), state.count(Some(Answer::Rejected)));
    text(&format!(
        "\nEverything is answered: {accepted} accepted, {rejected} rejected.\n\n`tranship convert` applies the answers."
    ))
}

fn text(text: &str) -> Vec<Line<'static>> {
    text.lines().map(|line| Line::from(clean(line))).collect()
}

fn finding(item: &Item, styles: Styles, width: usize) -> Vec<Line<'static>> {
    let bold = Modifier::BOLD;
    let colour = match item.level {
        Level::Manual => Color::Red,
        Level::Review => Color::Yellow,
        Level::Safe => Color::Green,
    };
    let head = format!("{}[{}]", level(item.level), item.place.rule);
    let mut title = vec![Span::styled(head, styles.colour(colour).add_modifier(bold)), Span::raw(": ")];
    title.push(Span::styled(clean(&item.what), Style::new().add_modifier(bold)));
    if let Some(answer) = item.answer {
        let word = if answer == Answer::Accepted { " (accepted)" } else { " (rejected)" };
        title.push(Span::styled(word, styles.colour(Color::Cyan)));
    }
    let mut out = wrap(&Line::from(title), width, 0);
    out.push(Line::default());
    let mut lines = Vec::new();
    code(item, styles, &mut lines);
    out.extend(lines.iter().flat_map(|line| wrap(line, width, GUTTER)));
    out.push(Line::default());
    let effect = match item.changes.first() {
        Some(change) if !change.applied => "accepting makes this change; without an answer it is not made",
        Some(_) => "",
        None => "accepting means that the code is right as it is, or was changed by hand",
    };
    let notes = [
        ("assumption", &*item.assumption),
        ("why", &item.why),
        ("help", &item.todo),
        ("note", effect),
        ("also", &item.also_shown),
    ];
    for (name, note) in notes.into_iter().filter(|(_, note)| !note.is_empty()) {
        let name = Span::styled(format!("{name}: "), styles.colour(Color::Cyan).add_modifier(bold));
        out.extend(wrap(&Line::from(vec![name, Span::raw(clean(note))]), width, 2));
    }
    out
}

/// Appends the changes with the source around them. If no change contains the place of the finding, its lines are
/// first.
fn code(item: &Item, styles: Styles, out: &mut Vec<Line<'static>>) {
    let last = |change: &Change| change.line + (change.before.lines().count().max(1) as u32) - 1;
    let shows = |line: u32| item.changes.iter().any(|change| (change.line..=last(change)).contains(&line));
    if let Some((from, to)) = item.lines.filter(|&(from, _)| !shows(from)) {
        context(item, from.saturating_sub(CONTEXT), from - 1, out);
        for line in from..=to.min(from + MAX_LINES as u32) {
            let code = Span::styled(source(item, line), Style::new().add_modifier(Modifier::BOLD));
            out.push(Line::from(vec![number(Some(line)), Span::raw("> "), code]));
        }
        context(item, to + 1, to + CONTEXT, out);
    }
    for change in &item.changes {
        if !out.is_empty() {
            out.push(Line::from("     ..."));
        }
        context(item, change.line.saturating_sub(CONTEXT), change.line - 1, out);
        changed(change, styles, out);
        context(item, last(change) + 1, last(change) + CONTEXT, out);
    }
}

fn changed(change: &Change, styles: Styles, out: &mut Vec<Line<'static>>) {
    let mut at = change.line;
    for line in diff(&change.before, &change.after).into_iter().take(MAX_LINES) {
        let (sign, style) = styles.side(line.side);
        let numbered = (line.side != Side::New).then_some(at);
        at += u32::from(numbered.is_some());
        let mut spans = vec![number(numbered), Span::styled(format!("{sign} "), style)];
        spans.extend(line.pieces.into_iter().map(|(differs, text)| {
            let weight = Modifier::BOLD | Modifier::UNDERLINED;
            let style = if differs { style.add_modifier(weight) } else { style };
            Span::styled(clean(&text), style)
        }));
        out.push(Line::from(spans));
    }
}

fn context(item: &Item, from: u32, to: u32, out: &mut Vec<Line<'static>>) {
    let dim = Style::new().add_modifier(Modifier::DIM);
    for line in from.max(1)..=to.min(item.source.len() as u32) {
        out.push(Line::from(vec![
            number(Some(line)),
            Span::styled(format!("  {}", source(item, line)), dim),
        ]));
    }
}

fn number(line: Option<u32>) -> Span<'static> {
    let text = line.map_or_else(|| " ".repeat(5), |line| format!("{line:>4} "));
    Span::styled(text, Style::new().add_modifier(Modifier::DIM))
}

/// The line `line` of the item's file, from 1, cut after [`MAX_LETTERS`] characters.
fn source(item: &Item, line: u32) -> String {
    let line = item.source.get(line as usize - 1).map_or("", String::as_str);
    match line.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => clean(&line[..end]) + "…",
        None => clean(line),
    }
}

/// `text` on one line, without characters that move the cursor.
fn clean(text: &str) -> String {
    escape_controls(text).replace('\t', "    ").replace('\n', " ")
}
