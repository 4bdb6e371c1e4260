//! Converting whole projects: the files that are written, their names, and the effect of a second run.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::support::{AXPY, AXPY_HIP, PROGRAM, Project, Ran, commit, files, git, root, run};

/// A project with code, build files, data and a script.
fn mixed() -> Project {
    Project::of(&[
        ("src/axpy.cu", AXPY.as_bytes()),
        ("src/gen.cu.in", b"#include \"axpy.cuh\"\nvoid g(void *p) { cudaFree(p); }\n"),
        ("src/axpy.cuh", b"#include <cuda_runtime.h>\r\n#include \"plain.cu\"\r\n"),
        ("src/plain.cu", b"template int f<3>();\n"),
        ("src/main.cpp", b"int main() {}\n"),
        ("CMakeLists.txt", b"add_library(a src/axpy.cu src/main.cpp)\n"),
        ("run.sh", b"#!/bin/sh\nwc z*.cu\n"),
        ("data/x.bin", b"\0\x01\xff"),
    ])
}

#[test]
fn a_tree_is_converted_beside_itself() {
    let project = mixed();
    fs::set_permissions(project.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(project.path("src/axpy.cu"), fs::Permissions::from_mode(0o444)).unwrap();
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    ran.check(1, &["Converted 5 of 8 files into p-hip/", "1 manual."]);
    assert_eq!(
        ran.out,
        "p/run.sh:2:4: manual[renamed-source] `z*.cu` names or matches files that end in `.hip` in the output\n"
    );
    assert_eq!(project.written("CMakeLists.txt"), b"add_library(a src/axpy.hip src/main.cpp)\n");
    let expected = [
        ".tranship-output",
        "CMakeLists.txt",
        "data/x.bin",
        "run.sh",
        "src/axpy.cuh",
        "src/axpy.hip",
        "src/gen.hip.in",
        "src/main.cpp",
        "src/plain.hip",
    ];
    assert_eq!(project.all_written(), expected);
    assert_eq!(project.written("src/axpy.hip"), AXPY_HIP.as_bytes());
    let header = b"#include <hip/hip_runtime.h>\r\n#include \"plain.hip\"\r\n";
    assert_eq!(project.written("src/axpy.cuh"), header);
    assert_eq!(project.written("data/x.bin"), b"\0\x01\xff");
    let mode = |path: &str| fs::metadata(project.output(path)).unwrap().mode() & 0o777;
    assert_eq!(mode("run.sh"), 0o755);
    assert_eq!(mode("src/axpy.hip"), 0o444);
}

#[test]
fn hip_code_decides_which_definitions_the_names_of_a_header_refer_to() {
    // The header uses a shuffle that another header defines. Only the source includes both.
    let project = Project::of(&[
        ("compat.cuh", b"#if defined(USE_ROCM)\n#define __shfl_xor_sync(m, v, l) __shfl_xor(v, l)\n#endif\n"),
        ("use.cuh", b"__device__ float f(float v) { return __shfl_xor_sync(0xffffffff, v, 1); }\n"),
        ("main.cu", b"#include <cuda_runtime.h>\n#include \"compat.cuh\"\n#include \"use.cuh\"\n"),
    ]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let once = project.written("use.cuh");
    assert!(String::from_utf8_lossy(&once).contains("__shfl_xor_sync(0xffffffff, v, 1)"));
    project.run(&["convert", "p-hip", "--out", "again", "--exit-zero"]).check(0, &["Converted 0 of 3 files"]);
    assert_eq!(fs::read(project.around().join("again/use.cuh")).unwrap(), once);
}

#[test]
fn the_runtime_header_comes_before_the_code_of_every_header() {
    let folder = root().join("fixtures/projects/runtime-order");
    let names = ["early.cu", "late.cu", "launch.cuh", "plain.h", "qualifiers.cuh"];
    let read: Vec<(&str, Vec<u8>)> = names.map(|name| (name, fs::read(folder.join(name)).unwrap())).into();
    let files: Vec<(&str, &[u8])> = read.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let project = Project::of(&files);
    project.run(&["convert", "p"]).check(0, &["Converted 3 of 5 files"]);
    let lines = |name: &str| String::from_utf8(project.written(name)).unwrap();
    // `qualifiers.cuh` has code and includes nothing; `launch.cuh` includes the runtime before its code.
    assert!(lines("late.hip").contains("#include <hip/hip_runtime.h>\n#include \"qualifiers.cuh\""));
    assert!(!lines("early.hip").contains("hip_runtime.h"));
}

#[test]
fn a_second_run_writes_nothing() {
    let project = mixed();
    project.run(&["convert", "p"]).check(1, &[]);
    let stamp = |path: &String| {
        let meta = fs::metadata(project.output(path)).unwrap();
        (path.clone(), meta.mtime(), meta.mtime_nsec(), meta.ino())
    };
    // With an old time, a second write shows at any resolution of the clock.
    for path in project.all_written() {
        let permissions = fs::metadata(project.output(&path)).unwrap().permissions();
        fs::set_permissions(project.output(&path), fs::Permissions::from_mode(0o644)).unwrap();
        let file = fs::File::options().append(true).open(project.output(&path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
        fs::set_permissions(project.output(&path), permissions).unwrap();
    }
    let before: Vec<_> = project.all_written().iter().map(stamp).collect();
    project.run(&["convert", "p"]).check(1, &[]);
    let after: Vec<_> = project.all_written().iter().map(stamp).collect();
    assert_eq!(before, after);
}

#[test]
fn a_changed_source_replaces_only_its_own_output() {
    let project = mixed();
    project.run(&["convert", "p"]).check(1, &[]);
    project.write("src/axpy.cu", format!("{AXPY}// more\n").as_bytes());
    project.write("src/new.cu", b"");
    fs::remove_file(project.path("data/x.bin")).unwrap();
    project.run(&["convert", "p"]).check(1, &[]);
    assert_eq!(project.written("src/axpy.hip"), format!("{AXPY_HIP}// more\n").as_bytes());
    assert!(project.output("src/new.hip").exists());
    assert!(!project.output("data").exists(), "output without a source is removed with its empty folder");
}

#[test]
fn converting_the_output_changes_nothing() {
    let project = mixed();
    project.run(&["convert", "p"]).check(1, &[]);
    project.run(&["convert", "p-hip", "--out", "again"]).check(0, &["Converted 0 of 8 files"]);
    let written = project.all_written();
    let again = project.around().join("again");
    assert_eq!(files(&again), written);
    for path in written.iter().filter(|path| *path != ".tranship-output") {
        assert_eq!(fs::read(again.join(path)).unwrap(), project.written(path), "{path}");
    }
}

#[test]
fn applying_the_patch_gives_the_same_files_as_a_conversion() {
    let project = mixed();
    project.write("src/odd name \u{e9}\".cu", AXPY.as_bytes());
    project.write("src/no_end.cu", b"void f(void *p) { cudaFree(p); }");
    project.write("src/latin.cuh", b"// \xe9\ncudaError_t e;\r\n");
    commit(&project);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let mut command = project.command(&["convert", ".", "--diff"]);
    let output = command.current_dir(project.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    fs::write(project.around().join("patch"), &output.stdout).unwrap();
    git(&project, &["apply", "--index", "../patch"]).check(0, &[]);
    for path in project.all_written().iter().filter(|path| *path != ".tranship-output") {
        assert_eq!(fs::read(project.path(path)).unwrap(), project.written(path), "{path}");
    }
    let patch = String::from_utf8_lossy(&output.stdout);
    assert!(patch.contains("rename from src/axpy.cu\nrename to src/axpy.hip\n"), "{patch}");
}

#[test]
fn patches_by_rule_apply_in_order() {
    let project = mixed();
    let code = "__global__ void k(int *a) { register int b = a[0]; cudaFree(0); }\n\
                void f(cudaStream_t s) { k<<<1, {2, 2}>>>(0); }\n";
    project.write("src/rules.cu", code.as_bytes());
    commit(&project);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let inside = |arguments: &[&str]| run(project.command(arguments).current_dir(project.path("")));
    inside(&["convert", ".", "--patch-per-rule", "../patches"]).check(1, &["Would convert"]);
    let patches = files(&project.around().join("patches"));
    assert_eq!(patches.first().unwrap(), "01-names.patch");
    assert!(patches.last().unwrap().ends_with("-file-names.patch"), "{patches:?}");
    assert!(patches.iter().any(|patch| patch.ends_with("-register-keyword.patch")), "{patches:?}");
    for patch in &patches {
        git(&project, &["apply", "--index", &format!("../patches/{patch}")]).check(0, &[]);
    }
    for path in project.all_written().iter().filter(|path| *path != ".tranship-output") {
        assert_eq!(fs::read(project.path(path)).unwrap(), project.written(path), "{path}");
    }
    inside(&["convert", ".", "--patch-per-rule", "../patches"]).check(2, &["is not empty"]);
}

#[test]
fn a_project_without_changes_gives_an_empty_patch() {
    let project = Project::of(&[("a.cpp", b"int main() {}\n")]);
    let ran = project.run(&["convert", "p", "--diff"]);
    ran.check(0, &["Would convert 0 of 1 file"]);
    assert_eq!(ran.out, "");
    assert_eq!(project.run(&["convert", "p"]).check(0, &[]).out, "");
}

#[test]
fn a_conversion_in_place_needs_a_clean_repository() {
    let project = mixed();
    let refused = "p: is not in a git repository";
    project.run(&["convert", "p", "--in-place"]).check(2, &[refused, "`--allow-dirty`"]);
    commit(&project);
    project.write("notes.txt", b"not committed");
    project.run(&["convert", "p", "--in-place"]).check(2, &["1 file has changes that are not committed"]);
    assert!(project.path("src/axpy.cu").exists());
    project
        .run(&["convert", "p", "--in-place", "--allow-dirty"])
        .check(1, &["Converted 5 of 9 files in place"]);
    assert_eq!(fs::read(project.path("src/axpy.hip")).unwrap(), AXPY_HIP.as_bytes());
    assert!(!project.path("src/axpy.cu").exists());
    assert!(!project.path(".tranship-output").exists(), "the source gets no manifest");
    git(&project, &["add", "-A"]).check(0, &[]);
    git(&project, &["commit", "-qm", "hip"]).check(0, &[]);
    let again = project.run(&["convert", "p", "--in-place"]);
    again.check(0, &["Converted 0 of 9 files"]);
    assert_eq!(git(&project, &["status", "--porcelain"]).out, "");
}

#[test]
fn a_conversion_in_place_overwrites_no_other_file() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes()), (".gitignore", b"*.hip\n")]);
    commit(&project);
    project.write("a.hip", b"mine");
    project.run(&["convert", "p", "--in-place"]).check(2, &["p/a.hip: is there already"]);
    assert_eq!(fs::read(project.path("a.hip")).unwrap(), b"mine");
    assert_eq!(fs::read(project.path("a.cu")).unwrap(), AXPY.as_bytes());
}

#[test]
fn two_sources_with_one_output_name_are_both_reported() {
    let project =
        Project::of(&[("a.cu", AXPY.as_bytes()), ("a.hip", b"int a;\n"), ("b.cu", AXPY.as_bytes())]);
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    ran.check(2, &["Converted 1 of 3 files"]);
    assert!(
        ran.out.contains("p/a.cu: manual[name-clash] `a.cu` and `a.hip` would get the same name"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("p/a.hip: manual[name-clash] "), "{}", ran.out);
    assert_eq!(project.all_written(), [".tranship-output", "b.hip"]);
    project.run(&["convert", "p", "--keep-names"]).check(0, &["Converted 2 of 3 files"]);
    assert_eq!(project.all_written(), [".tranship-output", "a.cu", "a.hip", "b.cu"]);
}

/// After an answer or a suppression of a clash the run succeeds, although neither file is written.
#[test]
fn a_settled_clash_does_not_fail_the_run() {
    let project =
        Project::of(&[("a.cu", AXPY.as_bytes()), ("a.hip", b"int a;\n"), ("b.cu", AXPY.as_bytes())]);
    let check = |code: i32| {
        project.run(&["convert", "p"]).check(code, &["Converted 1 of"]);
        assert_eq!(project.all_written(), [".tranship-output", "b.hip"]);
    };
    check(2);
    project.run(&["review", "p", "--accept", "name-clash"]).check(0, &["Accepted: 2 findings"]);
    check(0);
    project.run(&["review", "p", "--reopen", "name-clash"]).check(0, &[]);
    let baseline = ["check", "p", "--baseline", "b.toml", "--ignore", "would-change"];
    project.run(&[&baseline[..], &["--update-baseline"]].concat()).check(0, &[]);
    project.run(&baseline).check(0, &[]);
    project.write("tranship.toml", b"ignore = [\"name-clash\"]\n");
    project.run(&["check", "p", "--ignore", "would-change"]).check(0, &[]);
    project.write("tranship.toml", b"exclude = [\"/a.cu\"]\n");
    project.run(&["convert", "p"]).check(0, &["Converted 1 of 3 files"]);
    assert_eq!(project.written("a.hip"), b"int a;\n");
}

/// A name that CUDA and the project define refers to the project's definition only in files that include it.
#[test]
fn the_includes_of_a_file_decide_which_definition_a_name_refers_to() {
    let fixture = root().join("fixtures/projects/own-names");
    let project = Project::new();
    for path in ["alpha/main.cu", "alpha/pool.h", "beta/main.cu", "shared/buffer.h"] {
        project.write(path, &fs::read(fixture.join(path)).unwrap());
    }
    let ran = project.run(&["convert", "--output-format", "concise", "p"]);
    ran.check(1, &["1 manual"]);
    assert!(ran.out.contains("shared/buffer.h:5:59: manual[own-name-elsewhere]"), "{}", ran.out);
    let holds = |path: &str, text: &str| {
        let written = String::from_utf8(project.written(path)).unwrap();
        assert!(written.contains(text), "{path} lacks `{text}`:\n{written}");
    };
    holds("alpha/main.hip", "    cudaMalloc(&p, 64);");
    holds("alpha/pool.h", "return ::hipMalloc(p, bytes);");
    holds("alpha/pool.h", "#define cudaMalloc(p, bytes)");
    holds("beta/main.hip", "    hipMalloc(&p, 64);");
    holds("shared/buffer.h", "return cudaMalloc(p, n");
}

/// A member alias is visible in its class alone, a host function only to host code: elsewhere the name is CUDA's.
#[test]
fn the_scope_of_a_definition_decides_which_code_can_mean_it() {
    let precision = b"#include <cufft.h>\nnamespace a { template <class T> struct Of;\n\
        template <> struct Of<float> { using type = cufftReal; };\n\
        template <class T> using Real = typename Of<T>::type; }\n";
    let field = b"#pragma once\n#include \"precision.h\"\nnamespace a { namespace grid { using cufftReal = Real<float>;\n\
        cufftReal grid_value(); }\nclass Field { using cufftReal = Real<float>; void read(); cufftReal *values; }; }\n";
    let source = b"#include \"field.h\"\nvoid a::Field::read() { cufftReal *all = values; }\n";
    let random =
        b"#pragma once\n#include <curand.h>\nfloat *curand_normal(curandGenerator_t generator, int count);\n";
    let user = b"#include \"random.h\"\nfloat *f(curandGenerator_t g) { return curand_normal(g, 4); }\n";
    let kernel = b"#include \"random.h\"\n#include <curand_kernel.h>\n\
        __global__ void k(float *x, curandState *s) { *x = curand_normal(s); }\n";
    let project = Project::of(&[
        ("precision.h", precision),
        ("field.h", field),
        ("field.cu", source),
        ("random.h", random),
        ("user.cu", user),
        ("kernel.cu", kernel),
    ]);
    project.run(&["convert", "p"]).check(0, &["0 to review, 0 manual"]);
    let holds = |path: &str, text: &str| {
        let written = String::from_utf8(project.written(path)).unwrap();
        assert!(written.contains(text), "{path} lacks `{text}`:\n{written}");
    };
    holds("precision.h", "using type = hipfftReal;");
    holds("field.h", "using cufftReal = Real<float>;\ncufftReal grid_value");
    holds("field.h", "cufftReal *values;");
    holds("field.hip", "{ cufftReal *all = values; }");
    holds("random.h", "float *curand_normal(hiprandGenerator_t generator");
    holds("user.hip", "return curand_normal(g, 4);");
    holds("kernel.hip", "*x = hiprand_normal(s);");
}

/// A pattern of `MANIFEST.in` counts only below its folder: sources of a submodule that is not there keep their names.
#[test]
fn patterns_of_a_manifest_count_below_their_folder() {
    let project = Project::of(&[
        ("csrc/a.cu", AXPY.as_bytes()),
        ("MANIFEST.in", b"recursive-include csrc *.h *.cu\nrecursive-include third_party/lib *.cu\n"),
    ]);
    let ran = project.run(&["convert", "--output-format", "concise", "p"]);
    let about: Vec<&str> = ran.out.lines().filter(|line| line.contains("MANIFEST.in")).collect();
    assert!(about.len() == 1 && about[0].contains("MANIFEST.in:1:"), "{}", ran.out);
}

#[test]
fn a_warp_width_of_the_project_applies_to_the_files_that_include_it() {
    let kernel = |include: &str| {
        format!("#include <cuda_runtime.h>\n{include}__device__ int f(int i) {{ return i % warpSize; }}\n")
    };
    let project = Project::of(&[
        ("width.h", b"#pragma once\nconstexpr int warpSize = 32;\n"),
        ("local.h", b"#pragma once\ninline int g(int warpSize) { return warpSize; }\n"),
        ("a.cu", kernel("#include \"width.h\"\n").as_bytes()),
        ("b.cu", kernel("#include \"local.h\"\n").as_bytes()),
    ]);
    project.run(&["convert", "p"]).check(0, &[]);
    let has = |path: &str, word: &str| String::from_utf8(project.written(path)).unwrap().contains(word);
    assert!(has("width.h", "constexpr int warpSize = 32;") && has("a.hip", "i % warpSize"));
    assert!(has("local.h", "g(int warpSize) { return warpSize; }") && has("b.hip", "i % 32"));
}

#[test]
fn a_function_pointer_with_the_name_of_a_cuda_function_is_renamed_in_all_files() {
    let header = b"#include <cuda.h>\ntypedef CUresult start_type(unsigned);\nextern start_type *cuInit;\n";
    let project = Project::of(&[
        ("loader.h", header),
        ("a.cpp", b"#include \"loader.h\"\nCUresult f() { return cuInit(0); }\n"),
    ]);
    project.run(&["convert", "p"]).check(0, &[]);
    let has = |path: &str, word: &str| String::from_utf8(project.written(path)).unwrap().contains(word);
    assert!(has("loader.h", "extern start_type *hipInit;") && has("a.cpp", "return hipInit(0);"));
}

/// CUDA's 8-bit floats have the OCP formats. gfx94x has other formats, and newer GPUs have the OCP formats.
#[test]
fn the_format_of_8_bit_floats_depends_on_the_gpu() {
    let project = Project::of(&[("a.cu", b"#include <cuda_fp8.h>\n__nv_fp8_e4m3 x;\n")]);
    let line = |archs: &str| {
        let ran = project.run(&["convert", "--rocm", "7.0", "--arch", archs, "--diff", "p"]);
        ran.out.lines().find(|line| line.starts_with('+') && line.ends_with(" x;")).map(str::to_owned)
    };
    assert_eq!(line("gfx942").as_deref(), Some("+__hip_fp8_e4m3_fnuz x;"));
    assert_eq!(line("gfx950").as_deref(), Some("+__hip_fp8_e4m3 x;"));
    assert_eq!(line("gfx950,gfx942").as_deref(), Some("+__hip_fp8_e4m3_fnuz x;"));
}

#[test]
fn ignored_and_excluded_files_are_not_converted() {
    let project = mixed();
    project.write(".gitignore", b"/build/\n*.log\n!keep.log\n");
    for path in
        ["build/x.cu", "src/build/y.cu", "a.log", "keep.log", "third_party/deep/vendor/z.cu", "src/gen/v.cu"]
    {
        project.write(path, AXPY.as_bytes());
    }
    project.write(".clang-format", b"x");
    project.write("src/.gitignore", b"gen.cu.in\n");
    let excludes = ["--exclude", "vendor", "--exclude", "src/gen", "--exclude", "/data/"];
    project.run(&[&["convert", "p", "--exit-zero"], &excludes[..]].concat()).check(0, &[]);
    let expected = [
        ".clang-format",
        ".gitignore",
        ".tranship-output",
        "CMakeLists.txt",
        "keep.log",
        "run.sh",
        "src/.gitignore",
        "src/axpy.cuh",
        "src/axpy.hip",
        "src/build/y.hip",
        "src/main.cpp",
        "src/plain.hip",
    ];
    assert_eq!(project.all_written(), expected);
}

/// A file that git tracks is part of the project even if `.gitignore` lists it.
#[test]
fn tracked_files_are_converted_although_ignored() {
    let project = Project::of(&[(".gitignore", b"/build/\n"), ("a.cu", AXPY.as_bytes())]);
    project.write("build/kept/x.cu", AXPY.as_bytes());
    project.write("build/y.cu", AXPY.as_bytes());
    git(&project, &["init", "-q"]);
    git(&project, &["add", "-f", "build/kept/x.cu"]);
    commit(&project);
    // Git does not add the new file by itself, so it is reported.
    project.run(&["convert", "p"]).check(1, &["ignored-output"]);
    assert_eq!(project.all_written(), [".gitignore", ".tranship-output", "a.hip", "build/kept/x.hip"]);
}

#[test]
fn a_submodule_of_a_library_that_rocm_replaces_is_to_be_removed() {
    let project = Project::of(&[
        ("a.cu", b"#include <cub/cub.cuh>\n"),
        (".gitmodules", b"[submodule \"cub\"]\n\tpath = 3rd/cub\n\turl = https://example.com/cub\n"),
        (".git/config", b""),
    ]);
    fs::create_dir_all(project.path("3rd/cub")).unwrap();
    let ran = project.run(&["convert", "p"]);
    assert!(ran.out.contains("a git submodule was neither converted"), "{}", ran.out);
    assert!(ran.out.contains("remove the submodule") && ran.out.contains("hipCUB"), "{}", ran.out);
    assert_eq!(project.written("a.hip"), b"#include <hipcub/hipcub.hpp>\n");
}

#[test]
fn submodules_are_reported_and_not_walked() {
    let project = Project::of(&[
        ("a.cpp", b"int a;\n"),
        (".gitmodules", b"[submodule \"x\"]\n\tpath = ext/x\n\turl = https://example.com/x\n"),
        ("ext/x/a.cu", AXPY.as_bytes()),
        ("ext/y/.git", b"gitdir: ../../.git/modules/y\n"),
        ("ext/y/a.cu", AXPY.as_bytes()),
        (".git/config", b""),
    ]);
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    ran.check(1, &["1 manual."]);
    assert!(ran.out.lines().count() <= 2, "{}", ran.out);
    assert!(ran.out.starts_with("p/ext/x: manual[submodule] a git submodule"), "{}", ran.out);
    assert_eq!(project.all_written(), [".gitmodules", ".tranship-output", "a.cpp"]);
    project.run(&["convert", "p", "--ignore", "submodule"]).check(0, &["0 manual."]);
}

#[test]
fn flags_override_the_configuration() {
    let project = mixed();
    let config = b"keep_names = true\nexclude = [\"data\", \"*.sh\"]\nrules = [\"rules/own.toml\"]\nendings = [\"tmpl\"]\nignore = [\"cudaFree\"]\n";
    project.write("tranship.toml", config);
    project.write("rules/own.toml", b"[functions]\nmyAlloc = \"yourAlloc\"\n");
    project.write("x.tmpl", b"myAlloc(1);\n");
    project.run(&["convert", "p", "--exclude", "rules"]).check(0, &[]);
    let expected = [
        ".tranship-output",
        "CMakeLists.txt",
        "src/axpy.cu",
        "src/axpy.cuh",
        "src/gen.cu.in",
        "src/main.cpp",
        "src/plain.cu",
        "tranship.toml",
        "x.tmpl",
    ];
    assert_eq!(project.all_written(), expected);
    assert_eq!(project.written("x.tmpl"), b"yourAlloc(1);\n");
    assert!(String::from_utf8(project.written("src/gen.cu.in")).unwrap().contains("cudaFree(p)"));
    fs::create_dir(project.path(".git")).unwrap();
    let file = project.run(&["convert", "p/src/axpy.cu"]);
    file.check(2, &["p/src/axpy.cu: keeps its name", "`--in-place`"]);
}

#[test]
fn a_configuration_above_the_folder_applies_within_the_repository() {
    let project = mixed();
    project.write("tranship.toml", b"keep_names = true\n");
    for (repository, name) in [(None, "axpy.cu"), (Some("src/.git"), "axpy.hip"), (Some(".git"), "axpy.cu")] {
        let repository = repository.map(|folder| project.path(folder));
        if let Some(folder) = &repository {
            fs::create_dir(folder).unwrap();
        }
        project.run(&["convert", "p/src", "--out", "out", "--exit-zero"]).check(0, &[]);
        assert!(project.around().join("out").join(name).exists(), "{repository:?}");
        if let Some(folder) = &repository {
            fs::remove_dir(folder).unwrap();
        }
    }
}

#[test]
fn single_files_are_written_beside_their_sources() {
    let project = mixed();
    let ran = project.run(&["convert", "p/src/axpy.cu", "p/src/plain.cu"]);
    ran.check(0, &["Converted 2 of 2 files: 3 safe changes"]);
    assert_eq!(fs::read(project.path("src/axpy.hip")).unwrap(), AXPY_HIP.as_bytes());
    assert!(!project.path(".tranship-output").exists());
    project.run(&["convert", "p/src/axpy.cu"]).check(0, &[]);
    fs::write(project.path("src/axpy.hip"), "edited").unwrap();
    project.run(&["convert", "p/src/axpy.cu"]).check(2, &["p/src/axpy.hip: is there already and differs"]);
    assert_eq!(fs::read(project.path("src/axpy.hip")).unwrap(), b"edited");
}

#[test]
fn single_files_are_written_into_one_folder_without_subfolders() {
    let project = mixed();
    let out = project.around().join("out");
    project.run(&["convert", "p/src/axpy.cu", "--out", "out"]).check(0, &["into out/"]);
    project.run(&["convert", "p/src/plain.cu", "p/src/axpy.cuh", "--out", "out"]).check(0, &["into out/"]);
    assert_eq!(files(&out), [".tranship-output", "axpy.cuh", "axpy.hip", "plain.hip"], "earlier files stay");
    project.write("other/axpy.cu", b"");
    project
        .run(&["convert", "p/src/axpy.cu", "p/other/axpy.cu", "--out", "out"])
        .check(2, &["both have one output"]);
}

#[test]
fn each_of_several_folders_has_its_own_output() {
    let project = Project::of(&[("a/x.cu", AXPY.as_bytes()), ("b/x.cu", AXPY.as_bytes())]);
    project.run(&["convert", "p/a", "p/b/"]).check(0, &["into p/a-hip/", "into p/b-hip/"]);
    let expected = [
        "a-hip/.tranship-output",
        "a-hip/x.hip",
        "a/x.cu",
        "b-hip/.tranship-output",
        "b-hip/x.hip",
        "b/x.cu",
    ];
    assert_eq!(files(&project.path("")), expected);
    project.run(&["convert", "p/a", "p/b", "--out", "out"]).check(0, &[]);
    assert!(project.around().join("out/a/x.hip").exists() && project.around().join("out/b/x.hip").exists());
    project.run(&["convert", "p/a", "p/a/"]).check(2, &["cannot be converted together"]);
}

#[test]
fn the_output_of_the_current_folder_is_beside_it() {
    let project = Project::of(&[("x.cu", AXPY.as_bytes())]);
    run(project.command(&["convert", "."]).current_dir(project.path(""))).check(0, &["into ../p-hip/"]);
    assert_eq!(project.all_written(), [".tranship-output", "x.hip"]);
}

#[test]
fn standard_input_is_converted_to_standard_output() {
    let project = mixed();
    let convert = |arguments: &[&str], text: &str| {
        let mut command = project.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses its flags does not read its input, so the write may fail.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, out, _) = convert(&["convert", "-"], AXPY);
    assert_eq!((code, out.as_str()), (Some(0), AXPY_HIP));
    let call = "cudaGraphicsD3D9RegisterResource();";
    let (code, out, err) = convert(&["convert", "-", "--stdin-filename", "p/src/n.cpp"], call);
    assert_eq!((code, out.as_str()), (Some(1), call));
    assert!(err.contains("--> p/src/n.cpp:1:1"), "{err}");
    let (code, out, _) = convert(&["convert", "-", "--stdin-filename", "p/notes.md"], AXPY);
    assert_eq!((code, out.as_str()), (Some(0), AXPY), "a file that is not C++ by its name is not changed");
    let (code, ..) = convert(&["convert", "-", "--in-place"], AXPY);
    assert_eq!(code, Some(2));
}

#[test]
fn findings_in_a_file_have_no_colours() {
    let project = Project::of(&[("x.cu", b"void f() { cudaGraphicsD3D9RegisterResource(); }\n")]);
    let mut command = project.command(&["convert", "p", "--output-file", "findings", "--exit-zero"]);
    let ran = run(command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1"));
    ran.check(0, &[]);
    assert_eq!(ran.out, "");
    let text = fs::read_to_string(project.around().join("findings")).unwrap();
    assert!(text.starts_with("manual[cudaGraphicsD3D9RegisterResource]: "), "{text:?}");
    assert!(!text.contains('\x1b'));
}

#[test]
fn json_has_the_target_and_the_rules_of_the_run() {
    let project = Project::of(&[("x.cu", b"void f() {\n  cudaGraphicsD3D9RegisterResource();\n}\n")]);
    let ran = project.run(&[
        "convert",
        "p",
        "--output-format",
        "json",
        "--rocm",
        "6.3",
        "--arch",
        "gfx90a,gfx1100",
    ]);
    ran.check(1, &["Converted 1 of 1 file"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["target"]["rocm"], "6.3");
    assert_eq!(json["target"]["archs"][1], "gfx1100");
    assert_eq!(json["rules_hash"].as_str().unwrap().len(), 16);
    assert_eq!(json["summary"]["manual"], 1);
    let finding = &json["findings"][0];
    assert_eq!(
        (finding["path"].as_str(), finding["line"].as_u64(), finding["column"].as_u64()),
        (Some("p/x.cu"), Some(2), Some(3))
    );
    assert_eq!(finding["function"], "f");
    let key = finding["key"].as_str().unwrap().to_owned();
    project.write("x.cu", b"// moved\n\nvoid f() {\n    cudaGraphicsD3D9RegisterResource();\n}\n");
    let again = project.run(&["convert", "p", "--output-format", "json", "--exit-zero"]);
    let json: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(json["findings"][0]["key"], key.as_str(), "a key survives unrelated edits");
}

#[test]
fn json_has_a_target_for_each_root() {
    let project = Project::of(&[
        ("a/x.cu", AXPY.as_bytes()),
        ("a/tranship.toml", b"rocm = \"7.1\"\n"),
        ("b/y.cu", b"void f() { ourOldCall(); }\n"),
        ("b/tranship.toml", b"rocm = \"5.7\"\narch = [\"gfx90a\"]\nrules = [\"ours.toml\"]\n"),
        ("b/ours.toml", OUR_RULE.as_bytes()),
    ]);
    for command in ["scan", "check", "convert"] {
        let arguments = [command, "p/a", "p/b", "--exit-zero", "--output-format", "json"];
        let report: serde_json::Value = serde_json::from_str(&project.run(&arguments).out).unwrap();
        let targets = ["7.1", "5.7"].map(|rocm| {
            let arch = if rocm == "7.1" { "gfx942" } else { "gfx90a" };
            serde_json::json!({ "rocm": rocm, "cuda": null, "archs": [arch] })
        });
        assert_eq!(report["target"], targets[0], "{command}");
        let projects = report["projects"].as_array().unwrap();
        let found: Vec<_> = projects.iter().map(|one| (one["path"].as_str(), &one["target"])).collect();
        assert_eq!(found, [(Some("p/a"), &targets[0]), (Some("p/b"), &targets[1])], "{command}");
        assert_ne!(projects[0]["rules_hash"], projects[1]["rules_hash"], "{command}");
        for file in report["files"].as_array().unwrap() {
            let expected = usize::from(file["path"].as_str().unwrap().starts_with("p/b/"));
            assert_eq!(file["project"], expected, "{command}: {file}");
        }
    }
    project.run(&["scan", "p/a", "p/b", "--html", "page.html", "--exit-zero"]).check(0, &[]);
    let page = fs::read_to_string(project.around().join("page.html")).unwrap();
    assert!(page.contains("p/a: CUDA to ROCm 7.1 on gfx942<"), "{page}");
    assert!(page.contains("p/b: CUDA to ROCm 5.7 on gfx90a<"), "{page}");
    // Only the tables of the second root have the rule.
    let ran = project.run(&["check", "p/a", "p/b", "--output-format", "sarif", "--exit-zero"]);
    assert!(ran.out.contains("it left with release 3"), "{}", ran.out);
}

/// The table of a user.
const OUR_RULE: &str = r#"
[functions]
ourCopy = "hipCopy"

[[rule]]
name = "our-old-call"
level = "manual"
what = "a call of our old layer"
why = "it left with release 3"
todo = "call the new layer"
identifiers = ["ourOldCall"]
"#;

#[test]
fn explain_documents_the_rules_of_the_user() {
    let project = Project::of(&[
        ("tranship.toml", b"rules = [\"rules/ours.toml\"]\n"),
        ("rules/ours.toml", OUR_RULE.as_bytes()),
        ("src/deep/a.cu", AXPY.as_bytes()),
    ]);
    let explain = |folder: &str, arguments: &[&str]| {
        run(project.command(&[&["explain"], arguments].concat()).current_dir(project.path(folder)))
    };
    for folder in ["", "src/deep"] {
        let ran = explain(folder, &["our-old-call"]);
        ran.check(0, &[]);
        assert!(ran.out.contains("it left with release 3") && ran.out.contains("ours.toml"), "{}", ran.out);
    }
    assert!(explain("", &["our-old-call"]).out.contains("\nsource: rules/ours.toml\n"));
    assert!(explain("", &["ourCopy"]).out.contains("becomes hipCopy\nsource: rules/ours.toml\n"));
    explain("", &["our-old-cal"]).check(2, &["did you mean `our-old-call`?"]);
    // In another folder the flag names the table.
    project.run(&["explain", "our-old-call"]).check(2, &["neither a rule, nor"]);
    let ran = project.run(&["explain", "our-old-call", "--rules", "p/rules/ours.toml"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("\nsource: p/rules/ours.toml\n"), "{}", ran.out);
    let ran = project.run(&["rules", "list", "--library", "rules", "--rules", "p/rules/ours.toml"]);
    assert!(ran.out.contains("our-old-call"), "{}", ran.out);
    project.run(&["explain", "our-old-call", "--rules", "gone.toml"]).check(2, &["gone.toml: cannot read"]);
    project.write("tranship.toml", b"rocm = 7\n");
    explain("src", &["conflict"]).check(2, &["tranship.toml:1: "]);
}

#[test]
fn explain_names_the_source_of_every_fact() {
    let project = Project::new();
    let source = |name: &str| {
        let ran = project.run(&["explain", name]);
        ran.check(0, &[]);
        let unwrapped = ran.out.replace("\n  ", " ");
        let line = unwrapped.lines().find_map(|line| line.strip_prefix("source: "));
        line.unwrap_or_else(|| panic!("{name}: {}", ran.out)).to_owned()
    };
    assert!(source("cudaMallocHost").contains("headers of HIP"));
    assert!(source("cublas_v2.h").contains("header trees"));
    assert!(source("CUDAExecutionProvider").contains("ONNX Runtime"));
    assert!(source("launch-bounds").contains("amd_hip_runtime.h"));
    assert_eq!(source("conflict"), "this rule reports a state of tranship itself");
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let project = mixed();
    let script =
        "\"$0\" convert p --diff | true; exec \"$0\" rules list --output-format json | head -c 10 >/dev/null";
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM]).current_dir(project.around());
    let ran = run(&mut command);
    assert!(!ran.err.contains("error") && !ran.err.contains("panicked"), "{}", ran.err);
}

#[test]
fn apply_safe_shows_review_findings_without_applying_them() {
    let project = Project::of(&[("a.cu", b"#include <cuda_runtime.h>\ncudaFree(p);\n")]);
    project.run(&["convert", "p", "--apply", "safe", "-j", "2"]).check(0, &[]);
    assert!(String::from_utf8(project.written("a.hip")).unwrap().contains("hipFree(p)"));
}

#[test]
fn the_reference_of_the_command_line_is_up_to_date() {
    let path = root().join("docs/CLI.md");
    let written = tranship::cli::reference();
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == written, "run `TRANSHIP_BLESS=1 cargo test --test quick` and commit docs/CLI.md");
}

/// The fourth argument of `cudaMemAdvise` is a location in CUDA 13 and a number before.
#[test]
fn the_release_of_cuda_decides_what_memory_advice_becomes() {
    let call = "#include <cuda_runtime.h>\nvoid f(void *p, cudaMemLocation l) { cudaMemAdvise(p, 4, cudaMemAdviseSetReadMostly, l); }\n";
    for (cuda, function) in [("12.4", "hipMemAdvise(p, 4,"), ("13.0", "hipMemAdvise_v2(p, 4,")] {
        let project = Project::of(&[("a.cu", call.as_bytes())]);
        project.run(&["convert", "p", "--exit-zero", "--rocm", "7.1", "--cuda", cuda]);
        let written = String::from_utf8(project.written("a.hip")).unwrap();
        assert!(written.contains(function), "CUDA {cuda}: {written}");
    }
}

/// The lines of concise output about converted files that git ignores.
fn ignored_outputs(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| line.contains("[ignored-output]")).collect()
}

#[test]
fn a_converted_file_that_git_ignores_is_reported() {
    let project = Project::of(&[
        (".gitignore", b"build/\n*.hip\n"),
        ("a.cu", AXPY.as_bytes()),
        ("src/.gitignore", b"!*.hip\n/c.*\n"),
        ("src/b.cu", AXPY.as_bytes()),
        ("src/c.cuh", AXPY.as_bytes()),
        ("src/c.cu", AXPY.as_bytes()),
        ("src/deep/c.cu", AXPY.as_bytes()),
    ]);
    git(&project, &["init", "-q"]).check(0, &[]);
    git(&project, &["add", "--force", "."]).check(0, &[]);
    commit(&project);
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    ran.check(1, &[]);
    // `src/c.cuh` keeps its name, and git tracks it. The exception in `src` covers `b.hip` and `deep/c.hip`.
    let reason = "manual[ignored-output] git ignores converted files because of";
    let expected = [
        format!("p/.gitignore: {reason} `*.hip`: `a.hip`"),
        format!("p/src/.gitignore: {reason} `/c.*`: `src/c.hip`"),
    ];
    assert_eq!(ignored_outputs(&ran), expected);
    assert_eq!(ignored_outputs(&project.run(&["check", "p", "--output-format", "concise"])), expected);
    let kept = project.run(&["convert", "p", "--keep-names", "--out", "kept", "--output-format", "concise"]);
    assert_eq!(ignored_outputs(&kept), [""; 0]);
}

#[test]
fn a_pattern_above_the_project_or_of_the_clone_is_reported_on_the_converted_file() {
    let project = Project::of(&[("sub/a.cu", AXPY.as_bytes()), ("b.cu", AXPY.as_bytes())]);
    commit(&project);
    project.write(".git/info/exclude", b"*.hip\n");
    let run = |root: &str| project.run(&["check", root, "--output-format", "concise"]);
    let expected = "p/b.hip: manual[ignored-output] git ignores converted files because of `*.hip`: `b.hip`, `sub/a.hip`";
    assert_eq!(ignored_outputs(&run("p")), [expected]);
    project.write(".git/info/exclude", b"");
    project.write(".gitignore", b"*.hip\n");
    let expected =
        "p/sub/a.hip: manual[ignored-output] git ignores converted files because of `*.hip`: `a.hip`";
    assert_eq!(ignored_outputs(&run("p/sub")), [expected]);
}

#[test]
fn a_pattern_around_the_output_is_reported_on_the_converted_file() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    let repository = project.around().join("repository");
    std::fs::create_dir_all(&repository).expect("a folder");
    git(&project, &["init", "-q", "../repository"]).check(0, &[]);
    std::fs::write(repository.join(".gitignore"), "*.hip\n").expect("patterns");
    let ran = project.run(&["convert", "p", "--out", "repository/new", "--output-format", "concise"]);
    let expected = "p/a.hip: manual[ignored-output] git ignores converted files because of `*.hip`: `a.hip`";
    assert_eq!(ignored_outputs(&ran), [expected], "{}", ran.out);
    // A folder that is ignored as a whole is so on purpose.
    std::fs::write(repository.join(".gitignore"), "/target\n").expect("patterns");
    let ran = project.run(&["convert", "p", "--out", "repository/target/new", "--output-format", "concise"]);
    ran.check(0, &["0 to review, 0 manual"]);
    assert_eq!(ignored_outputs(&ran), [""; 0], "{}", ran.out);
}

