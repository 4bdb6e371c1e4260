//! Runs the rewritten warp functions. Every fixture in `fixtures/warp` runs as CUDA on warps of 32 lanes. Its conversion runs
//! with the support header as HIP, on waves of 64 and of 32 lanes. Both are compiled as C++ for this machine against the shims
//! in `tests/proof/emulation/shim`. They must write equal results wherever CUDA defines the result.
//!
//! A fixture with a line `// run: no (REASON)` is left out. A kernel has the parameters `const T *in, U *out`.

mod halves;
#[path = "../../support/installed.rs"]
mod installed;
#[path = "../../support/mod.rs"]
mod support;
mod textures;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use support::{PROGRAM, root};

/// Releases with different shuffles. Code that is converted for the old release must not need the new one.
const RELEASES: &[(&str, &[&str])] = &[("7.1", &[]), ("5.2", &["-DOLD_SHUFFLE"])];

/// Wrong rewrites: the fixture, the converted file or header, the right text, and the wrong text in its place.
const MUTANTS: &[(&str, &str, &str, &str)] = &[
    ("full-masks", "full-masks.hip", "__shfl_down(v, 16, 32)", "__shfl_down(v, 16)"),
    ("full-masks", "full-masks.hip", "pattern & 31, 32", "pattern, 32"),
    ("full-masks", "full-masks.hip", "__shfl(v, 3, 32)", "__shfl(v, 3)"),
    ("full-masks", "full-masks.hip", "__shfl_up(v, 1, 32)", "__shfl_up(v, 1)"),
    ("reductions", "reductions.hip", "__shfl_xor(v, offset, 32)", "__shfl_xor(v, offset << 1, 64)"),
    ("halves", "tranship_hip.h", "__shfl_up(word, delta, width)", "__shfl_up(word, delta)"),
    ("computed-masks", "tranship_hip.h", "return ballot(predicate) & mask;", "return ballot(predicate);"),
    ("computed-masks", "tranship_hip.h", "(ballot(!predicate) & mask) == 0", "ballot(!predicate) == 0"),
    ("votes", "tranship_hip.h", "(__lane_id() & 32u)", "0"),
    ("votes", "tranship_hip.h", "(__lane_id() & 32u)", "(~__lane_id() & 32u)"),
    ("votes", "tranship_hip.h", "(ballot(!predicate) & mask) == 0", "(ballot(predicate) & mask) == mask"),
    ("match-reduce", "tranship_hip.h", "set ? with : ~with", "with"),
    ("match-reduce", "tranship_hip.h", "bit < 8 * sizeof(Type)", "bit < 32"),
    ("match-reduce", "tranship_hip.h", "unsigned rest = ballot(1) & mask;", "unsigned rest = ballot(1);"),
    ("divergence", "tranship_hip.h", "__builtin_amdgcn_wave_barrier();", ""),
    ("tiles", "tranship_hip.h", " & (0xffffffffu >> (32 - size))", ""),
    (
        "coalesced",
        "tranship_hip.h",
        "return coalesced_group(activemask());",
        "return coalesced_group(__ballot(1));",
    ),
    ("coalesced", "tranship_hip.h", "for (; rank > 0; --rank) rest &= rest - 1;", ""),
    (
        "coalesced",
        "tranship_hip.h",
        "return by_rank(ballot_sync(lanes, predicate));",
        "return ballot_sync(lanes, predicate);",
    ),
    (
        "tiles",
        "tranship_hip.h",
        "if (tile.thread_rank() >= distance) value = op(below, value);",
        "value = op(below, value);",
    ),
    ("group-members", "tranship_hip.h", "if (group.thread_rank() == 0) result", "result"),
    ("group-members", "tranship_hip.h", "room < elements ? room : elements", "elements"),
    (
        "group-members",
        "tranship_hip.h",
        "at < bytes; at += threads * Word",
        "at + 1 < bytes; at += threads * Word",
    ),
    (
        "group-members",
        "group-members.hip",
        "tranship::tile_shfl(four, pair, 2)",
        "tranship::tile_shfl(warp, pair, 2)",
    ),
    ("group-members", "group-members.hip", "1ull * gridDim.x * gridDim.y * gridDim.z)", "1ull * gridDim.y)"),
    ("block-copies", "tranship_hip.h", "while (phase() == token)", "while (false)"),
    ("block-copies", "tranship_hip.h", "((token + 1) & Phase)", "token"),
    ("block-copies", "tranship_hip.h", "expected, __ATOMIC_RELAXED", "expected + 1, __ATOMIC_RELAXED"),
    ("block-copies", "tranship_hip.h", "0 - (1u << PhaseBits)", "0u"),
    (
        "block-copies",
        "tranship_hip.h",
        "wait_parity(!(produced / stages & 1))",
        "wait_parity(produced / stages & 1)",
    ),
    ("block-copies", "tranship_hip.h", "wait_parity(consumed / stages & 1)", "wait_parity(consumed & 1)"),
    ("block-copies", "tranship_hip.h", "emptied[consumed % stages].arrive();", ""),
    (
        "block-copies",
        "tranship_hip.h",
        "copy_words<4>(to, from, bytes, group.thread_rank()",
        "copy_words<4>(to, from, bytes, 1",
    ),
    ("warp-size", "warp-size.hip", "thread() / 32;", "thread() / warpSize;"),
    ("cub-classes", "cub-classes.hip", "hipcub::WarpReduce<T, 32>", "hipcub::WarpReduce<T>"),
    (
        "cub-classes",
        "cub-classes.hip",
        "Load = hipcub::WarpLoad<int, 2, hipcub::WARP_LOAD_DIRECT, 32>",
        "Load = hipcub::WarpLoad<int, 2>",
    ),
    (
        "cub-classes",
        "cub-classes.hip",
        "hipcub::WarpLoad<int, 2, hipcub::WARP_LOAD_STRIPED, 32>",
        "hipcub::WarpLoad<int, 2, hipcub::WARP_LOAD_STRIPED>",
    ),
    (
        "cub-classes",
        "cub-classes.hip",
        "hipcub::WarpStore<int, 2, hipcub::WARP_STORE_DIRECT, 32>",
        "hipcub::WarpStore<int, 2>",
    ),
    ("cub-classes", "cub-classes.hip", "hipcub::WarpExchange<int, 2, 32>", "hipcub::WarpExchange<int, 2>"),
    ("cub-classes", "cub-classes.hip", "hipcub::WarpMergeSort<int, 2, 32>", "hipcub::WarpMergeSort<int, 2>"),
    ("cub-lanes", "cub-lanes.hip", "tranship::lane_id() == 0", "hipcub::LaneId() == 0"),
    ("cub-lanes", "cub-lanes.hip", "thread() >> 5", "thread() / HIPCUB_WARP_THREADS"),
    ("cub-lanes", "tranship_hip.h", "threadIdx.z)) / 32;", "threadIdx.z)) / warpSize;"),
    ("cub-lanes", "cub-lanes.hip", "tranship::all_sync(0xffffffff, ", "hipcub::WARP_ALL(0xffffffff, "),
    ("torch", "torch.hip", "offset = 32 / 2", "offset = C10_WARP_SIZE / 2"),
    ("torch", "torch.hip", "thread() % 32", "thread() % C10_WARP_SIZE"),
    ("torch", "torch.hip", "tranship::ballot(", "WARP_BALLOT("),
];

