//! The file of answers: one line for each answered finding. The lines are sorted, so that git merges them well.
//!
//! A file that is not a valid file of answers is an error. It is never overwritten.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use super::config::at_line;
use super::io_problem::io_problem;
use super::write::{Content, write_whole};
use tranship_engine::finding::{Answer, Answers, EditedLines, Key};
use tranship_engine::result::Problem;
pub use tranship_engine::result::{AnswerPlace as Place, Lost, Stale};
use tranship_engine::text::path::{exact, from_exact, readable};

/// The name of the file of answers. Its folder is [`super::setup::home`].
pub const ANSWERS: &str = "tranship-answers.toml";

const HEAD: &str = "\
# What people decided about findings, one line for each: written by `tranship review`, or as a baseline by
# `tranship check --update-baseline`, and yours to edit. A line holds until its code changes; without it the finding is
# open again.
version = 1
answers = [
";

const VERSION: u32 = 1;

/// One answer, without the finding that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The answer.
    pub answer: Answer,
    /// The function around the finding, for readers of the file; may be empty.
    pub function: String,
    /// The reason for the answer; may be empty.
    pub reason: String,
    /// The lines that a person wrote in place of the proposed change.
    pub edited: Option<EditedLines>,
    /// The comments around the line in the file.
    comments: Vec<String>,
    /// The line in the file, counted from 1; 0 for an entry that is not in the file yet.
    pub line: u32,
}

impl Entry {
    /// An entry that is not in the file yet.
    pub fn new(answer: Answer, function: &str) -> Self {
        Self {
            answer,
            function: function.to_owned(),
            reason: String::new(),
            edited: None,
            comments: Vec::new(),
            line: 0,
        }
    }
}

/// A file of answers.
#[derive(Clone, Debug, Default)]
pub struct AnswersFile {
    path: PathBuf,
    /// The folder that all paths in the file are relative to.
    home: PathBuf,
    entries: BTreeMap<Place, Entry>,
    /// The comments after the last entry.
    rest: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    version: Spanned<u32>,
    #[serde(default)]
    answers: Vec<Spanned<EntryToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryToml {
    #[serde(deserialize_with = "path")]
    path: PathBuf,
    rule: String,
    #[serde(deserialize_with = "key")]
    key: Key,
    answer: Answer,
    #[serde(default)]
    function: String,
    #[serde(default)]
    reason: String,
    edited: Option<EditedToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditedToml {
    before: String,
    after: String,
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(deserializer)?;
    from_exact(&text).ok_or_else(|| D::Error::custom(format!("`{text}` names no file of this system")))
}

fn key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|()| D::Error::custom(format!("`{text}` is no key; a key has 16 hexadecimal digits")))
}

/// Whether `bytes` are the content of a file of answers or of a baseline. The name of the file does not matter.
pub(crate) fn is_answers(bytes: &[u8]) -> bool {
    HEAD.lines().next().is_some_and(|line| bytes.starts_with(line.as_bytes()))
}

impl AnswersFile {
    /// Reads the answers in the folder `home`. Where the folder has none, the result is an empty file.
    pub fn read(home: &Path) -> Result<Self, Problem> {
        Self::read_file(home.join(ANSWERS), home)
    }

