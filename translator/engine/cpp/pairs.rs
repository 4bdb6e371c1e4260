//! The partners of brackets and template lists, found once for a file.
//!
//! Each kind of bracket is matched separately, also inside directives and across branches. One stray parenthesis does
//! not change how braces match. The module `brackets` matches branch by branch, and reports brackets that do not
//! balance.

use std::cell::OnceCell;

use super::{Lexed, Token, TokenKind};

/// The most tokens of a template argument list, and of a statement before a place in it. A longer search would make
/// broken files slow.
const FAR: usize = 512;

const NONE: u32 = u32::MAX;

/// The look-ups of one file, each filled on first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// The partner of each bracket.
    brackets: OnceCell<Vec<u32>>,
    /// The `>` of each `<` that opens template arguments.
    angles: OnceCell<Vec<u32>>,
    /// The tokens `;`, `{` and `}`.
    ends: OnceCell<Vec<u32>>,
}

impl Lexed {
    /// Index of the token that closes the bracket at `open`; `None` when there is none before `end`.
    pub fn close_of(&self, open: usize, end: usize) -> Option<usize> {
        self.partner(open).filter(|&close| open < close && close < end)
    }

    /// Index of the bracket that is closed by the one at `close`; `None` when it is before `floor`.
    pub fn open_of(&self, close: usize, floor: usize) -> Option<usize> {
        self.partner(close).filter(|&open| floor <= open && open < close)
    }

    /// Index of the `>` before `end` that closes the template list at `open`; `None` where the tokens inside cannot be
    /// template arguments.
    pub fn angle_close(&self, open: usize, end: usize) -> Option<usize> {
        let angles = self.pairs.angles.get_or_init(|| self.pair_angles());
        angles.get(open).map(|&close| close as usize).filter(|&close| close < end)
    }

    /// Index of the first token of the statement around token `index`, at most `FAR` tokens before it.
    pub fn statement_start(&self, index: usize) -> usize {
        let ends = self.pairs.ends.get_or_init(|| {
            let is_end = |(at, token): (usize, &Token)| token.ends_statement().then_some(at as u32);
            self.tokens.iter().enumerate().filter_map(is_end).collect()
        });
        let before = ends.partition_point(|&end| (end as usize) < index);
        let start = before.checked_sub(1).map_or(0, |last| ends[last] as usize + 1);
        start.max(index.saturating_sub(FAR))
    }

    fn partner(&self, index: usize) -> Option<usize> {
        let partners = self.pairs.brackets.get_or_init(|| pair_brackets(&self.tokens));
        partners.get(index).filter(|&&partner| partner != NONE).map(|&partner| partner as usize)
    }

    fn pair_angles(&self) -> Vec<u32> {
        let close = |open| self.find_angle_close(open).map_or(NONE, |close| close as u32);
        (0..self.tokens.len()).map(close).collect()
    }

    fn find_angle_close(&self, open: usize) -> Option<usize> {
        if !opens_template(&self.tokens, open) {
            return None;
        }
        let mut depth = 0;
        let mut index = open;
        let end = self.tokens.len();
        for _ in 0..FAR {
            let token = self.tokens.get(index)?;
            if token.kind == TokenKind::Punct {
                match token.byte {
                    b'<' if self.tokens[index - 1].kind == TokenKind::Identifier => depth += 1,
                    b'<' | b';' | b'{' | b'?' => return None,
                    b'>' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(index);
                        }
                    }
                    b'(' | b'[' => index = self.close_of(index, end)?,
                    b'&' | b'|' if self.tokens.get(index + 1).is_some_and(|t| t.is_punct(token.byte)) => {
                        return None;
                    }
                    _ => {}
                }
            }
            index += 1;
        }
        None
    }
}

/// Matches each kind of bracket separately.
fn pair_brackets(tokens: &[Token]) -> Vec<u32> {
    let mut partners = vec![NONE; tokens.len()];
    let mut open: [Vec<u32>; 3] = Default::default();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Punct {
            continue;
        }
        match token.byte {
            b'(' => open[0].push(index as u32),
            b'[' => open[1].push(index as u32),
            b'{' => open[2].push(index as u32),
            b')' | b']' | b'}' => {
                let kind = match token.byte {
                    b')' => 0,
                    b']' => 1,
                    _ => 2,
                };
                if let Some(opener) = open[kind].pop() {
                    partners[opener as usize] = index as u32;
                    partners[index] = opener;
                }
            }
            _ => {}
        }
    }
    partners
}

/// Whether the `<` at `index` may open template arguments: it is right behind a name and is not part of `<<` or `<=`.
pub(super) fn opens_template(tokens: &[Token], index: usize) -> bool {
    let token = &tokens[index];
    let next_is = |byte| tokens.get(index + 1).is_some_and(|t| t.is_punct(byte) && t.start == token.end);
    token.is_punct(b'<')
        && index > 0
        && tokens[index - 1].kind == TokenKind::Identifier
        && tokens[index - 1].end == token.start
        && !next_is(b'<')
        && !next_is(b'=')
}

#[cfg(test)]
mod tests {
    use crate::cpp::lexer::lex;

    /// Checks the partners of all brackets and template lists of `code`, as offsets.
    fn check(code: &str, expected: &[(u32, u32)]) {
        let lexed = lex(code.as_bytes());
        let end = lexed.tokens.len();
        let start = |at: usize| lexed.tokens[at].start;
        let partner = |at: usize| lexed.close_of(at, end).or_else(|| lexed.angle_close(at, end));
        let found: Vec<_> = (0..end).filter_map(|at| Some((start(at), start(partner(at)?)))).collect();
        assert_eq!(found, expected, "{code}");
        for at in 0..end {
            if let Some(close) = lexed.close_of(at, end) {
                assert_eq!(lexed.open_of(close, 0), Some(at), "{code}");
            }
        }
    }

    #[test]
    fn brackets_are_matched_by_kind() {
        check("f(a[1]) {}", &[(1, 6), (3, 5), (8, 9)]);
        check("{ ( } )", &[(0, 4), (2, 6)]);
        check(") ( ( )", &[(4, 6)]);
    }

    #[test]
    fn template_lists() {
        check("a<b<c>, 3> x", &[(1, 9), (3, 5)]);
        check("a < b; a<b; a<<b>", &[]);
        check("a<f(x > y)>", &[(1, 10), (3, 9)]);
        check("a<b && c>", &[]);
    }

    #[test]
    fn statements_start_behind_the_last_end() {
        let lexed = lex(b"a; b { c d");
        let starts: Vec<_> = (0..lexed.tokens.len()).map(|at| lexed.statement_start(at)).collect();
        assert_eq!(starts, [0, 0, 2, 2, 4, 4]);
    }
}
