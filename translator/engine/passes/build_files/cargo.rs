//! Build scripts of Cargo: options, programs, libraries and variables of the toolkit that are written as literals. A
//! crate that supports only CUDA gets a finding.
//!
//! Blocks with a condition about HIP or ROCm stay as they are.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tranship_rules::{Kind, list, rule};

use crate::finding::Fix;
use crate::pass::nvcc_options::{self as flags, CommandLine, Written};
use crate::pass::toolkit_folders::{TOOLKIT, folders};
use crate::pass::vendor_branches::settled;
use crate::pass::{Reporter, cmake_definitions, renamed_sources};
use crate::readers::branches::{self, Branches, Chain};
use crate::readers::lines;
use crate::readers::rust::{self, Kind as TokenKind, Token};
use crate::readers::words::Word;
use crate::text::{Edit, Span, line_start};

struct Script<'a> {
    bytes: &'a [u8],
    tokens: Vec<Token>,
}

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    renamed_sources(pass);
    let bytes = pass.source.bytes.as_slice();
    let script = Script { bytes, tokens: rust::tokens(bytes) };
    let (settled, arrays) = (script.settled(pass), script.arrays());
    let is_crate = |index: &usize| list::CUDA_CRATES.iter().any(|name| script.is_name(*index, name));
    if let Some(found) = (0..script.tokens.len()).find(|index| is_crate(index) && !settled[*index]) {
        let what = format!("`{}` supports only CUDA", script.text(found));
        pass.report_saying(rule::CUDA_IN_BUILD, script.tokens[found].span, what);
    }
    let mut next = 0;
    while next < script.tokens.len() {
        let index = next;
        next += 1;
        if settled[index] {
            continue;
        }
        let chain = script.chain(index);
        if !chain.is_empty() {
            next = chain[chain.len() - 1].end;
            options(pass, &script, &chain);
        } else if script.is_text(index) {
            words(pass, &script, index, arrays[index]);
        } else if script.calls(index, "cuda", "true") {
            let span = script.tokens[index + 1].span.to(script.tokens[index + 4].span);
            pass.report_fix(
                rule::CARGO_CUDA,
                span,
                Fix::One(Edit::replace(span, "cpp(true).compiler(\"hipcc\")")),
            );
        }
    }
}

impl<'a> Script<'a> {
    fn text(&self, index: usize) -> &'a str {
        let inner = self.tokens.get(index).map(|token| token.inner.range()).unwrap_or_default();
        std::str::from_utf8(&self.bytes[inner]).unwrap_or_default()
    }

    fn is(&self, index: usize, byte: u8) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Mark(byte))
    }

    fn is_name(&self, index: usize, name: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Name) && self.text(index) == name
    }

    fn is_text(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Text)
    }

    /// Whether `.method(argument)` begins at `index`.
    fn calls(&self, index: usize, method: &str, argument: &str) -> bool {
        self.is(index, b'.')
            && self.is_name(index + 1, method)
            && self.is(index + 2, b'(')
            && self.is_name(index + 3, argument)
            && self.is(index + 4, b')')
    }

    /// The calls `.arg("...")` that follow each other from `index` on, each with its tokens.
    fn chain(&self, index: usize) -> Vec<Range<usize>> {
        let mut chain = Vec::new();
        let mut at = index;
        let is_option =
            |at: usize| ["arg", "flag", "flag_if_supported"].iter().any(|name| self.is_name(at + 1, name));
        while self.is(at, b'.')
            && is_option(at)
            && self.is(at + 2, b'(')
            && self.is_text(at + 3)
            && self.is(at + 4, b')')
        {
            chain.push(at..at + 5);
            at += 5;
        }
        chain
    }

    /// For each token, whether it is frozen: it is in a block for HIP or ROCm. If a script has such blocks, its blocks
    /// for CUDA are frozen as well.
    fn settled(&self, pass: &Reporter) -> Vec<bool> {
        let mut settled = settled(self, pass.context);
        if settled.contains(&true) {
            let for_cuda = branches::settled(self, &|text| text.eq_ignore_ascii_case("cuda"));
            settled.iter_mut().zip(for_cuda).for_each(|(settled, is)| *settled |= is);
        }
        settled
    }

    /// For each token, whether the innermost bracket around it is an array's.
    fn arrays(&self) -> Vec<bool> {
        let mut open = Vec::new();
        let inside = self.tokens.iter().map(|token| {
            match token.kind {
                TokenKind::Mark(mark @ (b'(' | b'[' | b'{')) => open.push(mark),
                TokenKind::Mark(b')' | b']' | b'}') => {
                    open.pop();
                }
                _ => {}
            }
            open.last() == Some(&b'[')
        });
        inside.collect()
    }

    /// The blocks in braces, in the order of their `{`: the index of the `{`, and the index behind the `}`. A block
    /// without its end ends with the file.
    fn blocks(&self) -> Vec<(usize, usize)> {
        let mut blocks = Vec::new();
        let mut open = Vec::new();
        for index in 0..self.tokens.len() {
            if self.is(index, b'{') {
                open.push(blocks.len());
                blocks.push((index, self.tokens.len()));
            } else if self.is(index, b'}')
                && let Some(number) = open.pop()
            {
                blocks[number].1 = index + 1;
            }
        }
        blocks
    }
}