    /// Reads the file `path`, which may be missing. Its paths are relative to `home`.
    pub fn read_file(path: PathBuf, home: &Path) -> Result<Self, Problem> {
        let file = match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self { path, ..Self::default() },
            Err(error) => return Err(io_problem(&path, "cannot read", &error)),
        };
        Ok(Self { home: home.to_owned(), ..file })
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, Problem> {
        let is_mark = |line: &str| ["<<<<<<<", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
        if let Some(at) = text.lines().position(is_mark) {
            let message =
                "has a merge conflict: keep the lines of both sides, remove the marks, and run again";
            return Err(Problem::new(format!("{}:{}", path.display(), at + 1), message));
        }
        let written: FileToml = toml::from_str(text).map_err(|error| {
            at_line(&path, text, error.span().map_or(0, |span| span.start), error.message())
        })?;
        if *written.version.get_ref() != VERSION {
            let message =
                format!("is of version {}; this tranship reads {VERSION}", written.version.get_ref());
            return Err(at_line(&path, text, written.version.span().start, &message));
        }
        let mut file = Self { path, ..Self::default() };
        // The head of the file is not kept: `text` writes it again.
        let mut end = text.find('[').unwrap_or_default();
        let mut last = None;
        for line in written.answers {
            let span = line.span();
            let line_end = end + text[end..span.start].find('\n').unwrap_or_default();
            if let Some(entry) = last.and_then(|place| file.entries.get_mut(&place)) {
                entry.comments.extend(comments(text, end..line_end));
            }
            let comments = comments(text, line_end..span.start);
            end = span.end;
            last = Some(file.take(line.into_inner(), &span, text, comments)?);
        }
        file.rest = comments(text, end..text.len());
        Ok(file)
    }

    fn take(
        &mut self,
        line: EntryToml,
        span: &Range<usize>,
        text: &str,
        comments: Vec<String>,
    ) -> Result<Place, Problem> {
        if !line.path.components().all(|part| matches!(part, Component::Normal(_))) {
            let message = format!("`{}` is no path inside of the project", readable(&line.path));
            return Err(at_line(&self.path, text, span.start, &message));
        }
        let number = 1 + text[..span.start].bytes().filter(|&byte| byte == b'\n').count() as u32;
        let EntryToml { path, rule, key, answer, function, reason, edited } = line;
        let place = Place { path, rule, key };
        if answer == Answer::Rejected && edited.is_some() {
            let message = "has edited lines, which only an accepted change can have";
            return Err(at_line(&self.path, text, span.start, message));
        }
        let edited = edited.map(|EditedToml { before, after }| EditedLines { before, after });
        let entry = Entry { answer, function, reason, edited, comments, line: number };
        match self.entries.get_mut(&place) {
            Some(there) if there.answer != answer || there.edited != entry.edited => {
                let message =
                    format!("answers the finding of line {} a second time, and differently", there.line);
                return Err(at_line(&self.path, text, span.start, &message));
            }
            Some(there) => there.comments.extend(entry.comments),
            None => drop(self.entries.insert(place.clone(), entry)),
        }
        Ok(place)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The folder that all paths in the file are relative to.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The path of the file, which may not exist yet.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = (&Place, &Entry)> {
        self.entries.iter()
    }

    /// The entries that answer none of `findings`, which are pairs of a path relative to the home and a key.
    ///
    /// An entry about a file that this run did not convert is left out: `looked_at` is false for it.
    pub(crate) fn stale(
        &self,
        findings: &FxHashSet<(PathBuf, Key)>,
        looked_at: impl Fn(&Place) -> bool,
    ) -> Vec<Stale> {
        let mut files: FxHashMap<Key, Vec<&PathBuf>> = FxHashMap::default();
        for (path, key) in findings {
            files.entry(*key).or_default().push(path);
        }
        let own = |place: &Place, path: &PathBuf| Place { path: path.clone(), ..place.clone() };
        let lost = |place: &Place| {
            if fs::symlink_metadata(self.home.join(&place.path)).is_ok() {
                return (!findings.contains(&(place.path.clone(), place.key))).then_some(Lost::Changed);
            }
            let all = files.get(&place.key).map_or(&[][..], Vec::as_slice);
            match all.iter().filter(|path| !self.entries.contains_key(&own(place, path))).count() {
                0 if all.is_empty() => Some(Lost::Gone),
                0 | 1 => None,
                count => Some(Lost::Copied(count)),
            }
        };
        let entries = self.entries.iter().filter(|(place, _)| looked_at(place));
        let stale = |(place, entry): (&Place, &Entry)| {
            lost(place).map(|reason| Stale { place: place.clone(), line: entry.line, reason })
        };
        entries.filter_map(stale).collect()
    }

    /// The entry for `place`.
    pub fn get(&self, place: &Place) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// Adds `entry`. If the finding has an entry already, its answer, its edited lines and its reason change; its comments
    /// stay. An empty reason does not replace another.
    pub fn set(&mut self, place: Place, entry: Entry) {
        match self.entries.get_mut(&place) {
            Some(there) => {
                (there.answer, there.edited) = (entry.answer, entry.edited);
                if !entry.reason.is_empty() {
                    there.reason = entry.reason;
                }
            }
            None => drop(self.entries.insert(place, entry)),
        }
    }

    /// Removes the entry for `place`.
    pub fn remove(&mut self, place: &Place) -> Option<Entry> {
        self.entries.remove(place)
    }

    /// The answers, indexed for look-ups.
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        let mut gone: FxHashMap<&Path, bool> = FxHashMap::default();
        for (place, entry) in &self.entries {
            let is_gone = || fs::symlink_metadata(self.home.join(&place.path)).is_err();
            let moved = *gone.entry(&place.path).or_insert_with(is_gone);
            answers.add(place.path.clone(), &place.rule, place.key, entry.answer, moved);
            if let Some(edited) = &entry.edited {
                answers.add_edited(place.key, edited.clone());
            }
        }
        answers
    }

    /// Writes the file atomically. Without entries and comments the file is removed instead.
    pub fn write(&self) -> Result<(), Problem> {
        let problem = |error: io::Error| io_problem(&self.path, "cannot write", &error);
        if self.entries.is_empty() && self.rest.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(problem(error)),
                _ => Ok(()),
            };
        }
        let permissions = fs::metadata(&self.path).ok().map(|meta| meta.permissions());
        let text = self.text();
        let content = Content { bytes: text.as_bytes(), permissions };
        write_whole(&self.path, &content).map_err(problem)
    }

    /// The text of the file.
    fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (Place { path, rule, key }, entry) in &self.entries {
            for comment in &entry.comments {
                let _ = writeln!(text, "  {comment}");
            }
            let answer = match entry.answer {
                Answer::Accepted => "accepted",
                Answer::Rejected => "rejected",
            };
            let path = quoted(&exact(path));
            let _ = write!(
                text,
                "  {{ path = {path}, rule = {}, key = \"{key}\", answer = \"{answer}\"",
                quoted(rule)
            );
            for (name, value) in [("function", &entry.function), ("reason", &entry.reason)] {
                if !value.is_empty() {
                    let _ = write!(text, ", {name} = {}", quoted(value));
                }
            }
            if let Some(EditedLines { before, after }) = &entry.edited {
                let (before, after) = (on_one_line(before), on_one_line(after));
                let _ = write!(text, ", edited = {{ before = {before}, after = {after} }}");
            }
            text.push_str(" },\n");
        }
        for comment in &self.rest {
            let _ = writeln!(text, "  {comment}");
        }
        text.push_str("]\n");
        text
    }
}

