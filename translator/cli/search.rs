//! `tranship rules search`: prints the rows of the tables that contain a text.

use std::io::{self, Write};

use super::Ending;
use super::list::{self, Row};
use super::rules_args::Search;

/// Runs the command.
pub(super) fn run(args: &Search) -> anyhow::Result<Ending> {
    let rules = args.tables.read()?;
    let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let contains = |row: &Row| {
        let text = [row.name, row.library, row.becomes, row.note].join("\n").to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let rows: Vec<Row> = list::rows(&rules).filter(contains).collect();
    let found = !rows.is_empty();
    io::stdout().write_all(list::columns(rows.into_iter()).as_bytes())?;
    if !found {
        writeln!(io::stderr(), "No row of the tables contains `{}`.", args.words.join(" "))?;
    }
    Ok(if found { Ending::Done } else { Ending::Open })
}
