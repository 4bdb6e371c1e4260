//! Turns the figures of kernels into findings. Kernels whose figures are fine have none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tranship_engine::advice::{advice, constant_divisor, finding, single_literals};
use tranship_engine::cpp::functions::Space;
use tranship_engine::cpp::{TokenKind, Unit};
use tranship_engine::finding::{Finding, Fix};
use tranship_engine::result::advised;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Lines, Span};
use tranship_rules::{architecture, list, rule};

use super::figures::Figures;
use super::launched::{
    Facts, exceeded_bounds, managed_memory, matrix_products, shared_sizes, system_scopes, texture_fetch,
};
use super::launches::Launches;
use super::measure::base_name;
use super::{Advice, Experiment, Kernel, Request};
use crate::compile::tree::Tree;

/// The launches in all files of the project.
pub(super) fn launches(tree: &Tree, request: &Request) -> Launches {
    let mut launches = Launches::default();
    let sources: Vec<Source> = tree.sources().filter_map(|path| source(path, request)).collect();
    let units = || sources.iter().map(|source| Unit::new(source, &request.context.guards));
    for unit in units() {
        launches.add_calls(&unit, request.context);
    }
    for unit in units() {
        launches.add(&unit, request.context);
    }
    launches
}

fn source(path: &Path, request: &Request) -> Option<Source> {
    let bytes = std::fs::read(request.conversion.root.join(path)).ok()?;
    let source = Source::new(path, bytes);
    source.unreadable().is_none().then_some(source)
}

/// Adds the files with findings to `advice`: advice without a compiler, and what the figures of the kernels show.
pub(super) fn add(tree: &Tree, launches: &Launches, request: &Request, advice: &mut Advice) {
    let mut paths: BTreeSet<PathBuf> = tree.sources().map(Path::to_owned).collect();
    paths.retain(|path| request.reports(path));
    let facts = Facts::of(tree);
    // One finding about managed memory, and one about the size of the code, is enough for a project.
    let mut has_managed = facts.moves_managed;
    let largest = largest_code(&advice.kernels);
    for path in paths {
        let Some(source) = source(&path, request) else { continue };
        let unit = Unit::new(&source, &request.context.guards);
        let mut found = Vec::new();
        if source.lang.is_cpp() {
            found.extend(without_compiler(&unit, launches, &facts, request, advice));
            let managed = (!has_managed).then(|| managed_memory(&unit, request.context)).flatten();
            has_managed |= managed.is_some();
            found.extend(managed);
        }
        found.extend(of_kernels(&unit, &advice.kernels, request));
        found.extend(of_loops(&unit, &advice.kernels, request));
        found.extend(of_lines(&unit, &advice.kernels, request));
        found.extend(wide_waves(&unit, &advice.kernels, request));
        if let Some((_, bytes)) = largest.as_ref().filter(|(file, _)| *file == path) {
            found.extend(code_size(&unit, *bytes, &advice.kernels, request));
        }
        let found = most_important(&unit, found);
        let (file, edited) = advised(&unit, &request.path(&path), found, request.context);
        if !file.findings.is_empty() {
            advice.files.push(file);
        }
        advice.edited.extend(edited.map(|after| (path, source.bytes.to_vec(), after)));
    }
}

/// The findings that need no figures. Those that the figures show better are left out where there are figures.
fn without_compiler(
    unit: &Unit,
    launches: &Launches,
    facts: &Facts,
    request: &Request,
    measured: &Advice,
) -> Vec<Finding> {
    let context = request.context;
    let path = request.path(&unit.source.path).display().to_string();
    let is_measured = !measured.kernels.is_empty() && !measured.failures.iter().any(|failure| failure.path == path);
    let mut found = advice(unit, context);
    found.retain(|finding| !is_measured || finding.rule != rule::DOUBLE_LITERAL);
    found.extend(exceeded_bounds(unit, launches, context));
    found.extend(shared_sizes(unit, launches, context));
    if !facts.shares_memory {
        found.extend(system_scopes(unit, context));
    }
    if !facts.filters_textures {
        found.extend(texture_fetch(unit, context));
    }
    if !measured.kernels.iter().any(|kernel| kernel.has_matrix) {
        found.extend(matrix_products(unit, context));
    }
    found
}

/// The most findings in one function.
const BUDGET: usize = 3;

