//! Converted Python is run: Python compiles every fixture, and set-up scripts get their options from stubs of PyTorch for
//! both vendors.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tranship_engine::Source;
use tranship_engine::pass::Context;
use tranship_engine::translate::translate;
use tranship_rules::Rules;

use crate::support::{Project, root};

#[path = "../support/installed.rs"]
mod installed;

/// Stands for PyTorch and setuptools: what `setup` gets is written as one line of JSON.
const STUBS: &str = r#"
import json, sys, types
hip, cuda = ("6.3", None) if sys.argv[1] == "hip" else (None, "12.4")

def module(name, **names):
    made = types.ModuleType(name)
    made.__dict__.update(names)
    sys.modules[name] = made
    return made

def extension(name, sources, **keywords):
    return {"name": name, **keywords}

helpers = module(
    "torch.utils.cpp_extension", CUDAExtension=extension, CppExtension=extension, BuildExtension=None,
    CUDA_HOME="/usr/local/cuda" if cuda else None, ROCM_HOME="/opt/rocm" if hip else None, IS_HIP_EXTENSION=bool(hip))
utils = module("torch.utils", cpp_extension=helpers)
version = module("torch.version", hip=hip, cuda=cuda)
module("torch", utils=utils, version=version, __version__="2.9.0", __path__=[])
utils.__path__ = []

def setup(**keywords):
    print(json.dumps(keywords["ext_modules"], sort_keys=True))

module("setuptools", setup=setup, find_packages=lambda **_: [])
exec(compile(sys.stdin.read(), "setup.py", "exec"), {"__name__": "__main__", "__file__": "setup.py"})
"#;

/// Runs Python with these arguments and this input; `None` where there is no Python.
fn python(arguments: &[&str], input: &[u8]) -> Option<String> {
    let mut command = Command::new("python3");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        installed::missing("python3");
        return None;
    };
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input)
        .expect("Python reads its input");
    let output = child.wait_with_output().expect("Python ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(input));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn converted(path: &Path) -> (Vec<u8>, Vec<u8>) {
    let bytes = std::fs::read(path).expect("a fixture can be read");
    let source = Source::new("setup.py", bytes.clone());
    let output = translate(&source, &Context::new(Rules::builtin())).output(&source).into_owned();
    (bytes, output)
}

#[test]
fn every_fixture_compiles_after_conversion() {
    let files = std::fs::read_dir(root().join("fixtures/python")).expect("the fixtures are there");
    let paths = files.map(|file| file.expect("a file").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "py"));
    // These two have lists that do not end.
    let is_broken = |path: &PathBuf| path.ends_with("old.py") || path.ends_with("syntax-error.py");
    let paths: Vec<_> = paths.filter(|path| !is_broken(path)).collect();
    assert!(paths.len() >= 10);
    for path in paths {
        let (before, after) = converted(&path);
        for text in [before, after] {
            let compile = "import sys; compile(sys.stdin.buffer.read(), 'a.py', 'exec')";
            if python(&["-W", "ignore", "-c", compile], &text).is_none() {
                return;
            }
        }
    }
}

/// What `setup` gets in a fixture: the same as before for CUDA, and `hip` for ROCm.
#[track_caller]
fn check(fixture: &str, hip: &str) {
    let (before, after) = converted(&root().join("fixtures").join(fixture));
    let run = |vendor: &str, text: &[u8]| python(&["-c", STUBS, vendor], text);
    let Some(cuda) = run("cuda", &before) else { return };
    assert_eq!(run("cuda", &after), Some(cuda), "for CUDA");
    let found = run("hip", &after).expect("Python is there");
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(value(&found), value(hip), "for ROCm");
}

