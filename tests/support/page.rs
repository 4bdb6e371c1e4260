//! The page of `tranship scan`, and a second count of every figure from the JSON report.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{Project, files, of_every_level, root};

/// The path of the page about a project, and the JSON report about it.
pub(crate) fn page(project: &Project) -> (PathBuf, Value) {
    project.run(&["scan", "p", "--exit-zero", "--html", "page.html"]).check(0, &[]);
    let ran = project.run(&["scan", "p", "--exit-zero", "--output-format", "json"]);
    (project.around().join("page.html"), serde_json::from_str(&ran.out).unwrap())
}

pub(crate) fn findings(json: &Value) -> &[Value] {
    json["findings"].as_array().unwrap()
}

/// Adds `count` to the figure `name`.
pub(crate) fn add(figures: &mut BTreeMap<String, u64>, name: String, count: u64) {
    *figures.entry(name).or_default() += count;
}

/// The rank of the level of a finding: 1 for review, 2 for manual, 0 otherwise.
pub(crate) fn rank(finding: &Value) -> usize {
    match finding["level"].as_str().unwrap() {
        "manual" => 2,
        "review" => 1,
        _ => 0,
    }
}

/// Every figure of the page, counted from the files and findings of the JSON alone.
pub(crate) fn figures(json: &Value) -> BTreeMap<String, u64> {
    let mut figures: BTreeMap<String, u64> = BTreeMap::new();
    // For each topic, the largest number of uses in one file so far.
    let mut most: BTreeMap<String, u64> = BTreeMap::new();
    for share in ["files", "lines", "uses"] {
        for part in ["safe", "review", "manual", "total"] {
            figures.insert(format!("{share}.{part}"), 0);
        }
    }
    let parts = ["safe", "review", "manual"];
    let mut rule_files: BTreeSet<(String, String)> = BTreeSet::new();
    for file in json["files"].as_array().unwrap() {
        let findings: Vec<&Value> =
            json["findings"].as_array().unwrap().iter().filter(|one| one["path"] == file["path"]).collect();
        for one in file["survey"]["numbers"].as_array().into_iter().flatten() {
            let (topic, count) = (one["topic"].as_str().unwrap(), one["count"].as_u64().unwrap());
            add(&mut figures, format!("number.{topic}.count"), count);
            add(&mut figures, format!("number.{topic}.files"), 1);
            let before = most.entry(topic.to_owned()).or_default();
            if count > *before {
                *before = count;
                figures.insert(format!("number.{topic}.line"), one["line"].as_u64().unwrap());
            }
        }
        if file["status"] == "already-hip" {
            add(&mut figures, "already_hip".to_owned(), 1);
        }
        if file["status"] != "converted" && findings.is_empty() {
            continue;
        }
        let open: Vec<&Value> = findings.into_iter().filter(|one| one["settled"].is_null()).collect();
        let is_hip = file["status"] == "already-hip";
        if !is_hip {
            let worst = open.iter().map(|one| rank(one)).max().unwrap_or(0);
            add(&mut figures, format!("files.{}", parts[worst]), 1);
            add(&mut figures, "files.total".to_owned(), 1);
        }
        let mut lines: BTreeMap<u64, usize> = BTreeMap::new();
        for finding in &open {
            let name =
                format!("rule.{}.{}", finding["level"].as_str().unwrap(), finding["rule"].as_str().unwrap());
            add(&mut figures, format!("{name}.count"), 1);
            if rule_files.insert((name.clone(), file["path"].to_string())) {
                add(&mut figures, format!("{name}.files"), 1);
            }
            let Some(first) = finding["line"].as_u64() else { continue };
            let (last, column) =
                (finding["end"]["line"].as_u64().unwrap(), finding["end"]["column"].as_u64().unwrap());
            for line in first..=last - u64::from(column == 1 && last > first) {
                let worst = lines.entry(line).or_default();
                *worst = rank(finding).max(*worst);
            }
        }
        for header in file["survey"]["unknown_headers"].as_array().into_iter().flatten() {
            add(&mut figures, format!("header.{}", header.as_str().unwrap()), 1);
        }
        if is_hip {
            continue;
        }
        let all = file["survey"]["lines"].as_u64().unwrap();
        add(&mut figures, "lines.total".to_owned(), all);
        add(&mut figures, "lines.safe".to_owned(), all - lines.len() as u64);
        for rank in lines.into_values() {
            add(&mut figures, format!("lines.{}", parts[rank]), 1);
        }
        for (library, uses) in file["survey"]["uses"].as_object().unwrap() {
            for part in parts {
                let count = uses[part].as_u64().unwrap();
                for name in [format!("library.{library}.{part}"), format!("library.{library}.total")] {
                    add(&mut figures, name, count);
                }
                add(&mut figures, format!("uses.{part}"), count);
                add(&mut figures, "uses.total".to_owned(), count);
            }
        }
    }
    let rules = figures.keys().filter(|name| name.starts_with("rule.") && name.contains(".count")).count();
    if rules > 12 {
        figures.insert("rules.folded".to_owned(), rules as u64 - 12);
    }
    let headers: Vec<(u64, String)> = figures
        .iter()
        .filter(|(name, _)| name.starts_with("header."))
        .map(|(name, count)| (*count, name.clone()))
        .collect();
    keep_most_frequent(&mut figures, headers, 20);
    places(&mut figures, json);
    for slower in json["readiness"]["verdict"]["slower"].as_array().unwrap() {
        let name = format!("slower.{}", slower["name"].as_str().unwrap());
        figures.insert(name, slower["files"].as_u64().unwrap());
    }
    if figures["files.total"] == 0 {
        // Without CUDA there are no shares.
        figures.retain(|name, _| !["files.", "lines.", "uses."].iter().any(|share| name.starts_with(share)));
        return figures;
    }
    for share in ["files", "lines", "uses"] {
        let of = |part: &str| figures[&format!("{share}.{part}")];
        let percent = if of("total") == 0 { 100 } else { of("safe") * 100 / of("total") };
        figures.insert(format!("{share}.percent"), percent);
    }
    figures
}

