//! Python's syntax tree: the tree of tree-sitter-python, copied into one list of nodes in the order of the file.
//!
//! In the list, look-ups around a node are look-ups by index and do not search. A file that the parser cannot read is
//! not repaired: the nodes around the fault are marked as broken.

use std::num::NonZeroU16;
use std::ops::ControlFlow;

use tree_sitter::{Language, ParseOptions, Parser, Point};

use crate::text::Span;

/// The parser may take `MIN_REPORTS` steps, and one more for each `BYTES_PER_REPORT` bytes. The limit is the same on
/// every machine.
const MIN_REPORTS: usize = 1024;
const BYTES_PER_REPORT: usize = 8;

/// Deeper nodes are not in the list.
const MAX_DEPTH: usize = 512;

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The number of its kind in the grammar; see [`Tree::kind`].
    kind: u16,
    /// The number of its field in its parent; see [`Tree::field`].
    field: Option<NonZeroU16>,
    /// Its bytes.
    pub span: Span,
    /// The node around it.
    pub parent: Option<usize>,
    /// The index behind its last descendant.
    pub end: usize,
    /// Whether it is a rule of the grammar rather than a mark or keyword.
    pub named: bool,
    /// Whether the parser could not read a part of it.
    pub broken: bool,
}

/// The nodes of a file, each before its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Names of kinds and fields by their numbers.
    grammar: Language,
    /// The nodes; the first one is the file.
    pub nodes: Vec<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree { grammar: tree_sitter_python::LANGUAGE.into(), nodes: Vec::new() }
    }
}

/// Whether the parser finds no fault in `bytes`.
pub fn is_sound(bytes: &[u8]) -> bool {
    parse(bytes).is_some_and(|tree| !tree.root_node().has_error())
}

/// The tree of `bytes`; empty if the parser exceeds its limit.
pub fn read(bytes: &[u8]) -> Tree {
    parse(bytes).map_or_else(Tree::default, |tree| copy(&tree))
}

fn parse(bytes: &[u8]) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    let mut left = bytes.len() / BYTES_PER_REPORT + MIN_REPORTS;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut text = |at: usize, _: Point| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut text, None, Some(options))
}

fn copy(tree: &tree_sitter::Tree) -> Tree {
    let mut result = Tree::default();
    let nodes = &mut result.nodes;
    let mut open: Vec<usize> = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let span = Span::new(node.start_byte() as u32, node.end_byte() as u32);
        nodes.push(Node {
            kind: node.kind_id(),
            field: cursor.field_id(),
            span,
            parent: open.last().copied(),
            end: nodes.len() + 1,
            named: node.is_named(),
            broken: node.has_error() || node.is_missing(),
        });
        if open.len() < MAX_DEPTH && cursor.goto_first_child() {
            open.push(nodes.len() - 1);
            continue;
        }
        while !cursor.goto_next_sibling() {
            let Some(last) = open.pop() else { return result };
            nodes[last].end = nodes.len();
            cursor.goto_parent();
        }
    }
}

impl Tree {
    /// The kind of `node` in tree-sitter-python, such as `list` or `call`; for a mark or keyword its text.
    pub fn kind(&self, node: usize) -> &str {
        self.grammar.node_kind_for_id(self.nodes[node].kind).unwrap_or("ERROR")
    }

    /// The field of `node` in its parent, such as `left` or `value`.
    pub fn field(&self, node: usize) -> Option<&str> {
        self.grammar.field_name_for_id(self.nodes[node].field?.get())
    }

    /// The bytes of a node.
    pub fn span(&self, node: usize) -> Span {
        self.nodes[node].span
    }

    /// The node around `node`.
    pub fn parent(&self, node: usize) -> Option<usize> {
        self.nodes[node].parent
    }

    /// The nodes around `node`, the innermost first.
    pub fn around(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(node), |&node| self.parent(node))
    }

    /// The children of `node`, without comments.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes[node].end;
        let first = (node + 1 < end).then_some(node + 1);
        let next = move |&child: &usize| Some(self.nodes[child].end).filter(|&next| next < end);
        std::iter::successors(first, next).filter(|&child| self.kind(child) != "comment")
    }

    /// The children of `node` that are rules of the grammar.
    pub fn named(&self, node: usize) -> impl Iterator<Item = usize> {
        self.children(node).filter(|&child| self.nodes[child].named)
    }

    /// The child of `node` in the field `field`.
    pub fn part(&self, node: usize, field: &str) -> Option<usize> {
        self.children(node).find(|&child| self.field(child) == Some(field))
    }

    /// Whether `inner` is `outer` or a part of it.
    pub fn contains(&self, outer: usize, inner: usize) -> bool {
        outer <= inner && inner < self.nodes[outer].end
    }

    /// The innermost node that begins at `start` and has this kind.
    pub fn at(&self, start: u32, kind: &str) -> Option<usize> {
        let from = self.nodes.partition_point(|node| node.span.start < start);
        let here = self.nodes[from..].iter().take_while(|node| node.span.start == start);
        (from..from + here.count()).rfind(|&at| self.kind(at) == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_places() {
        let text = b"f(a=['x', 'y'])  # z\n";
        let tree = read(text);
        let list = tree.at(4, "list").expect("a list");
        assert_eq!(tree.named(list).count(), 2);
        assert_eq!(tree.field(list), Some("value"));
        assert_eq!(tree.around(list).map(|node| tree.kind(node)).next(), Some("keyword_argument"));
        assert_eq!(tree.around(list).last(), Some(0));
    }

    #[test]
    fn faults_are_found() {
        assert!(is_sound(b"print 'old'\n"));
        assert!(is_sound(b"x = [*a, f'{b}']\n"));
        assert!(!is_sound(b"if f != ]:\n    pass\n"));
        assert!(!is_sound(b"(a or b), c = d\n"));
        assert!(!is_sound(b"x = (1\n"));
    }
}
