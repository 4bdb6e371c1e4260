//! Draws a review on the screen. The screen is usable with 80 columns, 24 rows and no colours, because signs and bold
//! text show the same as colours.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use tranship_rules::Level;

use super::diff::{self, Side, diff};
use super::overview::{Filter, Row};
use super::state::{Mode, State};
use super::wrap::wrap;
use super::{Item, code};
use crate::report::{display_path, escape_controls, level};
use tranship_engine::finding::Answer;
use tranship_engine::lang::Lang;
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

/// The number of columns from which a change is shown side by side.
const WIDE: usize = 140;

const KEYS: &str = "a accept  r reject  e edit it  s skip  u undo  w reason  v open file  A R for many  ? explain  / n search  \
    g number  [ ] file  o overview  q quit";
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
    let selected = match state.mode {
        Mode::Overview(row) => Some(row + OVERVIEW_HEAD),
        _ => None,
    };
    let message = prose(&escape_controls(&state.message), width);
    let mut foot = prose(&keys(state), width);
    let below = |foot: &[Line]| {
        let room = usize::from(area.height).saturating_sub(1 + message.len() + foot.len());
        u16::try_from(rows.len().saturating_sub(room)).unwrap_or(u16::MAX)
    };
    if below(&foot) > 0 && selected.is_none() {
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
    let scroll = match selected {
        // The selected row is always visible.
        Some(row) => u16::try_from((row + 1).saturating_sub(usize::from(body.height))).unwrap_or(u16::MAX),
        None => state.scroll.min(below),
    };
    frame.render_widget(Paragraph::new(rows).scroll((scroll, 0)), body);
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
        Mode::Overview(_) => "up down select  enter shows these findings  escape goes back  u undo  q quit"
            .replace(' ', "\u{a0}")
            .replace("\u{a0}\u{a0}", "  "),
        Mode::Number(text) => format!("number: {text}_   enter goes there, g the first, escape goes back"),
        Mode::Reason(text) => format!("reason: {text}_   enter keeps it, escape goes back"),
        Mode::Search(text) => format!("search: {text}_   enter searches, escape goes back"),
        Mode::AnswerMany(answer) => {
            let word = if *answer == Answer::Accepted { "accept" } else { "reject" };
            format!("{word} all that is open: r of this rule, f in this file; any other key goes back")
        }
        Mode::Done if state.items.is_empty() => "q quit".to_owned(),
        Mode::Done => "u undo  k back  o overview  q quit".to_owned(),
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
    let (count, place) = match (&state.mode, state.current()) {
        (Mode::Overview(_), _) => (" ".to_owned(), "findings by rule".to_owned()),
        (_, Some(item)) => {
            let shown = state.shown();
            let number = shown.partition_point(|&at| at < state.at) + 1;
            let of = match &state.filter {
                Filter::All => String::new(),
                Filter::Level(of) => format!(" {}", level(*of)),
                Filter::Rule(rule) => format!(" {}", escape_controls(rule)),
            };
            (format!(" {number}/{}{of}  ", shown.len()), place(item))
        }
        (_, None) => (String::new(), String::new()),
    };
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

    fn level(self, level: Level) -> Style {
        self.colour(match level {
            Level::Manual => Color::Red,
            Level::Review => Color::Yellow,
            Level::Safe => Color::Green,
        })
    }

    /// `line` of code in `item`, with colours for its tokens if it is C++.
    fn code(self, item: &Item, line: String, style: Style) -> Vec<Span<'static>> {
        if !self.colours || !Lang::of(&item.path).is_cpp() {
            return vec![Span::styled(line, style)];
        }
        let pieces = code::styles(&line, style);
        let ends = pieces.iter().skip(1).map(|(at, _)| *at).chain([line.len()]);
        let spans = pieces.iter().zip(ends).filter(|((at, _), end)| at < end);
        spans.map(|((at, style), end)| Span::styled(line[*at..end].to_owned(), *style)).collect()
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
        (Mode::Overview(row), _) => overview(state, *row, styles, width),
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

/// The number of rows above the first row of the overview.
const OVERVIEW_HEAD: usize = 1;

/// The table of rules, in rows that are cut after `width` columns.
fn overview(state: &State, selected: usize, styles: Styles, width: usize) -> Vec<Line<'static>> {
    let name = |row: &Row| match &row.filter {
        Filter::All => "all findings".to_owned(),
        Filter::Level(of) => format!("all {} findings", level(*of)),
        Filter::Rule(rule) => clean(rule),
    };
    let rows = state.rows();
    let longest = rows.iter().map(|row| name(row).chars().count()).max().unwrap_or(0);
    let names = longest.min(width.saturating_sub(36));
    let dim = Style::new().add_modifier(Modifier::DIM);
    let head = format!("  {:<names$}  {:<6}  {:<6}  {:>6}  {:>8}", "", "level", "effort", "open", "answered");
    let mut out = vec![Line::styled(head, dim)];
    for (number, row) in rows.iter().enumerate() {
        let is_rule = matches!(row.filter, Filter::Rule(_));
        let of = row.level.filter(|_| is_rule).map_or("", level);
        let effort = row.effort.map_or("", tranship_rules::Effort::word);
        let name: String = name(row).chars().take(names).collect();
        let answered = if row.answered > 0 { row.answered.to_string() } else { String::new() };
        let sign = if number == selected { '>' } else { ' ' };
        let level_style = row.level.filter(|_| is_rule).map_or(Style::new(), |of| styles.level(of));
        let mut line = Line::from(vec![
            Span::raw(format!("{sign} {name:<names$}  ")),
            Span::styled(format!("{of:<6}"), level_style),
            Span::raw(format!("  {effort:<6}  {:>6}  {answered:>8}", row.open)),
        ]);
        if number == selected {
            line = line.style(Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED));
        }
        out.push(line);
    }
    out
}

