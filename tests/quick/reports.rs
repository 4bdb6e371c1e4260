//! Reports for other programs: SARIF, GitHub's annotations, JSON and its schema.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Project, hostile_report, report, root};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// `source` after the fix of `result`. Lines and characters in `result` are counted from 1.
fn fixed(source: &str, result: &Value) -> String {
    let mut text = source.to_owned();
    for replacement in
        result["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap().iter().rev()
    {
        let region = &replacement["deletedRegion"];
        let at = |line: &str, column: &str| {
            let line = region[line].as_u64().unwrap() as usize - 1;
            let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            let column = region[column].as_u64().unwrap() as usize - 1;
            start + text[start..].char_indices().nth(column).map_or(text.len() - start, |(at, _)| at)
        };
        let range = at("startLine", "startColumn")..at("endLine", "endColumn");
        text.replace_range(range, replacement["insertedContent"]["text"].as_str().unwrap());
    }
    text
}

#[test]
fn sarif_fixes_keep_the_line_ends_of_the_file() {
    let code =
        "__device__ float f(float v, unsigned m) {\n  // ü\n  return v + __shfl_down_sync(m, v, 16);\n}\n";
    for line_end in ["\n", "\r\n"] {
        let source = code.replace('\n', line_end);
        let project = Project::of(&[("a.cuh", source.as_bytes())]);
        project.run(&["convert", "p", "--exit-zero"]).check(0, &["1 to review"]);
        let log = json(&report(&project, "sarif"));
        let results = log["runs"][0]["results"].as_array().unwrap();
        let result = results.iter().find(|result| result["ruleId"] == "shuffle-mask").unwrap();
        let fixed = fixed(&source, result);
        assert_eq!(fixed.as_bytes(), project.written("a.cuh"), "{line_end:?}");
        assert_eq!(fixed.matches('\n').count(), fixed.matches(line_end).count(), "{fixed:?}");
    }
}

#[test]
fn sarif_results_have_place_reason_and_help() {
    let text = hostile_report("sarif");
    let log = json(&text);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let of = |end: &str| {
        let uri = |result: &&Value| {
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            uri.as_str().unwrap().ends_with(end)
        };
        results.iter().filter(uri).collect::<Vec<_>>()
    };
    let spaced = of("p/src/with%20space%2Ccomma%3A100%25.cu");
    let manual = spaced.iter().find(|result| result["ruleId"] == "cudaGraphicsD3D9RegisterResource").unwrap();
    assert_eq!(
        (manual["level"].as_str(), manual["locations"][0]["logicalLocations"][0]["name"].as_str()),
        (Some("error"), Some("f"))
    );
    let region = &manual["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(2), Some(3)));
    assert_eq!(of("p/src/latin-%E9.cu").is_empty(), !cfg!(target_os = "linux"));
    assert!(!of("p/src/%3Cimg%20src=x%20onerror=alert%281%29%3E.cu").is_empty());
    let guard = of("guard.cuh").into_iter().find(|result| result["ruleId"] == "nvcc-guard").unwrap();
    let replacement = &guard["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"]["startLine"], 2);
    assert_eq!(replacement["deletedRegion"]["endColumn"], 16);
    assert_eq!(replacement["insertedContent"]["text"], "#ifdef __HIPCC__");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().unwrap().contains("tranship explain"));
        let page = rule["helpUri"].as_str().unwrap().split("/docs/").nth(1).unwrap().to_owned();
        assert!(root().join("docs").join(&page).is_file(), "{page} is there");
    }
}

#[test]
fn sarif_has_suppressions_and_errors() {
    let project = Project::of(&[("a.cu", b"void f() { cudaGraphicsD3D9RegisterResource(); }\n")]);
    let baseline = ["check", "p", "--baseline", "b.toml", "--output-format", "sarif"];
    project.run(&[&baseline[..], &["--update-baseline"]].concat()).check(0, &[]);
    let log = json(&project.run(&baseline).out);
    assert_eq!(log["runs"][0]["results"][0]["suppressions"][0]["kind"], "external");
    let ran = project.run(&["check", "no such", "--output-format", "sarif"]);
    ran.check(2, &[]);
    let log = json(&ran.out);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let problem = &invocation["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
    assert_eq!(problem["artifactLocation"]["uri"], "no%20such");
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 0, "a report of nothing");
}

