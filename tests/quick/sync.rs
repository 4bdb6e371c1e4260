//! `tranship sync`: merges compared with `git merge-file`, what happens to files that either side changed, and that no edit is lost when
//! something goes wrong.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tranship::sync::merge::{ConflictStyle, Merged, OnConflict, Side, merge};

use crate::support::{AXPY, AXPY_HIP, PROGRAM, Project, Ran, run};

/// A small generator of numbers, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// `lines` with up to `most` changes: lines that are removed, replaced and added. `tag` marks the new lines.
fn changed(random: &mut Random, lines: &[String], tag: &str, most: usize) -> Vec<String> {
    let mut lines = lines.to_vec();
    for change in 0..random.below(most + 1) {
        let at = random.below(lines.len() + 1);
        match random.below(4) {
            0 if at < lines.len() => {
                let end = (at + 1 + random.below(3)).min(lines.len());
                lines.drain(at..end);
            }
            1 if at < lines.len() => lines[at] = format!("{tag} replaced {change}\n"),
            2 if at < lines.len() => lines[at] = format!("both {change}\n"),
            _ => (0..=random.below(3)).for_each(|line| lines.insert(at, format!("{tag} {change} {line}\n"))),
        }
    }
    lines
}

/// The merge of `git merge-file`.
fn by_git(folder: &Path, texts: [&str; 3], on_conflict: OnConflict) -> Merged {
    for (name, text) in ["last", "mine", "new"].iter().zip(texts) {
        fs::write(folder.join(name), text).unwrap();
    }
    let mut git = Command::new("git");
    git.args(["merge-file", "-p", "-L", "your edit", "-L", "last conversion", "-L", "new conversion"]);
    match on_conflict {
        OnConflict::Mark(ConflictStyle::Merge) => {}
        OnConflict::Mark(ConflictStyle::Diff3) => drop(git.arg("--diff3")),
        OnConflict::Mark(ConflictStyle::Zdiff3) => drop(git.arg("--zdiff3")),
        OnConflict::Take(Side::Mine) => drop(git.arg("--ours")),
        OnConflict::Take(Side::New) => drop(git.arg("--theirs")),
    }
    let output = git.args(["mine", "last", "new"]).current_dir(folder).output().unwrap();
    Merged { text: output.stdout, has_conflict: output.status.code() != Some(0) }
}

/// Asserts that `merged` has each line of `side` that is not in `last`, as often as `side` has it.
fn assert_has_lines(merged: &Merged, last: &str, side: &str, case: u64) {
    let count = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
    let text = String::from_utf8_lossy(&merged.text);
    for line in side.lines().filter(|line| count(last, line) == 0) {
        assert!(count(&text, line) >= count(side, line), "case {case}: `{line}` is lost in:\n{text}");
    }
}

/// How many of the random merges differ from those of git.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    /// One of the two has a conflict, and the other has none.
    state: usize,
    /// Both have no conflict, or one side wins, and the texts differ.
    result: usize,
    /// Both have conflicts, and the marked texts differ.
    marks: usize,
}

