//! Writes one line for each finding: `path:line:column: level[rule] what`.

use std::fmt::Write;

use super::{display_path, escape_controls, level, other_places};
use tranship_engine::result::Found;
use tranship_engine::result::{Conversion, FileReport};

/// The lines of all open findings, ordered by file and place.
pub(super) fn render(conversions: &[Conversion]) -> String {
    super::open(conversions).into_iter().map(|(file, found)| line(file, found)).collect()
}

fn line(file: &FileReport, found: &Found) -> String {
    let mut line = display_path(&file.path);
    if let Some(place) = &found.place {
        // Writing to a string cannot fail.
        let _ = write!(line, ":{}:{}", place.start.line, place.start.column);
    }
    let what = escape_controls(&found.what).replace('\n', " ");
    let more = if found.also.is_empty() { String::new() } else { format!("; also {}", other_places(found)) };
    let _ = writeln!(line, ": {}[{}] {what}{more}", level(found.level), found.rule);
    line
}
