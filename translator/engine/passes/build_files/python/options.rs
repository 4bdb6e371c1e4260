//! Options of nvcc and names of libraries in lists and strings.
//!
//! Only a whole expression is replaced: a list, or a string that is a value or is appended. Where PyTorch shows the
//! vendor, the expression becomes a choice that keeps the old value for CUDA, so one file serves both vendors. Where no
//! name in scope shows the vendor, the value stays and is reported.

use std::cell::LazyCell;
use tranship_rules::{Kind as WordKind, Level, rule};

use super::Python;
use super::folders::{self, Folder};
use super::gpus::{self, appended, value_apart};
use super::nvcc_calls::{command, list_is_command};
use super::places::{self, Place};
use super::scope::{self, Vendor};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{self as flags, CommandLine, Written};
use crate::pass::toolkit_folders::{PATH_FOR_CLANG, TOOLKIT};
use crate::readers::python::{Kind, Quoting};
use crate::readers::words::{self, Word};
use crate::text::{Edit, Piece, Span, line_start};

/// Checks every list and every string.
pub(crate) fn run(pass: &mut Reporter, python: &Python) {
    if !may_report(pass, python) {
        return;
    }
    for node in 0..python.tree().nodes.len() {
        let is_list = matches!(python.tree().kind(node), "list" | "tuple");
        if !is_list && python.tree().kind(node) != "string" || python.is_settled(node) {
            continue;
        }
        if python.is_broken(node) {
            if !is_list {
                unreadable(pass, python, node);
                folder_stays(pass, python, node);
            }
            continue;
        }
        let parent = python.tree().parent(node).map(|parent| python.tree().kind(parent));
        if is_list {
            list(pass, python, node);
        } else if !matches!(parent, Some("list" | "tuple")) {
            text(pass, python, node);
        }
    }
}

/// Whether a token can raise a finding of this part, so that the file must be parsed.
fn may_report(pass: &Reporter, python: &Python) -> bool {
    let any = |is: &dyn Fn(&str) -> bool| (0..python.tokens.len()).any(|index| is(python.text(index)));
    let names_libraries = LazyCell::new(|| any(&places::is_for_libraries));
    // A name or key is short.
    let names_nvcc = LazyCell::new(|| any(&|text| text.len() < 64 && places::is_for_nvcc(text)));
    (0..python.tokens.len()).filter(|&index| !python.settled[index]).any(|index| {
        if !python.is_text(index) {
            return python.is_name(index, "nvcc");
        }
        let text = python.text(index);
        let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        text.contains("nvcc")
            || text.contains(TOOLKIT)
            || words.any(|word| flags::may_report(pass, word) || (word.starts_with('-') && *names_nvcc))
            || (text.split_whitespace().any(|word| pass.word(WordKind::LinkLibrary, word).is_some())
                && *names_libraries)
    })
}

/// One element of a list.
struct Element {
    /// The index of its first token.
    token: usize,
    /// The index of its last token.
    last: usize,
    /// Whether it is a string without expressions.
    is_plain: bool,
    /// Whether leaving it out changes nothing else.
    may_go: bool,
}

impl Element {
    fn of(python: &Python, node: usize) -> Self {
        let (tree, span) = (python.tree(), python.tree().span(node));
        let token = python.token_at(span.start);
        let last = python.token_at(span.end).saturating_sub(1).max(token);
        let inside = (node..tree.nodes[node].end).map(|part| tree.kind(part));
        let has_effect =
            |kind: &str| matches!(kind, "list_splat" | "named_expression" | "await" | "yield" | "comment");
        Self {
            token,
            last,
            is_plain: python.plain(node).is_some(),
            may_go: !inside.into_iter().any(has_effect),
        }
    }
}

