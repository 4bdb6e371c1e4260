//! Shell completion in a real bash. `tests/proof/terminal` presses the tab key in a terminal.

use std::fs;
use std::process::Command;

use crate::support::{Project, run};

/// The words that bash offers in the folder `p` of `project` for the last of `words`, which are split as readline splits them.
fn offered(project: &Project, words: &[&str]) -> Vec<String> {
    let script = "source <(tranship completions bash); COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _tranship tranship; \
                  printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", script, "bash", "tranship"]).args(words).current_dir(project.path(""));
    bash.env("PATH", project.path_with_program());
    let ran = run(&mut bash);
    ran.check(0, &[]);
    ran.out.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_offers_rules_names_and_values() {
    let project = Project::new();
    let check = |words: &[&str], expected: &[&str]| {
        let offered = offered(&project, words);
        assert_eq!(offered, expected, "{words:?}");
    };
    check(&["expl"], &["explain"]);
    check(&["explain", "shuffle-m"], &["shuffle-mask"]);
    check(&["explain", "cudaMallocAs"], &["cudaMallocAsync"]);
    check(&["explain", "cublas_v"], &["cublas_v2.h"]);
    check(&["explain", "cuDN"], &["cuDNN"]);
    check(&["explain", "MI30"], &["MI300A", "MI300X"]);
    check(&["explain", "-maxrreg"], &["-maxrregcount"]);
    check(&["rules", "list", "--library", "cusparse"], &["cusparse", "cusparseLt"]);
    check(&["convert", "--select", "shuffle-m"], &["shuffle-mask"]);
    check(&["convert", "--ignore", "syncwarp,shuffle-m"], &["syncwarp,shuffle-mask"]);
    check(&["review", ".", "--accept", "vote-"], &["vote-sync", "vote-width"]);
    check(&["convert", "--arch", "gfx942,MI30"], &["gfx942,MI300A", "gfx942,MI300X"]);
    check(&["convert", "--output-format", "git"], &["github", "gitlab"]);
    check(&["explain", "noSuchName"], &[]);
    // Without a beginning, thousands of names would be of no help.
    let all = self::offered(&project, &["explain", ""]);
    assert!(all.contains(&"shuffle-mask".to_owned()) && !all.contains(&"cudaMalloc".to_owned()));
}

#[test]
fn bash_offers_the_rest_of_words_that_readline_splits() {
    let project = Project::new();
    let check =
        |words: &[&str], expected: &[&str]| assert_eq!(offered(&project, words), expected, "{words:?}");
    check(
        &["explain", "cub", "::", "WarpReduce"],
        &["WarpReduce", "WarpReduceBatched", "WarpReduceShfl", "WarpReduceSmem"],
    );
    check(&["explain", "CUDA", "::", "cublasLt_"], &["cublasLt_static"]);
    check(&["convert", "--select", "=", "shuffle-m"], &["shuffle-mask"]);
    assert!(offered(&project, &["explain", "CUDA", "::"]).contains(&"cublas".to_owned()));
}

#[test]
fn bash_offers_the_rules_of_the_user_and_files() {
    let project = Project::of(&[("kernel.cu", b"\n")]);
    let table = b"[[rule]]\nname = \"our-old-call\"\nlevel = \"manual\"\nwhat = \"an old call\"\nwhy = \"it is old\"\n\
                  todo = \"use the new one\"\nsource = \"ours\"\nidentifiers = [\"ourOldCall\"]\n";
    project.write("ours.toml", table);
    project.write("tranship.toml", b"rules = [\"ours.toml\"]\n");
    assert_eq!(offered(&project, &["explain", "our-"]), ["our-old-call"]);
    assert_eq!(offered(&project, &["explain", "ourO"]), ["ourOldCall"]);
    assert_eq!(offered(&project, &["convert", "kern"]), ["kernel.cu"]);
    // A faulty table does not prevent a completion.
    fs::write(project.path("ours.toml"), "[[rule]]\n").unwrap();
    assert_eq!(offered(&project, &["explain", "shuffle-m"]), ["shuffle-mask"]);
}

#[test]
fn other_shells_have_a_script_that_asks_the_program() {
    let project = Project::new();
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let ran = project.run(&["completions", shell]);
        ran.check(0, &[]);
        assert!(ran.out.contains("TRANSHIP_COMPLETE"), "{shell}: {}", ran.out);
    }
    let mut asked = project.command(&["--", "tranship", "explain", "shuffle-m"]);
    asked.env("TRANSHIP_COMPLETE", "zsh").env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n");
    let ran = run(&mut asked);
    assert!(ran.out.starts_with("shuffle-mask:a shuffle is called with a computed mask"), "{}", ran.out);
    // No flag of our own is offered behind the beginning of an option of nvcc.
    for shell in ["zsh", "fish"] {
        let mut asked = project.command(&["--", "tranship", "explain", "-gen"]);
        asked.env("TRANSHIP_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n");
        assert_eq!(run(&mut asked).out.trim_end(), "-gencode", "{shell}");
    }
}
