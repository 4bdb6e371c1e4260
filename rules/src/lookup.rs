//! Look-ups in the built-in tables and in the tables of a user, which override the built-in ones.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::builtin::{
    CALL_GATE, CALL_SLOTS, CALLS, FINGERPRINT, HEADER_GATE, HEADER_SLOTS, HEADERS, HELPERS, LIBRARIES,
    NAME_GATE, NAME_SLOTS, NAMES, PREFIX_GATE, PREFIXES, ROC_LIBRARIES, RULES, WATCHED, WATCHED_GATE,
    WATCHED_SLOTS, WORDS,
};
use crate::model::{Call, Header, Helper, Kind, Library, Name, RocLibrary, Rule, RuleName, Spelling};
use crate::release::Release;
use crate::schema::{self, TableError};
use crate::{hash, intern};

/// The built-in tables and the tables of a user, which override them.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    builtin: bool,
    user: User,
    roc: Roc,
    fingerprint: u64,
}

/// The rows of the chosen libraries of `--libraries roc`. They override the built-in rows, and the user's rows override them.
#[derive(Clone, Debug, Default)]
struct Roc {
    libraries: Vec<&'static RocLibrary>,
    names: FxHashMap<&'static [u8], &'static Name>,
    headers: FxHashMap<&'static [u8], &'static Header>,
    calls: FxHashMap<&'static [u8], &'static [Call]>,
    words: FxHashMap<(Kind, &'static str), &'static Name>,
}

/// Rows from `extend_from_toml`.
#[derive(Clone, Debug, Default)]
struct User {
    names: FxHashMap<&'static [u8], &'static Name>,
    headers: FxHashMap<&'static [u8], &'static Header>,
    rules: FxHashMap<&'static str, &'static Rule>,
    calls: FxHashMap<&'static [u8], &'static [Call]>,
    watched: FxHashMap<&'static [u8], &'static Rule>,
    words: FxHashMap<(Kind, &'static str), &'static Name>,
    /// Where the fact about each name or word comes from.
    sources: FxHashMap<(Kind, &'static str), &'static str>,
}

/// The built-in rows of build files by kind and name.
struct Words {
    rows: FxHashMap<(Kind, &'static str), &'static Name>,
    /// The length of the longest name in bytes. A longer text is not hashed.
    longest: usize,
}

impl Words {
    fn find(&self, kind: Kind, cuda: &str) -> Option<&'static Name> {
        let rows: &FxHashMap<(Kind, &str), &'static Name> = &self.rows;
        if cuda.len() > self.longest { None } else { rows.get(&(kind, cuda)).copied() }
    }
}

/// The index of the built-in rows of build files. It is made at the first look-up, so a run without build files never makes
/// it.
static BUILTIN_WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    rows: WORDS.iter().map(|word| ((word.kind, word.cuda), word)).collect(),
    longest: WORDS.iter().map(|word| word.cuda.len()).max().unwrap_or_default(),
});

impl Rules {
    /// The tables that are built into the program.
    pub fn builtin() -> Rules {
        Rules { builtin: true, user: User::default(), roc: Roc::default(), fingerprint: FINGERPRINT }
    }

    /// Whether the built-in tables are part of these rules.
    pub(crate) fn has_builtin(&self) -> bool {
        self.builtin
    }

    /// No tables. A translation without tables changes nothing.
    pub fn empty() -> Rules {
        Rules::default()
    }