#[test]
fn converted_files_that_git_ignores_are_part_of_the_project() {
    let hazard = "__global__ void k(int *p) { asm volatile(\"wgmma.fence.sync.aligned;\"); }\n";
    let project = Project::of(&[(".gitignore", b"*.hip\n"), ("a.cu", hazard.as_bytes())]);
    commit(&project);
    let reports = |root: &str| {
        let ran = project.run(&["check", root, "--output-format", "concise"]);
        assert!(ran.out.contains(&format!("{root}/a.hip:")), "{root}: {}", ran.out);
    };
    project.run(&["convert", "p", "--out", "out", "--exit-zero"]).check(0, &[]);
    reports("out");
    project.run(&["convert", "p", "--in-place", "--exit-zero"]).check(0, &[]);
    reports("p");
    git(&project, &["add", "--force", "a.hip"]).check(0, &[]);
    git(&project, &["rm", "-q", "--cached", "a.cu"]).check(0, &[]);
    reports("p");
    // A file that tranship did not write and git does not track is ignored as before.
    project.write("b.hip", hazard.as_bytes());
    assert!(!project.run(&["check", "p", "--output-format", "concise"]).out.contains("b.hip"));
}

#[test]
fn variables_of_included_makefiles_are_followed() {
    let project = Project::of(&[
        ("common/make.config", b"CC = nvcc\nOPT = -O3 -std c++17\nARCH = sm_60\n"),
        ("app/Makefile", b"include ../common/make.config\nWARN = -t 4\nFLAGS := $(OPT) $(WARN) -arch=$(ARCH)\n\na: a.cu\n\t$(CC) $(FLAGS) -o a a.cu\n"),
        ("app/a.cu", b"int a;\n"),
        ("flags.mk", b"NVFLAGS += -std c++14\n"),
        ("lib/build.mk", b"include $(TOP)/flags.mk\nTHREADS = -t 8\n%.o: %.cu\n\tnvcc $(NVFLAGS) $(MORE) -c $<\n"),
        ("lib/Makefile", b"TOP = ..\nMORE = -res-usage $(THREADS)\ninclude build.mk\n"),
    ]);
    project.run(&["convert", "p", "--exit-zero", "--arch", "gfx942"]).check(0, &[]);
    let is = |name: &str, expected: &str| {
        assert_eq!(String::from_utf8_lossy(&project.written(name)), expected, "{name}");
    };
    is("common/make.config", "CC = hipcc\nOPT = -O3 -std=c++17\nARCH = sm_60\n");
    is(
        "app/Makefile",
        "include ../common/make.config\nWARN =\nFLAGS := $(OPT) $(WARN) --offload-arch=gfx942\n\n\
         a: a.hip\n\t$(CC) $(FLAGS) -o a a.hip\n",
    );
    is("flags.mk", "NVFLAGS += -std=c++14\n");
    let build = project.written("lib/build.mk");
    assert!(!String::from_utf8_lossy(&build).contains("-t 8"), "{}", String::from_utf8_lossy(&build));
    let lib = project.written("lib/Makefile");
    assert!(!String::from_utf8_lossy(&lib).contains("-res-usage"), "{}", String::from_utf8_lossy(&lib));
    project.run(&["convert", "p-hip", "--out", "again", "--exit-zero"]).check(0, &["Converted 0 of 6 files"]);
}

