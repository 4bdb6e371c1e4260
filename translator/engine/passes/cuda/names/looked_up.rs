//! Libraries of CUDA that code opens at run time, and functions that it looks up there by their names.
//!
//! The names are strings, which stay as they are: which library the program should open is left to a person.

use tranship_rules::{Kind, rule};

use crate::cpp::call_site;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::index::facts::looks_like_cuda;
use crate::pass::Pass;
use crate::text::Span;

/// Functions of operating systems that find a function by its name.
const LOOKUPS: &[&[u8]] = &[b"dlsym", b"dlvsym", b"GetProcAddress"];

/// Reports the first such string of the file, with the places of the others.
pub(super) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let mut found: Option<(String, Span)> = None;
    let mut also = Vec::new();
    for (index, token) in unit.tokens().iter().enumerate() {
        if token.kind != TokenKind::String || token.is(Token::FROZEN) {
            continue;
        }
        let Ok(text) = std::str::from_utf8(unit.text(token)) else { continue };
        let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { continue };
        let what = if is_library(pass, text) {
            format!("`{text}`, a library of CUDA, is named as text")
        } else if is_function(pass, text) && is_looked_up(unit, index) {
            format!("`{text}`, a function of CUDA, is looked up by its name as text")
        } else {
            continue;
        };
        match found {
            None => found = Some((what, token.span())),
            Some(_) => also.push(token.span()),
        }
    }
    let rule = pass.context.rules.named(rule::STRINGISED_NAME);
    if let (Some((what, span)), Some(rule)) = (found, rule) {
        let mut finding = Finding::of(rule, span).saying(what);
        finding.also = also;
        pass.report(finding);
    }
}

/// Whether `text` is the file of a library of CUDA: `libcudart.so.12`, `cudart64_12.dll`.
fn is_library(pass: &Pass, text: &str) -> bool {
    let rules = &pass.context.rules;
    let name = text.rsplit('/').next().unwrap_or(text);
    let unix = name.strip_prefix("lib").and_then(|name| name.split_once(".so"));
    let unix = unix.filter(|(_, end)| end.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()));
    let windows = name.strip_suffix(".dll").map(|name| name.split_once("64_").map_or(name, |(name, _)| name));
    let Some(stem) = unix.map(|(stem, _)| stem).or(windows) else { return false };
    stem == "nvcuda" || rules.word(Kind::LinkLibrary, stem).is_some_and(|row| row.library == "nvcc")
}

/// Whether `text` is a name of CUDA's interfaces that a library can export.
fn is_function(pass: &Pass, text: &str) -> bool {
    let name = pass.context.rules.name(text.as_bytes());
    name.map_or_else(|| looks_like_cuda(text.as_bytes()), |name| name.kind == Kind::Function)
}

/// Whether token `index` is an argument of a function that finds others by their names.
fn is_looked_up(unit: &Unit, index: usize) -> bool {
    let open = call_site::enclosing_open(unit, 0, index);
    open.and_then(|open| open.checked_sub(1))
        .is_some_and(|at| LOOKUPS.contains(&unit.text(&unit.tokens()[at])))
}
