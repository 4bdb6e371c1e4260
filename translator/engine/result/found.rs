//! Findings with all their text and positions, so that the file is not needed any more.

use std::cell::LazyCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tranship_rules::{Level, RuleName};

use crate::finding::{Answer, Finding, Key, Keys, Site};
use crate::pass::Context;
use crate::source::Source;
use crate::text::{Edit, Edits, Lines, Piece, Position, Replacement, Span, TextEdit};
use crate::translate::Translation;

/// Longer source text, in bytes, is cut to the neighbourhood of the finding.
const MOST_BYTES: usize = 2000;
/// The bytes that stay on each side where text is cut.
const NEIGHBOURHOOD: usize = 60;

/// A finding that does not need its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule, or the CUDA name.
    pub rule: &'static str,
    /// Whether its change is applied, and under which condition.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub todo: String,
    /// The condition under which the change is right.
    pub assumption: String,
    /// Where it is; `None` for a finding about a whole file or folder.
    pub place: Option<Place>,
    /// The other places that the same answer decides, in order.
    pub also: Vec<OtherPlace>,
    /// The function around it.
    pub enclosing: Option<String>,
    /// The changed lines, if there is a change to show.
    pub changes: Vec<Change>,
    /// The edits of its change alone, whether the change is applied or not.
    pub edits: Vec<TextEdit>,
    /// The key of the finding, which survives unrelated edits of the file.
    pub key: Key,
    /// Why a person does not have to look at it any more.
    pub settled: Option<Settled>,
}

/// Why a finding is settled.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// A person accepted it.
    Accepted,
    /// A person rejected its change.
    Rejected,
    /// It is in the baseline: it was there before the project began to check.
    Baseline,
}

impl From<Answer> for Settled {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Accepted => Self::Accepted,
            Answer::Rejected => Self::Rejected,
        }
    }
}

/// Another place that the answer to a finding decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPlace {
    /// The path of its file as the user writes it.
    pub path: PathBuf,
    /// The same path relative to the root of the conversion.
    pub source: PathBuf,
    /// The position of its first character; `None` for a finding about a whole file or folder.
    pub start: Option<Position>,
    /// The function around it.
    pub enclosing: Option<String>,
    /// The changed lines; empty if the place is in the changes of another place of the same file.
    pub changes: Vec<Change>,
    /// The key of the finding that is here; `None` if the key of another place of the same file is the key.
    pub key: Option<Key>,
}

/// Where a finding is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its bytes in the original file.
    pub span: Span,
    /// The position of its first character.
    pub start: Position,
    /// The position behind its last character.
    pub end: Position,
    /// The text around it.
    pub snippet: Snippet,
}

/// Lines of source around a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text, with replacement characters for bytes that are not UTF-8.
    pub text: String,
    /// The bytes of `text` that the finding is about.
    pub mark: Range<usize>,
    /// Whether the text begins or ends within a line.
    pub cut: bool,
}

/// Changed lines, before and after.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Change {
    /// The first line, counted from 1 in the original file.
    pub line: u32,
    /// The lines before the change, with the line ends of the file between them.
    pub before: String,
    /// The lines after the change, also if it is not applied.
    pub after: String,
    /// Whether the change is in the output.
    pub applied: bool,
}

impl Found {
    /// Whether a person still has to look at it.
    pub fn is_open(&self) -> bool {
        self.settled.is_none()
    }

    /// The finding of `rule` about the whole file or folder `path`; `None` if the rule does not run there.
    pub fn about_file(rule: RuleName, what: String, path: &Path, context: &Context) -> Option<Self> {
        let finding = context.about_file(rule, path)?.saying(what);
        let site = finding.site.as_deref().cloned()?;
        Some(of(&finding, site, &[], &Lines::new(&[])))
    }
}

/// The findings of `translation` that a person has to see, or has answered. `shown` is the path of `source` for the user.
pub fn found(source: &Source, shown: &Path, translation: &Translation, context: &Context) -> Vec<Found> {
    let is_shown = |finding: &Finding| finding.needs_a_person() || finding.answer().is_some();
    found_if(is_shown, source, shown, translation, context)
}

/// All findings of `translation`, also those that need no person.
pub fn every_finding(
    source: &Source,
    shown: &Path,
    translation: &Translation,
    context: &Context,
) -> Vec<Found> {
    found_if(|_| true, source, shown, translation, context)
}

