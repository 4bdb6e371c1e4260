//! Readiness: `tranship scan` as text, as JSON and as a page, which a headless browser opens.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Project, Ran};

const KERNEL: &str = "#include <cuda_runtime.h>
#include <curand_kernel.h>
__global__ void k(float *a, unsigned long seed) {
    curandState s;
    curand_init(seed, 0, 0, &s);
    asm volatile(\"bar.sync 0;\");
    atomicAdd(a, curand_uniform(&s));
}
#ifdef __NVCC__
void run(float *a) { k<<<1, 32>>>(a, 1); cudaDeviceSynchronize(); cudaGraphicsD3D9RegisterResource(); }
#endif
";

/// A project of every level, with names and comments that would like to run.
fn project() -> Project {
    Project::of(&[
        ("src/kernel.cu", KERNEL.as_bytes()),
        ("src/clean.cu", b"#include <cuda_runtime.h>\nvoid f(void **p) { cudaMalloc(p, 4); }\n"),
        ("src/done.hip", b"#include <hip/hip_runtime.h>\n"),
        ("src/plain.cpp", b"int main() {}\n"),
        (
            "src/<img src=x onerror=alert(1)>.cu",
            b"__global__ void k() { asm(\"exit;\"); } // </script><script>alert(2)</script><!--\n",
        ),
        ("Makefile", b"all: src/kernel.cu\n\tnvcc -use_fast_math src/kernel.cu\n"),
    ])
}

fn json(project: &Project) -> Value {
    let ran = project.run(&["scan", "p", "--output-format", "json"]);
    ran.check(1, &["Scanned 6 files; nothing was converted."]);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_scan_says_what_is_ready_and_writes_nothing() {
    let project = project();
    let before = support::files(project.around());
    let ran = project.run(&["scan", "p"]);
    ran.check(1, &["Next: `tranship scan --html FILE`"]);
    assert_eq!(support::files(project.around()), before);
    for words in [
        "files that use CUDA",
        "Blockers: days each",
        "inline-ptx",
        "To check",
        "nvcc-guard",
        "What may differ in numbers",
        "random sequences",
        "in p/src/kernel.cu:5",
        "order of atomics",
        "fast math",
        "in p/Makefile:2",
    ] {
        assert!(ran.out.contains(words), "`{words}` is missing in:\n{}", ran.out);
    }
    let at = |words: &str| ran.out.find(words).unwrap();
    assert!(at("inline-ptx") < at("nvcc-guard"), "blockers first:\n{}", ran.out);
    assert!(!ran.out.contains("sums of libraries"), "only what the project uses:\n{}", ran.out);
    project.run(&["scan", "p", "--exit-zero"]).check(0, &[]);
}

#[test]
fn a_scan_of_nothing_and_of_what_is_not_there() {
    let project = Project::of(&[("a.cpp", b"int main() {}\n")]);
    let ran = project.run(&["scan", "p"]);
    ran.check(0, &[]);
    assert_eq!(ran.out, "No file uses CUDA.\n");
    project.run(&["scan", "p", "--html", "page.html"]).check(0, &[]);
    project.run(&["scan", "gone"]).check(2, &["gone: cannot read"]);
    project.run(&["scan", "p", "--html", "a", "--output-format", "json"]).check(2, &["cannot be used with"]);
    project
        .run(&["scan", "p", "--html", "no/such/folder.html"])
        .check(2, &["no/such/folder.html: cannot write"]);
}

/// The worst level among open findings, told by its rank: 0 none, 1 review, 2 manual.
fn rank(finding: &Value) -> usize {
    match finding["level"].as_str().unwrap() {
        "manual" => 2,
        "review" => 1,
        _ => 0,
    }
}

/// Every figure of the page, counted from the files and findings of the JSON alone.
fn figures(json: &Value) -> BTreeMap<String, u64> {
    let mut figures: BTreeMap<String, u64> = BTreeMap::new();
    for share in ["files", "lines", "uses"] {
        for part in ["safe", "review", "manual", "total"] {
            figures.insert(format!("{share}.{part}"), 0);
        }
    }
    let mut add = |name: String, count: u64| *figures.entry(name).or_default() += count;
    let parts = ["safe", "review", "manual"];
    let mut rule_files: BTreeSet<(String, String)> = BTreeSet::new();
    for file in json["files"].as_array().unwrap() {
        let findings: Vec<&Value> =
            json["findings"].as_array().unwrap().iter().filter(|one| one["path"] == file["path"]).collect();
        for one in file["survey"]["numbers"].as_array().into_iter().flatten() {
            let topic = one["topic"].as_str().unwrap();
            add(format!("number.{topic}.count"), one["count"].as_u64().unwrap());
            add(format!("number.{topic}.files"), 1);
        }
        if file["status"] == "already-hip" {
            add("already_hip".to_owned(), 1);
        }
        if file["status"] != "converted" && findings.is_empty() {
            continue;
        }
        let open: Vec<&Value> = findings.into_iter().filter(|one| one["settled"].is_null()).collect();
        add(format!("files.{}", parts[open.iter().map(|one| rank(one)).max().unwrap_or(0)]), 1);
        add("files.total".to_owned(), 1);
        let mut lines: BTreeMap<u64, usize> = BTreeMap::new();
        for finding in &open {
            let name =
                format!("rule.{}.{}", finding["level"].as_str().unwrap(), finding["rule"].as_str().unwrap());
            add(format!("{name}.count"), 1);
            if rule_files.insert((name.clone(), file["path"].to_string())) {
                add(format!("{name}.files"), 1);
            }
            let Some(first) = finding["line"].as_u64() else { continue };
            let (last, column) =
                (finding["end"]["line"].as_u64().unwrap(), finding["end"]["column"].as_u64().unwrap());
            for line in first..=last - u64::from(column == 1 && last > first) {
                let worst = lines.entry(line).or_default();
                *worst = rank(finding).max(*worst);
            }
        }
        let all = file["survey"]["lines"].as_u64().unwrap();
        add("lines.total".to_owned(), all);
        add("lines.safe".to_owned(), all - lines.len() as u64);
        for rank in lines.into_values() {
            add(format!("lines.{}", parts[rank]), 1);
        }
        for (library, uses) in file["survey"]["uses"].as_object().unwrap() {
            for part in parts {
                let count = uses[part].as_u64().unwrap();
                for name in [format!("library.{library}.{part}"), format!("library.{library}.total")] {
                    add(name, count);
                }
                add(format!("uses.{part}"), count);
                add("uses.total".to_owned(), count);
            }
        }
    }
    for share in ["files", "lines", "uses"] {
        let of = |part: &str| figures[&format!("{share}.{part}")];
        let percent = if of("total") == 0 { 100 } else { of("safe") * 100 / of("total") };
        figures.insert(format!("{share}.percent"), percent);
    }
    figures
}

/// What stands behind each `data-figure` of the page.
fn shown(page: &str) -> BTreeMap<String, u64> {
    let figures = page.split("data-figure=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\">").unwrap();
        let text = rest.split_once('<').unwrap().0;
        (name.to_owned(), text.trim_end_matches('%').replace(',', "").parse().unwrap())
    });
    figures.collect()
}

