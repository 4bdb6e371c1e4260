//! Decides on which architectures a unit is compiled. Where the result of compiling cannot differ, one architecture represents
//! the others.
//!
//! A unit depends on the features of the architecture if its text contains, outside of comments, one of these words:
//!
//! - a word that starts with `__` and is not in the list of neutral words;
//! - a word with a part for something that differs: atomics, textures, small floats, assembly, matrix instructions, clocks, and
//!   random numbers;
//! - a name of the support header that is not about waves.
//!
//! A unit with words about waves and lanes, and with none of these, depends on the lanes of a wave alone. One architecture of each
//! wave size represents those for which the converter writes the same text. Library headers such as hipCUB's differ too, but the
//! code that calls them does not, unless it has another of these words; and one pass over them takes seconds.
//!
//! A neutral word that is missing in the list only costs time. A wrong word in the list would hide an error. So the lists are
//! short, and `TRANSHIP_ARCH=all` compiles everything for every architecture.

use super::headers::without_comments;
use super::inputs::Inputs;
use super::toolchain::SUPPORT;

/// Words with two underscores that have the same meaning on every AMD architecture. Words of CUDA's compiler are neutral
/// because HIP defines none of them.
const NEUTRAL: &[&str] = &[
    "__align__",
    "__constant__",
    "__cplusplus",
    "__CUDA_ARCH__",
    "__CUDACC__",
    "__device__",
    "__FILE__",
    "__forceinline__",
    "__func__",
    "__FUNCTION__",
    "__global__",
    "__HIP__",
    "__HIP_DEVICE_COMPILE__",
    "__HIPCC__",
    "__HIP_PLATFORM_AMD__",
    "__host__",
    "__inline__",
    "__launch_bounds__",
    "__LINE__",
    "__managed__",
    "__noinline__",
    "__NVCC__",
    "__restrict",
    "__restrict__",
    "__shared__",
    "__syncthreads",
    "__VA_ARGS__",
];

/// Parts of words, in lower case, for things that differ between waves of 32 and of 64 lanes.
const WAVE_PARTS: &[&str] = &[
    "activemask",
    "ballot",
    "block_tile",
    "coalesced",
    "cooperative",
    "lane",
    "shfl",
    "tiled_partition",
    "vote",
    "warp",
    "wave",
];

/// Parts of words, in lower case, for things that differ between architectures.
const PARTS: &[&str] = &[
    "amdgcn",
    "asm",
    "atomic",
    "bf16",
    "bfloat",
    "clock",
    "e4m3",
    "e5m2",
    "fp16",
    "fp4",
    "fp6",
    "fp8",
    "gfx",
    "half",
    "mma",
    "rand_kernel",
    "surf",
    "tex1d",
    "tex2d",
    "tex3d",
    "texcube",
    "texture",
];

/// Whether the text of a unit or of its includes compiles other code for the host than for the device. If not, a device pass
/// finds every error of a host pass: clang checks the functions of both sides in both passes.
pub(crate) fn tells_sides_apart(inputs: &Inputs) -> bool {
    let words = ["__HIP_DEVICE_COMPILE__", "__CUDA_ARCH__", "__AMDGCN__", "__NVPTX__"];
    inputs.without(SUPPORT).any(|text| words.iter().any(|word| text.contains(word)))
}

/// What the result of compiling a unit depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependence {
    /// On the text alone.
    Text,
    /// On the text and on the lanes of a wave.
    Wave,
    /// On the features of the architecture.
    Features,
}

/// What the result of compiling a unit with `inputs` depends on. A unit of the text alone may include the support header, whose parts
/// other units use.
pub(crate) fn dependence(inputs: &Inputs) -> Dependence {
    let found = inputs.without(SUPPORT).map(|text| dependence_of(&text).0);
    found.max().unwrap_or(Dependence::Text)
}

/// The lanes of a wave of `arch`.
pub(crate) fn lanes(arch: &str) -> u32 {
    if arch.starts_with("gfx9") { 64 } else { 32 }
}

/// What the result of compiling `text` depends on, with the first word that says it.
fn dependence_of(text: &str) -> (Dependence, Option<String>) {
    let code = without_comments(text);
    let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let mut highest = (Dependence::Text, None);
    let mut is_of_support = false;
    for word in words {
        let found = dependence_of_word(word, is_of_support);
        if found > highest.0 {
            highest = (found, Some(word.to_owned()));
        }
        is_of_support = word == "tranship";
    }
    highest
}

/// The same for one word; `is_of_support` is whether it is a name of the support header.
fn dependence_of_word(word: &str, is_of_support: bool) -> Dependence {
    let lower = word.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let is_of_waves = lower == "cg" || has(WAVE_PARTS);
    let is_unknown = || word.starts_with("__") && !NEUTRAL.contains(&word);
    match is_of_waves {
        _ if has(PARTS) => Dependence::Features,
        true => Dependence::Wave,
        false if is_of_support || is_unknown() => Dependence::Features,
        false => Dependence::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::Dependence::{Features, Text, Wave};
    use super::dependence_of;

    #[test]
    fn arithmetic_and_memory_do_not_depend_on_the_architecture() {
        let text = "#include <hip/hip_runtime.h>\n// One warp, __shfl_sync.\n\
            __global__ void add(float *a, const float *b) {\n  __shared__ float s[32];\n\
            s[threadIdx.x] = b[threadIdx.x];\n  __syncthreads();\n  volatile float *v = a;\n a[threadIdx.x] += s[0];\n}\n\
            void run(float *a) { hipMalloc(&a, 4); add<<<1, 32>>>(a, a); hipContextText(a); }\n";
        assert_eq!(dependence_of(text), (Text, None));
    }

    #[test]
    fn words_about_waves_depend_on_the_lanes_and_atomics_builtins_and_unknown_words_on_the_architecture() {
        for (text, dependence, word) in [
            ("v = __shfl_down(v, 1, 32);", Wave, "__shfl_down"),
            ("x = warpSize;", Wave, "warpSize"),
            ("x = tranship::ballot(1);", Wave, "ballot"),
            ("cg::sync(block);", Wave, "cg"),
            ("x = __shfl(1, 0); atomicAdd(a, 1.0f);", Features, "atomicAdd"),
            ("x = tranship::dot(1, 2);", Features, "dot"),
            ("#if defined(__GFX12__)", Features, "__GFX12__"),
            ("__builtin_amdgcn_wave_barrier();", Features, "__builtin_amdgcn_wave_barrier"),
            ("#include <hip/hip_fp16.h>", Features, "hip_fp16"),
            ("x = tex2D<float>(t, 0, 0);", Features, "tex2D"),
            ("x = __some_new_function(1);", Features, "__some_new_function"),
        ] {
            assert_eq!(dependence_of(text), (dependence, Some(word.to_owned())));
        }
        assert_eq!(dependence_of("#include \"tranship_hip.h\"\nint a;"), (Text, None));
    }
}
