//! Predefined macros in conditions: which compiler, which pass, which version.
//!
//! Conditions that mention HIP are frozen and are not changed here. A comparison of `__CUDA_ARCH__` gets the result for
//! a GPU of compute capability 8.9. If the newer branch contains code that only NVIDIA GPUs can run, HIP compiles the
//! older branch, and a finding reports it. Comparisons of the release of CUDA are answered in `version`.

mod lacking;
mod locked;
mod repeated;
mod version;

use std::ops::Range;

use tranship_rules::{Kind, Resolution, RuleName, list, rule};

use self::repeated::Beside;
use crate::cpp::conditions::{ASSUMED_CUDA_ARCH, is_decided_without_nvcc, token_range};
use crate::cpp::constants;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    // A build for HIP compiles these conditions as they are, so another result would change what it compiles.
    let is_compiled = pass.context.project.own_hip.covers(&unit.source.path);
    for (at, directive) in unit.lexed.directives.iter().enumerate() {
        let frozen = unit.tokens().get(directive.tokens.start).is_none_or(|t| t.is(Token::FROZEN));
        if directive.kind.is_condition() && !frozen && !is_compiled {
            condition(pass, at);
        }
    }
    values(pass);
}

fn condition(pass: &mut Pass, at: usize) {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let tests_number =
        directive.tokens.clone().any(|index| is_arch(pass, index) && is_number_test(pass, index));
    let is_version = |index: usize| list::has(list::CUDA_VERSION_MACROS, unit.text(&unit.tokens()[index]));
    // Without an answer, a release is 0 on HIP: with HIP's counterpart of another macro the condition could become true.
    // Beside a compute capability that stays, the condition is false for HIP, so an answered release would change nothing.
    let answered =
        directive.tokens.clone().any(is_version).then(|| {
            if tests_number && capability_stays(pass, at) { None } else { version_answer(pass, at) }
        });
    let has_open_version = answered.as_ref().is_some_and(Option::is_none);
    let kept = answered.flatten().unwrap_or_default();
    let bytes = &unit.source.bytes;
    let is_decided =
        has_open_version || is_decided_without_nvcc(bytes, &unit.lexed, directive, &pass.context.guards);
    let again = if is_decided { Vec::new() } else { same_again(unit, directive.tokens.clone()) };
    for index in directive.tokens.clone() {
        let token = &unit.tokens()[index];
        match unit.text(token) {
            word if is_decided && list::has(list::NVCC_MACROS, word) => {}
            word if list::has(list::NVCC_MACROS, word)
                && kept.iter().any(|tokens| tokens.contains(&index)) => {}
            word if again.iter().any(|(operand, _)| operand.contains(&index)) => {
                let rule = if word == b"__NVCC__" { rule::NVCC_GUARD } else { rule::CUDACC_GUARD };
                let removed = again.iter().find(|(operand, _)| operand.contains(&index));
                if let Some((_, removed)) = removed.filter(|_| list::has(list::NVCC_MACROS, word)) {
                    pass.report_fix(rule, token.span(), Fix::One(Edit::remove(*removed)));
                }
            }
            b"__CUDACC__" => rename(pass, rule::CUDACC_GUARD, token, "__HIPCC__"),
            b"__NVCC__" => rename(pass, rule::NVCC_GUARD, token, "__HIPCC__"),
            b"__CUDACC_RTC__" => rename(pass, rule::CUDACC_GUARD, token, "__HIPCC_RTC__"),
            b"__CUDA_ARCH__" if !tests_number && !has_open_version => {
                rename(pass, rule::DEVICE_PASS_GUARD, token, "__HIP_DEVICE_COMPILE__");
            }
            b"__CUDA_ARCH_LIST__" => pass.report_rule(rule::CUDA_ARCH_VALUE, token.span()),
            word => marker(pass, token, word),
        }
    }
    if tests_number {
        capability(pass, at);
    }
    if !directive.tokens.clone().any(is_version)
        && directive.tokens.clone().any(|index| is_release_macro(unit, index))
    {
        pass.report_rule(rule::LIBRARY_VERSION_GUARD, directive.span);
    }
}

