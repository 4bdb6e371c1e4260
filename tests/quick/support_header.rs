//! The support header: its content, its place, and files of that name that tranship did not write.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Project, Ran, root, run};

const DOT: &[u8] = b"#include <cuda_runtime.h>\n__device__ int f(int a) { return __dp4a(a, a, a); }\n";
const SUM: &[u8] = b"#pragma once\n__device__ unsigned g(unsigned a) { return __vadd4(a, a); }\n";

fn project() -> Project {
    Project::of(&[("dot.cu", DOT), ("deep/er/sum.cuh", SUM), ("plain.cu", b"void h() {}\n")])
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn in_place(project: &Project) -> Ran {
    project.run(&["convert", "p", "--in-place", "--allow-dirty"])
}

#[test]
fn one_header_has_the_helpers_that_the_project_calls() {
    let project = project();
    project.run(&["convert", "p"]).check(0, &["Converted 3 of 3 files"]);
    let header = text(project.written("tranship_hip.h"));
    assert!(header.starts_with("// tranship support header"), "{header}");
    assert!(header.contains("\n// helpers: dp4a vadd4\n"), "{header}");
    assert!(header.contains("unsigned by_parts(") && !header.contains("vsub4"), "{header}");
    assert!(text(project.written("dot.hip")).contains("#include \"tranship_hip.h\"\n"));
    let deep = text(project.written("deep/er/sum.cuh"));
    assert!(deep.starts_with("#pragma once\n#include \"../../tranship_hip.h\"\n"), "{deep}");
    assert!(!text(project.written("plain.hip")).contains("tranship"));
    project.write("dot.cu", b"void f() {}\n");
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(!text(project.written("tranship_hip.h")).contains("dp4a"));
    project.write("deep/er/sum.cuh", b"\n");
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(!project.output("tranship_hip.h").exists(), "no file needs it any more");
}

#[test]
fn tranship_toml_sets_the_path_of_the_header() {
    let project = project();
    project.write("tranship.toml", b"support_header = \"deep/hip/warp.h\"\n");
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(text(project.written("deep/hip/warp.h")).contains("dp4a"));
    assert!(text(project.written("dot.hip")).contains("#include \"deep/hip/warp.h\"\n"));
    assert!(text(project.written("deep/er/sum.cuh")).contains("#include \"../hip/warp.h\"\n"));
    project.write("tranship.toml", b"support_header = \"../warp.h\"\n");
    project.run(&["convert", "p"]).check(2, &["tranship.toml:1", "no file inside of the project"]);
}

#[test]
fn a_conversion_in_place_writes_the_header_and_later_adds_to_it() {
    let project = project();
    in_place(&project).check(0, &[]);
    let header = fs::read(project.path("tranship_hip.h")).unwrap();
    in_place(&project).check(0, &["Converted 0 of 3 files"]);
    assert_eq!(fs::read(project.path("tranship_hip.h")).unwrap(), header, "a second run changes nothing");
    project.write("more.cu", b"__device__ int h(unsigned a) { return __vsub4(a, a); }\n");
    in_place(&project).check(0, &[]);
    let header = text(fs::read(project.path("tranship_hip.h")).unwrap());
    assert!(header.contains("\n// helpers: dp4a vadd4 vsub4\n"), "{header}");
    project.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(
        text(project.written("tranship_hip.h")),
        header,
        "files that are HIP already still include it"
    );
}

#[test]
fn a_file_of_that_name_that_tranship_did_not_write_is_not_changed() {
    let project = project();
    project.write("tranship_hip.h", b"// mine\n");
    let named = "p/tranship_hip.h: is in the place of the support header";
    project.run(&["convert", "p"]).check(2, &[named, "`support_header`"]);
    in_place(&project).check(2, &[named]);
    assert_eq!(fs::read(project.path("tranship_hip.h")).unwrap(), b"// mine\n");
    let unused = Project::of(&[("tranship_hip.h", b"// mine\n"), ("plain.cu", b"void h() {}\n")]);
    unused.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(unused.written("tranship_hip.h"), b"// mine\n");
}

#[test]
fn a_patch_creates_the_header() {
    let project = project();
    let ran = project.run(&["convert", "p", "--diff"]);
    ran.check(1, &[]);
    let new = "diff --git a/p/tranship_hip.h b/p/tranship_hip.h\nnew file mode 100644\n--- /dev/null\n+++ b/p/tranship_hip.h\n";
    assert!(ran.out.contains(new), "{}", ran.out);
    let mut apply = std::process::Command::new("git");
    apply.args(["apply", "-"]).current_dir(project.around()).stdin(Stdio::piped());
    let mut apply = apply.spawn().unwrap();
    apply.stdin.take().unwrap().write_all(ran.out.as_bytes()).unwrap();
    assert!(apply.wait().unwrap().success());
    project.run(&["convert", "p", "--diff"]).check(0, &["Would convert 0 of 3 files"]);
}

#[test]
fn a_conversion_of_single_files_writes_the_header() {
    let project = project();
    project.run(&["convert", "p/dot.cu", "--out", "o"]).check(0, &[]);
    project.run(&["convert", "p/deep/er/sum.cuh", "--out", "o"]).check(0, &[]);
    let out = project.around().join("o");
    let header = text(fs::read(out.join("tranship_hip.h")).unwrap());
    assert!(header.contains("\n// helpers: dp4a vadd4\n"), "{header}");
    assert!(text(fs::read(out.join("sum.cuh")).unwrap()).contains("#include \"tranship_hip.h\"\n"));
    project.run(&["convert", "p/dot.cu"]).check(0, &[]);
    assert!(project.path("dot.hip").exists() && project.path("tranship_hip.h").exists());
}

#[test]
fn converted_standard_input_includes_the_header_and_a_flag_writes_it() {
    let project = project();
    let convert = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.stdin(fs::File::open(project.path("dot.cu")).unwrap());
        run(&mut command)
    };
    let ran = convert(&["convert", "-"]);
    ran.check(0, &["`--support-header FILE` writes it"]);
    assert!(ran.out.contains("#include \"tranship_hip.h\"\n"), "{}", ran.out);
    convert(&["convert", "-", "--support-header", "h.h"]).check(0, &[]);
    assert!(text(fs::read(project.around().join("h.h")).unwrap()).contains("dp4a"));
    fs::write(project.around().join("h.h"), "// mine\n").unwrap();
    convert(&["convert", "-", "--support-header", "h.h"])
        .check(2, &["h.h: is in the place of the support header"]);
    project.run(&["convert", "p", "--support-header", "h.h"]).check(2, &["needs `-`"]);
}

