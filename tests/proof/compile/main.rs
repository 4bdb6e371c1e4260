//! Compiles every fixture as CUDA and converted, with real compilers and the headers of real ROCm releases.
//!
//! `docs/TESTING.md` documents the `compile:` line of a fixture. Nothing is linked or run. `TRANSHIP_FIXTURE=text,text` selects
//! the fixtures with one of the texts in their path, `TRANSHIP_TARGET=name` selects one target.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod advise;
mod architecture;
mod contracts;
mod expectation;
mod groups;
mod headers;
mod host;
mod inputs;
#[path = "../../support/installed.rs"]
mod installed;
mod portable;
mod report;
mod reverse;
mod roc;
mod run;
#[path = "../../support/mod.rs"]
mod support;
mod toolchain;
mod units;
mod verify;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use architecture::Dependence;
use expectation::{Outcome, TARGETS, judge};
use inputs::Inputs;
use installed::{on_ci, say};
use report::Report;
use run::Call;
use support::{PROGRAM, root};
use toolchain::{Lacking, Pass, SUPPORT, Target};
use units::Unit;

#[test]
fn every_fixture_compiles_before_and_after() {
    let scratch = scratch("all");
    let Some(targets) = targets(&scratch) else {
        return;
    };
    let fixtures = root().join("fixtures");
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

    let report = compile(targets, &units, &fixtures, &scratch);
    let table = report.table();
    fs::write(scratch.join("report.txt"), &table).expect("the scratch folder is writable");
    // On CI only the log is kept, so it has the whole table. Elsewhere the totals are enough.
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

#[test]
fn headers_listed_as_lacking_an_architecture_lack_it() {
    let scratch = scratch("lacking");
    let Some(targets) = targets(&scratch) else {
        return;
    };
    for target in targets {
        for lacking in target.lacking() {
            let file = scratch.join("lacking.hip");
            fs::write(&file, format!("#include <{}>\n", lacking.header))
                .expect("the scratch folder is writable");
            let pass = Pass::Device(lacking.arch);
            let errors = run::run(&mut target.command(&pass, &file, &[])).unwrap_or_default();
            assert!(errors.contains(lacking.error), "{lacking:?}: take it off the list\n{errors}");
        }
    }
}

/// The device pass must find defects that `-fsyntax-only` accepts. Otherwise the tier proves nothing.
#[test]
fn planted_defects_fail_the_device_pass() {
    let leftover_ptx = r#"__global__ void k() { asm("bar.sync 0;"); }"#;
    let wrong_builtin = "__global__ void k(int *r, int a, int b) {
        *r = __builtin_amdgcn_sudot4(true, a, true, b, 0, false); }";
    let host_function = "void f(int *p) { cudaFree(p); }";
    let sound_source = "__global__ void k(int *r) { *r = __shfl_down(*r, 1); }";
    let sources = [sound_source, leftover_ptx, wrong_builtin, host_function];
    let errors = device_errors("hip-7.1", "gfx90a", &sources);
    let Some([sound, ptx, builtin, host]) = errors.as_deref() else {
        return;
    };
    assert!(host.as_ref().is_some_and(|errors| errors.contains("cudaFree")), "{host:?}");
    assert_eq!(*sound, None);
    assert!(ptx.as_ref().is_some_and(|errors| errors.contains("invalid instruction")), "{ptx:?}");
    assert!(builtin.as_ref().is_some_and(|errors| errors.contains("needs target feature")), "{builtin:?}");

    for arch in ["gfx950", "gfx1250"] {
        let errors = device_errors("clang-22", arch, &[sound_source, leftover_ptx, wrong_builtin]);
        let Some([sound, ptx, builtin]) = errors.as_deref() else {
            return;
        };
        assert_eq!(*sound, None);
        assert!(ptx.as_ref().is_some_and(|errors| errors.contains("invalid instruction")), "{ptx:?}");
        // gfx1250 has the builtin, gfx950 does not.
        let expected = builtin.as_ref().is_some_and(|errors| errors.contains("needs target feature"));
        assert_eq!(expected, arch == "gfx950", "{builtin:?}");
    }

    let errors = device_errors("hip-5.2", "gfx90a", &["__global__ void k() {}", leftover_ptx]);
    let Some([sound, ptx]) = errors.as_deref() else {
        return;
    };
    assert_eq!(*sound, None);
    assert!(ptx.as_ref().is_some_and(|errors| errors.contains("invalid instruction")), "{ptx:?}");
}