/// The findings with the greatest effect of each function, in the order of the rules in the tables.
fn most_important(unit: &Unit, mut found: Vec<Finding>) -> Vec<Finding> {
    let rank = |finding: &Finding| list::ADVICE_RULES.iter().position(|rule| *rule == finding.rule);
    found.sort_by_key(|finding| (rank(finding), finding.span));
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    found.retain(|finding| {
        // The name of a function is in front of its body.
        let starts = |function: &&tranship_engine::cpp::functions::Function| {
            unit.tokens()[function.name].span() == finding.span
        };
        let named = || unit.functions().iter().find(starts);
        let Some(function) = unit.function_at(finding.span.start).or_else(named) else { return true };
        let host = if function.space == Space::Host { finding.rule } else { "" };
        let count = counts.entry((function.name, host)).or_default();
        *count += 1;
        *count <= BUDGET
    });
    found.sort_by_key(|finding| finding.span);
    found
}

/// The findings about the kernels that `unit` defines: one for all instances of a template.
fn of_kernels(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
    let mut by_line: BTreeMap<(u32, &str), Vec<&Kernel>> = BTreeMap::new();
    for kernel in kernels.iter().filter(|kernel| kernel.source == unit.source.path) {
        by_line.entry((kernel.line, base_name(&kernel.name))).or_default().push(kernel);
    }
    let lines = Lines::new(&unit.source.bytes);
    let one = |((line, name), instances): (&(u32, &str), &Vec<&Kernel>)| {
        let span = name_span(unit, name, *line, &lines);
        let size = bounds(instances, span, request)
            .or_else(|| less_unrolling(instances, span, request))
            .or_else(|| scratch(instances, span, request));
        [size, literals(unit, instances, span, request)]
    };
    by_line.iter().flat_map(one).flatten().collect()
}

/// The name of the kernel `name` whose definition is nearest to `line`, or else the first word of the line.
fn name_span(unit: &Unit, name: &str, line: u32, lines: &Lines) -> Span {
    let tokens = unit.tokens();
    let line_of = |at: usize| lines.position(tokens[at].start).line;
    let kernels = unit.functions().iter().filter(|function| function.space == Space::Kernel).map(|f| f.name);
    let named = kernels.filter(|&at| unit.text(&tokens[at]) == name.as_bytes());
    let nearest = named.min_by_key(|&at| line_of(at).abs_diff(line));
    nearest.map_or_else(|| first_word(unit, line, lines), |at| tokens[at].span())
}

fn first_word(unit: &Unit, line: u32, lines: &Lines) -> Span {
    let start = lines.start(line.clamp(1, lines.count().max(1)));
    let token = unit.tokens().iter().find(|token| token.start >= start);
    token.map_or(Span::at(start), tranship_engine::cpp::Token::span)
}

/// One sentence for each architecture; `of` gives the sentence of an instance, the worst of which is taken.
fn sentences<'k>(
    instances: &[&'k Kernel],
    of: impl Fn(&'k Kernel, &'k str) -> Option<(u32, String)>,
) -> Vec<String> {
    let archs: BTreeSet<&str> =
        instances.iter().flat_map(|kernel| kernel.figures.keys().map(String::as_str)).collect();
    let mut sentences = Vec::new();
    for arch in archs {
        let found: Vec<_> =
            instances.iter().filter_map(|&kernel| Some((kernel, of(kernel, arch)?))).collect();
        let Some((kernel, (_, text))) = found.iter().max_by_key(|(_, (weight, _))| *weight) else { continue };
        let more = match found.len() {
            1 => String::new(),
            count => format!(" (the worst of {count} instances)"),
        };
        sentences.push(format!("`{}` on {arch}{more}: {text}", kernel.name));
    }
    sentences
}

/// What `experiment` makes better, one sentence for each architecture; empty if it makes nothing better or something worse.
fn improvements(instances: &[&Kernel], experiment: Experiment) -> Vec<String> {
    let is_worse = |kernel: &&Kernel| {
        let of = |(arch, before): (&String, &Figures)| {
            let after = kernel.tried.get(&(experiment, arch.clone()));
            after.is_some_and(|after| {
                !after.is_worth_more_than(before) && (before.is_better_than(after) || is_mixed(before, after))
            })
        };
        kernel.figures.iter().any(of)
    };
    if instances.iter().any(is_worse) {
        return Vec::new();
    }
    let of = |kernel: &Kernel, arch: &str| {
        let (before, after) = (kernel.figures.get(arch)?, kernel.tried.get(&(experiment, arch.to_owned()))?);
        let weight = before.scratch.unwrap_or(0) + before.vgpr_spills.unwrap_or(0);
        after.is_worth_more_than(before).then(|| (weight, change(before, after)))
    };
    sentences(instances, of)
}

/// The finding about launch bounds, if the bound makes an instance better and none worse.
fn bounds(instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
    let block = instances.first()?.block?;
    let sentences = improvements(instances, Experiment::Bound);
    if sentences.is_empty() {
        return None;
    }
    let what =
        format!("with `__launch_bounds__({block})`, the bound of its launches, {}", sentences.join("; "));
    let todo = format!("write `__launch_bounds__({block})` before the name of the kernel, and measure");
    let fix = Fix::One(Edit::insert(span.start, format!("__launch_bounds__({block}) ")));
    finding(rule::KERNEL_BOUNDS, span, request.context)
        .map(|found| found.saying(what).advising(todo).with(fix))
}

