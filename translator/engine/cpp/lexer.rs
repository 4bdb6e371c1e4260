//! The lexer: exact and lossless for C, C++ and CUDA; it never fails and never allocates per token.
//!
//! Tokens and comments together cover everything except white space and line continuations. It refuses to
//! interpret: trigraphs, digraphs and universal character names stay plain characters, and macros stay unexpanded.

use memchr::{memchr, memchr2, memmem};

use super::pairs::Pairs;
use super::token::{Directive, DirectiveKind, Token, TokenKind};
use crate::text::Span;

/// The lexed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexed {
    /// All tokens in order, also the tokens of directives.
    pub tokens: Vec<Token>,
    /// All comments in order.
    pub comments: Vec<Span>,
    /// All directives in order.
    pub directives: Vec<Directive>,
    /// The block comment or raw string that is not closed before the end of the file.
    pub unterminated: Option<Span>,
    pub(super) pairs: Pairs,
}

/// Lexes `bytes`, which must be shorter than 4 GiB.
pub fn lex(bytes: &[u8]) -> Lexed {
    let mut lexer =
        Lexer { bytes, at: 0, out: Lexed::default(), directive: None, line_flags: Token::LINE_START };
    lexer.out.tokens.reserve(bytes.len() / 5);
    if bytes.starts_with(b"\xef\xbb\xbf") {
        lexer.at = 3;
    }
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    out: Lexed,
    directive: Option<Directive>,
    /// The flags of the next token that follow from its place.
    line_flags: u8,
}

/// Byte classes of the main loop.
const SPACE: u8 = 1;
const IDENT: u8 = 2;
const DIGIT: u8 = 4;
/// Punctuation that is always a token of one byte.
const SINGLE: u8 = 8;
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        class[byte] = match b {
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => SPACE,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => IDENT,
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b';' | b'=' | b'*' | b'&' | b'>' | b'+'
            | b'|' | b'!' | b'?' | b'~' | b'^' | b'%' => SINGLE,
            _ => 0,
        };
        byte += 1;
    }
    class
};

