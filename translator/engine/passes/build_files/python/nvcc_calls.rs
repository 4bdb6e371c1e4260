//! Commands of nvcc that Python runs: a list of arguments, or one string.

use tranship_rules::rule;

use super::Python;
use super::places::Place;
use crate::pass::Reporter;
use crate::text::Span;

/// Reports a list that is a command of nvcc. Returns whether it is one.
pub(crate) fn list_is_command(pass: &mut Reporter, python: &Python, elements: &[usize]) -> bool {
    let Some(&program) = elements.first().filter(|&&first| is_nvcc(python.node_text(first))) else {
        return false;
    };
    let asks_version =
        elements.iter().any(|&element| matches!(python.string(element), Some("-V" | "--version")));
    report_nvcc(pass, asks_version, python.tree().span(program));
    true
}

/// Whether `text` is nvcc: its name, its path or a variable.
fn is_nvcc(text: &str) -> bool {
    let text = text.trim_end_matches([')', ' ']).trim_matches(['"', '\'']);
    let name = text.rsplit(['/', '\\', '"', '\'']).next().unwrap_or(text);
    matches!(name, "nvcc" | "$nvcc" | "${nvcc}" | "nvcc.exe" | "{nvcc}")
}

/// Reports a string that is a command of nvcc. Returns whether it is one.
pub(crate) fn command(pass: &mut Reporter, python: &Python, node: usize, said: &str, place: Place) -> bool {
    let words: Vec<&str> = said.split_whitespace().collect();
    let Some(at) = words.iter().position(|word| is_nvcc(word)) else { return false };
    let is_rule = at > 0 && words[at - 1] == "=";
    let is_command =
        (at == 0 || is_rule) && words.get(at + 1).is_some_and(|next| next.starts_with(['-', '$', '{']));
    if !is_command || place == Place::Other && !is_rule {
        return false;
    }
    let asks_version = words.get(at + 1).is_some_and(|next| matches!(*next, "-V" | "--version"));
    report_nvcc(pass, asks_version, python.tree().span(node));
    true
}

/// Reports a command of nvcc. Beside a build for HIP, the version of nvcc concerns NVIDIA's build alone.
fn report_nvcc(pass: &mut Reporter, asks_version: bool, span: Span) {
    if !asks_version {
        pass.report_rule(rule::PYTHON_NVCC_COMMAND, span);
    } else if !pass.context.project.own_hip.covers(&pass.source.path) {
        pass.report_rule(rule::PYTHON_NVCC_VERSION, span);
    }
}