/// Whether token `index` is a macro of the project that takes a release of one of CUDA's libraries, such as
/// `CUDNN_VERSION_MIN(8, 0, 0)`.
fn is_release_macro(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let word = unit.text(&tokens[index]);
    let is_called = tokens.get(index + 1).is_some_and(|next| next.is_punct(b'('));
    let extends = |name: &&str| {
        let rest = word.strip_prefix(name.as_bytes());
        !name.starts_with("CUDA") && rest.is_some_and(|rest| rest.starts_with(b"_"))
    };
    is_called && list::CUDA_VERSION_MACROS.iter().any(extends)
}

/// Answers the releases in the condition of directive `at`. Returns the tokens that are part of the answer, or `None` if HIP does
/// not have the result of a recent release.
fn version_answer(pass: &mut Pass, at: usize) -> Option<Vec<Range<usize>>> {
    let first = pass.count();
    let kept = version::condition(pass, at);
    let findings = pass.take_from(first);
    let is_answered = findings.iter().all(|finding| finding.rule == rule::CUDA_VERSION_GUARD.as_str());
    pass.report_all(findings);
    is_answered.then_some(kept)
}

/// Whether the condition of directive `at` keeps a comparison with a compute capability, because a person has to decide.
fn capability_stays(pass: &mut Pass, at: usize) -> bool {
    let first = pass.count();
    capability(pass, at);
    pass.take_from(first).iter().any(|finding| finding.rule == rule::CUDA_ARCH_OLDER.as_str())
}

