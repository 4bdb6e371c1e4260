//! `tranship explain`: prints the documentation of a rule, or what a CUDA name or header becomes.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use tranship_rules::{
    Effort, Header, HeaderAction, KEPT, Kind, Level, Name, OLDEST_ROCM, Rule, Rules, Spelling, rule,
};

use super::Ending;
use super::args::Explain;
use super::explain_differences as differences;
use super::explain_example as example;
use super::explain_ptx as ptx;
use super::explain_reverse as reverse;
use crate::project::near::near_name;
use crate::project::paths;
use crate::report::{columns, escape_controls, level, wrap};

/// Runs the command.
pub(super) fn run(args: &Explain) -> anyhow::Result<Ending> {
    let rules = args.tables.read()?;
    let name = args.name.as_str();
    let Some(text) = text(name, &rules) else {
        anyhow::bail!(
            "`{}` is neither a rule, nor a CUDA or HIP name, library or GPU of the tables{}",
            escape_controls(name),
            near_name(name, &rules)
                .map_or("; `tranship rules search WORD` finds parts of names".to_owned(), |hint| format!(
                    "; {hint}"
                ))
        );
    };
    io::stdout().write_all(wrapped(&text).as_bytes())?;
    Ok(Ending::Done)
}

/// `text` with lines as wide as the terminal. Code, four spaces further right, keeps its lines.
fn wrapped(text: &str) -> String {
    let line = |line: &str| match line.len() - line.trim_start().len() {
        0 => wrap(line, columns(), "  "),
        1..4 => wrap(line, columns(), "    "),
        _ => line.to_owned(),
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

/// `text` as lines of code, four spaces further right.
pub(super) fn code(text: &str) -> String {
    text.trim_matches('\n').lines().fold(String::new(), |code, line| code + "    " + line + "\n")
}

/// The documentation of `name` from `rules`, if it is a rule, a CUDA name or a CUDA header.
pub(super) fn text(name: &str, rules: &Rules) -> Option<String> {
    let library = name.split_once("::").and_then(|(library, _)| reverse::of_library(library, rules));
    let own = of_entry(name, rules);
    let of_library = || {
        library.map(|text| format!("{name} is a name of this library and has no row of its own\n\n{text}"))
    };
    let texts = [reverse::of_library(name, rules), of_kept(name), own.or_else(of_library)];
    let texts: Vec<String> = texts.into_iter().flatten().collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// The documentation of one rule, name, header, instruction or GPU.
fn of_entry(name: &str, rules: &Rules) -> Option<String> {
    let rule = rules.rule(name).map(of_rule);
    rule.or_else(|| rules.name(name.as_bytes()).map(|row| of_name(row, rules)))
        .or_else(|| words(name, rules))
        .or_else(|| words(&format!("{name}=*"), rules))
        .or_else(|| rules.header(name.as_bytes()).map(|header| of_header(header, rules)))
        .or_else(|| ptx::text(name, rules))
        .or_else(|| reverse::of_hip(name, rules))
        .or_else(|| reverse::of_gpu(name))
        .or_else(|| of_option(name, rules))
        .or_else(|| {
            rules.family(name.as_bytes()).map(|row| format!("{name} is one of {}", of_name(row, rules)))
        })
        .or_else(|| of_watched(name, rules))
        .or_else(|| of_nvidia_gpu(name, rules))
}

/// An architecture of NVIDIA's GPUs, such as `sm_80`.
fn of_nvidia_gpu(name: &str, rules: &Rules) -> Option<String> {
    let number = ["sm_", "compute_", "lto_"].iter().find_map(|start| name.strip_prefix(start))?;
    let digits = number.trim_end_matches(['a', 'f']);
    let rule = rules.named(rule::GPU_ARCHITECTURE).filter(|_| digits.parse::<u32>().is_ok())?;
    let found = looked_at_by(&[rule]);
    Some(format!(
        "{name} (architecture of NVIDIA's GPUs)\n\n{found}to do: choose GPUs of AMD with `--arch`; docs/architectures.md lists them\n{}",
        source(rule.shown_source())
    ))
}

/// A name that works under ROCm as it is.
fn of_kept(name: &str) -> Option<String> {
    let has = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == known,
    };
    let kept = KEPT.iter().find(|kept| kept.names.iter().any(|known| has(known)))?;
    Some(format!("{name} ({})\n\nstays as it is: {}\n{}", kept.what, kept.why, source(kept.source)))
}

/// An option of nvcc that has a rule and no row.
fn of_option(name: &str, rules: &Rules) -> Option<String> {
    if !name.starts_with('-') {
        return None;
    }
    let rule = example::rule_of_option(name, rules)?;
    let found = format!("{name} (nvcc and its libraries)\n\n{}", looked_at_by(&[rule]));
    Some(format!("{found}{}{}", source(rule.shown_source()), example::of_option(name, rules)))
}

/// A name without a row that rules look for, such as a name of a renamed namespace.
fn of_watched(name: &str, rules: &Rules) -> Option<String> {
    let found = example::rules_of(name, rules);
    if found.is_empty() {
        return None;
    }
    let mut out = format!("{name}\n\n{}", looked_at_by(&found));
    if let Some(row) = name.split_once("::").and_then(|(space, _)| rules.name(space.as_bytes())) {
        let _ = write!(out, "namespace {}: {}", row.cuda, spellings(row.cuda, row.spellings, true));
    }
    out.push_str(&source(found[0].shown_source()));
    out.push_str(&example::of_rules(name, &found));
    Some(out)
}

/// The lines with the rules `found`, which look at the uses of a name.
fn looked_at_by(found: &[&Rule]) -> String {
    if found.is_empty() {
        return String::new();
    }
    let line = |rule: &&Rule| format!("  {} ({}): {}\n", rule.name, level(rule.level), rule.what);
    format!("rules that look at its uses first:\n{}", found.iter().map(line).collect::<String>())
}

fn of_rule(rule: &Rule) -> String {
    let mut out = format!("{} ({})\n\n{}\n", rule.name, level(rule.level), rule.what);
    let parts = [("why", rule.why), ("to do", rule.todo), ("assumption", rule.assumption)];
    for (title, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "{title}: {text}");
    }
    out.push_str(&source(rule.shown_source()));
    if rule.level != Level::Safe {
        out.push_str(&costs(rule.effort));
    }
    for (title, code) in [("before", rule.before), ("after", rule.after)] {
        if !code.trim().is_empty() {
            let _ = write!(out, "\n{title}:\n{}", self::code(code));
        }
    }
    out
}

fn of_name(row: &Name, rules: &Rules) -> String {
    let library = rules.libraries().iter().find(|library| library.key == row.library);
    let title = library.map_or(row.library, |library| library.title);
    let mut out = format!("{} ({title})\n\n", row.cuda);
    let found = match row.kind {
        Kind::Prefix | Kind::CmakeTarget | Kind::Package => Vec::new(),
        Kind::Flag | Kind::NvccFlag => example::rule_of_option(row.cuda, rules).into_iter().collect(),
        _ => example::rules_of(row.cuda, rules),
    };
    out.push_str(&looked_at_by(&found));
    let is_builtin = !rules.is_of_user(row.cuda.as_bytes());
    if !found.is_empty() {
        out.push_str("without these rules: ");
    }
    out.push_str(&spellings(row.cuda, row.spellings, is_builtin));
    for ocp in row.ocp {
        let since = ocp.since.map_or(String::new(), |since| format!(", since ROCm {since}"));
        let _ = writeln!(out, "becomes {} where every `--arch` is gfx950 or gfx12{since}", ocp.hip);
    }
    if !row.without_images.is_empty() {
        let _ = writeln!(out, "becomes {} where an `--arch` has no texture units", row.without_images);
    }
    out.push_str(&note(row.level, row.note));
    if row.level == Level::Manual {
        out.push_str(&costs(row.effort));
    }
    out.push_str(&source(rules.source_of(row)));
    out.push_str(&with_roc(row, rules));
    if is_builtin {
        out.push_str(&differences::text(row.cuda));
    }
    let calls = rules.calls(row.cuda.as_bytes());
    if !calls.is_empty() {
        out.push_str("Its arguments change as well:\n");
    }
    for call in calls {
        let mut what: Vec<String> = call
            .wrap
            .iter()
            .map(|wrap| format!("argument {} goes into `{}`", wrap.arg + 1, wrap.with))
            .collect();
        what.extend(
            call.cast.iter().map(|cast| format!("argument {} is cast to `{}`", cast.arg + 1, cast.to)),
        );
        if !call.to.is_empty() {
            what.push(format!("it becomes `{}`", call.to));
        }
        let arguments = call.arguments.map_or(String::new(), |count| format!(" with {count} arguments"));
        let note = if call.note.is_empty() { String::new() } else { format!(" ({})", call.note) };
        let _ = writeln!(out, "  a call{arguments}: {}{note}", what.join(", "));
        if !call.source.is_empty() {
            let _ = write!(out, "  {}", source(call.source));
        }
    }
    let own = if matches!(row.kind, Kind::Flag | Kind::NvccFlag) {
        String::new()
    } else {
        example::of_rules(row.cuda, &found)
    };
    out.push_str(&if own.is_empty() { example::of_name(row, rules) } else { own });
    out
}

/// What the name becomes with `--libraries roc`, if its library has two counterparts.
fn with_roc(row: &Name, rules: &Rules) -> String {
    let Some(library) = rules.roc_libraries().iter().find(|library| library.key == row.library) else {
        return String::new();
    };
    let Some((_, roc)) = rules.roc_name(row.cuda.as_bytes()) else {
        return match row.spellings {
            [] => String::new(),
            _ => format!("with `--libraries roc`: {} has no exact counterpart\n", library.title),
        };
    };
    let spelled = spellings(roc.cuda, roc.spellings, false);
    let (note, source) = (note(roc.level, roc.note), source(library.source));
    format!("with `--libraries roc`: {spelled}{note}{source}")
}

/// The line with the source of a fact, which is a text or the path of a user's own table.
fn source(source: &str) -> String {
    let shown = paths::near(Path::new(source));
    if source.is_empty() {
        String::new()
    } else {
        format!("source: {}\n", escape_controls(&shown.to_string_lossy()))
    }
}

/// The line with the effort of one place.
fn costs(effort: Effort) -> String {
    format!("one place costs: {}, {}\n", effort.word(), effort.takes())
}

/// The rows of build files, scripts and Python with this name.
fn words(name: &str, rules: &Rules) -> Option<String> {
    let rows: Vec<_> = rules.words_named(name).map(|row| of_name(row, rules)).collect();
    (!rows.is_empty()).then(|| rows.join("\n"))
}

fn of_header(header: &Header, rules: &Rules) -> String {
    let mut out = format!("{} (header)\n\n", header.cuda);
    match header.action {
        HeaderAction::Map => out.push_str(&spellings(header.cuda, header.spellings, true)),
        HeaderAction::Same => out.push_str("ROCm has it under the same name.\n"),
        HeaderAction::Drop => out.push_str("HIP needs no replacement; the include is removed.\n"),
        HeaderAction::Manual => out.push_str("ROCm has no counterpart.\n"),
    }
    if !header.note.is_empty() {
        let _ = writeln!(out, "note: {}", header.note);
    }
    out.push_str(&source(header.source));
    out.push_str(&example::of_header(header.cuda, rules));
    out
}

/// The lines with the spellings of `cuda`. If it `is_builtin`, a spelling without a first release is as old as the tables.
fn spellings(cuda: &str, spellings: &[Spelling], is_builtin: bool) -> String {
    let line = |spelling: &Spelling| {
        let oldest =
            || if is_builtin { format!(", since ROCm {OLDEST_ROCM} or earlier") } else { String::new() };
        let since = spelling.since.map_or_else(oldest, |since| format!(", since ROCm {since}"));
        let until = spelling.until.map_or(String::new(), |until| format!(", gone in ROCm {until}"));
        let same = if spelling.hip == cuda { " (the same name)" } else { "" };
        match spelling.hip {
            "" => "is dropped\n".to_owned(),
            hip => format!("becomes {hip}{same}{since}{until}\n"),
        }
    };
    if spellings.is_empty() {
        "has no counterpart on ROCm\n".to_owned()
    } else {
        spellings.iter().map(line).collect()
    }
}

fn note(of: Level, note: &str) -> String {
    let title = match of {
        _ if note.is_empty() => return String::new(),
        Level::Safe => "note",
        Level::Review => "assumption",
        Level::Manual => "to do",
    };
    format!("{title}: {note}\n")
}
