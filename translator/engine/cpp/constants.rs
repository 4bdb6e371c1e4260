//! The values of integer constants, read from tokens: enough for masks and widths.
//!
//! It refuses to guess: an expression has no value if it cannot be read or depends on an unknown name.

use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{DirectiveKind, Token, TokenKind, Unit};

/// How deep constants that refer to other constants are followed.
const DEEPEST: u32 = 4;

/// The value and type of an integer constant.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constant {
    /// Its bits. A 32-bit value is in the lower half; a signed one is sign-extended.
    bits: u64,
    /// Whether it has 64 bits.
    wide: bool,
    signed: bool,
}

impl Constant {
    /// The lower 32 bits, which a mask of lanes keeps.
    pub fn low(self) -> u32 {
        self.bits as u32
    }

    /// Its value; `None` where it does not fit into a signed number of 64 bits.
    pub fn value(self) -> Option<i64> {
        if self.signed { Some(self.bits.cast_signed()) } else { i64::try_from(self.bits).ok() }
    }

    /// A constant of type `int` if it fits, else of the smallest type that C++ gives a hexadecimal number.
    pub fn of(value: u64) -> Self {
        let wide = u32::try_from(value).is_err();
        let signed = if wide { i64::try_from(value).is_ok() } else { i32::try_from(value).is_ok() };
        Self { bits: value, wide, signed }
    }

    fn fitted(self) -> Self {
        let bits = match (self.wide, self.signed) {
            (true, _) => self.bits,
            (false, true) => i64::from((self.bits as u32).cast_signed()).cast_unsigned(),
            (false, false) => u64::from(self.bits as u32),
        };
        Self { bits, ..self }
    }

    fn cast(self, wide: bool, signed: bool) -> Self {
        Self { wide, signed, ..self }.fitted()
    }
}

/// Looks up the value of a name.
pub type Resolve<'a> = &'a dyn Fn(&[u8]) -> Option<Constant>;

/// The value of the expression in `tokens`.
pub fn evaluate(unit: &Unit, tokens: Range<usize>, resolve: Resolve) -> Option<Constant> {
    nested(unit, tokens, resolve, 0)
}

/// A longer expression has no value: real constants are short.
const MOST_TOKENS: usize = 64;

fn nested(unit: &Unit, tokens: Range<usize>, resolve: Resolve, depth: usize) -> Option<Constant> {
    if tokens.len() > MOST_TOKENS {
        return None;
    }
    // Most constants are one number.
    if let [token] = &unit.tokens()[tokens.clone()]
        && token.kind == TokenKind::Number
    {
        return number(unit.text(token));
    }
    let mut reader = Reader { unit, at: tokens.start, end: tokens.end, resolve, depth };
    let value = reader.binary(0)?;
    (reader.at == reader.end).then_some(value)
}

struct Reader<'a> {
    unit: &'a Unit<'a>,
    at: usize,
    end: usize,
    resolve: Resolve<'a>,
    depth: usize,
}

/// The operators by rising precedence; `<` is `<<` and `>` is `>>`.
const LEVELS: &[&[u8]] = &[b"|", b"^", b"&", b"<>", b"+-", b"*/%"];