/// The operands of a condition that would test `__HIPCC__` again, with the bytes to remove: `|| defined(__NVCC__)` behind
/// `defined(__CUDACC__)`. Only conditions with one kind of operator are considered.
fn same_again(unit: &Unit, condition: Range<usize>) -> Vec<(Range<usize>, Span)> {
    let tokens = unit.tokens();
    let mut operands: Vec<Range<usize>> = Vec::new();
    let (mut start, mut depth, mut operator) = (condition.start, 0_usize, None);
    let mut at = condition.start;
    while at < condition.end {
        let token = &tokens[at];
        match token.byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            byte @ (b'&' | b'|')
                if depth == 0 && tokens.get(at + 1).is_some_and(|next| next.is_punct(byte)) =>
            {
                if operator.is_some_and(|known| known != byte) {
                    return Vec::new();
                }
                operator = Some(byte);
                operands.push(start..at);
                at += 1;
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    operands.push(start..condition.end);
    let shape = |operand: &Range<usize>| {
        let text: Vec<&[u8]> = tokens[operand.clone()].iter().map(|token| unit.text(token)).collect();
        let is_nvcc = |text: &&[u8]| list::has(list::NVCC_MACROS, text);
        match text.as_slice() {
            [b"!", b"defined", b"(", name, b")"] if is_nvcc(name) => Some(false),
            [b"!", b"defined", name] if is_nvcc(name) => Some(false),
            [b"defined", b"(", name, b")"] if is_nvcc(name) => Some(true),
            [b"defined", name] if is_nvcc(name) => Some(true),
            _ => None,
        }
    };
    let Some(first) = operands.iter().find_map(shape) else { return Vec::new() };
    let same: Vec<usize> = (0..operands.len()).filter(|&at| shape(&operands[at]) == Some(first)).collect();
    let removed = |&at: &usize| {
        let operand = operands[at].clone();
        let before = tokens[operands[at - 1].end - 1].end;
        (operand.clone(), Span::new(before, tokens[operand.end - 1].end))
    };
    same.iter().skip(1).map(removed).collect()
}

/// Replaces a macro that a header of CUDA or an option of nvcc defines, unless the project defines it too.
fn marker(pass: &mut Pass, token: &Token, word: &[u8]) {
    let index = &pass.context.index;
    let is_name = token.kind == TokenKind::Identifier && !token.is(Token::SPLICED);
    let Some(row) =
        std::str::from_utf8(word).ok().filter(|_| is_name).and_then(|word| pass.word(Kind::Guard, word))
    else {
        return;
    };
    let unit = pass.unit;
    let is_defined_here = || {
        let mut defines = unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define);
        defines.any(|define| unit.tokens().get(define.tokens.start).is_some_and(|t| unit.text(t) == word))
    };
    if index.is_macro(word) || is_defined_here() {
        return;
    }
    match row.at(pass.context.target.rocm) {
        Resolution::Spelling(spelling) => pass.report(Finding::rename(row, token.span(), spelling.hip)),
        _ => pass.absent(row, token.span()),
    }
}

/// One comparison `__CUDA_ARCH__ >= 700` of a condition.
///
/// A test for newer GPUs becomes true in the device pass, as in CUDA. A test for older GPUs becomes false in both
/// passes: the older branch defines missing features, such as `atomicAdd` of a `double`, which HIP's headers declare in
/// both.
struct Comparison {
    span: Span,
    /// Whether the comparison is true on GPUs newer than the number.
    newer: bool,
    number: i64,
}

/// Replaces all comparisons in the condition of directive `at`, or none of them.
fn capability(pass: &mut Pass, at: usize) {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let uses = directive.tokens.clone().filter(|&index| is_arch(pass, index) && is_number_test(pass, index));
    let comparisons: Option<Vec<Comparison>> = uses.map(|index| comparison(pass, index)).collect();
    let Some(comparisons) = comparisons else {
        if is_equality(unit, directive.tokens.clone()) && has_branch_for_hip(pass, at) {
            return;
        }
        let what = "the condition computes with `__CUDA_ARCH__`, or asks for one compute capability";
        return pass.report_saying(rule::CUDA_ARCH_OLDER, directive.span, what);
    };
    if comparisons.iter().any(|c| c.number > ASSUMED_CUDA_ARCH)
        || !newer_branch_is_portable(pass, at, &comparisons)
    {
        if !comparisons.iter().any(|c| c.newer) {
            let what = "the condition leaves out newer compute capabilities, and HIP compiles its branch";
            return pass.report_saying(rule::CUDA_ARCH_OLDER, directive.span, what);
        }
        return pass.report_rule(rule::CUDA_ARCH_OLDER, directive.span);
    }
    let sides = (comparisons.iter().any(|c| c.newer), comparisons.iter().any(|c| !c.newer));
    if let Some(name) = locked::call(pass, at, sides) {
        let what =
            format!("the branch calls `{name}`, which stays in a branch that only NVIDIA's GPUs can run");
        return pass.report_saying(rule::CUDA_ARCH_OLDER, directive.span, what);
    }
    if let Some(lacking) = better_older_branch(pass, at, &comparisons) {
        let what = format!("the condition tests for a compute capability, and its branch {lacking}");
        return pass.report_saying(rule::CUDA_ARCH_OLDER, directive.span, what);
    }
    let newer = |index: usize| {
        let start = unit.tokens().get(index).map(|token| token.start);
        comparisons.iter().any(|c| c.newer && Some(c.span.start) == start)
    };
    let beside = repeated::comparisons(unit, directive.tokens.clone(), &newer);
    let edit = |c: &Comparison| {
        let beside = beside.iter().find(|(index, _)| unit.tokens()[*index].start == c.span.start);
        match beside.map(|(_, beside)| *beside) {
            Some(Beside::Removed(span)) => Edit::remove(span),
            Some(Beside::InDevicePass) => Edit::replace(c.span, "defined(__HIP_PLATFORM_AMD__)"),
            None if c.newer => Edit::replace(c.span, "defined(__HIP_DEVICE_COMPILE__)"),
            None => Edit::replace(c.span, "!defined(__HIP_PLATFORM_AMD__)"),
        }
    };
    let mut edits: Vec<Edit> = comparisons.iter().map(edit).collect();
    let others =
        directive.tokens.clone().filter(|&index| is_arch(pass, index) && !is_number_test(pass, index));
    edits.extend(others.map(|index| Edit::replace(unit.tokens()[index].span(), "__HIP_DEVICE_COMPILE__")));
    pass.report_fix(rule::CUDA_ARCH_GUARD, directive.span, Fix::Many(edits));
}

/// Whether the condition is just `__CUDA_ARCH__ == 750`.
fn is_equality(unit: &Unit, condition: Range<usize>) -> bool {
    let tokens = &unit.tokens()[condition];
    matches!(tokens, [arch, a, b, number]
        if unit.text(arch) == b"__CUDA_ARCH__" && a.is_punct(b'=') && b.is_punct(b'=') && number.kind == TokenKind::Number)
}

/// Whether the chain of directive `at` has a branch just for `__CUDA_ARCH__ >= N` that HIP compiles, or names HIP. Other branches of the chain are
/// for single GPUs of NVIDIA, and need no answer.
fn has_branch_for_hip(pass: &Pass, at: usize) -> bool {
    let unit = pass.unit;
    let directives = &unit.lexed.directives;
    lacking::chain(unit, at).into_iter().any(|at| {
        let tokens = directives[at].tokens.clone();
        if tokens.clone().any(|index| unit.is_word(index, "__HIP_DEVICE_COMPILE__")) {
            return true;
        }
        let one = comparison(pass, tokens.start).filter(|one| one.newer && one.number <= ASSUMED_CUDA_ARCH);
        let is_all = one.as_ref().is_some_and(|one| unit.tokens()[tokens.end - 1].end == one.span.end);
        is_all
            && is_arch(pass, tokens.start)
            && newer_branch_is_portable(pass, at, one.as_slice())
            && better_older_branch(pass, at, one.as_slice()).is_none()
    })
}

/// The comparison of the macro at `index` with a number on its right side; `None` for any other arithmetic.
fn comparison(pass: &Pass, index: usize) -> Option<Comparison> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let operator = tokens.get(index + 1)?;
    let or_equal = tokens.get(index + 2)?.is_punct(b'=');
    let number = tokens.get(index + 2 + usize::from(or_equal))?;
    let newer = match operator.byte {
        b'>' => true,
        b'<' => false,
        _ => return None,
    };
    let behind = tokens.get(index + 3 + usize::from(or_equal));
    let ends = behind.is_none_or(|t| t.is(Token::LINE_START) || matches!(t.byte, b')' | b'&' | b'|'));
    let value = match number.kind {
        TokenKind::Number => constants::number(unit.text(number)),
        TokenKind::Identifier => pass.context.index.constant(unit.text(number)),
        _ => None,
    };
    let number_value = value.filter(|_| ends)?.value()?;
    Some(Comparison { span: tokens[index].span().to(number.span()), newer, number: number_value })
}

