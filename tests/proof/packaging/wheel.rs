//! Installs the wheel into a clean virtual environment, and runs the command of the GitHub action.

use std::fs;
use std::process::Command;

use crate::installed;
use crate::support::{self, AXPY, AXPY_HIP, Project, root, run};

/// The wheel contains a program of the dev profile. A release build would take minutes and prove nothing more.
#[test]
fn the_wheel_installs_and_runs_without_rust() {
    let Some(maturin) = installed::tool("maturin") else { return };
    let scratch = Project::new();
    let manifest = root().join("Cargo.toml");
    let mut build = Command::new(maturin);
    build.args(["build", "--profile", "dev", "--locked", "--compatibility", "linux", "--out"]);
    run(build.arg(scratch.path("wheel")).arg("--manifest-path").arg(manifest)).check(0, &[]);
    let wheels = support::files(&scratch.path("wheel"));
    assert_eq!(wheels.len(), 1, "{wheels:?}");
    assert!(wheels[0].starts_with("tranship-") && wheels[0].contains("-py3-none-"), "{wheels:?}");
    run(Command::new("python3").args(["-m", "venv"]).arg(scratch.path("venv"))).check(0, &[]);
    let mut install = Command::new(scratch.path("venv/bin/pip"));
    install.args(["install", "--quiet", "--no-index", "--disable-pip-version-check"]);
    run(install.arg(scratch.path("wheel").join(&wheels[0]))).check(0, &[]);
    let mut program = Command::new(scratch.path("venv/bin/tranship"));
    let ran = run(program.arg("--version").env_clear());
    ran.check(0, &[]);
    assert_eq!(ran.out.trim(), concat!("tranship ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_action_gives_the_result_of_the_program() {
    let Some(python) = installed::tool("python3") else { return };
    let action = root().join("action.yml");
    // The YAML reader is a dependency of pre-commit.
    let script = "import sys, yaml\nsteps = yaml.safe_load(open(sys.argv[1]))['runs']['steps']\n\
                  print([step['run'] for step in steps if step['name'] == sys.argv[2]][0])";
    let step = |name: &str| {
        let ran = run(Command::new(&python).args(["-c", script]).arg(&action).arg(name));
        ran.check(0, &[]);
        ran.out
    };
    let (check, report) = (step("Check"), step("Report"));
    let project = Project::of(&[("a b/x.hip", AXPY_HIP.as_bytes())]);
    let action = |command: &str, arguments: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", command]).current_dir(project.path(""));
        bash.env("PATH", project.path_with_program());
        run(bash.env("TRANSHIP_PATH", "a b").env("TRANSHIP_ARGUMENTS", arguments))
    };
    action(&check, "").check(0, &[]);
    fs::write(project.path("a b/y.cu"), AXPY).unwrap();
    let ran = action(&check, "");
    ran.check(1, &["1 would change"]);
    assert!(ran.out.starts_with("::error file=a b/y.cu"), "an annotation: {}", ran.out);
    action(&check, "--exclude y.cu --exit-zero").check(0, &[]);
    action(&report, "").check(0, &[]);
    let sarif = fs::read_to_string(project.path("tranship.sarif")).unwrap();
    assert!(sarif.contains("would-change"), "{sarif}");
}
