//! Finds which changes of a conversion a shadow header can make without an edit, for one file.
//!
//! A macro replaces a name everywhere. So a name is covered only if the conversion renames each use in the same way, and if no header
//! of HIP or of the system that is included later contains the name.

use std::collections::{BTreeMap, BTreeSet};

use tranship_engine::answered_branches;
use tranship_engine::cpp::conditions::{Branch, around};
use tranship_engine::cpp::{DirectiveKind, Token, TokenKind, Unit};
use tranship_engine::finding::Finding;
use tranship_engine::lang::Lang;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Edits, Piece, Replacement, Span};
use tranship_engine::translate::Translation;
use tranship_rules::{HeaderAction, Resolution, SHADOWS, Shadow, list};

use super::conditions::{MACROS, Question};

/// The namespace of the functions of the support header. No header of HIP declares a name of NVIDIA by its beginning, so such a
/// name can become one of these functions.
pub(super) const SUPPORT: &str = "tranship::";

/// The header that nvcc includes by itself. Each shadow header includes it.
pub(super) const RUNTIME: &str = "hip/hip_runtime.h";

/// The beginnings of NVIDIA's names, behind underscores.
const PREFIXES: [&str; 7] = ["cu", "CU", "nv", "NV", "nccl", "NCCL", "make_cu"];

/// What one edit of a conversion does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EditKind {
    /// Writes another name for a name.
    Name { cuda: String, hip: String },
    /// Writes another name for a namespace.
    Namespace { cuda: String, hip: String },
    /// Replaces or removes the include of a header of CUDA.
    Include(&'static str),
    /// Includes the runtime header of HIP.
    Runtime,
    /// Includes another header of HIP.
    MoreInclude(String),
    /// Includes the support header.
    Support,
    /// Changes the condition of the directive at this offset.
    Condition(u32),
    /// A change that no header makes.
    Other,
}

/// The changes of one finding.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// The kinds of its edits, in their order.
    pub(super) edits: Vec<EditKind>,
    /// The names whose definitions replace all edits of the finding; empty if there are none.
    pub(super) definitions: BTreeSet<&'static str>,
}

/// The facts of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileCover {
    /// Whether the build includes the runtime header in the file, as nvcc does.
    pub(super) has_runtime: bool,
    /// The changes of each finding, in the order of the findings.
    pub(super) findings: Vec<Changes>,
    /// The headers of CUDA that the file includes and a shadow header replaces, each with the header of HIP, which is empty if
    /// the runtime header has everything.
    pub(super) headers: BTreeMap<&'static str, &'static str>,
    /// Names that the conversion leaves as they are, each with the offset of its first use.
    pub(super) unedited: BTreeMap<String, u32>,
    /// Names that a macro cannot replace, because a condition asks whether they are defined.
    pub(super) tested: BTreeSet<String>,
    /// The conditions that ask for a macro of nvcc or CUDA.
    pub(super) questions: Vec<Question>,
    /// Such macros outside of conditions, each with the offset of its first use.
    pub(super) values: BTreeMap<&'static str, u32>,
    /// The uses of names with a definition that is no plain rename.
    pub(super) uses: BTreeMap<&'static str, Uses>,
    /// The names of all headers that the file includes.
    includes: Vec<String>,
    /// Headers of other libraries that the file includes, with their offsets.
    pub(super) others: BTreeMap<String, u32>,
}

/// The uses of one name in one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    pub(super) count: usize,
    /// The offset of a use that is no call.
    pub(super) not_called: Option<u32>,
    /// The offset of a member, or of a use in the name of a directive.
    pub(super) not_cuda: Option<u32>,
}

impl FileCover {
    /// The facts of `source` with its `translation`.
    pub(super) fn of(source: &Source, translation: &Translation, context: &Context) -> Self {
        let unit = Unit::new(source, &context.guards);
        let mut cover = Self { has_runtime: source.lang == Lang::Cuda, ..Self::default() };
        let mut edited = BTreeSet::new();
        for finding in &translation.findings {
            let kinds = finding.fix.edits().iter().map(|edit| {
                let kind = kind(edit, &unit, context);
                if matches!(kind, EditKind::Name { .. }) {
                    edited.insert(edit.span.start);
                }
                cover.note(&kind, edit, &unit, context);
                kind
            });
            let edits = kinds.collect();
            cover.findings.push(Changes { edits, definitions: definitions_of(finding, &unit) });
        }
        let dead = answered_branches::bodies(&translation.findings, &unit, context);
        let is_dead = |offset: u32| {
            dead.iter().any(|body| body.start <= offset && offset < body.end)
                || around(&unit.regions, offset).any(|at| unit.regions[at].branch == Branch::CudaOnly)
        };
        cover.ask(&unit, translation, &is_dead);
        for (index, token) in unit.tokens().iter().enumerate() {
            if token.kind != TokenKind::Identifier || is_dead(token.start) {
                continue;
            }
            let text = unit.text(token);
            if let Some((name, _)) = shadow(text) {
                cover.use_definition(name, &unit, index);
            } else if can_have_definition(text) && !token.is(Token::FROZEN) && !edited.contains(&token.start)
            {
                cover.unedited.entry(String::from_utf8_lossy(text).into_owned()).or_insert(token.start);
            }
            if let Some(name) = macro_of(text)
                && !unit.directive_of(index).is_some_and(|directive| directive.kind.is_condition())
            {
                cover.values.entry(name).or_insert(token.start);
            }
        }
        cover.others = other_libraries(&unit, context);
        let name = |token: &Token| unit.slice(Span::new(token.start + 1, token.end - 1)).into_owned();
        cover.includes = unit.includes().map(|(_, token)| name(token)).collect();
        cover
    }

