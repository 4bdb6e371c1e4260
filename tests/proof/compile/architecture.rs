//! Decides whether the architecture can change how a unit compiles. Where it cannot, one architecture represents all.
//!
//! A unit touches the architecture when converting it for another one gives another text, or when its text contains,
//! outside of comments, one of these:
//!
//! - a word that starts with `__` and is not on the list of words which mean the same everywhere;
//! - a word with a part that names something which differs: warps, lanes, atomics, textures, small floats, assembly,
//!   matrix instructions, clocks, the support header, and libraries whose device code differs.
//!
//! A word that is wrongly taken for one of these costs time; one that is missed would hide an error. So the list of
//! neutral words is the short one, and `TRANSHIP_ARCH=all` compiles everything for every architecture.

use super::headers::without_comments;
use super::inputs::Inputs;

/// Words with two underscores that mean the same on every AMD architecture, those of CUDA's compiler because HIP defines
/// none of them.
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

/// Parts of words, in lower case, that name what differs between architectures.
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
    "hipcub",
    "lane",
    "mma",
    "rand_kernel",
    "rocprim",
    "shfl",
    "surf",
    "tex1d",
    "tex2d",
    "tex3d",
    "texcube",
    "texture",
    "thrust",
    "tiled_partition",
    "tranship",
    "vote",
    "warp",
    "wave",
];

/// Whether the text of a unit or of what it includes touches the architecture.
pub(crate) fn touches(inputs: &Inputs) -> bool {
    inputs.texts().any(|text| touching_word(&text).is_some())
}

/// The first word of `text` that touches the architecture.
fn touching_word(text: &str) -> Option<String> {
    let code = without_comments(text);
    let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| is_touching(word)).map(str::to_owned)
}

fn is_touching(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["cg", "cub"].contains(&lower.as_str())
        || PARTS.iter().any(|part| lower.contains(part))
        || word.starts_with("__") && !NEUTRAL.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::touching_word;

    #[test]
    fn plain_arithmetic_and_memory_touch_nothing() {
        let text = "#include <hip/hip_runtime.h>\n// One warp, __shfl_sync.\n\
            __global__ void add(float *a, const float *b) {\n  __shared__ float s[32];\n\
            s[threadIdx.x] = b[threadIdx.x];\n  __syncthreads();\n  volatile float *v = a;\n a[threadIdx.x] += s[0];\n}\n\
            void run(float *a) { hipMalloc(&a, 4); add<<<1, 32>>>(a, a); hipContextText(a); }\n";
        assert_eq!(touching_word(text), None);
    }

    #[test]
    fn warps_atomics_builtins_and_unknown_words_touch_the_architecture() {
        for (text, word) in [
            ("v = __shfl_down(v, 1, 32);", "__shfl_down"),
            ("atomicAdd(a, 1.0f);", "atomicAdd"),
            ("x = warpSize;", "warpSize"),
            ("x = tranship::ballot(1);", "tranship"),
            ("#if defined(__GFX12__)", "__GFX12__"),
            ("__builtin_amdgcn_s_sleep(1);", "__builtin_amdgcn_s_sleep"),
            ("#include <hip/hip_fp16.h>", "hip_fp16"),
            ("#include <hipcub/hipcub.hpp>", "hipcub"),
            ("cg::sync(block);", "cg"),
            ("x = tex2D<float>(t, 0, 0);", "tex2D"),
            ("x = __some_new_function(1);", "__some_new_function"),
        ] {
            assert_eq!(touching_word(text).as_deref(), Some(word));
        }
    }
}
