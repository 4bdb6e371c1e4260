//! Runs translated PTX. An interpreter that shares no code with the translator runs the functions of `fixtures/ptx` as PTX.
//! Their C++ is compiled for this machine and run too. Results must be equal bit by bit, or within the bound of the table.
//!
//! `mutants.txt` lists wrong changes of the C++. Each of them must give a difference.

#[path = "../../support/installed.rs"]
mod installed;
#[path = "../../support/mod.rs"]
mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{PROGRAM, root};

/// The fixtures in which each function is one block on numbers and memory.
const FIXTURES: &[&str] = &["bits", "carry", "float", "half", "memory", "scalar"];

/// The targets for which the converted fixtures are compiled to objects: compiler, architecture and lanes of a wave.
const TARGETS: &[(&str, &str, u32)] = &[
    ("clang++-19", "gfx90a", 64),
    ("clang++-19", "gfx942", 64),
    ("clang++-19", "gfx1100", 32),
    ("clang++-22", "gfx950", 64),
    ("clang++-22", "gfx1201", 32),
    ("clang++-22", "gfx1250", 32),
];

/// Converts the single file `source`, and returns the output folder.
fn converted(name: &str, source: &Path, test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx").join(test).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the scratch folder is writable");
    }
    let (from, to) = (folder.join("cuda"), folder.join("hip"));
    fs::create_dir_all(&from).expect("the scratch folder is writable");
    let file = format!("{name}.cu");
    fs::copy(source, from.join(&file)).expect("the fixture can be copied");
    let ran = Command::new(PROGRAM).args(["convert", "--exit-zero", "--out"]).arg(&to).arg(&from).output();
    let ran = ran.expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    to
}

/// Runs `script` with `arguments`, and returns its output.
fn python(script: &str, arguments: &[&OsStr]) -> String {
    let path = root().join("tests/proof/ptx").join(script);
    let ran = Command::new("python3").arg("-B").arg(path).args(arguments).output().expect("python3 starts");
    let said = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(ran.status.success(), "{arguments:?}: {said}");
    said
}

/// The compiler for this machine; `None` after reporting that something is missing.
fn compiler() -> Option<&'static str> {
    let found = ["clang++-19", "clang++"].into_iter().find(|name| installed::runs(name));
    if found.is_none() {
        installed::missing("clang++-19");
    }
    found.filter(|_| installed::has("python3"))
}

#[test]
fn translated_blocks_give_the_results_of_ptx() {
    let Some(compiler) = compiler() else { return };
    let mutants = root().join("tests/proof/ptx/mutants.txt");
    let scripts = [
        ("ptx", FIXTURES, "prove.py"),
        ("ptx", &["lanes"][..], "prove_warps.py"),
        ("ptx", &["matrices"][..], "prove_matrices.py"),
        ("libraries", &["wmma"][..], "prove_wmma.py"),
    ];
    for (folder, names, script) in scripts {
        for name in names {
            let source = root().join(format!("fixtures/{folder}/{name}.cu"));
            let hip = converted(name, &source, "run");
            let file = hip.join(format!("{name}.hip"));
            let mut arguments: Vec<&OsStr> =
                vec![source.as_ref(), file.as_ref(), compiler.as_ref(), hip.as_ref()];
            arguments.push(mutants.as_ref());
            installed::say(&python(script, &arguments));
        }
    }
}

#[test]
fn every_instruction_of_a_single_thread_gives_the_result_of_ptx() {
    let Some(compiler) = compiler() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let source = folder.join("every.cu");
    python("every.py", &[source.as_ref()]);
    let hip = converted("every", &source, "run");
    let file = hip.join("every.hip");
    let arguments: [&OsStr; 4] = [source.as_ref(), file.as_ref(), compiler.as_ref(), hip.as_ref()];
    installed::say(&python("prove.py", &arguments));
}

/// The flags with which `compiler` reads the headers of HIP.
fn flags(compiler: &str) -> Vec<String> {
    let printed = Command::new(compiler).arg("-print-resource-dir").output().expect("the compiler starts");
    let resources = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let headers = installed::headers();
    let folders = ["hip-7.1/include", "hip-7.1-mix", "hip-7.1/include/hip/amd_detail"];
    let mut flags: Vec<String> =
        ["-x", "hip", "-nogpuinc", "-nogpulib", "-include", "__clang_hip_runtime_wrapper.h"]
            .map(str::to_owned)
            .to_vec();
    flags.push(format!("-isystem{resources}/include/cuda_wrappers"));
    flags.extend(folders.iter().map(|folder| format!("-isystem{}", headers.join(folder).display())));
    flags.extend(["-D__HIP_PLATFORM_AMD__", "-std=c++17", "-O1", "-w"].map(str::to_owned));
    flags
}

#[test]
fn translated_blocks_compile_to_objects_for_every_architecture() {
    if !installed::headers().join("hip-7.1/include").is_dir() {
        return installed::missing("the headers of HIP 7.1");
    }
    let mut wrong = Vec::new();
    let ptx = FIXTURES.iter().chain(&["lanes", "matrices", "operands", "warp"]);
    for (folder, name) in ptx.map(|name| ("ptx", name)).chain([("libraries", &"wmma")]) {
        let fixture = root().join(format!("fixtures/{folder}/{name}.cu"));
        let source = converted(name, &fixture, "compile").join(format!("{name}.hip"));
        for (compiler, architecture, lanes) in TARGETS {
            if !installed::has(compiler) {
                return;
            }
            // `-fsyntax-only` accepts leftover PTX, so an object is emitted.
            let ran = Command::new(compiler)
                .args(flags(compiler))
                .args([
                    format!("--offload-arch={architecture}"),
                    format!("-D__AMDGCN_WAVEFRONT_SIZE={lanes}"),
                ])
                .args(["--cuda-device-only", "-S", "-Xclang", "-emit-obj", "-o", "/dev/null"])
                .arg(&source)
                .output()
                .expect("the compiler starts");
            if !ran.status.success() {
                wrong.push(format!("{name} for {architecture}: {}", String::from_utf8_lossy(&ran.stderr)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
