//! Names: an identifier that is in a table becomes its HIP spelling, or a finding if HIP has no counterpart.
//!
//! Only identifier tokens are renamed. Comments, strings, members, names of other namespaces, names that the project or
//! the file declares itself, and shims of partly ported code stay as they are.

mod cases;
mod looked_up;
mod unlisted;
mod uses;

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Kind, Level, MissingNames, Name, Resolution, Rules, Spelling, list, rule};

use self::uses::{Hit, defines, hits, is_free_use};
use crate::cpp::call_site;
use crate::cpp::fallbacks::fallback_at;
use crate::cpp::launches::split_arguments;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::{Finding, Fix, Message, Words, in_c};
use crate::index::Owners;
use crate::index::sights::is_host_function;
use crate::pass::Pass;
use crate::pass::is_global;
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let defines = defines(pass);
    let hits = hits(pass, &defines);
    let unit = pass.unit;
    let first = pass.count();
    let mut asked = FxHashSet::default();
    let mut labels = Vec::new();
    for hit in &hits {
        let word = unit.text(&unit.tokens()[hit.token]);
        // Conditions on the compiler are answered as a whole, by another pass.
        if list::has(list::NVCC_MACROS, word) && is_in_condition(unit, hit.token) {
            continue;
        }
        let is_shimmed = |owners: &Owners| owners.has_macro(&pass.context.index, word);
        let is_inner = || pass.context.index.is_own_namespace(word, unit, hit.token);
        // No table lists the names of a family, so a name that the project defines is the project's. So is a name without a
        // counterpart that a build file defines.
        let is_defined = || pass.context.index.is_defined(word) || pass.context.project.own_hip.defines(word);
        let is_of_build = || {
            let resolution = hit.name.at(pass.context.target.rocm);
            !matches!(resolution, Resolution::Spelling(_)) && pass.context.project.own_hip.defines(word)
        };
        if (hit.name.kind == Kind::Prefix && is_defined()) || is_of_build() {
            continue;
        }
        // A value cannot be called, so the project's macro with parameters is meant: `CUDA_SUCCESS(call)`.
        let is_called = || call_site::call_open(unit, hit.token).is_some();
        if hit.name.kind == Kind::Value && pass.context.index.is_macro(word) && is_called() {
            continue;
        }
        let declarations = pass.declarations(word, hit.name.kind);
        if hit.tokens.len() == 1 && declarations.iter().any(|(at, _)| *at == hit.token) {
            overload(pass, hit);
            continue;
        }
        // Of a qualified name the first word is a namespace, which no variable hides.
        let is_declared =
            hit.tokens.len() == 1 && declarations.iter().any(|(_, extent)| extent.has(unit, hit.token));
        // Device code cannot mean a host function, and other code no member of a class.
        let is_seen = || hit.tokens.len() > 1 || pass.context.index.sees(word, unit, hit.token);
        let is_declared = is_declared && (hit.name.kind != Kind::DeviceFunction || is_seen());
        let is_own = || pass.is_own(word) && is_seen();
        if is_global(unit, hit.token) || !(is_declared || is_own() || is_inner()) {
            // A shim gives the name its meaning, and code that is HIP already is not changed.
            if unit.is_hip() && pass.owners(word).is_some_and(is_shimmed) {
                continue;
            }
            // A macro of the project for HIP alone would also expand inside of the name of a helper.
            let is_given = |owners: &Owners| owners.may_have_for_hip(&pass.context.index, word);
            if is_helper(pass, hit.name) && pass.owners(word).is_some_and(is_given) {
                continue;
            }
            match cases::label(unit, hit).filter(|_| is_missing(pass, hit.name)) {
                Some(label) => labels.push(label),
                None => resolve(pass, hit),
            }
        } else if !is_declared && asked.insert(word) {
            own_elsewhere(pass, hit, word);
        }
    }
    let findings = pass.take_from(first);
    let findings = merge_reviews(&pass.context.rules, findings);
    pass.report_all(findings);
    cases::report(pass, &labels);
    unlisted::unknown_names(pass, &defines);
    unlisted::pasted_names(pass);
    looked_up::run(pass);
}

/// Whether a function of the support header replaces `name`.
fn is_helper(pass: &Pass, name: &Name) -> bool {
    matches!(name.at(pass.context.target.rocm), Resolution::Spelling(new) if new.hip.starts_with("tranship::"))
}

