//! Runs translated PTX. An interpreter that shares no code with the translator runs the functions of `fixtures/ptx` as PTX.
//! Their C++ is compiled for this machine and run too. Results must be equal bit by bit, or within the bound of the table.
//!
//! `mutants.txt` lists wrong changes of the C++. Each of them must give a difference.

#[path = "../../support/installed.rs"]
mod installed;
#[path = "../../support/mod.rs"]
mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{PROGRAM, root};

/// The fixtures in which each function is one block on numbers and memory.
const FIXTURES: &[&str] = &["bits", "carry", "chains", "float", "half", "memory", "scalar"];

/// The other fixtures of `fixtures/ptx`. They are only compiled, and the functions that take whole warps have proofs of their own.
const COMPILED: &[&str] = &[
    "copies",
    "every-access",
    "every-atomic",
    "every-bit",
    "every-fragment",
    "every-integer",
    "every-number",
    "every-register",
    "every-warp",
    "lanes",
    "matrices",
    "operands",
    "three-bits",
    "warp",
];

/// The compiler and the architecture that the compile tier does not have. That tier compiles all fixtures of PTX for its own.
const OBJECTS: (&str, &str) = ("clang++-22", "gfx1201");

/// Converts the single file `source`, and returns the output folder.
fn converted(name: &str, source: &Path, test: &str) -> PathBuf {
    converted_with(&[], name, source, test)
}

/// Converts the single file `source` with the arguments `more`, and returns the output folder.
fn converted_with(more: &[&str], name: &str, source: &Path, test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx").join(test).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the scratch folder is writable");
    }
    let (from, to) = (folder.join("cuda"), folder.join("hip"));
    fs::create_dir_all(&from).expect("the scratch folder is writable");
    let file = format!("{name}.cu");
    fs::copy(source, from.join(&file)).expect("the fixture can be copied");
    let ran = Command::new(PROGRAM)
        .args(["convert", "--exit-zero"])
        .args(more)
        .arg("--out")
        .arg(&to)
        .arg(&from)
        .output();
    let ran = ran.expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    to
}

/// Runs `script` with `arguments`, and returns its output.
fn python(script: &str, arguments: &[&OsStr]) -> String {
    let path = root().join("tests/proof/ptx").join(script);
    let ran = Command::new("python3").arg("-B").arg(path).args(arguments).output().expect("python3 starts");
    let said = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(ran.status.success(), "{arguments:?}: {said}");
    said
}

/// The compiler for this machine; `None` after reporting that something is missing.
fn compiler() -> Option<&'static str> {
    let found = ["clang++-19", "clang++"].into_iter().find(|name| installed::runs(name));
    if found.is_none() {
        installed::missing("clang++-19");
    }
    found.filter(|_| installed::has("python3"))
}

#[test]
fn translated_blocks_give_the_results_of_ptx() {
    let Some(compiler) = compiler() else { return };
    let mutants = root().join("tests/proof/ptx/mutants.txt");
    let scripts = [
        ("ptx", FIXTURES, "prove.py"),
        ("ptx", &["lanes"][..], "prove_warps.py"),
        ("ptx", &["matrices", "copies"][..], "prove_matrices.py"),
        ("libraries", &["wmma"][..], "prove_wmma.py"),
    ];
    let all = scripts
        .iter()
        .flat_map(|(folder, names, script)| names.iter().map(move |name| (*folder, *name, *script)));
    let prove = |(folder, name, script): (&str, &str, &str)| {
        let source = root().join(format!("fixtures/{folder}/{name}.cu"));
        let hip = converted(name, &source, "run");
        let file = hip.join(format!("{name}.hip"));
        let arguments: [&OsStr; 5] =
            [source.as_ref(), file.as_ref(), compiler.as_ref(), hip.as_ref(), mutants.as_ref()];
        python(script, &arguments)
    };
    let all: Vec<_> = all.collect();
    // The last ones take the longest, so each worker has some of them.
    let (even, odd): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let said = std::thread::scope(|scope| {
        let workers = [even, odd]
            .map(|part| scope.spawn(move || part.into_iter().map(|(_, one)| prove(one)).collect::<String>()));
        workers.map(|worker| worker.join().expect("the proof ends"))
    });
    installed::say(&said.concat());
}

