//! One input file as bytes, and which language its name says it is.

use std::path::{Path, PathBuf};

/// The language of a file, told by its name alone.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// A CUDA translation unit (`.cu`, `.cu.in`): nvcc includes the runtime header by itself.
    Cuda,
    /// C or C++ in a source or header file, CUDA headers included.
    Cpp,
    /// A HIP translation unit (`.hip`): already converted.
    Hip,
    /// CMake's own language.
    Cmake,
    /// A Makefile.
    Make,
    /// A shell script.
    Shell,
    /// Python.
    Python,
    /// A recipe for a container image.
    Docker,
    /// YAML: compose files, workflows, Kubernetes, conda.
    Yaml,
    /// A list of Python packages.
    Packages,
    /// Fortran, which may be CUDA Fortran.
    Fortran,
    /// Code for NVIDIA's GPUs that is compiled already: PTX, cubins, fat binaries.
    Prebuilt,
    /// Another build file or script: searched for the names of renamed files.
    Build,
    /// Anything else: copied, not translated.
    Other,
}

/// Groups of languages that a user can pick with `--only`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// C, C++, CUDA and HIP.
    Cpp,
    /// CMake.
    Cmake,
    /// Makefiles.
    Make,
    /// Shell scripts.
    Shell,
    /// Python.
    Python,
    /// Dockerfiles, YAML, lists of packages.
    Environment,
    /// Every other build file or script, Fortran, and device code that is compiled already.
    Build,
}

/// Endings that hold C, C++ or CUDA; `tranship.toml` adds to them.
const CPP_ENDINGS: &[&str] = &[
    "cuh", "h", "hpp", "hh", "hxx", "inl", "inc", "ipp", "tpp", "c", "cc", "cpp", "cxx", "cuh.in", "h.in",
    "hpp.in",
];

/// Endings of Fortran; `cuf` is CUDA Fortran for sure.
const FORTRAN_ENDINGS: &[&str] = &["cuf", "f90", "f95", "f03", "f08", "f"];

/// Endings of device code that is compiled already.
const PREBUILT_ENDINGS: &[&str] = &["ptx", "cubin", "fatbin"];

impl Lang {
    /// What the user calls it; `None` for what is only copied.
    pub fn area(self) -> Option<Area> {
        match self {
            Self::Cuda | Self::Cpp | Self::Hip => Some(Area::Cpp),
            Self::Cmake => Some(Area::Cmake),
            Self::Make => Some(Area::Make),
            Self::Shell => Some(Area::Shell),
            Self::Python => Some(Area::Python),
            Self::Docker | Self::Yaml | Self::Packages => Some(Area::Environment),
            Self::Build | Self::Fortran | Self::Prebuilt => Some(Area::Build),
            Self::Other => None,
        }
    }

    /// Whether it is C++ in one of its kinds.
    pub fn is_cpp(self) -> bool {
        self.area() == Some(Area::Cpp)
    }

    /// The language that `path` names.
    pub fn of(path: &Path) -> Self {
        let Some(name) = path.file_name() else { return Self::Other };
        let name = name.to_string_lossy().to_ascii_lowercase();
        let has = |ending: &str| {
            name.strip_suffix(ending).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
        };
        if has("cu") || has("cu.in") {
            Self::Cuda
        } else if has("hip") {
            Self::Hip
        } else if CPP_ENDINGS.iter().any(|ending| has(ending)) {
            Self::Cpp
        } else if name.starts_with("cmakelists") || has("cmake") || has("cmake.in") {
            Self::Cmake
        } else if name == "makefile"
            || name == "gnumakefile"
            || name.starts_with("makefile.")
            || has("mk")
            || has("mak")
            || has("make")
        {
            Self::Make
        } else if has("sh") || has("bash") {
            Self::Shell
        } else if name.starts_with("dockerfile") || name == "containerfile" || has("dockerfile") {
            Self::Docker
        } else if has("py") {
            Self::Python
        } else if has("yaml") || has("yml") {
            Self::Yaml
        } else if is_package_list(path, &name) {
            Self::Packages
        } else if FORTRAN_ENDINGS.iter().any(|ending| has(ending)) {
            Self::Fortran
        } else if PREBUILT_ENDINGS.iter().any(|ending| has(ending)) {
            Self::Prebuilt
        } else if is_build_file(&name) {
            Self::Build
        } else {
            Self::Other
        }
    }
}

/// Whether a file, whose name in lower case is `name`, lists Python packages.
fn is_package_list(path: &Path, name: &str) -> bool {
    let in_folder = || path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "requirements");
    let is_text = [".txt", ".in"].iter().any(|ending| name.ends_with(ending));
    matches!(name, "pyproject.toml" | "setup.cfg" | "pipfile" | "constraints.txt")
        || (is_text && (name.starts_with("requirements") || in_folder()))
}

/// Files that tell a build, by whole name.
const BUILD_NAMES: &[&str] = &[
    "build",
    "build.bazel",
    "buck",
    "meson.build",
    "sconstruct",
    "sconscript",
    "configure",
    "configure.ac",
    "justfile",
    "manifest.in",
];

/// Files that tell a build or a script, by ending.
const BUILD_ENDINGS: &[&str] = &[
    "am", "ac", "bat", "ps1", "pl", "rb", "lua", "toml", "cfg", "ini", "json", "bazel", "bzl", "gn", "gni",
    "gyp", "gypi", "ninja", "rs", "go", "js", "ts", "vcxproj", "filters", "props", "xmake", "pro", "pri",
    "qbs", "in", "bp",
];

/// Whether `name`, in lower case, is that of a build file or script without a language of its own here.
fn is_build_file(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    BUILD_NAMES.contains(&name) || BUILD_ENDINGS.contains(&ending)
}

/// The bytes of one file under its path relative to the project root.
pub struct Source {
    /// Path relative to the project root, as findings show it.
    pub path: PathBuf,
    /// The file as it is on disk, in whatever encoding.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub lang: Lang,
}

impl Source {
    /// A source whose language its path tells.
    pub fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        let path = path.into();
        let lang = Lang::of(&path);
        Self { path, bytes: bytes.into(), lang }
    }

    /// Why these bytes cannot be translated, if they cannot.
    ///
    /// Offsets are 32 bits wide, so a file of 4 GiB is beyond them; UTF-16 and binary files are not C++ source.
    pub fn unreadable(&self) -> Option<&'static str> {
        let head = &self.bytes[..self.bytes.len().min(8192)];
        if self.bytes.len() >= u32::MAX as usize {
            Some("the file has 4 GiB or more")
        } else if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            Some("the file is UTF-16; save it as UTF-8")
        } else if memchr::memchr(0, head).is_some() {
            Some("the file has NUL bytes and is taken for binary")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_languages() {
        let lang = |path: &str| Lang::of(Path::new(path));
        assert_eq!(lang("a/b.cu"), Lang::Cuda);
        assert_eq!(lang("a/b.cu.in"), Lang::Cuda);
        assert_eq!(lang("B.CUH"), Lang::Cpp);
        assert_eq!(lang("a.hip"), Lang::Hip);
        assert_eq!(lang(".cu"), Lang::Other);
        assert_eq!(lang("cu"), Lang::Other);
        assert_eq!(lang("notes.txt"), Lang::Other);
        assert_eq!(lang("requirements/gpu.txt"), Lang::Packages);
        assert_eq!(lang("pyproject.toml"), Lang::Packages);
        assert_eq!(lang("a/solver.CUF"), Lang::Fortran);
        assert_eq!(lang("k.sm_80.cubin"), Lang::Prebuilt);
    }
}
