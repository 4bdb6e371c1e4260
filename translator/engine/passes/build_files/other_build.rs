//! Build files without a reader of their own: names of renamed sources are followed, and a build that compiles CUDA gets
//! one finding.

use memchr::memmem;

use crate::pass::{Reporter, is_comment, renamed_sources};
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    renamed_sources(pass);
    compiles_cuda(pass);
}

/// How Bazel's files compile CUDA.
const BAZEL: &[&str] =
    &["cuda_library(", "cuda_binary(", "rules_cuda", "local_config_cuda", "cuda_configure("];

/// What a project that Bazel builds does instead.
const BAZEL_TODO: &str = "compile the `.hip` sources in a `genrule` or toolchain of your own that calls `hipcc --offload-arch=...`, as there are no rules of Bazel for HIP, and link `amdhip64` and ROCm's libraries";

/// Builds that are not converted: the end of the file's name, what tells that it compiles CUDA, and what to do.
const OTHER_BUILDS: &[(&str, &[&str], &str)] = &[
    (
        "meson.build",
        &["'cuda'", "\"cuda\""],
        "compile the `.hip` sources in a `custom_target` that calls `hipcc --offload-arch=...`, as Meson has no language for HIP, and link `dependency('hip', method: 'cmake', modules: ['hip::host'])`",
    ),
    (".bazel", BAZEL, BAZEL_TODO),
    (".bzl", BAZEL, BAZEL_TODO),
    ("BUILD", BAZEL, BAZEL_TODO),
    (
        "Cargo.toml",
        &["bindgen_cuda", "cudaforge", "cudarc", "cust ="],
        "take a crate that binds HIP, such as `cubecl-hip-sys`, and compile kernels with `hipcc --genco`",
    ),
];

/// A build that is not read here: one finding where it first speaks of CUDA.
fn compiles_cuda(pass: &mut Reporter) {
    let name = pass.source.path.file_name().unwrap_or_default().to_string_lossy();
    let Some((_, marks, todo)) = OTHER_BUILDS.iter().find(|(end, ..)| name.ends_with(end)) else { return };
    let bytes = &pass.source.bytes;
    let places = marks.iter().flat_map(|mark| memmem::find_iter(bytes, mark).map(move |at| (at, mark.len())));
    if let Some((at, length)) = places.filter(|&(at, _)| !is_comment(bytes, at)).min() {
        let span = Span::new(at as u32, (at + length) as u32);
        let found = pass.finding("cuda-in-build", span);
        if let Some(found) = found {
            pass.report(
                found.saying("this build compiles or links CUDA, and is not converted").advising(*todo),
            );
        }
    }
}