impl Reader<'_> {
    fn token(&self, at: usize) -> Option<&Token> {
        self.unit.tokens().get(at).filter(|_| at < self.end)
    }

    fn binary(&mut self, level: usize) -> Option<Constant> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(token) = self.token(self.at) {
            let byte = token.byte;
            if token.kind != TokenKind::Punct || token.end - token.start != 1 || !operators.contains(&byte) {
                break;
            }
            let is_shift = matches!(byte, b'<' | b'>');
            if is_shift && !self.token(self.at + 1).is_some_and(|t| t.is_punct(byte)) {
                return None;
            }
            self.at += 1 + usize::from(is_shift);
            let right = self.binary(level + 1)?;
            left = apply(byte, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Constant> {
        let token = *self.token(self.at)?;
        self.depth += 1;
        if self.depth > MOST_TOKENS {
            return None;
        }
        match token.byte {
            b'~' | b'-' | b'+' if token.is_punct(token.byte) => {
                self.at += 1;
                let value = self.unary()?;
                let bits = match token.byte {
                    b'~' => !value.bits,
                    b'-' => value.bits.wrapping_neg(),
                    _ => value.bits,
                };
                Some(Constant { bits, ..value }.fitted())
            }
            b'(' => self.bracket(),
            _ if token.kind == TokenKind::Number => {
                self.at += 1;
                number(self.unit.text(&token))
            }
            _ if token.kind == TokenKind::Identifier => self.name(),
            _ => None,
        }
    }

    /// An expression in parentheses, or a cast.
    fn bracket(&mut self) -> Option<Constant> {
        let close = self.unit.lexed.close_of(self.at, self.end)?;
        let inner = self.at + 1..close;
        self.at = close + 1;
        match self.type_of(inner.clone()) {
            Some((wide, signed)) => Some(self.unary()?.cast(wide, signed)),
            None => nested(self.unit, inner, self.resolve, self.depth),
        }
    }

    /// A named constant, `static_cast<T>(x)`, `T(x)` or `T{x}`.
    fn name(&mut self) -> Option<Constant> {
        let start = self.at;
        let tokens = self.unit.tokens();
        let opens = |at: usize| self.token(at).is_some_and(|t| t.is_punct(b'(') || t.is_punct(b'{'));
        if self.unit.is_word(start, "static_cast") && self.token(start + 1)?.is_punct(b'<') {
            let angle = (start + 2..self.end).find(|&at| tokens[at].is_punct(b'>'))?;
            self.at = angle + 1;
            let (wide, signed) = self.type_of(start + 2..angle)?;
            return Some(self.bracket()?.cast(wide, signed));
        }
        let mut end = start;
        while self.token(end).is_some_and(|t| t.kind == TokenKind::Identifier || t.is_double(b':')) {
            end += 1;
        }
        if opens(end) {
            let (wide, signed) = self.type_of(start..end)?;
            let close = self.unit.lexed.close_of(end, self.end)?;
            self.at = close + 1;
            return Some(nested(self.unit, end + 1..close, self.resolve, self.depth)?.cast(wide, signed));
        }
        self.at = end;
        let last = self.token(end - 1)?;
        (self.resolve)(self.unit.text(last))
    }

    /// Whether the integer type in `tokens` has 64 bits, and whether it is signed.
    fn type_of(&self, tokens: Range<usize>) -> Option<(bool, bool)> {
        let mut found = None;
        for token in &self.unit.tokens()[tokens] {
            let (wide, signed) = found.unwrap_or((false, true));
            found = match self.unit.text(token) {
                b"const" | b"std" | b"::" | b"int" | b"signed" => Some((wide, signed)),
                b"unsigned" | b"uint" | b"uint32_t" | b"u32" => Some((wide, false)),
                b"int32_t" => Some((false, true)),
                b"long" | b"int64_t" => Some((true, signed)),
                b"uint64_t" | b"size_t" => Some((true, false)),
                _ => return None,
            };
        }
        found
    }
}

fn apply(operator: u8, a: Constant, b: Constant) -> Option<Constant> {
    let is_shift = matches!(operator, b'<' | b'>');
    let wide = a.wide || (b.wide && !is_shift);
    let signed =
        if is_shift { a.signed } else { (a.signed || (wide && !a.wide)) && (b.signed || (wide && !b.wide)) };
    let width = if wide { 64 } else { 32 };
    let shift = u32::try_from(b.bits).ok().filter(|&by| by < width);
    let (x, y) = (a.cast(wide, signed).bits, b.cast(wide, signed).bits);
    // No real mask divides a negative number or shifts it to the right.
    let negative = signed && (x.cast_signed() < 0 || y.cast_signed() < 0);
    let bits = match operator {
        b'|' => x | y,
        b'^' => x ^ y,
        b'&' => x & y,
        b'<' => x.checked_shl(shift?)?,
        b'>' if !negative => x.checked_shr(shift?)?,
        b'+' => x.wrapping_add(y),
        b'-' => x.wrapping_sub(y),
        b'*' => x.wrapping_mul(y),
        b'/' if !negative => x.checked_div(y)?,
        b'%' if !negative => x.checked_rem(y)?,
        _ => return None,
    };
    Some(Constant { bits, wide, signed }.fitted())
}

/// The value of the integer literal `text`: decimal, hexadecimal, octal or binary, with `'` and a suffix.
pub fn number(text: &[u8]) -> Option<Constant> {
    let text = std::str::from_utf8(text).ok()?.replace('\'', "").to_ascii_lowercase();
    let digits = text.trim_end_matches(['u', 'l']);
    let suffix = &text[digits.len()..];
    let (value, decimal) = if let Some(hex) = digits.strip_prefix("0x") {
        (u64::from_str_radix(hex, 16).ok()?, false)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        (u64::from_str_radix(binary, 2).ok()?, false)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (u64::from_str_radix(digits, 8).ok()?, false)
    } else {
        (digits.parse().ok()?, true)
    };
    let mut constant = Constant::of(value);
    if decimal && !constant.signed && !constant.wide {
        constant = Constant { wide: true, signed: true, ..constant };
    }
    constant.wide |= suffix.contains('l');
    constant.signed &= !suffix.contains('u');
    Some(constant)
}

/// The constants and object-like macros of a file, each with the tokens of all its values.
#[derive(Default)]
pub struct Constants {
    values: FxHashMap<Box<[u8]>, Vec<Range<usize>>>,
}

impl Constants {
    /// The constants of `unit`: macros, and `const` or `constexpr` variables, also those in functions.
    pub fn of(unit: &Unit) -> Self {
        let mut constants = Self::default();
        for (name, value) in macros(unit).chain(variables(unit)) {
            constants.values.entry(unit.text(&unit.tokens()[name]).into()).or_default().push(value);
        }
        constants
    }

    /// The names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.values.keys().map(AsRef::as_ref)
    }

    /// The value of `name`; `None` where the file gives it no value, different values, or one that cannot be read.
    pub fn value(&self, unit: &Unit, name: &[u8]) -> Option<Constant> {
        self.follow(unit, name, DEEPEST)
    }

    fn follow(&self, unit: &Unit, name: &[u8], depth: u32) -> Option<Constant> {
        let depth = depth.checked_sub(1)?;
        let resolve = |word: &[u8]| well_known(word).or_else(|| self.follow(unit, word, depth));
        let mut values = self.values.get(name)?.iter().map(|tokens| evaluate(unit, tokens.clone(), &resolve));
        let first = values.next()??;
        values.all(|value| value == Some(first)).then_some(first)
    }
}

