//! The blocks that only the built-in tables may have: lists, architectures and products.

use serde::Deserialize;

use crate::intern;
use crate::lists::{
    Architecture, Cost, HipBuild, Kept, List, OtherBuild, PortableLayer, Product, Shadow, Sign, Topic,
    Vendored,
};

/// A list of words that code looks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListEntry {
    /// Its name in kebab-case; code uses `list::NAME`.
    name: String,
    /// What the words are.
    what: String,
    /// The words.
    words: Vec<String>,
    /// Where the facts come from.
    #[serde(default)]
    source: String,
}

impl ListEntry {
    pub(crate) fn into_list(self) -> List {
        List {
            name: intern::text(self.name),
            what: intern::text(self.what),
            words: intern::texts(self.words),
            source: intern::text(self.source),
        }
    }
}

/// A CUDA library that projects often contain a copy of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendoredEntry {
    /// The name of the library.
    name: String,
    /// The end of the path of its main header.
    header: String,
    /// What to do with the copy: an imperative.
    todo: String,
    /// The beginning of the names of its files, if the copy stays as it is.
    #[serde(default)]
    stays: String,
    /// Whether a copy with its folder in code of others stays as it is, with all its files.
    #[serde(default)]
    tree: bool,
    /// Whether it compiles for HIP by itself.
    #[serde(default)]
    portable: bool,
    /// What to do if the library is a git submodule: an imperative.
    #[serde(default)]
    submodule: String,
}

impl VendoredEntry {
    pub(crate) fn into_vendored(self) -> Vendored {
        Vendored {
            name: intern::text(self.name),
            header: intern::text(self.header),
            todo: intern::text(self.todo),
            stays: intern::text(self.stays),
            submodule: intern::text(self.submodule),
            tree: self.tree,
            portable: self.portable,
        }
    }
}

/// GPU architectures of AMD that have the same figures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchitectureEntry {
    /// The names for `--arch`.
    names: Vec<String>,
    /// The name of the generation.
    generation: String,
    /// The lanes of a wave.
    wave: u32,
    /// Shared memory of a block in KiB.
    lds: u32,
    /// Vector registers of a lane.
    vgprs: u32,
    /// SIMD units of a compute unit.
    simds: u32,
    /// Waves of a SIMD unit.
    waves: u32,
    /// Its matrix instructions.
    matrix: String,
    /// Its format of 8-bit floats.
    float8: String,
    /// Whether it has texture units.
    images: bool,
    /// The types of atomic additions.
    atomics: String,
    /// The bytes of copies to shared memory.
    copies: String,
    /// Whether it has `v_bitop3_b32`.
    #[serde(default)]
    bitop3: bool,
    /// Blocks of a compute unit.
    blocks: u32,
}

impl ArchitectureEntry {
    pub(crate) fn into_architecture(self) -> Architecture {
        let Self { wave, lds, vgprs, simds, waves, images, bitop3, blocks, .. } = self;
        let (names, generation) = (intern::texts(self.names), intern::text(self.generation));
        let (matrix, float8) = (intern::text(self.matrix), intern::text(self.float8));
        let (atomics, copies) = (intern::text(self.atomics), intern::text(self.copies));
        Architecture {
            names,
            generation,
            wave,
            lds,
            vgprs,
            simds,
            waves,
            matrix,
            float8,
            images,
            atomics,
            copies,
            bitop3,
            blocks,
        }
    }
}

/// A product with a GPU of AMD.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductEntry {
    /// Its name.
    name: String,
    /// Its architecture.
    target: String,
    /// The compute units of one device.
    #[serde(default)]
    units: u32,
    /// The L2 cache of one device in MiB.
    #[serde(default)]
    cache: u32,
}

impl ProductEntry {
    pub(crate) fn into_product(self) -> Product {
        let Self { units, cache, .. } = self;
        Product { name: intern::text(self.name), target: intern::text(self.target), units, cache }
    }
}

/// A library that runs code on the GPUs of several vendors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortableLayerEntry {
    /// The name of its CMake package.
    package: String,
    /// How its backend for HIP is chosen: an imperative.
    todo: String,
}

impl PortableLayerEntry {
    pub(crate) fn into_layer(self) -> PortableLayer {
        PortableLayer { package: intern::text(self.package), todo: intern::text(self.todo) }
    }
}

/// Names that work under ROCm as they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptEntry {
    names: Vec<String>,
    what: String,
    why: String,
    source: String,
}

impl KeptEntry {
    pub(crate) fn into_kept(self) -> Kept {
        Kept {
            names: intern::texts(self.names),
            what: intern::text(self.what),
            why: intern::text(self.why),
            source: intern::text(self.source),
        }
    }
}

