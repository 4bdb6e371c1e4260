//! Computes readiness: the code that converts by itself, the findings that need a person, and possible numerical
//! differences. The input is only the files and findings of a report.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use tranship_rules::{Effort, Level, Rules, TOPICS, Topic};

use super::efficiency::Shares;
use super::folders::{OpenFolder, open_folders};
use super::level;
use super::verdict::{Verdict, verdict};
use tranship_engine::result::numbers::NumberUse;
use tranship_engine::result::survey::{Uses, library};
use tranship_engine::result::{Conversion, FileReport, Place, Status};
use tranship_engine::text::path::readable;

/// The readiness of a project.
#[derive(Serialize, JsonSchema)]
pub(super) struct Readiness {
    /// What a lead has to know before the decision to port.
    pub(super) verdict: Verdict,
    /// Files that use CUDA, which are files that change or have findings. The worst open finding of a file decides
    /// where it counts.
    pub(super) files: Uses,
    /// Lines of these files. The worst open finding on a line decides where the line counts.
    pub(super) lines: Uses,
    /// Uses of CUDA names that HIP lacks or has under another name.
    pub(super) uses: Uses,
    /// The number of files that are already HIP.
    pub(super) already_hip: u32,
    /// The uses by library, most used first.
    pub(super) libraries: Vec<LibraryUse>,
    /// The rules with open findings, by effort, then by count; the largest effort is first.
    pub(super) rules: Vec<RuleUse>,
    /// The folders with files that need a person, most findings first. Each is followed by the folders in it, which its
    /// figures include.
    pub(super) open_folders: Vec<OpenFolder>,
    /// The files that need a person, most findings first.
    pub(super) open_files: Vec<OpenFile>,
    /// Possible numerical differences, only for features that the project uses.
    pub(super) numbers: Vec<NumberTopic>,
    /// Headers that no table has, in files that use CUDA; most included first.
    pub(super) unknown_headers: Vec<UnknownHeader>,
    /// The efficiency of the kernels; present only if the command measures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) efficiency: Option<Shares>,
}

/// One header in angle brackets that is in no table and is neither the project's nor of C, C++ or the system. ROCm may
/// lack its library.
#[derive(Serialize, JsonSchema)]
pub(super) struct UnknownHeader {
    /// The header, as between the brackets.
    pub(super) header: String,
    /// The number of files that include it.
    pub(super) files: u32,
}

/// The uses of one library.
#[derive(Serialize, JsonSchema)]
pub(super) struct LibraryUse {
    /// The key of the library in the tables.
    pub(super) library: &'static str,
    /// The title of the library.
    pub(super) title: &'static str,
    /// The ROCm library that replaces the library.
    pub(super) rocm: &'static str,
    /// The uses of the library's names.
    pub(super) uses: Uses,
}

/// The open findings of one rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct RuleUse {
    /// The rule, or the CUDA name.
    pub(super) rule: &'static str,
    /// The library of the CUDA name, by its key in the tables; null for a rule about the language or the build.
    pub(super) library: Option<&'static str>,
    /// `review` or `manual`.
    pub(super) level: &'static str,
    /// The effort for one finding: `check` takes minutes, `edit` up to an hour, `rework` days.
    pub(super) effort: &'static str,
    /// The number of findings.
    pub(super) count: u32,
    /// The number of files with such findings.
    pub(super) files: u32,
    /// The fact, in the words of the rule.
    pub(super) what: String,
}

/// One file with open findings.
#[derive(Serialize, JsonSchema)]
pub(super) struct OpenFile {
    /// The path of the file, as given on the command line.
    pub(super) path: String,
    /// The number of open findings of the level `review`.
    pub(super) review: u32,
    /// The number of open findings of the level `manual`.
    pub(super) manual: u32,
}

/// One cause of numerical differences, with its uses in the project.
#[derive(Serialize, JsonSchema)]
pub(super) struct NumberTopic {
    /// The name of the cause.
    pub(super) topic: &'static str,
    /// What differs.
    pub(super) what: &'static str,
    /// What to do.
    pub(super) todo: &'static str,
    /// The source of the fact.
    pub(super) source: &'static str,
    /// The number of uses in the project.
    pub(super) count: u32,
    /// The number of files with such uses.
    pub(super) files: u32,
    /// The file with the most uses.
    pub(super) path: String,
    /// The line of the first use in that file.
    pub(super) line: u32,
}

