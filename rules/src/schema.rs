//! The TOML form of the tables. One schema serves `build.rs`, which compiles the built-in tables, and
//! user tables read at run time. Strings are leaked: tables live as long as the process.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;
use toml::Spanned;

use crate::model::{
    Call, Cast, Effort, Header, HeaderAction, Kind, Level, Library, Name, Rule, Scope, Spelling, Wrap,
};
use crate::release::Release;
use crate::values::string_or_table;

/// A table that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct TableError {
    /// The file, as the caller named it.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong; names the key where there is one.
    pub message: String,
}

/// A row and the line its key stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) line: usize,
    pub(crate) row: T,
}

/// Everything one file holds, sorted by name, with the order of the file still visible in the lines.
#[derive(Default)]
pub(crate) struct Tables {
    /// Where the facts about names and headers come from; may be empty.
    pub(crate) source: &'static str,
    pub(crate) library: Option<Library>,
    pub(crate) names: Vec<Placed<Name>>,
    pub(crate) words: Vec<Placed<Name>>,
    pub(crate) headers: Vec<Placed<Header>>,
    pub(crate) rules: Vec<Placed<Rule>>,
    pub(crate) calls: Vec<Placed<Call>>,
}

/// Reads one file. `path` serves messages alone.
pub(crate) fn parse(path: &str, text: &str) -> Result<Tables, TableError> {
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(offset, _)| offset).collect();
    let line = |offset: usize| 1 + line_ends.partition_point(|&end| end < offset);
    let at =
        |offset: usize, message: String| TableError { path: path.to_owned(), line: line(offset), message };
    let document: Document = toml::from_str(text)
        .map_err(|error| at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    document.into_tables(&line).map_err(|(offset, message)| at(offset, message))
}

/// A byte offset and what is wrong there.
type Fault = (usize, String);

type Section<T> = BTreeMap<Spanned<String>, T>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    library: Option<String>,
    title: Option<String>,
    hip: Option<String>,
    source: Option<String>,
    #[serde(default)]
    functions: Section<Entry>,
    #[serde(default)]
    types: Section<Entry>,
    #[serde(default)]
    values: Section<Entry>,
    #[serde(default)]
    macros: Section<Entry>,
    #[serde(default)]
    device_functions: Section<Entry>,
    #[serde(default)]
    device_types: Section<Entry>,
    #[serde(default)]
    namespaces: Section<Entry>,
    #[serde(default)]
    flags: Section<Entry>,
    #[serde(default)]
    nvcc_flags: Section<Entry>,
    #[serde(default)]
    link_libraries: Section<Entry>,
    #[serde(default)]
    cmake_targets: Section<Entry>,
    #[serde(default)]
    cmake_variables: Section<Entry>,
    #[serde(default)]
    cmake_properties: Section<Entry>,
    #[serde(default)]
    cmake_commands: Section<Entry>,
    #[serde(default)]
    environment: Section<Entry>,
    #[serde(default)]
    tools: Section<Entry>,
    #[serde(default)]
    packages: Section<Entry>,
    #[serde(default)]
    python: Section<Entry>,
    #[serde(default)]
    images: Section<Entry>,
    #[serde(default)]
    headers: Section<HeaderEntry>,
    #[serde(default)]
    rule: Vec<Spanned<RuleEntry>>,
    #[serde(default)]
    call: Vec<Spanned<CallEntry>>,
}

impl Document {
    fn into_tables(self, line: &dyn Fn(usize) -> usize) -> Result<Tables, Fault> {
        let source = leak(self.source.unwrap_or_default());
        let mut tables = Tables { source, ..Tables::default() };
        let library = leak(self.library.unwrap_or_else(|| "user".to_owned()));
        let sections = [
            (Kind::Function, self.functions),
            (Kind::Type, self.types),
            (Kind::Value, self.values),
            (Kind::Macro, self.macros),
            (Kind::DeviceFunction, self.device_functions),
            (Kind::DeviceType, self.device_types),
            (Kind::Namespace, self.namespaces),
        ];
        for (kind, section) in sections {
            for (key, entry) in section {
                let offset = key.span().start;
                let row = entry.into_name(key.into_inner(), kind, library).map_err(|m| (offset, m))?;
                tables.names.push(Placed { line: line(offset), row });
            }
        }
        let sections = [
            (Kind::Flag, self.flags),
            (Kind::NvccFlag, self.nvcc_flags),
            (Kind::LinkLibrary, self.link_libraries),
            (Kind::CmakeTarget, self.cmake_targets),
            (Kind::CmakeVariable, self.cmake_variables),
            (Kind::CmakeProperty, self.cmake_properties),
            (Kind::CmakeCommand, self.cmake_commands),
            (Kind::Environment, self.environment),
            (Kind::Tool, self.tools),
            (Kind::Package, self.packages),
            (Kind::Python, self.python),
            (Kind::Image, self.images),
        ];
        for (kind, section) in sections {
            for (key, entry) in section {
                let offset = key.span().start;
                let row = entry.into_word(key.into_inner(), kind, library).map_err(|m| (offset, m))?;
                tables.words.push(Placed { line: line(offset), row });
            }
        }
        for (key, entry) in self.headers {
            let offset = key.span().start;
            let row = entry.into_header(key.into_inner(), source).map_err(|m| (offset, m))?;
            tables.headers.push(Placed { line: line(offset), row });
        }
        for entry in self.rule {
            let offset = entry.span().start;
            tables.rules.push(Placed { line: line(offset), row: entry.into_inner().into_rule() });
        }
        for entry in self.call {
            let offset = entry.span().start;
            let row = entry.into_inner().into_call().map_err(|m| (offset, m))?;
            tables.calls.push(Placed { line: line(offset), row });
        }
        if let Some(title) = self.title {
            let hip = leak(self.hip.unwrap_or_default());
            tables.library = Some(Library { key: library, title: leak(title), hip, source });
        }
        Ok(tables)
    }
}

