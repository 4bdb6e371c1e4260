//! What an editor shows beside the pointer: the findings there, and the documentation of the name.

use std::fmt::Write as _;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use tranship_engine::result::Found;
use tranship_rules::{Level, Rules};

use super::Explain;
use super::actions::findings_at;
use super::documents::Document;
use super::positions::Lines;

/// The most findings that are shown at one place.
const MOST: usize = 3;

/// The text for `position` of `document`; `None` if nothing is known about it.
pub(super) fn hover(
    document: &Document,
    position: Position,
    rules: &Rules,
    explain: Explain,
) -> Option<Hover> {
    let lines = Lines::new(document.text.as_bytes());
    let found = document.checked.as_ref().map(|checked| findings_at(checked, &lines, position));
    let found = found.unwrap_or_default();
    let mut text = String::new();
    for finding in found.iter().take(MOST) {
        write_finding(&mut text, finding);
    }
    let line = lines.line(position.line);
    let at = lines.offset(position) - lines.start(position.line);
    let words = words(line, at);
    let rule = found.first().map(|finding| finding.rule);
    let known = words.iter().map(String::as_str).chain(rule).find_map(|name| explain(name, rules));
    if let Some(known) = known {
        let _ = write!(
            text,
            "{}```text\n{}\n```\n",
            if text.is_empty() { "" } else { "---\n" },
            known.trim_end()
        );
    }
    let markup = MarkupContent { kind: MarkupKind::Markdown, value: text };
    (!markup.value.is_empty()).then_some(Hover { contents: HoverContents::Markup(markup), range: None })
}

fn write_finding(text: &mut String, finding: &Found) {
    let level = match finding.level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    };
    let _ = write!(text, "**{level}** `{}`: {}\n\n", finding.rule, finding.what);
    for (title, part) in
        [("why", &finding.why), ("assumption", &finding.assumption), ("to do", &finding.todo)]
    {
        if !part.is_empty() {
            let _ = writeln!(text, "- {title}: {part}");
        }
    }
    for change in &finding.changes {
        let _ = write!(text, "\n```diff\n{}{}```\n", marked('-', &change.before), marked('+', &change.after));
    }
    text.push('\n');
}

fn marked(mark: char, lines: &str) -> String {
    lines.lines().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{mark} {line}");
        text
    })
}

/// The words at byte `at` of `line`, from the most exact one: the text of an include, an option, a name.
fn words(line: &[u8], at: usize) -> Vec<String> {
    let mut words = Vec::new();
    let line = String::from_utf8_lossy(line).into_owned();
    let line = line.trim_end();
    if line.trim_start().starts_with('#') && line.contains("include") {
        let start = line.find(['<', '"']).map(|start| start + 1);
        let end = start.and_then(|start| Some(start + line[start..].find(['>', '"'])?));
        words.extend(start.zip(end).map(|(start, end)| line[start..end].to_owned()));
    }
    for is_part in [is_option, is_qualified, is_name] {
        words.extend(word(line, at, is_part));
    }
    words.dedup();
    words
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn is_qualified(letter: char) -> bool {
    is_name(letter) || letter == ':'
}

fn is_option(letter: char) -> bool {
    is_name(letter) || letter == '-'
}

fn word(line: &str, at: usize, is_part: fn(char) -> bool) -> Option<String> {
    let at = (0..=at.min(line.len())).rev().find(|&at| line.is_char_boundary(at))?;
    let start = line[..at]
        .rfind(|letter| !is_part(letter))
        .map_or(0, |before| before + line[before..].chars().next().map_or(1, char::len_utf8));
    let end = line[at..].find(|letter| !is_part(letter)).map_or(line.len(), |end| at + end);
    let word = line[start..end].trim_matches(':');
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_found_around_a_place() {
        let check = |line: &str, at: &str, expected: &[&str]| {
            let at = line.find(at).unwrap_or(line.len());
            assert_eq!(words(line.as_bytes(), at), expected, "{line}");
        };
        check("  cudaFree(x);", "Free", &["cudaFree"]);
        check("  cub::WarpReduce<int> r;", "Reduce", &["WarpReduce", "cub::WarpReduce", "WarpReduce"]);
        check("#include <cuda_runtime.h>", "runtime", &["cuda_runtime.h", "cuda_runtime"]);
        check("nvcc --use_fast_math a.cu", "fast", &["--use_fast_math", "use_fast_math"]);
        check("// \u{1f600} cudaFree", "nothing", &["cudaFree"]);
        check("", "x", &[]);
    }
}
