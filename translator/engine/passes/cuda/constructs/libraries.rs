//! Device libraries and device properties: libcu++, tiles of cooperative groups, compute capabilities.

use tranship_rules::{Level, Release, Rule, list, rule};

use super::{atomics, copies, warp};
use crate::cpp::host_width::is_property;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;
use crate::pass::Warp;

/// Checks `cuda::`. Each name of libcu++ is reported once in a file, and all of `cuda::std` once.
pub(crate) fn libcudacxx(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(name) = qualified_by(unit, index) else { return };
    let word = unit.text(&tokens[name]);
    if copies::check(pass, index, name) || atomics::check(pass, index, name) {
        return;
    }
    let rule = if list::has(list::LIBCUDACXX_COPIES, word) {
        pass.context.rules.named(rule::ASYNC_COPY).unwrap_or(rule)
    } else if list::has(list::LIBCUDACXX_NAMES, word)
        || (list::has(list::LIBCUDACXX_MORE, word) && includes_libcudacxx(unit))
    {
        rule
    } else {
        return;
    };
    let is_scope = word.starts_with(b"thread_scope");
    let is_first = |earlier: usize| {
        unit.text(&tokens[earlier]) == b"cuda"
            && qualified_by(unit, earlier)
                .is_some_and(|name| unit.text(&tokens[name]) == word && copies::is_left(pass, earlier, name))
    };
    let is_listed =
        pass.context.rules.name(format!("cuda::{}", String::from_utf8_lossy(word)).as_bytes()).is_some();
    if is_scope || is_listed || (0..index).any(is_first) {
        return;
    }
    let what = format!("`cuda::{}`: {}", String::from_utf8_lossy(word), rule.what);
    let finding = Finding::of(rule, unit.span_of(index..name + 1)).saying(what);
    let is_absent = list::has(list::LIBCUDACXX_ABSENT, word) || list::has(list::LIBCUDACXX_MORE, word);
    pass.report(if is_absent && rule.name == rule::LIBCUDACXX {
        finding.advising("write the code without this name: libhipcxx, the port of libcu++, does not have it")
    } else if let Some(advice) = copies::advice(unit, name) {
        finding.advising(advice)
    } else {
        finding
    });
}

/// Whether the file includes a header of libcu++ itself.
fn includes_libcudacxx(unit: &Unit) -> bool {
    unit.includes().any(|(_, token)| unit.slice(token.span()).starts_with("<cuda/"))
}

/// The index of `name` in `cuda::name` or `::cuda::name` at `index`.
pub(super) fn qualified_by(unit: &Unit, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let is_nested = index >= 2
        && tokens[index - 1].is_double(b':')
        && tokens[index - 2].kind == TokenKind::Identifier
        && tokens[index - 2].end == tokens[index - 1].start;
    let follows = tokens.get(index + 1).is_some_and(|t| t.is_double(b':'))
        && tokens.get(index + 2).is_some_and(|t| t.kind == TokenKind::Identifier && !t.is(Token::FROZEN));
    (follows && !is_nested).then_some(index + 2)
}

/// Checks a function for groups of the active threads. HIP's groups can contain up to 64 threads.
pub(crate) fn coalesced(pass: &mut Pass, index: usize, rule: &'static Rule) {
    if pass.context.warp == Warp::Logical32 {
        return warp::coalesced(pass, index, rule);
    }
    let name = pass.unit.slice(pass.unit.tokens()[index].span());
    let what = match name.as_ref() {
        "coalesced_threads" => format!("`{name}`: {}", rule.what),
        "labeled_partition" => format!("`{name}` has no counterpart on ROCm"),
        _ => return,
    };
    let span = pass.unit.tokens()[index].span();
    pass.report(Finding::of(rule, span).at(Level::Manual).saying(what));
}

/// Checks a member function of a tile that not every release has, or that returns 64 bits in place of 32.
pub(crate) fn tile_function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_call = unit.is_member(index) && tokens.get(index + 1).is_some_and(|t| t.is_punct(b'('));
    if !is_call || unit.places(b"cooperative_groups", 0..tokens.len()).is_empty() {
        return;
    }
    if pass.context.warp == Warp::Logical32 && warp::tile(pass, index, rule) {
        return;
    }
    let name = unit.slice(tokens[index].span());
    if matches!(name.as_ref(), "any" | "all") || name.starts_with("shfl") {
        // Many other types have members with these names.
        return;
    }
    let rocm = pass.context.target.rocm;
    let votes = !name.starts_with("meta_group");
    let finding = Finding::of(rule, tokens[index].span()).at(Level::Manual);
    // The header of 6.3 declares these functions, and that of 5.2.3 does not. In 6.3 the votes are declared only under
    // the macro for votes with a mask.
    if rocm < Release::new(6, 0) {
        pass.report(finding.saying(format!("tiles have no `{name}` in ROCm {rocm}")));
    } else if votes && rocm < Release::new(7, 0) {
        let what = format!("tiles of ROCm {rocm} have `{name}` only under `HIP_ENABLE_WARP_SYNC_BUILTINS`");
        pass.report(finding.saying(what));
    } else if votes && is_argument_of_ffs(unit, index) {
        let what = format!("`__ffs` of the 64 bits of `{name}` is ambiguous");
        pass.report(
            finding.saying(what).advising("cast the ballot of a tile of at most 32 threads to `unsigned`"),
        );
    }
}

/// Whether the member call at `index` is the whole argument of `__ffs`.
fn is_argument_of_ffs(unit: &Unit, index: usize) -> bool {
    index.checked_sub(4).is_some_and(|at| unit.is_word(at, "__ffs") && unit.tokens()[at + 1].is_punct(b'('))
}

/// Checks `major` and `minor`: a compute capability in a comparison or in arithmetic.
pub(crate) fn capability(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_member = index > 1 && unit.is_member(index);
    if !is_member || !decides(unit, index) || is_property(unit, index - 2) != Some(true) {
        return;
    }
    let start = unit.lexed.statement_start(index);
    let said = (start + 2..index).any(|at| {
        matches!(unit.text(&tokens[at]), b"major" | b"minor")
            && decides(unit, at)
            && is_property(unit, at - 2) == Some(true)
    });
    if !said {
        pass.report(Finding::of(rule, unit.span_of(index - 2..index + 1)));
    }
}

/// Whether the value at `index` is compared, or scaled as in `major * 10 + minor`.
fn decides(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(next) = tokens.get(index + 1).filter(|t| t.kind == TokenKind::Punct) else { return false };
    let second = tokens.get(index + 2);
    let doubled = |byte| second.is_some_and(|t| t.is_punct(byte) && t.start == next.end);
    match next.byte {
        b'=' | b'!' => doubled(b'='),
        b'<' | b'>' => !doubled(next.byte),
        b'*' => second.is_some_and(|t| t.kind == TokenKind::Number),
        _ => false,
    }
}
