//! The types of the tables in `rules/tables/lists`: words and facts about tools and libraries other than CUDA.

/// A list of words that code looks for. The words are about CUDA, tools and libraries, never about syntax.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct List {
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What the words are.
    pub what: &'static str,
    /// The words.
    pub words: &'static [&'static str],
    /// Where the facts come from; may be empty.
    pub source: &'static str,
}

/// Names of CUDA, or of software for it, that work under ROCm as they are, so that no other table has a row for them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kept {
    /// The names. A name that ends with `.*` is a beginning of names.
    pub names: &'static [&'static str],
    /// What the names are.
    pub what: &'static str,
    /// Why the names stay, as a fact about HIP or ROCm.
    pub why: &'static str,
    /// Where the facts come from.
    pub source: &'static str,
}

/// A CUDA library that projects often contain a copy of, and that has a counterpart for AMD's GPUs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vendored {
    /// The name of the library.
    pub name: &'static str,
    /// The end of the path of its main header.
    pub header: &'static str,
    /// What to do with the copy, an imperative.
    pub todo: &'static str,
    /// The beginning of the names of its files, if the copy stays as it is and its names stay the library's; else empty.
    pub stays: &'static str,
    /// Whether a copy with its folder in code of others stays as it is, with all its files.
    pub tree: bool,
    /// Whether it compiles for HIP by itself, so a copy stays without a finding.
    pub portable: bool,
    /// What to do if the library is a git submodule, an imperative; empty if it is treated as any other submodule.
    pub submodule: &'static str,
}

/// GPU architectures of AMD that have the same figures.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// The names for `--arch`, such as `gfx942`.
    pub names: &'static [&'static str],
    /// The name of the generation, such as `CDNA 3`.
    pub generation: &'static str,
    /// The lanes of a wave of a HIP kernel.
    pub wave: u32,
    /// Shared memory (LDS) that a block can have, in KiB.
    pub lds: u32,
    /// Vector registers that a lane can have.
    pub vgprs: u32,
    /// SIMD units of a compute unit.
    pub simds: u32,
    /// Waves that a SIMD unit can hold.
    pub waves: u32,
    /// Its matrix instructions, `MFMA` or `WMMA`; may be empty.
    pub matrix: &'static str,
    /// Its format of 8-bit floats, `OCP` (as CUDA's) or `FNUZ`; may be empty.
    pub float8: &'static str,
    /// Whether it has texture units.
    pub images: bool,
    /// The types that an atomic addition to memory of the GPU adds with one instruction; may be empty.
    pub atomics: &'static str,
    /// The bytes that a lane can copy from global to shared memory without registers; may be empty.
    pub copies: &'static str,
    /// Whether it has `v_bitop3_b32`, one instruction for any function of three bits.
    pub bitop3: bool,
    /// Blocks of several waves that a compute unit can hold; 0 if the table does not know.
    pub blocks: u32,
}

/// A product with a GPU of AMD.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// Its name, such as `MI300X`.
    pub name: &'static str,
    /// Its architecture.
    pub target: &'static str,
    /// The compute units of one device; 0 if the table does not know. HIP counts two units of RDNA as one multiprocessor.
    pub units: u32,
    /// The L2 cache of one device in MiB; 0 if the table does not know.
    pub cache: u32,
}

/// A library that runs code on the GPUs of several vendors.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortableLayer {
    /// The name of its CMake package.
    pub package: &'static str,
    /// How its backend for HIP is chosen, an imperative.
    pub todo: &'static str,
}

/// Build files that tranship does not convert.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherBuild {
    /// The ends of the file names.
    pub files: &'static [&'static str],
    /// Texts in a build that compiles or links CUDA.
    pub marks: &'static [&'static str],
    /// What to do instead, an imperative.
    pub todo: &'static str,
}

/// Signs in a build file that the project has a build for HIP of its own.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct HipBuild {
    /// The ends of the file names.
    pub files: &'static [&'static str],
    /// Texts of a line; empty if the name of the file is the sign. `{hip}` is any name with a word of the list
    /// `hip-name-words`, and `{name}` is any name.
    pub marks: &'static [&'static str],
    /// A text that the file also has, on any line; empty if none is needed.
    pub holds: &'static str,
    /// How the build is started; `{hip}` and `{name}` are the names that the mark found, `{file}` is the file.
    pub build: &'static str,
    /// Whether the mark counts only if the same build also has CUDA: a build for HIP alone has it too.
    pub beside_cuda: bool,
    /// Whether a conversion writes such lines too. Then they count only in a project with `.cu` files.
    pub written: bool,
    /// Whether the file builds the sources: if not, it only shows that another one does.
    pub builds: bool,
}

/// A reason for numerical differences: correct code computes other numbers on another GPU.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// What differs.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
    /// The sign that a file is about the topic.
    pub sign: Sign,
}

/// A reason why converted code can be slower than the source is on its own GPU.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cost {
    /// Its name.
    pub name: &'static str,
    /// What is slower.
    pub what: &'static str,
    /// Why it is slower.
    pub why: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
    /// Converted code that calls one of these helpers has the cost.
    pub helpers: &'static [&'static str],
    /// A finding of one of these rules has the cost.
    pub rules: &'static [&'static str],
}

/// A definition of a shadow header for names whose conversion is no plain rename. The definition does the same as CUDA's name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shadow {
    /// The names of CUDA.
    pub names: &'static [&'static str],
    /// The parameters of the macro in parentheses, or empty. If there are some, each use of the name has to be a call.
    pub parameters: &'static str,
    /// The text that replaces the name; `$` is the name without the underscores at its beginning.
    pub text: &'static str,
    /// The text in C, if `text` is C++; empty if the name has no definition in C.
    pub c: &'static str,
    /// The rules whose findings about the name need no edit with this definition.
    pub rules: &'static [&'static str],
    /// Headers of HIP that contain the name too and that the runtime header does not include. They are included first.
    pub behind: &'static [&'static str],
    /// Whether the name has no definition in a project with headers of other libraries, because these can contain the name.
    pub alone: bool,
    /// Where the facts come from.
    pub source: &'static str,
}

/// The sign that a file is about a topic.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// The code has one of these identifiers.
    Words(&'static [&'static str]),
    /// The code has one of these identifiers and computes with floating point.
    FloatingWords(&'static [&'static str]),
    /// The code has an identifier that begins with the first text and contains one of the others after it.
    Prefix(&'static str, &'static [&'static str]),
    /// A file that is not code contains one of these parts of options.
    Options(&'static [&'static str]),
}
