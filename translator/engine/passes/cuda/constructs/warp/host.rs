//! The width of the device in host code, with `--warp logical32`: kernels keep warps of 32 lanes, so the host's value is 32.
//!
//! It changes nothing in a project without code for warps, and where code for HIP asks for the width of a wave itself.

use std::ops::Range;

use tranship_rules::{Level, rule};

use super::size::listed;
use crate::cpp::host_width::{Flow, Form, WidthRead, width_reads};
use crate::finding::{Finding, Fix};
use crate::index::facts::Facts;
use crate::pass::{Pass, Warp};
use crate::text::Edit;

/// Checks each read of the width of the device.
pub(crate) fn check(pass: &mut Pass) {
    if pass.context.warp != Warp::Logical32 {
        return;
    }
    let mut reads = width_reads(pass.unit);
    // A project with a build for HIP of its own asks for the width under HIP's name where it means the wave.
    if pass.context.project.own_hip.exists() {
        reads.retain(|read| !pass.unit.is_word(read.token, "hipDeviceAttributeWarpSize"));
    }
    if reads.is_empty() {
        return;
    }
    let kernels = warp_code(pass);
    if kernels.is_empty() {
        return;
    }
    let kernels = listed(&kernels);
    for read in reads {
        if is_32_afterwards(pass, &read) {
            continue;
        }
        let stays = pass.unit.is_hip() || pass.has_hip_warp_code();
        let fix = if stays { Fix::None } else { fix(pass, &read) };
        if fix == Fix::None {
            cannot_follow(pass, &read, &kernels);
        } else {
            follow(pass, &read, fix, &kernels);
        }
    }
}

/// The places with code that keeps warps of 32 lanes: those of the project, or of this file if it is in no project.
fn warp_code(pass: &Pass) -> Vec<(String, u32)> {
    let index = &pass.context.index;
    let path = &pass.unit.source.path;
    if index.facts(path).is_some() {
        return index.warp_code().to_vec();
    }
    let line = Facts::of(pass.unit, &pass.context.rules).warp_code;
    line.map(|line| (path.to_string_lossy().into_owned(), line)).into_iter().collect()
}

/// Whether the statement after `read` gives the variable the value 32, as a conversion writes it.
fn is_32_afterwards(pass: &Pass, read: &WidthRead) -> bool {
    let Form::Stored { variable, is_pointer, end } = &read.form else { return false };
    let unit = pass.unit;
    let start = end + 1 + usize::from(*is_pointer);
    let again = start..start + variable.len();
    let text =
        |tokens: &Range<usize>| tokens.clone().map(|at| unit.text(&unit.tokens()[at])).collect::<Vec<_>>();
    again.end + 2 < unit.tokens().len()
        && text(&again) == text(variable)
        && unit.tokens()[again.end].is_punct(b'=')
        && unit.is_word(again.end + 1, "32")
}

/// The edits that make the value of `read` 32.
fn fix(pass: &Pass, read: &WidthRead) -> Fix {
    let unit = pass.unit;
    match &read.form {
        Form::Value(tokens) => Fix::One(Edit::replace(unit.span_of(tokens.clone()), "32")),
        Form::Stored { variable, is_pointer, end } => {
            let star = if *is_pointer { "*" } else { "" };
            let name = unit.slice(unit.span_of(variable.clone()));
            Fix::One(Edit::insert(unit.tokens()[*end].end, format!(" {star}{name} = 32;")))
        }
        Form::Other => Fix::None,
    }
}

fn follow(pass: &mut Pass, read: &WidthRead, fix: Fix, kernels: &str) {
    let span = pass.unit.tokens()[read.token].span();
    let Some(finding) = pass.finding(rule::HOST_WARP_WIDTH, span) else { return };
    let finding = finding.with(fix);
    pass.report(match read.flow {
        Flow::Sizes | Flow::Printed => finding.at(Level::Safe),
        Flow::Elsewhere => {
            let assumption =
                format!("the value is used with the kernels that keep warps of 32 lanes: see {kernels}");
            let what = "host code hands on the width of the device, and kernels keep warps of 32 lanes";
            finding.at(Level::Review).saying(what).advising("").assuming(assumption)
        }
    });
}

fn cannot_follow(pass: &mut Pass, read: &WidthRead, kernels: &str) {
    if pass.context.target.wave() == Some(32) {
        return;
    }
    let span = pass.unit.tokens()[read.token].span();
    let what = format!("host code reads the width of the device, and warps keep 32 lanes: see {kernels}");
    let todo = "use 32 where the value is for these kernels";
    let finding: Option<Finding> = pass.finding(rule::MIXED_WIDTH, span);
    pass.report_all(finding.map(|finding| finding.at(Level::Manual).saying(what).advising(todo)));
}
