//! Looks up every HIP name of the tables in the headers that can be installed.
//!
//! HIP 5.2.3 with its libraries comes from Debian (`/usr/include`); HIP 7.1 and the libraries of ROCm 6.4 from what
//! `.ci/toolchain` installs (`hip-7.1/include` and `rocm-debian/include` there). A name that is absent from a header which
//! should declare it is a fault of the table.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{installed, support::root};
use tranship_rules::{HeaderAction, Name, Release, Resolution, Rules};

/// The headers of one library in one release.
struct HeaderSet {
    title: &'static str,
    release: Release,
    /// The libraries in the tables that these headers declare.
    libraries: &'static [&'static str],
    /// Whether a name must be in these headers. Some sets have only a part of the headers of a library.
    complete: fn(&Name, &str) -> bool,
    tokens: HashSet<String>,
}

fn all(_: &Name, _: &str) -> bool {
    true
}

fn none(_: &Name, _: &str) -> bool {
    false
}

/// The installed headers of 7.1 are those of the runtime, without hipRTC and mathematical constants.
fn runtime(name: &Name, hip: &str) -> bool {
    !hip.to_ascii_lowercase().contains("rtc") && !name.cuda.starts_with("CUDART_")
}

/// Builtins of the compiler are in no header, and helpers are in the support header. Macros of
/// `amd_hip_vector_types.h` paste the names of the functions that make vectors: `make_##type`.
fn device(_: &Name, hip: &str) -> bool {
    !["__builtin_", "tranship::", "make_"].iter().any(|start| hip.starts_with(start))
}

fn header_sets(toolchain: &Path) -> Vec<HeaderSet> {
    let usr = Path::new("/usr/include");
    let hip71 = toolchain.join("hip-7.1/include");
    let hip52 = || vec![usr.join("hip")];
    let mut device52 = hip52();
    device52.extend(compiler_headers());
    let set = |title, release, libraries, complete, folders: Vec<PathBuf>| HeaderSet {
        title,
        release,
        libraries,
        complete,
        tokens: tokens(&folders),
    };
    let debian = toolchain.join("rocm-debian/include");
    let newest = |folders: &[&str]| folders.iter().map(|folder| debian.join(folder)).collect::<Vec<_>>();
    let [r52, r53, r64, r71] =
        [(5, 2), (5, 3), (6, 4), (7, 1)].map(|(major, minor)| Release::new(major, minor));
    vec![
        set("HIP 5.2.3", r52, &["cudart", "cuda_driver", "cuComplex", "nvrtc", "macros"], all, hip52()),
        set("HIP 5.2.3 and clang 15, device", r52, &["cuda_device"], device, device52),
        set("hipRAND 5.3.3", r53, &["curand"], all, vec![usr.join("hiprand"), usr.join("rocrand")]),
        set("hipSPARSE 5.3.3", r53, &["cusparse"], all, vec![usr.join("hipsparse")]),
        set("HIP 7.1", r71, &["cudart", "cuda_driver"], runtime, vec![hip71.join("hip")]),
        set("HIP 7.1, device", r71, &["cuda_device", "macros"], none, vec![hip71.join("hip")]),
        set("hipBLAS common 7.1", r71, &["cublas"], none, vec![hip71.join("hipblas-common")]),
        set(
            "HIP 6.4",
            r64,
            &["cudart", "cuda_driver", "cuComplex", "nvrtc", "macros"],
            all,
            newest(&["hip"]),
        ),
        set("HIP 6.4, device", r64, &["cuda_device", "cooperative_groups"], device, {
            newest(&["hip"]).into_iter().chain(compiler_headers()).collect()
        }),
        set("hipBLAS 6.4", r64, &["cublas"], all, newest(&["hipblas", "hipblas-common", "hip"])),
        set("hipBLASLt 7.1", r71, &["cublaslt"], all, newest(&["hipblaslt", "hipblas-common", "hip"])),
        set("hipFFT 6.4", r64, &["cufft"], all, newest(&["hipfft"])),
        set("hipRAND 6.4", r64, &["curand"], all, newest(&["hiprand", "rocrand"])),
        set("hipSOLVER 6.4", r64, &["cusolver"], all, newest(&["hipsolver"])),
        set("hipSPARSE 6.4", r64, &["cusparse"], all, newest(&["hipsparse"])),
        set("MIOpen 6.4", r64, &["cudnn"], device, newest(&["miopen"])),
        set("hipCUB 6.4", r64, &["cub"], none, newest(&["hipcub", "rocprim"])),
        set("RCCL of ROCm 5.4", Release::new(5, 4), &["nccl"], all, newest(&["rccl"])),
        set("rocThrust 6.4", r64, &["thrust"], none, newest(&["thrust"])),
        set("ROCTX 6.4", r64, &["nvtx"], none, newest(&["roctracer"])),
    ]
}