/// An empty folder for one test.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emulation").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the scratch folder is writable");
    }
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    folder
}

/// The host's C++ compiler; `None` after reporting that it is missing.
fn compiler() -> Option<&'static str> {
    let found = ["g++", "clang++", "clang++-19"].into_iter().find(|name| installed::runs(name));
    if found.is_none() {
        installed::missing("a C++ compiler");
    }
    found
}

/// Runs `build`, a call of a compiler. The error has its messages.
fn compile(build: &mut Command) -> Result<(), String> {
    let output = build.output().expect("the compiler starts");
    if output.status.success() {
        return Ok(());
    }
    Err(format!("does not compile: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The fixtures to run: their names and texts.
fn fixtures() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("fixtures/warp")).expect("fixtures/warp is a folder");
    let paths = entries.map(|entry| entry.expect("fixtures/warp can be read").path());
    let sources = paths.filter(|path| path.extension().is_some_and(|ending| ending == "cu"));
    let mut fixtures: Vec<_> = sources
        .map(|path| {
            let name = path.file_stem().expect("a fixture has a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a fixture is text"))
        })
        .filter(|(_, text)| {
            !text
                .lines()
                .take_while(|line| line.starts_with("//"))
                .any(|line| line.starts_with("// run: no ("))
        })
        .collect();
    fixtures.sort();
    assert!(fixtures.len() >= 8, "only {} fixtures run", fixtures.len());
    fixtures
}

