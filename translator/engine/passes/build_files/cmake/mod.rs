//! CMake: CUDA's language, packages, targets, variables and properties become their counterparts for HIP.
//!
//! Frozen code stays as it is: branches with conditions about HIP or ROCm, and files that use HIP as their language.
//! Names of renamed files change there too, because a build with a missing file fails on every platform.

mod compilers;
mod defaults;
mod host_sources;
mod kept;
mod languages;
mod libraries;
mod lists;
mod old_commands;
mod old_targets;
mod origins;
mod packages;
mod probes;
mod properties;
mod searches;
mod separable;
mod values;

use std::path::Path;

use tranship_rules::{Kind, Name, rule};

use self::origins::for_apple;
use crate::pass::vendor_branches::{branch_for_each_vendor, settled, settled_for_both};
use crate::pass::{Reporter, in_hip};
use crate::readers::branches::{self, Branches, Chain, Step};
use crate::readers::cmake::{self, Argument, Command, File, Form, text_of};
use crate::readers::words::with_gap;
use crate::text::{Span, contains_ignoring_case, line_start};

/// One CMake file and the facts that the pass needs about it.
pub(crate) struct Cmake<'a> {
    bytes: &'a [u8],
    file: File,
}

/// Why the script that chooses architectures is of no use.
const CHOOSES_GPUS: &str = "the script computes options of nvcc from the GPUs of NVIDIA";

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    let bytes = pass.source.bytes.as_slice();
    let cmake = Cmake { bytes, file: cmake::read(bytes) };
    if let Some(at) = cmake.file.broken {
        pass.report_saying(
            rule::UNREADABLE_BUILD_FILE,
            Span::at(at),
            "the file cannot be parsed as CMake from this point on",
        );
        return;
    }
    if is_copy_of_find_cuda(&pass.source.path, bytes) {
        let what = "the file is a copy of CMake's own module for CUDA and stays as it is";
        let found = pass.finding(rule::CMAKE_OWN_MODULE, Span::at(0)).map(|found| {
            let found = found.saying(what);
            let is_choice = pass.source.path.ends_with("select_compute_arch.cmake");
            let advice = "leave it out, with its calls: `CMAKE_HIP_ARCHITECTURES` names the GPUs";
            if is_choice { found.because(CHOOSES_GPUS).advising(advice) } else { found }
        });
        return pass.report_all(found);
    }
    if makes_targets_of_pytorch(&cmake) {
        let what = "the file is a copy of PyTorch's module for CUDA and stays as it is";
        return pass.report_saying(rule::CMAKE_OWN_MODULE, Span::at(0), what);
    }
    for argument in cmake.file.commands.iter().flat_map(|command| &command.arguments) {
        pass.follow_sources(argument.span);
    }
    if pass.context.project.cmake.is_for_both(&pass.source.path) {
        return;
    }
    if cmake.is_hip() {
        return leftovers(pass, &cmake);
    }
    let mut settled = settled(&cmake, pass.context);
    for (settled, by_body) in settled.iter_mut().zip(branch_for_each_vendor(&cmake, pass.context)) {
        *settled |= by_body;
    }
    for body in defaults::run(pass, &cmake, &settled) {
        settled[body].fill(true);
    }
    // There is no ROCm for macOS.
    for (settled, is_for_apple) in settled.iter_mut().zip(for_apple(&cmake)) {
        *settled |= is_for_apple;
    }
    host_sources::run(pass, &cmake, &settled);
    probes::written(pass, &cmake, &settled);
    for (command, _) in cmake.file.commands.iter().zip(settled).filter(|(_, settled)| !settled) {
        one(pass, &cmake, command);
    }
}

