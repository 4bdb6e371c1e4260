//! Compares the declarations of CUDA with those of HIP again, and checks `rules/tables/contracts` against the result.
//!
//! `.ci/toolchain` installs CUDA 12.4, HIP 7.1 and Debian's ROCm releases. The files also contain CUDA 11.8 and 13.5, which
//! only a person compares; `docs/CONTRIBUTING.md` says how.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{installed, support::root};

/// The release of ROCm in Debian's newest suite when the comparison was written.
const DEBIAN_RELEASE: &str = "6.4";

#[test]
fn the_comparison_of_declarations_is_up_to_date() {
    let toolchain = installed::headers();
    let needed = [
        toolchain.join("cuda-12.4/include"),
        toolchain.join("hip-7.1/include/hip"),
        "/usr/include/hip".into(),
    ];
    for needed in needed {
        if !needed.is_dir() {
            return installed::missing(&needed.display().to_string());
        }
    }
    if !installed::has("clang-19") || !installed::has("python3") {
        return;
    }
    let debian = toolchain.join("rocm-debian/include");
    let mut command = Command::new("python3");
    command.arg("-B").arg(root().join("rules/tools/contracts")).arg("--check");
    command.arg("--out").arg(root().join("rules/tables/contracts"));
    let mut add = |option: &str, label: &str, folder: &Path| {
        command.arg(option).arg(format!("{label}={}", folder.display()));
    };
    add("--cuda", "12.4", &toolchain.join("cuda-12.4"));
    add("--hip", "5.2:cudart,cuda_driver,cuComplex,nvrtc", Path::new("/usr/include"));
    add("--hip", "5.3:curand,cusparse", Path::new("/usr/include"));
    add("--hip", "7.1:cudart,cuda_driver,nvtx", &toolchain.join("hip-7.1/include"));
    if debian_release(&toolchain).as_deref() == Some(DEBIAN_RELEASE) {
        add("--hip", "5.4:nccl", &debian);
        add("--hip", "6.4:all,-nccl,-cublaslt,-nvtx", &debian);
        add("--hip", "7.1:cublaslt", &debian);
    } else {
        installed::say(
            "Debian has another release of ROCm now: run rules/tools/contracts, as docs/CONTRIBUTING.md says\n",
        );
    }
    let ran = command.output().expect("python3 starts");
    let [out, err] = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        ran.status.success(),
        "run rules/tools/contracts again, as docs/CONTRIBUTING.md says:\n{out}\n{err}"
    );
}

/// The release of ROCm that `.ci/toolchain` took from Debian.
fn debian_release(toolchain: &Path) -> Option<String> {
    let versions = fs::read_to_string(toolchain.join("rocm-debian/versions")).ok()?;
    let line = versions.lines().find_map(|line| line.strip_prefix("libamdhip64-dev "))?;
    let mut numbers = line.split('.');
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}
