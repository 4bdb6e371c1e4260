//! The partner of every bracket, found once for a whole file.
//!
//! Every `#define` and every branch that `branches` leaves out is matched separately. A bracket without a partner stays
//! without one; nothing is guessed.

use std::ops::Range;

use super::{Lexed, Token, TokenKind};

const NONE: u32 = u32::MAX;

/// The partner of every bracket token of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brackets {
    partner: Vec<u32>,
    left_out: Vec<Range<usize>>,
    balanced: bool,
}

impl Brackets {
    /// Matches the brackets of `lexed`. Tokens in `left_out`, sorted ranges without overlap, are matched separately.
    pub fn new(lexed: &Lexed, left_out: Vec<Range<usize>>) -> Self {
        let mut matcher = Matcher { partner: vec![NONE; lexed.tokens.len()], balanced: true };
        let (mut code, mut side, mut directive) = (Open::default(), Open::default(), Open::default());
        let mut next_out = 0;
        for (index, token) in lexed.tokens.iter().enumerate() {
            if token.kind != TokenKind::Punct {
                continue;
            }
            while left_out.get(next_out).is_some_and(|range| range.end <= index) {
                next_out += 1;
                side = Open::default();
            }
            if token.is(Token::DIRECTIVE) {
                if token.is(Token::LINE_START) {
                    directive = Open::default();
                }
                matcher.token(&lexed.tokens, &mut directive, index);
            } else if left_out.get(next_out).is_some_and(|range| range.contains(&index)) {
                matcher.token(&lexed.tokens, &mut side, index);
            } else if !matcher.token(&lexed.tokens, &mut code, index) {
                matcher.balanced = false;
            }
        }
        Self { partner: matcher.partner, left_out, balanced: matcher.balanced && code.all.is_empty() }
    }

    /// Index of the partner of the bracket at `index`.
    pub fn partner(&self, index: usize) -> Option<usize> {
        self.partner.get(index).filter(|&&partner| partner != NONE).map(|&partner| partner as usize)
    }

    /// Whether every bracket outside of directives and left-out branches has a partner.
    pub fn is_balanced(&self) -> bool {
        self.balanced
    }

    /// Whether token `index` is in a left-out branch.
    pub fn is_left_out(&self, index: usize) -> bool {
        self.out_end(index).is_some()
    }

    /// The end of the left-out branch around token `index`.
    pub fn out_end(&self, index: usize) -> Option<usize> {
        let next = self.left_out.partition_point(|range| range.end <= index);
        self.left_out.get(next).filter(|range| range.contains(&index)).map(|range| range.end)
    }
}

/// The open brackets, and how many of them are braces.
#[derive(Default)]
struct Open {
    all: Vec<(u32, u8)>,
    braces: usize,
}

struct Matcher {
    partner: Vec<u32>,
    balanced: bool,
}

impl Matcher {
    /// Matches one token. `false` when it closes a bracket that is not open, or leaves others unclosed.
    ///
    /// A closing brace also ends parentheses and square brackets that were never closed.
    fn token(&mut self, tokens: &[Token], open: &mut Open, index: usize) -> bool {
        let opener = match tokens[index].byte {
            byte @ (b'(' | b'[' | b'{') => {
                open.all.push((index as u32, byte));
                open.braces += usize::from(byte == b'{');
                return true;
            }
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => return true,
        };
        let mut clean = true;
        if opener == b'{' && open.braces > 0 {
            open.braces -= 1;
            while open.all.last().is_some_and(|&(_, byte)| byte != b'{') {
                open.all.pop();
                clean = false;
            }
        }
        let Some((at, _)) = open.all.pop_if(|(_, byte)| *byte == opener) else { return false };
        self.partner[at as usize] = index as u32;
        self.partner[index] = at;
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer::lex;
    use crate::cpp::tree::branches::groups;

    /// The pairs as offsets, and whether the code is balanced.
    fn check(code: &str, expected: &[(u32, u32)], balanced: bool) {
        let lexed = lex(code.as_bytes());
        let brackets = Brackets::new(&lexed, groups(code.as_bytes(), &lexed).1);
        let start = |index: usize| lexed.tokens[index].start;
        let pairs: Vec<_> = (0..lexed.tokens.len())
            .filter_map(|at| brackets.partner(at).filter(|&p| p > at).map(|p| (start(at), start(p))))
            .collect();
        assert_eq!(pairs, expected, "{code}");
        assert_eq!(brackets.is_balanced(), balanced, "{code}");
    }

    #[test]
    fn pairs() {
        check("f(a[1]){}", &[(1, 6), (3, 5), (7, 8)], true);
        check("{(}", &[(0, 2)], false);
        check(")(", &[], false);
        check("{", &[], false);
    }

    #[test]
    fn macros_and_branches_count_by_themselves() {
        check("#define A (\n()", &[(12, 13)], true);
        check("#if A\nif (a) {\n#else\n{\n#endif\n}", &[(9, 11), (13, 30)], true);
    }
}
