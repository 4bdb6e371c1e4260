//! Functions of the project that HIP declares too: `min` and `max` for any type, and shuffles without a mask.
//!
//! The definition is marked so that the compiler prefers it. Functions in namespaces and classes hide HIP's and stay as they
//! are. So do functions in branches about `__CUDA_ARCH__`.

use std::ops::Range;

use tranship_rules::rule;

use super::operators::{PREFERRED, head_of, is_preferred};
use super::types::{depends_on_arch, in_namespace, is_for_gpus, is_prototype};
use crate::cpp::functions::behind_templates;
use crate::cpp::launches::split_arguments;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Templates for two values of any type (`__clang_hip_math.h` of clang 15, 19 and 22).
const EXTREMA: [&str; 2] = ["min", "max"];
/// Overloads for numbers (`amd_warp_functions.h` of HIP 5.2.3 and 7.1; `amd_hip_fp16.h` of HIP 7.1).
const SHUFFLES: [&str; 4] = ["__shfl", "__shfl_up", "__shfl_down", "__shfl_xor"];
/// Words of the types for which HIP has a shuffle.
const NUMBERS: &[&[u8]] = &[
    b"int",
    b"unsigned",
    b"long",
    b"float",
    b"double",
    b"half",
    b"half2",
    b"__half",
    b"__half2",
    b"uint",
    b"int32_t",
    b"uint32_t",
    b"int64_t",
    b"uint64_t",
    b"size_t",
];
/// The most uses of one name that are read.
const MOST: usize = 4096;

/// Marks the functions of the file that clash with HIP's.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    if unit.is_hip() {
        return;
    }
    let Some(rule) = pass.context.rules.named(rule::USER_FUNCTION_CLASH) else { return };
    for word in EXTREMA.into_iter().chain(SHUFFLES) {
        let places = unit.places(word.as_bytes(), 0..unit.tokens().len()).iter().take(MOST);
        for at in places.map(|&at| at as usize) {
            let Some(place) = clash(unit, word, at) else { continue };
            let span = unit.tokens()[at].span();
            let what =
                format!("`{word}` of this file is marked as preferred to HIP's function of the same name");
            let edit = Edit::insert(unit.tokens()[place].start, PREFERRED);
            pass.report(Finding::of(rule, span).saying(what).with(Fix::One(edit)));
        }
    }
}

/// The token before which the mark belongs, if the function `word` is declared at token `at` and clashes with HIP's.
fn clash(unit: &Unit, word: &str, at: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let open = at + 1;
    if tokens[at].is(Token::FROZEN) || tokens[at].is(Token::DIRECTIVE) || !tokens.get(open)?.is_punct(b'(') {
        return None;
    }
    let is_definition = || unit.functions().binary_search_by_key(&at, |function| function.name).is_ok();
    if !is_definition() && !is_prototype(unit, at, open) {
        return None;
    }
    let head = head_of(unit, at);
    let first = behind_templates(&unit.source.bytes, &unit.lexed, head..at);
    let close = unit.lexed.close_of(open, tokens.len())?;
    let parameters = split_arguments(&unit.lexed, open + 1..close);
    let clashes = if EXTREMA.contains(&word) {
        first > head && are_alike(unit, &parameters)
    } else {
        first > head || is_number(unit, parameters.first()?)
    };
    let is_global = || !in_namespace(unit, at) && !matches!(scope_at(unit, at), Scope::Record);
    let is_other = || {
        is_preferred(unit, head, at)
            || depends_on_arch(unit, at)
            || tokens[head..at].iter().any(|token| token.is(Token::DIRECTIVE))
    };
    (clashes && is_for_gpus(unit, at) && is_global() && !is_other()).then_some(first)
}

/// Whether there are two parameters of one type, which is no pointer.
fn are_alike(unit: &Unit, parameters: &[Range<usize>]) -> bool {
    let [first, second] = parameters else { return false };
    let kind = |parameter: &Range<usize>| {
        let tokens = &unit.tokens()[parameter.clone()];
        let is_kept = |token: &&Token| !matches!(unit.text(token), b"const" | b"volatile");
        let words: Vec<&[u8]> = tokens.iter().filter(is_kept).map(|token| unit.text(token)).collect();
        let is_named =
            words.len() > 1 && tokens.last().is_some_and(|token| token.kind == TokenKind::Identifier);
        let length = if is_named { words.len() - 1 } else { words.len() };
        words[..length].to_vec()
    };
    let kinds = [kind(first), kind(second)];
    kinds[0] == kinds[1] && !kinds[0].iter().any(|word| matches!(*word, b"*" | b"[" | b"<"))
}

/// Whether a parameter has a type for which HIP has a shuffle.
fn is_number(unit: &Unit, parameter: &Range<usize>) -> bool {
    let tokens = &unit.tokens()[parameter.clone()];
    let is_pointer = tokens.iter().any(|token| token.is_punct(b'*') || token.is_punct(b'['));
    !is_pointer && tokens.iter().any(|token| NUMBERS.contains(&unit.text(token)))
}