/// The value of a name: a plain string is a plain rename.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFields {
    hip: Option<String>,
    since: Option<Release>,
    until: Option<Release>,
    #[serde(default)]
    older: Vec<Older>,
    ocp: Option<Older>,
    review: Option<String>,
    manual: Option<String>,
    unsupported: Option<String>,
    drop: Option<String>,
    note: Option<String>,
}

/// An earlier spelling.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Older {
    hip: String,
    since: Option<Release>,
    until: Option<Release>,
}

struct Entry(EntryFields);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = |hip| EntryFields { hip: Some(hip), ..EntryFields::default() };
        string_or_table(deserializer, plain).map(Entry)
    }
}

impl Entry {
    fn into_name(self, cuda: String, kind: Kind, library: &'static str) -> Result<Name, String> {
        if cuda.len() < 2 || !cuda.split("::").all(is_identifier) {
            return Err(format!("`{cuda}` is not a name that code can use"));
        }
        if self.0.drop.is_some() {
            return Err(format!("`{cuda}`: a name of C++ cannot be dropped"));
        }
        self.into_word(cuda, kind, library)
    }

    /// A row whose key need not be an identifier.
    fn into_word(self, cuda: String, kind: Kind, library: &'static str) -> Result<Name, String> {
        let Entry(mut fields) = self;
        let drop = fields.drop.take();
        if drop.is_some() && fields.hip.replace(String::new()).is_some() {
            return Err(format!("`{cuda}`: what is dropped needs no `hip`"));
        }
        let stated = [&fields.review, &fields.manual, &fields.unsupported].into_iter().flatten().count();
        if stated > 1 {
            return Err(format!("`{cuda}`: only one of `review`, `manual` and `unsupported` can hold"));
        }
        if fields.hip.is_some() == fields.unsupported.is_some() {
            return Err(format!("`{cuda}`: write either `hip` or `unsupported`"));
        }
        let level = match (&fields.review, &fields.manual, &fields.unsupported) {
            (None, None, None) => Level::Safe,
            (Some(_), _, _) => Level::Review,
            _ => Level::Manual,
        };
        let spellings = spellings(&cuda, fields.hip, fields.since, fields.until, fields.older)?;
        let note = [fields.review, fields.manual, fields.unsupported, drop, fields.note];
        let note = leak(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        let ocp = fields.ocp.map(|ocp| Spelling { hip: leak(ocp.hip), since: ocp.since, until: ocp.until });
        let ocp = Vec::leak(Vec::from_iter(ocp));
        Ok(Name { cuda: leak(cuda), library, kind, spellings, ocp, level, note })
    }
}

/// The value of a header: a plain string is a header that brings nothing else with it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {
    hip: Option<String>,
    since: Option<Release>,
    until: Option<Release>,
    #[serde(default)]
    older: Vec<Older>,
    #[serde(default)]
    same: bool,
    #[serde(default)]
    runtime: bool,
    drop: Option<String>,
    manual: Option<String>,
    note: Option<String>,
}

struct HeaderEntry(HeaderFields);

impl<'de> Deserialize<'de> for HeaderEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = |hip| HeaderFields { hip: Some(hip), ..HeaderFields::default() };
        string_or_table(deserializer, plain).map(HeaderEntry)
    }
}

