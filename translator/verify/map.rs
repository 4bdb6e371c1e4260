//! Leads a line of the output back to the line of the source, the edits there and their rules. The file is translated again in
//! memory, so nothing has to be stored beside the output. It compiles nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tranship_engine::finding::Finding;
use tranship_engine::pass::Context;
use tranship_engine::result::source_with;
use tranship_engine::support_header::is_support_header;
use tranship_engine::text::{Edit, Lines, Origin, Piece, Replacement, Run};
use tranship_engine::translate::{Translation, translate};

use crate::compile::tree::{Tree, lines_in_source};

/// The source of an output folder.
#[derive(Copy, Clone)]
pub struct SourceTree<'a> {
    /// Its absolute folder.
    pub root: &'a Path,
    /// The context in which it was converted, with the index of its files.
    pub context: &'a Context,
    /// More endings of C++ files.
    pub endings: &'a [String],
}

/// How a line of the output came about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The conversion left the line as it was.
    Untouched,
    /// The conversion changed the line.
    Edited,
    /// A person changed the line in the output.
    ByHand,
    /// The line is in the support header.
    SupportHeader,
    /// The source is not there.
    Unknown,
}

/// One line of the output with its source.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The path of the source, or of the output if the line has no source.
    pub path: PathBuf,
    /// Whether `path` is a path in the source.
    pub is_in_source: bool,
    /// The line in `path`, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 1; 0 if it is unknown.
    pub column: u32,
    /// How the line came about.
    pub state: State,
    /// The rules of the edits on the line; those at the column come first.
    pub rules: Vec<&'static str>,
    /// Whether the column is in text that an edit wrote.
    pub is_written: bool,
    /// The findings on the line whose code stays as it is.
    pub open: Vec<Open>,
}

/// A finding without an applied change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its rule.
    pub rule: &'static str,
    /// Its code.
    pub code: String,
    lines: (u32, u32),
}

/// The map of one file of the output.
pub struct FileMap {
    source: PathBuf,
    original: Vec<u8>,
    output: Vec<u8>,
    /// For each line of the file on disk, the line of `output`; `None` where a person changed it, and all equal if empty.
    lines: Vec<Option<u32>>,
    runs: Vec<Run>,
    /// The rules of each edit.
    rules: Vec<Vec<&'static str>>,
    /// Whether each edit replaces a line end.
    ends_line: Vec<bool>,
    open: Vec<Open>,
    /// The words that edits wrote, with their rules.
    words: BTreeMap<String, BTreeSet<&'static str>>,
}

/// The maps of all files that were asked for.
pub struct Maps<'a> {
    tree: &'a Tree,
    source: Option<SourceTree<'a>>,
    files: BTreeMap<PathBuf, Option<Rc<FileMap>>>,
}

impl<'a> Maps<'a> {
    /// The maps of the output `tree`; `source` is its source, if it is there.
    pub fn new(tree: &'a Tree, source: Option<SourceTree<'a>>) -> Self {
        Self { tree, source, files: BTreeMap::new() }
    }

    /// The map of the output file `path`; `None` without its source.
    pub fn file(&mut self, path: &Path) -> Option<Rc<FileMap>> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let map = self.source.and_then(|source| FileMap::of(self.tree, path, source)).map(Rc::new);
        self.files.insert(path.to_owned(), map.clone());
        map
    }

    /// The text of `line` of the output file `path`.
    pub fn line_of_output(&self, path: &Path, line: u32) -> String {
        let bytes = self.tree.bytes(path).unwrap_or_default();
        let text =
            bytes.split(|&byte| byte == b'\n').nth((line as usize).saturating_sub(1)).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    /// Where `line` and `column` of the output file `path` come from.
    pub fn trace(&mut self, path: &Path, line: u32, column: u32) -> Traced {
        let is_support = self.tree.bytes(path).is_some_and(is_support_header);
        let map = if is_support { None } else { self.file(path) };
        let state = if is_support { State::SupportHeader } else { State::Unknown };
        map.map_or_else(|| nowhere(path, line, column, state), |map| map.trace(path, line, column))
    }
}

fn nowhere(path: &Path, line: u32, column: u32, state: State) -> Traced {
    Traced {
        path: path.to_owned(),
        is_in_source: false,
        line,
        column,
        state,
        rules: Vec::new(),
        is_written: false,
        open: Vec::new(),
    }
}

impl FileMap {
    fn of(tree: &Tree, path: &Path, from: SourceTree) -> Option<Self> {
        let source = tree.source_of(path).to_owned();
        let original = fs::read(from.root.join(&source)).ok()?;
        let file = source_with(&source, original, from.endings);
        let translation = translate(&file, from.context);
        let output = translation.output(&file).into_owned();
        let on_disk = tree.bytes(path)?;
        let lines = if output == on_disk { Vec::new() } else { same_lines(&output, on_disk) };
        let of_edit = rules_of_edits(&translation, from.context);
        let rules = translation.edits.iter().map(|edit| of_edit.get(edit).cloned().unwrap_or_default());
        let rules: Vec<_> = rules.collect();
        let ends_line = |edit: &Edit| edit.span.end > 0 && file.bytes[edit.span.end as usize - 1] == b'\n';
        let ends_line = translation.edits.iter().map(ends_line).collect();
        let runs = translation.edits.origins(&file.bytes);
        let open = open(&translation, from.context, &file.bytes);
        let mut words: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        for (edit, rules) in translation.edits.iter().zip(&rules) {
            for word in texts(edit).into_iter().flat_map(words_of) {
                words.entry(word.to_owned()).or_default().extend(rules);
            }
        }
        Some(Self { source, original: file.bytes, output, lines, runs, rules, ends_line, open, words })
    }

