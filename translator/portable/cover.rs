//! Decides which changes of a conversion a shadow header makes without an edit.
//!
//! A macro replaces a name everywhere. So a name is covered only if the conversion renames each use in the same way, and if it is
//! a name of NVIDIA by its beginning, because headers of HIP and of the system may contain other names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tranship_engine::cpp::{DirectiveKind, Token, TokenKind, Unit};
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::text::path::readable;
use tranship_engine::text::{Edit, Piece, Replacement, Span};
use tranship_engine::translate::Translation;
use tranship_rules::{HeaderAction, Resolution};

use super::{PortableName, line};

/// The beginnings of macros that headers of ROCm ask for (HIP 7.1 `hip_common.h`, rocThrust `compiler.h`), so a definition would
/// change these headers.
const READ_BY_ROCM: [&str; 2] = ["__CUDACC", "__CUDA_ARCH"];

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
    /// A change that no header makes.
    Other,
}

/// The facts of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileCover {
    /// The kinds of the edits of each finding, in the order of the findings.
    pub(super) edits: Vec<Vec<EditKind>>,
    /// The headers of CUDA that the file includes and a shadow header replaces, each with the header of HIP, which is empty if
    /// the runtime header has everything.
    pub(super) headers: BTreeMap<&'static str, &'static str>,
    /// Names of NVIDIA that the conversion leaves as they are, each with the offset of its first use.
    unedited: BTreeMap<String, u32>,
    /// Names that a macro cannot replace, because a condition asks whether they are defined.
    tested: BTreeSet<String>,
}

impl FileCover {
    /// The facts of `source` with its `translation`.
    pub(super) fn of(source: &Source, translation: &Translation, context: &Context) -> Self {
        let unit = Unit::new(source, &context.guards);
        let mut cover = Self::default();
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
            let kinds = kinds.collect();
            cover.edits.push(kinds);
        }
        for token in unit.tokens().iter().filter(|token| token.kind == TokenKind::Identifier) {
            let text = unit.text(token);
            if !token.is(Token::FROZEN) && is_of_nvidia(text) && !edited.contains(&token.start) {
                cover.unedited.entry(String::from_utf8_lossy(text).into_owned()).or_insert(token.start);
            }
        }
        cover
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
}

/// The kind of `edit`.
fn kind(edit: &Edit, unit: &Unit, context: &Context) -> EditKind {
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
    let is_read = READ_BY_ROCM.iter().any(|begin| cuda.starts_with(begin));
    let is_plain = !is_read
        && is_of_nvidia(cuda.as_bytes())
        && (hip.is_empty() || is_identifier(hip.strip_prefix(SUPPORT).unwrap_or(&hip)));
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
    let is_paste = |token: &Token| token.is_double(b'#') || token.is_punct(b'#');
    let before = index.checked_sub(1).is_some_and(|at| is_paste(&tokens[at]));
    tokens[index].is(Token::DIRECTIVE) && (before || tokens.get(index + 1).is_some_and(is_paste))
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

/// The names and namespaces that the shadow headers of a project give.
#[derive(Clone, Debug, Default)]
pub(super) struct Covered {
    names: BTreeMap<String, (String, usize)>,
    /// Why a name has no definition.
    refused: BTreeMap<String, String>,
    /// The namespaces of HIP whose header a file includes, by the namespace of CUDA.
    pub(super) namespaces: BTreeMap<String, String>,
}

impl Covered {
    /// The names that all `files` of a project use in one way.
    pub(super) fn of<'a>(files: impl Iterator<Item = (&'a Source, &'a FileCover)> + Clone) -> Self {
        let mut covered = Self::default();
        for kind in files.clone().flat_map(|(_, cover)| cover.edits.iter().flatten()) {
            match kind {
                EditKind::Name { cuda, hip } => {
                    let (known, uses) = covered.names.entry(cuda.clone()).or_insert((hip.clone(), 0));
                    *uses += 1;
                    if known != hip {
                        let why = format!("it becomes `{known}` in one place and `{hip}` in another");
                        covered.refused.insert(cuda.clone(), why);
                    }
                }
                EditKind::Namespace { cuda, hip } => {
                    covered.namespaces.insert(cuda.clone(), hip.clone());
                }
                _ => {}
            }
        }
        for (source, cover) in files {
            let place = |offset: u32| format!("{}:{}", shown(&source.path), line(source, offset));
            for (name, offset) in cover.unedited.iter().filter(|(name, _)| covered.names.contains_key(*name))
            {
                let why = format!("the name has another meaning at {}", place(*offset));
                covered.refused.entry(name.clone()).or_insert(why);
            }
            for name in &cover.tested {
                let why =
                    format!("`{}` asks whether the name is defined, or defines it", shown(&source.path));
                covered.refused.entry(name.clone()).or_insert(why);
            }
        }
        covered.names.retain(|name, _| !covered.refused.contains_key(name));
        covered
    }

    /// Whether the headers make the change `edit` of a file with the facts `file`.
    pub(super) fn covers(&self, edit: &EditKind, file: &FileCover) -> bool {
        match edit {
            EditKind::Name { cuda, .. } => self.names.contains_key(cuda),
            EditKind::Namespace { hip, .. } => file.headers.values().any(|header| is_in(header, hip)),
            EditKind::Include(_) | EditKind::Runtime | EditKind::Support => true,
            EditKind::MoreInclude(_) => !file.headers.is_empty(),
            EditKind::Other => false,
        }
    }

    /// Why a name of `edit` has no definition.
    pub(super) fn refusal(&self, edit: &EditKind) -> Option<String> {
        match edit {
            EditKind::Name { cuda, .. } => self.refused.get(cuda).cloned(),
            EditKind::Namespace { .. } => Some("the file does not include the header by name".to_owned()),
            _ => None,
        }
    }

    /// The names with a definition, sorted.
    pub(super) fn names(&self) -> Vec<PortableName> {
        let name = |(cuda, (hip, uses)): (&String, &(String, usize))| PortableName {
            cuda: cuda.clone(),
            hip: hip.clone(),
            uses: *uses,
        };
        self.names.iter().map(name).collect()
    }
}

/// Whether the header `header` of HIP is in the folder of the namespace `namespace`.
pub(super) fn is_in(header: &str, namespace: &str) -> bool {
    header.split('/').next() == Some(namespace)
}

fn shown(path: &Path) -> String {
    readable(path).into_owned()
}