/// Constants of the C++ library.
pub fn well_known(name: &[u8]) -> Option<Constant> {
    matches!(name, b"UINT_MAX" | b"UINT32_MAX").then(|| Constant::of(u64::from(u32::MAX)))
}

/// The most tokens of a constant: no real mask or width is longer.
const LONGEST: usize = 16;

/// The object-like macros: the index of each name, and the tokens of its value.
fn macros<'u>(unit: &'u Unit) -> impl Iterator<Item = (usize, Range<usize>)> + 'u {
    let tokens = unit.tokens();
    let defines = unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define);
    defines.filter(|d| (2..LONGEST).contains(&d.tokens.len())).filter_map(|d| {
        let name = d.tokens.start;
        let has_parameters = tokens[name + 1].is_punct(b'(') && tokens[name + 1].start == tokens[name].end;
        (!has_parameters).then_some((name, name + 1..d.tokens.end))
    })
}

/// The constant variables, without parameters.
fn variables<'u>(unit: &'u Unit) -> impl Iterator<Item = (usize, Range<usize>)> + 'u {
    let tokens = unit.tokens();
    let mut open = 0_u32;
    tokens.iter().enumerate().filter(|(_, token)| !token.is(Token::DIRECTIVE)).filter_map(
        move |(at, token)| {
            match token.byte {
                b'(' => open += 1,
                b')' => open = open.saturating_sub(1),
                b';' | b'{' | b'}' => open = 0,
                b'c' if open == 0 && matches!(unit.text(token), b"const" | b"constexpr") => {
                    return variable(tokens, at + 1);
                }
                _ => {}
            }
            None
        },
    )
}

