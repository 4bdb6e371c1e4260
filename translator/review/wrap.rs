//! Breaks lines of text into rows of the screen.

use ratatui::text::{Line, Span};

/// `line` in rows of at most `width` columns, broken after words where possible. Every row except the first begins with
/// `indent` spaces, so that code stays out of the column of line numbers.
pub(super) fn wrap(line: &Line<'static>, width: usize, indent: usize) -> Vec<Line<'static>> {
    let letters: Vec<(usize, char)> = line
        .spans
        .iter()
        .enumerate()
        .flat_map(|(number, span)| span.content.chars().map(move |letter| (number, letter)))
        .collect();
    let mut rows = Vec::new();
    let mut rest = &letters[..];
    loop {
        let spaces = if rows.is_empty() || indent >= width { 0 } else { indent };
        let fits = fitting(rest, width - spaces);
        let (row, remaining) = rest.split_at(end_of_word(rest, fits));
        let mut spans = vec![Span::raw(" ".repeat(spaces))];
        let pieces = row.chunk_by(|a, b| a.0 == b.0);
        spans.extend(pieces.map(|piece| {
            let text: String = piece.iter().map(|&(_, letter)| letter).collect();
            Span::styled(text, line.spans[piece[0].0].style)
        }));
        rows.push(Line::from(spans));
        let gap = remaining.iter().take_while(|&&(_, letter)| letter == ' ').count();
        rest = &remaining[gap..];
        if rest.is_empty() {
            return rows;
        }
    }
}

/// The number of characters from the start of `letters` that fit into `width` columns, at least 1.
fn fitting(letters: &[(usize, char)], width: usize) -> usize {
    let mut taken = 0;
    let fits = letters.iter().take_while(|&&(_, letter)| {
        taken += Span::raw(&*letter.encode_utf8(&mut [0; 4])).width();
        taken <= width
    });
    fits.count().max(1).min(letters.len())
}

/// The end of the first row of `letters`, of which `fits` characters fit. The row ends after a word, unless the row
/// would be shorter than half of `fits`.
fn end_of_word(letters: &[(usize, char)], fits: usize) -> usize {
    let is_blank = |at: &usize| letters.get(*at).is_none_or(|&(_, letter)| letter == ' ');
    (fits / 2..=fits).rev().find(is_blank).filter(|&end| end > 0).unwrap_or(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &'static str, width: usize, indent: usize, expected: &[&str]) {
        let (first, second) = text.split_at(text.len() / 2);
        let line = Line::from(vec![Span::raw(first), Span::raw(second)]);
        let rows: Vec<String> = wrap(&line, width, indent).iter().map(ToString::to_string).collect();
        assert_eq!(rows, expected);
        assert!(width < 2 || wrap(&line, width, indent).iter().all(|row| row.width() <= width));
    }

    #[test]
    fn rows_end_after_words_and_are_indented() {
        check("", 9, 2, &[""]);
        check("one two", 9, 2, &["one two"]);
        check("one two three", 9, 2, &["one two", "  three"]);
        check("  f(a,   b);", 8, 4, &["  f(a,  ", "    b);"]);
        check("abcdefghijkl", 5, 0, &["abcde", "fghij", "kl"]);
        check("a bcdefghijk", 6, 2, &["a bcde", "  fghi", "  jk"]);
        check("ends here  ", 9, 0, &["ends here"]);
        check("漢字漢字", 5, 1, &["漢字", " 漢字"]);
        check("漢字", 1, 0, &["漢", "字"]);
    }
}
