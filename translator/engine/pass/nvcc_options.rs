//! Translates options of nvcc on a command line into options of hipcc and clang.
//!
//! The tables define the translation of single options. This module handles options with several words or lists: GPU
//! architectures, and options for the host compiler.

use std::ops::Range;

use tranship_rules::{Kind, Name, RuleName, list, rule};

use super::Reporter;
use super::context::option_name;
use super::nvcc_forms::spelling;
use crate::finding::Fix;
use crate::readers::words::{Word, put};
use crate::text::{Edit, Span};

/// The program that reads the options.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum CommandLine {
    /// nvcc.
    Nvcc,
    /// hipcc. The same options are translated, except for those that clang has too.
    Hipcc,
    /// NVRTC. Its options are similar to those of nvcc, and it reads no lists.
    Nvrtc,
    /// Unknown. Only options that no other program has are translated.
    Unknown,
}

impl CommandLine {
    /// Whether the program is a compiler driver, of which every option is known.
    pub(super) fn is_driver(self) -> bool {
        matches!(self, Self::Nvcc | Self::Hipcc)
    }
}

/// The translation of consecutive words.
pub(super) enum Verdict {
    /// A row of the tables gives the new words.
    Row(&'static Name, Vec<String>),
    /// A structural rule gives the new words.
    Rule(RuleName, Vec<String>),
    /// A row of the tables has no translation, so a person decides.
    Absent(&'static Name),
    /// A structural rule has no translation, so a person decides. The text is what was found.
    Manual(RuleName, String),
    /// The words stay.
    Kept,
}

/// Consecutive words that become other words.
pub(crate) struct Change<'a> {
    /// Indices of the words; at least one.
    pub(crate) run: Range<usize>,
    /// The words that replace them, perhaps none.
    pub(crate) new: &'a [String],
    /// Whether the words name GPUs.
    pub(crate) names_gpus: bool,
}

/// The way to write a [`Change`] into the file.
pub(crate) enum Written {
    /// As this fix, in a finding of the option's rule.
    Fix(Fix),
    /// As this fix, in a finding of another rule.
    Under(RuleName, Fix),
    /// Not at all. A finding of this rule has this text.
    Nothing(RuleName, String),
}

/// The reason for the finding about an option with a translation.
enum Raised {
    /// A row of the tables.
    Row(&'static Name),
    /// A structural rule.
    Rule(RuleName),
}

/// The options of nvcc that name GPUs.
const GPU_OPTIONS: &[&str] =
    &["-gencode", "--generate-code", "-arch", "--gpu-architecture", "-code", "--gpu-code"];

/// Options of clang that take GPUs of both vendors.
const CLANG_GPU_OPTIONS: &[&str] = &["--offload-arch", "--cuda-gpu-arch"];

/// The options that the host compiler gets.
const HOST_OPTIONS: &[&str] = &["-Xcompiler", "--compiler-options"];

/// The rule of options that name GPUs.
const GPUS: RuleName = rule::GPU_ARCHITECTURE;

/// Reports the options among `words`. `write` turns each change into a fix; all options that name GPUs are one change.
pub(crate) fn report(
    pass: &mut Reporter,
    words: &[Word],
    line: CommandLine,
    mut write: impl FnMut(&Change) -> Written,
) {
    let mut gpus: Option<(Span, Vec<Edit>)> = None;
    for (run, verdict) in judge(pass, words, line) {
        let span = words[run.start].span.to(words[run.end - 1].span);
        let (new, raised) = match &verdict {
            Verdict::Row(name, new) => (new, Raised::Row(name)),
            Verdict::Rule(rule, new) => (new, Raised::Rule(*rule)),
            Verdict::Absent(name) => {
                pass.absent(name, span);
                continue;
            }
            Verdict::Manual(rule, what) => {
                pass.report_saying(*rule, span, what.clone());
                continue;
            }
            Verdict::Kept => continue,
        };
        let names_gpus = matches!(raised, Raised::Rule(GPUS));
        match (write(&Change { run, new, names_gpus }), raised) {
            (Written::Nothing(rule, what), _) => pass.report_saying(rule, span, what),
            (Written::Fix(fix), Raised::Row(name)) => pass.replace(name, span, fix),
            (Written::Fix(fix), Raised::Rule(GPUS)) => {
                gpus.get_or_insert((span, Vec::new())).1.extend(fix.into_edits());
            }
            (Written::Under(rule, fix), _) | (Written::Fix(fix), Raised::Rule(rule)) => {
                pass.report_fix(rule, span, fix);
            }
        }
    }
    if let Some((span, edits)) = gpus {
        pass.report_fix(GPUS, span, Fix::Many(edits));
    }
}

/// Reports the options among `words`, which white space or other characters separate; `joiner` joins new words.
pub(crate) fn run(pass: &mut Reporter, words: &[Word], line: CommandLine, joiner: &str) {
    let source = pass.source;
    // Two removed runs can share a gap. The first run removes it.
    let mut end = 0;
    report(pass, words, line, |change| {
        let span = words[change.run.start].span.to(words[change.run.end - 1].span);
        let mut edit = put(&source.bytes, span, change.new, joiner);
        edit.span = Span::new(edit.span.start.max(end), edit.span.end);
        end = edit.span.end;
        Written::Fix(Fix::One(option_alone(words, change, joiner).unwrap_or(edit)))
    });
}

/// The edit of the option alone if its value stays, because another rule may change the value: `-Xlinker=-rpath=$(CUDA_PATH)`.
fn option_alone(words: &[Word], change: &Change, joiner: &str) -> Option<Edit> {
    let (first, last) = (&words[change.run.start], &words[change.run.end - 1]);
    let (value, start) = match change.run.len() {
        1 => first.text.split_once('=').map(|(option, value)| (value, option.len() as u32 + 1))?,
        2 => (last.text, last.span.start - first.span.start),
        _ => return None,
    };
    let new = change.new.join(joiner);
    let option = new.strip_suffix(value).filter(|_| value.contains(['$', '/']))?.to_owned();
    Some(Edit::replace(Span::new(first.span.start, first.span.start + start), option))
}

/// The words after translation, and whether a person has to look at one of them.
pub(crate) fn translated(pass: &Reporter, words: &[Word], line: CommandLine) -> (Vec<String>, bool) {
    let mut new = Vec::new();
    let mut open = false;
    let mut next = 0;
    for (range, verdict) in judge(pass, words, line) {
        new.extend(words[next..range.start].iter().map(|word| word.text.to_owned()));
        next = range.end;
        match verdict {
            Verdict::Row(_, words) | Verdict::Rule(_, words) => new.extend(words),
            Verdict::Kept => new.extend(words[range].iter().map(|word| word.text.to_owned())),
            Verdict::Absent(_) | Verdict::Manual(..) => open = true,
        }
    }
    new.extend(words[next..].iter().map(|word| word.text.to_owned()));
    (new, open)
}

/// The last row among `words`, if each word is an option of the tables that is removed.
pub(crate) fn all_dropped(pass: &Reporter, words: &[Word], line: CommandLine) -> Option<&'static Name> {
    let mut dropped = None;
    let mut next = 0;
    for (run, verdict) in judge(pass, words, line) {
        match verdict {
            Verdict::Row(row, new) if run.start == next && new.is_empty() => dropped = Some(row),
            _ => return None,
        }
        next = run.end;
    }
    dropped.filter(|_| next == words.len())
}

/// Whether a command line of any program with `word` can have a finding. A file without such a word is not parsed. On a
/// command line of nvcc, each option can have a finding.
pub(crate) fn may_report(pass: &Reporter, word: &str) -> bool {
    let Some(rest) = word.strip_prefix('-') else { return false };
    let name = option_name(word);
    [GPU_OPTIONS, CLANG_GPU_OPTIONS, HOST_OPTIONS]
        .iter()
        .copied()
        .flatten()
        .any(|option| option_name(option) == name)
        || pass.context.option_names.contains(name)
        || threads(word).is_some()
        || rest.strip_prefix('l').is_some_and(|library| pass.word(Kind::LinkLibrary, library).is_some())
}

/// Consecutive words that have a translation or need a person, in order.
fn judge(pass: &Reporter, words: &[Word], line: CommandLine) -> Vec<(Range<usize>, Verdict)> {
    let mut judged: Vec<(Range<usize>, Verdict)> = Vec::new();
    let mut archs_written = false;
    let mut next = 0;
    while next < words.len() {
        let found = architecture(pass, words, next, line, &mut archs_written)
            .or_else(|| host_options(pass, words, next))
            .or_else(|| compiler_of_mpi(words, next))
            .or_else(|| (line == CommandLine::Nvcc).then(|| warning_of_gcc(words[next].text)).flatten())
            .or_else(|| library(pass, words[next].text).map(|verdict| (1, verdict)))
            .or_else(|| kept(words, next, line))
            .or_else(|| spelling(pass, words, next, line))
            .or_else(|| row(pass, words, next, line))
            .or_else(|| unknown(pass, words, next, line));
        let length = found.as_ref().map_or(1, |(length, _)| *length);
        judged.extend(found.map(|(length, verdict)| (next..next + length, verdict)));
        next += length;
    }
    judged
}

/// The translation of an option that names GPUs. The first such option becomes one `--offload-arch` for each GPU of the
/// target; the others are removed.
fn architecture(
    pass: &Reporter,
    words: &[Word],
    at: usize,
    line: CommandLine,
    written: &mut bool,
) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    let is_clangs = CLANG_GPU_OPTIONS.contains(&name) && value.is_some_and(are_gpus);
    if !GPU_OPTIONS.contains(&name) && !is_clangs {
        return None;
    }
    let value = value?.trim_matches(['"', '\'']);
    let begins_gpu = ["sm_", "compute_"].iter().any(|start| value.starts_with(start));
    // Only nvcc has `-arch=`.
    let is_computed = length == 1 && value.contains('$');
    if matches!(name, "-arch" | "-code")
        && line == CommandLine::Unknown
        && !(begins_gpu || is_computed || names_gpu(value))
    {
        return None;
    }
    if value == "native" {
        return Some((length, Verdict::Rule(GPUS, vec!["--offload-arch=native".to_owned()])));
    }
    if !are_gpus(value) {
        let what = match value {
            "" => format!("the value of `{name}` is set elsewhere"),
            value => format!("the value of `{name}` is set elsewhere: `{value}`"),
        };
        return Some((length, Verdict::Manual(rule::GPU_ARCHITECTURE_VALUE, what)));
    }
    let new = if std::mem::replace(written, true) {
        Vec::new()
    } else {
        pass.context.target.archs.iter().map(|arch| format!("--offload-arch={arch}")).collect()
    };
    Some((length, Verdict::Rule(GPUS, new)))
}

