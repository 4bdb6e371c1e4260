//! The lint of tables: checks that go beyond the syntax. A test runs the lint over the built-in tables. Tables of users are
//! checked on request.

use std::fmt;

use rustc_hash::FxHashMap;

use crate::lists::List;
use crate::model::{Call, Header, HeaderAction, ITSELF, Kind, Level, Name, Rule};
use crate::schema::{self, Located, TableError, Tables};

/// A line that fails a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the caller named it.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks some tables together. Each file is its path, which messages name, and its text.
pub fn lint<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Problem>, TableError> {
    let mut parsed = Vec::new();
    for (path, text) in files {
        parsed.push((path, schema::parse(path, text)?));
    }
    let mut problems = Vec::new();
    for (path, tables) in &parsed {
        let report = |line, message| problems.push(Problem { path: (*path).to_owned(), line, message });
        check_file(tables, report);
    }
    check_together(&parsed, &mut problems);
    problems.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(problems)
}

fn check_file(tables: &Tables, mut report: impl FnMut(usize, String)) {
    // `schema` returns each section sorted by key. So if a line number decreases, the keys of the file are not in order.
    check_order(tables.names.iter().map(|name| ((name.row.kind, name.row.cuda), name.line)), &mut report);
    check_order(tables.headers.iter().map(|header| ((0, header.row.cuda), header.line)), &mut report);
    for Located { line, row } in &tables.names {
        check_name(row, |message| report(*line, message));
    }
    check_order(tables.words.iter().map(|word| ((word.row.kind, word.row.cuda), word.line)), &mut report);
    for Located { line, row } in &tables.words {
        check_word(row, |message| report(*line, message));
    }
    for Located { line, row } in &tables.headers {
        check_header(row, |message| report(*line, message));
    }
    for Located { line, row } in &tables.rules {
        check_rule(row, |message| report(*line, message));
    }
    for Located { line, row } in &tables.calls {
        check_call(row, |message| report(*line, message));
    }
    for Located { line, row } in &tables.lists {
        check_list(row, |message| report(*line, message));
    }
    for Located { line, row } in &tables.kept {
        if row.names.is_empty() || row.source.is_empty() {
            report(*line, format!("the names \"{}\" lack words or their source", row.what));
        }
        check_sentence(row.what, row.why, |message| report(*line, message));
    }
    let advice = tables.vendored.iter().map(|located| (located.line, located.row.name, located.row.todo));
    let layers =
        tables.portable_layers.iter().map(|located| (located.line, located.row.package, located.row.todo));
    let builds = tables.other_builds.iter().map(|located| (located.line, "other_build", located.row.todo));
    let own = tables.hip_builds.iter().map(|located| (located.line, "hip_build", located.row.build));
    let topics = tables.topics.iter().map(|located| (located.line, located.row.name, located.row.todo));
    let costs = tables.costs.iter().map(|located| (located.line, located.row.name, located.row.todo));
    for (line, key, todo) in advice.chain(layers).chain(builds).chain(own).chain(topics).chain(costs) {
        if todo.is_empty() {
            report(line, format!("`{key}` does not say what to do"));
        }
        check_sentence(key, todo, |message| report(line, message));
    }
    if (tables.library.is_some() || !tables.headers.is_empty()) && tables.source.is_empty() {
        report(1, "the table names no `source`".to_owned());
    }
    if tables.source == ITSELF {
        report(1, "only a rule can have `tranship` as its `source`".to_owned());
    }
}

