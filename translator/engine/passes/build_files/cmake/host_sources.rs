//! Host sources whose headers need a HIP compiler: the CMake file that names them compiles them as HIP.
//!
//! Sources that globs match are not changed, because their target is not certain.

use std::path::Path;

use tranship_rules::rule;

use super::Cmake;
use crate::finding::Fix;
use crate::index::cmake_facts::built;
use crate::pass::{Reporter, compiled_as_hip};
use crate::text::{Edit, path::within};

/// Sets the language of such sources behind the command that adds them to a target. `settled` are the commands that stay as they
/// are.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, settled: &[bool]) {
    let folder = pass.source.path.parent().unwrap_or(Path::new(""));
    for (at, names) in built(cmake.bytes, &cmake.file) {
        let is_needed = |name: &&String| {
            within(folder, Path::new(name.as_str())).is_some_and(|path| compiled_as_hip(pass.context, &path))
        };
        let needed: Vec<_> = names.iter().filter(is_needed).map(String::as_str).collect();
        if settled[at] || needed.is_empty() {
            continue;
        }
        let command = &cmake.file.commands[at];
        let (line, indentation) = (cmake.line_end(), cmake.indentation(command.span.start));
        let text = format!(
            "{line}{indentation}set_source_files_properties({} PROPERTIES LANGUAGE HIP)",
            needed.join(" ")
        );
        let what = format!("`{}` needs a HIP compiler", needed.join("`, `"));
        let fix = Fix::One(Edit::insert(command.span.end, text));
        let finding = pass.finding(rule::CMAKE_HOST_AS_HIP, command.name);
        pass.report_all(finding.map(|finding| finding.saying(what).with(fix)));
    }
}
