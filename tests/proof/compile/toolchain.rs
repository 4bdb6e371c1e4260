//! The compilers and header sets of `.ci/toolchain`, and the command line of every pass.
//!
//! A device pass emits an object, because with `-fsyntax-only` clang accepts leftover PTX and builtins that the target lacks.
//! A file that begins with the runtime header reads it precompiled, which makes a pass three to five times as fast. If the
//! support header follows, it is precompiled too. Other files do not, so a missing include is found. For CUDA, clang includes
//! the runtime header itself.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::architecture::lanes;
use crate::installed;

const CLANG: &str = "clang++-19";
/// The first clang of Debian 12 that has gfx950 and gfx1250.
const NEXT_CLANG: &str = "clang++-22";
const HIPCC: &str = "hipcc";
/// The compiler that Debian's hipcc starts.
const CLANG_OF_HIPCC: &str = "clang++-15";
const RUNTIME: &str = "hip/hip_runtime.h";
/// The name of the support header.
pub(crate) const SUPPORT: &str = "tranship_hip.h";

/// The headers that no installable package has, by target. A test checks that none of them can be found.
const ABSENT: [(&str, &[&str]); 5] = [
    (
        "cuda",
        &[
            "torch/extension.h",
            "ATen/cuda/CUDAContext.h",
            "ATen/cuda/DeviceUtils.cuh",
            "cutlass/cutlass.h",
            "nvshmem.h",
            "mpi.h",
        ],
    ),
    ("hip-7.1", ABSENT_HIP),
    ("hip-debian", ABSENT_HIP),
    ("clang-22", ABSENT_HIP),
    (
        "hip-5.2",
        &[
            "ATen/cuda/DeviceUtils.cuh",
            "hip/hip_bf16.h",
            "hip/hip_fp8.h",
            "hip/hip_math_constants.h",
            "hipblas/hipblas.h",
            "hipblaslt/hipblaslt.h",
            "hipcub/block/block_reduce.hpp",
            "hipcub/hipcub.hpp",
            "hipfft/hipfft.h",
            "hipfft/hipfftXt.h",
            "hipsolver/hipsolver.h",
            "miopen/miopen.h",
            "mpi.h",
            "rccl/rccl.h",
            "rocblas/rocblas.h",
            "rocfft/rocfft.h",
            "rocsolver/rocsolver.h",
            "rocwmma/rocwmma.hpp",
            "roctracer/roctx.h",
            "thrust/device_vector.h",
            "thrust/execution_policy.h",
            "torch/extension.h",
        ],
    ),
];
const ABSENT_HIP: &[&str] = &[
    "ATen/cuda/DeviceUtils.cuh",
    "ATen/hip/HIPContext.h",
    "hipsparselt/hipsparselt.h",
    "hiptensor/hiptensor.h",
    "hiptensor/hiptensor.hpp",
    "mpi.h",
    "rocprofiler-sdk-roctx/roctx.h",
    "rocwmma/rocwmma.hpp",
    "torch/extension.h",
];

/// The errors of installed headers that lack an architecture of a target, each with its reason. A test checks that the errors
/// still occur.
const LACKING: &[(&str, &[Lacking])] = &[(
    "clang-22",
    &[Lacking {
        header: "rocprim/rocprim.hpp",
        arch: "gfx950",
        error: "support for 128-bit atomics not implemented for current architecture",
        reason: "rocPRIM of hip-debian lacks gfx950",
    }],
)];

/// A header that is installed and cannot be compiled for one architecture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lacking {
    pub(crate) header: &'static str,
    pub(crate) arch: &'static str,
    /// The first error of the compiler.
    pub(crate) error: &'static str,
    pub(crate) reason: &'static str,
}

/// One target: a compiler, its headers and its architectures.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// The release to convert for; `None` for the CUDA source itself.
    pub(crate) rocm: Option<String>,
    /// Folders searched for `<...>`, for the check of `absent`.
    pub(crate) roots: Vec<PathBuf>,
    /// The stamp of `.ci/toolchain`, which decides whether an earlier result is still valid.
    pub(crate) stamp: Vec<u8>,
    compiler: &'static str,
    flags: Vec<OsString>,
    /// The flags with which a plain C++ compiler finds the headers of the runtime.
    host_flags: Vec<OsString>,
    /// The first one represents the others for units that do not depend on the architecture.
    pub(crate) archs: &'static [&'static str],
    /// Whether the target is left out for units that do not depend on the architecture.
    pub(crate) only_touching: bool,
    precompiled: PathBuf,
    /// The support headers that are precompiled.
    supports: Vec<Support>,
}

