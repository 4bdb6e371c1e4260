//! Builds converted projects. CMake configures them with the HIP language and Debian's packages, and every converted file is
//! compiled exactly once, as HIP.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod at_build_time;
#[path = "../../support/installed.rs"]
mod installed;
#[path = "../../support/nvcc_options.rs"]
mod nvcc_options;
mod other_tools;
#[path = "../../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use installed::has;
use support::{PROGRAM, root};

/// A project of fixtures, converted into a temporary folder for the ROCm release of Debian 12.
struct Converted {
    folder: tempfile::TempDir,
    /// The names in the output of its `.cu` files.
    renamed: Vec<String>,
}

fn convert(project: &str) -> Converted {
    convert_with(project, &[])
}

fn convert_with(project: &str, options: &[&str]) -> Converted {
    convert_folder(&root().join("fixtures/projects").join(project), options)
}

fn convert_folder(source: &Path, options: &[&str]) -> Converted {
    let folder = tempfile::Builder::new().prefix("tranship-build").tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["convert", "--exit-zero", "--rocm", "5.2", "--arch", "gfx90a", "--out"])
        .args([folder.path().join("out").as_path(), source])
        .args(options)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut renamed = Vec::new();
    collect(source, &mut renamed);
    renamed.sort();
    Converted { folder, renamed }
}

fn collect(folder: &Path, renamed: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, renamed);
        } else if path.extension().is_some_and(|ending| ending == "cu") {
            renamed.push(path.with_extension("hip").file_name().unwrap().to_string_lossy().into_owned());
        }
    }
}

/// The folder that CMake uses as the root of ROCm. Its `lib/cmake/hip-lang` is a link to that of Debian.
fn rocm_root(inside: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path().join("cmake/hip-lang"));
    let package = folders.into_iter().find(|folder| folder.is_dir())?;
    let root = inside.join("rocm");
    fs::create_dir_all(root.join("lib/cmake")).unwrap();
    std::os::unix::fs::symlink(package, root.join("lib/cmake/hip-lang")).unwrap();
    Some(root)
}