#[test]
fn every_figure_of_the_page_follows_from_the_json() {
    let project = project();
    let expected = figures(&json(&project));
    project.run(&["scan", "p", "--html", "page.html"]).check(1, &[]);
    let page = fs::read_to_string(project.around().join("page.html")).unwrap();
    assert_eq!(shown(&page), expected);
    assert!(expected["rule.manual.inline-ptx.count"] == 2 && expected["files.safe"] >= 1, "{expected:?}");
    assert!(!page.contains("<img") && page.matches("<script").count() == 2, "names stay text");
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs no network");
}

/// A headless Chromium, or `None` after saying that it is missing. On CI a missing browser is a failure.
fn browser() -> Option<&'static str> {
    let there =
        Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "chromium is missing: run .ci/toolchain");
    if !there {
        eprintln!("skipped: needs chromium of .ci/toolchain");
    }
    there.then_some("chromium")
}

/// Opens `page` with `#hash` and gives what the page has become, and what it said on the console.
fn open(browser: &str, page: &Path, hash: &str) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]);
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.args(["--enable-logging=stderr", "--dump-dom"]).arg(format!("file://{}{hash}", page.display()));
    let Ran { out, err, .. } = support::run(&mut command);
    assert!(out.contains("</html>"), "the browser failed: {err}");
    (out, err.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect())
}

/// How many findings the list shows.
fn rows(dom: &str) -> usize {
    dom.matches("<details class=\"finding\"").count()
}

#[test]
fn the_page_works_in_a_browser() {
    let Some(browser) = browser() else { return };
    let project = project();
    project.run(&["scan", "p", "--html", "page.html"]).check(1, &[]);
    let page = project.around().join("page.html");
    let json = json(&project);
    let findings = json["findings"].as_array().unwrap();

    let (dom, console) = open(browser, &page, "");
    assert_eq!(console, [""; 0], "no errors, no alerts, nothing refused");
    assert_eq!(rows(&dom), findings.len());
    assert!(
        dom.contains("&lt;img src=x onerror=alert(1)&gt;.cu") && !dom.contains("<img"),
        "names stay text"
    );
    assert!(!dom.contains("class=\"body\""), "nothing is built before somebody looks at it");

    let (dom, console) = open(browser, &page, "#rule=inline-ptx");
    assert_eq!((rows(&dom), console), (2, Vec::new()));
    let (dom, _) = open(browser, &page, "#level=review");
    assert_eq!(rows(&dom), findings.iter().filter(|one| one["level"] == "review").count());
    let (dom, _) = open(browser, &page, "#text=EXIT&level=manual");
    assert_eq!(rows(&dom), 1);

    let guard = findings.iter().find(|one| one["rule"] == "nvcc-guard").unwrap();
    let (dom, console) = open(browser, &page, &format!("#key={}", guard["key"].as_str().unwrap()));
    assert_eq!(console, [""; 0]);
    let word = |tag: &str, word: &str| format!("<{tag}>{word}</{tag}>");
    assert!(dom.contains(&word("del", "__NVCC__")) && dom.contains(&word("ins", "__HIPCC__")), "{dom}");
}

#[test]
fn the_browser_test_can_fail() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    fs::write(
        &page,
        "<html><img src=x onerror='console.error(1)'><script>throw Error('planted')</script></html>",
    )
    .unwrap();
    assert_eq!(open(browser, &page, "").1.len(), 2);
}

#[test]
fn five_thousand_findings_are_shown_at_once() {
    let Some(browser) = browser() else { return };
    let mut code = String::from("__global__ void k() {\n");
    for at in 0..5000 {
        writeln!(code, "  asm volatile(\"bar.sync {at};\");").unwrap();
    }
    code.push_str("}\n");
    let project = Project::of(&[("k.cu", code.as_bytes())]);
    project.run(&["scan", "p", "--html", "page.html"]).check(1, &[]);
    let page = project.around().join("page.html");
    let begin = Instant::now();
    let (dom, console) = open(browser, &page, "#level=manual");
    assert_eq!(console, [""; 0]);
    assert!(dom.contains("5,000 of 5,000 findings"), "all are counted");
    assert!((100..=300).contains(&rows(&dom)), "{} rows are built, not 5,000", rows(&dom));
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}
