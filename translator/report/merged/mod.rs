//! Joins reports of many repositories to one: a ranking by readiness, and the findings by rule over all repositories.
//!
//! A repository counts once. Shards of one repository are added. Everything that does not fit is a failure or a note; nothing is
//! left out without one.

mod read;
mod text;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tranship_engine::result::Shard;
use tranship_engine::result::survey::Uses;

use super::figures::{Figures, LibraryFigures, RuleFigures, sum};
use super::verdict::range;
pub use text::merged_text;

const VERSION: u32 = 1;
/// The maximum number of missing shares of one scan that are named.
const MAX_SHARDS: usize = 20;

/// The figures of one project or of one share of it, from one report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    /// The path of the project, as given to the scan.
    path: String,
    /// The name of its folder.
    name: String,
    commit: Option<String>,
    remote: Option<String>,
    /// Its folder in the git repository.
    folder: String,
    shard: Shard,
    /// The number of its files.
    walked: u64,
    rocm: String,
    archs: Vec<String>,
    rules_hash: String,
    /// The version of the program that scanned it.
    tool: String,
    /// The file of the report.
    report: String,
    figures: Figures,
}

/// A file, folder or repository that could not be scanned or read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// The file, folder or repository.
    pub path: String,
    /// What is wrong and what to do; lower case, no full stop.
    pub message: String,
}

/// One repository, or one folder of it, with all its parts.
struct Repository {
    parts: BTreeMap<u32, Part>,
}

/// One line of the ranking.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    /// From 1. Repositories without CUDA have no rank.
    pub(super) rank: Option<usize>,
    /// The remote repository with its folder, or else the path.
    pub(super) name: String,
    path: &'a str,
    pub(super) commit: Option<&'a str>,
    remote: Option<&'a str>,
    folder: &'a str,
    /// The share of the lines of files with CUDA that converts by itself, from 0 to 1; null without CUDA.
    pub(super) ready: Option<f64>,
    /// The missing shards.
    pub(super) missing: Vec<String>,
    walked: u64,
    #[serde(flatten)]
    pub(super) figures: Figures,
}

impl Row<'_> {
    /// The share that converts by itself in per cent, rounded down, so that 100 means all; `None` without CUDA.
    pub(super) fn percent(&self) -> Option<String> {
        self.ready.map(|share| format!("{:.1} %", (share * 1000.0).floor() / 10.0))
    }
}

/// The open findings of one rule over all repositories.
#[derive(Serialize)]
pub(super) struct RuleRow {
    #[serde(flatten)]
    pub(super) figures: RuleFigures,
    /// The number of repositories with such findings.
    pub(super) repositories: usize,
}

/// Reports that are being joined.
#[derive(Default)]
pub struct Merged {
    repositories: Vec<Repository>,
    /// The index of the repository with a key; see [`keys`].
    by_key: FxHashMap<String, usize>,
    /// The shares of the paths that were scanned. Scans of other lists of paths may have the same shares.
    shards: BTreeSet<Shard>,
    failures: BTreeSet<Failure>,
    notes: Vec<String>,
    reports: usize,
    /// The number of parts that were there already, with equal figures.
    again: usize,
}

impl Merged {
    /// Adds the report `text`, which is the content of the file `name`.
    pub fn add(&mut self, name: &str, text: &[u8]) {
        let report = match read::read(name, text) {
            Ok(report) => report,
            Err(message) => return self.fail(name, message),
        };
        self.reports += 1;
        if report.interrupted {
            self.fail(
                name,
                "is of a scan that was interrupted, so files may be missing; scan again".to_owned(),
            );
        }
        self.failures.extend(report.failures);
        self.shards.extend(report.shards);
        report.parts.into_iter().for_each(|part| self.add_part(part));
    }

    /// Adds the failure `message` about `path`.
    pub fn fail(&mut self, path: &str, message: String) {
        self.failures.insert(Failure { path: path.to_owned(), message });
    }

    fn add_part(&mut self, part: Part) {
        let keys = keys(&part);
        let known = keys.iter().find_map(|key| self.by_key.get(key)).copied();
        let at = known.unwrap_or(self.repositories.len());
        if known.is_none() {
            self.repositories.push(Repository { parts: BTreeMap::new() });
        }
        for key in keys {
            self.by_key.entry(key).or_insert(at);
        }
        let parts = &mut self.repositories[at].parts;
        let Some(other) = parts.values().next() else {
            parts.insert(part.shard.number, part);
            return;
        };
        let note = |what: &str| {
            format!("{}: {} and {} {what}; the last one counts", shown(&part), other.report, part.report)
        };
        if other.commit != part.commit {
            self.notes.push(note("are of different commits"));
            parts.clear();
        } else if other.shard.of != part.shard.of {
            self.notes.push(note("have different numbers of shards"));
            parts.clear();
        }
        match parts.get(&part.shard.number) {
            Some(same) if is_same(same, &part) => {
                self.again += 1;
                return;
            }
            Some(same) => self.notes.push(format!(
                "{}: {} and {} have different figures; the last one counts",
                shown(&part),
                same.report,
                part.report
            )),
            None => {}
        }
        parts.insert(part.shard.number, part);
    }

