//! Compares the body of an operator on two vectors with the operator that works on each component by itself.
//!
//! It knows the common ways to write such a body. Another body counts as different, also if it computes the same.

use std::ops::Range;

use super::{Token, TokenKind, Unit};

/// The definition of an operator on two vectors of the same type.
pub struct Operator<'a> {
    /// `+`, `-`, `*` or `/`.
    pub symbol: u8,
    /// Whether it assigns to its first operand: `+=`.
    pub assigns: bool,
    /// The type of both operands, such as `float2`.
    pub vector: &'a str,
    /// The tokens of both parameters.
    pub parameters: [Range<usize>; 2],
    /// The tokens between the braces.
    pub body: Range<usize>,
}

/// Whether `operator` computes each component from the same components of its operands, and nothing else. `plain` is
/// whether the operator without `=` on the same type does so too.
pub fn is_componentwise(unit: &Unit, operator: &Operator, plain: bool) -> bool {
    let tokens = unit.tokens();
    let words = |range: Range<usize>| tokens[range].iter().map(|t| unit.text(t)).collect::<Vec<_>>();
    let [first, second] = &operator.parameters;
    let names = (parameter_name(unit, first.clone()), parameter_name(unit, second.clone()));
    let (Some(left), Some(right)) = names else { return false };
    // The operators of C++ on small numbers compute in `int`, where -128 / -1 is no overflow.
    let is_small = ["char", "short"].iter().any(|stem| operator.vector.starts_with(stem));
    if (is_small && operator.symbol == b'/')
        || tokens[operator.body.clone()].iter().any(|t| t.is(Token::DIRECTIVE))
    {
        return false;
    }
    let count = operator.vector.bytes().last().map_or(0, |digit| usize::from(digit.saturating_sub(b'0')));
    let Some(components) = COMPONENTS.get(..count) else { return false };
    let by_value = !tokens[first.clone()].iter().any(|t| t.is_punct(b'&'));
    let form = Form { operator, left, right, components, by_value, plain };
    let body = words(operator.body.clone());
    let Some((&b";", body)) = body.split_last() else { return false };
    let statements = split(body, b";");
    if operator.assigns { form.assigns(&statements) } else { form.returns(&statements) }
}

const COMPONENTS: &[&[u8]] = &[b"x", b"y", b"z", b"w"];

/// The name of a parameter that is passed by value or by reference.
fn parameter_name<'u>(unit: &'u Unit, parameter: Range<usize>) -> Option<&'u [u8]> {
    let is_plain = |t: &Token| t.kind == TokenKind::Identifier || t.is_punct(b'&');
    let words: Vec<_> = unit.tokens()[parameter.clone()].iter().map(|t| unit.text(t)).collect();
    let types = words.iter().filter(|word| !matches!(**word, b"const" | b"&")).count();
    let plain = unit.tokens()[parameter].iter().all(is_plain);
    words.last().copied().filter(|word| plain && types == 2 && *word != b"const" && *word != b"&")
}

/// What the body of an operator must look like.
struct Form<'a> {
    operator: &'a Operator<'a>,
    left: &'a [u8],
    right: &'a [u8],
    components: &'a [&'static [u8]],
    /// Whether the first operand is a copy.
    by_value: bool,
    plain: bool,
}

impl Form<'_> {
    /// Whether the statements of `a + b` return the vector of all results.
    fn returns(&self, statements: &[&[&[u8]]]) -> bool {
        let Some((last, before)) = statements.split_last() else { return false };
        let Some((&b"return", value)) = last.split_first() else { return false };
        if before.is_empty() {
            return self.is_vector(value);
        }
        let &[value] = value else { return false };
        if value == self.left {
            return self.by_value && self.each_component(before, value, true);
        }
        let (declared, rest) = (before[0], &before[1..]);
        match declared {
            [vector, name] => {
                self.names(vector)
                    && *name == value
                    && value != self.right
                    && self.each_component(rest, value, false)
            }
            [vector, name, b"=", made @ ..] => {
                self.names(vector) && *name == value && rest.is_empty() && self.is_vector(made)
            }
            _ => false,
        }
    }

    /// Whether the statements of `a += b` change each component of `a`.
    fn assigns(&self, statements: &[&[&[u8]]]) -> bool {
        let statements = match statements.split_last() {
            Some(([b"return", value], before)) if *value == self.left => before,
            _ => statements,
        };
        if let [statement] = statements {
            let statement = statement.strip_prefix(&[&b"return"[..]][..]).unwrap_or(statement);
            if let [to, b"=", made @ ..] = statement {
                let symbol = [self.operator.symbol];
                let is_plain = || self.plain && made == [self.left, &symbol[..], self.right];
                return *to == self.left && (self.is_vector(made) || is_plain());
            }
        }
        self.each_component(statements, self.left, true)
    }

    /// Whether each statement assigns to another component of `to`, and all of them to every component. Statements of
    /// the form `to.x += b.x` count if `to` is the left operand.
    fn each_component(&self, statements: &[&[&[u8]]], to: &[u8], is_left: bool) -> bool {
        let symbol = [self.operator.symbol];
        let mut seen: Vec<&[u8]> = Vec::new();
        for statement in statements {
            let [name, b".", component, rest @ ..] = *statement else { return false };
            let right = [self.right, b".", component];
            let is_operation = match rest {
                [operator, b"=", value @ ..] if *operator == symbol => is_left && *value == right,
                [b"=", value @ ..] => self.is_operation(value, component),
                _ => false,
            };
            if *name != to || !is_operation || seen.contains(component) {
                return false;
            }
            seen.push(component);
        }
        seen.len() == self.components.len()
            && self.components.iter().all(|component| seen.contains(component))
    }

    /// Whether `words` make a vector of the results, such as `make_float2(a.x + b.x, a.y + b.y)`.
    fn is_vector(&self, words: &[&[u8]]) -> bool {
        let values = match words {
            [b"{", values @ .., b"}"] => values,
            [vector, b"{", values @ .., b"}"] if self.names(vector) => values,
            [made, b"(", values @ .., b")"]
                if made.strip_prefix(b"make_").is_some_and(|vector| self.names(vector)) =>
            {
                values
            }
            _ => return false,
        };
        let values = split(values, b",");
        values.len() == self.components.len()
            && values
                .iter()
                .zip(self.components)
                .all(|(value, component)| self.is_operation(value, component))
    }

    /// Whether `words` are the operation on `component` of both operands.
    fn is_operation(&self, words: &[&[u8]], component: &[u8]) -> bool {
        let mut words = words;
        while let [b"(", inside @ .., b")"] = words {
            words = inside;
        }
        let &[a, b".", first, operator, b, b".", second] = words else { return false };
        let in_order = a == self.left && b == self.right;
        let may_swap = matches!(self.operator.symbol, b'+' | b'*');
        let swapped = may_swap && a == self.right && b == self.left;
        operator == [self.operator.symbol]
            && first == component
            && second == component
            && (in_order || swapped)
    }

    fn names(&self, word: &[u8]) -> bool {
        word == self.operator.vector.as_bytes()
    }
}

/// The parts of `words` between separators outside of brackets.
fn split<'w, 's>(words: &'w [&'s [u8]], separator: &[u8]) -> Vec<&'w [&'s [u8]]> {
    let mut depth = 0_i32;
    words
        .split(|word| {
            match *word {
                b"(" | b"{" | b"[" => depth += 1,
                b")" | b"}" | b"]" => depth -= 1,
                _ => {}
            }
            depth == 0 && *word == separator
        })
        .collect()
}
