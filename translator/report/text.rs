//! Writes findings in the style of rustc: the fact, the place, the source, then why the fact matters and what to do.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Style, Origin, Padding, Renderer, Snippet,
};
use anstyle::AnsiColor;
use rayon::prelude::*;
use tranship_rules::Level;

use super::{display_path, escape_controls, level, other_places};
use tranship_engine::result::{Change, Found, Place};
use tranship_engine::result::{Conversion, FileReport};

/// All open findings with colours, ordered by file and place.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let findings = super::open(conversions);
    let text = |(file, found): &(&FileReport, &Found)| rendered(&renderer, file, found);
    findings.par_iter().map(text).collect::<Vec<String>>().concat()
}

fn rendered(renderer: &Renderer, file: &FileReport, found: &Found) -> String {
    let mut out = renderer.render(&[group(file, found)]);
    out.push('\n');
    for change in &found.changes {
        out.push_str(&diff(change));
    }
    out.push('\n');
    out
}

fn group<'a>(file: &FileReport, found: &'a Found) -> Group<'a> {
    let style = match found.level {
        Level::Manual => Style::ERROR,
        Level::Review => Style::WARNING,
        Level::Safe => Style::NOTE,
    };
    let title = style
        .clone()
        .with_name(level(found.level))
        .primary_title(escape_controls(&found.what))
        .id(found.rule);
    let mut group = match &found.place {
        Some(place) => {
            let (origin, snippet) = source(file, place);
            origin.into_iter().fold(Group::with_title(title), Group::element).element(snippet)
        }
        None => Group::with_title(title).element(Origin::path(display_path(&file.path))),
    };
    let also = match found.also.len() {
        0 => String::new(),
        1 => format!("1 more place: {}", other_places(found)),
        count => format!("{count} more places: {}", other_places(found)),
    };
    let notes = [
        (Style::NOTE.with_name("why"), &found.why),
        (Style::HELP.with_name("help"), &found.todo),
        (Style::NOTE.with_name("assumption"), &found.assumption),
        (Style::NOTE.with_name("also"), &also),
    ];
    if found.place.is_some() && notes.iter().any(|(_, text)| !text.is_empty()) {
        group = group.element(Padding);
    }
    for (style, text) in notes.into_iter().filter(|(_, text)| !text.is_empty()) {
        group = group.element(style.message(escape_controls(text)));
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
