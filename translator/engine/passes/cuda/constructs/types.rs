//! Types, operators and keywords that clang or HIP's headers treat differently.

use std::ops::Range;

use tranship_rules::{Level, Resolution, Rule, rule};

use super::operators::{PREFERRED, head_of, is_preferred};
use crate::cpp::call_site as site;
use crate::cpp::conditions::around;
use crate::cpp::declared::declared;
use crate::cpp::functions::Space;
use crate::cpp::keywords::is_no_type;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::lang::Lang;
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// Adds `std::` to `nullptr_t`, unless the file makes the name visible without it.
pub(crate) fn null_pointer_type(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_qualified = index.checked_sub(1).is_some_and(|before| tokens[before].is_double(b':'));
    let is_given = || {
        let names_it = |at: usize| unit.is_word(at, "namespace") || unit.is_word(at, "std");
        let using = unit.places(b"using", 0..tokens.len()).iter().take(LONGEST);
        using.map(|&at| at as usize).any(|at| names_it(at + 1) || unit.is_word(at + 1, "nullptr_t"))
    };
    if is_qualified || unit.is_member(index) || !is_cuda(unit) || pass.is_own(b"nullptr_t") || is_given() {
        return;
    }
    let edit = Edit::insert(tokens[index].start, "std::");
    pass.report(Finding::of(rule, tokens[index].span()).with(Fix::One(edit)));
}

/// Checks `register`, which is no storage class in C++17. It is removed where it cannot mean anything else.
pub(crate) fn register(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(next) = tokens.get(index + 1).filter(|next| next.kind == TokenKind::Identifier) else { return };
    let is_member = unit.is_member(index);
    let mut statement = tokens[index..].iter().take(LONGEST).take_while(|t| !t.is_punct(b';'));
    let names_a_register = statement.any(|t| matches!(unit.text(t), b"asm" | b"__asm__" | b"__asm"));
    let gap = &unit.source.bytes[tokens[index].end as usize..next.start as usize];
    if is_member || names_a_register || !is_cuda(unit) || !gap.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let token = &tokens[index];
    let edit = Edit::remove(Span::new(token.start, next.start));
    pass.report(Finding::of(rule, token.span()).with(Fix::One(edit)));
}

/// Checks the word `pragma`: a macro of the form `#define NAME #pragma TEXT` gets the operator that all compilers read.
pub(crate) fn pragma_in_macro(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(define) = unit.directive_of(index).filter(|one| one.kind == DirectiveKind::Define) else {
        return;
    };
    // The name of the macro, `#`, `pragma`, and the text.
    let body = define.tokens.start + 1;
    let (Some(last), true) = (tokens[..define.tokens.end].last(), index == body + 1) else { return };
    let text = unit.slice(Span::new(tokens[index].end, last.end));
    let is_plain = !text.contains(['"', '\\', '\n', '#']) && !text.trim().is_empty();
    if tokens[body].is_punct(b'#') && is_plain {
        let span = Span::new(tokens[body].start, last.end);
        let edit = Edit::replace(span, format!("_Pragma(\"{}\")", text.trim()));
        pass.report(Finding::of(rule, span).with(Fix::One(edit)));
    }
}

/// The limit for tokens of a statement. Code written by hand stays below it.
const LONGEST: usize = 1024;

/// Whether the declaration around `index` is compiled for GPUs: the file is CUDA, or the declaration has GPU
/// attributes.
pub(super) fn is_for_gpus(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let attribute = |t: &Token| matches!(unit.text(t), b"__device__" | b"__host__");
    is_cuda(unit) || tokens[unit.lexed.statement_start(index)..index].iter().any(attribute)
}

/// Whether nvcc compiles all code of the file.
pub(super) fn is_cuda(unit: &Unit) -> bool {
    matches!(unit.source.lang, Lang::Cuda | Lang::Hip)
        || unit.source.path.extension().is_some_and(|e| e == "cuh")
}

/// The vector type of a parameter, such as `float2`.
pub(super) fn vector_type(unit: &Unit, parameter: Range<usize>) -> Option<String> {
    let words = unit.tokens()[parameter].iter().filter(|t| t.kind == TokenKind::Identifier);
    words.map(|t| unit.slice(t.span()).into_owned()).find(|word| is_vector(word))
}