/// The host pass must not get the runtime header from the precompiled header.
#[test]
fn a_forgotten_runtime_header_fails_the_host_pass() {
    let scratch = scratch("host");
    let Some(targets) = targets(&scratch) else {
        return;
    };
    let file = scratch.join("forgotten.hip");
    fs::write(&file, "int main() { return hipDeviceSynchronize(); }\n")
        .expect("the scratch folder is writable");
    for target in targets.iter().filter(|target| target.rocm.is_some() && !target.only_touching) {
        let errors = run::run(&mut target.command(&Pass::Host, &file, &[])).unwrap_or_default();
        assert!(errors.contains("hipDeviceSynchronize"), "{}: {errors}", target.name);
    }
}

/// Compiles each source, after an include of the runtime, for one architecture; `None` when the compilers are missing.
fn device_errors(target: &str, arch: &'static str, sources: &[&str]) -> Option<Vec<Option<String>>> {
    let scratch = scratch(&format!("planted-{target}-{arch}"));
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

/// A pass over a unit for a target, as row and column of the table.
struct Cell {
    row: usize,
    column: usize,
    pass: Pass,
    /// The index of the call with its result.
    call: usize,
}

/// The results of the passes over a unit for a target.
#[derive(Clone, Debug, Default)]
struct Results {
    compiled: bool,
    /// The first errors that are not known gaps of a header.
    errors: Option<String>,
    /// The reason why errors of other passes do not count.
    lacks: Option<&'static str>,
}

/// The calls for the table. Equal calls are made once.
struct Plan<'a> {
    cache: &'a Path,
    calls: Vec<Call>,
    known: BTreeMap<u64, usize>,
    cells: Vec<Cell>,
    /// The texts of the units that are compiled: row, release, lanes of a wave, and the hash of the text.
    compiled: BTreeSet<(usize, Option<String>, u32, u64)>,
}

impl Plan<'_> {
    /// Adds the passes of every unit for one target; the units of `trees` are converted for one architecture each.
    fn add(&mut self, column: usize, target: &Target, units: &[Unit], trees: &[(&'static str, PathBuf)]) {
        for (row, unit) in units.iter().enumerate() {
            let texts: Vec<Inputs> = trees.iter().map(|(_, root)| inputs(target, unit, root)).collect();
            let dependence = architecture::dependence(&texts[0]);
            let is_complete = every_architecture() || unit.path.starts_with("ptx");
            for (at, ((arch, root), inputs)) in trees.iter().zip(&texts).enumerate() {
                let lanes = if dependence == Dependence::Text { 0 } else { architecture::lanes(arch) };
                // Both targets have the libraries of one release, and HIP 5.2 is older than the runtime of both.
                let is_alike =
                    dependence == Dependence::Text && ["hip-7.1", "hip-debian"].contains(&target.name);
                let release = target.rocm.clone().filter(|_| !is_alike);
                let is_new = self.compiled.insert((row, release, lanes, inputs.hash_without(SUPPORT)));
                let is_represented = target.name == "hip-debian" && is_alike;
                let is_first = at == 0 && !target.only_touching && !is_represented;
                let is_wanted = is_complete || dependence == Dependence::Features || is_new;
                if !is_first && (unit.is_host_cpp() || !is_wanted) {
                    continue;
                }
                let mut passes = target.passes(arch, unit.is_host_cpp());
                passes.retain(|pass| *pass != Pass::Host || needs_host_pass(target, inputs, &texts[0]));
                for pass in passes {
                    self.add_pass((row, column), target, unit, root, inputs, pass);
                }
            }
        }
    }

    fn add_pass(
        &mut self,
        (row, column): (usize, usize),
        target: &Target,
        unit: &Unit,
        root: &Path,
        inputs: &Inputs,
        pass: Pass,
    ) {
        let flags = if target.rocm.is_some() { unit.hip_flags(root) } else { unit.flags(root) };
        let command = target.command(&pass, &root.join(path(target, unit)), &flags);
        let key = run::key(&command, root, inputs, &target.stamp);
        let call = match self.known.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let kept = (!on_ci()).then(|| self.cache.join(format!("{key:016x}")));
                self.calls.push(Call { command, kept });
                *new.insert(self.calls.len() - 1)
            }
        };
        self.cells.push(Cell { row, column, pass, call });
    }
}

/// Whether a unit with `inputs` needs a host pass beside its device pass. Every unit has one for the newest release, for each
/// text that differs beyond the support header, which is precompiled for the host too.
fn needs_host_pass(target: &Target, inputs: &Inputs, first: &Inputs) -> bool {
    let is_repeated = inputs != first && inputs.without(SUPPORT).eq(first.without(SUPPORT));
    !is_repeated && (target.name == "hip-7.1" || architecture::tells_sides_apart(inputs))
}

/// The path of a unit in the tree of a target.
fn path(target: &Target, unit: &Unit) -> PathBuf {
    if target.rocm.is_some() { unit.converted() } else { unit.path.clone() }
}

