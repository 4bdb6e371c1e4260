//! Tokens and directives, the output of the lexer.

use std::ops::Range;

use crate::text::Span;

/// What a token is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or keyword; bytes above 0x7f count as letters.
    Identifier,
    /// A preprocessing number with digit separators and suffixes.
    Number,
    /// A string literal with its prefix and user-defined suffix.
    String,
    /// A raw string literal with its prefix and suffix.
    RawString,
    /// A character literal with its prefix and suffix.
    Char,
    /// `<...>` or `"..."` of an `#include`.
    HeaderName,
    /// `::`, `->`, `##` or one other byte.
    Punct,
}

/// One token: 12 bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
    /// What it is.
    pub kind: TokenKind,
    /// The first byte, for quick tests of punctuation.
    pub byte: u8,
    /// A set of `Token::*` flags.
    pub flags: u8,
}

impl Token {
    /// Part of a preprocessor directive.
    pub const DIRECTIVE: u8 = 1;
    /// The first token of its line.
    pub const LINE_START: u8 = 2;
    /// Has a line continuation inside.
    pub const SPLICED: u8 = 4;
    /// A literal without a closing quote before the end of its line or of the file.
    pub const UNTERMINATED: u8 = 8;
    /// In a branch that only HIP compiles, or that HIP never compiles: not changed. Set by `conditions::freeze`.
    pub const FROZEN: u8 = 16;

    /// The bytes of the token.
    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }

    /// Whether `flag` is set.
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether this is `;`, `{` or `}`.
    pub fn ends_statement(&self) -> bool {
        self.kind == TokenKind::Punct && matches!(self.byte, b';' | b'{' | b'}')
    }

    /// Whether this is the one-byte punctuation `byte`.
    pub fn is_punct(&self, byte: u8) -> bool {
        self.kind == TokenKind::Punct && self.byte == byte && self.end - self.start == 1
    }

    /// Whether this is the `::`, `->` or `##` that begins with `byte`.
    pub fn is_double(&self, byte: u8) -> bool {
        self.kind == TokenKind::Punct && self.byte == byte && self.end - self.start == 2
    }
}

/// The kind of a directive.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DirectiveKind {
    /// `#include`, `#include_next` or `#import`.
    Include,
    /// `#define`.
    Define,
    /// `#undef`.
    Undef,
    /// `#if`.
    If,
    /// `#ifdef`.
    Ifdef,
    /// `#ifndef`.
    Ifndef,
    /// `#elif`.
    Elif,
    /// `#elifdef`.
    Elifdef,
    /// `#elifndef`.
    Elifndef,
    /// `#else`.
    Else,
    /// `#endif`.
    Endif,
    /// `#pragma`.
    Pragma,
    /// `#error` or `#warning`.
    Message,
    /// Any other directive, the empty one included.
    Other,
}

impl DirectiveKind {
    /// Whether the directive tests something: `#if`, `#ifdef`, `#elif` and their forms.
    pub const fn is_condition(self) -> bool {
        matches!(self, Self::If | Self::Ifdef | Self::Ifndef | Self::Elif | Self::Elifdef | Self::Elifndef)
    }

    pub(super) fn of(keyword: &[u8]) -> Self {
        match keyword {
            b"include" | b"include_next" | b"import" => Self::Include,
            b"define" => Self::Define,
            b"undef" => Self::Undef,
            b"if" => Self::If,
            b"ifdef" => Self::Ifdef,
            b"ifndef" => Self::Ifndef,
            b"elif" => Self::Elif,
            b"elifdef" => Self::Elifdef,
            b"elifndef" => Self::Elifndef,
            b"else" => Self::Else,
            b"endif" => Self::Endif,
            b"pragma" => Self::Pragma,
            b"error" | b"warning" => Self::Message,
            _ => Self::Other,
        }
    }
}

/// One preprocessor directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its kind.
    pub kind: DirectiveKind,
    /// From `#` to the end of its last continued line, without the line end and trailing comments.
    pub span: Span,
    /// Indices of the tokens behind the keyword.
    pub tokens: Range<usize>,
}
