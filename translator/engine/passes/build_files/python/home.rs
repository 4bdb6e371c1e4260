//! Handles `CUDA_HOME` of PyTorch's helpers for extensions: an import also imports `ROCM_HOME`, and a use takes the one
//! that is set. An import under another name is reported.
//!
//! PyTorch sets one of the two. A name below the folder changes if ROCm's folder has a counterpart at a known place. A
//! `CUDA_HOME` that the project defines stays.

use tranship_rules::rule;

use super::Python;
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::text::{Edit, Piece, Span};

const NAME: &str = "CUDA_HOME";
const HELPERS: &str = "torch.utils.cpp_extension";

/// Checks every use of `CUDA_HOME`.
pub(crate) fn run(pass: &mut Reporter, python: &Python) {
    if python.is_known("ROCM_HOME") || !python.is_known(NAME) {
        return;
    }
    let tree = python.tree();
    let Some(imports) = imports(python) else { return own(pass, python) };
    for node in 0..tree.nodes.len() {
        let is_name = tree.kind(node) == "identifier" && python.node_text(node) == NAME;
        if !is_name || python.is_settled(node) || python.is_broken(node) {
            continue;
        }
        let span = tree.span(node);
        let is_import = imports.iter().find(|edit| edit.0 == node);
        let edits = match is_import {
            Some((_, edit)) => vec![edit.clone()],
            None => match used(python, node, !imports.is_empty()) {
                Some(mut edits) => {
                    edits.extend(imports.iter().map(|(_, edit)| edit.clone()));
                    edits
                }
                None => continue,
            },
        };
        pass.report_fix(rule::TORCH_CUDA_HOME, span, Fix::Many(edits));
    }
}

/// Reports the imports of PyTorch's name in a file that gives it another name, or another value.
fn own(pass: &mut Reporter, python: &Python) {
    let tree = python.tree();
    for node in 0..tree.nodes.len() {
        let is_name = tree.kind(node) == "identifier" && python.node_text(node) == NAME;
        let statement = tree.around(node).find(|&around| tree.kind(around) == "import_from_statement");
        let module = statement.and_then(|statement| tree.part(statement, "module_name"));
        let is_import = is_name && module.is_some_and(|module| python.node_text(module) == HELPERS);
        if is_import && !python.is_settled(node) && !python.is_broken(node) {
            pass.report_rule(rule::TORCH_HOME_RENAMED, tree.span(node));
        }
    }
}

/// The imports of the name, each with its node and the edit that also imports `ROCM_HOME`; `None` if the file defines
/// the name too.
fn imports(python: &Python) -> Option<Vec<(usize, Edit)>> {
    let tree = python.tree();
    let mut found = Vec::new();
    for node in 0..tree.nodes.len() {
        if tree.kind(node) != "identifier" || python.node_text(node) != NAME {
            continue;
        }
        let parent = tree.parent(node)?;
        match tree.kind(parent) {
            "dotted_name" => {
                let statement = tree.parent(parent)?;
                let module = tree.part(statement, "module_name").map(|module| python.node_text(module));
                if tree.kind(statement) != "import_from_statement" || module != Some(HELPERS) {
                    return None;
                }
                found.push((node, Edit::insert(tree.span(node).end, ", ROCM_HOME")));
            }
            "assignment" | "augmented_assignment" | "pattern_list" | "for_statement"
                if tree.field(node) != Some("right") =>
            {
                return None;
            }
            "parameters" | "typed_parameter" | "global_statement" | "delete_statement" | "tuple_pattern" => {
                return None;
            }
            "default_parameter" if tree.field(node) == Some("name") => return None,
            _ => {}
        }
    }
    Some(found)
}

/// The edits of a use; `None` where the name does not refer to PyTorch's.
fn used(python: &Python, node: usize, is_imported: bool) -> Option<Vec<Edit>> {
    let tree = python.tree();
    let parent = tree.parent(node)?;
    let (whole, prefix) = if tree.kind(parent) == "attribute" {
        let object = tree.part(parent, "object")?;
        if object == node {
            (is_imported.then_some(node)?, String::new())
        } else {
            let object = python.node_text(object);
            let is_helpers = object.ends_with("cpp_extension") || python.is_helpers(object);
            (is_helpers.then_some(parent)?, format!("{object}."))
        }
    } else {
        let is_keyword = tree.kind(parent) == "keyword_argument" && tree.field(node) == Some("name");
        ((is_imported && !is_keyword).then_some(node)?, String::new())
    };
    let outer = tree.parent(whole)?;
    // tree-sitter accepts `*x` in more places than Python does.
    let splat = tree.around(whole).find(|&node| tree.kind(node).starts_with("list_splat"));
    let around_splat = splat.and_then(|splat| tree.parent(splat)).map(|around| tree.kind(around));
    if around_splat
        .is_some_and(|kind| !["argument_list", "list", "tuple", "set", "expression_list"].contains(&kind))
    {
        return None;
    }
    // The target of an assignment or of a loop is not a value.
    if tree.field(whole) == Some("left")
        && !matches!(tree.kind(outer), "binary_operator" | "boolean_operator")
    {
        return None;
    }
    let alone = matches!(
        tree.kind(outer),
        "argument_list"
            | "parenthesized_expression"
            | "keyword_argument"
            | "list"
            | "return_statement"
            | "interpolation"
    ) || (tree.kind(outer) == "assignment" && tree.field(whole) == Some("right"));
    let rocm = format!("{prefix}ROCM_HOME");
    let either = format!("{rocm} or {prefix}{NAME}");
    let either = if alone { either } else { format!("({either})") };
    let mut edits = vec![Edit::replace(tree.span(whole), either)];
    if tree.kind(outer) == "interpolation" {
        edits.extend(behind_braces(python, outer, &rocm));
    } else {
        edits.extend(below(python, whole, outer, &rocm));
    }
    Some(edits)
}

