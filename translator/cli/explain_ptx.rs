//! `tranship explain` for PTX: prints what an instruction or a special register becomes.

use std::fmt::Write as _;

use tranship_rules::{Level, PtxInstruction, PtxRegister, Rules};

use super::explain_example as example;
use crate::report::level;

/// The number of instructions with the same beginning that are listed at most.
const MOST_FORMS: usize = 8;

/// The row of the tables for the PTX instruction or special register `name`.
pub(super) fn text(name: &str, rules: &Rules) -> Option<String> {
    let register = name.trim_start_matches('%');
    let of_register = || rules.ptx_register(register).map(of_register);
    let found = rules.ptx(name).map(|(row, _)| row);
    let is_whole = found.is_some_and(|row| !row.pattern.ends_with('*'));
    let forms = if is_whole { None } else { of_beginning(name, rules) };
    forms.or_else(|| found.map(|row| of_instruction(name, row, rules))).or_else(of_register)
}

/// The instructions that begin with `name` and have more parts, such as those of `shfl.sync`.
fn of_beginning(name: &str, rules: &Rules) -> Option<String> {
    // Parts in brackets may be there or not.
    let rest = |row: &PtxInstruction| {
        let whole = row.pattern.replace(['[', ']'], "");
        whole.strip_prefix(name).filter(|rest| rest.starts_with('.')).map(str::to_owned)
    };
    let mut rows: Vec<&PtxInstruction> =
        rules.ptx_instructions().iter().filter(|row| rest(row).is_some()).collect();
    rows.sort_by_key(|row| row.level == Level::Manual);
    let (general, forms): (Vec<&PtxInstruction>, Vec<_>) =
        rows.into_iter().partition(|row| rest(row).as_deref() == Some(".*"));
    if forms.is_empty() {
        return None;
    }
    let mut out = format!("{name} (beginning of PTX instructions)\n\n");
    for row in forms.iter().take(MOST_FORMS) {
        let _ = writeln!(out, "  {} ({}): {}", row.pattern, level(row.level), becomes(row));
    }
    if forms.len() > MOST_FORMS {
        let _ = writeln!(out, "  and {} more", forms.len() - MOST_FORMS);
    }
    for row in general {
        let _ = writeln!(out, "  other forms are left to a person: {}", row.refuse);
    }
    out.push_str(
        "`tranship explain` of a whole instruction has its source and an example; docs/ptx.md has all\n",
    );
    Some(out)
}

/// What the instruction becomes, in words.
fn becomes(row: &PtxInstruction) -> String {
    match (row.cpp, row.by) {
        ("", "") => "is left to a person".to_owned(),
        ("", "nothing") => "is dropped".to_owned(),
        ("", _) => "becomes C++ that depends on its operands".to_owned(),
        (cpp, _) => format!("becomes `{cpp}`"),
    }
}

fn of_instruction(name: &str, row: &PtxInstruction, rules: &Rules) -> String {
    let mut out = format!("{name} (PTX instruction, {})\n\n", level(row.level));
    let _ = writeln!(out, "{}", becomes(row));
    let _ = writeln!(out, "pattern: {}", row.pattern);
    for (title, text) in [("assumption", row.bound), ("to do", row.refuse)] {
        if !text.is_empty() {
            let _ = writeln!(out, "{title}: {text}");
        }
    }
    if let Some(group) = rules.ptx_groups().get(usize::from(row.group)) {
        let _ = writeln!(out, "source: {}", group.source);
    }
    out.push_str(&example::of_ptx(name, row, rules));
    out
}

fn of_register(register: &PtxRegister) -> String {
    let mut out = format!("%{} (PTX special register, {})\n\n", register.name, level(register.level));
    if register.level == Level::Manual {
        let _ = writeln!(out, "to do: {}", register.refuse);
        return out;
    }
    let _ = writeln!(out, "becomes `{}`", register.cpp);
    match register.native {
        native if native == register.cpp => {}
        "" => out.push_str("with `--warp native`: is left to a person\n"),
        native => {
            let _ = writeln!(out, "with `--warp native`: becomes `{native}`");
        }
    }
    if register.level == Level::Review {
        let _ = writeln!(out, "assumption: {}", register.bound);
    }
    out
}