    /// All failures, with the shards that are missing.
    pub fn failures(&self) -> Vec<Failure> {
        let missing = self.repositories.iter().filter_map(|repository| {
            let missing = repository.missing();
            let message = match &missing[..] {
                [] => return None,
                [one] => format!("shard {one} is missing, so its files are not counted; scan it"),
                more => format!(
                    "shards {} are missing, so their files are not counted; scan them",
                    more.join(", ")
                ),
            };
            Some(Failure { path: shown(repository.parts.values().next()?), message })
        });
        self.failures.iter().cloned().chain(missing).chain(self.missing_shards()).collect()
    }

    /// The shares of the paths that no report is about. Only the first ones are named, because a report can state any number of shares.
    fn missing_shards(&self) -> impl Iterator<Item = Failure> {
        let counts: BTreeSet<u32> = self.shards.iter().map(|shard| shard.of).collect();
        let missing =
            move |of| missing(of, move |number| self.shards.contains(&Shard { number, of })).take(MAX_SHARDS);
        counts.into_iter().flat_map(missing).map(|shard| Failure {
            path: format!("shard {shard} of the paths"),
            message: "is missing, so its repositories are not counted; scan it".to_owned(),
        })
    }

    /// Facts about the reports that can change the meaning of the figures.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let parts = || self.repositories.iter().flat_map(|repository| repository.parts.values());
        let differing: [(&str, BTreeSet<String>); 3] = [
            ("by different versions of tranship", parts().map(|part| part.tool.clone()).collect()),
            ("for different releases of ROCm", parts().map(|part| part.rocm.clone()).collect()),
            ("for different GPUs", parts().map(|part| part.archs.join(",")).collect()),
        ];
        for (what, values) in differing {
            if values.len() > 1 {
                let values: Vec<_> = values.into_iter().collect();
                notes.push(format!(
                    "the reports were written {what} ({}), so compare their figures with care",
                    values.join("; ")
                ));
            }
        }
        let rules: BTreeSet<_> = parts().map(|part| (&part.tool, &part.rules_hash)).collect();
        let tools: BTreeSet<_> = parts().map(|part| &part.tool).collect();
        if rules.len() > tools.len() {
            notes.push(
                "the reports were written with different tables of rules, so compare their figures with care"
                    .to_owned(),
            );
        }
        notes
    }

    /// Whether findings are open.
    pub fn is_open(&self) -> bool {
        self.repositories.iter().any(|one| one.parts.values().any(|part| part.figures.open() > 0))
    }

    /// The number of reports that were read, and of parts that were counted before.
    pub fn counts(&self) -> [usize; 3] {
        [self.reports, self.repositories.len(), self.again]
    }

    /// The repositories, the most ready one first, then by effort. Those without CUDA are last.
    fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row> = self.repositories.iter().filter_map(Repository::row).collect();
        rows.sort_by(|a, b| {
            let share = |lines: Uses| (u64::from(lines.safe) << 30).checked_div(u64::from(lines.total()));
            let order = |row: &Row| (Reverse(share(row.figures.lines)), row.figures.to_minutes);
            order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name))
        });
        for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.ready.is_some()) {
            row.rank = Some(at + 1);
        }
        rows
    }

    /// The rules with open findings: those of the largest effort first, then those of the most repositories.
    fn rules(rows: &[Row], all: &Figures) -> Vec<RuleRow> {
        let mut repositories: FxHashMap<(&str, &str), usize> = FxHashMap::default();
        for rule in rows.iter().flat_map(|row| &row.figures.rules) {
            *repositories.entry((&rule.rule, &rule.level)).or_default() += 1;
        }
        let row = |rule: &RuleFigures| RuleRow {
            repositories: repositories.get(&(&*rule.rule, &*rule.level)).copied().unwrap_or_default(),
            figures: rule.clone(),
        };
        let mut rules: Vec<RuleRow> = all.rules.iter().map(row).collect();
        let effort = |word: &str| ["rework", "edit"].iter().position(|one| *one == word).unwrap_or(2);
        rules
            .sort_by_key(|row| (effort(&row.figures.effort), Reverse((row.repositories, row.figures.count))));
        rules
    }

    /// The figures of all repositories, their rows and the rules.
    pub(super) fn view(&self) -> View<'_> {
        let rows = self.rows();
        let all = sum(rows.iter().map(|row| &row.figures));
        let rules = Self::rules(&rows, &all);
        View { rows, rules, all }
    }
}

