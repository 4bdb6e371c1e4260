//! The page of `tranship report merge` in a real browser: the ranking, its order, its search, and names with markup.

use std::fs;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::support::{AXPY, Project};

const PTX: &str = "__global__ void k() { asm(\"frobnicate;\"); }\n";
const MARKUP: &str = "<img src=x onerror=alert(1)>";

/// Four reports in one page: all converts, half converts, nothing does, and one repository without CUDA. The name of the second
/// has markup.
fn merged() -> Project {
    let both = format!("{AXPY}{PTX}");
    let project = Project::new();
    for (at, (name, text)) in
        [("ready", AXPY), (MARKUP, &both), ("blocked", PTX), ("other", "int x;\n")].into_iter().enumerate()
    {
        let folder = project.around().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(if name == "other" { "a.cpp" } else { "a.cu" }), text).unwrap();
        let report = format!("{at}.json");
        let scan = ["scan", name, "--exit-zero", "--output-format", "json", "--output-file", &report];
        project.run(&scan).check(0, &[]);
    }
    fs::write(project.around().join("broken.json"), "{").unwrap();
    let reports = ["0.json", "1.json", "2.json", "3.json", "broken.json"];
    let merge = [&["report", "merge"], &reports[..], &["--html", "all.html", "--json", "all.json"]].concat();
    project.run(&merge).check(2, &[]);
    project
}

/// The names in the rows that are shown, from top to bottom.
fn names(browser: &mut Browser) -> Value {
    browser.eval(
        "[...document.querySelectorAll('#ranking tbody tr:not([hidden])')].map(row => row.cells[1].dataset.v)",
    )
}

#[test]
fn the_ranking_is_sorted_and_searched() {
    let Some(mut browser) = Browser::start() else { return };
    let project = merged();
    let json: Value = serde_json::from_slice(&fs::read(project.around().join("all.json")).unwrap()).unwrap();
    browser.open(&project.around().join("all.html"), "");
    let expected: Vec<&Value> =
        json["repositories"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(expected, ["ready", MARKUP, "blocked", "other"]);
    assert_eq!(names(&mut browser), json!(expected));
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "4 of 4");
    let failures = browser.eval("document.querySelector('.failures li').textContent");
    assert!(failures.as_str().unwrap().contains("broken.json"), "{failures}");

    // A click on a title sorts by its column, and a second one sorts the other way round.
    browser.click("#ranking th:nth-child(2) button");
    assert_eq!(names(&mut browser), json!([MARKUP, "blocked", "other", "ready"]));
    browser.click("#ranking th:nth-child(2) button");
    assert_eq!(names(&mut browser), json!(["ready", "other", "blocked", MARKUP]));
    assert_eq!(
        browser.eval("document.querySelector('#ranking th:nth-child(2)').getAttribute('aria-sort')"),
        "descending"
    );
    browser.click("#ranking th:nth-child(3) button");
    assert_eq!(names(&mut browser), json!(["other", "blocked", MARKUP, "ready"]), "numbers sort as numbers");

    browser.click("#text");
    browser.write("lock");
    assert_eq!(names(&mut browser), json!(["blocked"]));
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "1 of 4");
    assert_eq!(browser.eval("document.querySelectorAll('img').length"), 0, "a name is text");
    assert_eq!(browser.messages, [""; 0]);
}

#[test]
fn the_page_of_reports_fits_its_window() {
    let Some(mut browser) = Browser::start() else { return };
    let project = merged();
    browser.open(&project.around().join("all.html"), "");
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light")] {
        browser.set_window(width, 900, scheme);
        let fits = browser.eval("document.documentElement.scrollWidth <= innerWidth + 1");
        assert_eq!(fits, Value::Bool(true), "{width}");
        browser.screenshot(&format!("merged-{width}-{scheme}"));
    }
}
