//! Host compilers read converted sources in C, and the support header, with the headers of real releases.

use std::fs;
use std::process::Command;

use tranship_engine::support_header::header;
use tranship_rules::Rules;

use crate::support::{PROGRAM, root};
use crate::toolchain::Pass;
use crate::{run, scratch, targets};

/// The releases whose headers a plain host compiler reads.
const RELEASES: [&str; 2] = ["hip-7.1", "hip-debian"];

#[test]
fn converted_sources_in_c_are_c() {
    let folder = scratch("c");
    let Some(targets) = targets(&folder) else { return };
    for target in targets.iter().filter(|target| RELEASES.contains(&target.name)) {
        let rocm = target.rocm.as_deref().expect("the target is a release of ROCm");
        let hip = folder.join(target.name);
        let mut call = Command::new(PROGRAM);
        call.args(["convert", "--exit-zero", "--rocm", rocm, "--out"]).arg(&hip);
        let ran = call.arg(root().join("fixtures/symbols/c-host.c")).output().expect("the program starts");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let converted = hip.join("c-host.c");
        assert_eq!(run::run(&mut target.plain("clang-19", "-std=c11", &converted)), None, "{}", target.name);
        // A name that HIP lacks must fail, or this test proves nothing.
        let text = fs::read_to_string(&converted).expect("it was converted");
        fs::write(&converted, text.replace("hipSuccess", "cudaSuccess")).expect("the folder is writable");
        assert!(run::run(&mut target.plain("clang-19", "-std=c11", &converted)).is_some());
    }
}

#[test]
fn compilers_read_every_helper_as_old_cpp() {
    let folder = scratch("host-helpers");
    let Some(targets) = targets(&folder) else { return };
    let rules = Rules::builtin();
    let is_of_hip = |include: &&str| !include.contains('/') || include.starts_with("hip/");
    let helpers = rules.helpers().iter().filter(|helper| helper.includes.iter().all(is_of_hip));
    let text = header(&helpers.map(|helper| helper.name).collect(), &rules, false);
    for target in targets.iter().filter(|target| RELEASES.contains(&target.name)) {
        let file = folder.join(format!("{}.cpp", target.name));
        fs::write(&file, &text).expect("the folder is writable");
        for compiler in ["g++", "clang++-19"] {
            let mut call = target.plain(compiler, "-std=c++11", &file);
            assert_eq!(run::run(&mut call), None, "{} {compiler}", target.name);
        }
        let mut call = target.command(&Pass::Device("gfx942"), &file, &["-std=c++11".into()]);
        assert_eq!(run::run(&mut call), None, "{} for the device", target.name);
    }
}