/// Whether the branches for newer GPUs contain no code that only NVIDIA GPUs can run.
fn newer_branch_is_portable(pass: &Pass, at: usize, comparisons: &[Comparison]) -> bool {
    let unit = pass.unit;
    let newer = comparisons.iter().any(|c| c.newer);
    let older = comparisons.iter().any(|c| !c.newer);
    let Some(bodies) = lacking::branches(unit, at, newer, older) else { return false };
    // Matrix fragments are translated. They are slow, so code for older GPUs is better, if there is any.
    let has_older =
        lacking::branches(unit, at, older, newer).is_none_or(|bodies| lacking::have_code(unit, &bodies));
    let is_alone = newer && !older && !has_older && !ends_with_else(unit, at);
    bodies.into_iter().all(|body| {
        let tokens = token_range(unit.tokens(), body);
        lacking::only_nvidia(pass, &tokens, is_alone).is_none()
    })
}

/// The most tokens of a branch that is searched for missing names. Conditions can be nested, and each searches its branch.
const LONGEST_BRANCH: usize = 256;

/// What keeps HIP from the branch for newer GPUs, if the code for older GPUs does without. Without code for older GPUs, the
/// missing name is reported where it is used.
fn better_older_branch(pass: &Pass, at: usize, comparisons: &[Comparison]) -> Option<String> {
    let newer = comparisons.iter().any(|c| c.newer);
    let older = comparisons.iter().any(|c| !c.newer);
    let mut bodies = lacking::branches(pass.unit, at, true, true)?.into_iter();
    let is_long = |body: Span| token_range(pass.unit.tokens(), body).len() > LONGEST_BRANCH;
    if newer == older || bodies.any(is_long) {
        return None;
    }
    let lacking = lacking::in_branches(pass, at, newer, older)?;
    let has_branch = lacking::have_code(pass.unit, &lacking::branches(pass.unit, at, older, newer)?);
    let is_better = if has_branch {
        lacking::in_branches(pass, at, older, newer).is_none()
    } else {
        newer && ends_with_else(pass.unit, at)
    };
    is_better.then_some(lacking)
}

