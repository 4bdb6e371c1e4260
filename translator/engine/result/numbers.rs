//! What correct code may compute otherwise on another GPU: told by the words that a file uses.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cpp::conditions::Guards;
use crate::cpp::{Token, TokenKind, Unit};
use crate::source::Source;
use crate::text::Lines;

/// One reason for other numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// What differs.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
    told_by: ToldBy,
}

/// How a file shows that it is about a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ToldBy {
    /// One of these identifiers in code.
    Words(&'static [&'static str]),
    /// One of these identifiers, in a file that computes with floating point.
    Floating(&'static [&'static str]),
    /// An identifier that begins and goes on like this.
    Parts(&'static str, &'static [&'static str]),
    /// A piece of an option in any file but code.
    Options(&'static [&'static str]),
}

/// How a file uses what a topic is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NumberUse {
    /// The topic.
    pub topic: &'static str,
    /// The first line, from 1.
    pub line: u32,
    /// How many uses there are.
    pub count: u32,
}

/// All topics, the weightiest first.
pub const TOPICS: &[Topic] = &[
    Topic {
        name: "random sequences",
        what: "the same seed gives other random numbers: of the generators that both sides have, only Sobol32 and Sobol64 give cuRAND's sequence",
        todo: "compare distributions, or draw on the host with one generator for both",
        source: "rocRAND documentation, cuRAND compatibility (ROCm 6.1 and 10.0)",
        told_by: ToldBy::Words(&["curandCreateGenerator", "curandCreateGeneratorHost", "curand_init"]),
    },
    Topic {
        name: "fast math",
        what: "approximate division, square root and functions, and flushed denormals: each GPU has approximations of its own",
        todo: "measure the error with the options and without them; the converted options are the nearest ones",
        source: "CUDA 12.4, nvcc: `--use_fast_math` implies `--ftz=true --prec-div=false --prec-sqrt=false --fmad=true`; clang 19: `-fgpu-approx-transcendentals`",
        told_by: ToldBy::Options(&["use_fast_math", "USE_FAST_MATH"]),
    },
    Topic {
        name: "denormals",
        what: "tiny numbers are flushed to zero, or are not: nvcc and clang keep them by default on gfx9 and newer, and an option says otherwise",
        todo: "set `-fgpu-flush-denormals-to-zero` on the HIP side just where the CUDA side has `-ftz=true`",
        source: "CUDA 12.4, nvcc: `--ftz`; clang 19: `-fgpu-flush-denormals-to-zero`",
        told_by: ToldBy::Options(&["ftz=true", "ftz=false"]),
    },
    Topic {
        name: "division",
        what: "single precision division or square root is approximate by an option of nvcc",
        todo: "set `-fno-hip-fp32-correctly-rounded-divide-sqrt` for the same trade, and measure the error",
        source: "CUDA 12.4, nvcc: `--prec-div`, `--prec-sqrt`; clang 19: `-fhip-fp32-correctly-rounded-divide-sqrt`, on by default",
        told_by: ToldBy::Options(&["prec-div=false", "prec-sqrt=false"]),
    },
    Topic {
        name: "order of atomics",
        what: "threads add in no fixed order, so the last bits of floating-point sums change from run to run, and in another way on each GPU",
        todo: "compare with a tolerance, or sum in a fixed order where results must repeat",
        source: "rocSPARSE documentation, bitwise reproducibility: what uses HIP atomics is not the same from run to run",
        told_by: ToldBy::Floating(&[
            "atomicAdd",
            "atomicAdd_block",
            "atomicAdd_system",
            "atomicSub",
            "unsafeAtomicAdd",
        ]),
    },
    Topic {
        name: "exact intrinsics",
        what: "CUDA never fuses the operations of `__fmul_rn` and its like; HIP's are plain operators, which the compiler may contract",
        todo: "compile these files with `-ffp-contract=off`, or put `#pragma clang fp contract(off)` around the code",
        source: "libdevice user's guide (CUDA 11 to 13), `__nv_fmul_rn`: never merged into a multiply-add; `__clang_hip_math.h` (clang 19): `x * y`",
        told_by: ToldBy::Words(&[
            "__fadd_rn",
            "__fsub_rn",
            "__fmul_rn",
            "__dadd_rn",
            "__dsub_rn",
            "__dmul_rn",
        ]),
    },
    Topic {
        name: "approximate functions",
        what: "`__expf` and its like are fast approximations, and `__fdividef` is a plain division on HIP: errors differ",
        todo: "compare with a tolerance of some units in the last place",
        source: "CUDA Math API 11, single precision intrinsics: fast and approximate; `__clang_hip_math.h` (clang 19)",
        told_by: ToldBy::Words(&[
            "__expf",
            "__exp10f",
            "__logf",
            "__log2f",
            "__log10f",
            "__powf",
            "__sinf",
            "__cosf",
            "__sincosf",
            "__tanf",
            "__fdividef",
            "__frsqrt_rn",
        ]),
    },
    Topic {
        name: "sums of libraries",
        what: "dot products, norms and matrix products add in an order that each library chooses for its GPU",
        todo: "compare with a tolerance that grows with the length of the sums",
        source: "cuBLAS documentation, results reproducibility: equal bits only on GPUs of the same architecture and size",
        told_by: ToldBy::Parts("cublas", &["gemm", "Gemm", "gemv", "dot", "nrm2", "asum", "Matmul"]),
    },
    Topic {
        name: "contraction",
        what: "nvcc and clang both fuse multiplications with additions by default, each where it finds it useful, so the last bits of results differ",
        todo: "compare with a tolerance; `-fmad=false` on one side and `-ffp-contract=off` on the other take this difference away",
        source: "CUDA 12.4, nvcc: `--fmad` is true by default; clang: `-ffp-contract=fast-honor-pragmas` is the default of HIP",
        told_by: ToldBy::Floating(&["__global__", "__device__"]),
    },
];

