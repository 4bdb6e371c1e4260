//! Atomic variables of libcu++: `cuda::atomic`, `cuda::atomic_ref`, `cuda::atomic_thread_fence`, their scopes and orders.
//!
//! They become classes of the support header. A file cannot have the classes of both libraries, so either all names of a
//! file are translated or none.

use tranship_rules::{Level, rule};

use super::copies;
use crate::cpp::Unit;
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// When an operation for all GPUs and the host is right.
const SYSTEM: &str = "memory that the host or another GPU reads at the same time is fine-grained: that of `hipHostMalloc` is, \
                      that of `hipMalloc` is not";

/// The headers of libcu++ that declare atomic variables.
const HEADERS: &[&[u8]] = &[b"<cuda/atomic>", b"<cuda/std/atomic>"];

/// A name of libcu++ that is translated.
struct Use {
    /// The token of `cuda`.
    at: usize,
    span: Span,
    text: String,
    /// Whether it is a class or a fence, not only a scope or an order.
    is_operation: bool,
    /// Whether it concerns the host and other GPUs.
    is_system: bool,
}

/// Handles `cuda::name` at token `index`, whose name is at token `name`. The first use in the file reports all. Returns `false`
/// if this use is left to the rule for libcu++.
pub(super) fn check(pass: &mut Pass, index: usize, name: usize) -> bool {
    let unit = pass.unit;
    if !is_name(unit.text(&unit.tokens()[last_name(unit, name)])) {
        return false;
    }
    let Some(uses) = uses(pass) else { return false };
    if uses.first().is_some_and(|first| first.at != index) {
        let start = unit.tokens()[index].start;
        return uses.iter().any(|each| each.span.covers(start));
    }
    let Some(rule) = pass.context.rules.named(rule::ATOMIC_CLASS) else { return false };
    let mut edits: Vec<Edit> = uses.iter().map(|each| Edit::replace(each.span, each.text.clone())).collect();
    if copies::uses_nothing_else(pass, &edits) {
        edits.extend(HEADERS.iter().flat_map(|header| copies::include_of(unit, header)));
    }
    let what = format!("`{}`: {}", unit.slice(uses[0].span), rule.what);
    let finding = Finding::of(rule, uses[0].span).saying(what).with(Fix::Many(edits));
    let is_system = uses.iter().any(|each| each.is_system);
    let mut finding = if is_system { finding.at(Level::Review).assuming(SYSTEM) } else { finding };
    finding.also = uses[1..].iter().filter(|each| each.is_operation).map(|each| each.span).collect();
    pass.report(finding);
    true
}

/// The edits of the uses of atomic variables in a file; empty if one of them is left to a person.
pub(super) fn edits(pass: &Pass) -> Vec<Edit> {
    let uses = uses(pass).unwrap_or_default();
    uses.into_iter().map(|each| Edit::replace(each.span, each.text)).collect()
}

/// The uses in the file; `None` if it has none, or if one cannot be translated.
fn uses(pass: &Pass) -> Option<Vec<Use>> {
    let unit = pass.unit;
    // These threads sleep until another one wakes them, and HIP has no such wait.
    if ["notify_one", "notify_all"]
        .iter()
        .any(|word| !unit.places(word.as_bytes(), 0..unit.tokens().len()).is_empty())
    {
        return None;
    }
    let taken = copies::edits(pass);
    let mut uses: Vec<Use> = Vec::new();
    for (at, name) in copies::uses(unit) {
        let last = last_name(unit, name);
        let start = unit.tokens()[at].start;
        // The order and the scope of a fence are part of its translation.
        let is_taken = taken.iter().any(|edit| edit.span.covers(start))
            || uses.last().is_some_and(|before| before.span.covers(start));
        if !is_taken && is_name(unit.text(&unit.tokens()[last])) {
            uses.push(translated(unit, at, last)?);
        }
    }
    uses.iter().any(|each| each.is_operation).then_some(uses)
}

