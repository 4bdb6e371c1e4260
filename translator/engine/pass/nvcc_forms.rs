//! Options that nvcc takes in more forms than clang: with a value behind `=`, in the next word, or as a list.
//!
//! Values in quotes or from variables are not split.

use tranship_rules::{Kind, rule};

use super::Reporter;
use super::nvcc_options::{CommandLine, Verdict, library, lookup, option, row};
use crate::readers::words::Word;

/// An option that nvcc takes in more forms than clang.
struct Spelling {
    /// The name in nvcc.
    nvcc: &'static str,
    /// The text before the value in clang.
    clang: &'static str,
    /// Whether nvcc splits the value at commas.
    splits: bool,
}

const fn spelled(nvcc: &'static str, clang: &'static str, splits: bool) -> Spelling {
    Spelling { nvcc, clang, splits }
}

/// Options with the same meaning, and other forms: nvcc accepts a value in the same word, in the next word or behind `=`,
/// and splits lists.
const SPELLINGS: &[Spelling] = &[
    spelled("-I", "-I", true),
    spelled("-D", "-D", true),
    spelled("-U", "-U", true),
    spelled("-L", "-L", true),
    spelled("-l", "-l", true),
    spelled("-isystem", "-isystem ", true),
    spelled("-include", "-include ", true),
    spelled("-o", "-o ", false),
    spelled("-x", "-x ", false),
    spelled("-MF", "-MF ", false),
    spelled("-MT", "-MT ", false),
    spelled("-O", "-O", false),
    spelled("-std", "-std=", false),
    spelled("-stdlib", "-stdlib=", false),
    spelled("-frandom-seed", "-frandom-seed=", false),
    spelled("-ftemplate-depth", "-ftemplate-depth=", false),
    spelled("-ftemplate-backtrace-limit", "-ftemplate-backtrace-limit=", false),
    spelled("--include-path", "-I", true),
    spelled("--define-macro", "-D", true),
    spelled("--undefine-macro", "-U", true),
    spelled("--library-path", "-L", true),
    spelled("--library", "-l", true),
    spelled("--system-include", "-isystem ", true),
    spelled("--pre-include", "-include ", true),
    spelled("--output-file", "-o ", false),
    spelled("--dependency-output", "-MF ", false),
    spelled("--dependency-target-name", "-MT ", false),
    spelled("--optimize", "-O", false),
    spelled("--frandom-seed", "-frandom-seed=", false),
    spelled("--ftemplate-depth", "-ftemplate-depth=", false),
    spelled("--ftemplate-backtrace-limit", "-ftemplate-backtrace-limit=", false),
    spelled("-Xlinker", "-Wl,", false),
    spelled("--linker-options", "-Wl,", false),
];

/// The translation of an option that clang has in one form only.
pub(super) fn spelling(
    pass: &Reporter,
    words: &[Word],
    at: usize,
    line: CommandLine,
) -> Option<(usize, Verdict)> {
    if !line.is_driver() {
        return None;
    }
    if let Some(found) = warning_kinds(pass, words, at) {
        return Some(found);
    }
    let text = words[at].text;
    let next = words.get(at + 1).map(|word| word.text);
    let (spelling, value, length) = SPELLINGS.iter().find_map(|spelling| {
        let rest = text.strip_prefix(spelling.nvcc)?;
        match (rest.strip_prefix('='), next) {
            (Some(value), _) => Some((spelling, value, 1)),
            (None, Some(value)) if rest.is_empty() => Some((spelling, value, 2)),
            _ if rest.is_empty() || !matches!(spelling.nvcc, "-I" | "-D" | "-U" | "-L" | "-l") => None,
            _ => Some((spelling, rest, 1)),
        }
    })?;
    // clang accepts the other forms, and they have another meaning there.
    if line == CommandLine::Hipcc && !spelling.nvcc.starts_with("--") && !spelling.clang.ends_with('=') {
        return None;
    }
    let is_joined = length == 1 && text.len() == spelling.nvcc.len() + value.len();
    let is_quoted = value.contains(['"', '\'', '\\', '$', '(']);
    // `-lineinfo` and similar options begin like others, and values such as `-x cu` have rows of their own.
    let is_other = (is_joined && row(pass, words, at, line).is_some())
        || lookup(pass, &format!("{}={value}", spelling.nvcc), line).is_some();
    let is_level = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_option = value.starts_with('-') && spelling.clang != "-Wl,";
    if value.is_empty() || is_option || is_other || (spelling.clang == "-O" && !is_level) {
        return None;
    }
    let splits = spelling.splits && !is_quoted;
    let parts: Vec<&str> = if splits { value.split(',').collect() } else { vec![value] };
    if let ([part], "-l") = (&parts[..], spelling.clang)
        && let Some(verdict) = library(pass, &format!("-l{part}"))
    {
        return Some((length, verdict));
    }
    let mut new = Vec::new();
    for part in parts {
        match library(pass, &format!("{}{part}", spelling.clang)) {
            Some(Verdict::Row(_, words)) => new.extend(words),
            Some(verdict) => return Some((length, verdict)),
            None if spelling.clang.ends_with(' ') => {
                new.extend([spelling.clang.trim_end().to_owned(), part.to_owned()]);
            }
            None => new.push(format!("{}{part}", spelling.clang)),
        }
    }
    // clang takes the value of its short options in the same word or in the next one.
    let is_apart = length == 2 && new == [format!("{}{value}", spelling.nvcc)] && spelling.clang != "-O";
    let stays = is_apart || new.iter().eq(words[at..at + length].iter().map(|word| word.text));
    let verdict = if stays { Verdict::Kept } else { Verdict::Rule(rule::NVCC_SPELLING, new) };
    Some((length, verdict))
}

/// The translation of `-Werror KIND,...`, a list of the warnings that nvcc itself has.
fn warning_kinds(pass: &Reporter, words: &[Word], at: usize) -> Option<(usize, Verdict)> {
    let (name, value, length) =
        option(words, at).filter(|(name, ..)| matches!(*name, "-Werror" | "--Werror"))?;
    let kinds = value.filter(|value| value.contains(','))?.split(',');
    let mut new: Vec<String> = Vec::new();
    for kind in kinds {
        let hip = pass.word(Kind::Flag, &format!("--Werror={kind}")).map(|row| pass.spelling(row));
        match hip {
            Some(hip) => new.extend(hip.filter(|hip| !hip.is_empty()).map(str::to_owned)),
            None if length == 1 && name == "-Werror" => new.push(format!("-Werror={kind}")),
            None => return None,
        }
    }
    Some((length, Verdict::Rule(rule::NVCC_SPELLING, new)))
}