/// Whether the branch of directive `at` ends with the keyword `else`, so that the code behind it is for older GPUs.
fn ends_with_else(unit: &Unit, at: usize) -> bool {
    let bodies = lacking::branches(unit, at, true, false).unwrap_or_default();
    let last = bodies.first().and_then(|body| token_range(unit.tokens(), *body).last());
    last.is_some_and(|last| unit.is_word(last, "else"))
}

fn rename(pass: &mut Pass, rule: RuleName, token: &Token, to: &'static str) {
    pass.report_fix(rule, token.span(), Fix::One(Edit::replace(token.span(), to)));
}

fn is_arch(pass: &Pass, index: usize) -> bool {
    pass.unit.is_word(index, "__CUDA_ARCH__")
}

/// Whether the macro at `index` is an operand of a comparison or of arithmetic, so that its number matters.
fn is_number_test(pass: &Pass, index: usize) -> bool {
    let tokens = pass.unit.tokens();
    let is_operator = |token: Option<&Token>| {
        token.is_some_and(|t| {
            t.is(Token::DIRECTIVE)
                && !t.is(Token::LINE_START)
                && t.kind == TokenKind::Punct
                && matches!(t.byte, b'<' | b'>' | b'=' | b'/' | b'%' | b'*' | b'+' | b'-')
        })
    };
    let not_equal = |at: usize| {
        tokens.get(at).is_some_and(|t| t.is_punct(b'!'))
            && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'='))
    };
    is_operator(tokens.get(index + 1))
        || is_operator(index.checked_sub(1).map(|at| &tokens[at]))
        || not_equal(index + 1)
}

/// Reports the same macros where code uses them as values, because they are undefined on HIP.
fn values(pass: &mut Pass) {
    let unit = pass.unit;
    for (index, token) in unit.tokens().iter().enumerate() {
        // All of these macros begin with one of these letters.
        let may_be = matches!(token.byte, b'_' | b'C' | b'T') && token.kind == TokenKind::Identifier;
        if !may_be || token.is(Token::FROZEN) {
            continue;
        }
        let word = unit.text(token);
        let rule = if matches!(word, b"__CUDA_ARCH__" | b"__CUDA_ARCH_LIST__") {
            rule::CUDA_ARCH_VALUE
        } else if list::has(list::CUDA_VERSION_MACROS, word) && pass.context.rules.name(word).is_none() {
            rule::CUDA_VERSION_VALUE
        } else {
            continue;
        };
        if !in_condition(pass, index) {
            pass.report_rule(rule, token.span());
        }
    }
}

/// Whether token `index` is in a directive, and not in the body of a `#define`.
fn in_condition(pass: &Pass, index: usize) -> bool {
    pass.unit
        .directive_of(index)
        .is_some_and(|directive| directive.kind != DirectiveKind::Define || directive.tokens.start == index)
}
