//! Variables of CMake's CUDA language that a command line, a preset of CMake or a setting of a Python package sets:
//! `-DCMAKE_CUDA_ARCHITECTURES=80`. The folder of the toolkit for CMake's packages is one too: `-DCUDA_TOOLKIT_ROOT_DIR=/usr/local/cuda`.
//!
//! The converted project reads the variables of the HIP language. A standard is renamed. Other values differ, so they are
//! reported.

use tranship_rules::{Kind, rule};

use super::{Reporter, is_comment};
use crate::text::{Span, is_word};

/// Variables whose values are the same for both languages.
const SAME_VALUES: &[&str] =
    &["CMAKE_CUDA_STANDARD", "CMAKE_CUDA_STANDARD_REQUIRED", "CMAKE_CUDA_EXTENSIONS"];

/// Checks the definitions in `text`, whose first byte is at `start`. A name changes only if `may_rename`.
pub(crate) fn definitions(pass: &mut Reporter, text: &str, start: u32, may_rename: bool) {
    let before = pass.source.bytes[..start as usize].trim_ascii_end();
    // A blank between `-D` and the name can end the word of a shell.
    if is_of_cuda(text) && before.ends_with(b"-D") && (before.len() as u32) < start {
        definition(pass, text, start, may_rename);
    }
    for (at, mark) in text.match_indices("-D") {
        let rest = &text[at + mark.len()..];
        let name = rest.trim_start_matches(' ');
        let is_start =
            at == 0 || text[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        if is_start && is_of_cuda(name) {
            let from = start + (at + mark.len() + rest.len() - name.len()) as u32;
            definition(pass, name, from, may_rename);
        }
    }
}

/// The beginning of the names of the variables of the language.
const CUDA: &str = "CMAKE_CUDA_";

/// Variables for the folder of the toolkit, which CMake's packages for CUDA read. The packages of ROCm read no such variable.
const TOOLKITS: &[&str] = &["CUDA_TOOLKIT_ROOT_DIR", "CUDAToolkit_ROOT"];

/// Checks a call that sets the variable `name`, which is at `span`.
pub(crate) fn named(pass: &mut Reporter, name: &str, span: Span) {
    if is_of_cuda(name) {
        let what = format!("the file sets `{name}` of CMake's CUDA language or packages");
        variable(pass, name, span, what, true);
    }
}

/// Whether `text` begins with the name of such a variable.
pub(crate) fn is_of_cuda(text: &str) -> bool {
    text.starts_with(CUDA) || TOOLKITS.iter().any(|name| text.starts_with(name))
}

/// Whether `before` ends with the beginning of a definition of these variables and a part of its value:
/// `-DCMAKE_CUDA_COMPILER=$HOME`. With `follows_option`, a `-D` is before `before`.
pub(super) fn is_in_value(before: &str, follows_option: bool) -> bool {
    let last = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let Some((name, _)) = before[last..].split_once('=') else { return false };
    let name = name.split(':').next().unwrap_or(name).trim_start_matches(['"', '\'']);
    let bare = name.strip_prefix("-D");
    let is_option =
        bare.is_some() || if last == 0 { follows_option } else { before[..last].trim_end().ends_with("-D") };
    is_option && is_of_cuda(bare.unwrap_or(name))
}

/// Checks `NAME=value` or `NAME:TYPE=value` at the beginning of `text`, whose first byte is at `start`.
fn definition(pass: &mut Reporter, text: &str, start: u32, may_rename: bool) {
    let length = text.bytes().take_while(|&byte| is_word(byte)).count();
    let (name, rest) = text.split_at(length);
    if rest.starts_with(['=', ':']) {
        let of = if name.starts_with(CUDA) { "CMake's CUDA language" } else { "CMake's packages for CUDA" };
        let what = format!("a command line sets `{name}` of {of}");
        variable(pass, name, Span::new(start, start + length as u32), what, may_rename);
    }
}

/// Checks all keys of a file with settings: `"CMAKE_CUDA_STANDARD": "17"`, `CMAKE_CUDA_STANDARD = "17"`.
pub(crate) fn settings(pass: &mut Reporter) {
    let bytes = &pass.source.bytes;
    for at in memchr::memmem::find_iter(bytes, CUDA.as_bytes()) {
        let length = bytes[at..].iter().take_while(|&&byte| is_word(byte)).count();
        let rest =
            bytes[at + length..].strip_prefix(b"\"").unwrap_or(&bytes[at + length..]).trim_ascii_start();
        let is_key = (rest.starts_with(b":") || rest.starts_with(b"=")) && !rest.starts_with(b"==");
        let is_start =
            bytes[..at].last().is_none_or(|&last| last.is_ascii_whitespace() || matches!(last, b'"' | b'.'));
        let Ok(name) = std::str::from_utf8(&bytes[at..at + length]) else { continue };
        if is_key && is_start && !is_comment(bytes, at) {
            let what = format!("the file sets `{name}` of CMake's CUDA language");
            variable(pass, name, Span::new(at as u32, (at + length) as u32), what, true);
        }
    }
}

/// Renames the variable `name` at `span`, or reports it with the text `what`.
fn variable(pass: &mut Reporter, name: &str, span: Span, what: String, may_rename: bool) {
    let project = &pass.context.project;
    let is_converted = project.cmake.enable_cuda() || project.cmake.find_cuda();
    // Beside a build for HIP, the variable is for NVIDIA's build, which stays as it is.
    if project.own_hip.exists() && (project.own_hip.covers(&pass.source.path) || !is_converted) {
        return;
    }
    let row = pass.word(Kind::CmakeVariable, name);
    if let Some(row) = row.filter(|_| may_rename && SAME_VALUES.contains(&name)) {
        pass.rename(row, span);
        return;
    }
    let hip = row.and_then(|row| pass.spelling(row)).filter(|hip| !hip.is_empty());
    let other = hip.map(|hip| format!("; HIP's is `{hip}`")).unwrap_or_default();
    pass.report_saying(rule::CMAKE_CUDA_DEFINITION, span, what + &other);
}
