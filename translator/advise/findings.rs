//! Turns the figures of kernels into findings. Kernels whose figures are fine have none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tranship_engine::advice::{advice, finding};
use tranship_engine::cpp::functions::Space;
use tranship_engine::cpp::{TokenKind, Unit};
use tranship_engine::finding::{Finding, Fix};
use tranship_engine::result::{FileReport, advised};
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Lines, Span};
use tranship_rules::{list, rule};

use super::figures::Figures;
use super::launched::{managed_memory, moves_managed_memory, shared_sizes};
use super::launches::Launches;
use super::measure::base_name;
use super::{Kernel, Request};
use crate::compile::tree::Tree;

/// The launches in all files of the project.
pub(super) fn launches(tree: &Tree, request: &Request) -> Launches {
    let mut launches = Launches::default();
    for path in tree.sources() {
        if let Some(source) = source(path, request) {
            launches.add(&Unit::new(&source, &request.context.guards), request.context);
        }
    }
    launches
}

fn source(path: &Path, request: &Request) -> Option<Source> {
    let bytes = std::fs::read(request.conversion.root.join(path)).ok()?;
    let source = Source::new(path, bytes);
    source.unreadable().is_none().then_some(source)
}

/// The files with findings: advice without a compiler, and what the figures of `kernels` show.
pub(super) fn files(
    tree: &Tree,
    kernels: &[Kernel],
    launches: &Launches,
    request: &Request,
) -> Vec<FileReport> {
    let mut paths: BTreeSet<PathBuf> = tree.sources().map(Path::to_owned).collect();
    paths.retain(|path| request.reports(path));
    let mut files = Vec::new();
    // One finding about managed memory is enough for a project.
    let mut has_managed = moves_managed_memory(tree);
    for path in paths {
        let Some(source) = source(&path, request) else { continue };
        let unit = Unit::new(&source, &request.context.guards);
        let mut found = Vec::new();
        if source.lang.is_cpp() {
            found.extend(advice(&unit, request.context));
            found.extend(shared_sizes(&unit, launches, request.context));
            let managed = (!has_managed).then(|| managed_memory(&unit, request.context)).flatten();
            has_managed |= managed.is_some();
            found.extend(managed);
        }
        found.extend(of_kernels(&unit, kernels, request));
        found.extend(of_loops(&unit, kernels, request));
        let found = most_important(&unit, found);
        let file = advised(&unit, &request.path(&path), found, request.context);
        if !file.findings.is_empty() {
            files.push(file);
        }
    }
    files
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
        let size = bounds(instances, span, request).or_else(|| scratch(instances, span, request));
        [size, literals(instances, span, request)]
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

/// The finding about launch bounds, if the bound makes an instance better and none worse.
fn bounds(instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
    let block = instances.first()?.block?;
    let pairs = |kernel: &&Kernel| -> Vec<(Figures, Figures)> {
        let all = kernel.bounded.iter();
        all.filter_map(|(arch, after)| Some((kernel.figures.get(arch)?.clone(), after.clone()))).collect()
    };
    let pairs: Vec<_> = instances.iter().flat_map(pairs).collect();
    let is_worse =
        |(before, after): &(Figures, Figures)| before.is_better_than(after) || is_mixed(before, after);
    if pairs.iter().any(is_worse) {
        return None;
    }
    let of = |kernel: &Kernel, arch: &str| {
        let (before, after) = (kernel.figures.get(arch)?, kernel.bounded.get(arch)?);
        let weight = before.scratch.unwrap_or(0) + before.vgpr_spills.unwrap_or(0);
        after.is_better_than(before).then(|| (weight, change(before, after)))
    };
    let sentences = sentences(instances, of);
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
        let (bytes, spills) = (figures.scratch.unwrap_or(0), figures.vgpr_spills.unwrap_or(0));
        let mut text = format!("{bytes} bytes of scratch for each thread");
        if spills > 0 {
            let _ = write!(text, ", {spills} spilled registers");
        }
        if let Some((after, block)) = kernel.bounded.get(arch).zip(kernel.block)
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
        .map(|found| found.saying(sentences.join("; ")))
}

/// The finding about literals without `f` that make a kernel compute in double precision.
fn literals(instances: &[&Kernel], span: Span, request: &Request) -> Option<Finding> {
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
    let shown: Vec<String> = lines.iter().take(MOST_LINES).map(ToString::to_string).collect();
    let more = if lines.len() > MOST_LINES { " and others" } else { "" };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let what = format!("{}; see {word} {}{more}", sentences.join("; "), shown.join(", "));
    let found = (!sentences.is_empty()).then(|| finding(rule::DOUBLE_LITERAL, span, request.context));
    found.flatten().map(|found| found.saying(what))
}

/// The most lines that a finding lists.
const MOST_LINES: usize = 8;

/// The findings about atomic operations in `unit` that are loops, and that hardware could do.
fn of_loops(unit: &Unit, kernels: &[Kernel], request: &Request) -> Vec<Finding> {
    let mut archs: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for one in kernels.iter().flat_map(|kernel| &kernel.loops) {
        if one.is_avoidable && one.source == unit.source.path {
            archs.entry(one.line).or_default().insert(&one.arch);
        }
    }
    let lines = Lines::new(&unit.source.bytes);
    let one = |(line, archs): (u32, BTreeSet<&str>)| {
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
        let archs: Vec<_> = archs.into_iter().collect();
        let what = format!(
            "{name} is a loop of compare-and-swap on {}, and one instruction with `-munsafe-fp-atomics`",
            archs.join(", ")
        );
        finding(rule::ATOMIC_LOOP, span, request.context).map(|found| found.saying(what))
    };
    archs.into_iter().filter_map(one).collect()
}