/// The token of the last part of `name`, which is behind `std::` in `cuda::std::atomic`.
fn last_name(unit: &Unit, name: usize) -> usize {
    let is_nested =
        unit.is_word(name, "std") && unit.tokens().get(name + 1).is_some_and(|token| token.is_double(b':'));
    if is_nested && name + 2 < unit.tokens().len() { name + 2 } else { name }
}

/// Whether a name of libcu++ belongs to its atomic variables.
fn is_name(word: &[u8]) -> bool {
    ["atomic", "memory_order", "thread_scope"].iter().any(|start| word.starts_with(start.as_bytes()))
}

/// The translation of `cuda::name`, where `cuda` is at token `at`, and the last part of the name at token `last`.
fn translated(unit: &Unit, at: usize, last: usize) -> Option<Use> {
    let word = unit.slice(unit.tokens()[last].span());
    let names = |text: &str| {
        Some(Use {
            at,
            span: unit.span_of(at..last + 1),
            text: text.to_owned(),
            is_operation: false,
            is_system: false,
        })
    };
    match word.as_ref() {
        "atomic" | "atomic_ref" => {
            // Without a scope the class is for the whole system.
            let arguments = copies::template(unit, last)?;
            let is_system = arguments.len() == 1;
            Some(Use { is_operation: true, is_system, ..names(&format!("tranship::{word}"))? })
        }
        "atomic_thread_fence" => fence(unit, at, last),
        "thread_scope_system" => Some(Use { is_system: true, ..names("__HIP_MEMORY_SCOPE_SYSTEM")? }),
        "thread_scope_device" => names("__HIP_MEMORY_SCOPE_AGENT"),
        "thread_scope_block" => names("__HIP_MEMORY_SCOPE_WORKGROUP"),
        "thread_scope_thread" => names("__HIP_MEMORY_SCOPE_SINGLETHREAD"),
        "thread_scope" => names("int"),
        "memory_order" if !unit.tokens().get(last + 1)?.is_double(b':') => names("int"),
        "memory_order" => {
            let order = order(&unit.slice(unit.tokens().get(last + 2)?.span()))?;
            Some(Use { span: unit.span_of(at..last + 3), ..names(order)? })
        }
        _ => names(order(word.strip_prefix("memory_order_")?)?),
    }
}

/// The translation of `cuda::atomic_thread_fence(order, scope)`. HIP's fences have the strongest order.
fn fence(unit: &Unit, at: usize, last: usize) -> Option<Use> {
    let arguments = copies::arguments(unit, last)?;
    let given = arguments.first()?;
    let ordered = unit.slice(unit.tokens()[given.end - 1].span());
    order(ordered.strip_prefix("memory_order_").unwrap_or(&ordered))?;
    let scope = arguments.get(1).map(|scope| unit.slice(unit.tokens()[scope.end - 1].span()));
    let (text, is_system) = match scope.as_deref() {
        None | Some("thread_scope_system") => ("__threadfence_system()", true),
        Some("thread_scope_device") => ("__threadfence()", false),
        Some("thread_scope_block") => ("__threadfence_block()", false),
        Some(_) => return None,
    };
    let close = unit.lexed.close_of(last + 1, unit.tokens().len())?;
    Some(Use { at, span: unit.span_of(at..close + 1), text: text.to_owned(), is_operation: true, is_system })
}

/// The order of an atomic operation as a number of clang.
fn order(name: &str) -> Option<&'static str> {
    Some(match name {
        "relaxed" => "__ATOMIC_RELAXED",
        "consume" => "__ATOMIC_CONSUME",
        "acquire" => "__ATOMIC_ACQUIRE",
        "release" => "__ATOMIC_RELEASE",
        "acq_rel" => "__ATOMIC_ACQ_REL",
        "seq_cst" => "__ATOMIC_SEQ_CST",
        _ => return None,
    })
}
