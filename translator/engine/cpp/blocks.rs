//! The size of the blocks that a launch asks for: literals, constants, and local variables with one value.
//!
//! It refuses to guess: a size that can change, or that depends on data, is unknown.

use std::ops::Range;

use super::constants::{Constant, Resolve, evaluate};
use super::declared::{declared_anywhere, parameter};
use super::launches::{Launch, split_arguments};
use super::{Token, TokenKind, Unit};

/// The threads of a block in each dimension.
pub type Block = [u32; 3];

/// The size of the blocks of `launch`. `constant` looks up the constants of the project.
pub fn block_of(unit: &Unit, launch: &Launch, constant: Resolve) -> Option<Block> {
    let tokens = launch.config.get(1)?.clone();
    Reader { unit, at: launch.open.start, constant }.block(tokens, DEEPEST)
}

/// The size of the grid of `launch` in blocks. `constant` looks up the constants of the project.
pub fn grid_of(unit: &Unit, launch: &Launch, constant: Resolve) -> Option<Block> {
    let tokens = launch.config.first()?.clone();
    Reader { unit, at: launch.open.start, constant }.block(tokens, DEEPEST)
}

/// The most variables that are followed one after the other.
const DEEPEST: u32 = 4;

struct Reader<'a> {
    unit: &'a Unit<'a>,
    /// The token of the launch.
    at: usize,
    constant: Resolve<'a>,
}

