//! The languages of files: one table with the name, the area, the file names and the comments of each.

use std::path::Path;

/// The language of a file, known from its name alone.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    /// A list or a project file that names Python packages.
    Packages,
    /// Fortran, which may be CUDA Fortran.
    Fortran,
    /// Compiled code for NVIDIA's GPUs: PTX, cubins, fat binaries.
    Prebuilt,
    /// A build script of Cargo.
    Cargo,
    /// Another build file or script: searched for the names of renamed files.
    Build,
    /// Anything else: copied, not translated.
    Other,
}

/// Groups of languages that a user can pick with `--only`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    /// Every other build file or script, Fortran, and compiled device code.
    Build,
}

/// One language. All names are in lower case; the names of files are compared without regard to case.
struct Row {
    lang: Lang,
    area: Area,
    /// Endings of file names, without the dot before them: `cu` for `a.cu`, `cu.in` for `a.cu.in`.
    endings: &'static [&'static str],
    /// Whole file names.
    names: &'static [&'static str],
    /// Beginnings of file names.
    starts: &'static [&'static str],
    /// The marks that begin a comment.
    comments: &'static [&'static [u8]],
}

/// A row without file names.
const fn row(lang: Lang, area: Area, comments: &'static [&'static [u8]]) -> Row {
    Row { lang, area, endings: &[], names: &[], starts: &[], comments }
}

const HASH: &[&[u8]] = &[b"#"];
const SLASHES: &[&[u8]] = &[b"//", b"/*"];

/// All languages; the first row that fits a file name counts.
const LANGUAGES: &[Row] = &[
    Row { endings: &["cu", "cu.in"], ..row(Lang::Cuda, Area::Cpp, SLASHES) },
    // A Makefile for hipcc, beside the one for nvcc.
    Row { names: &["makefile.hip", "gnumakefile.hip"], ..row(Lang::Make, Area::Make, HASH) },
    // Files that Makefiles include.
    Row {
        names: &["make.inc", "make.in", "make.config", "make.def", "make.defs", "make.include", "make.user"],
        starts: &["make.inc."],
        ..row(Lang::Make, Area::Make, HASH)
    },
    Row { endings: &["hip"], ..row(Lang::Hip, Area::Cpp, SLASHES) },
    Row {
        endings: &[
            "cuh",
            "h",
            "hpp",
            "hh",
            "hxx",
            "inl",
            "inc",
            "ipp",
            "tpp",
            "c",
            "cc",
            "cpp",
            "cxx",
            "cuh.in",
            "h.in",
            "hpp.in",
            "h.cmake",
            "hpp.cmake",
            "def",
        ],
        ..row(Lang::Cpp, Area::Cpp, SLASHES)
    },
    Row { endings: &["cmake", "cmake.in"], starts: &["cmakelists"], ..row(Lang::Cmake, Area::Cmake, HASH) },
    Row {
        endings: &["mk", "mak", "make"],
        names: &["makefile", "gnumakefile"],
        starts: &["makefile."],
        ..row(Lang::Make, Area::Make, HASH)
    },
    Row { endings: &["sh", "bash"], ..row(Lang::Shell, Area::Shell, HASH) },
    Row {
        endings: &["dockerfile"],
        names: &["containerfile"],
        starts: &["dockerfile"],
        ..row(Lang::Docker, Area::Environment, HASH)
    },
    Row { endings: &["py"], ..row(Lang::Python, Area::Python, HASH) },
    Row { endings: &["yaml", "yml"], ..row(Lang::Yaml, Area::Environment, HASH) },
    Row {
        names: &["pyproject.toml", "setup.cfg", "pipfile", "constraints.txt"],
        ..row(Lang::Packages, Area::Environment, HASH)
    },
    // `cuf` is always CUDA Fortran.
    Row { endings: &["cuf", "f90", "f95", "f03", "f08", "f"], ..row(Lang::Fortran, Area::Build, &[b"!"]) },
    Row { endings: &["ptx", "cubin", "fatbin"], ..row(Lang::Prebuilt, Area::Build, &[]) },
    Row { names: &["build.rs"], ..row(Lang::Cargo, Area::Build, SLASHES) },
    Row {
        endings: &[
            "am", "ac", "bat", "ps1", "pl", "rb", "lua", "toml", "cfg", "ini", "json", "bazel", "bzl", "gn",
            "gni", "gyp", "gypi", "ninja", "rs", "go", "js", "ts", "vcxproj", "filters", "props", "xmake",
            "pro", "pri", "qbs", "in", "bp",
        ],
        names: &[
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
        ],
        ..row(Lang::Build, Area::Build, &[b"#", b"//"])
    },
];

impl Row {
    /// Whether the file `path` is in this language; `name` is its name in lower case.
    fn fits(&self, path: &Path, name: &str) -> bool {
        let has = |ending: &&str| {
            name.strip_suffix(*ending).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
        };
        self.endings.iter().any(has)
            || self.names.contains(&name)
            || self.starts.iter().any(|start| name.starts_with(start))
            || (self.lang == Lang::Packages && is_requirements(path, name))
    }
}

/// Whether a text file lists the packages that a Python project requires.
fn is_requirements(path: &Path, name: &str) -> bool {
    let in_folder = || path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "requirements");
    let is_text = [".txt", ".in"].iter().any(|ending| name.ends_with(ending));
    is_text && (name.starts_with("requirements") || in_folder())
}

impl Lang {
    /// The language of `path`, by its name.
    pub fn of(path: &Path) -> Self {
        let Some(name) = path.file_name() else { return Self::Other };
        let name = name.to_string_lossy().to_ascii_lowercase();
        LANGUAGES.iter().find(|row| row.fits(path, &name)).map_or(Self::Other, |row| row.lang)
    }

    fn row(self) -> Option<&'static Row> {
        LANGUAGES.iter().find(|row| row.lang == self)
    }

    /// The group that a user can pick; `None` for files that are only copied.
    pub fn area(self) -> Option<Area> {
        self.row().map(|row| row.area)
    }

    /// Whether it is C, C++, CUDA or HIP.
    pub fn is_cpp(self) -> bool {
        self.area() == Some(Area::Cpp)
    }

    /// The marks that begin a comment; for other files all common marks.
    pub(crate) fn comment_marks(self) -> &'static [&'static [u8]] {
        self.row().map_or(&[b"#", b"//"], |row| row.comments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_decide_the_language() {
        let lang = |path: &str| Lang::of(Path::new(path));
        assert_eq!(lang("a/b.cu"), Lang::Cuda);
        assert_eq!(lang("a/b.cu.in"), Lang::Cuda);
        assert_eq!(lang("a/entries.def"), Lang::Cpp);
        assert_eq!(lang("make.def"), Lang::Make);
        assert_eq!(lang("B.CUH"), Lang::Cpp);
        assert_eq!(lang("a.hip"), Lang::Hip);
        assert_eq!(lang("Makefile.hip"), Lang::Make);
        assert_eq!(lang(".cu"), Lang::Other);
        assert_eq!(lang("cu"), Lang::Other);
        assert_eq!(lang("notes.txt"), Lang::Other);
        assert_eq!(lang("requirements/gpu.txt"), Lang::Packages);
        assert_eq!(lang("pyproject.toml"), Lang::Packages);
        assert_eq!(lang("a/solver.CUF"), Lang::Fortran);
        assert_eq!(lang("k.sm_80.cubin"), Lang::Prebuilt);
        assert_eq!(lang("crate/build.rs"), Lang::Cargo);
        assert_eq!(lang("src/lib.rs"), Lang::Build);
    }
}
