//! The engine of `tranship`: it translates the bytes of a CUDA file to ROCm/HIP.
//!
//! It opens no file, starts no thread, prints nothing, and never fails: a problem with an input is a finding.
//!
//! # One file
//!
//! ```
//! use tranship_engine::{Level, Options, translate_file};
//!
//! let source = b"#include <cuda_runtime.h>\nvoid end(float *x) { cudaFree(x); cudaDeviceFlushGPUDirectRDMAWrites(); }\n";
//! let translation = translate_file("end.cu", source, &Options::default());
//! let output = translation.apply(source);
//! assert!(output.starts_with(b"#include <hip/hip_runtime.h>\nvoid end(float *x) { hipFree(x);"));
//!
//! // Each finding has its exact edits.
//! let rename = translation.findings.iter().find(|finding| finding.rule == "cudaFree").expect("a rename");
//! assert_eq!(&source[rename.fix.edits()[0].span.range()], b"cudaFree");
//!
//! // HIP has no counterpart of the other call, so a person decides.
//! let open = translation.findings.iter().find(|finding| finding.level == Level::Manual).expect("a finding");
//! assert_eq!(open.rule, "cudaDeviceFlushGPUDirectRDMAWrites");
//! ```
//!
//! # Files that refer to one another
//!
//! A name can be defined by the project itself, and a `.cu` file has another name in the output, so the files of a
//! project are translated together.
//!
//! ```
//! use tranship_engine::{Options, output_name, translate_files};
//! use std::path::Path;
//!
//! let kernel = b"__global__ void fill(int *out) { *out = 1; }\n".as_slice();
//! let host = b"#include \"fill.cu\"\n".as_slice();
//! let files = [("src/fill.cu", kernel), ("src/main.cu", host)];
//! let translations = translate_files(&files, &Options::default());
//! assert!(translations[1].apply(host).ends_with(b"#include \"fill.hip\"\n"));
//! assert_eq!(output_name(Path::new("src/fill.cu"), false), Path::new("src/fill.hip"));
//! ```
//!
//! Some translations call functions that HIP lacks. [`support_header`] returns the header that defines them.
//!
//! # Stability
//!
//! The items of this page are the public interface. Types that will get more fields or variants are `#[non_exhaustive]`:
//! make them with their functions, such as [`Options::default`], and then set the fields. An edit, a fix and a level are
//! complete. The modules serve the program `tranship` and may change between minor versions.

#[doc(hidden)]
pub mod advice;
#[doc(hidden)]
pub mod answered_branches;
#[doc(hidden)]
pub mod cpp;
pub mod edited;
mod embedded;
pub mod finding;
#[doc(hidden)]
pub mod ignores;
#[doc(hidden)]
pub mod index;
pub mod lang;
mod output_name;
mod parse_check;
pub mod pass;
#[doc(hidden)]
pub mod passes;
#[doc(hidden)]
pub mod readers;
pub mod result;
pub mod reverse;
pub mod source;
#[doc(hidden)]
pub mod support_header;
pub mod text;
#[doc(hidden)]
pub mod translate;

use std::collections::BTreeSet;
use std::path::Path;

pub use finding::{Answer, Finding, Fix};
pub use lang::{Area, Lang};
pub use output_name::output_name;
pub use pass::{LaunchStyle, Libraries, Options, OwnHipBuild, Selection, Support, Target, Warp};
pub use source::Source;
pub use text::{Edit, Edits, Piece, Replacement, Span};
pub use tranship_rules::{Effort, Kind, Level, Name, Release, Rule, Rules, TableError};
pub use translate::{Translation, Untouched};

use pass::Context;

/// Translates the file `path` without other files. Only its name counts; the file need not exist.
pub fn translate_file(path: impl AsRef<Path>, bytes: &[u8], options: &Options) -> Translation {
    translate_files(&[(path, bytes)], options).pop().unwrap_or_default()
}

/// Translates files that refer to one another; the translations are in the order of `files`.
///
/// Paths are relative to the root of the project. Include headers and CMake files, also if they do not change: they
/// show which names the project defines.
pub fn translate_files<P: AsRef<Path>>(files: &[(P, &[u8])], options: &Options) -> Vec<Translation> {
    let sources: Vec<Source> = files.iter().map(|(path, bytes)| Source::new(path.as_ref(), *bytes)).collect();
    let mut context = Context::with(options.clone());
    let keeps_parts = options.own_hip_build == OwnHipBuild::Keep;
    context.project = index::of_build_files(&sources, options.keep_names, keeps_parts);
    if options.own_hip_build == OwnHipBuild::Ignore {
        context.project.own_hip = std::mem::take(&mut context.project.own_hip).without_builds();
    }
    let own_hip = &context.project.own_hip;
    context.index = index::of_project(&sources, own_hip, &mut context.guards, &context.options.rules);
    context.choose_libraries();
    let read = |path: &Path| {
        let source = sources.iter().find(|source| source.path == path)?;
        Some(Source::new(path, source.bytes.as_slice()))
    };
    context.project.encloses = translate::encloses(&context, read);
    sources.iter().map(|source| translate::translate(source, &context)).collect()
}

/// The text of the header that defines the helpers that `translations` call; `None` if they call none.
///
/// Its place in the output is [`Support::path`].
pub fn support_header(translations: &[Translation], options: &Options) -> Option<String> {
    let helpers: BTreeSet<&'static str> =
        translations.iter().flat_map(|one| one.helpers.iter().copied()).collect();
    (!helpers.is_empty()).then(|| support_header::header(&helpers, &options.rules, false))
}
