//! `tranship verify` with clang 22: a project with one fault of each class, of which the compiler reports each, and the classes that
//! the source implies.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::PROGRAM;
use crate::{scratch, targets};

/// Maps a function to a name that no header has, as a wrong row of a user's table would.
const TABLE: &str = "library = \"ours\"\ntitle = \"Ours\"\n[functions]\nourFree = \"hipNoSuchFunction\"\n";

/// `mpi.h` is not installed. HIP has no counterpart of the function of Direct3D 9. `missing` is declared nowhere. The statement in
/// `barrier.cu` is PTX without a translation, which only an object shows.
const FILES: [(&str, &str); 7] = [
    ("header.cu", "#include <cuda_runtime.h>\n#include <mpi.h>\n__global__ void h() {}\n"),
    (
        "open.cu",
        "#include <cuda_runtime.h>\n\nvoid f(void *p) { cudaGraphicsD3D9RegisterResource(0, p, 0); }\n",
    ),
    ("edit.cu", "#include <cuda_runtime.h>\nvoid g(void *p) {\n  ourFree(p);\n}\n"),
    ("own.cu", "__global__ void o(float *p) {\n  p[0] = missing(p[1]);\n}\n"),
    (
        "use.cu",
        "#include <cuda_runtime.h>\n#include \"t.h\"\n__global__ void u(float *p) {\n  fill<int>(p);\n}\n",
    ),
    (
        "t.h",
        "#pragma once\ntemplate <class T> __device__ void fill(float *p) {\n  T::none();\n  __shfl_sync(~0u, p[0], 1);\n}\n",
    ),
    ("barrier.cu", "__global__ void b() {\n  asm volatile(\"bar.sync 1, 64;\");\n}\n"),
];

struct Run<'a> {
    folder: &'a Path,
    compiler: &'a str,
    options: &'a [OsString],
}

impl Run<'_> {
    /// The exit code, and the causes as `class name place`, sorted.
    fn causes(&self, arguments: &[&str]) -> (Option<i32>, Vec<String>) {
        let mut command = Command::new(PROGRAM);
        command.args(["verify", "--rules", "ours.toml", "--output-format", "json"]).args(arguments);
        command.args(["--compiler", self.compiler]).current_dir(self.folder);
        for option in self.options {
            command.arg("--compiler-option").arg(option);
        }
        let ran = command.output().unwrap();
        let all: Value = serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ran.stderr)));
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let one = |cause: &Value| {
            let example = &cause["example"];
            let class = text(&cause["class"]);
            format!("{class} {} {}:{}", text(&cause["name"]), text(&example["path"]), example["line"])
        };
        let mut causes: Vec<String> =
            all["projects"][0]["causes"].as_array().unwrap().iter().map(one).collect();
        causes.sort();
        (ran.status.code(), causes)
    }
}

#[test]
fn each_class_of_fault_is_found_at_its_line() {
    let folder = scratch("verify");
    let Some(targets) = targets(&folder) else { return };
    let target = targets.iter().find(|target| target.name == "clang-22").expect("the tier has clang 22");
    let (compiler, options) = target.for_hip();
    let run = Run { folder: &folder, compiler, options: &options };
    let project = folder.join("p");
    let _ = fs::remove_dir_all(&project);
    let _ = fs::remove_dir_all(folder.join("p-hip"));
    fs::create_dir_all(&project).unwrap();
    fs::write(folder.join("ours.toml"), TABLE).unwrap();
    for (path, text) in FILES {
        fs::write(project.join(path), text).unwrap();
    }
    let expected = [
        "edit ourFree p/edit.cu:3",
        "missing-header mpi.h p/header.cu:2",
        "open cudaGraphicsD3D9RegisterResource p/open.cu:3",
        "own-code type 'int' cannot be used prior to '::' because it has no members p/t.h:3",
        "own-code use of undeclared identifier 'missing' p/own.cu:2",
    ];
    let (code, causes) = run.causes(&["p"]);
    assert_eq!((code, causes), (Some(1), expected.map(str::to_owned).to_vec()));
    let (_, causes) = run.causes(&["p", "--object"]);
    let ptx = causes.iter().find(|cause| cause.contains("p/barrier.cu:2"));
    assert!(ptx.is_some_and(|cause| cause.starts_with("open ")), "only an object shows the PTX: {causes:?}");

    let mut convert = Command::new(PROGRAM);
    convert.args(["convert", "p", "-q", "--exit-zero", "--rules", "ours.toml"]).current_dir(&folder);
    assert!(convert.output().unwrap().status.success());
    for path in ["header.hip", "open.hip", "own.hip", "use.hip", "barrier.hip"] {
        fs::remove_file(folder.join("p-hip").join(path)).unwrap();
    }
    let edited = folder.join("p-hip/edit.hip");
    let text = fs::read_to_string(&edited).unwrap() + "void by_hand() { none(); }\n";
    fs::write(&edited, &text).unwrap();
    let last = text.lines().count();
    let (code, causes) = run.causes(&["p-hip"]);
    let by_hand = format!("own-code use of undeclared identifier 'none' p-hip/edit.hip:{last}");
    assert_eq!((code, causes), (Some(1), vec!["edit ourFree p/edit.cu:3".to_owned(), by_hand]));
}
