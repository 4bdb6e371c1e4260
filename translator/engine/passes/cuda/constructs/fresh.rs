//! Memory from `cudaMalloc` that a kernel adds to before anything sets it.
//!
//! It looks at the first use of the pointer in the function that allocates the memory, and only at kernels of the same file.

use std::ops::Range;

use tranship_rules::Rule;

use crate::cpp::call_site as site;
use crate::cpp::functions::{Function, Space};
use crate::cpp::launches::{Launch, split_arguments};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;

/// Checks the allocation at token `index`.
pub(crate) fn memory(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if tokens[index].is(Token::DIRECTIVE) {
        return;
    }
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let Some(arguments) = site::arguments(unit, index) else { return };
    let Some(pointer) = arguments.first().and_then(|first| variable(unit, first.clone())) else { return };
    let Some(last) = arguments.last() else { return };
    let name = unit.text(&tokens[pointer]);
    let uses = unit.places(name, last.end..function.body.end.max(last.end));
    let Some(first_use) = uses.first().map(|&at| at as usize) else { return };
    let Some((launch, place)) = launched(unit, first_use) else { return };
    let Some(kernel) = kernel_of(unit, launch) else { return };
    if only_added(unit, kernel, place) {
        let kernel = unit.slice(tokens[kernel.name].span());
        let what = format!(
            "the kernel `{kernel}` adds to `{}`, which nothing sets before",
            unit.slice(tokens[pointer].span())
        );
        pass.report(Finding::of(rule, tokens[index].span()).saying(what));
    }
}

/// The token of the variable whose address the argument is: `&p`, `(void **)&p`.
fn variable(unit: &Unit, argument: Range<usize>) -> Option<usize> {
    let tokens = unit.tokens();
    let last = argument.end.checked_sub(1).filter(|&last| last > argument.start)?;
    (tokens[last].kind == TokenKind::Identifier && tokens[last - 1].is_punct(b'&')).then_some(last)
}

/// The launch that has the variable at token `at` as an argument of its kernel, and the place of the argument.
fn launched<'u>(unit: &'u Unit, at: usize) -> Option<(&'u Launch, usize)> {
    let launch =
        unit.launches().find(|launch| launch.arguments.as_ref().is_some_and(|all| all.contains(&at)))?;
    let parts = split_arguments(&unit.lexed, launch.arguments.clone()?);
    let place = parts.iter().position(|part| *part == (at..at + 1))?;
    Some((launch, place))
}

/// The kernel of the launch, if the file defines one kernel with its name.
fn kernel_of<'u>(unit: &'u Unit, launch: &Launch) -> Option<&'u Function> {
    let tokens = unit.tokens();
    let name = tokens.get(launch.callee.start).filter(|token| token.kind == TokenKind::Identifier)?;
    let is_named = |function: &&Function| unit.text(&tokens[function.name]) == unit.text(name);
    let mut kernels = unit.functions().iter().filter(is_named);
    let (kernel, None) = (kernels.next()?, kernels.next()) else { return None };
    (kernel.space == Space::Kernel).then_some(kernel)
}

/// Whether the kernel uses its parameter at `place` only to add to what it points to.
fn only_added(unit: &Unit, kernel: &Function, place: usize) -> bool {
    let tokens = unit.tokens();
    let parameters = unit.parameters(kernel);
    let Some(name) = parameters.get(place).and_then(|part| part.end.checked_sub(1)) else { return false };
    if tokens[name].kind != TokenKind::Identifier
        || !unit.slice(unit.span_of(parameters[place].clone())).contains('*')
    {
        return false;
    }
    let uses = unit.places(unit.text(&tokens[name]), kernel.body.clone());
    !uses.is_empty() && uses.iter().all(|&at| is_added(unit, at as usize))
}

/// Whether the pointer at token `at` is added to: `atomicAdd(&p[i], x)`, `p[i] += x`.
fn is_added(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let open = if is(at - 1, b'&') { at - 2 } else { at - 1 };
    let is_atomic = open > 0
        && is(open, b'(')
        && matches!(unit.text(&tokens[open - 1]), b"atomicAdd" | b"atomicSub" | b"atomicInc" | b"atomicOr");
    if is_atomic {
        return true;
    }
    let end = if is(at + 1, b'[') {
        let Some(close) = unit.lexed.close_of(at + 1, tokens.len()) else { return false };
        close + 1
    } else if is(at - 1, b'*') && matches!(tokens[at - 2].byte, b';' | b'{' | b'}' | b')') {
        at + 1
    } else {
        return false;
    };
    [b'+', b'-', b'|']
        .into_iter()
        .any(|byte| is(end, byte) && (is(end + 1, b'=') || (byte != b'|' && is(end + 1, byte))))
}