#[test]
fn every_instruction_of_a_single_thread_gives_the_result_of_ptx() {
    let Some(compiler) = compiler() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let source = folder.join("every.cu");
    python("every.py", &[source.as_ref()]);
    let hip = converted("every", &source, "run");
    let file = hip.join("every.hip");
    let arguments: [&OsStr; 4] = [source.as_ref(), file.as_ref(), compiler.as_ref(), hip.as_ref()];
    installed::say(&python("prove.py", &arguments));
}

/// Runs the program `proof`, compiled with `flags`, on the support header of the converted `fixture`, and on the header with
/// each of the texts `wrong` in place of the right one. Only the header itself may pass.
fn header_passes_and_wrong_ones_fail(fixture: &str, proof: &str, flags: &[&str], wrong: &[(&str, &str)]) {
    let Some(compiler) = compiler() else { return };
    let fixture = root().join(fixture);
    let name = fixture.file_stem().expect("a name").to_string_lossy().into_owned();
    let hip = converted(&name, &fixture, "run");
    let header = fs::read_to_string(hip.join("tranship_hip.h")).expect("the header is written");
    let runs = |name: &str, text: &str| {
        let path = hip.join(format!("{name}.h"));
        fs::write(&path, text).expect("the scratch folder is writable");
        let program = hip.join(name);
        let mut build = Command::new(compiler);
        build
            .args(["-std=c++17", "-O0", "-w", "-D__HIPCC__"])
            .args(flags)
            .arg("-I")
            .arg(root().join("tests/proof/ptx/hip"));
        build.arg(format!("-DHELPERS=\"{}\"", path.display()));
        build.arg("-o").arg(&program).arg(root().join("tests/proof/ptx").join(proof));
        let output = build.output().expect("the compiler starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let ran = Command::new(&program).output().expect("the program starts");
        (ran.status.success(), String::from_utf8_lossy(&ran.stdout).into_owned())
    };
    let (is_right, said) = runs("right", &header);
    assert!(is_right, "{said}");
    installed::say(&said);
    for (at, (right, wrong)) in wrong.iter().enumerate() {
        assert!(header.contains(right), "the header has no `{right}`");
        let (is_right, _) = runs(&format!("wrong{at}"), &header.replace(right, wrong));
        assert!(!is_right, "`{wrong}` in place of `{right}` is not noticed");
    }
}

/// Wrong texts in the helper for additions on small floats, each of which must give a difference.
const WRONG_ADDITIONS: &[(&str, &str)] = &[
    ("(unsigned)(at & 3) * 8", "0"),
    ("(known & ~mask) | bits << shift", "bits << shift"),
    ("known >> shift", "known"),
    ("return old;", "return value;"),
    ("{ return __hadd2(a, b); }", "{ return a; }"),
];

#[test]
fn additions_on_small_floats_change_only_their_number() {
    let flags = ["-fsanitize=undefined", "-fsanitize-trap=all"];
    let fixture = "fixtures/hazards/half-atomics.cu";
    header_passes_and_wrong_ones_fail(fixture, "additions.cpp", &flags, WRONG_ADDITIONS);
}

/// Wrong texts in the classes `atomic` and `atomic_ref`, each of which must give a difference.
const WRONG_ATOMIC_CLASSES: &[(&str, &str)] = &[
    ("return fetch_add(1) + 1;", "return fetch_add(1);"),
    ("return fetch_sub(1) - 1;", "return fetch_sub(1) + 1;"),
    ("return fetch_add(value) + value;", "return fetch_add(value);"),
    ("return fetch_xor(value) ^ value;", "return fetch_xor(value);"),
    ("return fetch_add(static_cast<Type>(0 - value), order);", "return fetch_add(value, order);"),
    ("__hip_atomic_fetch_min(place(), value", "__hip_atomic_fetch_max(place(), value"),
    ("__hip_atomic_fetch_or(place(), value", "__hip_atomic_fetch_xor(place(), value"),
    (
        "return __hip_atomic_fetch_add(place(), value, order, Scope);",
        "const Type old = load(); std::this_thread::yield(); store(old + value); return old;",
    ),
];

/// Wrong texts in the atomic functions with a scope, each of which must give a difference.
const WRONG_ATOMIC_SCOPES: &[(&str, &str)] = &[
    ("old >= limit ? 0u", "old > limit ? 0u"),
    ("old == 0u || old > limit ? limit", "old == 0u ? limit"),
    ("static_cast<Type>(0 - value)", "value"),
    ("__hip_atomic_fetch_max(address", "__hip_atomic_fetch_min(address"),
    ("__hip_atomic_fetch_and(address", "__hip_atomic_fetch_or(address"),
    ("    return expected;", "    return value;"),
    ("return __hip_atomic_exchange(address", "return __hip_atomic_fetch_add(address"),
];

#[test]
fn atomic_classes_and_scopes_have_the_results_of_their_definitions() {
    let flags = ["-O0", "-std=c++20", "-fwrapv", "-pthread"];
    let classes = "fixtures/libraries/atomic-classes.cu";
    header_passes_and_wrong_ones_fail(classes, "atomic_classes.cpp", &flags, WRONG_ATOMIC_CLASSES);
    let scopes = "fixtures/support/atomic-scopes.cu";
    header_passes_and_wrong_ones_fail(scopes, "atomic_scopes.cpp", &flags, WRONG_ATOMIC_SCOPES);
}

/// Wrong texts in the helpers for `min` and `max`, each of which must give a difference.
const WRONG_EXTREMA: &[(&str, &str)] = &[
    ("return second < first ? second : first;", "return first < second ? second : first;"),
    ("const decltype(First() + Second()) first = a, second = b;", "const int first = a, second = b;"),
    ("return __builtin_fminf(a, b);", "return b < a ? b : a;"),
    (
        "double max_of(double a, float b) { return __builtin_fmax(a, b); }",
        "double max_of(double a, float) { return a; }",
    ),
    ("return min(a, b);", "return b;"),
];

#[test]
fn minima_and_maxima_have_the_types_and_values_of_cuda() {
    let fixture = "fixtures/hazards/extremum-overload.cu";
    header_passes_and_wrong_ones_fail(fixture, "extremum.cpp", &["-ffp-contract=off"], WRONG_EXTREMA);
}

/// Wrong texts in the helpers for mathematical functions on the host, each of which must give a difference.
const WRONG_HOST_MATH: &[(&str, &str)] = &[
    (
        "const double lost = __builtin_fma(-x, half_root, -at) + x * 4.83364665672645672553e-17;",
        "const double lost = 0;",
    ),
    ("const double rest = turns - 0.5 * quarters;", "const double rest = turns - quarters;"),
    ("(quarter == 1 || quarter == 2)", "(quarter == 1)"),
    ("quarter & 2 ? -swapped[0]", "quarter & 1 ? -swapped[0]"),
    ("if (*sine == 0.0) *sine = __builtin_copysign(0.0, x);", ""),
    ("return 1.0 / __builtin_cbrt(x);", "return __builtin_cbrt(1.0 / x + 1e-9);"),
    ("return 1.0 / __builtin_sqrt(x);", "return static_cast<float>(1.0 / __builtin_sqrt(x));"),
];

#[test]
fn mathematical_functions_on_the_host_are_near_the_exact_results() {
    let fixture = "fixtures/hazards/host-math.cu";
    header_passes_and_wrong_ones_fail(fixture, "host_math.cpp", &["-ffp-contract=off"], WRONG_HOST_MATH);
}

/// Wrong texts in the helpers for rounding, extrema and conversions, each of which must give a difference.
const WRONG_INTRINSICS: &[(&str, &str)] = &[
    ("direction < 0 ? -0.0 : 0.0", "0.0"),
    ("return step_directed(near, near < 0.0 ? 1 : -1, direction);", "return near;"),
    ("b < 0.0 ? -left : left", "left"),
    ("of_c < scale - 200 ? ldexp(z, -200)", "of_c < scale - 200 ? 0.0"),
    ("c != r ? (c < r ? -1 : 1) : (high < 0.0 ? -1 : 1)", "0"),
    ("is_negative == down ? bits + 1 : bits - 1", "down ? bits - 1 : bits + 1"),
    ("(direction == 0 && !is_negative)", "direction == 0"),
    ("for (int at = 3; at >= 0; --at)", "for (int at = 0; at < 4; ++at)"),
    ("add_directed(a, -b, -1)", "add_directed(a, b, -1)"),
    ("x + y + (x + y >= 0)", "x + y + 1"),
    ("return vmaxs2(viaddmin_s16x2(a, b, c), 0u);", "return viaddmin_s16x2(a, b, c);"),
    ("*high = static_cast<short>(a >> 16)", "*high = static_cast<short>(a)"),
    ("to_integer<short>(ceilf(whole))", "to_integer<short>(floorf(whole))"),
    ("(rest == half && (bits & 1u))", "rest == half"),
    ("rest != 0 && direction == (negative ? -1 : 1)", "rest != 0 && direction == 1"),
    ("static_cast<unsigned>(aligned >> 56) & 127u", "static_cast<unsigned>(amount >> 56) & 127u"),
    ("direction == (bits >> 31 ? -1 : 1)", "direction == -1"),
    ("return as_bfloat16(0x7fff)", "return as_bfloat16(0x7fc0)"),
];

#[test]
fn device_functions_give_the_results_of_their_definitions() {
    let flags = ["-ffp-contract=off", "-frounding-math"];
    let fixture = "fixtures/support/every-intrinsic.cu";
    header_passes_and_wrong_ones_fail(fixture, "intrinsics.cpp", &flags, WRONG_INTRINSICS);
}

/// Wrong operators, each of which must give a difference: the right text in the converted file, and the wrong one.
const WRONG_OPERATORS: &[(&str, &str)] =
    &[("b.x / a.x", "a.x / b.x"), ("a.y += b.x", "a.y += b.y"), ("a.z * b.z, a.w)", "a.z * b.z, a.w * b.w)")];

#[test]
fn operators_beside_those_of_hip_keep_their_results() {
    let Some(compiler) = compiler() else { return };
    let headers = installed::headers();
    if !headers.join("hip-7.1/include").exists() {
        return installed::missing("the headers of HIP 7.1");
    }
    let fixture = root().join("fixtures/hazards/vector-operator-bodies.cu");
    let folder = converted("operators", &fixture, "run");
    let hip = fs::read_to_string(folder.join("operators.hip")).expect("the fixture is converted");
    let printed = |name: &str, file: &Path, flags: &[&OsStr]| {
        let program = folder.join(name);
        let mut build = Command::new(compiler);
        build.args(["-x", "c++", "-std=c++17", "-O1", "-w", "-ffp-contract=off"]).args(flags);
        build.arg(format!("-DFIXTURE=\"{}\"", file.display()));
        build.arg("-o").arg(&program).arg(root().join("tests/proof/ptx/operators.cpp"));
        let output = build.output().expect("the compiler starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Command::new(&program).output().expect("the program starts").stdout
    };
    let shim = root().join("tests/proof/ptx/cuda");
    let include = headers.join("hip-7.1/include");
    let as_hip: [&OsStr; 3] = ["-D__HIP_PLATFORM_AMD__".as_ref(), "-isystem".as_ref(), include.as_ref()];
    let run_as_hip = |name: &str, text: &str| {
        let path = folder.join(format!("{name}.h"));
        fs::write(&path, text).expect("the scratch folder is writable");
        printed(name, &path, &as_hip)
    };
    let expected = printed("as-cuda", &fixture, &["-I".as_ref(), shim.as_ref()]);
    assert_eq!(String::from_utf8_lossy(&run_as_hip("as-hip", &hip)), String::from_utf8_lossy(&expected));
    for (at, (right, wrong)) in WRONG_OPERATORS.iter().enumerate() {
        assert!(hip.contains(right), "the converted file has no `{right}`");
        let name = format!("wrong{at}");
        assert_ne!(run_as_hip(&name, &hip.replace(right, wrong)), expected, "`{wrong}` is not noticed");
    }
}

/// Suites of `tests/gpu` whose programs clang compiles: a program of each form.
const GPU_SUITES: &[&str] =
    &["carry", "approximations", "lanes", "matrices", "copies", "wmma", "functions", "kernels-tiles"];

/// `tests/gpu/generate` writes the programs of `GPU_SUITES` for an NVIDIA GPU, and clang compiles them. No GPU is needed.
#[test]
fn programs_for_an_nvidia_gpu_compile() {
    let (Some(_), true) = (compiler(), installed::has("clang++-19")) else { return };
    let cuda = installed::headers().join("cuda-12.4");
    if !cuda.exists() {
        return installed::missing("the headers of CUDA");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx/gpu");
    let ran = Command::new("python3")
        .arg(root().join("tests/gpu/generate"))
        .arg(&folder)
        .args(["--compiler", "clang++-19", "--tranship", PROGRAM])
        .args(GPU_SUITES)
        .output()
        .expect("python3 starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for name in GPU_SUITES {
        for side in [&["--cuda-device-only", "-S"][..], &["--cuda-host-only", "-fsyntax-only"]] {
            let ran = Command::new("clang++-19")
                .args(["-x", "cuda", "--cuda-gpu-arch=sm_90", "-std=c++17", "-w", "-o", "/dev/null"])
                .arg(format!("--cuda-path={}", cuda.display()))
                .args(side)
                .arg(folder.join(format!("{name}.cu")))
                .output()
                .expect("clang++-19 starts");
            assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        }
    }
}

/// The flags with which `compiler` reads the headers of HIP.
fn flags(compiler: &str) -> Vec<String> {
    let printed = Command::new(compiler).arg("-print-resource-dir").output().expect("the compiler starts");
    let resources = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let headers = installed::headers();
    let folders = ["hip-7.1/include", "hip-7.1-mix", "hip-7.1/include/hip/amd_detail"];
    let mut flags: Vec<String> =
        ["-x", "hip", "-nogpuinc", "-nogpulib", "-include", "__clang_hip_runtime_wrapper.h"]
            .map(str::to_owned)
            .to_vec();
    flags.push(format!("-isystem{resources}/include/cuda_wrappers"));
    flags.extend(folders.iter().map(|folder| format!("-isystem{}", headers.join(folder).display())));
    flags.extend(["-D__HIP_PLATFORM_AMD__", "-std=c++17", "-O1", "-w"].map(str::to_owned));
    flags
}

/// The machine code of `lop3`: GPUs, for which GPU the blocks are converted, and the functions by their logical instructions.
/// No logical instruction is necessary for the operand itself. The result must be right for all; no number means any number of instructions.
const LOGIC: &[(&str, &str, &str)] = &[
    ("gfx950", "gfx950", "3 functions with 0, 251 functions with 1"),
    ("gfx1250", "gfx950", "3 functions with 0, 251 functions with 1"),
    (
        "gfx950",
        "gfx942",
        "3 functions with 0, 211 functions with 1, 27 functions with 2, 13 functions with 3",
    ),
    ("gfx942", "gfx950", ""),
];

#[test]
fn functions_of_three_bits_are_one_instruction() {
    let compiler = OBJECTS.0;
    if !installed::has(compiler) || !installed::has("python3") {
        return;
    }
    if !installed::headers().join("hip-7.1/include").is_dir() {
        return installed::missing("the headers of HIP 7.1");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ptx");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let source = folder.join("logic.cu");
    python("every.py", &[source.as_ref(), "lop3".as_ref()]);
    for (gpu, target, expected) in LOGIC {
        let hip = converted_with(&["--arch", target], "logic", &source, target).join("logic.hip");
        let flags = flags(compiler);
        let mut arguments: Vec<&OsStr> = vec![hip.as_ref(), compiler.as_ref(), gpu.as_ref()];
        arguments.extend(flags.iter().map(OsStr::new));
        let said = python("prove_logic.py", &arguments);
        assert!(said.contains(expected), "{target}: {said}");
        installed::say(&said);
    }
}

#[test]
fn translated_blocks_compile_to_objects() {
    let (compiler, architecture) = OBJECTS;
    if !installed::has(compiler) {
        return;
    }
    if !installed::headers().join("hip-7.1/include").is_dir() {
        return installed::missing("the headers of HIP 7.1");
    }
    let mut wrong = Vec::new();
    let ptx = FIXTURES.iter().chain(COMPILED).map(|name| ("ptx", *name));
    for (folder, name) in ptx.chain([("libraries", "wmma")]) {
        let fixture = root().join(format!("fixtures/{folder}/{name}.cu"));
        let source = converted(name, &fixture, "compile").join(format!("{name}.hip"));
        // `-fsyntax-only` accepts leftover PTX, so an object is emitted.
        let ran = Command::new(compiler)
            .args(flags(compiler))
            .args([format!("--offload-arch={architecture}").as_str(), "-D__AMDGCN_WAVEFRONT_SIZE=32"])
            .args(["--cuda-device-only", "-S", "-Xclang", "-emit-obj", "-o", "/dev/null"])
            .arg(&source)
            .output()
            .expect("the compiler starts");
        if !ran.status.success() {
            wrong.push(format!("{name}: {}", String::from_utf8_lossy(&ran.stderr)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