/// The readiness of all conversions. Every file must have a survey.
pub(super) fn readiness(conversions: &[Conversion]) -> Readiness {
    let with_rules: Vec<(&FileReport, &Rules)> = super::files(conversions).collect();
    let files: Vec<&FileReport> = with_rules.iter().map(|&(file, _)| file).collect();
    let with_rules: Vec<_> = with_rules.into_iter().filter(|(file, _)| concerns_cuda(file)).collect();
    let all: Vec<&FileReport> = with_rules.iter().map(|&(file, _)| file).collect();
    // Files that are HIP already have findings, and do not count as files that use CUDA.
    let cuda: Vec<&FileReport> =
        all.iter().copied().filter(|file| file.status != Status::AlreadyHip).collect();
    let mut by_file = Uses::default();
    for file in &cuda {
        by_file.add(file.open().map(|found| found.level).max().unwrap_or(Level::Safe));
    }
    let libraries = libraries(&cuda);
    let mut uses = Uses::default();
    for library in &libraries {
        uses = sum(uses, library.uses);
    }
    Readiness {
        verdict: verdict(&with_rules, by_file),
        files: by_file,
        lines: cuda.iter().map(|file| lines(file)).fold(Uses::default(), sum),
        uses,
        already_hip: files.iter().filter(|file| file.status == Status::AlreadyHip).count() as u32,
        libraries,
        rules: rules(&with_rules),
        open_folders: open_folders(&all),
        open_files: open_files(&all),
        numbers: numbers(&files),
        unknown_headers: unknown_headers(&all),
        efficiency: None,
    }
}

/// The effort for one finding of `rule` at `level`.
pub(crate) fn effort(rule: &str, level: Level, rules: &Rules) -> Effort {
    if level != Level::Manual {
        return Effort::Check;
    }
    let effort_of_name = || {
        let name = rules.name(rule.as_bytes()).or_else(|| rules.words_named(rule).next());
        name.map(|name| name.effort)
    };
    rules.rule(rule).map(|rule| rule.effort).or_else(effort_of_name).unwrap_or(Effort::Edit)
}

/// Whether a file uses CUDA or has findings.
fn concerns_cuda(file: &FileReport) -> bool {
    file.status != Status::Support && (file.status == Status::Converted || !file.findings.is_empty())
}

fn sum(a: Uses, b: Uses) -> Uses {
    Uses { safe: a.safe + b.safe, review: a.review + b.review, manual: a.manual + b.manual }
}

fn lines(file: &FileReport) -> Uses {
    let mut marked: BTreeMap<u32, Level> = BTreeMap::new();
    for found in file.open() {
        for line in found.place.iter().flat_map(lines_of) {
            let worst = marked.entry(line).or_insert(found.level);
            *worst = found.level.max(*worst);
        }
    }
    let mut uses = Uses::default();
    for level in marked.into_values() {
        uses.add(level);
    }
    let all = file.survey.as_ref().map_or(0, |survey| survey.lines);
    uses.safe += all.saturating_sub(uses.total());
    uses
}

/// The lines of a finding. A line does not count if the finding ends before the first character of that line.
fn lines_of(place: &Place) -> std::ops::RangeInclusive<u32> {
    let end = place.end.line - u32::from(place.end.column == 1 && place.end.line > place.start.line);
    place.start.line..=end
}

fn libraries(files: &[&FileReport]) -> Vec<LibraryUse> {
    let mut sums: BTreeMap<&'static str, Uses> = BTreeMap::new();
    for (library, uses) in
        files.iter().filter_map(|file| file.survey.as_ref()).flat_map(|survey| &survey.uses)
    {
        let total = sums.entry(library).or_default();
        *total = sum(*total, *uses);
    }
    // Only the built-in tables have titles.
    let rules = Rules::builtin();
    let titled = |(library, uses)| {
        let known = rules.libraries().iter().find(|known| known.key == library);
        let (title, rocm) = known.map_or((library, ""), |known| (known.title, known.hip));
        LibraryUse { library, title, rocm, uses }
    };
    let mut libraries: Vec<LibraryUse> = sums.into_iter().map(titled).collect();
    libraries.sort_by_key(|library| Reverse(library.uses.total()));
    libraries
}

