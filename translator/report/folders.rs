//! The folders with open findings, as a tree, and the part of the tree that a report shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use tranship_engine::result::FileReport;
use tranship_engine::text::path::readable;
use tranship_rules::Level;

/// The maximum number of rows directly below the folder with all files.
const MAX_FIRST: usize = 10;
/// The maximum number of rows below each other folder.
const MAX_BELOW: usize = 5;
/// The number of rows beyond which no further folder is opened.
const MAX_ROWS: usize = 20;

/// One folder with open findings.
#[derive(Serialize, JsonSchema)]
pub(super) struct OpenFolder {
    /// The path of the folder, as given on the command line; `.` for the current folder.
    pub(super) path: String,
    /// 0 directly below the deepest folder that has all files with open findings, else 1 more than the listed folder around it.
    pub(super) depth: u32,
    /// The number of files with open findings.
    pub(super) files: u32,
    /// The number of open findings of the level `review`.
    pub(super) review: u32,
    /// The number of open findings of the level `manual`.
    pub(super) manual: u32,
}

/// A row of the list of folders in a report.
pub(super) enum Row<'a> {
    /// A folder, and its path below the row of the folder around it.
    Folder(&'a OpenFolder, &'a str),
    /// The number of folders at this depth that have no row.
    More(u32, usize),
}

/// The open findings of a folder and of all folders in it.
#[derive(Default)]
struct Sum {
    files: u32,
    review: u32,
    manual: u32,
    /// The folders with open findings directly in this one.
    below: BTreeSet<PathBuf>,
}

impl Sum {
    fn add(&mut self, file: &FileReport) {
        let count = |level| file.open().filter(|found| found.level == level).count() as u32;
        self.files += 1;
        self.review += count(Level::Review);
        self.manual += count(Level::Manual);
    }

    fn row(&self, path: &Path, depth: u32) -> OpenFolder {
        let path = if path.as_os_str().is_empty() { ".".into() } else { readable(path).into_owned() };
        OpenFolder { path, depth, files: self.files, review: self.review, manual: self.manual }
    }
}

/// The folders below the deepest folder that has all files with open findings. Each is followed by the folders in it, those with
/// the most findings first. The files beside the first folders are one row.
pub(super) fn open_folders(files: &[&FileReport]) -> Vec<OpenFolder> {
    let open: Vec<&&FileReport> = files.iter().filter(|file| file.open().next().is_some()).collect();
    let folder = |file: &FileReport| file.path.parent().unwrap_or(Path::new("")).to_owned();
    let Some(mut common) = open.first().map(|file| folder(file)) else { return Vec::new() };
    while !open.iter().all(|file| file.path.starts_with(&common)) {
        common.pop();
    }
    let mut sums: BTreeMap<PathBuf, Sum> = BTreeMap::new();
    let mut beside = Sum::default();
    for file in open {
        let mut at = folder(file);
        if at == common {
            beside.add(file);
        }
        while at != common {
            sums.entry(at.clone()).or_default().add(file);
            let Some(around) = at.parent().map(Path::to_owned) else { break };
            sums.entry(around.clone()).or_default().below.insert(at);
            at = around;
        }
    }
    let first = sums.get(&common).map(|sum| sum.below.clone()).unwrap_or_default();
    let mut out = Vec::new();
    if beside.files > 0 {
        sums.insert(common.clone(), Sum { below: BTreeSet::new(), ..beside });
        append(first.iter().chain([&common]), 0, &sums, &mut out);
    } else {
        append(first.iter(), 0, &sums, &mut out);
    }
    out
}

/// Appends `folders` and what is in them to `out`. Below the first
/// folders, a folder with nothing but one other folder has no row of its own.
fn append<'a>(
    folders: impl Iterator<Item = &'a PathBuf>,
    depth: u32,
    sums: &'a BTreeMap<PathBuf, Sum>,
    out: &mut Vec<OpenFolder>,
) {
    let row = |path: &'a PathBuf| {
        let sum = sums.get(path)?;
        Some(if depth == 0 { (path, sum) } else { deepest(path, sum, sums) })
    };
    let mut rows: Vec<(&PathBuf, &Sum)> = folders.filter_map(row).collect();
    rows.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.manual, sum.review)));
    for (path, sum) in rows {
        out.push(sum.row(path, depth));
        append(sum.below.iter(), depth + 1, sums, out);
    }
}