#[test]
fn a_definition_of_the_project_is_used_instead_of_the_header() {
    let own =
        b"#include <cuda_runtime.h>\n__device__ int __dp4a(int a, int b, int c) { return a * b + c; }\n\
                __device__ int f(int a) { return __dp4a(a, a, a); }\n";
    let project = Project::of(&[("own.cu", own)]);
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(!text(project.written("own.hip")).contains("tranship"));
    assert!(!project.output("tranship_hip.h").exists());
}

#[test]
fn an_output_without_the_header_is_out_of_step() {
    let project = project();
    project.run(&["convert", "p"]).check(0, &[]);
    project.run(&["check", "p", "--against", "p-hip"]).check(0, &[]);
    fs::remove_file(project.output("tranship_hip.h")).unwrap();
    let ran = project.run(&["check", "p", "--against", "p-hip"]);
    assert!(ran.code == Some(1) && ran.out.contains("tranship_hip.h"), "{} {}", ran.out, ran.err);
}

#[test]
fn warp_size_stays_in_a_project_with_code_for_waves() {
    let kernel = b"#include <cuda_runtime.h>\n#include \"waves.cuh\"\n__device__ int lane() { return threadIdx.x % warpSize; }\n";
    let shim = b"#ifdef USE_ROCM\n#define __shfl_xor_sync(mask, v, by) __shfl_xor(v, by)\n#endif\n";
    let branch = b"__device__ int f(int v) {\n#ifdef USE_ROCM\n  return __shfl(v, 0);\n#else\n  return v;\n#endif\n}\n";
    for other in [&shim[..], &branch[..]] {
        let project = Project::of(&[("lane.cu", kernel), ("waves.cuh", other)]);
        project.run(&["convert", "p"]).check(0, &[]);
        assert!(text(project.written("lane.hip")).contains("threadIdx.x % warpSize"));
    }
    let project = Project::of(&[("lane.cu", kernel)]);
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(text(project.written("lane.hip")).contains("threadIdx.x % 32"));
}

