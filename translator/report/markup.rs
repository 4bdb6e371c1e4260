//! Escapes text for HTML and XML.

use super::escape_controls;

/// `text` escaped for an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let text = escape_controls(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no such characters, not even escaped.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<a href='x\"&\x1b"), "&lt;a href=&#39;x&quot;&amp;\\u{1b}");
        assert_eq!(escape("a\u{ffff}"), "a\u{fffd}");
    }
}
