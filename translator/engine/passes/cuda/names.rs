//! Names: an identifier that is in a table becomes its HIP spelling, or a finding if HIP has no counterpart.
//!
//! Only identifier tokens are renamed. Comments, strings, members, names of other namespaces, names that the project or
//! the file declares itself, and shims of partly ported code stay as they are.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Kind, Level, MissingNames, Name, Resolution, Rules, Spelling, list, rule};

use crate::cpp::call_site;
use crate::cpp::fallbacks::fallback_at;
use crate::cpp::keywords::is_no_type;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};
use crate::finding::{Finding, Fix, Message, Words};
use crate::index::Owners;
use crate::index::facts::{is_shim, looks_like_cuda};
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
    for hit in &hits {
        let word = unit.text(&unit.tokens()[hit.token]);
        // Conditions on the compiler are answered as a whole, by another pass.
        if list::has(list::NVCC_MACROS, word) && is_in_condition(unit, hit.token) {
            continue;
        }
        let is_shimmed = |owners: &Owners| owners.has_macro(&pass.context.index, word);
        let is_inner = || pass.context.index.is_own_namespace(word, unit, hit.token);
        let declarations = pass.declarations(word, hit.name.kind);
        if hit.tokens.len() == 1 && declarations.iter().any(|(at, _)| *at == hit.token) {
            overload(pass, hit);
            continue;
        }
        // Of a qualified name the first word is a namespace, which no variable hides.
        let is_declared =
            hit.tokens.len() == 1 && declarations.iter().any(|(_, extent)| extent.has(unit, hit.token));
        if is_global(unit, hit.token) || !(is_declared || pass.is_own(word) || is_inner()) {
            // A shim gives the name its meaning, and code that is HIP already is not changed.
            if unit.is_hip() && pass.owners(word).is_some_and(is_shimmed) {
                continue;
            }
            resolve(pass, hit);
        } else if !is_declared && asked.insert(word) {
            own_elsewhere(pass, hit, word);
        }
    }
    let findings = pass.take_from(first);
    let findings = merge_reviews(&pass.context.rules, findings);
    pass.report_all(findings);
    unknown_names(pass, &defines);
    pasted_names(pass);
}

/// Whether token `index` is in a directive that defines no macro.
fn is_in_condition(unit: &Unit, index: usize) -> bool {
    unit.directive_of(index).is_some_and(|directive| directive.kind != DirectiveKind::Define)
}

/// A use of a name that is in a table.
struct Hit {
    /// Index of the first token of the name.
    token: usize,
    /// Tokens of the whole name, including its qualifiers.
    tokens: Range<usize>,
    name: &'static Name,
}

/// The `#define`s of names that are in a table. They keep their names, and shims stay as they are.
struct Defines {
    /// Indices of the tokens being defined.
    names: FxHashSet<usize>,
    /// Tokens of `#define cudaX hipX`, in order.
    shims: Vec<Range<usize>>,
}

impl Defines {
    /// Whether token `index` is part of a shim.
    fn is_in_shim(&self, index: usize) -> bool {
        let at = self.shims.partition_point(|shim| shim.end <= index);
        self.shims.get(at).is_some_and(|shim| shim.contains(&index))
    }
}

fn defines(pass: &Pass) -> Defines {
    let unit = pass.unit;
    // In code that is HIP already each macro calls HIP: there a shim has a name of CUDA.
    let may_be_shim = |name: usize| {
        let word = unit.tokens().get(name).map_or(&b""[..], |token| unit.text(token));
        !unit.is_hip() || pass.context.rules.name(word).is_some() || looks_like_cuda(word)
    };
    let mut found = Defines { names: FxHashSet::default(), shims: Vec::new() };
    for directive in &unit.lexed.directives {
        if matches!(directive.kind, DirectiveKind::Define | DirectiveKind::Undef) {
            found.names.insert(directive.tokens.start);
            if may_be_shim(directive.tokens.start) && is_shim(unit, directive.tokens.clone()) {
                found.shims.push(directive.tokens.clone());
            }
        }
    }
    found
}

fn hits(pass: &Pass, defines: &Defines) -> Vec<Hit> {
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

/// The row of the prefix of `word`, a name without a row of its own. Rules that watch for the name, and blocks about calls
/// of it, say more than a prefix does. A condition that asks for such a macro has its answer: it is not defined.
fn family(pass: &Pass, index: usize, word: &[u8]) -> Option<&'static Name> {
    let rules = &pass.context.rules;
    let name = rules.family(word)?;
    let is_body = |directive: &Directive| directive.kind == DirectiveKind::Define;
    let is_code = pass.unit.directive_of(index).is_none_or(is_body);
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
fn is_use(unit: &Unit, index: usize, kind: Kind) -> bool {
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

/// Whether the identifier at `index`, which is called like a function of CUDA, is a scope of the project: `curand::state`.
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
        let is_type = pass.context.rules.name(word).is_some_and(|row| row.kind == Kind::Type);
        is_type && !pass.is_own(word) && is_use(unit, scope, Kind::Type)
    })
}