impl Branches for Script<'_> {
    fn count(&self) -> usize {
        self.tokens.len()
    }

    fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool {
        is_match(self.text(part))
    }

    fn chains(&self) -> Vec<Chain> {
        let blocks = self.blocks();
        let next_block = |head: usize| blocks.get(blocks.partition_point(|&(open, _)| open < head));
        let mut chains = Vec::new();
        for start in (0..self.tokens.len()).filter(|&index| self.is_name(index, "if")) {
            if start > 0 && self.is_name(start - 1, "else") {
                continue;
            }
            let mut chain = Chain { parts: start..start, conditions: Vec::new() };
            let mut head = start;
            while let Some(&(open, end)) = next_block(head) {
                chain.conditions.push(head..open);
                chain.parts.end = end;
                if !self.is_name(chain.parts.end, "else") {
                    break;
                }
                head = chain.parts.end;
            }
            chains.push(chain);
        }
        let matches = (0..self.tokens.len()).filter(|&index| self.is_name(index, "match"));
        let bodies = matches.filter_map(|index| next_block(index).map(|&(open, _)| open)).collect();
        chains.extend(self.arms(&bodies));
        chains
    }
}

/// An open bracket. In the body of a `match`, a pattern begins behind the bracket, and behind each arm.
struct Open {
    arms: Option<Chain>,
    /// The first token of a pattern; `None` in the value of an arm.
    pattern: Option<usize>,
}

impl Script<'_> {
    /// The chains of the arms of `match`, whose bodies begin at `bodies`. Their patterns are the conditions.
    fn arms(&self, bodies: &FxHashSet<usize>) -> Vec<Chain> {
        let mut chains = Vec::new();
        let mut stack: Vec<Open> = Vec::new();
        for index in 0..self.tokens.len() {
            if [b'(', b'[', b'{'].iter().any(|&mark| self.is(index, mark)) {
                let arms =
                    bodies.contains(&index).then(|| Chain { parts: index..index, conditions: Vec::new() });
                stack.push(Open { arms, pattern: Some(index + 1) });
                continue;
            }
            let closes = [b')', b']', b'}'].iter().any(|&mark| self.is(index, mark));
            if closes && let Some(mut chain) = stack.pop().and_then(|open| open.arms) {
                chain.parts.end = index + 1;
                chains.push(chain);
            }
            let Some(Open { arms: Some(chain), pattern }) = stack.last_mut() else { continue };
            match *pattern {
                Some(start) if self.is(index, b'=') && self.is(index + 1, b'>') => {
                    chain.conditions.push(start..index);
                    *pattern = None;
                }
                None if self.is(index, b',') || self.is(index, b'}') => *pattern = Some(index + 1),
                _ => {}
            }
        }
        chains
    }
}

/// Options of nvcc in calls that follow each other.
fn options(pass: &mut Reporter, script: &Script, chain: &[Range<usize>]) {
    let inner = |call: &Range<usize>| script.tokens[call.start + 3].inner;
    let words: Vec<Word> =
        chain.iter().map(|call| Word { text: script.text(call.start + 3), span: inner(call) }).collect();
    flags::report(pass, &words, CommandLine::Unknown, |change| {
        let (first, last) = (&chain[change.run.start], &chain[change.run.end - 1]);
        let method = script.text(first.start + 1);
        Written::Fix(Fix::One(if change.new.is_empty() {
            Edit::remove(script.without(first.start, last.end))
        } else {
            let span = inner(first).to(inner(last));
            Edit::replace(span, change.new.join(&format!("\").{method}(\"")))
        }))
    });
}

impl Script<'_> {
    /// The span of the calls from token `start` to `end` with the white space before them. If their statement contains
    /// no other call, the span of the whole statement. Comments stay.
    fn without(&self, start: usize, end: usize) -> Span {
        let ends_statement = |index: usize| [b';', b'{', b'}'].iter().any(|&mark| self.is(index, mark));
        let is_all = start >= 2 && ends_statement(start - 2) && self.is(end, b';');
        let (first, last) = if is_all { (start - 1, end) } else { (start, end - 1) };
        let before = first.checked_sub(1).map_or(0, |before| self.tokens[before].span.end);
        let (from, end) = (self.tokens[first].span.start, self.tokens[last].span.end);
        let rest = &self.bytes[end as usize..];
        let blank = rest.iter().take_while(|&&byte| byte == b' ').count();
        if rest[blank..].starts_with(b"//") {
            return Span::new(from, end + blank as u32);
        }
        if self.bytes[before as usize..from as usize].iter().all(u8::is_ascii_whitespace) {
            return Span::new(before, end);
        }
        // A comment is before the calls. The comment stays, and so does its line end.
        let line = (line_start(self.bytes, from as usize) as u32).checked_sub(1).unwrap_or(from);
        let alone = self.bytes[line as usize..from as usize].iter().all(u8::is_ascii_whitespace);
        Span::new(if alone { line } else { from }, end)
    }
}