fn inputs(target: &Target, unit: &Unit, root: &Path) -> Inputs {
    Inputs::read(&root.join(path(target, unit)), &unit.include(root), &unit.area(root))
}

/// Whether every unit is compiled for every architecture, to check the list in `architecture.rs`.
fn every_architecture() -> bool {
    std::env::var("TRANSHIP_ARCH").is_ok_and(|value| value == "all")
}

/// Converts once for each release and architecture, then runs every different pass, all cores at once.
fn compile(mut targets: Vec<Target>, units: &[Unit], fixtures: &Path, scratch: &Path) -> Report {
    let cache = scratch.with_file_name("cache");
    fs::create_dir_all(&cache).expect("the scratch folder is writable");
    let mut plan = Plan {
        cache: &cache,
        calls: Vec::new(),
        known: BTreeMap::new(),
        cells: Vec::new(),
        compiled: BTreeSet::new(),
    };
    for (column, target) in targets.iter_mut().enumerate() {
        let tree = |arch: &&'static str| {
            let root = match &target.rocm {
                None => fixtures.to_owned(),
                Some(rocm) => convert(fixtures, rocm, arch, &scratch.join(target.name).join(arch)),
            };
            (*arch, root)
        };
        let trees: Vec<_> = target.archs.iter().map(tree).collect();
        for (arch, root) in &trees {
            target.add_support(arch, root);
        }
        plan.add(column, target, units, &trees);
    }
    if plan.calls.iter().any(|call| call.kept.as_ref().is_none_or(|kept| !kept.exists())) {
        precompile(&targets);
    }
    let passes = (plan.cells.len(), plan.calls.len());
    let results = run::run_all(plan.calls);
    let mut outcomes = vec![vec![Results::default(); targets.len()]; units.len()];
    for Cell { row, column, pass, call } in plan.cells {
        let cell = &mut outcomes[row][column];
        cell.compiled = true;
        let Some(errors) = &results[call] else { continue };
        let errors = format!("{pass:?}: {}", errors.replace(&format!("{}/", scratch.display()), ""));
        match lacks(&targets[column], &pass, &errors) {
            Some(reason) => cell.lacks = Some(reason),
            None => _ = cell.errors.get_or_insert(errors),
        }
    }
    let judge_row = |(unit, cells): (&Unit, &Vec<Results>)| {
        let outcome = |(target, cell): (&Target, &Results)| {
            let claim = unit.expectation.reason(target.name);
            match (cell.compiled, cell.lacks, &cell.errors) {
                (false, _, _) => Outcome::Spared,
                (true, Some(reason), None) => Outcome::NotCompiled(reason.to_owned()),
                (true, _, errors) => judge(claim, errors.as_deref(), target.absent()),
            }
        };
        (unit.path.clone(), targets.iter().zip(cells).map(outcome).collect())
    };
    Report {
        targets: TARGETS
            .into_iter()
            .filter(|name| targets.iter().any(|target| target.name == *name))
            .collect(),
        rows: units.iter().zip(&outcomes).map(judge_row).collect(),
        passes,
    }
}

/// The reason why the errors of a pass do not count, if an installed header lacks the architecture.
fn lacks(target: &Target, pass: &Pass, errors: &str) -> Option<&'static str> {
    let first = errors.lines().next()?;
    let is_cause = |lacking: &&Lacking| *pass == Pass::Device(lacking.arch) && first.contains(lacking.error);
    target.lacking().iter().find(is_cause).map(|lacking| lacking.reason)
}

fn precompile(targets: &[Target]) {
    let calls = targets.iter().flat_map(Target::precompile).map(Call::from);
    let failed = run::run_all(calls.collect()).into_iter().flatten().collect::<Vec<_>>();
    assert!(failed.is_empty(), "the runtime header does not compile: {failed:#?}");
}

/// Converts the fixtures with the built program, and returns the output folder.
fn convert(fixtures: &Path, rocm: &str, arch: &str, out: &Path) -> PathBuf {
    fs::create_dir_all(out.parent().expect("it lies in the scratch folder"))
        .expect("the scratch folder is writable");
    let mut call = Command::new(PROGRAM);
    call.args(["convert", "--exit-zero", "--rocm", rocm, "--arch", arch, "--out"]).arg(out).arg(fixtures);
    let output = call.output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && out.is_dir(), "converting for {rocm} and {arch} failed:\n{errors}");
    out.to_owned()
}

/// The targets, or `None` after reporting what is missing.
fn targets(scratch: &Path) -> Option<Vec<Target>> {
    match toolchain::root() {
        Ok(root) => Some(toolchain::targets(&root, scratch)),
        Err(missing) => {
            installed::missing(&missing);
            None
        }
    }
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
