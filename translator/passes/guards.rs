//! Predefined macros in conditions: which compiler, which pass, which version.
//!
//! Conditions that mention HIP are settled by their author and never reach this pass.

use super::Pass;
use crate::finding::Fix;
use crate::syntax::{Directive, DirectiveKind, Token, TokenKind};
use crate::text::Edit;

/// Macros whose number says nothing about HIP.
const VERSIONS: &[&[u8]] = &[
    b"CUDA_VERSION",
    b"CUDART_VERSION",
    b"__CUDACC_VER_MAJOR__",
    b"__CUDACC_VER_MINOR__",
    b"__CUDACC_VER_BUILD__",
    b"__CUDACC_VER__",
    b"__CUDA_API_VERSION",
    b"CUDNN_VERSION",
    b"CUDNN_MAJOR",
    b"CUBLAS_VERSION",
    b"CUBLAS_VER_MAJOR",
    b"CUSPARSE_VERSION",
    b"CUSPARSE_VER_MAJOR",
    b"CUFFT_VERSION",
    b"CUSOLVER_VERSION",
    b"CUSOLVER_VER_MAJOR",
    b"CUB_VERSION",
    b"THRUST_VERSION",
    b"__CUDA_ARCH_LIST__",
];

/// Runs the pass.
pub(super) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    for directive in &unit.lexed.directives {
        let is_condition = matches!(
            directive.kind,
            DirectiveKind::If
                | DirectiveKind::Ifdef
                | DirectiveKind::Ifndef
                | DirectiveKind::Elif
                | DirectiveKind::Elifdef
                | DirectiveKind::Elifndef
        );
        let frozen = unit.tokens().get(directive.tokens.start).is_none_or(|t| t.is(Token::FROZEN));
        if is_condition && !frozen {
            condition(pass, directive);
        }
    }
    values(pass);
}

fn condition(pass: &mut Pass, directive: &Directive) {
    let unit = pass.unit;
    let tests_number =
        directive.tokens.clone().any(|index| is_arch(pass, index) && is_number_test(pass, index));
    let mut version = None;
    for index in directive.tokens.clone() {
        let token = &unit.tokens()[index];
        match unit.text(token) {
            b"__CUDACC__" => rename(pass, "cudacc-guard", token, "__HIPCC__"),
            b"__NVCC__" => rename(pass, "nvcc-guard", token, "__HIPCC__"),
            b"__CUDACC_RTC__" => rename(pass, "cudacc-guard", token, "__HIPCC_RTC__"),
            b"__CUDA_ARCH__" if !tests_number => {
                rename(pass, "device-pass-guard", token, "__HIP_DEVICE_COMPILE__")
            }
            word if VERSIONS.contains(&word) => version = Some(token.span()),
            _ => {}
        }
    }
    if tests_number {
        pass.hazard("cuda-arch-guard", directive.span);
    }
    if version.is_some() {
        pass.hazard("cuda-version-guard", directive.span);
    }
}

fn rename(pass: &mut Pass, rule: &str, token: &Token, to: &'static str) {
    let fix = Fix::One(Edit::replace(token.span(), to));
    let finding = pass.finding(rule, token.span()).map(|finding| finding.with(fix));
    pass.findings.extend(finding);
}

fn is_arch(pass: &Pass, index: usize) -> bool {
    pass.unit.is_word(index, "__CUDA_ARCH__")
}

/// Whether the macro at `index` is compared or computed with, so that its number matters.
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

/// The same macros used as values in code, where they are undefined on HIP.
fn values(pass: &mut Pass) {
    let unit = pass.unit;
    for (index, token) in unit.tokens().iter().enumerate() {
        if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) || in_condition(pass, index) {
            continue;
        }
        let word = unit.text(token);
        if word == b"__CUDA_ARCH__" {
            pass.hazard("cuda-arch-value", token.span());
        } else if VERSIONS.contains(&word) && pass.context.rules.name(word).is_none() {
            pass.hazard("cuda-version-value", token.span());
        }
    }
}

/// Whether token `index` stands in a directive other than `#define`.
fn in_condition(pass: &Pass, index: usize) -> bool {
    let unit = pass.unit;
    if !unit.tokens()[index].is(Token::DIRECTIVE) {
        return false;
    }
    let directives = &unit.lexed.directives;
    let at = directives.partition_point(|d| d.tokens.start <= index);
    at.checked_sub(1).is_some_and(|at| {
        let directive = &directives[at];
        directive.kind != DirectiveKind::Define || directive.tokens.start == index
    })
}
