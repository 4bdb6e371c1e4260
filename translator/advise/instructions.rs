//! Findings that the instructions of kernels show at lines of the source, and those about a whole file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tranship_engine::advice::{constant_divisor, finding};
use tranship_engine::cpp::{TokenKind, Unit};
use tranship_engine::finding::{Finding, Fix};
use tranship_engine::text::{Edit, Lines};
use tranship_rules::{architecture, rule};

use super::figures::Figures;
use super::findings::{change, first_word, is_mixed, line_span, name_span};
use super::measure::base_name;
use super::{Experiment, Kernel, Request};

/// The registers of a kernel before and after a change that differ, by architecture.
type Registers<'k> = BTreeMap<&'k str, Option<(u32, u32)>>;

/// The findings about atomic operations in `unit` that are loops, and that hardware could do without worse figures.
pub(super) fn of_loops(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
    let mut archs: BTreeMap<u32, Registers> = BTreeMap::new();
    let mut worse: BTreeSet<u32> = BTreeSet::new();
    for kernel in kernels {
        for one in kernel.loops.iter().filter(|one| one.is_avoidable && one.source == unit.source.path) {
            let before = kernel.figures.get(&one.arch);
            let after = kernel.tried.get(&(Experiment::HardwareAtomics, one.arch.clone()));
            if let Some((before, after)) = before.zip(after) {
                if before.is_better_than(after) || is_mixed(before, after) {
                    worse.insert(one.line);
                }
                let registers =
                    before.registers().zip(after.registers()).filter(|(before, after)| before != after);
                let entry = archs.entry(one.line).or_default().entry(&one.arch).or_default();
                *entry = (*entry).max(registers);
            }
        }
    }
    let lines = Lines::new(&unit.source.bytes);
    let one = |(line, archs): (u32, Registers)| {
        let tokens = unit.tokens();
        let is_atomic = |at: &usize| {
            tokens[*at].kind == TokenKind::Identifier
                && lines.position(tokens[*at].start).line == line
                && unit.text(&tokens[*at]).starts_with(b"atomic")
        };
        let at = (0..tokens.len()).find(is_atomic);
        let span = at.map_or_else(|| first_word(unit, line, &lines), |at| tokens[at].span());
        let name = at
            .map_or_else(|| "the operation".to_owned(), |at| format!("`{}`", unit.slice(tokens[at].span())));
        let named: Vec<_> = archs.keys().copied().collect();
        let registers = archs.iter().find_map(|(arch, registers)| Some((arch, (*registers)?)));
        let figures = registers.map_or_else(String::new, |(arch, (before, after))| {
            format!("; the kernel has {after} registers instead of {before} on {arch} then")
        });
        let what = format!(
            "{name} is a loop of compare-and-swap on {}, and one instruction with `-munsafe-fp-atomics`{figures}",
            named.join(", ")
        );
        // CUDA has no such function, so a file of CUDA has no edit.
        let is_add = at.is_some_and(|at| unit.is_word(at, "atomicAdd")) && unit.is_hip();
        let fix = if is_add { Fix::One(Edit::replace(span, "unsafeAtomicAdd")) } else { Fix::None };
        finding(rule::ATOMIC_LOOP, span, request.context).map(|found| found.saying(what).with(fix))
    };
    archs.into_iter().filter(|(line, _)| !worse.contains(line)).filter_map(one).collect()
}

