//! Decides which host sources the converted CMake files compile as HIP, because their headers need a HIP compiler.

use std::path::Path;

use tranship_rules::{Resolution, list};

use super::Context;

/// Whether the converted CMake files compile the host source `path` as HIP: a target names it, HIP is a language of the project
/// after the conversion, and every build of the source includes a header that only a HIP compiler reads.
pub(crate) fn compiled_as_hip(context: &Context, path: &Path) -> bool {
    let project = &context.project;
    let has_language = project.cmake.enable_cuda() && !project.own_hip.exists();
    has_language
        && project.cmake.builds(path)
        && context.index.reaches(path, |include, local| !local && needs_hip_compiler(context, &include.name))
}

/// Whether the counterpart of the header `name` needs a HIP compiler.
fn needs_hip_compiler(context: &Context, name: &str) -> bool {
    let Some(row) = context.rules.header(name.as_bytes()) else { return false };
    let Resolution::Spelling(spelling) = row.at(context.target.rocm) else { return false };
    list::HIP_COMPILER_HEADERS.iter().any(|start| spelling.hip.starts_with(start))
}
