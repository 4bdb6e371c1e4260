//! Runs the functions of half precision and bfloat16 of the support header on this machine. `halves/driver.cpp` calls each
//! function of `fixtures/support/half-functions.cu`, and `halves/prove.py` computes each result again with exact fractions.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{PROGRAM, compile, compiler, for_all, installed, root, scratch};

/// Wrong changes of the support header: the right text, and the wrong text in its place.
const MUTANTS: &[(&str, &str)] = &[
    ("!(x.low < y.low || x.low > y.low)", "x.low == y.low"),
    ("x.low < y.low || x.low > y.low, x", "x.low != y.low, x"),
    ("high ? 0xffff0000u", "high ? 0xff000000u"),
    ("element_value(a) - element_value(b)", "element_value(b) - element_value(a)"),
    ("value >= 1.0f ? 1.0f", "value >= 1.0f ? value"),
    ("value > 0.0f ? value : 0.0f", "value"),
    ("* 0x10001u) ^ 0x8000u", "* 0x10001u)"),
    ("y << 16 | y >> 16", "y"),
    ("u != u || v != v ? 0x7fffu : ", ""),
    ("one & other", "one"),
    ("value > 127.0f ? 127.0f : ", ""),
    ("if (is_outside && (bits & 0x7fffffffu) != 0u) --bits;", ""),
    ("bits |= 1u;", ""),
    ("static_cast<unsigned>(bfloat16_bits(a)) << 16", "static_cast<unsigned>(bfloat16_bits(a)) << 15"),
];

/// Runs Python with `words` in the folder of the sources, with `input`.
fn python(words: &str, input: &[u8]) -> (bool, Vec<u8>) {
    let script = root().join("tests/proof/emulation/halves/prove.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(script).arg(words).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().expect("python3 starts");
    let mut pipe = running.stdin.take().expect("the input is a pipe");
    pipe.write_all(input).expect("python3 reads its input");
    drop(pipe);
    let ran = running.wait_with_output().expect("python3 ends");
    (ran.status.success(), ran.stdout)
}

/// Compiles the driver with the converted fixture in `folder`, and runs it with `operands`: the lines that it prints. The
/// error has the messages of the compiler.
fn results(compiler: &str, folder: &Path, operands: &Path) -> Result<Vec<u8>, String> {
    let sources = root().join("tests/proof/emulation/halves");
    let program = folder.join("driver");
    let defined = |name: &str, file: &str| format!("-D{name}=\"{}\"", folder.join(file).display());
    let mut build = Command::new(compiler);
    build
        .args(["-std=c++17", "-O0", "-w", "-D__HIPCC__", "-I"])
        .arg(&sources)
        .arg(defined("FIXTURE", "half-functions.hip"))
        .arg(defined("FUNCTIONS", "functions.inc"))
        .arg(sources.join("driver.cpp"))
        .arg("-o")
        .arg(&program);
    compile(&mut build)?;
    let input = fs::File::open(operands).expect("the operands are written");
    let ran = Command::new(&program).stdin(input).output().expect("the driver starts");
    if !ran.status.success() {
        return Err("the driver failed".into());
    }
    Ok(ran.stdout)
}

/// Computes `results` again. The error is the first line that is wrong.
fn check(results: &[u8]) -> Result<(), String> {
    let (right, text) = python("check", results);
    if right { Ok(()) } else { Err(String::from_utf8_lossy(&text).into_owned()) }
}

/// Converts the fixture into `folder`, and lists its functions for the driver.
fn convert(folder: &Path) {
    let fixture = root().join("fixtures/support/half-functions.cu");
    let mut command = Command::new(PROGRAM);
    command.args(["convert", "--exit-zero", "--out"]).arg(folder).arg(&fixture);
    let ran = command.output().expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&fixture).expect("the fixture is text");
    let heads = text.lines().filter_map(|line| line.strip_prefix("__device__ ")?.split('(').next());
    let lines: Vec<_> =
        heads.filter_map(|head| head.rsplit(' ').next()).map(|name| format!("FUNCTION({name})\n")).collect();
    assert!(lines.len() > 60, "only {} functions", lines.len());
    fs::write(folder.join("functions.inc"), lines.concat()).expect("the scratch folder is writable");
}

#[test]
fn functions_of_half_precision_have_the_results_of_cuda() {
    let Some(compiler) = compiler() else { return };
    if !installed::runs("python3") {
        return installed::missing("python3");
    }
    let folder = scratch("halves");
    let operands = folder.join("operands.txt");
    fs::write(&operands, python("operands", b"").1).expect("the scratch folder is writable");
    let right = folder.join("right");
    convert(&right);
    let expected = results(compiler, &right, &operands).expect("the driver compiles and runs");
    assert_eq!(check(&expected), Ok(()));
    let text =
        fs::read_to_string(right.join("tranship_hip.h")).expect("the conversion wrote the support header");
    let numbered: Vec<_> = MUTANTS.iter().enumerate().collect();
    let missed = for_all(&numbered, |(number, (from, to))| {
        if !text.contains(from) {
            return Some(format!("the support header does not contain `{from}`"));
        }
        let wrong = folder.join(format!("wrong-{number}"));
        fs::create_dir_all(&wrong).expect("the scratch folder is writable");
        for file in ["half-functions.hip", "functions.inc"] {
            fs::copy(right.join(file), wrong.join(file)).expect("the scratch folder is writable");
        }
        fs::write(wrong.join("tranship_hip.h"), text.replacen(from, to, 1))
            .expect("the scratch folder is writable");
        let written = match results(compiler, &wrong, &operands) {
            Ok(written) => written,
            Err(error) => return Some(format!("`{to}` for `{from}`: {error}")),
        };
        // Every line of `expected` is right, so only other lines can be wrong.
        let pairs = written
            .split_inclusive(|byte| *byte == b'\n')
            .zip(expected.split_inclusive(|byte| *byte == b'\n'));
        let changed: Vec<_> = pairs.filter(|(line, right)| line != right).map(|(line, _)| line).collect();
        check(&changed.concat()).is_ok().then(|| format!("`{to}` for `{from}` is not noticed"))
    });
    assert!(missed.is_empty(), "{missed}");
}
