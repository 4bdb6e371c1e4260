//! The includes of one file. It refuses to look for the included files.

use serde::{Deserialize, Serialize};
use tranship_rules::list;

use super::instead_of_cuda::is_without_cuda;
use crate::cpp::conditions::{around, is_for_hip_alone};
use crate::cpp::include_guard::include_guard;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};

/// One `#include` of a file.
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Include {
    /// The text between the brackets or quotes.
    pub name: String,
    /// Whether it is written with quotes.
    pub quoted: bool,
    /// Whether it is outside of every `#if`, or only inside an include guard.
    pub unconditional: bool,
    /// Whether it is inside of braces, parentheses or a statement: the text of the file is part of a declaration.
    pub enclosed: bool,
    /// Whether only compilers of GPU code read it: it is in a branch such as `#ifdef __CUDACC__`.
    pub for_gpu: bool,
    /// Whether it is in a branch that is compiled only without a macro of the project for CUDA.
    pub without_cuda: bool,
}

/// The includes of `unit` in order, without includes in frozen branches.
pub fn includes(unit: &Unit) -> Vec<Include> {
    let guard = include_guard(unit);
    let mut enclosing = Enclosing::default();
    unit.includes()
        .filter(|(_, token)| !token.is(Token::FROZEN))
        .map(|(_, token)| {
            let text = unit.slice(token.span());
            Include {
                name: text[1..text.len() - 1].to_owned(),
                quoted: token.byte == b'"',
                unconditional: around(&unit.regions, token.start).all(|index| Some(index) == guard),
                enclosed: enclosing.is_open_at(unit, token.start),
                for_gpu: around(&unit.regions, token.start).any(|index| needs_gpu_compiler(unit, index)),
                without_cuda: is_without_cuda(unit, token.start),
            }
        })
        .collect()
}

/// Macros that only compilers of GPU code define.
const GPU_COMPILERS: &[&[u8]] = &[b"__CUDACC__", b"__NVCC__", b"__CUDA__", b"__HIPCC__", b"__HIP__"];

/// Whether the condition of region `index` is true only for a compiler of GPU code: it asks for macros of them alone, or for
/// one of them and more.
fn needs_gpu_compiler(unit: &Unit, index: usize) -> bool {
    let directive = &unit.lexed.directives[unit.regions[index].directive];
    if !matches!(
        directive.kind,
        DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Elif | DirectiveKind::Elifdef
    ) {
        return false;
    }
    let tokens = unit.tokens().get(directive.tokens.clone()).unwrap_or_default();
    let names = tokens.iter().filter(|token| token.kind == TokenKind::Identifier);
    let mut names = names.map(|token| unit.text(token)).filter(|name| *name != b"defined");
    let has = |byte: u8| tokens.iter().any(|token| token.is_punct(byte) || token.is_double(byte));
    let is_gpu = |name: &[u8]| GPU_COMPILERS.contains(&name);
    !has(b'!') && if has(b'|') { names.all(is_gpu) } else { names.any(is_gpu) }
}

/// One `#include` in a frozen branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenInclude {
    /// The text between the brackets or quotes.
    pub name: String,
    /// Whether it is written with quotes.
    pub quoted: bool,
    /// Whether only HIP compiles the branch.
    pub for_hip: bool,
}

/// The includes of `unit` in frozen branches.
pub fn frozen_includes(unit: &Unit) -> Vec<FrozenInclude> {
    let frozen = unit.includes().filter(|(_, token)| token.is(Token::FROZEN));
    let read = |(_, token): (usize, &Token)| {
        let text = unit.slice(token.span());
        FrozenInclude {
            name: text[1..text.len() - 1].to_owned(),
            quoted: token.byte == b'"',
            for_hip: is_for_hip_alone(&unit.regions, token.start),
        }
    };
    frozen.map(read).collect()
}

/// The words behind `#include` in a file that is not lexed, and whether each is in quotes. Includes in comments and in branches
/// count too.
pub fn words_behind_include(bytes: &[u8]) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"include") {
        let before = bytes[..at].trim_ascii_end();
        let behind = bytes[at + b"include".len()..].trim_ascii_start();
        let Some((open, rest)) = behind.split_first().filter(|_| before.ends_with(b"#")) else { continue };
        let close = if *open == b'"' { b'"' } else { b'>' };
        let end = memchr::memchr2(close, b'\n', rest).filter(|&end| rest[end] == close);
        if let Some(end) = end.filter(|_| matches!(open, b'"' | b'<')) {
            found.push((String::from_utf8_lossy(&rest[..end]).into_owned(), *open == b'"'));
        }
    }
    found
}

/// Whether `unit` uses a name that headers of CUDA declare, and that may be a name of other code too: `half`.
pub fn gets_from_headers(unit: &Unit) -> bool {
    unit.tokens().iter().any(|token| {
        let word = || unit.text(token);
        token.kind == TokenKind::Identifier
            && !token.is(Token::FROZEN)
            && [&b"half"[..], b"nv_", b"__"].iter().any(|start| word().starts_with(start))
            && (list::has(list::HALF_NAMES, word())
                || list::has(list::BFLOAT16_NAMES, word())
                || word() == b"__align__")
    })
}

/// Counts the open brackets of a file up to a place.
#[derive(Default)]
struct Enclosing {
    next: usize,
    depth: u32,
    is_in_statement: bool,
}

impl Enclosing {
    /// Whether `offset` is inside of brackets or of a statement. Offsets may only grow from call to call.
    fn is_open_at(&mut self, unit: &Unit, offset: u32) -> bool {
        let rest = &unit.tokens()[self.next..];
        for token in rest.iter().take_while(|token| token.start < offset) {
            self.next += 1;
            if token.is(Token::DIRECTIVE) {
                continue;
            }
            match token.byte {
                b'{' | b'(' | b'[' if token.kind == TokenKind::Punct => self.depth += 1,
                b'}' | b')' | b']' if token.kind == TokenKind::Punct => {
                    self.depth = self.depth.saturating_sub(1);
                }
                _ => {}
            }
            self.is_in_statement = token.kind == TokenKind::Punct && matches!(token.byte, b'=' | b',');
        }
        self.depth > 0 || self.is_in_statement
    }
}