/// The support header of a converted tree.
#[derive(Clone, Debug)]
struct Support {
    path: PathBuf,
    /// Equal headers have one precompiled header.
    hash: u64,
    /// The architecture that it was written for.
    arch: &'static str,
}

/// One run of a compiler over one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// The device side for one architecture. HIP is compiled to an object. CUDA is only type-checked, because there is no
    /// `ptxas`.
    Device(&'static str),
    /// The host side, type-checked only.
    Host,
    /// A host C++ file that calls the runtime, type-checked only.
    Cpp,
}

/// The folder of the headers from `.ci/toolchain`, or a text that names the missing part.
pub(crate) fn root() -> Result<PathBuf, String> {
    let root = installed::headers();
    for tool in [CLANG, NEXT_CLANG, HIPCC] {
        if !installed::runs(tool) {
            return Err(tool.to_owned());
        }
    }
    if root.join("stamp").is_file() { Ok(root) } else { Err(format!("headers in {}", root.display())) }
}

/// Every target, with the headers under `root`. Precompiled headers go to `scratch`.
pub(crate) fn targets(root: &Path, scratch: &Path) -> Vec<Target> {
    let wheel = root.join("hip-7.1/include");
    let newest = [wheel.clone(), root.join("hip-7.1-mix"), wheel.join("hip/amd_detail")];
    let debian = root.join("rocm-debian/include");
    let debian_release = release(&debian).unwrap_or_else(|| "6.4".into());
    let cuda = root.join("cuda-12.4");
    let stamp = std::fs::read(root.join("stamp")).unwrap_or_default();
    let sysroot = root.join("sysroot");
    let hip = |name, compiler, rocm: &str, roots: &[PathBuf], archs| Target {
        name,
        rocm: Some(rocm.to_owned()),
        roots: roots.to_vec(),
        stamp: stamp.clone(),
        compiler,
        flags: hip_flags(compiler, &sysroot, roots),
        host_flags: host_flags(&sysroot, roots),
        archs,
        only_touching: false,
        precompiled: scratch.to_owned(),
        supports: Vec::new(),
    };
    let mut current = hip("hip-7.1", CLANG, "7.1", &newest, &["gfx942", "gfx90a", "gfx1100"]);
    let mut next = hip("clang-22", NEXT_CLANG, "7.1", &newest, &["gfx950", "gfx1250"]);
    next.only_touching = true;
    // hipBLAS of 6.x then has the interface that 7.0 has by default: HIP's own data types and complex numbers.
    let as_in_7 = ["-DHIPBLAS_V2", "-DROCM_MATHLIBS_API_USE_HIP_COMPLEX"].map(OsString::from);
    for target in [&mut current, &mut next] {
        target.flags.extend(as_in_7.clone());
        target.host_flags.extend(as_in_7.clone());
    }
    vec![
        Target {
            name: "cuda",
            rocm: None,
            roots: vec![cuda.join("include")],
            stamp: stamp.clone(),
            compiler: CLANG,
            flags: vec!["-x".into(), "cuda".into(), joined("--cuda-path=", &cuda)],
            host_flags: vec!["-isystem".into(), cuda.join("include").into()],
            archs: &["sm_80"],
            only_touching: false,
            precompiled: scratch.to_owned(),
            supports: Vec::new(),
        },
        current,
        next,
        hip("hip-debian", CLANG, &debian_release, std::slice::from_ref(&debian), &["gfx942"]),
        Target {
            name: "hip-5.2",
            rocm: Some("5.2".into()),
            roots: vec!["/usr/include".into()],
            stamp: stamp.clone(),
            compiler: CLANG_OF_HIPCC,
            flags: flags_of_hipcc(scratch),
            host_flags: vec!["-D__HIP_PLATFORM_AMD__".into()],
            archs: &["gfx90a", "gfx1030"],
            only_touching: false,
            precompiled: scratch.to_owned(),
            supports: Vec::new(),
        },
    ]
}

impl Target {
    /// The command with which a plain host `compiler` checks `file`.
    pub(crate) fn plain(&self, compiler: &str, standard: &str, file: &Path) -> Command {
        let mut command = Command::new(compiler);
        command.args([standard, "-w", "-fsyntax-only"]).args(&self.host_flags).arg(file);
        command
    }

    /// The compiler and its options for HIP, without the language.
    pub(crate) fn for_hip(&self) -> (&'static str, Vec<OsString>) {
        let options =
            self.flags.iter().filter(|flag| !["-x", "hip", "-nogpulib"].iter().any(|not| flag == not));
        (self.compiler, options.cloned().collect())
    }

