//! Reports names that look like CUDA names and are in no table, and names that a macro builds or looks up.

use rustc_hash::FxHashSet;
use tranship_rules::{Kind, list, rule};

use super::uses::{Defines, is_use};
use crate::cpp::call_site;
use crate::cpp::keywords::is_no_type;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::shadows::visible_ranges;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::index::facts::looks_like_cuda;
use crate::pass::Pass;

/// The most tokens between an opening bracket and a name that it declares or captures.
const LONGEST_BRACKETS: usize = 16;

/// Reports calls, types and values whose names look like CUDA names, are not in a table and are not defined in the project. Each
/// name is reported once in a file.
pub(super) fn unknown_names(pass: &mut Pass, defines: &Defines) {
    let unit = pass.unit;
    let mut seen = FxHashSet::default();
    for (index, token) in unit.tokens().iter().enumerate() {
        let word = unit.text(token);
        let is_call = || {
            let next = unit.tokens().get(index + 1);
            let is_type = next.is_some_and(|t| {
                t.kind == TokenKind::Identifier && !t.is(Token::LINE_START) && !is_no_type(unit.text(t))
            });
            is_type || call_site::call_open(unit, index).is_some()
        };
        if token.kind != TokenKind::Identifier
            || token.is(Token::FROZEN)
            || !looks_like_cuda(word)
            || !(is_call() || is_value(pass, index))
            || defines.names.contains(&index)
            || call_site::is_function_or_test(unit, index)
            || !is_use(unit, index, Kind::Function)
            || pass.context.rules.name(word).is_some()
            || pass.context.rules.family(word).is_some()
            || !pass.context.rules.calls(word).is_empty()
            || is_of_absent_header(pass, word)
        {
            continue;
        }
        let places = unit.places(word, 0..unit.tokens().len());
        if places.iter().any(|&at| is_defined_at(unit, at as usize)) {
            continue;
        }
        let index = &pass.context.index;
        if index.definers(word).is_none() && !index.is_pasted(word) && seen.insert(word) {
            let name = String::from_utf8_lossy(word);
            let what = format!("`{name}` looks like a CUDA name and is not in the tables");
            pass.report_saying(rule::UNKNOWN_NAME, token.span(), what);
        }
    }
}

/// Whether the file includes a header with the beginning of `word` as its name that CUDA does not have, such as `cudaDraw.h` for
/// `cudaDrawRect`: the header is in a submodule that is not there, or belongs to another library.
fn is_of_absent_header(pass: &Pass, word: &[u8]) -> bool {
    pass.unit.includes().any(|(_, token)| {
        let text = pass.unit.slice(token.span());
        let name = text.trim_matches(['"', '<', '>']);
        let stem = name.rsplit('/').next().unwrap_or(name).split('.').next().unwrap_or_default();
        stem.len() > "cuda".len()
            && word.starts_with(stem.as_bytes())
            && pass.context.rules.header(name.as_bytes()).is_none()
    })
}

/// Whether the name at token `index` is that of a function with a body there, such as a member of a class: `size_t name() const {`.
fn is_defined_at(unit: &Unit, index: usize) -> bool {
    let Some(open) = call_site::call_open(unit, index) else { return false };
    let behind = unit.lexed.close_of(open, unit.tokens().len()).map(|close| close + 1);
    let rest = behind.and_then(|at| unit.tokens().get(at..)).unwrap_or_default();
    let is_qualifier =
        |token: &&Token| matches!(unit.text(token), b"const" | b"noexcept" | b"override" | b"final");
    rest.iter().find(|token| !is_qualifier(token)).is_some_and(|token| token.is_punct(b'{'))
}

/// Whether the name at token `index` is an operand or argument that no declaration of the file introduces.
fn is_value(pass: &Pass, index: usize) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let (Some(before), Some(next)) = (index.checked_sub(1).map(|at| &tokens[at]), tokens.get(index + 1))
    else {
        return false;
    };
    let opens =
        matches!(before.byte, b'(' | b',' | b'=' | b'|' | b'?' | b':') || unit.text(before) == b"return";
    let closes = matches!(next.byte, b')' | b',' | b';' | b'|' | b'?' | b':');
    if !opens || !closes || tokens[index].is(Token::DIRECTIVE) {
        return false;
    }
    // `[&cudaA]` captures a variable, and `auto [a, cudaB]` declares one.
    let in_brackets = |&at: &u32| {
        let at = at as usize;
        let first = at.saturating_sub(LONGEST_BRACKETS);
        let mut earlier = tokens[first..at].iter().rev();
        let opened =
            earlier.find(|token| !matches!(token.byte, b',' | b'&' | b'*') && token.kind == TokenKind::Punct);
        opened.is_some_and(|token| token.is_punct(b'['))
    };
    let is_enumerator = |&at: &u32| matches!(scope_at(unit, at as usize), Scope::Enum | Scope::ScopedEnum);
    let places = unit.places(unit.text(&tokens[index]), 0..tokens.len());
    let is_declared = unit.is_shadowed(index)
        || !visible_ranges(unit, index).is_empty()
        || places.iter().any(|at| in_brackets(at) || is_enumerator(at));
    !is_declared
}

/// Reports macros that build a CUDA name with `##`, or look a name up as text with `#`.
pub(super) fn pasted_names(pass: &mut Pass) {
    let unit = pass.unit;
    let defines = unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define);
    for directive in defines {
        let tokens = &unit.tokens()[directive.tokens.clone()];
        if tokens.first().is_none_or(|t| t.is(Token::FROZEN)) {
            continue;
        }
        let pasted = tokens.windows(2).find(|pair| {
            let (a, b) = (&pair[0], &pair[1]);
            (b.is_double(b'#') && is_cuda_prefix(unit.text(a)))
                || (a.is_double(b'#') && is_cuda_prefix(unit.text(b)))
        });
        if let Some(pair) = pasted {
            pass.report_rule(rule::PASTED_NAME, pair[0].span().to(pair[1].span()));
        }
        let looks_up = tokens.iter().any(|t| matches!(unit.text(t), b"dlsym" | b"GetProcAddress"));
        let stringised =
            tokens.windows(2).find(|p| p[0].is_punct(b'#') && p[1].kind == TokenKind::Identifier);
        if let Some(pair) = stringised.filter(|_| looks_up) {
            pass.report_rule(rule::STRINGISED_NAME, pair[0].span().to(pair[1].span()));
        }
    }
}

/// Whether `word` can be the beginning of a CUDA name that a macro completes.
fn is_cuda_prefix(word: &[u8]) -> bool {
    let mut stems = list::CUDA_PREFIXES.iter().chain(list::CUDA_MACRO_PREFIXES);
    word == b"cu" || word == b"CU" || stems.any(|stem| word.starts_with(stem.as_bytes()))
}