/// Adds the figures of the folders and the files with the most open findings.
fn places(figures: &mut BTreeMap<String, u64>, json: &Value) {
    let open = |path: &str, level: &str| {
        let is_open = |one: &&Value| one["path"] == path && one["settled"].is_null() && one["level"] == level;
        findings(json).iter().filter(is_open).count() as u64
    };
    let paths: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    let mut files: Vec<(&str, u64, u64)> =
        paths.iter().map(|path| (*path, open(path, "manual"), open(path, "review"))).collect();
    files.retain(|(_, manual, review)| manual + review > 0);
    files.sort_by_key(|&(_, manual, review)| std::cmp::Reverse((manual, review)));
    for (path, manual, review) in files.iter().take(10) {
        figures.insert(format!("file.{path}.manual"), *manual);
        figures.insert(format!("file.{path}.review"), *review);
    }
    if files.len() > 10 {
        figures.insert("more.Files with the most open findings".to_owned(), files.len() as u64 - 10);
    }
    // The folders below the deepest one that all these files share.
    let Some((first, ..)) = files.first() else { return };
    let mut depth = first.matches('/').count();
    let start = |path: &str, depth: usize| path.split('/').take(depth).collect::<Vec<_>>().join("/");
    while !files
        .iter()
        .all(|(path, ..)| path.matches('/').count() >= depth && start(path, depth) == start(first, depth))
    {
        depth -= 1;
    }
    let mut folders: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for (path, manual, review) in &files {
        let folder = start(path, (depth + 1).min(path.matches('/').count()));
        let folder = if folder.is_empty() { ".".to_owned() } else { folder };
        let sum = folders.entry(folder).or_default();
        *sum = (sum.0 + 1, sum.1 + manual, sum.2 + review);
    }
    if folders.len() < 2 {
        return;
    }
    let mut folders: Vec<_> = folders.into_iter().collect();
    folders.sort_by_key(|(_, (_, manual, review))| std::cmp::Reverse((*manual, *review)));
    for (path, (files, manual, review)) in folders.iter().take(10) {
        figures.insert(format!("folder.{path}.files"), *files);
        figures.insert(format!("folder.{path}.manual"), *manual);
        figures.insert(format!("folder.{path}.review"), *review);
    }
    if folders.len() > 10 {
        figures.insert("more.By folder".to_owned(), folders.len() as u64 - 10);
    }
}

/// Keeps the figures of the `most` names of `all` with the highest counts, in the order of the names where counts are equal.
fn keep_most_frequent(figures: &mut BTreeMap<String, u64>, mut all: Vec<(u64, String)>, most: usize) {
    all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, name) in all.iter().skip(most) {
        figures.remove(name);
    }
    if all.len() > most {
        figures.insert("headers.more".to_owned(), (all.len() - most) as u64);
    }
}

/// The value of each `data-figure` on the page.
pub(crate) fn shown(page: &str) -> BTreeMap<String, u64> {
    let figures = page.split("data-figure=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\">").unwrap();
        let text = rest.split_once('<').unwrap().0;
        let name =
            name.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        (name, text.trim_end_matches('%').replace(',', "").parse().unwrap())
    });
    figures.collect()
}

/// The projects for the comparison of pages and JSON: one with every level, and all fixtures.
pub(crate) fn projects() -> Vec<Project> {
    let mut projects = vec![of_every_level()];
    let fixtures = root().join("fixtures");
    let folders = fs::read_dir(fixtures.join("projects")).unwrap().map(|entry| entry.unwrap().path());
    // The hazards are not a project, but they have findings of more rules than a page shows at once.
    for fixture in folders.chain([fixtures.join("hazards")]) {
        let project = Project::new();
        for path in files(&fixture) {
            project.write(&path, &fs::read(fixture.join(&path)).unwrap());
        }
        projects.push(project);
    }
    projects
}