/// Whether `name` is a value that HIP lacks in the release of the target.
fn is_missing(pass: &Pass, name: &Name) -> bool {
    name.kind == Kind::Value && !matches!(name.at(pass.context.target.rocm), Resolution::Spelling(_))
}

/// Whether token `index` is in a directive that defines no macro.
fn is_in_condition(unit: &Unit, index: usize) -> bool {
    unit.directive_of(index).is_some_and(|directive| directive.kind != DirectiveKind::Define)
}

/// Reports a hit: its rename, or the reason why it has none.
fn resolve(pass: &mut Pass, hit: &Hit) {
    let unit = pass.unit;
    let name = hit.name;
    let span = unit.span_of(hit.tokens.clone());
    if unit.tokens()[hit.tokens.clone()].iter().any(|t| t.is(Token::SPLICED)) {
        let what = format!("`{}` has a line continuation inside", name.cuda);
        pass.report_saying(rule::SPLICED_NAME, span, what);
        return;
    }
    if pass.call_is_replaced(hit.token, name.cuda)
        || pass.is_name_of_lanes(hit.token)
        || pass.compute_type(hit.token).is_some()
    {
        return;
    }
    if name.kind == Kind::Value && pass.is_left_out(hit.token) {
        return;
    }
    if name.kind == Kind::Prefix {
        return of_family(pass, hit);
    }
    let directive = unit.directive_of(hit.token);
    let is_tested = || directive.is_some_and(|directive| directive.kind != DirectiveKind::Define);
    if pass.context.rules.word(Kind::Guard, name.cuda).is_some() && is_tested() {
        // The pass for guards handles the condition.
        return;
    }
    if directive.is_some_and(|directive| directive.kind.is_condition()) && tests_counterpart(pass, name) {
        return;
    }
    let target = &pass.context.target;
    if let Some(helper) = pass.without_images(hit.token, name) {
        return without_images(pass, hit, span, helper);
    }
    if let Some(spelling) = name.at_ocp(target.rocm).filter(|_| target.has_ocp_formats()) {
        return pass.report(rename(unit, hit, span, spelling.hip));
    }
    match name.at(target.rocm) {
        // The preprocessor knows no enumerators.
        Resolution::Spelling(spelling)
            if (spelling.hip.is_empty() || spelling.hip.starts_with("tranship::")) && is_tested() =>
        {
            absent(pass, name, span, Resolution::Unsupported);
        }
        Resolution::Spelling(spelling) if spelling.hip.starts_with("tranship::") && unit.is_c() => {
            pass.report(in_c(name.cuda, span));
        }
        Resolution::Spelling(spelling) => {
            if name.level == Level::Safe {
                if spelling.hip != name.cuda {
                    pass.report(rename(unit, hit, span, spelling.hip));
                }
                return;
            }
            let fix = rename(unit, hit, span, spelling.hip).fix;
            differs(pass, name, span, spelling.hip, fix);
        }
        resolution => absent(pass, name, span, resolution),
    }
}

/// Whether a condition of the file tests the counterpart of `name`: its author decided what HIP compiles, and the converted
/// condition would test the same value twice.
fn tests_counterpart(pass: &Pass, name: &Name) -> bool {
    let Resolution::Spelling(spelling) = name.at(pass.context.target.rocm) else { return false };
    let (unit, hip) = (pass.unit, spelling.hip.as_bytes());
    let mut places = unit.places(hip, 0..unit.tokens().len()).iter();
    spelling.hip != name.cuda
        && places
            .any(|&at| unit.directive_of(at as usize).is_some_and(|directive| directive.kind.is_condition()))
}

/// Reports a function that becomes `helper`, because a GPU of the target has no texture units. A fetch may have another
/// precision, and a creation may fail. All other functions have the same effect.
fn without_images(pass: &mut Pass, hit: &Hit, span: Span, helper: &'static str) {
    let renamed = rename(pass.unit, hit, span, helper);
    let is_creation = list::TEXTURE_CREATIONS.contains(&hit.name.cuda);
    match pass.context.rules.named(rule::SOFTWARE_TEXTURE) {
        Some(rule) if is_creation || hit.name.kind == Kind::DeviceFunction => {
            pass.report(Finding::of(rule, span).with(renamed.fix));
        }
        _ => pass.report(renamed),
    }
}

