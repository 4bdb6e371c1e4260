//! Properties of targets and sources, and compile features.

use tranship_rules::{Kind, rule};

use super::{Cmake, lists, separable};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::{Edit, Span};

/// The commands that name properties.
pub(crate) const COMMANDS: &[&str] = &[
    "set_target_properties",
    "set_source_files_properties",
    "set_property",
    "get_target_property",
    "get_source_file_property",
    "get_property",
];

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if cmake.is(command, "target_compile_features") {
        features(pass, cmake, command);
    }
    if !cmake.is_one_of(command, COMMANDS) {
        return;
    }
    for index in 0..command.arguments.len() {
        let Some((name, argument)) = cmake.argument(command, index) else { continue };
        let value = cmake.argument(command, index + 1);
        if matches!(name, "LANGUAGE" | "LINKER_LANGUAGE") {
            if let Some(("CUDA", value)) = value {
                pass.report_fix(
                    rule::CMAKE_LANGUAGE,
                    value.span,
                    Fix::One(Edit::replace(value.inner, "HIP")),
                );
            }
            continue;
        }
        let Some(row) = pass.word(Kind::CmakeProperty, name) else { continue };
        let sets = !cmake.text(command.name).to_ascii_lowercase().starts_with("get");
        if sets && name == separable::PROPERTY && separable::property(pass, cmake, command, index) {
            continue;
        }
        if sets && row.is_dropped() {
            let fix = Fix::One(Edit::remove(without(cmake, command, index)));
            pass.replace(row, argument.span, fix);
            continue;
        }
        if let (true, "CUDA_ARCHITECTURES", Some((values, value))) = (sets, name, value) {
            if !lists::are_known(values) {
                let what = format!("the architectures are set elsewhere: `{values}`");
                pass.report_saying(rule::CMAKE_ARCHITECTURE_LIST, argument.span.to(value.span), what);
                continue;
            }
            if values.split([';', ' ']).all(lists::is_architecture) {
                let last = last_architecture(cmake, command, index + 1);
                let all = value.span.to(command.arguments[last].span);
                let fix = Fix::One(Edit::replace(all, lists::written(pass, value)));
                pass.report_fix(rule::CMAKE_ARCHITECTURES, all, fix);
            }
        }
        pass.rename(row, argument.inner);
    }
}

/// The last argument from `first` on that is an architecture.
fn last_architecture(cmake: &Cmake, command: &Command, first: usize) -> usize {
    let is = |index: &usize| {
        cmake.argument(command, *index).is_some_and(|(text, _)| text.split(';').all(lists::is_architecture))
    };
    (first..command.arguments.len()).take_while(is).last().unwrap_or(first)
}

/// The span of property `index` and its value, or of the whole command if it sets nothing else.
pub(super) fn without(cmake: &Cmake, command: &Command, index: usize) -> Span {
    let keyword = |word: &str| matches!(word, "PROPERTIES" | "PROPERTY");
    let first = index.checked_sub(1).and_then(|before| cmake.argument(command, before));
    let is_first = first.is_some_and(|(word, _)| keyword(word));
    if is_first && index + 2 >= command.arguments.len() {
        return cmake.line_of(command);
    }
    let last = (index + 1).min(command.arguments.len() - 1);
    let all = command.arguments[index].span.to(command.arguments[last].span);
    cmake.with_gap(Argument { span: all, ..command.arguments[index] })
}

/// Replaces compile features such as `cuda_std_17`.
fn features(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    for argument in &command.arguments {
        if cmake.text(argument.inner).starts_with("cuda_std_") {
            let span = Span::new(argument.inner.start, argument.inner.start + 4);
            pass.report_fix(rule::CMAKE_LANGUAGE, argument.span, Fix::One(Edit::replace(span, "hip")));
        }
    }
}
