//! The TOML form of the tables. `build.rs` uses this schema for the built-in tables. At run time it is used for tables of
//! users, and `intern` keeps their texts and rows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;
use toml::Spanned;

use crate::blocks::{CallEntry, RuleEntry};
use crate::intern;
use crate::list_blocks::{
    ArchitectureEntry, CostEntry, HipBuildEntry, KeptEntry, ListEntry, OtherBuildEntry, PortableLayerEntry,
    ProductEntry, ShadowEntry, TopicEntry, VendoredEntry,
};
use crate::lists::{
    Architecture, Cost, HipBuild, Kept, List, OtherBuild, PortableLayer, Product, Shadow, Topic, Vendored,
};
use crate::model::{
    Call, Effort, Header, HeaderAction, Kind, Level, Library, Name, RocLibrary, Rule, Spelling,
};
use crate::release::Release;
use crate::values::string_or_table;

/// A table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
#[non_exhaustive]
pub struct TableError {
    /// The file, as the caller named it.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, with the key if there is one.
    pub message: String,
}

/// A row and the line of its key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<T> {
    pub(crate) line: usize,
    pub(crate) row: T,
}

/// The content of one file, sorted by name. The line numbers keep the order of the file.
#[derive(Default)]
pub(crate) struct Tables {
    /// Where the facts about names and headers come from; may be empty.
    pub(crate) source: &'static str,
    pub(crate) library: Option<Library>,
    /// The title of the library for `--libraries roc` that this table is about, without its rows.
    pub(crate) roc: Option<Located<RocLibrary>>,
    pub(crate) names: Vec<Located<Name>>,
    pub(crate) words: Vec<Located<Name>>,
    pub(crate) headers: Vec<Located<Header>>,
    pub(crate) rules: Vec<Located<Rule>>,
    pub(crate) calls: Vec<Located<Call>>,
    pub(crate) lists: Vec<Located<List>>,
    pub(crate) kept: Vec<Located<Kept>>,
    pub(crate) vendored: Vec<Located<Vendored>>,
    pub(crate) portable_layers: Vec<Located<PortableLayer>>,
    pub(crate) other_builds: Vec<Located<OtherBuild>>,
    pub(crate) hip_builds: Vec<Located<HipBuild>>,
    pub(crate) topics: Vec<Located<Topic>>,
    pub(crate) costs: Vec<Located<Cost>>,
    pub(crate) shadows: Vec<Located<Shadow>>,
    pub(crate) architectures: Vec<Located<Architecture>>,
    pub(crate) products: Vec<Located<Product>>,
}

impl Tables {
    /// The line of the first block that only the built-in tables may have.
    pub(crate) fn first_builtin_only(&self) -> Option<usize> {
        let lists = self.lists.iter().map(|block| block.line);
        let kept = self.kept.iter().map(|block| block.line);
        let vendored = self.vendored.iter().map(|block| block.line);
        let layers = self.portable_layers.iter().map(|block| block.line);
        let builds = self.other_builds.iter().map(|block| block.line);
        let hip_builds = self.hip_builds.iter().map(|block| block.line);
        let topics = self.topics.iter().map(|block| block.line);
        let costs = self.costs.iter().map(|block| block.line);
        let shadows = self.shadows.iter().map(|block| block.line);
        let roc = self.roc.iter().map(|library| library.line);
        let architectures = self.architectures.iter().map(|block| block.line);
        let products = self.products.iter().map(|block| block.line);
        let blocks =
            lists.chain(kept).chain(vendored).chain(layers).chain(builds).chain(hip_builds).chain(topics);
        blocks.chain(costs).chain(shadows).chain(roc).chain(architectures).chain(products).min()
    }
}

/// Reads one file. `path` is used in messages only.
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
    /// The library for `--libraries roc` that has the rows of this table.
    roc: Option<Spanned<String>>,
    /// The CUDA libraries with functions that take types of this library (only with `roc`).
    #[serde(default)]
    uses_types: Vec<String>,
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
    prefixes: Section<Entry>,
    #[serde(default)]
    guards: Section<Entry>,
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
    #[serde(default)]
    list: Vec<Spanned<ListEntry>>,
    #[serde(default)]
    kept: Vec<Spanned<KeptEntry>>,
    #[serde(default)]
    vendored: Vec<Spanned<VendoredEntry>>,
    #[serde(default)]
    portable_layer: Vec<Spanned<PortableLayerEntry>>,
    #[serde(default)]
    other_build: Vec<Spanned<OtherBuildEntry>>,
    #[serde(default)]
    hip_build: Vec<Spanned<HipBuildEntry>>,
    #[serde(default)]
    topic: Vec<Spanned<TopicEntry>>,
    #[serde(default)]
    cost: Vec<Spanned<CostEntry>>,
    #[serde(default)]
    shadow: Vec<Spanned<ShadowEntry>>,
    #[serde(default)]
    architecture: Vec<Spanned<ArchitectureEntry>>,
    #[serde(default)]
    product: Vec<Spanned<ProductEntry>>,
}

