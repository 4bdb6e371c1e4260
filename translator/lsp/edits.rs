//! Changes of documents in the form of the protocol, as far as the editor supports it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lsp_types::{
    ClientCapabilities, CreateFile, CreateFileOptions, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, Range, RenameFile, ResourceOp, ResourceOperationKind,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use tranship_engine::text::TextEdit as Edit;

use super::documents::Document;
use super::positions::Lines;
use super::uris::uri_of;

/// The changes that the editor can apply.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Support {
    versions: bool,
    create: bool,
    rename: bool,
}

impl Support {
    /// What the editor with these capabilities supports.
    pub(super) fn of(client: &ClientCapabilities) -> Self {
        let edit = client.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edit.and_then(|edit| edit.resource_operations.clone()).unwrap_or_default();
        // Neovim declares only the operations. They exist in changes with versions alone.
        let versions = edit.and_then(|edit| edit.document_changes).unwrap_or(!operations.is_empty());
        Self {
            versions,
            create: versions && operations.contains(&ResourceOperationKind::Create),
            rename: versions && operations.contains(&ResourceOperationKind::Rename),
        }
    }

    /// Whether the editor creates files. If not, the server writes the support header.
    pub(super) fn creates_files(self) -> bool {
        self.create
    }
}

/// A support header that a change needs.
pub(super) struct Header {
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its whole text.
    pub(super) text: String,
    /// The helpers that the change calls.
    pub(super) helpers: BTreeSet<&'static str>,
}

/// A change of one document and of the files around it.
#[derive(Default)]
pub(super) struct Change {
    pub(super) edits: Vec<Edit>,
    pub(super) header: Option<Header>,
    /// The new absolute path of the document.
    pub(super) new_path: Option<PathBuf>,
}

/// `change` of `document` as the editor can apply it. Without support for new files, the header is left out, and so is a new
/// name.
pub(super) fn workspace_edit(change: Change, document: &Document, support: Support) -> WorkspaceEdit {
    let lines = Lines::new(document.text.as_bytes());
    let edits: Vec<TextEdit> = change
        .edits
        .into_iter()
        .map(|edit| TextEdit { range: lines.range(edit.span), new_text: edit.text })
        .collect();
    if !support.versions {
        // The key of the map is never changed.
        #[allow(clippy::mutable_key_type, reason = "the type is that of the protocol")]
        let changes = [(document.uri.clone(), edits)].into_iter().collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let mut operations = Vec::new();
    if let Some(header) = change.header.filter(|_| support.create) {
        operations.extend(new_file(&header.path, header.text));
    }
    operations.push(edit(document.uri.clone(), Some(document.version), edits));
    if let Some(new_uri) = change.new_path.filter(|_| support.rename).and_then(|path| uri_of(&path)) {
        let rename =
            RenameFile { old_uri: document.uri.clone(), new_uri, options: None, annotation_id: None };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Rename(rename)));
    }
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..WorkspaceEdit::default()
    }
}

fn edit(uri: Uri, version: Option<i32>, edits: Vec<TextEdit>) -> DocumentChangeOperation {
    DocumentChangeOperation::Edit(TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    })
}

/// The operations that write the file `path` with `text`, also over an existing file.
fn new_file(path: &Path, text: String) -> Vec<DocumentChangeOperation> {
    let Some(uri) = uri_of(path) else { return Vec::new() };
    let options = CreateFileOptions { overwrite: Some(true), ignore_if_exists: None };
    let create = CreateFile { uri: uri.clone(), options: Some(options), annotation_id: None };
    let start = Range { start: Position::default(), end: Position::default() };
    let content = TextEdit { range: start, new_text: text };
    vec![DocumentChangeOperation::Op(ResourceOp::Create(create)), edit(uri, None, vec![content])]
}
