//! Runs the textures of the support header on this machine. `textures/driver.cpp` makes textures of all shapes, formats and
//! modes and fetches from them. `textures/reference.py` computes each fetch again, by the formulas of the CUDA C++ Programming
//! Guide in exact fractions.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{PROGRAM, compile, compiler, for_all, installed, root, scratch};

/// Wrong changes of the support header: the right text, and the wrong text in its place.
const MUTANTS: &[(&str, &str)] = &[
    ("(x - 0.5f) * 256.0f", "x * 256.0f"),
    ("rintf((x - 0.5f) * 256.0f)", "floorf((x - 0.5f) * 256.0f)"),
    ("rintf((x - 0.5f) * 256.0f)", "((x - 0.5f) * 256.0f)"),
    ("static_cast<int>(whole) + 1", "static_cast<int>(whole)"),
    ("if (mode == hipAddressModeWrap) x -= floorf(x);", ""),
    ("if (mode == hipAddressModeMirror) x -= 2.0f * floorf(x * 0.5f);", ""),
    ("return 2 * size - 1 - at;", "return at - size;"),
    ("if (mode == hipAddressModeMirror) return 0;", "if (mode == hipAddressModeMirror) return size - 1;"),
    ("x *= static_cast<float>(size);", ""),
    ("if (mode == hipAddressModeBorder) return -1;", ""),
    ("return at < 0 ? 0 : size - 1;", "return 0;"),
    ("at + size < 0 ? 0 : at + size", "0"),
    ("static_cast<int>(floorf(x))", "static_cast<int>(x)"),
    ("right ? column.weight : 1.0f - column.weight", "right ? 1.0f - column.weight : column.weight"),
    ("weight *= down ? row.weight : 1.0f - row.weight", "weight *= row.weight"),
    ("corner < 1 << Dimensions", "corner < Dimensions"),
    ("static_cast<size_t>(y) * texture.pitch", "static_cast<size_t>(y) * texture.width * texture.texel"),
    ("static_cast<size_t>(z) * texture.slice", "static_cast<size_t>(z) * texture.pitch"),
    ("at < 2 ? row.high : row.low", "at < 2 ? row.low : row.high"),
    ("at == 1 || at == 2 ? column.high", "at == 1 || at == 3 ? column.high"),
    ("(channel & 3) * sizeof(Channel)", "0 * channel"),
    ("x, true), row(", "x), row("),
    ("? layer : texture.depth - 1", "? layer : 0"),
    ("(1 << (texture.bits - (is_signed ? 1 : 0))) - 1", "1 << (texture.bits - (is_signed ? 1 : 0))"),
    ("fraction < -1.0f ? -1.0f : fraction", "fraction"),
    ("static_cast<int>(bits << unused) >> unused", "static_cast<int>(bits)"),
    ("exponent + 112u", "exponent + 111u"),
    ("-5.9604644775390625e-8f : 5.9604644775390625e-8f", "-1.0f : 1.0f"),
    ("!made.scaled && !(is_float && made.bits == 16)", "true"),
    ("!is_float && made.bits < 32", "!is_float"),
    ("!made.normalized && mode != hipAddressModeBorder", "false"),
    ("is_linear_memory ? 0.0f : texture->borderColor[at]", "texture->borderColor[at]"),
    ("if (made.scaled) {", "if (false) {"),
    ("truncf(ldexpf(colour, -step))", "rintf(ldexpf(colour, -step))"),
    ("fminf(fmaxf(colour, is_signed ? -1.0f : 0.0f), 1.0f)", "colour"),
    ("x >= 0.0f ? -z : z", "x >= 0.0f ? z : -z"),
    ("y >= 0.0f ? z : -z", "y >= 0.0f ? -z : z"),
    ("copy.dstPos.x *= to->texel;", "copy.dstPos.x *= 2; copy.dstPos.x += to->texel;"),
    ("copy.srcPos.x *= from->texel;", ""),
    ("copy.extent.width *= to ? to->texel : from->texel", "copy.extent.width *= 1"),
    ("data + x + y * pitch", "data + x * texel + y * pitch"),
    ("return array && array->mark == Mark ? array : nullptr;", "return array;"),
    ("how.filterMode = filterMode;", ""),
    ("how.normalizedCoords = normalized;", ""),
    (
        "resource.res.linear.sizeInBytes = size < most ? size : most;",
        "resource.res.linear.sizeInBytes = most;",
    ),
];

