//! Hostile input costs in proportion to its size: no bracket, condition or known name makes a file quadratic.
//!
//! A test compares the processor time of a text with that of a text eight times as long. Linear work takes 8 times as
//! long, quadratic work 64 times; the limit is 24. Only the time that this thread computes counts, so neither the speed
//! of the machine nor other programs decide. Interruptions still warm and cool caches, which only ever adds time. So each
//! text is measured again until the fastest measurements keep the limit, and a test fails only after `ROUNDS` rounds.
//! Steps of the code would be exact, but counting them needs either a counter in every loop or a simulated processor.

use std::hint::black_box;
use std::time::Duration;

use tranship_engine::cpp::Unit;
use tranship_engine::index::facts::Facts;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::translate::translate;
use tranship_rules::Rules;

const SMALL: usize = 8 << 10;
const LARGE: usize = 8 * SMALL;
/// How much longer the large text may take; linear work takes 8 times as long.
const FACTOR: u32 = 24;
/// A shorter time of the small text counts as this much: it is close to the resolution of the clock.
const LEAST: Duration = Duration::from_millis(20);

/// What precedes the repeated text, what is repeated, and what follows once.
type Run = (&'static str, &'static str, &'static str);

const HEAD: &str = "__global__ void f(int a) {\n";

const RUNS: &[Run] = &[
    ("", "(", ""),
    ("", "[", ""),
    ("", "{", ""),
    ("", ")", ""),
    ("", "a<", ""),
    ("", "a<b, ", ""),
    ("", "f(", ""),
    ("", "FOO(", ""),
    ("", "FOO(a, ", ""),
    ("", "f() ", ""),
    ("", "x = f() ", ""),
    ("", "a::", ""),
    ("", "cub::", ""),
    ("", "thrust::", ""),
    ("", "<<<", ""),
    ("", "k<<<1, ", ""),
    ("", "k<<<1, 1>>>(", ""),
    ("", "k<<<g, b>>>(x);", ""),
    ("", "#if A\n", ""),
    ("", "#if A\n{\n", ""),
    ("", "#if A\n{\n#else\n{\n#endif\n", ""),
    ("", "#elif A\n", ""),
    ("", "#ifdef __HIPCC__\n", ""),
    ("", "#if __CUDA_ARCH__ >= 700\n", ""),
    ("", "#if __CUDA_ARCH__ < 700\n", ""),
    ("#if A\n", "#elif __CUDA_ARCH__ < 700\n", ""),
    ("", "#if A\n#include <cuda_runtime.h>\n", ""),
    ("", "#define A(", ""),
    ("", "namespace a = ", ""),
    ("", "namespace a = b;\n", ""),
    ("", "extern \"C\" {", ""),
    ("", "template <", ""),
    ("", "struct A {", ""),
    ("", "cudaStream_t ", ""),
    ("", "cudaMalloc(", ""),
    ("", "cudaMallocHost(&p, ", ""),
    ("", "cudaMemcpyToSymbol(a, b, ", ""),
    ("", "using cudaStream_t = ", ""),
    ("", "__global__ void k() {", ""),
    ("", "__device__ void f(int a) { __shfl(a, 1); }\n", ""),
    ("", "int operator+(int a, int b);\n", ""),
    ("", "float4 operator+=(float4 &a, float4 b) { }\n", ""),
    ("", "a.b(", ""),
    ("", "operator ", ""),
    (HEAD, "asm(\"mov.u32 %0, a;\");\n", "}"),
    ("", "asm(\"mov.u32 %0, a;\");\n", ""),
    (HEAD, "__shfl_sync(m, ", "}"),
    (HEAD, "x = __shfl_sync(m, a, 1);\n", "}"),
    (HEAD, "unsigned m = __ballot_sync(m, 1);\n", "}"),
    (HEAD, "x[1] = __ballot(1);\n", "}"),
    (HEAD, "a<warpSize, ", "}"),
    (HEAD, "warpSize + ", "1; }"),
    (HEAD, "warpSize, ", "1; }"),
    (HEAD, "int warpSize = 1; ", "}"),
    (HEAD, "{ int warpSize; ", "}"),
    (HEAD, "int a, warpSize, ", "}"),
    (HEAD, "for (int warpSize : ", "}"),
    (HEAD, "[warpSize = ", "}"),
    ("", "int f(int warpSize);\n", ""),
    ("", "template <int warpSize> ", ""),
    ("", "struct A { int warpSize; int f(); };\nint A::f() { return warpSize; }\n", ""),
    (HEAD, "CUdeviceptr p; ", "}"),
    (HEAD, "x = threadIdx, ", "}"),
    (HEAD, "g(threadIdx, ", "}"),
    (HEAD, "volatile float *v; ", "}"),
    (HEAD, "register int ", "}"),
    (HEAD, "atomicAdd(&x, 1);\n", "}"),
    (HEAD, "dim3 a; k<<<a, a>>>();\n", "}"),
    (HEAD, "cg::sync(b);\n", "}"),
    (HEAD, "__hmax2(a, b);\n", "}"),
    (HEAD, "if (a) b; else ", "}"),
    (HEAD, "if (a) ", "cudaMallocHost(&p, 4; }"),
    (HEAD, "memcpy(a, b, 4);\n", "}"),
    ("", "void f() { memcpy(a, b, 4); }\n", ""),
    (HEAD, "{1}, ", "}"),
    (HEAD, "*", "p; cudaMallocHost(&p, 4); }"),
    (HEAD, "a + ", "cudaMallocHost(&p, 4); }"),
    (HEAD, "cudaMallocHost(&p, 4);\n", "}"),
    (HEAD, "cudaMallocHost(&p, 4;\n", "}"),
    ("nvrtcCreateProgram(a, b);", "\"__global__ {\" ", ""),
    ("nvrtcCreateProgram(a, b);", "\"-G\", ", ""),
    ("const char *s = \"x\";", "nvrtcCreateProgram(&p, s, 0, 0, 0, 0);\n", ""),
    ("", "s = \"-G\"; nvrtcCompileProgram(p, 1, s);\n", ""),
];

/// The same for other languages, each with the name of a file.
const FILES: &[(&str, Run)] = &[
    ("build.rs", ("", "f(", "")),
    ("build.rs", ("", "[\"-G\", ", "")),
    ("build.rs", ("", ".arg(\"--extended-lambda\")", "")),
    ("build.rs", ("", "if hip { ", "")),
    ("build.rs", ("", "/*", "")),
    ("build.rs", ("", "r#\"", "")),
    ("setup.py", ("import torch\n", "f(libraries=[\"cublas\"])\n", "")),
    ("setup.py", ("import torch\n", "[a if hip else ", "")),
    ("setup.py", ("cpp_extension\n", "f(CUDA_HOME, ", "")),
    ("setup.py", ("", "\"__global__ {\" ", "")),
    ("setup.py", ("", "f(\"__global__ {\", ", "")),
    ("CMakeLists.txt", ("", "if(NOT CMAKE_CUDA_ARCHITECTURES)\n", "")),
    (
        "CMakeLists.txt",
        ("if(NOT CMAKE_CUDA_ARCHITECTURES)\n", "set(CMAKE_CUDA_ARCHITECTURES 70)\n", "endif()\n"),
    ),
    ("CMakeLists.txt", ("", "list(APPEND A --extended-lambda)\n", "")),
    ("pyproject.toml", ("", "\"pynvml\", ", "")),
    ("Dockerfile", ("FROM ", "a/", "")),
    ("solver.cuf", ("", "attributes(", "")),
];

/// Text that is repeated, and then as often the text that closes it.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("{", "}"),
    ("a(", ")"),
    ("FOO(", ")"),
    ("a<", ">"),
    ("[&](){", "}"),
    ("if (a) {", "}"),
    ("__shfl_sync(m, ", ", 1)"),
    ("cudaMallocHost(&p, ", ")"),
    ("cudaMemcpyToSymbol(a, b, ", ")"),
    ("k<<<1, 1>>>(", ")"),
    ("namespace a {", "}"),
    ("extern \"C\" {", "}"),
    ("#if A\n", "\n#endif\n"),
    ("#ifdef __HIPCC__\n", "\n#endif\n"),
    ("#if __CUDA_ARCH__ < 700\n", "\n#endif\n"),
];

