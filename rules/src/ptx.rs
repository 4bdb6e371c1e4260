//! The table of PTX instructions: each pattern of instruction names with its C++ and its level.
//!
//! It matches names of instructions. The engine reads whole blocks.

use crate::model::Level;

/// A group of instructions from one chapter of the manual.
#[derive(Debug, PartialEq, Eq)]
pub struct PtxGroup {
    /// What the instructions do.
    pub title: &'static str,
    /// The place in the manual that describes the instructions.
    pub source: &'static str,
}

/// One pattern of instructions.
#[derive(Debug, PartialEq, Eq)]
pub struct PtxInstruction {
    /// The spelling: parts joined by dots; `[.x]` may be left out, `<T:set>` is a word of a set, `*` is any number of
    /// further parts.
    pub pattern: &'static str,
    /// The C++ expression, with `$a`, `$b`, `$c` for the operands and `$T` for C++'s name of a type; empty if the row
    /// has `by` or `refuse`.
    pub cpp: &'static str,
    /// The function of the engine that writes the C++, if a template cannot describe it.
    pub by: &'static str,
    /// The types of operands that are not of type `T`: `d=u32 b=T`.
    pub types: &'static str,
    /// How far the C++ can be trusted.
    pub level: Level,
    /// The possible differences of the result (`Review`).
    pub bound: &'static str,
    /// Why the instruction is not translated, and its counterpart on AMD's GPUs (`Manual`).
    pub refuse: &'static str,
    /// Its group, by number.
    pub group: u16,
}

/// One special register.
#[derive(Debug, PartialEq, Eq)]
pub struct PtxRegister {
    /// Its name, without `%`.
    pub name: &'static str,
    /// Its value if a warp stays 32 lanes wide.
    pub cpp: &'static str,
    /// Its value if a warp becomes the whole wave.
    pub native: &'static str,
    /// Its type: `u32`, `u64`.
    pub kind: &'static str,
    /// How far the C++ can be trusted.
    pub level: Level,
    /// The possible differences of the value (`Review`).
    pub bound: &'static str,
    /// Its counterpart on AMD's GPUs, or what to do without one (`Manual`).
    pub refuse: &'static str,
}

/// The words of an instruction's name that the variables of its pattern match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PtxBindings(Vec<(char, String)>);

impl PtxBindings {
    /// The word that `variable` matches; `None` where an optional part is left out.
    pub fn get(&self, variable: char) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == variable).map(|(_, word)| word.as_str())
    }
}

/// One part of a pattern.
enum Part<'a> {
    Word(&'a str),
    Variable(char, &'a str),
    Rest,
}

/// The parts of `pattern`, each with whether it may be left out.
fn parts(pattern: &str) -> Vec<(Part<'_>, bool)> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        let optional = rest.starts_with("[.");
        rest = rest.trim_start_matches(['[', '.']);
        let end = rest.find(if optional { &[']'][..] } else { &['.', '['][..] }).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind.strip_prefix(']').unwrap_or(behind);
        let part = match word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) {
            _ if word == "*" => Part::Rest,
            Some(variable) => {
                let (name, set) = variable.split_once(':').unwrap_or((variable, ""));
                Part::Variable(name.chars().next().unwrap_or('?'), set)
            }
            None => Part::Word(word),
        };
        parts.push((part, optional));
    }
    parts
}

/// The words that the variables of `pattern` match in the instruction `name`; `sets` has the words of the named sets.
pub(crate) fn bindings(pattern: &str, name: &str, sets: &[(&str, &str)]) -> Option<PtxBindings> {
    let words: Vec<&str> = name.split('.').collect();
    let mut bound = Vec::new();
    follow(&parts(pattern), &words, sets, &mut bound).then_some(PtxBindings(bound))
}

fn follow(
    parts: &[(Part, bool)],
    words: &[&str],
    sets: &[(&str, &str)],
    bound: &mut Vec<(char, String)>,
) -> bool {
    let Some(((part, optional), parts_behind)) = parts.split_first() else { return words.is_empty() };
    if matches!(part, Part::Rest) {
        return true;
    }
    if let Some((word, words_behind)) = words.split_first() {
        let before = bound.len();
        let fits = match part {
            Part::Word(expected) => expected == word,
            Part::Variable(name, set) => {
                bound.push((*name, (*word).to_owned()));
                let named = sets.iter().find(|(name, _)| name == set).map_or(*set, |(_, words)| words);
                named.split([' ', '|']).any(|known| known == *word)
            }
            Part::Rest => true,
        };
        if fits && follow(parts_behind, words_behind, sets, bound) {
            return true;
        }
        bound.truncate(before);
    }
    *optional && follow(parts_behind, words, sets, bound)
}

/// The set of `pattern` that is neither one of `known` nor a list of words.
#[allow(dead_code, reason = "the build asks it")]
pub(crate) fn unknown_set(pattern: &str, known: impl Fn(&str) -> bool) -> Option<&str> {
    parts(pattern).into_iter().find_map(|(part, _)| match part {
        Part::Variable(_, set) if !known(set) && set.chars().all(char::is_alphabetic) => Some(set),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETS: &[(&str, &str)] = &[("int", "u32 s32"), ("space", "global shared shared::cta")];

    fn check(pattern: &str, name: &str, expected: Option<&[(char, &str)]>) {
        let found = bindings(pattern, name, SETS);
        let expected =
            expected.map(|all| PtxBindings(all.iter().map(|&(v, word)| (v, word.to_owned())).collect()));
        assert_eq!(found, expected, "{pattern} on {name}");
    }

    #[test]
    fn patterns() {
        check("add.<T:int>", "add.u32", Some(&[('T', "u32")]));
        check("add.<T:int>", "add.f32", None);
        check("add.<T:int>", "add.u32.x", None);
        check(
            "ld[.<S:space>][.nc].<T:int>",
            "ld.shared::cta.u32",
            Some(&[('S', "shared::cta"), ('T', "u32")]),
        );
        check("ld[.<S:space>][.nc].<T:int>", "ld.nc.s32", Some(&[('T', "s32")]));
        check("fma.<R:rn|rz>[.ftz].f32", "fma.rz.ftz.f32", Some(&[('R', "rz")]));
        check("wgmma.*", "wgmma.fence.sync", Some(&[]));
        check("trap", "trap", Some(&[]));
    }
}
