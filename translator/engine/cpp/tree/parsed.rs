//! Syntax trees of single chunks, parsed on first use and kept.
//!
//! The masked view is parsed as plain C++. If that tree has errors and the chunk has `#if`, views with one branch of
//! every group are parsed as well. Large chunks and parses beyond a budget of steps are refused. Both limits are the
//! same on every machine, so the output never depends on its speed.

use std::cell::{OnceCell, RefCell};
use std::ops::{ControlFlow, Range};
use std::rc::Rc;

use tree_sitter::{Node, ParseOptions, Parser, Point, Tree};

use super::branches::{self, Group};
use super::chunks::Chunks;
use super::masked::masked;
use crate::cpp::brackets::Brackets;
use crate::cpp::{Token, Unit};
use crate::text::Span;

/// Larger chunks, in bytes, are not parsed: in practice they are tables of numbers. Functions of real projects are
/// smaller than 32 KiB.
pub const MAX_CHUNK: usize = 256 << 10;

/// A parse may take one progress report (100 steps of the parser) for this many bytes, and [`MIN_REPORTS`] more. Chunks
/// of real projects take one report for every 130 bytes on average, and for every 75 bytes at most.
const BYTES_PER_REPORT: usize = 16;
const MIN_REPORTS: usize = 256;

/// Deeper nodes are not searched, because every search begins at the root.
pub const MAX_DEPTH: usize = 512;

/// Longer lists of children are not searched. After errors the parser leaves long flat lists, and a search takes one
/// step for each node.
const MAX_CHILDREN: u32 = 1024;

/// The most views of one chunk along branches of `#if`.
const MAX_VIEWS: usize = 8;

/// Chunks with more `#if` groups get no views along branches, because the key of a view has an entry for each group.
const MAX_GROUPS: usize = 256;

/// The tree of one view of one chunk.
pub struct Parsed {
    tree: Tree,
    text: Vec<u8>,
    /// Offset in the file of the first byte of `text`.
    base: usize,
    /// The part of the file that was parsed; `text` may have more text around it.
    own: Span,
}

impl Parsed {
    /// The whole tree.
    pub fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// The nodes around `span` of the file, from the root to the smallest; `None` where a search would take too long.
    pub fn path_to(&self, span: Span) -> Option<Vec<Node<'_>>> {
        let start = (span.start as usize).checked_sub(self.base)?;
        let end = (span.end as usize).checked_sub(self.base)?;
        let mut cursor = self.tree.walk();
        let mut path = Vec::new();
        loop {
            let node = cursor.node();
            if end > node.end_byte() || start < node.start_byte() {
                return Some(path);
            }
            path.push(node);
            if node.has_error() && node.child_count() > MAX_CHILDREN {
                return None;
            }
            if cursor.goto_first_child_for_byte(start).is_none() {
                return Some(path);
            }
            if path.len() > MAX_DEPTH {
                return None;
            }
        }
    }

    /// The span of `node` in the file, without text that the view put around the file's text.
    pub fn span(&self, node: Node) -> Span {
        let place = |offset: usize| ((offset + self.base) as u32).clamp(self.own.start, self.own.end);
        Span::new(place(node.start_byte()), place(node.end_byte()))
    }

    /// Whether `node` begins in the file, and not in text that the view put before it.
    pub fn is_own(&self, node: Node) -> bool {
        node.start_byte() + self.base >= self.own.start as usize
    }

    /// The text of `node` as the parser saw it.
    pub fn text(&self, node: Node) -> &[u8] {
        &self.text[node.byte_range()]
    }

    /// Whether the view has `original` at `span`, and not a replacement.
    pub fn shows(&self, span: Span, original: &[u8]) -> bool {
        let Some(start) = (span.start as usize).checked_sub(self.base) else { return false };
        self.text.get(start..span.end as usize - self.base) == Some(original)
    }
}

/// A view along branches. Its key is the chosen branch of each group of its chunk.
type BranchView = (Vec<Option<usize>>, Option<Rc<Parsed>>);

