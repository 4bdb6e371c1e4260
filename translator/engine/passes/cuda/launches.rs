//! Kernel launches: HIP's compilers accept `<<<...>>>`, so by default only split chevrons change; the macro style
//! writes `hipLaunchKernelGGL`.

use tranship_rules::rule;

use crate::cpp::launches::Launch;
use crate::finding::Fix;
use crate::pass::{LaunchStyle, Pass};
use crate::text::{Edit, Piece, Span};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    for found in unit.unreadable_launches() {
        pass.report_saying(rule::UNREADABLE_LAUNCH, unit.span_of(found.open.clone()), found.problem);
    }
    for launch in unit.launches() {
        match pass.context.launch {
            LaunchStyle::Macro => as_macro(pass, launch),
            LaunchStyle::Chevron => join_chevrons(pass, launch),
        }
    }
}

/// `<< <` and `>> >` become `<<<` and `>>>`, and `f<T>>>>` becomes `f<T> >>>`. nvcc accepts all of these forms. clang
/// 19 accepts only `<<<` and `>>>` without white space inside, and with a gap before `>>>` (observed).
fn join_chevrons(pass: &mut Pass, launch: &Launch) {
    let unit = pass.unit;
    let span = unit.span_of(launch.open.start..launch.close.end);
    if launch.is_split(unit.tokens()) {
        let open = Edit::replace(unit.span_of(launch.open.clone()), "<<<");
        let closing = if launch.configuration_ends_with_angle(unit.tokens()) { " >>>" } else { ">>>" };
        let close = Edit::replace(unit.span_of(launch.close.clone()), closing);
        pass.report_fix(rule::SPLIT_CHEVRONS, span, Fix::Many(vec![open, close]));
    } else if launch.configuration_ends_with_angle(unit.tokens()) {
        let apart = Edit::insert(unit.tokens()[launch.close.start].start, " ");
        pass.report_fix(rule::CLOSING_RUN, span, Fix::One(apart));
    }
}

fn as_macro(pass: &mut Pass, launch: &Launch) {
    let unit = pass.unit;
    let chevrons = unit.span_of(launch.open.start..launch.close.end);
    let Some(arguments) = launch.arguments.as_ref().filter(|_| !launch.callee.is_empty()) else {
        pass.report_rule(rule::LAUNCH_IN_PIECES, chevrons);
        return;
    };
    let callee = unit.span_of(launch.callee.clone());
    let whole = callee.to(Span::at(unit.tokens()[arguments.end].end));
    let is_templated = launch.template_arguments(&unit.lexed).is_some();
    let mut pieces = vec![Piece::Text("hipLaunchKernelGGL(".into())];
    if is_templated {
        pieces.extend([Piece::Text("HIP_KERNEL_NAME(".into()), Piece::Span(callee), Piece::Text(")".into())]);
    } else {
        pieces.push(Piece::Span(callee));
    }
    for number in 0..4 {
        let is_dimension = number < 2;
        pieces.push(Piece::Text(if is_dimension { ", dim3(" } else { ", " }.into()));
        match launch.config.get(number) {
            Some(part) => pieces.push(Piece::Span(unit.span_of(part.clone()))),
            None => pieces.push(Piece::Text("0".into())),
        }
        if is_dimension {
            pieces.push(Piece::Text(")".into()));
        }
    }
    if !arguments.is_empty() {
        pieces.extend([Piece::Text(", ".into()), Piece::Span(unit.span_of(arguments.clone()))]);
    }
    pieces.push(Piece::Text(")".into()));
    pass.report_fix(rule::LAUNCH_MACRO, whole, Fix::One(Edit::pieces(whole, pieces)));
}