/// The value of `word`, which may be in the word `next`, if it is an option of nvcc that names GPUs.
pub(crate) fn gpu_value<'a>(word: &'a str, next: Option<&'a str>) -> Option<&'a str> {
    match word.split_once('=') {
        Some((name, value)) => GPU_OPTIONS.contains(&name).then_some(value),
        None => next.filter(|_| GPU_OPTIONS.contains(&word)),
    }
}

/// Whether `value` is a list of GPUs in a form that nvcc's options have, such as `arch=compute_70,code=sm_70`. A shell removes quotes in it,
/// as in `code=\"sm_70,compute_70\"`.
pub(crate) fn are_gpus(value: &str) -> bool {
    let list = value.replace(['[', ']', '"', '\'', '\\'], "");
    let values = list.trim_start_matches("arch=").replace(",code=", ",");
    values.split(',').all(names_gpu)
}

/// Whether `value` is a name of a GPU in nvcc.
fn names_gpu(value: &str) -> bool {
    let Some((kind, number)) = value.split_once('_') else { return matches!(value, "all" | "all-major") };
    let digits = number.trim_end_matches(['a', 'f']);
    matches!(kind, "sm" | "compute" | "lto")
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The finding about `-ccbin=mpic++`.
fn compiler_of_mpi(words: &[Word], at: usize) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    let program = value?.rsplit('/').next()?.to_ascii_lowercase();
    let is_mpi = matches!(name, "-ccbin" | "--compiler-bindir")
        && program.trim_start_matches(['$', '(', '{']).starts_with("mpi");
    is_mpi.then(|| {
        let what = format!("`{name}` lets nvcc run MPI's compiler: `{}`", value.unwrap_or_default());
        (length, Verdict::Manual(rule::HOST_COMPILER_MPI, what))
    })
}

