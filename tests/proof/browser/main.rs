//! The page of `tranship scan` in a real browser, used with mouse and keyboard.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod advise;
mod browser;
#[path = "../../support/installed.rs"]
mod installed;
mod merged;
#[path = "../../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use browser::Browser;
use serde_json::{Value, json};
use support::page::{figures, findings, page, projects, shown};
use support::{Project, of_every_level};

/// `text` without the characters that the page adds around it.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(['.', ':'])
}

/// Every text in `json`, split at backticks.
fn texts<'a>(json: &'a Value, out: &mut BTreeSet<&'a str>) {
    match json {
        Value::String(text) => out.extend(text.split('`').map(bare)),
        Value::Array(all) => all.iter().for_each(|one| texts(one, out)),
        Value::Object(all) => all.values().for_each(|one| texts(one, out)),
        _ => {}
    }
}

#[test]
fn every_number_on_the_page_is_a_counted_figure() {
    let Some(mut browser) = Browser::start() else { return };
    for project in projects() {
        let (page, json) = page(&project);
        let mut known = BTreeSet::new();
        texts(&json, &mut known);
        browser.open(&page, "");
        let numbers = browser.eval(
            "(() => { const found = []; \
             const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT); \
             while (walk.nextNode()) { const node = walk.currentNode; \
               if (/\\d/.test(node.data) && !node.parentElement.closest('[data-figure], #findings')) \
                 found.push(node.data); } return found; })()",
        );
        for text in numbers.as_array().unwrap().iter().map(|text| text.as_str().unwrap()) {
            assert!(known.contains(bare(text)), "`{text}` is a number without `data-figure`");
        }
        // The sizes in charts, in hundredths of a per cent, rounded as on the page.
        let bars = browser.eval(
            "[...document.querySelectorAll('.bar')].map(bar => [bar.getAttribute('aria-label'), \
             ...[...bar.querySelectorAll('rect')].map(part => part.getAttribute('width'))])",
        );
        let rings = browser.eval(
            "[...document.querySelectorAll('.ring')].map(ring => [...ring.querySelectorAll('[stroke-dasharray]')] \
             .map(part => part.getAttribute('stroke-dasharray').split(' ')[0]))",
        );
        let figures = figures(&json);
        let of = |name: &str, part: &str| figures[&format!("{name}.{part}")];
        let parts = ["safe", "review", "manual"];
        let widths = |name: &str| {
            let exact = |part| f64::from(u32::try_from(of(name, part)).unwrap());
            let width = |part| exact(part) * 100.0 / exact("total").max(1.0);
            parts.map(|part| format!("{:.3}", width(part)))
        };
        let libraries = json["readiness"]["libraries"].as_array().unwrap().iter();
        let libraries = libraries.map(|library| format!("library.{}", library["library"].as_str().unwrap()));
        let expected: Vec<Value> = libraries
            .map(|name| {
                let [safe, review, manual] = parts.map(|part| of(&name, part));
                let label = format!("{safe} by itself, {review} to check, {manual} by hand");
                let [safe, review, manual] = widths(&name);
                json!([label, safe, review, manual])
            })
            .collect();
        assert_eq!(bars, json!(expected));
        assert_eq!(rings, json!(["files", "lines", "uses"].map(widths)));
        let target = &json["target"];
        let lead = format!(
            "CUDA to ROCm {} on {}",
            target["rocm"].as_str().unwrap(),
            target["archs"][0].as_str().unwrap()
        );
        assert_eq!(browser.eval("document.querySelector('.lead').textContent"), lead.as_str());
    }
}

/// The number of findings in the list.
fn rows(browser: &mut Browser) -> usize {
    browser.eval("document.querySelectorAll('details.finding').length").as_u64().unwrap() as usize
}

/// The value of `finding` for the filter `name`, from the JSON report.
fn value_of(finding: &Value, name: &str) -> String {
    let value = match name {
        "level" if !finding["settled"].is_null() => return "settled".to_owned(),
        "file" => &finding["path"],
        "library" if finding["library"].is_null() => return "(none)".to_owned(),
        name => &finding[name],
    };
    value.as_str().unwrap().to_owned()
}