/// Build files that are not converted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtherBuildEntry {
    /// The ends of the file names.
    files: Vec<String>,
    /// Texts in a build that compiles or links CUDA.
    marks: Vec<String>,
    /// What to do instead: an imperative.
    todo: String,
}

impl OtherBuildEntry {
    pub(crate) fn into_build(self) -> OtherBuild {
        OtherBuild {
            files: intern::texts(self.files),
            marks: intern::texts(self.marks),
            todo: intern::text(self.todo),
        }
    }
}

/// Signs in a build file that the project has a build for HIP of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HipBuildEntry {
    /// The ends of the file names.
    files: Vec<String>,
    /// Texts of a line; none if the name of the file is the sign.
    #[serde(default)]
    marks: Vec<String>,
    /// A text that the file also has.
    #[serde(default)]
    holds: String,
    /// How the build is started.
    build: String,
    /// Whether the mark counts only beside CUDA.
    #[serde(default)]
    beside_cuda: bool,
    /// Whether a conversion writes such lines too.
    #[serde(default)]
    written: bool,
    /// Whether the file builds the sources.
    #[serde(default = "yes")]
    builds: bool,
}

fn yes() -> bool {
    true
}

impl HipBuildEntry {
    pub(crate) fn into_build(self) -> HipBuild {
        HipBuild {
            files: intern::texts(self.files),
            marks: intern::texts(self.marks),
            holds: intern::text(self.holds),
            build: intern::text(self.build),
            beside_cuda: self.beside_cuda,
            written: self.written,
            builds: self.builds,
        }
    }
}

/// A reason why converted code can be slower.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CostEntry {
    /// Its name.
    name: String,
    /// What is slower.
    what: String,
    /// Why it is slower.
    why: String,
    /// What to do.
    todo: String,
    /// Where the fact comes from.
    source: String,
    /// Helpers of the support header.
    #[serde(default)]
    helpers: Vec<String>,
    /// Rules.
    #[serde(default)]
    rules: Vec<String>,
}

impl CostEntry {
    pub(crate) fn into_cost(self) -> Cost {
        Cost {
            name: intern::text(self.name),
            what: intern::text(self.what),
            why: intern::text(self.why),
            todo: intern::text(self.todo),
            source: intern::text(self.source),
            helpers: intern::texts(self.helpers),
            rules: intern::texts(self.rules),
        }
    }
}

/// A definition of a shadow header, with the fields of [`Shadow`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShadowEntry {
    names: Vec<String>,
    #[serde(default)]
    parameters: String,
    text: String,
    #[serde(default)]
    c: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    behind: Vec<String>,
    #[serde(default)]
    alone: bool,
    source: String,
}

impl ShadowEntry {
    pub(crate) fn into_shadow(self) -> Shadow {
        Shadow {
            names: intern::texts(self.names),
            parameters: intern::text(self.parameters),
            text: intern::text(self.text),
            c: intern::text(self.c),
            rules: intern::texts(self.rules),
            behind: intern::texts(self.behind),
            alone: self.alone,
            source: intern::text(self.source),
        }
    }
}

/// A reason for numerical differences, and one of the four signs that a file is about this topic.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopicEntry {
    /// Its name.
    name: String,
    /// What differs.
    what: String,
    /// What to do.
    todo: String,
    /// Where the fact comes from.
    source: String,
    /// The code has one of these identifiers.
    words: Option<Vec<String>>,
    /// The code has one of these identifiers and computes with floating point.
    floating_words: Option<Vec<String>>,
    /// The code has an identifier with this prefix and one of `parts` after it.
    prefix: Option<String>,
    #[serde(default)]
    parts: Vec<String>,
    /// A file that is not code contains one of these parts of options.
    options: Option<Vec<String>>,
}

impl TopicEntry {
    pub(crate) fn into_topic(self) -> Result<Topic, String> {
        let sign = match (self.words, self.floating_words, self.prefix, self.options) {
            (Some(words), None, None, None) => Sign::Words(intern::texts(words)),
            (None, Some(words), None, None) => Sign::FloatingWords(intern::texts(words)),
            (None, None, Some(prefix), None) => Sign::Prefix(intern::text(prefix), intern::texts(self.parts)),
            (None, None, None, Some(options)) => Sign::Options(intern::texts(options)),
            _ => {
                let name = self.name;
                return Err(format!(
                    "`{name}`: write one of `words`, `floating_words`, `prefix` and `options`"
                ));
            }
        };
        let (name, what) = (intern::text(self.name), intern::text(self.what));
        Ok(Topic { name, what, todo: intern::text(self.todo), source: intern::text(self.source), sign })
    }
}