/// Checks one string: the name of a program, a variable, a library or a folder.
fn words(pass: &mut Reporter, script: &Script, index: usize, in_array: bool) {
    let token = script.tokens[index];
    let text = script.text(index);
    let called = |name: &str| index >= 2 && script.is(index - 1, b'(') && script.is_name(index - 2, name);
    let is_macro = |name: &str| {
        index >= 3
            && script.is(index - 1, b'(')
            && script.is(index - 2, b'!')
            && script.is_name(index - 3, name)
    };
    let reads_variable = called("var") || called("var_os") || is_macro("env") || is_macro("option_env");
    if let Some(row) = pass.word(Kind::Environment, text).filter(|_| reads_variable) {
        return pass.rename(row, token.inner);
    }
    if let Some(row) = pass.word(Kind::Tool, text).filter(|_| called("new") || called("which")) {
        return pass.rename(row, token.inner);
    }
    // A variable of CMake and its value: `.define("CMAKE_CUDA_COMPILER", "/usr/local/cuda/bin/nvcc")`.
    if called("define") && cmake_definitions::is_of_cuda(text) {
        return cmake_definitions::named(pass, text, token.inner);
    }
    if index >= 4
        && script.is(index - 1, b',')
        && script.is_text(index - 2)
        && script.is_name(index - 4, "define")
    {
        let name = script.text(index - 2);
        if cmake_definitions::is_of_cuda(name) {
            return;
        }
    }
    let tail = |from: &str| {
        let rest = text.strip_prefix("cargo::").or_else(|| text.strip_prefix("cargo:"))?;
        let rest = rest.strip_prefix(from)?;
        Some((rest, Span::new(token.inner.end - rest.len() as u32, token.inner.end)))
    };
    if let Some((name, span)) = tail("rerun-if-env-changed=") {
        if let Some(row) = pass.word(Kind::Environment, name) {
            pass.rename(row, span);
        }
    } else if let Some((library, span)) = tail("rustc-link-lib=") {
        link(pass, script, index, (library, span));
    } else if text.starts_with('-') {
        option(pass, script, index, in_array);
    } else {
        folders(pass, lines::Word { span: token.inner, inner: token.inner }, false);
        if text.contains(TOOLKIT)
            && text.ends_with("/bin/nvcc")
            && let Some(row) = pass.word(Kind::Tool, "nvcc")
        {
            pass.rename(row, Span::new(token.inner.end - 4, token.inner.end));
        }
    }
}

/// Checks an option by itself, or in an array.
fn option(pass: &mut Reporter, script: &Script, index: usize, in_array: bool) {
    let span = script.tokens[index].inner;
    let word = Word { text: script.text(index), span };
    flags::report(pass, &[word], CommandLine::Unknown, |change| {
        Written::Fix(Fix::One(match change.new {
            [one] => Edit::replace(span, one.clone()),
            [] if in_array => {
                let comma = script.is(index + 1, b',').then(|| script.tokens.get(index + 2)).flatten();
                let whole = script.tokens[index].span;
                let end = comma.map_or(whole.end, |next| next.span.start);
                Edit::remove(Span::new(whole.start, end))
            }
            new if in_array => Edit::replace(span, new.join("\", \"")),
            _ => {
                let unclear = "an option of nvcc cannot be replaced in this place";
                return Written::Nothing(rule::CUDA_IN_BUILD, unclear.to_owned());
            }
        }))
    });
}

/// Replaces `cudart`, `dylib=cudart`, `static=cudart_static`. ROCm's libraries are shared. If HIP does not need the
/// library, the whole statement `println!("...");` is removed.
fn link(pass: &mut Reporter, script: &Script, index: usize, (library, span): (&str, Span)) {
    let (kind, name) = library.split_once('=').unwrap_or(("", library));
    let Some(row) = pass.word(Kind::LinkLibrary, name) else { return };
    let is_statement = index >= 4 && script.is(index + 1, b')') && script.is(index + 2, b';');
    match pass.spelling(row) {
        Some("") if is_statement => {
            let whole = script.without(index - 3, index + 3);
            pass.replace(row, span, Fix::One(Edit::remove(whole)));
        }
        Some("") | None => pass.absent(row, span),
        Some(hip) if hip == name => {}
        Some(hip) => {
            let new = if kind.is_empty() { hip.to_owned() } else { format!("dylib={hip}") };
            pass.replace(row, span, Fix::One(Edit::replace(span, new)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the names of one letter in `text` that are frozen by a condition with `hip`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let bytes = text.as_bytes();
        let script = Script { bytes, tokens: rust::tokens(bytes) };
        let settled = branches::settled(&script, &|word| word == "hip");
        let names = (0..script.tokens.len()).filter(|&at| script.text(at).len() == 1 && settled[at]);
        let found: String = names
            .map(|at| script.text(at))
            .filter(|name| name.bytes().all(|b| b.is_ascii_alphabetic()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn settled_branches() {
        check("if hip { a } else { b } c", "ab");
        check("if x { a } else if hip { b } else { c } d", "xabc");
        check("if x { if hip { a } b }", "a");
        check("if x { a }", "");
        check("if hip", "");
    }
}