/// Turns a hit into its rename or finding.
fn resolve(pass: &mut Pass, hit: &Hit) {
    let unit = pass.unit;
    let name = hit.name;
    let span = unit.span_of(hit.tokens.clone());
    if unit.tokens()[hit.tokens.clone()].iter().any(|t| t.is(Token::SPLICED)) {
        let what = format!("`{}` has a line continuation inside", name.cuda);
        pass.report_saying(rule::SPLICED_NAME, span, what);
        return;
    }
    if pass.call_is_replaced(hit.token, name.cuda) {
        return;
    }
    if name.kind == Kind::Prefix {
        return of_family(pass, hit);
    }
    let directive = unit.directive_of(hit.token);
    let is_tested = || directive.is_some_and(|directive| directive.kind != DirectiveKind::Define);
    if pass.context.rules.word(Kind::Guard, name.cuda).is_some() && is_tested() {
        // The pass for conditions answers it.
        return;
    }
    let target = &pass.context.target;
    if let Some(spelling) = name.at_ocp(target.rocm).filter(|_| target.has_ocp_formats()) {
        return pass.report(rename(unit, hit, span, spelling.hip));
    }
    match name.at(target.rocm) {
        Resolution::Spelling(spelling) if spelling.hip.is_empty() && is_tested() => {
            absent(pass, name, span, Resolution::Unsupported);
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

/// Reports a name of a family that has no counterpart: each call, of every other name the first use in the file.
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
        why: "left as it is, the code does not compile for HIP".into(),
        todo: hit.name.note.into(),
        ..Words::default()
    };
    let span = unit.span_of(hit.tokens.clone());
    pass.report(own(hit.name, Level::Manual, span, Fix::None, words));
}

/// Whether the token at `index` is a name of code that is translated, and no member.
fn is_free_use(unit: &Unit, index: usize) -> bool {
    !unit.tokens()[index].is(Token::FROZEN) && is_use(unit, index, Kind::Function)
}

/// The rename of a hit. If only the last segment of a qualified name differs, only that segment changes, so that an
/// alias such as `cg::` stays. If a macro is removed, the white space behind it is removed too.
fn rename(unit: &Unit, hit: &Hit, span: Span, hip: &'static str) -> Finding {
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
    let mut at: FxHashMap<&'static str, (usize, usize)> = FxHashMap::default();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let is_call = rules
            .name(finding.rule.as_bytes())
            .is_none_or(|name| matches!(name.kind, Kind::Function | Kind::DeviceFunction));
        if finding.level == Level::Safe || (finding.level == Level::Manual && is_call) {
            kept.push(finding);
            continue;
        }
        let (index, uses) = at.entry(finding.rule).or_insert((kept.len(), 0));
        *uses += 1;
        if *uses == 1 {
            kept.push(finding);
        } else {
            let mut edits = std::mem::take(&mut kept[*index].fix).into_edits();
            edits.extend(finding.fix.into_edits());
            kept[*index].fix = if edits.is_empty() { Fix::None } else { Fix::Many(edits) };
        }
    }
    for (index, uses) in at.into_values().filter(|(_, uses)| *uses > 1) {
        let finding = &mut kept[index];
        let what = format!("{} ({uses} uses in this file)", finding.words().what);
        *finding = finding.clone().saying(what);
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
        at.is_ok_and(|at| takes_classes(unit, unit.functions()[at].parameters.clone()))
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
    // Whoever defines a name that HIP spells alike, it stays.
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

/// Reports calls and types whose names look like CUDA names, are not in a table and are not defined in the project. Each
/// name is reported once in a file.
fn unknown_names(pass: &mut Pass, defines: &Defines) {
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
            || !is_call()
            || defines.names.contains(&index)
            || !is_use(unit, index, Kind::Function)
            || pass.context.rules.name(word).is_some()
            || pass.context.rules.family(word).is_some()
            || !pass.context.rules.calls(word).is_empty()
        {
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

/// Reports macros that build a CUDA name with `##`, or look a name up as text with `#`.
fn pasted_names(pass: &mut Pass) {
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
