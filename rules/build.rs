//! Compiles `tables/**/*.toml` into static sorted tables with hash tables, so that nothing is parsed when the program starts.
//! An error in a table stops the build with file and line.

#![allow(dead_code, unreachable_pub)] // the shared files below are also part of the crate

/// A check, by its name. The tables define the checks. In the crate `Check` is an enum, which `emit_checks` generates.
mod check {
    #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Check(pub &'static str);

    impl Check {
        pub fn named(name: &str) -> Option<Self> {
            crate::words_of(name).ok().map(|_| Self(crate::intern::text(name.to_owned())))
        }
    }
}
#[path = "src/blocks.rs"]
mod blocks;
#[path = "src/hash.rs"]
mod hash;
#[path = "src/intern.rs"]
mod intern;
#[path = "src/list_blocks.rs"]
mod list_blocks;
#[path = "src/lists.rs"]
mod lists;
#[path = "src/model.rs"]
mod model;
#[path = "src/ptx.rs"]
mod ptx;
#[path = "src/ptx_schema.rs"]
mod ptx_schema;
#[path = "src/release.rs"]
mod release;
#[path = "src/schema.rs"]
mod schema;
#[path = "src/values.rs"]
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use check::Check;
use lists::{
    Architecture, Cost, HipBuild, Kept, List, OtherBuild, PortableLayer, Product, Shadow, Sign, Topic,
    Vendored,
};
use model::{Call, Header, Helper, Kind, Library, Name, RocLibrary, Rule, Spelling};
use release::Release;
use schema::{Located, Tables};

/// Slots of a hash table hold a 16-bit tag above a 16-bit row number plus one.
const MAX_ROWS: usize = u16::MAX as usize - 1;

/// The table of PTX instructions. It has another form than the other tables.
const PTX_TABLE: &str = "tables/ptx.toml";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=tables");
    println!("cargo::rerun-if-changed=support");
    for shared in
        ["blocks", "hash", "intern", "lists", "model", "ptx", "ptx_schema", "release", "schema", "values"]
    {
        println!("cargo::rerun-if-changed=src/{shared}.rs");
    }
    match compile(Path::new("tables"), Path::new("support")) {
        Ok(files) => {
            let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
            for (name, code) in files {
                fs::write(Path::new(&out).join(name), code)?;
            }
            Ok(())
        }
        Err(error) => {
            println!("cargo::error={error}");
            Err(error)
        }
    }
}

