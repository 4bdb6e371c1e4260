//! Changes the names of renamed sources in build files: `.cu` becomes `.hip`.

use std::path::Path;

use tranship_rules::rule;

use super::Reporter;
use crate::finding::Fix;
use crate::index::renamed::{CudaWord, Named, cuda_words};
use crate::text::{Edit, Span, line_start};

impl Reporter<'_> {
    /// Changes the names of renamed files in `span`.
    pub(crate) fn follow_sources(&mut self, span: Span) {
        if self.context.project.renamed.never_renames() {
            return;
        }
        let source = self.source;
        let folder = source.path.parent().unwrap_or(Path::new(""));
        for found in cuda_words(&source.bytes, span.range()) {
            match self.context.project.renamed.named(folder, &found.word) {
                Named::Renamed => self.follow(&found),
                Named::Unproved => self.unproved(&found),
                Named::Nothing => {}
            }
        }
    }

    /// Changes the name in `span` of a source that does not exist: `$(SOURCES:.cu=.o)` makes the names of objects from all names of the
    /// list.
    pub(crate) fn follow_absent(&mut self, span: Span) {
        for found in cuda_words(&self.source.bytes, span.range()) {
            if self.context.project.renamed.is_no_file(&found.word) {
                self.follow(&found);
            }
        }
    }

    /// Writes the name that the file has in the output.
    fn follow(&mut self, found: &CudaWord) {
        let fix = Fix::One(Edit::replace(found.ending, ".hip"));
        self.report_fix(rule::RENAMED_SOURCE_FOLLOWED, found.span, fix);
    }

    /// Reports a word that may name renamed files.
    fn unproved(&mut self, found: &CudaWord) {
        let new = found.word.replacen(".cu", ".hip", 1);
        let finding = self.finding(rule::RENAMED_SOURCE, found.span).map(|finding| {
            finding
                .saying(format!("`{}` names or matches files that end in `.hip` in the output", found.word))
                .advising(format!("write `{new}`, or convert with `--keep-names`"))
        });
        self.report_all(finding);
    }
}

/// Finds names of renamed files in a build file without a reader. A word is changed only if it is the path of a renamed
/// file from the folder of the build file; other matches are reported.
pub(crate) fn renamed_sources(pass: &mut Reporter) {
    let bytes = &pass.source.bytes;
    let folder = pass.source.path.parent().unwrap_or(Path::new("")).to_owned();
    for found in cuda_words(bytes, 0..bytes.len()) {
        let renamed = &pass.context.project.renamed;
        // Visual Studio separates folders by `\`.
        let start = found.span.start as usize;
        let from_windows = windows_path(bytes, &found.word, start);
        if from_windows.is_some_and(|path| renamed.is_path(&folder, &path)) && !is_comment(bytes, start) {
            pass.follow(&found);
            continue;
        }
        let named = match included_folder(bytes, start) {
            Some(part) => renamed.named(&folder, &format!("{part}/{}", found.word)),
            None => renamed.named(&folder, &found.word),
        };
        if named == Named::Nothing || is_comment(bytes, found.span.start as usize) {
            continue;
        }
        if renamed.is_path(&folder, &found.word) {
            pass.follow(&found);
        } else {
            pass.unproved(&found);
        }
    }
}

/// The folder that a line of `MANIFEST.in` names before the patterns at byte `start`: `recursive-include csrc *.h *.cu`.
fn included_folder(bytes: &[u8], start: usize) -> Option<&str> {
    let line = std::str::from_utf8(&bytes[line_start(bytes, start)..start]).ok()?;
    let mut words = line.split_whitespace();
    let is_command = matches!(words.next(), Some("recursive-include" | "recursive-exclude"));
    words.next().filter(|_| is_command).map(|folder| folder.trim_end_matches('/'))
}

/// The path that ends with `word` at byte `start` and has folders that `\` separates, with `/` in its place.
fn windows_path(bytes: &[u8], word: &str, start: usize) -> Option<String> {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'\\');
    let before = bytes[..start].iter().rev().take_while(|byte| is_part(byte)).count();
    let folders = &bytes[start - before..start];
    folders.ends_with(b"\\").then(|| String::from_utf8_lossy(folders).replace('\\', "/") + word)
}

/// Whether the line of `at` is a comment in most build languages.
pub(crate) fn is_comment(bytes: &[u8], at: usize) -> bool {
    let start = line_start(bytes, at);
    let line = bytes[start..at].trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//") || line.starts_with(b"dnl ")
}
