//! The generated page `docs/ptx.md`: the translation of each PTX instruction.

use std::fmt::Write as _;
use std::fs;

use tranship_rules::{Level, PtxInstruction, Rules, list};

#[test]
fn the_page_of_ptx_is_in_step() {
    let path = crate::support::root().join("docs/ptx.md");
    let page = page(&Rules::builtin());
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &page).expect("a writable checkout");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/ptx.md is out of step; run `TRANSHIP_BLESS=1 cargo test --test quick`");
}

/// The families of instructions that no rewrite of a block replaces.
const REFUSED_BY_NAME: [&str; 18] = [
    "wgmma.",
    "tcgen05.",
    "cp.async.bulk.",
    "cp.async.mbarrier.",
    "cp.reduce.",
    "tensormap.",
    "mbarrier.",
    "multimem.",
    "setmaxnreg.",
    "mapa.",
    "getctarank.",
    "st.async.",
    "red.async.",
    "st.bulk.",
    "barrier.cluster.",
    "clusterlaunchcontrol.",
    "fence.proxy.",
    "fence.mbarrier_init.",
];

#[test]
fn refusals_by_name_say_which_gpu_has_a_counterpart_or_that_none_has() {
    let rules = Rules::builtin();
    for family in REFUSED_BY_NAME {
        let rows: Vec<_> =
            rules.ptx_instructions().iter().filter(|row| row.pattern.starts_with(family)).collect();
        assert!(rows.iter().any(|row| !row.refuse.is_empty()), "no row refuses `{family}`");
        for row in rows.into_iter().filter(|row| !row.refuse.is_empty()) {
            let says = row.refuse.contains("gfx1")
                || row.refuse.contains("AMD's GPUs")
                || row.refuse.contains("GPU of AMD");
            assert!(says, "`{}`: {}", row.pattern, row.refuse);
        }
    }
}

/// The products that use the matrix unit, and the GPUs.
fn by_matrix_unit(rows: &[PtxInstruction]) -> String {
    let products = rows.iter().filter(|row| row.cpp.contains("_by_unit"));
    let listed: Vec<String> = products.map(|row| format!("- `{}`\n", row.pattern)).collect();
    let gpus: Vec<String> = list::MMA_BY_UNIT_GPUS.iter().map(|gpu| format!("`{gpu}`")).collect();
    format!(
        "\nThese products use the matrix unit of {}, if all lanes of the wave run:\n\n{}- `mma_sync` of `nvcuda::wmma` with `half`, \
         `__nv_bfloat16`, `signed char` and `unsigned char`, in all shapes\n\nThe lanes multiply for all other types and on all other GPUs.\n",
        gpus.join(", "),
        listed.concat()
    )
}

fn page(rules: &Rules) -> String {
    let rows = rules.ptx_instructions();
    let count = |level: Level| rows.iter().filter(|row| row.level == level).count();
    let mut page = format!(
        "# Inline PTX\n\nGenerated from `rules/tables/ptx.toml`, do not edit. A block of inline PTX becomes C++ if each \
         of its instructions is in these tables and has another level than `manual`.\n\n\
         {} patterns: {} safe, {} under an assumption, {} left to a person. In a pattern `[.x]` may be left out, \
         `<T:set>` is one word of a set, `*` is any number of further parts. In C++ `$a`, `$b`, `$c` are the operands after the result, \
         and `$T` is the C++ name of a type.\n\n\
         The tables were written from knowledge of the PTX ISA, and a source names the chapter of NVIDIA's manual with the \
         instructions. Most instructions were then checked against its text, versions 9.0 and 9.1. The head of \
         `rules/tables/ptx.toml` lists checked and unchecked instructions.\n",
        rows.len(),
        count(Level::Safe),
        count(Level::Review),
        count(Level::Manual)
    );
    for (number, group) in rules.ptx_groups().iter().enumerate() {
        let _ = writeln!(
            page,
            "\n## {}\n\nSource: {}.\n\n| PTX | C++ | level | note |\n|---|---|---|---|",
            group.title, group.source
        );
        for row in rows.iter().filter(|row| usize::from(row.group) == number) {
            let _ = writeln!(page, "{}", line(row));
        }
        if group.title == "Matrix fragments" {
            page.push_str(&by_matrix_unit(rows));
        }
    }
    page.push_str(
        "\n## Special registers\n\n| PTX | C++ | with `--warp native` | note |\n|---|---|---|---|\n",
    );
    for register in rules.ptx_registers() {
        if register.level == Level::Manual {
            let _ = writeln!(
                page,
                "| `%{}` | left to a person | the same | {} |",
                register.name, register.refuse
            );
            continue;
        }
        let native = match register.native {
            native if native == register.cpp => "the same".to_owned(),
            "" => "left to a person".to_owned(),
            native => format!("`{native}`"),
        };
        let _ =
            writeln!(page, "| `%{}` | `{}` | {native} | {} |", register.name, register.cpp, register.bound);
    }
    page.push_str("\n## Sets\n\n| set | words |\n|---|---|\n");
    for (name, words) in rules.ptx_sets() {
        let _ = writeln!(page, "| `{name}` | {} |", cell(words));
    }
    page
}

fn line(row: &PtxInstruction) -> String {
    let becomes = match (row.cpp, row.by) {
        ("", "") => String::new(),
        ("", "nothing") => "nothing".to_owned(),
        ("", _) => "by its operands".to_owned(),
        (cpp, _) => format!("`{}`", cell(cpp)),
    };
    let (level, note) = match row.level {
        Level::Safe => ("safe", ""),
        Level::Review => ("review", row.bound),
        Level::Manual => ("manual", row.refuse),
    };
    format!("| `{}` | {becomes} | {level} | {note} |", cell(row.pattern))
}

/// A text in a table of Markdown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