/// The translation of `-Xcompiler a,b`. One clang compiles host and device code, so the options are written without
/// `-Xcompiler`. Options that the tables remove for nvcc, such as `-m64`, are removed here too.
fn host_options(pass: &Reporter, words: &[Word], at: usize) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    if !HOST_OPTIONS.contains(&name) {
        return None;
    }
    let Some(value) = value.map(|value| value.trim_matches(['"', '\''])) else {
        let what = format!("the value of `{name}` is set elsewhere");
        return Some((length, Verdict::Manual(rule::HOST_OPTION_VALUE, what)));
    };
    if value.starts_with('/') && value[1..].starts_with(|first: char| first.is_ascii_alphabetic()) {
        let what = format!("`{name}` passes an option of Visual C++");
        return Some((length, Verdict::Manual(rule::HOST_OPTION_MSVC, what)));
    }
    // `-Xcompiler FLAG` is the help of a tool, such as libtool.
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"<>_".contains(&byte)) {
        return None;
    }
    if value.contains(['$', '"', '\'', '\\', '@', '{']) || !value.starts_with('-') {
        let is_elsewhere = value.contains(['$', '@', '{']) || !value.contains(['"', '\'', '\\']);
        let what = match value {
            "" => format!("the value of `{name}` is set elsewhere"),
            _ if is_elsewhere => format!("the value of `{name}` is set elsewhere: `{value}`"),
            _ => format!("the value of `{name}` has quotes: `{value}`"),
        };
        return Some((length, Verdict::Manual(rule::HOST_OPTION_VALUE, what)));
    }
    let goes = |word: &str| {
        warning_of_gcc(word).is_some()
            || lookup(pass, word, CommandLine::Nvcc)
                .is_some_and(|row| pass.spelling(row).is_some_and(str::is_empty))
    };
    // An option that only nvcc has is meant for nvcc: `-Xcompiler -lineinfo`.
    let only_of_nvcc = |word: &str| {
        let row = lookup(pass, word, CommandLine::Unknown).filter(|_| word.starts_with('-'));
        row.and_then(|row| pass.spelling(row)).filter(|hip| !hip.is_empty())
    };
    let mut new = Vec::new();
    let mut parts = value.split([',', ' ']).filter(|word| !word.is_empty()).peekable();
    while let Some(part) = parts.next() {
        // NVIDIA's host compiler has options of nvcc: `--diag_suppress,NAME`.
        if goes(&format!("{part}=*")) {
            parts.next_if(|next| !next.starts_with('-'));
        } else if let Some(hip) = only_of_nvcc(part) {
            new.extend(hip.split_whitespace().map(str::to_owned));
        } else if part.starts_with('-') && !is_option_of_clang(part) && !goes(part) {
            let what = format!("`{name}` passes an option that clang does not have: `{part}`");
            return Some((length, Verdict::Manual(rule::HOST_OPTION_VALUE, what)));
        } else if !goes(part) {
            new.push(part.to_owned());
        }
    }
    Some((length, Verdict::Rule(rule::HOST_OPTION, new)))
}

