//! Finds the uses of names that are in a table.
//!
//! It refuses members, names of other scopes, names that a `#define` defines, and names in shims.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashSet;
use tranship_rules::{Kind, Name, list};

use crate::cpp::call_site;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};
use crate::index::facts::{is_shim, looks_like_cuda};
use crate::pass::Pass;

/// A use of a name that is in a table.
pub(super) struct Hit {
    /// Index of the first token of the name.
    pub(super) token: usize,
    /// Tokens of the whole name, including its qualifiers.
    pub(super) tokens: Range<usize>,
    pub(super) name: &'static Name,
}

/// The `#define`s of names that are in a table. They keep their names, and shims stay as they are.
pub(super) struct Defines {
    /// Indices of the tokens being defined.
    pub(super) names: FxHashSet<usize>,
    /// Tokens of `#define cudaX hipX`, in order.
    shims: Vec<Range<usize>>,
}

impl Defines {
    /// Whether a shim defines the name at token `index`.
    fn is_in_shim(&self, index: usize) -> bool {
        let at = self.shims.partition_point(|shim| shim.end <= index);
        self.shims.get(at).is_some_and(|shim| shim.contains(&index))
    }
}

/// Finds the `#define`s of the file.
pub(super) fn defines(pass: &Pass) -> Defines {
    let unit = pass.unit;
    // In code that is HIP already, every macro with a CUDA name counts as a shim, because its body calls HIP.
    let may_be_shim = |name: usize| {
        let word = unit.tokens().get(name).map_or(&b""[..], |token| unit.text(token));
        !unit.is_hip() || pass.context.rules.name(word).is_some() || looks_like_cuda(word)
    };
    // `#undef` of a macro that the project does not define is about CUDA's macro.
    let is_of_cuda = |directive: &Directive| {
        let word = unit.tokens().get(directive.tokens.start).map_or(&b""[..], |token| unit.text(token));
        directive.kind == DirectiveKind::Undef
            && pass.context.rules.name(word).is_some_and(|row| row.kind == Kind::Macro)
            && !pass.context.index.is_macro(word)
    };
    let mut found = Defines { names: FxHashSet::default(), shims: Vec::new() };
    for directive in &unit.lexed.directives {
        let has_name = matches!(directive.kind, DirectiveKind::Define | DirectiveKind::Undef);
        if has_name && !is_of_cuda(directive) {
            found.names.insert(directive.tokens.start);
            if may_be_shim(directive.tokens.start) && is_shim(unit, directive.tokens.clone()) {
                found.shims.push(directive.tokens.clone());
            }
        }
    }
    found
}

/// The uses of names that are in a table, in order.
pub(super) fn hits(pass: &Pass, defines: &Defines) -> Vec<Hit> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let mut hits = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) {
            index += 1;
            continue;
        }
        let word = unit.text(token);
        let word = if token.is(Token::SPLICED) { Cow::Owned(unsplice(word)) } else { Cow::Borrowed(word) };
        let hit = qualified(pass, index, &word).or_else(|| {
            let name = pass.context.rules.name(&word).or_else(|| family(pass, index, &word))?;
            Some(Hit { token: index, tokens: index..index + 1, name })
        });
        let Some(hit) = hit else {
            index += 1;
            continue;
        };
        let end = hit.tokens.end;
        let shimmed = defines.is_in_shim(index);
        let is_scope = || hit.tokens.len() == 1 && is_own_scope(unit, index, hit.name.kind);
        let used = || is_use(unit, index, hit.name.kind) || is_enumerator_of_cuda(pass, index, hit.name.kind);
        if !shimmed && !is_scope() && !defines.names.contains(&index) && used() {
            hits.push(hit);
        }
        index = end;
    }
    hits
}

/// The row of the prefix of `word`, which has no row of its own. If a rule watches for the name or a block is about
/// calls of it, their finding replaces the finding of the prefix. In a condition the name is a macro that ROCm does not
/// define, which needs no finding.
fn family(pass: &Pass, index: usize, word: &[u8]) -> Option<&'static Name> {
    let rules = &pass.context.rules;
    let name = rules.family(word)?;
    let is_body = |directive: &Directive| directive.kind == DirectiveKind::Define;
    let is_code = pass.unit.directive_of(index).is_none_or(is_body);
    let is_code = is_code && !call_site::is_function_or_test(pass.unit, index);
    (is_code && rules.watching(word).is_none() && rules.calls(word).is_empty()).then_some(name)
}

