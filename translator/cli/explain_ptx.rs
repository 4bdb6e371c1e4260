//! `tranship explain` for PTX: prints what an instruction or a special register becomes.

use std::fmt::Write as _;

use tranship_rules::{Level, PtxInstruction, PtxRegister, Rules};

use super::explain_example as example;
use crate::report::level;

/// The row of the tables for the PTX instruction or special register `name`.
pub(super) fn text(name: &str, rules: &Rules) -> Option<String> {
    let register = name.trim_start_matches('%');
    let of_register = || rules.ptx_register(register).map(of_register);
    rules.ptx(name).map(|(row, _)| of_instruction(name, row, rules)).or_else(of_register)
}

fn of_instruction(name: &str, row: &PtxInstruction, rules: &Rules) -> String {
    let mut out = format!("{name} (PTX instruction, {})\n\n", level(row.level));
    let becomes = match (row.cpp, row.by) {
        ("", "") => "is left to a person".to_owned(),
        ("", "nothing") => "is dropped".to_owned(),
        ("", _) => "becomes C++ that depends on its operands".to_owned(),
        (cpp, _) => format!("becomes `{cpp}`"),
    };
    let _ = writeln!(out, "{becomes}");
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
