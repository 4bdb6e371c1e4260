//! Writes the figures of kernels as a table for people and as JSON.

use std::fmt::Write as _;

use anstyle::Style;
use serde::Serialize;
use serde_json::{Value, json};
use tranship_engine::result::Conversion;
use tranship_engine::text::path::readable;
use tranship_rules::architecture;

use super::{Format, display_path, escape_controls, number, render};
use crate::advise::figures::Figures;
use crate::advise::{Failure, Kernel};

const VERSION: u32 = 1;
const BOLD: Style = Style::new().bold();
/// The greatest number of columns of a name; a longer one is cut.
const NAME: usize = 36;
/// The greatest number of files that are listed because they do not compile.
const FAILURES: usize = 10;

/// The figures of `kernels` on each of `archs`, with colours: one row for each kernel.
pub fn kernels(kernels: &[Kernel], archs: &[String]) -> String {
    if kernels.is_empty() {
        return String::new();
    }
    let rows = rows(kernels);
    let place = |(kernel, _): &(&Kernel, usize)| format!("{}:{}", display_path(&kernel.path), kernel.line);
    let places: Vec<String> = rows.iter().map(place).collect();
    let names: Vec<String> = rows.iter().map(|&(kernel, count)| name(kernel, count)).collect();
    let width = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(6);
    let (name_width, place_width) = (width(&names), width(&places));
    let is_one = archs.len() == 1;
    let columns = if is_one { ONE } else { SEVERAL };
    let group: usize = columns.iter().map(|(title, _)| title.len() + 2).sum();
    let mut out = String::new();
    if !is_one {
        let _ = write!(out, "{:name_width$}  {:place_width$}", "", "");
        for arch in archs {
            let _ = write!(out, "{BOLD}{arch:>group$}{BOLD:#}");
        }
        out.push('\n');
    }
    let _ = write!(out, "{BOLD}{:name_width$}  {:place_width$}", "kernel", "place");
    for _ in archs {
        for (title, _) in columns {
            let _ = write!(out, "  {title}");
        }
    }
    let _ = writeln!(out, "{}{BOLD:#}", if is_one { "  limited by" } else { "" });
    for (((kernel, _), name), place) in rows.iter().zip(&names).zip(&places) {
        let _ = write!(out, "{name:name_width$}  {place:place_width$}");
        let mut limit = None;
        for arch in archs {
            let figures = kernel.figures.get(arch);
            for (title, of) in columns {
                let value = figures.map_or_else(|| "-".to_owned(), of);
                let _ = write!(out, "  {value:>width$}", width = title.len());
            }
            limit = figures.zip(architecture(arch)).and_then(|(figures, known)| figures.limit(known));
        }
        let limit = limit.filter(|_| is_one).map_or(String::new(), |limit| format!("  {limit}"));
        let _ = writeln!(out, "{limit}");
    }
    out.push('\n');
    out
}

type Column = (&'static str, fn(&Figures) -> String);

/// The columns for one architecture.
const ONE: &[Column] = &[
    ("VGPRs", |figures| shown(figures.vgprs)),
    ("AGPRs", |figures| shown(figures.agprs)),
    ("SGPRs", |figures| shown(figures.sgprs)),
    ("   LDS", |figures| shown(figures.lds)),
    ("scratch", |figures| shown(figures.scratch)),
    ("spills", |figures| shown(figures.vgpr_spills)),
    ("waves", |figures| shown(figures.occupancy)),
];

/// The columns for each of several architectures.
const SEVERAL: &[Column] = &[
    ("regs", |figures| shown(figures.registers())),
    ("   LDS", |figures| shown(figures.lds)),
    ("scratch", |figures| shown(figures.scratch)),
    ("waves", |figures| shown(figures.occupancy)),
];

pub(super) fn shown(value: Option<u32>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

/// The kernels, each with the number of instances of its template that have the same figures.
pub(super) fn rows(kernels: &[Kernel]) -> Vec<(&Kernel, usize)> {
    let mut rows: Vec<(&Kernel, usize)> = Vec::new();
    for kernel in kernels {
        let is_same = |other: &Kernel| {
            (&other.path, other.line, &other.figures) == (&kernel.path, kernel.line, &kernel.figures)
                && other.base_name() == kernel.base_name()
        };
        match rows.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, count)) => *count += 1,
            None => rows.push((kernel, 1)),
        }
    }
    rows
}

pub(super) fn name(kernel: &Kernel, count: usize) -> String {
    if count == 1 { cut(&kernel.name) } else { format!("{} ({count} instances)", cut(kernel.base_name())) }
}

fn cut(name: &str) -> String {
    let name = escape_controls(name).replace('\n', " ");
    if name.chars().count() <= NAME {
        return name;
    }
    name.chars().take(NAME - 3).chain("...".chars()).collect()
}

/// The files without figures, with the reasons.
pub fn failures(failures: &[Failure]) -> String {
    let mut out = String::new();
    if failures.is_empty() {
        return out;
    }
    let _ = writeln!(out, "{BOLD}without figures:{BOLD:#}");
    for failure in failures.iter().take(FAILURES) {
        let (path, reason) = (escape_controls(&failure.path), escape_controls(&failure.reason));
        let _ = writeln!(out, "  {path} on {}: {reason}", failure.archs.join(", "));
    }
    if failures.len() > FAILURES {
        let _ = writeln!(
            out,
            "  and {} more; `--output-format json` lists all",
            number(failures.len() - FAILURES)
        );
    }
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Row<'a> {
    arch: &'a str,
    vgprs: Option<u32>,
    agprs: Option<u32>,
    sgprs: Option<u32>,
    lds: Option<u32>,
    scratch: Option<u32>,
    vgpr_spills: Option<u32>,
    sgpr_spills: Option<u32>,
    occupancy: Option<u32>,
    limited_by: Option<&'static str>,
    most_threads: u32,
}

impl<'a> Row<'a> {
    fn of(arch: &'a str, figures: &Figures) -> Self {
        let Figures { vgprs, agprs, sgprs, lds, scratch, vgpr_spills, sgpr_spills, occupancy, most_threads } =
            *figures;
        let limited_by = architecture(arch).and_then(|known| figures.limit(known));
        Self {
            arch,
            vgprs,
            agprs,
            sgprs,
            lds,
            scratch,
            vgpr_spills,
            sgpr_spills,
            occupancy,
            limited_by,
            most_threads,
        }
    }
}

/// The figures, the failures, and the report about `conversions` as JSON.
pub fn kernels_json(kernels: &[Kernel], failures: &[Failure], conversions: &[Conversion]) -> String {
    let kernel = |kernel: &Kernel| {
        let figures: Vec<_> = kernel.figures.iter().map(|(arch, figures)| Row::of(arch, figures)).collect();
        json!({
            "name": kernel.name,
            "symbol": kernel.symbol,
            "path": readable(&kernel.path),
            "line": kernel.line,
            "largest_block": kernel.block,
            "figures": figures,
        })
    };
    let report: Value = serde_json::from_str(&render(Format::Json, conversions)).unwrap_or_default();
    let all = json!({
        "version": VERSION,
        "kernels": kernels.iter().map(kernel).collect::<Vec<_>>(),
        "failures": failures,
        "report": report,
    });
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}