/// Whether the file has the name of `FindCUDA.cmake`, or is one of the scripts in the folder beside it. Projects also have the
/// script that chooses architectures alone.
fn is_copy_of_find_cuda(path: &Path, bytes: &[u8]) -> bool {
    let is_in = |path: &Path| path.parent().and_then(Path::file_name).is_some_and(|name| name == "FindCUDA");
    // A module of the project can have the same name, and call CMake's module.
    let has_macros = || contains_ignoring_case(&String::from_utf8_lossy(bytes), "cuda_wrap_srcs");
    path.file_name()
        .is_some_and(|name| name == "FindCUDA.cmake" && has_macros() || name == "select_compute_arch.cmake")
        || is_in(path)
}

/// Whether the file makes PyTorch's own targets for CUDA, as `cuda.cmake` in PyTorch's package does. The package for ROCm has another
/// module for them.
fn makes_targets_of_pytorch(cmake: &Cmake) -> bool {
    let names = |command: &Command| command.arguments.first().map(|name| text_of(cmake.bytes, name.inner));
    cmake.file.commands.iter().any(|command| {
        cmake::is_command(cmake.bytes, command, "add_library")
            && matches!(names(command), Some("torch::cudart" | "caffe2::cuda"))
    })
}

/// Reports the rest of CUDA in a file that makes HIP its language. Branches about CUDA or HIP are not checked.
fn leftovers(pass: &mut Reporter, cmake: &Cmake) {
    let first = pass.count();
    let settled = settled_for_both(cmake, pass.context);
    let settled =
        settled.into_iter().zip(for_apple(cmake)).map(|(settled, is_for_apple)| settled || is_for_apple);
    for (command, _) in cmake.file.commands.iter().zip(settled).filter(|(_, settled)| !settled) {
        one(pass, cmake, command);
    }
    let findings = pass.take_from(first);
    let findings = in_hip(findings, &pass.context.rules);
    pass.report_all(findings);
}

fn one(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let first = pass.count();
    all_passes(pass, cmake, command, first);
    // CMake ignores the arguments of `else(...)` and `endif(...)`, which repeat those of `if(...)`, and hides variables in its
    // windows by `mark_as_advanced`.
    if cmake.is_one_of(command, WITHOUT_EFFECT) {
        let found = pass.take_from(first);
        pass.report_all(found.into_iter().filter(|finding| !finding.fix.edits().is_empty()));
    }
}

/// Commands whose arguments have no effect on the build.
const WITHOUT_EFFECT: &[&str] =
    &["else", "endif", "endforeach", "endwhile", "endfunction", "endmacro", "mark_as_advanced"];

fn all_passes(pass: &mut Reporter, cmake: &Cmake, command: &Command, first: usize) {
    languages::run(pass, cmake, command);
    packages::run(pass, cmake, command);
    probes::run(pass, cmake, command);
    kept::run(pass, cmake, command);
    old_targets::run(pass, cmake, command);
    searches::run(pass, cmake, command);
    let is_whole = lists::run(pass, cmake, command) || separable::variable(pass, cmake, command);
    properties::run(pass, cmake, command);
    if !is_whole {
        values::run(pass, cmake, command);
    }
    old_commands::run(pass, cmake, command, first);
}

/// The row for `linked`, which is a target, a variable that contains a library, or a plain name.
pub(crate) fn target_row(pass: &Reporter, linked: &str) -> Option<&'static Name> {
    let variable = linked.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
    match variable {
        Some(name) => pass.word(Kind::CmakeVariable, name),
        None if linked.contains("::") => pass.word(Kind::CmakeTarget, linked),
        // OpenCL is no library of CUDA alone.
        None if linked == "OpenCL" => None,
        // The library of the driver has another name than its target.
        None if linked == "cuda" => pass.word(Kind::CmakeTarget, "CUDA::cuda_driver"),
        None => pass.word(Kind::CmakeTarget, &format!("CUDA::{linked}")),
    }
}

/// Whether a CMake module of the project defines a variable or target: `NCCL_FOUND`, `NCCL::NCCL`.
pub(crate) fn is_from_own_module(pass: &Reporter, name: &str) -> bool {
    let package = name.split(['_', ':']).next().unwrap_or(name);
    !package.starts_with("CUDA") && pass.context.project.cmake.has_find_module(package)
}