fn text(text: &str) -> Vec<Line<'static>> {
    text.lines().map(|line| Line::from(clean(line))).collect()
}

fn finding(item: &Item, styles: Styles, width: usize) -> Vec<Line<'static>> {
    let bold = Modifier::BOLD;
    let head = format!("{}[{}]", level(item.level), item.place.rule);
    let mut title = vec![Span::styled(head, styles.level(item.level).add_modifier(bold)), Span::raw(": ")];
    title.push(Span::styled(clean(&item.what), Style::new().add_modifier(bold)));
    if let Some(answer) = item.answer {
        let word = match answer {
            Answer::Accepted if item.edited.is_some() => " (accepted as edited)",
            Answer::Accepted => " (accepted)",
            Answer::Rejected => " (rejected)",
        };
        title.push(Span::styled(word, styles.colour(Color::Cyan)));
    }
    let mut out = wrap(&Line::from(title), width, 0);
    out.push(Line::default());
    let mut lines = Vec::new();
    code(item, styles, width, &mut lines);
    out.extend(lines.iter().flat_map(|line| wrap(line, width, GUTTER)));
    out.push(Line::default());
    let effect = match item.changes.first() {
        Some(_) if item.is_advice => {
            "`tranship advise --diff` prints this change, unless the answer is to reject it"
        }
        None if item.is_advice => "accepting means that the code stays as it is, or was changed by hand",
        Some(change) if !change.applied => "accepting makes this change; without an answer it is not made",
        Some(_) => "",
        None => {
            "accepting means that the code is right as it is, or was changed by hand; `e` writes lines of your own"
        }
    };
    let notes = [
        ("assumption", &*item.assumption),
        ("why", &item.why),
        ("help", &item.todo),
        ("note", effect),
        ("also", &item.also_shown),
        ("reason", &item.reason),
    ];
    for (name, note) in notes.into_iter().filter(|(_, note)| !note.is_empty()) {
        let name = Span::styled(format!("{name}: "), styles.colour(Color::Cyan).add_modifier(bold));
        out.extend(wrap(&Line::from(vec![name, Span::raw(clean(note))]), width, 2));
    }
    out
}

