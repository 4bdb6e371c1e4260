//! Installs the wheel into a clean virtual environment, runs the tests of the Python package there, and runs the command of the
//! GitHub action.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installed;
use crate::support::{self, AXPY, AXPY_HIP, Project, root, run};

/// The wheel contains a program and a module of the dev profile. A release build would take minutes and prove nothing more.
#[test]
fn the_wheel_installs_and_runs_without_rust() {
    let Some(maturin) = installed::tool("maturin") else { return };
    let scratch = Project::new();
    let build = |folder: &str, arguments: &[&str]| {
        let mut build = Command::new(&maturin);
        build.args(["build", "--profile", "dev", "--locked", "--compatibility", "linux"]).args(arguments);
        run(build.arg("--out").arg(scratch.path(folder)).current_dir(root())).check(0, &[]);
        only_file(&scratch.path(folder))
    };
    let extension = build("extension", &["--manifest-path", "translator/python/Cargo.toml"]);
    let program = build("program", &[]);
    let join = |program: &Path| {
        let mut join = Command::new("python3");
        join.arg(root().join(".ci/wheel")).arg(&extension).arg(program).arg(scratch.path("wheel"));
        run(&mut join)
    };
    join(&extension).check(1, &["has 0 programs instead of one"]);
    join(&program).check(0, &[]);
    let wheel = only_file(&scratch.path("wheel"));
    let name = wheel.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("tranship-") && name.contains("-cp39-abi3-"), "{name}");
    run(Command::new("python3").args(["-m", "venv"]).arg(scratch.path("venv"))).check(0, &[]);
    let mut install = Command::new(scratch.path("venv/bin/pip"));
    install.args(["install", "--quiet", "--no-index", "--disable-pip-version-check"]);
    run(install.arg(&wheel)).check(0, &[]);
    let mut program = Command::new(scratch.path("venv/bin/tranship"));
    let ran = run(program.arg("--version").env_clear());
    ran.check(0, &[]);
    assert_eq!(ran.out.trim(), VERSION);
    // A script would start Python, which takes more time than many checks.
    let program = fs::read(scratch.path("venv/bin/tranship")).unwrap();
    assert!(!program.starts_with(b"#!"), "the command is the program");
    the_package_passes_its_tests(&scratch);
    the_action_installs_the_archive_of(&scratch, &wheel);
}

/// The path of the only file in `folder`.
fn only_file(folder: &Path) -> PathBuf {
    let files = support::files(folder);
    assert_eq!(files.len(), 1, "{files:?}");
    folder.join(&files[0])
}

/// Runs the tests of `tests/proof/packaging/python` with the installed package, and checks the types of its users.
fn the_package_passes_its_tests(scratch: &Project) {
    let tests = root().join("tests/proof/packaging/python");
    let Some(python) = installed::tool("python") else { return };
    let clean = scratch.path("venv/bin/python");
    let places = run(Command::new(&clean).args(["-c", "import site; print(site.getsitepackages()[0])"]));
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no"]).arg(&tests);
    pytest.env("PYTHONPATH", places.out.trim()).env_remove("PYTORCH_ROCM_ARCH").current_dir(scratch.path(""));
    let ran = run(&mut pytest);
    ran.check(0, &[]);
    assert!(ran.out.contains(" passed") && !ran.out.contains("skipped"), "{}", ran.out);
    let Some(mypy) = installed::tool("mypy") else { return };
    for what in [&["--package", "tranship"][..], &["typed.py"]] {
        let mut types = Command::new(&mypy);
        types.args(["--strict", "--cache-dir", "/dev/null", "--python-executable"]).arg(&clean);
        run(types.args(what).current_dir(&tests)).check(0, &[]);
    }
}

/// The version that the program prints.
const VERSION: &str = concat!("tranship ", env!("CARGO_PKG_VERSION"));

/// Makes the archive of a release from the wheel, and installs it as the action does.
fn the_action_installs_the_archive_of(scratch: &Project, wheel: &Path) {
    let target = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };
    let target = format!("{target}-unknown-linux-gnu");
    let release = scratch.path(concat!("releases/v", env!("CARGO_PKG_VERSION")));
    let mut archive = Command::new("python3");
    archive.arg(root().join(".ci/archive")).arg(wheel).arg(&target).arg(&release);
    run(&mut archive).check(0, &[]);
    let name = format!(concat!("tranship-v", env!("CARGO_PKG_VERSION"), "-{}.tar.gz"), target);
    assert_eq!(support::files(&release), [name.clone(), format!("{name}.sha256")]);
    let install = |tools: &str| {
        let mut bash = Command::new("bash");
        bash.arg(root().join(".ci/install"));
        bash.env("RUNNER_TOOL_CACHE", scratch.path(tools)).env("GITHUB_PATH", scratch.path("path"));
        run(bash.env("TRANSHIP_RELEASES", format!("file://{}", scratch.path("releases").display())))
    };
    let ran = install("tools");
    ran.check(0, &[]);
    assert!(ran.out.contains("installed the release"), "{}", ran.out);
    let added = fs::read_to_string(scratch.path("path")).unwrap();
    let ran = run(Command::new(Path::new(added.trim()).join("tranship")).arg("--version").env_clear());
    ran.check(0, &[]);
    assert_eq!(ran.out.trim(), VERSION);
    let again = install("tools");
    assert!(again.out.contains("is installed already"), "{}", again.out);
    fs::write(release.join(&name), b"changed").unwrap();
    install("other").check(1, &["the checksum differs"]);
}

#[test]
fn one_command_ties_the_version_the_changelog_and_the_tag() {
    let scratch = Project::new();
    let clone = scratch.path("clone");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(arguments);
        run(git.current_dir(&clone))
    };
    let source = root();
    run(Command::new("git").args(["clone", "--quiet"]).arg(source).arg(&clone)).check(0, &[]);
    // The working tree can be newer than the last commit.
    for path in [".ci/release", "Cargo.toml", "CHANGELOG.md"] {
        fs::copy(source.join(path), clone.join(path)).unwrap();
    }
    let release = |arguments: &[&str]| {
        let mut command = Command::new(clone.join(".ci/release"));
        for (name, value) in [("NAME", "t"), ("EMAIL", "t@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        run(command.args(arguments))
    };
    if !git(&["status", "--porcelain"]).out.is_empty() {
        release(&["9.8.7"]).check(1, &["commit or stash your changes first"]);
        git(&["add", "--all"]).check(0, &[]);
        git(&["commit", "--quiet", "--message", "newer"]).check(0, &[]);
    }
    release(&["9.8"]).check(1, &["is no version like"]);
    release(&["9.8.7"]).check(0, &[]);
    assert_eq!(git(&["tag", "--points-at", "HEAD"]).out, "v9.8.7\n");
    release(&["--check", "v9.8.7"]).check(0, &[]);
    release(&["--check", "v9.8.8"]).check(1, &["Cargo.toml has the version 9.8.7"]);
    let read = |path: &str| fs::read_to_string(clone.join(path)).unwrap();
    assert!(read("CHANGELOG.md").contains("## Unreleased\n\n## 9.8.7 - 20"));
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "translator/engine/Cargo.toml",
        "docs/ci.md",
        "editors/vscode/package.json",
    ] {
        let text = read(path);
        assert!(text.contains("9.8.7"), "{path}");
        let own =
            text.lines().find(|line| line.contains("tranship") && line.contains(env!("CARGO_PKG_VERSION")));
        assert_eq!(own, None, "{path}");
    }
    assert_eq!(git(&["status", "--porcelain"]).out, "");
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
