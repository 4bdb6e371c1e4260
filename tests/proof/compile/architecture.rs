//! Decides whether the result of compiling a unit can depend on the architecture. If not, one architecture represents all.
//!
//! A unit depends on the architecture if converting it for another architecture gives another text, or if its text contains,
//! outside of comments, one of these words:
//!
//! - a word that starts with `__` and is not in the list of neutral words;
//! - a word with a part for something that differs: warps, lanes, atomics, textures, small floats, assembly, matrix
//!   instructions, clocks, the support header, and random numbers. Library headers such as hipCUB's differ too, but the code
//!   that calls them does not, unless it has another of these words; and one pass over them takes seconds.
//!
//! A neutral word that is missing in the list only costs time. A wrong word in the list would hide an error. So the list is
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

/// Parts of words, in lower case, for things that differ between architectures.
const PARTS: &[&str] = &[
    "activemask",
    "amdgcn",
    "asm",
    "atomic",
    "ballot",
    "bf16",
    "bfloat",
    "block_tile",
    "clock",
    "coalesced",
    "cooperative",
    "e4m3",
    "e5m2",
    "fp16",
    "fp4",
    "fp6",
    "fp8",
    "gfx",
    "half",
    "lane",
    "mma",
    "rand_kernel",
    "shfl",
    "surf",
    "tex1d",
    "tex2d",
    "tex3d",
    "texcube",
    "texture",
    "tiled_partition",
    "tranship",
    "vote",
    "warp",
    "wave",
];

/// Whether the text of a unit or of its includes compiles other code for the host than for the device. If not, a device pass
/// finds every error of a host pass: clang checks the functions of both sides in both passes.
pub(crate) fn tells_sides_apart(inputs: &Inputs) -> bool {
    let words = ["__HIP_DEVICE_COMPILE__", "__CUDA_ARCH__", "__AMDGCN__", "__NVPTX__"];
    inputs.without(SUPPORT).any(|text| words.iter().any(|word| text.contains(word)))
}

/// Whether the text of a unit or of its includes depends on the architecture.
pub(crate) fn touches(inputs: &Inputs) -> bool {
    inputs.texts().any(|text| touching_word(&text).is_some())
}

/// The first word of `text` that depends on the architecture.
fn touching_word(text: &str) -> Option<String> {
    let code = without_comments(text);
    let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| is_touching(word)).map(str::to_owned)
}

fn is_touching(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower == "cg"
        || PARTS.iter().any(|part| lower.contains(part))
        || word.starts_with("__") && !NEUTRAL.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::touching_word;

    #[test]
    fn arithmetic_and_memory_do_not_depend_on_the_architecture() {
        let text = "#include <hip/hip_runtime.h>\n// One warp, __shfl_sync.\n\
            __global__ void add(float *a, const float *b) {\n  __shared__ float s[32];\n\
            s[threadIdx.x] = b[threadIdx.x];\n  __syncthreads();\n  volatile float *v = a;\n a[threadIdx.x] += s[0];\n}\n\
            void run(float *a) { hipMalloc(&a, 4); add<<<1, 32>>>(a, a); hipContextText(a); }\n";
        assert_eq!(touching_word(text), None);
    }

    #[test]
    fn warps_atomics_builtins_and_unknown_words_depend_on_the_architecture() {
        for (text, word) in [
            ("v = __shfl_down(v, 1, 32);", "__shfl_down"),
            ("atomicAdd(a, 1.0f);", "atomicAdd"),
            ("x = warpSize;", "warpSize"),
            ("x = tranship::ballot(1);", "tranship"),
            ("#if defined(__GFX12__)", "__GFX12__"),
            ("__builtin_amdgcn_s_sleep(1);", "__builtin_amdgcn_s_sleep"),
            ("#include <hip/hip_fp16.h>", "hip_fp16"),
            ("cg::sync(block);", "cg"),
            ("x = tex2D<float>(t, 0, 0);", "tex2D"),
            ("x = __some_new_function(1);", "__some_new_function"),
        ] {
            assert_eq!(touching_word(text).as_deref(), Some(word));
        }
    }
}
