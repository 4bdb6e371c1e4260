//! One line per finding: `path:line:column: level[rule] what`.

use std::fmt::Write;

use super::{level, plain, shown};
use tranship_engine::result::Found;
use tranship_engine::result::{Conversion, FileReport};

/// All findings, in the order of files and places.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let files = conversions.iter().flat_map(|conversion| &conversion.files);
    let lines = files.flat_map(|file| file.open().map(|found| line(file, found)));
    lines.collect()
}

fn line(file: &FileReport, found: &Found) -> String {
    let mut line = shown(&file.path);
    if let Some(place) = &found.place {
        // Writing to a string cannot fail.
        let _ = write!(line, ":{}:{}", place.start.line, place.start.column);
    }
    let what = plain(&found.what).replace('\n', " ");
    let _ = writeln!(line, ": {}[{}] {what}", level(found.level), found.rule);
    line
}