#[test]
fn both_vendors_get_their_options() {
    check(
        "python/appended.py",
        r#"[{"name": "a", "libraries": ["hipsparse", "hipblas", "amdhip64"],
             "extra_link_args": ["-lamdhip64"],
             "extra_compile_args": {"nvcc": [
                "-fgpu-flush-denormals-to-zero", "-fno-hip-fp32-correctly-rounded-divide-sqrt",
                "-fgpu-approx-transcendentals", "-ffp-contract=fast", "-gline-tables-only",
                "--offload-arch=native", "-gline-tables-only"]}}]"#,
    );
    check(
        "python/both-vendors.py",
        r#"[{"name": "b", "include_dirs": ["/opt/rocm/include"], "library_dirs": ["/opt/rocm/lib"],
             "libraries": ["hipfft", "m"], "extra_link_args": ["-lhiprand"],
             "extra_compile_args": {"cxx": ["-O3"], "nvcc": ["-O3", "-fPIC"]}}]"#,
    );
    // The list is made in a function, and extended under a condition of the file's own.
    check(
        "projects/torch-extension/setup.py",
        r#"[{"name": "gated_norm._C", "include_dirs": ["csrc"],
             "extra_compile_args": {"cxx": ["-O3", "-std=c++17"], "nvcc": [
                "-O3", "-fgpu-flush-denormals-to-zero", "-fno-hip-fp32-correctly-rounded-divide-sqrt",
                "-fgpu-approx-transcendentals", "-ffp-contract=fast", "-U__HIP_NO_HALF_OPERATORS__"]}}]"#,
    );
    check(
        "python/folders.py",
        r#"[{"name": "f", "include_dirs": ["/opt/rocm/include/", "/usr/local/cudafiles/include"],
             "library_dirs": ["/opt/rocm/lib"], "extra_link_args": ["-L/opt/rocm/lib", "-lamdhip64",
                "-Wl,-rpath,/opt/rocm/lib", "-L/opt/rocm/lib", "-L/usr/local/cuda/lib64/stubs", "-lm"]}]"#,
    );
    // Reported and left: two options that would become no word or two, and `--threads` with its number elsewhere.
    check(
        "python/parts.py",
        r#"[{"name": "p", "extra_compile_args": {"nvcc": [
            "-gline-tables-only", "-O3", "-gline-tables-only", "-gline-tables-only", "--offload-arch=native",
            "-gline-tables-only", "-gline-tables-only", "--threads", "4", "-t4"]}}]"#,
    );
}

#[test]
fn a_set_up_for_both_vendors_names_the_shadow_headers_for_rocm_alone() {
    let setup = "from setuptools import setup\nfrom torch.utils.cpp_extension import BuildExtension, CUDAExtension\n\n\
                 setup(ext_modules=[CUDAExtension(\"a\", [\"a.cu\"])], cmdclass={\"build_ext\": BuildExtension})\n";
    let kernel: &[u8] = b"__global__ void k(float *x) { *x = __shfl_sync(~0u, *x, 0); }\n";
    let project = Project::of(&[("a.cu", kernel), ("setup.py", setup.as_bytes())]);
    let ran = project
        .command(&["portable", "-q", "--exit-zero", "--build", "setup-py", "--apply-build"])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let after = std::fs::read(project.path("setup.py")).unwrap();
    // The compiler of PyTorch for ROCm reads this variable.
    let show = "\nimport os, sys\nprint(os.environ.get(\"HIPCC_COMPILE_FLAGS_APPEND\"), file=sys.stdout)\n";
    let run = |vendor: &str, text: &[u8]| python(&["-c", STUBS, vendor], &[text, show.as_bytes()].concat());
    let Some(before) = run("cuda", setup.as_bytes()) else { return };
    assert_eq!(run("cuda", &after), Some(before), "for CUDA");
    let found = run("hip", &after).expect("Python is there");
    let (modules, flags) = found.split_once('\n').expect("two lines");
    assert_eq!(modules, "[{\"name\": \"a\"}]");
    let folder = std::env::current_dir().unwrap().join("hip_compat");
    assert_eq!(flags.trim(), format!("-I{} -include cuda_runtime.h", folder.display()));
}
