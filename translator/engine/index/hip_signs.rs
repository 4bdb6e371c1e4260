//! The signs of a build for HIP in one build file, as the table `hip_build` has them. It refuses to evaluate or to run a build.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tranship_rules::{HIP_BUILDS, HipBuild};

use super::marks::{Names, find, is_hip_name};
use super::switched_sources::SwitchedSources;
use crate::cpp::switches::mentions_hip;
use crate::lang::Lang;
use crate::readers::cmake::{self, Command, text_of};
use crate::source::Source;
use crate::text::{Span, contains_ignoring_case, is_word};

/// One sign of a build for HIP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub(super) struct Sign {
    /// The line, counted from 1.
    pub line: u32,
    /// The bytes of the line without white space around it.
    pub span: Span,
    /// How the build is started.
    pub build: String,
    /// Whether it counts only if the same build also has CUDA.
    pub(super) beside_cuda: bool,
    /// Whether a conversion writes it too, so it is a sign only in a project with `.cu` files.
    pub(super) written: bool,
    /// Whether the file builds the sources.
    pub(super) builds: bool,
    /// The number of its block in the table, or the number of blocks for a build file with a twin.
    pub(super) block: usize,
    /// The name for HIP in the line, such as `APP_HIP`.
    pub(super) name: Option<Box<str>>,
    /// The same line for nvcc, if the line runs or names hipcc.
    pub(super) twin: Option<Box<str>>,
    /// Whether it counts only if no file and no build of the project names CUDA or HIP: a layer over the vendors compiles all code.
    pub(super) without_cuda: bool,
    /// Whether its file is only a part that the build selects, beside another part that is for HIP.
    pub(super) is_part: bool,
}

impl Sign {
    /// The sign that a whole build file is.
    pub(super) fn of_file(build: String) -> Self {
        Self {
            line: 1,
            span: Span::at(0),
            build,
            beside_cuda: false,
            written: false,
            builds: true,
            block: HIP_BUILDS.len(),
            name: None,
            twin: None,
            without_cuda: false,
            is_part: false,
        }
    }
}

/// The signs of one build file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub struct FileSigns {
    pub(super) signs: Vec<Sign>,
    /// Macros of HIP's build that it defines.
    pub(super) macros: BTreeSet<Box<[u8]>>,
    /// All macros that it defines for the compiler.
    pub(super) defines: BTreeSet<Box<[u8]>>,
    /// Whether it has CUDA's language, package or compiler.
    pub(super) has_cuda: bool,
    /// Whether it has HIP's language or package, as a conversion writes them.
    pub(super) has_hip: bool,
    /// The lines that run or name nvcc, with single spaces.
    pub(super) nvcc_lines: BTreeSet<Box<str>>,
    /// Whether it begins a project of CMake.
    pub(super) is_project: bool,
    /// Whether a line names files that end in `.hip`.
    pub(super) names_hip_files: bool,
    /// Host sources that CMake compiles as CUDA, as the file names them, if it compiles none as HIP.
    pub(super) cuda_sources: Vec<PathBuf>,
    /// The sources that CMake compiles, by the switches around their names.
    pub(super) sources: SwitchedSources,
    /// Variables of CMake that are whole arguments of commands: `${MODEL}`.
    pub(super) arguments: BTreeSet<Box<str>>,
    /// Variables of CMake that a user can set: `set(BACKEND cuda CACHE STRING "")`.
    pub(super) cached: BTreeSet<Box<str>>,
}

/// Whether a file with the name of `path` can have signs.
pub fn may_have_signs(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    HIP_BUILDS.iter().any(|block| is_of(block, &name))
}

fn is_of(block: &HipBuild, name: &str) -> bool {
    block.files.iter().any(|end| name.ends_with(end))
}

impl FileSigns {
    /// Whether the file has a sign that it builds for HIP.
    pub fn builds_for_hip(&self) -> bool {
        self.signs.iter().any(|sign| sign.builds)
    }

    /// Whether the file begins a build with CUDA.
    pub fn begins_cuda(&self) -> bool {
        self.has_cuda && (self.is_project || !self.nvcc_lines.is_empty())
    }

