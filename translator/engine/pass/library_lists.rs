//! Lists of libraries in Makefiles: `LIBRARIES := cudart cublas`, which the file links as `-l$(library)`.

use tranship_rules::Kind;

use super::Reporter;
use crate::finding::Fix;
use crate::readers::lines::Line;
use crate::readers::words;
use crate::text::Span;

/// Translates a list of libraries that a Makefile links as `-l$(library)`.
pub(super) fn libraries(pass: &mut Reporter, line: &Line, name: &str) {
    let is_list = ["LIBRARIES", "LIBS"].iter().any(|end| name.to_ascii_uppercase().ends_with(end));
    let links = || ["-l$(", "-l${", "-l%"].iter().any(|form| holds(&pass.source.bytes, form));
    if !is_list || !links() {
        return;
    }
    let bytes = &pass.source.bytes;
    let text = |span: Span| std::str::from_utf8(&bytes[span.range()]).unwrap_or_default();
    for word in &line.words {
        let Some(row) = pass.word(Kind::LinkLibrary, text(word.span)) else { continue };
        match pass.spelling(row) {
            Some(hip) if hip == row.cuda => {}
            Some(hip) => {
                let new = if hip.is_empty() { Vec::new() } else { vec![hip.to_owned()] };
                let edit = words::put(&pass.source.bytes, word.span, &new, " ");
                pass.replace(row, word.span, Fix::One(edit));
            }
            None => pass.absent(row, word.span),
        }
    }
}

/// Whether a file contains `text`.
fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}
