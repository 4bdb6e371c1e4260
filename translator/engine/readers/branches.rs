//! Finds branches of build files and scripts that already handle HIP.
//!
//! A chain of branches is settled when one of its conditions names HIP or ROCm. It refuses to evaluate conditions.

use std::ops::Range;

/// A file of parts (commands, lines or tokens), with branches around some parts.
pub trait Branches {
    /// How many parts the file has.
    fn count(&self) -> usize;

    /// Whether `is_match` is true for a name, string or argument of the part `part`.
    fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool;

    /// Every chain of branches.
    fn chains(&self) -> Vec<Chain>;
}

/// A chain of branches: `if`, `else if`, `else` and their bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// All its parts, from the first condition to the end of the last body.
    pub parts: Range<usize>,
    /// The parts of each condition.
    pub conditions: Vec<Range<usize>>,
}

impl Chain {
    /// The chain of `parts` with one condition.
    pub fn new(parts: Range<usize>, condition: Range<usize>) -> Self {
        Self { parts, conditions: std::iter::once(condition).collect() }
    }
}

/// For each part of `file`, whether a chain of branches around it has a condition with a word that fits `is_match`.
pub fn settled(file: &dyn Branches, is_match: &dyn Fn(&str) -> bool) -> Vec<bool> {
    // Each settled chain adds 1 at its begin and -1 at its end, so that one pass is enough for any depth of nesting.
    let mut depth = vec![0_i64; file.count() + 1];
    for chain in file.chains() {
        let mut conditions = chain.conditions.iter().cloned().flatten();
        if conditions.any(|part| file.has_word(part, is_match)) {
            depth[chain.parts.start] += 1;
            depth[chain.parts.end] -= 1;
        }
    }
    let around = depth.iter().scan(0, |sum, change| {
        *sum += change;
        Some(*sum > 0)
    });
    around.take(file.count()).collect()
}

/// For each part of `file`, whether a chain around it has one branch only for HIP and another with code for CUDA: `is_hip` fits
/// a word of the first and `is_cuda` none, and `is_cuda` fits a word of the other.
///
/// A conversion can leave names of CUDA in one branch alone, so two kinds of chains do not count: one with a condition on
/// `is_toolkit`, which asks about CUDA's own tools, and one with a condition on CUDA whose branch for HIP is not `else`.
pub fn settled_by_bodies(
    file: &dyn Branches,
    is_hip: &dyn Fn(&str) -> bool,
    is_cuda: &dyn Fn(&str) -> bool,
    is_toolkit: &dyn Fn(&str) -> bool,
) -> Vec<bool> {
    // Sums of the parts before each part, so that a look at a branch takes the same time for any length.
    let sums = |is_match: &dyn Fn(&str) -> bool| {
        let mut sum = 0_u32;
        let parts = (0..file.count()).map(|part| {
            sum += u32::from(file.has_word(part, is_match));
            sum
        });
        std::iter::once(0).chain(parts).collect::<Vec<_>>()
    };
    let (hip, cuda) = (sums(is_hip), sums(is_cuda));
    let has = |sums: &[u32], body: &Range<usize>| sums[body.end.max(body.start)] > sums[body.start];
    let mut depth = vec![0_i64; file.count() + 1];
    for chain in file.chains() {
        let ends = chain.conditions.iter().skip(1).map(|next| next.start).chain([chain.parts.end]);
        let bodies: Vec<Range<usize>> =
            chain.conditions.iter().zip(ends).map(|(condition, end)| condition.end..end).collect();
        let asks = |is_match: &dyn Fn(&str) -> bool| {
            chain.conditions.iter().cloned().flatten().any(|part| file.has_word(part, is_match))
        };
        let is_for_hip = |body: &Range<usize>| has(&hip, body) && !has(&cuda, body);
        let is_last = |body: &Range<usize>| body.end == chain.parts.end && chain.conditions.len() > 1;
        if bodies.iter().any(|body| has(&cuda, body))
            && bodies.iter().any(|body| is_for_hip(body) && (is_last(body) || !asks(is_cuda)))
            && !asks(is_toolkit)
        {
            depth[chain.parts.start] += 1;
            depth[chain.parts.end] -= 1;
        }
    }
    let around = depth.iter().scan(0, |sum, change| {
        *sum += change;
        Some(*sum > 0)
    });
    around.take(file.count()).collect()
}

