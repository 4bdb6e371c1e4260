//! The compiler of CUDA's language and the language itself, in values of CMake: `CMAKE_CUDA_COMPILER`, generator expressions, lists of
//! languages. Paths of CUDA's headers.

use tranship_rules::{HeaderAction, Kind, rule};

use super::Cmake;
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::{Edit, Span};

/// The variable in `set(CMAKE_CUDA_COMPILER ${CUDA_NVCC_EXECUTABLE})`, with nvcc in any form.
pub(super) fn sets_nvcc(cmake: &Cmake, command: &Command) -> Option<Span> {
    let (name, value) = (command.arguments.first()?, command.arguments.get(1)?);
    let value = cmake.text(value.inner).to_ascii_lowercase();
    let is_it =
        cmake.is(command, "set") && cmake.text(name.inner) == "CMAKE_CUDA_COMPILER" && value.contains("nvcc");
    is_it.then_some(name.span)
}

/// Whether the variable `name` has the folder of CUDA's headers, and `rest` behind it names a header that ROCm has under another name or
/// lacks: `${CUDA_INCLUDE_DIRS}/cuda_fp16.h`.
pub(super) fn names_header(pass: &Reporter, name: &str, rest: &str) -> bool {
    let is_folder = pass
        .word(Kind::CmakeVariable, name)
        .and_then(|row| pass.spelling(row))
        .is_some_and(|hip| hip == "hip_INCLUDE_DIRS");
    let header = rest.strip_prefix('/').and_then(|header| pass.context.rules.header(header.as_bytes()));
    is_folder && header.is_some_and(|row| row.action != HeaderAction::Same)
}

/// Reports `list(APPEND languages CUDA)` in a file that takes the names of languages from a variable.
pub(super) fn language_in_list(pass: &mut Reporter, cmake: &Cmake, command: &Command, argument: Argument) {
    const USES: [&str; 2] = ["COMPILE_LANGUAGE:${", "check_compiler_flag(${"];
    let is_used = || USES.iter().any(|text| memchr::memmem::find(cmake.bytes, text.as_bytes()).is_some());
    if cmake.is_one_of(command, &["list", "set", "foreach"]) && is_used() {
        let finding = pass.finding(rule::CMAKE_VARIABLE, argument.span).map(|finding| {
            finding
                .saying("a list of languages has `CUDA`, which is no language of the converted project")
                .advising("write `HIP`, and change the names of variables that have the language as a part")
        });
        pass.report_all(finding);
    }
}

/// The beginnings of generator expressions that test the language.
pub(super) const LANGUAGE_TESTS: &[&str] =
    &["COMPILE_LANGUAGE:", "COMPILE_LANG_AND_ID:", "LINK_LANGUAGE:", "LINK_LANG_AND_ID:"];

/// Checks generator expressions that test the language or the compiler.
pub(super) fn languages(pass: &mut Reporter, cmake: &Cmake, argument: Argument) {
    let text = cmake.text(argument.inner);
    let at = argument.inner.start;
    if !text.contains(['$', ':']) {
        return;
    }
    for test in LANGUAGE_TESTS {
        for (found, _) in text.match_indices(test) {
            let start = found + test.len();
            let list = &text[start..start + text[start..].find('>').unwrap_or(0)];
            let with_id = test.contains("AND_ID");
            let mut offset = start;
            for (place, word) in list.split(',').enumerate() {
                let new = match word {
                    "CUDA" if !with_id || place == 0 => Some("HIP"),
                    "NVIDIA" if with_id && list.starts_with("CUDA") && !list.contains("Clang") => {
                        Some("Clang")
                    }
                    _ => None,
                };
                let span = Span::new(at + offset as u32, at + (offset + word.len()) as u32);
                if let Some(new) = new {
                    pass.report_fix(rule::CMAKE_LANGUAGE, span, Fix::One(Edit::replace(span, new)));
                }
                offset += word.len() + 1;
            }
        }
    }
    for (found, tested) in text.match_indices("$<CUDA_COMPILER_ID") {
        let end = found + tested.len();
        let list = text[end..].find('>').map_or("", |length| &text[end..end + length]);
        let mut new: Vec<&str> = Vec::new();
        for id in list.trim_start_matches(':').split(',') {
            let id = if id == "NVIDIA" { "Clang" } else { id };
            if !new.contains(&id) {
                new.push(id);
            }
        }
        let colon = if list.starts_with(':') { ":" } else { "" };
        let span = Span::new(at + found as u32 + 2, at + (end + list.len()) as u32);
        let fix = Fix::One(Edit::replace(span, format!("HIP_COMPILER_ID{colon}{}", new.join(","))));
        pass.report_fix(rule::CMAKE_LANGUAGE, span, fix);
    }
    for (found, tested) in text.match_indices("$<CUDA_COMPILER_VERSION") {
        let span = Span::new(at + found as u32 + 2, at + (found + tested.len()) as u32);
        pass.report_saying(
            rule::CMAKE_VARIABLE,
            span,
            "a generator expression tests the release of CUDA's compiler",
        );
    }
}