/// The compile commands that CMake records, as pairs of a file name and a command.
fn configure(converted: &Converted) -> Option<Vec<(String, String)>> {
    if !has("cmake") || !has("clang++-15") {
        return None;
    }
    let folder = converted.folder.path();
    let root = rocm_root(folder).expect("Debian's HIP packages are installed with its compiler");
    let output = Command::new("cmake")
        .args([
            "-S",
            "out",
            "-B",
            "build",
            "-DCMAKE_HIP_COMPILER=clang++-15",
            "-DCMAKE_HIP_COMPILER_FORCED=1",
        ])
        .args(["-DCMAKE_HIP_ARCHITECTURES=gfx90a", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"])
        .arg(format!("-DCMAKE_HIP_COMPILER_ROCM_ROOT={}", root.display()))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(folder.join("build/compile_commands.json")).unwrap();
    let commands: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let field = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let name = |path: String| Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
    Some(commands.iter().map(|entry| (name(field(entry, "file")), field(entry, "command"))).collect())
}

#[track_caller]
fn check_cmake(project: &str, flags: &[&str]) {
    check_converted(project, &convert(project), flags);
}

#[track_caller]
fn check_converted(project: &str, converted: &Converted, flags: &[&str]) {
    assert!(!converted.renamed.is_empty(), "{project} has sources");
    let Some(commands) = configure(converted) else { return };
    let is_hip = |command: &&(String, String)| command.1.contains("--offload-arch=gfx90a");
    let mut hip: Vec<_> = commands.iter().filter(is_hip).map(|(name, _)| name.clone()).collect();
    hip.sort();
    assert_eq!(hip, converted.renamed, "each converted file is compiled once, as HIP, and nothing else is");
    for (name, command) in commands.iter().filter(|command| is_hip(command)) {
        for flag in flags {
            assert!(command.contains(flag), "`{flag}` is missing for {name}: {command}");
        }
    }
}

#[test]
fn a_converted_makefile_builds_objects_with_hipcc() {
    let converted = convert("jacobi-make");
    if !has("hipcc") || !has("make") {
        return;
    }
    let objects = converted.renamed.iter().map(|name| format!("src/{}", name.replace(".hip", ".o")));
    let output = Command::new("make")
        .args(["-C", "out", "-j2", "ROCM_PATH=/usr"])
        .args(objects.clone().chain(["src/main.o".to_owned(), "src/reference.o".to_owned()]))
        .current_dir(converted.folder.path())
        .output()
        .unwrap();
    let commands = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{commands}{}", String::from_utf8_lossy(&output.stderr));
    for object in objects {
        assert!(converted.folder.path().join("out").join(object).is_file());
    }
    let hipcc: Vec<_> = commands.lines().filter(|line| line.starts_with("hipcc ")).collect();
    assert_eq!(hipcc.len(), converted.renamed.len(), "{commands}");
    assert!(hipcc.iter().all(|line| line.contains("--offload-arch=gfx90a")), "{commands}");
    assert!(!commands.contains("/cuda") && !commands.contains("nvcc"), "{commands}");
}

/// Asserts that converting the output changes nothing.
#[track_caller]
fn check_again(converted: &Converted, options: &[&str]) {
    let output = Command::new(PROGRAM)
        .args(["convert", "--exit-zero", "--diff", "--rocm", "5.2", "--arch", "gfx90a"])
        .args(options)
        .arg(converted.folder.path().join("out"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn converted_python_is_valid_and_a_second_conversion_changes_nothing() {
    for project in ["torch-extension", "../python"] {
        let converted = convert(project);
        let out = converted.folder.path().join("out");
        check_again(&converted, &[]);
        if !has("python3") {
            return;
        }
        // Python 3 rejects two files before and after the conversion: one is Python 2, and one has a syntax error.
        let code = "import ast, pathlib, sys\nfor p in pathlib.Path(sys.argv[1]).rglob('*.py'):\n  \
                    p.name in ('old.py', 'syntax-error.py') or ast.parse(p.read_text())";
        let output = Command::new("python3").args(["-c", code]).arg(&out).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_project_with_the_cuda_language_configures_as_hip() {
    check_cmake("nbody-cmake", &["/include", "__HIP_PLATFORM_AMD__"]);
}

#[test]
fn sources_that_keep_their_names_are_compiled_as_hip() {
    for project in ["nbody-cmake", "waves-findcuda"] {
        let mut converted = convert_with(project, &["--keep-names"]);
        converted.renamed.iter_mut().for_each(|name| *name = name.replace(".hip", ".cu"));
        check_converted(project, &converted, &[]);
        check_again(&converted, &["--keep-names"]);
    }
}

#[test]
fn a_project_with_the_old_cuda_module_configures_as_hip() {
    check_cmake("waves-findcuda", &["-std=c++14", "-fPIC", "/include"]);
}

#[test]
fn a_host_source_with_a_header_for_hip_compilers_is_compiled_as_hip() {
    let source = tempfile::Builder::new().prefix("tranship-source").tempdir().unwrap();
    let lists = "cmake_minimum_required(VERSION 3.18)\nproject(a LANGUAGES CXX CUDA)\n\
        set(SOURCES x.cpp y.cpp)\nadd_library(a STATIC ${SOURCES} k.cu)\n";
    for (name, text) in [
        ("CMakeLists.txt", lists),
        ("k.cu", "__global__ void k() {}\n"),
        ("x.cpp", "#include <cub/cub.cuh>\nint x() { return 0; }\n"),
        ("y.cpp", "#include <cuda_runtime.h>\nint y() { return 0; }\n"),
    ] {
        fs::write(source.path().join(name), text).unwrap();
    }
    let mut converted = convert_folder(source.path(), &[]);
    converted.renamed.push("x.cpp".to_owned());
    check_converted("host", &converted, &[]);
    check_again(&converted, &[]);
}

#[test]
fn device_code_of_several_files_is_compiled_and_linked_as_one() {
    let source = tempfile::Builder::new().prefix("tranship-source").tempdir().unwrap();
    let lists = "cmake_minimum_required(VERSION 3.18)\nproject(a LANGUAGES CXX CUDA)\n\
        set(CMAKE_CUDA_RESOLVE_DEVICE_SYMBOLS ON)\n\
        add_library(b STATIC b.cu)\nadd_executable(a a.cu)\n\
        target_compile_options(a PRIVATE $<$<CUDA_COMPILER_ID:NVIDIA>:-lineinfo>)\n\
        set_target_properties(a b PROPERTIES CUDA_SEPARABLE_COMPILATION ON)\n\
        target_link_libraries(a PRIVATE b)\n";
    fs::write(source.path().join("CMakeLists.txt"), lists).unwrap();
    fs::write(source.path().join("a.cu"), "__device__ int f();\n__global__ void k(int *p) { *p = f(); }\n")
        .unwrap();
    fs::write(source.path().join("b.cu"), "__device__ int f() { return 1; }\n").unwrap();
    let converted = convert_folder(source.path(), &[]);
    check_converted("separable", &converted, &["-fgpu-rdc"]);
    check_again(&converted, &[]);
    let link = converted.folder.path().join("build/CMakeFiles/a.dir/link.txt");
    if let Ok(command) = fs::read_to_string(link) {
        assert!(command.contains("-fgpu-rdc") && command.contains("--hip-link"), "{command}");
        assert!(command.contains("clang++-15"), "HIP's compiler links the program: {command}");
    }
}

/// What clang says about its options that is no consequence of the missing files and of the phase.
fn complaints(words: &[String]) -> Vec<String> {
    let output = Command::new("clang++-22")
        .args(["-###", "-nogpulib", "-nogpuinc", "-x", "hip"])
        .args(words)
        .output()
        .unwrap();
    let expected = ["no such file", "no input files", "linker' input unused", "during compilation: '-c'"];
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| line.contains(": error: ") || line.contains(": warning: "))
        .filter(|line| !expected.iter().any(|text| line.contains(text)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn clang_accepts_what_each_option_of_nvcc_becomes() {
    if !has("clang++-22") {
        return;
    }
    let mut refused = Vec::new();
    let mut lines = std::collections::HashSet::new();
    for converted in nvcc_options::converted() {
        if converted.manual.is_empty() && lines.insert(converted.words.clone()) {
            let complaints = complaints(&converted.words);
            refused
                .extend(complaints.into_iter().map(|text| format!("{}: {text}", converted.option.join(" "))));
        }
    }
    assert!(lines.len() > 50, "{}", lines.len());
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(!complaints(&["-rdc=true".to_owned()]).is_empty(), "clang refuses an option of nvcc");
}

/// The compile commands of the CMake project `source`, sorted, with the options `options`. Its path is written as `SOURCE`.
fn commands_of(source: &Path, build: &Path, options: &[String]) -> Vec<String> {
    let output = Command::new("cmake")
        .arg("-S")
        .arg(source)
        .arg("-B")
        .arg(build)
        .args(options)
        .arg("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(build.join("compile_commands.json")).unwrap();
    let commands: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let command = |entry: &serde_json::Value| {
        entry["command"].as_str().unwrap().replace(source.to_str().unwrap(), "SOURCE")
    };
    let mut commands: Vec<String> = commands.iter().map(command).collect();
    commands.sort();
    commands
}

#[test]
fn a_build_for_both_vendors_is_the_old_one_for_cuda_and_finds_the_shadow_headers_for_hip() {
    if !has("cmake") || !has("clang++-15") || !has("clang++-19") {
        return;
    }
    let folder = tempfile::Builder::new().prefix("tranship-both").tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir_all(source.join("src")).unwrap();
    fs::create_dir_all(folder.path().join("toolkit/include")).unwrap();
    fs::create_dir_all(folder.path().join("toolkit/lib64")).unwrap();
    let lists = "cmake_minimum_required(VERSION 3.18)\nproject(a LANGUAGES CXX CUDA)\n\
        set(SOURCES src/k.cu)\nadd_subdirectory(src)\n\
        add_library(a STATIC ${SOURCES} src/h.cpp)\ntarget_include_directories(a PRIVATE include)\n\
        target_compile_options(a PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-O3 -DFAST>)\n\
        if(CMAKE_CUDA_COMPILER_ID STREQUAL NVIDIA)\n  target_compile_options(a PRIVATE --expt-relaxed-constexpr)\nendif()\n";
    for (name, text) in [
        ("CMakeLists.txt", lists),
        ("src/CMakeLists.txt", "add_library(b STATIC b.cu)\n"),
        (
            "src/k.cu",
            "#include <cuda_runtime.h>\n__global__ void k(float *x) { x[0] = __shfl_sync(~0u, x[0], 0); }\n",
        ),
        ("src/b.cu", "__global__ void b() {}\n"),
        ("src/h.cpp", "int h() { return 1; }\n"),
        ("../toolkit/include/cuda_runtime.h", ""),
    ] {
        fs::write(source.join(name), text).unwrap();
    }
    let toolkit = folder.path().join("toolkit");
    let cuda: Vec<String> = [
        "-DCMAKE_CUDA_COMPILER=clang++-19",
        "-DCMAKE_CUDA_COMPILER_FORCED=1",
        "-DCMAKE_CUDA_COMPILER_ID_RUN=1",
        "-DCMAKE_CUDA_COMPILER_ID=Clang",
        "-DCMAKE_CUDA_COMPILER_VERSION=19.1",
        "-DCMAKE_CUDA_ARCHITECTURES=80",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("-DCMAKE_CUDA_COMPILER_TOOLKIT_ROOT={}", toolkit.display())])
    .collect();
    let before = commands_of(&source, &folder.path().join("before"), &cuda);
    let portable = |more: &[&str]| {
        let arguments = ["portable", "-q", "--exit-zero", "--build", "cmake", "--arch", "gfx942,gfx1100"];
        let output = Command::new(PROGRAM).args(arguments).args(more).arg(&source).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // The patch makes the same change as the option.
    portable(&[]);
    let applied =
        Command::new("git").args(["apply", "hip_compat.patch"]).current_dir(&source).output().unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let by_patch = fs::read_to_string(source.join("CMakeLists.txt")).unwrap();
    fs::write(source.join("CMakeLists.txt"), lists).unwrap();
    fs::write(source.join("src/CMakeLists.txt"), "add_library(b STATIC b.cu)\n").unwrap();
    portable(&["--apply-build"]);
    assert_eq!(fs::read_to_string(source.join("CMakeLists.txt")).unwrap(), by_patch);

    assert_eq!(commands_of(&source, &folder.path().join("after"), &cuda), before, "CUDA is built as before");
    assert_eq!(before.len(), 3);
    let root = rocm_root(folder.path()).expect("Debian's HIP packages are installed with its compiler");
    let hip: Vec<String> = [
        "-DUSE_HIP=ON",
        "-DCMAKE_HIP_COMPILER=clang++-15",
        "-DCMAKE_HIP_COMPILER_FORCED=1",
        "-DCMAKE_HIP_ARCHITECTURES=gfx942;gfx1100",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("-DCMAKE_HIP_COMPILER_ROCM_ROOT={}", root.display())])
    .collect();
    let commands = commands_of(&source, &folder.path().join("hip"), &hip);
    for name in ["src/k.cu", "src/b.cu"] {
        let command = commands.iter().find(|command| command.ends_with(&format!("-c SOURCE/{name}")));
        let command = command.unwrap_or_else(|| panic!("{name}: {commands:#?}"));
        let first = command.find(" -I").map(|at| &command[at + 1..]).unwrap();
        assert!(first.starts_with("-ISOURCE/hip_compat "), "{command}");
        for word in ["--offload-arch=gfx942 --offload-arch=gfx1100", "-include cuda_runtime.h"] {
            assert!(command.contains(word), "{word}: {command}");
        }
    }
    assert_eq!(commands.len(), 3);
}

#[test]
fn makefiles_for_both_vendors_run_the_old_commands_for_cuda() {
    if !has("make") {
        return;
    }
    let folder = tempfile::Builder::new().prefix("tranship-both").tempdir().unwrap();
    let project = root().join("fixtures/projects/jacobi-make");
    let copy = Command::new("cp").arg("-r").arg(&project).arg(folder.path().join("p")).status().unwrap();
    assert!(copy.success());
    let commands = |more: &[&str]| {
        let output = Command::new("make")
            .args(["-n", "-B"])
            .args(more)
            .current_dir(folder.path().join("p"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let before = commands(&[]);
    let output = Command::new(PROGRAM)
        .args(["portable", "-q", "--exit-zero", "--build", "make", "--apply-build", "--arch", "gfx90a"])
        .arg(folder.path().join("p"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(commands(&[]), before);
    let hip = commands(&["USE_HIP=1"]);
    assert!(before.contains("nvcc") && !hip.contains("nvcc"), "{hip}");
    let compiles = |line: &&str| line.starts_with("hipcc ") && line.contains(".cu");
    assert!(hip.lines().filter(compiles).count() > 0, "{hip}");
    for line in hip.lines().filter(compiles) {
        assert!(line.starts_with("hipcc -I./hip_compat -include cuda_runtime.h "), "{line}");
    }
    let host = hip.lines().find(|line| line.starts_with("g++ ")).expect("a host source");
    assert!(host.contains(" -D__HIP_PLATFORM_AMD__ -I./hip_compat "), "{host}");
}
