//! Reads the tokens before a name backward: the type of a possible declaration, and the token that opens it.
//!
//! It has no table of types: it finds tokens that can be a type, and whether they could begin an expression as well.

use super::{Token, TokenKind, Unit};

/// A search before or behind a name ends after this many tokens: no declaration has more, and a longer search would
/// make broken files slow.
pub(super) const FAR: usize = 256;

/// Words that begin an expression, or a declaration of anything but a variable.
const NO_TYPE: &[&[u8]] = &[
    b"return",
    b"case",
    b"goto",
    b"throw",
    b"new",
    b"delete",
    b"sizeof",
    b"operator",
    b"using",
    b"namespace",
    b"typedef",
    b"friend",
    b"co_return",
    b"co_yield",
    b"co_await",
    b"and",
    b"or",
    b"not",
    b"asm",
    b"if",
    b"while",
    b"for",
    b"switch",
    b"template",
];

/// Words that may be beside a type but are no type themselves.
const SPECIFIERS: &[&[u8]] = &[
    b"const",
    b"volatile",
    b"static",
    b"extern",
    b"inline",
    b"constexpr",
    b"constinit",
    b"mutable",
    b"thread_local",
    b"register",
    b"restrict",
    b"__restrict",
    b"__restrict__",
    b"__device__",
    b"__host__",
    b"__constant__",
    b"__shared__",
    b"__managed__",
    b"struct",
    b"class",
    b"enum",
    b"union",
    b"typename",
];

/// Types that an expression cannot contain as a single word.
const FUNDAMENTAL: &[&[u8]] = &[
    b"void",
    b"bool",
    b"char",
    b"short",
    b"int",
    b"long",
    b"signed",
    b"unsigned",
    b"float",
    b"double",
    b"auto",
];

/// The token before the type of a declaration, or before the name where there is no type.
pub(super) enum Opener {
    /// The beginning of a statement or of the file.
    Statement,
    /// The `(` at this token.
    Paren(usize),
    /// The `<` at this token.
    Angle(usize),
    /// The `[` at this token.
    Bracket(usize),
    /// The `,` at this token.
    Comma(usize),
}

/// The type and the opening token before a name.
pub(super) struct Before {
    pub(super) opener: Opener,
    /// Whether there is a type.
    pub(super) typed: bool,
    /// Whether the type is certain, because it has a keyword or template arguments.
    pub(super) sure: bool,
    /// Whether the type could be the beginning of an expression, as in `a * name`.
    pub(super) ambiguous: bool,
}

pub(super) fn is_fundamental(unit: &Unit, at: usize) -> bool {
    unit.tokens().get(at).is_some_and(|token| FUNDAMENTAL.contains(&unit.text(token)))
}

/// Whether a parameter begins at token `at`, or an empty list ends there.
pub(super) fn begins_type(unit: &Unit, at: usize) -> bool {
    let Some(token) = unit.tokens().get(at) else { return true };
    token.is_punct(b')') || is_fundamental(unit, at) || SPECIFIERS.contains(&unit.text(token))
}

/// Reads the possible type of the name at token `at` backward.
pub(super) fn before(unit: &Unit, at: usize) -> Option<Before> {
    let tokens = unit.tokens();
    let in_directive = tokens[at].is(Token::DIRECTIVE);
    // The name of a macro in its `#define` is not the type of the next word.
    let first = unit.directive_of(at).map_or(0, |directive| directive.tokens.start + 1);
    let floor = at.saturating_sub(FAR).max(first);
    let mut read = TypeTokens::default();
    let mut opener = Opener::Statement;
    let mut index = at;
    while index > floor {
        index -= 1;
        if tokens[index].is(Token::DIRECTIVE) != in_directive {
            break;
        }
        match read.take(unit, index) {
            Step::From(next) => index = next,
            Step::Ends(found) => {
                opener = found;
                break;
            }
            Step::NoType => return None,
        }
    }
    let typed = read.words > 0 && read.angles == 0 && read.ends_type == Some(true);
    let sure = read.is_sure || read.is_template;
    Some(Before { opener, typed, sure, ambiguous: read.points && !read.is_sure })
}

/// The tokens of a possible type that were read so far, from its end.
#[derive(Default)]
struct TypeTokens {
    /// Words that can be the type.
    words: usize,
    /// Template lists that are open at this place.
    angles: u32,
    /// Whether a word can only be part of a type.
    is_sure: bool,
    /// Whether `*` or `&` is between the type and the name.
    points: bool,
    /// Whether a template list ends the type.
    is_template: bool,
    /// Whether the token before the name, past `*`, `&` and qualifiers, can end a type; `None` before that token.
    ends_type: Option<bool>,
}