    /// Whether the file includes a header whose name begins with one of `folders`.
    pub(super) fn uses_library(&self, folders: &[&str]) -> bool {
        self.includes.iter().any(|name| folders.iter().any(|folder| name.starts_with(folder)))
    }

    fn note(&mut self, kind: &EditKind, edit: &Edit, unit: &Unit, context: &Context) {
        match kind {
            EditKind::Include(name) => {
                if let Some(header) = context.rules.header(name.as_bytes()) {
                    let hip = match header.at(context.target.rocm) {
                        Resolution::Spelling(spelling) => spelling.hip,
                        _ => "",
                    };
                    self.headers.insert(name, hip);
                }
            }
            EditKind::Name { cuda, .. } if is_tested(unit, edit.span) => {
                self.tested.insert(cuda.clone());
            }
            _ => {}
        }
    }

    /// Notes the conditions that ask for a macro of nvcc or CUDA.
    fn ask(&mut self, unit: &Unit, translation: &Translation, is_dead: &dyn Fn(u32) -> bool) {
        let all: Vec<&Edit> = translation.findings.iter().flat_map(|finding| finding.fix.edits()).collect();
        for directive in unit.lexed.directives.iter().filter(|directive| directive.kind.is_condition()) {
            let span = directive.span;
            let asks = unit.tokens()[directive.tokens.clone()]
                .iter()
                .any(|token| token.kind == TokenKind::Identifier && macro_of(unit.text(token)).is_some());
            if !asks || is_dead(span.start) {
                continue;
            }
            let touches = |edit: &&&Edit| edit.span.start < span.end && span.start < edit.span.end;
            let inside: Vec<Edit> =
                all.iter().filter(|edit| is_inside(edit.span, span)).map(|edit| (*edit).clone()).collect();
            let is_partly = all.iter().filter(touches).any(|edit| !is_inside(edit.span, span));
            let (edits, dropped) = Edits::compose(std::iter::once(inside.as_slice()));
            let new = edits.apply_to(&unit.source.bytes, span);
            let new = (!is_partly && dropped.is_empty()).then(|| String::from_utf8_lossy(&new).into_owned());
            let old = unit.slice(span).into_owned();
            self.questions.push(Question { offset: span.start, old, new });
        }
    }

    /// Notes the use of the name `name`, which has a definition, at token `index`.
    fn use_definition(&mut self, name: &'static str, unit: &Unit, index: usize) {
        let token = &unit.tokens()[index];
        let is_called = unit.tokens().get(index + 1).is_some_and(|next| next.is_punct(b'('));
        let uses = self.uses.entry(name).or_default();
        uses.count += 1;
        if !is_called {
            uses.not_called.get_or_insert(token.start);
        }
        if unit.is_member(index) || is_pasted(unit, index) || is_tested(unit, token.span()) {
            uses.not_cuda.get_or_insert(token.start);
        }
    }
}

/// The definition of the name `text` that is no plain rename.
pub(super) fn shadow(text: &[u8]) -> Option<(&'static str, &'static Shadow)> {
    let name = |shadow: &'static Shadow| shadow.names.iter().find(|name| name.as_bytes() == text);
    SHADOWS.iter().find_map(|shadow| name(shadow).map(|name| (*name, shadow)))
}

/// The names in the places of `finding` whose definitions replace its edits.
fn definitions_of(finding: &Finding, unit: &Unit) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for span in std::iter::once(finding.span).chain(finding.also.iter().copied()) {
        let first = unit.tokens().partition_point(|token| token.start < span.start);
        let tokens =
            unit.tokens()[first..].iter().take_while(|token| token.start < span.end.max(span.start + 1));
        let found = tokens.filter(|token| token.kind == TokenKind::Identifier).find_map(|token| {
            let (name, shadow) = shadow(unit.text(token))?;
            (name == finding.rule || shadow.rules.contains(&finding.rule)).then_some(name)
        });
        let Some(name) = found else { return BTreeSet::new() };
        names.insert(name);
    }
    names
}