impl<'a> Cmake<'a> {
    fn text(&self, span: Span) -> &'a str {
        text_of(self.bytes, span)
    }

    fn is(&self, command: &Command, name: &str) -> bool {
        cmake::is_command(self.bytes, command, name)
    }

    fn is_one_of(&self, command: &Command, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(command, name))
    }

    /// The text of argument `index`.
    fn argument(&self, command: &Command, index: usize) -> Option<(&'a str, Argument)> {
        command.arguments.get(index).map(|argument| (self.text(argument.inner), *argument))
    }

    /// The first argument that is just the bare word `word`.
    fn bare(&self, command: &Command, word: &str) -> Option<Argument> {
        let is = |a: &&Argument| a.form == Form::Unquoted && self.text(a.span) == word;
        command.arguments.iter().find(is).copied()
    }

    /// `argument` with the white space beside it.
    fn with_gap(&self, argument: Argument) -> Span {
        with_gap(self.bytes, argument.span)
    }

    /// Whether the file enables HIP outside of all branches, and does not enable CUDA there.
    fn is_hip(&self) -> bool {
        let top = || self.file.commands.iter().filter(|command| command.branch.is_none());
        let names = |command: &Command, word: &str| self.bare(command, word).is_some();
        let language = |command: &Command| self.is_one_of(command, &["project", "enable_language"]);
        let package = |command: &Command| self.is(command, "find_package");
        let hip = |command: &Command| {
            (language(command) && names(command, "HIP")) || (package(command) && names(command, "hip"))
        };
        let cuda = |command: &Command| {
            (language(command) && names(command, "CUDA"))
                || (package(command) && (names(command, "CUDA") || names(command, "CUDAToolkit")))
        };
        top().any(hip) && !top().any(cuda)
    }

    /// The white space that the line of `at` begins with.
    fn indentation(&self, at: u32) -> &'a str {
        let line = self.line_start(at);
        let length = self.bytes[line..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        text_of(self.bytes, Span::new(line as u32, (line + length) as u32))
    }

    fn line_start(&self, at: u32) -> usize {
        line_start(self.bytes, at as usize)
    }

    /// The line end of the file.
    fn line_end(&self) -> &'static str {
        if memchr::memmem::find(self.bytes, b"\r\n").is_some() { "\r\n" } else { "\n" }
    }

    /// The span of `command`, or of its whole line if the line contains nothing else.
    fn line_of(&self, command: &Command) -> Span {
        let start = self.line_start(command.span.start);
        let before = &self.bytes[start..command.span.start as usize];
        let rest = &self.bytes[command.span.end as usize..];
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        if before.iter().all(u8::is_ascii_whitespace) && rest.get(blank) == Some(&b'\n') {
            Span::new(start as u32, command.span.end + blank as u32 + 1)
        } else {
            command.span
        }
    }
}

impl Branches for Cmake<'_> {
    fn count(&self) -> usize {
        self.file.commands.len()
    }

    fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool {
        // The vendor of a compiler is no choice of the project: `if(CMAKE_CUDA_COMPILER_ID STREQUAL "NVIDIA")`.
        let mut words = self.file.commands[part].arguments.iter().map(|argument| self.text(argument.inner));
        while let Some(word) = words.next() {
            if is_match(word) {
                return true;
            }
            if word.contains("COMPILER_ID") {
                words.nth(1);
            }
        }
        false
    }

    fn chains(&self) -> Vec<Chain> {
        branches::chains(self.file.commands.iter().map(|command| {
            if self.is(command, "if") {
                Step::Opens
            } else if self.is_one_of(command, &["elseif", "else"]) {
                Step::GoesOn
            } else if self.is(command, "endif") {
                Step::Ends
            } else {
                Step::Inside
            }
        }))
    }
}