/// Merges `cases` random texts with `line(number)` as their lines, and compares them with git.
fn compare(cases: u64, line: impl Fn(&mut Random, usize) -> String) -> Differences {
    let folder = tempfile::tempdir().unwrap();
    let mut differences = Differences::default();
    for case in 0..cases {
        let mut random = Random(case.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let count = random.below(30);
        let last: Vec<String> = (0..count).map(|number| line(&mut random, number)).collect();
        let (mine, new) = (changed(&mut random, &last, "mine", 4), changed(&mut random, &last, "new", 4));
        let (last, mut mine, mut new) = (last.concat(), mine.concat(), new.concat());
        if random.below(20) == 0 {
            // A last line without its end.
            mine.truncate(mine.trim_end().len());
        }
        if random.below(20) == 0 {
            new.truncate(new.trim_end().len());
        }
        let style = [ConflictStyle::Merge, ConflictStyle::Diff3, ConflictStyle::Zdiff3][random.below(3)];
        let ours = |on_conflict| merge(last.as_bytes(), mine.as_bytes(), new.as_bytes(), on_conflict);
        let gits = |on_conflict| by_git(folder.path(), [&last, &mine, &new], on_conflict);
        let (merged, git) = (ours(OnConflict::Mark(style)), gits(OnConflict::Mark(style)));
        assert_has_lines(&merged, &last, &mine, case);
        assert_has_lines(&merged, &last, &new, case);
        differences.state += usize::from(merged.has_conflict != git.has_conflict);
        let is_other = merged.text != git.text;
        if !(merged.has_conflict && git.has_conflict) {
            differences.result += usize::from(is_other);
            continue;
        }
        differences.marks += usize::from(is_other);
        let takes = [Side::Mine, Side::New].map(OnConflict::Take);
        differences.result += usize::from(takes.iter().any(|&take| ours(take).text != gits(take).text));
    }
    differences
}

#[test]
fn merges_of_random_edits_are_those_of_git() {
    let differences = compare(400, |_, number| format!("line {number}\n"));
    assert_eq!((differences.state, differences.result), (0, 0), "{differences:?}");
    // Git joins conflicts with few lines between them.
    assert!(differences.marks <= 8, "{differences:?}");
}

#[test]
fn merges_of_texts_with_many_equal_lines_lose_nothing_and_are_nearly_always_those_of_git() {
    let line = |random: &mut Random, number| match random.below(6) {
        0 => "}\n".to_owned(),
        1 => "\n".to_owned(),
        2 => "  return;\n".to_owned(),
        _ => format!("line {number}\n"),
    };
    // Equal lines can be paired in several ways, and git's search for the shortest difference takes short cuts of its own.
    let differences = compare(400, line);
    assert!(differences.state <= 2 && differences.result <= 4 && differences.marks <= 12, "{differences:?}");
}

/// A source with several functions, whose lines are numbered so that each occurs once.
fn source(functions: &[&str]) -> String {
    functions.iter().fold("#include <cuda_runtime.h>\n".to_owned(), |text, name| {
        format!("{text}\nvoid {name}(void **p) {{\n  // {name}: first\n  cudaMalloc(p, 4);  // {name}\n  // {name}: last\n}}  // {name}\n")
    })
}

/// A project that is converted.
fn converted(files: &[(&str, &str)]) -> Project {
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let project = Project::of(&bytes);
    project.run(&["convert", "p", "-q"]).check(0, &[]);
    project
}

fn sync(project: &Project, more: &[&str]) -> Ran {
    project.run(&[&["sync", "p"], more].concat())
}

/// Replaces text in a file.
fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{old}: {text}");
    fs::write(path, text.replace(old, new)).unwrap();
}

fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.written(path)).unwrap()
}

/// The files of the JSON as `outcome path`.
fn outcomes(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let files = report["sync"]["files"].as_array().unwrap();
    let one =
        |file: &Value| format!("{} {}", file["outcome"].as_str().unwrap(), file["path"].as_str().unwrap());
    files.iter().map(one).collect()
}

/// Every file of the output with its bytes and permissions.
fn snapshot(project: &Project) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut all = BTreeMap::new();
    let mut open = vec![project.output("")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                open.push(path);
            } else if meta.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                all.insert(path, (target.into_os_string().into_encoded_bytes(), 0));
            } else {
                let bytes = fs::read(&path).unwrap();
                all.insert(path, (bytes, meta.permissions().mode()));
            }
        }
    }
    all
}