#[test]
fn what_git_ignores_is_counted_and_listed() {
    let project = Project::of(&[
        ("a.cu", AXPY.as_bytes()),
        (".gitignore", b"build/\n*.o\n"),
        ("build/x.cu", AXPY.as_bytes()),
        ("a.o", b"\x7fELF"),
    ]);
    git(&project, &["init", "-q"]);
    let ran = project.run(&["convert", "p"]);
    ran.check(0, &["note: 2 paths are left out because git ignores them; `-v` lists them"]);
    let ran = project.run(&["convert", "p", "-v"]);
    ran.check(0, &["p/a.cu -> a.hip: 2 safe changes\n", "a.o: left out, git ignores it", "build/: left out"]);
    assert!(!project.path("../p-hip/a.o").exists() && !project.path("../p-hip/build").exists());
    project.run(&["convert", "p", "-v", "-q"]).check(2, &["cannot be used with"]);
}

/// A project with a `review` finding and, in `hard.cu`, a `manual` one, and the flags of a build tool.
const FOR_BUILD: &[&str] =
    &["convert", "p", "--out", "out", "--keep-names", "--quiet", "--fail-on", "manual", "--stamp", "stamp"];

#[test]
fn a_stamp_lists_inputs_and_outputs_and_is_touched_without_open_findings() {
    let project = Project::of(&[("a b.cu", AXPY.as_bytes()), ("data/x#.bin", b"1")]);
    let around = project.around().to_owned();
    project.run(FOR_BUILD).check(0, &[]);
    let text = |name: &str| fs::read_to_string(around.join(name)).unwrap();
    let rule = text("stamp.d");
    assert!(
        rule.starts_with("stamp: \\\n") && rule.contains("/p/a\\ b.cu") && rule.contains("/p/data/x\\#.bin"),
        "{rule}"
    );
    assert_eq!(text("stamp.files"), "a b.cu\ndata/x#.bin\n");
    let time = |name: &str| fs::metadata(around.join(name)).unwrap().modified().unwrap();
    let (stamp, list) = (time("stamp"), time("stamp.files"));
    let output = fs::metadata(around.join("out/a b.cu")).unwrap().modified().unwrap();
    assert!(stamp <= output, "what changes during the run is newer than the stamp");
    // Nothing changed: nothing is done, also after the output was removed.
    fs::remove_dir_all(around.join("out")).unwrap();
    project.run(&[FOR_BUILD, &["--if-changed"]].concat()).check(0, &[]);
    assert!(!around.join("out").exists());
    // A removed input, a newer input, and an open finding, which leaves the old stamp.
    fs::remove_file(project.path("data/x#.bin")).unwrap();
    project.run(&[FOR_BUILD, &["--if-changed"]].concat()).check(0, &[]);
    assert_eq!(text("stamp.files"), "a b.cu\n");
    assert_ne!(time("stamp.files"), list);
    let (stamp, list) = (time("stamp"), time("stamp.files"));
    project.write("a b.cu", b"int v = nppGetLibVersion()->major;\n");
    project.run(&[FOR_BUILD, &["--if-changed"]].concat()).check(1, &[]);
    assert_eq!(
        (time("stamp"), time("stamp.files")),
        (stamp, list),
        "the list is the same, so it is not written"
    );
    project
        .run(&["convert", "p/a b.cu", "--out", "o", "--stamp", "s"])
        .check(2, &["`--stamp` needs one folder"]);
}

