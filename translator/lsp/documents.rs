//! The open documents, with the text that the editor has. Nothing is read from the disk.

use std::path::{Path, PathBuf};

use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::positions::Lines;
use super::uris::path_of;
use crate::project::session::{Checked, project_of, real_path};

/// Where a document belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In the project `root`, at `path` relative to it.
    Project { root: PathBuf, path: PathBuf },
    /// A file outside of a project.
    Alone(PathBuf),
    /// Not a file, such as a document that was never saved. The path is only a name.
    Text(PathBuf),
}

/// An open document.
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: String,
    pub(super) home: Home,
    /// Its translation, if it is of the current text.
    pub(super) checked: Option<Checked>,
    /// Whether its diagnostics have to be sent.
    pub(super) is_dirty: bool,
}

impl Document {
    /// The document that the editor opened. `folders` are the folders of the workspace.
    pub(super) fn new(item: TextDocumentItem, folders: &[PathBuf]) -> Self {
        let home = home(item.uri.as_str(), &item.language_id, folders);
        Self { uri: item.uri, version: item.version, text: item.text, home, checked: None, is_dirty: true }
    }

    /// Applies the changes of the editor, in order.
    pub(super) fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        for change in changes {
            let Some(range) = change.range else {
                self.text = change.text;
                continue;
            };
            let lines = Lines::new(self.text.as_bytes());
            let (start, end) = (lines.offset(range.start), lines.offset(range.end));
            self.text.replace_range(start..end.max(start), &change.text);
        }
        self.version = version;
        self.outdated();
    }

    /// The translation has to be made again.
    pub(super) fn outdated(&mut self) {
        self.checked = None;
        self.is_dirty = true;
    }

    /// The root of its project.
    pub(super) fn root(&self) -> Option<&Path> {
        match &self.home {
            Home::Project { root, .. } => Some(root),
            Home::Alone(_) | Home::Text(_) => None,
        }
    }
}

/// The place of the document `uri`.
pub(super) fn home(uri: &str, language: &str, folders: &[PathBuf]) -> Home {
    let Some(path) = path_of(uri) else { return Home::Text(name_of(language).into()) };
    let path = real_path(&path);
    let in_project = project_of(&path, folders).and_then(|root| {
        let inside = path.strip_prefix(&root).ok()?.to_owned();
        Some(Home::Project { root, path: inside })
    });
    in_project.unwrap_or(Home::Alone(path))
}

/// A name for a text of the language that the editor names. A text of another language gets a name without a language.
fn name_of(language: &str) -> &'static str {
    match language {
        "cuda" | "cuda-cpp" => "untitled.cu",
        "c" | "cpp" => "untitled.cpp",
        "hip" => "untitled.hip",
        "cmake" => "untitled.cmake",
        "makefile" => "untitled.mk",
        "python" => "untitled.py",
        "shellscript" => "untitled.sh",
        _ => "untitled",
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn changes_apply_in_order_at_positions_of_utf_16() {
        let item = TextDocumentItem {
            uri: Uri::from_str("untitled:a").unwrap(),
            language_id: "cuda-cpp".to_owned(),
            version: 1,
            text: "\u{1f600}ab\ncd\n".to_owned(),
        };
        let mut document = Document::new(item, &[]);
        assert_eq!(document.home, Home::Text("untitled.cu".into()));
        let at = |line, character| Position { line, character };
        let change = |start, end, text: &str| TextDocumentContentChangeEvent {
            range: Some(Range { start, end }),
            range_length: None,
            text: text.to_owned(),
        };
        let changes = vec![
            change(at(0, 2), at(0, 3), "X"),
            change(at(0, 4), at(1, 1), ""),
            change(at(9, 0), at(9, 9), "!"),
        ];
        document.change(2, changes);
        assert_eq!(document.text, "\u{1f600}Xbd\n!");
        let all = TextDocumentContentChangeEvent { range: None, range_length: None, text: "new".to_owned() };
        document.change(3, vec![all]);
        assert_eq!((document.text.as_str(), document.version), ("new", 3));
    }
}