/// The effect of one token on the search for a type.
enum Step {
    /// The search goes on before this token.
    From(usize),
    /// The search ends.
    Ends(Opener),
    /// The tokens are not a type.
    NoType,
}

impl TypeTokens {
    fn take(&mut self, unit: &Unit, index: usize) -> Step {
        let token = &unit.tokens()[index];
        let word = unit.text(token);
        match token.kind {
            TokenKind::Identifier if word == b"else" || word == b"do" => {
                return Step::Ends(Opener::Statement);
            }
            TokenKind::Identifier if NO_TYPE.contains(&word) => return Step::NoType,
            TokenKind::Identifier if SPECIFIERS.contains(&word) => self.is_sure |= self.angles == 0,
            TokenKind::Identifier => {
                self.words += 1;
                self.is_sure |= FUNDAMENTAL.contains(&word);
                self.ends_type.get_or_insert(true);
            }
            TokenKind::Number if self.angles > 0 => {}
            TokenKind::String if index > 0 && unit.is_word(index - 1, "extern") => {}
            TokenKind::Punct => return self.take_mark(unit, index),
            _ => return Step::NoType,
        }
        Step::From(index)
    }

    fn take_mark(&mut self, unit: &Unit, index: usize) -> Step {
        let tokens = unit.tokens();
        let token = &tokens[index];
        match token.byte {
            b'>' if token.is_punct(b'>') => {
                self.angles += 1;
                self.points |= self.ends_type.is_none();
                self.is_template |= self.ends_type.is_none();
                self.ends_type.get_or_insert(true);
            }
            b'<' if self.angles > 0 => self.angles -= 1,
            b'<' => return Step::Ends(Opener::Angle(index)),
            b'*' | b'&' => self.points |= self.ends_type.is_none(),
            b':' if token.is_double(b':') => {}
            b'.' | b',' if self.angles > 0 => {}
            b'.' if tokens[index.saturating_sub(1)].is_punct(b'.') || tokens[index + 1].is_punct(b'.') => {}
            b',' => return Step::Ends(Opener::Comma(index)),
            b'(' => return Step::Ends(Opener::Paren(index)),
            b'[' => return Step::Ends(Opener::Bracket(index)),
            b':' | b';' | b'{' | b'}' => return Step::Ends(Opener::Statement),
            b')' | b']' => match opens_specifier(unit, index) {
                Some(open) => {
                    let is_decltype = unit.is_word(open, "decltype");
                    self.is_sure = true;
                    self.ends_type = self.ends_type.or(is_decltype.then_some(true));
                    self.words += usize::from(is_decltype);
                    return Step::From(open);
                }
                None if token.byte == b')' => return Step::Ends(Opener::Statement),
                None => return Step::NoType,
            },
            _ => return Step::NoType,
        }
        Step::From(index)
    }
}

/// Words that can be beside a type and have parentheses, and `decltype`, which is a type.
const WITH_PARENTHESES: &[&[u8]] =
    &[b"decltype", b"alignas", b"__align__", b"__attribute__", b"__declspec", b"__launch_bounds__"];

/// The first token of the `decltype(...)`, `alignas(...)` or attribute that ends with the bracket `close`.
fn opens_specifier(unit: &Unit, close: usize) -> Option<usize> {
    let open = unit.lexed.open_of(close, 0)?;
    if unit.tokens()[close].byte == b']' {
        return (open > 0 && unit.tokens()[open + 1].is_punct(b'[')).then_some(open);
    }
    open.checked_sub(1).filter(|&word| WITH_PARENTHESES.contains(&unit.text(&unit.tokens()[word])))
}

/// Whether a declaration of several variables begins at token `from`: a type and a name.
pub(super) fn begins_list(unit: &Unit, from: usize) -> bool {
    let tokens = unit.tokens();
    let (mut words, mut is_sure, mut points) = (0, false, false);
    let mut index = from;
    while let Some(token) = tokens.get(index).filter(|_| index < from + FAR) {
        let word = unit.text(token);
        match token.kind {
            TokenKind::Identifier if NO_TYPE.contains(&word) => return false,
            TokenKind::Identifier if SPECIFIERS.contains(&word) => is_sure = true,
            TokenKind::Identifier => {
                is_sure |= FUNDAMENTAL.contains(&word);
                words += 1;
            }
            TokenKind::Punct if token.is_double(b':') => words -= 1,
            TokenKind::Punct if matches!(token.byte, b'*' | b'&') => points = true,
            TokenKind::Punct if token.byte == b'<' => match unit.lexed.angle_close(index, tokens.len()) {
                Some(close) => index = close,
                None => return false,
            },
            _ => break,
        }
        index += 1;
    }
    let ends = tokens.get(index).is_some_and(|token| matches!(token.byte, b'=' | b',' | b'[' | b'{' | b'('));
    ends && words >= 2 && (is_sure || !points)
}