/// The finding about unrolled loops, if the kernel is better with fewer copies of their bodies.
fn less_unrolling(instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
    let four = improvements(instances, Experiment::UnrollByFour);
    let none = improvements(instances, Experiment::NoUnroll);
    let (how, todo, sentences) = if four.is_empty() {
        ("if no loop is unrolled", "write `#pragma unroll 1` before the loops of the kernel, and measure", none)
    } else {
        ("with `#pragma unroll 4` instead of `#pragma unroll`", "write the number behind `#pragma unroll`, and measure", four)
    };
    let what = format!("{how}, {}", sentences.join("; "));
    let found = (!sentences.is_empty()).then(|| finding(rule::KERNEL_UNROLL, span, request.context));
    found.flatten().map(|found| found.saying(what).advising(todo))
}

/// Whether the figures are better in one respect and worse in another.
fn is_mixed(before: &Figures, after: &Figures) -> bool {
    let is_same = before.scratch == after.scratch
        && before.vgpr_spills == after.vgpr_spills
        && before.occupancy == after.occupancy;
    !is_same && !after.is_better_than(before)
}

/// What differs between two figures, before and after.
fn change(before: &Figures, after: &Figures) -> String {
    let parts = [
        ("bytes of scratch", before.scratch, after.scratch),
        ("spilled registers", before.vgpr_spills, after.vgpr_spills),
        ("waves", before.occupancy, after.occupancy),
    ];
    let text = |(what, old, new): (&str, Option<u32>, Option<u32>)| {
        let (old, new) = (old?, new?);
        (old != new).then(|| format!("{new} {what} instead of {old}"))
    };
    parts.into_iter().filter_map(text).collect::<Vec<_>>().join(", ")
}

/// The finding about scratch memory.
fn scratch(instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
    let of = |kernel: &Kernel, arch: &str| {
        let figures = kernel.figures.get(arch).filter(|figures| figures.uses_scratch())?;
        kernel.scratch.get(arch)?;
        let (bytes, spills) = (figures.scratch.unwrap_or(0), figures.vgpr_spills.unwrap_or(0));
        let mut text = format!("{bytes} bytes of scratch for each thread");
        if spills > 0 {
            let _ = write!(text, ", {spills} spilled registers");
        }
        if let Some((after, block)) = kernel.tried.get(&(Experiment::Bound, arch.to_owned())).zip(kernel.block)
            && *after != *figures
            && is_mixed(figures, after)
        {
            let _ = write!(text, "; with `__launch_bounds__({block})` {}", change(figures, after));
        }
        Some((bytes + spills, text))
    };
    let sentences = sentences(instances, of);
    (!sentences.is_empty())
        .then(|| finding(rule::KERNEL_SCRATCH, span, request.context))
        .flatten()
        .map(|found| found.saying(format!("{}{}", sentences.join("; "), seen_in(instances))))
}

/// The lines that access scratch memory, as the end of a sentence.
fn seen_in(instances: &[&Kernel]) -> String {
    let all = instances.iter().flat_map(|kernel| kernel.scratch.values());
    let lines: BTreeSet<u32> = all.flatten().copied().collect();
    if lines.is_empty() { String::new() } else { format!("; see {}", listed(&lines)) }
}

/// The first of `lines`, as text.
fn listed(lines: &BTreeSet<u32>) -> String {
    let shown: Vec<String> = lines.iter().take(MOST_LINES).map(ToString::to_string).collect();
    let more = if lines.len() > MOST_LINES { " and others" } else { "" };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("{word} {}{more}", shown.join(", "))
}

/// The finding about literals without `f` that make a kernel compute in double precision.
fn literals(unit: &Unit, instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
    let of = |kernel: &Kernel, arch: &str| {
        let literals = kernel.literals.get(arch)?;
        let text = format!(
            "{} instructions of double precision, and {} with `f` behind the literals",
            literals.before, literals.after
        );
        Some((literals.before as u32, text))
    };
    let sentences = sentences(instances, of);
    let all = instances.iter().flat_map(|kernel| kernel.literals.values());
    let lines: BTreeSet<u32> = all.flat_map(|literals| literals.lines.iter().copied()).collect();
    let what = format!("{}; see {}", sentences.join("; "), listed(&lines));
    let positions = Lines::new(&unit.source.bytes);
    let spans: Vec<Span> = lines.iter().map(|&line| line_span(&positions, line)).collect();
    let edits = single_literals(unit, &spans);
    let found = (!sentences.is_empty()).then(|| finding(rule::DOUBLE_LITERAL, span, request.context));
    found.flatten().map(|found| {
        let found = found.saying(what);
        if edits.is_empty() { found } else { found.with(Fix::Many(edits)) }
    })
}