    /// Reads the signs of a build file.
    pub fn of(source: &Source) -> Self {
        let name = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Lines are compared without spaces before parentheses.
        let marks = |block: &HipBuild| block.marks.iter().map(|mark| mark.replace(" (", "(")).collect();
        let blocks: Vec<(usize, &HipBuild, Vec<String>)> = HIP_BUILDS
            .iter()
            .enumerate()
            .filter(|(_, block)| is_of(block, &name))
            .map(|(number, block)| (number, block, marks(block)))
            .collect();
        let mut found = Self::default();
        if blocks.is_empty() {
            return found;
        }
        let text = String::from_utf8_lossy(&source.bytes);
        let blocks: Vec<_> = blocks.into_iter().filter(|(_, block, _)| text.contains(block.holds)).collect();
        // A script is run from the root of the project.
        let is_script = Lang::of(&source.path) == Lang::Shell;
        let shown_file = if is_script { source.path.to_string_lossy().into_owned() } else { name.clone() };
        let mut start = 0;
        for (number, line) in text.split('\n').enumerate() {
            let (line_start, is_first) = (start, number == 0);
            start += line.len() + 1;
            let trimmed = line.trim();
            let is_comment = trimmed.starts_with('#') || trimmed.starts_with("//");
            // The name of a file is a sign also if the file begins with a comment.
            if is_comment && !is_first {
                continue;
            }
            if !is_comment {
                found.has_cuda |= trimmed.contains("$(NVCC)") || trimmed.contains("${NVCC}");
                if trimmed.contains("nvcc") {
                    found.has_cuda = true;
                    found.nvcc_lines.insert(normalised(trimmed).into());
                }
                found.names_hip_files |= has_hip_ending(trimmed);
                found.read_defines(trimmed);
            }
            let may_be_mark =
                number == 0 || SIGN_WORDS.iter().any(|word| contains_ignoring_case(trimmed, word));
            if !may_be_mark {
                continue;
            }
            let at = line_start + line.find(trimmed).unwrap_or(0);
            let span = Span::new(at as u32, (at + trimmed.len()) as u32);
            let shown = normalised(trimmed);
            for (number_of_block, block, marks) in &blocks {
                let is_named = || marks.is_empty() && is_first;
                let mark = marks.iter().filter(|_| !is_comment).find_map(|mark| find(&shown, mark));
                let Some(names) = mark.or_else(|| is_named().then(Names::default)) else { continue };
                found.signs.push(Sign {
                    line: number as u32 + 1,
                    span,
                    build: names.write(block.build, &shown_file),
                    beside_cuda: block.beside_cuda,
                    written: block.written,
                    builds: block.builds,
                    block: *number_of_block,
                    name: names.hip().map(Box::from),
                    twin: shown.contains("hipcc").then(|| shown.replace("hipcc", "nvcc").into()),
                    without_cuda: false,
                    is_part: false,
                });
            }
        }
        if source.lang == Lang::Python {
            found.read_define_macros(&text);
        }
        if source.lang == Lang::Cmake {
            found.read_cmake(&source.path, &source.bytes);
        }
        found
    }

    /// Whether the file makes files that end in `.hip` of those that end in `.cu`.
    pub(super) fn makes_hip_files(&self) -> bool {
        let mut scripts = self.signs.iter().filter(|sign| !sign.builds);
        let first = scripts.next();
        first.is_some_and(|first| {
            self.names_hip_files
                || std::iter::once(first)
                    .chain(scripts)
                    .any(|sign| HIP_BUILDS[sign.block].marks.contains(&TORCH))
        })
    }

    /// Reads the macros of `-DUSE_HIP` and `#cmakedefine USE_HIP`; `-DUSE_HIP=0` defines none.
    fn read_defines(&mut self, line: &str) {
        for (at, mark) in line.match_indices("-D") {
            let rest = &line.as_bytes()[at + mark.len()..];
            let length = rest.iter().take_while(|&&byte| is_word(byte)).count();
            if length > 0 {
                self.defines.insert(rest[..length].into());
            }
            let is_off = rest[length..].starts_with(b"=0") || rest[length..].starts_with(b"=OFF");
            if mentions_hip(&rest[..length]) && !is_off {
                self.macros.insert(rest[..length].into());
            }
        }
    }

    /// Reads the names of `define_macros=[("NAME", None), ("OTHER", "1")]`.
    fn read_define_macros(&mut self, text: &str) {
        for (at, mark) in text.match_indices("define_macros") {
            let rest = &text[at + mark.len()..];
            let list = &rest[..rest.find(']').unwrap_or(0)];
            for (at, _) in list.match_indices('(') {
                let name = list[at + 1..].trim_start().trim_start_matches(['"', '\'']).as_bytes();
                let length = name.iter().take_while(|&&byte| is_word(byte)).count();
                self.defines.insert(name[..length].into());
            }
        }
    }

    /// Reads an option with its name on a line of its own.
    fn read_option(&mut self, bytes: &[u8], command: &Command) {
        let Some(argument) = command.arguments.first() else { return };
        let name = text_of(bytes, argument.inner);
        let is_known =
            self.signs.iter().any(|sign| sign.span.range().contains(&(command.span.start as usize)));
        let block = HIP_BUILDS.iter().position(|block| block.build == "cmake -D{hip}=ON");
        if let Some(block) = block.filter(|_| !is_known && is_hip_name(name)) {
            let line = memchr::memchr_iter(b'\n', &bytes[..argument.span.start as usize]).count() as u32 + 1;
            let build = format!("cmake -D{name}=ON");
            let sign =
                Sign { line, span: argument.span, block, name: Some(name.into()), ..Sign::of_file(build) };
            self.signs.push(sign);
        }
    }