/// Whether `word` is a vector type such as `float2`.
pub(crate) fn is_vector(word: &str) -> bool {
    const STEMS: &[&str] = &[
        "float",
        "double",
        "int",
        "uint",
        "char",
        "uchar",
        "short",
        "ushort",
        "long",
        "ulong",
        "longlong",
        "ulonglong",
    ];
    let stem = word.trim_end_matches(['1', '2', '3', '4']);
    word.len() == stem.len() + 1 && STEMS.contains(&stem)
}

/// Checks a minimum or maximum of pairs. HIP has the functions of pairs of bfloat16.
pub(crate) fn half_extremum(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let word = unit.slice(token.span());
    if !is_bfloat16(unit, index) {
        let name = word.trim_start_matches('_');
        let what = format!("`{word}` may compute with `__half2`, which HIP lacks");
        let fix = site::arguments(unit, index)
            .map_or(Fix::None, |_| Fix::One(Edit::replace(token.span(), format!("tranship::{name}"))));
        return pass.report(Finding::of(rule, token.span()).saying(what).with(fix));
    }
    let row = pass.context.rules.name(word.as_bytes());
    if row.is_some_and(|name| !matches!(name.at(pass.context.target.rocm), Resolution::Spelling(_))) {
        let what = format!("`{word}` computes with bfloat16, which this release lacks");
        pass.report(Finding::of(rule, token.span()).saying(what));
    }
}

/// Whether the first argument of the call at token `index` is declared as a bfloat16 type.
fn is_bfloat16(unit: &Unit, index: usize) -> bool {
    let declaration = || {
        let first = site::arguments(unit, index)?.into_iter().next()?;
        let name = first.into_iter().find(|&at| unit.tokens()[at].kind == TokenKind::Identifier)?;
        let function = unit.function_at(unit.tokens()[index].start)?;
        declared(unit, function, unit.text(&unit.tokens()[name]), name)
    };
    declaration().is_some_and(|declared| {
        unit.tokens()[declared].iter().any(|t| {
            let word = unit.slice(t.span());
            word.contains("bfloat16") || word.contains("bf16")
        })
    })
}

/// Checks an atomic function: the project's own definition for floating point, or a call on half types.
pub(crate) fn atomic(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(open) = site::call_open(unit, index) else { return };
    if unit.function_at(tokens[index].start).is_some_and(|function| function.space == Space::Host) {
        return;
    }
    if unit.functions().binary_search_by_key(&index, |function| function.name).is_ok()
        || is_prototype(unit, index, open)
    {
        return own_atomic(pass, index, open, rule);
    }
    let Some(arguments) = site::arguments(unit, index) else { return };
    let vector = arguments.first().and_then(|address| vector_at(unit, address.clone()));
    if let Some(vector) = vector.filter(|_| unit.is_word(index, "atomicAdd") && !pass.is_own_function(index))
    {
        let Some(finding) = pass.finding(rule::VECTOR_ATOMIC, tokens[index].span()) else { return };
        let edit = Edit::replace(tokens[index].span(), "tranship::atomic_add_each");
        return pass
            .report(finding.saying(format!("`atomicAdd` is called on `{vector}`")).with(Fix::One(edit)));
    }
    let half = arguments.first().and_then(|address| half_type(unit, address.clone()));
    if let Some(half) = half.filter(|_| !pass.is_own_function(index)) {
        let name = unit.slice(tokens[index].span());
        let what = format!("`{name}` is called on `{half}`");
        let Some(finding) = pass.finding(rule::HALF_ATOMIC, tokens[index].span()) else { return };
        // Other atomic functions take no half type in CUDA.
        let fix = (name == "atomicAdd")
            .then(|| Fix::One(Edit::replace(tokens[index].span(), "tranship::atomic_add")));
        pass.report(match fix {
            Some(fix) => finding.saying(what).with(fix),
            None => finding.saying(what).at(Level::Manual),
        });
    }
}