/// The translation of `-lNAME`.
pub(super) fn library(pass: &Reporter, word: &str) -> Option<Verdict> {
    let name = pass.word(Kind::LinkLibrary, word.strip_prefix("-l")?)?;
    Some(match pass.spelling(name) {
        Some("") => Verdict::Row(name, Vec::new()),
        Some(hip) => Verdict::Row(name, vec![format!("-l{hip}")]),
        None => Verdict::Absent(name),
    })
}

/// Options whose next word is a value of any form.
const WITH_VALUE: &[&str] = &["-Xlinker", "-Xclang", "-Xassembler", "-Xpreprocessor", "-mllvm"];

/// Options that stay: those with a value for another program, and on a line of hipcc those that clang has too.
fn kept(words: &[Word], at: usize, line: CommandLine) -> Option<(usize, Verdict)> {
    let text = words[at].text;
    if line.is_driver() && WITH_VALUE.contains(&text) {
        let value = words.get(at + 1).map_or("", |word| word.text);
        let splits = text == "-Xlinker" && value.contains(',');
        return (!splits).then_some((1 + usize::from(at + 1 < words.len()), Verdict::Kept));
    }
    (line == CommandLine::Hipcc && list::OPTIONS_OF_CLANG.contains(&text)).then_some((1, Verdict::Kept))
}