/// The macro of nvcc or CUDA that `text` is.
fn macro_of(text: &[u8]) -> Option<&'static str> {
    MACROS.into_iter().find(|name| name.as_bytes() == text)
}

/// Whether an edit of `span` changes the directive at `directive` alone. Text that is inserted before it or behind it is outside.
fn is_inside(span: Span, directive: Span) -> bool {
    directive.start <= span.start
        && span.end <= directive.end
        && (!span.is_empty() || span.start > directive.start)
}

/// The headers of `unit` that are no headers of the project, of CUDA, of HIP, of the system or of a compiler.
fn other_libraries(unit: &Unit, context: &Context) -> BTreeMap<String, u32> {
    let is_other = |name: &str, quoted: bool| {
        let of_torch = ["torch/", "ATen/", "c10/", "pybind11/"].iter().any(|folder| name.starts_with(folder));
        of_torch
            || (!name.starts_with("hip/")
                && context.rules.header(name.as_bytes()).is_none()
                && context.index.resolve(&unit.source.path, name, quoted).is_none()
                && !list::has(list::STANDARD_HEADERS, name.as_bytes())
                && !list::STANDARD_HEADER_FOLDERS.iter().any(|folder| name.starts_with(folder))
                && !list::CUDA_HEADER_FOLDERS.iter().any(|folder| name.starts_with(folder)))
    };
    let other = |token: &Token| {
        let name = unit.slice(Span::new(token.start + 1, token.end - 1)).into_owned();
        (!token.is(Token::FROZEN) && is_other(&name, token.byte == b'"')).then_some((name, token.start))
    };
    unit.includes().filter_map(|(_, token)| other(token)).collect()
}

/// The kind of `edit`.
fn kind(edit: &Edit, unit: &Unit, context: &Context) -> EditKind {
    match kind_of_change(edit, unit, context) {
        EditKind::Other => condition(edit, unit).unwrap_or(EditKind::Other),
        kind => kind,
    }
}

/// The kind of `edit` if it changes one condition.
fn condition(edit: &Edit, unit: &Unit) -> Option<EditKind> {
    let directives = &unit.lexed.directives;
    let after = directives.partition_point(|directive| directive.span.start <= edit.span.start);
    let directive = directives.get(after.checked_sub(1)?)?;
    (directive.kind.is_condition() && is_inside(edit.span, directive.span))
        .then_some(EditKind::Condition(directive.span.start))
}

/// The kind of `edit`, without changes of conditions.
fn kind_of_change(edit: &Edit, unit: &Unit, context: &Context) -> EditKind {
    let Some(text) = text(edit) else { return EditKind::Other };
    if edit.span.is_empty() {
        let header = text.trim().strip_prefix("#include <").and_then(|rest| rest.strip_suffix('>'));
        return match header {
            Some(RUNTIME) => EditKind::Runtime,
            None if text.trim().starts_with("#include \"") && text.trim().ends_with("tranship_hip.h\"") => {
                EditKind::Support
            }
            Some(header) if !header.contains(['\n', '>']) => EditKind::MoreInclude(header.to_owned()),
            _ => EditKind::Other,
        };
    }
    if let Some(token) = include_at(unit, edit.span) {
        return include(unit, token, context);
    }
    let Some(index) = token_at(unit, edit.span) else { return EditKind::Other };
    let token = &unit.tokens()[index];
    let is_name = token.kind == TokenKind::Identifier && !token.is(Token::SPLICED);
    let cuda = unit.text(token);
    let is_whole = edit.span == token.span() || (text.is_empty() && is_blank_around(unit, edit.span, token));
    if !is_name || !is_whole || unit.is_member(index) || is_pasted(unit, index) {
        return EditKind::Other;
    }
    let Ok(cuda) = std::str::from_utf8(cuda) else { return EditKind::Other };
    let (cuda, hip) = (cuda.to_owned(), text);
    let is_scope = unit.tokens().get(index + 1).is_some_and(|next| next.is_double(b':'));
    let before = index.checked_sub(1);
    let is_used = before.is_some_and(|at| unit.text(&unit.tokens()[at]) == b"namespace")
        && index.checked_sub(2).is_some_and(|at| unit.text(&unit.tokens()[at]) == b"using");
    if context.rules.name(cuda.as_bytes()).is_some_and(|name| name.kind == tranship_rules::Kind::Namespace) {
        let is_plain = is_identifier(&hip) && (is_scope || is_used);
        return if is_plain { EditKind::Namespace { cuda, hip } } else { EditKind::Other };
    }
    let is_asked = cuda.starts_with("__CUDA_ARCH") || macro_of(cuda.as_bytes()).is_some();
    let is_plain = !is_asked
        && can_have_definition(cuda.as_bytes())
        && shadow(cuda.as_bytes()).is_none()
        && (hip.is_empty() || hip.strip_prefix(SUPPORT).unwrap_or(&hip).split("::").all(is_identifier));
    if is_plain { EditKind::Name { cuda, hip } } else { EditKind::Other }
}

