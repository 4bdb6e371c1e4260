//! The page of `tranship advise`, and the section about efficiency on the page of a scan, in a real browser. A script stands in for
//! the compiler, so that the figures are known.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::browser::Browser;
use crate::support::{Project, run};

/// Two kernels of which one spills, and a launch with a part of a wave. The name of the file has markup.
const KERNELS: &str = "__global__ void good(int *p) {}\n__global__ void bad(int *p) {}\n\
                       void run(int *p, int n) { good<<<n, 96>>>(p); bad<<<n, 256>>>(p); }\n";
const FILE: &str = "<img src=x onerror=alert(1)>.cu";

/// Prints 24 registers and all waves for `good`, and 128 registers, scratch memory and 4 waves for `bad`.
const COMPILER: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && out=$2
  unit=$1
  shift
done
{
  printf '_Z3badPi:\n\t.loc\t1 2 1 ; %s:2:1\n\tscratch_load_dword v1, off, s0\n' "$unit"
  printf '    .max_flat_workgroup_size: 1024\n    .symbol: _Z4goodPi.kd\n'
  printf '    .max_flat_workgroup_size: 1024\n    .symbol: _Z3badPi.kd\n'
} > "$out"
figures() {
  for line in "Function Name: $2" "VGPRs: $3" "AGPRs: 0" "ScratchSize [bytes/lane]: $4" "Occupancy [waves/SIMD]: $5" \
    "VGPRs Spill: $6" "LDS Size [bytes/block]: 0"; do
    echo "$unit:$1:1: remark: $line [-Rpass-analysis=kernel-resource-usage]" >&2
  done
}
figures 1 _Z4goodPi 24 0 8 0
figures 2 _Z3badPi 128 400 4 90
"#;

/// A project with the two kernels and the compiler, and the page that `command` writes.
fn page(command: &[&str]) -> (Project, PathBuf) {
    let project = Project::of(&[(FILE, KERNELS.as_bytes()), ("bin/fake", COMPILER.as_bytes())]);
    let compiler = project.path("bin/fake");
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
    let page = project.around().join("page.html");
    let mut command = project.command(command);
    command.arg("--compiler").arg(&compiler).args(["--arch", "gfx942,gfx1250", "--exit-zero"]);
    command.args(["--output-format", "html", "--output-file"]).arg(&page).current_dir(project.path(""));
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    (project, page)
}

/// The texts of all elements that `selector` finds.
fn texts(browser: &mut Browser, selector: &str) -> Vec<String> {
    let found =
        browser.eval(&format!("[...document.querySelectorAll({selector:?})].map(one => one.textContent)"));
    found.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Checks that nothing runs, nothing is loaded, and nothing is wider than the window, in both colours and on a small screen.
fn is_sound(browser: &mut Browser, name: &str) {
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light")] {
        browser.set_window(width, 900, scheme);
        let wide = browser.eval("document.documentElement.scrollWidth <= innerWidth + 1");
        assert_eq!(wide, Value::Bool(true), "{name} at {width}");
        browser.screenshot(&format!("{name}-{width}-{scheme}"));
    }
    assert_eq!(browser.eval("document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.messages, [""; 0]);
}

#[test]
fn the_page_of_advise_has_the_kernels_and_their_advice() {
    let Some(mut browser) = Browser::start() else { return };
    let (_project, page) = page(&["advise", "."]);
    browser.open(&page, "");
    let kernels = texts(&mut browser, ".kernels td:first-child code");
    assert_eq!(kernels, ["bad", "good"], "the kernel with scratch memory is first");
    let scratch = texts(&mut browser, ".kernels td.bad");
    assert_eq!(scratch, ["400", "400"]);
    let rules = texts(&mut browser, ".finding code:first-of-type");
    assert!(
        rules.contains(&"kernel-scratch".to_owned()) && rules.contains(&"partial-wave".to_owned()),
        "{rules:?}"
    );
    let points = texts(&mut browser, ".pictures circle title");
    let expected = ["good: 24 registers, 8 waves", "bad: 128 registers, 4 waves"];
    assert_eq!(points, [expected, expected].concat());
    let changes = texts(&mut browser, ".changes li");
    assert_eq!(changes.len(), 1);
    for part in ["64 to 320 KiB", "64 to 32 lanes", "MFMA to WMMA"] {
        assert!(changes[0].contains(part), "{changes:?}");
    }
    is_sound(&mut browser, "advise");
}

#[test]
fn the_page_of_a_scan_has_a_section_about_efficiency() {
    let Some(mut browser) = Browser::start() else { return };
    let (project, page) = page(&["scan", ".", "--efficiency"]);
    browser.open(&page, "");
    let text = texts(&mut browser, ".efficiency p").concat();
    assert!(
        text.contains("On gfx942, 1 of 2 kernels have scratch memory, and 1 have at most half"),
        "{text}"
    );
    let counts = texts(
        &mut browser,
        "[data-figure='advice.kernel-scratch.count'], [data-figure='advice.partial-wave.files']",
    );
    assert_eq!(counts, ["1", "1"]);
    browser.click("details.fold summary");
    is_sound(&mut browser, "scan-efficiency");
    let mut command = project.command(&[
        "scan",
        ".",
        "--efficiency",
        "--no-compiler",
        "--output-format",
        "json",
        "--exit-zero",
    ]);
    let ran = run(command.current_dir(project.path("")));
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let advice = &json["readiness"]["efficiency"]["advice"];
    assert_eq!(advice[0]["rule"], "partial-wave", "{advice}");
}
