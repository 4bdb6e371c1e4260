//! The words of CUDA that a conversion leaves in code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use tranship_engine::cpp::call_site;
use tranship_engine::cpp::conditions::{Branch, Region, is_decided_without_nvcc};
use tranship_engine::cpp::fallbacks::fallback_at;
use tranship_engine::cpp::scopes::{Scope, scope_at};
use tranship_engine::cpp::shadows::visible_ranges;
use tranship_engine::cpp::{Token, TokenKind, Unit};
use tranship_engine::finding::Finding;
use tranship_engine::index;
use tranship_engine::index::facts::looks_like_cuda;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Lines, Piece, Replacement, Span};
use tranship_engine::translate::{Translation, translate};
use tranship_rules::{HeaderAction, Level, Resolution, Rules, list, rule};

/// A word of CUDA in the code of a converted file that no finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leftover {
    /// The word, or the name of the header.
    pub(crate) word: String,
    /// The path of the file.
    pub(crate) path: String,
    /// The line of the source; 0 if the conversion wrote the word.
    pub(crate) line: u32,
    /// The text of this line.
    pub(crate) text: String,
}

/// A context for a project of these files.
pub(crate) fn context(sources: &[Source]) -> Context {
    let mut context = Context::new(Rules::builtin());
    context.project = index::of_build_files(sources, false, false);
    let own_hip = &context.project.own_hip;
    context.index = index::of_project(sources, own_hip, &mut context.guards, &context.options.rules);
    context
}

/// Whether `word` is a name of CUDA that no release of HIP has.
pub(crate) fn is_cuda_word(word: &[u8], context: &Context) -> bool {
    match context.rules.name(word) {
        Some(name) => match name.at(context.target.rocm) {
            Resolution::Spelling(spelling) => spelling.hip != name.cuda,
            _ => true,
        },
        None => looks_like_cuda(word),
    }
}

/// Whether the file declares the name at token `index` itself: as a variable, function, enumerator or alias of a type.
fn is_own(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let is_alias = || {
        let is_end = tokens.get(index + 1).is_some_and(|token| token.is_punct(b';'));
        let ends = |at: &usize| matches!(tokens[*at].byte, b';' | b'{' | b'}');
        let first = (0..index).rev().take(16).find(ends).map_or(0, |at| at + 1);
        is_end && tokens[first..index].iter().any(|token| unit.text(token) == b"typedef")
    };
    // A function for old GPUs is the owner of its name in its branch.
    let is_function = |function: &tranship_engine::cpp::functions::Function| {
        let is_named = unit.text(&tokens[function.name]) == unit.text(&tokens[index]);
        let branch = || fallback_at(unit, function.name);
        function.name == index || is_named && branch().is_some_and(|branch| branch.contains(&index))
    };
    unit.functions().iter().any(is_function)
        || call_site::is_function_or_test(unit, index)
        || unit.is_shadowed(index)
        || !visible_ranges(unit, index).is_empty()
        || matches!(scope_at(unit, index), Scope::Enum | Scope::ScopedEnum)
        || is_alias()
}

/// Whether the name at token `index` is a member, or is in a scope that is no library's: `own::memory::cudaFree`.
fn is_qualified(unit: &Unit, index: usize) -> bool {
    !call_site::is_free(unit, index) || call_site::scope_before(unit, index).is_some()
}

/// Indices of the identifiers of CUDA that HIP's compiler reads, and that are no names of the project.
pub(crate) fn cuda_words(unit: &Unit, context: &Context) -> Vec<usize> {
    let bytes = &unit.source.bytes;
    // HIP's compiler decides such a condition whatever the macros of nvcc become. In a project that builds for HIP already,
    // all conditions on nvcc stay, and the finding `own-hip-build` says so.
    let is_decided = |index: usize| {
        unit.directive_of(index).is_some_and(|directive| {
            context.project.own_hip.exists()
                || is_decided_without_nvcc(bytes, &unit.lexed, directive, &context.guards)
        })
    };
    let is_left = |index: &usize| {
        let token = &unit.tokens()[*index];
        let word = unit.text(token);
        token.kind == TokenKind::Identifier
            && !token.is(Token::FROZEN)
            && is_cuda_word(word, context)
            && context.index.definers(word).is_none()
            && !context.project.own_hip.defines(word)
            && !is_qualified(unit, *index)
            && !is_own(unit, *index)
            && !(list::has(list::NVCC_MACROS, word) && is_decided(*index))
    };
    (0..unit.tokens().len()).filter(is_left).collect()
}

/// Whether the edits replace the bytes of `span`.
fn is_replaced(edits: &[&Edit], span: Span) -> bool {
    let replaces = |edit: &&Edit| {
        let keeps = |piece: &Piece| matches!(piece, Piece::Span(kept) if kept.contains(span));
        match &edit.with {
            Replacement::Text(_) => true,
            Replacement::Pieces(pieces) => !pieces.iter().any(keeps),
        }
    };
    edits.iter().filter(|edit| !edit.span.is_empty() && edit.span.contains(span)).any(replaces)
}

/// Whether `finding` tells a person about `word` at `span`.
fn covers(finding: &Finding, word: &str, span: Span) -> bool {
    let mut places = finding.also.iter().chain([&finding.span]);
    let is_about = || finding.rule == word || finding.words().what.contains(word);
    let is_place = places.any(|place| place.contains(span));
    // Only CUDA compiles the places of this rule.
    let is_guarded = finding.rule == rule::CASE_OF_MISSING_VALUE;
    (finding.needs_a_person() && (is_place || is_about())) || (is_guarded && is_place)
}

