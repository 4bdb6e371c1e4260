//! Compiles every fixture, first as CUDA, then converted, with real compilers and the headers of real ROCm releases.
//!
//! `docs/TESTING.md` says how a fixture declares what it cannot be compiled with. Nothing is linked or run.
//! `TRANSHIP_FIXTURE=text,text` takes only the fixtures whose path contains a text, `TRANSHIP_TARGET=name` one target.

#[path = "compile/expectation.rs"]
mod expectation;
#[path = "support/installed.rs"]
mod installed;
#[path = "compile/report.rs"]
mod report;
#[path = "compile/run.rs"]
mod run;
#[path = "compile/toolchain.rs"]
mod toolchain;
#[path = "compile/units.rs"]
mod units;

use expectation::{Outcome, TARGETS, judge};
use report::Report;
use run::Call;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use toolchain::{Pass, Target};
use units::Unit;

#[test]
fn every_fixture_compiles_before_and_after() {
    let scratch = scratch("all");
    let Some(targets) = targets(&scratch) else {
        return;
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut units = units::units(&fixtures).expect("every fixture says what it compiles with");
    if let Ok(part) = std::env::var("TRANSHIP_FIXTURE") {
        units.retain(|unit| part.split(',').any(|part| unit.path.to_string_lossy().contains(part)));
    }
    let only = std::env::var("TRANSHIP_TARGET").ok();
    let targets = targets
        .into_iter()
        .filter(|target| only.as_ref().is_none_or(|name| name == target.name))
        .collect::<Vec<_>>();
    assert!(!units.is_empty() && !targets.is_empty(), "nothing is selected");

    let report = compile(&targets, &units, &fixtures, &scratch);
    let table = report.table();
    fs::write(scratch.join("report.txt"), &table).expect("the scratch folder is writable");
    // On CI the log is all there is; elsewhere the totals are enough.
    say(&if on_ci() { table } else { report.totals() });
    let wrong = report.wrong();
    assert!(wrong.is_empty(), "{wrong}\nthe whole table: {}", scratch.join("report.txt").display());
}

#[test]
fn headers_listed_as_absent_are_absent() {
    let Some(targets) = targets(&scratch("absent")) else {
        return;
    };
    for target in targets {
        for header in target.absent() {
            let found = target.roots.iter().map(|root| root.join(header)).find(|path| path.exists());
            assert_eq!(found, None, "{header} is there for {}: take it off the list", target.name);
        }
    }
}

/// The device pass must see what `-fsyntax-only` lets through; otherwise the harness proves nothing.
#[test]
fn planted_defects_fail_the_device_pass() {
    let leftover_ptx = r#"__global__ void k() { asm("bar.sync 0;"); }"#;
    let wrong_builtin = "__global__ void k(int *r, int a, int b) {
        *r = __builtin_amdgcn_sudot4(true, a, true, b, 0, false); }";
    let sound = "__global__ void k(int *r) { *r = __shfl_down(*r, 1); }";
    let errors = device_errors("hip-7.1", "gfx90a", &[sound, leftover_ptx, wrong_builtin]);
    let Some([sound, ptx, builtin]) = errors.as_deref() else {
        return;
    };
    assert_eq!(*sound, None);
    assert!(ptx.as_ref().is_some_and(|errors| errors.contains("invalid instruction")), "{ptx:?}");
    assert!(builtin.as_ref().is_some_and(|errors| errors.contains("needs target feature")), "{builtin:?}");

    let errors = device_errors("hip-5.2", "gfx90a", &["__global__ void k() {}", leftover_ptx]);
    let Some([sound, ptx]) = errors.as_deref() else {
        return;
    };
    assert_eq!(*sound, None);
    assert!(ptx.as_ref().is_some_and(|errors| errors.contains("invalid instruction")), "{ptx:?}");
}

/// The host pass must not find the runtime header by way of the precompiled one.
#[test]
fn a_forgotten_runtime_header_fails_the_host_pass() {
    let scratch = scratch("host");
    let Some(targets) = targets(&scratch) else {
        return;
    };
    let file = scratch.join("forgotten.hip");
    fs::write(&file, "int main() { return hipDeviceSynchronize(); }\n")
        .expect("the scratch folder is writable");
    for target in targets.iter().filter(|target| target.rocm.is_some()) {
        let errors = run::run(&mut target.command(&Pass::Host, &file, &[])).unwrap_or_default();
        assert!(errors.contains("hipDeviceSynchronize"), "{}: {errors}", target.name);
    }
}