#[test]
fn findings_below_the_level_of_fail_on_do_not_fail() {
    let project = Project::of(&[(
        "k.cu",
        b"#include <cuda_fp8.h>\n__nv_fp8_e4m3 one(float x) { return __nv_fp8_e4m3(x); }\n",
    )]);
    project.run(&["convert", "p", "--output-format", "concise"]).check(1, &["1 to review"]);
    project
        .run(&["convert", "p", "--output-format", "concise", "--fail-on", "manual"])
        .check(0, &["1 to review"]);
}

#[test]
fn an_output_file_is_replaced_and_not_written_over() {
    let project = Project::of(&[("k.cu", AXPY.as_bytes())]);
    let run = || {
        project
            .run(&["scan", "p", "--output-format", "json", "--output-file", "a.json", "--exit-zero"])
            .check(0, &[]);
    };
    run();
    let inode = || fs::metadata(project.around().join("a.json")).unwrap().ino();
    let first = inode();
    let reader = fs::File::open(project.around().join("a.json")).unwrap();
    run();
    assert_ne!(inode(), first);
    drop(reader);
    project
        .run(&["scan", "p", "--output-format", "json", "--output-file", "/dev/null", "--exit-zero"])
        .check(0, &[]);
}

/// A folder of CMake sees no package that only the folder beside it finds, so the headers of HIP get a package there too.
#[test]
fn packages_of_a_folder_beside_are_not_seen() {
    let project = Project::of(&[
        ("one/CMakeLists.txt", b"project(one LANGUAGES CXX CUDA)\nadd_library(one k.cu)\ninclude_directories(${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})\n" as &[u8]),
        ("two/CMakeLists.txt", b"find_package(CUDAToolkit REQUIRED)\nadd_library(two a.cpp)\n"),
        ("one/k.cu", AXPY.as_bytes()),
    ]);
    project.run(&["convert", "p", "--exit-zero"]);
    let one = String::from_utf8(project.written("one/CMakeLists.txt")).unwrap();
    assert!(one.contains("CXX HIP)\nfind_package(hip REQUIRED)\n"), "{one}");
}

/// A module that finds CUDA cannot enable a language, so a project that has nothing else gets a finding.
#[test]
fn a_module_that_finds_cuda_enables_no_language() {
    let module: &[u8] = b"find_package(CUDA 8.0 REQUIRED)\n";
    let project = Project::of(&[
        ("CMakeLists.txt", b"project(app)\ninclude(cmake/Cuda.cmake)\ncuda_add_library(app k.cu)\n" as &[u8]),
        ("cmake/Cuda.cmake", module),
        ("k.cu", AXPY.as_bytes()),
    ]);
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(ran.out.contains("no file of the project makes HIP a language"), "{}", ran.out);
}
