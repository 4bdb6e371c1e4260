//! Gives each line of a changed text the number that it had before, by `#line`, so that errors name the line of the source.

use std::fmt::Write as _;

use similar::{DiffTag, TextDiff};

use super::both::{Nest, Part, lines};

/// The text `new` with a `#line` directive where the number of a line of `old` changes. `parts` are the parts of `new`: a directive can
/// be before each of them.
pub(super) fn with_line_numbers(old: &str, new: &str, parts: &[Part]) -> String {
    let (old, new) = (lines(old), lines(new));
    let numbers = numbers(&old, &new);
    // Both counts begin so high that a difference is never negative.
    let shift_to = |line: usize, number: usize| line + old.len() - number;
    let (mut text, mut shift, mut written) = (String::new(), Some(old.len()), 0_usize);
    // The count of directives before each open block.
    let mut blocks: Vec<usize> = Vec::new();
    for part in parts {
        let first = part.lines.start;
        if let Some(number) = numbers[first]
            && shift != Some(shift_to(first, number))
        {
            let _ = writeln!(text, "#line {}", number + 1);
            shift = Some(shift_to(first, number));
            written += 1;
        }
        text.extend(new[part.lines.clone()].iter().copied());
        for nest in &part.nests {
            if *nest == Nest::Open {
                blocks.push(written);
            } else if blocks.last().is_some_and(|before| *before < written) {
                // The compiler may have skipped the directives of a branch.
                shift = None;
            }
            if *nest == Nest::Close {
                blocks.pop();
            }
        }
    }
    text
}

/// The index of the line of `old` that each line of `new` is; `None` for a line that changed.
fn numbers(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut numbers = vec![None; new.len()];
    for op in TextDiff::from_slices(old, new).ops() {
        let is_same = op.tag() == DiffTag::Equal || op.old_range().len() == op.new_range().len();
        if is_same {
            for (new, old) in op.new_range().zip(op.old_range()) {
                numbers[new] = Some(old);
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the text with numbers of `new`, which was `old`. Lines are divided by blanks; `{`, `|` and `}` begin lines that open, divide
    /// and close a block.
    fn check(old: &str, new: &str, expected: &str) {
        let text = |words: &str| words.replace(' ', "\n") + "\n";
        let new = text(new);
        let part = |(at, line): (usize, &&str)| Part {
            lines: at..at + 1,
            nests: match line.as_bytes().first() {
                Some(b'{') => vec![Nest::Open],
                Some(b'|') => vec![Nest::Middle],
                Some(b'}') => vec![Nest::Close],
                _ => Vec::new(),
            },
        };
        let parts: Vec<Part> = lines(&new).iter().enumerate().map(part).collect();
        let expected = text(expected).replace("#line\n", "#line ");
        assert_eq!(with_line_numbers(&text(old), &new, &parts), expected, "{old} -> {new}");
    }

    #[test]
    fn a_number_is_written_behind_a_change_of_the_number_of_lines() {
        check("a b c d", "a B c d", "a B c d");
        check("a b c d", "a b x y c d", "a b x y #line 3 c d");
        check("a b c d", "a d", "a #line 4 d");
    }

    #[test]
    fn branches_and_the_lines_behind_them_have_their_numbers() {
        check("{ a | b } c", "{ a x | b } c", "{ a x #line 3 | #line 4 b } #line 6 c");
        check("x { a } c", "x y { a } c", "x y #line 2 { a } c");
    }
}