/// The trees of one chunk.
#[derive(Default)]
struct ChunkTrees {
    plain: OnceCell<Option<Rc<Parsed>>>,
    views: RefCell<Vec<BranchView>>,
}

/// The trees of one file.
#[derive(Default)]
pub struct Trees {
    layout: OnceCell<Layout>,
    masked: OnceCell<Vec<u8>>,
}

/// The brackets, groups and chunks of a file, found from tokens before any parse.
struct Layout {
    brackets: Brackets,
    groups: Groups,
    chunks: Chunks,
    declarations: Vec<ChunkTrees>,
    macro_bodies: Vec<ChunkTrees>,
}

/// The kind and index of a chunk.
#[derive(Copy, Clone)]
enum Place {
    Declaration(usize),
    MacroBody(usize),
}

/// The `#if` groups of a file in the order of their first directive.
struct Groups {
    groups: Vec<Group>,
    /// For each group the index of the group around it.
    parents: Vec<Option<usize>>,
}

impl Groups {
    fn new(mut groups: Vec<Group>) -> Self {
        groups.sort_by_key(|group| group.tokens().start);
        let mut parents = Vec::with_capacity(groups.len());
        let mut open: Vec<usize> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            while open.pop_if(|last| groups[*last].tokens().end <= group.tokens().start).is_some() {}
            parents.push(open.last().copied());
            open.push(index);
        }
        Self { groups, parents }
    }

    /// The groups that share tokens with `tokens`; of the groups around `tokens` only the innermost `MAX_GROUPS`.
    fn around_or_in(&self, tokens: &Range<usize>) -> impl Iterator<Item = &Group> {
        let start = |group: &Group| group.tokens().start;
        let from = self.groups.partition_point(|group| start(group) < tokens.start);
        let to = self.groups.partition_point(|group| start(group) < tokens.end);
        let around = std::iter::successors(from.checked_sub(1), |&at| self.parents[at]).take(MAX_GROUPS);
        let around = around.map(|at| &self.groups[at]).filter(|group| tokens.start < group.tokens().end);
        around.chain(&self.groups[from..to.max(from)])
    }
}

impl Layout {
    fn new(unit: &Unit) -> Self {
        let (groups, left_out) = branches::groups(&unit.source.bytes, &unit.lexed);
        let brackets = Brackets::new(&unit.lexed, left_out);
        let chunks = Chunks::new(&unit.source.bytes, &unit.lexed, &brackets);
        let empty = |count: usize| std::iter::repeat_with(ChunkTrees::default).take(count).collect();
        let (declarations, macro_bodies) =
            (empty(chunks.declarations.len()), empty(chunks.macro_bodies.len()));
        let groups = Groups::new(groups);
        Self { brackets, groups, chunks, declarations, macro_bodies }
    }

    fn place(&self, token: &Token, index: usize) -> Option<Place> {
        if token.is(Token::DIRECTIVE) {
            self.chunks.macro_body(index).map(Place::MacroBody)
        } else {
            self.chunks.declaration(index).map(Place::Declaration)
        }
    }

    fn tokens(&self, place: Place) -> Range<usize> {
        match place {
            Place::Declaration(at) => self.chunks.declarations[at].clone(),
            Place::MacroBody(at) => self.chunks.macro_bodies[at].clone(),
        }
    }

    fn trees(&self, place: Place) -> &ChunkTrees {
        match place {
            Place::Declaration(at) => &self.declarations[at],
            Place::MacroBody(at) => &self.macro_bodies[at],
        }
    }

    /// The branch of each group in `tokens`: for a group around token `index` the branch with that token, for another
    /// group the chosen branch, or with `last` its `#else`.
    fn selection(&self, tokens: &Range<usize>, index: usize, last: bool) -> Vec<Option<usize>> {
        let choose = |group: &Group| {
            let other = if !last {
                group.chosen
            } else if group.has_else {
                Some(group.branches.len() - 1)
            } else {
                None
            };
            group.branch_of(index).or(other)
        };
        self.groups.around_or_in(tokens).map(choose).collect()
    }
}

