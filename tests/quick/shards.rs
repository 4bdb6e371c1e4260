//! `tranship scan --shard` and `tranship report merge`: shares of a tree, and reports of many repositories.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::support::{AXPY, Project, commit, git, of_every_level};

/// The JSON in `file`, a file around the project.
fn read(project: &Project, file: &str) -> Value {
    serde_json::from_slice(&fs::read(project.around().join(file)).unwrap()).unwrap()
}

/// Scans with `arguments` into `file` and returns the report.
fn scan(project: &Project, arguments: &[&str], file: &str) -> Value {
    let more = ["--output-format", "json", "--output-file", file, "--exit-zero", "--quiet"];
    project.run(&[&["scan"], arguments, &more].concat()).check(0, &[]);
    read(project, file)
}

/// A copy of [`of_every_level`] with forty more files, eight of which need a person.
fn large() -> Project {
    let project = of_every_level();
    for at in 0..40 {
        let text = if at % 5 == 0 { "__global__ void k() { asm(\"bar.sync 1, 64;\"); }\n" } else { AXPY };
        project.write(&format!("more/k{at}.cu"), text.as_bytes());
    }
    project
}

/// The paths of `report`, without support headers: each share that needs the header has it.
fn paths(report: &Value) -> Vec<String> {
    let files = report["files"].as_array().unwrap().iter().filter(|file| file["status"] != "support");
    files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_shards_of_a_folder_are_disjoint_and_complete_and_merge_to_the_whole() {
    let project = large();
    let whole = scan(&project, &["p"], "whole.json");
    let mut all = Vec::new();
    let mut sizes = Vec::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let part = scan(&project, &["p", "--shard", &shard], &format!("{number}.json"));
        let again = scan(&project, &["p", "--shard", &shard], "again.json");
        assert_eq!(part, again, "a shard depends only on the paths");
        sizes.push(part["projects"][0]["walked"].as_u64().unwrap());
        all.extend(paths(&part));
    }
    all.sort();
    let mut expected = paths(&whole);
    expected.sort();
    assert_eq!(all, expected);
    assert_eq!(sizes.iter().sum::<u64>(), whole["projects"][0]["walked"].as_u64().unwrap());
    assert!(sizes.iter().all(|&size| size > 0), "{sizes:?}");

    let merge = ["report", "merge", "1.json", "2.json", "3.json", "--json", "all.json"];
    project.run(&merge).check(1, &["Merged 3 reports of 1 repository."]);
    let (merged, one) = (read(&project, "all.json"), &whole["projects"][0]["figures"]);
    for figure in ["files", "lines", "uses", "from_minutes", "to_minutes"] {
        assert_eq!(merged["repositories"][0][figure], one[figure], "{figure}");
    }
    let counts = |rules: &Value| -> BTreeMap<String, u64> {
        let rules = rules.as_array().unwrap().iter();
        rules
            .map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["count"].as_u64().unwrap()))
            .collect()
    };
    assert_eq!(counts(&merged["rules"]), counts(&one["rules"]));
    assert_eq!(counts(&one["rules"])["inline-ptx"], 10, "eight more files and two of the project");
}

#[test]
fn several_paths_are_shared_out_as_a_whole() {
    let project = Project::new();
    let names: Vec<String> = (0..12).map(|at| format!("p/r{at}")).collect();
    for name in &names {
        project.write(&format!("{}/a.cu", &name[2..]), AXPY.as_bytes());
    }
    let mut all = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let paths: Vec<&str> = names.iter().map(String::as_str).chain(["--shard", shard]).collect();
        let report = scan(&project, &paths, &format!("{}.json", &shard[..1]));
        all.extend(
            report["projects"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()),
        );
    }
    all.sort();
    let mut expected = names.clone();
    expected.sort();
    assert_eq!(all, expected);
    // A missing shard would take whole repositories out of the result.
    let missing = "shard 2/3 of the paths: is missing, so its repositories are not counted; scan it";
    project.run(&["report", "merge", "1.json", "3.json", "--json", "two.json"]).check(2, &[missing]);
    project.run(&["report", "merge", "two.json"]).check(2, &[missing]);
    let ran = project.run(&["report", "merge", "two.json", "2.json"]);
    ran.check(0, &["2 reports of 12 repositories"]);
    for (wrong, words) in [("0/3", "the first shard"), ("4/3", "no shard 4 of 3"), ("x", "has the form")] {
        project.run(&["scan", "p", "--shard", wrong]).check(2, &[words]);
    }
}