/// Reads every table and helper, and returns the generated files of Rust source.
fn compile(tables: &Path, support: &Path) -> Result<[(&'static str, String); 4]> {
    let mut all = Merged::default();
    let mut fingerprint = 0;
    for path in files(support, "h")? {
        let text = fs::read_to_string(&path)?;
        let shown = format!("rules/{}", path.display());
        fingerprint = hash::hash(format!("{fingerprint:x} {shown} {text}").as_bytes());
        let helper = fragment(&path, text.leak())?;
        insert(&mut all.helpers, helper.name, &shown, Located { line: 1, row: helper })?;
    }
    for path in files(tables, "toml")? {
        let text = fs::read_to_string(&path)?;
        let shown = format!("rules/{}", path.display());
        fingerprint = hash::hash(format!("{fingerprint:x} {shown} {text}").as_bytes());
        if path.ends_with(PTX_TABLE) {
            all.ptx = Some(ptx_schema::parse(&text).map_err(|error| format!("{shown}: {error}"))?);
        } else {
            all.add(&shown, schema::parse(&shown, &text)?)?;
        }
    }
    Ok([
        ("tables.rs", all.emit(fingerprint)?),
        ("checks.rs", all.emit_checks()?),
        ("rule_names.rs", all.emit_rule_names()?),
        ("lists.rs", all.emit_lists()?),
    ])
}

/// Reads one helper: lines `//! needs: a b` and `//! include: header`, then its text. Its name is that of its file.
fn fragment(path: &Path, text: &'static str) -> Result<Helper> {
    let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a helper has a name")?;
    let (mut needs, mut includes, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some((line, behind)) = rest.strip_prefix("//! ").and_then(|rest| rest.split_once('\n')) {
        match line.split_once(": ") {
            Some(("needs", words)) => needs.extend(words.split(' ')),
            Some(("include", header)) => includes.push(header),
            _ => {
                return Err(
                    format!("{}: `//! {line}` is neither `needs` nor `include`", path.display()).into()
                );
            }
        }
        rest = behind;
    }
    let is_whole = rest.starts_with("/// ")
        && ["}\n", "};\n", "#endif\n"].iter().any(|end| rest.ends_with(end))
        && rest.contains(&format!(" {name}"));
    if !is_whole {
        return Err(
            format!("{}: a helper is a comment and the definition of its name", path.display()).into()
        );
    }
    let name = name.to_owned().leak();
    Ok(Helper { name, needs: needs.leak(), includes: includes.leak(), text: rest })
}

/// Every file below `root` with this ending, sorted.
fn files(root: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Rows by name, each with its file and line.
type Rows<T> = BTreeMap<&'static str, (String, T)>;

/// The rows that a table about a library has: names, words of build files, and headers.
#[derive(Default)]
struct Spelled {
    names: Rows<Name>,
    words: BTreeMap<(Kind, &'static str), (String, Name)>,
    headers: Rows<Header>,
}

impl Spelled {
    /// Moves the rows of `tables` here.
    fn take(&mut self, path: &str, tables: &mut Tables) -> Result<()> {
        for name in mem::take(&mut tables.names) {
            insert(&mut self.names, name.row.cuda, path, name)?;
        }
        for word in mem::take(&mut tables.words) {
            insert(&mut self.words, (word.row.kind, word.row.cuda), path, word)?;
        }
        for header in mem::take(&mut tables.headers) {
            insert(&mut self.headers, header.row.cuda, path, header)?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Merged {
    libraries: Rows<Library>,
    spelled: Spelled,
    rules: Rows<Rule>,
    calls: BTreeMap<&'static str, Vec<Call>>,
    helpers: Rows<Helper>,
    ptx: Option<ptx_schema::PtxTable>,
    lists: Rows<List>,
    vendored: Vec<Vendored>,
    portable_layers: Vec<PortableLayer>,
    kept: Vec<Kept>,
    other_builds: Vec<OtherBuild>,
    hip_builds: Vec<HipBuild>,
    topics: Vec<Topic>,
    costs: Vec<Cost>,
    shadows: Vec<Shadow>,
    architectures: Vec<Architecture>,
    products: Vec<Product>,
    roc: BTreeMap<&'static str, Roc>,
}

/// The rows of the tables about one library for `--libraries roc`.
struct Roc {
    library: RocLibrary,
    spelled: Spelled,
    calls: Vec<Call>,
}

impl Roc {
    fn add(&mut self, path: &str, mut tables: Tables) -> Result<()> {
        self.spelled.take(path, &mut tables)?;
        self.calls.extend(tables.calls.iter().map(|call| call.row));
        Ok(())
    }

    fn emit(&self) -> String {
        let RocLibrary { key, title, uses_types, source, .. } = self.library;
        let names: Vec<Name> = self.spelled.names.values().map(|(_, row)| *row).collect();
        let words: Vec<Name> = self.spelled.words.values().map(|(_, row)| *row).collect();
        let headers: Vec<Header> = self.spelled.headers.values().map(|(_, row)| *row).collect();
        let (names, words) = (list(&names, name), list(&words, name));
        let (headers, calls) = (list(&headers, header), list(&self.calls, call));
        format!(
            "RocLibrary {{ key: {key:?}, title: {title:?}, uses_types: &{uses_types:?}, source: {source:?}, \
             names: {names}, words: {words}, headers: {headers}, calls: {calls} }}"
        )
    }
}

impl Merged {
    fn add(&mut self, path: &str, mut tables: Tables) -> Result<()> {
        if let Some(library) = tables.roc {
            let empty = || Roc { library: library.row, spelled: Spelled::default(), calls: Vec::new() };
            let roc = self.roc.entry(library.row.key).or_insert_with(empty);
            if !library.row.source.is_empty() {
                roc.library = library.row;
            }
            return roc.add(path, tables);
        }
        if let Some(library) = tables.library {
            insert(&mut self.libraries, library.key, path, Located { line: 1, row: library })?;
        }
        self.spelled.take(path, &mut tables)?;
        for rule in tables.rules {
            insert(&mut self.rules, rule.row.name, path, rule)?;
        }
        for call in tables.calls {
            self.calls.entry(call.row.cuda).or_default().push(call.row);
        }
        for list in tables.lists {
            insert(&mut self.lists, list.row.name, path, list)?;
        }
        self.vendored.extend(tables.vendored.iter().map(|located| located.row));
        self.portable_layers.extend(tables.portable_layers.iter().map(|located| located.row));
        self.kept.extend(tables.kept.iter().map(|located| located.row));
        self.other_builds.extend(tables.other_builds.iter().map(|located| located.row));
        self.hip_builds.extend(tables.hip_builds.iter().map(|located| located.row));
        self.topics.extend(tables.topics.iter().map(|located| located.row));
        self.costs.extend(tables.costs.iter().map(|located| located.row));
        self.shadows.extend(tables.shadows.iter().map(|located| located.row));
        self.architectures.extend(tables.architectures.iter().map(|located| located.row));
        self.products.extend(tables.products.iter().map(|located| located.row));
        Ok(())
    }

    /// The identifiers that rules watch, each with the row of its rule.
    fn watched(&self) -> Result<BTreeMap<&'static str, usize>> {
        let mut watched = BTreeMap::new();
        for (row, (place, rule)) in self.rules.values().enumerate() {
            for word in rule.identifiers {
                if watched.insert(*word, row).is_some() {
                    return Err(format!("{place}: another rule watches `{word}` already").into());
                }
            }
        }
        Ok(watched)
    }

    fn emit(&self, fingerprint: u64) -> Result<String> {
        let mut code = format!("pub(crate) const FINGERPRINT: u64 = {fingerprint};\n");
        emit_rows(&mut code, "LIBRARIES", "Library", self.libraries.values().map(|(_, row)| library(row)))?;
        emit_rows(&mut code, "NAMES", "Name", self.spelled.names.values().map(|(_, row)| name(row)))?;
        emit_index(&mut code, "NAME", self.spelled.names.keys())?;
        emit_rows(&mut code, "WORDS", "Name", self.spelled.words.values().map(|(_, row)| name(row)))?;
        emit_prefixes(&mut code, self.spelled.words.keys())?;
        emit_rows(&mut code, "HEADERS", "Header", self.spelled.headers.values().map(|(_, row)| header(row)))?;
        emit_index(&mut code, "HEADER", self.spelled.headers.keys())?;
        emit_rows(&mut code, "RULES", "Rule", self.rules.values().map(|(_, row)| rule(row)))?;
        let watched = self.watched()?;
        let pairs = watched.iter().map(|(word, row)| format!("({word:?}, {row})"));
        emit_rows(&mut code, "WATCHED", "(&str, u16)", pairs)?;
        emit_index(&mut code, "WATCHED", watched.keys())?;
        let groups = self.calls.iter().map(|(cuda, calls)| format!("({cuda:?}, {})", list(calls, call)));
        emit_rows(&mut code, "CALLS", "(&str, &[Call])", groups)?;
        emit_index(&mut code, "CALL", self.calls.keys())?;
        emit_public(&mut code, "VENDORED", "Vendored", self.vendored.iter().map(vendored))?;
        emit_public(&mut code, "PORTABLE_LAYERS", "PortableLayer", self.portable_layers.iter().map(layer))?;
        emit_public(&mut code, "KEPT", "Kept", self.kept.iter().map(kept))?;
        emit_public(&mut code, "OTHER_BUILDS", "OtherBuild", self.other_builds.iter().map(other_build))?;
        emit_public(&mut code, "HIP_BUILDS", "HipBuild", self.hip_builds.iter().map(hip_build))?;
        emit_public(&mut code, "TOPICS", "Topic", self.topics.iter().map(topic))?;
        emit_public(&mut code, "COSTS", "Cost", self.costs.iter().map(cost))?;
        emit_public(&mut code, "SHADOWS", "Shadow", self.shadows.iter().map(shadow))?;
        let architectures = self.architectures.iter().map(architecture);
        emit_public(&mut code, "ARCHITECTURES", "Architecture", architectures)?;
        emit_public(&mut code, "PRODUCTS", "Product", self.products.iter().map(product))?;
        let roc = self.roc.values().map(Roc::emit);
        emit_rows(&mut code, "ROC_LIBRARIES", "RocLibrary", roc)?;
        self.check_helpers()?;
        emit_rows(&mut code, "HELPERS", "Helper", self.helpers.values().map(|(_, row)| helper(row)))?;
        emit_ptx(&mut code, self.ptx.as_ref().ok_or("there is no table of PTX instructions")?)?;
        Ok(code)
    }

    /// The enum of all checks in the rules, and the function that returns a check by its name.
    fn emit_checks(&self) -> Result<String> {
        let checks: BTreeSet<&str> =
            self.rules.values().filter_map(|(_, rule)| rule.check).map(|check| check.0).collect();
        let mut code = "/// A check that rules of the tables name: a function that looks at the code around an identifier.\n\
            #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]\npub enum Check {\n"
            .to_owned();
        for check in &checks {
            writeln!(code, "/// `{check}`\n{},", variant(check)?)?;
        }
        code.push_str("}\n\nimpl Check {\npub(crate) fn named(name: &str) -> Option<Self> {\nmatch name {\n");
        for check in &checks {
            writeln!(code, "{check:?} => Some(Self::{}),", variant(check)?)?;
        }
        code.push_str("_ => None,\n}\n}\n}\n");
        Ok(code)
    }

    /// A constant for the name of each rule.
    fn emit_rule_names(&self) -> Result<String> {
        let mut code = String::new();
        for name in self.rules.keys() {
            let constant = constant(name)?;
            writeln!(code, "/// `{name}`\npub const {constant}: RuleName = RuleName({name:?});")?;
        }
        Ok(code)
    }

    /// A constant for the words of each list.
    fn emit_lists(&self) -> Result<String> {
        let mut code = String::new();
        for (_, List { name, what, words, .. }) in self.lists.values() {
            writeln!(code, "/// {what}\npub const {}: &[&str] = &{words:?};", constant(name)?)?;
        }
        Ok(code)
    }

    /// Checks that every helper exists that a table or another helper uses.
    fn check_helpers(&self) -> Result<()> {
        let ptx_place = format!("rules/{PTX_TABLE}");
        let spellings = self.spelled.names.values().flat_map(|(place, name)| {
            name.spellings.iter().filter_map(move |spelling| {
                let name = spelling.hip.strip_prefix("tranship::")?;
                Some((place, name.split_once("::").map_or(name, |(first, _)| first)))
            })
        });
        let without_images = self
            .spelled
            .names
            .values()
            .filter_map(|(place, name)| Some((place, name.without_images.strip_prefix("tranship::")?)));
        let needs = self
            .helpers
            .values()
            .flat_map(|(place, helper)| helper.needs.iter().map(move |need| (place, *need)));
        let templates = self.ptx.iter().flat_map(|table| &table.groups).flat_map(|group| &group.rows);
        // A name that begins with a variable is known only when a block is translated.
        let names = templates.flat_map(|row| row.cpp.split("tranship::").skip(1));
        let called = names.filter(|rest| !rest.starts_with('$')).map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (&ptx_place, &rest[..end])
        });
        match spellings
            .chain(without_images)
            .chain(needs)
            .chain(called)
            .find(|(_, name)| !self.helpers.contains_key(name))
        {
            Some((place, name)) => {
                Err(format!("{place}: there is no helper `{name}` in rules/support").into())
            }
            None => Ok(()),
        }
    }
}

fn insert<K: Ord + Copy + Debug, T>(
    rows: &mut BTreeMap<K, (String, T)>,
    key: K,
    path: &str,
    located: Located<T>,
) -> Result<()> {
    let place = format!("{path}:{}", located.line);
    match rows.insert(key, (place.clone(), located.row)) {
        Some((first, _)) => Err(format!("{place}: {key:?} is already defined at {first}").into()),
        None => Ok(()),
    }
}

fn emit_rows(
    code: &mut String,
    table: &str,
    row: &str,
    rows: impl ExactSizeIterator<Item = String>,
) -> Result<()> {
    writeln!(code, "pub(crate) static {table}: [{row}; {}] = [", rows.len())?;
    for row in rows {
        writeln!(code, "{row},")?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// All blocks of one kind, in the order of the tables.
fn emit_public(code: &mut String, table: &str, row: &str, rows: impl Iterator<Item = String>) -> Result<()> {
    writeln!(code, "/// Every [`{row}`] of the tables, in their order.\npub static {table}: &[{row}] = &[")?;
    for row in rows {
        writeln!(code, "{row},")?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// The words of a name in kebab-case.
fn words_of(name: &str) -> Result<Vec<&str>> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let words: Vec<&str> = name.split('-').collect();
    if words.iter().copied().all(is_word) {
        return Ok(words);
    }
    Err(format!("`{name}` is not kebab-case").into())
}

/// `inline-ptx` as the name of a constant: `INLINE_PTX`.
fn constant(name: &str) -> Result<String> {
    Ok(words_of(name)?.join("_").to_ascii_uppercase())
}

/// `inline-ptx` as the name of a variant: `InlinePtx`.
fn variant(name: &str) -> Result<String> {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    Ok(words_of(name)?.into_iter().map(capital).collect())
}

/// The hash table and the gate over the sorted `keys`.
fn emit_index<'a>(
    code: &mut String,
    table: &str,
    keys: impl ExactSizeIterator<Item = &'a &'static str>,
) -> Result<()> {
    if keys.len() > MAX_ROWS {
        return Err(format!("{} rows in one table; slots hold at most {}", keys.len(), MAX_ROWS).into());
    }
    let mut slots = vec![0_u32; (keys.len() * 2).next_power_of_two().max(2)];
    let mut gate = vec![0_u64; hash::GATE_WORDS];
    for (row, key) in keys.enumerate() {
        let bit = hash::gate_bit(key.as_bytes()).ok_or_else(|| format!("`{key}` is too short"))?;
        gate[bit / 64] |= 1 << (bit % 64);
        let hashed = hash::hash(key.as_bytes());
        let mut slot = hashed as usize & (slots.len() - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (slots.len() - 1);
        }
        slots[slot] = (hash::tag(hashed) << 16) | (u32::try_from(row)? + 1);
    }
    writeln!(code, "pub(crate) static {table}_SLOTS: [u32; {}] = {slots:?};", slots.len())?;
    writeln!(code, "pub(crate) static {table}_GATE: [u64; {}] = {gate:?};", gate.len())?;
    Ok(())
}

/// The rows of `words` that are prefixes, and the gate over their first bytes.
fn emit_prefixes<'a>(code: &mut String, words: impl Iterator<Item = &'a (Kind, &'static str)>) -> Result<()> {
    let mut gate = vec![0_u64; hash::GATE_WORDS];
    let mut rows = Vec::new();
    for (row, (_, key)) in words.enumerate().filter(|(_, (kind, _))| *kind == Kind::Prefix) {
        let bit = hash::gate_bit(key.as_bytes()).ok_or_else(|| format!("`{key}` is too short"))?;
        gate[bit / 64] |= 1 << (bit % 64);
        rows.push(row);
    }
    writeln!(code, "pub(crate) static PREFIXES: [u16; {}] = {rows:?};", rows.len())?;
    writeln!(code, "pub(crate) static PREFIX_GATE: [u64; {}] = {gate:?};", gate.len())?;
    Ok(())
}

/// The table of PTX instructions.
fn emit_ptx(code: &mut String, table: &ptx_schema::PtxTable) -> Result<()> {
    let sets = table.sets.iter().map(|(name, words)| format!("({name:?}, {words:?})"));
    emit_rows(code, "PTX_SETS", "(&str, &str)", sets)?;
    let registers = table.registers.iter().map(|row| {
        let ptx_schema::PtxRegisterRow { name, cpp, native, kind, bound, refuse } = row;
        let native = native.as_ref().unwrap_or(cpp);
        let level = match (bound.as_str(), refuse.as_str()) {
            ("", "") => "Safe",
            (_, "") => "Review",
            _ => "Manual",
        };
        format!(
            "PtxRegister {{ name: {name:?}, cpp: {cpp:?}, native: {native:?}, kind: {kind:?}, \
             level: Level::{level}, bound: {bound:?}, refuse: {refuse:?} }}"
        )
    });
    emit_rows(code, "PTX_REGISTERS", "PtxRegister", registers)?;
    let groups = table
        .groups
        .iter()
        .map(|group| format!("PtxGroup {{ title: {:?}, source: {:?} }}", group.title, group.source));
    emit_rows(code, "PTX_GROUPS", "PtxGroup", groups)?;
    let rows: Vec<String> = table
        .groups
        .iter()
        .enumerate()
        .flat_map(|(group, rows)| rows.rows.iter().map(move |row| instruction(group, row)))
        .collect();
    emit_rows(code, "PTX_INSTRUCTIONS", "PtxInstruction", rows.into_iter())
}

fn instruction(group: usize, row: &ptx_schema::PtxRow) -> String {
    let ptx_schema::PtxRow { ptx, cpp, by, types, bound, refuse } = row;
    let level = row.level();
    format!(
        "PtxInstruction {{ pattern: {ptx:?}, cpp: {cpp:?}, by: {by:?}, types: {types:?}, level: Level::{level:?}, \
         bound: {bound:?}, refuse: {refuse:?}, group: {group} }}"
    )
}

fn library(row: &Library) -> String {
    let Library { key, title, hip, source } = row;
    format!("Library {{ key: {key:?}, title: {title:?}, hip: {hip:?}, source: {source:?} }}")
}

fn name(row: &Name) -> String {
    let Name { cuda, library, kind, spellings, ocp, without_images, level, note, effort } = row;
    let [spellings, ocp] = [spellings, ocp].map(|rows| list(rows, spelling));
    format!(
        "Name {{ cuda: {cuda:?}, library: {library:?}, kind: Kind::{kind:?}, spellings: {spellings}, \
         ocp: {ocp}, without_images: {without_images:?}, level: Level::{level:?}, note: {note:?}, effort: Effort::{effort:?} }}"
    )
}

fn header(row: &Header) -> String {
    let Header { cuda, spellings, action, runtime, note, source } = row;
    let spellings = list(spellings, spelling);
    format!(
        "Header {{ cuda: {cuda:?}, spellings: {spellings}, action: HeaderAction::{action:?}, \
         runtime: {runtime}, note: {note:?}, source: {source:?} }}"
    )
}

fn rule(row: &Rule) -> String {
    let Rule { name, level, scope, effort, what, why, todo, assumption, file, before, after, source, .. } =
        row;
    let Rule {
        level_without_fix, identifiers, look, check, missing_names, group, warp, in_hip, answer, ..
    } = row;
    let level_without_fix = option(*level_without_fix, |level| format!("Level::{level:?}"));
    let check = check.map(|Check(name)| variant(name).unwrap_or_default());
    let check = option(check, |check| format!("Check::{check}"));
    let group = option(*group, |group| format!("Group::{group:?}"));
    let warp = option(*warp, |warp| format!("WarpMode::{warp:?}"));
    format!(
        "Rule {{ name: {name:?}, level: Level::{level:?}, level_without_fix: {level_without_fix}, \
         scope: Scope::{scope:?}, effort: Effort::{effort:?}, what: {what:?}, why: {why:?}, todo: {todo:?}, \
         assumption: {assumption:?}, file: {file:?}, before: {before:?}, after: {after:?}, source: {source:?}, \
         identifiers: &{identifiers:?}, look: Look::{look:?}, check: {check}, \
         missing_names: MissingNames::{missing_names:?}, group: {group}, warp: {warp}, in_hip: InHip::{in_hip:?}, \
         answer: AnswerFor::{answer:?} }}"
    )
}

fn call(row: &Call) -> String {
    let when = option(row.when, |when| format!("{when:?}"));
    let Call { cuda, arguments, in_c, to, level, note, source, .. } = row;
    let wrap = list(row.wrap, |wrap| format!("Wrap {{ arg: {}, with: {:?} }}", wrap.arg, wrap.with));
    let cast = list(row.cast, |cast| format!("Cast {{ arg: {}, to: {:?} }}", cast.arg, cast.to));
    let [rocm_since, rocm_until] = [row.rocm_since, row.rocm_until].map(release);
    let [cuda_since, cuda_until] = [row.cuda_since, row.cuda_until].map(release);
    format!(
        "Call {{ cuda: {cuda:?}, arguments: {arguments:?}, when: {when}, in_c: {in_c}, wrap: {wrap}, cast: {cast}, to: {to:?}, \
         level: Level::{level:?}, note: {note:?}, rocm_since: {rocm_since}, rocm_until: {rocm_until}, \
         cuda_since: {cuda_since}, cuda_until: {cuda_until}, source: {source:?} }}"
    )
}

fn helper(row: &Helper) -> String {
    let Helper { name, needs, includes, text } = row;
    format!("Helper {{ name: {name:?}, needs: &{needs:?}, includes: &{includes:?}, text: {text:?} }}")
}

fn vendored(row: &Vendored) -> String {
    let Vendored { name, header, todo, stays, tree, portable, submodule } = row;
    format!(
        "Vendored {{ name: {name:?}, header: {header:?}, todo: {todo:?}, stays: {stays:?}, tree: {tree:?}, portable: {portable:?}, submodule: {submodule:?} }}"
    )
}

fn layer(row: &PortableLayer) -> String {
    let PortableLayer { package, todo } = row;
    format!("PortableLayer {{ package: {package:?}, todo: {todo:?} }}")
}

fn architecture(row: &Architecture) -> String {
    let Architecture { names, generation, wave, lds, vgprs, simds, waves, matrix, float8, images, .. } = row;
    let Architecture { atomics, copies, bitop3, blocks, .. } = row;
    format!(
        "Architecture {{ names: &{names:?}, generation: {generation:?}, wave: {wave}, lds: {lds}, vgprs: {vgprs}, \
         simds: {simds}, waves: {waves}, matrix: {matrix:?}, float8: {float8:?}, images: {images}, \
         atomics: {atomics:?}, copies: {copies:?}, bitop3: {bitop3}, blocks: {blocks} }}"
    )
}

fn product(row: &Product) -> String {
    let Product { name, target, units, cache } = row;
    format!("Product {{ name: {name:?}, target: {target:?}, units: {units}, cache: {cache} }}")
}

fn hip_build(row: &HipBuild) -> String {
    let HipBuild { files, marks, holds, build, beside_cuda, written, builds } = row;
    format!(
        "HipBuild {{ files: &{files:?}, marks: &{marks:?}, holds: {holds:?}, build: {build:?}, beside_cuda: {beside_cuda}, written: {written}, builds: {builds} }}"
    )
}

fn kept(row: &Kept) -> String {
    let Kept { names, what, why, source } = row;
    format!("Kept {{ names: &{names:?}, what: {what:?}, why: {why:?}, source: {source:?} }}")
}

fn other_build(row: &OtherBuild) -> String {
    let OtherBuild { files, marks, todo } = row;
    format!("OtherBuild {{ files: &{files:?}, marks: &{marks:?}, todo: {todo:?} }}")
}

fn topic(row: &Topic) -> String {
    let Topic { name, what, todo, source, sign } = row;
    let sign = match sign {
        Sign::Words(words) => format!("Sign::Words(&{words:?})"),
        Sign::FloatingWords(words) => format!("Sign::FloatingWords(&{words:?})"),
        Sign::Prefix(prefix, parts) => format!("Sign::Prefix({prefix:?}, &{parts:?})"),
        Sign::Options(options) => format!("Sign::Options(&{options:?})"),
    };
    format!("Topic {{ name: {name:?}, what: {what:?}, todo: {todo:?}, source: {source:?}, sign: {sign} }}")
}

fn cost(row: &Cost) -> String {
    let Cost { name, what, why, todo, source, helpers, rules } = row;
    format!(
        "Cost {{ name: {name:?}, what: {what:?}, why: {why:?}, todo: {todo:?}, source: {source:?}, helpers: &{helpers:?}, rules: &{rules:?} }}"
    )
}

fn shadow(row: &Shadow) -> String {
    let Shadow { names, parameters, text, c, rules, behind, alone, source } = row;
    format!(
        "Shadow {{ names: &{names:?}, parameters: {parameters:?}, text: {text:?}, c: {c:?}, rules: &{rules:?}, \
         behind: &{behind:?}, alone: {alone:?}, source: {source:?} }}"
    )
}

fn spelling(row: &Spelling) -> String {
    let [since, until] = [row.since, row.until].map(release);
    format!("Spelling {{ hip: {:?}, since: {since}, until: {until} }}", row.hip)
}

fn release(release: Option<Release>) -> String {
    option(release, |release| format!("Release::new({}, {})", release.major, release.minor))
}

fn option<T>(value: Option<T>, emit: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({})", emit(value)))
}

fn list<T>(rows: &[T], emit: impl Fn(&T) -> String) -> String {
    format!("&[{}]", rows.iter().map(emit).collect::<Vec<_>>().join(", "))
}
