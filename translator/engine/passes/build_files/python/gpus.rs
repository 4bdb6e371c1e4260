//! Options of nvcc that name GPUs, if their value is computed or another call appends it.
//!
//! PyTorch's build for ROCm takes the GPUs from `PYTORCH_ROCM_ARCH`, so under ROCm these options are left out.

use tranship_rules::rule;

use super::Python;
use super::options::EXTEND;
use super::places;
use super::scope::{self, Vendor};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{CommandLine, are_gpus, gpu_value};
use crate::readers::words::Word;
use crate::text::{Edit, Piece, Span};

/// The options that only nvcc has, and whose value is always a GPU.
const ONLY_OF_NVCC: &[&str] = &["-gencode", "--generate-code", "--gpu-architecture", "--gpu-code"];

/// The number of elements from `at` on that name GPUs by a value that is no constant.
pub(crate) fn computed(words: &[Word], is_plain: &[bool], at: usize, line: CommandLine) -> Option<usize> {
    let word = words[at].text;
    let value = gpu_value(word, words.get(at + 1).map(|next| next.text))?;
    let name = word.split('=').next().unwrap_or(word);
    if line == CommandLine::Unknown && !ONLY_OF_NVCC.contains(&name) {
        return None;
    }
    let is_joined = word.contains('=');
    let holder = if is_joined { at } else { at + 1 };
    (!is_plain[holder] && !are_gpus(value)).then_some(if is_joined { 1 } else { 2 })
}

/// Leaves out an option under ROCm if it is the argument of one `append`, and its value that of the next statement.
/// Returns whether it was left out.
pub(crate) fn appended_apart(pass: &mut Reporter, python: &Python, node: usize) -> bool {
    let is_option = python.string(node).is_some_and(|text| ONLY_OF_NVCC.contains(&text) || text == "-arch");
    let Some(option) = appended(python, node).filter(|_| is_option) else { return false };
    let Vendor::Known(condition) = scope::vendor(python, node) else { return false };
    let Some(value) = next_appended(python, node) else { return false };
    let mut edits = condition.edits.clone();
    for (argument, method) in [(node, option), value] {
        let span = python.tree().span(argument);
        let choice = vec![
            Piece::Text(format!("[] if {} else [", condition.text).into()),
            Piece::Span(span),
            Piece::Text("]".into()),
        ];
        edits.extend([Edit::replace(method, EXTEND), Edit::pieces(span, choice)]);
    }
    pass.report_fix(rule::TORCH_GPU_ARCHITECTURE, python.tree().span(node), Fix::Many(edits));
    true
}

/// Reports an option that names GPUs if another call appends its value.
pub(crate) fn value_apart(pass: &mut Reporter, words: &[Word], is_appended: bool) {
    let names = ["-gencode", "--generate-code", "-arch", "--gpu-architecture"];
    if let [word] = words
        && is_appended
        && names.contains(&word.text)
    {
        let what = format!("another call appends the value of `{}`", word.text);
        pass.report_saying(rule::GPU_ARCHITECTURE_VALUE, word.span, what);
    }
}

/// The span of the method's name if `node` is the only argument of a call of `append`.
pub(crate) fn appended(python: &Python, node: usize) -> Option<Span> {
    let tree = python.tree();
    let arguments = tree.parent(node).filter(|&parent| tree.kind(parent) == "argument_list")?;
    let function = tree.part(tree.parent(arguments)?, "function")?;
    let method = tree.part(function, "attribute")?;
    let is_append = python.node_text(method) == "append" && tree.named(arguments).count() == 1;
    is_append.then(|| tree.span(method))
}

/// The argument and the method of the next statement, if it appends GPUs to the same list.
fn next_appended(python: &Python, node: usize) -> Option<(usize, Span)> {
    let tree = python.tree();
    let call = tree.parent(tree.parent(node)?)?;
    let statement = tree.parent(call).filter(|&parent| tree.kind(parent) == "expression_statement")?;
    let block = tree.parent(statement)?;
    let next = tree.named(block).skip_while(|&child| child != statement).nth(1)?;
    let next_call = tree.named(next).next().filter(|_| tree.kind(next) == "expression_statement")?;
    let arguments = tree.part(next_call, "arguments")?;
    let argument = tree.named(arguments).next()?;
    let method = appended(python, argument)?;
    let is_same = places::called(python, call).0 == places::called(python, next_call).0;
    let text = python.string(argument)?;
    let names_gpus = are_gpus(text) || ["arch=compute_", "sm_"].iter().any(|start| text.starts_with(start));
    (is_same && names_gpus).then_some((argument, method))
}