    /// Adds a table of a user. Its rows override the built-in rows and the rows of earlier tables.
    ///
    /// If a rule replaces another one and sets none of `look`, `check`, `missing_names`, `group` and `warp`, it keeps
    /// these keys of the replaced rule.
    ///
    /// `path` is part of messages, and is the source of rows without a `source`. On an error nothing is added. Texts and rows
    /// are kept until the process ends. Loading a table again adds none.
    pub fn extend_from_toml(&mut self, path: &str, text: &str) -> Result<(), TableError> {
        let tables = schema::parse(path, text)?;
        if let Some(line) = tables.first_builtin_only() {
            let message = "only the built-in tables may have a block of this kind".to_owned();
            return Err(TableError { path: path.to_owned(), line, message });
        }
        let path = intern::text(path.to_owned());
        let or_path = |source: &'static str| if source.is_empty() { path } else { source };
        for located in tables.names {
            let name = intern::row(located.row);
            self.user.names.insert(name.cuda.as_bytes(), name);
            self.user.sources.insert((name.kind, name.cuda), or_path(tables.source));
        }
        for located in tables.words {
            let word = intern::row(located.row);
            self.user.words.insert((word.kind, word.cuda), word);
            self.user.sources.insert((word.kind, word.cuda), or_path(tables.source));
        }
        for mut located in tables.headers {
            located.row.source = or_path(located.row.source);
            let header = intern::row(located.row);
            self.user.headers.insert(header.cuda.as_bytes(), header);
        }
        for mut located in tables.rules {
            located.row.source = or_path(located.row.source);
            let replaced = self.rule(located.row.name);
            let rule = intern::row(replaced.map_or(located.row, |replaced| located.row.replacing(replaced)));
            self.user.rules.insert(rule.name, rule);
            let words = rule.identifiers.iter().map(|word| (word.as_bytes(), rule));
            self.user.watched.extend(words);
        }
        let mut calls: FxHashMap<&'static [u8], Vec<Call>> = FxHashMap::default();
        for located in tables.calls {
            calls.entry(located.row.cuda.as_bytes()).or_default().push(located.row);
        }
        for (cuda, calls) in calls {
            self.user.calls.insert(cuda, intern::rows(calls));
        }
        self.fingerprint = hash::hash(format!("{:x} {text}", self.fingerprint).as_bytes());
        Ok(())
    }

    /// The row of a CUDA name; `::` separates namespaces.
    #[inline]
    pub fn name(&self, cuda: &[u8]) -> Option<&'static Name> {
        if !self.user.names.is_empty()
            && let Some(name) = self.user.names.get(cuda)
        {
            return Some(name);
        }
        if !self.roc.names.is_empty()
            && let Some(name) = self.roc.names.get(cuda)
        {
            return Some(name);
        }
        if !self.builtin || !passes(&NAME_GATE, cuda) {
            return None;
        }
        find(&NAME_SLOTS, &NAMES, cuda, |name| name.cuda)
    }

