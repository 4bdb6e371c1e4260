//! The generated pages `docs/tables/<library>.md`, which list the rows of each table for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use tranship_rules::{Header, HeaderAction, Level, Library, Name, RocLibrary, Rules, Spelling};

/// Every row of names and words.
fn rows(rules: &Rules) -> impl Iterator<Item = &'static Name> {
    rules.names().chain(rules.words())
}

#[test]
fn the_pages_of_the_tables_are_up_to_date() {
    let rules = Rules::builtin();
    let mut pages: BTreeMap<String, String> = rules
        .libraries()
        .iter()
        .map(|library| (format!("{}.md", library.key), library_page(&rules, library)))
        .collect();
    pages.insert("headers.md".to_owned(), headers_page(&rules));
    pages.insert("README.md".to_owned(), index_page(&rules));
    let folder = crate::support::root().join("docs/tables");
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::create_dir_all(&folder).expect("a writable checkout");
        for (name, page) in &pages {
            fs::write(folder.join(name), page).expect("a writable checkout");
        }
    }
    let help = "run `TRANSHIP_BLESS=1 cargo test --test quick`";
    for (name, page) in &pages {
        let written = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(written == *page, "docs/tables/{name} is out of step; {help}");
    }
    for entry in fs::read_dir(&folder).expect("the pages are in the checkout").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(pages.contains_key(&name), "docs/tables/{name} has no table; remove it");
    }
}

/// The number of rows of a library by kind of result.
struct Counts {
    plain: usize,
    review: usize,
    manual: usize,
    unsupported: usize,
}

fn counts<'a>(names: impl Iterator<Item = &'a Name>) -> Counts {
    let mut counts = Counts { plain: 0, review: 0, manual: 0, unsupported: 0 };
    for name in names {
        match name.level {
            Level::Safe => counts.plain += 1,
            Level::Review => counts.review += 1,
            Level::Manual if name.spellings.is_empty() => counts.unsupported += 1,
            Level::Manual => counts.manual += 1,
        }
    }
    counts
}

fn index_page(rules: &Rules) -> String {
    let mut page = String::from(
        "# What CUDA names become\n\nOne page for each table under `rules/tables/`; generated, do not edit.\n\
         Facts come from the public documentation and headers of AMD and NVIDIA, named on each page.\n\n\
         | CUDA | ROCm | renamed | under an assumption | by hand | no counterpart |\n|---|---|--:|--:|--:|--:|\n",
    );
    for library in rules.libraries() {
        let counts = counts(rows(rules).filter(|name| name.library == library.key));
        let Counts { plain, review, manual, unsupported } = counts;
        let Library { key, title, hip, .. } = library;
        line(
            &mut page,
            format_args!("| [{title}]({key}.md) | {hip} | {plain} | {review} | {manual} | {unsupported} |"),
        );
    }
    page.push_str("\nHeaders have [a page of their own](headers.md).\n");
    page
}

fn library_page(rules: &Rules, library: &Library) -> String {
    let names: Vec<_> = rows(rules).filter(|name| name.library == library.key).collect();
    let counts = counts(names.iter().copied());
    let Library { title, hip, source, .. } = library;
    let mut page = format!("# {title} on ROCm: {hip}\n\nGenerated, do not edit. Sources: {source}.\n\n");
    line(
        &mut page,
        format_args!(
            "{} names: {} renamed, {} renamed under an assumption, {} to rewrite by hand, {} without counterpart.",
            names.len(),
            counts.plain,
            counts.review,
            counts.manual,
            counts.unsupported
        ),
    );
    let of = |keep: fn(&Name) -> bool| names.iter().copied().filter(move |name| keep(name));
    by_note(&mut page, "Renamed under an assumption", of(|name| name.level == Level::Review));
    let by_hand = |name: &Name| name.level == Level::Manual && !name.spellings.is_empty();
    by_note(&mut page, "To rewrite by hand", of(by_hand));
    by_note(&mut page, "No counterpart", of(|name| name.spellings.is_empty()));
    let gated = |name: &Name| name.level == Level::Safe && !is_timeless(name);
    if names.iter().any(|name| gated(name)) {
        page.push_str("\n## Renamed, depending on the release\n\n| CUDA | ROCm |\n|---|---|\n");
        for name in of(gated) {
            line(&mut page, format_args!("| `{}` | {} |", name.cuda, spellings(name.spellings)));
        }
    }
    let plain = |name: &Name| name.level == Level::Safe && is_timeless(name);
    if names.iter().any(|name| plain(name)) {
        page.push_str("\n## Renamed\n\n| CUDA | ROCm |\n|---|---|\n");
        for name in of(plain) {
            let spelling = &name.spellings[0];
            let is_dropped = spelling.hip.is_empty();
            let becomes = if is_dropped { format!("dropped: {}", name.note) } else { written(spelling) };
            line(&mut page, format_args!("| `{}` | {becomes} |", name.cuda));
        }
    }
    if let Some(roc) = rules.roc_libraries().iter().find(|roc| roc.key == library.key) {
        roc_section(&mut page, roc);
    }
    page
}