impl Reader<'_> {
    fn block(&self, tokens: Range<usize>, depth: u32) -> Option<Block> {
        let depth = depth.checked_sub(1)?;
        if let Some(inner) = self.dim3(tokens.clone()) {
            return self.dimensions(inner, depth);
        }
        if tokens.len() == 1
            && let Some((kind, value)) = self.variable(tokens.start)
            && self.unit.is_word(kind.end.checked_sub(1)?, "dim3")
        {
            // `dim3 block(16, 16)` has the dimensions themselves, and `dim3 block = dim3(16, 16)` has an expression.
            let open = self.unit.tokens().get(value.start.checked_sub(1)?)?;
            return if open.is_punct(b'=') {
                self.block(value, depth)
            } else {
                self.dimensions(value, depth)
            };
        }
        Some([self.number(tokens, depth)?, 1, 1])
    }

    /// The arguments of `dim3(...)` or `dim3{...}`, if that is all of `tokens`.
    fn dim3(&self, tokens: Range<usize>) -> Option<Range<usize>> {
        let open = tokens.start + 1;
        if !self.unit.is_word(tokens.start, "dim3") || open >= tokens.end {
            return None;
        }
        let close = self.unit.lexed.close_of(open, tokens.end)?;
        (close + 1 == tokens.end).then_some(open + 1..close)
    }

    fn dimensions(&self, arguments: Range<usize>, depth: u32) -> Option<Block> {
        let parts = split_arguments(&self.unit.lexed, arguments);
        let mut block = [1; 3];
        if parts.is_empty() || parts.len() > block.len() {
            return None;
        }
        for (size, part) in block.iter_mut().zip(parts) {
            *size = self.number(part, depth)?;
        }
        Some(block)
    }

    fn number(&self, tokens: Range<usize>, depth: u32) -> Option<u32> {
        let value = self.constant(tokens, depth)?.value()?;
        u32::try_from(value).ok().filter(|&value| value > 0)
    }

    fn constant(&self, tokens: Range<usize>, depth: u32) -> Option<Constant> {
        let depth = depth.checked_sub(1);
        let words: Vec<usize> = tokens.clone().filter(|&at| self.is_name(at)).collect();
        let resolve = |word: &[u8]| {
            let at = *words.iter().find(|&&at| self.unit.text(&self.unit.tokens()[at]) == word)?;
            match self.variable(at) {
                Some((kind, value)) => {
                    let depth = depth.filter(|_| self.is_integer(kind))?;
                    self.constant(value, depth)
                }
                None if self.is_declared(at) => None,
                None => (self.constant)(word),
            }
        };
        evaluate(self.unit, tokens, &resolve)
    }

    fn is_name(&self, at: usize) -> bool {
        self.unit.tokens()[at].kind == TokenKind::Identifier
    }

    fn is_integer(&self, kind: Range<usize>) -> bool {
        let known: [&[u8]; 10] = [
            b"const",
            b"constexpr",
            b"static",
            b"unsigned",
            b"int",
            b"uint",
            b"size_t",
            b"long",
            b"auto",
            b"uint32_t",
        ];
        self.unit.tokens()[kind].iter().all(|token| known.contains(&self.unit.text(token)))
    }

    /// Whether the function around the launch, or the file, declares the name at token `at` as a variable or a parameter.
    fn is_declared(&self, at: usize) -> bool {
        let name = self.unit.text(&self.unit.tokens()[at]);
        let function = self.unit.function_at(self.unit.tokens()[self.at].start);
        let is_parameter = function.is_some_and(|function| parameter(self.unit, function, name).is_some());
        let is_constant = self.unit.constants().value(self.unit, name).is_some();
        is_parameter || (!is_constant && declared_anywhere(self.unit, name, self.at).is_some())
    }

    /// The type and value of the local variable at token `at`, if its declaration is the only place that writes it.
    fn variable(&self, at: usize) -> Option<(Range<usize>, Range<usize>)> {
        let tokens = self.unit.tokens();
        let name = self.unit.text(&tokens[at]);
        let function = self.unit.function_at(tokens[self.at].start)?;
        let declared = self.unit.variables_named(name);
        let mut inside = declared.iter().filter(|(place, _)| function.body.contains(place));
        let (place, kind) = inside.next()?;
        if inside.next().is_some() || *place >= self.at {
            return None;
        }
        let others = function.body.clone().filter(|other| other != place);
        let mut same = others.filter(|&other| self.is_name(other) && self.unit.text(&tokens[other]) == name);
        if same.any(|other| self.may_write(other)) {
            return None;
        }
        let value = place + 2;
        let end = match tokens.get(place + 1)? {
            open if open.is_punct(b'(') || open.is_punct(b'{') => {
                self.unit.lexed.close_of(place + 1, tokens.len())?
            }
            equals if equals.is_punct(b'=') => self.end_of_value(value)?,
            _ => return None,
        };
        Some((kind.clone(), value..end))
    }

    /// The `;` or `,` behind the value that begins at `start`.
    fn end_of_value(&self, start: usize) -> Option<usize> {
        let tokens = self.unit.tokens();
        let mut at = start;
        while at < tokens.len().min(start + 64) {
            match tokens[at].byte {
                b'(' | b'{' | b'[' if tokens[at].kind == TokenKind::Punct => {
                    at = self.unit.lexed.close_of(at, tokens.len())?;
                }
                b';' | b',' if tokens[at].kind == TokenKind::Punct => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Whether the use of a variable at token `at` may write it: an assignment, `++`, `--`, `>>`, or its address.
    fn may_write(&self, at: usize) -> bool {
        let tokens = self.unit.tokens();
        let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
        let back = |by: usize, byte: u8| at.checked_sub(by).is_some_and(|at| is(at, byte));
        // A member of a `dim3`.
        let end = if is(at + 1, b'.') { at + 3 } else { at + 1 };
        let assigns = is(end, b'=') && !is(end + 1, b'=');
        let operator = tokens
            .get(end)
            .is_some_and(|token: &Token| token.kind == TokenKind::Punct && b"+-*/%&|^".contains(&token.byte));
        let shifts = |byte| is(end, byte) && is(end + 1, byte) && is(end + 2, b'=');
        let counts = |byte| (is(end, byte) && is(end + 1, byte)) || (back(1, byte) && back(2, byte));
        let address = back(1, b'&') && (back(2, b'(') || back(2, b',') || back(2, b'='));
        let reads_input = back(1, b'>') && back(2, b'>');
        assigns
            || (operator && is(end + 1, b'='))
            || shifts(b'<')
            || shifts(b'>')
            || counts(b'+')
            || counts(b'-')
            || address
            || reads_input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Checks the block of the only launch in `code`.
    fn check(code: &str, expected: Option<Block>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let launch = unit.launches().next().expect("the code has a launch");
        let constant = |word: &[u8]| unit.constants().value(&unit, word);
        assert_eq!(block_of(&unit, launch, &constant), expected, "{code}");
    }

    #[test]
    fn sizes_that_are_certain() {
        check("void f() { k<<<1, 256>>>(); }", Some([256, 1, 1]));
        check("void f() { k<<<g, dim3(16, 8)>>>(); }", Some([16, 8, 1]));
        check("void f() { k<<<g, dim3{4, 4, 4}>>>(); }", Some([4, 4, 4]));
        check("#define N 64\nvoid f() { k<<<1, N * 2>>>(); }", Some([128, 1, 1]));
        check("void f() { dim3 block(32, 4); k<<<1, block>>>(); }", Some([32, 4, 1]));
        check("void f() { dim3 block = dim3(8, 8); k<<<1, block>>>(); }", Some([8, 8, 1]));
        check("void f() { int threads = 192; k<<<1, threads>>>(); }", Some([192, 1, 1]));
        check("const int T = 16;\nvoid f() { dim3 b(T, T); k<<<1, b>>>(); }", Some([16, 16, 1]));
        check("void f() { const int n = 128; dim3 b(n); if (n == 3) {} k<<<1, b>>>(); }", Some([128, 1, 1]));
    }

    #[test]
    fn sizes_that_can_change() {
        check("void f(int n) { k<<<1, n>>>(); }", None);
        check("void f(int c) { int n = 64; if (c) n = 128; k<<<1, n>>>(); }", None);
        check("void f(int c) { int n = 64; n *= c; k<<<1, n>>>(); }", None);
        check("void f() { int n = 64; read(&n); k<<<1, n>>>(); }", None);
        check("void f() { int n = 64; std::cin >> n; k<<<1, n>>>(); }", None);
        check("void f() { dim3 b(8, 8); b.x = 16; k<<<1, b>>>(); }", None);
        check("void f() { dim3 b; k<<<1, b>>>(); }", None);
        check("void f(int n) { dim3 b(n, 8); k<<<1, b>>>(); }", None);
        check("const int N = 64;\nvoid f(int N) { k<<<1, N>>>(); }", None);
    }
}