const FLOATING: &[&str] = &[
    "float",
    "double",
    "float2",
    "float3",
    "float4",
    "double2",
    "half",
    "half2",
    "__half",
    "__half2",
    "__nv_bfloat16",
];

/// The topics that `source` is about.
pub(super) fn uses(source: &Source, lines: &Lines, guards: &Guards) -> Vec<NumberUse> {
    if !source.lang.is_cpp() {
        return TOPICS.iter().filter_map(|topic| option(topic, source, lines)).collect();
    }
    let unit = Unit::new(source, guards);
    let is_word = |token: &&Token| token.kind == TokenKind::Identifier;
    let words: Vec<(u32, &[u8])> =
        unit.tokens().iter().filter(is_word).map(|token| (token.start, unit.text(token))).collect();
    let is_floating = words.iter().any(|(_, word)| is_one(word, FLOATING));
    let of = |topic: &Topic| {
        let told = words.iter().filter(|(_, word)| match topic.told_by {
            ToldBy::Words(words) => is_one(word, words),
            ToldBy::Floating(words) => is_floating && is_one(word, words),
            ToldBy::Parts(begin, parts) => word
                .strip_prefix(begin.as_bytes())
                .is_some_and(|rest| parts.iter().any(|part| holds(rest, part))),
            ToldBy::Options(_) => false,
        });
        found(topic, told.map(|(at, _)| *at), lines)
    };
    TOPICS.iter().filter_map(of).collect()
}

fn option(topic: &Topic, source: &Source, lines: &Lines) -> Option<NumberUse> {
    let ToldBy::Options(options) = topic.told_by else { return None };
    let mut places: Vec<u32> = Vec::new();
    for option in options {
        places.extend(memchr::memmem::find_iter(&source.bytes, option).map(|at| at as u32));
    }
    places.sort_unstable();
    found(topic, places.into_iter(), lines)
}

fn found(topic: &Topic, mut places: impl Iterator<Item = u32>, lines: &Lines) -> Option<NumberUse> {
    let first = places.next()?;
    let count = 1 + places.count() as u32;
    Some(NumberUse { topic: topic.name, line: lines.position(first).line, count })
}

fn is_one(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|one| one.as_bytes() == word)
}

fn holds(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(path: &str, text: &str) -> Vec<(&'static str, u32, u32)> {
        let source = Source::new(path, text);
        let found = uses(&source, &Lines::new(&source.bytes), &Guards::default());
        found.into_iter().map(|one| (one.topic, one.line, one.count)).collect()
    }

    #[test]
    fn topics_are_told_by_words_in_code() {
        let text = "// curand_init(\n__device__ void f(int *a) { atomicAdd(a, 1); }\n";
        assert_eq!(topics("a.cu", text), []);
        let text = "\n__device__ void f(float *a) { atomicAdd(a, __expf(1)); atomicAdd(a, 2); }\n";
        let expected = [("order of atomics", 2, 2), ("approximate functions", 2, 1), ("contraction", 2, 1)];
        assert_eq!(topics("a.cu", text), expected);
        assert_eq!(topics("a.cpp", "cublasSgemm(h); cublasSetStream(h);"), [("sums of libraries", 1, 1)]);
    }

    #[test]
    fn options_are_told_in_other_files() {
        assert_eq!(
            topics("Makefile", "a:\n\tnvcc -use_fast_math -ftz=false\n"),
            [("fast math", 2, 1), ("denormals", 2, 1)]
        );
    }
}