fn list(pass: &mut Reporter, python: &Python, node: usize) {
    let elements: Vec<usize> = python.tree().named(node).collect();
    let is_command = list_is_command(pass, python, &elements);
    let place = places::place(python, node);
    if is_command || place == Place::Other || places::is_for_pycuda(python, node) {
        for &element in &elements {
            folder_stays(pass, python, element);
        }
        return;
    }
    let name = place.name();
    // The beginning of an option, with which others are compared, is no option.
    let is_beginning = |element: usize| python.plain(element).is_some_and(|text| text.ends_with('='));
    let word = |&element: &usize| {
        let word = python.word(element);
        if is_beginning(element) { Word { text: "", ..word } } else { word }
    };
    let mut words: Vec<Word> = elements.iter().map(word).collect();
    let parts: Vec<Element> = elements.iter().map(|&element| Element::of(python, element)).collect();
    let is_tuple = python.tree().kind(node) == "tuple";
    // A list in a test that no program gets is what the test expects.
    let is_expected = !places::is_for_a_program(name) && places::is_test(&pass.source.path);
    let is_value = matches!(place, Place::Value { .. }) && !is_expected;
    // Where the vendor is known, CUDA keeps the whole list, and any element can be left out for ROCm.
    let vendor = scope::vendor(python, node);
    let is_chosen = matches!(vendor, Vendor::Known(_));
    // The end of the last removed run; its comma is removed too.
    let mut gone = None;
    changed(pass, python, node, place, vendor, |pass, kept| {
        let mut write = |run: std::ops::Range<usize>, new: &[String]| {
            let (first, last) = (&parts[run.start], &parts[run.end - 1]);
            let is_plain = parts[run.clone()].iter().all(|part| part.is_plain);
            // In one string with expressions, the text around the expressions may change.
            let is_format = run.len() == 1 && python.string(elements[run.start]).is_some() && new.len() < 2;
            let is_left_out =
                is_chosen && new.is_empty() && parts[run.clone()].iter().all(|part| part.may_go);
            if !is_value || !(is_plain || is_format || is_left_out) || (is_tuple && new.is_empty()) {
                return None;
            }
            let (start, end) = (python.tokens[first.token], python.tokens[last.last]);
            if new.is_empty() {
                let whole = item(python, first.token, last.last);
                let alone = gone == Some(run.start) && whole.start < start.span.start;
                let removed = if alone { start.span.to(end.span) } else { whole };
                let gone_before = gone == Some(run.start);
                gone = Some(run.end);
                // The blank behind a removed run on the same line is removed with that run.
                let tidied = tidy(python.bytes, removed);
                let starts_line = line_start(python.bytes, removed.start as usize) == tidied.start as usize;
                let start = if gone_before && !starts_line { removed.start } else { tidied.start };
                return Some(Edit::remove(Span::new(start, tidied.end)));
            }
            let quote = python.quote(first.token);
            let text = new.join(&format!("{quote}, {quote}"));
            // The quotes of the first string and of the last one may differ: `'-Xcompiler', "'-fPIC'"`.
            if python.quote(last.last) != quote {
                return Some(Edit::replace(start.span.to(end.span), format!("{quote}{text}{quote}")));
            }
            Some(Edit::replace(Span::new(start.inner.start, end.inner.end), text))
        };
        if places::is_for_libraries(name) {
            for (at, word) in words.iter().enumerate().filter(|(at, _)| parts[*at].is_plain) {
                library(pass, word, kept, |new| write(at..at + 1, new).map(Fix::One));
            }
        }
        for (at, word) in words.iter().enumerate() {
            let inner = python.tokens[parts[at].token].inner;
            if at > 0 && words[at - 1].text == "--cuda-path" {
                pass.report_saying(rule::CUDA_FOLDER, inner, PATH_FOR_CLANG);
                continue;
            }
            folder(pass, word.text, inner, kept, is_value && parts[at].is_plain);
        }
        let line = if places::is_for_nvcc(name) { CommandLine::Nvcc } else { CommandLine::Unknown };
        for (at, word) in words.iter_mut().enumerate().filter(|(at, _)| parts[*at].is_plain) {
            let inner = python.tokens[parts[at].token].inner;
            let is_line =
                several_options(pass, &Word { span: inner, ..*word }, line, kept, |run, new| match run {
                    Some(run) => is_value.then(|| words::put(python.bytes, run, new, " ")),
                    None => write(at..at + 1, new),
                });
            if is_line {
                word.text = "";
            }
        }
        let is_plain: Vec<bool> = parts.iter().map(|part| part.is_plain).collect();
        for at in (0..words.len()).filter(|_| is_chosen) {
            let run = at..at + gpus::computed(&words, &is_plain, at, line).unwrap_or_default();
            if let Some(edit) = (!run.is_empty()).then(|| write(run.clone(), &[])).flatten() {
                let span = words[run.start].span.to(words[run.end - 1].span);
                pass.report_fix(rule::TORCH_GPU_ARCHITECTURE, span, Fix::One(edit));
                words[run].iter_mut().for_each(|word| word.text = "");
            }
        }
        flags::report(pass, &words, line, |change| {
            let edit = write(change.run.clone(), change.new);
            written(kept, edit.map(Fix::One), words[change.run.start].text)
        });
    });
}

