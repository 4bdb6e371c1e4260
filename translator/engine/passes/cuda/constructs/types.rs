//! Types, operators and keywords that clang or HIP's headers treat differently.

use std::ops::Range;

use tranship_rules::{Release, Rule, rule};

use crate::cpp::call_site as site;
use crate::cpp::conditions::around;
use crate::cpp::declared::declared;
use crate::cpp::functions::Space;
use crate::cpp::half_atomics;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::lang::Lang;
use crate::pass::Pass;
use crate::text::{Edit, Span};

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

/// The limit for tokens of a statement and for lists of operators. Code written by hand stays below it.
const LONGEST: usize = 1024;

/// Checks `operator`: the file defines an operator for two CUDA vectors that HIP's headers define too. Only the first
/// of them in a file is reported, with the number of the others.
pub(crate) fn operator(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let rocm = pass.context.target.rocm;
    let Some((symbol, vector)) = clashing_operator(unit, index, rocm) else { return };
    let operators = |within| {
        let places = unit.places(b"operator", within).iter().take(LONGEST);
        places.filter(|&&at| clashing_operator(unit, at as usize, rocm).is_some())
    };
    if operators(0..index).next().is_some() {
        return;
    }
    let more = match operators(index + 1..unit.tokens().len()).count() {
        0 => String::new(),
        1 => "; one more operator of this file clashes".to_owned(),
        more => format!("; {more} more operators of this file clash"),
    };
    let what = format!("`operator{symbol}` is defined for two `{vector}`, as in HIP's headers{more}");
    pass.report(Finding::of(rule, unit.tokens()[index].span()).saying(what));
}

/// The operator and its vector type, if the definition at `index` clashes with HIP's headers.
fn clashing_operator(unit: &Unit, index: usize, rocm: Release) -> Option<(String, String)> {
    let tokens = unit.tokens();
    let open = (index + 1..(index + 4).min(tokens.len())).find(|&at| tokens[at].is_punct(b'('))?;
    let symbol: Vec<u8> = tokens[index + 1..open].iter().map(|t| t.byte).collect();
    let clashes = match symbol.as_slice() {
        [b'+' | b'-' | b'*' | b'/', b'='] => true,
        // These operators are friends of the vector types in the headers of 6.3 and 7.1, and templates in the headers
        // of 5.2.3.
        [b'*' | b'/'] => rocm >= Release::new(6, 0),
        _ => false,
    };
    let close = unit.lexed.close_of(open, tokens.len()).filter(|_| clashes && is_for_gpus(unit, index))?;
    let parameters = split_arguments(&unit.lexed, open + 1..close);
    let [first, second] = parameters.as_slice() else { return None };
    let vector = vector_type(unit, first.clone())?;
    let alike = vector_type(unit, second.clone()).as_ref() == Some(&vector);
    alike.then(|| (String::from_utf8_lossy(&symbol).into_owned(), vector))
}

/// Whether the declaration around `index` is compiled for GPUs: the file is CUDA, or the declaration has GPU
/// attributes.
fn is_for_gpus(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let attribute = |t: &Token| matches!(unit.text(t), b"__device__" | b"__host__");
    is_cuda(unit) || tokens[unit.lexed.statement_start(index)..index].iter().any(attribute)
}

fn is_cuda(unit: &Unit) -> bool {
    matches!(unit.source.lang, Lang::Cuda | Lang::Hip)
        || unit.source.path.extension().is_some_and(|e| e == "cuh")
}

/// The vector type of a parameter, such as `float2`.
fn vector_type(unit: &Unit, parameter: Range<usize>) -> Option<String> {
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

/// Checks a minimum or maximum of pairs, outside of code for bfloat16.
pub(crate) fn half_extremum(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let of_argument = || {
        let first = site::arguments(unit, index)?.into_iter().next()?;
        let name = first.into_iter().find(|&at| unit.tokens()[at].kind == TokenKind::Identifier)?;
        let function = unit.function_at(token.start)?;
        let declared = declared(unit, function, unit.text(&unit.tokens()[name]), name)?;
        let is = |parts: &[&str]| {
            unit.tokens()[declared.clone()].iter().any(|t| {
                let word = unit.slice(t.span());
                parts.iter().any(|part| word.contains(part))
            })
        };
        if is(&["bfloat16", "bf16"]) { Some(true) } else { is(&["half2"]).then_some(false) }
    };
    let for_bfloat16 = of_argument().unwrap_or_else(|| {
        unit.function_at(token.start).is_some_and(|function| {
            let whole = function.head.start..function.body.end.min(unit.tokens().len());
            ["bfloat16", "bf16"].iter().any(|part| unit.mentions(part, &whole))
        })
    });
    if !for_bfloat16 {
        let what = format!("`{}` computes with `__half2`", unit.slice(token.span()));
        pass.report(Finding::of(rule, token.span()).saying(what));
    }
}

/// Checks an atomic function: the project's own definition for floating point, or a call on half types.
pub(crate) fn atomic(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(open) = site::call_open(unit, index) else { return };
    if unit.function_at(tokens[index].start).is_some_and(|function| function.space == Space::Host) {
        return;
    }
    if unit.functions().binary_search_by_key(&index, |function| function.name).is_ok() {
        let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return };
        let is_floating = |at: usize| {
            matches!(unit.text(&tokens[at]), b"float" | b"double")
                && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'*'))
        };
        let clashes =
            (open + 1..close).any(is_floating) && !in_namespace(unit, index) && !depends_on_arch(unit, index);
        if clashes {
            let what = format!(
                "`{}` is defined for floating point, as in HIP's headers",
                unit.slice(tokens[index].span())
            );
            pass.report(Finding::of(rule, tokens[index].span()).saying(what));
        }
        return;
    }
    if let Some(half) = half_atomics::operand(unit, index) {
        let what = format!("`{}` is called on `{half}`", unit.slice(tokens[index].span()));
        pass.report_saying(rule::HALF_ATOMIC, tokens[index].span(), what);
    }
}

/// Whether a namespace is open around token `index`; a definition there hides HIP's instead of repeating it.
fn in_namespace(unit: &Unit, index: usize) -> bool {
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
fn depends_on_arch(unit: &Unit, index: usize) -> bool {
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