/// The includes of each file of the output, and what the program says about a conversion of the output.
fn includes_of_fixture() -> (Vec<(String, Vec<String>)>, Ran) {
    let folder = root().join("fixtures/projects/included-inside");
    let project = Project::new();
    for name in ["main.cu", "operations.h", "members.cuh", "any.cuh", "sum.inl", "votes.cuh"] {
        project.write(name, &fs::read(folder.join(name)).unwrap());
    }
    project.run(&["convert", "p"]).check(0, &["Converted 6 of 6 files"]);
    let includes = |name: String| {
        let text = text(project.written(&name));
        let includes = text.lines().filter(|line| line.trim_start().starts_with("#include"));
        (name.clone(), includes.map(str::to_owned).collect())
    };
    let files = project.all_written().into_iter().filter(|name| name != "tranship_hip.h");
    let again = project.run(&["convert", "p-hip", "--out", "again"]);
    (files.map(includes).collect(), again)
}

#[test]
fn a_header_that_is_included_inside_of_a_declaration_includes_nothing() {
    let (files, again) = includes_of_fixture();
    again.check(0, &["Converted 0 of"]);
    let of = |name: &str| {
        let (_, includes) = files.iter().find(|(file, _)| file == name).unwrap();
        includes.iter().map(String::as_str).collect::<Vec<_>>()
    };
    for name in ["operations.h", "members.cuh", "any.cuh", "sum.inl"] {
        assert_eq!(of(name), [""; 0], "{name}");
    }
    assert_eq!(of("votes.cuh"), ["#include \"tranship_hip.h\"", "#include \"sum.inl\""]);
    let main = of("main.hip");
    assert_eq!(
        main[..3],
        ["#include <hip/hip_runtime.h>", "#include \"votes.cuh\"", "#include \"tranship_hip.h\""]
    );
}

/// Where the support header is included in the file `path` with the text `before` and a vote behind it.
#[track_caller]
fn is_included(path: &str, before: &str, after: &str) {
    let code = "__device__ int f(int p) { return __any_sync(0xffffffffu, p); }\n";
    let call = "__device__ int f(int p) { return tranship::any_sync(0xffffffffu, p); }\n";
    let project = Project::of(&[(path, before.replace("CODE", code).as_bytes())]);
    project.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(text(project.written(path)), after.replace("CODE", call), "{before}");
}

#[test]
fn the_header_is_included_at_the_top_level_in_every_form_of_a_file() {
    const INCLUDE: &str = "#include \"tranship_hip.h\"\n";
    for (before, after) in [
        ("extern \"C\" {\nCODE}\n", "INCLUDEextern \"C\" {\nCODE}\n"),
        (
            "// License.\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nCODE#ifdef __cplusplus\n}\n#endif\n",
            "// License.\nINCLUDE#ifdef __cplusplus\nextern \"C\" {\n#endif\nCODE#ifdef __cplusplus\n}\n#endif\n",
        ),
        (
            "#pragma once\nextern \"C\" {\n#include <stdio.h>\n}\nCODE",
            "#pragma once\nINCLUDEextern \"C\" {\n#include <stdio.h>\n}\nCODE",
        ),
        (
            "/* License. */\n#if USE_GPU\n#pragma unroll\nCODE#endif\n",
            "/* License. */\nINCLUDE#if USE_GPU\n#pragma unroll\nCODE#endif\n",
        ),
        (
            "/* License,\n   two lines. */\n#pragma once\nnamespace a {\n#pragma once\nCODE}\n",
            "/* License,\n   two lines. */\n#pragma once\nINCLUDEnamespace a {\n#pragma once\nCODE}\n",
        ),
        (
            "namespace a {\n#pragma once\n#include <cstdio>\nCODE}\n",
            "INCLUDEnamespace a {\n#pragma once\n#include <cstdio>\nCODE}\n",
        ),
        (
            "#pragma nv_diag_suppress 177\n#ifndef A_H\n#define A_H\nCODE#endif // A_H\n",
            "#pragma nv_diag_suppress 177\n#ifndef A_H\n#define A_H\nINCLUDECODE#endif // A_H\n",
        ),
    ] {
        is_included("a.h", before, &after.replace("INCLUDE", INCLUDE));
    }
}