/// The removal of `-Wno-error=name` and the like, if only gcc has the warning.
fn warning_of_gcc(text: &str) -> Option<(usize, Verdict)> {
    let name = text.strip_prefix("-W")?;
    let name =
        ["no-error=", "error=", "no-"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
    let name = name.split('=').next().unwrap_or(name);
    list::WARNINGS_OF_GCC.contains(&name).then(|| (1, Verdict::Rule(rule::HOST_OPTION, Vec::new())))
}

/// Whether clang has the option `text` with the meaning that it has for nvcc or its host compiler.
fn is_option_of_clang(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or(text);
    !list::OPTIONS_OF_GCC.contains(&name)
        && list::OPTIONS_OF_CLANG.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == *known,
        })
}

/// How options of `configure` begin, which variables such as `CUDA_FEATURES` hold.
const OF_CONFIGURE: [&str; 4] = ["--enable-", "--disable-", "--with-", "--without-"];

/// The finding about an option that neither nvcc nor clang has by the tables.
fn unknown(pass: &Reporter, words: &[Word], at: usize, line: CommandLine) -> Option<(usize, Verdict)> {
    let text = words[at].text;
    let is_option = line.is_driver() && text.len() > 1 && text.starts_with('-');
    let is_of_configure = OF_CONFIGURE.iter().any(|start| text.starts_with(start));
    if !is_option || is_of_configure || is_option_of_clang(text) {
        return None;
    }
    let (name, value, length) = option(words, at)?;
    if GPU_OPTIONS.contains(&name) {
        let what = format!("the value of `{name}` is set elsewhere");
        return Some((1, Verdict::Manual(rule::GPU_ARCHITECTURE_VALUE, what)));
    }
    // The tables have each value of such options.
    let is_listed = ["true", "legacy", "reorder", "inline", "64"]
        .iter()
        .any(|value| lookup(pass, &format!("{name}={value}"), line).is_some());
    let is_alone = value.is_none() && lookup(pass, &format!("{name}=*"), line).is_some();
    // The number of `-t$(N)` and `-t{N}`.
    let threads = text.strip_prefix("-t").filter(|number| number.starts_with(['$', '{']));
    let (what, length) = match (value.filter(|value| is_listed && value.contains(['$', '{'])), threads) {
        (Some(value), _) => (format!("the value of `{name}` is set elsewhere: `{value}`"), length),
        (None, Some(number)) => (format!("the value of `-t` is set elsewhere: `{number}`"), 1),
        (None, None) if is_alone => (format!("the value of `{name}` is set elsewhere"), 1),
        (None, None) => (format!("the option `{text}` is not known"), 1),
    };
    Some((length, Verdict::Manual(rule::UNKNOWN_OPTION, what)))
}

