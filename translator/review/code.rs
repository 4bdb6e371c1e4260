//! Colours code by the tokens of C++: comments, texts, numbers, directives and keywords.

use ratatui::style::{Color, Style};
use tranship_engine::cpp::lexer::lex;
use tranship_engine::cpp::token::TokenKind;

/// The keywords of C++ and CUDA that are coloured.
const KEYWORDS: &[&str] = &[
    "__constant__",
    "__device__",
    "__forceinline__",
    "__global__",
    "__host__",
    "__launch_bounds__",
    "__managed__",
    "__restrict__",
    "__shared__",
    "alignas",
    "alignof",
    "asm",
    "auto",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "const_cast",
    "constexpr",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "explicit",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "namespace",
    "new",
    "noexcept",
    "nullptr",
    "operator",
    "private",
    "protected",
    "public",
    "reinterpret_cast",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typedef",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
];

/// The style of each byte of `line`, as pairs of the first byte and the style from there on. `plain` is the style of other
/// code. A comment of several lines is not known from one of its lines, so only lines that begin like one count.
pub(super) fn styles(line: &str, plain: Style) -> Vec<(usize, Style)> {
    let colour = |colour| plain.fg(colour);
    let trimmed = line.trim_start();
    if trimmed.starts_with("* ") || trimmed == "*" || trimmed.starts_with("*/") {
        return vec![(0, colour(Color::DarkGray))];
    }
    let lexed = lex(line.as_bytes());
    let mut out = vec![(0, plain)];
    let mut end = 0;
    for token in &lexed.tokens {
        let (from, to) = (token.start as usize, token.end as usize);
        comment(line, end..from, colour(Color::DarkGray), &mut out);
        let style = match token.kind {
            TokenKind::String | TokenKind::RawString | TokenKind::Char | TokenKind::HeaderName => {
                colour(Color::Green)
            }
            TokenKind::Number => colour(Color::Magenta),
            TokenKind::Identifier if KEYWORDS.binary_search(&&line[from..to]).is_ok() => colour(Color::Blue),
            _ => plain,
        };
        out.push((from, style));
        end = to;
    }
    comment(line, end..line.len(), colour(Color::DarkGray), &mut out);
    out
}

/// Colours the text between two tokens from the beginning of a comment in it.
fn comment(line: &str, between: std::ops::Range<usize>, style: Style, out: &mut Vec<(usize, Style)>) {
    let start = line.get(between.clone()).and_then(|text| text.find('/'));
    if let Some(start) = start {
        out.push((between.start + start, style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_colours() {
        let plain = Style::new();
        let shown = |line: &str| -> Vec<(String, Option<Color>)> {
            let styles = styles(line, plain);
            let ends = styles.iter().skip(1).map(|(at, _)| *at).chain([line.len()]);
            let pieces =
                styles.iter().zip(ends).map(|((at, style), end)| (line[*at..end].to_owned(), style.fg));
            pieces.filter(|(text, _)| !text.trim().is_empty()).collect()
        };
        let piece = |text: &str, colour| (text.to_owned(), colour);
        assert_eq!(
            shown("int é = f(1, \"a\"); // x"),
            [
                piece("int ", Some(Color::Blue)),
                piece("é ", None),
                piece("= ", None),
                piece("f", None),
                piece("(", None),
                piece("1", Some(Color::Magenta)),
                piece(", ", None),
                piece("\"a\"", Some(Color::Green)),
                piece(")", None),
                piece("; ", None),
                piece("// x", Some(Color::DarkGray)),
            ]
        );
        assert_eq!(shown(" * words"), [piece(" * words", Some(Color::DarkGray))]);
        assert!(KEYWORDS.is_sorted());
    }
}