    /// The row for all names with a beginning that `word` has. If several rows match, the one with the longest
    /// beginning.
    #[inline]
    pub fn family(&self, word: &[u8]) -> Option<&'static Name> {
        let of_user = || self.user.words.values().filter(|row| is_of_family(row.cuda, word)).copied();
        let own = if self.user.words.is_empty() { None } else { of_user().max_by_key(|row| row.cuda.len()) };
        if own.is_some() || !self.builtin || !passes(&PREFIX_GATE, word) {
            return own;
        }
        let rows = PREFIXES.iter().map(|&row| &WORDS[usize::from(row)]);
        rows.filter(|row| is_of_family(row.cuda, word)).max_by_key(|row| row.cuda.len())
    }

    /// The row of a name of build files, scripts or Python.
    pub fn word(&self, kind: Kind, cuda: &str) -> Option<&'static Name> {
        let find = |words: &FxHashMap<(Kind, &'static str), &'static Name>| {
            words.iter().find(|(key, _)| **key == (kind, cuda)).map(|(_, word)| *word)
        };
        let user = find(&self.user.words).or_else(|| find(&self.roc.words));
        let builtin = || BUILTIN_WORDS.find(kind, cuda);
        user.or_else(|| if self.builtin { builtin() } else { None })
    }

    /// The rows of build files, scripts or Python with the name `cuda`, of any kind.
    pub fn words_named(&self, cuda: &str) -> impl Iterator<Item = &'static Name> {
        self.words().filter(move |word| word.cuda == cuda)
    }

    /// Every row of build files, scripts or Python: first the user's own, then the built-in ones that they do not
    /// replace, sorted.
    pub fn words(&self) -> impl Iterator<Item = &'static Name> {
        let builtin: &'static [Name] = if self.builtin { &WORDS } else { &[] };
        let kept =
            builtin.iter().map(|word| self.roc.words.get(&(word.kind, word.cuda)).copied().unwrap_or(word));
        let kept = kept.filter(|word| !self.user.words.contains_key(&(word.kind, word.cuda)));
        sorted(self.user.words.values().copied(), |word| word.cuda).into_iter().chain(kept)
    }

    /// The row of a header, named as between the brackets of an `#include`.
    pub fn header(&self, cuda: &[u8]) -> Option<&'static Header> {
        if let Some(header) = self.user.headers.get(cuda) {
            return Some(header);
        }
        if let Some(header) = self.roc.headers.get(cuda) {
            return Some(header);
        }
        if !self.builtin || !passes(&HEADER_GATE, cuda) {
            return None;
        }
        find(&HEADER_SLOTS, &HEADERS, cuda, |header| header.cuda)
    }

    /// The rule with this name.
    pub fn rule(&self, name: &str) -> Option<&'static Rule> {
        let builtin = || RULES.binary_search_by(|rule| rule.name.cmp(name)).ok().map(|row| &RULES[row]);
        self.user.rules.get(name).copied().or_else(|| if self.builtin { builtin() } else { None })
    }

    /// The rule for the constant `name`; `None` if these tables do not have the rule.
    pub fn named(&self, name: RuleName) -> Option<&'static Rule> {
        self.rule(name.as_str())
    }

    /// Whether `name` is a rule, a CUDA name or a CUDA header of these tables.
    pub fn contains(&self, name: &str) -> bool {
        let word = name.as_bytes();
        self.rule(name).is_some()
            || self.name(word).is_some()
            || self.header(word).is_some()
            || self.words_named(name).next().is_some()
    }

    /// The rule that watches for this identifier; `::` separates namespaces.
    #[inline]
    pub fn watching(&self, identifier: &[u8]) -> Option<&'static Rule> {
        if !self.user.watched.is_empty()
            && let Some(rule) = self.user.watched.get(identifier)
        {
            return Some(rule);
        }
        if !self.builtin || !passes(&WATCHED_GATE, identifier) {
            return None;
        }
        let (_, row) = find(&WATCHED_SLOTS, &WATCHED, identifier, |(word, _)| word)?;
        let rule = &RULES[usize::from(*row)];
        // A rule of a user replaces the built-in rule of the same name, and has its own identifiers.
        (!self.user.rules.contains_key(rule.name)).then_some(rule)
    }

    /// The blocks about calls of a CUDA function, in the order of the table.
    #[inline]
    pub fn calls(&self, cuda: &[u8]) -> &'static [Call] {
        if !self.user.calls.is_empty()
            && let Some(calls) = self.user.calls.get(cuda)
        {
            return calls;
        }
        if let Some(calls) = self.roc.calls.get(cuda) {
            return calls;
        }
        // The built-in blocks are about the function of the hip library.
        if self.roc.names.contains_key(cuda) {
            return &[];
        }
        if !self.builtin || !passes(&CALL_GATE, cuda) {
            return &[];
        }
        find(&CALL_SLOTS, &CALLS, cuda, |(name, _)| name).map_or(&[], |(_, calls)| calls)
    }

    /// The helper of the support header with this name.
    pub fn helper(&self, name: &str) -> Option<&'static Helper> {
        HELPERS.binary_search_by(|helper| helper.name.cmp(name)).ok().map(|row| &HELPERS[row])
    }

    /// All helpers of the support header, sorted by name.
    pub fn helpers(&self) -> &'static [Helper] {
        &HELPERS
    }

    /// Every name: first the user's own, then the built-in ones that they do not replace, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static Name> {
        let builtin: &'static [Name] = if self.builtin { &NAMES } else { &[] };
        let kept =
            builtin.iter().map(|name| self.roc.names.get(name.cuda.as_bytes()).copied().unwrap_or(name));
        let kept = kept.filter(|name| !self.user.names.contains_key(name.cuda.as_bytes()));
        sorted(self.user.names.values().copied(), |name| name.cuda).into_iter().chain(kept)
    }

    /// Every header: first the user's own, then the built-in ones that they do not replace, sorted.
    pub fn headers(&self) -> impl Iterator<Item = &'static Header> {
        let builtin: &'static [Header] = if self.builtin { &HEADERS } else { &[] };
        let kept = builtin
            .iter()
            .map(|header| self.roc.headers.get(header.cuda.as_bytes()).copied().unwrap_or(header));
        let kept = kept.filter(|header| !self.user.headers.contains_key(header.cuda.as_bytes()));
        sorted(self.user.headers.values().copied(), |header| header.cuda).into_iter().chain(kept)
    }

    /// Every rule: first the user's own, then the built-in ones that they do not replace, sorted.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let builtin: &'static [Rule] = if self.builtin { &RULES } else { &[] };
        let kept = builtin.iter().filter(|rule| !self.user.rules.contains_key(rule.name));
        sorted(self.user.rules.values().copied(), |rule| rule.name).into_iter().chain(kept)
    }

    /// Every call block: first the user's own, then the built-in ones that they do not replace.
    pub fn all_calls(&self) -> impl Iterator<Item = &'static Call> {
        let builtin: &'static [(&str, &[Call])] = if self.builtin { &CALLS } else { &[] };
        let kept = builtin.iter().filter(|(cuda, _)| !self.user.calls.contains_key(cuda.as_bytes()));
        let user = sorted(self.user.calls.values().flat_map(|calls| calls.iter()), |call| call.cuda);
        user.into_iter().chain(kept.flat_map(|(_, calls)| calls.iter()))
    }

    /// The words that need a row of the user's tables: names, headers, functions of calls, and identifiers of rules. For a
    /// qualified name it is the first segment.
    pub fn own_words(&self) -> impl Iterator<Item = &'static str> {
        let first = |name: &'static str| name.split("::").next().unwrap_or(name);
        let names = self.user.names.values().map(move |name| first(name.cuda));
        let headers = self.user.headers.values().map(|header| header.cuda);
        let calls = self.user.calls.values().flat_map(|calls| calls.iter()).map(move |call| first(call.cuda));
        let rules = self.user.rules.values().flat_map(|rule| rule.identifiers.iter().copied());
        names.chain(headers).chain(calls).chain(rules)
    }

    /// The libraries that the built-in tables cover, sorted by key.
    pub fn libraries(&self) -> &'static [Library] {
        if self.builtin { &LIBRARIES } else { &[] }
    }

    /// The libraries for `--libraries roc`, sorted by the key of the CUDA library.
    pub fn roc_libraries(&self) -> &'static [RocLibrary] {
        if self.builtin { &ROC_LIBRARIES } else { &[] }
    }

    /// The row of a CUDA name in the libraries for `--libraries roc`, also where they are not chosen, with its library.
    pub fn roc_name(&self, cuda: &[u8]) -> Option<(&'static RocLibrary, &'static Name)> {
        self.roc_libraries().iter().find_map(|library| {
            let row = library.names.binary_search_by(|name| name.cuda.as_bytes().cmp(cuda)).ok()?;
            Some((library, &library.names[row]))
        })
    }

    /// Whether a user's table has a row for the name `cuda`.
    pub fn is_of_user(&self, cuda: &[u8]) -> bool {
        self.user.names.contains_key(cuda)
    }

    /// Uses the rows of `libraries` in place of the rows of the hip libraries. They replace earlier choices.
    pub fn choose_roc(&mut self, libraries: &[&'static RocLibrary]) {
        self.roc = Roc { libraries: libraries.to_vec(), ..Roc::default() };
        for library in libraries {
            let roc = &mut self.roc;
            roc.names.extend(library.names.iter().map(|name| (name.cuda.as_bytes(), name)));
            roc.words.extend(library.words.iter().map(|word| ((word.kind, word.cuda), word)));
            roc.headers.extend(library.headers.iter().map(|header| (header.cuda.as_bytes(), header)));
            let calls = library.calls.iter();
            roc.calls.extend(calls.map(|call| (call.cuda.as_bytes(), std::slice::from_ref(call))));
        }
    }

    /// The libraries whose rows are used in place of those of the hip libraries.
    pub fn chosen_roc(&self) -> &[&'static RocLibrary] {
        &self.roc.libraries
    }

    /// Where the fact about `name`, a row of these tables, comes from.
    pub fn source_of(&self, name: &Name) -> &'static str {
        let of_user = self.user.sources.get(&(name.kind, name.cuda)).copied();
        let of_library = || self.libraries().iter().find(|library| library.key == name.library);
        let of_roc = || {
            let is_row =
                |library: &&RocLibrary| library.names.iter().chain(library.words).any(|row| row == name);
            self.roc_libraries().iter().find(is_row).map(|library| library.source)
        };
        let of_tables = || of_roc().or_else(|| of_library().map(|library| library.source));
        of_user.or_else(of_tables).unwrap_or_default()
    }

    /// A hash of all tables. It is equal on every machine.
    pub fn fingerprint(&self) -> u64 {
        let titles = self.roc.libraries.iter().map(|library| library.title);
        titles.fold(self.fingerprint, |known, title| hash::hash(format!("{known:x} {title}").as_bytes()))
    }

    /// The newest ROCm release in any row, which is the default target.
    pub fn newest_rocm(&self) -> Release {
        let newest = |spellings: &'static [Spelling]| {
            spellings.iter().flat_map(|spelling| [spelling.since, spelling.until]).flatten().max()
        };
        let names = self.names().filter_map(|name| newest(name.spellings));
        names.chain(self.headers().filter_map(|header| newest(header.spellings))).max().unwrap_or(OLDEST_ROCM)
    }
}