/// The deepest folder in `path` that has all of its files.
fn deepest<'a>(
    mut path: &'a PathBuf,
    mut sum: &'a Sum,
    sums: &'a BTreeMap<PathBuf, Sum>,
) -> (&'a PathBuf, &'a Sum) {
    while let (Some(only), 1) = (sum.below.first(), sum.below.len()) {
        match sums.get(only) {
            Some(inner) if inner.files == sum.files => (path, sum) = (only, inner),
            _ => break,
        }
    }
    (path, sum)
}

/// The rows to show of `folders`: the first folders, and what is in the folders that have a tenth of all findings or more.
pub(super) fn rows(folders: &[OpenFolder]) -> Vec<Row<'_>> {
    let all: u32 = folders.iter().filter(|folder| folder.depth == 0).map(findings).sum();
    let inside = |at: usize| -> Vec<usize> {
        let own = folders[at].depth;
        let below = folders[at + 1..].iter().take_while(|folder| folder.depth > own);
        below
            .enumerate()
            .filter(|(_, folder)| folder.depth == own + 1)
            .map(|(next, _)| at + 1 + next)
            .collect()
    };
    let first: Vec<usize> = (0..folders.len()).filter(|&at| folders[at].depth == 0).collect();
    let mut opened = BTreeSet::new();
    let mut shown: BTreeSet<usize> = first.iter().copied().take(MAX_FIRST).collect();
    loop {
        let can_open = |at: &usize| {
            let inside = inside(*at).len();
            !opened.contains(at)
                && inside > 1
                && findings(&folders[*at]) * 10 >= all
                && shown.len() + inside.min(MAX_BELOW) <= MAX_ROWS
        };
        let largest = shown.iter().copied().filter(can_open).max_by_key(|&at| findings(&folders[at]));
        let Some(at) = largest else { break };
        opened.insert(at);
        shown.extend(inside(at).into_iter().take(MAX_BELOW));
    }
    let mut out = Vec::new();
    list(&first, None, folders, &shown, &inside, &mut out);
    out
}

/// Appends the rows of `siblings` that are shown, with the rows in them, and the number of the others.
fn list<'a>(
    siblings: &[usize],
    around: Option<&str>,
    folders: &'a [OpenFolder],
    shown: &BTreeSet<usize>,
    inside: &impl Fn(usize) -> Vec<usize>,
    out: &mut Vec<Row<'a>>,
) {
    let with_row: Vec<usize> = siblings.iter().copied().filter(|at| shown.contains(at)).collect();
    for &at in &with_row {
        let folder = &folders[at];
        let inner = around.and_then(|around| folder.path.strip_prefix(around));
        let name = inner.map_or(&*folder.path, |name| name.trim_start_matches(std::path::MAIN_SEPARATOR));
        out.push(Row::Folder(folder, name));
        list(&inside(at), Some(&folder.path), folders, shown, inside, out);
    }
    if !with_row.is_empty() && with_row.len() < siblings.len() {
        out.push(Row::More(folders[with_row[0]].depth, siblings.len() - with_row.len()));
    }
}

fn findings(folder: &OpenFolder) -> u32 {
    folder.manual + folder.review
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str, depth: u32, manual: u32) -> OpenFolder {
        OpenFolder { path: path.to_owned(), depth, files: 1, review: 0, manual }
    }

    fn shown(folders: &[OpenFolder]) -> Vec<String> {
        let line = |row: &Row| match row {
            Row::Folder(folder, name) => format!("{}{name}", " ".repeat(folder.depth as usize)),
            Row::More(depth, more) => format!("{}{more} more", " ".repeat(*depth as usize)),
        };
        rows(folders).iter().map(line).collect()
    }

    #[test]
    fn the_folders_with_most_findings_are_opened() {
        let mut folders = vec![folder("p/a", 0, 100)];
        folders.extend((0..7).map(|at| folder(&format!("p/a/{at}"), 1, 14)));
        folders.extend([folder("p/b", 0, 4), folder("p/b/x", 1, 2), folder("p/b/y", 1, 2)]);
        assert_eq!(
            shown(&folders),
            ["a", " 0", " 1", " 2", " 3", " 4", " 2 more", "b"].map(|row| match row {
                "a" | "b" => format!("p/{row}"),
                row => row.to_owned(),
            })
        );
    }

    #[test]
    fn the_number_of_rows_is_limited() {
        let folders: Vec<OpenFolder> = (0..500).map(|at| folder(&format!("p/{at}"), 0, 1)).collect();
        let shown = shown(&folders);
        assert_eq!(shown.len(), MAX_FIRST + 1);
        assert_eq!(shown.last().map(String::as_str), Some("490 more"));
    }
}
