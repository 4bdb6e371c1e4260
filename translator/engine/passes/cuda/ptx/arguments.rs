//! Describes the operands of an asm statement as C++ expressions: their types, their shapes, and whether they can be
//! evaluated twice.

use crate::cpp::declared::declared as declaration;
use crate::cpp::{DirectiveKind, TokenKind, Unit};
use crate::text::Span;

use super::statement::{Access, AsmStatement, HostOperand};
use super::types::{Type, declared};
use super::value::Shape;

/// One operand, in the form that the lowering uses.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) access: Access,
    pub(super) tied: Option<usize>,
    /// The expression in the host file.
    pub(super) span: Span,
    pub(super) shape: Shape,
    pub(super) kind: Type,
    /// The type that the variable points to, if the function declares it as a pointer.
    pub(super) pointee: Option<String>,
    /// Whether evaluating it twice may differ from evaluating it once.
    pub(super) has_effect: bool,
    /// The name, if the expression is one variable of the function and the variable is not a reference.
    pub(super) variable: Option<String>,
    /// The number, if the expression is a literal number.
    pub(super) number: Option<u64>,
    /// Whether it is a compile-time constant.
    pub(super) is_constant: bool,
}

/// Describes all operands; `None` if the translation does not support the constraint of one of them.
pub(super) fn of(unit: &Unit, statement: &AsmStatement) -> Option<Vec<Argument>> {
    let operands = statement.operands.as_ref()?;
    operands.iter().map(|operand| argument(unit, statement, operands, operand)).collect()
}

fn argument(
    unit: &Unit,
    statement: &AsmStatement,
    operands: &[HostOperand],
    operand: &HostOperand,
) -> Option<Argument> {
    let letter = match operand.tied {
        Some(output) => operands.get(output)?.letter,
        None => operand.letter,
    };
    let words = declared_words(unit, statement.index, operand);
    let variable = single_name(unit, operand)
        .filter(|_| words.as_ref().is_some_and(|words| !words.iter().any(|word| word == "&")));
    let texts: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    let number = number(unit, operand);
    let by_letter = by_constraint(letter)?;
    let is_integer = |kind: Type| matches!(kind, Type::Integer { .. });
    let from_code = declared(&texts).or_else(|| cast_type(unit, operand));
    let known = from_code.filter(|kind| {
        kind.bits() == by_letter.bits()
            && is_integer(*kind) == !matches!(by_letter, Type::Float | Type::Double)
    });
    Some(Argument {
        access: operand.access,
        tied: operand.tied,
        span: unit.span_of(operand.tokens.clone()),
        shape: shape(unit, operand),
        kind: known.unwrap_or(by_letter),
        pointee: pointee(&texts),
        has_effect: has_effect(unit, operand),
        variable,
        number,
        is_constant: matches!(letter, b'n' | b'i') || number.is_some(),
    })
}

fn by_constraint(letter: u8) -> Option<Type> {
    Some(match letter {
        b'h' => Type::Unknown { bits: 16 },
        b'r' | b'n' | b'i' => Type::Unknown { bits: 32 },
        b'l' => Type::Unknown { bits: 64 },
        b'f' => Type::Float,
        b'd' => Type::Double,
        _ => return None,
    })
}

fn single_name(unit: &Unit, operand: &HostOperand) -> Option<String> {
    let [token] = &unit.tokens()[operand.tokens.clone()] else { return None };
    (token.kind == TokenKind::Identifier).then(|| unit.slice(token.span()).into_owned())
}

/// The words of the type with which the function declares the operand's variable.
fn declared_words(unit: &Unit, index: usize, operand: &HostOperand) -> Option<Vec<String>> {
    let [token] = &unit.tokens()[operand.tokens.clone()] else { return None };
    let function = unit.function_at(unit.tokens()[index].start)?;
    let kind = declaration(unit, function, unit.text(token), index)?;
    Some(unit.tokens()[kind].iter().map(|word| unit.slice(word.span()).into_owned()).collect())
}

/// The type of a cast around the whole expression.
fn cast_type(unit: &Unit, operand: &HostOperand) -> Option<Type> {
    let tokens = &unit.tokens()[operand.tokens.clone()];
    let words = |from: usize, to: usize| -> Vec<&str> {
        let words =
            tokens[from..to].iter().map(|token| std::str::from_utf8(unit.text(token)).unwrap_or_default());
        words.collect()
    };
    let first = tokens.first()?;
    if unit.text(first) == b"static_cast" {
        let close =
            unit.lexed.angle_close(operand.tokens.start + 1, operand.tokens.end)? - operand.tokens.start;
        let ends = unit.lexed.close_of(operand.tokens.start + close + 1, operand.tokens.end)?;
        return (ends + 1 == operand.tokens.end).then(|| declared(&words(2, close)))?;
    }
    let (from, to) = element_type(unit, operand)?;
    declared(&words(from, to))
}