fn is_ident(byte: u8) -> bool {
    CLASS[byte as usize] & (IDENT | DIGIT) != 0
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match CLASS[byte as usize] {
                SPACE => self.blanks(),
                IDENT => self.identifier(),
                SINGLE => self.punct(1),
                DIGIT => self.number(),
                _ => self.other(byte),
            }
        }
        self.end_line();
    }

    /// Moves behind blanks, four at a time in indentation.
    #[inline]
    fn blanks(&mut self) {
        self.at += 1;
        while self.bytes[self.at..].starts_with(b"    ") {
            self.at += 4;
        }
        while self.bytes.get(self.at).is_some_and(|&byte| CLASS[byte as usize] == SPACE) {
            self.at += 1;
        }
    }

    fn other(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.end_line();
                self.at += 1;
            }
            b'\\' if self.splice(0) > 0 => self.at += self.splice(0),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'"' if self.wants_header_name() => self.header_name(b'"'),
            b'<' if self.wants_header_name() => self.header_name(b'>'),
            b'"' => self.quoted(self.at, b'"', TokenKind::String),
            b'\'' => self.quoted(self.at, b'\'', TokenKind::Char),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'#' if self.line_flags == Token::LINE_START => self.begin_directive(),
            b':' if self.peek(1) == b':' => self.punct(2),
            b'-' if self.peek(1) == b'>' => self.punct(2),
            b'#' if self.peek(1) == b'#' => self.punct(2),
            _ => self.punct(1),
        }
    }

    /// Length of the line continuation that begins `ahead` bytes further; 0 when there is none.
    fn splice(&self, ahead: usize) -> usize {
        match (self.peek(ahead), self.peek(ahead + 1), self.peek(ahead + 2)) {
            (b'\\', b'\n', _) => 2,
            (b'\\', b'\r', b'\n') => 3,
            _ => 0,
        }
    }

    #[inline]
    fn push(&mut self, start: usize, kind: TokenKind, flags: u8) {
        let flags = flags | self.line_flags;
        self.line_flags &= !Token::LINE_START;
        let byte = self.bytes[start];
        self.out.tokens.push(Token { start: start as u32, end: self.at as u32, kind, byte, flags });
    }

    #[inline]
    fn punct(&mut self, length: usize) {
        let start = self.at;
        self.at += length;
        self.push(start, TokenKind::Punct, 0);
    }

    #[inline]
    fn identifier(&mut self) {
        let start = self.at;
        self.identifier_run();
        match self.bytes.get(self.at) {
            Some(b'"' | b'\'' | b'\\') => self.identifier_or_literal(start),
            _ => self.push(start, TokenKind::Identifier, 0),
        }
    }

    /// Moves behind the consecutive bytes of an identifier.
    #[inline]
    fn identifier_run(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&byte| !is_ident(byte)).unwrap_or(rest.len());
    }

    /// Finishes an identifier that ends before a quote or a backslash.
    #[cold]
    fn identifier_or_literal(&mut self, start: usize) {
        let flags = self.identifier_end();
        let text = &self.bytes[start..self.at];
        match self.bytes.get(self.at) {
            Some(b'"') if is_raw_prefix(text) => self.raw_string(start),
            Some(b'"') if is_prefix(text) => self.quoted(start, b'"', TokenKind::String),
            Some(b'\'') if is_prefix(text) => self.quoted(start, b'\'', TokenKind::Char),
            _ => self.push(start, TokenKind::Identifier, flags),
        }
    }

    /// Moves behind the identifier, and over a line continuation if the identifier goes on behind it.
    fn identifier_end(&mut self) -> u8 {
        let mut flags = 0;
        loop {
            self.identifier_run();
            let splice = self.splice(0);
            if splice == 0 || !is_ident(self.peek(splice)) {
                return flags;
            }
            self.at += splice;
            flags = Token::SPLICED;
        }
    }

    fn number(&mut self) {
        let start = self.at;
        let mut flags = 0;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            let exponent = matches!(self.bytes[self.at - 1], b'e' | b'E' | b'p' | b'P');
            let splice = self.splice(0);
            if is_ident(byte) || byte == b'.' || (exponent && matches!(byte, b'+' | b'-')) {
                self.at += 1;
            } else if byte == b'\'' && is_ident(self.peek(1)) {
                self.at += 2;
            } else if splice > 0 && is_ident(self.peek(splice)) {
                self.at += splice;
                flags = Token::SPLICED;
            } else {
                break;
            }
        }
        self.push(start, TokenKind::Number, flags);
    }

    /// Lexes a string or character literal with its opening quote at `self.at`. It ends at the end of its line at the
    /// latest.
    fn quoted(&mut self, start: usize, quote: u8, kind: TokenKind) {
        self.at += 1;
        let mut flags = 0;
        loop {
            match self.bytes.get(self.at) {
                None | Some(b'\n') => {
                    flags |= Token::UNTERMINATED;
                    break;
                }
                Some(b'\\') if self.splice(0) > 0 => {
                    self.at += self.splice(0);
                    flags |= Token::SPLICED;
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.bytes.len()),
                Some(&byte) if byte == quote => {
                    self.at += 1;
                    self.literal_suffix();
                    break;
                }
                Some(_) => self.at += 1,
            }
        }
        self.push(start, kind, flags);
    }

    fn raw_string(&mut self, start: usize) {
        let open = self.at + 1;
        let limit = self.bytes.len().min(open + 17);
        let delimiter = memchr(b'(', &self.bytes[open..limit]).map(|length| &self.bytes[open..open + length]);
        let valid = |d: &&[u8]| !d.iter().any(|b| matches!(b, b' ' | b')' | b'\\' | b'\t' | b'\n' | b'"'));
        let Some(delimiter) = delimiter.filter(valid) else {
            self.quoted(start, b'"', TokenKind::String);
            return;
        };
        let close = [b")", delimiter, b"\""].concat();
        let mut flags = 0;
        if let Some(length) = memmem::find(&self.bytes[open..], &close) {
            self.at = open + length + close.len();
            self.literal_suffix();
        } else {
            self.at = self.bytes.len();
            flags = Token::UNTERMINATED;
            self.out.unterminated = Some(Span::new(start as u32, self.at as u32));
        }
        self.push(start, TokenKind::RawString, flags);
    }

    /// Moves behind a user-defined suffix of a literal; a `"` right behind a literal begins the next one.
    fn literal_suffix(&mut self) {
        if self.bytes.get(self.at).is_some_and(|&byte| CLASS[byte as usize] == IDENT) {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|&byte| !is_ident(byte)).unwrap_or(rest.len());
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(end) = memchr(b'\n', rest) else {
                self.at = self.bytes.len();
                break;
            };
            self.at += end;
            let line = &self.bytes[start..self.at];
            if !line.ends_with(b"\\") && !line.ends_with(b"\\\r") {
                if line.ends_with(b"\r") {
                    self.at -= 1;
                }
                break;
            }
            self.at += 1;
        }
        self.out.comments.push(Span::new(start as u32, self.at as u32));
    }

    fn block_comment(&mut self) {
        let start = self.at;
        if let Some(length) = memmem::find(&self.bytes[start + 2..], b"*/") {
            self.at = start + length + 4;
        } else {
            self.at = self.bytes.len();
            self.out.unterminated = Some(Span::new(start as u32, self.at as u32));
        }
        self.out.comments.push(Span::new(start as u32, self.at as u32));
    }

    fn begin_directive(&mut self) {
        let start = self.at;
        let first = self.out.tokens.len();
        self.directive = Some(Directive {
            kind: DirectiveKind::Other,
            span: Span::at(start as u32),
            tokens: first + 1..first + 1,
        });
        self.line_flags |= Token::DIRECTIVE;
        self.punct(1);
        self.skip_blanks();
        let word = self.at;
        if CLASS[self.peek(0) as usize] == IDENT {
            let flags = self.identifier_end();
            let kind = DirectiveKind::of(&self.bytes[word..self.at]);
            self.push(word, TokenKind::Identifier, flags);
            if let Some(directive) = &mut self.directive {
                directive.kind = kind;
                directive.tokens = first + 2..first + 2;
            }
        }
    }

    /// Moves behind blanks, continuations and block comments between `#` and its keyword.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' => self.at += 1,
                b'\\' if self.splice(0) > 0 => self.at += self.splice(0),
                b'/' if self.peek(1) == b'*' => self.block_comment(),
                _ => return,
            }
        }
    }

    fn wants_header_name(&self) -> bool {
        self.directive
            .as_ref()
            .is_some_and(|d| d.kind == DirectiveKind::Include && d.tokens.start == self.out.tokens.len())
    }

    fn header_name(&mut self, close: u8) {
        let rest = &self.bytes[self.at + 1..];
        match memchr2(close, b'\n', rest) {
            Some(length) if rest[length] == close => {
                let start = self.at;
                self.at += length + 2;
                self.push(start, TokenKind::HeaderName, 0);
            }
            _ => self.punct(1),
        }
    }

    #[inline]
    fn end_line(&mut self) {
        self.line_flags = Token::LINE_START;
        if self.directive.is_some() {
            self.end_directive();
        }
    }

    fn end_directive(&mut self) {
        let Some(mut directive) = self.directive.take() else { return };
        directive.tokens.end = self.out.tokens.len();
        directive.span.end = self.out.tokens.last().map_or(directive.span.start, |token| token.end);
        self.out.directives.push(directive);
    }
}