/// The oldest supported ROCm release. The tables have no older facts.
pub const OLDEST_ROCM: Release = Release::new(5, 2);

/// Whether `word` begins with `prefix` (a beginning and `*`), and a new word follows the beginning: `nppi*` matches
/// `nppiAdd`, and not `nppiece`.
fn is_of_family(prefix: &str, word: &[u8]) -> bool {
    let Some(stem) = prefix.strip_suffix('*') else { return false };
    let Some(&next) = word.strip_prefix(stem.as_bytes()).and_then(|rest| rest.first()) else { return false };
    let ends_in_small_letter = stem.bytes().last().is_some_and(|last| last.is_ascii_lowercase());
    !ends_in_small_letter || next.is_ascii_uppercase() || next.is_ascii_digit() || next == b'_'
}

fn sorted<T>(rows: impl Iterator<Item = &'static T>, key: fn(&T) -> &'static str) -> Vec<&'static T> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| key(row));
    rows
}

/// Whether a table can have `name`, by its first two bytes. This check rejects most identifiers of ordinary code quickly.
#[inline]
fn passes(gate: &[u64; hash::GATE_WORDS], name: &[u8]) -> bool {
    hash::gate_bit(name).is_some_and(|bit| gate[bit / 64] >> (bit % 64) & 1 == 1)
}

/// Looks a name up by open addressing with linear probing. At most half of the slots are used, so the search always ends at
/// an empty slot.
fn find<T>(
    slots: &[u32],
    rows: &'static [T],
    name: &[u8],
    key: fn(&T) -> &'static str,
) -> Option<&'static T> {
    let hashed = hash::hash(name);
    let mask = slots.len() - 1;
    let mut slot = hashed as usize & mask;
    loop {
        let value = slots[slot];
        if value == 0 {
            return None;
        }
        if value >> 16 == hash::tag(hashed) {
            let row = &rows[(value & 0xffff) as usize - 1];
            if key(row).as_bytes() == name {
                return Some(row);
            }
        }
        slot = (slot + 1) & mask;
    }
}
