//! Readiness: `tranship scan` as text. `tests/quick/page.rs` is about the page.

use crate::support::{Project, files, of_every_level};

#[test]
fn a_scan_reports_readiness_and_writes_nothing() {
    let project = of_every_level();
    let before = files(project.around());
    let ran = project.run(&["scan", "p"]);
    ran.check(1, &["Next: `tranship scan p --html FILE`"]);
    assert_eq!(files(project.around()), before);
    for words in [
        "files that use CUDA",
        "Blockers: days each",
        "inline-ptx",
        "To check",
        "nvcc-guard",
        "Possible numerical differences",
        "random sequences",
        "in p/src/kernel.cu:5",
        "order of atomics",
        "fast math",
        "in p/Makefile:2",
    ] {
        assert!(ran.out.contains(words), "`{words}` is missing in:\n{}", ran.out);
    }
    let at = |words: &str| ran.out.find(words).unwrap();
    assert!(at("inline-ptx") < at("nvcc-guard"), "blockers first:\n{}", ran.out);
    assert!(!ran.out.contains("sums of libraries"), "only topics that the project uses:\n{}", ran.out);
    project.run(&["scan", "p", "--exit-zero"]).check(0, &[]);
}

#[test]
fn a_scan_without_cuda_succeeds_and_a_scan_of_a_missing_folder_fails() {
    let project = Project::of(&[("a.cpp", b"int main() {}\n")]);
    let ran = project.run(&["scan", "p"]);
    ran.check(0, &[]);
    assert_eq!(ran.out, "No file uses CUDA.\n");
    project.run(&["scan", "p", "--html", "page.html"]).check(0, &[]);
    project.run(&["scan", "gone"]).check(2, &["gone: cannot read"]);
    project.run(&["scan", "p", "--html", "a", "--output-format", "json"]).check(2, &["cannot be used with"]);
    project
        .run(&["scan", "p", "--html", "no/such/folder.html"])
        .check(2, &["no/such/folder.html: cannot write"]);
}

#[test]
fn a_scan_lists_headers_that_no_table_has_and_counts_libraries_that_rocm_lacks() {
    let code = b"#include <optix.h>\n#include <vector>\n#include <sys/time.h>\n#include <hip/hip_fp16.h>\n#include <weird/lib.h>\n\
        #include \"own.h\"\n#include <own.h>\nvoid run() { optixInit(); }\n";
    let project = Project::of(&[("a.cu", code), ("own.h", b"int own();\n")]);
    let ran = project.run(&["scan", "p"]);
    ran.check(1, &[]);
    let (_, listed) = ran.out.split_once("Headers that no table has").expect("the list");
    let headers: Vec<&str> =
        listed.lines().skip(1).take_while(|line| line.starts_with(' ')).map(str::trim).collect();
    assert_eq!(headers, ["1  <weird/lib.h>"], "{}", ran.out);
    let files = ran.out.lines().find(|line| line.starts_with("files that use CUDA")).expect("the share");
    assert!(files.contains(" 0 %"), "{files}");
}
