//! `did you mean ...?`: the known names that are most similar to a name that is not known.

use similar::get_close_matches;
use tranship_rules::Rules;

/// `did you mean ...?` with at most three names of `known`; `None` if all are too different.
pub(crate) fn near(name: &str, known: &[&str]) -> Option<String> {
    // A name of a very different length is not a typing error, and comparing all names would be slow.
    let alike: Vec<&str> =
        known.iter().copied().filter(|known| known.len().abs_diff(name.len()) <= 3).collect();
    let close = get_close_matches(name, &alike, 3, 0.75);
    let close: Vec<_> = close.iter().map(|known| format!("`{known}`")).collect();
    (!close.is_empty()).then(|| format!("did you mean {}?", close.join(" or ")))
}

/// The same for a rule, a CUDA name or a CUDA header.
pub(crate) fn near_name(name: &str, rules: &Rules) -> Option<String> {
    let known: Vec<&str> = rules
        .rules()
        .map(|rule| rule.name)
        .chain(rules.names().chain(rules.words()).map(|row| row.cuda))
        .chain(rules.headers().map(|header| header.cuda))
        .collect();
    near(name, &known)
}