/// A report with one project and the open findings `rules`: rule, effort, count.
fn report(path: &str, commit: Option<&str>, lines: [u32; 2], rules: &[(&str, &str, u32)]) -> Value {
    let uses = |[safe, manual]: [u32; 2]| json!({"safe": safe, "review": 0, "manual": manual});
    let rules: Vec<Value> = rules
        .iter()
        .map(|(rule, effort, count)| {
            json!({"rule": rule, "level": "manual", "effort": effort, "what": "a fact", "count": count, "files": 1})
        })
        .collect();
    json!({
        "version": 1,
        "tool": {"name": "tranship", "version": "0.1.0"},
        "summary": {"interrupted": false},
        "projects": [{
            "path": path, "name": path, "commit": commit, "remote": null, "folder": "", "shard": null, "walked": 3,
            "target": {"rocm": "7.1", "cuda": null, "archs": ["gfx942"]}, "rules_hash": "0",
            "figures": {
                "files": uses([1, u32::from(!rules.is_empty())]), "lines": uses(lines), "uses": uses(lines),
                "already_hip": 0, "from_minutes": lines[1], "to_minutes": 2 * lines[1], "rules": rules, "libraries": []
            }
        }],
        "problems": []
    })
}

fn write(project: &Project, file: &str, report: &Value) {
    fs::write(project.around().join(file), report.to_string()).unwrap();
}

