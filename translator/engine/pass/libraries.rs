//! Chooses between the hip library and the roc library for each CUDA library that a project uses.
//!
//! A library is chosen for the whole project, because its handles and types differ: a project never uses hipBLAS and rocBLAS
//! side by side. A roc library is chosen only if it has an exact counterpart of every used name that the hip library has.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use tranship_rules::{Header, HeaderAction, Name, Release, Resolution, RocLibrary, Rules};

use crate::index::Index;

/// The library that replaces a CUDA library.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Libraries {
    /// The library of HIP, such as hipBLAS, which has cuBLAS's interface.
    #[default]
    Hip,
    /// The library for AMD GPUs alone, such as rocBLAS, where it has an exact counterpart of every used name.
    Roc,
}

/// A CUDA library that stays with its hip library although the user asked for the roc libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staying {
    /// The roc library.
    pub library: &'static RocLibrary,
    /// Why it was not chosen.
    pub reason: Reason,
}

/// Why a roc library was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Words of the project that have no exact counterpart, sorted.
    Words(Vec<String>),
    /// Functions of the CUDA library with this key take its types, and that library stays with its hip library.
    TypesOf(&'static str),
    /// Its functions take types of the CUDA library with this key, which stays with its hip library.
    TypesFrom(&'static str),
}

/// The roc libraries that replace the hip libraries in the project of `index`, and the libraries that stay.
pub(super) fn choose(
    index: &Index,
    rules: &Rules,
    rocm: Release,
) -> (Vec<&'static RocLibrary>, Vec<Staying>) {
    let words: Vec<LibraryWord> =
        index.library_words().filter_map(|word| LibraryWord::of(word, rules)).collect();
    let (mut chosen, mut staying) = (Vec::new(), Vec::new());
    for library in rules.roc_libraries() {
        let of_library = words.iter().filter(|word| word.library == library.key);
        let missing = of_library
            .filter(|word| !word.is_exact(library, index, rules, rocm))
            .map(|word| word.text.to_owned());
        let missing: BTreeSet<String> = missing.chain(headers(index, library, rules)).collect();
        if missing.is_empty() {
            chosen.push(library);
        } else {
            staying.push(Staying { library, reason: Reason::Words(missing.into_iter().collect()) });
        }
    }
    let included = included_families(index);
    let is_used = |key: &str| included.contains(key) && words.iter().any(|word| word.library == key);
    while let Some((at, reason)) = chosen.iter().enumerate().find_map(|(at, library)| {
        let reason = bond(library, &chosen, rules, is_used)?;
        Some((at, reason))
    }) {
        let library = chosen.remove(at);
        if words.iter().any(|word| word.library == library.key) {
            staying.push(Staying { library, reason });
        }
    }
    (chosen, staying)
}

/// Why `library` stays although every used name has a counterpart: it shares types with a library that stays.
fn bond(
    library: &RocLibrary,
    chosen: &[&'static RocLibrary],
    rules: &Rules,
    is_used: impl Fn(&str) -> bool,
) -> Option<Reason> {
    let is_chosen = |key: &str| chosen.iter().any(|library| library.key == key);
    let user = library.uses_types.iter().copied().find(|key| is_used(key) && !is_chosen(key));
    let owner = || {
        let owners = rules.roc_libraries().iter().filter(|owner| owner.uses_types.contains(&library.key));
        owners.map(|owner| owner.key).find(|key| !is_chosen(key))
    };
    user.map(Reason::TypesOf).or_else(|| owner().map(Reason::TypesFrom))
}

/// The keys of the CUDA libraries of which a file includes a header. A library without an included header is only used in
/// branches that ask for its include guard.
fn included_families(index: &Index) -> FxHashSet<&'static str> {
    let file = |name: &'_ str| name.rsplit('/').next().and_then(family);
    index.included_names().filter_map(file).collect()
}

/// A word of a project that is a name of a CUDA library, or is spelled like a name of its hip library.
struct LibraryWord<'a> {
    text: &'a str,
    /// The key of the CUDA library.
    library: &'static str,
    /// The row; `None` for a name of the hip library and for the beginning of names that a macro completes.
    row: Option<&'static Name>,
}

impl<'a> LibraryWord<'a> {
    fn of(word: &'a [u8], rules: &Rules) -> Option<Self> {
        let text = std::str::from_utf8(word).ok()?;
        if let Some(row) = rules.name(word) {
            return Some(Self { text, library: row.library, row: Some(row) });
        }
        let is_of_hip = text.starts_with("hip") || text.starts_with("HIP");
        let library = family(text).filter(|_| is_of_hip || text.ends_with("##"))?;
        Some(Self { text, library, row: None })
    }

    /// Whether `library` has an exact counterpart, or the name has a row of the user, or the hip library lacks it too. A function
    /// of the support header is no counterpart in a file of C.
    fn is_exact(&self, library: &RocLibrary, index: &Index, rules: &Rules, rocm: Release) -> bool {
        let Some(row) = self.row else { return false };
        let exists = |row: &Name| match row.at(rocm) {
            Resolution::Spelling(spelling) => {
                !spelling.hip.starts_with("tranship::") || !index.is_in_c(row.cuda.as_bytes())
            }
            _ => false,
        };
        let counterpart = library.names.binary_search_by(|name| name.cuda.cmp(row.cuda));
        rules.is_of_user(row.cuda.as_bytes())
            || !exists(row)
            || counterpart.is_ok_and(|at| exists(&library.names[at]))
    }
}

/// The included headers that the hip library replaces and `library` does not: `cublas.h` declares the first interface of
/// cuBLAS.
fn headers<'a>(index: &'a Index, library: &RocLibrary, rules: &Rules) -> impl Iterator<Item = String> + 'a {
    let hip = |header: &Header| header.spellings.first().map(|spelling| spelling.hip);
    let replaced = library.headers.iter().filter_map(|header| rules.header(header.cuda.as_bytes()));
    let replaced: Vec<_> = replaced.filter_map(hip).collect();
    let known: Vec<&str> = library.headers.iter().map(|header| header.cuda).collect();
    let rules = rules.clone();
    index
        .included_names()
        .filter(move |name| {
            let row = rules.header(name.as_bytes()).filter(|row| row.action == HeaderAction::Map);
            row.and_then(hip).is_some_and(|hip| replaced.contains(&hip)) && !known.contains(name)
        })
        .map(str::to_owned)
}

/// The key of the CUDA library whose names, or those of its hip library, begin like `word`.
pub(crate) fn family(word: &str) -> Option<&'static str> {
    const FAMILIES: [(&str, &str); 6] = [
        ("blaslt", "cublasLt"),
        ("blas", "cublas"),
        ("rand", "curand"),
        ("sparse", "cusparse"),
        ("solver", "cusolver"),
        ("fft", "cufft"),
    ];
    let word = word.to_ascii_lowercase();
    let rest = word.strip_prefix("cu").or_else(|| word.strip_prefix("hip"))?;
    let named = FAMILIES.iter().find(|(stem, _)| rest.starts_with(stem)).map(|(_, key)| *key);
    named.or_else(|| matches!(word.as_str(), "hipcub" | "cub").then_some("cub"))
}
