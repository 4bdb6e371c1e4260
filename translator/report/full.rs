//! Writes findings in the style of rustc: the fact, the place, the source, then why the fact matters and what to do.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Style, Origin, Padding, Renderer, Snippet,
};
use anstyle::AnsiColor;
use tranship_rules::Level;

use super::width::{columns, terminal, wrap};
use super::{display_path, escape_controls, level, number, other_places};
use tranship_engine::result::{Change, Found, Place};
use tranship_engine::result::{Conversion, FileReport};

/// The columns before the name of a note, and its colon: `1234 = why: `.
const MARGIN: usize = 9;

/// All open findings with colours, ordered by file and place.
pub(super) fn render(conversions: &[Conversion]) -> String {
    super::open(conversions)
        .into_iter()
        .map(|(file, found)| block(file, found, ("also", &also(found))))
        .collect()
}

/// One finding with its source and its changes, and an empty line. `places` is the name and the text of a note on its
/// other places.
pub(super) fn block(file: &FileReport, found: &Found, places: (&str, &str)) -> String {
    let mut renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    if let Some(width) = terminal() {
        renderer = renderer.term_width(width);
    }
    let mut out = renderer.render(&[group(file, found, places)]);
    out.push('\n');
    for change in &found.changes {
        out.push_str(&diff(change));
    }
    out.push('\n');
    out
}

/// The other places that the answer to `found` decides.
fn also(found: &Found) -> String {
    match found.also.len() {
        0 => String::new(),
        1 => format!("1 more place: {}", other_places(found)),
        count => format!("{} more places: {}", number(count), other_places(found)),
    }
}

fn group<'a>(file: &FileReport, found: &'a Found, places: (&'a str, &'a str)) -> Group<'a> {
    let style = match found.level {
        Level::Manual => Style::ERROR,
        Level::Review => Style::WARNING,
        Level::Safe => Style::NOTE,
    };
    let mut what = escape_controls(&found.what);
    if let Some(width) = terminal() {
        // `review[RULE]: ` is before the first line, and the other lines begin below its end.
        let before = level(found.level).len() + found.rule.len() + "[]: ".len();
        what = wrap(&what, width.saturating_sub(before).max(width / 2), "");
    }
    let title = style.clone().with_name(level(found.level)).primary_title(what).id(found.rule);
    let mut group = match &found.place {
        Some(place) => {
            let (origin, snippet) = source(file, place);
            origin.into_iter().fold(Group::with_title(title), Group::element).element(snippet)
        }
        None => Group::with_title(title).element(Origin::path(display_path(&file.path))),
    };
    let notes = [
        (Style::NOTE, "why", found.why.as_str()),
        (Style::HELP, "help", &found.todo),
        (Style::NOTE, "assumption", &found.assumption),
        (Style::NOTE, places.0, places.1),
    ];
    if found.place.is_some() && notes.iter().any(|(.., text)| !text.is_empty()) {
        group = group.element(Padding);
    }
    for (style, name, text) in notes.into_iter().filter(|(.., text)| !text.is_empty()) {
        let text = wrap(&escape_controls(text), columns().saturating_sub(name.len() + MARGIN), "");
        group = group.element(style.with_name(name).message(text));
    }
    group
}

/// The path and the source around a finding.
///
/// If the snippet is cut, `annotate_snippets` cannot count columns from the start of the line. The line and column are
/// then in the returned `Origin`.
fn source(
    file: &FileReport,
    place: &Place,
) -> (Option<Origin<'static>>, Snippet<'static, Annotation<'static>>) {
    let snippet = Snippet::source(place.snippet.text.clone())
        .line_start(place.start.line as usize)
        .annotation(AnnotationKind::Primary.span(place.snippet.mark.clone()));
    let path = display_path(&file.path);
    if place.snippet.cut {
        let origin =
            Origin::path(path).line(place.start.line as usize).char_column(place.start.column as usize);
        (Some(origin), snippet)
    } else {
        (None, snippet.path(path))
    }
}

fn diff(change: &Change) -> String {
    let mut out = if change.applied { String::new() } else { "   not applied:\n".to_owned() };
    let (red, green) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
    for (sign, style, text) in [('-', red, &change.before), ('+', green, &change.after)] {
        for line in text.lines() {
            let _ = writeln!(out, "   {style}{sign} {}{style:#}", escape_controls(line));
        }
    }
    out
}
