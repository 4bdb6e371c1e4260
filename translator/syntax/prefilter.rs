//! A quick look whether a file can hold anything to translate at all.
//!
//! It only ever says "perhaps": a wrong "no" would lose a rename, so a test checks it against every table name.

use aho_corasick::{AhoCorasick, MatchKind};

/// Bytes at least one of which stands in every CUDA name, header and construct of the tables.
const HINTS: &[&str] = &[
    "cuda", "CUDA", "Cuda", "cublas", "CUBLAS", "cufft", "CUFFT", "curand", "CURAND", "cusparse", "CUSPARSE",
    "cusolver", "CUSOLVER", "cudnn", "CUDNN", "cutensor", "CUTENSOR", "cuFile", "CUFILE", "cutlass", "cupti", "CUPTI",
    "cub::", "cub/", "CUB_", "thrust", "THRUST", "nccl", "NCCL", "nvtx", "nvml", "NVML", "nvrtc", "NVRTC", "nvcuda",
    "nvJitLink", "nv_", "NV_", "__NV", "libcu", "cuComplex", "cuDoubleComplex", "cuFloatComplex", "CU_", "CUs", "CUd",
    "CUc", "CUm", "CUe", "CUf", "CUa", "CUr", "CUt", "CUg", "CUl", "CUk", "CUj", "CUi", "CUo", "CUp", "CUu", "CUx",
    "CUv", "CUw", "CUDNN", "cuA", "cuB", "cuC", "cuD", "cuE", "cuF", "cuG", "cuH", "cuI", "cuJ", "cuK", "cuL", "cuM",
    "cuN", "cuO", "cuP", "cuR", "cuS", "cuT", "cuU", "cuW", "cooperative_groups", "wmma", "<<<", "<< <", "__global__",
    "__device__", "__host__", "__shared__", "__constant__", "__managed__", "__launch_bounds__", "__shfl", "__ballot",
    "__any", "__all", "__activemask", "__syncwarp", "__match_", "__reduce_", "warpSize", "threadIdx", "blockIdx",
    "blockDim", "gridDim", "asm", "texture", "surface", "tex1D", "tex2D", "tex3D", "__ld", "__st", "mma.h", "npp",
    "nvjpeg", "nvToolsExt", "nvvm", "nvgraph", "nvshmem", "helper_", "math_constants", "device_functions",
    "driver_types", "library_types", "vector_types", "channel_descriptor", "device_launch_parameters", "sm_", "crt/",
    ".cu\"", ".cu>", "__dp", "__v", "__half", "half2", "bfloat16", "fp8", "fp6", "fp4", "atomic", "__nanosleep",
    "__trap", "__brkpt", "__is", "__threadfence", "__syncthreads", "clock64", "__prof",
];

/// The compiled hints.
pub struct Prefilter {
    automaton: AhoCorasick,
}

impl Prefilter {
    /// Compiles the hints; `extra` are names of a user's own tables.
    pub fn new<'a>(extra: impl IntoIterator<Item = &'a str>) -> Self {
        let hints = HINTS.iter().copied().chain(extra);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(hints)
            .expect("a few hundred short patterns fit an automaton");
        Self { automaton }
    }

    /// Whether `bytes` may hold something to translate.
    pub fn may_hold_cuda(&self, bytes: &[u8]) -> bool {
        self.automaton.is_match(bytes)
    }
}
