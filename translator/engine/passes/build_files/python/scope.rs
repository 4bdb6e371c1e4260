//! Finds an expression that shows the vendor at one place of a file, with names that are in scope there.
//!
//! An import is in scope if every path to the place runs it first, and if Python looks the name up in its scope. The
//! only insertion is a name in an import of PyTorch's helpers for extensions.

use super::Python;
use crate::text::Edit;

/// How code at one place can find out the vendor.
pub(crate) enum Vendor {
    /// The file does not import PyTorch, so it is converted for ROCm alone.
    Unasked,
    /// With this condition.
    Known(Condition),
    /// The file imports PyTorch, but no import is in scope.
    OutOfScope,
}

/// An expression that is true under ROCm.
pub(crate) struct Condition {
    /// The expression.
    pub(crate) text: String,
    /// The edits that import its names.
    pub(crate) edits: Vec<Edit>,
}

/// A name that a statement binds.
pub(crate) struct Binding {
    statement: usize,
    /// The function or class in which the name is bound; 0 is the file.
    scope: usize,
    name: String,
    /// The expression that shows the vendor through the name; `None` if the name is something else.
    condition: Option<Condition>,
}

/// More bindings are ignored, so that the work stays in proportion to the size of the file.
const MOST_BINDINGS: usize = 64;

/// The module of PyTorch's helpers for extensions.
const HELPERS: &str = "torch.utils.cpp_extension";

/// The names that can show the vendor, as the imports and assignments of a file bind them.
pub(crate) fn bindings(python: &Python) -> Vec<Binding> {
    let tree = python.tree();
    let mut found = Vec::new();
    for node in 0..tree.nodes.len() {
        let bound: Vec<(String, Option<Condition>)> = match tree.kind(node) {
            "import_statement" => imported(python, node),
            "import_from_statement" => imported_from(python, node),
            "identifier" if python.node_text(node) == "torch" && is_given(python, node) => {
                vec![("torch".to_owned(), None)]
            }
            _ => continue,
        };
        let scope = tree.around(node).find(|&around| is_scope(tree.kind(around))).unwrap_or(0);
        let binding = |(name, condition)| Binding { statement: node, scope, name, condition };
        found.extend(bound.into_iter().map(binding));
        if found.len() > MOST_BINDINGS {
            found.truncate(MOST_BINDINGS);
            break;
        }
    }
    found
}

/// Whether `name` is bound to PyTorch's helpers for extensions.
pub(crate) fn is_helpers(python: &Python, name: &str) -> bool {
    let is_it = |condition: &Condition| condition.text.strip_suffix(".IS_HIP_EXTENSION") == Some(name);
    python.bindings().iter().filter_map(|binding| binding.condition.as_ref()).any(is_it)
}

fn is_scope(kind: &str) -> bool {
    matches!(kind, "function_definition" | "class_definition" | "lambda" | "module")
}

/// Whether an assignment or a parameter binds the name, so that it is not a module.
fn is_given(python: &Python, node: usize) -> bool {
    let tree = python.tree();
    tree.parent(node).is_some_and(|parent| match tree.kind(parent) {
        "assignment" => tree.field(node) == Some("left"),
        "pattern_list" | "parameters" | "default_parameter" | "typed_parameter" => {
            tree.field(node) != Some("value")
        }
        _ => false,
    })
}

/// `import torch`, `import torch.nn`, `import torch as t`, `import torch.utils.cpp_extension as e`.
fn imported(python: &Python, node: usize) -> Vec<(String, Option<Condition>)> {
    let tree = python.tree();
    let one = |child: usize| {
        let is_renamed = tree.kind(child) == "aliased_import";
        let module = if is_renamed { tree.part(child, "name")? } else { child };
        let path = python.node_text(module);
        let bound = if is_renamed {
            python.node_text(tree.named(child).last()?)
        } else {
            path.split('.').next().unwrap_or(path)
        };
        let text = match path {
            HELPERS if is_renamed => Some(format!("{bound}.IS_HIP_EXTENSION")),
            "torch" => Some(format!("{bound}.version.hip")),
            _ if path.starts_with("torch.") && !is_renamed => Some("torch.version.hip".to_owned()),
            _ if bound == "torch" => None,
            _ => return None,
        };
        Some((bound.to_owned(), text.map(|text| Condition { text, edits: Vec::new() })))
    };
    tree.named(node).filter_map(one).collect()
}

