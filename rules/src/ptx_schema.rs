//! The TOML form of the table of PTX instructions. `build.rs` reads the table and compiles its rows into the program.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Level;
use crate::ptx::unknown_set;

/// The table in its file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PtxTable {
    /// Words that a variable can match, by the name of the set.
    pub(crate) sets: BTreeMap<String, String>,
    /// The special registers.
    pub(crate) registers: Vec<PtxRegisterRow>,
    /// The instructions.
    #[serde(rename = "group")]
    pub(crate) groups: Vec<PtxGroupRows>,
}

/// A special register in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PtxRegisterRow {
    /// Its name.
    pub(crate) name: String,
    /// Its C++; empty with `refuse`.
    #[serde(default)]
    pub(crate) cpp: String,
    /// Its C++ if a warp is the whole wave.
    pub(crate) native: Option<String>,
    /// Its type.
    #[serde(default = "word_type")]
    pub(crate) kind: String,
    /// The possible differences of its value. If set, the level is `review`.
    #[serde(default)]
    pub(crate) bound: String,
    /// What to do instead. If set, the level is `manual`.
    #[serde(default)]
    pub(crate) refuse: String,
}

fn word_type() -> String {
    "u32".to_owned()
}

/// A group in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PtxGroupRows {
    /// What the instructions do.
    pub(crate) title: String,
    /// The place in the manual that describes the instructions.
    pub(crate) source: String,
    /// The patterns.
    pub(crate) rows: Vec<PtxRow>,
}

/// A pattern in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PtxRow {
    /// The spelling.
    pub(crate) ptx: String,
    /// The C++.
    #[serde(default)]
    pub(crate) cpp: String,
    /// The function that writes the C++.
    #[serde(default)]
    pub(crate) by: String,
    /// Types of operands.
    #[serde(default)]
    pub(crate) types: String,
    /// The possible differences of the result. If set, the level is `review`.
    #[serde(default)]
    pub(crate) bound: String,
    /// Why the instruction is not translated. If set, the level is `manual`.
    #[serde(default)]
    pub(crate) refuse: String,
}

impl PtxRow {
    /// How far the C++ can be trusted.
    pub(crate) fn level(&self) -> Level {
        match (self.refuse.is_empty(), self.bound.is_empty()) {
            (false, _) => Level::Manual,
            (true, false) => Level::Review,
            (true, true) => Level::Safe,
        }
    }
}

/// Reads the table. The error describes what is wrong.
pub(crate) fn parse(text: &str) -> Result<PtxTable, String> {
    let table: PtxTable = toml::from_str(text).map_err(|error| error.to_string())?;
    for row in table.groups.iter().flat_map(|group| &group.rows) {
        let ways = [&row.cpp, &row.by, &row.refuse].iter().filter(|way| !way.is_empty()).count();
        if ways != 1 {
            return Err(format!("`{}` needs exactly one of `cpp`, `by` and `refuse`", row.ptx));
        }
        if let Some(set) = unknown_set(&row.ptx, |set| table.sets.contains_key(set)) {
            return Err(format!("`{}` has the unknown set `{set}`", row.ptx));
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_exactly_one_way() {
        let table = |row: &str| {
            format!("sets = {{}}\nregisters = []\n[[group]]\ntitle = \"\"\nsource = \"\"\nrows = [{row}]")
        };
        assert!(parse(&table("{ ptx = \"a\", cpp = \"b\" }")).is_ok());
        assert!(parse(&table("{ ptx = \"a\" }")).is_err());
        assert!(parse(&table("{ ptx = \"a\", cpp = \"b\", refuse = \"c\" }")).is_err());
        assert!(parse(&table("{ ptx = \"a.<T:no>\", cpp = \"b\" }")).is_err());
    }
}
