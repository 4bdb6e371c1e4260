//! Distinguishes PTX from assembly of the host and of AMD's GPUs.

use std::collections::BTreeSet;
use std::path::Path;

use super::statement::AsmStatement;
use crate::cpp::Unit;
use crate::cpp::functions::Space;
use crate::lang::Lang;
use crate::pass::Pass;

/// The instruction names of a statement that is, or may be, PTX; `None` where it is not.
pub(super) fn instructions(pass: &Pass, statement: &AsmStatement) -> Option<Vec<String>> {
    let unit = pass.unit;
    let text = String::from_utf8_lossy(&statement.template.text);
    let instructions = names(&text);
    if instructions.is_empty() && !statement.is_partial {
        return None;
    }
    let index = statement.index;
    let in_device = unit.function_at(unit.tokens()[index].start).is_some_and(|f| f.space != Space::Host);
    let is_foreign = !instructions.is_empty() && instructions.iter().all(|word| is_amd(word));
    let may_be_ptx = || {
        let has = |is: fn(&str) -> bool| instructions.iter().any(|word| is(word));
        (has(is_ptx) && has_device_code(unit)) || (has(has_ptx_type) && is_included_by_kernels(pass))
    };
    (!is_foreign && (in_device || may_be_ptx())).then_some(instructions)
}

/// Whether the file contains device code. Without device code, `fmul.s` is an instruction of RISC-V and not PTX.
fn has_device_code(unit: &Unit) -> bool {
    let is_cuda = matches!(unit.source.lang, Lang::Cuda | Lang::Hip)
        || unit.source.path.extension().is_some_and(|end| end == "cuh");
    is_cuda
        || [&b"__device__"[..], b"__global__"]
            .iter()
            .any(|word| !unit.places(word, 0..unit.tokens().len()).is_empty())
}

/// Whether the file shares a translation unit with a file that can contain device code.
fn is_included_by_kernels(pass: &Pass) -> bool {
    let is_kernel_file = |path: &Path| matches!(Lang::of(path), Lang::Cuda | Lang::Hip);
    pass.shares_unit_with(&is_kernel_file)
}

/// The instruction names of a template, each once, in order.
fn names(template: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let lines = template.lines().map(|line| line.split("//").next().unwrap_or_default());
    let statements = lines.flat_map(|code| code.split([';', '{', '}']));
    let words = statements.filter_map(instruction).filter(|word| seen.insert(*word));
    words.map(str::to_owned).collect()
}

/// The instruction of one statement, without its label and predicate.
fn instruction(statement: &str) -> Option<&str> {
    let mut words =
        statement.split_whitespace().skip_while(|word| word.starts_with('@') || word.ends_with(':'));
    let word = words.next()?;
    let starts_like_one = word.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':'));
    (starts_like_one && is_name).then_some(word)
}

/// Whether a word is spelled like a PTX instruction: it has a type or modifier behind a dot. Instructions of x86 have
/// none.
fn is_ptx(word: &str) -> bool {
    const PLAIN: &[&str] = &["trap", "exit", "brkpt", "membar", "bar"];
    (word.contains('.') && !word.ends_with('.')) || PLAIN.contains(&word)
}

/// Whether a word has a type or scope of PTX behind a dot. No other assembly has such words.
fn has_ptx_type(word: &str) -> bool {
    const PARTS: &[&str] = &[
        "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "b8", "b16", "b32", "b64", "b128", "f16",
        "f16x2", "bf16", "bf16x2", "f32", "f64", "pred", "sync", "global", "shared", "gl", "cta", "sys",
    ];
    word.split('.').skip(1).any(|part| PARTS.contains(&part))
}

/// Whether a word is an AMD GPU instruction.
fn is_amd(word: &str) -> bool {
    const PREFIXES: &[&str] =
        &["v_", "s_", "ds_", "buffer_", "global_", "flat_", "scratch_", "tbuffer_", "image_"];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &[&str]) {
        assert_eq!(names(template), expected, "{template}");
    }

    #[test]
    fn instructions_of_a_template() {
        check("mov.u32 %0, %%laneid;", &["mov.u32"]);
        check(
            "{ .reg .pred p;\n\t setp.ne.u32 p, %1, 0;\n @p ld.global.nc.v4.f32 {%0,%1}, [%2]; }",
            &["setp.ne.u32", "ld.global.nc.v4.f32"],
        );
        check("L1: @!p bra.uni L1; // loop; back\n bar.sync 0;", &["bra.uni", "bar.sync"]);
        check("", &[]);
        check("add.f32 %0, %1, %2; add.f32 %3, %4, %5;", &["add.f32"]);
    }

    #[test]
    fn whose_assembly_it_is() {
        assert!(is_ptx("ld.global.nc.f32") && is_ptx("trap"));
        assert!(!is_ptx("cpuid") && !is_ptx("mfence") && !is_ptx("rdtsc"));
        assert!(is_amd("s_waitcnt") && !is_amd("shfl.sync.bfly.b32"));
    }
}
