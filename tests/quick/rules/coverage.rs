//! The page `docs/coverage.md`: how many names of NVIDIA's headers the tables cover, library by library.
//!
//! `rules/tables/nvidia` has the names; `rules/tools/nvidia-names` reads them from the headers. A name or header that is
//! neither supported, nor reported with advice, nor internal to its library fails the test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;

use crate::support::root;
use tranship_rules::{HeaderAction, Kind, Level, Name, Release, Resolution, Rules, list};

/// The release that the tables are asked about.
static NEWEST: LazyLock<Release> = LazyLock::new(|| Rules::builtin().newest_rocm());

/// What the tables know about a name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// It stays, is renamed or is rewritten.
    Supported,
    /// A use is a finding that says what to do.
    Unsupported,
    /// No program uses it by name.
    Internal,
    /// Nobody looked at it.
    Unknown,
}

/// A name of a header of NVIDIA.
struct Fact {
    name: String,
    /// What the header declares it as; `header` is a header itself.
    kind: String,
    /// Whether the headers of HIP declare the same name.
    is_hip: bool,
}

/// The facts of one file below `rules/tables/nvidia`.
fn facts(text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let (mut kind, mut is_hip) = (String::new(), false);
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let words: Vec<&str> = section.split(' ').collect();
            assert!(words.len() == 3 || words[3..] == ["hip"], "`{line}` is not a section");
            words[0].clone_into(&mut kind);
            is_hip = words.len() == 4;
        } else {
            facts.push(Fact { name: line.to_owned(), kind: kind.clone(), is_hip });
        }
    }
    facts
}

fn classify(rules: &Rules, fact: &Fact) -> Class {
    let name = fact.name.as_str();
    if fact.kind == "header" {
        return match rules.header(name.as_bytes()).map(|header| header.action) {
            Some(HeaderAction::Manual) => Class::Unsupported,
            Some(_) => Class::Supported,
            None => Class::Unknown,
        };
    }
    if let Some(row) = rules.name(name.as_bytes()) {
        return of_row(row);
    }
    if let Some(rule) = rules.watching(name.as_bytes()) {
        return if rule.level == Level::Manual { Class::Unsupported } else { Class::Supported };
    }
    if rules.word(Kind::Guard, name).is_some() || fact.is_hip {
        return Class::Supported;
    }
    if is_internal(name, &fact.kind) {
        return Class::Internal;
    }
    if is_in_the_support_header(rules, name) {
        return Class::Supported;
    }
    let is_reported = rules.family(name.as_bytes()).is_some()
        || list::has(list::CUDA_VERSION_MACROS, name.as_bytes())
        || list::has(list::GUARDS_WITHOUT_COUNTERPART, name.as_bytes())
        || is_of_reported_namespace(rules, name);
    if is_reported { Class::Unsupported } else { Class::Unknown }
}

/// Whether the support header has a namespace in place of the one around `name`, and the name is in it.
fn is_in_the_support_header(rules: &Rules, name: &str) -> bool {
    let Some((scope, last)) = name.rsplit_once("::") else { return false };
    let Some(row) = rules.name(scope.as_bytes()) else { return false };
    let Resolution::Spelling(spelling) = row.at(*NEWEST) else { return false };
    let helper = spelling.hip.strip_prefix("tranship::").and_then(|rest| rest.split("::").next());
    helper.and_then(|helper| rules.helper(helper)).is_some_and(|helper| {
        helper.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == last)
    })
}

fn of_row(row: &Name) -> Class {
    let is_written = matches!(row.at(*NEWEST), Resolution::Spelling(_));
    if is_written && row.level != Level::Manual { Class::Supported } else { Class::Unsupported }
}

/// Whether every use of the namespace around `name` is a finding, or every use of the name in libcu++.
fn is_of_reported_namespace(rules: &Rules, name: &str) -> bool {
    let ends = name.match_indices("::").map(|(end, _)| end);
    let mut heads = ends.map(|end| &name.as_bytes()[..end]);
    let is_reported = |head: &[u8]| {
        let row = rules.name(head).is_some_and(|row| of_row(row) == Class::Unsupported);
        row || rules.watching(head).is_some_and(|rule| rule.level == Level::Manual && rule.check.is_none())
    };
    let of_libcudacxx = name.strip_prefix("cuda::").is_some_and(|word| {
        let lists = [list::LIBCUDACXX_NAMES, list::LIBCUDACXX_MORE, list::LIBCUDACXX_COPIES];
        lists.iter().any(|words| list::has(words, word.as_bytes()))
    });
    of_libcudacxx || heads.any(is_reported)
}

/// What the public names of NVIDIA's libraries begin with. A name without such a beginning is as likely the user's own.
const STEMS: &[&str] = &[
    "cu", "CU", "PFN_cu", "nv", "NV", "nccl", "NCCL", "npp", "Npp", "NPP", "FATBIN", "optix", "Optix",
    "OPTIX", "dali",
];