/// What is named below the folder in the text behind its braces, and has another name in ROCm's folder. The choice has
/// other quotes than the string, because Python before 3.12 does not accept equal ones.
fn behind_braces(python: &Python, interpolation: usize, rocm: &str) -> Option<Edit> {
    let tree = python.tree();
    let string = tree.parent(interpolation).filter(|&parent| tree.kind(parent) == "string")?;
    let (start, end) = (tree.span(interpolation).end, tree.span(string).end);
    let text = std::str::from_utf8(python.bytes.get(start as usize..end as usize)?).ok()?;
    let quote = if python.node_text(string).contains('"') { '\'' } else { '"' };
    let named = [("/lib64", "lib"), ("/bin/nvcc", "hipcc")].into_iter().find(|(path, _)| {
        let behind = text.strip_prefix(path).and_then(|rest| rest.chars().next());
        behind.is_some_and(|next| matches!(next, '/' | '"' | '\'' | ':' | ' '))
    });
    let (path, hip) = named?;
    let cuda = path.rsplit('/').next()?;
    let span = Span::new(start + (path.len() - cuda.len()) as u32, start + path.len() as u32);
    Some(Edit::replace(span, format!("{{{quote}{hip}{quote} if {rocm} else {quote}{cuda}{quote}}}")))
}

/// The edits of the names below the folder that differ in ROCm's folder.
fn below(python: &Python, whole: usize, outer: usize, rocm: &str) -> Vec<Edit> {
    let tree = python.tree();
    let is_text = |&node: &usize| tree.kind(node) == "string";
    let is_join = tree.kind(outer) == "argument_list"
        && tree.parent(outer).is_some_and(|call| !is_conversion(python, call));
    let behind: Vec<usize> = if is_join {
        tree.named(outer).skip_while(|&node| node != whole).skip(1).collect()
    } else {
        operands_behind(python, whole)
    };
    let is_sum = !is_join;
    let choice = |node: usize| {
        let span = tree.span(node);
        let text = python.node_text(node);
        let said = text.trim_matches(['"', '\'']);
        let hip = match said {
            "lib64" => "lib",
            "/lib64" => "/lib",
            "nvcc" => "hipcc",
            "bin/nvcc" => "bin/hipcc",
            "/bin/nvcc" => "/bin/hipcc",
            _ => return None,
        };
        let inner = Span::new(span.start + 1, span.end - 1);
        let (open, close) = if is_sum { ("(", ")") } else { ("", "") };
        let pieces = vec![
            Piece::Text(open.into()),
            Piece::Span(span),
            Piece::Text(format!(" if {rocm} else {text}{close}").into()),
        ];
        (text.len() == said.len() + 2).then(|| [Edit::replace(inner, hip), Edit::pieces(span, pieces)])
    };
    behind.into_iter().filter(is_text).filter_map(choice).flatten().collect()
}

/// Whether a call only makes a path or a text of its argument.
fn is_conversion(python: &Python, call: usize) -> bool {
    let function = python.tree().part(call, "function").map_or("", |function| python.node_text(function));
    matches!(function.rsplit('.').next(), Some("Path" | "PurePath" | "PosixPath" | "str"))
}

/// The right operands of the sums and paths that begin with `whole`: `"bin"` and `"nvcc"` of
/// `Path(CUDA_HOME) / "bin" / "nvcc"`.
fn operands_behind(python: &Python, whole: usize) -> Vec<usize> {
    let tree = python.tree();
    let mut behind = Vec::new();
    let mut inner = whole;
    for outer in tree.around(whole) {
        match tree.kind(outer) {
            "binary_operator" if tree.field(inner) == Some("left") => {
                behind.extend(tree.part(outer, "right"));
            }
            "argument_list" if tree.named(outer).count() == 1 => {}
            "call" if is_conversion(python, outer) => {}
            "parenthesized_expression" => {}
            _ => break,
        }
        inner = outer;
    }
    behind
}