/// Compiles the driver with the support header in `folder`, runs it, and compares the results with the reference.
/// The error says what differs.
fn prove(compiler: &str, folder: &Path) -> Result<String, String> {
    let sources = root().join("tests/proof/emulation/textures");
    let program = folder.join("driver");
    let mut build = Command::new(compiler);
    build
        .args(["-std=c++14", "-O0", "-ffp-contract=off", "-w", "-D__HIPCC__", "-I"])
        .arg(sources.join("shim"))
        .arg(format!("-DHEADER=\"{}\"", folder.join("tranship_hip.h").display()))
        .arg(sources.join("driver.cpp"))
        .arg("-o")
        .arg(&program);
    compile(&mut build)?;
    let fetches = Command::new(&program).output().expect("the driver starts");
    let mut reference = Command::new("python3")
        .arg("-B")
        .arg(sources.join("reference.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut input = reference.stdin.take().expect("it has an input");
    let lines = fetches.stdout;
    let writer = std::thread::spawn(move || input.write_all(&lines));
    let compared = reference.wait_with_output().expect("python3 ends");
    let _ = writer.join().expect("the writer does not panic");
    let said =
        [compared.stdout, compared.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    if compared.status.success() && fetches.status.success() { Ok(said) } else { Err(said) }
}

/// Converts the fixture that calls every function, and returns the text of the support header.
fn support_header(folder: &Path) -> String {
    let source = folder.join("cuda");
    fs::create_dir_all(&source).expect("the scratch folder is writable");
    for (fixture, name) in
        [("support/textures.cu", "textures.cu"), ("hazards/texture-reference.cu", "references.cu")]
    {
        fs::copy(root().join("fixtures").join(fixture), source.join(name))
            .expect("the fixture can be copied");
    }
    let ran = Command::new(PROGRAM)
        .args(["convert", "--exit-zero", "--arch", "gfx942", "--out"])
        .arg(folder.join("hip"))
        .arg(&source)
        .output();
    let ran = ran.expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    fs::read_to_string(folder.join("hip/tranship_hip.h")).expect("the conversion has a support header")
}

#[test]
fn fetches_have_the_results_of_the_programming_guide() {
    let (Some(compiler), true) = (compiler(), installed::has("python3")) else { return };
    let folder = scratch("textures");
    support_header(&folder);
    match prove(compiler, &folder.join("hip")) {
        Ok(said) => installed::say(&said),
        Err(wrong) => panic!("{wrong}"),
    }
}

#[test]
fn wrong_textures_are_found() {
    let (Some(compiler), true) = (compiler(), installed::has("python3")) else { return };
    let folder = scratch("texture-mutants");
    let header = support_header(&folder);
    let numbered: Vec<_> = MUTANTS.iter().enumerate().collect();
    let wrong = for_all(&numbered, |(number, (from, to))| {
        let place = folder.join(format!("mutant-{number}"));
        fs::create_dir_all(&place).expect("the scratch folder is writable");
        let mutated = header.replace(from, to);
        assert!(mutated != header, "`{from}` is not in the support header");
        fs::write(place.join("tranship_hip.h"), mutated).expect("the scratch folder is writable");
        match prove(compiler, &place) {
            Err(caught) if !caught.contains("does not compile") => None,
            other => Some(format!("mutant {number}, `{from}` -> `{to}`: {other:?}")),
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}