/// Whether a name of this kind is internal to its library: an include guard, a reserved name, the variant of a function
/// that a macro chooses, a linkage macro, the arguments of one function as CUPTI records them, or a name without the
/// spelling of a library.
fn is_internal(name: &str, kind: &str) -> bool {
    let (scope, last) = name.rsplit_once("::").unwrap_or(("", name));
    let is_namespace = ["cub", "thrust", "cuda", "cooperative_groups", "nvcuda::wmma"].contains(&scope);
    let is_spelled = is_namespace || STEMS.iter().any(|stem| last.starts_with(stem));
    let is_variant =
        ["_ptsz", "_ptds", "_internal", "_params", "_params_st"].iter().any(|end| last.ends_with(end));
    let is_linkage = kind == "macro" && last.ends_with("API");
    let is_marked = last.contains("DEPRECATED") || last.contains("DETAIL");
    kind == "guard" || last.starts_with('_') || !is_spelled || is_variant || is_linkage || is_marked
}

/// The files of names, each with its library.
fn files() -> BTreeMap<String, Vec<Fact>> {
    let folder = root().join("rules/tables/nvidia");
    let entries = fs::read_dir(folder).expect("the names are in the checkout").flatten();
    let read = |path: std::path::PathBuf| {
        let library = path.file_stem()?.to_str()?.to_owned();
        Some((library, facts(&fs::read_to_string(&path).ok()?)))
    };
    entries.filter_map(|entry| read(entry.path())).collect()
}

#[test]
fn every_name_of_nvidia_is_known() {
    let rules = Rules::builtin();
    let mut page = String::from(
        "# Names of NVIDIA's headers\n\nGenerated, do not edit. The names are from the headers in NVIDIA's packages for CUDA 12.4, 12.9 \
         and 13.5;\n`rules/tables/nvidia` lists them with their packages, and `rules/tools/nvidia-names` reads them.\n\n\
         - **supported**: the name stays, is renamed, or its use is rewritten\n\
         - **reported**: a use is a finding with advice\n\
         - **internal**: include guards, reserved names, names without the spelling of the library, and other names that no program writes\n\n\
         | library | names | supported | reported | internal | unclassified |\n|---|--:|--:|--:|--:|--:|\n",
    );
    let mut unknown = Vec::new();
    let mut sums = [0; 4];
    for (library, facts) in files() {
        let mut counts = [0; 4];
        for fact in &facts {
            let class = classify(&rules, fact);
            counts[class as usize] += 1;
            if class == Class::Unknown {
                unknown.push(format!("{library}: {} {}", fact.kind, fact.name));
            }
        }
        row(&mut page, &library, counts);
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    row(&mut page, "**all**", sums);
    page.push_str(
        "\nOptiX, TensorRT and DALI have no packages with headers. Their documented names are reported by their spelling: \
         `optix*`,\n`Optix*`, `OPTIX_*`, `nvinfer1`, `nvonnxparser`, `dali*`.\n",
    );
    assert!(
        unknown.is_empty(),
        "{} names in no table:\n{}",
        unknown.len(),
        unknown[..unknown.len().min(200)].join("\n")
    );
    let path = root().join("docs/coverage.md");
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &page).expect("a writable checkout");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/coverage.md is out of step; run `TRANSHIP_BLESS=1 cargo test --test quick`"
    );
}

/// One line of the table, with shares in per cent, rounded down.
fn row(page: &mut String, library: &str, [supported, unsupported, internal, unknown]: [usize; 4]) {
    let all = supported + unsupported + internal + unknown;
    let share = |count: usize| format!("{count} ({} %)", count * 100 / all.max(1));
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "| {library} | {all} | {} | {} | {} | {unknown} |",
        share(supported),
        share(unsupported),
        share(internal)
    );
}

#[test]
fn a_header_or_name_that_nobody_classified_is_unknown() {
    let rules = Rules::builtin();
    let class = |name: &str, kind: &str| {
        classify(&rules, &Fact { name: name.to_owned(), kind: kind.to_owned(), is_hip: false })
    };
    assert_eq!(class("cuda_of_tomorrow.h", "header"), Class::Unknown);
    assert_eq!(class("cudaOfTomorrow", "function"), Class::Unknown);
    assert_eq!(class("cuda::of_tomorrow", "template"), Class::Unknown);
    assert_eq!(class("cudaMalloc", "function"), Class::Supported);
    assert_eq!(class("nppi.h", "header"), Class::Unsupported);
    assert_eq!(class("nppiAdd_8u_C1RSfs", "function"), Class::Unsupported);
    assert_eq!(class("MAX_XOR_N", "macro"), Class::Internal);
    assert_eq!(class("cudaMalloc_v3020_params", "type"), Class::Internal);
}