    /// The rules that wrote the word `word` somewhere in the file.
    pub fn writers_of(&self, word: &str) -> impl Iterator<Item = &'static str> {
        self.words.get(word).into_iter().flatten().copied()
    }

    /// Whether `word` is in the original file.
    pub fn has_word(&self, word: &str) -> bool {
        let found = memchr::memmem::find_iter(&self.original, word.as_bytes());
        let is_part = |at: Option<&u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        found.into_iter().any(|at| {
            let before = at.checked_sub(1).and_then(|before| self.original.get(before));
            !is_part(before) && !is_part(self.original.get(at + word.len()))
        })
    }

    fn trace(&self, path: &Path, line: u32, column: u32) -> Traced {
        let known = if self.lines.is_empty() {
            Some(line)
        } else {
            self.lines.get(line as usize - 1).copied().flatten()
        };
        let Some(in_output) = known else { return nowhere(path, line, column, State::ByHand) };
        let lines = Lines::new(&self.output);
        let count = lines.count().max(1);
        let start = lines.start(in_output.clamp(1, count));
        let end = start + lines.text(in_output.clamp(1, count)).len() as u32;
        let at = (start + column.saturating_sub(1)).min(end);
        let (mut rules, mut here) = (Vec::new(), Vec::new());
        let (mut is_edited, mut is_written, mut offset, mut copied) = (false, false, None, None);
        let first = self.runs.partition_point(|run| run.start + run.len < start);
        for run in self.runs[first..].iter().take_while(|run| run.start <= end) {
            let (from, to) = (run.start, run.start + run.len);
            match run.origin {
                Origin::Original(original) => {
                    if (from..to).contains(&at) {
                        offset = Some(original + (at - from));
                    }
                    // A byte of the line that was copied gives its line, if the column itself was written by an edit.
                    if to > start && copied.is_none() {
                        copied = Some(original + start.saturating_sub(from));
                    }
                }
                // Text that ends where the line begins is on the lines before, and so is a removed line.
                Origin::Edit(edit) if to == start && (run.len > 0 || self.ends_line[edit]) => {}
                // Text that begins with the line end is on the lines behind.
                Origin::Edit(_)
                    if from == end && run.len > 0 && self.output.get(end as usize) == Some(&b'\n') => {}
                Origin::Edit(edit) => {
                    is_edited = true;
                    let is_here = (from..to).contains(&at);
                    is_written |= is_here;
                    (if is_here { &mut here } else { &mut rules }).extend(&self.rules[edit]);
                    if is_here && offset.is_none() {
                        offset = self.behind(run);
                    }
                }
            }
        }
        here.append(&mut rules);
        let mut seen = BTreeSet::new();
        here.retain(|rule| seen.insert(*rule));
        let original = Lines::new(&self.original);
        let offset = offset.or(copied).unwrap_or(0).min(self.original.len() as u32);
        let source_line = original.position(offset).line;
        let open = self.open.iter().filter(|open| (open.lines.0..=open.lines.1).contains(&source_line));
        Traced {
            path: self.source.clone(),
            is_in_source: true,
            line: source_line,
            column: offset - original.start(source_line) + 1,
            state: if is_edited { State::Edited } else { State::Untouched },
            rules: here,
            is_written,
            open: open.cloned().collect(),
        }
    }

    /// The offset in the original of the text around the run `written`, which an edit wrote.
    fn behind(&self, written: &Run) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.start < written.start);
        let before = self.runs[..at].iter().rev().find_map(|run| match run.origin {
            Origin::Original(offset) => Some(offset + run.len),
            Origin::Edit(_) => None,
        });
        before.or(Some(0))
    }
}

/// For each line of `on_disk`, the line of `output` that is the same.
fn same_lines(output: &[u8], on_disk: &[u8]) -> Vec<Option<u32>> {
    let split = |bytes| <[u8]>::split(bytes, |&byte| byte == b'\n').collect::<Vec<_>>();
    let (old, new) = (split(output), split(on_disk));
    let lines = lines_in_source(output, on_disk);
    let same = |(at, line): (usize, u32)| (old.get(line as usize - 1) == new.get(at)).then_some(line);
    lines.into_iter().enumerate().map(same).collect()
}

/// The rules of each edit that is applied.
fn rules_of_edits<'t>(
    translation: &'t Translation,
    context: &Context,
) -> BTreeMap<&'t Edit, Vec<&'static str>> {
    let mut rules: BTreeMap<&Edit, Vec<&'static str>> = BTreeMap::new();
    for finding in translation.findings.iter().filter(|finding| context.selection.applies(finding)) {
        for edit in finding.fix.edits() {
            let of_edit = rules.entry(edit).or_default();
            if !of_edit.contains(&finding.rule) {
                of_edit.push(finding.rule);
            }
        }
    }
    rules
}

/// The findings whose code stays as it is.
fn open(translation: &Translation, context: &Context, bytes: &[u8]) -> Vec<Open> {
    let lines = Lines::new(bytes);
    let stays = |finding: &&Finding| {
        let is_applied = !finding.fix.edits().is_empty() && context.selection.applies(finding);
        finding.needs_a_person() && !is_applied && !finding.whole_file
    };
    let one = |finding: &Finding| Open {
        rule: finding.rule,
        code: String::from_utf8_lossy(&bytes[finding.span.range()]).into_owned(),
        lines: (lines.position(finding.span.start).line, lines.position(finding.span.end).line),
    };
    translation.findings.iter().filter(stays).map(one).collect()
}

fn texts(edit: &Edit) -> Vec<&str> {
    match &edit.with {
        Replacement::Text(text) => vec![text.as_ref()],
        Replacement::Pieces(pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_ref()),
                Piece::Span(_) => None,
            })
            .collect(),
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.len() > 2 && !word.starts_with(|c: char| c.is_ascii_digit()))
}