#[test]
fn every_filter_shows_the_number_of_findings_in_its_label() {
    let Some(mut browser) = Browser::start() else { return };
    let project = of_every_level();
    let (page, json) = page(&project);
    let total = findings(&json).len();
    for name in ["level", "rule", "library", "file"] {
        browser.open(&page, "");
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for finding in findings(&json) {
            *counts.entry(value_of(finding, name)).or_default() += 1;
        }
        browser.eval(&format!("document.getElementById('{name}').focus()"));
        let mut seen = BTreeMap::new();
        for _ in 0..counts.len() {
            browser.press(&["Down"]);
            let of_list = |what: &str| format!("document.getElementById('{name}').{what}");
            let value = browser.eval(&of_list("value"));
            let label = browser.eval(&of_list("selectedOptions[0].text"));
            let count = browser.eval("document.getElementById('count').textContent");
            let value = value.as_str().unwrap().to_owned();
            let shown = rows(&mut browser);
            assert_eq!(label, format!("{value} ({shown})").as_str());
            assert_eq!(count, format!("{shown} of {total} findings").as_str());
            seen.insert(value, shown);
        }
        assert_eq!(seen, counts, "{name}");
        assert_eq!(browser.messages, [""; 0]);
    }
    browser.screenshot("filtered");
}

#[test]
fn the_mouse_can_open_filter_and_clear_the_list() {
    let Some(mut browser) = Browser::start() else { return };
    let project = of_every_level();
    let (page, json) = page(&project);
    let total = findings(&json).len();
    browser.open(&page, "");
    browser.screenshot("top");
    assert_eq!(browser.eval("document.title"), "p: ready for ROCm?");
    assert_eq!(rows(&mut browser), total);
    assert_eq!(
        browser.eval("document.querySelectorAll('.body').length"),
        0,
        "the text of a finding is built when it is opened"
    );
    browser.click("a[href='#rule=inline-ptx']");
    assert_eq!((rows(&mut browser), browser.eval("location.hash")), (2, json!("#rule=inline-ptx")));
    browser.click("button[type=reset]");
    assert_eq!(rows(&mut browser), total);
    browser.click("a[href^='#library=']");
    let library = browser.eval("document.getElementById('library').value");
    let of_library = findings(&json).iter().filter(|one| one["library"] == library).count();
    assert_eq!(rows(&mut browser), of_library);

    browser.click("a[href='#library=curand']");
    let library = browser.eval("document.getElementById('library').selectedOptions[0].text");
    assert_eq!((rows(&mut browser), library), (0, json!("curand (0)")), "it has uses and no findings");

    browser.open(&page, "#rule=nvcc-guard");
    browser.click("details.finding summary");
    let words = |tag: &str| format!("document.querySelector('.diff {tag}').textContent");
    assert_eq!(browser.eval(&words("del")), "__NVCC__");
    assert_eq!(browser.eval(&words("ins")), "__HIPCC__");
    browser.screenshot("diff");
    browser.click(".body a");
    let guard = findings(&json).iter().find(|one| one["rule"] == "nvcc-guard").unwrap();
    let hash = browser.eval("location.hash");
    assert!(hash.as_str().unwrap().contains(guard["key"].as_str().unwrap()), "{hash}");
    let open = "document.querySelector('details[open]').dataset.at";
    let at = findings(&json).iter().position(|one| one == guard).unwrap();
    assert_eq!(browser.eval(open), at.to_string().as_str(), "the link opens its finding");
    browser.open(&page, hash.as_str().unwrap());
    assert_eq!(browser.eval(open), at.to_string().as_str(), "the link also works in a new page");
    browser.click("details[open] summary");
    assert_eq!(browser.eval("document.querySelectorAll('details[open]').length"), 0);
    assert_eq!(browser.messages, [""; 0]);

    browser.set_window(1280, 900, "dark");
    browser.open(&page, "");
    browser.screenshot("dark");
    browser.set_window(390, 844, "light");
    browser.screenshot("narrow");
}