    /// The headers that no package has for this target.
    pub(crate) fn absent(&self) -> &'static [&'static str] {
        ABSENT.iter().find(|(name, _)| *name == self.name).map_or(&[], |(_, absent)| absent)
    }

    /// The installed headers that lack an architecture of this target.
    pub(crate) fn lacking(&self) -> &'static [Lacking] {
        LACKING.iter().find(|(name, _)| *name == self.name).map_or(&[], |(_, lacking)| lacking)
    }

    /// The passes over the text that was converted for `arch`, on the device side and on the host side.
    pub(crate) fn passes(&self, arch: &'static str, is_host_cpp: bool) -> Vec<Pass> {
        match (is_host_cpp, self.only_touching) {
            (true, _) => vec![Pass::Cpp],
            (false, true) => vec![Pass::Device(arch)],
            (false, false) => vec![Pass::Device(arch), Pass::Host],
        }
    }

    /// The compiler call for one pass over `file`. `extra` are include folders and defines of a project.
    pub(crate) fn command(&self, pass: &Pass, file: &Path, extra: &[OsString]) -> Command {
        let mut command = Command::new(self.compiler);
        // The last `-std` is used, so the one of a project comes after ours.
        command.args(["-std=c++17", "-w", "-fno-caret-diagnostics", "-ferror-limit=5"]).args(extra);
        command.args(self.flags_for(pass));
        match pass {
            Pass::Device(_) if self.rocm.is_some() => {
                command.args(["-S", "-Xclang", "-emit-obj", "-o", "/dev/null"]);
            }
            _ => {
                command.arg("-fsyntax-only");
            }
        }
        let same_language = !extra.iter().any(|flag| flag.to_string_lossy().starts_with("-std="));
        if *pass != Pass::Cpp
            && same_language
            && let Some(precompiled) = self.precompiled_for(pass, file)
        {
            command.args(["-Xclang", "-include-pch", "-Xclang"]).arg(precompiled);
        }
        command.arg(file);
        command
    }

    /// Lets files that include the support header of `tree` early read it precompiled; `tree` was converted for `arch`.
    pub(crate) fn add_support(&mut self, arch: &'static str, tree: &Path) {
        let path = tree.join(SUPPORT);
        if let Ok(text) = std::fs::read(&path) {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            self.supports.push(Support { path, hash: hasher.finish(), arch });
        }
    }

    /// The calls that build the precompiled headers, to be run before any other pass.
    pub(crate) fn precompile(&self) -> Vec<Command> {
        let device = self.archs.iter().map(|arch| Pass::Device(arch));
        let passes: Vec<Pass> = device.chain((!self.only_touching).then_some(Pass::Host)).collect();
        let runtime = if self.rocm.is_some() { "#include <hip/hip_runtime.h>\n" } else { "" };
        let mut calls: Vec<Command> =
            passes.iter().map(|pass| self.precompile_text(pass, None, runtime)).collect();
        for (at, support) in self.supports.iter().enumerate() {
            let text = format!("{runtime}#include \"{}\"\n", support.path.display());
            for pass in &passes {
                let is_known = self.supports[..at].iter().any(|other| other.hash == support.hash);
                if *pass == Pass::Device(support.arch) || *pass == Pass::Host && !is_known {
                    calls.push(self.precompile_text(pass, Some(support), &text));
                }
            }
        }
        calls
    }

    fn precompile_text(&self, pass: &Pass, support: Option<&Support>, text: &str) -> Command {
        let precompiled = self.precompiled(pass, support);
        let header = precompiled.with_extension("h");
        std::fs::write(&header, text).expect("the scratch folder is writable");
        let mut command = Command::new(self.compiler);
        command.args(["-std=c++17", "-w"]).args(self.flags_for(pass));
        // Otherwise every pass instantiates the templates that the headers use, which takes half of its time.
        command.arg("-fpch-instantiate-templates");
        command.args(["-S", "-Xclang", "-emit-pch", "-o"]).arg(precompiled).arg(&header);
        command
    }

    fn flags_for(&self, pass: &Pass) -> Vec<OsString> {
        let side: Vec<OsString> = match pass {
            Pass::Cpp => {
                return ["-x".into(), "c++".into()].into_iter().chain(self.host_flags.clone()).collect();
            }
            Pass::Host => vec!["--cuda-host-only".into()],
            Pass::Device(arch) => {
                // Optimising finds no other errors, and takes most of the time of large kernels.
                let level = if self.archs[0] == *arch && !self.only_touching { "-O1" } else { "-O0" };
                let mut side =
                    vec!["--cuda-device-only".into(), level.into(), format!("--offload-arch={arch}").into()];
                if self.compiler == NEXT_CLANG {
                    // clang 22 no longer defines it, and the headers of ROCm 6.4 in the mix still read it.
                    side.push(format!("-D__AMDGCN_WAVEFRONT_SIZE={}", lanes(arch)).into());
                }
                side
            }
        };
        self.flags.iter().cloned().chain(side).collect()
    }

    fn precompiled(&self, pass: &Pass, support: Option<&Support>) -> PathBuf {
        let pass = format!("{pass:?}").replace(['(', ')', '"'], "");
        let support = support.map(|support| format!("-{:016x}", support.hash)).unwrap_or_default();
        self.precompiled.join(format!("{}-{pass}{support}.pch", self.name))
    }

    /// The precompiled header with the includes that `file` begins with.
    fn precompiled_for(&self, pass: &Pass, file: &Path) -> Option<PathBuf> {
        if self.rocm.is_none() {
            return Some(self.precompiled(pass, None));
        }
        let text = std::fs::read(file).ok()?;
        let first = first_includes(&text);
        let is_support = |support: &&Support| {
            let is_built = *pass == Pass::Host || *pass == Pass::Device(support.arch);
            is_built && first.iter().any(|name| is_same_file(&file.with_file_name(name), &support.path))
        };
        let support = self.supports.iter().find(is_support);
        first.contains(&RUNTIME.to_owned()).then(|| self.precompiled(pass, support))
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    one.file_name() == other.file_name()
        && one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// The names of the headers that a file includes before any other code. The support header counts, and other headers of the
/// project end the list.
fn first_includes(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//") && *line != "#pragma once");
    let includes = code.map_while(|line| {
        let name = line.strip_prefix("#include ")?;
        let of_system = name.strip_prefix('<').and_then(|name| name.split_once('>'));
        let support = name.strip_prefix('"').and_then(|name| name.split_once('"'));
        let (name, _) = of_system.or(support.filter(|(name, _)| name.ends_with(SUPPORT)))?;
        Some(name.to_owned())
    });
    includes.collect()
}

fn hip_flags(compiler: &str, sysroot: &Path, roots: &[PathBuf]) -> Vec<OsString> {
    let fixed = ["-x", "hip", "-nogpuinc", "-nogpulib", "-include", "__clang_hip_runtime_wrapper.h"];
    // `-nogpuinc` also removes clang's own `<new>`, which has a placement new for the device.
    let wrappers: [OsString; 2] =
        ["-isystem".into(), resource_folder(compiler).join("include/cuda_wrappers").into()];
    fixed.into_iter().map(OsString::from).chain(wrappers).chain(host_flags(sysroot, roots)).collect()
}

/// The options with which hipcc starts its compiler. hipcc itself takes twice as long as a small file.
fn flags_of_hipcc(scratch: &Path) -> Vec<OsString> {
    let file = scratch.join("empty.hip");
    std::fs::write(&file, "").expect("the scratch folder is writable");
    let mut command = Command::new(HIPCC);
    command.args(["-x", "hip", "--offload-arch=gfx90a", "-O1", "-fsyntax-only"]).arg(&file);
    let output = command.env("HIPCC_VERBOSE", "1").output().expect("it ran before");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("hipcc-cmd: ")).unwrap_or_default();
    let mut words = line.split_whitespace().map(|word| word.replace('"', ""));
    let program = words.next().unwrap_or_default();
    assert!(program.ends_with(CLANG_OF_HIPCC), "hipcc starts another compiler: {text}");
    // Behind them are the options for the linker and the options of this call.
    let options = words.take_while(|word| !word.starts_with("-L"));
    let is_ours = |word: &String| ["-std=", "-O", "--offload-arch"].iter().any(|ours| word.starts_with(ours));
    let own = options.filter(|word| !is_ours(word)).map(OsString::from);
    ["-x", "hip"].map(OsString::from).into_iter().chain(own).collect()
}

/// The folder of clang's own headers.
fn resource_folder(compiler: &str) -> PathBuf {
    let output = Command::new(compiler).arg("-print-resource-dir").output().expect("it ran before");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

fn host_flags(sysroot: &Path, roots: &[PathBuf]) -> Vec<OsString> {
    let mut flags = vec!["-D__HIP_PLATFORM_AMD__".into(), joined("--sysroot=", sysroot)];
    flags.extend(roots.iter().flat_map(|root| ["-isystem".into(), root.into()]));
    flags
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(flag);
    joined.push(path);
    joined
}

/// The release in `hip_version.h` below `include`, such as `6.4`.
fn release(include: &Path) -> Option<String> {
    let text = std::fs::read_to_string(include.join("hip/hip_version.h")).ok()?;
    let number = |name: &str| {
        let (_, rest) = text.split_once(&format!("#define {name} "))?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    Some(format!("{}.{}", number("HIP_VERSION_MAJOR")?, number("HIP_VERSION_MINOR")?))
}