impl HeaderEntry {
    fn into_header(self, cuda: String, source: &'static str) -> Result<Header, String> {
        let HeaderEntry(mut fields) = self;
        if fields.same && fields.hip.replace(cuda.clone()).is_some() {
            return Err(format!("`{cuda}`: `same` needs no `hip`"));
        }
        let action = match (&fields.drop, &fields.manual, fields.same) {
            (Some(_), None, false) => HeaderAction::Drop,
            (None, Some(_), false) => HeaderAction::Manual,
            (None, None, true) => HeaderAction::Same,
            (None, None, false) => HeaderAction::Map,
            _ => return Err(format!("`{cuda}`: only one of `drop`, `manual` and `same` can hold")),
        };
        let needs_hip = matches!(action, HeaderAction::Map | HeaderAction::Same);
        if needs_hip != fields.hip.is_some() && action != HeaderAction::Manual {
            return Err(format!("`{cuda}`: write `hip` for a header that is mapped, and for no other"));
        }
        let spellings = spellings(&cuda, fields.hip, fields.since, fields.until, fields.older)?;
        let note = [fields.drop, fields.manual, fields.note];
        let note = leak(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        Ok(Header { cuda: leak(cuda), spellings, action, runtime: fields.runtime, note, source })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    name: String,
    level: Level,
    #[serde(default)]
    scope: Scope,
    effort: Option<Effort>,
    what: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    todo: String,
    #[serde(default)]
    assumption: String,
    #[serde(default)]
    identifiers: Vec<String>,
    #[serde(default = "example_file")]
    file: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    source: String,
}

fn example_file() -> String {
    "example.cu".to_owned()
}

impl RuleEntry {
    fn into_rule(self) -> Rule {
        Rule {
            name: leak(self.name),
            level: self.level,
            scope: self.scope,
            effort: self.effort.unwrap_or(Effort::of(self.level)),
            what: leak(self.what),
            why: leak(self.why),
            todo: leak(self.todo),
            assumption: leak(self.assumption),
            file: leak(self.file),
            before: leak(self.before),
            after: leak(self.after),
            source: leak(self.source),
            identifiers: self.identifiers.into_iter().map(leak).collect::<Vec<_>>().leak(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallEntry {
    cuda: String,
    arguments: Option<u8>,
    #[serde(default)]
    wrap: Vec<WrapEntry>,
    #[serde(default)]
    cast: Vec<CastEntry>,
    #[serde(default)]
    to: String,
    level: Option<Level>,
    #[serde(default)]
    note: String,
    rocm_since: Option<Release>,
    rocm_until: Option<Release>,
    cuda_since: Option<Release>,
    cuda_until: Option<Release>,
    #[serde(default)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrapEntry {
    arg: u8,
    with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CastEntry {
    arg: u8,
    to: String,
}

impl CallEntry {
    fn into_call(self) -> Result<Call, String> {
        let last = self.wrap.iter().map(|wrap| wrap.arg).chain(self.cast.iter().map(|cast| cast.arg)).max();
        if let (Some(last), Some(count)) = (last, self.arguments)
            && last >= count
        {
            return Err(format!("`{}`: argument {last} of a call with {count} arguments", self.cuda));
        }
        let wrap = self.wrap.into_iter().map(|wrap| Wrap { arg: wrap.arg, with: leak(wrap.with) });
        let cast = self.cast.into_iter().map(|cast| Cast { arg: cast.arg, to: leak(cast.to) });
        Ok(Call {
            cuda: leak(self.cuda),
            arguments: self.arguments,
            wrap: wrap.collect::<Vec<_>>().leak(),
            cast: cast.collect::<Vec<_>>().leak(),
            to: leak(self.to),
            level: self.level.unwrap_or(Level::Safe),
            note: leak(self.note),
            rocm_since: self.rocm_since,
            rocm_until: self.rocm_until,
            cuda_since: self.cuda_since,
            cuda_until: self.cuda_until,
            source: leak(self.source),
        })
    }
}

fn spellings(
    cuda: &str,
    hip: Option<String>,
    since: Option<Release>,
    until: Option<Release>,
    older: Vec<Older>,
) -> Result<&'static [Spelling], String> {
    let newest = hip.map(|hip| Older { hip, since, until });
    if newest.is_none() && (since.is_some() || until.is_some() || !older.is_empty()) {
        return Err(format!("`{cuda}`: releases without `hip`"));
    }
    let all: Vec<Spelling> = newest
        .into_iter()
        .chain(older)
        .map(|old| Spelling { hip: leak(old.hip), since: old.since, until: old.until })
        .collect();
    let disjoint =
        all.windows(2).all(|pair| matches!((pair[0].since, pair[1].until), (Some(a), Some(b)) if a >= b));
    if !disjoint {
        return Err(format!(
            "`{cuda}`: `older` must end (`until`) before the newer spelling begins (`since`)"
        ));
    }
    let empty =
        |spelling: &Spelling| matches!((spelling.since, spelling.until), (Some(a), Some(b)) if a >= b);
    if all.iter().any(empty) {
        return Err(format!("`{cuda}`: a spelling ends before it begins"));
    }
    Ok(all.leak())
}

/// Whether code can write this as one identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn leak(text: String) -> &'static str {
    if text.is_empty() { "" } else { text.leak() }
}