/// Checks that the keys of each section are in order in the file. `rows` are sorted by section and key, so within a section
/// the line numbers must increase.
fn check_order<K: PartialEq>(
    rows: impl Iterator<Item = ((K, &'static str), usize)>,
    report: &mut impl FnMut(usize, String),
) {
    let mut previous: Option<((K, &'static str), usize)> = None;
    for ((section, key), line) in rows {
        if let Some(((last_section, last), last_line)) = &previous
            && *last_section == section
            && *last_line > line
        {
            report(line, format!("`{key}` must come after `{last}`"));
        }
        previous = Some(((section, key), line));
    }
}

fn check_name(name: &Name, mut report: impl FnMut(String)) {
    let Name { cuda, kind, level, without_images, spellings, note, .. } = name;
    if *level != Level::Safe && note.is_empty() {
        report(format!("`{cuda}` does not say what to assume or what to do instead"));
    }
    for spelling in *spellings {
        let left_out = spelling.hip.is_empty() && *kind == Kind::Macro;
        if !left_out && !spelling.hip.split("::").all(schema::is_identifier) {
            report(format!("`{cuda}`: `{}` is not a name that code can use", spelling.hip));
        }
    }
    if let [only] = spellings
        && only.hip == *cuda
        && (only.since, only.until, *level) == (None, None, Level::Safe)
        && without_images.is_empty()
        && !looks_like_cuda(cuda)
    {
        report(format!("`{cuda}` stays as it is in every release, so the row has no effect"));
    }
    check_sentence(cuda, note, report);
}

fn check_word(word: &Name, mut report: impl FnMut(String)) {
    let Name { cuda, level, note, .. } = word;
    if (*level != Level::Safe || word.is_dropped()) && note.is_empty() {
        report(format!("`{cuda}` does not say what to assume, what to do instead or why it is dropped"));
    }
    check_sentence(cuda, note, report);
}

/// Whether a name looks like one of CUDA. Only for such a name is a row without a change useful.
fn looks_like_cuda(cuda: &str) -> bool {
    let lower = cuda.to_ascii_lowercase();
    ["cu", "nccl", "pnccl", "thrust", "__"].iter().any(|prefix| lower.starts_with(prefix))
}

fn check_header(header: &Header, mut report: impl FnMut(String)) {
    let Header { cuda, action, note, .. } = header;
    if matches!(action, HeaderAction::Drop | HeaderAction::Manual) && note.is_empty() {
        report(format!("`{cuda}` does not say why it is dropped or what to do instead"));
    }
    check_sentence(cuda, note, report);
}

fn check_rule(rule: &Rule, mut report: impl FnMut(String)) {
    let name = rule.name;
    let kebab = !name.is_empty()
        && name.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    if !kebab {
        report(format!("`{name}` is not kebab-case"));
    }
    if rule.level == Level::Manual && rule.todo.is_empty() {
        report(format!("`{name}` is manual and does not say what `todo`"));
    }
    if rule.level == Level::Review && rule.assumption.is_empty() {
        report(format!("`{name}` is review and states no `assumption`"));
    }
    if rule.source.is_empty() {
        report(format!("`{name}` names no `source`"));
    }
    if rule.what.is_empty() || rule.why.is_empty() {
        report(format!("`{name}` does not say `what` it found and `why` it matters"));
    }
}

fn check_call(call: &Call, mut report: impl FnMut(String)) {
    let Call { cuda, level, note, .. } = call;
    if *level != Level::Safe && note.is_empty() {
        report(format!("call of `{cuda}` does not say what to assume or what to do"));
    }
    if call.source.is_empty() || call.source == ITSELF {
        report(format!("call of `{cuda}` names no `source`"));
    }
    if *level != Level::Manual && call.wrap.is_empty() && call.cast.is_empty() && call.to.is_empty() {
        report(format!("call of `{cuda}` changes nothing"));
    }
    if !call.to.is_empty() && (call.arguments.is_none() || !call.wrap.is_empty() || !call.cast.is_empty()) {
        report(format!("call of `{cuda}`: `to` needs `arguments` and replaces `wrap` and `cast`"));
    }
    if let Some(arguments) = call.arguments {
        let placeholders = call.to.split('$').skip(1).map(|rest| rest.bytes().next().unwrap_or(b'0'));
        if placeholders.into_iter().any(|digit| !(b'1'..=b'0' + arguments.min(9)).contains(&digit)) {
            report(format!("call of `{cuda}`: `to` names an argument that the call does not have"));
        }
    }
    check_sentence(cuda, note, report);
}

fn check_list(list: &List, mut report: impl FnMut(String)) {
    let List { name, words, .. } = list;
    if words.is_empty() {
        report(format!("the list `{name}` is empty"));
    }
    let is_again = |(at, word): &(usize, &&str)| words[..*at].contains(word);
    if let Some((_, word)) = words.iter().enumerate().find(is_again) {
        report(format!("the list `{name}` has `{word}` twice"));
    }
}

/// A message must not end with a full stop.
fn check_sentence(key: &str, note: &str, mut report: impl FnMut(String)) {
    if note.ends_with('.') {
        report(format!("`{key}`: the note ends with a full stop"));
    }
}

/// Checks for duplicates and chains, which can span several files.
fn check_together(parsed: &[(&str, Tables)], problems: &mut Vec<Problem>) {
    let mut names: FxHashMap<&str, &Name> = FxHashMap::default();
    let mut headers: FxHashMap<&str, &Header> = FxHashMap::default();
    let mut rules: FxHashMap<&str, &Rule> = FxHashMap::default();
    // A table for `--libraries roc` has rows for names of other tables. The build finds names that two such tables have.
    for (path, tables) in parsed.iter().filter(|(_, tables)| tables.roc.is_none()) {
        let mut duplicate = |line: usize, key: &str| {
            problems.push(Problem {
                path: (*path).to_owned(),
                line,
                message: format!("`{key}` is defined twice"),
            });
        };
        for Located { line, row } in &tables.names {
            if names.insert(row.cuda, row).is_some() {
                duplicate(*line, row.cuda);
            }
        }
        for Located { line, row } in &tables.headers {
            if headers.insert(row.cuda, row).is_some() {
                duplicate(*line, row.cuda);
            }
        }
        for Located { line, row } in &tables.rules {
            if rules.insert(row.name, row).is_some() {
                duplicate(*line, row.name);
            }
        }
    }
    for (path, tables) in parsed {
        let mut chain = |line, cuda: &str, hip: &str| {
            let message = format!("`{cuda}` becomes `{hip}`, which another row would change again");
            problems.push(Problem { path: (*path).to_owned(), line, message });
        };
        for Located { line, row } in &tables.names {
            for spelling in row.spellings.iter().filter(|spelling| spelling.hip != row.cuda) {
                let next = names.get(spelling.hip);
                if next.is_some_and(|next| next.spellings.iter().any(|s| s.hip != next.cuda)) {
                    chain(*line, row.cuda, spelling.hip);
                }
            }
        }
        for Located { line, row } in &tables.headers {
            for spelling in row.spellings.iter().filter(|spelling| spelling.hip != row.cuda) {
                let next = headers.get(spelling.hip);
                if next.is_some_and(|next| next.spellings.iter().any(|s| s.hip != next.cuda)) {
                    chain(*line, row.cuda, spelling.hip);
                }
            }
        }
    }
}