#[test]
fn each_package_of_a_monorepo_has_its_own_header() {
    const VOTE: &[u8] = b"__global__ void k(int *o) { o[0] = __ballot_sync(0xffffffff, o[1]); }\n";
    const ACTIVE: &[u8] = b"#pragma once\n__device__ inline unsigned act() { return __activemask(); }\n";
    let project = Project::of(&[
        ("one/setup.py", b""),
        ("one/src/a.cu", VOTE),
        ("two/CMakeLists.txt", b"project(two LANGUAGES CXX)\n"),
        ("two/b.cuh", ACTIVE),
        ("loose/c.cu", VOTE),
        ("none/pyproject.toml", b"[project]\nname = \"none\"\n"),
        ("none/d.cu", b"int x;\n"),
    ]);
    project.run(&["convert", "p"]).check(0, &[]);
    let read = |path: &str| fs::read_to_string(project.path(&format!("../p-hip/{path}"))).unwrap();
    let header = read("tranship_hip.h");
    assert!(header.contains("// helpers: activemask ballot_sync\n#ifndef TRANSHIP_HIP_H\n"), "{header}");
    assert!(header.ends_with("#endif // TRANSHIP_HIP_H\n"), "{header}");
    for package in ["one", "two"] {
        assert_eq!(
            read(&format!("{package}/tranship_hip.h")),
            header,
            "equal, since one source may include several"
        );
    }
    assert!(!project.path("../p-hip/none/tranship_hip.h").exists(), "nothing there calls a helper");
    assert!(read("one/src/a.hip").contains("#include \"../tranship_hip.h\"\n"));
    assert!(read("two/b.cuh").contains("#include \"tranship_hip.h\"\n"));
    assert!(read("loose/c.hip").contains("#include \"../tranship_hip.h\"\n"));
    // A second run, a check and a conversion in place agree about the headers.
    project.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(read("one/tranship_hip.h"), header);
    project.run(&["check", "p", "--against", "p-hip"]).check(0, &[]);
    project.run(&["convert", "p", "--in-place", "--allow-dirty"]).check(0, &[]);
    assert_eq!(fs::read_to_string(project.path("one/tranship_hip.h")).unwrap(), header);
    project.run(&["convert", "p", "--in-place", "--allow-dirty"]).check(0, &["Converted 0 of"]);
    // With a place in the configuration there is one header.
    let project = Project::of(&[
        ("one/setup.py", b""),
        ("one/a.cu", VOTE),
        ("tranship.toml", b"support_header = \"inc/h.h\"\n"),
    ]);
    project.run(&["convert", "p"]).check(0, &[]);
    assert!(project.path("../p-hip/inc/h.h").exists() && !project.path("../p-hip/one/h.h").exists());
}

/// Names of libraries that helpers use and that are in capital letters.
const CAPITALS_OF_LIBRARIES: [&str; 5] = ["AMDSMI_", "HIP_", "CHAR_BIT", "UINT_MAX", "TRANSHIP_"];

/// Projects define such macros before they include the header: `#define STEPS 3`, `#define T float`, `#define m 16`.
#[test]
fn no_helper_declares_a_name_that_projects_use_for_macros() {
    let mut wrong = Vec::new();
    for file in fs::read_dir(root().join("rules/support")).unwrap().map(|file| file.unwrap().path()) {
        let text = text(fs::read(&file).unwrap());
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let code = code.filter(|line| !line.contains("static_assert"));
        let words = code.filter(|line| !line.starts_with('#')).flat_map(|line| {
            line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '\'').map(str::to_owned)
        });
        let is_macro_like = |word: &String| {
            let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(is_capital)
                && !CAPITALS_OF_LIBRARIES.iter().any(|prefix| word.starts_with(prefix))
                || matches!(word.as_str(), "m" | "n" | "k")
        };
        wrong.extend(words.filter(is_macro_like).map(|word| format!("{}: {word}", file.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