/// How one part of a file opens, continues or ends a chain, in languages where a word ends a chain.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `if`.
    Opens,
    /// `elseif`, `else`.
    GoesOn,
    /// `endif`.
    Ends,
    /// Anything else.
    Inside,
}

/// The chains of a file in a language where a word ends a chain. A chain without its end is left out.
pub fn chains(steps: impl IntoIterator<Item = Step>) -> Vec<Chain> {
    let mut open: Vec<Chain> = Vec::new();
    let mut chains = Vec::new();
    for (index, step) in steps.into_iter().enumerate() {
        match step {
            Step::Opens => open.push(Chain::new(index..index, index..index + 1)),
            Step::GoesOn => {
                if let Some(last) = open.last_mut() {
                    last.conditions.push(index..index + 1);
                }
            }
            Step::Ends => {
                let ended = open.pop().map(|chain| Chain { parts: chain.parts.start..index, ..chain });
                chains.extend(ended);
            }
            Step::Inside => {}
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lines<'a>(Vec<&'a str>);

    impl Branches for Lines<'_> {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool {
            self.0[part].split(' ').any(is_match)
        }

        fn chains(&self) -> Vec<Chain> {
            chains(self.0.iter().map(|line| match line.split(' ').next() {
                Some("if") => Step::Opens,
                Some("else") => Step::GoesOn,
                Some("end") => Step::Ends,
                _ => Step::Inside,
            }))
        }
    }

    /// Checks which lines of `text` are settled by a condition with `hip`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let lines: Vec<&str> = text.split('\n').collect();
        let settled = settled(&Lines(lines.clone()), &|word| word == "hip");
        let found: Vec<_> =
            lines.into_iter().zip(settled).filter(|(_, is)| *is).map(|(line, _)| line).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn chains_of_branches() {
        check("if hip\na\nend\nb", &["if hip", "a"]);
        check("if c\na\nelse hip\nb\nend", &["if c", "a", "else hip", "b"]);
        check("if c\nif hip\na\nend\nb\nend", &["if hip", "a"]);
        check("if hip\nif c\na\nend\nb\nend", &["if hip", "if c", "a", "end", "b"]);
        check("if c\nhip\nend", &[]);
        check("if hip\na", &[]);
    }

    /// Checks which lines of `text` a chain with a branch for each vendor settles.
    #[track_caller]
    fn check_bodies(text: &str, expected: &[&str]) {
        let lines: Vec<&str> = text.split('\n').collect();
        let is = |name: &'static str| move |word: &str| word == name;
        let settled = settled_by_bodies(&Lines(lines.clone()), &is("hip"), &is("cuda"), &is("nvcc"));
        let found: Vec<_> =
            lines.into_iter().zip(settled).filter(|(_, is)| *is).map(|(line, _)| line).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn branches_for_each_vendor() {
        check_bodies("if c\nhip\nelse\ncuda\nend", &["if c", "hip", "else", "cuda"]);
        check_bodies("if c\nhip\nelse\nhip cuda\nend", &["if c", "hip", "else", "hip cuda"]);
        check_bodies("if c\nhip cuda\nelse\ncuda\nend", &[]);
        // CUDA's condition decides: HIP is the rest, and a branch about something else is not for HIP alone.
        check_bodies("if cuda\ncuda\nelse\nhip\nend", &["if cuda", "cuda", "else", "hip"]);
        check_bodies("if c\nhip\nelse cuda\ncuda\nend", &[]);
        check_bodies("if nvcc\nhip\nelse\ncuda\nend", &[]);
    }
}