/// The translation of an option of the tables.
pub(super) fn row(pass: &Reporter, words: &[Word], at: usize, line: CommandLine) -> Option<(usize, Verdict)> {
    let (name, value, length) = option(words, at)?;
    // `*` in a row is any value of the option.
    let with_value = value.and_then(|value| {
        let exact = lookup(pass, &format!("{name}={value}"), line).map(|row| (row, length));
        exact.or_else(|| lookup(pass, &format!("{name}=*"), line).map(|row| (row, length)))
    });
    let whole = || lookup(pass, words[at].text, line).map(|row| (row, 1));
    let threads = threads(words[at].text).filter(|_| line.is_driver());
    let joined = || {
        let exact = lookup(pass, &format!("-t={}", threads?), line);
        exact.or_else(|| lookup(pass, "-t=*", line)).map(|row| (row, 1))
    };
    let (row, length) = with_value.or_else(whole).or_else(joined)?;
    let value = threads.or(value);
    let verdict = match pass.spelling(row) {
        Some(hip) => {
            let hip = hip.replace('*', value.unwrap_or_default());
            let new: Vec<String> = hip.split_whitespace().map(str::to_owned).collect();
            if length == 1 && new == [words[at].text] { Verdict::Kept } else { Verdict::Row(row, new) }
        }
        None => Verdict::Absent(row),
    };
    Some((length, verdict))
}

/// The number of `-t4`.
fn threads(word: &str) -> Option<&str> {
    let number = word.strip_prefix("-t")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// The row of `option`. nvcc accepts long options with one dash or two.
pub(super) fn lookup(pass: &Reporter, option: &str, line: CommandLine) -> Option<&'static Name> {
    let kinds: &[Kind] = match line {
        CommandLine::Unknown => &[Kind::Flag],
        _ => &[Kind::Flag, Kind::NvccFlag],
    };
    let find = |text: &str| kinds.iter().find_map(|&kind| pass.word(kind, text));
    find(option).or_else(|| match option.strip_prefix("--") {
        None if option.len() > 4 => find(&format!("-{option}")),
        Some(long) if line != CommandLine::Unknown => find(&format!("-{long}")),
        _ => None,
    })
}

