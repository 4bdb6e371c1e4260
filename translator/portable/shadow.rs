//! The text of the shadow headers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tranship_engine::pass::Context;

use super::ShadowHeader;
use super::conditions;
use super::cover::{EditKind, FileCover, RUNTIME, SUPPORT, shadow as shadow_row};
use super::covered::{Covered, is_in};
use super::write::MARK;

/// The choice of the platform, before all headers of HIP.
const PLATFORM: &str = "#if !defined(__HIP_PLATFORM_AMD__) && !defined(__HIP_PLATFORM_NVIDIA__)\n#define __HIP_PLATFORM_AMD__ 1\n#endif\n";

/// The header with the names. Each shadow header includes it behind the headers of HIP.
pub(super) const NAMES: &str = "tranship_names.h";

/// Headers of HIP that only a compiler for HIP can read, by their beginning. g++ 12 rejects those that are installed (HIP 7.1; ROCm
/// 6.4 of Debian).
const ONLY_HIPCC: [&str; 10] = [
    "hip/device_functions.h",
    "hip/hip_bf16.h",
    "hip/hip_fp8.h",
    "hip/hip_gl_interop.h",
    "hipcub/",
    "hiprand/hiprand_kernel.h",
    "rocprim/",
    "rocrand/rocrand_kernel.h",
    "rocwmma/",
    "thrust/",
];

/// The headers to write.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// The headers of HIP by the header of CUDA.
    headers: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Content {
    /// Adds the headers of a file.
    pub(super) fn add(&mut self, file: &FileCover, covered: &Covered) {
        for (cuda, hip) in &file.headers {
            let entry = self.headers.entry(cuda).or_default();
            entry.extend((!hip.is_empty()).then(|| (*hip).to_owned()));
        }
        let runtime = file.has_runtime.then_some("cuda_runtime.h");
        let Some(first) = file.headers.keys().next().copied().or(runtime) else { return };
        let edits = file.findings.iter().flat_map(|changes| &changes.edits);
        for edit in edits.filter(|edit| covered.covers(edit, file)) {
            if let EditKind::MoreInclude(header) = edit {
                self.headers.entry(first).or_default().insert(header.clone());
            }
        }
    }

    /// The texts of all headers, sorted by path. The header of CUDA's runtime is always one of them: the build includes it in each
    /// `.cu` file, as nvcc does.
    pub(super) fn headers(mut self, covered: &Covered, context: &Context) -> Vec<ShadowHeader> {
        self.headers.entry("cuda_runtime.h").or_default();
        let mut all: Vec<ShadowHeader> = self
            .headers
            .iter()
            .map(|(cuda, hip)| ShadowHeader {
                path: (*cuda).to_owned(),
                text: shadow(cuda, hip, covered, context),
            })
            .collect();
        all.push(ShadowHeader { path: NAMES.to_owned(), text: names(covered, context) });
        let of_other = |name: &String| ShadowHeader { path: name.clone(), text: other(name, covered) };
        let is_safe = |name: &&String| !name.split('/').any(|part| part == ".." || part.is_empty());
        all.extend(covered.others.iter().filter(is_safe).map(of_other));
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }
}

/// The shadow header of the header `cuda`, which includes the headers `hip`.
fn shadow(cuda: &str, hip: &BTreeSet<String>, covered: &Covered, context: &Context) -> String {
    let source = context.rules.header(cuda.as_bytes()).map_or("", |header| header.source);
    let mut text =
        format!("{MARK} for `{cuda}`, for HIP alone. Do not edit.\n// Facts: {source}.\n#pragma once\n\n");
    text.push_str(PLATFORM);
    let _ = writeln!(text, "#include <{RUNTIME}>");
    for header in hip.iter().filter(|header| *header != RUNTIME && !is_for_hipcc(header)) {
        let _ = writeln!(text, "#include <{header}>");
    }
    let device: Vec<&String> = hip.iter().filter(|header| is_for_hipcc(header)).collect();
    let aliases: Vec<_> =
        covered.namespaces.iter().filter(|(_, to)| hip.iter().any(|header| is_in(header, to))).collect();
    if !device.is_empty() {
        text.push_str("#ifdef __HIPCC__ // A host compiler cannot read these headers.\n");
        for header in device {
            let _ = writeln!(text, "#include <{header}>");
        }
        for (from, to) in aliases {
            let _ = writeln!(text, "namespace {from} = {to};");
        }
        text.push_str("#endif\n");
    }
    let up = "../".repeat(cuda.matches('/').count());
    let _ = writeln!(text, "#include \"{up}{NAMES}\"");
    text
}