/// Compiles each source, after an include of the runtime, for one architecture; `None` when the compilers are missing.
fn device_errors(target: &str, arch: &'static str, sources: &[&str]) -> Option<Vec<Option<String>>> {
    let scratch = scratch(&format!("planted-{target}"));
    let targets = targets(&scratch)?;
    let target = targets.iter().find(|known| known.name == target).expect("a known target");
    precompile(std::slice::from_ref(target));
    let compile = |(at, source): (usize, &&str)| {
        let file = scratch.join(format!("{at}.hip"));
        fs::write(&file, format!("#include <hip/hip_runtime.h>\n{source}\n"))
            .expect("the scratch folder is writable");
        run::run(&mut target.command(&Pass::Device(arch), &file, &[]))
    };
    Some(sources.iter().enumerate().map(compile).collect())
}

/// Converts once for each release, then runs every pass of every unit, all cores at once.
fn compile(targets: &[Target], units: &[Unit], fixtures: &Path, scratch: &Path) -> Report {
    let cache = scratch.with_file_name("cache");
    fs::create_dir_all(&cache).expect("the scratch folder is writable");
    let mut calls = Vec::new();
    let mut keys = Vec::new();
    for (column, target) in targets.iter().enumerate() {
        let root = match &target.rocm {
            None => fixtures.to_owned(),
            Some(rocm) => convert(fixtures, rocm, &scratch.join(target.name)),
        };
        for (row, unit) in units.iter().enumerate() {
            let path = if target.rocm.is_some() { unit.converted() } else { unit.path.clone() };
            for pass in target.passes(unit.is_host_cpp()) {
                let flags = if target.rocm.is_some() { unit.hip_flags(&root) } else { unit.flags(&root) };
                let command = target.command(&pass, &root.join(&path), &flags);
                let mut inputs = unit.inputs(&root);
                inputs.push(target.stamp.clone());
                let kept = (!on_ci()).then(|| run::key(&cache, &command, &inputs));
                calls.push(Call { command, kept });
                keys.push((row, column, pass));
            }
        }
    }
    if calls.iter().any(|call| call.kept.as_ref().is_none_or(|kept| !kept.exists())) {
        precompile(targets);
    }
    let mut errors = vec![vec![None; targets.len()]; units.len()];
    for ((row, column, pass), found) in keys.into_iter().zip(run::run_all(calls)) {
        if let Some(found) = found {
            let short = found.replace(&format!("{}/", scratch.display()), "");
            errors[row][column].get_or_insert(format!("{pass:?}: {short}"));
        }
    }
    let judge_row = |(unit, errors): (&Unit, &Vec<Option<String>>)| {
        let outcome = |(target, errors): (&Target, &Option<String>)| {
            judge(unit.expectation.reason(target.name), errors.as_deref(), target.absent())
        };
        let outcomes = targets.iter().zip(errors).map(outcome).collect::<Vec<Outcome>>();
        (unit.path.clone(), outcomes)
    };
    Report {
        targets: TARGETS
            .into_iter()
            .filter(|name| targets.iter().any(|target| target.name == *name))
            .collect(),
        rows: units.iter().zip(&errors).map(judge_row).collect(),
    }
}

fn precompile(targets: &[Target]) {
    let calls = targets.iter().flat_map(Target::precompile).map(Call::from);
    let failed = run::run_all(calls.collect()).into_iter().flatten().collect::<Vec<_>>();
    assert!(failed.is_empty(), "the runtime header does not compile: {failed:#?}");
}

/// Converts the fixtures with the built program and gives the folder with the result.
fn convert(fixtures: &Path, rocm: &str, out: &Path) -> PathBuf {
    let mut call = Command::new(env!("CARGO_BIN_EXE_tranship"));
    call.args(["convert", "--exit-zero", "--rocm", rocm, "--out"]).arg(out).arg(fixtures);
    let output = call.output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && out.is_dir(), "converting for {rocm} failed:\n{errors}");
    out.to_owned()
}

/// The targets, or `None` after saying what is missing. On CI a missing compiler is a failure.
fn targets(scratch: &Path) -> Option<Vec<Target>> {
    match toolchain::root() {
        Ok(root) => Some(toolchain::targets(&root, scratch)),
        Err(missing) => {
            assert!(!on_ci(), "{missing}: run .ci/toolchain");
            say(&format!("skipped: needs the compilers and headers of .ci/toolchain ({missing})\n"));
            None
        }
    }
}

fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// An empty folder for one test.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the scratch folder is writable");
    }
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    folder
}

/// Writes past the test runner's capture, so that a passing run still shows its totals.
fn say(text: &str) {
    // A closed standard error is no reason to fail.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
