//! `tranship init`, the git hook it writes, and the commands that `docs/ci.md` and the action show.
//! `tests/proof/packaging` runs pre-commit itself.

use std::fs;
use std::process::Command;

use crate::support::{AXPY, AXPY_HIP, Project, commit, files, git, root, run, set_ups};

#[test]
fn init_writes_the_settings_once_and_shows_the_hook() {
    let project = Project::new();
    let ran = project.inside(&["init"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Wrote tranship.toml") && ran.out.contains("id: tranship-check"), "{}", ran.out);
    project.inside(&["check"]).check(0, &[]);
    project.inside(&["init"]).check(2, &["tranship.toml: is there already"]);
    project.inside(&["init", "--hook"]).check(2, &["is not in a git repository"]);
    git(&project, &["init", "-q"]).check(0, &[]);
    let ran = project.inside(&["init", "--hook"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Wrote ") && !ran.out.contains("tranship.toml"), "{}", ran.out);
    project.inside(&["init", "--hook"]).check(2, &["hooks/pre-commit: is there already; add the line"]);
}

#[test]
fn the_git_hook_stops_a_commit_with_cuda() {
    let project = Project::of(&[("a.hip", AXPY_HIP.as_bytes())]);
    commit(&project);
    let ran = project.inside(&["init", "--hook"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("hooks/pre-commit"), "{}", ran.out);
    project.write("b.cu", AXPY.as_bytes());
    git(&project, &["add", "-A"]).check(0, &[]);
    let commit = |message: &str| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", message];
        run(Command::new("git")
            .args(identity)
            .current_dir(project.path(""))
            .env("PATH", project.path_with_program()))
    };
    commit("cuda").check(1, &["1 would change"]);
    git(&project, &["rm", "-qf", "b.cu"]).check(0, &[]);
    commit("hip").check(0, &[]);
}

#[test]
fn the_commands_of_the_action_and_of_gitlab_run() {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
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
        bash.args(["-ec", command]).current_dir(project.path("")).env("PATH", project.path_with_program());
        bash.env("TRANSHIP_PATH", "src").env("TRANSHIP_ARGUMENTS", "--exclude old --rocm 7.0");
        assert_eq!(run(&mut bash).code, Some(code), "{command}");
    }
    assert!(project.path("tranship.json").is_file() && project.path("tranship.sarif").is_file());
}

#[test]
fn each_command_has_a_manual_page() {
    let project = Project::new();
    let ran = project.inside(&["man"]);
    ran.check(0, &[]);
    assert!(ran.out.contains(".TH tranship 1"), "{}", ran.out);
    project.inside(&["man", "man1"]).check(0, &[]);
    let pages = files(&project.path("man1"));
    for page in ["tranship.1", "tranship-convert.1", "tranship-check.1", "tranship-rules-list.1"] {
        assert!(pages.iter().any(|there| there == page), "{page} is missing in {pages:?}");
    }
}
