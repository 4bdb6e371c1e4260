//! Finds a compiler for HIP, and the options that mend a call after an error of the installation. It compiles nothing of the project
//! itself.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tranship_rules::architecture;

/// The compilers that are tried, in this order.
pub const KNOWN: &[&str] = &[
    "amdclang++",
    "hipcc",
    "/opt/rocm/bin/amdclang++",
    "/opt/rocm/bin/hipcc",
    "clang++-22",
    "clang++-21",
    "clang++-20",
    "clang++-19",
    "clang++",
];

/// The folders in which distributions put the device libraries.
const DEVICE_LIBRARIES: &[&str] = &[
    "/opt/rocm/amdgcn/bitcode",
    "/usr/lib/x86_64-linux-gnu/amdgcn/bitcode",
    "/usr/lib64/amdgcn/bitcode",
    "/usr/lib/amdgcn/bitcode",
];

/// The device libraries of a compilation with default options. Barriers of older headers are in `hip`, and a kernel that calls
/// a function of no library has no figures.
const LIBRARIES: &[&str] = &[
    "hip",
    "ocml",
    "ockl",
    "oclc_daz_opt_off",
    "oclc_unsafe_math_off",
    "oclc_finite_only_off",
    "oclc_correctly_rounded_sqrt_on",
    "oclc_abi_version_500",
];

/// A compiler with the options of the user.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program.
    pub program: OsString,
    /// The options before those of each file.
    pub options: Vec<OsString>,
    /// The folder for files that it writes.
    pub scratch: PathBuf,
}

/// One file to compile.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its path in the source, relative to the root.
    pub source: PathBuf,
    /// Its own options: include folders, macros, the language standard.
    pub options: Vec<OsString>,
}

impl Compiler {
    /// The compiler `wanted`, or the first known one that has all of `archs`. The error states what is missing.
    pub fn find(
        wanted: Option<&OsStr>,
        options: Vec<OsString>,
        archs: &[String],
        scratch: &Path,
    ) -> Result<Self, String> {
        let program = match wanted {
            Some(wanted) if runs(wanted) => wanted.to_owned(),
            Some(wanted) => return Err(format!("`{}` does not run", wanted.display())),
            None => {
                let knows =
                    |program: &&OsStr| runs(program) && archs.iter().all(|arch| has(program, arch, scratch));
                let found = KNOWN.iter().map(OsStr::new).find(knows);
                found
                    .ok_or_else(|| format!("none of {} compiles for {}", KNOWN.join(", "), archs.join(", ")))?
                    .to_owned()
            }
        };
        Ok(Self { program, options, scratch: scratch.to_owned() })
    }

    /// More options after an error that comes from the installation and not from the code.
    pub fn remedy(&self, text: &str, arch: &str, tried: &mut Tried) -> Result<Option<Vec<OsString>>, String> {
        let wave = architecture(arch).map_or(64, |architecture| architecture.wave);
        if text.contains("cannot find ROCm device library") && !tried.libraries {
            tried.libraries = true;
            return self.device_libraries(arch, wave).map(Some);
        }
        // clang 20 and later do not define this macro, and headers of ROCm 6 read it.
        if text.contains("__AMDGCN_WAVEFRONT_SIZE") && !tried.wave {
            tried.wave = true;
            return Ok(Some(vec![format!("-D__AMDGCN_WAVEFRONT_SIZE={wave}").into()]));
        }
        Ok(None)
    }

    /// The options that link the device libraries of a distribution, which can be older than the compiler. Without device
    /// libraries the figures of kernels with mathematical functions are unknown.
    fn device_libraries(&self, arch: &str, wave: u32) -> Result<Vec<OsString>, String> {
        let mut options: Vec<OsString> = vec!["-nogpulib".into()];
        let has = |folder: &&&str| Path::new(folder).join("ocml.bc").is_file();
        let Some(folder) = DEVICE_LIBRARIES.iter().find(has).map(Path::new) else { return Ok(options) };
        let on = if wave == 64 { "on" } else { "off" };
        let names = LIBRARIES.iter().map(ToString::to_string).chain([format!("oclc_wavefrontsize64_{on}")]);
        let mut files: Vec<PathBuf> = names.map(|name| folder.join(format!("{name}.bc"))).collect();
        let number = arch.trim_start_matches("gfx");
        let own = folder.join(format!("oclc_isa_version_{number}.bc"));
        files.push(if own.is_file() { own } else { self.isa_version(arch, number)? });
        options.push("-mcode-object-version=5".into());
        for file in files.into_iter().filter(|file| file.is_file()) {
            options.extend(["-Xclang", "-mlink-builtin-bitcode", "-Xclang"].map(OsString::from));
            options.push(file.into());
        }
        Ok(options)
    }