impl Trees {
    fn layout(&self, unit: &Unit) -> &Layout {
        self.layout.get_or_init(|| Layout::new(unit))
    }

    /// The partner of every bracket.
    pub fn brackets(&self, unit: &Unit) -> &Brackets {
        &self.layout(unit).brackets
    }

    /// The chunks of the file.
    pub fn chunks(&self, unit: &Unit) -> &Chunks {
        &self.layout(unit).chunks
    }

    /// The masked view of the whole file.
    pub fn masked(&self, unit: &Unit) -> &[u8] {
        let view = || masked(&unit.source.bytes, &unit.lexed, unit.all_launches(), self.brackets(unit));
        self.masked.get_or_init(view)
    }

    /// Calls `visit` with each view around token `index`, the plain view first, until `visit` breaks.
    pub fn visit_views(&self, unit: &Unit, index: usize, mut visit: impl FnMut(&Parsed) -> ControlFlow<()>) {
        let layout = self.layout(unit);
        let Some(token) = unit.tokens().get(index) else { return };
        let Some(place) = layout.place(token, index) else { return };
        let tokens = layout.tokens(place);
        let trees = layout.trees(place);
        let plain = trees.plain.get_or_init(|| self.parse_plain(unit, place, &tokens).map(Rc::new));
        let Some(plain) = plain else { return };
        if visit(plain).is_break() || matches!(place, Place::MacroBody(_)) || !plain.root().has_error() {
            return;
        }
        for last in [false, true] {
            let selection = layout.selection(&tokens, index, last);
            if selection.is_empty() || selection.len() > MAX_GROUPS {
                return;
            }
            let Some(view) = self.branch_view(unit, trees, &tokens, selection) else { return };
            if visit(&view).is_break() {
                return;
            }
        }
    }

