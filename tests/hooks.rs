//! Hooks as people install them: `tranship init`, plain git, and pre-commit itself.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

#[path = "support/installed.rs"]
mod installed;
mod support;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::{AXPY, AXPY_HIP, Project, Ran, commit, git, run};
use tranship::source::Lang;

const MANUAL: &str = "void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n";

/// `PATH` with the folder of the built program in front.
fn path_with_program() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_tranship"));
    let mut folders = vec![program.parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    std::env::join_paths(folders).unwrap()
}

fn inside(project: &Project, arguments: &[&str]) -> Ran {
    run(project.command(arguments).current_dir(project.path("")))
}

#[test]
fn init_writes_settings_once_and_offers_the_hook() {
    let project = Project::new();
    let ran = inside(&project, &["init"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Wrote tranship.toml") && ran.out.contains("id: tranship-check"), "{}", ran.out);
    inside(&project, &["check"]).check(0, &[]);
    inside(&project, &["init"]).check(2, &["tranship.toml: is there already"]);
    inside(&project, &["init", "--hook"]).check(2, &["is not in a git repository"]);
    git(&project, &["init", "-q"]).check(0, &[]);
    let ran = inside(&project, &["init", "--hook"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Wrote ") && !ran.out.contains("tranship.toml"), "{}", ran.out);
    inside(&project, &["init", "--hook"]).check(2, &["hooks/pre-commit: is there already; add the line"]);
}

#[test]
fn the_git_hook_stops_a_commit_with_cuda() {
    let project = Project::of(&[("a.hip", AXPY_HIP.as_bytes())]);
    commit(&project);
    let ran = inside(&project, &["init", "--hook"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("hooks/pre-commit"), "{}", ran.out);
    project.write("b.cu", AXPY.as_bytes());
    git(&project, &["add", "-A"]).check(0, &[]);
    let commit = |message: &str| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", message];
        run(Command::new("git").args(identity).current_dir(project.path("")).env("PATH", path_with_program()))
    };
    commit("cuda").check(1, &["1 would change"]);
    git(&project, &["rm", "-qf", "b.cu"]).check(0, &[]);
    commit("hip").check(0, &[]);
}

/// Runs pre-commit in the project with our hook definitions, taken from a repository as people take them. What it builds
/// there with cargo is a program that starts the one that was just built: building that again would take minutes.
struct PreCommit {
    project: Project,
    program: std::path::PathBuf,
}

const PACKAGE: &str = "[package]\nname = \"tranship\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

impl PreCommit {
    fn new(files: &[(&str, &[u8])], hook: &str) -> Option<Self> {
        let program = installed::tool("pre-commit")?;
        let hooks = Project::new();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
        hooks.write(".pre-commit-hooks.yaml", &fs::read(manifest).unwrap());
        hooks.write("Cargo.toml", PACKAGE.as_bytes());
        let main = format!(
            "fn main() {{\n    let mut built = std::process::Command::new({:?});\n    \
             let status = built.args(std::env::args_os().skip(1)).status().unwrap();\n    \
             std::process::exit(status.code().unwrap());\n}}\n",
            env!("CARGO_BIN_EXE_tranship")
        );
        hooks.write("src/main.rs", main.as_bytes());
        commit(&hooks);
        let rev = git(&hooks, &["rev-parse", "HEAD"]).out;
        let project = Project::of(files);
        let copy = project.around().join("hooks");
        git(&hooks, &["clone", "-q", ".", copy.to_str().unwrap()]).check(0, &[]);
        let config = format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: {hook}\n    exclude: ^old/\n",
            copy.display(),
            rev.trim()
        );
        project.write(".pre-commit-config.yaml", config.as_bytes());
        commit(&project);
        Some(Self { project, program })
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command.arg("run").args(arguments).current_dir(self.project.path(""));
        // The program there has our name, so it must not be built into our folder.
        command.env_remove("CARGO_TARGET_DIR");
        command.env("PRE_COMMIT_HOME", self.project.around().join("cache")).env("PRE_COMMIT_COLOR", "never");
        run(&mut command)
    }
}

#[test]
fn pre_commit_hands_over_every_file_that_is_looked_at() {
    let Some(python) = installed::tool("python") else { return };
    // Every language has its fixtures; the other names are those that are easy to miss.
    let fixtures = support::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    let others = "d/A.CU a.cu.in a.hpp.in CMakeLists.txt.in a.cmake.in makefile.inc GNUmakefile a.bash Dockerfile.dev \
        Containerfile requirements-dev.txt requirements/dev.txt Pipfile constraints.txt BUILD configure.ac justfile \
        a.vcxproj MANIFEST.in SConstruct Makefile.am a.cuf a.F90 a.ptx .cu LICENSE a.png a.cpy builds xmakefile \
        d/requirements.md a.cuda txt.f a.pyc";
    let names: Vec<&str> = fixtures.iter().map(String::as_str).chain(others.split_whitespace()).collect();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let script = "import re, sys, yaml\nfor hook in yaml.safe_load(open(sys.argv[1])):\n  \
                  print(*(name for name in sys.argv[2:] if re.search(hook['files'], name)), sep='\\n', end='\\n\\n')";
    let ran = run(Command::new(python).args(["-c", script]).arg(manifest).args(&names));
    let looked_at = |name: &&str| Lang::of(Path::new(name)).area().is_some();
    let expected: Vec<&str> = names.iter().copied().filter(looked_at).collect();
    assert!(expected.len() > 200 && expected.len() < names.len() - 100);
    let both: Vec<Vec<&str>> = ran.out.trim_end().split("\n\n").map(|hook| hook.lines().collect()).collect();
    assert_eq!(both, [expected.clone(), expected], "{}", ran.err);
}

#[test]
fn pre_commit_checks_converted_files_and_cuda() {
    let files: &[(&str, &[u8])] = &[
        ("a.hip", AXPY_HIP.as_bytes()),
        ("b.h", b"int b;\n"),
        ("old/c.cu", AXPY.as_bytes()),
        ("notes.txt", b"cudaMalloc\n"),
    ];
    let Some(hook) = PreCommit::new(files, "tranship-check") else { return };
    let ran = hook.run(&["--all-files"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Passed"), "{}", ran.out);
    hook.project.write("d.CU", AXPY.as_bytes());
    hook.project.write("e.cuh", MANUAL.as_bytes());
    git(&hook.project, &["add", "-A"]).check(0, &[]);
    let ran = hook.run(&[]);
    ran.check(1, &[]);
    for words in ["Failed", "d.CU", "e.cuh", "1 would change, 1 manual", "would-change"] {
        assert!(ran.out.contains(words), "`{words}` is missing in {}", ran.out);
    }
    assert!(!ran.out.contains("old/c.cu"), "what the hook excludes is not looked at: {}", ran.out);
}

#[test]
fn pre_commit_converts_what_is_clear() {
    let Some(hook) = PreCommit::new(&[("a.cuh", AXPY.as_bytes())], "tranship-convert") else { return };
    let ran = hook.run(&["--all-files"]);
    ran.check(1, &[]);
    assert!(ran.out.contains("files were modified by this hook"), "{}", ran.out);
    assert_eq!(fs::read(hook.project.path("a.cuh")).unwrap(), AXPY_HIP.as_bytes());
    hook.run(&["--all-files"]).check(0, &[]);
}

/// The blocks of YAML in `docs/ci.md`.
fn set_ups() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md")).unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn what_the_documentation_shows_is_valid() {
    let Some(checker) = installed::tool("check-jsonschema") else { return };
    let Some(pre_commit) = installed::tool("pre-commit") else { return };
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        let file = folder.path().join("file.yaml");
        fs::write(&file, text).unwrap();
        let schema = |name: &str| {
            let mut command = Command::new(&checker);
            command.args(["--builtin-schema", name]);
            command
        };
        let mut command = match text {
            _ if text.contains("repos:") => {
                let mut command = Command::new(&pre_commit);
                command.arg("validate-config");
                command
            }
            _ if text.contains("using: composite") => schema("vendor.github-actions"),
            _ if text.contains("runs-on:") => schema("vendor.github-workflows"),
            _ => schema("vendor.gitlab-ci"),
        };
        run(command.arg(&file))
    };
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let texts = [set_ups(), vec![fs::read_to_string(action).unwrap()]].concat();
    assert_eq!(texts.len(), 4);
    for text in texts {
        let ran = check(&text);
        assert_eq!(ran.code, Some(0), "{text}\n{}{}", ran.out, ran.err);
        let wrong = ["repos:", "using:", "runs-on:", "script:"]
            .iter()
            .fold(text.clone(), |text, word| text.replace(word, "nothing:"));
        assert_eq!(check(&wrong).code, Some(1), "this would pass:\n{wrong}");
    }
}

#[test]
fn the_commands_of_the_action_and_of_gitlab_run() {
    let action = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let texts = [set_ups(), vec![action]].concat();
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).map(str::trim).collect();
    let commands: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("run: ").or_else(|| line.strip_prefix("- ")))
        .filter(|line| line.starts_with("tranship check"))
        .collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    let project = Project::of(&[("src/a.cu", AXPY.as_bytes())]);
    for (command, code) in commands.into_iter().zip([1, 0, 1]) {
        let mut bash = Command::new("bash");
        bash.args(["-ec", command]).current_dir(project.path("")).env("PATH", path_with_program());
        bash.env("TRANSHIP_PATH", "src").env("TRANSHIP_ARGUMENTS", "--exclude old --rocm 7.0");
        assert_eq!(run(&mut bash).code, Some(code), "{command}");
    }
    assert!(project.path("tranship.json").is_file() && project.path("tranship.sarif").is_file());
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let project = Project::new();
    let ran = inside(&project, &["man"]);
    ran.check(0, &[]);
    assert!(ran.out.contains(".TH tranship 1"), "{}", ran.out);
    inside(&project, &["man", "man1"]).check(0, &[]);
    let pages = support::files(&project.path("man1"));
    for page in ["tranship.1", "tranship-convert.1", "tranship-check.1", "tranship-rules-list.1"] {
        assert!(pages.iter().any(|there| there == page), "{page} is missing in {pages:?}");
    }
}