/// What a report shows of [`Merged`].
pub(super) struct View<'a> {
    pub(super) rows: Vec<Row<'a>>,
    pub(super) rules: Vec<RuleRow>,
    /// The sums over all repositories.
    pub(super) all: Figures,
}

impl Repository {
    fn missing(&self) -> Vec<String> {
        let of = self.parts.values().next().map_or(1, |part| part.shard.of);
        missing(of, |number| self.parts.contains_key(&number)).map(|shard| shard.to_string()).collect()
    }

    fn row(&self) -> Option<Row<'_>> {
        let first = self.parts.values().next()?;
        let figures = sum(self.parts.values().map(|part| &part.figures));
        Some(Row {
            rank: None,
            name: shown(first),
            path: &first.path,
            commit: first.commit.as_deref(),
            remote: first.remote.as_deref(),
            folder: &first.folder,
            ready: ready(figures.lines),
            missing: self.missing(),
            walked: self.parts.values().map(|part| part.walked).sum(),
            figures,
        })
    }
}

/// The shares of `of` that are not there.
fn missing(of: u32, is_there: impl Fn(u32) -> bool) -> impl Iterator<Item = Shard> {
    (1..=of).filter(move |&number| !is_there(number)).map(move |number| Shard { number, of })
}

/// The share of `lines` that converts by itself; `None` if there are none.
fn ready(lines: Uses) -> Option<f64> {
    (lines.total() > 0).then(|| f64::from(lines.safe) / f64::from(lines.total()))
}

/// Whether two parts say the same.
fn is_same(a: &Part, b: &Part) -> bool {
    a.figures == b.figures && a.walked == b.walked && a.commit == b.commit
}

/// The keys of a repository. Two parts are of one repository if they have a key in common: the remote, or the commit. Without git, the
/// path and the name have to be the same, and for whole projects the figures too, because paths such as `.` are in many reports.
fn keys(part: &Part) -> Vec<String> {
    let folder = &part.folder;
    let Some(commit) = &part.commit else {
        let content =
            if part.shard.of == 1 { serde_json::to_string(&part.figures) } else { Ok(String::new()) };
        return vec![format!("path {} {} {}", part.path, part.name, content.unwrap_or_default())];
    };
    let mut keys = vec![format!("commit {commit} {folder}")];
    match &part.remote {
        Some(remote) => keys.push(format!("remote {} {folder}", address(remote))),
        None => keys.push(format!("local {} {} {folder}", part.path, part.name)),
    }
    keys
}

/// The address of a repository in one spelling: `host/owner/name`.
fn address(remote: &str) -> String {
    let rest = remote.split_once("://").map_or(remote, |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    rest.trim_end_matches('/').trim_end_matches(".git").replacen(':', "/", 1).to_lowercase()
}

/// The name of a project for people.
fn shown(part: &Part) -> String {
    let base = match &part.remote {
        Some(remote) => address(remote),
        None if part.path == "." => part.name.clone(),
        None => return part.path.clone(),
    };
    if part.folder.is_empty() || part.remote.is_none() { base } else { format!("{base}/{}", part.folder) }
}

/// The range of work for `figures` in words.
pub(super) fn effort(figures: &Figures) -> String {
    range(figures.from_minutes, figures.to_minutes)
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    tool: Tool,
    /// The sums over all repositories.
    all: &'a Figures,
    repositories: &'a [Row<'a>],
    rules: &'a [RuleRow],
    libraries: &'a [LibraryFigures],
    notes: Vec<String>,
    problems: Vec<&'a Failure>,
    /// The shares of the paths that were scanned.
    shards: &'a BTreeSet<Shard>,
    /// The parts, so that the file can be merged again.
    parts: Vec<&'a Part>,
}

/// The reports as one JSON object, with a line end. It can be merged again.
pub fn merged_json(merged: &Merged) -> String {
    let view = merged.view();
    let json = Json {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        all: &view.all,
        repositories: &view.rows,
        rules: &view.rules,
        libraries: &view.all.libraries,
        notes: merged.notes(),
        problems: merged.failures.iter().collect(),
        shards: &merged.shards,
        parts: merged.repositories.iter().flat_map(|repository| repository.parts.values()).collect(),
    };
    // Serialisation cannot fail: a report contains only strings, numbers and booleans.
    let mut text = serde_json::to_string_pretty(&json).unwrap_or_default();
    text.push('\n');
    text
}

/// The reports as one page for a browser, which names the command line that makes it and the day.
pub fn merged_page(merged: &Merged, command: &str, day: &str) -> String {
    super::html::merged::render(merged, command, day)
}
