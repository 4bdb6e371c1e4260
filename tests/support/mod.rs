//! Test projects on disk, and runs of the program on them.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

#[cfg(unix)]
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[cfg(unix)]
pub(crate) mod page;

/// The path of the built program. The package of the slow tiers builds it under another name, because two packages of one
/// workspace cannot both build `tranship`.
pub(crate) const PROGRAM: &str =
    match (option_env!("CARGO_BIN_EXE_tranship"), option_env!("CARGO_BIN_EXE_tranship-proof")) {
        (Some(path), _) | (None, Some(path)) => path,
        (None, None) => panic!("cargo builds the program before its tests"),
    };

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("translator").is_dir()).expect("tests run in the checkout")
}

/// A small CUDA source.
pub(crate) const AXPY: &str = "#include <cuda_runtime.h>\nvoid f(void **p) { cudaMalloc(p, 4); }\n";
/// The HIP form of [`AXPY`].
pub(crate) const AXPY_HIP: &str = "#include <hip/hip_runtime.h>\nvoid f(void **p) { hipMalloc(p, 4); }\n";

/// A temporary folder; the project is its folder `p`.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// The exit code and output of a run.
pub(crate) struct Ran {
    /// The exit code; `None` if a signal ended the program.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Asserts the exit code, and that standard error contains each of `words`.
    #[track_caller]
    pub(crate) fn check(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is missing in: {}", self.err);
        }
        self
    }
}

impl Project {
    /// An empty project.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("tranship-test").tempdir().unwrap();
        fs::create_dir(folder.path().join("p")).unwrap();
        Self { folder }
    }

    /// A project with these files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let project = Self::new();
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    /// The folder around the project.
    pub(crate) fn around(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("p").join(path)
    }

    /// A path in the default output.
    pub(crate) fn output(&self, path: &str) -> PathBuf {
        self.folder.path().join("p-hip").join(path)
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The content of the output file `path`.
    #[track_caller]
    pub(crate) fn written(&self, path: &str) -> Vec<u8> {
        fs::read(self.output(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The paths of all files below the default output, sorted.
    pub(crate) fn all_written(&self) -> Vec<String> {
        files(&self.output(""))
    }

    /// Runs the program with `--own-hip-build convert`, so that parts with a build for HIP are converted too.
    pub(crate) fn run_converting(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--own-hip-build", "convert"]].concat())
    }

    /// Runs the program in the folder around the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments).stdin(Stdio::null()))
    }

    /// Runs the program in the folder of the project.
    pub(crate) fn inside(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments).current_dir(self.path("")).stdin(Stdio::null()))
    }

    /// `PATH` with a first folder that contains the program as `tranship`.
    #[cfg(unix)]
    pub(crate) fn path_with_program(&self) -> OsString {
        let folder = self.around().join("bin");
        if !folder.is_dir() {
            fs::create_dir(&folder).unwrap();
            std::os::unix::fs::symlink(PROGRAM, folder.join("tranship")).unwrap();
        }
        let path = std::env::var_os("PATH").unwrap();
        std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path))).unwrap()
    }

    /// The program with `arguments`, ready to run in the folder around the project.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command
    }
}

/// Source code with three findings, two of them of one rule.
pub(crate) const THREE_FINDINGS: &str = "#include <cuda_runtime.h>\nvoid f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n\
    void g(int p) { cudaGraphicsD3D9RegisterResource(p); }\n__global__ void k(int *a) { asm(\"bar.sync 1, 64;\"); }\n";

const KERNEL: &str = "#include <cuda_runtime.h>
#include <curand_kernel.h>
__global__ void k(float *a, unsigned long seed) {
    curandState s;
    curand_init(seed, 0, 0, &s);
    asm volatile(\"bar.sync 1, 64;\");
    atomicAdd(a, curand_uniform(&s));
}
#ifdef __NVCC__
void run(float *a) { k<<<1, 32>>>(a, 1); cudaDeviceSynchronize(); cudaGraphicsD3D9RegisterResource(); }
#endif
";

/// A project with findings of every level, and with scripts in names and comments.
pub(crate) fn of_every_level() -> Project {
    Project::of(&[
        ("src/kernel.cu", KERNEL.as_bytes()),
        ("src/clean.cu", b"#include <cuda_runtime.h>\nvoid f(void **p) { cudaMalloc(p, 4); }\n"),
        ("src/done.h", b"#include <hip/hip_runtime.h>\n#define cudaFree hipFree\n"),
        ("src/plain.cpp", b"int main() {}\n"),
        (
            "src/<img src=x onerror=alert(1)>.cu",
            b"__global__ void k() { asm(\"bar.arrive 1, 64;\"); } // </script><script>alert(2)</script><!--\n",
        ),
        ("Makefile", b"all: src/kernel.cu\n\tnvcc -use_fast_math src/kernel.cu\n"),
    ])
}

/// Runs git in the project.
pub(crate) fn git(project: &Project, arguments: &[&str]) -> Ran {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]);
    command.args(arguments).current_dir(project.path("")).env("GIT_CONFIG_GLOBAL", "/dev/null");
    run(&mut command)
}

/// Makes the project a repository with all files committed.
pub(crate) fn commit(project: &Project) {
    git(project, &["init", "-q"]).check(0, &[]);
    git(project, &["add", "-A"]).check(0, &[]);
    git(project, &["commit", "-qm", "all"]).check(0, &[]);
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// The paths of all files below `folder`, relative to `folder`, sorted. The store that every output has is not listed.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else if entry.file_name() != ".tranship-base" {
                found.push(entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// A project with names and texts that must be escaped in every format.
#[cfg(unix)]
pub(crate) fn hostile_project() -> Project {
    let project = Project::of(&[
        ("src/with space,comma:100%.cu", b"void f() {\n  cudaGraphicsD3D9RegisterResource();\n}\n"),
        ("src/<img src=x onerror=alert(1)>.cu", b"__global__ void k(float *a) { asm(\"// </script>\"); }\n"),
        (
            "src/guard.cuh",
            b"#include <cuda_runtime.h>\r\n#ifdef __NVCC__\r\n__device__ int f();\r\n#endif\r\n",
        ),
        ("tranship-answers.toml", b"version = 1\nanswers = []\n"),
    ]);
    // Other systems do not allow a name that is not UTF-8.
    if cfg!(target_os = "linux") {
        let name = <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"src/latin-\xe9.cu");
        fs::write(project.path("").join(name), "void g() { cudaGraphicsD3D9RegisterResource(); }\n").unwrap();
    }
    project
}

/// The output of `tranship check` for the project in `format`.
pub(crate) fn report(project: &Project, format: &str) -> String {
    let ran = project.run(&["check", "p", "--output-format", format, "--exit-zero"]);
    ran.check(0, &[]);
    ran.out
}

/// The YAML blocks in `docs/ci.md`.
pub(crate) fn set_ups() -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The output of `tranship check` for [`hostile_project`] in `format`.
#[cfg(unix)]
pub(crate) fn hostile_report(format: &str) -> String {
    report(&hostile_project(), format)
}
