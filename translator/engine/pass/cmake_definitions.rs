//! Variables of CMake's CUDA language that a command line sets: `-DCMAKE_CUDA_ARCHITECTURES=80`.
//!
//! The converted project reads the variables of the HIP language. A standard is renamed. Other values differ, so they are
//! reported.

use tranship_rules::{Kind, rule};

use super::Reporter;
use crate::text::Span;

/// Variables whose values are the same for both languages.
const SAME_VALUES: &[&str] =
    &["CMAKE_CUDA_STANDARD", "CMAKE_CUDA_STANDARD_REQUIRED", "CMAKE_CUDA_EXTENSIONS"];

/// Checks the definitions in `text`, whose first byte is at `start`. A name changes only if `may_rename`.
pub(crate) fn definitions(pass: &mut Reporter, text: &str, start: u32, may_rename: bool) {
    let project = &pass.context.project;
    let is_converted = project.cmake.enable_cuda() || project.cmake.find_cuda();
    // Beside a build for HIP, such a command line starts NVIDIA's build, which stays as it is.
    if project.own_hip.exists() && (project.own_hip.covers(&pass.source.path) || !is_converted) {
        return;
    }
    for (at, mark) in text.match_indices("-D") {
        let name = &text[at + mark.len()..];
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, rest) = name.split_at(length);
        let is_start =
            at == 0 || text[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let is_cuda = name.starts_with("CMAKE_CUDA_") && rest.starts_with(['=', ':']);
        if !is_start || !is_cuda {
            continue;
        }
        let from = start + (at + mark.len()) as u32;
        let span = Span::new(from, from + length as u32);
        let row = pass.word(Kind::CmakeVariable, name);
        if let Some(row) = row.filter(|_| may_rename && SAME_VALUES.contains(&name)) {
            pass.rename(row, span);
            continue;
        }
        let hip = row.and_then(|row| pass.spelling(row)).filter(|hip| !hip.is_empty());
        let other = hip.map(|hip| format!("; HIP's is `{hip}`")).unwrap_or_default();
        let what = format!("a command line sets `{name}` of CMake's CUDA language{other}");
        pass.report_saying(rule::CMAKE_CUDA_DEFINITION, span, what);
    }
}
