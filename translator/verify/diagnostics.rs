//! Reads the messages of clang: errors and warnings, with their notes and the includes that lead to them. It does not judge them.

use std::path::PathBuf;

/// Whether a message stops the compilation.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The unit does not compile.
    Error,
    /// The unit compiles.
    Warning,
}

/// A place in a file that the compiler names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The path as the compiler writes it.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 1; 0 if it is unknown.
    pub column: u32,
}

/// One message of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it is an error.
    pub severity: Severity,
    /// Its place; `None` for messages of the compiler about itself.
    pub spot: Option<Spot>,
    /// Its text.
    pub text: String,
    /// The notes that follow.
    pub notes: Vec<(Spot, String)>,
    /// The includes that lead to its file, the innermost last.
    pub included_from: Vec<Spot>,
}

impl Diagnostic {
    /// The header that is missing, if that is the message.
    pub fn missing_header(&self) -> Option<&str> {
        let rest = self.text.strip_prefix('\'')?;
        rest.split_once('\'').filter(|(_, rest)| rest.starts_with(" file not found")).map(|(name, _)| name)
    }

    /// The words of code in the quotes of the message.
    pub fn quoted_words(&self) -> impl Iterator<Item = &str> {
        let quoted = self.text.split('\'').skip(1).step_by(2);
        quoted
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .filter(|word| word.len() > 1 && word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    }

    /// The option that switches a warning off, such as `-Wunused-value`; without one the text of the message.
    pub fn option(&self) -> &str {
        let option = self.text.rsplit_once(" [").map(|(_, rest)| rest.trim_end_matches(']'));
        option.filter(|option| option.starts_with("-W")).unwrap_or(&self.text)
    }

    /// Whether the message says that a name is not declared. The name alone is then the cause.
    pub fn is_unknown_name(&self) -> bool {
        const FORMS: [&str; 6] = [
            "use of undeclared identifier",
            "unknown type name",
            "no member named",
            "no type named",
            "no template named",
            "use of undeclared",
        ];
        FORMS.iter().any(|form| self.text.starts_with(form))
    }
}

/// The messages in the output `text` of clang, in order. Lines that are no messages are left out.
pub fn parse(text: &str) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    let mut stack: Vec<Spot> = Vec::new();
    for line in text.lines() {
        if let Some(spot) = included_from(line) {
            stack.push(spot);
            continue;
        }
        let Some((spot, kind, text)) = message(line) else { continue };
        let text = text.trim().to_owned();
        if kind == "note" {
            if let (Some(last), Some(spot)) = (all.last_mut(), spot) {
                last.notes.push((spot, text));
            }
            stack.clear();
            continue;
        }
        if text.starts_with("too many errors emitted") {
            continue;
        }
        // Clang writes the includes only when they differ from those of the message before.
        let path = |spot: &Option<Spot>| spot.as_ref().map(|spot| spot.path.clone());
        let mut included_from = std::mem::take(&mut stack);
        if let Some(last) =
            all.last().filter(|last| included_from.is_empty() && path(&last.spot) == path(&spot))
        {
            included_from.clone_from(&last.included_from);
        }
        let severity = if kind == "warning" { Severity::Warning } else { Severity::Error };
        all.push(Diagnostic { severity, spot, text, notes: Vec::new(), included_from });
    }
    all
}

/// The place in a line `In file included from PATH:LINE:`.
fn included_from(line: &str) -> Option<Spot> {
    let rest = line.strip_prefix("In file included from ")?.trim_end_matches([':', ',']);
    let (path, line) = rest.rsplit_once(':')?;
    Some(Spot { path: path.into(), line: line.parse().ok()?, column: 0 })
}

/// The place, the kind and the text of a message. The kind is `error`, `warning` or `note`.
fn message(line: &str) -> Option<(Option<Spot>, &'static str, &str)> {
    const KINDS: [(&str, &str); 4] =
        [("fatal error: ", "error"), ("error: ", "error"), ("warning: ", "warning"), ("note: ", "note")];
    let found = KINDS.iter().filter_map(|(mark, kind)| {
        let at = if line.starts_with(mark) { 0 } else { line.find(&format!(": {mark}"))? + 2 };
        Some((at, *mark, *kind))
    });
    let (at, mark, kind) = found.min_by_key(|(at, ..)| *at)?;
    let before = line[..at].trim_end().trim_end_matches(':');
    Some((spot(before), kind, &line[at + mark.len()..]))
}

/// `PATH:LINE:COLUMN` or `PATH:LINE`.
fn spot(text: &str) -> Option<Spot> {
    let (rest, last) = text.rsplit_once(':')?;
    let last = last.parse().ok()?;
    let spot = |path: &str, line, column| Some(Spot { path: path.into(), line, column });
    match rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?))) {
        Some((path, line)) => spot(path, line, last),
        None => spot(rest, last, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_their_notes_and_includes() {
        let text = "In file included from /o/a.hip:3:\n\
                    In file included from /o/b.h:2:\n\
                    /o/c.h:7:9: error: no matching function for call to 'hipFoo' [-Wx]\n\
                    /o/d.h:1:1: note: candidate function not viable\n\
                    /o/c.h:8:1: warning: unused variable 'x' [-Wunused-variable]\n\
                    /o/a.hip:9:2: fatal error: 'mpi.h' file not found\n\
                    clang++: error: unknown argument: '-foo'\n\
                    fatal error: too many errors emitted, stopping now [-ferror-limit=]\n\
                    2 errors generated when compiling for gfx942.\n";
        let spot = |path: &str, line, column| Spot { path: path.into(), line, column };
        let found = parse(text);
        assert_eq!(found.len(), 4);
        assert_eq!(found[0].spot, Some(spot("/o/c.h", 7, 9)));
        assert_eq!(found[0].included_from, [spot("/o/a.hip", 3, 0), spot("/o/b.h", 2, 0)]);
        assert_eq!(found[0].notes, [(spot("/o/d.h", 1, 1), "candidate function not viable".to_owned())]);
        assert_eq!(found[0].quoted_words().collect::<Vec<_>>(), ["hipFoo"]);
        assert_eq!((found[1].severity, found[1].included_from.len()), (Severity::Warning, 2));
        assert_eq!((found[2].missing_header(), found[2].included_from.len()), (Some("mpi.h"), 0));
        assert_eq!((&found[3].spot, found[3].text.as_str()), (&None, "unknown argument: '-foo'"));
    }

    #[test]
    fn a_missing_name_is_told_from_a_wrong_type() {
        let is_unknown = |text: &str| parse(&format!("a.cc:1:1: error: {text}\n"))[0].is_unknown_name();
        assert!(is_unknown("use of undeclared identifier 'x'"));
        assert!(is_unknown("no member named 'x' in 'y'"));
        assert!(!is_unknown("cannot initialize a variable of type 'int' with an rvalue of type 'float'"));
    }
}