#[test]
fn repositories_are_ranked_and_rules_are_counted_over_all() {
    let project = Project::new();
    write(&project, "a.json", &report("half", Some("a1"), [50, 50], &[("inline-ptx", "rework", 4)]));
    write(&project, "b.json", &report("ready", Some("b1"), [100, 0], &[]));
    write(&project, "c.json", &report("none", Some("c1"), [0, 0], &[]));
    write(
        &project,
        "d.json",
        &report("most", Some("d1"), [90, 10], &[("inline-ptx", "rework", 1), ("texture", "edit", 9)]),
    );
    let ran = project.run(&[
        "report", "merge", "a.json", "b.json", "c.json", "d.json", "--json", "all.json", "--html", "all.html",
    ]);
    ran.check(1, &["Merged 4 reports of 4 repositories."]);
    let merged = read(&project, "all.json");
    let rows = merged["repositories"].as_array().unwrap();
    let order: Vec<_> =
        rows.iter().map(|row| (row["path"].as_str().unwrap(), row["rank"].as_u64())).collect();
    assert_eq!(order, [("ready", Some(1)), ("most", Some(2)), ("half", Some(3)), ("none", None)]);
    let rules: Vec<_> = merged["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            (
                rule["rule"].as_str().unwrap(),
                rule["count"].as_u64().unwrap(),
                rule["repositories"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(rules, [("inline-ptx", 5, 2), ("texture", 9, 1)]);
    assert_eq!(merged["all"]["lines"], json!({"safe": 240, "review": 0, "manual": 60}));
    assert!(ran.out.contains("1 repository without CUDA."), "{}", ran.out);
    project.run(&["report", "merge", "b.json"]).check(0, &[]);
    project.run(&["report", "merge", "a.json", "--exit-zero"]).check(0, &[]);
    // A merged report can be merged again, also with a part of itself.
    project
        .run(&["report", "merge", "all.json", "a.json", "--json", "twice.json"])
        .check(1, &["1 repeated part was counted only once"]);
    let twice = read(&project, "twice.json");
    for field in ["repositories", "rules", "all", "problems"] {
        assert_eq!(twice[field], merged[field], "{field}");
    }
    let page = fs::read_to_string(project.around().join("all.html")).unwrap();
    assert!(page.find("data-v=\"ready\"").unwrap() < page.find("data-v=\"half\"").unwrap(), "{page}");
}

#[test]
fn one_commit_counts_once_and_the_last_report_counts_where_two_differ() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    commit(&project);
    git(&project, &["remote", "add", "origin", "https://me:secret@example.org/Team/App.git"]).check(0, &[]);
    let first = scan(&project, &["p"], "1.json");
    assert!(!first.to_string().contains("secret"), "the report must not have the password");
    // A second clone at another path, with another spelling of the address.
    fs::create_dir(project.around().join("q")).unwrap();
    git(&project, &["clone", "-q", ".", "../q/clone"]).check(0, &[]);
    let again = scan(&project, &["q/clone"], "2.json");
    assert_eq!(again["projects"][0]["commit"], first["projects"][0]["commit"]);
    let ran = project.run(&["report", "merge", "1.json", "2.json", "--json", "all.json"]);
    ran.check(0, &["1 repository; 1 repeated part was counted only once"]);
    let rows = read(&project, "all.json");
    assert_eq!(rows["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(rows["repositories"][0]["name"], "example.org/team/app");

    project.write("b.cu", b"__global__ void k() { asm(\"bar.sync 1, 64;\"); }\n");
    commit(&project);
    scan(&project, &["p"], "3.json");
    let ran = project.run(&["report", "merge", "1.json", "3.json", "--json", "all.json"]);
    ran.check(1, &["example.org/team/app: 1.json and 3.json are of different commits; the last one counts"]);
    assert_eq!(
        read(&project, "all.json")["repositories"][0]["files"],
        json!({"safe": 1, "review": 0, "manual": 1})
    );
}

#[test]
fn projects_without_git_are_never_taken_for_one_another() {
    let project = Project::new();
    write(&project, "1.json", &report(".", None, [10, 0], &[]));
    write(&project, "2.json", &report(".", None, [20, 0], &[]));
    project.run(&["report", "merge", "1.json", "2.json"]).check(0, &["Merged 2 reports of 2 repositories."]);
    project
        .run(&["report", "merge", "1.json", "1.json"])
        .check(0, &["2 reports of 1 repository; 1 repeated"]);
}

#[test]
fn a_missing_shard_is_an_error_that_names_it() {
    let project = large();
    for number in ["1", "3"] {
        scan(&project, &["p", "--shard", &format!("{number}/4")], &format!("{number}.json"));
    }
    let ran = project.run(&["report", "merge", "1.json", "3.json", "--html", "all.html"]);
    ran.check(2, &["p: shards 2/4, 4/4 are missing"]);
    assert!(fs::read_to_string(project.around().join("all.html")).unwrap().contains("incomplete"));
}

#[test]
fn damaged_reports_are_named_and_the_others_are_merged() {
    let project = Project::new();
    let good = report("good", Some("a1"), [5, 0], &[]);
    write(&project, "good.json", &good);
    let mut newer = good.clone();
    newer["version"] = json!(2);
    newer["tool"]["version"] = json!("9.0.0");
    write(&project, "newer.json", &newer);
    let mut other = good.clone();
    other["tool"]["name"] = json!("other");
    write(&project, "other.json", &other);
    let mut check = good.clone();
    check["projects"][0].as_object_mut().unwrap().remove("figures");
    write(&project, "check.json", &check);
    let mut interrupted = report("slow", Some("b1"), [5, 0], &[]);
    interrupted["summary"]["interrupted"] = json!(true);
    write(&project, "interrupted.json", &interrupted);
    fs::write(project.around().join("cut.json"), &good.to_string()[..200]).unwrap();
    fs::write(project.around().join("empty.json"), "").unwrap();
    fs::write(project.around().join("text.json"), "no JSON").unwrap();
    fs::write(project.around().join("list.json"), "[1]").unwrap();
    fs::write(project.around().join("bytes.json"), b"{\"version\": 1, \"tool\": \"\xff\xfe\"}").unwrap();
    let failed = json!({"version": 1, "tool": {"name": "tranship", "version": "0.1.0"}, "projects": [],
        "problems": [{"path": "big.zip", "message": "has 10 GB"}]});
    write(&project, "failed.json", &failed);
    let ran =
        project.run(&["report", "merge", ".", "gone.json", "p", "--json", "all.json", "--html", "all.html"]);
    ran.check(
        2,
        &[
            "newer.json: is a report of version 2, written by tranship 9.0.0; this program reads version 1",
            "other.json: is a report of `other`, not of tranship",
            "check.json: has no readiness of `good`",
            "interrupted.json: is of a scan that was interrupted",
            "cut.json: ends too early",
            "empty.json: is empty",
            "text.json: is no report of tranship",
            "list.json: is no report of tranship",
            "bytes.json: is no report of tranship",
            "gone.json: cannot read",
            "p: has no file with the ending `.json`",
            "big.zip: has 10 GB",
            "of 2 repositories",
        ],
    );
    // The failures are part of a merge of merges, and the file of the merge is not one of its own inputs.
    project
        .run(&["report", "merge", "all.json"])
        .check(2, &["big.zip: has 10 GB", "cut.json: ends too early"]);
    project
        .run(&["report", "merge", "good.json", "--json", "no/such/folder.json"])
        .check(2, &["cannot write"]);
}

#[test]
fn reports_of_different_programs_are_merged_with_a_note() {
    let project = Project::new();
    write(&project, "1.json", &report("a", Some("a1"), [5, 0], &[]));
    let mut older = report("b", Some("b1"), [5, 0], &[]);
    older["tool"]["version"] = json!("0.0.9");
    older["projects"][0]["target"]["rocm"] = json!("6.2");
    write(&project, "2.json", &older);
    let ran = project.run(&["report", "merge", "1.json", "2.json"]);
    ran.check(
        0,
        &["by different versions of tranship (0.0.9; 0.1.0)", "for different releases of ROCm (6.2; 7.1)"],
    );
}

#[test]
fn names_of_repositories_cannot_become_markup_or_commands_of_the_terminal() {
    let project = Project::new();
    let name = "<img src=x onerror=alert(1)>\u{1b}[31m\n\u{202e}x";
    write(&project, "1.json", &report(name, Some("a1"), [5, 1], &[("<script>alert(2)</script>", "edit", 1)]));
    let ran = project.run(&["report", "merge", "1.json", "--html", "all.html", "--color", "never"]);
    ran.check(1, &[]);
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'), "{:?}", ran.out);
    let page = fs::read_to_string(project.around().join("all.html")).unwrap();
    assert!(!page.contains("<img") && !page.contains("<script>alert"), "{page}");
}
