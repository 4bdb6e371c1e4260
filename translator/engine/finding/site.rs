//! Where a finding stands in the structure of its file, and the key that follows from it.
//!
//! A key is made of the rule, the tokens of the finding's lines, the function around it and its number among equals in
//! the file. White space, comments, line numbers and the name of the file are no part of it, so an answer outlives
//! unrelated edits, a new indentation and a move of the file.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::Xxh3;

use super::{Answer, Finding};
use crate::cpp::Unit;
use crate::text::{Span, line_start};

/// Lines longer than this, in bytes, are cut to the neighbourhood of the finding.
const LONGEST: usize = 2000;
/// How much of a cut line counts on each side, in bytes.
const NEIGHBOURHOOD: usize = 60;

/// Names a finding across unrelated edits of its file; unique within the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of a finding of `rule` about the whole file or folder `path`: it has no code that could move to another
    /// file, so the path is part of it.
    pub(crate) fn of_file(rule: &str, path: &Path) -> Self {
        Keys::default().next(rule, None, std::iter::once(path.as_os_str().as_encoded_bytes()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_key = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_key { u64::from_str_radix(text, 16).map(Self).map_err(drop) } else { Err(()) }
    }
}

/// Where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name for answers.
    pub key: Key,
    /// The function around it.
    pub function: Option<String>,
    /// What a person said to it.
    pub answer: Option<Answer>,
}

/// Makes the keys of one file's findings, which come in the order of their place.
#[derive(Default)]
pub struct Keys {
    seen: FxHashMap<u64, u32>,
}

impl Keys {
    /// The key of the next finding: of `rule`, in `function`, about code with these `words`.
    pub fn next<'a>(
        &mut self,
        rule: &'a str,
        function: Option<&'a str>,
        words: impl Iterator<Item = &'a [u8]>,
    ) -> Key {
        let mut hash = Xxh3::new();
        for part in [rule.as_bytes(), function.unwrap_or_default().as_bytes()].into_iter().chain(words) {
            hash.update(part);
            hash.update(&[0]);
        }
        let identity = hash.digest();
        let ordinal = self.seen.entry(identity).and_modify(|count| *count += 1).or_insert(0);
        if *ordinal > 0 {
            hash.update(&ordinal.to_le_bytes());
        }
        Key(hash.digest())
    }
}

/// Gives a site to each of `findings` that `wants` one and has none; they stand in the order of their place.
pub fn locate(unit: &Unit, findings: &mut [Finding], wants: impl Fn(&Finding) -> bool) {
    let mut keys = Keys::default();
    for finding in findings.iter_mut().filter(|finding| finding.site.is_none() && wants(finding)) {
        let function = unit.enclosing(finding.span.start);
        let hunk = hunk(&unit.source.bytes, finding.span);
        let tokens = unit.tokens();
        let from = tokens.partition_point(|token| token.start < hunk.start);
        let tokens = tokens[from..].iter().take_while(|token| token.end <= hunk.end);
        let key = keys.next(finding.rule, function.as_deref(), tokens.map(|token| unit.text(token)));
        finding.site = Some(Box::new(Site { key, function, answer: None }));
    }
}

/// The same for a file that is no C++: its words are what white space parts.
pub fn locate_in_text(bytes: &[u8], findings: &mut [Finding], wants: impl Fn(&Finding) -> bool) {
    let mut keys = Keys::default();
    for finding in findings.iter_mut().filter(|finding| finding.site.is_none() && wants(finding)) {
        let words = bytes[hunk(bytes, finding.span).range()].split(u8::is_ascii_whitespace);
        let key = keys.next(finding.rule, None, words.filter(|word| !word.is_empty()));
        finding.site = Some(Box::new(Site { key, function: None, answer: None }));
    }
}

/// The whole lines that `span` touches, or its neighbourhood where they are too long to be read for every finding.
fn hunk(bytes: &[u8], span: Span) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let before = &bytes[start.saturating_sub(LONGEST)..start];
    let behind = &bytes[end..bytes.len().min(end + LONGEST)];
    let from = match line_start(before, before.len()) {
        0 if before.len() < LONGEST => 0,
        0 => start - NEIGHBOURHOOD,
        at => start - before.len() + at,
    };
    let to = match memchr::memchr(b'\n', behind) {
        Some(at) => end + at,
        None if behind.len() < LONGEST => bytes.len(),
        None => end + NEIGHBOURHOOD,
    };
    Span::new(from as u32, to as u32)
}
