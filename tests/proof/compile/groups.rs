//! Converts every member and function of cooperative groups for several releases. Each must have a finding or compile.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::PROGRAM;
use crate::toolchain::{Pass, Target};
use crate::{precompile, run, scratch, targets};

/// The targets, each with one architecture.
const RELEASES: [(&str, &str); 3] = [("hip-5.2", "gfx90a"), ("hip-debian", "gfx942"), ("hip-7.1", "gfx942")];

/// The bodies of kernels.
const BODIES: &str = include_str!("groups.txt");

/// How many bodies have no manual finding, at least. A number below means that rewrites became findings.
const COMPILED: usize = 120;

#[test]
fn every_member_of_groups_has_a_finding_or_compiles() {
    let scratch = scratch("groups");
    let Some(targets) = targets(&scratch) else { return };
    let source = scratch.join("source");
    fs::create_dir_all(&source).expect("the scratch folder is writable");
    let bodies: Vec<&str> = BODIES.lines().filter(|line| !line.starts_with('#')).collect();
    for (number, body) in bodies.iter().enumerate() {
        fs::write(source.join(format!("k{number}.cu")), kernel(number, body)).expect("a writable folder");
    }
    let mut faults = Vec::new();
    for (name, arch) in RELEASES {
        let target = targets.iter().find(|target| target.name == name).expect("a known target");
        precompile(std::slice::from_ref(target));
        let folder = scratch.join(name);
        let found = converted(target, arch, &source, &folder);
        let left: Vec<usize> = (0..bodies.len()).filter(|number| !found.contains(number)).collect();
        assert!(left.len() >= COMPILED, "{name}: only {} bodies have no manual finding", left.len());
        let includes = |number: &usize| format!("#include \"k{number}.hip\"\n");
        let all = folder.join("all.hip");
        let text = left.iter().map(includes).collect::<String>();
        fs::write(&all, format!("#include <hip/hip_runtime.h>\n{text}")).expect("a writable folder");
        let errors = run::run(&mut target.command(&Pass::Device(arch), &all, &[]));
        faults.extend(errors.map(|errors| format!("{name}: {errors}")));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Converts `source` into `folder`, and returns the numbers of the kernels with a manual finding.
fn converted(target: &Target, arch: &str, source: &Path, folder: &Path) -> BTreeSet<usize> {
    let rocm = target.rocm.as_deref().expect("the target is a release of ROCm");
    let mut call = Command::new(PROGRAM);
    call.args(["convert", "--exit-zero", "--output-format", "json", "--rocm", rocm, "--arch", arch, "--out"]);
    let output = call.arg(folder).arg(source).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let findings = report["findings"].as_array().expect("a report has findings");
    let manual = findings.iter().filter(|finding| finding["level"] == "manual");
    // One finding shows all its places.
    let places = manual.flat_map(|finding| {
        let also = finding["also"].as_array().into_iter().flatten();
        std::iter::once(finding).chain(also).filter_map(|place| place["path"].as_str())
    });
    places.filter_map(|path| Path::new(path).file_stem()?.to_str()?.strip_prefix('k')?.parse().ok()).collect()
}

/// The file of a body.
fn kernel(number: usize, body: &str) -> String {
    let atomic = if body.contains("at,") {
        ("#include <cuda/atomic>\n", ", cuda::atomic<int, cuda::thread_scope_device> &at")
    } else {
        ("", "")
    };
    format!(
        "#include <cooperative_groups.h>\n#include <cooperative_groups/memcpy_async.h>\n\
        #include <cooperative_groups/reduce.h>\n#include <cooperative_groups/scan.h>\n{}#include <utility>\n\
        namespace cg = cooperative_groups;\n\
        __global__ void k{number}(int *o, const int *in{}) {{ __shared__ int s[64]; int v = s[0] = in[0]; {body} }}\n",
        atomic.0, atomic.1
    )
}
