//! The function around a finding, and its key.
//!
//! A key is a hash of the rule, the tokens of the finding's lines, the function around it, and a number among findings
//! with the same hash. White space, comments, line numbers and the name of the file do not change the key, so an answer
//! survives unrelated edits, a new indentation and a move of the file.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::Xxh3;

use super::{Answer, Finding};
use crate::cpp::Unit;
use crate::text::{Span, line_start};

/// Longer lines, in bytes, are cut to the neighbourhood of the finding.
const LONGEST: usize = 2000;
/// The bytes of a cut line that count on each side of the finding.
const NEIGHBOURHOOD: usize = 60;

/// Names a finding across unrelated edits of its file; unique within the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of a finding of `rule` about the whole file or folder `path`. The finding has no code that could move to
    /// another file, so the path is part of the key.
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

/// The function of a finding, its key and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// The key of the finding, by which answers refer to it.
    pub key: Key,
    /// The name of the function around the finding.
    pub function: Option<String>,
    /// The answer of a person to the finding.
    pub answer: Option<Answer>,
}

/// Makes the keys of the findings of one file, in the order of their place.
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

/// Adds a site to each of `findings` that has none, if `wants` is true for it. `findings` are in the order of their
/// place.
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

/// The same for a file in another language than C++: white space separates its words.
pub fn locate_in_text(bytes: &[u8], findings: &mut [Finding], wants: impl Fn(&Finding) -> bool) {
    let mut keys = Keys::default();
    for finding in findings.iter_mut().filter(|finding| finding.site.is_none() && wants(finding)) {
        let words = bytes[hunk(bytes, finding.span).range()].split(u8::is_ascii_whitespace);
        let key = keys.next(finding.rule, None, words.filter(|word| !word.is_empty()));
        finding.site = Some(Box::new(Site { key, function: None, answer: None }));
    }
}

/// The whole lines that `span` touches, or its neighbourhood if they are too long to be read for every finding.
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
