//! The list of all passes.

use super::build_files::{cargo, cmake, containers, fortran, make_and_shell, other_build, packages, python};
use super::cuda::{
    calls, constructs, guards, headers, host, launches, libraries, names, overloads, ptx, strings, torch,
    vendored,
};
use crate::cpp::Unit;
use crate::finding::Finding;
use crate::lang::Lang;
use crate::pass::{Context, Pass, Reported, Reporter, renamed_sources};
use crate::source::Source;
use tranship_rules::Level;

/// The passes over C++ after the one over PTX. Their order never changes the output.
const CODE: &[fn(&mut Pass)] = &[
    headers::run,
    names::run,
    libraries::run,
    calls::run,
    launches::run,
    guards::run,
    constructs::run,
    strings::run,
    torch::run,
    vendored::run,
    host::run,
    overloads::run,
];

/// How many passes over C++ there are whose order is free.
pub const CODE_PASSES: usize = CODE.len();

/// A pass over a file that is not C++.
type BuildFilePass = fn(&mut Reporter);

/// The passes over the other files, by language.
const BUILD_FILES: &[(Lang, BuildFilePass)] = &[
    (Lang::Cmake, cmake::run),
    (Lang::Make, make_and_shell::make),
    (Lang::Shell, make_and_shell::shell),
    (Lang::Python, python::run),
    (Lang::Docker, containers::docker),
    (Lang::Yaml, containers::yaml),
    (Lang::Packages, packages::run),
    (Lang::Fortran, fortran::run),
    (Lang::Cargo, cargo::run),
    (Lang::Build, other_build::run),
];

/// Runs all passes over `unit`.
pub(crate) fn code(unit: &Unit, context: &Context) -> Reported {
    code_in_order(unit, context, 0..CODE.len())
}

/// Runs the passes over C++ in the order of their numbers.
pub(crate) fn code_in_order(
    unit: &Unit,
    context: &Context,
    order: impl IntoIterator<Item = usize>,
) -> Reported {
    let mut pass = Pass::new(unit, context);
    if context.index.is_in_copy(&unit.source.path) {
        vendored::run(&mut pass);
        return pass.into_reported();
    }
    // Conditions on the GPU depend on the asm statements in their branches.
    ptx::run(&mut pass);
    pass.note_translated_asm();
    for number in order {
        CODE[number](&mut pass);
    }
    pass.into_reported()
}

/// Runs the pass of the file's language. In a build file that already builds for HIP, only names of renamed sources change.
pub(crate) fn build_file(source: &Source, context: &Context) -> Reported {
    let mut reporter = Reporter::new(source, context);
    if context.project.own_hip.has_build_file(&source.path) {
        renamed_sources(&mut reporter);
        return reporter.into_reported();
    }
    if context.project.own_hip.is_in_copy(&source.path) {
        return reporter.into_reported();
    }
    vendored::include_paths(&mut reporter);
    if let Some((_, run)) = BUILD_FILES.iter().find(|(lang, _)| *lang == source.lang) {
        run(&mut reporter);
    }
    // Beside a build for HIP, containers, workflows and lists of packages are those of NVIDIA's build, and so are the variables and
    // options in scripts of Python.
    if context.project.own_hip.covers(&source.path) {
        let found = reporter.take_from(0);
        let stays = |finding: &Finding| match source.lang {
            Lang::Docker | Lang::Yaml | Lang::Packages => false,
            Lang::Python => finding.level == Level::Manual,
            _ => true,
        };
        reporter.report_all(found.into_iter().filter(stays));
    }
    reporter.into_reported()
}