/// The words of `T` in `((T *)name)[index]` and `*(T *)name`, counted from the operand's first token.
fn element_type(unit: &Unit, operand: &HostOperand) -> Option<(usize, usize)> {
    let range = operand.tokens.clone();
    let tokens = &unit.tokens()[range.clone()];
    let open = match tokens {
        [first, second, ..] if first.is_punct(b'(') && second.is_punct(b'(') => {
            let close = unit.lexed.close_of(range.start, range.end)?;
            let index = unit.tokens().get(close + 1).filter(|next| next.is_punct(b'['))?;
            let end = unit.lexed.close_of(close + 1, range.end)?;
            (index.start < tokens[tokens.len() - 1].start && end + 1 == range.end).then_some((1, close))?
        }
        [first, second, ..] if first.is_punct(b'*') && second.is_punct(b'(') => (1, range.end),
        _ => return None,
    };
    let (open, end) = open;
    let cast_end = unit.lexed.close_of(range.start + open, end)?;
    let is_name = cast_end + 2 == end && unit.tokens()[cast_end + 1].kind == TokenKind::Identifier;
    let star = cast_end.checked_sub(1).filter(|&at| is_name && unit.tokens()[at].is_punct(b'*'))?;
    Some((open + 1, star - range.start))
}

/// The type that the pointer type `words` points to, with single blanks between its words.
fn pointee(words: &[&str]) -> Option<String> {
    let (last, kind) = words.split_last()?;
    let (last, kind) = if matches!(*last, "__restrict__" | "const" | "__restrict") {
        kind.split_last()?
    } else {
        (last, kind)
    };
    let is_plain = *last == "*" && !kind.is_empty() && !kind.contains(&"*") && !kind.contains(&"auto");
    is_plain.then(|| kind.join(" "))
}

fn shape(unit: &Unit, operand: &HostOperand) -> Shape {
    let range = operand.tokens.clone();
    let tokens = unit.tokens();
    let is_prefix = |at: usize| b"*&-~!".iter().any(|&mark| tokens[at].is_punct(mark));
    let start = range.clone().find(|&at| !is_prefix(at)).unwrap_or(range.start);
    let mut at = start;
    let mut expects_name = true;
    while at < range.end {
        let token = &tokens[at];
        let is_name = matches!(token.kind, TokenKind::Identifier | TokenKind::Number);
        if expects_name && (is_name || token.is_punct(b'(')) {
            // A parenthesis that begins the expression may be a cast, which binds less tightly.
            at = if token.is_punct(b'(') {
                unit.lexed.close_of(at, range.end).unwrap_or(range.end)
            } else {
                at
            };
            expects_name = false;
        } else if !expects_name && (token.is_punct(b'(') || token.is_punct(b'[')) {
            at = unit.lexed.close_of(at, range.end).unwrap_or(range.end);
        } else if !expects_name && token.is_punct(b'<') && unit.lexed.angle_close(at, range.end).is_some() {
            at = unit.lexed.angle_close(at, range.end).unwrap_or(range.end);
        } else if !expects_name && (token.is_punct(b'.') || token.is_double(b'-') || token.is_double(b':')) {
            expects_name = true;
        } else {
            return Shape::Open;
        }
        at += 1;
    }
    // In the body of a macro, a parameter can be any expression.
    let in_macro = unit.directive_of(range.start).is_some_and(|found| found.kind == DirectiveKind::Define);
    match (
        in_macro && range.len() == 1 && tokens[range.start].kind == TokenKind::Identifier,
        start == range.start,
    ) {
        (true, _) => Shape::Open,
        (false, true) => Shape::Simple,
        (false, false) => Shape::Prefix,
    }
}

fn has_effect(unit: &Unit, operand: &HostOperand) -> bool {
    let tokens = unit.tokens();
    let in_macro =
        unit.directive_of(operand.tokens.start).is_some_and(|found| found.kind == DirectiveKind::Define);
    let is_call = |at: usize| {
        tokens[at].is_punct(b'(')
            && at > operand.tokens.start
            && (tokens[at - 1].kind == TokenKind::Identifier || tokens[at - 1].is_punct(b']'))
    };
    in_macro && operand.letter != b'n'
        || operand.tokens.clone().any(|at| {
            let token = &tokens[at];
            let doubles = |mark: u8| {
                let next = tokens.get(at + 1).filter(|next| next.is_punct(mark) && next.start == token.end);
                token.is_double(mark) && unit.text(token)[1] == mark || token.is_punct(mark) && next.is_some()
            };
            is_call(at) || doubles(b'+') || doubles(b'-') || token.is_punct(b'=')
        })
}

fn number(unit: &Unit, operand: &HostOperand) -> Option<u64> {
    let [token] = &unit.tokens()[operand.tokens.clone()] else { return None };
    let text = unit.slice(token.span()).to_ascii_lowercase();
    let digits = text.trim_end_matches(['u', 'l']);
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None if digits.len() > 1 && digits.starts_with('0') => None,
        None => digits.parse().ok(),
    }
}