    /// Reads a package that the whole project needs and that compiles its code for each vendor.
    fn read_layer(&mut self, bytes: &[u8], command: &Command) {
        let line = memchr::memchr_iter(b'\n', &bytes[..command.span.start as usize]).count() as u32 + 1;
        let build =
            "cmake -DKokkos_ROOT=FOLDER` and a Kokkos that was built with `-DKokkos_ENABLE_HIP=ON".to_owned();
        self.signs.push(Sign { line, span: command.span, without_cuda: true, ..Sign::of_file(build) });
    }

    /// Reads the `condition` of an option at `span` that depends on another: if the condition is a switch for HIP too, that
    /// switch starts the build.
    fn read_condition(&mut self, span: Span, condition: &str) {
        let mut names = condition.split([';', ' ']).filter(|name| is_hip_name(name));
        let Some(name) = names.next() else { return };
        for sign in self.signs.iter_mut().filter(|sign| sign.span.start == span.start) {
            sign.build = format!("cmake -D{name}=ON");
        }
    }

    fn read_cmake(&mut self, path: &Path, bytes: &[u8]) {
        let file = cmake::read(bytes);
        self.sources = SwitchedSources::of(path, bytes, &file.commands);
        let mut has_hip_sources = false;
        for command in &file.commands {
            let is = |name: &str| cmake::is_command(bytes, command, name);
            let arguments = || command.arguments.iter().map(|argument| text_of(bytes, argument.inner));
            let variables = arguments().filter_map(|text| text.strip_prefix("${")?.strip_suffix('}'));
            self.arguments.extend(variables.map(Box::from));
            self.is_project |= is("project");
            self.has_cuda |= (is("project") || is("enable_language") || is("find_package") || is("include"))
                && arguments().any(|text| matches!(text, "CUDA" | "CUDAToolkit" | "FindCUDA"));
            let is_of_rocm = |text: &str| text.starts_with("hip") || text.starts_with("roc") || text == "HIP";
            self.has_hip |= (is("project") || is("enable_language")) && arguments().any(|text| text == "HIP");
            self.has_hip |= is("find_package") && arguments().next().is_some_and(is_of_rocm);
            if is("option") || is("cmake_dependent_option") {
                self.read_option(bytes, command);
            }
            if is("find_package")
                && arguments().next() == Some("Kokkos")
                && arguments().any(|text| text == "REQUIRED")
            {
                self.read_layer(bytes, command);
            }
            if is("set") && arguments().any(|text| text == "CACHE") {
                self.cached.extend(arguments().next().map(Box::from));
            }
            if is("cmake_dependent_option") {
                self.read_condition(command.span, arguments().nth(3).unwrap_or_default());
            }
            if is("set_source_files_properties") {
                let has_language = |language: &str| {
                    arguments().zip(arguments().skip(1)).any(|pair| pair == ("LANGUAGE", language))
                };
                has_hip_sources |= has_language("HIP");
                if has_language("CUDA") {
                    let names = arguments().take_while(|text| *text != "PROPERTIES").map(Path::new);
                    self.cuda_sources
                        .extend(names.filter(|name| Lang::of(name) == Lang::Cpp).map(Path::to_owned));
                }
            }
            let defines = is("add_definitions")
                || is("add_compile_definitions")
                || is("target_compile_definitions")
                || is("set_source_files_properties");
            if defines {
                for text in arguments() {
                    let words = text.split(|c: char| !c.is_ascii() || !is_word(c as u8));
                    self.defines.extend(words.map(|word| Box::from(word.as_bytes())));
                }
                let names = arguments().map(|text| text.trim_start_matches("-D").as_bytes());
                self.macros.extend(names.filter(|name| mentions_hip(name)).map(Box::from));
            }
        }
        if has_hip_sources {
            self.cuda_sources.clear();
        }
    }
}

/// PyTorch's hipify, which gives the ending `.hip` to each file that ends in `.cu`.
const TORCH: &str = "hipify_python";

/// Whether a line has a name or pattern that ends in `.hip`.
fn has_hip_ending(line: &str) -> bool {
    line.match_indices(".hip").any(|(at, ending)| {
        let next = line.as_bytes().get(at + ending.len());
        next.is_none_or(|&next| next != b'.' && !is_word(next))
    })
}

/// Every mark and every name of a build for HIP has one of these, in capitals or not.
const SIGN_WORDS: &[&str] = &["hip", "rocm", "rocblas", "hcc", "amd"];

/// `line` with single spaces, and none beside parentheses.
fn normalised(line: &str) -> String {
    let mut out = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (before, after) in [(" (", "("), ("( ", "("), (" )", ")")] {
        out = out.replace(before, after);
    }
    out
}

#[cfg(test)]
mod tests {
    use tranship_rules::list;

    use super::*;

    #[test]
    fn every_sign_has_a_word_that_is_looked_for_first() {
        let has = |text: &str| SIGN_WORDS.iter().any(|word| contains_ignoring_case(text, word));
        for mark in HIP_BUILDS.iter().flat_map(|block| block.marks) {
            assert!(has(mark), "{mark}");
        }
        for word in list::HIP_NAME_WORDS {
            assert!(has(word), "{word}");
        }
    }
}