/// The names of the kernels in `text`.
fn kernels(text: &str) -> Vec<&str> {
    let heads = text.split("__global__ void ").skip(1);
    heads.map(|head| head.split('(').next().unwrap_or_default()).collect()
}

/// One program: a fixture compiled against a shim.
struct Program<'a> {
    compiler: &'a str,
    shim: &'a str,
    defines: &'a [&'a str],
    source: PathBuf,
    kernels: PathBuf,
    binary: PathBuf,
}

impl Program<'_> {
    /// Compiles the program. The error has the messages of the compiler.
    fn build(&self) -> Result<(), String> {
        let mut command = Command::new(self.compiler);
        // The shim distinguishes calls by their order and the stack frames between them.
        command.args(["-std=c++17", "-O0", "-fno-omit-frame-pointer", "-w", "-x", "c++"]);
        command.arg("-I").arg(root().join("tests/proof/emulation/shim").join(self.shim)).args(self.defines);
        command.arg(format!("-DFIXTURE=\"{}\"", self.source.display()));
        command.arg(format!("-DKERNELS=\"{}\"", self.kernels.display()));
        command.arg(root().join("tests/proof/emulation/shim/driver.cpp")).arg("-o").arg(&self.binary);
        let ran = command.output().expect("the compiler starts");
        if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
    }

    /// The values that the kernels write, by kernel, shape and index.
    fn run(&self, seed: u32, width: u32) -> Result<BTreeMap<String, String>, String> {
        let ran = Command::new(&self.binary).args([seed.to_string(), width.to_string()]).output();
        let ran = ran.expect("the program starts");
        if !ran.status.success() {
            return Err(String::from_utf8_lossy(&ran.stderr).into_owned());
        }
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let pair =
            |line: &str| line.rsplit_once(' ').map(|(place, value)| (place.to_owned(), value.to_owned()));
        Ok(text.lines().filter_map(pair).collect())
    }
}

/// The results that CUDA defines: those that do not depend on the values read from absent lanes.
fn defined(program: &Program) -> Result<BTreeMap<String, String>, String> {
    program.build()?;
    // With few seeds, a garbage bit could have the same value in every run by chance.
    let mut first = program.run(1, 32)?;
    let all = first.len();
    for seed in 2..=16 {
        let other = program.run(seed, 32)?;
        first.retain(|place, value| other.get(place) == Some(value));
    }
    if first.len() * 2 > all {
        Ok(first)
    } else {
        Err(format!("{} of {all} results are defined", first.len()))
    }
}

/// The defined results of every fixture, computed once for all tests; `None` without a compiler.
static EXPECTED: LazyLock<Option<Expected>> = LazyLock::new(|| {
    let bench = Bench::new("cuda")?;
    let found = Mutex::new(BTreeMap::new());
    let wrong = for_all(&bench.fixtures, |(fixture, _)| {
        let source = root().join(format!("fixtures/warp/{fixture}.cu"));
        let program = bench.program("cuda", &[], source, fixture, "cuda");
        let results = defined(&program).map_err(|error| format!("{fixture}: {error}"));
        results.map(|results| found.lock().expect("no worker panics").insert(fixture.clone(), results)).err()
    });
    assert!(wrong.is_empty(), "{wrong}");
    Some(found.into_inner().expect("no worker panics"))
});

