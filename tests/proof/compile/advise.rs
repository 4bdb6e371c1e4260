//! The figures of `tranship advise` for kernels whose needs follow from their source.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::PROGRAM;
use crate::{scratch, targets};

/// `tile` has 256 floats of shared memory, `pick` an array of 64 floats that it indexes with a variable, and `sum` an atomic
/// addition of floats, for which gfx90a has an instruction only on coarse-grained memory. `tenths` computes in double precision
/// because of its literals; the compiler makes the exact product of `halves` single itself, and `doubles` wants doubles.
const KERNELS: &str = "\
#include <cuda_runtime.h>
__global__ void tile(float *p) { __shared__ float s[256]; s[threadIdx.x] = p[threadIdx.x]; __syncthreads(); p[0] = s[5]; }
__global__ void pick(float *p, int i) { float all[64]; for (int k = 0; k < 64; k++) all[k] = p[k * 3]; p[0] = all[i]; }
__global__ void __launch_bounds__(128) sum(float *p, float x) { atomicAdd(p, x); }
__global__ void tenths(float *p) { float x = p[threadIdx.x]; p[threadIdx.x] = x * 0.1 + x * x * 0.7; }
__global__ void halves(float *p) { p[threadIdx.x] = p[threadIdx.x] * 0.5; }
__global__ void doubles(double *p) { p[threadIdx.x] = p[threadIdx.x] * 0.1 + 0.7; }
void run(float *p, int n) { tile<<<n, 256>>>(p); pick<<<n, 96>>>(p, 1); sum<<<n, 128>>>(p, 1.f); }
";

#[test]
fn advice_has_the_figures_that_the_source_implies() {
    let folder = scratch("advise");
    let Some(targets) = targets(&folder) else { return };
    let target = targets.iter().find(|target| target.name == "clang-22").expect("the tier has clang 22");
    let project = folder.join("p");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("a.cu"), KERNELS).unwrap();
    let (compiler, options) = target.for_hip();
    let mut command = Command::new(PROGRAM);
    command.args(["advise", "p", "--arch", "gfx90a,gfx942", "--exit-zero", "--output-format", "json"]);
    command.args(["--compiler", compiler]).current_dir(&folder);
    for option in options {
        command.arg("--compiler-option").arg(option);
    }
    let ran = command.output().unwrap();
    let report: Value = serde_json::from_slice(&ran.stdout).expect("the output is JSON");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(0), "{}", report["failures"]);
    let figure = |kernel: &str, arch: &str, name: &str| {
        let of = |all: &Value, key: &str, value: &str| -> Value {
            all.as_array().unwrap().iter().find(|one| one[key] == value).cloned().unwrap_or_default()
        };
        of(&of(&report["kernels"], "name", kernel)["figures"], "arch", arch)[name].as_u64()
    };
    for arch in ["gfx90a", "gfx942"] {
        assert_eq!(figure("tile", arch, "lds"), Some(256 * 4));
        assert_eq!(figure("tile", arch, "scratch"), Some(0));
        assert_eq!(figure("tile", arch, "most_threads"), Some(1024));
        assert_eq!(figure("sum", arch, "most_threads"), Some(128));
        assert!(figure("pick", arch, "scratch") >= Some(64 * 4));
        assert_eq!(figure("sum", arch, "occupancy"), Some(8));
    }
    let findings = report["report"]["findings"].as_array().unwrap();
    let mut found: Vec<String> =
        findings.iter().map(|one| format!("{} {}", one["rule"].as_str().unwrap(), one["line"])).collect();
    found.sort();
    assert_eq!(found, ["atomic-loop 4", "double-literal 5", "kernel-scratch 3", "partial-wave 8"]);
    let loops = findings.iter().find(|one| one["rule"] == "atomic-loop").unwrap().to_string();
    assert!(loops.contains("gfx90a") && !loops.contains("gfx942"), "{loops}");
}