#[test]
fn github_output_has_one_command_for_each_finding() {
    let text = hostile_report("github");
    let findings = json(&hostile_report("json"))["findings"].as_array().unwrap().len();
    assert_eq!(text.lines().count(), findings, "{text}");
    for line in text.lines() {
        assert!(line.starts_with("::error file=p/") || line.starts_with("::warning file=p/"), "{line}");
    }
    let expected = "::error file=p/src/with space%2Ccomma%3A100%25.cu,line=2,endLine=2,col=3,endColumn=35,\
                    title=cudaGraphicsD3D9RegisterResource::";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn github_output_is_limited_and_grouped() {
    let project = Project::new();
    let call = "void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n";
    for number in 0..12 {
        project.write(&format!("{number:02}.cu"), call.repeat(3).as_bytes());
    }
    let ran = project.run(&["convert", "p", "--exit-zero", "--diff", "--output-format", "github"]);
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(lines.len(), 11, "{}", ran.err);
    let first =
        "::error file=p/00.cu,line=1,endLine=1,col=17,endColumn=49,title=cudaGraphicsD3D9RegisterResource::";
    assert!(lines[0].starts_with(first) && lines[0].contains("in this file in line 2, 3"), "{}", lines[0]);
    assert!(lines[10].starts_with("::notice title=tranship::6 more findings are open."), "{}", lines[10]);
}

#[test]
fn gitlab_output_has_one_issue_for_each_finding() {
    let report = json(&hostile_report("gitlab"));
    let issues = report.as_array().unwrap();
    let expected = json(&hostile_report("json"));
    let findings = expected["findings"].as_array().unwrap();
    assert_eq!(issues.len(), findings.len());
    let prints: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len(), "GitLab shows only one issue for each fingerprint");
    for (issue, found) in issues.iter().zip(findings) {
        assert_eq!(issue["check_name"], found["rule"]);
        assert_eq!(issue["location"]["path"], found["path"]);
        let line = found["line"].as_u64().unwrap_or(1);
        assert_eq!(issue["location"]["lines"]["begin"], line);
        let severity = match (found["level"].as_str().unwrap(), found["effort"].as_str().unwrap()) {
            ("review", _) => "minor",
            ("manual", "rework") => "critical",
            _ => "major",
        };
        assert_eq!(issue["severity"], severity);
    }
}

#[test]
fn junit_output_has_one_failed_test_for_each_finding() {
    let text = hostile_report("junit");
    let findings = json(&hostile_report("json"))["findings"].as_array().unwrap().len();
    assert_eq!(text.matches("<testcase ").count(), findings);
    assert!(text.contains(&format!("tests=\"{findings}\" failures=\"{findings}\" errors=\"0\">")), "{text}");
    // Every `<` of the text begins one of the elements.
    let names = text
        .split('<')
        .skip(1)
        .map(|rest| rest.split([' ', '>', '/']).find(|part| !part.is_empty()).unwrap());
    let known = ["?xml", "testsuites", "testsuite", "testcase", "failure"];
    for name in names {
        assert!(known.contains(&name), "`{name}` in\n{text}");
    }
    assert!(text.contains("&lt;") && !text.contains('\x1b'), "{text}");
    let clean = Project::of(&[("a.cpp", b"int x;\n")]);
    let ran = clean.run(&["check", "p", "--output-format", "junit"]);
    assert!(
        ran.out.contains("tests=\"1\" failures=\"0\"") && ran.out.contains("nothing is open"),
        "{}",
        ran.out
    );
}

#[test]
fn markdown_output_counts_by_rule_and_by_file() {
    let text = hostile_report("markdown");
    let findings = json(&hostile_report("json"))["findings"].as_array().unwrap().len();
    let rows = |header: &str| {
        let table =
            text.split(header).nth(1).unwrap().lines().skip(2).take_while(|line| line.starts_with('|'));
        table
            .map(|row| {
                row.replace("\\|", "").split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    let number = |cell: &str| cell.replace(',', "").parse::<usize>().unwrap();
    let rules = rows("| rule | level | effort | places | first place | what |");
    assert!(rules.iter().all(|row| row.len() == 8), "{rules:?}");
    assert_eq!(rules.iter().map(|row| number(&row[4])).sum::<usize>(), findings, "{text}");
    let files = rows("| file | manual | to review |");
    assert_eq!(files.iter().map(|row| number(&row[2]) + number(&row[3])).sum::<usize>(), findings, "{text}");
    let outside_of_code: String = text.split('`').step_by(2).collect();
    assert!(!outside_of_code.contains('<'), "names are text and not markup: {text}");
}

#[test]
fn the_published_json_schema_is_up_to_date() {
    let path = root().join("docs/report.schema.json");
    let schema = tranship::report::json_schema();
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == schema,
        "run `TRANSHIP_BLESS=1 cargo test --test quick` and commit docs/report.schema.json"
    );
}