fn found_if(
    is_wanted: impl Fn(&Finding) -> bool,
    source: &Source,
    shown: &Path,
    translation: &Translation,
    context: &Context,
) -> Vec<Found> {
    let edits: Vec<&Edit> = translation.edits.iter().collect();
    let lines = LazyCell::new(|| Lines::new(&source.bytes));
    let one = |finding: &Finding| {
        let applied = context.selection.applies(finding);
        let changes = changes(source, &lines, finding.fix.edits(), applied.then_some(edits.as_slice()));
        // An `internal-error` finding has no site.
        let nowhere = || {
            let key = Keys::default().next(finding.rule, None, std::iter::empty());
            Site { key, function: None, answer: None }
        };
        let site = finding.site.as_deref().cloned().unwrap_or_else(nowhere);
        let other = |span: &Span| OtherPlace {
            path: shown.to_owned(),
            source: source.path.clone(),
            start: Some(lines.position(span.start)),
            enclosing: None,
            changes: Vec::new(),
            key: None,
        };
        let also = finding.also.iter().map(other).collect();
        let own = Edits::compose([finding.fix.edits()]).0;
        let edits = own.flat(&source.bytes);
        Found { also, changes, edits, ..of(finding, site, &source.bytes, &lines) }
    };
    translation.findings.iter().filter(|finding| is_wanted(finding)).map(one).collect()
}

fn of(finding: &Finding, site: Site, bytes: &[u8], lines: &Lines) -> Found {
    let words = finding.words();
    Found {
        rule: finding.rule,
        level: finding.level,
        what: words.what.into_owned(),
        why: words.why.into_owned(),
        todo: words.todo.into_owned(),
        assumption: words.assumption.into_owned(),
        place: (!finding.whole_file).then(|| place(bytes, lines, finding.span)),
        also: Vec::new(),
        enclosing: site.function,
        changes: Vec::new(),
        edits: Vec::new(),
        key: site.key,
        settled: site.answer.map(Settled::from),
    }
}

fn place(bytes: &[u8], lines: &Lines, span: Span) -> Place {
    let (start, end) = (lines.position(span.start), lines.position(span.end));
    let first = lines.start(start.line) as usize;
    let last = lines.start(end.line) as usize + lines.text(end.line).len();
    let marked = span.range();
    let (around, marked) = if last - first <= MOST_BYTES {
        (first..last.max(marked.end), marked)
    } else {
        let end = marked.end.min(marked.start + NEIGHBOURHOOD * 4);
        let around = marked.start.saturating_sub(NEIGHBOURHOOD).max(first)
            ..(end + NEIGHBOURHOOD).min(last.max(end)).min(bytes.len());
        (around, marked.start..end)
    };
    let cut = around.start != first || around.end < last;
    let text = |range: Range<usize>| {
        let text = String::from_utf8_lossy(&bytes[range]);
        if text.contains('\r') { text.replace('\r', "") } else { text.into_owned() }
    };
    let mut all = text(around.start..marked.start);
    let from = all.len();
    all.push_str(&text(marked.clone()));
    let to = all.len();
    all.push_str(&text(marked.end..around.end));
    Place { span, start, end, snippet: Snippet { text: all, mark: from..to, cut } }
}

/// The lines that the edits `own` touch, before and after them. If `all` is given, the lines after have all edits of
/// the file.
fn changes(source: &Source, lines: &Lines, own: &[Edit], all: Option<&[&Edit]>) -> Vec<Change> {
    let mut own: Vec<&Edit> = own.iter().collect();
    own.sort_by_key(|edit| edit.span);
    let mut regions: Vec<(u32, Span)> = Vec::new();
    for edit in &own {
        let (line, region) = lines_of(lines, edit.span);
        match regions.last_mut() {
            Some((_, last)) if region.start <= last.end => *last = last.to(region),
            _ => regions.push((line, region)),
        }
    }
    let change = |(line, region): (u32, Span)| {
        if region.len() as usize > MOST_BYTES {
            return None;
        }
        let inside = |edits: &[&Edit]| {
            let from = edits.partition_point(|edit| edit.span.start < region.start);
            let edits = edits[from..].iter().take_while(|edit| edit.span.start <= region.end);
            edits
                .filter(|edit| region.contains(edit.span))
                .map(|edit| shifted(edit, region.start))
                .collect::<Vec<_>>()
        };
        let edits = all.map_or_else(|| inside(&own), inside);
        let before = &source.bytes[region.range()];
        let after = Edits::compose([edits.as_slice()]).0.apply(before);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(Change { line, before: text(before), after: text(&after), applied: all.is_some() })
    };
    regions.into_iter().filter_map(change).collect()
}

/// The number of the first line that `span` touches, and the bytes of all touched lines without the last line end.
fn lines_of(lines: &Lines, span: Span) -> (u32, Span) {
    let (first, last) = (lines.position(span.start).line, lines.position(span.end).line);
    let end = lines.start(last) + lines.text(last).len() as u32;
    (first, Span::new(lines.start(first), end.max(span.end)))
}

/// `edit` with offsets relative to `by`.
fn shifted(edit: &Edit, by: u32) -> Edit {
    let moved = |span: Span| Span::new(span.start.saturating_sub(by), span.end.saturating_sub(by));
    let with = match &edit.with {
        Replacement::Text(text) => Replacement::Text(text.clone()),
        Replacement::Pieces(pieces) => Replacement::Pieces(
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Span(span) => Piece::Span(moved(*span)),
                    Piece::Text(text) => Piece::Text(text.clone()),
                })
                .collect(),
        ),
    };
    Edit { span: moved(edit.span), with }
}