/// `text` as a TOML string on one line.
fn quoted(text: &str) -> String {
    toml::Value::String(text.replace('\n', " ")).to_string()
}

/// `text` as a TOML string on one line, with its line ends and tabs as escapes.
fn on_one_line(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The comments between two entries.
fn comments(text: &str, between: Range<usize>) -> Vec<String> {
    let lines = text.get(between).unwrap_or_default().lines();
    lines.filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        r#"{ path = "a b/ü.cu", rule = "shuffle-mask", key = "00000000000000ff", answer = "accepted" }"#;

    fn parse(lines: &str) -> Result<AnswersFile, String> {
        let text = format!("version = 1\nanswers = [\n{lines}\n]\n");
        AnswersFile::parse("x.toml".into(), &text).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_written_file_of_answers_reads_back_equal_with_its_comments() {
        let two = ONE
            .replace("accepted", "rejected")
            .replace("00ff", "00fe")
            .replace(" }", ", reason = \"a \\\"b\\\"\" }");
        let file = parse(&format!("# first\n{ONE}, # behind\n{two}\n # last\n")).unwrap();
        let text = file.text();
        assert_eq!(text.matches("# ").count(), HEAD.matches("# ").count() + 3, "{text}");
        let again = AnswersFile::parse("x.toml".into(), &text).unwrap();
        assert_eq!(again.text(), text);
        assert_eq!(
            again.entries().map(|(place, entry)| (place, entry.answer)).collect::<Vec<_>>(),
            file.entries().map(|(place, entry)| (place, entry.answer)).collect::<Vec<_>>()
        );
        let lines: Vec<_> = text.lines().filter(|line| line.contains("key =")).collect();
        assert!(lines[0].contains("00fe") && lines[1].contains("00ff"), "sorted: {text}");
    }

    #[test]
    fn an_invalid_file_of_answers_is_reported_with_its_line() {
        let bad = |lines: &str, words: &str| {
            let error = parse(lines).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        bad("<<<<<<< HEAD\n=======\n>>>>>>> x", "x.toml:3: has a merge conflict");
        bad(&ONE.replace("accepted", "perhaps"), "x.toml:3: unknown variant `perhaps`");
        bad(&ONE.replace("00ff", "00fg"), "is no key");
        bad(&ONE.replace("a b", ".."), "is no path inside of the project");
        bad(
            &format!("{ONE},\n{}", ONE.replace("accepted", "rejected")),
            "x.toml:4: answers the finding of line 3",
        );
        bad("{ name = 1 }", "x.toml:3: ");
        assert!(
            parse(&format!("{ONE},\n{ONE}")).is_ok(),
            "the same answer twice, as a merge can leave it, counts once"
        );
        let error = AnswersFile::parse("x.toml".into(), "version = 2\n").unwrap_err().to_string();
        assert!(error.contains("version 2"), "{error}");
        assert!(AnswersFile::parse("x.toml".into(), "[package]\n").is_err());
    }
}