    /// Whether some view of the chunk around token `index` is free of faults; `None` where none is parsed.
    pub fn is_sound(&self, unit: &Unit, index: usize) -> Option<bool> {
        let mut sound = None;
        self.visit_views(unit, index, |view| {
            let is_sound = !view.root().has_error();
            sound = Some(is_sound);
            if is_sound { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        sound
    }

    /// Whether the plain view of the chunk around token `index` is free of faults; `None` where none is parsed.
    pub fn is_plain_sound(&self, unit: &Unit, index: usize) -> Option<bool> {
        let mut sound = None;
        self.visit_views(unit, index, |view| {
            sound = Some(!view.root().has_error());
            ControlFlow::Break(())
        });
        sound
    }

    fn parse_plain(&self, unit: &Unit, place: Place, tokens: &Range<usize>) -> Option<Parsed> {
        let span = unit.span_of(tokens.clone());
        if span.range().len() > MAX_CHUNK {
            return None;
        }
        let text = &self.masked(unit)[span.range()];
        match place {
            Place::Declaration(_) => {
                parse(self.without_dead_branches(unit, tokens, text, span), span.range().start, span)
            }
            Place::MacroBody(_) => parse_macro_body(unit, tokens, text, span),
        }
    }

    /// The text of a chunk without the bodies of `#if 0`, which may contain prose.
    fn without_dead_branches(&self, unit: &Unit, tokens: &Range<usize>, text: &[u8], span: Span) -> Vec<u8> {
        let mut text = text.to_vec();
        let groups = self.layout(unit).groups.around_or_in(tokens);
        let dead = groups.filter(|group| group.chosen != Some(0));
        for body in dead.filter_map(|group| group.branches.first()) {
            erase_tokens(unit, &mut text, span, body.start.max(tokens.start)..body.end.min(tokens.end));
        }
        text
    }

    fn branch_view(
        &self,
        unit: &Unit,
        trees: &ChunkTrees,
        tokens: &Range<usize>,
        selection: Vec<Option<usize>>,
    ) -> Option<Rc<Parsed>> {
        let mut views = trees.views.borrow_mut();
        if let Some((_, view)) = views.iter().find(|(known, _)| *known == selection) {
            return view.clone();
        }
        // If one view spent its budget, the others of this chunk would too.
        if views.len() >= MAX_VIEWS || views.last().is_some_and(|(_, view)| view.is_none()) {
            return None;
        }
        let span = unit.span_of(tokens.clone());
        let text = self.along_branches(unit, tokens, span, &selection);
        let view = parse(text, span.range().start, span).map(Rc::new);
        views.push((selection, view.clone()));
        view
    }

    fn along_branches(
        &self,
        unit: &Unit,
        tokens: &Range<usize>,
        span: Span,
        selection: &[Option<usize>],
    ) -> Vec<u8> {
        let mut text = self.masked(unit)[span.range()].to_vec();
        let within = |range: &Range<usize>| range.start.max(tokens.start)..range.end.min(tokens.end);
        for (group, taken) in self.layout(unit).groups.around_or_in(tokens).zip(selection) {
            for directive in &group.directives {
                erase_tokens(unit, &mut text, span, within(directive));
            }
            for (at, body) in group.branches.iter().enumerate() {
                if Some(at) != *taken {
                    erase_tokens(unit, &mut text, span, within(body));
                }
            }
        }
        text
    }
}

/// Blanks everything in `text`, the view of `span`, from the first to the last of `tokens`.
fn erase_tokens(unit: &Unit, text: &mut [u8], span: Span, tokens: Range<usize>) {
    if tokens.start >= tokens.end {
        return;
    }
    let own = unit.span_of(tokens).range();
    let from = own.start - span.range().start;
    let bytes = &mut text[from..from + own.len()];
    bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
}

/// Parses the body of a macro as statements, or as declarations if only those parse without errors.
fn parse_macro_body(unit: &Unit, tokens: &Range<usize>, view: &[u8], own: Span) -> Option<Parsed> {
    const HEAD: &[u8] = b"void f(){";
    let start = own.range().start;
    let body = joined(unit, tokens, view, start);
    let base = start.checked_sub(HEAD.len())?;
    let statements = parse([HEAD, &body, b";}"].concat(), base, own)?;
    if !statements.root().has_error() {
        return Some(statements);
    }
    match parse(body, start, own) {
        Some(declarations) if !declarations.root().has_error() => Some(declarations),
        _ => Some(statements),
    }
}

/// A macro body on one line: continuations become blanks, names pasted by `##` become one name, `#x` becomes `x`.
fn joined(unit: &Unit, tokens: &Range<usize>, view: &[u8], start: usize) -> Vec<u8> {
    let mut text = view.to_vec();
    text.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r' | b'\\')).for_each(|byte| *byte = b' ');
    for index in tokens.clone() {
        let token = &unit.tokens()[index];
        let own = token.span();
        if matches!(
            token.kind,
            crate::cpp::TokenKind::String | crate::cpp::TokenKind::RawString | crate::cpp::TokenKind::Char
        ) {
            let range = own.start as usize - start..own.end as usize - start;
            text[range.clone()].copy_from_slice(&view[range]);
        } else if token.is_punct(b'#') {
            text[own.start as usize - start] = b' ';
        } else if token.is_double(b'#') && index > tokens.start && index + 1 < tokens.end {
            let from = unit.tokens()[index - 1].end as usize - start;
            let to = unit.tokens()[index + 1].start as usize - start;
            text[from..to].fill(b'_');
        }
    }
    text
}

thread_local! {
    /// The parser of this thread. It keeps memory from one parse to the next.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Parses `text`, a view of `own` that begins at offset `base` of the file; `None` when the budget is spent.
fn parse(text: Vec<u8>, base: usize, own: Span) -> Option<Parsed> {
    let mut left = text.len() / BYTES_PER_REPORT + MIN_REPORTS;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _: Point| text.get(at..).unwrap_or_default();
    let tree = PARSER.with_borrow_mut(|parser| {
        parser.reset();
        parser.set_language(&tree_sitter_cpp::LANGUAGE.into()).ok()?;
        parser.parse_with_options(&mut read, None, Some(options))
    })?;
    Some(Parsed { tree, text, base, own })
}
