//! Reports for people about many findings, and what the program says about nothing.

use crate::support::{Project, Ran, git, run};

/// Runs the program in the folder `folder`.
fn run_in(project: &Project, folder: &str, arguments: &[&str]) -> Ran {
    run(project.command(arguments).current_dir(project.path(folder)))
}

/// Functions that HIP lacks, sorted by name.
const UNSUPPORTED: [&str; 12] = [
    "cudaAtomicOperationAnd",
    "cudaAtomicOperationCAS",
    "cudaAtomicOperationExchange",
    "cudaAtomicOperationFloatAdd",
    "cudaAtomicOperationFloatMax",
    "cudaAtomicOperationFloatMin",
    "cudaAtomicOperationIntegerAdd",
    "cudaAtomicOperationIntegerDecrement",
    "cudaAtomicOperationIntegerIncrement",
    "cudaAtomicOperationIntegerMax",
    "cudaAtomicOperationIntegerMin",
    "cudaAtomicOperationOr",
];

/// `count` calls of a function that HIP lacks, and one construct of another rule.
fn calls(count: usize) -> String {
    let call = "  cudaGraphicsD3D9RegisterResource();\n";
    format!("void f() {{\n{}}}\n__cluster_dims__(2) __global__ void k();\n", call.repeat(count))
}

#[test]
fn a_few_findings_are_written_one_by_one() {
    let project = Project::of(&[("a.cu", calls(5).as_bytes())]);
    let out = project.run(&["convert", "p"]).out;
    assert_eq!(out.matches("\nmanual[cudaGraphicsD3D9RegisterResource]").count() + 1, 5, "{out}");
    assert_eq!(out, project.run(&["convert", "p", "--output-format", "full"]).out);
}

#[test]
fn many_findings_are_written_by_rule() {
    let files = [("a.cu", calls(20)), ("b/c.cu", calls(3))];
    let project = Project::of(&files.each_ref().map(|(path, text)| (*path, text.as_bytes())));
    let ran = project.run(&["convert", "p"]);
    assert_eq!(ran.out.matches("manual[cudaGraphicsD3D9RegisterResource]").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("= places: 23 in all: p/a.cu (20), p/b/c.cu (3)\n"), "{}", ran.out);
    assert_eq!(ran.out.matches("manual[__cluster_dims__]").count(), 1, "{}", ran.out);
    ran.check(1, &["Next: `tranship review p` shows them one by one; `--output-format full` prints all 24"]);
    let full = project.run(&["convert", "p", "--output-format", "full"]).out;
    assert_eq!(full.matches("manual[cudaGraphicsD3D9RegisterResource]").count(), 23, "{full}");
    let mut notes = ran.out.lines().filter(|line| line.starts_with(' '));
    assert!(notes.all(|line| line.chars().count() <= 100), "{}", ran.out);
}

#[test]
fn rules_without_an_example_have_a_line() {
    let calls = UNSUPPORTED.map(|name| format!("  {name}();\n")).concat();
    let text = format!("void f() {{\n{calls}  cudaGraphicsD3D9RegisterResource();\n{calls}}}\n");
    let project = Project::of(&[("a.cu", text.as_bytes())]);
    let out = project.run(&["convert", "p"]).out;
    assert_eq!(out.matches("\nmanual[").count() + 1, 12, "{out}");
    let rest = out.split_once("1 more rule:\n").expect("the other rule").1;
    let expected =
        "      1  manual[cudaGraphicsD3D9RegisterResource]: `cudaGraphicsD3D9RegisterResource` has no";
    assert!(rest.starts_with(expected) && rest.contains("as in p/a.cu:14\n"), "{out}");
}

#[test]
fn statistics_count_rules_and_names() {
    let text = "void f() { cudaFree(0); cudaFree(0); cudaGraphicsD3D9RegisterResource(); }\n";
    let project = Project::of(&[("a.cu", text.as_bytes())]);
    let ran = project.run(&["convert", "p", "--statistics"]);
    let expected = "Open findings by rule\n        1  manual  cudaGraphicsD3D9RegisterResource\n\
                    Names that were converted\n        2  cudaFree -> hipFree\n";
    assert_eq!(ran.out, expected);
    ran.check(1, &["Converted 1 of 1 file"]);
}

#[test]
fn quiet_prints_findings_and_errors_only() {
    let project = Project::of(&[("a.cu", calls(1).as_bytes())]);
    for command in ["convert", "check", "scan"] {
        let ran = project.run(&[command, "p", "--quiet"]);
        assert_eq!((ran.err.as_str(), ran.out.is_empty()), ("", false), "{command}");
        project.run(&[command, "no such", "-q"]).check(2, &["error: no such: cannot read"]);
    }
}

#[test]
fn an_empty_folder_is_named() {
    let project = Project::of(&[]);
    std::fs::create_dir_all(project.path("")).unwrap();
    for command in ["convert", "check", "scan"] {
        project.run(&[command, "p"]).check(0, &["note: p: has no files to look at"]);
    }
}

#[test]
fn an_error_names_the_current_folder() {
    let project = Project::of(&[("a.cu", calls(1).as_bytes())]);
    project.inside(&["convert", "--in-place", "."]).check(2, &["error: .: is not in a git repository"]);
}

#[test]
fn a_patch_applies_at_the_top_of_the_repository() {
    let project = Project::of(&[("src/a.cu", b"void f() { cudaFree(0); }\n"), ("tools/x", b"")]);
    git(&project, &["init", "-q"]).check(0, &[]);
    git(&project, &["add", "."]).check(0, &[]);
    let ran = run_in(&project, "tools", &["convert", "../src", "--diff"]);
    ran.check(1, &["Next: apply the patch with `git apply` in "]);
    std::fs::write(project.around().join("patch"), &ran.out).unwrap();
    git(&project, &["apply", "--index", "../patch"]).check(0, &[]);
    let text = std::fs::read_to_string(project.path("src/a.hip")).unwrap();
    assert!(text.contains("hipFree(0)"), "{text}");
}

#[test]
fn names_that_begin_with_a_dash_are_arguments() {
    let project = Project::of(&[("a.cu", b"")]);
    project.run(&["explain", "-G"]).check(0, &[]);
    project.run(&["convert", "p", "--ignore", "-G", "--exit-zero"]).check(0, &[]);
}
