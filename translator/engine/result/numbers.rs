//! Numerical differences that correct code may have on another GPU, found by the words that a file uses.

use schemars::JsonSchema;
use serde::Serialize;

use tranship_rules::{Sign, TOPICS, Topic, list};

use crate::cpp::conditions::Guards;
use crate::cpp::{Token, TokenKind, Unit};
use crate::source::Source;
use crate::text::Lines;

/// The uses of one topic in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NumberUse {
    /// The topic.
    pub topic: &'static str,
    /// The line of the first use, from 1.
    pub line: u32,
    /// The number of uses.
    pub count: u32,
}

/// The topics that `source` uses.
pub(super) fn uses(source: &Source, lines: &Lines, guards: &Guards) -> Vec<NumberUse> {
    if !source.lang.is_cpp() {
        return TOPICS.iter().filter_map(|topic| option(topic, source, lines)).collect();
    }
    let unit = Unit::new(source, guards);
    let is_word = |token: &&Token| token.kind == TokenKind::Identifier;
    let words: Vec<(u32, &[u8])> =
        unit.tokens().iter().filter(is_word).map(|token| (token.start, unit.text(token))).collect();
    let is_floating = words.iter().any(|(_, word)| list::has(list::FLOATING_TYPES, word));
    let of = |topic: &Topic| {
        let matching = words.iter().filter(|(_, word)| match topic.sign {
            Sign::Words(words) => list::has(words, word),
            Sign::FloatingWords(words) => is_floating && list::has(words, word),
            Sign::Prefix(prefix, parts) => word
                .strip_prefix(prefix.as_bytes())
                .is_some_and(|rest| parts.iter().any(|part| holds(rest, part))),
            Sign::Options(_) => false,
        });
        found(topic, matching.map(|(at, _)| *at), lines)
    };
    TOPICS.iter().filter_map(of).collect()
}

fn option(topic: &Topic, source: &Source, lines: &Lines) -> Option<NumberUse> {
    let Sign::Options(options) = topic.sign else { return None };
    let mut places: Vec<u32> = Vec::new();
    for option in options {
        places.extend(memchr::memmem::find_iter(&source.bytes, option).map(|at| at as u32));
    }
    places.sort_unstable();
    found(topic, places.into_iter(), lines)
}

fn found(topic: &Topic, mut places: impl Iterator<Item = u32>, lines: &Lines) -> Option<NumberUse> {
    let first = places.next()?;
    let count = 1 + places.count() as u32;
    Some(NumberUse { topic: topic.name, line: lines.position(first).line, count })
}

fn holds(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(path: &str, text: &str) -> Vec<(&'static str, u32, u32)> {
        let source = Source::new(path, text);
        let found = uses(&source, &Lines::new(&source.bytes), &Guards::default());
        found.into_iter().map(|one| (one.topic, one.line, one.count)).collect()
    }

    #[test]
    fn topics_are_found_by_words_in_code() {
        let text = "// curand_init(\n__device__ void f(int *a) { atomicAdd(a, 1); }\n";
        assert_eq!(topics("a.cu", text), []);
        let text = "\n__device__ void f(float *a) { atomicAdd(a, __expf(1)); atomicAdd(a, 2); }\n";
        let expected = [("order of atomics", 2, 2), ("approximate functions", 2, 1), ("contraction", 2, 1)];
        assert_eq!(topics("a.cu", text), expected);
        assert_eq!(topics("a.cpp", "cublasSgemm(h); cublasSetStream(h);"), [("sums of libraries", 1, 1)]);
    }

    #[test]
    fn options_are_found_in_other_files() {
        assert_eq!(
            topics("Makefile", "a:\n\tnvcc -use_fast_math -ftz=false\n"),
            [("fast math", 2, 1), ("denormals", 2, 1)]
        );
    }
}