/// The results by fixture, then by kernel, shape and index.
type Expected = BTreeMap<String, BTreeMap<String, String>>;

/// The first difference between the results of `program` and `expected`, on waves of 64 or of 32 lanes.
fn difference(program: &Program, expected: &BTreeMap<String, String>) -> Option<String> {
    if let Err(error) = program.build() {
        return Some(format!("does not compile: {error}"));
    }
    for (seed, width) in [(21, 64), (22, 64), (23, 32)] {
        match program.run(seed, width) {
            Err(error) => return Some(error),
            Ok(written) => {
                let wrong = expected.iter().find(|(place, value)| written.get(*place) != Some(*value));
                if let Some((place, value)) = wrong {
                    let got = written.get(place);
                    return Some(format!("waves of {width}: {place} is {got:?}, CUDA writes {value}"));
                }
            }
        }
    }
    None
}

fn convert(out: &Path, rocm: &str) {
    let mut command = Command::new(PROGRAM);
    command.args(["convert", "--exit-zero", "--rocm", rocm, "--out"]).arg(out);
    let ran = command.arg(root().join("fixtures/warp")).output().expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// The CUDA source of each fixture, and its converted form for each release.
struct Bench {
    folder: PathBuf,
    compiler: &'static str,
    fixtures: Vec<(String, String)>,
}

impl Bench {
    fn new(name: &str) -> Option<Self> {
        let bench = Self { folder: scratch(name), compiler: compiler()?, fixtures: fixtures() };
        for (rocm, _) in RELEASES {
            convert(&bench.folder.join(rocm), rocm);
        }
        for (fixture, text) in &bench.fixtures {
            let lines: Vec<_> = kernels(text).iter().map(|kernel| format!("KERNEL({kernel})\n")).collect();
            fs::write(bench.folder.join(format!("{fixture}.inc")), lines.concat())
                .expect("the scratch folder is writable");
        }
        Some(bench)
    }

    fn program<'a>(
        &'a self,
        shim: &'a str,
        defines: &'a [&'a str],
        source: PathBuf,
        fixture: &str,
        name: &str,
    ) -> Program<'a> {
        let kernels = self.folder.join(format!("{fixture}.inc"));
        let binary = self.folder.join(format!("{fixture}-{name}"));
        Program { compiler: self.compiler, shim, defines, source, kernels, binary }
    }
}

/// Runs `work` for every item, on two threads.
fn for_all<T: Sync>(items: &[T], work: impl Fn(&T) -> Option<String> + Sync) -> String {
    let half = items.len().div_ceil(2).max(1);
    let run = |part: &[T]| part.iter().filter_map(&work).collect::<Vec<_>>();
    let found = std::thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(half).map(|part| scope.spawn(|| run(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("no worker panics")).collect::<Vec<_>>()
    });
    found.join("\n")
}

