//! Removes findings in branches that HIP never compiles once a condition on a version is answered.
//!
//! `#if CUDART_VERSION >= 11000` gets an alternative for HIP, so the code behind its `#else` is only compiled for CUDA. That
//! code stays as it is.

use tranship_rules::rule;

use crate::cpp::Unit;
use crate::cpp::conditions::Branch;
use crate::finding::{Finding, Fix};
use crate::pass::Context;
use crate::source::Source;
use crate::text::{Edits, Span};

/// The bodies of branches in `unit` that HIP compiles before the fixes of conditions in `findings`, and not after them.
pub fn bodies(findings: &[Finding], unit: &Unit, context: &Context) -> Vec<Span> {
    let answers = [rule::CUDA_VERSION_GUARD.as_str(), rule::CUDA_ARCH_GUARD.as_str()];
    let is_answer =
        |finding: &&Finding| answers.contains(&finding.rule) && context.selection.applies(finding);
    let mut fixes = findings.iter().filter(is_answer).map(|finding| finding.fix.edits()).peekable();
    if fixes.peek().is_none() {
        return Vec::new();
    }
    let (edits, _) = Edits::compose(fixes);
    let text = edits.apply(&unit.source.bytes);
    let source = Source { lang: unit.source.lang, ..Source::new(unit.source.path.clone(), text) };
    let after = Unit::new(&source, &context.guards);
    if after.regions.len() != unit.regions.len() {
        return Vec::new();
    }
    let pairs = unit.regions.iter().zip(&after.regions);
    let dead =
        pairs.filter(|(before, after)| before.branch != Branch::CudaOnly && after.branch == Branch::CudaOnly);
    dead.map(|(before, _)| before.body).collect()
}

/// Removes from `findings` the places and edits in branches that HIP never compiles with the fixes of conditions.
pub(crate) fn remove(findings: &mut Vec<Finding>, unit: &Unit, context: &Context) {
    let bodies = bodies(findings, unit, context);
    if bodies.is_empty() {
        return;
    }
    // An insertion at the start of a body belongs to the condition before it.
    let is_dead = |span: Span| bodies.iter().any(|body| body.contains(span) && span.start > body.start);
    findings.retain_mut(|finding| {
        if finding.whole_file {
            return true;
        }
        if !finding.remove_places(is_dead) {
            return false;
        }
        if finding.fix.edits().iter().any(|edit| is_dead(edit.span)) {
            let mut edits = std::mem::take(&mut finding.fix).into_edits();
            edits.retain(|edit| !is_dead(edit.span));
            finding.fix = if edits.is_empty() { Fix::None } else { Fix::Many(edits) };
        }
        true
    });
}