/// Whether the name at token `index` with the parenthesis `open` is declared here and has no body.
pub(super) fn is_prototype(unit: &Unit, index: usize, open: usize) -> bool {
    let tokens = unit.tokens();
    let ends = unit.lexed.close_of(open, tokens.len()).and_then(|close| tokens.get(close + 1));
    let has_type = index.checked_sub(1).is_some_and(|before| {
        tokens[before].is_punct(b'*')
            || (tokens[before].kind == TokenKind::Identifier && !is_no_type(unit.text(&tokens[before])))
    });
    has_type && ends.is_some_and(|t| t.is_punct(b';')) && unit.function_at(tokens[index].start).is_none()
}

/// Marks the project's atomic function of floating point as preferred to HIP's of the same type.
fn own_atomic(pass: &mut Pass, index: usize, open: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return };
    let is_floating = |at: usize| {
        matches!(unit.text(&tokens[at]), b"float" | b"double")
            && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'*'))
    };
    let head = head_of(unit, index);
    let clashes = (open + 1..close).any(is_floating)
        && !in_namespace(unit, index)
        && !depends_on_arch(unit, index)
        && !is_preferred(unit, head, index);
    if !clashes {
        return;
    }
    let name = unit.slice(tokens[index].span());
    let span = tokens[index].span();
    if tokens[head..index].iter().any(|t| t.is(Token::DIRECTIVE) || unit.text(t) == b"template") {
        let what = format!("`{name}` is defined for floating point, as in HIP's headers");
        return pass.report(Finding::of(rule, span).saying(what));
    }
    let what = format!("`{name}` is defined for floating point and is marked as preferred to HIP's");
    let edit = Edit::insert(tokens[head].start, PREFERRED);
    pass.report(Finding::of(rule, span).saying(what).with(Fix::One(edit)));
}

/// The half type that an address points to, from a cast in the address or the declaration of its first name.
fn half_type(unit: &Unit, address: Range<usize>) -> Option<String> {
    let is_half = |token: &Token| {
        let word = unit.text(token);
        matches!(
            word,
            b"half"
                | b"__half"
                | b"half2"
                | b"__half2"
                | b"nv_bfloat16"
                | b"__nv_bfloat16"
                | b"nv_bfloat162"
                | b"__nv_bfloat162"
                | b"__hip_bfloat16"
                | b"__hip_bfloat162"
        )
    };
    pointed_type(unit, address, &is_half)
}

/// The vector type to which an address points, if it is the address of all of the vector and CUDA adds to such vectors.
fn vector_at(unit: &Unit, address: Range<usize>) -> Option<String> {
    let tokens = unit.tokens();
    let is_vector = |t: &Token| matches!(unit.text(t), b"float2" | b"float4");
    let mut at = address.start;
    while at < address.end {
        let token = &tokens[at];
        let is_cast = || tokens[at + 1].is_punct(b'*');
        if token.is_punct(b'.') || token.is_double(b'-') || (is_vector(token) && !is_cast()) {
            return None;
        }
        // An index can have members of other vectors.
        let close = token.is_punct(b'[').then(|| unit.lexed.close_of(at, address.end)).flatten();
        at = close.unwrap_or(at) + 1;
    }
    pointed_type(unit, address, &is_vector)
}

/// The type for which `is_wanted` is true that an address points to, from a cast in the address or the declaration of its first
/// name.
fn pointed_type(unit: &Unit, address: Range<usize>, is_wanted: &dyn Fn(&Token) -> bool) -> Option<String> {
    let tokens = unit.tokens();
    let shown = |token: &Token| unit.slice(token.span()).into_owned();
    if let Some(cast) = tokens[address.clone()].iter().find(|token| is_wanted(token)) {
        return Some(shown(cast));
    }
    // `(unsigned *)p` and `reinterpret_cast<unsigned *>(p)` have another type, whatever `p` is.
    let is_cast = |at: usize| {
        tokens[at].is_punct(b'*') && tokens.get(at + 1).is_some_and(|t| matches!(t.byte, b')' | b'>'))
    };
    if address.clone().any(is_cast) {
        return None;
    }
    let name = address.clone().find(|&at| tokens[at].kind == TokenKind::Identifier)?;
    let function = unit.function_at(tokens[name].start)?;
    let declared = declared(unit, function, unit.text(&tokens[name]), name)?;
    tokens[declared].iter().find(|token| is_wanted(token)).map(shown)
}

