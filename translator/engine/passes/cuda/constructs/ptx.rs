//! Inline assembly: each block of PTX is a finding that lists its instructions.
//!
//! It does not translate them. An empty template is a compiler barrier that clang knows too, and the host's own
//! assembly or AMD's is nobody's business here.

use std::path::Path;

use tranship_rules::Rule;

use crate::cpp::call_site as site;
use crate::cpp::functions::Space;
use crate::cpp::keywords::precedes_expression;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::lang::Lang;
use crate::pass::Pass;

/// No template has so many tokens.
const LONGEST: usize = 1024;

/// Looks at an `asm` keyword.
pub(crate) fn statement(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(open) = template_open(unit, index) else { return };
    let end = site::end_of_part(unit, index);
    let Some(close) = unit.lexed.close_of(open, end) else { return };
    let template_end = (open + 1..close.min(open + LONGEST))
        .find(|&at| unit.tokens()[at].byte == b':')
        .unwrap_or(close.min(open + LONGEST));
    let template: Vec<&Token> =
        unit.tokens()[open + 1..template_end].iter().filter(|t| t.kind != TokenKind::Punct).collect();
    let pasted = template.iter().any(|token| token.kind == TokenKind::Identifier);
    let text: String = template.iter().map(|token| literal_text(unit, token)).collect();
    let instructions = instructions(&text);
    if instructions.is_empty() && !pasted {
        return;
    }
    let in_device = unit.function_at(unit.tokens()[index].start).is_some_and(|f| f.space != Space::Host);
    let is_foreign = !instructions.is_empty() && instructions.iter().all(|word| is_amd(word));
    let may_be_ptx = || {
        let has = |tells: fn(&str) -> bool| instructions.iter().any(|word| tells(word));
        (has(is_ptx) && has_device_code(unit)) || (has(has_ptx_type) && is_included_by_kernels(pass))
    };
    if is_foreign || !(in_device || may_be_ptx()) {
        return;
    }
    let what = match (instructions.is_empty(), pasted) {
        (true, _) => "inline PTX that a macro pastes together".to_owned(),
        (false, true) => format!("inline PTX, in part pasted by a macro: {}", listed(&instructions)),
        (false, false) => format!("inline PTX: {}", listed(&instructions)),
    };
    pass.report(Finding::of(rule, unit.span_of(index..close + 1)).saying(what));
}

/// Whether the file holds device code at all: elsewhere `fmul.s` is RISC-V's, not PTX.
fn has_device_code(unit: &Unit) -> bool {
    let is_cuda = matches!(unit.source.lang, Lang::Cuda | Lang::Hip)
        || unit.source.path.extension().is_some_and(|end| end == "cuh");
    is_cuda
        || [&b"__device__"[..], b"__global__"]
            .iter()
            .any(|word| !unit.places(word, 0..unit.tokens().len()).is_empty())
}

/// Whether the file shares a translation unit with a file that can hold device code.
fn is_included_by_kernels(pass: &Pass) -> bool {
    let is_kernel_file = |path: &Path| matches!(Lang::of(path), Lang::Cuda | Lang::Hip);
    pass.shares_unit_with(&is_kernel_file)
}

/// The `(` behind `asm`, past its qualifiers; `None` for a register or symbol label behind a declarator.
fn template_open(unit: &Unit, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let qualifier = |t: &Token| {
        matches!(
            unit.text(t),
            b"volatile" | b"__volatile__" | b"__volatile" | b"goto" | b"inline" | b"__inline__"
        )
    };
    let labels = index.checked_sub(1).map(|at| &tokens[at]).is_some_and(|t| {
        t.kind == TokenKind::Identifier
            && !precedes_expression(unit.text(t))
            && unit.text(t) != b"__extension__"
            && !t.is(Token::DIRECTIVE)
    });
    let open = (index + 1..tokens.len()).find(|&at| !qualifier(&tokens[at]))?;
    (tokens[open].is_punct(b'(') && !labels).then_some(open)
}

/// What a string literal holds, without prefix and quotes; other tokens count as a blank.
fn literal_text(unit: &Unit, token: &Token) -> String {
    let text = unit.slice(token.span());
    match token.kind {
        TokenKind::String => text.trim_start_matches(|c| c != '"').trim_matches('"').to_owned(),
        TokenKind::RawString => {
            let open = text.find('(').map_or(0, |at| at + 1);
            let close = text.rfind(')').unwrap_or(text.len());
            text.get(open..close).unwrap_or_default().to_owned()
        }
        _ => " ".to_owned(),
    }
}

/// The instruction names of a template, each once, in order.
fn instructions(template: &str) -> Vec<String> {
    let plain = template.replace("\\n", "\n").replace("\\t", " ").replace("\\r", " ").replace("\\\n", " ");
    let mut found: Vec<String> = Vec::new();
    for line in plain.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for statement in code.split([';', '{', '}']) {
            if let Some(word) = instruction(statement)
                && !found.iter().any(|known| known == word)
            {
                found.push(word.to_owned());
            }
        }
    }
    found
}

/// The instruction of one statement, past a label and a predicate.
fn instruction(statement: &str) -> Option<&str> {
    let mut words =
        statement.split_whitespace().skip_while(|word| word.starts_with('@') || word.ends_with(':'));
    let word = words.next()?;
    let starts_like_one = word.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':'));
    (starts_like_one && is_name).then_some(word)
}

/// Whether a word is spelled like a PTX instruction: a type or modifier behind a dot, which x86 does not have.
fn is_ptx(word: &str) -> bool {
    const PLAIN: &[&str] = &["trap", "exit", "ret", "brkpt", "membar", "bar", "call"];
    let stem = word.split('.').next().unwrap_or_default();
    (word.contains('.') && !word.ends_with('.'))
        || (PLAIN.contains(&stem) && stem == word && word != "ret" && word != "call")
}

/// Whether a word has a type or scope of PTX behind a dot, which no other assembly spells like this.
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

fn listed(words: &[String]) -> String {
    const MOST: usize = 6;
    let shown: Vec<_> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let rest = words.len().saturating_sub(MOST);
    let tail = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("{}{tail}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &[&str]) {
        assert_eq!(instructions(template), expected, "{template}");
    }

    #[test]
    fn instructions_of_a_template() {
        check("mov.u32 %0, %%laneid;", &["mov.u32"]);
        check(
            "{ .reg .pred p;\\n\\t setp.ne.u32 p, %1, 0;\\n @p ld.global.nc.v4.f32 {%0,%1}, [%2]; }",
            &["setp.ne.u32", "ld.global.nc.v4.f32"],
        );
        check("L1: @!p bra.uni L1; // loop; back\\n bar.sync 0;", &["bra.uni", "bar.sync"]);
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
