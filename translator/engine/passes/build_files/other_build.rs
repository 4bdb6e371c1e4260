//! Build files without a reader. Renamed sources get their new names, and a file that compiles CUDA gets one finding.

use memchr::memmem;

use tranship_rules::{OTHER_BUILDS, OtherBuild, rule};

use crate::pass::cmake_definitions::settings;
use crate::pass::{Reporter, is_comment, renamed_sources};
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    renamed_sources(pass);
    compiles_cuda(pass);
    let name = pass.source.path.file_name().unwrap_or_default().to_string_lossy();
    if PRESETS.contains(&&*name) {
        settings(pass);
    }
}

/// The files with presets of CMake.
const PRESETS: &[&str] = &["CMakePresets.json", "CMakeUserPresets.json"];

/// Reports a build file that is not parsed here, once, at its first mark of CUDA.
fn compiles_cuda(pass: &mut Reporter) {
    let name = pass.source.path.file_name().unwrap_or_default().to_string_lossy();
    let is_of = |build: &&OtherBuild| build.files.iter().any(|end| name.ends_with(end));
    let Some(OtherBuild { marks, todo, .. }) = OTHER_BUILDS.iter().find(is_of) else { return };
    let bytes = &pass.source.bytes;
    let places = marks.iter().flat_map(|mark| memmem::find_iter(bytes, mark).map(move |at| (at, mark.len())));
    if let Some((at, length)) = places.filter(|&(at, _)| !is_comment(bytes, at)).min() {
        let span = Span::new(at as u32, (at + length) as u32);
        let found = pass.finding(rule::CUDA_IN_BUILD, span);
        if let Some(found) = found {
            pass.report(
                found.saying("this build file compiles or links CUDA, and is not converted").advising(*todo),
            );
        }
    }
}
