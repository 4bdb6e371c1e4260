//! Statements and operands of PTX text.

use std::ops::Range;

use super::lexer::{Kind, Token, lex};
use super::{Instruction, Operand, Statement, Statements, Unreadable};
use crate::text::Span;

/// Deeper nesting of operands is not PTX, because a vector cannot contain a vector.
const DEEPEST: u32 = 4;
/// The most registers of one declaration.
const MOST_REGISTERS: u64 = 256;

type Result<T> = std::result::Result<T, Unreadable>;

/// Reads `text`. Each range in `pasted` is the place of a macro's parameter in it.
pub(crate) fn read(text: &str, pasted: &[Range<usize>]) -> Result<Statements> {
    let tokens = lex(text);
    let mut reader = Reader { tokens: &tokens, at: 0, end: text.len() as u32, pasted };
    let mut statements = Vec::new();
    while reader.at < tokens.len() {
        statements.extend(reader.statement()?);
    }
    Ok(statements)
}

/// What an operator of a constant expression computes.
type Apply = fn(u64, u64) -> Option<u64>;

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    end: u32,
    pasted: &'a [Range<usize>],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn is_mark(&self, mark: u8) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Mark(mark))
    }

    /// Moves behind `mark` if it is next.
    fn skip(&mut self, mark: u8) -> bool {
        let is_next = self.is_mark(mark);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, mark: u8) -> Result<()> {
        if self.skip(mark) { Ok(()) } else { Err(self.unreadable()) }
    }

    fn unreadable(&self) -> Unreadable {
        Unreadable { span: self.peek().map_or(Span::at(self.end), |token| token.span) }
    }

    fn word(&mut self) -> Result<Token<'a>> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => {
                self.at += 1;
                Ok(token)
            }
            _ => Err(self.unreadable()),
        }
    }

    fn statement(&mut self) -> Result<Option<Statement>> {
        if self.skip(b';') {
            return Ok(None);
        }
        if self.skip(b'{') {
            return Ok(Some(Statement::Open));
        }
        if self.skip(b'}') {
            return Ok(Some(Statement::Close));
        }
        let start = self.unreadable().span;
        let predicate = self.predicate()?;
        let first = self.word()?;
        if predicate.is_none() && self.skip(b':') {
            return Ok(Some(Statement::Label(register(first.text).to_owned())));
        }
        if let Some(kind) = first.text.strip_prefix(".reg") {
            // `.reg.u32` is one word.
            return match kind {
                "" => self.word().and_then(|kind| self.registers(kind)).map(Some),
                _ => self.registers(Token { text: kind, ..first }).map(Some),
            };
        }
        if !first.text.starts_with(|c: char| c.is_ascii_alphabetic()) || self.touches_pasted(first.span) {
            return Err(Unreadable { span: first.span });
        }
        let operands = if self.ends_statement() { Vec::new() } else { self.list(DEEPEST)? };
        let last = self.tokens[self.at - 1].span;
        if !self.skip(b';') && self.at < self.tokens.len() && !self.is_mark(b'}') {
            return Err(self.unreadable());
        }
        let name = first.text.to_owned();
        Ok(Some(Statement::Instruction(Instruction { predicate, name, operands, span: start.to(last) })))
    }

    fn ends_statement(&self) -> bool {
        self.at == self.tokens.len() || self.is_mark(b';') || self.is_mark(b'}')
    }

    fn predicate(&mut self) -> Result<Option<(String, bool)>> {
        if !self.skip(b'@') {
            return Ok(None);
        }
        let negated = self.skip(b'!');
        Ok(Some((register(self.word()?.text).to_owned(), negated)))
    }

    /// Reads the rest of a statement `.reg .TYPE name, name<COUNT>;`.
    fn registers(&mut self, kind: Token) -> Result<Statement> {
        let kind = kind.text.strip_prefix('.').ok_or(Unreadable { span: kind.span })?.to_owned();
        let mut names = Vec::new();
        loop {
            let name = self.word()?;
            if self.skip(b'<') {
                let count = self.word()?;
                let number = integer(count.text).filter(|&number| number <= MOST_REGISTERS);
                let number = number.ok_or(Unreadable { span: count.span })?;
                self.expect(b'>')?;
                names.extend((0..number).map(|at| format!("{}{at}", register(name.text))));
            } else {
                names.push(register(name.text).to_owned());
            }
            if !self.skip(b',') {
                break;
            }
        }
        if !self.ends_statement() {
            return Err(self.unreadable());
        }
        self.skip(b';');
        Ok(Statement::Registers { kind, names })
    }

    fn list(&mut self, depth: u32) -> Result<Vec<Operand>> {
        let mut operands = vec![self.operand(depth)?];
        while self.skip(b',') {
            operands.push(self.operand(depth)?);
        }
        Ok(operands)
    }

    fn operand(&mut self, depth: u32) -> Result<Operand> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.unreadable())?;
        if self.skip(b'{') {
            let parts = self.list(depth)?;
            self.expect(b'}')?;
            return Ok(Operand::Vector(parts));
        }
        if self.skip(b'[') {
            let base = self.operand(depth)?;
            let offset = self.offset()?;
            self.expect(b']')?;
            return Ok(Operand::Address(Box::new(base), offset));
        }
        if self.skip(b'!') {
            return Ok(Operand::Not(Box::new(self.operand(depth)?)));
        }
        if self.skip(b'-') {
            return Ok(match self.primary(depth)? {
                Operand::Integer(value) => {
                    Operand::Integer(self.expression(value.wrapping_neg(), 0, depth)?)
                }
                Operand::Float(bits) => Operand::Float(bits ^ 1 << 31),
                Operand::Double(bits) => Operand::Double(bits ^ 1 << 63),
                other => Operand::Negative(Box::new(other)),
            });
        }
        let is_group = self.is_mark(b'(');
        let operand = self.primary(depth)?;
        if let Operand::Integer(value) = operand {
            return self.expression(value, 0, depth).map(Operand::Integer);
        }
        if is_group {
            return Ok(operand);
        }
        if self.skip(b'|') {
            return Ok(Operand::Pair(Box::new(operand), Box::new(self.operand(depth)?)));
        }
        Ok(operand)
    }

    /// Reads an operand in parentheses, or a simple one.
    fn primary(&mut self, depth: u32) -> Result<Operand> {
        if self.skip(b'(') {
            let depth = depth.checked_sub(1).ok_or_else(|| self.unreadable())?;
            let inner = self.operand(depth)?;
            self.expect(b')')?;
            return Ok(inner);
        }
        let word = self.word()?;
        self.simple(word)
    }

    /// Reads the rest of a constant expression of integers behind `first`, up to an operator that binds less than `lowest`.
    fn expression(&mut self, first: u64, lowest: u8, depth: u32) -> Result<u64> {
        let mut value = first;
        while let Some((apply, binding, length)) = self.operator().filter(|(_, binding, _)| *binding > lowest)
        {
            let start = self.unreadable();
            self.at += length;
            let negative = self.skip(b'-');
            let Operand::Integer(next) = self.primary(depth)? else { return Err(start) };
            let next = if negative { next.wrapping_neg() } else { next };
            let next = self.expression(next, binding, depth)?;
            value = apply(value, next).ok_or(start)?;
        }
        Ok(value)
    }

    /// The next operator of a constant expression: what it computes, how much it binds, and its number of marks.
    fn operator(&self) -> Option<(Apply, u8, usize)> {
        let mark = |at: usize| match self.tokens.get(self.at + at).map(|token| token.kind) {
            Some(Kind::Mark(mark)) => mark,
            _ => 0,
        };
        Some(match (mark(0), mark(1)) {
            (b'*', _) => (|a, b| Some(a.wrapping_mul(b)), 6, 1),
            (b'/', _) => (u64::checked_div, 6, 1),
            (b'%', _) => (u64::checked_rem, 6, 1),
            (b'+', _) => (|a, b| Some(a.wrapping_add(b)), 5, 1),
            (b'-', _) => (|a, b| Some(a.wrapping_sub(b)), 5, 1),
            (b'<', b'<') => (|a, b| a.checked_shl(u32::try_from(b).ok()?), 4, 2),
            (b'>', b'>') => (|a, b| a.checked_shr(u32::try_from(b).ok()?), 4, 2),
            (b'&', _) => (|a, b| Some(a & b), 3, 1),
            (b'^', _) => (|a, b| Some(a ^ b), 2, 1),
            _ => return None,
        })
    }

    /// Reads `+N` or `-N`; 0 if there is neither.
    fn offset(&mut self) -> Result<i64> {
        let negative = self.is_mark(b'-');
        if !self.skip(b'+') && !self.skip(b'-') {
            return Ok(0);
        }
        let negative = negative != self.skip(b'-');
        let start = self.unreadable();
        let Operand::Integer(first) = self.primary(DEEPEST)? else { return Err(start) };
        // Signs of later terms count as they are written.
        let first = if negative { first.wrapping_neg() } else { first };
        let value = self.expression(first, 0, DEEPEST)?;
        Ok(value.cast_signed())
    }

    fn simple(&self, word: Token) -> Result<Operand> {
        let range = word.span.range();
        if let Some(at) = self.pasted.iter().position(|pasted| *pasted == range) {
            return Ok(Operand::Pasted(at));
        }
        if self.touches_pasted(word.span) {
            return Err(Unreadable { span: word.span });
        }
        operand_of(word.text).ok_or(Unreadable { span: word.span })
    }

    fn touches_pasted(&self, span: Span) -> bool {
        let (start, end) = (span.start as usize, span.end as usize);
        self.pasted.iter().any(|pasted| pasted.start < end && start < pasted.end)
    }
}