/// Appends the changes with the source around them, the one at the place of the finding first. If no change contains that
/// place, its lines are first.
fn code(item: &Item, styles: Styles, width: usize, out: &mut Vec<Line<'static>>) {
    let last = |change: &Change| change.line + (change.before.lines().count().max(1) as u32) - 1;
    let shows = |line: u32| item.changes.iter().any(|change| (change.line..=last(change)).contains(&line));
    if let Some((from, to)) = item.lines.filter(|&(from, _)| !shows(from)) {
        context(item, from.saturating_sub(CONTEXT), from - 1, styles, out);
        for line in from..=to.min(from + MAX_LINES as u32) {
            let mut spans = vec![number(Some(line)), Span::raw("> ")];
            spans.extend(styles.code(item, source(item, line), Style::new().add_modifier(Modifier::BOLD)));
            out.push(Line::from(spans));
        }
        context(item, to + 1, to + CONTEXT, styles, out);
    }
    // The change at the place of the finding comes first, and an include that it needs comes behind.
    let at_place =
        |change: &&Change| item.lines.is_some_and(|(from, _)| (change.line..=last(change)).contains(&from));
    let (first, others): (Vec<_>, Vec<_>) = item.changes.iter().partition(at_place);
    for change in first.into_iter().chain(others) {
        if !out.is_empty() {
            out.push(Line::from("     ..."));
        }
        context(item, change.line.saturating_sub(CONTEXT), change.line - 1, styles, out);
        if width >= WIDE {
            beside(change, styles, width, out);
        } else {
            changed(change, styles, out);
        }
        context(item, last(change) + 1, last(change) + CONTEXT, styles, out);
    }
}

fn changed(change: &Change, styles: Styles, out: &mut Vec<Line<'static>>) {
    let mut at = change.line;
    for line in diff(&change.before, &change.after).into_iter().take(MAX_LINES) {
        let numbered = (line.side != Side::New).then_some(at);
        at += u32::from(numbered.is_some());
        out.push(diff_line(line, numbered, styles));
    }
}

/// A line of a diff with its number and sign.
fn diff_line(line: diff::Line, numbered: Option<u32>, styles: Styles) -> Line<'static> {
    let (sign, style) = styles.side(line.side);
    let mut spans = vec![number(numbered), Span::styled(format!("{sign} "), style)];
    spans.extend(line.pieces.into_iter().map(|(differs, text)| {
        let weight = Modifier::BOLD | Modifier::UNDERLINED;
        let style = if differs { style.add_modifier(weight) } else { style };
        Span::styled(clean(&text), style)
    }));
    Line::from(spans)
}

/// The lines before a change on the left, and after it on the right.
fn beside(change: &Change, styles: Styles, width: usize, out: &mut Vec<Line<'static>>) {
    let column = (width - 3) / 2;
    let mut at = change.line;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut flush = |left: &mut Vec<Line<'static>>, right: &mut Vec<Line<'static>>| {
        for row in 0..left.len().max(right.len()) {
            let cell = |side: &[Line<'static>]| side.get(row).cloned().unwrap_or_default();
            let mut spans = cell(left).spans;
            let used: usize = spans.iter().map(Span::width).sum();
            spans.push(Span::raw(" ".repeat(column.saturating_sub(used))));
            spans.push(Span::styled(" | ", Style::new().add_modifier(Modifier::DIM)));
            spans.extend(cell(right).spans);
            out.push(Line::from(spans));
        }
        left.clear();
        right.clear();
    };
    for line in diff(&change.before, &change.after).into_iter().take(MAX_LINES) {
        let side = line.side;
        let numbered = (side != Side::New).then_some(at);
        at += u32::from(numbered.is_some());
        let rows = wrap(&diff_line(line, numbered, styles), column, GUTTER);
        match side {
            Side::Old => left.extend(rows),
            Side::New => right.extend(rows),
            Side::Both => {
                flush(&mut left, &mut right);
                left.extend(rows.iter().cloned());
                right.extend(rows);
                flush(&mut left, &mut right);
            }
        }
    }
    flush(&mut left, &mut right);
}

fn context(item: &Item, from: u32, to: u32, styles: Styles, out: &mut Vec<Line<'static>>) {
    let dim = Style::new().add_modifier(Modifier::DIM);
    for line in from.max(1)..=to.min(item.source.len() as u32) {
        let mut spans = vec![number(Some(line)), Span::raw("  ")];
        spans.extend(styles.code(item, source(item, line), dim));
        out.push(Line::from(spans));
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
