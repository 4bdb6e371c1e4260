//! `tranship check`: without findings it prints nothing, and a list of files gives the findings of a whole run.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::support::{AXPY, AXPY_HIP, Project, Ran, commit, files, git, root, run};
use serde_json::Value;

const MANUAL: &str = "void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n";

/// Runs the program in the project itself.
fn inside(project: &Project, arguments: &[&str]) -> Ran {
    run(project.command(arguments).current_dir(project.path("")))
}

/// Asserts that a check printed nothing.
#[track_caller]
fn silent(ran: &Ran) {
    ran.check(0, &[]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn cuda_fails_the_check_and_converted_code_passes_without_output() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes()), ("b.h", b"int b;\n"), ("CMakeLists.txt", b"\n")]);
    let ran = inside(&project, &["check", "--output-format", "concise"]);
    ran.check(1, &["Checked 3 files: 1 would change.", "Next: `tranship check --fix`"]);
    assert_eq!(ran.out, "a.cu: manual[would-change] `a.cu` would become `a.hip`, with 2 safe changes\n");
    silent(&inside(&project, &["check", "b.h"]));
    inside(&project, &["check", "--exit-zero"]).check(0, &[]);
    silent(&inside(&project, &["check", "--ignore", "would-change"]));
    project.run(&["convert", "p"]).check(0, &[]);
    silent(&project.run(&["check", "p-hip"]));
    inside(&project, &["check", "nowhere"]).check(2, &["nowhere: cannot read: no such file"]);
}

/// The findings of a check as `path:line rule key`, without those about the project as a whole.
#[track_caller]
fn findings(project: &Project, paths: &[&str]) -> Vec<String> {
    let flags = ["check", "--output-format", "json", "--exit-zero", "--own-hip-build", "convert"];
    let ran = inside(project, &[&flags, paths].concat());
    ran.check(0, &[]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let rules = tranship_rules::Rules::builtin();
    let is_local = |found: &&Value| {
        let rule = rules.rule(found["rule"].as_str().unwrap());
        rule.is_none_or(|rule| rule.scope != tranship_rules::Scope::Project)
    };
    let text =
        |found: &Value| format!("{}:{} {} {}", found["path"], found["line"], found["rule"], found["key"]);
    report["findings"].as_array().unwrap().iter().filter(is_local).map(text).collect()
}

#[test]
fn a_list_of_files_gives_the_findings_of_a_whole_run() {
    let fixtures = root().join("fixtures/projects");
    let mut count = 0;
    for fixture in fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()) {
        let project = Project::new();
        let all = files(&fixture);
        for path in &all {
            project.write(path, &fs::read(fixture.join(path)).unwrap());
        }
        // The project defines the name, which only another file shows.
        project.write("own/defines.h", b"void cudaOwnThing(int);\n#define WIDTH 32\n");
        project.write("own/uses.cu", b"void f() { cudaOwnThing(1); cudaOtherThing(1); }\n");
        git(&project, &["init", "-q"]).check(0, &[]);
        let whole = findings(&project, &["."]);
        assert!(whole.iter().any(|found| found.contains("own/uses.cu")), "{whole:?}");
        count += whole.len();
        for path in all.iter().map(String::as_str).chain(["own/uses.cu"]) {
            let prefix = format!("\"{path}\":");
            let expected: Vec<_> = whole.iter().filter(|found| found.starts_with(&prefix)).cloned().collect();
            assert_eq!(findings(&project, &[path]), expected, "{path}");
        }
        let paths: Vec<_> = all.iter().map(String::as_str).chain(["own/uses.cu"]).collect();
        assert_eq!(findings(&project, &paths), whole);
    }
    assert!(count > 20, "only {count} findings were compared");
}

/// A repository in which another file defines a name as the project's own. All files are an hour old.
fn old_repository() -> Project {
    let project = Project::of(&[
        ("defines.h", b"void cudaOwnThing(int);\n"),
        ("uses.cu", b"void f() { cudaOwnThing(1); }\n"),
        ("CMakeLists.txt", b"project(p LANGUAGES CXX CUDA)\n"),
    ]);
    git(&project, &["init", "-q"]).check(0, &[]);
    for name in ["defines.h", "uses.cu", "CMakeLists.txt"] {
        make_old(&project, name);
    }
    project
}