/// Reports the options in one element with white space: `'--maxrregcount 60'`. PyTorch joins the elements to one command
/// line. `write` gives the edit for new words in place of some words, or of the whole element. Returns whether the element is such a
/// line.
fn several_options(
    pass: &mut Reporter,
    element: &Word,
    line: CommandLine,
    kept: &Kept,
    mut write: impl FnMut(Option<Span>, &[String]) -> Option<Edit>,
) -> bool {
    let is_quoted = element.text.contains(['"', '\'', '\\']);
    let words = words::words(element.text, element.span.start, b"");
    if words.len() < 2 || is_quoted || !element.text.starts_with('-') {
        return false;
    }
    if let Some(row) = flags::all_dropped(pass, &words, line) {
        match written(kept, write(None, &[]).map(Fix::One), element.text) {
            Written::Nothing(rule, what) => pass.report_saying(rule, element.span, what),
            Written::Fix(fix) | Written::Under(_, fix) => pass.replace(row, element.span, fix),
        }
        return true;
    }
    flags::report(pass, &words, line, |change| {
        let run = words[change.run.start].span.to(words[change.run.end - 1].span);
        written(kept, write(Some(run), change.new).map(Fix::One), words[change.run.start].text)
    });
    true
}

/// The rule and the message if no change is possible here.
type Kept = Option<(tranship_rules::RuleName, String)>;

/// How the change of the option `text` is written, if `fix` can make it.
fn written(kept: &Kept, fix: Option<Fix>, text: &str) -> Written {
    match (kept, fix) {
        (None, Some(fix)) => Written::Fix(fix),
        (Some((rule, what)), Some(_)) => Written::Nothing(*rule, what.clone()),
        (_, None) => Written::Nothing(rule::PYTHON_OPTION_KEPT, left(text)),
    }
}

/// Calls `report` for the changes in `node`, and turns them into a choice by vendor.
fn changed(
    pass: &mut Reporter,
    python: &Python,
    node: usize,
    place: Place,
    vendor: Vendor,
    report: impl FnOnce(&mut Reporter, &Kept),
) {
    let kept = match vendor {
        Vendor::OutOfScope => Some((
            rule::TORCH_OUT_OF_SCOPE,
            format!(
                "{} is only for CUDA, and no name in scope shows the vendor",
                shown(python.start_of(node))
            ),
        )),
        _ => None,
    };
    let first = pass.count();
    report(pass, &kept);
    let (Vendor::Known(condition), Place::Value { in_parentheses, .. }) = (vendor, place) else { return };
    let span = python.tree().span(node);
    let Ok(old) = std::str::from_utf8(&python.bytes[span.range()]) else { return };
    let is_extended = pass.findings()[first..].iter().flat_map(|finding| finding.fix.edits()).any(is_extend);
    let old = if is_extended { format!("[{old}]") } else { old.to_owned() };
    let (open, close) = if in_parentheses { ("(", ")") } else { ("", "") };
    let mut choice = vec![Edit::pieces(
        span,
        vec![
            Piece::Text(open.into()),
            Piece::Span(span),
            Piece::Text(format!(" if {} else {old}{close}", condition.text).into()),
        ],
    )];
    choice.extend(condition.edits);
    let mut is_changed = false;
    for finding in pass.findings_from(first) {
        if finding.level != Level::Manual && !finding.fix.edits().is_empty() {
            let mut edits = std::mem::take(&mut finding.fix).into_edits();
            edits.extend(choice.iter().cloned());
            finding.fix = Fix::Many(edits);
            is_changed = true;
        }
    }
    if is_changed {
        // An extended list replaces one string, so a fix with the choice alone would not be valid.
        let edits = if is_extended { Vec::new() } else { choice };
        let fix = if edits.is_empty() { Fix::None } else { Fix::Many(edits) };
        pass.report_fix(rule::TORCH_BOTH_VENDORS, Span::at(span.start), fix);
    }
}

/// The first line of a value in a message. That of a list with one option in each line is only its bracket.
fn shown(start: &str) -> String {
    if matches!(start, "[" | "(") { "a list of options".to_owned() } else { format!("`{start}`") }
}

/// The text of an edit that turns `append` into `extend`.
pub(crate) const EXTEND: &str = "extend";

fn is_extend(edit: &Edit) -> bool {
    *edit == Edit::replace(edit.span, EXTEND)
}

