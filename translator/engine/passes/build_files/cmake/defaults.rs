//! Blocks that set NVIDIA's architectures if the user sets none. The target's architectures replace their contents.

use std::ops::Range;

use tranship_rules::rule;

use super::{Cmake, lists};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::Edit;

/// Rewrites the bodies of such blocks and returns their commands.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, settled: &[bool]) -> Vec<Range<usize>> {
    let commands = &cmake.file.commands;
    let mut done = Vec::new();
    for head in
        (0..commands.len()).filter(|&index| !settled[index] && tests_for_default(cmake, &commands[index]))
    {
        let Some(body) = body(cmake, head) else { continue };
        let choices = body.clone().filter(|&index| chooses(cmake, &commands[index])).count();
        // The pass for lists rewrites a single list.
        if choices < 2 {
            continue;
        }
        let span = commands[body.start].span.to(commands[body.end - 1].span);
        let new = format!("set(CMAKE_HIP_ARCHITECTURES {})", pass.context.target.archs.join(" "));
        pass.report_fix(rule::CMAKE_ARCHITECTURES, span, Fix::One(Edit::replace(span, new)));
        done.push(body);
    }
    done
}

/// Whether a command is `if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)`.
fn tests_for_default(cmake: &Cmake, command: &Command) -> bool {
    let words: Vec<&str> = command.arguments.iter().map(|argument| cmake.text(argument.span)).collect();
    cmake.is(command, "if")
        && matches!(words[..], ["NOT", "DEFINED", lists::VARIABLE] | ["NOT", lists::VARIABLE])
}

/// The commands of the block that `head` opens, if they only set architectures.
fn body(cmake: &Cmake, head: usize) -> Option<Range<usize>> {
    let commands = &cmake.file.commands;
    let mut depth = 0_usize;
    for (index, command) in commands.iter().enumerate().skip(head + 1) {
        if cmake.is(command, "if") {
            depth += 1;
        } else if cmake.is(command, "endif") {
            if depth == 0 {
                return (index > head + 1).then_some(head + 1..index);
            }
            depth -= 1;
        } else if cmake.is_one_of(command, &["else", "elseif"]) {
            if depth == 0 {
                return None;
            }
        } else if !chooses(cmake, command) && !cmake.is(command, "message") {
            return None;
        }
    }
    None
}

/// Whether a command sets the list of architectures in this scope only, and not in the cache.
fn chooses(cmake: &Cmake, command: &Command) -> bool {
    let at = |index: usize| cmake.argument(command, index).map_or("", |(text, _)| text);
    let is_local = ["CACHE", "PARENT_SCOPE"].iter().all(|word| cmake.bare(command, word).is_none());
    let sets = cmake.is(command, "set") && at(0) == lists::VARIABLE;
    let appends = cmake.is(command, "list") && at(0) == "APPEND" && at(1) == lists::VARIABLE;
    is_local && (sets || appends)
}
