//! The use of a list or string: the name that it is the value of, and whether a choice between two values can replace
//! it.

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
    /// Perhaps a value, of an unknown name.
    Unknown,
    /// An operand of a comparison, a search text, a printed text or a pattern. No compiler gets it.
    Other,
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

/// The place of `node`, a list, tuple or string.
pub(crate) fn place<'a>(python: &Python<'a>, node: usize) -> Place<'a> {
    let tree = python.tree();
    let mut inner = node;
    let mut in_parentheses = false;
    for outer in tree.around(node) {
        let field = tree.field(inner);
        let is_first = inner == node;
        match tree.kind(outer) {
            "parenthesized_expression" | "list" | "tuple" | "call" => {}
            "binary_operator" => {
                if tree.part(outer, "operator").is_none_or(|operator| tree.kind(operator) != "+") {
                    return Place::Unknown;
                }
                in_parentheses |= is_first;
            }
            "conditional_expression" => {
                if tree.named(outer).nth(1) == Some(inner) {
                    return Place::Other;
                }
                in_parentheses |= is_first;
            }
            "list_splat" => in_parentheses |= is_first,
            "attribute" => {
                let method = tree.part(outer, "attribute").map(|name| python.node_text(name));
                if !matches!(method, Some("split" | "strip" | "copy")) {
                    return Place::Other;
                }
                in_parentheses |= is_first;
            }
            "argument_list" => {
                let Some(call) = tree.parent(outer) else { return Place::Unknown };
                let (object, called) = called(python, call);
                if NOT_VALUES.contains(&called) {
                    return Place::Other;
                }
                if called != "join" {
                    let is_added = matches!(called, "append" | "extend" | "insert");
                    let name = if is_added { object } else { called };
                    return Place::Value { name, in_parentheses };
                }
            }
            "default_parameter"
            | "typed_default_parameter"
            | "boolean_operator"
            | "expression_list"
            | "for_statement"
            | "for_in_clause"
            | "lambda"
            | "yield"
            | "set"
            | "concatenated_string" => {
                return Place::Unknown;
            }
            _ => return named_place(python, outer, field, in_parentheses),
        }
        inner = outer;
    }
    Place::Other
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
        ("return_statement", _) => {
            let function = tree.around(node).find(|&around| tree.kind(around) == "function_definition");
            function.and_then(|function| tree.part(function, "name"))
        }
        _ => return Place::Other,
    };
    named(python, name, in_parentheses)
}

fn named<'a>(python: &Python<'a>, name: Option<usize>, in_parentheses: bool) -> Place<'a> {
    name.map_or(Place::Unknown, |name| Place::Value { name: python.node_text(name), in_parentheses })
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

/// The last word of a name: `libraries` of `kwargs["libraries"]`.
fn last_word(name: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.rsplit(|c| !is_part(c)).find(|part| !part.is_empty()).unwrap_or_default()
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
