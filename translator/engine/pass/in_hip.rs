//! Turns findings in code that is HIP already into reports: nothing is edited there, and leftovers of CUDA are reported.

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{InHip, Level, Rules, rule};

use crate::finding::{Finding, Fix};
use crate::text::{Edit, Replacement, Span};

/// Selects the findings to report in HIP code from the findings that the same text has as CUDA code.
///
/// The key `in_hip` of a rule decides which of its findings are kept. A name, header or call of CUDA that a conversion would change
/// is one finding in each file.
pub(crate) fn in_hip(findings: Vec<Finding>, rules: &Rules) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut leftovers: FxHashMap<&'static str, usize> = FxHashMap::default();
    let is_kept =
        |finding: &&Finding| rules.rule(finding.rule).is_some_and(|rule| rule.in_hip == InHip::Always);
    let told: FxHashSet<Span> = findings.iter().filter(is_kept).map(|finding| finding.span).collect();
    for finding in findings {
        let has_fix = finding.fix != Fix::None && finding.level != Level::Manual;
        let counts = rules.rule(finding.rule).map(|rule| rule.in_hip);
        match counts {
            Some(InHip::Never) => {}
            Some(InHip::WithoutFix) if has_fix => {}
            // A finding of a rule reports the same name already.
            None if has_fix && told.contains(&finding.span) => {}
            None if has_fix => {
                let index = *leftovers.entry(finding.rule).or_insert(kept.len());
                match kept.get_mut(index) {
                    Some(first) => first.also.extend([finding.span].into_iter().chain(finding.also)),
                    None => kept.extend(leftover(&finding, rules)),
                }
            }
            _ => kept.push(by_hand(finding)),
        }
    }
    kept
}

/// The same finding without a fix, as a task for a person.
fn by_hand(finding: Finding) -> Finding {
    let todo = finding.words().todo;
    let todo = if todo.is_empty() {
        format!("make by hand the change that `tranship explain {}` shows", finding.rule)
    } else {
        todo.into_owned()
    };
    finding.with(Fix::None).at(Level::Manual).assuming("").advising(todo)
}

/// The finding about a name, header or call of CUDA that `finding` would change; `None` where the tables lack the rule.
fn leftover(finding: &Finding, rules: &Rules) -> Option<Finding> {
    let rule = rules.named(rule::CUDA_IN_HIP)?;
    let what = format!("`{}` is a name of CUDA in code that is HIP already", finding.rule);
    let todo = match finding.fix.edits() {
        [Edit { with: Replacement::Text(text), .. }, ..] if text.trim().is_empty() => "remove it".to_owned(),
        [Edit { with: Replacement::Text(text), .. }, ..] => format!("write `{text}`"),
        _ => format!("`tranship explain {}` shows what to write", finding.rule),
    };
    let leftover = Finding::of(rule, finding.span).saying(what).advising(todo);
    Some(Finding { also: finding.also.clone(), ..leftover })
}
