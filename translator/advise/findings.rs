//! Turns the figures of kernels into findings. Kernels whose figures are fine have none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tranship_engine::advice::{advice, finding, single_literals};
use tranship_engine::cpp::Unit;
use tranship_engine::cpp::functions::Space;
use tranship_engine::finding::{Finding, Fix};
use tranship_engine::result::advised;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Lines, Span};
use tranship_rules::{list, rule};

use super::figures::Figures;
use super::instructions::{code_size, largest_code, of_lines, of_loops, wide_waves};
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
        advice.edited.extend(edited.map(|after| (path, source.bytes.clone(), after)));
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
    let is_measured =
        !measured.kernels.is_empty() && !measured.failures.iter().any(|failure| failure.path == path);
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
pub(super) fn name_span(unit: &Unit, name: &str, line: u32, lines: &Lines) -> Span {
    let tokens = unit.tokens();
    let line_of = |at: usize| lines.position(tokens[at].start).line;
    let kernels = unit.functions().iter().filter(|function| function.space == Space::Kernel).map(|f| f.name);
    let named = kernels.filter(|&at| unit.text(&tokens[at]) == name.as_bytes());
    let nearest = named.min_by_key(|&at| line_of(at).abs_diff(line));
    nearest.map_or_else(|| first_word(unit, line, lines), |at| tokens[at].span())
}

pub(super) fn first_word(unit: &Unit, line: u32, lines: &Lines) -> Span {
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
    let mut sentences: Vec<(&str, Vec<&str>, String, String)> = Vec::new();
    for arch in archs {
        let found: Vec<_> =
            instances.iter().filter_map(|&kernel| Some((kernel, of(kernel, arch)?))).collect();
        let Some((kernel, (_, text))) = found.iter().max_by_key(|(_, (weight, _))| *weight) else { continue };
        let more = match found.len() {
            1 => String::new(),
            count => format!(" (the worst of {count} instances)"),
        };
        let name = kernel.name.as_str();
        // Architectures with the same figures share a sentence.
        match sentences
            .iter_mut()
            .find(|(other, _, end, rest)| *other == name && *end == more && rest == text)
        {
            Some((_, archs, _, _)) => archs.push(arch),
            None => sentences.push((name, vec![arch], more, text.clone())),
        }
    }
    let sentence = |(name, archs, more, text): (&str, Vec<&str>, String, String)| {
        format!("`{name}` on {}{more}: {text}", archs.join(", "))
    };
    sentences.into_iter().map(sentence).collect()
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
        (
            "if no loop is unrolled",
            "write `#pragma unroll 1` before the loops of the kernel, and measure",
            none,
        )
    } else {
        (
            "with `#pragma unroll 4` instead of `#pragma unroll`",
            "write the number behind `#pragma unroll`, and measure",
            four,
        )
    };
    let what = format!("{how}, {}", sentences.join("; "));
    let found = (!sentences.is_empty()).then(|| finding(rule::KERNEL_UNROLL, span, request.context));
    found.flatten().map(|found| found.saying(what).advising(todo))
}

/// Whether the figures are better in one respect and worse in another.
pub(super) fn is_mixed(before: &Figures, after: &Figures) -> bool {
    let is_same = before.scratch == after.scratch
        && before.vgpr_spills == after.vgpr_spills
        && before.occupancy == after.occupancy;
    !is_same && !after.is_better_than(before)
}

/// What differs between two figures, before and after.
pub(super) fn change(before: &Figures, after: &Figures) -> String {
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
        if let Some((after, block)) =
            kernel.tried.get(&(Experiment::Bound, arch.to_owned())).zip(kernel.block)
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
pub(super) fn line_span(lines: &Lines, line: u32) -> Span {
    let start = lines.start(line);
    Span::new(start, start + lines.text(line).len() as u32)
}

/// The most lines that a finding lists.
const MOST_LINES: usize = 8;
