//! Answered and suppressed findings: stable keys, the file of answers, and comments and settings that suppress a rule.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::support::{Project, run};
use serde_json::Value;

/// A name without a counterpart, which is a manual finding.
const MANUAL: &str = "cudaGraphicsD3D9RegisterResource";
/// Two functions with one `review` finding that has a change, and two equal `manual` findings.
const CODE: &str = "#include <cuda_runtime.h>\n\
    void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n\
    __global__ void k(int *a) {\n    a[0] = __isConstant(a);\n    a[0] = __isConstant(a);\n}\n";

fn project(code: &str) -> Project {
    Project::of(&[("a.cu", code.as_bytes())])
}

/// The findings of a run as JSON, in order.
#[track_caller]
fn findings(project: &Project, arguments: &[&str]) -> Vec<Value> {
    let json = ["convert", "p", "--diff", "--output-format", "json", "--output-file", "json", "--exit-zero"];
    project.run(&[&json, arguments].concat()).check(0, &[]);
    let text = fs::read(project.around().join("json")).unwrap();
    let report: Value = serde_json::from_slice(&text).unwrap();
    report["findings"].as_array().unwrap().clone()
}

#[track_caller]
fn keys(project: &Project) -> Vec<String> {
    findings(project, &[]).iter().map(|found| found["key"].as_str().unwrap().to_owned()).collect()
}

/// The text of a file of answers with one answer for each of `keys`.
fn answers(path: &str, keys: &[&str], answer: &str) -> String {
    let line = |key: &&str| {
        format!("  {{ path = \"{path}\", rule = \"{MANUAL}\", key = \"{key}\", answer = \"{answer}\" }},\n")
    };
    format!("version = 1\nanswers = [\n{}]\n", keys.iter().map(line).collect::<String>())
}

#[test]
fn keys_survive_unrelated_edits_and_differ_for_equal_lines() {
    let project = project(CODE);
    let before = keys(&project);
    assert_eq!(before.len(), 3);
    assert_ne!(before[1], before[2], "two equal lines in one function are two findings");
    let moved = format!("{}{CODE}", "// a line\n".repeat(100));
    let indented = CODE.replace("    a[0] = ", "\t\ta[0]  =  /* why */ ").replace("{ cuda", "{\tcuda");
    let others = CODE.replace("void f(", "void other() {}\nvoid f(");
    for text in [&moved, &indented, &others] {
        project.write("a.cu", text.as_bytes());
        assert_eq!(keys(&project), before, "{text}");
    }
    fs::rename(project.path("a.cu"), project.path("b.cuh")).unwrap();
    assert_eq!(keys(&project), before);
    let changed = others.replace("(p);", "(p + 1);");
    project.write("b.cuh", changed.as_bytes());
    let after = keys(&project);
    assert_ne!(after[0], before[0]);
    assert_eq!(after[1..], before[1..]);
    project.write("b.cuh", others.replace("void f(", "void g(").as_bytes());
    assert_ne!(keys(&project)[0], before[0], "the same line in another function has another key");
}

#[test]
fn an_accepted_finding_is_not_open() {
    let project = project(CODE);
    let keys = keys(&project);
    project.run(&["convert", "p"]).check(1, &["manual."]);
    let all: Vec<&str> = keys.iter().map(String::as_str).collect();
    project.write("tranship-answers.toml", answers("a.cu", &all, "accepted").as_bytes());
    let ran = project.run(&["convert", "p"]);
    ran.check(0, &["0 to review, 0 manual, 3 answered."]);
    assert_eq!(ran.out, "");
    assert!(
        !project.output("tranship-answers.toml").exists(),
        "answers are not copied, because they are about the source"
    );
    let settled = findings(&project, &[]);
    assert!(settled.iter().all(|found| found["settled"] == "accepted"), "{settled:?}");
}

#[test]
fn a_rejected_change_is_not_made() {
    let code = "#include <cuda_runtime.h>\nvoid f(void **p) {\n  cudaMalloc(p, 4);\n  cudaMalloc(p, 4);\n}\n";
    let project = project(code);
    // A safe change has a key only if the file of answers has an answer for its rule.
    let any = answers("a.cu", &["0000000000000000"], "rejected").replace(MANUAL, "cudaMalloc");
    project.write("tranship-answers.toml", any.as_bytes());
    project
        .run(&["convert", "p"])
        .check(0, &["note: tranship-answers.toml:3: answers `cudaMalloc` in `a.cu`"]);
    let key = tranship_key(code);
    let answer = answers("a.cu", &[&key], "rejected").replace(MANUAL, "cudaMalloc");
    project.write("tranship-answers.toml", answer.as_bytes());
    project.run(&["convert", "p"]).check(0, &["1 answered."]);
    let written = String::from_utf8(project.written("a.hip")).unwrap();
    assert_eq!(written.matches("hipMalloc").count(), 1, "{written}");
    assert!(
        written.contains("{\n  hipMalloc(p, 4);\n  cudaMalloc"),
        "the answer is about the second one: {written}"
    );
}