/// `from torch.utils.cpp_extension import X`, `from torch.utils import cpp_extension`.
fn imported_from(python: &Python, node: usize) -> Vec<(String, Option<Condition>)> {
    let tree = python.tree();
    let Some(module) = tree.part(node, "module_name") else { return Vec::new() };
    let names: Vec<usize> = tree.named(node).filter(|&child| child != module).collect();
    match python.node_text(module) {
        HELPERS => {
            let Some(&last) = names.last().filter(|&&last| tree.kind(last) != "wildcard_import") else {
                return Vec::new();
            };
            let text = "IS_HIP_EXTENSION".to_owned();
            let has = names.iter().any(|&name| python.node_text(name) == text);
            let edit = Edit::insert(tree.span(last).end, ", IS_HIP_EXTENSION");
            let edits = if has { Vec::new() } else { vec![edit] };
            vec![(text.clone(), Some(Condition { text, edits }))]
        }
        "torch.utils" => {
            let helpers = names.into_iter().filter_map(|name| {
                let bound = python.node_text(tree.nodes[name].end.checked_sub(1)?);
                let path = python.node_text(name).split_whitespace().next()?;
                (path == "cpp_extension").then(|| {
                    let text = format!("{bound}.IS_HIP_EXTENSION");
                    (bound.to_owned(), Some(Condition { text, edits: Vec::new() }))
                })
            });
            helpers.collect()
        }
        _ => Vec::new(),
    }
}

/// How code at `node` can find out the vendor.
pub(crate) fn vendor(python: &Python, node: usize) -> Vendor {
    if !python.uses_torch {
        return Vendor::Unasked;
    }
    let mut names: Vec<&str> = python.bindings().iter().map(|binding| binding.name.as_str()).collect();
    // `torch` is preferred, and a name that needs an edit is the last choice.
    names.sort_by_key(|&name| (name != "torch", name == "IS_HIP_EXTENSION"));
    names.dedup();
    let known = names.into_iter().find_map(|name| visible(python, name, node));
    known.map_or(Vendor::OutOfScope, |condition| {
        Vendor::Known(Condition { text: condition.text.clone(), edits: condition.edits.clone() })
    })
}

/// The condition that `name` makes possible at `node`.
fn visible<'a>(python: &'a Python, name: &str, node: usize) -> Option<&'a Condition> {
    let tree = python.tree();
    let mut is_innermost = true;
    for scope in tree.around(node).filter(|&around| is_scope(tree.kind(around))) {
        // Functions of a class do not see names of the class.
        let is_seen = is_innermost || tree.kind(scope) != "class_definition";
        is_innermost = false;
        let mut here =
            python.bindings().iter().filter(|one| is_seen && one.scope == scope && one.name == name);
        if here.clone().next().is_none() {
            continue;
        }
        if here.clone().any(|binding| binding.condition.is_none()) {
            return None;
        }
        return here
            .find(|binding| dominates(python, binding.statement, node))
            .and_then(|one| one.condition.as_ref());
    }
    None
}

/// Whether every path to `node` runs `statement` first.
fn dominates(python: &Python, mut statement: usize, node: usize) -> bool {
    let tree = python.tree();
    while let Some(block) = tree.parent(statement) {
        if tree.contains(block, node) {
            return tree.span(statement).end <= tree.span(node).start;
        }
        let Some(owner) = tree.parent(block) else { return false };
        let goes_on = match tree.kind(owner) {
            "with_statement" => true,
            "try_statement" => {
                tree.field(block) == Some("body")
                    && tree
                        .named(owner)
                        .filter(|&part| tree.kind(part) == "except_clause")
                        .all(|part| tree.named(part).last().is_some_and(|handler| leaves(python, handler)))
            }
            _ => false,
        };
        if !goes_on {
            return false;
        }
        statement = owner;
    }
    false
}

/// Whether a block ends with a statement that leaves the code around it.
fn leaves(python: &Python, block: usize) -> bool {
    let tree = python.tree();
    tree.named(block).last().is_some_and(|last| match tree.kind(last) {
        "raise_statement" | "return_statement" => true,
        "expression_statement" => {
            let text = python.node_text(last);
            ["sys.exit(", "exit(", "quit(", "os._exit("].iter().any(|call| text.starts_with(call))
        }
        _ => false,
    })
}