#[test]
fn edits_and_changes_of_the_source_are_merged() {
    let project =
        converted(&[("a.cu", &source(&["f", "g"])), ("b.cu", AXPY), ("old.cu", AXPY), ("same.txt", "1\n")]);
    replace(&project.output("a.hip"), "// f: last", "// f: tuned");
    fs::write(project.path("a.cu"), source(&["f", "g", "h"])).unwrap();
    fs::remove_file(project.path("old.cu")).unwrap();
    project.write("new.cu", AXPY.as_bytes());
    project.write("b.cu", format!("{AXPY}void g(void *p) {{ cudaFree(p); }}\n").as_bytes());
    let before = snapshot(&project);
    for dry in ["--dry-run", "--check"] {
        let ran = sync(&project, &[dry, "--output-format", "json"]);
        ran.check(
            i32::from(dry == "--check"),
            &["Would synchronise p-hip/ with p: 1 added, 1 updated, 1 removed, 1 merged."],
        );
        assert_eq!(outcomes(&ran), ["merged a.hip", "updated b.hip", "added new.hip", "removed old.hip"]);
        assert_eq!(snapshot(&project), before, "{dry} writes nothing");
    }
    // The patch makes the changes of the sync.
    let ran = sync(&project, &["--diff"]);
    ran.check(1, &["Would synchronise p-hip/ with p: 1 added, 1 updated, 1 removed, 1 merged."]);
    assert_eq!(snapshot(&project), before, "--diff writes nothing");
    let copy = project.path("copy");
    for (path, (bytes, _)) in &before {
        let path = copy.join(path.strip_prefix(project.output("")).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(copy.join("p.patch"), &ran.out).unwrap();
    let applied = Command::new("git").args(["apply", "p.patch"]).current_dir(&copy).output().unwrap();
    assert!(applied.status.success(), "{}{}", String::from_utf8_lossy(&applied.stderr), ran.out);
    let ran = sync(&project, &[]);
    for name in ["a.hip", "b.hip", "new.hip"] {
        assert_eq!(fs::read_to_string(copy.join(name)).unwrap(), text(&project, name), "{name}");
    }
    assert!(!copy.join("old.hip").exists());
    ran.check(0, &["Synchronised p-hip/ with p: 1 added, 1 updated, 1 removed, 1 merged."]);
    assert_eq!(ran.out, "merged     p-hip/a.hip: your edits +1 -1, new +6 -0\n");
    let expected =
        source(&["f", "g", "h"]).replace("cuda_runtime.h", "hip/hip_runtime.h").replace("cudaM", "hipM");
    assert_eq!(text(&project, "a.hip"), expected.replace("// f: last", "// f: tuned"));
    assert_eq!(project.all_written(), [".tranship-output", "a.hip", "b.hip", "new.hip", "same.txt"]);
    let ran = sync(&project, &["--check"]);
    ran.check(0, &["Nothing to change in p-hip/ with p: 1 kept."]);
    assert_eq!(ran.out, "kept       p-hip/a.hip: your edits +1 -1\n");
}

#[test]
fn a_conflict_is_marked_and_is_merged_again_only_when_it_is_resolved() {
    let project = converted(&[("a.cu", &source(&["f", "g"]))]);
    replace(&project.output("a.hip"), "// f: first", "// f: mine");
    replace(&project.path("a.cu"), "// f: first", "// f: theirs");
    let ran = sync(&project, &["--conflict-style", "diff3"]);
    ran.check(1, &["1 conflict", "--keep-mine a.hip"]);
    let expected = "<<<<<<< your edit\n  // f: mine\n||||||| last conversion\n  // f: first\n=======\n  // f: theirs\n>>>>>>> new conversion\n";
    assert!(text(&project, "a.hip").contains(expected), "{}", text(&project, "a.hip"));
    assert!(ran.out.starts_with("conflict   p-hip/a.hip: line 4, "), "{}", ran.out);
    assert!(ran.out.contains("manual[sync-conflict]") && ran.out.contains("p-hip/a.hip:4:1"), "{}", ran.out);
    let marked = text(&project, "a.hip");
    // The source changes again before the conflict is resolved.
    replace(&project.path("a.cu"), "// g: first", "// g: later");
    for more in [&["--check"][..], &[]] {
        let ran = sync(&project, more);
        ran.check(1, &["1 unresolved"]);
        assert!(ran.out.contains("manual[sync-unresolved]"), "{}", ran.out);
        assert_eq!(text(&project, "a.hip"), marked, "it is not merged inside of the markers");
    }
    fs::write(project.output("a.hip"), marked.replace(expected, "  // f: both\n")).unwrap();
    sync(&project, &[]).check(0, &["1 merged"]);
    let merged = text(&project, "a.hip");
    assert!(
        merged.contains("// f: both\n") && merged.contains("// g: later\n") && !merged.contains("theirs")
    );
    sync(&project, &["--check"]).check(0, &["1 kept"]);
}

#[test]
fn a_person_can_decide_conflicts_by_file() {
    for (flag, wins) in [("--keep-mine", "// f: mine"), ("--take-new", "// f: theirs")] {
        for marks_first in [false, true] {
            let project = converted(&[("a.cu", &source(&["f", "g"]))]);
            replace(&project.output("a.hip"), "// f: first", "// f: mine");
            replace(&project.output("a.hip"), "// g: last", "// g: kept");
            replace(&project.path("a.cu"), "// f: first", "// f: theirs");
            if marks_first {
                sync(&project, &[]).check(1, &["1 conflict"]);
            }
            sync(&project, &[flag, "*.hip"]).check(0, &["1 settled"]);
            let text = text(&project, "a.hip");
            assert!(text.contains(wins) && text.contains("// g: kept") && !text.contains("<<<<"), "{text}");
            sync(&project, &["--check"]).check(0, &["Nothing to change"]);
        }
    }
}

#[test]
fn a_file_that_one_side_removed_and_the_other_changed_is_a_conflict() {
    let project =
        converted(&[("gone.cu", AXPY), ("removed.cu", AXPY), ("left.cu", AXPY), ("quiet.cu", AXPY)]);
    fs::write(project.output("gone.hip"), "my version\n").unwrap();
    fs::remove_file(project.path("gone.cu")).unwrap();
    fs::remove_file(project.output("removed.hip")).unwrap();
    project.write("removed.cu", format!("{AXPY}// more\n").as_bytes());
    fs::remove_file(project.output("quiet.hip")).unwrap();
    for _ in 0..2 {
        let ran = sync(&project, &["--output-format", "json"]);
        ran.check(1, &["1 kept, 2 conflict"]);
        assert_eq!(outcomes(&ran), ["conflict gone.hip", "kept quiet.hip", "conflict removed.hip"]);
        assert_eq!(text(&project, "gone.hip"), "my version\n");
        assert!(!project.output("removed.hip").exists() && !project.output("quiet.hip").exists());
    }
    sync(&project, &["--keep-mine", "gone.hip", "--take-new", "removed.hip"]).check(0, &["2 settled"]);
    assert_eq!(text(&project, "gone.hip"), "my version\n");
    assert_eq!(text(&project, "removed.hip"), format!("{AXPY_HIP}// more\n"));
    let ran = sync(&project, &["--output-format", "json"]);
    assert_eq!(outcomes(&ran), ["kept quiet.hip"], "the kept file is the person's own now");
}

#[test]
fn a_file_that_both_sides_added_is_merged_like_two_versions_without_an_ancestor() {
    let project = converted(&[("a.cu", AXPY)]);
    fs::write(project.output("x.hip"), "mine\n").unwrap();
    fs::write(project.output("y.hip"), AXPY_HIP).unwrap();
    fs::write(project.output("own.txt"), "own\n").unwrap();
    project.write("x.cu", AXPY.as_bytes());
    project.write("y.cu", AXPY.as_bytes());
    let ran = sync(&project, &["--output-format", "json"]);
    assert_eq!(outcomes(&ran), ["conflict x.hip", "same y.hip"]);
    let expected = format!("<<<<<<< your edit\nmine\n=======\n{AXPY_HIP}>>>>>>> new conversion\n");
    assert_eq!(text(&project, "x.hip"), expected);
    assert_eq!(text(&project, "own.txt"), "own\n");
}

#[test]
fn edits_follow_a_file_that_either_side_renamed() {
    let project = converted(&[("a.cu", &source(&["f", "g", "h"])), ("b.cu", &source(&["i", "j", "k"]))]);
    replace(&project.output("a.hip"), "// f: last", "// f: tuned");
    fs::create_dir(project.path("sub")).unwrap();
    fs::rename(project.path("a.cu"), project.path("sub/moved.cu")).unwrap();
    replace(&project.path("sub/moved.cu"), "// h: first", "// h: new");
    replace(&project.output("b.hip"), "// i: last", "// i: tuned");
    fs::rename(project.output("b.hip"), project.output("mine.hip")).unwrap();
    replace(&project.path("b.cu"), "// k: first", "// k: new");
    let ran = sync(&project, &[]);
    ran.check(0, &["2 merged"]);
    assert!(ran.out.contains("p-hip/sub/moved.hip: renamed from p-hip/a.hip, "), "{}", ran.out);
    assert_eq!(project.all_written(), [".tranship-output", "mine.hip", "sub/moved.hip"]);
    let moved = text(&project, "sub/moved.hip");
    assert!(moved.contains("// f: tuned") && moved.contains("// h: new"), "{moved}");
    let mine = text(&project, "mine.hip");
    assert!(mine.contains("// i: tuned") && mine.contains("// k: new"), "{mine}");
    sync(&project, &["--check"]).check(0, &[]);
}

#[test]
fn a_removed_file_does_not_come_back_under_another_name() {
    let project =
        converted(&[("a.cuh", &source(&["f", "g"])), ("b.cuh", &source(&["h", "i"])), ("c.cu", AXPY)]);
    for name in ["a.cuh", "b.cuh"] {
        fs::remove_file(project.output(name)).unwrap();
        fs::create_dir_all(project.path("sub")).unwrap();
        fs::rename(project.path(name), project.path("sub").join(name)).unwrap();
    }
    replace(&project.path("sub/b.cuh"), "// h: first", "// h: new");
    for _ in 0..2 {
        let ran = sync(&project, &["--output-format", "json"]);
        assert_eq!(outcomes(&ran), ["kept sub/a.cuh", "conflict sub/b.cuh"]);
        assert_eq!(project.all_written(), [".tranship-output", "c.hip"]);
    }
    sync(&project, &["--take-new", "b.cuh"]).check(0, &["1 settled"]);
    assert_eq!(project.all_written(), [".tranship-output", "c.hip", "sub/b.cuh"]);
}

#[test]
fn a_conflict_in_a_renamed_file_keeps_both_versions() {
    let project = converted(&[("a.cu", &source(&["f", "g", "h"]))]);
    replace(&project.output("a.hip"), "// f: last", "// f: mine");
    fs::rename(project.path("a.cu"), project.path("b.cu")).unwrap();
    replace(&project.path("b.cu"), "// f: last", "// f: theirs");
    sync(&project, &[]).check(1, &["1 conflict"]);
    assert_eq!(project.all_written(), [".tranship-output", "b.hip"]);
    let merged = text(&project, "b.hip");
    assert!(merged.contains("// f: mine") && merged.contains("// f: theirs"), "{merged}");
    sync(&project, &[]).check(1, &["1 unresolved"]);
}

#[test]
fn permissions_links_and_bytes_of_any_kind_are_kept() {
    let project = Project::of(&[
        ("run.sh", b"echo 1\n"),
        ("tool.sh", b"echo 2\n"),
        ("data.bin", b"a\0b"),
        ("both.bin", b"a\0b"),
        ("latin.cu", b"#include <cuda_runtime.h>\n// 1 \xe9\n// 2\n// 3\n// 4\n// 5\n"),
        ("dos.cu", b"#include <cuda_runtime.h>\r\n// 1\r\n// 2\r\n// 3\r\n// 4\r\n"),
    ]);
    symlink("run.sh", project.path("link")).unwrap();
    symlink("run.sh", project.path("own")).unwrap();
    project.run(&["convert", "p", "-q"]).check(0, &[]);
    let mode = |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let is_executable =
        |path| fs::metadata(project.output(path)).unwrap().permissions().mode() & 0o111 == 0o111;
    mode(project.output("run.sh"), 0o755);
    mode(project.path("tool.sh"), 0o755);
    fs::write(project.output("both.bin"), b"mine\0").unwrap();
    fs::write(project.path("both.bin"), b"new\0").unwrap();
    fs::write(project.path("data.bin"), b"new\0").unwrap();
    fs::write(
        project.output("latin.hip"),
        b"#include <hip/hip_runtime.h>\n// 1 \xe9\n// 2\n// 3\n// 4\n// \xfc\n",
    )
    .unwrap();
    fs::write(project.path("latin.cu"), b"#include <cuda_runtime.h>\n// \xe4\n// 2\n// 3\n// 4\n// 5\n")
        .unwrap();
    fs::write(project.output("dos.hip"), b"#include <hip/hip_runtime.h>\n// mine\n// 2\n// 3\n// 4\n")
        .unwrap();
    fs::write(project.path("dos.cu"), b"#include <cuda_runtime.h>\r\n// 1\r\n// 2\r\n// 3\r\n// new\r\n")
        .unwrap();
    for (place, target) in [(project.path("link"), "tool.sh"), (project.output("own"), "elsewhere")] {
        fs::remove_file(&place).unwrap();
        symlink(target, place).unwrap();
    }
    let ran = sync(&project, &["--output-format", "json"]);
    ran.check(1, &[]);
    let expected = [
        "conflict both.bin",
        "updated data.bin",
        "merged dos.hip",
        "merged latin.hip",
        "updated link",
        "kept own",
        "kept run.sh",
        "updated tool.sh",
    ];
    assert_eq!(outcomes(&ran), expected);
    assert!(is_executable("run.sh") && is_executable("tool.sh"));
    assert_eq!(project.written("both.bin"), b"mine\0");
    assert_eq!(project.written("data.bin"), b"new\0");
    assert_eq!(
        project.written("latin.hip"),
        b"#include <hip/hip_runtime.h>\n// \xe4\n// 2\n// 3\n// 4\n// \xfc\n"
    );
    assert_eq!(project.written("dos.hip"), b"#include <hip/hip_runtime.h>\n// mine\n// 2\n// 3\n// new\n");
    assert_eq!(fs::read_link(project.output("link")).unwrap(), Path::new("tool.sh"));
    assert_eq!(fs::read_link(project.output("own")).unwrap(), Path::new("elsewhere"));
    // A later conversion does not undo the permissions either.
    project.run(&["convert", "p", "-q"]).check(1, &[]);
    assert!(is_executable("run.sh"));
}

#[test]
fn a_folder_from_before_the_store_is_adopted() {
    let project = converted(&[("a.cu", &source(&["f", "g"])), ("b.cu", AXPY)]);
    fs::remove_file(project.output(".tranship-base")).unwrap();
    replace(&project.output("a.hip"), "// f: last", "// f: tuned");
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    let ran = sync(&project, &["--output-format", "json"]);
    ran.check(1, &[]);
    assert!(ran.out.contains("`--adopt` records it"), "{}", ran.out);
    sync(&project, &["--adopt"])
        .check(2, &["p-hip/a.hip: was edited, and tranship wrote it from another version of the source"]);
    replace(&project.path("a.cu"), "// g: new", "// g: last");
    let before = text(&project, "a.hip");
    sync(&project, &["--adopt"]).check(0, &["as the origin of 2 files in p-hip/; 1 differ"]);
    assert_eq!(text(&project, "a.hip"), before);
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    sync(&project, &[]).check(0, &["1 merged"]);
    assert!(text(&project, "a.hip").contains("// f: tuned") && text(&project, "a.hip").contains("// g: new"));
}

#[test]
fn a_port_by_hand_is_adopted() {
    let project = Project::of(&[("a.cu", source(&["f", "g"]).as_bytes())]);
    fs::create_dir(project.output("")).unwrap();
    let ported =
        source(&["f", "g"]).replace("cuda_runtime.h", "hip/hip_runtime.h").replace("cudaMalloc", "hipMalloc");
    fs::write(project.output("a.hip"), ported.replace("// f: last", "// by hand")).unwrap();
    sync(&project, &[]).check(2, &["p-hip: was not written by tranship; `--adopt` records"]);
    sync(&project, &["--adopt"]).check(0, &["1 differ"]);
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    sync(&project, &[]).check(0, &["1 merged"]);
    assert_eq!(
        text(&project, "a.hip"),
        ported.replace("// f: last", "// by hand").replace("// g: last", "// g: new")
    );
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let project = converted(&[("a.cu", &source(&["f", "g"]))]);
    replace(&project.output("a.hip"), "// f: last", "// f: tuned");
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    let before = snapshot(&project);
    sync(&project, &["--into", "nowhere"]).check(2, &["nowhere: is no folder"]);
    project.run(&["sync", "missing", "--into", "p-hip"]).check(2, &["missing: cannot read"]);
    let lock = fs::File::open(project.output("")).unwrap();
    lock.lock().unwrap();
    sync(&project, &[]).check(2, &["another tranship is writing into this folder"]);
    sync(&project, &["--dry-run"]).check(0, &["1 merged"]);
    drop(lock);
    assert_eq!(snapshot(&project), before);
    // The journal cannot be written, as on a full disk.
    fs::create_dir(project.output(".tranship-sync")).unwrap();
    sync(&project, &[]).check(2, &[".tranship-sync: cannot"]);
    fs::remove_dir(project.output(".tranship-sync")).unwrap();
    assert_eq!(text(&project, "a.hip").as_bytes(), before[&project.output("a.hip")].0);
    sync(&project, &[]).check(0, &["1 merged"]);
}

#[test]
fn a_disk_that_gets_full_leaves_the_edit_and_its_origin() {
    let project = converted(&[("a.cu", &source(&["f", "g"])), ("b.cu", AXPY)]);
    replace(&project.output("a.hip"), "// f: last", &"// tuned\n".repeat(5000));
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    project.write("b.cu", format!("{AXPY}// new\n").as_bytes());
    let edited = text(&project, "a.hip");
    // A limit on the file size makes the write of the merged file fail in the middle, as a full disk does.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" sync p";
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM]).current_dir(project.around()).env("NO_COLOR", "1");
    run(&mut command).check(2, &["p-hip/a.hip: cannot write"]);
    assert_eq!(text(&project, "a.hip"), edited);
    assert_eq!(project.all_written(), [".tranship-output", "a.hip", "b.hip"]);
    assert!(text(&project, "b.hip").ends_with("// new\n"), "the other files are done");
    let ran = sync(&project, &["--output-format", "json"]);
    assert_eq!(outcomes(&ran), ["merged a.hip"]);
    assert_eq!(text(&project, "a.hip"), edited.replace("// g: last", "// g: new"));
}