fn run(&(head, unit, tail): &Run, size: usize) -> String {
    [head, &unit.repeat(size / unit.len()), tail].concat()
}

fn nest(&(open, close): &(&str, &str), size: usize) -> String {
    let times = size / (open.len() + close.len());
    ["void f(int m) {\n", &open.repeat(times), &close.repeat(times), ";\n}\n"].concat()
}

/// How often a text is measured before it counts as slow.
const ROUNDS: usize = 8;

/// Processor time that this thread has used.
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("processor time is never negative")
}

/// What translating `text` costs, both passes together.
fn cost(context: &Context, path: &str, text: String) -> Duration {
    let source = Source::new(path, text);
    let start = now();
    if source.lang.is_cpp() {
        black_box(Facts::of(&Unit::new(&source, &context.guards), &context.rules));
    }
    black_box(translate(&source, context).output(&source).len());
    now().saturating_sub(start)
}

/// The cost of a small and of a large text when it grows faster than the text; `None` when it does not. `measure` gets
/// a size and gives a cost.
fn out_of_proportion(measure: impl Fn(usize) -> Duration) -> Option<(Duration, Duration)> {
    let (mut small, mut large) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        small = small.min(measure(SMALL));
        large = large.min(measure(LARGE));
        if large <= small.max(LEAST) * FACTOR {
            return None;
        }
    }
    Some((small, large))
}

/// What is wrong with the costs of `text`, which makes a CUDA source of a size.
fn check(context: &Context, name: &str, text: impl Fn(usize) -> String) -> Option<String> {
    check_file(context, "a.cu", name, text)
}

/// The same for a file at `path`.
fn check_file(context: &Context, path: &str, name: &str, text: impl Fn(usize) -> String) -> Option<String> {
    let (small, large) = out_of_proportion(|size| cost(context, path, text(size)))?;
    Some(format!("{name}: {small:?}, eight times as much takes {large:?}"))
}

#[test]
fn repeated_text_costs_in_proportion() {
    let context = Context::new(Rules::builtin());
    let slow: Vec<_> =
        RUNS.iter().filter_map(|one| check(&context, &format!("{one:?}"), |size| run(one, size))).collect();
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[test]
fn repeated_text_of_other_languages_costs_in_proportion() {
    let context = Context::new(Rules::builtin());
    let check = |(path, one): &(&str, Run)| {
        check_file(&context, path, &format!("{path} {one:?}"), |size| run(one, size))
    };
    let slow: Vec<_> = FILES.iter().filter_map(check).collect();
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[test]
fn nested_text_costs_in_proportion() {
    let context = Context::new(Rules::builtin());
    let slow: Vec<_> =
        NESTS.iter().filter_map(|one| check(&context, &format!("{one:?}"), |size| nest(one, size))).collect();
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Made-up costs: one that grows with the square of the size is found, one in proportion is not.
#[test]
fn quadratic_costs_are_found() {
    let nanoseconds = |size: usize| Duration::from_nanos(size as u64);
    assert!(out_of_proportion(|size| nanoseconds(size * size)).is_some());
    assert!(out_of_proportion(|size| nanoseconds(size * SMALL)).is_none());
}