    /// Writes the device library with the number of the architecture, which is all that this library contains.
    fn isa_version(&self, arch: &str, number: &str) -> Result<PathBuf, String> {
        let bitcode = self.scratch.join(format!("isa_version_{arch}.bc"));
        let version = isa_number(number).ok_or_else(|| format!("`{arch}` is no architecture"))?;
        let text = format!(
            "target triple = \"amdgcn-amd-amdhsa\"\n\
             @__oclc_ISA_version = linkonce_odr hidden addrspace(4) constant i32 {version}\n"
        );
        let unique = format!("{arch}-{:?}", std::thread::current().id()).replace(['(', ')'], "-");
        let (input, made) =
            (self.scratch.join(format!("{unique}.ll")), self.scratch.join(format!("{unique}.bc")));
        let failed = |error: std::io::Error| format!("cannot write the number of the architecture: {error}");
        fs::write(&input, text).map_err(failed)?;
        let mut command = Command::new(&self.program);
        command.args(["--target=amdgcn-amd-amdhsa", "-nogpulib", "-x", "ir", "-c", "-emit-llvm", "-o"]);
        let status = command.arg(&made).arg(&input).stdin(Stdio::null()).output();
        if status.is_ok_and(|output| output.status.success()) {
            fs::rename(&made, &bitcode).map_err(failed)?;
        }
        Ok(bitcode)
    }
}

/// Whether `program` can be started.
pub fn runs(program: &OsStr) -> bool {
    let version = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    version.is_ok_and(|output| output.status.success())
}

/// Whether `program` compiles an empty file for `arch`.
pub fn has(program: &OsStr, arch: &str, scratch: &Path) -> bool {
    let empty = scratch.join("empty.hip");
    let mut command = Command::new(program);
    command.args(["-x", "hip", "--cuda-device-only", "-nogpulib", "-nogpuinc", "-S", "-o"]);
    command.arg(scratch.join("empty.s")).arg(format!("--offload-arch={arch}")).arg(&empty);
    let ran = fs::write(&empty, "").and_then(|()| command.stdin(Stdio::null()).output());
    ran.is_ok_and(|output| output.status.success())
}

/// The remedies that were used for one file.
#[derive(Debug, Default)]
pub struct Tried {
    libraries: bool,
    wave: bool,
}

/// The number in `__oclc_ISA_version`: 9402 for `942`, 9010 for `90a`, 11000 for `1100`.
fn isa_number(digits: &str) -> Option<u32> {
    let (rest, stepping) = digits.split_at_checked(digits.len().checked_sub(1)?)?;
    let (major, minor) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let digit = |text: &str| u32::from_str_radix(text, 16).ok();
    Some(major.parse::<u32>().ok()? * 1000 + digit(minor)? * 100 + digit(stepping)?)
}

/// The first error in the messages of a compiler.
pub fn first_error(text: &str) -> String {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find(|line| line.contains("error: ")).or_else(|| lines().next());
    error.unwrap_or("the compiler failed without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_architecture_follows_its_name() {
        assert_eq!(isa_number("942"), Some(9402));
        assert_eq!(isa_number("90a"), Some(9010));
        assert_eq!(isa_number("1100"), Some(11000));
        assert_eq!(isa_number("1250"), Some(12500));
        assert_eq!(isa_number("9"), None);
    }

    #[test]
    fn the_first_error_is_the_reason() {
        let text = "In file included from a.hip:1:\nb.h:3:10: fatal error: 'mpi.h' file not found\n1 error generated.\n";
        assert_eq!(first_error(text), "b.h:3:10: fatal error: 'mpi.h' file not found");
        assert_eq!(first_error("\n"), "the compiler failed without a message");
    }
}