fn unsplice(word: &[u8]) -> Vec<u8> {
    word.iter().copied().filter(|byte| !matches!(byte, b'\\' | b'\r' | b'\n')).collect()
}

/// The limit of segments in a qualified name. Names of the tables have fewer.
const MOST_SEGMENTS: usize = 16;

/// The longest qualified name of the tables that starts at `index`, at least two segments long.
fn qualified(pass: &Pass, index: usize, word: &[u8]) -> Option<Hit> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let has_more = |at: usize| {
        tokens.get(at).is_some_and(|t| t.is_double(b':'))
            && tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Identifier)
    };
    if !has_more(index + 1) {
        return None;
    }
    let head = unit.namespace_aliases().get(word).map_or_else(
        || String::from_utf8_lossy(word).into_owned(),
        |target| target.trim_start_matches("::").to_owned(),
    );
    let first = head.split("::").next().unwrap_or_default();
    if !pass.context.qualified_heads.contains(first) {
        return None;
    }
    let mut joined = head;
    let mut at = index + 1;
    let mut longest = None;
    while has_more(at) && at < index + 2 * MOST_SEGMENTS {
        joined.push_str("::");
        joined.push_str(&unit.slice(tokens[at + 1].span()));
        at += 2;
        if let Some(name) = pass.context.rules.name(joined.as_bytes()) {
            longest = Some(Hit { token: index, tokens: index..at, name });
        }
    }
    longest
}

/// Whether the tokens before and behind the identifier at `index` allow a use of a name of this kind.
pub(super) fn is_use(unit: &Unit, index: usize, kind: Kind) -> bool {
    if !call_site::is_free(unit, index) || call_site::scope_before(unit, index).is_some() {
        return false;
    }
    if kind != Kind::Namespace {
        return true;
    }
    let tokens = unit.tokens();
    let before = index.checked_sub(1).map(|at| &tokens[at]);
    let after_namespace = before.is_some_and(|t| matches!(unit.text(t), b"namespace"));
    let alias_target = before.is_some_and(|t| t.is_punct(b'='))
        && index.checked_sub(3).is_some_and(|at| unit.text(&tokens[at]) == b"namespace");
    tokens.get(index + 1).is_some_and(|t| t.is_double(b':')) || after_namespace || alias_target
}

/// Whether the identifier at `index` is a scope of the project, though it is spelled like a function of CUDA:
/// `curand::state`.
fn is_own_scope(unit: &Unit, index: usize, kind: Kind) -> bool {
    let tokens = unit.tokens();
    let is_function = matches!(kind, Kind::Function | Kind::DeviceFunction);
    let is_qualifier = || tokens.get(index + 1).is_some_and(|next| next.is_double(b':'));
    let is_opened = || index > 0 && unit.text(&tokens[index - 1]) == b"namespace";
    is_function && (is_qualifier() || is_opened())
}

/// Whether the name at `index` is an enumerator behind the name of CUDA's enumeration: `cudaError_t::cudaSuccess`.
fn is_enumerator_of_cuda(pass: &Pass, index: usize, kind: Kind) -> bool {
    let unit = pass.unit;
    let scope = call_site::scope_before(unit, index).filter(|_| kind == Kind::Value);
    scope.is_some_and(|scope| {
        let word = unit.text(&unit.tokens()[scope]);
        // A conversion renames the type, also where it leaves an enumerator that has no counterpart.
        let is_of_hip =
            || unit.is_hip() && list::HIP_PREFIXES.iter().any(|prefix| word.starts_with(prefix.as_bytes()));
        let is_type = pass.context.rules.name(word).is_some_and(|row| row.kind == Kind::Type) || is_of_hip();
        is_type && !pass.is_own(word) && is_use(unit, scope, Kind::Type)
    })
}

/// Whether the token at `index` is a name in code that is not frozen, and is not a member.
pub(super) fn is_free_use(unit: &Unit, index: usize) -> bool {
    !unit.tokens()[index].is(Token::FROZEN) && is_use(unit, index, Kind::Function)
}