/// The name of a register without its `%`, or without `%%`.
fn register(word: &str) -> &str {
    word.trim_start_matches('%')
}

fn operand_of(word: &str) -> Option<Operand> {
    if word == "_" {
        return Some(Operand::Sink);
    }
    if let Some((whole, at, bits)) = selected(word) {
        return operand_of(whole).map(|whole| Operand::Part(Box::new(whole), at, bits));
    }
    if let Some(number) = word.strip_prefix('%').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        return number.parse().ok().map(Operand::Argument);
    }
    if word.starts_with(|c: char| c.is_ascii_digit()) || (word.starts_with('.') && word.len() > 1) {
        return number(word);
    }
    let name = register(word);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'));
    is_name.then(|| Operand::Name(name.to_owned()))
}

/// The word before a selector of video instructions, the first bit of the part, and its number of bits.
fn selected(word: &str) -> Option<(&str, u32, u32)> {
    let (whole, selector) =
        word.rsplit_once('.').filter(|_| !word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(match selector {
        "b0" => (whole, 0, 8),
        "b1" => (whole, 8, 8),
        "b2" => (whole, 16, 8),
        "b3" => (whole, 24, 8),
        "h0" => (whole, 0, 16),
        "h1" => (whole, 16, 16),
        _ => return None,
    })
}

fn number(word: &str) -> Option<Operand> {
    let lower = word.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0f").filter(|digits| digits.len() == 8) {
        return u32::from_str_radix(digits, 16).ok().map(Operand::Float);
    }
    if let Some(digits) = lower.strip_prefix("0d").filter(|digits| digits.len() == 16) {
        return u64::from_str_radix(digits, 16).ok().map(Operand::Double);
    }
    if let Some(value) = integer(word) {
        return Some(Operand::Integer(value));
    }
    // A decimal number with a point or an exponent is of double precision.
    lower.parse::<f64>().ok().map(|value| Operand::Double(value.to_bits()))
}