/// The findings about lines in loops: divisions by one number, and loads of neighbouring values.
pub(super) fn of_lines(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
    let lines = Lines::new(&unit.source.bytes);
    let mut divisions: BTreeSet<u32> = BTreeSet::new();
    let mut loads: BTreeMap<u32, (usize, u32)> = BTreeMap::new();
    for kernel in kernels {
        let here = kernel.divisions.iter().filter(|(source, _)| *source == unit.source.path);
        divisions.extend(here.map(|&(_, line)| line));
        let here = kernel.loads.iter().filter(|((source, _), _)| *source == unit.source.path);
        loads.extend(here.map(|(&(_, line), &found)| (line, found)));
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for line in divisions {
        let Some(name) = constant_divisor(unit, line_span(&lines, line)) else { continue };
        let text = unit.slice(name).into_owned();
        let function = unit.function_at(name.start).map(|function| function.name);
        if seen.insert((function, text.clone())) {
            let what = format!("each turn of a loop divides by `{text}`, which no turn changes");
            found.extend(
                finding(rule::DIVISION_IN_LOOP, name, request.context).map(|found| found.saying(what)),
            );
        }
    }
    let mut functions = BTreeSet::new();
    for (line, (count, bytes)) in loads {
        let span = first_word(unit, line, &lines);
        if functions.insert(unit.function_at(span.start).map(|function| function.name)) {
            let width = if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
            let what = format!("{count} loads of {width} in a loop are from successive addresses");
            found.extend(finding(rule::NARROW_LOADS, span, request.context).map(|found| found.saying(what)));
        }
    }
    found
}

/// The finding about waves of 64 lanes, if they make a kernel of the file better and none worse.
pub(super) fn wide_waves(unit: &Unit, kernels: &[Kernel], request: &Request) -> Option<Finding> {
    let here: Vec<&Kernel> = kernels.iter().filter(|kernel| kernel.source == unit.source.path).collect();
    let pairs = || {
        here.iter().flat_map(|kernel| {
            kernel
                .tried
                .iter()
                .filter(|((experiment, _), _)| *experiment == Experiment::WideWaves)
                .filter_map(move |((_, arch), after)| {
                    // A wave of 64 lanes has the threads of two waves. More than a full unit is no gain.
                    let most = architecture(arch)?.waves;
                    let occupancy = after.occupancy.map(|waves| (waves * 2).min(most));
                    let doubled = Figures { occupancy, ..after.clone() };
                    Some((*kernel, arch, kernel.figures.get(arch)?, doubled))
                })
        })
    };
    let is_worse = |(_, _, before, after): (&Kernel, &String, &Figures, Figures)| {
        before.is_better_than(&after) || is_mixed(before, &after)
    };
    if pairs().any(is_worse) {
        return None;
    }
    let (kernel, arch, before, after) =
        pairs().find(|(_, _, before, after)| after.is_better_than(before) && is_clear(before, after))?;
    let span = name_span(unit, base_name(&kernel.name), kernel.line, &Lines::new(&unit.source.bytes));
    let what = format!(
        "with `-mwavefrontsize64`, `{}` on {arch}: {}",
        kernel.name,
        change(before, &after).replace("waves", "waves of 32 threads")
    );
    finding(rule::WAVE_SIZE, span, request.context).map(|found| found.saying(what))
}

/// Whether waves are more, or at least a quarter of the scratch memory is gone. Less is within the choices of a compiler.
fn is_clear(before: &Figures, after: &Figures) -> bool {
    let scratch = after.scratch.zip(before.scratch);
    after.occupancy > before.occupancy || scratch.is_some_and(|(after, before)| after * 4 <= before * 3)
}

/// Bytes of device code from which on its size is reported.
const LARGE_CODE: u64 = 16 * 1024 * 1024;

/// The file with the most device code, and the bytes of the whole project, if these are many.
pub(super) fn largest_code(kernels: &[Kernel]) -> Option<(PathBuf, u64)> {
    let mut files: BTreeMap<&Path, u64> = BTreeMap::new();
    for kernel in kernels {
        *files.entry(&kernel.source).or_default() += kernel.code;
    }
    let all: u64 = files.values().sum();
    let (file, _) = files.into_iter().max_by_key(|&(_, bytes)| bytes)?;
    (all >= LARGE_CODE).then(|| (file.to_owned(), all))
}

pub(super) fn code_size(unit: &Unit, bytes: u64, kernels: &[Kernel], request: &Request) -> Option<Finding> {
    let kernel =
        kernels.iter().filter(|kernel| kernel.source == unit.source.path).max_by_key(|kernel| kernel.code)?;
    let span = name_span(unit, base_name(&kernel.name), kernel.line, &Lines::new(&unit.source.bytes));
    let what = format!(
        "the kernels of the project are {} MiB of code for {}, in {} instances",
        bytes / (1024 * 1024),
        request.context.target.archs.join(", "),
        kernels.len()
    );
    finding(rule::DEVICE_CODE_SIZE, span, request.context).map(|found| found.saying(what))
}
