//! Names that `find_library` and `find_program` search for. A folder that they search is checked with the other values.

use tranship_rules::Kind;

use super::Cmake;
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::Edit;

/// Words behind which no names follow.
const KEYWORDS: &[&str] = &[
    "HINTS",
    "PATHS",
    "PATH_SUFFIXES",
    "DOC",
    "REQUIRED",
    "OPTIONAL",
    "VALIDATOR",
    "REGISTRY_VIEW",
    "NAMES_PER_DIR",
    "ENV",
];

/// Checks the names of one search.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let kind = match () {
        () if cmake.is(command, "find_library") => Kind::LinkLibrary,
        () if cmake.is(command, "find_program") => Kind::Tool,
        () => return,
    };
    let has_list = cmake.argument(command, 1).is_some_and(|(text, _)| text == "NAMES");
    let most = if has_list { usize::MAX } else { 1 };
    let names = command.arguments.iter().skip(1 + usize::from(has_list));
    let is_name = |text: &str| !KEYWORDS.contains(&text) && !text.starts_with("NO_");
    for argument in names.take(most).take_while(|argument| is_name(cmake.text(argument.inner))) {
        let Some(row) = pass.word(kind, cmake.text(argument.inner)) else { continue };
        match pass.spelling(row).filter(|hip| !hip.is_empty()) {
            Some(hip) if hip == row.cuda => {}
            Some(hip) => pass.replace(row, argument.inner, Fix::One(Edit::replace(argument.inner, hip))),
            None => pass.absent(row, argument.inner),
        }
    }
}