/// The names with an exact counterpart in the library for `--libraries roc`.
fn roc_section(page: &mut String, library: &RocLibrary) {
    let RocLibrary { title, source, names, .. } = library;
    line(page, format_args!("\n## With `--libraries roc`: {title}\n\nSources: {source}."));
    if names.is_empty() {
        return line(page, format_args!("\n{title} has no exact counterpart of any name."));
    }
    page.push_str("\nThe other names have no exact counterpart. A project that uses one of them gets the hip library.\n");
    page.push_str("\n| CUDA | ROCm | assumption |\n|---|---|---|\n");
    for Name { cuda, spellings: roc, note, .. } in *names {
        line(page, format_args!("| `{cuda}` | {} | {note} |", spellings(roc)));
    }
}

/// Whether the name has one spelling in every supported release.
fn is_timeless(name: &Name) -> bool {
    matches!(name.spellings, [Spelling { since: None, until: None, .. }])
}

/// One paragraph for each note, with the names that have the note.
fn by_note<'a>(page: &mut String, title: &str, names: impl Iterator<Item = &'a Name>) {
    let mut notes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in names {
        let shown = match name.spellings {
            [] => format!("`{}`", name.cuda),
            some if name.ocp.is_empty() => format!("`{}` ({})", name.cuda, spellings(some)),
            some => {
                let [usual, ocp] = [some, name.ocp].map(spellings);
                format!("`{}` ({usual}; {ocp} on gfx950 and gfx12)", name.cuda)
            }
        };
        notes.entry(name.note).or_default().push(shown);
    }
    if !notes.is_empty() {
        line(page, format_args!("\n## {title}"));
    }
    for (note, names) in notes {
        line(page, format_args!("\n**{note}**: {}", names.join(", ")));
    }
}

/// A spelling as code.
fn written(spelling: &Spelling) -> String {
    if spelling.hip.is_empty() { "(dropped)".to_owned() } else { format!("`{}`", spelling.hip) }
}

/// All spellings with their releases, newest first.
fn spellings(spellings: &[Spelling]) -> String {
    let one = |spelling: &Spelling| {
        let mut text = written(spelling);
        if let Some(since) = spelling.since {
            let _ = write!(text, " from {since}");
        }
        if let Some(until) = spelling.until {
            let _ = write!(text, " before {until}");
        }
        text
    };
    spellings.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn headers_page(rules: &Rules) -> String {
    let sources: BTreeSet<&str> = rules.headers().map(|header| header.source).collect();
    let sources = sources.into_iter().collect::<Vec<_>>().join("; ");
    let mut page = format!("# Headers\n\nGenerated, do not edit. Sources: {sources}.\n");
    let sections = [
        (HeaderAction::Map, "Renamed", "ROCm"),
        (HeaderAction::Manual, "To rewrite by hand", "what to do"),
        (HeaderAction::Drop, "Dropped", "why"),
        (HeaderAction::Same, "The same on ROCm", "note"),
    ];
    for (action, title, column) in sections {
        line(&mut page, format_args!("\n## {title}\n\n| header | {column} |\n|---|---|"));
        for Header { cuda, spellings: hip, note, .. } in
            rules.headers().filter(|header| header.action == action)
        {
            match action {
                HeaderAction::Map => line(&mut page, format_args!("| `{cuda}` | {} |", spellings(hip))),
                _ => line(&mut page, format_args!("| `{cuda}` | {note} |")),
            }
        }
    }
    page
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(page, "{text}");
}
