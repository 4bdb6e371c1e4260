//! Conversions as text for people and for programs. It refuses to print: it returns what is to be printed.

mod concise;
mod github;
mod json;
mod sarif;
mod text;

use std::path::Path;

use tranship_rules::{Level, Rules};

use crate::passes::Target;
use crate::project::Found;
use crate::project::run::Conversion;

/// How findings are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As rustc writes them, with the source.
    #[default]
    Text,
    /// One line each.
    Concise,
    /// For programs; versioned.
    Json,
    /// SARIF 2.1.0, as code scanning reads it.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

/// What a conversion was made for.
pub struct Made<'a> {
    /// ROCm release, architectures.
    pub target: &'a Target,
    /// The tables.
    pub rules: &'a Rules,
}

/// All findings of `conversions`. Text and concise output may hold colours.
pub fn render(format: Format, conversions: &[Conversion], made: &Made) -> String {
    match format {
        Format::Text => text::render(conversions),
        Format::Concise => concise::render(conversions),
        Format::Json => json::render(conversions, made),
        Format::Sarif => sarif::render(conversions, made),
        Format::Github => github::render(conversions),
    }
}

/// The JSON schema of [`Format::Json`].
pub fn json_schema() -> String {
    json::schema()
}

/// The library whose name `found` is about; `None` for a rule about the language or the build.
fn library(found: &Found, made: &Made) -> Option<&'static str> {
    let name = made.rules.name(found.rule.as_bytes());
    name.or_else(|| made.rules.words_named(found.rule).next()).map(|name| name.library)
}

/// The word for a level.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    }
}

/// A path for people: characters that would move the cursor or change colours are spelled out.
pub fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy()).replace('\n', "\\n").replace('\t', "\\t")
}

/// `text` with its control characters spelled out; tabs and line ends stay.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let harmless = !c.is_control() || c == '\t' || c == '\n';
        // Marks that reorder what is shown can hide what a line really says.
        let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if harmless && !reorders { out.push(c) } else { out.extend(c.escape_default()) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(plain("a\x1b[31mb\t\u{202e}\n"), "a\\u{1b}[31mb\t\\u{202e}\n");
    }
}
