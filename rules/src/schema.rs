//! The TOML form of the tables. One schema serves `build.rs`, which compiles the built-in tables, and
//! user tables read at run time, whose texts and rows `intern` keeps.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;
use toml::Spanned;

use crate::check::Check;
use crate::intern;
use crate::model::{
    Call, Cast, Effort, Group, Header, HeaderAction, Kind, Level, Library, List, Look, MissingNames, Name,
    OtherBuild, PortableLayer, Rule, Scope, Sign, Spelling, Topic, Vendored, WarpMode, Wrap,
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
    pub(crate) library: Option<Library>,
    pub(crate) names: Vec<Placed<Name>>,
    pub(crate) words: Vec<Placed<Name>>,
    pub(crate) headers: Vec<Placed<Header>>,
    pub(crate) rules: Vec<Placed<Rule>>,
    pub(crate) calls: Vec<Placed<Call>>,
    pub(crate) lists: Vec<Placed<List>>,
    pub(crate) vendored: Vec<Placed<Vendored>>,
    pub(crate) portable_layers: Vec<Placed<PortableLayer>>,
    pub(crate) other_builds: Vec<Placed<OtherBuild>>,
    pub(crate) topics: Vec<Placed<Topic>>,
}

impl Tables {
    /// The line of the first block that only the built-in tables may have.
    pub(crate) fn first_builtin_only(&self) -> Option<usize> {
        let lists = self.lists.iter().map(|block| block.line);
        let vendored = self.vendored.iter().map(|block| block.line);
        let layers = self.portable_layers.iter().map(|block| block.line);
        let builds = self.other_builds.iter().map(|block| block.line);
        let topics = self.topics.iter().map(|block| block.line);
        lists.chain(vendored).chain(layers).chain(builds).chain(topics).min()
    }
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
    #[serde(default)]
    list: Vec<Spanned<ListEntry>>,
    #[serde(default)]
    vendored: Vec<Spanned<VendoredEntry>>,
    #[serde(default)]
    portable_layer: Vec<Spanned<PortableLayerEntry>>,
    #[serde(default)]
    other_build: Vec<Spanned<OtherBuildEntry>>,
    #[serde(default)]
    topic: Vec<Spanned<TopicEntry>>,
}

impl Document {
    fn into_tables(self, line: &dyn Fn(usize) -> usize) -> Result<Tables, Fault> {
        let mut tables = Tables::default();
        let library = kept(self.library.unwrap_or_else(|| "user".to_owned()));
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
            let row = entry.into_header(key.into_inner()).map_err(|m| (offset, m))?;
            tables.headers.push(Placed { line: line(offset), row });
        }
        tables.rules = blocks(self.rule, line, RuleEntry::into_rule)?;
        tables.calls = blocks(self.call, line, CallEntry::into_call)?;
        tables.lists = blocks(self.list, line, |entry| Ok(entry.into_list()))?;
        tables.vendored = blocks(self.vendored, line, |entry| Ok(entry.into_vendored()))?;
        tables.portable_layers = blocks(self.portable_layer, line, |entry| Ok(entry.into_layer()))?;
        tables.other_builds = blocks(self.other_build, line, |entry| Ok(entry.into_build()))?;
        tables.topics = blocks(self.topic, line, TopicEntry::into_topic)?;
        if let Some(title) = self.title {
            let hip = kept(self.hip.unwrap_or_default());
            let source = kept(self.source.unwrap_or_default());
            tables.library = Some(Library { key: library, title: kept(title), hip, source });
        }
        Ok(tables)
    }
}

/// The rows of all `[[...]]` blocks of one kind.
fn blocks<E, T>(
    entries: Vec<Spanned<E>>,
    line: &dyn Fn(usize) -> usize,
    into_row: impl Fn(E) -> Result<T, String>,
) -> Result<Vec<Placed<T>>, Fault> {
    let placed = |entry: Spanned<E>| {
        let offset = entry.span().start;
        let row = into_row(entry.into_inner()).map_err(|message| (offset, message))?;
        Ok(Placed { line: line(offset), row })
    };
    entries.into_iter().map(placed).collect()
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
    /// What one use costs that is left for a person: `check`, `edit` (the default) or `rework`.
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
        let note = kept(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        let ocp = fields.ocp.map(|ocp| Spelling { hip: kept(ocp.hip), since: ocp.since, until: ocp.until });
        let ocp = intern::rows(Vec::from_iter(ocp));
        let effort = fields.effort.unwrap_or_else(|| default_effort(kind, spellings, note));
        Ok(Name { cuda: kept(cuda), library, kind, spellings, ocp, level, note, effort })
    }
}