/// The option at `at`: its name, its value behind `=` or in the next word, and the number of words.
pub(super) fn option<'a>(words: &[Word<'a>], at: usize) -> Option<(&'a str, Option<&'a str>, usize)> {
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

#[cfg(test)]
mod tests {
    use tranship_rules::Rules;

    use super::*;
    use crate::pass::Context;
    use crate::readers::words::words;
    use crate::source::Source;
    use crate::text::Edits;

    /// Checks the rules of the findings in `text`, and the text after their fixes.
    #[track_caller]
    fn check(text: &str, line: CommandLine, rules: &[&str], expected: &str) {
        let source = Source::new("Makefile", text);
        let context = Context::new(Rules::builtin());
        let mut pass = Reporter::new(&source, &context);
        run(&mut pass, &words(text, 0, b""), line, " ");
        let found: Vec<_> = pass.findings().iter().map(|finding| finding.rule).collect();
        let (edits, _) = Edits::compose(pass.findings().iter().map(|finding| finding.fix.edits()));
        assert_eq!(found, rules, "{text}");
        assert_eq!(String::from_utf8_lossy(&edits.apply(text.as_bytes())), expected, "{text}");
    }

    #[test]
    fn gpus_are_one_change() {
        let text = "-arch=sm_80 -O2 -code sm_80 x.cu";
        check(text, CommandLine::Unknown, &["gpu-architecture"], "--offload-arch=gfx942 -O2 x.cu");
    }

    #[test]
    fn gpus_may_have_quotes() {
        let rule = ["gpu-architecture"];
        let quoted = "-gencode arch=compute_70,code=\\\"sm_70,compute_70\\\" x.cu";
        check(quoted, CommandLine::Unknown, &rule, "--offload-arch=gfx942 x.cu");
        check("-gencode=arch=compute_70,code='sm_70'", CommandLine::Nvcc, &rule, "--offload-arch=gfx942");
    }

    #[test]
    fn an_option_that_another_program_may_have_stays() {
        check("-arch=native", CommandLine::Unknown, &[], "-arch=native");
        // NVIDIA's HPC compilers spell it so.
        check("--diag_suppress=111", CommandLine::Unknown, &[], "--diag_suppress=111");
        check("-arch=native", CommandLine::Nvcc, &["gpu-architecture"], "--offload-arch=native");
    }

    #[test]
    fn neighbours_are_removed_together() {
        let rules = &["--expt-relaxed-constexpr", "--extended-lambda"];
        check("--expt-relaxed-constexpr --extended-lambda", CommandLine::Nvcc, rules, "");
        check("-v --expt-relaxed-constexpr --extended-lambda -w", CommandLine::Nvcc, rules, "-v -w");
    }

    #[test]
    fn a_value_may_have_other_changes() {
        let text = "-Xlinker=-rpath=$(CUDA_PATH)/lib64";
        let spelling = ["nvcc-spelling"];
        check(text, CommandLine::Nvcc, &spelling, "-Wl,-rpath=$(CUDA_PATH)/lib64");
        let source = Source::new("Makefile", text);
        let context = Context::new(Rules::builtin());
        let mut pass = Reporter::new(&source, &context);
        run(&mut pass, &words(text, 0, b""), CommandLine::Nvcc, " ");
        let edit = pass.findings()[0].fix.edits().first().expect("a fix").clone();
        assert_eq!(edit, Edit::replace(Span::new(0, 9), "-Wl,"));
    }

    #[test]
    fn options_of_another_host_compiler_are_removed_with_their_values() {
        let rule = ["host-option"];
        check("-Xcompiler=--diag_suppress,unused,-fPIC", CommandLine::Nvcc, &rule, "-fPIC");
        check("-Xcompiler=-include,a.h,-fPIC", CommandLine::Nvcc, &rule, "-include a.h -fPIC");
        check("-Xcompiler=-Wno-maybe-uninitialized,-Wall", CommandLine::Nvcc, &rule, "-Wall");
        check("-Wno-error=non-template-friend a.cu", CommandLine::Nvcc, &rule, "a.cu");
        check(
            "-Wno-error=non-template-friend a.cc",
            CommandLine::Unknown,
            &[],
            "-Wno-error=non-template-friend a.cc",
        );
        let unknown = "-Xcompiler=--diag_suppress1,-fPIC";
        check(unknown, CommandLine::Nvcc, &["host-option-value"], unknown);
    }

    #[test]
    fn threads_are_joined_or_apart() {
        check("-t0 a.cu", CommandLine::Nvcc, &["-t=*"], "a.cu");
        check("-t4 a.cu", CommandLine::Nvcc, &["-t=*"], "a.cu");
        check("-t 4 a.cu", CommandLine::Nvcc, &["-t=*"], "a.cu");
        check("--threads 4 a.cu", CommandLine::Nvcc, &["--threads=*"], "a.cu");
        check("-t4 a.cu", CommandLine::Unknown, &[], "-t4 a.cu");
    }

    #[test]
    fn values_from_elsewhere_are_left_to_a_person() {
        check("-t$(N)", CommandLine::Nvcc, &["unknown-option"], "-t$(N)");
        check("--threads", CommandLine::Nvcc, &["unknown-option"], "--threads");
        check("--enable-gpu", CommandLine::Nvcc, &[], "--enable-gpu");
        check("-arch=$(ARCH)", CommandLine::Nvcc, &["gpu-architecture-value"], "-arch=$(ARCH)");
        check("-Xcompiler $(F)", CommandLine::Unknown, &["host-option-value"], "-Xcompiler $(F)");
        check("-Xcompiler FLAG", CommandLine::Unknown, &[], "-Xcompiler FLAG");
    }
}
