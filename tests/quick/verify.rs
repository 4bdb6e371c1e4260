//! `tranship verify` with a compiler that only prints: how its messages lead back to the source, how they are grouped, what is kept for
//! the next run, and the exit codes.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Project, Ran, run};

/// Prints the file `messages/NAME` for the unit NAME, with its path in place of `@`, and fails if it has an error. It notes each
/// unit in `log`. The list of the files that it read has the headers in the folder `include`.
const COMPILER: &str = r#"#!/bin/sh
here=$(dirname "$0")
while [ $# -gt 0 ]; do
  case "$1" in
    -dependency-file) list=$3; shift 2;;
    --cuda-host-only) side=host;;
    --offload-arch=*) side=${1#--offload-arch=};;
    *.hip|*.cu|*.cpp) unit=$1;;
  esac
  shift
done
[ -z "$unit" ] && exit 0
name=$(basename "$unit")
case "$name" in probe.*|empty.*) exit 0;; esac
echo "$name $side" >> "$here/log"
root=$(dirname "$unit")
[ -n "$list" ] && echo "unit: $unit $(ls "$root"/*.h 2>/dev/null | tr '\n' ' ')" > "$list"
[ -f "$here/messages/$name" ] || exit 0
sed "s|@|$unit|g; s|%|$root|g" "$here/messages/$name" >&2
grep -q "error: " "$here/messages/$name" && exit 1
exit 0
"#;

/// A project beside the compiler. `messages` are those of the compiler for each unit.
fn project(files: &[(&str, &str)], messages: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (path, text) in files {
        project.write(path, text.as_bytes());
    }
    project.write("../bin/clang++", COMPILER.as_bytes());
    let compiler = project.around().join("bin/clang++");
    fs::set_permissions(compiler, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(project.around().join("bin/messages")).unwrap();
    for (unit, text) in messages {
        say(&project, unit, text);
    }
    project
}

/// Makes the compiler print `text` for `unit`.
fn say(project: &Project, unit: &str, text: &str) {
    fs::write(project.around().join("bin/messages").join(unit), text).unwrap();
}

/// Makes the compiler note its arguments, a line for each call.
fn note_arguments(project: &Project) {
    let rest = COMPILER.split_once('\n').unwrap().1;
    let compiler = format!("#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/arguments\"\n{rest}");
    project.write("../bin/clang++", compiler.as_bytes());
}

/// The arguments of the first call that compiled `unit`.
fn arguments_of(project: &Project, unit: &str) -> String {
    let arguments = fs::read_to_string(project.around().join("bin/arguments")).unwrap();
    arguments.lines().find(|line| line.contains(unit)).unwrap().to_owned()
}

/// The units that the compiler compiled since the last call, each with its side.
fn compiled(project: &Project) -> Vec<String> {
    let log = project.around().join("bin/log");
    let mut lines: Vec<String> =
        fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect();
    let _ = fs::remove_file(log);
    lines.sort();
    lines
}

fn verify(project: &Project, arguments: &[&str]) -> Ran {
    let compiler = project.around().join("bin/clang++");
    let arguments = [&["verify", "--compiler", compiler.to_str().unwrap()], arguments].concat();
    project.run(&arguments)
}

/// The JSON about the first project.
fn json(project: &Project, arguments: &[&str]) -> (Ran, Value) {
    let ran = verify(project, &[&["--output-format", "json"], arguments].concat());
    let all: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let first = all["projects"][0].clone();
    (ran, first)
}

/// The causes as `class name units place`.
fn causes(report: &Value) -> Vec<String> {
    let one = |cause: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let (class, name) = (text(&cause["class"]), text(&cause["name"]));
        let example = &cause["example"];
        let units = cause["units"].as_array().map_or(0, Vec::len);
        format!("{class} | {name} | {units} | {}:{}", text(&example["path"]), example["line"])
    };
    report["causes"].as_array().unwrap().iter().map(one).collect()
}