/// The folders with the headers of the compiler that Debian's hipcc uses. They declare device functions.
fn compiler_headers() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/llvm-15/lib/clang").into_iter().flatten().flatten();
    let headers = versions.filter_map(|version| fs::read_dir(version.path().join("include")).ok());
    let files = headers.flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.display().to_string().contains("/__clang_hip_")).collect()
}

/// The identifiers in some files and folders, without comments.
fn tokens(places: &[PathBuf]) -> HashSet<String> {
    // Headers for other platforms, and lists of all names of all releases, are no proof.
    const IGNORED: [&str; 4] = ["nvidia_detail", "nvcc_detail", "hip_prof_str.h", "hip_api_trace.hpp"];
    let mut found = HashSet::new();
    let mut places = places.to_vec();
    while let Some(place) = places.pop() {
        if place.file_name().is_some_and(|name| IGNORED.iter().any(|ignored| name == *ignored)) {
            continue;
        }
        if place.is_dir() {
            places.extend(fs::read_dir(&place).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if let Ok(bytes) = fs::read(&place) {
            let code = without_comments(&String::from_utf8_lossy(&bytes));
            let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let names = words.filter(|word| word.starts_with(|c: char| !c.is_ascii_digit()));
            found.extend(names.map(str::to_owned));
        }
    }
    found
}

/// `text` with a space instead of each comment.
pub(crate) fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(slash) = rest.find('/') {
        let (before, from) = rest.split_at(slash);
        code.push_str(before);
        rest = match from.as_bytes().get(1) {
            Some(b'*') => from[2..].find("*/").map_or("", |end| &from[end + 4..]),
            Some(b'/') => from.find('\n').map_or("", |end| &from[end..]),
            _ => &from[1..],
        };
        code.push(' ');
    }
    code + rest
}

/// The number of names that were found, the number without an installed header, and the faults.
#[derive(Default)]
struct Outcome {
    checked: usize,
    not_checkable: usize,
    faults: Vec<String>,
}

fn check_names(rules: &Rules, sets: &[HeaderSet], outcome: &mut Outcome) {
    let is_written = |name: &&Name| name.spellings.iter().any(|spelling| !spelling.hip.is_empty());
    for name in rules.names().filter(is_written) {
        let mut found = false;
        for set in sets.iter().filter(|set| set.libraries.contains(&name.library)) {
            let spelled = match name.at(set.release) {
                Resolution::Spelling(spelling) => Some(spelling),
                _ => None,
            };
            for spelling in spelled.into_iter().chain(name.at_ocp(set.release)) {
                let word = spelling.hip.rsplit("::").next().unwrap_or_default();
                // Helpers are in the support header.
                let helper = spelling.hip.strip_prefix("tranship::").and_then(|name| name.split("::").next());
                let is_helper = helper.is_some_and(|name| rules.helper(name).is_some());
                if is_helper || set.tokens.contains(word) {
                    found = true;
                } else if (set.complete)(name, spelling.hip) {
                    let Name { cuda, library, .. } = name;
                    let fault = format!("{library}: `{cuda}` -> `{}` is not in {}", spelling.hip, set.title);
                    outcome.faults.push(fault);
                }
            }
        }
        outcome.checked += usize::from(found);
        outcome.not_checkable += usize::from(!found);
    }
}

/// Checks the names in rewritten calls, which are in no row of names.
fn check_calls(rules: &Rules, sets: &[HeaderSet], outcome: &mut Outcome) {
    for call in rules.all_calls() {
        let names = call.to.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_of_rocm =
            |name: &&str| ["hip", "miopen", "MIOPEN"].iter().any(|start| name.starts_with(start));
        let names = names.filter(is_of_rocm).chain(call.wrap.iter().map(|wrap| wrap.with));
        let row = rules.name(call.cuda.as_bytes());
        for name in names {
            let lower = name.to_ascii_lowercase();
            let library = match () {
                () if lower.starts_with("miopen") => "cudnn",
                () if lower.starts_with("hipblaslt") => "cublaslt",
                () if lower.starts_with("hipblas") => "cublas",
                () => "cudart",
            };
            for set in sets.iter().filter(|set| set.libraries.contains(&library)) {
                let since = call.rocm_since.is_none_or(|since| since <= set.release);
                let until = call.rocm_until.is_none_or(|until| set.release < until);
                let is_complete = row.is_none_or(|row| (set.complete)(row, name));
                if since && until && is_complete && !set.tokens.contains(name) {
                    let fault = format!("call of `{}`: `{name}` is not in {}", call.cuda, set.title);
                    outcome.faults.push(fault);
                }
            }
        }
    }
}

fn check_header_files(rules: &Rules, toolchain: &Path, outcome: &mut Outcome) {
    const WHOLE: [&str; 4] = ["hip/", "hiprand/", "hipsparse/", "rocrand/"];
    let old = Path::new("/usr/include");
    let new = toolchain.join("hip-7.1/include");
    for header in rules.headers().filter(|header| header.action == HeaderAction::Map) {
        let mut found = false;
        if let Resolution::Spelling(spelling) = header.at(Release::new(5, 2)) {
            found |= old.join(spelling.hip).is_file();
            if !found && WHOLE.iter().any(|folder| spelling.hip.starts_with(folder)) {
                outcome
                    .faults
                    .push(format!("headers: `{}` -> `{}` is not in 5.2", header.cuda, spelling.hip));
            }
        }
        if let Resolution::Spelling(spelling) = header.at(Release::new(7, 1)) {
            found |= new.join(spelling.hip).is_file();
        }
        outcome.checked += usize::from(found);
        outcome.not_checkable += usize::from(!found);
    }
}

#[test]
fn hip_names_are_in_the_headers() {
    let toolchain = installed::headers();
    for needed in [Path::new("/usr/include/hip"), &toolchain.join("hip-7.1/include/hip")] {
        if !needed.is_dir() {
            return installed::missing(&needed.display().to_string());
        }
    }
    let rules = Rules::builtin();
    let sets = header_sets(&toolchain);
    let mut outcome = Outcome::default();
    check_names(&rules, &sets, &mut outcome);
    check_calls(&rules, &sets, &mut outcome);
    check_header_files(&rules, &toolchain, &mut outcome);
    println!("checked {}, not checkable {}", outcome.checked, outcome.not_checkable);
    assert!(outcome.faults.is_empty(), "\n{}", outcome.faults.join("\n"));
    let least = least_checked();
    assert!(outcome.checked >= least, "checked {} names, but {least} before", outcome.checked);
}

/// The headers of the libraries of `--libraries roc`.
fn roc_sets(toolchain: &Path) -> Vec<HeaderSet> {
    let debian = toolchain.join("rocm-debian/include");
    let usr = Path::new("/usr/include");
    let set = |title, release, libraries, folder: PathBuf| HeaderSet {
        title,
        release,
        libraries,
        complete: all,
        tokens: tokens(&[folder]),
    };
    let [r53, r64] = [(5, 3), (6, 4)].map(|(major, minor)| Release::new(major, minor));
    vec![
        set("rocBLAS 6.4", r64, &["cublas"], debian.join("rocblas")),
        set("rocRAND 6.4", r64, &["curand"], debian.join("rocrand")),
        set("rocSPARSE 6.4", r64, &["cusparse"], debian.join("rocsparse")),
        HeaderSet {
            title: "rocSOLVER 6.4",
            release: r64,
            libraries: &["cusolver"],
            complete: all,
            tokens: tokens(&[debian.join("rocsolver"), debian.join("rocblas")]),
        },
        set("rocRAND 5.3.3", r53, &["curand"], usr.join("rocrand")),
        set("rocSPARSE 5.3", r53, &["cusparse"], usr.join("rocsparse")),
    ]
}

#[test]
fn roc_names_are_in_the_headers() {
    let toolchain = installed::headers();
    let debian = toolchain.join("rocm-debian/include");
    for needed in ["rocblas", "rocrand", "rocsparse", "rocsolver"] {
        if !debian.join(needed).is_dir() {
            return installed::missing(&debian.join(needed).display().to_string());
        }
    }
    let rules = Rules::builtin();
    let sets = roc_sets(&toolchain);
    let sets: Vec<_> = sets.into_iter().filter(|set| !set.tokens.is_empty()).collect();
    let (mut checked, mut faults) = (0, Vec::new());
    for library in rules.roc_libraries() {
        // `tests/proof/compile/roc.rs` compiles the functions of the support header.
        let is_of_headers =
            |name: &&Name| !name.spellings.iter().any(|one| one.hip.starts_with("tranship::"));
        for name in library.names.iter().filter(is_of_headers) {
            let mut found = false;
            for set in sets.iter().filter(|set| set.libraries.contains(&library.key)) {
                let Resolution::Spelling(spelling) = name.at(set.release) else { continue };
                found |= set.tokens.contains(spelling.hip);
                if !set.tokens.contains(spelling.hip) {
                    faults.push(format!("`{}` -> `{}` is not in {}", name.cuda, spelling.hip, set.title));
                }
            }
            if !found {
                faults.push(format!("`{}` is in no installed header", name.cuda));
            }
            checked += 1;
        }
        let headers = library.headers.iter().flat_map(|header| header.spellings);
        let absent = headers.filter(|spelling| !debian.join(spelling.hip).is_file());
        faults.extend(absent.map(|spelling| format!("there is no header `{}`", spelling.hip)));
        let types = library.calls.iter().flat_map(|call| call.cast).map(|cast| cast.to);
        let words = types.flat_map(|to| to.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
        let known = |word: &str| sets.iter().any(|set| set.tokens.contains(word));
        let unknown = words.filter(|word| word.starts_with("roc") && !known(word));
        faults.extend(unknown.map(|word| format!("there is no type `{word}`")));
    }
    println!("checked {checked}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(checked > 900, "only {checked} names");
}

/// The least number of checked names: it may grow and must not fall.
fn least_checked() -> usize {
    let path = root().join("rules/tables/checked.txt");
    let text = fs::read_to_string(path).expect("the number is in the checkout");
    text.trim().parse().expect("a number")
}

#[test]
fn a_name_that_no_header_declares_is_a_fault() {
    let mut rules = Rules::empty();
    let table = r#"
        library = "cudart"
        [functions]
        cudaGood = "hipGood"
        cudaLater = { hip = "hipLater", since = "6.0" }
        cudaWrong = "hipWrong"
    "#;
    rules.extend_from_toml("made-up.toml", table).expect("a valid table");
    let set = HeaderSet {
        title: "made up",
        release: Release::new(5, 2),
        libraries: &["cudart"],
        complete: all,
        tokens: HashSet::from(["hipGood".to_owned()]),
    };
    let mut outcome = Outcome::default();
    check_names(&rules, &[set], &mut outcome);
    assert_eq!(outcome.faults, ["cudart: `cudaWrong` -> `hipWrong` is not in made up"]);
    assert_eq!((outcome.checked, outcome.not_checkable), (1, 2));
}

#[test]
fn comments_do_not_count_as_declarations() {
    let code = without_comments("a /* b */ c // d\ne /* f\n g */ h // i");
    let words: Vec<_> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "c", "e", "h"]);
}