/// Reports a name that has only the row of its prefix. Each call is reported, and of another name only the first use in
/// the file.
fn of_family(pass: &mut Pass, hit: &Hit) {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[hit.token]);
    let is_call = call_site::call_open(unit, hit.token).is_some();
    let is_again = || unit.places(word, 0..hit.token).iter().any(|&at| is_free_use(unit, at as usize));
    if pass.context.index.is_pasted(word) || (!is_call && is_again()) {
        return;
    }
    let what = pass.absence(&String::from_utf8_lossy(word), Resolution::Unsupported);
    let words = Words {
        what: what.into(),
        why: "the unchanged code does not compile for HIP".into(),
        todo: hit.name.note.into(),
        ..Words::default()
    };
    let span = unit.span_of(hit.tokens.clone());
    pass.report(own(hit.name, Level::Manual, span, Fix::None, words));
}

/// The name after `struct`, `enum` or `union` in place of `hip`, if HIP declares `hip` as another name of that tag.
fn tag(unit: &Unit, hit: &Hit, hip: &'static str) -> &'static str {
    let is_elaborated = hit
        .tokens
        .start
        .checked_sub(1)
        .is_some_and(|before| ["struct", "enum", "union"].iter().any(|word| unit.is_word(before, word)));
    let pairs = list::STRUCTURE_TAGS.iter().filter_map(|words| words.split_once(' '));
    let found = pairs.into_iter().find(|(name, _)| is_elaborated && *name == hip);
    found.map_or(hip, |(_, tag)| tag)
}

/// The rename of a hit. If only the last segment of a qualified name differs, only that segment changes, so that an
/// alias such as `cg::` stays. If a macro is removed, the white space behind it is removed too.
fn rename(unit: &Unit, hit: &Hit, span: Span, hip: &'static str) -> Finding {
    let hip = tag(unit, hit, hip);
    if hip.is_empty() {
        let behind = &unit.source.bytes[span.end as usize..];
        let blank = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        return Finding::rename(hit.name, Span::new(span.start, span.end + blank as u32), hip);
    }
    let (from, to): (Vec<_>, Vec<_>) = (hit.name.cuda.split("::").collect(), hip.split("::").collect());
    let last = unit.tokens()[hit.tokens.end - 1].span();
    let only_last =
        hit.tokens.len() > 1 && from.len() == to.len() && from[..from.len() - 1] == to[..to.len() - 1];
    match (only_last, to.last()) {
        (true, Some(&to)) => Finding::rename(hit.name, last, to),
        _ => Finding::rename(hit.name, span, hip),
    }
}

/// Merges findings that need the same answer. All uses of a `review` name in a file share the finding of the first use,
/// and so do all uses of a type or value without a counterpart. Each call without a counterpart keeps its own finding.
fn merge_reviews(rules: &Rules, findings: Vec<Finding>) -> Vec<Finding> {
    let mut at: FxHashMap<&'static str, usize> = FxHashMap::default();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let is_call = rules
            .name(finding.rule.as_bytes())
            .is_none_or(|name| matches!(name.kind, Kind::Function | Kind::DeviceFunction));
        if finding.level == Level::Safe || (finding.level == Level::Manual && is_call) {
            kept.push(finding);
            continue;
        }
        let index = *at.entry(finding.rule).or_insert(kept.len());
        let Some(first) = kept.get_mut(index) else {
            kept.push(finding);
            continue;
        };
        first.also.push(finding.span);
        let mut edits = std::mem::take(&mut first.fix).into_edits();
        edits.extend(finding.fix.into_edits());
        first.fix = if edits.is_empty() { Fix::None } else { Fix::Many(edits) };
    }
    kept
}

fn own(name: &'static Name, level: Level, span: Span, fix: Fix, words: Words) -> Finding {
    Finding::new(name.cuda, level, span, fix, Message::Own(Box::new(words)))
}

