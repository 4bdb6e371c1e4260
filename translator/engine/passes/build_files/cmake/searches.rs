//! Names that `find_library`, `find_program`, `find_path` and `find_file` search for. A folder that they search is checked with
//! the other values.

use tranship_rules::{HeaderAction, Kind, Level, Resolution, rule};

use super::Cmake;
use crate::finding::{Finding, Fix, Message, Words};
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
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
        () if cmake.is(command, "find_library") => Some(Kind::LinkLibrary),
        () if cmake.is(command, "find_program") => Some(Kind::Tool),
        () if cmake.is_one_of(command, &["find_path", "find_file"]) => None,
        () => return,
    };
    let has_list = cmake.argument(command, 1).is_some_and(|(text, _)| text == "NAMES");
    let most = if has_list { usize::MAX } else { 1 };
    let names = command.arguments.iter().skip(1 + usize::from(has_list));
    let is_name = |text: &str| !KEYWORDS.contains(&text) && !text.starts_with("NO_");
    for argument in names.take(most).take_while(|argument| is_name(cmake.text(argument.inner))) {
        let Some(kind) = kind else {
            header(pass, cmake, *argument);
            continue;
        };
        let Some(row) = pass.word(kind, cmake.text(argument.inner)) else { continue };
        match pass.spelling(row).filter(|hip| !hip.is_empty()) {
            Some(hip) if hip == row.cuda => {}
            Some(hip) => pass.replace(row, argument.inner, Fix::One(Edit::replace(argument.inner, hip))),
            None => pass.absent(row, argument.inner),
        }
    }
}

/// Checks the name of a header. ROCm's header is found below the same folder that the code includes it from. A file that CMake
/// reads by the name of the header is left to a person.
fn header(pass: &mut Reporter, cmake: &Cmake, argument: Argument) {
    let name = cmake.text(argument.inner);
    let row = pass.context.rules.header(name.as_bytes()).filter(|row| row.action != HeaderAction::Same);
    let Some(row) = row else { return };
    let reads = memchr::memmem::find(cmake.bytes, format!("/{name}").as_bytes()).is_some();
    match row.at(pass.context.target.rocm) {
        Resolution::Spelling(spelling) if reads => {
            let what = format!(
                "CMake searches for the header `{name}`, and reads it; on ROCm it is `{}`",
                spelling.hip
            );
            unmapped(
                pass,
                argument,
                what,
                "search for ROCm's header, and read what it has under other names there",
            );
        }
        Resolution::Spelling(spelling) if row.action == HeaderAction::Map => {
            let words = Words {
                what: format!("`{}` has another name on ROCm", row.cuda).into(),
                why: "ROCm has its own header for this purpose".into(),
                ..Words::default()
            };
            let fix = Fix::One(Edit::replace(argument.inner, spelling.hip));
            let message = Message::Own(Box::new(words));
            pass.report(Finding::new(row.cuda, Level::Safe, argument.inner, fix, message));
        }
        _ => {
            let what = format!("CMake searches for the header `{name}` of CUDA, which ROCm lacks");
            unmapped(
                pass,
                argument,
                what,
                "leave the search and what uses its result out of the build for ROCm",
            );
        }
    }
}

/// Reports the name of a header that a person decides about.
fn unmapped(pass: &mut Reporter, argument: Argument, what: String, todo: &'static str) {
    if let Some(found) = pass.finding(rule::UNMAPPED_HEADER, argument.inner) {
        pass.report(found.saying(what).advising(todo));
    }
}
