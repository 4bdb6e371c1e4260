//! Makes a compiler ready: finds the options with which it reads HIP's headers for each architecture. A compiler that cannot read
//! them is refused, with the reason.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tranship_rules::architecture;

use super::passes::Pass;
use crate::compile::compiler::{KNOWN, first_error, has, runs};
use crate::project::manifest::Hasher;

/// A compiler with the options for every pass.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The program.
    pub program: OsString,
    /// The options of the user.
    options: Vec<OsString>,
    /// The options of each pass that the installation needs.
    installation: BTreeMap<Pass, Vec<OsString>>,
    /// A hash that changes with the program.
    pub(super) identity: u64,
}

/// What to find.
pub struct Wanted<'a> {
    /// The compiler that the user names.
    pub program: Option<&'a OsStr>,
    /// The options of the user.
    pub options: &'a [OsString],
    /// The architectures.
    pub archs: &'a [String],
    /// A folder for files.
    pub scratch: &'a Path,
}

/// What to do if no compiler is found.
const INSTALL: &str = "install ROCm's `hipcc` or `amdclang++`, or clang 19 or later with HIP's headers; `--compiler PROGRAM` names \
                       a compiler, and `--include DIR` the folder that has `hip/hip_runtime.h`";

/// Finds the first compiler that reads HIP's headers for all architectures. The error says what is missing and what to install.
pub fn find(wanted: &Wanted) -> Result<Ready, String> {
    if let Some(program) = wanted.program {
        if !runs(program) {
            return Err(format!("`{}` does not run; {INSTALL}", program.display()));
        }
        return ready(program, wanted)
            .map_err(|reason| format!("`{}` {reason}; {INSTALL}", program.display()));
    }
    let mut reasons = Vec::new();
    for program in KNOWN.iter().map(OsStr::new).filter(|program| runs(program)) {
        match ready(program, wanted) {
            Ok(ready) => return Ok(ready),
            Err(reason) => reasons.push(format!("`{}` {reason}", program.display())),
        }
    }
    match reasons.as_slice() {
        [] => Err(format!("no compiler for HIP is there; {INSTALL}")),
        reasons => Err(format!("{}; {INSTALL}", reasons.join("; "))),
    }
}

fn ready(program: &OsStr, wanted: &Wanted) -> Result<Ready, String> {
    let mut installation = BTreeMap::new();
    for arch in wanted.archs {
        if !has(program, arch, wanted.scratch) {
            return Err(format!("does not compile for {arch}"));
        }
        let pass = Pass::Device(arch.clone());
        let options = probe(program, &pass, wanted)
            .map_err(|error| format!("does not read HIP's headers for {arch} ({error})"))?;
        installation.insert(pass, options);
    }
    let host = probe(program, &Pass::Host, wanted)
        .map_err(|error| format!("does not read HIP's headers for the host ({error})"))?;
    installation.insert(Pass::Host, host);
    for pass in [Pass::Cpp, Pass::C] {
        // Without these options the first message of a unit names the header that is missing.
        let options = probe(program, &pass, wanted).unwrap_or_default();
        installation.insert(pass, options);
    }
    let (program, options) = (program.to_owned(), wanted.options.to_vec());
    let identity = identity(&program);
    Ok(Ready { program, options, installation, identity })
}

/// The options with which `program` compiles an empty unit for `pass`. The error is that of the first try.
fn probe(program: &OsStr, pass: &Pass, wanted: &Wanted) -> Result<Vec<OsString>, String> {
    let (name, text) = match pass {
        Pass::Device(_) | Pass::Host => (
            "probe.hip",
            "#include <hip/hip_runtime.h>\n__global__ void probe(int *p) { *p = threadIdx.x; }\n",
        ),
        Pass::Cpp => ("probe.cpp", "#include <hip/hip_runtime_api.h>\n"),
        Pass::C => ("probe.c", "#include <hip/hip_runtime_api.h>\n"),
    };
    let unit = wanted.scratch.join(name);
    fs::write(&unit, text).map_err(|error| format!("cannot write a file: {error}"))?;
    let mut first = None;
    for options in tries(program, pass) {
        let mut command = Command::new(program);
        command.args(pass.language()).args(wanted.options).args(&options).args(pass.side());
        command.args(["-w", "-fsyntax-only"]).arg(&unit).stdin(Stdio::null());
        let ran = command.output().map_err(|error| format!("cannot start: {error}"))?;
        if ran.status.success() {
            return Ok(options);
        }
        let error = first_error(&String::from_utf8_lossy(&ran.stderr));
        first.get_or_insert(error);
    }
    Err(first.unwrap_or_default())
}

/// The sets of options to try, simplest first.
fn tries(program: &OsStr, pass: &Pass) -> Vec<Vec<OsString>> {
    let words = |words: &[&str]| -> Vec<OsString> { words.iter().map(OsString::from).collect() };
    match pass {
        Pass::Device(arch) => {
            let wave = architecture(arch).map_or(64, |architecture| architecture.wave);
            // clang 20 and later do not define this macro, and headers of ROCm 6 read it.
            let wave: OsString = format!("-D__AMDGCN_WAVEFRONT_SIZE={wave}").into();
            let sets = [words(&[]), words(&["-nogpulib"]), without_rocm(program)];
            let with_wave = |set: &Vec<OsString>| set.iter().cloned().chain([wave.clone()]).collect();
            sets.iter().flat_map(|set| [set.clone(), with_wave(set)]).collect()
        }
        Pass::Host => vec![words(&[]), words(&["-nogpulib"]), without_rocm(program)],
        Pass::Cpp | Pass::C => {
            let amd = "-D__HIP_PLATFORM_AMD__";
            vec![words(&[]), words(&[amd]), words(&[amd, "-isystem", "/opt/rocm/include"])]
        }
    }
}

/// The options for a clang without ROCm, which gets HIP's headers from the options of the user.
fn without_rocm(program: &OsStr) -> Vec<OsString> {
    let fixed =
        ["-nogpulib", "-nogpuinc", "-include", "__clang_hip_runtime_wrapper.h", "-D__HIP_PLATFORM_AMD__"];
    let mut options: Vec<OsString> = fixed.into_iter().map(OsString::from).collect();
    let printed = Command::new(program).arg("-print-resource-dir").stdin(Stdio::null()).output();
    // `-nogpuinc` also removes clang's own `<new>`, which has a placement new for the device.
    if let Ok(printed) = printed {
        let folder = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
        options.extend(["-isystem".into(), folder.join("include/cuda_wrappers").into()]);
    }
    options
}

/// A hash of the program and its release.
fn identity(program: &OsStr) -> u64 {
    let mut hasher = Hasher::default();
    hasher.add(program.as_encoded_bytes());
    if let Ok(version) = Command::new(program).arg("--version").stdin(Stdio::null()).output() {
        hasher.add(&version.stdout);
    }
    hasher.finish()
}

impl Ready {
    /// The options before those of a unit, for `pass`.
    pub(super) fn options(&self, pass: &Pass) -> impl Iterator<Item = &OsString> {
        self.options.iter().chain(self.installation.get(pass).into_iter().flatten())
    }
}