/// A project with many files, each with an edit and a change of the source.
fn many() -> Project {
    let names: Vec<String> = (0..60).map(|number| format!("f{number}.cu")).collect();
    let text = source(&["f", "g"]);
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let project = converted(&files);
    for name in &names {
        replace(&project.output(&name.replace(".cu", ".hip")), "// f: last", "// f: tuned");
        replace(&project.path(name), "// g: last", "// g: new");
    }
    // Every third file has a conflict.
    for name in names.iter().step_by(3) {
        replace(&project.path(name), "// f: last", "// f: theirs");
    }
    project
}

#[test]
fn a_sync_that_is_killed_at_any_time_is_finished_by_the_next_one() {
    let expected: BTreeMap<_, _> = {
        let project = many();
        sync(&project, &["-q"]).check(1, &[]);
        let base = project.output("");
        snapshot(&project)
            .into_iter()
            .map(|(path, all)| (path.strip_prefix(&base).unwrap().to_owned(), all))
            .collect()
    };
    for turn in 0..6 {
        let project = many();
        let mut child = Command::new(PROGRAM);
        child
            .args(["sync", "p", "-q"])
            .current_dir(project.around())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = child.spawn().unwrap();
        // The process is killed when it has changed so many files. Where that is does not matter for the result.
        let changed = || {
            let is_changed = |number: &usize| {
                fs::read_to_string(project.output(&format!("f{number}.hip")))
                    .is_ok_and(|text| text.contains("// g: new"))
            };
            (0..60).filter(is_changed).count()
        };
        while child.try_wait().unwrap().is_none() && changed() < turn * 9 {}
        let _ = child.kill();
        child.wait().unwrap();
        sync(&project, &["-q"]);
        let base = project.output("");
        let after: BTreeMap<_, _> = snapshot(&project)
            .into_iter()
            .map(|(path, all)| (path.strip_prefix(&base).unwrap().to_owned(), all))
            .collect();
        let left = |path: &&PathBuf| path.to_string_lossy().ends_with(".tmp");
        let after: BTreeMap<_, _> = after.into_iter().filter(|(path, _)| !left(&path)).collect();
        assert!(
            after == expected,
            "turn {turn}: {:?}",
            after.iter().find(|(path, all)| expected.get(*path) != Some(all))
        );
    }
}

