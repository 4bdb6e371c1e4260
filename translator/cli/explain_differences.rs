//! `tranship explain`: how the declaration of a CUDA name differs from that of HIP.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tranship_rules::{Contract, contracts};

/// The number of members and enumerators that are listed.
const MOST_LISTED: usize = 4;

/// One line for each difference; one line if there is none; empty if the declarations were not compared.
pub(super) fn text(cuda: &str) -> String {
    let found: Vec<Contract> = contracts(cuda).into_iter().filter(|found| found.kind != "value").collect();
    let all: Vec<&Contract> = found.iter().collect();
    // Members and numbers change with every release, so only the newest releases are of interest.
    let newest = newest(&found);
    let is_shown =
        |found: &&Contract| found.kind == "function" || found.releases.split(' ').any(|pair| pair == newest);
    let different: Vec<&Contract> =
        found.iter().filter(|found| !found.differences.is_empty()).filter(is_shown).collect();
    if all.is_empty() {
        return String::new();
    }
    if different.is_empty() {
        return format!(
            "differences: none between the declarations of {} and {}\n",
            cuda_releases(&all),
            rocm(&all)
        );
    }
    let mut out = String::new();
    let parts: BTreeSet<&str> = different.iter().flat_map(|found| found.differences.split("; ")).collect();
    for part in parts {
        let having: Vec<&Contract> = different
            .iter()
            .copied()
            .filter(|found| found.differences.split("; ").any(|own| own == part))
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "differences of {} from {}: {}",
            rocm(&having),
            cuda_releases(&having),
            plain(part, having[0].kind)
        );
    }
    out
}

/// The pair of the newest releases in `found`.
fn newest(found: &[Contract]) -> &'static str {
    let number = |text: &str| text.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let pairs = found.iter().flat_map(|found| found.releases.split(' '));
    let key = |pair: &&str| pair.split_once('/').map(|(cuda, rocm)| (number(rocm), number(cuda)));
    pairs.max_by_key(key).unwrap_or_default()
}

/// `ROCm 5.2, 6.4`, the releases of ROCm in `found`.
fn rocm(found: &[&Contract]) -> String {
    format!("ROCm {}", releases(found, |pair| pair.1))
}

/// `CUDA 11.8, 12.4`, the releases of CUDA in `found`.
fn cuda_releases(found: &[&Contract]) -> String {
    format!("CUDA {}", releases(found, |pair| pair.0))
}

fn releases<'a>(found: &[&Contract], side: impl Fn((&'a str, &'a str)) -> &'a str) -> String {
    let pairs = found.iter().flat_map(|found| found.releases.split(' '));
    let all: BTreeSet<&str> = pairs.filter_map(|pair| pair.split_once('/')).map(side).collect();
    all.into_iter().collect::<Vec<_>>().join(", ")
}

/// The first of `items`, and how many follow.
fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(MOST_LISTED);
    items.truncate(MOST_LISTED);
    let shown = items.join(", ");
    if more == 0 { shown } else { format!("{shown}, and {more} more") }
}

/// The difference `part` of the tables in words.
fn plain(part: &str, kind: &str) -> String {
    let (place, rest) = part.split_once(' ').unwrap_or((part, ""));
    match place {
        "missing" => return format!("HIP lacks {}", listed(rest.split(' ').map(|name| format!("`{name}`")))),
        "order" | "place" => return "the members have another order".to_owned(),
        _ => {}
    }
    let is_number = place.bytes().all(|byte| byte.is_ascii_digit());
    match (kind, rest.split_once(" -> ")) {
        ("enumeration", _) => {
            let numbers = part.split(' ').filter_map(|word| word.split_once('='));
            listed(numbers.map(|(cuda, hip)| format!("number {cuda} is {hip}")))
        }
        (_, Some((before, after))) if place == "count" => format!("{after} parameters in place of {before}"),
        (_, Some((change, after))) => {
            let before = change.split_once(' ').map_or(change, |(_, before)| before);
            let what = if is_number { format!("parameter {place}") } else { format!("`{place}`") };
            format!("{what} is `{after}` in place of `{before}`")
        }
        (_, None) => part.to_owned(),
    }
}