#[test]
fn converted_kernels_write_the_results_of_cuda() {
    let (Some(expected), Some(bench)) = (&*EXPECTED, Bench::new("all")) else { return };
    let wrong = for_all(&bench.fixtures, |(fixture, _)| {
        let expected = &expected[fixture];
        RELEASES.iter().find_map(|(rocm, defines)| {
            let mut flags = vec!["-DHIP_SHIM", "-D__HIPCC__"];
            flags.extend(*defines);
            let source = bench.folder.join(rocm).join(format!("{fixture}.hip"));
            let program = bench.program("hip", &flags, source, fixture, rocm);
            difference(&program, expected).map(|wrong| format!("{fixture} for ROCm {rocm}: {wrong}"))
        })
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn wrong_rewrites_are_found() {
    let (Some(expected), Some(bench)) = (&*EXPECTED, Bench::new("mutants")) else { return };
    let numbered: Vec<_> = MUTANTS.iter().enumerate().collect();
    let wrong = for_all(&numbered, |(number, (fixture, file, from, to))| {
        let folder = bench.folder.join(format!("mutant-{number}"));
        fs::create_dir_all(&folder).expect("the scratch folder is writable");
        for name in [&format!("{fixture}.hip"), "tranship_hip.h"] {
            let text = fs::read_to_string(bench.folder.join("7.1").join(name)).expect("it was converted");
            let mutated = if name == *file { text.replacen(from, to, 1) } else { text.clone() };
            assert!(name != *file || mutated != text, "`{from}` is not in {file}");
            fs::write(folder.join(name), mutated).expect("the scratch folder is writable");
        }
        let name = format!("mutant-{number}");
        let program = bench.program(
            "hip",
            &["-DHIP_SHIM", "-D__HIPCC__"],
            folder.join(format!("{fixture}.hip")),
            fixture,
            &name,
        );
        match difference(&program, &expected[*fixture]) {
            Some(caught) if !caught.contains("does not compile") => None,
            other => Some(format!("mutant {number}, `{from}` -> `{to}` in {file}: {other:?}")),
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

/// Checks the shim: undefined results change with the seed, and a lane that waits for an absent lane is a deadlock.
#[test]
fn the_shim_detects_undefined_results_and_deadlocks() {
    let Some(compiler) = compiler() else { return };
    let folder = scratch("shim");
    let source = folder.join("shim.cu");
    let code = "#include <cuda_runtime.h>\n\
        __device__ int thread() { return threadIdx.x + blockDim.x * threadIdx.y; }\n\
        __global__ void absent(const int *in, int *out) { out[thread()] = thread() < 32 ? 7 : __shfl_sync(0xffffffff, in[0], 31); }\n\
        __global__ void alone(const int *in, int *out) { if (thread() % 2) __syncwarp(0xffffffff); else while (true) __activemask(); }\n";
    fs::write(&source, code).expect("the scratch folder is writable");
    let program = |kernel: &str| {
        let kernels = folder.join(format!("{kernel}.inc"));
        fs::write(&kernels, format!("KERNEL({kernel})\n")).expect("the scratch folder is writable");
        let binary = folder.join(kernel);
        let program =
            Program { compiler, shim: "cuda", defines: &[], source: source.clone(), kernels, binary };
        program.build().expect("it compiles");
        program
    };
    let absent = program("absent");
    let (one, two) = (absent.run(1, 32).expect("it runs"), absent.run(2, 32).expect("it runs"));
    assert_eq!(one["absent 32x1 0"], two["absent 32x1 0"]);
    assert_ne!(one["absent 48x1 40"], two["absent 48x1 40"], "lane 31 of the second warp is not there");
}

/// A host compiler reads a header of the project that includes the support header, without any header of HIP.
#[test]
fn a_host_compiler_reads_a_header_with_the_support_header() {
    let Some(compiler) = compiler() else { return };
    let folder = scratch("host");
    let source = folder.join("cuda");
    fs::create_dir_all(&source).expect("the scratch folder is writable");
    let header = "#define KERNEL_BOUNDS __launch_bounds__(256, 4)\n#ifdef __CUDACC__\n\
        __device__ inline unsigned votes(bool p) { return __ballot_sync(0xffffffff, p); }\n#endif\nint run(int n);\n";
    let write = |name: &str, text: &str| fs::write(source.join(name), text).expect("the folder is writable");
    write("run.h", header);
    write("main.cpp", "#include \"run.h\"\nint main() { return run(0); }\n");
    write(
        "run.cu",
        "#include \"run.h\"\n__global__ void KERNEL_BOUNDS k(unsigned *out) { *out = votes(true); }\n",
    );
    let hip = folder.join("hip");
    let ran = Command::new(PROGRAM).args(["convert", "--exit-zero", "--out"]).arg(&hip).arg(&source).output();
    assert!(ran.expect("the program starts").status.success());
    let included = fs::read_to_string(hip.join("run.h")).expect("it was converted");
    assert!(included.contains("#include \"tranship_hip.h\""), "{included}");
    let ran = Command::new(compiler)
        .args(["-std=c++14", "-Wall", "-Werror", "-fsyntax-only"])
        .arg(hip.join("main.cpp"))
        .output();
    let ran = ran.expect("the compiler starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
