//! What the branches of a condition use that HIP lacks, as far as names show it.

use std::ops::Range;

use tranship_rules::{HeaderAction, Kind, Level, Resolution, list};

use crate::cpp::conditions::token_range;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit, call_site};
use crate::index::facts::looks_like_cuda;
use crate::pass::Pass;
use crate::text::Span;

/// The limit of branches in one group. Groups written by hand have fewer.
const MOST_BRANCHES: usize = 64;

/// The branch of directive `at` if `own`, and the branches that follow it in its group if `following`. `None` if the
/// directive has no branch, or too many follow.
pub(super) fn branches(unit: &Unit, at: usize, own: bool, following: bool) -> Option<Vec<Span>> {
    let region = unit.regions.binary_search_by_key(&at, |region| region.directive).ok()?;
    let mut bodies = Vec::new();
    if own {
        bodies.push(unit.regions[region].body);
    }
    if following {
        let mut last = region;
        while let Some(next) = next_branch(unit, last) {
            bodies.push(unit.regions[next].body);
            last = next;
            if bodies.len() > MOST_BRANCHES {
                return None;
            }
        }
    }
    Some(bodies)
}

/// Whether one of the branches `bodies` has code. A branch for older GPUs may only say that it has none: `#pragma message("...")`.
pub(super) fn have_code(unit: &Unit, bodies: &[Span]) -> bool {
    let is_message =
        |directive: &Directive| matches!(directive.kind, DirectiveKind::Pragma | DirectiveKind::Message);
    let is_code = |index: usize| !unit.directive_of(index).is_some_and(is_message);
    bodies.iter().any(|body| token_range(unit.tokens(), *body).any(is_code))
}

/// The branch that follows the branch `region` in its group.
fn next_branch(unit: &Unit, region: usize) -> Option<usize> {
    let end = unit.regions[region].body.end;
    let directive =
        unit.lexed.directives.binary_search_by_key(&end, |directive| directive.span.start).ok()?;
    unit.regions.binary_search_by_key(&directive, |region| region.directive).ok()
}

/// The directives of all branches in the group of directive `at`; only itself if the group has too many.
pub(super) fn chain(unit: &Unit, at: usize) -> Vec<usize> {
    let regions = &unit.regions;
    let Ok(region) = regions.binary_search_by_key(&at, |region| region.directive) else { return vec![at] };
    let mut group = vec![region];
    while let Some(next) = group.last().and_then(|&last| next_branch(unit, last)) {
        group.push(next);
        if group.len() > MOST_BRANCHES {
            return vec![at];
        }
    }
    let mut first = region;
    let starts = |region: usize| {
        let kind = unit.lexed.directives[regions[region].directive].kind;
        matches!(kind, DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef)
    };
    while !starts(first) && group.len() <= MOST_BRANCHES {
        let start = unit.lexed.directives[regions[first].directive].span.start;
        let Some(before) =
            (0..first).rev().take(MOST_BRANCHES).find(|&other| regions[other].body.end == start)
        else {
            break;
        };
        group.push(before);
        first = before;
    }
    group.into_iter().map(|region| regions[region].directive).collect()
}

/// What keeps HIP from the branch of directive `at` if `own`, or from those that follow it if `following`: the end of a
/// sentence about the branch.
pub(super) fn in_branches(pass: &Pass, at: usize, own: bool, following: bool) -> Option<String> {
    let Some(bodies) = branches(pass.unit, at, own, following) else {
        return Some("has too many alternatives".to_owned());
    };
    let obstacle = |body: Span| {
        let lacking = in_branch(pass, body).map(|word| format!("uses `{word}`, which HIP lacks"));
        lacking.or_else(|| stops(pass.unit, body).then(|| "stops the compilation".to_owned()))
    };
    bodies.into_iter().find_map(obstacle)
}

fn in_branch(pass: &Pass, body: Span) -> Option<String> {
    outside_of_answers(pass.unit, body).into_iter().find_map(|tokens| {
        let word = only_nvidia(pass, &tokens, false).map(str::to_owned);
        word.or_else(|| header(pass, tokens.clone()))
            .or_else(|| tokens.into_iter().find_map(|index| name(pass, index)))
    })
}

