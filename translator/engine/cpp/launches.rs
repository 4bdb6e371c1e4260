//! Kernel launches `k<<<grid, block, shared, stream>>>(arguments)` in every written form, from tokens alone.
//!
//! It refuses to guess: a launch that cannot be read to its end is listed with its problem.

use std::ops::Range;

use super::keywords::precedes_use;
use super::pairs::opens_template;
use super::{Lexed, Token, TokenKind};

/// One launch; all ranges are token indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The kernel expression, template arguments included; empty when the user of a macro adds it.
    pub callee: Range<usize>,
    /// The tokens of `<<<`.
    pub open: Range<usize>,
    /// The configuration arguments, one to four.
    pub config: Vec<Range<usize>>,
    /// The tokens of `>>>`.
    pub close: Range<usize>,
    /// The argument list without its parentheses; `None` when no `(` follows, as when the user of a macro adds it.
    pub arguments: Option<Range<usize>>,
}

impl Launch {
    /// Whether `<<<` or `>>>` is written with white space inside.
    pub fn is_split(&self, tokens: &[Token]) -> bool {
        let apart =
            |range: &Range<usize>| tokens[range.clone()].windows(2).any(|pair| pair[0].end != pair[1].start);
        apart(&self.open) || apart(&self.close)
    }

    /// Whether the configuration ends with a `>` right before `>>>`.
    pub fn configuration_ends_with_angle(&self, tokens: &[Token]) -> bool {
        let Some(before) = self.close.start.checked_sub(1).map(|at| &tokens[at]) else { return false };
        before.is_punct(b'>') && before.end == tokens[self.close.start].start
    }

    /// The callee's template argument list with its angle brackets, if it has one.
    pub fn template_arguments(&self, lexed: &Lexed) -> Option<Range<usize>> {
        let last = self.callee.clone().last()?;
        if !lexed.tokens[last].is_punct(b'>') {
            return None;
        }
        Some(angle_open(lexed, last, self.callee.start)?..last + 1)
    }
}

/// A `<<<` that begins no readable launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The tokens of `<<<`.
    pub open: Range<usize>,
    /// What is wrong, as a fact in lower case.
    pub problem: &'static str,
}

/// The most tokens of a configuration and of a kernel expression. A longer search would make broken files slow.
const MOST_TOKENS: usize = 1024;

/// All launches of a file in order, and the unreadable ones.
pub fn launches(bytes: &[u8], lexed: &Lexed) -> (Vec<Launch>, Vec<Unreadable>) {
    let tokens = &lexed.tokens;
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    let mut index = 0;
    while index + 2 < tokens.len() {
        let Some(open) = opening(bytes, tokens, index) else {
            index += 1;
            continue;
        };
        index = open.end;
        match launch(bytes, lexed, open.clone()) {
            Ok(launch) => found.push(launch),
            Err(problem) => unreadable.push(Unreadable { open, problem }),
        }
    }
    (found, unreadable)
}

/// The `<<<` at `index`, if there is one: exactly three `<` in a row, with no space between the first two or the last
/// two.
fn opening(bytes: &[u8], tokens: &[Token], index: usize) -> Option<Range<usize>> {
    if !tokens[index].is_punct(b'<') {
        return None;
    }
    let three = tokens.get(index..index + 3)?;
    if !three.iter().all(|token| token.is_punct(b'<'))
        || tokens.get(index + 3).is_some_and(|t| t.is_punct(b'<'))
    {
        return None;
    }
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    let follows_operator = before.is_some_and(|t| &bytes[t.span().range()] == b"operator");
    if follows_operator || before.is_some_and(|t| t.is_punct(b'<')) {
        return None;
    }
    let adjacent = |pair: &[Token]| pair[0].end == pair[1].start;
    (adjacent(&three[..2]) || adjacent(&three[1..])).then_some(index..index + 3)
}