/// What a use of a name costs where its row has no `effort`. Code without a counterpart and without advice has to be
/// thought through anew.
fn default_effort(kind: Kind, spellings: &[Spelling], note: &str) -> Effort {
    let is_code = matches!(
        kind,
        Kind::Function | Kind::Type | Kind::DeviceFunction | Kind::DeviceType | Kind::Namespace
    );
    if is_code && spellings.is_empty() && note.is_empty() { Effort::Rework } else { Effort::Edit }
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
    fn into_header(self, cuda: String) -> Result<Header, String> {
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
        let note = kept(note.into_iter().flatten().collect::<Vec<_>>().join("; "));
        Ok(Header { cuda: kept(cuda), spellings, action, runtime: fields.runtime, note })
    }
}

/// A rule: one block has everything about it. `docs/CONTRIBUTING.md` documents the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    /// Its name in kebab-case.
    name: String,
    /// How far its fix can be trusted: `safe`, `review` or `manual`.
    level: Level,
    /// The level of a finding without a fix, where that differs.
    level_without_fix: Option<Level>,
    /// How much of a project it looks at: `file` (the default), `closure` or `project`.
    #[serde(default)]
    scope: Scope,
    /// What one finding costs: `check`, `edit` or `rework`. By default `edit` for a manual rule, else `check`.
    effort: Option<Effort>,
    /// What was found: a fact.
    what: String,
    /// Why it matters.
    #[serde(default)]
    why: String,
    /// What to do: an imperative.
    #[serde(default)]
    todo: String,
    /// What must hold for the fix of a `review` rule to be right.
    #[serde(default)]
    assumption: String,
    /// Identifiers that raise the rule; `::` separates namespaces.
    #[serde(default)]
    identifiers: Vec<String>,
    /// Where the identifiers are looked for: `use` (the default), `member` or `word`.
    look: Option<Look>,
    /// The function that looks at the code around an identifier and decides. Without one every use is reported.
    check: Option<String>,
    /// What reports an identifier that has no counterpart: the `check`, the `name` (the default with a check) or the
    /// `rule` (the default without one).
    missing_names: Option<MissingNames>,
    /// The rules whose findings depend on those of this rule: `warp-functions` or `warp-width`.
    group: Option<Group>,
    /// The only value of `--warp` with which the rule reports: `logical32` or `native`.
    warp: Option<WarpMode>,
    /// The name of the example's file, which decides its language.
    #[serde(default = "example_file")]
    file: String,
    /// An example before the conversion.
    #[serde(default)]
    before: String,
    /// The same example after it.
    #[serde(default)]
    after: String,
    /// Where the facts come from.
    #[serde(default)]
    source: String,
}

fn example_file() -> String {
    "example.cu".to_owned()
}

impl RuleEntry {
    fn into_rule(self) -> Result<Rule, String> {
        let check = match &self.check {
            Some(name) => Some(
                Check::named(name).ok_or_else(|| format!("`{}`: there is no check `{name}`", self.name))?,
            ),
            None => None,
        };
        let by_default = if check.is_some() { MissingNames::Name } else { MissingNames::Rule };
        let missing_names = self.missing_names.unwrap_or(by_default);
        if missing_names == MissingNames::Check && check.is_none() {
            return Err(format!("`{}`: `missing_names = \"check\"` needs a `check`", self.name));
        }
        Ok(Rule {
            name: kept(self.name),
            level: self.level,
            level_without_fix: self.level_without_fix,
            scope: self.scope,
            effort: self.effort.unwrap_or(Effort::of(self.level)),
            what: kept(self.what),
            why: kept(self.why),
            todo: kept(self.todo),
            assumption: kept(self.assumption),
            file: kept(self.file),
            before: kept(self.before),
            after: kept(self.after),
            source: kept(self.source),
            identifiers: kept_all(self.identifiers),
            look: self.look.unwrap_or_default(),
            check,
            missing_names,
            group: self.group,
            warp: self.warp,
        })
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
        let wrap = self.wrap.into_iter().map(|wrap| Wrap { arg: wrap.arg, with: kept(wrap.with) });
        let cast = self.cast.into_iter().map(|cast| Cast { arg: cast.arg, to: kept(cast.to) });
        Ok(Call {
            cuda: kept(self.cuda),
            arguments: self.arguments,
            wrap: intern::rows(wrap.collect()),
            cast: intern::rows(cast.collect()),
            to: kept(self.to),
            level: self.level.unwrap_or(Level::Safe),
            note: kept(self.note),
            rocm_since: self.rocm_since,
            rocm_until: self.rocm_until,
            cuda_since: self.cuda_since,
            cuda_until: self.cuda_until,
            source: kept(self.source),
        })
    }
}