/// The tokens in `body` that are under no further condition about a release of CUDA or a GPU of NVIDIA. Such a condition gets an
/// answer of its own, which decides what HIP compiles of its branches.
fn outside_of_answers(unit: &Unit, body: Span) -> Vec<Range<usize>> {
    let directives = &unit.lexed.directives;
    let tokens = unit.tokens();
    let is_answered = |directive: &Directive| {
        directive.tokens.clone().any(|index| {
            let word = unit.text(&tokens[index]);
            list::has(list::CUDA_VERSION_MACROS, word) || word == b"__CUDA_ARCH__"
        })
    };
    let all = token_range(tokens, body);
    let (mut start, mut depth, mut answered) = (all.start, 0_usize, None);
    let mut ranges = Vec::new();
    let from = directives.partition_point(|directive| directive.span.start < body.start);
    let to = directives.partition_point(|directive| directive.span.start < body.end);
    for directive in &directives[from..to] {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
                depth += 1;
                if answered.is_none() && is_answered(directive) {
                    answered = Some(depth);
                    ranges.push(start..directive.tokens.start.clamp(start, all.end));
                }
            }
            DirectiveKind::Endif => {
                if answered == Some(depth) {
                    answered = None;
                    start = directive.tokens.end.clamp(start, all.end);
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if answered.is_none() {
        ranges.push(start..all.end);
    }
    ranges
}

/// A word in `tokens` of code that only NVIDIA's GPUs can run. Asm statements that become C++ do not count, and matrix fragments do
/// not if `with_fragments` and the file names their namespace.
pub(super) fn only_nvidia(pass: &Pass, tokens: &Range<usize>, with_fragments: bool) -> Option<&'static str> {
    const FRAGMENTS: &[&str] = &["wmma", "nvcuda", "mma_sync"];
    let unit = pass.unit;
    let all = 0..unit.tokens().len();
    let namespace =
        |word: &str| !unit.places(word.as_bytes(), all.clone()).is_empty() && !pass.is_own(word.as_bytes());
    let are_translated = with_fragments && namespace("nvcuda") && !pass.is_own(b"wmma");
    let stays = |&at: &u32| !pass.is_translated_asm(unit.tokens()[at as usize].start);
    let has = |word: &&&str| unit.places(word.as_bytes(), tokens.clone()).iter().any(stays);
    let words = list::NVIDIA_ONLY_WORDS.iter().filter(|word| !are_translated || !FRAGMENTS.contains(word));
    words.into_iter().find(has).copied()
}

/// Whether the branch has an `#error` that is under no other condition.
fn stops(unit: &Unit, body: Span) -> bool {
    let directives = &unit.lexed.directives;
    let first = directives.partition_point(|directive| directive.span.start < body.start);
    let inner = directives[first..].iter().take_while(|directive| directive.span.start < body.end);
    let mut depth = 0;
    for directive in inner {
        let text = || unit.slice(directive.span);
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => depth += 1,
            DirectiveKind::Endif => depth -= 1,
            _ if depth == 0 && text().trim_start_matches(['#', ' ', '\t']).starts_with("error") => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// A header in `tokens` that ROCm lacks.
fn header(pass: &Pass, tokens: Range<usize>) -> Option<String> {
    let unit = pass.unit;
    unit.includes()
        .filter(|(_, token)| tokens.contains(&unit.tokens().partition_point(|t| t.start < token.start)))
        .find_map(|(_, token)| {
            let text = unit.slice(token.span());
            let name = text.trim_matches(['"', '<', '>']);
            let is_local =
                pass.context.index.resolve(&unit.source.path, name, text.starts_with('"')).is_some();
            let row = pass.context.rules.header(name.as_bytes()).filter(|_| !is_local)?;
            let has = match row.action {
                HeaderAction::Same | HeaderAction::Drop => true,
                HeaderAction::Manual => false,
                HeaderAction::Map => matches!(row.at(pass.context.target.rocm), Resolution::Spelling(_)),
            };
            (!has).then(|| name.to_owned())
        })
}

/// The name at token `index` if it is CUDA's and HIP lacks it.
fn name(pass: &Pass, index: usize) -> Option<String> {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) || !call_site::is_free(unit, index) {
        return None;
    }
    let word = unit.text(token);
    let context = &pass.context;
    let shown = || Some(String::from_utf8_lossy(word).into_owned());
    let rules = &context.rules;
    let row = qualified(pass, index).or_else(|| rules.name(word));
    let kind = row.map_or(Kind::Function, |row| row.kind);
    let is_declared = || {
        pass.is_own(word)
            || (kind == Kind::Function && context.project.own_hip.defines(word))
            || pass.declarations(word, kind).iter().any(|(_, extent)| extent.has(unit, index))
    };
    let is_watched = |rule: &&tranship_rules::Rule| rule.level == Level::Manual && rule.check.is_none();
    let Some(row) = row else {
        let is_foreign = rules.family(word).is_some()
            || rules.watching(word).as_ref().is_some_and(is_watched)
            || (looks_like_cuda(word)
                && rules.calls(word).is_empty()
                && call_site::call_open(unit, index).is_some()
                && context.index.definers(word).is_none());
        return if is_foreign && !is_declared() { shown() } else { None };
    };
    if is_declared() {
        return None;
    }
    if pass.call_is_replaced(index, row.cuda) {
        let is_by_hand = rules.calls(row.cuda.as_bytes()).iter().all(|block| block.level == Level::Manual);
        return if is_by_hand { shown() } else { None };
    }
    match row.at(context.target.rocm) {
        Resolution::Spelling(_) if row.level != Level::Manual => None,
        _ => Some(row.cuda.to_owned()),
    }
}

/// The row of the longest qualified name that starts at `index`.
fn qualified(pass: &Pass, index: usize) -> Option<&'static tranship_rules::Name> {
    const MOST_SEGMENTS: usize = 4;
    let unit = pass.unit;
    let tokens = unit.tokens();
    let word = unit.slice(tokens[index].span());
    let alias = unit.namespace_aliases().get(word.as_bytes());
    let mut joined =
        alias.map_or_else(|| word.into_owned(), |target| target.trim_start_matches("::").to_owned());
    let mut longest = None;
    for segment in 0..MOST_SEGMENTS {
        let at = index + 1 + 2 * segment;
        let is_joined = tokens.get(at).is_some_and(|t| t.is_double(b':'));
        let Some(next) = tokens.get(at + 1).filter(|t| is_joined && t.kind == TokenKind::Identifier) else {
            break;
        };
        joined.push_str("::");
        joined.push_str(&unit.slice(next.span()));
        longest = pass.context.rules.name(joined.as_bytes()).or(longest);
    }
    longest
}