/// The variable with a type that begins at `start`, and its value.
fn variable(tokens: &[Token], start: usize) -> Option<(usize, Range<usize>)> {
    let head = &tokens[start..tokens.len().min(start + 8)];
    let name = start + head.windows(2).position(|two| ends_declarator(&two[0], &two[1]))?;
    let value = name + 2;
    let ends = |token: &Token| token.kind == TokenKind::Punct && matches!(token.byte, b';' | b',' | b'}');
    let end = value + tokens[value.min(tokens.len())..].iter().take(LONGEST).position(ends)?;
    (end > value).then_some((name, value..end))
}

/// Whether `name` and `next` are a variable's name and the beginning of its value.
fn ends_declarator(name: &Token, next: &Token) -> bool {
    name.kind == TokenKind::Identifier && (next.is_punct(b'=') || next.is_punct(b'{'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Checks the value of the constant `X` in `code`.
    fn check(code: &str, expected: Option<u32>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        assert_eq!(Constants::of(&unit).value(&unit, b"X").map(Constant::low), expected, "{code}");
    }

    #[test]
    fn full_masks() {
        for text in
            ["0xffffffff", "0xFFFFFFFFu", "~0", "-1", "~0u", "(unsigned)-1", "4294967295U", "UINT_MAX"]
        {
            check(&format!("#define X {text}\n"), Some(u32::MAX));
        }
        check("#define W 32\n#define X ((1ull << W) - 1)\n", Some(u32::MAX));
        check("constexpr unsigned Y = 0xffff'ffff; static const unsigned X = Y;", Some(u32::MAX));
        check("constexpr uint32_t X{~uint32_t(0)};", Some(u32::MAX));
        check("const int X = static_cast<int>(0xffffffffu);", Some(u32::MAX));
    }

    #[test]
    fn other_numbers() {
        check("#define X (0xffffffffu >> 16)\n", Some(0xffff));
        check("#define X (~0u >> 1 & 0xff)\n", Some(0xff));
        check("#define X (1 << 4 | 3 * 2 + 1)\n", Some(0x17));
        check("#define X 017\n", Some(15));
    }

    #[test]
    fn literals() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(number(text.as_bytes()).and_then(Constant::value), expected, "{text}");
        };
        check("0", Some(0));
        check("32u", Some(32));
        check("0X20", Some(32));
        check("040", Some(32));
        check("0b10'0000", Some(32));
        check("1'000ULL", Some(1000));
        check("0xffffffff", Some(0xffff_ffff));
        check("4294967295", Some(0xffff_ffff));
        check("0x8000000000000000", None);
        check("32f", None);
        check("3.2", None);
        check("08", None);
    }

    #[test]
    fn uncertain_values_are_none() {
        check("#define X (-1 >> 1)\n", None);
        check("#define X f(1)\n", None);
        check("#define X X\n", None);
        check("#define A B\n#define B A\n#define X A\n", None);
        check("#if D\n#define X 1\n#else\n#define X 2\n#endif\n", None);
        check("#define X(a) 1\n", None);
        check("#define X 1 2\n", None);
    }
}
