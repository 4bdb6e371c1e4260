//! Arrays of variable length with values. GCC, the host compiler of nvcc, accepts them, and clang refuses the values.
//!
//! It changes only arrays of numbers, pointers and handles that are filled with zeros.

use std::ops::Range;

use tranship_rules::rule;

use crate::cpp::declared::declared;
use crate::cpp::functions::{Function, Space};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::lang::Lang;
use crate::pass::Pass;
use crate::text::Edit;

/// Checks every array of the file that has values.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    if unit.is_hip() || unit.source.lang != Lang::Cuda {
        return;
    }
    let tokens = unit.tokens();
    for brace in 6..tokens.len() {
        let is_list = tokens[brace].is_punct(b'{')
            && tokens[brace - 1].is_punct(b'=')
            && tokens[brace - 2].is_punct(b']');
        if !is_list || tokens[brace].is(Token::FROZEN) || tokens[brace].is(Token::DIRECTIVE) {
            continue;
        }
        if let Some((name, end)) = zeroed(unit, brace) {
            let span = tokens[brace - 1].span().to(tokens[end].span());
            let array = unit.slice(tokens[name].span());
            let start = unit.lexed.statement_start(name);
            let line = crate::text::line_start(&unit.source.bytes, tokens[start].start as usize);
            let indent = String::from_utf8_lossy(&unit.source.bytes[line..tokens[start].start as usize]);
            let parted = if indent.trim().is_empty() { format!(";\n{indent}") } else { "; ".to_owned() };
            let text = format!("{parted}__builtin_memset({array}, 0, sizeof({array}));");
            // The blank before `=` goes too.
            let span = crate::text::Span::new(tokens[brace - 2].end, span.end);
            pass.report_fix(rule::ARRAY_OF_VARIABLE_LENGTH, span, Fix::One(Edit::replace(span, text)));
        }
    }
}

/// The name of the array whose values begin at token `brace`, and the `;` behind them, if it has a variable length, is a
/// statement of its own and is filled with zeros.
fn zeroed(unit: &Unit, brace: usize) -> Option<(usize, usize)> {
    let tokens = unit.tokens();
    let close = unit.lexed.close_of(brace, tokens.len())?;
    let is_zero = match &tokens[brace + 1..close] {
        [] => true,
        [zero] => matches!(unit.text(zero), b"0" | b"NULL" | b"nullptr"),
        _ => false,
    };
    let end = close + 1;
    let name = brace.checked_sub(5)?;
    let is_array = tokens[name + 1].is_punct(b'[') && tokens[name + 2].kind == TokenKind::Identifier;
    if !is_zero || !is_array || !tokens.get(end)?.is_punct(b';') {
        return None;
    }
    let function = unit.function_at(tokens[name].start).filter(|function| function.space == Space::Host)?;
    let kind = unit.variable_at(name)?;
    let is_whole = kind.start == unit.lexed.statement_start(name) && kind.end == name;
    (is_whole && is_plain(unit, kind) && is_variable(unit, function, name + 2)).then_some((name, end))
}

/// Whether a value of the type has only zero bits where it is zero: a number, a pointer or a handle of CUDA.
fn is_plain(unit: &Unit, kind: Range<usize>) -> bool {
    const NUMBERS: &[&[u8]] = &[
        b"unsigned",
        b"signed",
        b"int",
        b"short",
        b"long",
        b"char",
        b"float",
        b"double",
        b"bool",
        b"size_t",
        b"int8_t",
        b"int16_t",
        b"int32_t",
        b"int64_t",
        b"uint8_t",
        b"uint16_t",
        b"uint32_t",
        b"uint64_t",
    ];
    const HANDLES: &[&[u8]] = &[
        b"cudaStream_t",
        b"cudaEvent_t",
        b"cudaArray_t",
        b"cudaTextureObject_t",
        b"cudaSurfaceObject_t",
        b"cudaGraph_t",
        b"cudaGraphExec_t",
        b"CUdeviceptr",
        b"CUstream",
        b"CUevent",
        b"CUmodule",
        b"CUfunction",
        b"CUcontext",
        b"CUdevice",
    ];
    let tokens = &unit.tokens()[kind];
    let [types @ .., last] = tokens else { return false };
    if last.is_punct(b'*') {
        return types.iter().all(|t| t.kind == TokenKind::Identifier || t.is_punct(b'*'));
    }
    tokens.iter().all(|t| NUMBERS.contains(&unit.text(t)) || HANDLES.contains(&unit.text(t)))
}

/// Whether the name at token `at` is a variable of the function whose value the compiler does not know.
fn is_variable(unit: &Unit, function: &Function, at: usize) -> bool {
    const NUMBERS: &[&[u8]] = &[
        b"unsigned",
        b"int",
        b"short",
        b"long",
        b"size_t",
        b"std",
        b"int32_t",
        b"uint32_t",
        b"int64_t",
        b"uint64_t",
    ];
    let kind = declared(unit, function, unit.text(&unit.tokens()[at]), at);
    kind.is_some_and(|kind| {
        unit.tokens()[kind].iter().all(|t| NUMBERS.contains(&unit.text(t)) || t.is_double(b':'))
    })
}