/// Reports a name with a counterpart that differs from it.
fn differs(pass: &mut Pass, name: &'static Name, span: Span, hip: &'static str, fix: Fix) {
    let is_applied = name.level == Level::Review && fix != Fix::None;
    let note =
        if name.note.is_empty() { "compare both signatures in the HIP documentation" } else { name.note };
    let words = Words {
        what: format!("`{}` has the ROCm counterpart `{hip}`, which differs", name.cuda).into(),
        why: "the two have different arguments or a different effect".into(),
        todo: if is_applied { "check the assumption".into() } else { note.into() },
        assumption: if is_applied { note.into() } else { "".into() },
    };
    let level = if is_applied { Level::Review } else { Level::Manual };
    pass.report(own(name, level, span, fix, words));
}

/// Reports a name without a counterpart in the target release.
fn absent(pass: &mut Pass, name: &'static Name, span: Span, resolution: Resolution) {
    let what = pass.absence(name.cuda, resolution);
    let note = if name.note.is_empty() {
        "write this part for ROCm by hand, or exclude it with a guard"
    } else {
        name.note
    };
    if let Some(rule) = pass.context.rules.watching(name.cuda.as_bytes()) {
        match rule.missing_names {
            MissingNames::Check => return,
            MissingNames::Rule => return pass.report(Finding::of(rule, span).saying(what).advising(note)),
            MissingNames::Name => {}
        }
    }
    let words = Words {
        what: what.into(),
        why: "the unchanged code does not compile for HIP".into(),
        todo: note.into(),
        ..Words::default()
    };
    pass.report(own(name, Level::Manual, span, Fix::None, words));
}

/// Reports a project function that overloads a CUDA device function, if HIP lacks that function or has another name for
/// it. The argument types of a call decide which function is called. An overload with only arithmetic parameters is a
/// fallback for CUDA's function on old GPUs and is not reported.
fn overload(pass: &mut Pass, hit: &Hit) {
    let unit = pass.unit;
    let is_overload = || {
        if fallback_at(unit, hit.token).is_some() {
            return false;
        }
        let at = unit.functions().binary_search_by_key(&hit.token, |function| function.name);
        let function = at.ok().map(|at| &unit.functions()[at]);
        // Whether host or device code calls it shows which function a call means.
        function.is_some_and(|function| {
            !is_host_function(unit, function) && takes_classes(unit, function.parameters.clone())
        })
    };
    let stays = |spelling: &Spelling| spelling.hip == hit.name.cuda;
    let resolution = hit.name.at(pass.context.target.rocm);
    let differs = !matches!(resolution, Resolution::Spelling(spelling) if stays(spelling));
    if hit.name.kind == Kind::DeviceFunction && differs && is_overload() {
        let what = format!("the project defines its own `{}` in addition to CUDA's", hit.name.cuda);
        pass.report_saying(rule::OWN_OVERLOAD, unit.span_of(hit.tokens.clone()), what);
    }
}

/// Whether any parameter has a type that is not arithmetic.
fn takes_classes(unit: &Unit, parameters: Range<usize>) -> bool {
    const NUMBERS: &[&[u8]] =
        &[b"const", b"unsigned", b"signed", b"int", b"char", b"short", b"long", b"float", b"double", b"bool"];
    split_arguments(&unit.lexed, parameters).into_iter().any(|parameter| {
        let words: Vec<_> =
            unit.tokens()[parameter].iter().filter(|token| token.kind == TokenKind::Identifier).collect();
        // If a parameter has two or more words, the last word is its name.
        let types = if words.len() > 1 { &words[..words.len() - 1] } else { &words[..] };
        types.iter().any(|word| !NUMBERS.contains(&unit.text(word)))
    })
}

/// Reports a name that is also defined by a file which shares only some translation units with this file.
fn own_elsewhere(pass: &mut Pass, hit: &Hit, word: &[u8]) {
    let index = &pass.context.index;
    // If HIP has the same spelling, the name stays whichever definition it refers to.
    let resolution = hit.name.at(pass.context.target.rocm);
    if matches!(resolution, Resolution::Spelling(spelling) if spelling.hip == hit.name.cuda) {
        return;
    }
    if let Some(path) = pass.owners(word).and_then(|owners| owners.elsewhere(index, word)) {
        let word = String::from_utf8_lossy(word);
        let what = format!("`{word}` stays as it is, because `{}` also defines this name", path.display());
        let span = pass.unit.span_of(hit.tokens.clone());
        pass.report_saying(rule::OWN_NAME_ELSEWHERE, span, what);
    }
}