/// Reads an integer in the spelling of PTX and C.
fn integer(word: &str) -> Option<u64> {
    let lower = word.to_ascii_lowercase();
    let digits = lower.strip_suffix('u').unwrap_or(&lower);
    if let Some(hex) = digits.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = digits.strip_prefix("0b") {
        u64::from_str_radix(binary, 2).ok()
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(&digits[1..], 8).ok()
    } else {
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instruction(text: &str) -> Instruction {
        match read(text, &[]).expect("the text is PTX").remove(0) {
            Statement::Instruction(instruction) => instruction,
            other => unreachable!("{other:?}"),
        }
    }

    fn operands(text: &str) -> Vec<Operand> {
        instruction(&format!("x {text};")).operands
    }

    fn name(text: &str) -> Operand {
        Operand::Name(text.to_owned())
    }

    #[test]
    fn instructions() {
        let found = instruction("@!p ld.global.L2::128B.v2.f32 {%0, _}, [%2+16]; // comment");
        assert_eq!(found.predicate, Some(("p".to_owned(), true)));
        assert_eq!(found.name, "ld.global.L2::128B.v2.f32");
        assert_eq!(
            found.operands,
            [
                Operand::Vector(vec![Operand::Argument(0), Operand::Sink]),
                Operand::Address(Box::new(Operand::Argument(2)), 16)
            ]
        );
        assert_eq!(found.span, Span::new(0, 46));
        assert!(instruction("trap").operands.is_empty());
    }

    #[test]
    fn numbers() {
        use Operand::{Double, Float, Integer};
        assert_eq!(operands("12, 0x1F, 010, 0b11"), [Integer(12), Integer(31), Integer(8), Integer(3)]);
        assert_eq!(operands("-1"), [Integer(u64::MAX)]);
        assert_eq!(operands("32-2, 1+2-4"), [Integer(30), Integer(u64::MAX)]);
        assert_eq!(operands("(3+4)*2, 1<<4, -1+2"), [Integer(14), Integer(16), Integer(1)]);
        assert_eq!(operands("2+3*4, 7-2-1, 6/(1+1)"), [Integer(14), Integer(4), Integer(3)]);
        assert_eq!(
            operands("0f3F800000, 0d3FF0000000000000, 1.0"),
            [Float(0x3f80_0000), Double(0x3ff0_0000_0000_0000), Double(0x3ff0_0000_0000_0000)]
        );
    }

    #[test]
    fn names() {
        assert_eq!(
            operands("%laneid, %%tid.x, r1, $x"),
            [name("laneid"), name("tid.x"), name("r1"), name("$x")]
        );
        assert_eq!(
            operands("[a-4], !p"),
            [Operand::Address(Box::new(name("a")), -4), Operand::Not(Box::new(name("p")))]
        );
        assert_eq!(operands("d|p"), [Operand::Pair(Box::new(name("d")), Box::new(name("p")))]);
    }

    #[test]
    fn statements() {
        assert_eq!(read(".reg.b32 t;", &[]), read(".reg .b32 t;", &[]));
        let found = read("{ .reg .pred p, q<2>;\n\t L1: bra L1; } /* end */", &[]).expect("it is PTX");
        let names = ["p", "q0", "q1"].map(str::to_owned).to_vec();
        assert_eq!(
            found[..3],
            [
                Statement::Open,
                Statement::Registers { kind: "pred".to_owned(), names },
                Statement::Label("L1".to_owned())
            ]
        );
        assert_eq!(found.last(), Some(&Statement::Close));
    }

    #[test]
    fn what_is_no_ptx_has_a_place() {
        let place = |text: &str| read(text, &[]).expect_err("it is no PTX").span;
        assert_eq!(place("add.u32 %0, ?;"), Span::new(12, 13));
        assert_eq!(place("add.u32 %0 %1;"), Span::new(11, 13));
        assert_eq!(place(".reg .u32"), Span::at(9));
        assert_eq!(place("ld.é"), Span::new(3, 5));
    }

    #[test]
    fn parameters_of_macros_are_whole_operands() {
        let place = |at: usize| Range { start: at, end: at + 1 };
        let found = read("add.u32 %0, N, 4;", &[place(12)]).expect("it is PTX");
        let Statement::Instruction(found) = &found[0] else { unreachable!() };
        assert_eq!(found.operands[1], Operand::Pasted(0));
        assert!(read("ld.N.u32 %0, [%1];", &[place(3)]).is_err());
    }
}