/// Reports a library to link. `write` turns the new words into a fix.
fn library(pass: &mut Reporter, word: &Word, kept: &Kept, write: impl FnOnce(&[String]) -> Option<Fix>) {
    let Some(row) = pass.word(WordKind::LinkLibrary, word.text) else { return };
    let Some(hip) = pass.spelling(row) else { return pass.absent(row, word.span) };
    if hip == word.text {
        return;
    }
    let new = if hip.is_empty() { Vec::new() } else { vec![hip.to_owned()] };
    match (kept, write(&new)) {
        (None, Some(fix)) => pass.replace(row, word.span, fix),
        (Some((rule, what)), _) => pass.report_saying(*rule, word.span, what.clone()),
        (None, None) => pass.report_saying(rule::PYTHON_OPTION_KEPT, word.span, left(word.text)),
    }
}

/// Reports a string that is a folder of the toolkit, or an option with it, and stays.
fn folder_stays(pass: &mut Reporter, python: &Python, node: usize) {
    let Some(said) = python.string(node) else { return };
    if said.starts_with(TOOLKIT) || !said.contains(char::is_whitespace) {
        let word = said.split_whitespace().next().unwrap_or_default();
        let token = python.token_at(python.tree().span(node).start);
        let inner = python.tokens[token].inner;
        if super::is_renamed_default(pass, python, token)
            && let Some(Folder::Moved(edits)) = folders::folder(word, inner.start)
            && let Some(edits) = super::for_rocm(python, token, node, edits)
        {
            return pass.report_fix(rule::CUDA_FOLDER_MOVED, inner, Fix::Many(edits));
        }
        folder(pass, word, inner, &None, false);
    }
}

/// Reports a folder of the toolkit in a word. It is changed only if `may_change`.
fn folder(pass: &mut Reporter, word: &str, inner: Span, kept: &Kept, may_change: bool) {
    let what = "a string contains a folder of the CUDA toolkit";
    if word.starts_with("--cuda-path=") {
        return pass.report_saying(rule::CUDA_FOLDER, inner, PATH_FOR_CLANG);
    }
    match (folders::folder(word, inner.start), kept) {
        (Some(Folder::Moved(edits)), None) if may_change => {
            pass.report_fix(rule::CUDA_FOLDER_MOVED, inner, Fix::Many(edits));
        }
        (Some(_), _) => pass.report_saying(rule::CUDA_FOLDER, inner, what),
        (None, _) => {}
    }
}

fn left(text: &str) -> String {
    format!("`{text}` is only for CUDA, and it is part of a value that cannot become a choice by vendor")
}

/// Checks a string that is not an element of a list.
fn text(pass: &mut Reporter, python: &Python, node: usize) {
    let (place, span) = (places::place(python, node), python.tree().span(node));
    let Some(said) = python.string(node) else { return };
    if command(pass, python, node, said, place) {
        return folder_stays(pass, python, node);
    }
    if gpus::appended_apart(pass, python, node) {
        return;
    }
    let name = place.name();
    let appended = appended(python, node);
    let is_library = places::is_for_libraries(name);
    let is_appended = appended.is_some() && !name.ends_with("argv");
    if !(places::is_for_a_program(name) || is_library || is_appended) {
        // A string with options that only nvcc has, by any name: `ptx = ' -gencode arch=compute_75,code=compute_75'`.
        if said.trim_start().starts_with("-gencode ") && said.contains("arch=compute_") {
            pass.report_saying(rule::PYTHON_OPTION_KEPT, span, left("-gencode"));
        }
        return folder_stays(pass, python, node);
    }
    let token = python.token_at(span.start);
    let is_plain = python.plain(node).is_some_and(|text| !text.contains('\\'));
    let inner = python.tokens[token].inner;
    let words = match appended {
        Some(_) if !said.contains(char::is_whitespace) => vec![Word { text: said, span: inner }],
        _ => words::words(said, inner.start, b""),
    };
    let quote = python.quote(token);
    let is_value = matches!(place, Place::Value { .. });
    let is_element = appended.is_none() && places::is_element(python, node);
    changed(pass, python, node, place, scope::vendor(python, node), |pass, kept| {
        let write = |run: Span, new: &[String]| -> Option<Fix> {
            // An element of a list is one argument of the program.
            if !is_plain || !is_value || (is_element && run == inner && new.len() != 1) {
                return None;
            }
            match appended {
                Some(method) if run == inner && new.len() != 1 => {
                    let items: Vec<String> = new.iter().map(|new| format!("{quote}{new}{quote}")).collect();
                    let list = Edit::replace(span, format!("[{}]", items.join(", ")));
                    Some(Fix::Many(vec![Edit::replace(method, EXTEND), list]))
                }
                _ => Some(Fix::One(words::put(python.bytes, run, new, " "))),
            }
        };
        if is_library && words.len() == 1 {
            library(pass, &words[0], kept, |new| write(inner, new));
        }
        for word in &words {
            folder(pass, word.text, word.span, kept, is_value && is_plain);
        }
        if !places::is_for_a_program(name) && appended.is_none() {
            return;
        }
        let line = if places::is_for_nvcc(name) { CommandLine::Nvcc } else { CommandLine::Unknown };
        value_apart(pass, &words, appended.is_some() && line == CommandLine::Unknown);
        flags::report(pass, &words, line, |change| {
            let run = words[change.run.start].span.to(words[change.run.end - 1].span);
            written(kept, write(run, change.new), words[change.run.start].text)
        });
    });
}