fn launch(bytes: &[u8], lexed: &Lexed, open: Range<usize>) -> Result<Launch, &'static str> {
    let tokens = &lexed.tokens;
    let end = statement_end(tokens, open.end);
    let close = closing(lexed, open.end, end).ok_or("`<<<` without its `>>>`")?;
    let config = split_arguments(lexed, open.end..close.start);
    if config.is_empty() || config.len() > 4 || config.iter().any(Range::is_empty) {
        return Err("a launch configuration needs one to four arguments");
    }
    let callee = callee(bytes, lexed, open.start);
    let arguments = match tokens.get(close.end) {
        Some(token) if token.is_punct(b'(') => {
            let last =
                lexed.close_of(close.end, tokens.len()).ok_or("the argument list of a launch has no end")?;
            Some(close.end + 1..last)
        }
        _ => None,
    };
    Ok(Launch { callee, open, config, close, arguments })
}

/// The last place where the configuration of a launch can end: an unbalanced bracket, a `;` outside of braces, or the
/// end of the directive or code around it.
fn statement_end(tokens: &[Token], from: usize) -> usize {
    let in_directive = tokens[from - 1].is(Token::DIRECTIVE);
    let mut depth = 0u32;
    let end = tokens.len().min(from + MOST_TOKENS);
    for (index, token) in tokens.iter().enumerate().take(end).skip(from) {
        let leaves =
            token.is(Token::DIRECTIVE) != in_directive || (in_directive && token.is(Token::LINE_START));
        if leaves {
            return index;
        }
        if token.kind != TokenKind::Punct {
            continue;
        }
        match token.byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' | b';' if depth == 0 => return index,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    end
}

/// The `>>>` that ends a configuration: the last three of a run of `>` outside of brackets, with balanced angle
/// brackets before it. Behind it is `(`, a name, or the end.
fn closing(lexed: &Lexed, from: usize, end: usize) -> Option<Range<usize>> {
    let tokens = &lexed.tokens;
    let mut index = from;
    let mut angles = 0usize;
    let mut fallback = None;
    while index < end {
        let token = &tokens[index];
        if matches!(token.byte, b'(' | b'[' | b'{') && token.kind == TokenKind::Punct {
            index = lexed.close_of(index, end)? + 1;
            continue;
        }
        if !token.is_punct(b'>') {
            angles += usize::from(opens_template(tokens, index));
            index += 1;
            continue;
        }
        let run = tokens[index..end].iter().take_while(|t| t.is_punct(b'>')).count();
        let behind = index + run;
        if run >= 3 && ends_configuration(tokens, behind, end) {
            let candidate = behind - 3..behind;
            if angles + 3 <= run {
                return Some(candidate);
            }
            fallback.get_or_insert(candidate);
        }
        if !(run == 2 && is_shift(tokens, index, angles)) {
            angles = angles.saturating_sub(run);
        }
        index = behind;
    }
    fallback
}

/// Whether the token at `behind` can follow `>>>`: `(`, a name, or the end of the configuration's part of the file.
fn ends_configuration(tokens: &[Token], behind: usize, end: usize) -> bool {
    behind >= end || tokens[behind].is_punct(b'(') || tokens[behind].kind == TokenKind::Identifier
}

/// Whether the two `>` at `index` are a shift and not the end of two template lists.
fn is_shift(tokens: &[Token], index: usize, angles: usize) -> bool {
    angles < 2 && tokens[index].end == tokens[index + 1].start
}

/// Splits at commas outside of brackets and template argument lists. Tokens alone decide what is a template list.
pub fn split_arguments(lexed: &Lexed, range: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = range.start;
    let mut index = range.start;
    while index < range.end {
        let token = &lexed.tokens[index];
        if token.kind == TokenKind::Punct {
            match token.byte {
                b'(' | b'[' | b'{' => index = lexed.close_of(index, range.end).unwrap_or(index),
                b'<' => index = lexed.angle_close(index, range.end).unwrap_or(index),
                b',' => {
                    parts.push(start..index);
                    start = index + 1;
                }
                _ => {}
            }
        }
        index += 1;
    }
    if start < range.end || !parts.is_empty() {
        parts.push(start..range.end);
    }
    parts
}

/// Index of the `<` that is closed by the `>` at `close`, not before `floor`.
fn angle_open(lexed: &Lexed, close: usize, floor: usize) -> Option<usize> {
    let tokens = &lexed.tokens;
    let mut depth = 0;
    let mut index = close + 1;
    while index > floor {
        index -= 1;
        let token = &tokens[index];
        if token.is_punct(b'>') {
            depth += 1;
        } else if token.is_punct(b'<') {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        } else if token.is_punct(b')') || token.is_punct(b']') {
            index = lexed.open_of(index, floor)?;
        } else if matches!(token.byte, b';' | b'{' | b'}') && token.kind == TokenKind::Punct {
            return None;
        }
    }
    None
}

/// The kernel expression that ends right before `open`: a qualified name with template arguments, `(*f)`, `a[i]`,
/// `o.k`, `p->k`. Empty where a macro body begins with the launch.
fn callee(bytes: &[u8], lexed: &Lexed, open: usize) -> Range<usize> {
    let tokens = &lexed.tokens;
    let floor = directive_floor(lexed, open);
    let mut start = open;
    while start > floor {
        let last = &tokens[start - 1];
        let piece = if last.is_punct(b'>') {
            angle_open(lexed, start - 1, floor)
        } else if last.is_punct(b')') || last.is_punct(b']') {
            lexed.open_of(start - 1, floor)
        } else if last.kind == TokenKind::Identifier && !is_no_callee(&bytes[last.span().range()]) {
            Some(start - 1)
        } else {
            None
        };
        let Some(piece) = piece else { break };
        let is_list = !matches!(tokens[piece].kind, TokenKind::Identifier);
        let disambiguated = piece > floor && &bytes[tokens[piece - 1].span().range()] == b"template";
        start = piece - usize::from(disambiguated);
        let before = start.checked_sub(1).filter(|&b| b >= floor).map(|b| &tokens[b]);
        let connects = before
            .is_some_and(|t| t.is_double(b':') || t.is_double(b'-') || t.is_punct(b'.') || t.is_double(b'#'));
        if connects {
            start -= 1;
        } else if !(is_list && before.is_some_and(|t| follows_name(bytes, t, tokens[piece].byte))) {
            break;
        }
    }
    start..open
}

/// Whether a bracket is part of the expression of the name before it: for example template arguments or an index, and
/// not the bracket in `return (f)`.
fn follows_name(bytes: &[u8], before: &Token, bracket: u8) -> bool {
    before.kind == TokenKind::Identifier && bracket != b'(' && !is_no_callee(&bytes[before.span().range()])
}

/// Whether `word` before a bracket is a keyword, or the directive that defines a macro.
fn is_no_callee(word: &[u8]) -> bool {
    precedes_use(word) || word == b"define"
}

/// The first token that can be part of the callee of a launch at `open`: in a macro body, the token behind the name and
/// parameters of the macro.
fn directive_floor(lexed: &Lexed, open: usize) -> usize {
    let tokens = &lexed.tokens;
    let from = open.saturating_sub(MOST_TOKENS);
    let near = &tokens[from..open];
    if !tokens[open].is(Token::DIRECTIVE) {
        return near.iter().rposition(|t| t.is(Token::DIRECTIVE)).map_or(from, |last| from + last + 1);
    }
    let Some(hash) = near.iter().rposition(|t| t.is(Token::LINE_START) && t.byte == b'#') else {
        return from;
    };
    let name = from + hash + 2;
    let has_parameters =
        tokens.get(name).zip(tokens.get(name + 1)).is_some_and(|(n, p)| p.is_punct(b'(') && p.start == n.end);
    let behind = if has_parameters {
        lexed.close_of(name + 1, open).map_or(open, |close| close + 1)
    } else {
        name + 1
    };
    behind.min(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer::lex;

    /// `callee|config; config|arguments` of each launch in `code`.
    fn check(code: &str, expected: &[&str]) {
        let lexed = lex(code.as_bytes());
        let text = |range: &Range<usize>| {
            let tokens = &lexed.tokens[range.clone()];
            let Some((first, last)) = tokens.first().zip(tokens.last()) else { return String::new() };
            code[first.start as usize..last.end as usize].to_owned()
        };
        let (found, _) = launches(code.as_bytes(), &lexed);
        let found: Vec<String> = found
            .iter()
            .map(|launch| {
                let config: Vec<_> = launch.config.iter().map(text).collect();
                let arguments = launch.arguments.as_ref().map_or("-".to_owned(), text);
                format!("{}|{}|{arguments}", text(&launch.callee), config.join("; "))
            })
            .collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn plain_forms() {
        check("k<<<1, 2>>>(a, b);", &["k|1; 2|a, b"]);
        check("return k<<<g, b, 0, s>>>();", &["k|g; b; 0; s|"]);
        check("ns::k<T, 32><<<g(1, 2), dim3{4, 5}>>>(a);", &["ns::k<T, 32>|g(1, 2); dim3{4, 5}|a"]);
        check(
            "(*fp)<<<1, 2>>>(a); f[i]<<<1, 2>>>(b); o.k<<<1, 2>>>(c); p->template k<3><<<1,2>>>(d)",
            &["(*fp)|1; 2|a", "f[i]|1; 2|b", "o.k|1; 2|c", "p->template k<3>|1; 2|d"],
        );
        check("if (x) k<<<1,2>>>(a); else k2<<<3,4>>>(b);", &["k|1; 2|a", "k2|3; 4|b"]);
    }

    #[test]
    fn shifts_and_templates_in_the_configuration() {
        check("k<<<n >> 8, 1 << 8>>>(a);", &["k|n >> 8; 1 << 8|a"]);
        check("k<<<g, f<T>>>>(a);", &["k|g; f<T>|a"]);
        check("k<<<f<g<int>>(2), 3>>>(a);", &["k|f<g<int>>(2); 3|a"]);
        check("k<<<f<g<h<int>>>(2), 3>>>(a);", &["k|f<g<h<int>>>(2); 3|a"]);
        check("k<<<div_up<int, 4>(n), 3>>>(a);", &["k|div_up<int, 4>(n); 3|a"]);
        check("k<<<a < b ? 1 : 2, c > d ? 3 : 4>>>(x);", &["k|a < b ? 1 : 2; c > d ? 3 : 4|x"]);
    }

    #[test]
    fn split_macro_and_other_forms() {
        check("k << <1, 2 >> >(a);", &["k|1; 2|a"]);
        check("k <<< 1, 2 >>> (a);", &["k|1; 2|a"]);
        check("CHECK((k<<<1, 2>>>(a)));", &["k|1; 2|a"]);
        check("#define RUN(k, ...) k<<<1, 2>>>(__VA_ARGS__)\n", &["k|1; 2|__VA_ARGS__"]);
        check("#define CFG <<<1, 2>>>\nk CFG(a);", &["|1; 2|-"]);
        check("#define K(n) kernel_##n<<<1, 2>>>\n", &["kernel_##n|1; 2|-"]);
    }

    #[test]
    fn what_only_looks_like_a_launch() {
        check("std::ostream &operator<<<T>(std::ostream &, T);", &[]);
        check("<<<<<<< HEAD\n=======\n>>>>>>> x", &[]);
        check("k<<<1, 2;", &[]);
        check("cout << a << b; x = a << 3 >> 2;", &[]);
    }
}
