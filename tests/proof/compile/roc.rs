//! Compiles the fixtures of `fixtures/roc`, each converted alone with `--libraries roc`, with the real headers of the libraries.

use std::fs;
use std::process::Command;

use crate::support::{PROGRAM, root};
use crate::toolchain::Pass;
use crate::{precompile, run, scratch, targets};

/// The fixtures whose output a person completes first.
const NOT_COMPLETE: [&str; 2] = ["blas-first-interface.cu", "blas-pasted.cu"];

#[test]
fn fixtures_with_roc_libraries_compile() {
    let scratch = scratch("roc");
    let Some(targets) = targets(&scratch) else { return };
    let target = targets.iter().find(|target| target.name == "hip-debian").expect("a known target");
    let rocm = target.rocm.as_deref().expect("the target is a release of ROCm");
    precompile(std::slice::from_ref(target));
    let (mut roc, mut faults) = (0, Vec::new());
    for entry in fs::read_dir(root().join("fixtures/roc")).expect("the fixtures are in the checkout") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if path.extension().is_none_or(|ending| ending != "cu") || NOT_COMPLETE.contains(&name.as_str()) {
            continue;
        }
        let folder = scratch.join(path.file_stem().expect("a file has a name"));
        let mut call = Command::new(PROGRAM);
        call.args([
            "convert",
            "--exit-zero",
            "--libraries",
            "roc",
            "--rocm",
            rocm,
            "--arch",
            "gfx942",
            "--out",
        ]);
        let output = call.arg(&folder).arg(&path).output().expect("the program starts");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let converted = folder.join(&name).with_extension("hip");
        let text = fs::read_to_string(&converted).expect("the converted file");
        roc += usize::from(text.contains("#include <roc"));
        for pass in target.passes("gfx942", false) {
            let errors = run::run(&mut target.command(&pass, &converted, &[]));
            faults.extend(errors.map(|errors| format!("{name}, {pass:?}: {errors}")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(roc >= 5, "only {roc} fixtures include a header of a roc library");

    // A call with the parameters of hipBLAS for rocBLAS must fail, or this test proves nothing.
    let wrong = scratch.join("wrong.hip");
    let code = "#include <hip/hip_runtime.h>\n#include <rocblas/rocblas.h>\n\
        void f(rocblas_handle h, const hipFloatComplex *x) { rocblas_caxpy(h, 1, x, x, 1, nullptr, 1); }\n";
    fs::write(&wrong, code).expect("the scratch folder is writable");
    assert!(run::run(&mut target.command(&Pass::Host, &wrong, &[])).is_some(), "a wrong call compiles");
}
