//! The generated page `docs/architectures.md`: the figures of AMD's GPUs that the rules use.

use std::fmt::Write as _;
use std::fs;

use tranship_rules::{ARCHITECTURES, Architecture, PRODUCTS};

use crate::support::root;

const HEAD: &str = "# GPU architectures of AMD

Generated from `rules/tables/lists/architectures.toml`, which has the sources of each column; do not edit.

`--arch` takes a target or a product: `--arch gfx942`, `--arch MI300X`. LDS is the shared memory that a block can have.
Three columns are limits: the vector registers of a lane, the waves on a SIMD unit, and the blocks with several waves on a compute unit.
`atomicAdd` on the listed types is one instruction
for memory of the GPU; others are loops of compare-and-swap. Copies are the bytes that a lane can copy from global memory to LDS without registers.

| targets | generation | lanes of a wave | LDS, KiB | registers | SIMD units of a compute unit | waves | blocks | matrix instructions | 8-bit floats | texture units | floating `atomicAdd` | copies to LDS |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

const FOOT: &str = "
The numbers of compute units and the sizes of caches come from AMD's page \"AMD GPU specifications\" (ROCm 7.13). It does not list the MI455X and the MI430X,
so their cells are empty. A block of RDNA runs on two compute units, which HIP counts as one multiprocessor.
";

fn row(row: &Architecture) -> String {
    let Architecture { names, generation, wave, lds, vgprs, simds, waves, matrix, float8, images, .. } = row;
    let Architecture { atomics, copies, blocks, .. } = row;
    let or_none = |text: &'static str| if text.is_empty() { "none" } else { text };
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "| {} | {generation} | {wave} | {lds} | {vgprs} | {simds} | {waves} | {} | {} | {} | {} | {} | {} |\n",
        names.join(", "),
        if *blocks == 0 { String::new() } else { blocks.to_string() },
        or_none(matrix),
        or_none(float8),
        if *images { "yes" } else { "no" },
        or_none(atomics),
        or_none(copies)
    )
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.extend(ARCHITECTURES.iter().map(row));
    page.push_str(
        "\n| product | target | compute units of one device | L2 cache, MiB |\n|---|---|---|---|\n",
    );
    for product in PRODUCTS {
        let known = |number: u32| if number == 0 { String::new() } else { number.to_string() };
        let (units, cache) = (known(product.units), known(product.cache));
        let _ = writeln!(page, "| {} | `{}` | {units} | {cache} |", product.name, product.target);
    }
    page.push_str(FOOT);
    page
}

#[test]
fn the_page_of_architectures_is_up_to_date() {
    let path = root().join("docs/architectures.md");
    let page = page();
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|written| written == page),
        "docs/architectures.md is out of step; run `TRANSHIP_BLESS=1 cargo test --test quick`"
    );
}
