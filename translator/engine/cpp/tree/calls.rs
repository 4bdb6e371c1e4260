//! Finds the call of a name in the syntax tree.
//!
//! Every call has a [`Trust`]. `cpp::call_site` compares the call with the tokens.

use std::ops::ControlFlow;

use tree_sitter::Node;

use super::parsed::{MAX_DEPTH, Parsed};
use crate::cpp::Unit;
use crate::text::Span;

/// How a fact was found.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// From tokens alone: there is no tree, or it shows no call here.
    LexerOnly,
    /// From a call without errors in a tree that has errors around it.
    Recovered,
    /// From a tree without errors in the call's statement.
    Clean,
}

/// A call, a launch included, in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeCall {
    /// The callee, with its qualifiers, object and template arguments.
    pub callee: Span,
    /// The arguments in order.
    pub arguments: Vec<Span>,
    /// From the callee to the closing parenthesis.
    pub call: Span,
    /// How the call was found; never [`Trust::LexerOnly`].
    pub trust: Trust,
}

/// Whether a name is called, in all views of a chunk or in one of them.
pub enum CallInTree {
    /// The name is called.
    Call(TreeCall),
    /// The tree is clean here and the name is not called.
    NoCall,
    /// The tree has errors here, or there is no tree.
    Unknown,
}

/// The call with a callee that ends with the name at token `name`, from the view with the highest [`Trust`].
pub fn call(unit: &Unit, name: usize) -> CallInTree {
    let token = &unit.tokens()[name];
    let mut best = CallInTree::Unknown;
    unit.trees().visit_views(unit, name, |view| {
        let answer = call_in(view, token.span(), unit.text(token));
        let ends = match (&answer, &best) {
            (CallInTree::NoCall, CallInTree::Call(_)) => return ControlFlow::Break(()),
            (CallInTree::Unknown, _) => return ControlFlow::Continue(()),
            (CallInTree::NoCall, _) => true,
            (CallInTree::Call(call), CallInTree::Call(known)) if call.trust <= known.trust => {
                return ControlFlow::Continue(());
            }
            (CallInTree::Call(call), _) => call.trust == Trust::Clean,
        };
        best = answer;
        if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    best
}

fn call_in(view: &Parsed, name: Span, original: &[u8]) -> CallInTree {
    if !view.shows(name, original) && !original.contains(&b'\\') {
        return CallInTree::Unknown;
    }
    let Some(path) = view.path_to(name) else { return CallInTree::Unknown };
    for (at, &node) in path.iter().enumerate().rev() {
        if node.kind() == "call_expression" && names(node, view, name) {
            return call_of(view, &path[..=at]);
        }
        if is_statement(node) || node.kind() == "argument_list" {
            break;
        }
    }
    if trust(&path) == Some(Trust::Clean) { CallInTree::NoCall } else { CallInTree::Unknown }
}

/// The call at the end of `path`.
fn call_of(view: &Parsed, path: &[Node]) -> CallInTree {
    let Some(&node) = path.last() else { return CallInTree::Unknown };
    let (Some(callee), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return CallInTree::Unknown;
    };
    let Some(trust) = trust(path) else { return CallInTree::Unknown };
    if list.kind() != "argument_list" {
        return CallInTree::Unknown;
    }
    let mut cursor = list.walk();
    let arguments = list
        .named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .map(|child| view.span(child))
        .collect();
    CallInTree::Call(TreeCall { callee: view.span(callee), arguments, call: view.span(node), trust })
}

/// Whether `name` is the name of the function that `call` calls: `f`, not `a`, in `a.f<b>(c)`.
fn names(call: Node, view: &Parsed, name: Span) -> bool {
    let mut at = call.child_by_field_name("function");
    while let Some(node) = at {
        at = match node.kind() {
            "field_expression" => node.child_by_field_name("field"),
            "qualified_identifier" | "template_function" | "template_method" => {
                node.child_by_field_name("name")
            }
            "dependent_name" | "parenthesized_expression" => node.named_child(0),
            "pointer_expression" => node.child_by_field_name("argument"),
            _ => return view.span(node).contains(name),
        };
    }
    false
}

fn is_statement(node: Node) -> bool {
    let kind = node.kind();
    kind.ends_with("_statement")
        || matches!(
            kind,
            "declaration"
                | "field_declaration"
                | "function_definition"
                | "translation_unit"
                | "ERROR"
                | "template_declaration"
        )
}

/// The trust of the last node of `path`; `None` when that node has errors.
fn trust(path: &[Node]) -> Option<Trust> {
    let node = *path.last()?;
    if node.has_error() || node.is_missing() {
        return None;
    }
    if path.iter().any(Node::is_error) {
        return Some(Trust::Recovered);
    }
    let statement = path.iter().rev().find(|node| is_statement(**node));
    let clean = statement.is_none_or(|statement| !has_error_beside(*statement, node, MAX_DEPTH));
    Some(if clean { Trust::Clean } else { Trust::Recovered })
}

/// Whether `statement` has an error, apart from errors in blocks that do not contain `inner`. Also true when `levels`
/// levels of the tree are too few to decide.
fn has_error_beside(statement: Node, inner: Node, levels: usize) -> bool {
    let holds = |node: Node| node.start_byte() <= inner.start_byte() && inner.end_byte() <= node.end_byte();
    let is_block = |node: Node| matches!(node.kind(), "compound_statement" | "field_declaration_list");
    let mut cursor = statement.walk();
    statement.has_error()
        && (levels == 0
            || statement.children(&mut cursor).any(|child| {
                child.is_error()
                    || child.is_missing()
                    || (child.has_error()
                        && (holds(child) || !is_block(child))
                        && has_error_beside(child, inner, levels - 1))
            }))
}