/// A list of words that code looks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListEntry {
    /// Its name in kebab-case; code uses `list::NAME`.
    name: String,
    /// What the words are.
    what: String,
    /// The words.
    words: Vec<String>,
    /// Where the facts come from.
    #[serde(default)]
    source: String,
}

impl ListEntry {
    fn into_list(self) -> List {
        List {
            name: kept(self.name),
            what: kept(self.what),
            words: kept_all(self.words),
            source: kept(self.source),
        }
    }
}

/// A CUDA library that projects carry a copy of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendoredEntry {
    /// What the library is called.
    name: String,
    /// The end of the path of its main header.
    header: String,
    /// What to do with the copy: an imperative.
    todo: String,
}

impl VendoredEntry {
    fn into_vendored(self) -> Vendored {
        Vendored { name: kept(self.name), header: kept(self.header), todo: kept(self.todo) }
    }
}

/// A library that runs code on the GPUs of several vendors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortableLayerEntry {
    /// Its package of CMake.
    package: String,
    /// How its backend for HIP is chosen: an imperative.
    todo: String,
}

impl PortableLayerEntry {
    fn into_layer(self) -> PortableLayer {
        PortableLayer { package: kept(self.package), todo: kept(self.todo) }
    }
}

/// Build files that are not converted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherBuildEntry {
    /// Ends of the names of the files.
    files: Vec<String>,
    /// Texts that show that the build compiles or links CUDA.
    marks: Vec<String>,
    /// What to do instead: an imperative.
    todo: String,
}

impl OtherBuildEntry {
    fn into_build(self) -> OtherBuild {
        OtherBuild { files: kept_all(self.files), marks: kept_all(self.marks), todo: kept(self.todo) }
    }
}

/// A reason for other numbers, and one of the four signs that a file is about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicEntry {
    /// Its name.
    name: String,
    /// What differs.
    what: String,
    /// What to do.
    todo: String,
    /// Where the fact comes from.
    source: String,
    /// The code has one of these identifiers.
    words: Option<Vec<String>>,
    /// The code has one of these identifiers and computes with floating point.
    floating_words: Option<Vec<String>>,
    /// The code has an identifier with this prefix and one of `parts` behind it.
    prefix: Option<String>,
    #[serde(default)]
    parts: Vec<String>,
    /// A file that is not code contains one of these parts of options.
    options: Option<Vec<String>>,
}

impl TopicEntry {
    fn into_topic(self) -> Result<Topic, String> {
        let sign = match (self.words, self.floating_words, self.prefix, self.options) {
            (Some(words), None, None, None) => Sign::Words(kept_all(words)),
            (None, Some(words), None, None) => Sign::FloatingWords(kept_all(words)),
            (None, None, Some(prefix), None) => Sign::Prefix(kept(prefix), kept_all(self.parts)),
            (None, None, None, Some(options)) => Sign::Options(kept_all(options)),
            _ => {
                let name = self.name;
                return Err(format!(
                    "`{name}`: write one of `words`, `floating_words`, `prefix` and `options`"
                ));
            }
        };
        let (name, what) = (kept(self.name), kept(self.what));
        Ok(Topic { name, what, todo: kept(self.todo), source: kept(self.source), sign })
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
        .map(|old| Spelling { hip: kept(old.hip), since: old.since, until: old.until })
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

/// Whether code can write this as one identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn kept(text: String) -> &'static str {
    intern::text(text)
}

fn kept_all(texts: Vec<String>) -> &'static [&'static str] {
    intern::rows(texts.into_iter().map(kept).collect())
}
