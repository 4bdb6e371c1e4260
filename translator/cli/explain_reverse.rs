//! `tranship explain` for names that are not CUDA's: HIP names, libraries and GPUs.

use std::fmt::Write as _;

use tranship_rules::{ARCHITECTURES, Kind, Level, Library, Name, OLDEST_ROCM, PRODUCTS, Rules, target_of};

use super::explain_example as example;

/// The CUDA names and headers that become the HIP name or header `hip`.
pub(super) fn of_hip(hip: &str, rules: &Rules) -> Option<String> {
    let mut lines = Vec::new();
    for row in rules.names().chain(rules.words()) {
        let spelled = row.spellings.iter().find(|spelling| spelling.hip == hip);
        if let Some(spelling) = spelled.filter(|_| row.cuda != hip) {
            let library = rules.libraries().iter().find(|library| library.key == row.library);
            let since = spelling.since.map_or(String::new(), |since| format!(", since ROCm {since}"));
            let until = spelling.until.map_or(String::new(), |until| format!(", gone in ROCm {until}"));
            let title = library.map_or(row.library, |library| library.title);
            lines.push(format!("replaces {} ({title}){since}{until}", row.cuda));
        }
    }
    for header in rules.headers() {
        if header.cuda != hip && header.spellings.iter().any(|spelling| spelling.hip == hip) {
            lines.push(format!("replaces {} (header)", header.cuda));
        }
    }
    lines.sort();
    lines.dedup();
    (!lines.is_empty()).then(|| {
        let more = "`tranship explain NAME` has the source, the differences and an example of each of them";
        format!("{hip} (HIP)\n\n{}\n{more}\n", lines.join("\n"))
    })
}

/// The library with the title or key `name`, of CUDA or of ROCm, ignoring case.
pub(super) fn of_library(name: &str, rules: &Rules) -> Option<String> {
    let named = |text: &str| text.split([',', '/']).any(|part| part.trim().eq_ignore_ascii_case(name));
    let libraries: Vec<_> = rules
        .libraries()
        .iter()
        .filter(|library| {
            let roc = rules.roc_libraries().iter().find(|roc| roc.key == library.key);
            library.key.eq_ignore_ascii_case(name)
                || named(library.title)
                || named(library.hip)
                || roc.is_some_and(|roc| named(roc.title))
        })
        .collect();
    let mut out = String::new();
    for library in &libraries {
        if !out.is_empty() {
            out.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{} (library)\n", library.title);
        let _ = match library.hip {
            "" => writeln!(out, "has no counterpart on ROCm"),
            hip => writeln!(out, "becomes {hip}"),
        };
        let roc = rules.roc_libraries().iter().find(|roc| roc.key == library.key);
        if let Some(roc) = roc {
            let _ = writeln!(out, "with `--libraries roc`: becomes {}, where it is exact", roc.title);
        }
        let of = |level: Level| {
            let rows = rules.names().chain(rules.words()).filter(|row| row.library == library.key);
            rows.filter(|row| row.level == level).count()
        };
        let (safe, review, manual) = (of(Level::Safe), of(Level::Review), of(Level::Manual));
        let _ =
            writeln!(out, "names: {safe} are converted, {review} with an assumption, {manual} need a person");
        out.push_str(&releases_and_example(library, rules));
    }
    (!out.is_empty()).then_some(out)
}

/// The releases of `library`, its source, its documentation, and the conversion of one of its functions.
fn releases_and_example(library: &Library, rules: &Rules) -> String {
    let mut out = String::new();
    let rows = || rules.names().chain(rules.words()).filter(|row| row.library == library.key);
    let spellings = rows().flat_map(|row| row.spellings);
    if let Some(since) = spellings.map(|spelling| spelling.since.unwrap_or(OLDEST_ROCM)).min() {
        let earlier = if since == OLDEST_ROCM { " or earlier" } else { "" };
        let _ = writeln!(out, "releases: since ROCm {since}{earlier}; each name has releases of its own");
    }
    let _ = writeln!(out, "source: {}", library.source);
    let key = library.key;
    let _ = writeln!(out, "`tranship rules list --library {key}` and docs/tables/{key}.md list the names");
    out.push_str("docs/libraries.md describes differences\n");
    let is_function = |row: &&Name| row.kind == Kind::Function && row.level == Level::Safe;
    let is_called = |row: &&Name| !rules.calls(row.cuda.as_bytes()).is_empty();
    let functions = || rows().filter(is_function);
    let called = functions().find(is_called).or_else(|| functions().next());
    out.push_str(&called.map_or_else(String::new, |row| example::of_name(row, rules)));
    out
}

/// The architecture or product `name`.
pub(super) fn of_gpu(name: &str) -> Option<String> {
    let target = target_of(name)?;
    let row = ARCHITECTURES.iter().find(|row| row.names.contains(&target))?;
    let products: Vec<&str> =
        PRODUCTS.iter().filter(|product| product.target == target).map(|product| product.name).collect();
    let mut out = format!("{name} (GPU)\n\n--arch {target}, {}\n", row.generation);
    if !products.is_empty() {
        let _ = writeln!(out, "products: {}", products.join(", "));
    }
    let or_none = |text: &'static str| if text.is_empty() { "none" } else { text };
    let _ = writeln!(out, "lanes of a wave: {}", row.wave);
    let _ = writeln!(out, "shared memory of a block: {} KiB", row.lds);
    let _ = writeln!(out, "vector registers of a lane: {}", row.vgprs);
    let _ = writeln!(out, "matrix instructions: {}", or_none(row.matrix));
    let _ = writeln!(out, "format of 8-bit floats: {}", or_none(row.float8));
    let _ = writeln!(out, "texture units: {}", if row.images { "yes" } else { "no" });
    let _ = writeln!(out, "types of `atomicAdd` with an instruction: {}", or_none(row.atomics));
    let _ = writeln!(out, "bytes of copies to shared memory without registers: {}", or_none(row.copies));
    out.push_str("docs/architectures.md has all GPUs and the sources\n");
    Some(out)
}
