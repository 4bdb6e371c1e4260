//! The built-in tables: they pass their lint, and their pages in `docs/tables/` are up to date. `TRANSHIP_BLESS=1` writes
//! the pages.

mod architectures;
mod contracts;
mod coverage;
mod pages;
mod ptx_page;
mod used;

use std::fs;
use std::path::PathBuf;

use crate::support::root;
use tranship_rules::{Effort, HeaderAction, Level, OLDEST_ROCM, Release, Resolution, Rules, lint};

/// Every table but that of PTX, which has a form of its own: its path from the root of the checkout, and its text.
fn tables() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("rules/tables")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the tables are in the checkout") {
            let path: PathBuf = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml")
                && path != root().join("rules/tables/ptx.toml")
            {
                let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((shown, fs::read_to_string(&path).expect("a readable table")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_tables_pass_the_lint() {
    let tables = tables();
    assert!(tables.len() > 20, "only {} tables found", tables.len());
    let problems = lint(tables.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let problems: Vec<_> =
        problems.expect("the tables are readable").iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// A source is outside of this repository: a release, a header, a document, a compiler.
#[test]
fn no_source_is_a_file_of_this_repository() {
    let rules = Rules::builtin();
    let mut sources: Vec<&str> = rules.rules().map(|rule| rule.source).collect();
    sources.extend(rules.all_calls().map(|call| call.source));
    sources.extend(rules.headers().map(|header| header.source));
    sources.extend(rules.libraries().iter().map(|library| library.source));
    let own: Vec<&&str> = sources.iter().filter(|source| names_own_file(source)).collect();
    assert!(own.is_empty(), "{own:#?}");
    for own in ["docs/CLI.md", "see `rules/tables/headers.toml`", "docs/ARCHITECTURE.md, invariant 2"] {
        assert!(names_own_file(own), "{own}");
    }
    assert!(!names_own_file("hip/hip_version.h (5.2.3, 7.1): `HIP_VERSION`; CMake 3.25 manual"));
}

/// Whether a word of `source` is the path of a file or folder of this repository.
fn names_own_file(source: &str) -> bool {
    let paths = source.split(|c: char| c.is_whitespace() || "`,;:()".contains(c));
    let is_path = |word: &&str| word.contains(['/', '.']) && !word.starts_with(['/', '.']);
    paths.filter(is_path).any(|word| root().join(word).exists())
}

#[test]
fn the_effort_of_a_name_comes_from_its_row() {
    let rules = Rules::builtin();
    let check =
        |name: &str, effort| assert_eq!(rules.name(name.as_bytes()).unwrap().effort, effort, "{name}");
    check("nvtxNameCudaEventA", Effort::Edit);
    check("cudnnRNNForward", Effort::Rework);
    check("CUDNN_STATUS_NOT_SUPPORTED", Effort::Edit);
    check("cudaGraphicsD3D11RegisterResource", Effort::Rework);
    check("cublasAlloc", Effort::Edit);
    check("cooperative_groups::this_cluster", Effort::Rework);
}

#[test]
fn every_name_and_header_has_a_result_in_the_newest_release() {
    let rules = Rules::builtin();
    let newest = rules.newest_rocm();
    for name in rules.names() {
        match name.at(newest) {
            Resolution::Needs(since) => {
                panic!("`{}` needs {since}, which is newer than the newest release", name.cuda)
            }
            Resolution::Unsupported => assert_eq!(name.level, Level::Manual, "`{}`", name.cuda),
            Resolution::Spelling(_) | Resolution::Gone(_) => {}
        }
        for spelling in name.spellings {
            assert!(
                spelling.since.is_none_or(|since| since > OLDEST_ROCM),
                "`{}` has a `since` that every supported release satisfies",
                name.cuda
            );
        }
    }
    for header in rules.headers() {
        let mapped = matches!(header.action, HeaderAction::Map | HeaderAction::Same);
        let spelled = matches!(header.at(newest), Resolution::Spelling(_) | Resolution::Gone(_));
        assert!(!mapped || spelled, "`{}` has no spelling in {newest}", header.cuda);
    }
}

#[test]
fn well_known_names_have_the_right_spelling() {
    let rules = Rules::builtin();
    let at = |name: &str, rocm: Release| match rules.name(name.as_bytes()).map(|row| row.at(rocm)) {
        Some(Resolution::Spelling(spelling)) => spelling.hip.to_owned(),
        other => format!("{other:?}"),
    };
    let new = Release::new(7, 1);
    assert_eq!(at("cudaMalloc", new), "hipMalloc");
    assert_eq!(at("cuMemAlloc_v2", new), "hipMalloc");
    assert_eq!(at("cublasSgemm", new), "hipblasSgemm");
    assert_eq!(at("cublasCgemm", new), "hipblasCgemm");
    assert_eq!(at("cublasCgemm", Release::new(6, 3)), "hipblasCgemm_v2");
    assert_eq!(at("cublasCgemm", Release::new(5, 2)), "hipblasCgemm");
    assert_eq!(at("cudaDevAttrPciDomainId", Release::new(6, 4)), "hipDeviceAttributePciDomainID");
    assert_eq!(at("cudaDevAttrPciDomainId", new), "hipDeviceAttributePciDomainId");
    assert_eq!(at("CUBLAS_GEMM_DEFAULT_TENSOR_OP", new), "HIPBLAS_GEMM_DEFAULT");
    assert_eq!(at("__nv_bfloat16", new), "__hip_bfloat16");
    assert_eq!(at("nv_bfloat16", Release::new(5, 2)), "Some(Needs(Release { major: 5, minor: 7 }))");
    assert_eq!(at("cudnnCreate", new), "miopenCreate");
    assert_eq!(at("cudnnGetVersion", new), "Some(Unsupported)");
    assert_eq!(at("cub", new), "hipcub");
    assert_eq!(at("ncclAllReduce", new), "ncclAllReduce");
    // No table has names of users or plain mathematics.
    for stranger in ["cudaCheck", "cuTry", "cublasHandle", "cudaDevice", "sin", "y0", "norm", "saturate"] {
        assert_eq!(rules.name(stranger.as_bytes()), None, "{stranger}");
    }
}