/// The new text of `edit`, if it keeps nothing of the old text.
fn text(edit: &Edit) -> Option<String> {
    match &edit.with {
        Replacement::Text(text) => Some(text.to_string()),
        Replacement::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_ref()),
                Piece::Span(_) => None,
            })
            .collect(),
    }
}

/// The name of the header that the include with the token `token` gets from a shadow header.
fn include(unit: &Unit, token: Token, context: &Context) -> EditKind {
    let name = unit.slice(Span::new(token.start + 1, token.end - 1)).into_owned();
    let is_local = context.index.resolve(&unit.source.path, &name, token.byte == b'"').is_some();
    let row = context.rules.header(name.as_bytes()).filter(|_| !is_local);
    match row {
        Some(header) if header.action == HeaderAction::Drop => EditKind::Include(header.cuda),
        Some(header)
            if header.action == HeaderAction::Map
                && matches!(header.at(context.target.rocm), Resolution::Spelling(_)) =>
        {
            EditKind::Include(header.cuda)
        }
        _ => EditKind::Other,
    }
}

/// The token of the header name of the include that `span` touches.
fn include_at(unit: &Unit, span: Span) -> Option<Token> {
    let mut includes = unit.includes().map(|(_, token)| *token);
    includes.find(|token| span.start < token.end && token.start < span.end)
}

/// The index of the token that begins in `span`, if it is the only one.
fn token_at(unit: &Unit, span: Span) -> Option<usize> {
    let first = unit.tokens().partition_point(|token| token.start < span.start);
    let token = unit.tokens().get(first).filter(|token| token.end <= span.end)?;
    let next = unit.tokens().get(first + 1);
    (next.is_none_or(|next| next.start >= span.end) && token.start < span.end).then_some(first)
}

/// Whether `span` has only white space besides `token`.
fn is_blank_around(unit: &Unit, span: Span, token: &Token) -> bool {
    let bytes = &unit.source.bytes;
    let (before, after) = (span.start as usize..token.start as usize, token.end as usize..span.end as usize);
    bytes[before].iter().chain(&bytes[after]).all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Whether `##` or `#` is beside the name at token `index`, so the preprocessor does not replace the name.
fn is_pasted(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(directive) = unit.directive_of(index) else { return false };
    let is_paste = |at: &usize| {
        directive.tokens.contains(at) && (tokens[*at].is_double(b'#') || tokens[*at].is_punct(b'#'))
    };
    index.checked_sub(1).is_some_and(|at| is_paste(&at)) || is_paste(&(index + 1))
}

/// Whether the name at `span` is in a condition, or the project defines or undefines it.
fn is_tested(unit: &Unit, span: Span) -> bool {
    let index = unit.tokens().partition_point(|token| token.start < span.start);
    let directive = unit.lexed.directives.iter().find(|directive| directive.tokens.contains(&index));
    directive.is_some_and(|directive| match directive.kind {
        DirectiveKind::Define => directive.tokens.start == index,
        DirectiveKind::Pragma | DirectiveKind::Message | DirectiveKind::Other => false,
        _ => true,
    })
}

/// Whether `name` is a name of NVIDIA by its beginning, or no header of ROCm's libraries contains it.
fn can_have_definition(name: &[u8]) -> bool {
    let begins = |begin: &&str| name.starts_with(begin.as_bytes());
    is_of_nvidia(name)
        || (["__", "tex1D", "tex2D", "tex3D", "texCubemap", "surf1D", "surf2D", "surf3D", "surfCubemap"]
            .iter()
            .any(begins)
            && !list::has(list::NAMES_IN_ROCM_LIBRARIES, name))
}

/// Whether `name` begins like a name of NVIDIA.
fn is_of_nvidia(name: &[u8]) -> bool {
    let bare = name.iter().position(|byte| *byte != b'_').map_or(&[][..], |at| &name[at..]);
    PREFIXES.iter().any(|prefix| bare.starts_with(prefix.as_bytes())) && bare.len() > 3
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}
