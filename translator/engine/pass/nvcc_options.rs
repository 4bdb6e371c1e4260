//! Options of nvcc on a command line: what each becomes for hipcc and clang.
//!
//! Which option becomes what stands in the tables. Known here is only what spans several words or takes lists: GPU
//! architectures, and options for the host compiler.

use std::ops::Range;

use tranship_rules::{Kind, Name, RuleName, rule};

use super::Reporter;
use crate::finding::Fix;
use crate::readers::words::{Word, put};
use crate::text::{Edit, Span};

/// Whose options the words may be.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// nvcc's: the words stand on its command line.
    Nvcc,
    /// Somebody's: only what no other program understands is nvcc's.
    Anybody,
}

/// What becomes of a run of words.
pub(crate) enum Verdict {
    /// The row says it.
    Row(&'static Name, Vec<String>),
    /// The structural rule says it.
    Rule(RuleName, Vec<String>),
    /// A person decides what the row is about.
    Absent(&'static Name),
    /// A person decides what the rule is about.
    Manual(RuleName, String),
}

/// Translates the options among `words`; new words are joined by `joiner`.
pub(crate) fn run(pass: &mut Reporter, words: &[Word], speaker: Speaker, joiner: &str) {
    // All options that name GPUs are one change.
    let mut gpus: Option<(Span, Vec<Edit>)> = None;
    for (range, verdict) in judge(pass, words, speaker) {
        let span = words[range.start].span.to(words[range.end - 1].span);
        match verdict {
            Verdict::Rule(rule::GPU_ARCHITECTURE, new) => {
                let edit = put(&pass.source.bytes, span, &new, joiner);
                gpus.get_or_insert((span, Vec::new())).1.push(edit);
            }
            Verdict::Row(name, new) => {
                pass.replace(name, span, Fix::One(put(&pass.source.bytes, span, &new, joiner)));
            }
            Verdict::Rule(rule, new) => {
                pass.report_fix(rule, span, Fix::One(put(&pass.source.bytes, span, &new, joiner)));
            }
            Verdict::Absent(name) => pass.absent(name, span),
            Verdict::Manual(rule, what) => pass.report_saying(rule, span, what),
        }
    }
    if let Some((span, edits)) = gpus {
        pass.report_fix(rule::GPU_ARCHITECTURE, span, Fix::Many(edits));
    }
}

/// The words after translation, and whether a person has to look at one of them.
pub(crate) fn translated(pass: &Reporter, words: &[Word], speaker: Speaker) -> (Vec<String>, bool) {
    let mut new = Vec::new();
    let mut open = false;
    let mut next = 0;
    for (range, verdict) in judge(pass, words, speaker) {
        new.extend(words[next..range.start].iter().map(|word| word.text.to_owned()));
        next = range.end;
        match verdict {
            Verdict::Row(_, words) | Verdict::Rule(_, words) => new.extend(words),
            Verdict::Absent(_) | Verdict::Manual(..) => open = true,
        }
    }
    new.extend(words[next..].iter().map(|word| word.text.to_owned()));
    (new, open)
}

/// The runs of words that become something else, in order.
pub(crate) fn judge(pass: &Reporter, words: &[Word], speaker: Speaker) -> Vec<(Range<usize>, Verdict)> {
    let mut judged: Vec<(Range<usize>, Verdict)> = Vec::new();
    let mut archs_written = false;
    let mut next = 0;
    while next < words.len() {
        let found = architecture(pass, words, next, speaker, &mut archs_written)
            .or_else(|| host_options(pass, words, next))
            .or_else(|| library(pass, words[next].text).map(|verdict| (1, verdict)))
            .or_else(|| row(pass, words, next, speaker));
        let length = found.as_ref().map_or(1, |(length, _)| *length);
        judged.extend(found.map(|(length, verdict)| (next..next + length, verdict)));
        next += length;
    }
    judged
}

/// An option that names GPUs: all of them together become one `--offload-arch` for each GPU of the target.
fn architecture(
    pass: &Reporter,
    words: &[Word],
    at: usize,
    speaker: Speaker,
    written: &mut bool,
) -> Option<(usize, Verdict)> {
    const NAMES: &[&str] =
        &["-gencode", "--generate-code", "-arch", "--gpu-architecture", "-code", "--gpu-code"];
    let (name, value, length) = option(words, at)?;
    if !NAMES.contains(&name) {
        return None;
    }
    let value = value?.trim_matches(['"', '\'']);
    let begins_gpu = ["sm_", "compute_"].iter().any(|start| value.starts_with(start));
    if matches!(name, "-arch" | "-code") && speaker == Speaker::Anybody && !begins_gpu && !names_gpu(value) {
        return None;
    }
    if value == "native" {
        return Some((
            length,
            Verdict::Rule(rule::GPU_ARCHITECTURE, vec!["--offload-arch=native".to_owned()]),
        ));
    }
    let values = value.trim_start_matches("arch=").replace(",code=", ",").replace(['[', ']'], "");
    if !values.split(',').all(names_gpu) {
        let what = format!("`{name}` takes its value from elsewhere: `{value}`");
        return Some((length, Verdict::Manual(rule::GPU_ARCHITECTURE_VALUE, what)));
    }
    let new = if std::mem::replace(written, true) {
        Vec::new()
    } else {
        pass.context.target.archs.iter().map(|arch| format!("--offload-arch={arch}")).collect()
    };
    Some((length, Verdict::Rule(rule::GPU_ARCHITECTURE, new)))
}

/// Whether `value` is a GPU as nvcc names it.
fn names_gpu(value: &str) -> bool {
    let Some((kind, number)) = value.split_once('_') else { return matches!(value, "all" | "all-major") };
    let digits = number.trim_end_matches(['a', 'f']);
    matches!(kind, "sm" | "compute" | "lto")
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `-Xcompiler a,b`: one clang compiles host and device code, so the options stand for themselves. Those that go from nvcc's
/// own options too, such as `-m64`, go at once.
fn host_options(pass: &Reporter, words: &[Word], at: usize) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    if !matches!(name, "-Xcompiler" | "--compiler-options") {
        return None;
    }
    let Some(value) = value.map(|value| value.trim_matches(['"', '\''])) else {
        let what = format!("what `{name}` takes stands elsewhere");
        return Some((length, Verdict::Manual(rule::HOST_OPTION_VALUE, what)));
    };
    if value.contains(['$', '"', '\'', '\\', '@', '{']) || !value.starts_with('-') {
        let what = format!("`{name}` takes its value from elsewhere: `{value}`");
        return Some((length, Verdict::Manual(rule::HOST_OPTION_VALUE, what)));
    }
    let goes = |word: &str| {
        lookup(pass, word, Speaker::Nvcc).is_some_and(|row| pass.spelling(row).is_some_and(str::is_empty))
    };
    let new = value.split([',', ' ']).filter(|word| !word.is_empty() && !goes(word)).map(str::to_owned);
    Some((length, Verdict::Rule(rule::HOST_OPTION, new.collect())))
}

/// `-lNAME`.
fn library(pass: &Reporter, word: &str) -> Option<Verdict> {
    let name = pass.word(Kind::LinkLibrary, word.strip_prefix("-l")?)?;
    Some(match pass.spelling(name) {
        Some("") => Verdict::Row(name, Vec::new()),
        Some(hip) => Verdict::Row(name, vec![format!("-l{hip}")]),
        None => Verdict::Absent(name),
    })
}

/// An option of the tables.
fn row(pass: &Reporter, words: &[Word], at: usize, speaker: Speaker) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    // The value of an option that takes any stands in the row as `*`.
    let with_value = value.and_then(|value| {
        let exact = lookup(pass, &format!("{name}={value}"), speaker).map(|row| (row, length));
        exact.or_else(|| lookup(pass, &format!("{name}=*"), speaker).map(|row| (row, length)))
    });
    let whole = || lookup(pass, words[at].text, speaker).map(|row| (row, 1));
    let (row, length) = with_value.or_else(whole)?;
    let verdict = match pass.spelling(row) {
        Some(hip) => {
            let hip = hip.replace('*', value.unwrap_or_default());
            Verdict::Row(row, hip.split_whitespace().map(str::to_owned).collect())
        }
        None => Verdict::Absent(row),
    };
    Some((length, verdict))
}

/// nvcc takes its long options with one dash or two.
fn lookup(pass: &Reporter, option: &str, speaker: Speaker) -> Option<&'static Name> {
    let kinds: &[Kind] = match speaker {
        Speaker::Nvcc => &[Kind::Flag, Kind::NvccFlag],
        Speaker::Anybody => &[Kind::Flag],
    };
    let find = |text: &str| kinds.iter().find_map(|&kind| pass.word(kind, text));
    find(option).or_else(|| {
        let long = option.len() > 4 && !option.starts_with("--");
        if long { find(&format!("-{option}")) } else { None }
    })
}

/// The option at `at`: its name, its value, joined by `=` or in the next word, and how many words that are.
fn option<'a>(words: &[Word<'a>], at: usize) -> Option<(&'a str, Option<&'a str>, usize)> {
    let text = words[at].text;
    if !text.starts_with('-') || text.len() < 2 {
        return None;
    }
    if let Some((name, value)) = text.split_once('=') {
        return Some((name, Some(value), 1));
    }
    let next = words.get(at + 1).map(|word| word.text);
    match next {
        Some(value) => Some((text, Some(value), 2)),
        None => Some((text, None, 1)),
    }
}
