//! Comparisons of `__CUDA_ARCH__` beside another test of it: `defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 700`.
//!
//! Both would become `defined(__HIP_DEVICE_COMPILE__)`, and no condition should test one macro twice.

use std::ops::Range;

use super::version::{Shape, shape};
use crate::cpp::Unit;
use crate::text::Span;

/// A condition that is nested deeper is not searched; real code does not nest so deeply.
const MAX_DEPTH: u32 = 64;

/// What becomes of a comparison whose macro another operand tests.
#[derive(Copy, Clone)]
pub(super) enum Beside {
    /// These bytes are removed: the operand and its operator.
    Removed(Span),
    /// It only counts in the device pass, so it is true for AMD GPUs.
    InDevicePass,
}

/// The comparisons of the condition `tokens` that another test makes unnecessary, by the index of their macro. `newer` is
/// whether the macro at an index is compared with an older GPU.
pub(super) fn comparisons(
    unit: &Unit,
    tokens: Range<usize>,
    newer: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Beside)> {
    let mut found = Vec::new();
    visit(unit, tokens, (false, 0), newer, &mut found);
    found
}

/// Searches `tokens`. `around` is whether they only count in the device pass, and their depth.
fn visit(
    unit: &Unit,
    tokens: Range<usize>,
    around: (bool, u32),
    newer: &dyn Fn(usize) -> bool,
    found: &mut Vec<(usize, Beside)>,
) {
    let (in_device, depth) = around;
    if depth > MAX_DEPTH || tokens.is_empty() {
        return;
    }
    match shape(unit, tokens.clone()) {
        Shape::All(operands) => of_operands(unit, &operands, true, around, newer, found),
        Shape::Any(operands) => of_operands(unit, &operands, false, around, newer, found),
        Shape::Not(operand) | Shape::Parentheses(operand) => {
            visit(unit, operand, (in_device, depth + 1), newer, found);
        }
        Shape::Other if in_device && newer(tokens.start) => found.push((tokens.start, Beside::InDevicePass)),
        Shape::Other => {}
    }
}

/// Searches the operands of `&&`, if `is_all`, or of `||`.
fn of_operands(
    unit: &Unit,
    operands: &[Range<usize>],
    is_all: bool,
    (in_device, depth): (bool, u32),
    newer: &dyn Fn(usize) -> bool,
    found: &mut Vec<(usize, Beside)>,
) {
    let tests = operands.iter().any(|operand| tests_device_pass(unit, operand.clone(), is_all));
    let mut is_again = tests && is_all;
    for (number, operand) in operands.iter().enumerate() {
        let compared = inner(unit, operand.clone());
        let is_comparison = newer(compared.start) && matches!(shape(unit, compared.clone()), Shape::Other);
        if is_comparison && is_again {
            found.push((compared.start, Beside::Removed(removed(unit, operands, number))));
            continue;
        }
        is_again |= is_comparison;
        visit(unit, operand.clone(), (in_device || tests, depth + 1), newer, found);
    }
}

/// `tokens` without parentheses around all of them.
fn inner(unit: &Unit, mut tokens: Range<usize>) -> Range<usize> {
    while let Shape::Parentheses(inside) = shape(unit, tokens.clone()) {
        tokens = inside;
    }
    tokens
}

/// Whether `operand` tests only whether `__CUDA_ARCH__` is defined, or, if `positive` is false, whether it is not.
fn tests_device_pass(unit: &Unit, operand: Range<usize>, positive: bool) -> bool {
    let operand = inner(unit, operand);
    if !positive {
        let Shape::Not(operand) = shape(unit, operand) else { return false };
        return tests_device_pass(unit, operand, true);
    }
    let is_plain = |at: usize| {
        let word = unit.text(&unit.tokens()[at]);
        matches!(word, b"defined" | b"(" | b")" | b"__CUDA_ARCH__")
    };
    operand.clone().all(is_plain) && operand.clone().any(|at| unit.is_word(at, "__CUDA_ARCH__"))
}

/// The bytes of operand `number` and of the operator that joins it to the others.
fn removed(unit: &Unit, operands: &[Range<usize>], number: usize) -> Span {
    let own = unit.span_of(operands[number].clone());
    match number.checked_sub(1) {
        Some(before) => Span::new(unit.span_of(operands[before].clone()).end, own.end),
        None => Span::new(own.start, unit.span_of(operands[1].clone()).start),
    }
}