#[test]
fn a_conversion_leaves_edited_files_and_names_the_sync() {
    let project = converted(&[("a.cu", &source(&["f", "g"])), ("b.cu", AXPY)]);
    replace(&project.output("a.hip"), "// f: last", "// f: tuned");
    let ran = project.run(&["convert", "p"]);
    ran.check(
        0,
        &["note: 1 file of the output has edits, which stay, and the source there is unchanged: p-hip/a.hip"],
    );
    replace(&project.path("a.cu"), "// g: last", "// g: new");
    for _ in 0..2 {
        let ran = project.run(&["convert", "p"]);
        ran.check(
            1,
            &[
                "and the source there changed; left as they are: p-hip/a.hip",
                "Next: `tranship sync p --into p-hip`",
            ],
        );
    }
    sync(&project, &[]).check(0, &["1 merged"]);
    project.run(&["convert", "p"]).check(0, &["p-hip/a.hip"]);
}

#[test]
fn random_edits_of_both_sides_are_never_lost_over_several_syncs() {
    for case in 0..12_u64 {
        let mut random = Random(case + 77);
        let mut upstream: Vec<String> = (0..40).map(|number| format!("int u{number};\n")).collect();
        let project = converted(&[("a.cuh", &upstream.concat())]);
        let (mut mine, mut count) = (Vec::new(), 0);
        for round in 0..4 {
            let mut lines: Vec<String> =
                text(&project, "a.cuh").lines().map(|line| format!("{line}\n")).collect();
            for _ in 0..random.below(3) {
                let line = format!("int mine{count};\n");
                lines.insert(random.below(lines.len() + 1), line.clone());
                mine.push(line);
                count += 1;
            }
            fs::write(project.output("a.cuh"), lines.concat()).unwrap();
            upstream = changed(&mut random, &upstream, &format!("// round {round}"), 3);
            project.write("a.cuh", upstream.concat().as_bytes());
            let ran = sync(&project, &["--take-new", "a.cuh", "--exit-zero"]);
            ran.check(0, &[]);
            let after = text(&project, "a.cuh");
            if !ran.err.contains("settled") {
                for line in mine.iter().chain(&upstream) {
                    assert!(after.contains(line.as_str()), "case {case}, round {round}: `{line}` is lost");
                }
            }
            mine.retain(|line| after.contains(line.as_str()));
        }
    }
}

#[test]
fn a_source_that_cannot_be_converted_leaves_the_output_alone() {
    let project = converted(&[("a.cu", AXPY), ("b.cu", AXPY)]);
    // Two files of the source get one name, so neither is converted. They do not look like files whose source is gone.
    project.write("a.hip", b"in the way\n");
    let before = snapshot(&project);
    sync(&project, &[]).check(2, &["p/a.cu: could not be converted"]);
    assert_eq!(snapshot(&project), before);
}

#[test]
fn an_output_of_to_cuda_is_refused() {
    let project = Project::of(&[("a.hip", AXPY_HIP.as_bytes())]);
    project.run(&["convert", "p", "--to", "cuda", "-q", "--exit-zero"]).check(0, &[]);
    let before = fs::read(project.around().join("p-cuda/a.cu")).unwrap();
    let ran = project.run(&["sync", "p", "--into", "p-cuda"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("was written by `tranship convert --to cuda`"), "{}", ran.err);
    assert_eq!(fs::read(project.around().join("p-cuda/a.cu")).unwrap(), before);
}
