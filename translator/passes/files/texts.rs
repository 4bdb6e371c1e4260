//! Container files, YAML and lists of packages: what they name of CUDA gets a finding with its counterpart. Images, packages
//! and options of container programs have no exact counterparts, so nothing is rewritten but what the tables call exact.

use memchr::memmem;
use tranship_rules::{Kind, Name};

use super::FilePass;
use super::commands;
use crate::finding::{Finding, Fix};
use crate::syntax::lines::{self, Dialect, Line};
use crate::text::{Edit, Span};

/// A Dockerfile: images, and commands as a shell runs them.
pub(super) fn docker(pass: &mut FilePass) {
    let bytes = &pass.source.bytes;
    let mut lines = lines::lines(bytes, Dialect::Shell);
    let text = |span: Span| std::str::from_utf8(&bytes[span.range()]).unwrap_or_default();
    for line in &mut lines {
        let Some(first) = line.words.first().map(|word| text(word.span).to_ascii_uppercase()) else {
            continue;
        };
        if first == "FROM" {
            for word in std::mem::take(&mut line.words).into_iter().skip(1) {
                image(pass, text(word.inner), word.inner);
            }
        } else if matches!(&*first, "RUN" | "CMD" | "ENTRYPOINT") {
            line.words.remove(0);
            *line = with_assignment(std::mem::take(line), bytes);
        }
    }
    for word in lines.iter().flat_map(|line| &line.words) {
        image(pass, text(word.inner), word.inner);
        package(pass, text(word.inner), word.inner);
    }
    commands::run_on(pass, &lines, Dialect::Shell);
}

/// `RUN A=b command` gives a value to a variable, as a line of a shell does.
fn with_assignment(line: Line, bytes: &[u8]) -> Line {
    let Some(first) = line.words.first() else { return line };
    let Some(last) = line.words.last() else { return line };
    let range = first.span.start as usize..last.span.end as usize;
    let mut lines = lines::lines_in(bytes, range, Dialect::Shell);
    if lines.len() == 1 { lines.remove(0) } else { line }
}

/// YAML: compose files, Kubernetes, workflows, conda.
pub(super) fn yaml(pass: &mut FilePass) {
    // Questions to people who report a bug name programs, but run none.
    if pass.source.path.components().any(|part| part.as_os_str() == "ISSUE_TEMPLATE") {
        return;
    }
    words(pass, |pass, text, span| {
        image(pass, text, span);
        package(pass, text, span);
        setting(pass, text, span);
        tool(pass, text, span);
    });
}

/// Lists of Python packages, and the settings of a package that hold such lists.
pub(super) fn packages(pass: &mut FilePass) {
    words(pass, |pass, text, span| {
        if !is_own_name(&pass.source.bytes, span.start as usize) {
            package(pass, text, span);
        }
    });
}

/// Whether the line around `at` gives the package its own name: `name = "..."`.
fn is_own_name(bytes: &[u8], at: usize) -> bool {
    let line = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
    let rest = bytes[line..].trim_ascii_start().strip_prefix(b"name");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
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
pub(super) fn other_build(pass: &mut FilePass) {
    let name = pass.source.path.file_name().unwrap_or_default().to_string_lossy();
    let Some((_, marks, todo)) = OTHER_BUILDS.iter().find(|(end, ..)| name.ends_with(end)) else { return };
    let bytes = &pass.source.bytes;
    let is_comment = |at: usize| {
        let line = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let text = bytes[line..at].trim_ascii_start();
        text.starts_with(b"#") || text.starts_with(b"//")
    };
    let places = marks.iter().flat_map(|mark| memmem::find_iter(bytes, mark).map(move |at| (at, mark.len())));
    if let Some((at, length)) = places.filter(|&(at, _)| !is_comment(at)).min() {
        let span = Span::new(at as u32, (at + length) as u32);
        let found = pass.finding("cuda-in-build", span);
        if let Some(found) = found {
            pass.report(
                found.saying("this build compiles or links CUDA, and is not converted").advising(*todo),
            );
        }
    }
}

/// Calls `each` with every word outside of comments, without quotes and list marks.
fn words(pass: &mut FilePass, each: impl Fn(&mut FilePass, &str, Span)) {
    let bytes = &pass.source.bytes;
    let is_edge = |byte: u8| byte.is_ascii_whitespace() || b"\"'`,[](){};|&".contains(&byte);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'#' && (at == 0 || bytes[at - 1].is_ascii_whitespace()) {
            at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
            continue;
        }
        let length = bytes[at..].iter().take_while(|&&byte| !is_edge(byte)).count();
        let span = Span::new(at as u32, (at + length) as u32);
        if let Ok(text) = std::str::from_utf8(&bytes[span.range()])
            && !text.is_empty()
        {
            each(pass, text, span);
            pass.follow_sources(span);
        }
        at += length.max(1);
    }
}

