//! Suppressions: comments in the source that keep a rule from running in some lines.
//!
//! ```text
//! // tranship: ignore[rule, other-rule] reason      this line, or also the next one when the line has no code
//! // tranship: ignore-begin[rule] reason            until
//! // tranship: ignore-end[rule]
//! ```
//!
//! There is no form without a rule: such a comment would also hide findings that its author did not expect.

use std::ops::Range;

use memchr::{memchr, memmem};

use tranship_rules::rule;

use crate::finding::{Finding, is_of_other_command};
use crate::lang::Lang;
use crate::pass::Context;
use crate::source::Source;
use crate::text::{Span, line_start};

/// One rule that one comment names.
struct Ignore {
    rule: String,
    /// The text `ignore...[...]`.
    span: Span,
    /// The bytes in which the rule does not run; `None` for a comment without effect.
    covers: Option<Range<u32>>,
    used: bool,
}

/// Removes the findings that a comment of `source` suppresses, and adds a finding for each comment without effect.
/// `is_code` returns whether a byte is outside of comments.
pub fn apply(
    mut findings: Vec<Finding>,
    source: &Source,
    is_code: &dyn Fn(u32) -> bool,
    context: &Context,
) -> Vec<Finding> {
    // These languages have no certain comments, so comments are read only if there is a finding.
    if matches!(source.lang, Lang::Build | Lang::Cargo) && findings.is_empty() {
        return findings;
    }
    let mut ignores = read(source, is_code);
    if ignores.is_empty() {
        return findings;
    }
    findings.retain(|finding| {
        let at = finding.span.start;
        let covers = |ignore: &&mut Ignore| {
            ignore.rule == finding.rule && ignore.covers.as_ref().is_some_and(|range| range.contains(&at))
        };
        let mut covered = false;
        for ignore in ignores.iter_mut().filter(covers) {
            (ignore.used, covered) = (true, true);
        }
        !covered
    });
    let useless = ignores.iter().filter(|ignore| !ignore.used);
    findings.extend(useless.filter_map(|ignore| report(ignore, source, context)));
    findings
}

/// The finding about an ignore without effect, unless its rule does not run at all.
fn report(ignore: &Ignore, source: &Source, context: &Context) -> Option<Finding> {
    if is_of_other_command(&ignore.rule) {
        return None;
    }
    let rule = context.rules.named(rule::UNUSED_IGNORE)?;
    let keeps = |name: &str, level| context.selection.keeps(name, level, &source.path);
    let name = ignore.rule.as_str();
    let what = if name.is_empty() {
        "this comment names no rule: write `ignore[rule]`".to_owned()
    } else if !context.rules.contains(name) {
        format!("there is no rule or CUDA name `{name}`")
    } else if ignore.covers.is_none() {
        format!("the beginning or end of this block for `{name}` is missing")
    } else if keeps(name, context.rules.rule(name).map_or(tranship_rules::Level::Safe, |rule| rule.level)) {
        format!("`{name}` has no finding here that the comment could hide")
    } else {
        return None;
    };
    keeps(rule.name, rule.level).then(|| Finding::of(rule, ignore.span).saying(what))
}

/// Reads the comments of `source`.
fn read(source: &Source, is_code: &dyn Fn(u32) -> bool) -> Vec<Ignore> {
    let bytes = &source.bytes;
    let marks = source.lang.comment_marks();
    let mut ignores = Vec::new();
    // The indices of `ignore-begin` comments without an end so far.
    let mut open: Vec<usize> = Vec::new();
    for at in memmem::find_iter(bytes, b"tranship:") {
        let line = line_start(bytes, at);
        let before = bytes[line..at].trim_ascii_end();
        let Some(mark) = marks.iter().find(|mark| before.ends_with(mark)) else { continue };
        let Some(comment) = parse(bytes, at + "tranship:".len()) else { continue };
        if is_code(at as u32) {
            continue;
        }
        let alone = before[..before.len() - mark.len()].trim_ascii().is_empty();
        for rule in comment.rules {
            let covers = match comment.form {
                Form::Here => Some(lines_at(bytes, line, alone, marks)),
                Form::Begin | Form::End => None,
            };
            let ignore = Ignore { rule, span: comment.span, covers, used: false };
            match comment.form {
                Form::Here => ignores.push(ignore),
                Form::Begin => {
                    open.push(ignores.len());
                    ignores.push(ignore);
                }
                Form::End => match open.iter().rposition(|&begin| ignores[begin].rule == ignore.rule) {
                    Some(at) => {
                        let begin = &mut ignores[open.remove(at)];
                        begin.covers = Some(begin.span.end..comment.span.start);
                    }
                    None => ignores.push(ignore),
                },
            }
        }
    }
    ignores
}

#[derive(Copy, Clone)]
enum Form {
    Here,
    Begin,
    End,
}

struct Comment {
    form: Form,
    span: Span,
    /// The rules; one empty name if the comment names none.
    rules: Vec<String>,
}

/// Reads `ignore[rule]` behind `tranship:`; `None` for any other text.
fn parse(bytes: &[u8], at: usize) -> Option<Comment> {
    let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
    let blank = bytes[at..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = at + blank;
    let text = String::from_utf8_lossy(&bytes[start..end]);
    let rest = text.strip_prefix("ignore")?;
    let (form, rest) = if let Some(rest) = rest.strip_prefix("-begin") {
        (Form::Begin, rest)
    } else if let Some(rest) = rest.strip_prefix("-end") {
        (Form::End, rest)
    } else {
        (Form::Here, rest)
    };
    let (list, reason) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", rest));
    let length = text.len() - reason.len();
    let rules = list.split(',').map(|name| name.trim().to_owned()).collect();
    // A character that is not UTF-8 is longer in `text` than in the file.
    Some(Comment { form, span: Span::new(start as u32, (start + length).min(end) as u32), rules })
}

/// The line that begins at `line`; with `alone`, when it has only the comment, also the next line with code.
fn lines_at(bytes: &[u8], line: usize, alone: bool, marks: &[&[u8]]) -> Range<u32> {
    let end_of = |from: usize| memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1);
    let mut end = end_of(line);
    while alone && end < bytes.len() {
        let next = end_of(end);
        let text = bytes[end..next].trim_ascii();
        let is_code = !text.is_empty() && !marks.iter().any(|mark| text.starts_with(mark));
        end = next;
        if is_code {
            break;
        }
    }
    line as u32..end as u32
}
