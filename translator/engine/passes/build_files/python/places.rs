//! The use of a list or string: the name that it is the value of, and whether a choice between two values can replace
//! it.

use std::path::Path;

use super::Python;
use crate::text::contains_ignoring_case;

/// Where an expression is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// The value, or a part of the value, of `name`.
    Value {
        /// The variable, keyword, key or function.
        name: &'a str,
        /// Whether a choice needs parentheses there.
        in_parentheses: bool,
    },
    /// A part of a value that a choice cannot replace.
    Part {
        /// The variable, keyword, key or function; empty if it is unknown.
        name: &'a str,
    },
    /// An operand of a comparison, a search text, a printed text or a pattern. No compiler gets it.
    Other,
}

impl<'a> Place<'a> {
    /// The variable, keyword, key or function that gets the value; empty if it is unknown.
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Value { name, .. } | Self::Part { name } => name,
            Self::Other => "",
        }
    }
}

/// Calls that search for, print or define their arguments.
const NOT_VALUES: &[&str] = &[
    "add_argument",
    "add_option",
    "count",
    "debug",
    "endswith",
    "error",
    "find",
    "format",
    "get",
    "getenv",
    "index",
    "info",
    "isinstance",
    "print",
    "pop",
    "remove",
    "replace",
    "rfind",
    "setdefault",
    "startswith",
    "warn",
    "warning",
    "hasattr",
    "getattr",
    "add_parser",
    "option",
    "Exception",
    "RuntimeError",
    "ValueError",
    "SystemExit",
    "exit",
    "sub",
    "search",
    "match",
    "compile",
    "write",
    "discard",
];

/// Whether a function of the project with the name `called` looks for its arguments in a command, to leave them out:
/// `remove_items(command, ["-ccbin"])`.
fn takes_away(called: &str) -> bool {
    const WORDS: &[&str] =
        &["remove", "drop", "filter", "exclude", "ignore", "discard", "skip", "strip", "without"];
    let called = called.trim_start_matches('_').to_ascii_lowercase();
    WORDS.iter().any(|word| called.starts_with(word))
}

/// Calls that give their argument in another form.
const CONVERSIONS: &[&str] = &["copy", "deepcopy", "frozenset", "join", "list", "set", "sorted", "tuple"];

/// The place of `node`, a list, tuple or string.
pub(crate) fn place<'a>(python: &Python<'a>, node: usize) -> Place<'a> {
    let tree = python.tree();
    let mut inner = node;
    let mut in_parentheses = false;
    let mut is_part = false;
    let found = loop {
        let Some(outer) = tree.parent(inner) else { break Place::Other };
        let field = tree.field(inner);
        let is_first = inner == node;
        match tree.kind(outer) {
            "parenthesized_expression" | "list" | "tuple" | "call" => {}
            "binary_operator" => {
                is_part |= tree.part(outer, "operator").is_none_or(|operator| tree.kind(operator) != "+");
                in_parentheses |= is_first;
            }
            "conditional_expression" => {
                if tree.named(outer).nth(1) == Some(inner) {
                    break Place::Other;
                }
                in_parentheses |= is_first;
            }
            "list_splat" => in_parentheses |= is_first,
            "attribute" => {
                let method = tree.part(outer, "attribute").map(|name| python.node_text(name));
                match method {
                    Some("split" | "strip" | "copy") => {}
                    Some("format" | "replace" | "lstrip" | "rstrip") => is_part = true,
                    _ => break Place::Other,
                }
                in_parentheses |= is_first;
            }
            "argument_list" => {
                let Some(call) = tree.parent(outer) else { break Place::Other };
                let (object, called) = called(python, call);
                if let Some(key) = key(python, outer, called).filter(|&key| key != inner) {
                    break named(python, Some(key), in_parentheses);
                }
                if NOT_VALUES.contains(&called) || takes_away(called) {
                    break Place::Other;
                }
                if !CONVERSIONS.contains(&called) {
                    let is_added = matches!(called, "add" | "append" | "extend" | "insert" | "update");
                    let name = if is_added { object } else { called };
                    break Place::Value { name, in_parentheses };
                }
            }
            "subscript" if field == Some("value") => is_part = true,
            "boolean_operator" | "expression_list" | "yield" | "set" | "concatenated_string" => {
                is_part = true;
            }
            "for_statement" | "for_in_clause" | "lambda" => break Place::Part { name: "" },
            _ => break named_place(python, outer, field, in_parentheses),
        }
        inner = outer;
    };
    match found {
        Place::Value { name, .. } if is_part => Place::Part { name },
        Place::Other if is_part && tree.kind(inner) == "yield" => {
            Place::Part { name: function(python, inner) }
        }
        found => found,
    }
}

/// Whether `node` is one element of a list, alone or as one of several values to choose from.
pub(crate) fn is_element(python: &Python, node: usize) -> bool {
    let tree = python.tree();
    let is_choice = |&around: &usize| {
        matches!(
            tree.kind(around),
            "conditional_expression" | "parenthesized_expression" | "boolean_operator"
        )
    };
    let Some(outer) = tree.around(node).find(|around| !is_choice(around)) else { return false };
    match tree.kind(outer) {
        "list" | "tuple" | "set" => true,
        "argument_list" => {
            let name = tree.parent(outer).map_or("", |call| called(python, call).1);
            matches!(name, "append" | "insert" | "add")
        }
        _ => false,
    }
}