/// The line of the output of `path` that contains `text`, from 1.
fn line_of(project: &Project, path: &str, text: &str) -> usize {
    let written = String::from_utf8(project.written(path)).unwrap();
    1 + written.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {written}"))
}

/// Without an include, so the conversion adds the runtime header.
const OWN: &str = "__global__ void o(float *p) {\n  p[0] = missing(p[1]);\n  if (wrong) p[1] = 1;\n}\n";
const EDIT: &str = "#include <cuda_runtime.h>\n\nvoid g(void **p) {\n  int i = 3;\n  cudaMalloc(p, 4);\n  i = cudaFree(*p);\n}\n";
const OPEN: &str =
    "#include <cuda_runtime.h>\nvoid f(void *p) { cudaGraphicsD3D9RegisterResource(0, p, 0); }\n";
const HEADER: &str =
    "#include <cuda_runtime.h>\n#include <mpi.h>\n#include <cublas_v2.h>\n__global__ void h() {}\n";

#[test]
fn each_error_has_its_class_and_its_line_in_the_source() {
    let project = project(
        &[("own.cu", OWN), ("edit.cu", EDIT), ("open.cu", OPEN), ("one.cu", HEADER), ("two.cu", HEADER)],
        &[],
    );
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    let at = |path: &str, text: &str| line_of(&project, path, text);
    let (missing, wrong) = (at("own.hip", "missing"), at("own.hip", "wrong"));
    assert_ne!(missing, 2, "the conversion adds an include before the line");
    let malloc = at("edit.hip", "hipMalloc");
    say(
        &project,
        "own.hip",
        &format!(
            "@:{missing}:10: error: use of undeclared identifier 'missing'\n\
             @:{wrong}:7: error: use of undeclared identifier 'wrong'\n2 errors generated.\n"
        ),
    );
    say(
        &project,
        "edit.hip",
        &format!(
            "@:{malloc}:3: error: no matching function for call to 'hipMalloc'\n\
             /usr/include/hip.h:1:1: note: candidate function not viable\n\
             @:{}:5: error: assigning to 'int' from incompatible type 'hipError_t'\n\
             @:{}:7: warning: unused variable 'i' [-Wunused-variable]\n",
            malloc + 1,
            malloc - 1
        ),
    );
    let open = at("open.hip", "D3D9");
    say(
        &project,
        "open.hip",
        &format!("@:{open}:19: error: use of undeclared identifier 'cudaGraphicsD3D9RegisterResource'\n"),
    );
    say(&project, "one.hip", "@:2:10: fatal error: 'mpi.h' file not found\n");
    say(&project, "two.hip", "@:2:10: fatal error: 'mpi.h' file not found\n");
    let (ran, report) = json(&project, &["p", "--arch", "gfx942,gfx1100"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(
        causes(&report),
        [
            "missing-header | mpi.h | 2 | p/one.cu:2",
            "open | cudaGraphicsD3D9RegisterResource | 1 | p/open.cu:2",
            "edit | cudaMalloc | 1 | p/edit.cu:5",
            "own-code | use of undeclared identifier 'missing' | 1 | p/own.cu:2",
            "edit | cudaFree | 1 | p/edit.cu:6",
            "own-code | use of undeclared identifier 'wrong' | 1 | p/own.cu:3",
            "own-code | -Wunused-variable | 1 | p/edit.cu:4",
        ]
    );
    let first = &report["causes"][0];
    assert_eq!(first["passes"], serde_json::json!(["gfx1100", "gfx942", "host"]));
    assert_eq!(report["units"].as_array().unwrap().len(), 5);
    assert_eq!(report["passes"], 15);
    assert_eq!(report["causes"][2]["example"]["output"]["line"], malloc);
    assert_eq!(report["causes"][4]["first_error_of"], 0, "an error behind the first of its unit comes later");
    for (format, parts) in [
        ("sarif", ["\"ruleId\": \"compile-edit\"", "p/edit.cu"]),
        ("github", ["::error file=p/own.cu,line=2", "::warning file=p/edit.cu,line=4"]),
        ("concise", ["p/open.cu:2:19: manual[compile-open]", "missing-header"]),
    ] {
        let ran = verify(&project, &["p", "--output-format", format]);
        assert_eq!(ran.code, Some(1));
        for part in parts {
            assert!(ran.out.contains(part), "{part}: {}", ran.out);
        }
    }
}

#[test]
fn a_header_that_the_conversion_includes_is_named_with_its_cuda_header() {
    let project = project(&[("one.cu", HEADER)], &[]);
    say(&project, "one.hip", "@:3:10: fatal error: 'hipblas/hipblas.h' file not found\n");
    let ran = verify(&project, &["p"]);
    assert!(
        ran.out.contains("manual[missing-header]: the header `hipblas/hipblas.h` is missing"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("why: the conversion of `cublas_v2.h` includes it"), "{}", ran.out);
    assert!(ran.out.contains("--> p/one.cu:3:10"), "{}", ran.out);
}

#[test]
fn an_error_outside_of_the_project_leads_to_the_line_that_uses_the_code() {
    let header = "#define TWICE(x) ((x) + odd(x))\n";
    let code = "#include <cuda_runtime.h>\n#include \"t.h\"\n__global__ void k(int *p) {\n  p[0] = 1;\n  p[1] = TWICE(p[0]);\n}\n";
    let project = project(&[("a.cu", code), ("t.h", header)], &[]);
    say(
        &project,
        "a.hip",
        "/usr/include/vector:9:1: error: static assertion failed\n\
         @:4:3: note: in instantiation of function template specialization 'f<int>' requested here\n\
         In file included from @:2:\n/usr/include/x.h:7:1: error: unsupported architecture\n\
         @:5:10: error: use of undeclared identifier 'odd'\n%/t.h:1:25: note: expanded from macro 'TWICE'\n",
    );
    let (_, report) = json(&project, &["p"]);
    let mut found = causes(&report);
    found.sort();
    assert_eq!(
        found,
        [
            "own-code | static assertion failed | 1 | p/a.cu:4",
            "own-code | unsupported architecture | 1 | p/a.cu:2",
            "own-code | use of undeclared identifier 'odd' | 1 | p/a.cu:5",
        ]
    );
}

#[test]
fn results_are_kept_until_a_file_changes() {
    let files = [
        ("a.cu", "#include \"h.h\"\n__global__ void a() {}\n"),
        ("d/b.cu", "#include <mpi.h>\n__global__ void b() {}\n"),
        ("h.h", "\n"),
    ];
    let project = project(&files, &[("a.hip", "@:2:1: warning: odd [-Wodd]\n")]);
    say(&project, "b.hip", "@:1:10: fatal error: 'mpi.h' file not found\n");
    let git = Command::new("git").args(["init", "-q"]).current_dir(project.path("")).status().unwrap();
    assert!(git.success());
    let (first, _) = json(&project, &["p"]);
    assert_eq!(compiled(&project), ["a.hip gfx942", "a.hip host", "b.hip gfx942", "b.hip host"]);
    let (second, report) = json(&project, &["p"]);
    assert_eq!(compiled(&project), ["b.hip gfx942", "b.hip host"], "the missing header may be there now");
    assert_eq!(report["cached"], 2);
    assert_eq!(first.code, second.code);
    assert!(causes(&report).iter().any(|cause| cause == "own-code | -Wodd | 1 | p/a.cu:1"), "{report}");
    project.write("h.h", b"#define X\n");
    verify(&project, &["p"]);
    assert_eq!(compiled(&project).len(), 4, "the header changed");
    verify(&project, &["p", "--define", "X"]);
    assert_eq!(compiled(&project).len(), 4, "an option changed");
    verify(&project, &["p"]);
    assert_eq!(compiled(&project).len(), 2, "the result of the other command stays");
    verify(&project, &["p", "--no-cache"]);
    assert_eq!(compiled(&project).len(), 4);
}

#[test]
fn the_exit_code_follows_the_worst_result() {
    let project = project(&[("a.cu", "#include <cuda_runtime.h>\n__global__ void a() {}\n")], &[]);
    let good = verify(&project, &["p"]);
    good.check(0, &["1 of 1 unit compile", "No CUDA is left"]);
    assert_eq!(good.out, "");
    say(&project, "a.hip", "@:2:1: warning: unused 'a' [-Wunused]\n");
    let warned = verify(&project, &["p"]);
    warned.check(0, &["1 kind of warnings"]);
    assert!(warned.out.contains("review[compile-own-code]: warning: unused `a`"), "{}", warned.out);
    say(&project, "a.hip", "@:2:1: error: odd\n");
    verify(&project, &["p"]).check(1, &["0 of 1 unit compile"]);
    verify(&project, &["p", "--exit-zero"]).check(0, &[]);
    verify(&project, &["p", "--ignore", "compile-own-code"]).check(0, &[]);
    verify(&project, &["missing"]).check(2, &["missing"]);
    let no_compiler = project.run(&["verify", "p", "--compiler", "no-such-compiler"]);
    no_compiler.check(2, &["`no-such-compiler` does not run; install ROCm's `hipcc`", "--include DIR"]);
    let nothing = project.around().join("empty");
    fs::create_dir(&nothing).unwrap();
    let mut command = project.command(&["verify", "p"]);
    run(command.env("PATH", &nothing)).check(2, &["no compiler for HIP is there; install ROCm's `hipcc`"]);
}

#[test]
fn a_compiler_without_headers_is_refused_with_its_error() {
    let project = project(&[("a.cu", "__global__ void a() {}\n")], &[]);
    let compiler = "#!/bin/sh\ncase \"$*\" in *probe*) echo \"probe.hip:1:10: fatal error: 'hip/hip_runtime.h' file not found\" >&2; exit 1;; esac\n";
    project.write("../bin/clang++", compiler.as_bytes());
    let ran = verify(&project, &["p"]);
    ran.check(
        2,
        &["does not read HIP's headers for gfx942", "'hip/hip_runtime.h' file not found", "install ROCm's"],
    );
}

#[test]
fn a_comment_suppresses_a_finding() {
    let code = "#include <cuda_runtime.h>\n__global__ void a() {}\nint x; // tranship: ignore[compile-own-code] nvcc takes it\n";
    let project = project(&[("a.cu", code)], &[("a.hip", "@:3:5: error: odd\n")]);
    let (ran, report) = json(&project, &["p"]);
    assert_eq!((ran.code, causes(&report).len()), (Some(0), 0), "{}", ran.err);
}

#[test]
fn an_output_folder_is_compared_with_its_source() {
    let project = project(&[("edit.cu", EDIT), ("open.cu", OPEN)], &[]);
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("open.hip")).unwrap();
    // A person writes the missing part by hand, on a line of its own.
    let edited = written.replace("cudaGraphicsD3D9RegisterResource(0, p, 0);", "\n  ours(p);\n");
    fs::write(project.output("open.hip"), edited).unwrap();
    let (ours, malloc) = (line_of(&project, "open.hip", "ours"), line_of(&project, "edit.hip", "hipMalloc"));
    say(&project, "open.hip", &format!("@:{ours}:3: error: use of undeclared identifier 'ours'\n"));
    say(
        &project,
        "edit.hip",
        &format!("@:{malloc}:3: error: no matching function for call to 'hipMalloc'\n"),
    );
    let (ran, report) = json(&project, &["p-hip"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let mut found = causes(&report);
    found.sort();
    assert_eq!(
        found,
        [
            "edit | cudaMalloc | 1 | p/edit.cu:5".to_owned(),
            format!("own-code | use of undeclared identifier 'ours' | 1 | p-hip/open.hip:{ours}"),
        ]
    );
    assert_eq!(report["checks"]["left"], 0, "the person wrote the missing part");
    assert_eq!(report["checks"]["differing"], 1);
    fs::remove_dir_all(project.path("")).unwrap();
    let (alone, report) = json(&project, &["p-hip"]);
    assert!(alone.err.contains("the source of p-hip is not there"), "{}", alone.err);
    let mut found = causes(&report);
    found.sort();
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("output | ") && found[0].contains("p-hip/edit.hip"), "{found:?}");
}

#[test]
fn an_output_folder_is_compared_with_its_source_in_the_current_folder() {
    let project = project(&[("edit.cu", EDIT)], &[]);
    project.run(&["convert", "p", "-q"]).check(0, &[]);
    let compiler = project.around().join("bin/clang++");
    let ran = project.inside(&["verify", "../p-hip", "--compiler", compiler.to_str().unwrap()]);
    ran.check(0, &["No CUDA is left"]);
}

#[test]
fn an_output_folder_with_cuda_or_an_old_support_header_is_reported() {
    let code = "__global__ void s(int *p) { p[0] = __shfl_down_sync(0xffffffff, p[1], 1); __nanosleep(3); p[1] = __reduce_add_sync(7, 2); }\n";
    let project = project(&[("a.cu", code)], &[]);
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    let (ran, report) = json(&project, &["p-hip"]);
    assert_eq!((ran.code, &report["checks"]["old_headers"]), (Some(0), &0.into()), "{}", ran.err);
    let header = project.output("tranship_hip.h");
    let text = fs::read_to_string(&header).unwrap();
    fs::write(&header, text + "// more\n").unwrap();
    fs::write(project.output("b.cpp"), "#include <cuda_runtime.h>\nvoid f(void *p) { cudaFree(p); }\n")
        .unwrap();
    let ran = verify(&project, &["p-hip"]);
    ran.check(1, &[]);
    assert!(ran.out.contains("manual[old-support-header]: `p-hip/tranship_hip.h` differs"), "{}", ran.out);
    assert!(ran.out.contains("a second conversion would change `p-hip/b.cpp`"), "{}", ran.out);
}

#[test]
fn failed_tests_are_related_to_open_findings() {
    let project = project(&[("reduce.cu", OPEN), ("good.cu", "__global__ void good() {}\n")], &[]);
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    let log =
        "  1/2 Test #1: good ....   Passed\nThe following tests FAILED:\n\t  2 - reduce_test (Failed)\n";
    fs::write(project.output("log"), log).unwrap();
    let (ran, report) = json(&project, &["p-hip", "--run", "cat log; exit 8"]);
    assert_eq!(ran.code, Some(1));
    let tests = &report["tests"];
    assert_eq!((&tests["code"], &tests["failed"]), (&8.into(), &serde_json::json!(["reduce_test"])));
    let related = tests["related"].as_array().unwrap();
    assert_eq!(related.len(), 1, "{related:?}");
    assert_eq!(related[0]["path"], "p/reduce.cu");
    assert_eq!(related[0]["rule"], "cudaGraphicsD3D9RegisterResource");
    let text = verify(&project, &["p-hip", "--run", "cat log; exit 8"]).out;
    assert!(
        text.contains("`cat log; exit 8` ended with exit code 8; these tests fail: reduce_test"),
        "{text}"
    );
    assert!(text.contains("p/reduce.cu:2 has the open finding `cudaGraphicsD3D9RegisterResource`"), "{text}");
    verify(&project, &["p-hip", "--run", "true"]).check(1, &["The tests pass: true"]);
}

#[test]
fn a_compile_database_lists_the_units_and_their_options() {
    let files =
        [("a.cu", "__global__ void a() {}\n"), ("b.cu", "__global__ void b() {}\n"), ("inc/x.h", "\n")];
    let project = project(&files, &[]);
    let root = project.path("").canonicalize().unwrap();
    let entry = format!(
        "[{{\"directory\":\"{0}\",\"file\":\"a.cu\",\"command\":\"nvcc -I{0}/inc -I/elsewhere -arch=sm_80 -DA=1 -c a.cu\"}}]",
        root.display()
    );
    project.write("../build/compile_commands.json", entry.as_bytes());
    note_arguments(&project);
    verify(&project, &["p", "-p", "build"]).check(0, &["1 of 1 unit compile"]);
    assert_eq!(compiled(&project), ["a.hip gfx942", "a.hip host"]);
    let call = arguments_of(&project, "a.hip");
    assert!(call.contains("-I /elsewhere") && call.contains("-DA=1") && !call.contains("sm_80"), "{call}");
    let folder = format!("-I {}", root.join("inc").display());
    assert!(!call.contains(&folder) && call.contains("/inc"), "the converted headers are searched: {call}");
}

#[test]
fn a_named_file_is_compiled_alone() {
    let project = project(
        &[("a.cu", "__global__ void a() {}\n"), ("b.cu", "__global__ void b() {}\n"), ("tranship.toml", "")],
        &[],
    );
    verify(&project, &["p/a.cu"]).check(0, &["1 of 1 unit compile"]);
    assert_eq!(compiled(&project), ["a.hip gfx942", "a.hip host"]);
}

#[test]
fn the_compiler_is_searched_on_the_path() {
    let project = project(&[("a.cu", "__global__ void a() {}\n")], &[]);
    let folder = project.around().join("bin");
    fs::rename(folder.join("clang++"), folder.join("amdclang++")).unwrap();
    let mut path = OsString::from(&folder);
    path.push(":/usr/bin:/bin");
    let mut command = project.command(&["verify", "p"]);
    run(command.env("PATH", &path)).check(0, &["with amdclang++ (syntax and types only)"]);
    assert!(!Path::new("a.d").exists());
}

#[test]
fn a_project_that_builds_for_rocm_needs_its_own_options() {
    let build = "project(p)\noption(USE_HIP \"for ROCm\" OFF)\nif(USE_HIP)\n  enable_language(HIP)\nelse()\n  enable_language(CUDA)\n\
                 endif()\nadd_library(a a.cu)\n";
    let project = project(&[("a.cu", "__global__ void a() {}\n"), ("CMakeLists.txt", build)], &[]);
    let ran = verify(&project, &["p"]);
    assert!(ran.err.contains("builds for ROCm by itself and stays as it is"), "{}", ran.err);
    assert!(!ran.out.contains("cuda-left"), "{}", ran.out);
    let ran = verify(&project, &["p", "--own-hip-build", "convert"]);
    assert!(!ran.err.contains("stays as it is"), "{}", ran.err);
}

#[test]
fn units_of_a_part_that_builds_for_rocm_get_the_macros_of_its_build() {
    let build = "project(p)\noption(USE_HIP \"for ROCm\" OFF)\nif(USE_HIP)\n  enable_language(HIP)\n  add_definitions(-DAPP_USE_HIP)\n  \
                 add_library(a a.cu hip/b.hip)\nelse()\n  enable_language(CUDA)\n  add_library(a a.cu cuda/b.cu)\nendif()\n";
    let kernel = "__global__ void a() {}\n";
    let files = [("a.cu", kernel), ("hip/b.hip", kernel), ("cuda/b.cu", kernel), ("CMakeLists.txt", build)];
    let project = project(&files, &[("a.cu", "@:1:1: error: use of undeclared identifier 'missing'\n")]);
    note_arguments(&project);
    let (ran, report) = json(&project, &["p"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(compiled(&project), ["a.cu gfx942", "a.cu host", "b.hip gfx942", "b.hip host"]);
    assert!(arguments_of(&project, "a.cu").contains("-DAPP_USE_HIP=1"));
    let example = report["causes"][0]["example"].to_string();
    assert!(
        example.contains("builds for ROCm by itself") && example.contains("compile database"),
        "{report}"
    );
}