#[test]
fn every_control_can_be_reached_by_keyboard() {
    let Some(mut browser) = Browser::start() else { return };
    let project = of_every_level();
    let (page, json) = page(&project);
    let total = findings(&json).len();
    browser.open(&page, "");
    let can_focus = browser.eval(
        "(() => { const all = [...document.querySelectorAll('a, button, input, select, summary')] \
         .filter(node => node.checkVisibility()); all.forEach((node, at) => node.dataset.stop = at); return all.length; })()",
    );
    let mut reached = BTreeSet::new();
    for _ in 0..can_focus.as_u64().unwrap() {
        browser.press(&["Tab"]);
        reached.insert(browser.eval("document.activeElement.dataset.stop").to_string());
    }
    assert_eq!(reached.len() as u64, can_focus.as_u64().unwrap(), "{reached:?}");

    browser.open(&page, "");
    browser.press(&["/"]);
    browser.write("ARRIVE");
    assert_eq!(browser.eval("document.getElementById('text').value"), "ARRIVE");
    assert_eq!(rows(&mut browser), 1);
    browser.write(" j/k");
    assert_eq!((rows(&mut browser), browser.eval("location.hash")), (0, json!("#text=ARRIVE+j%2Fk")));
    // From the field over four lists to the button.
    browser.press(&["Tab", "Tab", "Tab", "Tab", "Tab", "Enter"]);
    assert_eq!(rows(&mut browser), total);
    let at = "document.activeElement.closest('details')?.dataset.at";
    browser.press(&["j", "j", "j"]);
    assert_eq!(browser.eval(at), "2");
    browser.press(&["k", "Enter"]);
    assert_eq!(browser.eval(at), "1");
    assert_eq!(browser.eval("document.querySelectorAll('details[open] .body').length"), 1);
    browser.press(&["Tab"]);
    assert_eq!(browser.eval("document.activeElement.textContent"), "link to this finding");
    browser.press(&["k"]);
    assert_eq!(browser.eval(at), "0", "also from inside of a finding");
    assert_eq!(browser.messages, [""; 0]);
}

#[test]
fn scripts_in_names_and_comments_do_not_run() {
    let Some(mut browser) = Browser::start() else { return };
    let project = of_every_level();
    let (page, json) = page(&project);
    browser.open(&page, "#text=onerror");
    let hostile = findings(&json).iter().filter(|one| one["path"].as_str().unwrap().contains("onerror"));
    assert_eq!(rows(&mut browser), hostile.count());
    browser.eval("document.querySelectorAll('summary').forEach(node => node.click())");
    assert_eq!(browser.eval("document.querySelectorAll('img').length"), 0);
    let text = browser.eval("document.getElementById('list').textContent");
    let text = text.as_str().unwrap();
    assert!(text.contains("<img src=x onerror=alert(1)>.cu") && text.contains("</script>"), "{text}");
    browser.open(&page, "#file=%3Cimg%20src=x%20onerror=alert(1)%3E&key='\"><script>alert(3)</script>");
    assert_eq!(browser.messages, [""; 0]);
}

#[test]
fn a_page_without_findings_is_complete() {
    let Some(mut browser) = Browser::start() else { return };
    let project = Project::of(&[("a.cpp", b"int main() {}\n")]);
    let (page, json) = page(&project);
    assert_eq!(shown(&fs::read_to_string(&page).unwrap()), figures(&json));
    browser.open(&page, "#rule=gone&key=0");
    browser.press(&["/", "a", "Tab", "j", "k"]);
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "0 of 0 findings");
    browser.screenshot("nothing");
    assert_eq!(browser.messages, [""; 0]);
}

#[test]
fn a_planted_script_is_detected() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let planted = "<html><img src=x onerror='console.error(1)'><script>alert(2); throw Error('planted')</script></html>";
    fs::write(&page, planted).unwrap();
    browser.open(&page, "");
    let messages = browser.messages.join("\n");
    assert!(
        messages.contains("alert") && messages.contains("planted") && browser.messages.len() >= 3,
        "{messages}"
    );
}

#[test]
fn only_the_visible_rows_of_five_thousand_findings_are_built() {
    let Some(mut browser) = Browser::start() else { return };
    let mut code = String::from("__global__ void k() {\n");
    for at in 0..5000 {
        writeln!(code, "  asm volatile(\"bar.arrive {at}, 64;\");").unwrap();
    }
    code.push_str("}\n");
    let project = Project::of(&[("k.cu", code.as_bytes())]);
    let (page, _) = page(&project);
    browser.open(&page, "#level=manual");
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "5,000 of 5,000 findings");
    let built = rows(&mut browser);
    assert!((100..=300).contains(&built), "{built} rows are built, not 5,000");
    browser.press(&["/"]);
    browser.write("arrive 4999");
    assert_eq!(rows(&mut browser), 1);
    browser.press(&["Escape"]);
    browser.eval("(text.value = '', text.dispatchEvent(new Event('input', { bubbles: true })))");
    browser.eval("document.getElementById('findings').scrollIntoView()");
    browser.click("#more");
    let after = rows(&mut browser);
    assert!(after > built, "{after}");
    assert_eq!(browser.messages, [""; 0]);
}