/// A string in a statement that the parser cannot read: its options stay, and are reported.
fn unreadable(pass: &mut Reporter, python: &Python, node: usize) {
    let Some(said) = python.string(node).filter(|said| said.starts_with('-')) else { return };
    let inner = python.tokens[python.token_at(python.tree().span(node).start)].inner;
    let words = words::words(said, inner.start, b"");
    value_apart(pass, &words, true);
    flags::report(pass, &words, CommandLine::Unknown, |change| {
        let word = words[change.run.start].text;
        let what = format!("`{word}` is for CUDA alone, and its statement has a syntax error");
        Written::Nothing(rule::PYTHON_OPTION_KEPT, what)
    });
}

/// `span` and the blanks before it if nothing follows on its line; the whole line if the line contains nothing else.
fn tidy(bytes: &[u8], span: Span) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let blank = bytes[..start].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = &bytes[end..];
    let tail = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    if rest.get(tail) != Some(&b'\n') {
        return span;
    }
    let starts_line = line_start(bytes, start) == start - blank;
    let end = if starts_line { end + tail + 1 } else { end };
    Span::new((start - blank) as u32, end as u32)
}

/// The span of the items and of the comma behind them, or else of the comma before them.
fn item(python: &Python, first: usize, last: usize) -> Span {
    let span = python.tokens[first].span.to(python.tokens[last].span);
    if python.is(last + 1, b',') {
        let end = python.tokens[last + 1].span.end;
        let blank = python.bytes[end as usize..].iter().take_while(|&&byte| byte == b' ').count();
        return Span::new(span.start, end + blank as u32);
    }
    match first.checked_sub(1).filter(|&before| python.is(before, b',')) {
        Some(comma) => Span::new(python.tokens[comma].span.start, span.end),
        None => span,
    }
}

impl<'a> Python<'a> {
    /// The content of the string `node`, expressions in braces included.
    pub(crate) fn string(&self, node: usize) -> Option<&'a str> {
        if self.tree().kind(node) != "string" {
            return None;
        }
        let token = self.tokens.get(self.token_at(self.tree().span(node).start))?;
        let is_it = token.span == self.tree().span(node) && matches!(token.kind, Kind::Text(_));
        is_it.then(|| std::str::from_utf8(&self.bytes[token.inner.range()]).unwrap_or_default())
    }

    /// The same, but only for a string on one line without expressions.
    fn plain(&self, node: usize) -> Option<&'a str> {
        let text = self.string(node)?;
        let kind = self.tokens[self.token_at(self.tree().span(node).start)].kind;
        matches!(kind, Kind::Text(Quoting { format: false, triple: false, .. })).then_some(text)
    }

    /// The node as a word of a command line: the content of a string, or the source of another node.
    fn word(&self, node: usize) -> Word<'a> {
        let text = self.string(node).unwrap_or_else(|| self.node_text(node));
        Word { text, span: self.tree().span(node) }
    }

    fn quote(&self, token: usize) -> char {
        match self.tokens[token].kind {
            Kind::Text(quoting) => char::from(quoting.quote),
            _ => '"',
        }
    }

    /// The first line of a node, for a message.
    fn start_of(&self, node: usize) -> &'a str {
        let text = self.node_text(node);
        let line = text.lines().next().unwrap_or(text);
        let end = line.char_indices().nth(48).map_or(line.len(), |(at, _)| at);
        &line[..end]
    }
}