/// A container image: its name without tag, from whatever registry or mirror.
fn image(pass: &mut FilePass, text: &str, span: Span) {
    let folder = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text[folder..].find([':', '@', '{', '$']).map_or(text.len(), |at| folder + at);
    let name = &text[..end];
    let mut starts = std::iter::once(0).chain(name.match_indices('/').map(|(at, _)| at + 1));
    let Some(row) = starts.find_map(|start| pass.word(Kind::Image, &name[start..])) else { return };
    // Such images have builds for both vendors.
    if row.cuda != "pytorch/pytorch" || text[end..].contains("cuda") {
        pass.absent(row, span);
    }
}

/// A package, which a version, extras or a marker may follow.
pub(super) fn package(pass: &mut FilePass, text: &str, span: Span) {
    let end = text.find(['=', '<', '>', '!', '~', '@']).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase().replace('_', "-");
    let found = pass.word(Kind::Package, &name).or_else(|| family(pass, &name));
    if let Some(row) = found {
        pass.absent(row, span);
    } else if text.contains("download.pytorch.org/whl/cu") || (name == "torch" && text.contains("+cu")) {
        pass.saying("cuda-wheel", span, format!("`{text}` is built for CUDA"));
    }
}

/// `nvidia-cublas-cu12` and its like.
fn family(pass: &FilePass, name: &str) -> Option<&'static Name> {
    let is_nvidia = name.starts_with("nvidia-")
        && (name.ends_with("-cu11") || name.ends_with("-cu12") || name.ends_with("-cu13"));
    if is_nvidia { pass.word(Kind::Package, "nvidia-*") } else { None }
}

/// Settings of container programs.
fn setting(pass: &mut FilePass, text: &str, span: Span) {
    let text = text.trim_end_matches(':');
    if text == "nvidia.com/gpu" {
        let span = Span::new(span.start, span.start + text.len() as u32);
        let finding: Option<Finding> = pass.finding("gpu-resource", span);
        if let Some(finding) = finding {
            pass.report(finding.with(Fix::One(Edit::replace(span, "amd.com/gpu"))));
        }
    } else if matches!(text, "nvidia" | "--runtime=nvidia") || text.starts_with("--gpus") {
        pass.saying("container-gpu", span, format!("`{text}` asks for GPUs of NVIDIA"));
    } else if let Some(row) = pass.word(Kind::Environment, text) {
        pass.rename(row, Span::new(span.start, span.start + text.len() as u32));
    }
}

/// A program of the toolkit, in whatever language calls it.
fn tool(pass: &mut FilePass, text: &str, span: Span) {
    let name = text.rsplit('/').next().unwrap_or(text);
    let Some(row) = pass.word(Kind::Tool, name) else { return };
    if name == "nvcc" {
        let what = "`nvcc` is called; ROCm's compiler driver is `hipcc`";
        pass.saying("tool-in-text", span, what);
    } else {
        pass.absent(row, span);
    }
}