/// The branches that HIP never compiles because a condition on the release of CUDA stays. Where a person has to decide what HIP
/// compiles, no branch is one of them.
fn never_compiled(unit: &Unit, translation: &Translation) -> Vec<Span> {
    let is_older =
        |finding: &&Finding| finding.rule == rule::CUDA_VERSION_OLDER && finding.level == Level::Review;
    let older = translation.findings.iter().filter(is_older);
    let places: Vec<Span> =
        older.flat_map(|finding| finding.also.iter().chain([&finding.span])).copied().collect();
    let condition = |region: &Region| unit.lexed.directives[region.directive].span;
    let stays = |region: &&Region| places.iter().any(|place| place.contains(condition(region)));
    let bodies = |region: &Region| {
        // The release counts as 0: HIP compiles the branch of `CUDA_VERSION < 12000`, and none of the branches behind it.
        let text = unit.slice(condition(region));
        let is_true = text.contains('<') && !text.contains(['>', '=']) || text.contains("<=");
        let dead = move |other: &&Region| {
            let is_behind = other.directive > region.directive;
            other.first == region.first
                && if is_true { is_behind } else { other.directive == region.directive }
        };
        unit.regions.iter().filter(dead).map(|other| other.body).collect::<Vec<_>>()
    };
    unit.regions.iter().filter(stays).flat_map(bodies).collect()
}

/// The words of CUDA that are left in `source` after `translation`.
fn of_file(source: &Source, translation: &Translation, context: &Context) -> Vec<Leftover> {
    if context.index.is_in_copy(&source.path) || context.project.own_hip.is_for_nvidia(&source.path) {
        return Vec::new();
    }
    let lines = Lines::new(&source.bytes);
    let found = |word: &str, span: Option<Span>| {
        let line = span.map_or(0, |span| lines.position(span.start).line);
        let text = String::from_utf8_lossy(&source.bytes);
        let text = text.lines().nth((line as usize).wrapping_sub(1)).unwrap_or_default().trim().to_owned();
        Leftover { word: word.to_owned(), path: source.path.display().to_string(), line, text }
    };
    let edits: Vec<&Edit> = translation.edits.iter().collect();
    let is_reported = |word: &str, span: Span| {
        is_replaced(&edits, span) || translation.findings.iter().any(|finding| covers(finding, word, span))
    };
    let before = Unit::new(source, &context.guards);
    let output = Source::new(source.path.clone(), translation.output(source).into_owned());
    let after = Unit::new(&output, &context.guards);
    // The answer to a condition can be that HIP never compiles a branch.
    let regions = before.regions.iter().zip(&after.regions);
    let is_answered = before.regions.len() == after.regions.len();
    let answered: Vec<Span> = regions
        .filter(|(_, after)| is_answered && after.branch == Branch::CudaOnly)
        .map(|(before, _)| before.body)
        .collect();
    let decided = never_compiled(&before, translation);
    let is_compiled = |span: Span| !answered.iter().chain(&decided).any(|body| body.contains(span));
    let words = cuda_words(&before, context).into_iter().map(|index| {
        let token = &before.tokens()[index];
        (String::from_utf8_lossy(before.text(token)).into_owned(), token.span())
    });
    let left = words.filter(|(word, span)| is_compiled(*span) && !is_reported(word, *span));
    let mut all: Vec<Leftover> = left.map(|(word, span)| found(&word, Some(span))).collect();
    let includes = before.includes().filter(|(_, token)| !token.is(Token::FROZEN));
    for (_, token) in includes.filter(|(_, token)| is_compiled(token.span())) {
        let inside = Span::new(token.start + 1, token.end - 1);
        let name = before.slice(inside).into_owned();
        let is_own = context.index.resolve(&source.path, &name, token.byte == b'"').is_some();
        let row = context.rules.header(name.as_bytes());
        let is_cuda = row.is_some_and(|header| header.action != HeaderAction::Same);
        if is_cuda && !is_own && !is_reported(&name, inside) {
            all.push(found(&name, Some(token.span())));
        }
    }
    let known: BTreeSet<&[u8]> = before.tokens().iter().map(|token| before.text(token)).collect();
    let written = cuda_words(&after, context).into_iter().map(|index| after.text(&after.tokens()[index]));
    all.extend(
        written.filter(|word| !known.contains(word)).map(|word| found(&String::from_utf8_lossy(word), None)),
    );
    all
}

/// The words of CUDA that a conversion of `sources` leaves in code without a finding.
pub(crate) fn of_project(sources: &[Source]) -> Vec<Leftover> {
    let context = context(sources);
    let is_code = |source: &&Source| source.lang.is_cpp() && source.unreadable().is_none();
    let of = |source: &Source| of_file(source, &translate(source, &context), &context);
    sources.par_iter().filter(is_code).flat_map(of).collect()
}

/// The files below `folder` that the engine reads.
pub(crate) fn sources_below(folder: &Path) -> Vec<Source> {
    let read = |path: &String| {
        let bytes = std::fs::read(folder.join(path)).ok()?;
        Some(Source::new(path.as_str(), bytes))
    };
    let sources: Vec<Source> = crate::support::files(folder).iter().filter_map(read).collect();
    sources.into_iter().filter(|source| source.lang != tranship_engine::Lang::Other).collect()
}

/// The leftovers by word, with the number of their uses and the first of them; most frequent words first.
pub(crate) fn by_word(leftovers: &[Leftover]) -> Vec<(usize, &Leftover)> {
    let mut counts: BTreeMap<&str, (usize, &Leftover)> = BTreeMap::new();
    for leftover in leftovers {
        counts.entry(&leftover.word).or_insert((0, leftover)).0 += 1;
    }
    let mut all: Vec<_> = counts.into_values().collect();
    all.sort_by_key(|(count, leftover)| (std::cmp::Reverse(*count), &leftover.word));
    all
}