/// The name of the function around a node.
fn function<'a>(python: &Python<'a>, node: usize) -> &'a str {
    let tree = python.tree();
    let function = tree.around(node).find(|&around| tree.kind(around) == "function_definition");
    function.and_then(|function| tree.part(function, "name")).map_or("", |name| python.node_text(name))
}

/// Calls that take a key, and a value or a default behind it.
const WITH_KEY: &[&str] = &["get", "getenv", "pop", "setdefault", "variable"];

/// The string that is the key of a call: `"nvcc"` of `args.get("nvcc", ["-O3"])`, or of the `variable` of a Ninja file.
fn key(python: &Python, arguments: usize, called: &str) -> Option<usize> {
    let tree = python.tree();
    let first = tree.named(arguments).next().filter(|_| WITH_KEY.contains(&called))?;
    (tree.kind(first) == "string").then_some(first)
}

/// The place of the part `field` of `node`, if `node` gives a value to a name.
fn named_place<'a>(python: &Python<'a>, node: usize, field: Option<&str>, in_parentheses: bool) -> Place<'a> {
    let tree = python.tree();
    let name = match (tree.kind(node), field) {
        ("keyword_argument", Some("value")) => {
            let call = tree.parent(node).and_then(|arguments| tree.parent(arguments));
            if call.is_some_and(|call| is_no_value(python, call)) {
                return Place::Other;
            }
            tree.part(node, "name")
        }
        ("pair", Some("value")) => tree.part(node, "key"),
        ("assignment" | "augmented_assignment", Some("right")) => tree.part(node, "left"),
        ("named_expression", Some("value")) => tree.part(node, "name"),
        ("default_parameter" | "typed_default_parameter", Some("value")) => {
            let name = tree.part(node, "name").map_or("", |name| python.node_text(name));
            return Place::Part { name };
        }
        ("return_statement", _) => return Place::Value { name: function(python, node), in_parentheses },
        _ => return Place::Other,
    };
    named(python, name, in_parentheses)
}

fn named<'a>(python: &Python<'a>, name: Option<usize>, in_parentheses: bool) -> Place<'a> {
    name.map_or(Place::Part { name: "" }, |name| Place::Value {
        name: python.node_text(name),
        in_parentheses,
    })
}

/// The object and the method that a call calls; for a plain function the object is empty.
pub(crate) fn called<'a>(python: &Python<'a>, call: usize) -> (&'a str, &'a str) {
    let tree = python.tree();
    let Some(function) = tree.part(call, "function") else { return ("", "") };
    if tree.kind(function) != "attribute" {
        return ("", python.node_text(function));
    }
    let text = |field| tree.part(function, field).map_or("", |part| python.node_text(part));
    (text("object"), text("attribute"))
}

fn is_no_value(python: &Python, call: usize) -> bool {
    NOT_VALUES.contains(&called(python, call).1)
}

/// The last word of a name that is no number: `libraries` of `kwargs["libraries"]`, `flags` of `flags[0]`.
fn last_word(name: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit(|c| !is_part(c)).find(|part| !is_number(part)).unwrap_or_default()
}

/// Whether the value of `name` is a list of nvcc options.
pub(crate) fn is_for_nvcc(name: &str) -> bool {
    contains_ignoring_case(name, "nvcc")
        || ["cuda_cflags", "cuda_flags", "cuda_args", "cuda_compile", "cuda_opt"]
            .iter()
            .any(|part| contains_ignoring_case(name, part))
}

/// Whether the value of `name` is a list of options for some program.
pub(crate) fn is_for_a_program(name: &str) -> bool {
    let name = last_word(name).to_ascii_lowercase();
    is_for_nvcc(&name)
        || ["flag", "compile_args", "link_args", "gencode", "arch", "options", "opts"]
            .iter()
            .any(|part| name.contains(part))
}

/// Whether the value of `name` is a list of libraries to link.
pub(crate) fn is_for_libraries(name: &str) -> bool {
    let name = last_word(name);
    let ends = |end: &str| {
        let start = name.len().checked_sub(end.len()).filter(|&start| name.is_char_boundary(start));
        start.is_some_and(|start| name[start..].eq_ignore_ascii_case(end))
    };
    ["libraries", "libs"].iter().any(|word| name.eq_ignore_ascii_case(word))
        || ends("_libraries")
        || ends("_libs")
}

/// Whether the file `path` has the name of a test of pytest.
pub(crate) fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("test_") || name.ends_with("_test.py")
}

/// Whether PyCUDA gets the list at `node`. It calls nvcc, and has no counterpart that takes other options.
pub(super) fn is_for_pycuda(python: &Python, node: usize) -> bool {
    let tree = python.tree();
    let has = |around: usize, field: &str, is_it: fn(&str) -> bool| {
        tree.part(around, field).is_some_and(|part| is_it(python.node_text(part)))
    };
    // A block has no such part, and a search in all of its statements would take long.
    let parts = tree.around(node).filter(|&around| !matches!(tree.kind(around), "module" | "block"));
    parts.into_iter().any(|around| {
        has(around, "function", |name| name.ends_with("SourceModule"))
            || has(around, "name", |name| name == "nvcc_options")
    })
}