impl Document {
    fn into_tables(self, line: &dyn Fn(usize) -> usize) -> Result<Tables, Fault> {
        let source = intern::text(self.source.unwrap_or_default());
        let mut tables = Tables { source, ..Tables::default() };
        let library = intern::text(self.library.unwrap_or_else(|| "user".to_owned()));
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
            let into_row = |entry: Entry, key| entry.into_name(key, kind, library);
            tables.names.extend(rows(section, line, into_row)?);
        }
        let sections = [
            (Kind::Prefix, self.prefixes),
            (Kind::Guard, self.guards),
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
            let into_row = |entry: Entry, key| entry.into_word(key, kind, library);
            tables.words.extend(rows(section, line, into_row)?);
        }
        tables.headers = rows(self.headers, line, |entry: HeaderEntry, key| entry.into_header(key, source))?;
        tables.rules = blocks(self.rule, line, RuleEntry::into_rule)?;
        tables.calls = blocks(self.call, line, CallEntry::into_call)?;
        tables.lists = blocks(self.list, line, |entry| Ok(entry.into_list()))?;
        tables.kept = blocks(self.kept, line, |entry| Ok(entry.into_kept()))?;
        tables.vendored = blocks(self.vendored, line, |entry| Ok(entry.into_vendored()))?;
        tables.portable_layers = blocks(self.portable_layer, line, |entry| Ok(entry.into_layer()))?;
        tables.other_builds = blocks(self.other_build, line, |entry| Ok(entry.into_build()))?;
        tables.hip_builds = blocks(self.hip_build, line, |entry| Ok(entry.into_build()))?;
        tables.topics = blocks(self.topic, line, TopicEntry::into_topic)?;
        tables.costs = blocks(self.cost, line, |entry| Ok(entry.into_cost()))?;
        tables.shadows = blocks(self.shadow, line, |entry| Ok(entry.into_shadow()))?;
        tables.architectures = blocks(self.architecture, line, |entry| Ok(entry.into_architecture()))?;
        tables.products = blocks(self.product, line, |entry| Ok(entry.into_product()))?;
        if let Some(title) = self.roc {
            let offset = title.span().start;
            let uses_types = intern::texts(self.uses_types);
            let title = intern::text(title.into_inner());
            let (names, words): (&[Name], &[Name]) = (&[], &[]);
            let row = RocLibrary {
                key: library,
                title,
                uses_types,
                source,
                names,
                words,
                headers: &[],
                calls: &[],
            };
            tables.roc = Some(Located { line: line(offset), row });
        }
        if let Some(title) = self.title {
            let hip = intern::text(self.hip.unwrap_or_default());
            tables.library = Some(Library { key: library, title: intern::text(title), hip, source });
        }
        Ok(tables)
    }
}

/// The rows of one section, in the order of their keys.
fn rows<E, T>(
    section: Section<E>,
    line: &dyn Fn(usize) -> usize,
    into_row: impl Fn(E, String) -> Result<T, String>,
) -> Result<Vec<Located<T>>, Fault> {
    let located = |(key, entry): (Spanned<String>, E)| {
        let offset = key.span().start;
        let row = into_row(entry, key.into_inner()).map_err(|message| (offset, message))?;
        Ok(Located { line: line(offset), row })
    };
    section.into_iter().map(located).collect()
}

/// The rows of all `[[...]]` blocks of one kind.
fn blocks<E, T>(
    entries: Vec<Spanned<E>>,
    line: &dyn Fn(usize) -> usize,
    into_row: impl Fn(E) -> Result<T, String>,
) -> Result<Vec<Located<T>>, Fault> {
    let located = |entry: Spanned<E>| {
        let offset = entry.span().start;
        let row = into_row(entry.into_inner()).map_err(|message| (offset, message))?;
        Ok(Located { line: line(offset), row })
    };
    entries.into_iter().map(located).collect()
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
    without_images: Option<String>,
    review: Option<String>,
    manual: Option<String>,
    unsupported: Option<String>,
    drop: Option<String>,
    note: Option<String>,
    /// The effort of one use that needs a person: `check`, `edit` (the default) or `rework`.
    effort: Option<Effort>,
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

    /// A row with any key, which may be no identifier.
    fn into_word(self, cuda: String, kind: Kind, library: &'static str) -> Result<Name, String> {
        if kind == Kind::Prefix
            && !cuda.strip_suffix('*').is_some_and(|stem| stem.len() > 2 && is_identifier(stem))
        {
            return Err(format!("`{cuda}` is not the beginning of a name and `*`"));
        }
        if kind == Kind::Prefix && self.0.unsupported.is_none() {
            return Err(format!("`{cuda}`: a prefix is no reason to rename; write `unsupported`"));
        }
        if kind == Kind::Guard && !is_identifier(&cuda) {
            return Err(format!("`{cuda}` is not a name that code can use"));
        }
        let Entry(mut fields) = self;
        let drop = fields.drop.take();
        if drop.is_some() && fields.hip.replace(String::new()).is_some() {
            return Err(format!("`{cuda}`: `drop` and `hip` exclude each other"));
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
        let note = intern::text(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        let ocp =
            fields.ocp.map(|ocp| Spelling { hip: intern::text(ocp.hip), since: ocp.since, until: ocp.until });
        let ocp = intern::rows(Vec::from_iter(ocp));
        let without_images = intern::text(fields.without_images.unwrap_or_default());
        let effort = fields.effort.unwrap_or_else(|| default_effort(kind, spellings, note));
        let cuda = intern::text(cuda);
        Ok(Name { cuda, library, kind, spellings, ocp, without_images, level, note, effort })
    }
}

/// The effort of a use if the row has no `effort`. A name of code without a counterpart and without advice needs a new
/// design, which is `rework`.
fn default_effort(kind: Kind, spellings: &[Spelling], note: &str) -> Effort {
    let is_code = matches!(
        kind,
        Kind::Function | Kind::Type | Kind::DeviceFunction | Kind::DeviceType | Kind::Namespace
    );
    if is_code && spellings.is_empty() && note.is_empty() { Effort::Rework } else { Effort::Edit }
}

/// The value of a header. A plain string is a header that does not include the runtime header.
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
        let note = intern::text(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        Ok(Header { cuda: intern::text(cuda), spellings, action, runtime: fields.runtime, note, source })
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
        .map(|old| Spelling { hip: intern::text(old.hip), since: old.since, until: old.until })
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
    Ok(intern::rows(all))
}

/// Whether `text` is one identifier of C++.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
