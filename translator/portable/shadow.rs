//! The text of the shadow headers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tranship_engine::pass::Context;

use super::ShadowHeader;
use super::cover::{Covered, EditKind, FileCover, RUNTIME, SUPPORT, is_in};
use super::write::MARK;

/// The header with the names. Each shadow header includes it behind the headers of HIP.
const NAMES: &str = "tranship_names.h";

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
        let Some(first) = file.headers.keys().next() else { return };
        for edit in file.edits.iter().flatten().filter(|edit| covered.covers(edit, file)) {
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
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }
}

/// The shadow header of the header `cuda`, which includes the headers `hip`.
fn shadow(cuda: &str, hip: &BTreeSet<String>, covered: &Covered, context: &Context) -> String {
    let source = context.rules.header(cuda.as_bytes()).map_or("", |header| header.source);
    let mut text =
        format!("{MARK} for `{cuda}`, for HIP alone. Do not edit.\n// Facts: {source}.\n#pragma once\n\n");
    text.push_str(
        "#if !defined(__HIP_PLATFORM_AMD__) && !defined(__HIP_PLATFORM_NVIDIA__)\n#define __HIP_PLATFORM_AMD__ 1\n#endif\n",
    );
    let _ = writeln!(text, "#include <{RUNTIME}>");
    let is_for_hipcc = |header: &&String| ONLY_HIPCC.iter().any(|begin| header.starts_with(begin));
    for header in hip.iter().filter(|header| *header != RUNTIME && !is_for_hipcc(header)) {
        let _ = writeln!(text, "#include <{header}>");
    }
    let device: Vec<&String> = hip.iter().filter(is_for_hipcc).collect();
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

/// The header with the names.
fn names(covered: &Covered, context: &Context) -> String {
    let names = covered.names();
    let rows = names.iter().filter_map(|name| context.rules.name(name.cuda.as_bytes()));
    let sources: BTreeSet<&str> = rows.map(|row| context.rules.source_of(row)).collect();
    let rocm = context.target.rocm;
    let mut text = format!("{MARK} with the names that the project uses, for ROCm {rocm}. Do not edit.\n");
    for source in sources {
        let _ = writeln!(text, "// Facts: {}.", source.trim_end_matches('.'));
    }
    text.push_str("#pragma once\n\n");
    if names.iter().any(|name| name.hip.starts_with(SUPPORT)) {
        text.push_str("#ifdef __cplusplus\n#include \"tranship_hip.h\"\n#endif\n\n");
    }
    for name in names {
        let _ = writeln!(text, "#define {} {}", name.cuda, name.hip);
    }
    text.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}