fn is_prefix(text: &[u8]) -> bool {
    matches!(text, b"L" | b"u" | b"U" | b"u8")
}

fn is_raw_prefix(text: &[u8]) -> bool {
    matches!(text, b"R" | b"LR" | b"uR" | b"UR" | b"u8R")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of `code`, separated by `|`, comments left out.
    fn check(code: &str, expected: &str) {
        let lexed = lex(code.as_bytes());
        let words: Vec<_> = lexed
            .tokens
            .iter()
            .map(|t| String::from_utf8_lossy(&code.as_bytes()[t.span().range()]))
            .collect();
        assert_eq!(words.join("|"), expected);
    }

    #[test]
    fn literals() {
        check(
            r#"x = R"a(cudaFree" )b")a"_s + 'a' + '\'' + u8"\"" L'x' 1'000.5e+3f;"#,
            r#"x|=|R"a(cudaFree" )b")a"_s|+|'a'|+|'\''|+|u8"\""|L'x'|1'000.5e+3f|;"#,
        );
        check("a\"b\nc", "a|\"b|c");
        check(".5f 0x1p-3 1..2 a.b", ".5f|0x1p-3|1..2|a|.|b");
        check("R\"abc", "R\"abc");
    }

    #[test]
    fn comments_and_continuations() {
        check("a // b \\\n c\nd /* e */ f /* g", "a|d|f");
        check("cuda\\\nMalloc \\\r\n x", "cuda\\\nMalloc|x");
        assert!(lex(b"a /* b").unterminated.is_some());
        assert_eq!(lex(b"// a\r\nb").comments, [Span::new(0, 4)]);
    }

    #[test]
    fn directives() {
        check(
            "# include <a/b.h> // c\n#define F(x) \\\n #x ## y\nz",
            "#|include|<a/b.h>|#|define|F|(|x|)|#|x|##|y|z",
        );
        let lexed = lex(b"  # /* */ if A\n#\n#else\nx # y");
        let kinds: Vec<_> = lexed.directives.iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [DirectiveKind::If, DirectiveKind::Other, DirectiveKind::Else]);
        check("#include MACRO(<a>)", "#|include|MACRO|(|<|a|>|)");
        check("#error don't\nx", "#|error|don|'t|x");
    }

    #[test]
    fn punctuation() {
        check("a::b->c k<<<1,2>>>()", "a|::|b|->|c|k|<|<|<|1|,|2|>|>|>|(|)");
        check("%:include <: :>", "%|:|include|<|:|:|>");
    }
}