/// Sets the time of a file to an hour ago, so that the cache keeps its facts.
fn make_old(project: &Project, name: &str) {
    let file = fs::File::options().append(true).open(project.path(name)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
}

/// The files of the cache in the repository.
fn kept(project: &Project) -> Vec<PathBuf> {
    let folder = fs::read_dir(project.path(".git/tranship"));
    folder.map_or_else(|_| Vec::new(), |files| files.map(|file| file.unwrap().path()).collect())
}

#[test]
fn the_cache_never_changes_a_result() {
    let project = old_repository();
    let check = |flags: &[&str]| {
        let ran = inside(&project, &[&["check", "--output-format", "concise", "uses.cu"], flags].concat());
        (ran.code, ran.out)
    };
    let anew = check(&["--no-cache"]);
    assert!(!anew.1.contains("unknown-name"), "{}", anew.1);
    assert_eq!(kept(&project), [] as [PathBuf; 0], "`--no-cache` writes no cache");
    assert_eq!(check(&[]), anew);
    let [file] = &kept(&project)[..] else { panic!("nothing is kept") };
    let good = fs::read(file).unwrap();
    assert_eq!(check(&[]), anew);
    assert_eq!(fs::read(file).unwrap(), good, "nothing changed, so nothing is written");
    for damaged in [&good[..good.len() / 2], b"", b"\xff\xff\xff\xff", &[0xff; 64]] {
        fs::write(file, damaged).unwrap();
        assert_eq!(check(&[]), anew);
        assert_eq!(fs::read(file).unwrap().len(), good.len(), "a damaged cache is replaced");
    }
    // The project no longer defines the name, and the file has the same size.
    project.write("defines.h", b"void cudaOtherOne(int);\n");
    make_old(&project, "defines.h");
    let changed = check(&[]);
    assert!(changed.1.contains("unknown-name"), "{}", changed.1);
    assert_eq!(changed, check(&["--no-cache"]));
}

#[test]
fn a_check_works_where_the_cache_cannot_be_written() {
    let project = old_repository();
    project.write(".git/tranship", b"in the way");
    let ran = inside(&project, &["check", "uses.cu"]);
    ran.check(1, &["Checked 1 file: 1 would change."]);
    assert_eq!(fs::read(project.path(".git/tranship")).unwrap(), b"in the way");
    // A second work tree has a cache of its own. A `.git` file that names a foreign folder is not used.
    fs::remove_file(project.path(".git/tranship")).unwrap();
    fs::rename(project.path(".git"), project.path("elsewhere")).unwrap();
    project.write(".git", format!("gitdir: {}\n", project.path("elsewhere").display()).as_bytes());
    inside(&project, &["check", "uses.cu"]).check(1, &["Checked 1 file: 1 would change."]);
    assert!(!project.path("elsewhere/tranship").exists());
}

#[test]
fn a_file_outside_of_the_project_is_left_out_of_a_list() {
    let project = Project::of(&[
        ("a.cu", AXPY.as_bytes()),
        ("old/b.cu", AXPY.as_bytes()),
        ("build/c.cu", AXPY.as_bytes()),
        ("tranship.toml", b"exclude = [\"old\"]\n"),
        (".gitignore", b"/build\n"),
    ]);
    git(&project, &["init", "-q"]).check(0, &[]);
    silent(&inside(&project, &["check", "old/b.cu", "build/c.cu"]));
    inside(&project, &["check", "old/b.cu", "a.cu"]).check(1, &["1 would change"]);
}

#[test]
fn outside_of_git_the_nearest_settings_above_a_file_apply() {
    let project = Project::of(&[("deep/er/a.cu", MANUAL.as_bytes())]);
    let findings = |place: &str, arguments: &[&str]| {
        let arguments = [&["--output-format", "concise", "--ignore", "would-change"], arguments].concat();
        let check = [&["check"], &arguments[..]].concat();
        run(project.command(&check).current_dir(project.path(place))).out
    };
    assert!(findings("deep/er", &["a.cu"]).contains("manual[cudaGraphics"));
    project.write(
        "tranship.toml",
        b"[[ignore]]\nrule = \"cudaGraphicsD3D9RegisterResource\"\npaths = [\"/deep\"]\n",
    );
    for (place, path) in [("deep/er", "a.cu"), ("deep", "er/a.cu"), ("", "deep"), ("deep/er", "."), ("", ".")]
    {
        assert_eq!(findings(place, &[path]), "", "{path} in {place}");
    }
    let mut piped = project.command(&["convert", "-", "--stdin-filename", "deep/er/a.cu"]);
    let ran =
        run(piped.current_dir(project.path("")).stdin(fs::File::open(project.path("deep/er/a.cu")).unwrap()));
    ran.check(0, &[]);
    project.write("tranship.toml", b"\n");
    inside(&project, &["review", "deep/er/a.cu", "--accept", "cudaGraphicsD3D9RegisterResource"])
        .check(0, &[]);
    assert!(project.path("tranship-answers.toml").is_file(), "answers are in the folder of the settings");
    git(&project, &["-C", "deep", "init", "-q"]).check(0, &[]);
    assert!(
        findings("deep/er", &["a.cu"]).contains("manual[cudaGraphics"),
        "a repository is a separate project"
    );
}

#[test]
fn a_staged_check_reads_the_staged_contents_instead_of_the_disk() {
    let project = Project::of(&[("a.hip", AXPY_HIP.as_bytes()), ("own.h", b"void cudaOwnThing(int);\n")]);
    commit(&project);
    silent(&inside(&project, &["check", "--staged"]));
    project.write("sub dir/n\u{e9}w.cu", AXPY.as_bytes());
    project.write("unstaged.cu", AXPY.as_bytes());
    git(&project, &["add", "sub dir"]).check(0, &[]);
    fs::remove_dir_all(project.path("sub dir")).unwrap();
    let ran = inside(&project, &["check", "--staged", "--output-format", "concise"]);
    ran.check(1, &["1 would change"]);
    assert!(ran.out.starts_with("sub dir/n\u{e9}w.cu: "), "{}", ran.out);
    git(&project, &["add", "-A", "sub dir"]).check(0, &[]);
    project.write("b.cc", b"#include \"own.h\"\nvoid f() { cudaOwnThing(1); }\n");
    git(&project, &["add", "b.cc"]).check(0, &[]);
    // On disk the project no longer defines the name; in the commit it does.
    project.write("own.h", b"\n");
    silent(&inside(&project, &["check", "--staged"]));
    git(&project, &["add", "own.h"]).check(0, &[]);
    inside(&project, &["check", "--staged"]).check(1, &["1 manual"]);
    let outside = Project::of(&[("a.cu", b"\n")]);
    inside(&outside, &["check", "--staged"]).check(2, &["is not in a git repository"]);
    inside(&outside, &["check", "--staged", "a.cu"]).check(2, &["cannot be used with"]);
}

#[test]
fn an_up_to_date_output_passes_and_every_difference_is_reported() {
    let project = Project::of(&[
        ("src/a.cu", AXPY.as_bytes()),
        ("src/b.cu", AXPY.as_bytes()),
        ("src/gone.h", b"int gone;\n"),
        ("data/x", b"x"),
    ]);
    project.run(&["convert", "p"]).check(0, &[]);
    let check = |more: &[&str]| {
        project.run(&[&["check", "p", "--against", "p-hip", "--output-format", "concise"], more].concat())
    };
    silent(&check(&[]));
    project.write("src/a.cu", format!("{AXPY}// more\n").as_bytes());
    fs::write(project.output("src/b.hip"), "mine").unwrap();
    fs::remove_file(project.path("src/gone.h")).unwrap();
    fs::remove_file(project.output("data/x")).unwrap();
    fs::write(project.output("notes.txt"), "a file of the user is not a difference").unwrap();
    let ran = check(&[]);
    ran.check(1, &["4 out of step", "Next: `tranship convert p --out "]);
    for line in [
        "p-hip/data/x: manual[out-of-step] `p-hip/data/x` is missing",
        "p-hip/src/a.hip: manual[out-of-step] `p-hip/src/a.hip` is older than its source",
        "p-hip/src/b.hip: manual[out-of-step] `p-hip/src/b.hip` was edited since tranship wrote it",
        "p-hip/src/gone.h: manual[out-of-step] `p-hip/src/gone.h` has no source any more",
    ] {
        assert!(ran.out.contains(line), "{line} is missing in {}", ran.out);
    }
    fs::remove_file(project.output("src/b.hip")).unwrap();
    project.run(&["convert", "p"]).check(0, &[]);
    silent(&check(&[]));
    let ran = check(&["--rocm", "6.4"]);
    ran.check(1, &["1 out of step"]);
    assert!(ran.out.contains("p-hip: manual[out-of-step] `p-hip` was written by tranship"), "{}", ran.out);
    project.run(&["check", "p", "--against", "nix"]).check(2, &["nix: is no folder"]);
    project.run(&["check", "p/src/a.cu", "--against", "p-hip"]).check(2, &["takes a folder of sources"]);
    project.write("src/c.cu", MANUAL.as_bytes());
    project.run(&["convert", "p"]).check(1, &[]);
    check(&[]).check(1, &["1 manual."]);
}

#[test]
fn fix_converts_only_files_without_open_findings() {
    let project = Project::of(&[
        ("a.cuh", AXPY.as_bytes()),
        ("open.cuh", format!("{AXPY}{MANUAL}").as_bytes()),
        ("other.cuh", AXPY.as_bytes()),
    ]);
    let ran = inside(&project, &["check", "--fix", "a.cuh", "open.cuh", "--output-format", "concise"]);
    ran.check(1, &["Converted 1 file in place.", "1 would change, 1 manual"]);
    assert_eq!(fs::read(project.path("a.cuh")).unwrap(), AXPY_HIP.as_bytes());
    assert_eq!(fs::read(project.path("open.cuh")).unwrap(), format!("{AXPY}{MANUAL}").as_bytes());
    assert_eq!(
        fs::read(project.path("other.cuh")).unwrap(),
        AXPY.as_bytes(),
        "it was not on the command line"
    );
    silent(&inside(&project, &["check", "a.cuh"]));
    inside(&project, &["check", "--fix", "other.cuh"]).check(0, &["Converted 1 file in place."]);
    silent(&inside(&project, &["check", "a.cuh", "other.cuh"]));
}

#[test]
fn findings_in_the_baseline_are_not_reported() {
    let project = Project::of(&[("a.cu", MANUAL.as_bytes()), ("b.cu", MANUAL.as_bytes())]);
    let check = |more: &[&str]| inside(&project, &[&["check", "--baseline", "base.toml"], more].concat());
    check(&[]).check(2, &["base.toml: is not there; `--update-baseline` writes it"]);
    silent(&check(&["--update-baseline"]));
    silent(&check(&[]));
    silent(&check(&["--rocm", "6.4"]));
    let text = fs::read_to_string(project.path("base.toml")).unwrap();
    assert_eq!(text.matches("would-change").count(), 2, "{text}");
    project.write(
        "a.cu",
        format!("{MANUAL}void g(int p) {{ cudaGraphicsD3D9RegisterResource(p); }}\n").as_bytes(),
    );
    check(&["--output-format", "concise"]).check(1, &["1 manual."]);
    project.write("new.cu", AXPY.as_bytes());
    check(&[]).check(1, &["1 would change, 1 manual."]);
    check(&["b.cu"]).check(0, &[]);
    project.write("b.cu", b"");
    silent(&check(&["--update-baseline", "b.cu"]));
    let text = fs::read_to_string(project.path("base.toml")).unwrap();
    assert_eq!(text.matches("a.cu").count(), 2, "only the entries of checked files are replaced: {text}");
    project.write("base.toml", b"<<<<<<< x\n");
    check(&[]).check(2, &["base.toml:1: has a merge conflict"]);
    check(&["--update-baseline"]).check(2, &["has a merge conflict"]);
    inside(&project, &["check", "--update-baseline"]).check(2, &["--baseline"]);
}

/// Every kind of file in which a comment above a line could do harm.
const HARD_PLACES: &[(&str, &str)] = &[
    (
        "macro.cu",
        "#define CALL(p) \\\n    cudaGraphicsD3D9RegisterResource(p); \\\n    f(p)\n__global__ void k();\n",
    ),
    ("crlf.cu", "void f(int p) {\r\n    cudaGraphicsD3D9RegisterResource(p);\r\n}\r\n"),
    ("two.cu", "void f(int p) { cudaGraphicsD3D9RegisterResource(p); cudaD3D9GetDevice(p, p); }\n"),
    ("call.cu", "void f(int p) {\n    g(1,\n      cudaGraphicsD3D9RegisterResource(p));\n}"),
    (
        "text.py",
        "import cupy\ncode = '''\nextern \"C\" __global__ void k() {\n    asm(\"bogus.u32 %0;\");\n}\n'''\ncupy.RawModule(code=code)\n",
    ),
];

#[test]
fn comments_hide_open_findings_and_change_nothing_else() {
    let files: Vec<_> = HARD_PLACES.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let project = Project::of(&files);
    let before = findings(&project, &["."]);
    assert!(
        HARD_PLACES.iter().all(|(path, _)| before.iter().any(|found| found.contains(path))),
        "{before:?}"
    );
    let ran = inside(&project, &["check", ".", "--add-ignores", "port\nlater", "-q"]);
    ran.check(1, &["Hid 4 findings by comments in the source."]);
    for (path, text) in HARD_PLACES {
        let now = fs::read_to_string(project.path(path)).unwrap();
        let without: String =
            now.split_inclusive('\n').filter(|line| !line.contains("tranship: ignore[")).collect();
        assert_eq!(without, *text, "{path}");
        // The findings in a macro and in a text stay open: a comment there would be part of them.
        let hidden = !["macro.cu", "text.py"].contains(path);
        assert_eq!(now != *text, hidden, "{now}");
        if hidden {
            assert!(now.contains("] port later"), "{now}");
        }
    }
    let crlf = fs::read_to_string(project.path("crlf.cu")).unwrap();
    assert!(
        crlf.contains("\r\n    // tranship: ignore[cudaGraphicsD3D9RegisterResource] port later\r\n    cuda"),
        "{crlf}"
    );
    let now = inside(&project, &["check", "--ignore", "would-change", "--output-format", "concise"]);
    let open: Vec<_> = now.out.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(open, ["macro.cu:2:5", "text.py:4:5"]);
}