/// The shadow header of the header `name` of another library, which reads it without definitions that it may contain or ask for.
fn other(name: &str, covered: &Covered) -> String {
    let mut text = format!(
        "{MARK} for `{name}`, a header of another library, for HIP alone. Do not edit.\n\
         // The library sees none of these definitions.\n"
    );
    for name in &covered.suspended {
        let _ = writeln!(text, "#pragma push_macro(\"{name}\")\n#undef {name}");
    }
    let _ = writeln!(text, "#include_next <{name}>");
    for name in covered.suspended.iter().rev() {
        let _ = writeln!(text, "#pragma pop_macro(\"{name}\")");
    }
    text
}

/// The header with the names.
fn names(covered: &Covered, context: &Context) -> String {
    let sources: BTreeSet<&str> = covered
        .definitions()
        .filter_map(|(name, _)| match shadow_row(name.as_bytes()) {
            Some((_, row)) => Some(row.source),
            None => context.rules.name(name.as_bytes()).map(|row| context.rules.source_of(row)),
        })
        .collect();
    let rocm = context.target.rocm;
    let mut text = format!("{MARK} with the names that the project uses, for ROCm {rocm}. Do not edit.\n");
    for source in sources {
        let _ = writeln!(text, "// Facts: {}.", source.trim_end_matches('.'));
    }
    text.push_str("#pragma once\n\n");
    let has_support = covered.definitions().any(|(_, definition)| definition.text.contains(SUPPORT));
    if has_support || !covered.first.is_empty() {
        text.push_str(PLATFORM);
        let _ = writeln!(text, "#include <{RUNTIME}>\n");
    }
    if !covered.first.is_empty() {
        text.push_str("// They contain names that are defined below, or ask for them.\n");
        for header in &covered.first {
            let _ = if is_of_rocprim(header) {
                writeln!(
                    text,
                    "#if defined(__HIPCC__) && __cplusplus >= 201402L && __has_include(<{header}>)\n#include <{header}>\n#endif"
                )
            } else if is_for_hipcc(header) || header.starts_with("hip/") {
                writeln!(
                    text,
                    "#if defined(__HIPCC__) && __has_include(<{header}>)\n#include <{header}>\n#endif"
                )
            } else {
                writeln!(text, "#if __has_include(<{header}>)\n#include <{header}>\n#endif")
            };
        }
        text.push('\n');
    }
    if has_support {
        text.push_str("#ifdef __cplusplus\n#include \"tranship_hip.h\"\n#endif\n\n");
    }
    text.push_str(&conditions::definitions(&covered.answers.values));
    for (name, definition) in covered.definitions() {
        let undefine =
            if definition.parameters.is_empty() { String::new() } else { format!("#undef {name}\n") };
        let line = format!("{undefine}#define {name}{} {}\n", definition.parameters, definition.text);
        let _ = match definition.c {
            Some(c) => write!(text, "#ifdef __cplusplus\n{line}#else\n#define {name} {c}\n#endif\n"),
            None if definition.is_for_hip => write!(text, "#ifdef __HIPCC__\n{line}#endif\n"),
            None => write!(text, "{line}"),
        };
    }
    text.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// Whether the header `header` includes rocPRIM, which rejects C++11 (`rocprim/config.hpp` of ROCm 6.4). A unit in C++11 does not use it.
fn is_of_rocprim(header: &str) -> bool {
    ["hipcub/", "rocprim/", "thrust/"].iter().any(|folder| header.starts_with(folder))
}

/// Whether only a compiler for HIP can read the header `header` of HIP.
fn is_for_hipcc(header: &str) -> bool {
    ONLY_HIPCC.iter().any(|begin| header.starts_with(begin))
}