/// The bytes of `line`.
fn line_span(lines: &Lines, line: u32) -> Span {
    let start = lines.start(line);
    Span::new(start, start + lines.text(line).len() as u32)
}

/// The most lines that a finding lists.
const MOST_LINES: usize = 8;

/// The findings about atomic operations in `unit` that are loops, and that hardware could do without worse figures.
fn of_loops(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
    let mut archs: BTreeMap<u32, BTreeMap<&str, Option<(u32, u32)>>> = BTreeMap::new();
    let mut worse: BTreeSet<u32> = BTreeSet::new();
    for kernel in kernels {
        for one in kernel.loops.iter().filter(|one| one.is_avoidable && one.source == unit.source.path) {
            let before = kernel.figures.get(&one.arch);
            let after = kernel.tried.get(&(Experiment::HardwareAtomics, one.arch.clone()));
            if let Some((before, after)) = before.zip(after) {
                if before.is_better_than(after) || is_mixed(before, after) {
                    worse.insert(one.line);
                }
                let registers = before.registers().zip(after.registers()).filter(|(before, after)| before != after);
                let entry = archs.entry(one.line).or_default().entry(&one.arch).or_default();
                *entry = (*entry).max(registers);
            }
        }
    }
    let lines = Lines::new(&unit.source.bytes);
    let one = |(line, archs): (u32, BTreeMap<&str, Option<(u32, u32)>>)| {
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
fn of_lines(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
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
            found.extend(finding(rule::DIVISION_IN_LOOP, name, request.context).map(|found| found.saying(what)));
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
fn wide_waves(unit: &Unit, kernels: &[Kernel], request: &Request) -> Option<Finding> {
    let here: Vec<&Kernel> = kernels.iter().filter(|kernel| kernel.source == unit.source.path).collect();
    let pairs = || {
        here.iter().flat_map(|kernel| {
            kernel.tried.iter().filter(|((experiment, _), _)| *experiment == Experiment::WideWaves).filter_map(
                move |((_, arch), after)| {
                    // A wave of 64 lanes has the threads of two waves. More than a full unit is no gain.
                    let most = architecture(arch)?.waves;
                    let occupancy = after.occupancy.map(|waves| (waves * 2).min(most));
                    let doubled = Figures { occupancy, ..after.clone() };
                    Some((*kernel, arch, kernel.figures.get(arch)?, doubled))
                },
            )
        })
    };
    let is_worse = |(_, _, before, after): (&Kernel, &String, &Figures, Figures)| {
        before.is_better_than(&after) || is_mixed(before, &after)
    };
    if pairs().any(is_worse) {
        return None;
    }
    let (kernel, arch, before, after) = pairs().find(|(_, _, before, after)| after.is_better_than(before))?;
    let span = name_span(unit, base_name(&kernel.name), kernel.line, &Lines::new(&unit.source.bytes));
    let what = format!(
        "with `-mwavefrontsize64`, `{}` on {arch}: {}",
        kernel.name,
        change(before, &after).replace("waves", "waves of 32 threads")
    );
    finding(rule::WAVE_SIZE, span, request.context).map(|found| found.saying(what))
}

/// Bytes of device code from which on its size is reported.
const LARGE_CODE: u64 = 16 * 1024 * 1024;

/// The file with the most device code, and the bytes of the whole project, if these are many.
fn largest_code(kernels: &[Kernel]) -> Option<(PathBuf, u64)> {
    let mut files: BTreeMap<&Path, u64> = BTreeMap::new();
    for kernel in kernels {
        *files.entry(&kernel.source).or_default() += kernel.code;
    }
    let all: u64 = files.values().sum();
    let (file, _) = files.into_iter().max_by_key(|&(_, bytes)| bytes)?;
    (all >= LARGE_CODE).then(|| (file.to_owned(), all))
}

fn code_size(unit: &Unit, bytes: u64, kernels: &[Kernel], request: &Request) -> Option<Finding> {
    let kernel = kernels.iter().filter(|kernel| kernel.source == unit.source.path).max_by_key(|kernel| kernel.code)?;
    let span = name_span(unit, base_name(&kernel.name), kernel.line, &Lines::new(&unit.source.bytes));
    let what = format!(
        "the kernels of the project are {} MiB of code for {}, in {} instances",
        bytes / (1024 * 1024),
        request.context.target.archs.join(", "),
        kernels.len()
    );
    finding(rule::DEVICE_CODE_SIZE, span, request.context).map(|found| found.saying(what))
}