fn rules(files: &[(&FileReport, &Rules)]) -> Vec<RuleUse> {
    struct Sum<'a> {
        /// If projects have different rules with one name, the rule of the first project counts.
        rules: &'a Rules,
        count: u32,
        files: BTreeSet<usize>,
        what: &'a str,
    }
    let mut sums: BTreeMap<(&'static str, Level), Sum> = BTreeMap::new();
    for (at, &(file, rules)) in files.iter().enumerate() {
        for found in file.open() {
            let none = || Sum { rules, count: 0, files: BTreeSet::new(), what: "" };
            let sum = sums.entry((found.rule, found.level)).or_insert_with(none);
            sum.count += 1;
            sum.files.insert(at);
            sum.what = &found.what;
        }
    }
    let one = |((rule, of), sum): ((&'static str, Level), Sum)| {
        let rules = sum.rules;
        let what = rules.rule(rule).map_or(sum.what, |rule| rule.what).to_owned();
        let effort = effort(rule, of, rules);
        let (count, files) = (sum.count, sum.files.len() as u32);
        (
            effort,
            RuleUse {
                rule,
                library: library(rule, rules),
                level: level(of),
                effort: effort.word(),
                count,
                files,
                what,
            },
        )
    };
    let mut all: Vec<(Effort, RuleUse)> = sums.into_iter().map(one).collect();
    all.sort_by_key(|(effort, rule)| (Reverse((*effort, rule.count)), rule.rule));
    all.into_iter().map(|(_, rule)| rule).collect()
}

/// The files with open findings, those with the most first.
pub(super) fn open_files(files: &[&FileReport]) -> Vec<OpenFile> {
    let one = |file: &&FileReport| {
        let count = |level| file.open().filter(|found| found.level == level).count() as u32;
        let path = readable(&file.path).into_owned();
        OpenFile { path, review: count(Level::Review), manual: count(Level::Manual) }
    };
    let mut open: Vec<OpenFile> =
        files.iter().map(one).filter(|file| file.review + file.manual > 0).collect();
    open.sort_by_key(|file| Reverse((file.manual, file.review)));
    open
}

fn unknown_headers(files: &[&FileReport]) -> Vec<UnknownHeader> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for header in
        files.iter().filter_map(|file| file.survey.as_ref()).flat_map(|survey| &survey.unknown_headers)
    {
        *counts.entry(header).or_default() += 1;
    }
    let one = |(header, files): (&str, u32)| UnknownHeader { header: header.to_owned(), files };
    let mut headers: Vec<UnknownHeader> = counts.into_iter().map(one).collect();
    headers.sort_by_key(|header| Reverse(header.files));
    headers
}

fn numbers(files: &[&FileReport]) -> Vec<NumberTopic> {
    let uses_of = |topic: &Topic| {
        let mut uses: Vec<(&FileReport, &NumberUse)> = Vec::new();
        for (file, survey) in files.iter().filter_map(|file| Some((*file, file.survey.as_ref()?))) {
            let own = survey.numbers.iter().filter(|one| one.topic == topic.name);
            uses.extend(own.map(|one| (file, one)));
        }
        // `max_by_key` returns the last maximum. The files are sorted, so the reversed order gives the first one.
        let (file, most) = uses.iter().rev().max_by_key(|(_, one)| one.count)?;
        Some(NumberTopic {
            topic: topic.name,
            what: topic.what,
            todo: topic.todo,
            source: topic.source,
            count: uses.iter().map(|(_, one)| one.count).sum(),
            files: uses.len() as u32,
            path: readable(&file.path).into_owned(),
            line: most.line,
        })
    };
    TOPICS.iter().filter_map(uses_of).collect()
}

/// The share of `uses` that converts by itself, in whole per cent, rounded down, so that 100 means all.
pub(super) fn percent(uses: Uses) -> u32 {
    match uses.total() {
        0 => 100,
        total => (u64::from(uses.safe) * 100 / u64::from(total)) as u32,
    }
}
