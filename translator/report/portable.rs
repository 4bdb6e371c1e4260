//! Writes the result of `tranship portable` as JSON.

use serde_json::{Value, json};
use tranship_engine::result::Conversion;

use super::{Format, render};
use crate::portable::Portable;

/// The JSON report about `conversions` with one more field, `portable`.
pub fn portable_json(result: &Portable, build: Option<&str>, conversions: &[Conversion]) -> String {
    let mut report: Value = serde_json::from_str(&render(Format::Json, conversions)).unwrap_or_default();
    let headers: Vec<Value> = result
        .headers
        .iter()
        .map(|header| json!({ "path": header.path, "bytes": header.text.len() }))
        .collect();
    report["portable"] = json!({
        "headers": headers,
        "names": result.names,
        "sources": result.sources,
        "without_edit": result.without_edit,
        "places": result.places,
        "left_by_conversion": result.left_by_conversion,
        "places_by_rule": result.places_by_rule,
        "copies": result.copies.len(),
        "changes_in_copies": result.changes_in_copies,
        "build": build,
    });
    // Serialisation cannot fail: a report contains only strings, numbers and booleans.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}