/// Whether a namespace is open around token `index`; a definition there hides HIP's instead of repeating it.
pub(super) fn in_namespace(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let keywords = unit.places(b"namespace", 0..index).iter().rev().map(|&at| at as usize).take(LONGEST);
    keywords.filter(|&at| !tokens[at].is(Token::DIRECTIVE)).any(|at| {
        let brace =
            (at + 1..(at + 8).min(tokens.len())).find(|&at| matches!(tokens[at].byte, b'{' | b';' | b'='));
        let brace = brace.filter(|&brace| tokens[brace].is_punct(b'{'));
        brace.is_some_and(|brace| unit.lexed.close_of(brace, tokens.len()).is_none_or(|close| close > index))
    })
}

/// Whether token `index` is in a branch with a condition about `__CUDA_ARCH__`. The pass for guards handles such
/// branches.
pub(super) fn depends_on_arch(unit: &Unit, index: usize) -> bool {
    let start = unit.tokens()[index].start;
    let mut around = around(&unit.regions, start).map(|region| &unit.regions[region]);
    let names_arch = |directive: &Directive| {
        unit.tokens()[directive.tokens.clone()].iter().any(|token| unit.text(token) == b"__CUDA_ARCH__")
    };
    around.any(|region| {
        let opener = &unit.lexed.directives[region.directive];
        names_arch(opener)
            || (opener.kind == DirectiveKind::Else && names_arch_before(unit, region.directive, &names_arch))
    })
}

/// Whether the `#if` group of the `#else` at `directive` tests `__CUDA_ARCH__`.
fn names_arch_before(unit: &Unit, directive: usize, names_arch: &dyn Fn(&Directive) -> bool) -> bool {
    let mut depth = 0;
    for before in unit.lexed.directives[..directive].iter().rev().take(LONGEST) {
        match before.kind {
            DirectiveKind::Endif => depth += 1,
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef if depth == 0 => {
                return names_arch(before);
            }
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => depth -= 1,
            DirectiveKind::Elif if depth == 0 && names_arch(before) => return true,
            _ => {}
        }
    }
    false
}

/// Checks `make_float4` and similar functions. The number of arguments should be the number of components.
pub(crate) fn constructor(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let Some(arguments) = site::arguments(unit, index) else { return };
    let Some(&components) = unit.text(token).last() else { return };
    let given = arguments.len();
    let spread = arguments
        .iter()
        .any(|argument| unit.tokens()[argument.clone()].iter().any(|t| unit.text(t) == b"__VA_ARGS__"));
    if given == 0 || given == usize::from(components - b'0') || spread || token.is(Token::DIRECTIVE) {
        return;
    }
    let plural = if given == 1 { "" } else { "s" };
    let what = format!(
        "`{}` gets {given} argument{plural}, which neither CUDA nor HIP declares",
        unit.slice(token.span())
    );
    pass.report(Finding::of(rule, token.span()).saying(what));
}

/// Checks an 8-bit format: the function must not contain the largest value of the format as a number.
pub(crate) fn fp8(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let whole = function.head.start..function.body.end.min(tokens.len());
    let is_watched = |token: &Token| {
        let word = pass.cuda_name(unit.text(token));
        rule.identifiers.iter().any(|watched| watched.as_bytes() == word)
    };
    let earlier = tokens[whole.start.max(index.saturating_sub(LONGEST))..index].iter().any(is_watched);
    let is_largest = |token: &&Token| {
        let text = unit.text(token);
        token.kind == TokenKind::Number
            && matches!(text, b"448" | b"448.0" | b"448.f" | b"448.0f" | b"448.0F")
    };
    if earlier || !pass.context.target.has_fnuz_formats() {
        return;
    }
    if let Some(largest) = tokens[whole].iter().find(is_largest) {
        pass.report(Finding::of(rule, largest.span()));
    }
}