/// The key of the second `cudaMalloc` of `code`.
fn tranship_key(code: &str) -> String {
    use tranship_engine::cpp::Unit;
    use tranship_engine::finding;
    use tranship_engine::pass::Context;
    use tranship_engine::source::Source;
    use tranship_engine::translate::code_findings;
    let source = Source::new("a.cu", code.as_bytes());
    let context = Context::new(tranship_rules::Rules::builtin());
    let unit = Unit::new(&source, &context.guards);
    let mut findings = code_findings(&unit, &context);
    finding::locate(&unit, &mut findings, |finding| finding.rule == "cudaMalloc");
    let site = findings.iter().filter_map(|finding| finding.site.as_ref()).nth(1).unwrap();
    site.key.to_string()
}

#[test]
fn an_answer_follows_a_moved_file_and_is_stale_after_a_change_of_its_code() {
    let project = project(CODE);
    let key = keys(&project).remove(0);
    project.write("tranship-answers.toml", answers("a.cu", &[&key], "accepted").as_bytes());
    let copy = "b.cu";
    fs::copy(project.path("a.cu"), project.path(copy)).unwrap();
    let settled = |project: &Project| {
        let all = findings(project, &[]);
        all.iter()
            .filter(|found| !found["settled"].is_null())
            .map(|found| found["path"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(settled(&project), ["p/a.cu"], "a copy needs an answer of its own");
    fs::remove_file(project.path("a.cu")).unwrap();
    assert_eq!(settled(&project), ["p/b.cu"], "a file that has moved keeps its answers");
    assert!(!project.run(&["convert", "p"]).err.contains("stale"));
    fs::copy(project.path(copy), project.path("c.cu")).unwrap();
    let shared = "in `a.cu`, which is gone, while 2 files contain that code";
    project.run(&["convert", "p"]).check(1, &[shared, "1 answer is stale"]);
    fs::remove_file(project.path("c.cu")).unwrap();
    project.write(copy, CODE.replace("(p);", "(p, 1);").as_bytes());
    let gone =
        "note: tranship-answers.toml:3: answers `cudaGraphicsD3D9RegisterResource` in `a.cu`, which is gone";
    project.run(&["convert", "p"]).check(1, &[gone, "1 answer is stale"]);
    project.write("a.cu", CODE.replace("(p);", "(p, 1);").as_bytes());
    project.run(&["convert", "p"]).check(1, &["in `a.cu`, where the code has changed"]);
    assert_eq!(settled(&project).len(), 0);
    let ran = project.run(&["convert", "p", "--ignore", MANUAL]);
    assert!(!ran.err.contains("stale"), "answers of a rule that did not run are not stale: {}", ran.err);
    let ran = project.run(&["convert", "p/b.cu", "--diff"]);
    assert!(
        !ran.err.contains("stale"),
        "answers about a file that was not converted are not stale: {}",
        ran.err
    );
}

#[test]
fn an_invalid_file_of_answers_stops_the_run_and_is_not_changed() {
    let project = project(CODE);
    for (text, words) in [
        ("<<<<<<< ours\n=======\n>>>>>>> theirs\n", "p/tranship-answers.toml:1: has a merge conflict"),
        ("\0\x01 not toml", "p/tranship-answers.toml:1: "),
        ("[package]\nname = \"x\"\n", "p/tranship-answers.toml:1: "),
        ("version = 9\n", "version 9"),
    ] {
        project.write("tranship-answers.toml", text.as_bytes());
        let ran = project.run(&["convert", "p"]);
        ran.check(2, &[words]);
        assert_eq!(fs::read_to_string(project.path("tranship-answers.toml")).unwrap(), text);
        assert!(!project.output("").exists(), "nothing is written without all answers");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems refuse such names")]
fn answers_for_paths_that_are_not_utf8_do_not_mix() {
    let project = Project::new();
    let names = [&b"a\xe8.cu"[..], b"a\xe9.cu", b"a\\xE9.cu", b"a\n.cu"];
    let path = |name: &[u8]| project.path("").join(OsStr::from_bytes(name));
    for name in names {
        fs::write(path(name), format!("void f(int p) {{ {MANUAL}(p); }}\n")).unwrap();
    }
    let open = || {
        let open = findings(&project, &[]);
        let open = open.iter().filter(|found| found["settled"].is_null());
        open.map(|found| found["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(open(), ["p/a\n.cu", "p/a\\xE9.cu", "p/a\\xE8.cu", "p/a\\xE9.cu"]);
    for name in [names[1], names[3]] {
        let mut command = project.command(&["review", "--accept", MANUAL]);
        run(command.arg(path(name))).check(0, &["Accepted: 1 finding"]);
    }
    assert_eq!(open(), ["p/a\\xE9.cu", "p/a\\xE8.cu"]);
    let text = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert!(text.contains(r"path = 'a\xE9.cu'") && text.contains(r"path = 'a\x0A.cu'"), "{text}");
    project.run(&["convert", "p"]).check(1, &["2 manual, 2 answered"]);
    project.run(&["review", "p", "--reopen", MANUAL, "--all"]).check(0, &["Opened again: 2 findings"]);
}

#[test]
fn a_comment_suppresses_a_rule_in_its_line_the_next_line_or_a_block() {
    let check = |code: &str, expected: &[&str]| {
        let project = project(&format!("#include <cuda_runtime.h>\n{code}\n"));
        let open = findings(&project, &[]);
        let rules: Vec<_> = open
            .iter()
            .map(|found| format!("{}:{}", found["line"], found["rule"].as_str().unwrap()))
            .collect();
        assert_eq!(rules, expected, "{code}");
    };
    let d3d = |line: u32| format!("{line}:{MANUAL}");
    let call = format!("{MANUAL}(p);");
    check(&call, &[&d3d(2)]);
    check(&format!("{call} // tranship: ignore[{MANUAL}] never on AMD\n{call}"), &[&d3d(3)]);
    check(&format!("// tranship: ignore[{MANUAL}]\n\n// more words\n{call}\n{call}"), &[&d3d(6)]);
    check(&format!("/* tranship: ignore[syncwarp, {MANUAL}] */ {call}"), &["2:unused-ignore"]);
    let block = format!(
        "// tranship: ignore-begin[{MANUAL}] why\n{call}\nint a;\n{call}\n// tranship: ignore-end[{MANUAL}]\n{call}"
    );
    check(&block, &[&d3d(7)]);
    check(&format!("// tranship: ignore-begin[{MANUAL}]\n{call}"), &["2:unused-ignore", &d3d(3)]);
    check(&format!("// tranship: ignore-end[{MANUAL}]"), &["2:unused-ignore"]);
    check("// tranship: ignore[syncwarp]\nint a;", &["2:unused-ignore"]);
    check("// tranship: ignore[no-such-rule]\nint a;", &["2:unused-ignore"]);
    check(&format!("{call} // tranship: ignore"), &[&d3d(2), "2:unused-ignore"]);
    check(&format!("const char *s = \"// tranship: ignore[{MANUAL}]\"; {call}"), &[&d3d(2)]);
    check("// see tranship: ignore nothing\nint a;", &[]);
}

#[test]
fn a_suppressed_rename_is_not_applied() {
    let project = project(
        "void f(void *p) {\n  cudaFree(p); // tranship: ignore[cudaFree] for the CUDA build\n  cudaFree(p);\n}\n",
    );
    project.run(&["convert", "p"]).check(0, &["Converted"]);
    let written = String::from_utf8(project.written("a.hip")).unwrap();
    assert!(
        written.contains("  cudaFree(p); // tranship") && written.contains("  hipFree(p);\n"),
        "{written}"
    );
}

#[test]
fn build_files_use_the_comments_of_their_language() {
    let list = b"file(GLOB X b*.cu) # tranship: ignore[renamed-source] made by the build\n";
    let project = Project::of(&[("a.cu", b"\n"), ("CMakeLists.txt", list)]);
    project.run(&["convert", "p"]).check(0, &["0 manual."]);
    project.write("CMakeLists.txt", b"file(GLOB X b*.cu)\n");
    project.run(&["convert", "p"]).check(1, &["1 manual."]);
    let kept =
        b"add_library(x a.cu) # tranship: ignore[renamed-source-followed] the HIP build has its own list\n";
    project.write("CMakeLists.txt", kept);
    project.run(&["convert", "p"]).check(0, &["0 manual."]);
    assert_eq!(project.written("CMakeLists.txt"), kept);
}

#[test]
fn settings_suppress_a_rule_in_some_files() {
    let code = format!("void f(int p) {{ {MANUAL}(p); }}\n");
    let project = Project::of(&[("a.cu", code.as_bytes()), ("third_party/x/b.cu", code.as_bytes())]);
    let config =
        format!("[[ignore]]\nrule = \"{MANUAL}\"\npaths = [\"third_party\"]\nreason = \"not ours\"\n");
    project.write("tranship.toml", config.as_bytes());
    let paths = |project: &Project| {
        findings(project, &[])
            .iter()
            .map(|found| found["path"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&project), ["p/a.cu"]);
    let mixed = format!("ignore = [\"syncwarp\", {{ rule = \"{MANUAL}\", paths = [\"/a.cu\"] }}]\n");
    project.write("tranship.toml", mixed.as_bytes());
    assert_eq!(paths(&project), ["p/third_party/x/b.cu"]);
    let single = project.run(&["convert", "p/third_party/x/b.cu", "--diff", "--output-format", "concise"]);
    assert!(single.err.contains(MANUAL), "{}", single.err);
    for (text, words) in [
        ("[[ignore]]\nrule = \"nix\"\n", "tranship.toml:1: `nix` is neither a rule"),
        ("ignore = [{ rules = 1 }]\n", "tranship.toml:1: unknown field `rules`"),
        ("ignore = [{ rule = \"syncwarp\", paths = [\"a[\"] }]\n", "tranship.toml:1: `ignore`: "),
    ] {
        project.write("tranship.toml", text.as_bytes());
        project.run(&["convert", "p", "--diff"]).check(2, &[words]);
    }
}

/// The findings of `rule` in `findings`, each with the number of its other places.
fn places_of(findings: &[Value], rule: &str) -> Vec<usize> {
    let of_rule = findings.iter().filter(|found| found["rule"] == rule);
    of_rule.map(|found| found["also"].as_array().unwrap().len()).collect()
}

#[test]
fn one_answer_decides_all_places_of_a_question_about_the_project() {
    let guard = "#include <cuda_runtime.h>\n#if CUDART_VERSION >= 11000\nint a;\n#endif\n";
    let twice = format!("{guard}#if CUDART_VERSION < 9000\nint b;\n#endif\n");
    let project = Project::of(&[("a.cu", twice.as_bytes()), ("b.cu", guard.as_bytes())]);
    let open = findings(&project, &[]);
    assert_eq!(places_of(&open, "cuda-version-guard"), [2], "three places are one finding: {open:?}");
    let also = open[0]["also"].as_array().unwrap();
    assert_eq!(
        also.iter()
            .map(|place| (place["path"].as_str().unwrap(), place["line"].as_u64().unwrap()))
            .collect::<Vec<_>>(),
        [("p/a.cu", 5), ("p/b.cu", 2)]
    );
    assert!(also[1]["changes"][0]["after"].as_str().unwrap().contains("defined(HIP_VERSION)"), "{also:?}");
    let text = project.run(&["convert", "p", "--diff", "--output-format", "full"]);
    assert!(text.err.contains("2 more places: p/a.cu:5, p/b.cu:2"), "{}", text.err);
    project.run(&["review", "p", "--accept", "cuda-version-guard"]).check(0, &["Accepted: 1 finding"]);
    let written = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert_eq!(written.matches("key = ").count(), 3, "each place has its line: {written}");
    project.run(&["convert", "p"]).check(0, &["0 to review, 0 manual"]);
    // A place that is new is a new question.
    project.write("c.cu", guard.as_bytes());
    let settled = findings(&project, &[]);
    assert_eq!(places_of(&settled, "cuda-version-guard"), [2, 0], "{settled:?}");
}

#[test]
fn a_rejected_question_about_the_project_changes_no_place() {
    let code = "#include <cuda_runtime.h>\n#if CUDART_VERSION >= 11000\nint a;\n#endif\n";
    let project = Project::of(&[("a.cu", code.as_bytes()), ("b.cu", code.as_bytes())]);
    project.run(&["review", "p", "--reject", "cuda-version-guard"]).check(0, &["Rejected: 1 finding"]);
    project.run(&["convert", "p"]).check(0, &[]);
    for file in ["a.hip", "b.hip"] {
        let written = String::from_utf8(project.written(file)).unwrap();
        assert!(written.contains("\n#if CUDART_VERSION >= 11000\n"), "{written}");
    }
}

/// A call whose mask comes from a parameter, which is a `review` finding with a change, in a line with a plain rename.
const SHUFFLE: &str = "#include <cuda_runtime.h>\n__global__ void k(float *a, unsigned mask) {\n    \
    a[0] += __shfl_down_sync(mask, a[1], 16); cudaFree(a);\n    a[2] = 0;\n}\n";

/// The text of a file of answers that accepts the finding `key` of `a.cu` with the lines `after` for `before`.
fn edited(key: &str, before: &str, after: &str) -> String {
    format!(
        "version = 1\nanswers = [\n  {{ path = \"a.cu\", rule = \"shuffle-mask\", key = \"{key}\", \
         answer = \"accepted\", edited = {{ before = {before:?}, after = {after:?} }} }},\n]\n"
    )
}

#[test]
fn edited_lines_replace_every_change_of_their_lines() {
    let before = "    a[0] += __shfl_down_sync(mask, a[1], 16); cudaFree(a);";
    let check = |code: &str, after: &str, expected: &str, header: bool| {
        let project = project(code);
        let key = keys(&project).remove(0);
        project.write("tranship-answers.toml", edited(&key, before, after).as_bytes());
        project.run(&["convert", "p"]).check(0, &["0 to review, 0 manual, 1 answered"]);
        assert_eq!(String::from_utf8(project.written("a.hip")).unwrap(), expected);
        assert_eq!(project.output("tranship_hip.h").exists(), header, "the header is there if it is called");
    };
    let around = |lines: &str| {
        format!(
            "#include <hip/hip_runtime.h>\n__global__ void k(float *a, unsigned mask) {{\n{lines}\n    a[2] = 0;\n}}\n"
        )
    };
    let own = "    a[0] += __shfl_down(a[1], 16, 32);\n    hipFree(a);  // \"ours\"";
    check(SHUFFLE, own, &around(own), false);
    let returns = |text: &str| text.replace('\n', "\r\n");
    check(&returns(SHUFFLE), own, &returns(&around(own)), false);
    // The lines are used as they are, names of CUDA and helpers included.
    let helper = "    a[0] += tranship::shfl_down_sync(mask, a[1], 8); cudaFree(a);";
    let include = "#include \"tranship_hip.h\"\n";
    let expected = around(helper).replacen('\n', &format!("\n{include}"), 1);
    check(SHUFFLE, helper, &expected, true);
}

#[test]
fn edited_lines_hold_only_for_the_lines_that_were_edited() {
    let before = "    a[0] += __shfl_down_sync(mask, a[1], 16); cudaFree(a);";
    let project = project(SHUFFLE);
    let key = keys(&project).remove(0);
    let own = "    a[0] += a[1];";
    let answers = edited(&key, before, own);
    project.write("tranship-answers.toml", answers.as_bytes());
    project.run(&["convert", "p"]).check(0, &["1 answered"]);
    // Another indentation keeps the key, but the edited lines are other ones.
    project.write("a.cu", SHUFFLE.replace("    a[0]", "\ta[0]").as_bytes());
    project.run(&["convert", "p"]).check(1, &["1 to review, 0 manual."]);
    project.write("a.cu", SHUFFLE.as_bytes());
    // Lines after which the file does not parse are not used.
    let broken = edited(&key, before, "    a[0] += (a[1];");
    project.write("tranship-answers.toml", broken.as_bytes());
    project.run(&["convert", "p"]).check(1, &["edit-dropped", "1 manual, 1 answered"]);
    assert!(!String::from_utf8(project.written("a.hip")).unwrap().contains("(a[1];"));
    for (text, words) in [
        (
            answers.replace("\"accepted\"", "\"rejected\""),
            "has edited lines, which only an accepted change can have",
        ),
        (answers.replace("after =", "behind ="), "tranship-answers.toml:3: unknown field `behind`"),
    ] {
        project.write("tranship-answers.toml", text.as_bytes());
        project.run(&["convert", "p"]).check(2, &[words]);
    }
}

#[test]
fn another_answer_removes_edited_lines_and_a_review_of_the_rest_keeps_them() {
    let before = "    a[0] += __shfl_down_sync(mask, a[1], 16); cudaFree(a);";
    let project = project(&format!("{SHUFFLE}void f(int p) {{ {MANUAL}(p); }}\n"));
    let key = keys(&project).remove(0);
    let answers = edited(&key, before, "    a[0]\t+= \"\\\\\"[0];");
    project.write("tranship-answers.toml", answers.as_bytes());
    project.run(&["review", "p", "--accept", MANUAL]).check(0, &["Accepted: 1 finding", "Open: 0 findings"]);
    let written = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    let own = r#"after = "    a[0]\t+= \"\\\\\"[0];""#;
    assert!(written.contains(own), "{written}");
    project.run(&["review", "p", "--reopen", "shuffle-mask"]).check(0, &["Open: 1 finding"]);
    let written = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert!(!written.contains("edited"), "{written}");
}
