//! Libraries that a project brings along and that have a counterpart of their own for AMD's GPUs: one finding each, in the
//! file that everybody includes.

use std::path::Path;

use crate::pass::Pass;
use crate::text::Span;

/// The end of that file's path, what the library is called, and what to do.
const LIBRARIES: &[(&str, &str, &str)] = &[
    (
        "cutlass/cutlass.h",
        "CUTLASS",
        "call Composable Kernel or hipBLASLt instead, whose interfaces are others, and leave the copy out with `--exclude`",
    ),
    (
        "cub/cub.cuh",
        "CUB",
        "take hipCUB from ROCm, which has the same interface, and leave the copy out with `--exclude`",
    ),
    (
        "thrust/version.h",
        "Thrust",
        "take rocThrust from ROCm, which has the same interface, and leave the copy out with `--exclude`",
    ),
    (
        "Kokkos_Core.hpp",
        "Kokkos",
        "build it with `-DKokkos_ENABLE_HIP=ON`, and leave it out with `--exclude`",
    ),
    ("RAJA/RAJA.hpp", "RAJA", "build it with `-DENABLE_HIP=ON`, and leave it out with `--exclude`"),
];

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let path = &pass.unit.source.path;
    let Some((end, name, todo)) = LIBRARIES.iter().find(|(end, ..)| path.ends_with(Path::new(end))) else {
        return;
    };
    let parts = Path::new(end).components().count();
    let folder = path.ancestors().nth(parts).unwrap_or(path).display();
    let what = if folder.to_string().is_empty() {
        format!("the project brings {name} along")
    } else {
        format!("the project brings {name} along, in `{folder}`")
    };
    let found = pass.finding("vendored-library", Span::at(0));
    if let Some(found) = found {
        pass.report(found.saying(what).advising(*todo));
    }
}
