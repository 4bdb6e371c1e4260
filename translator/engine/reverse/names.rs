//! The inverse of the tables: which CUDA name a name of HIP stands for.

use rustc_hash::FxHashMap;
use tranship_rules::{HeaderAction, Level, Name, Release, Resolution, Rules, list};

/// The CUDA side of a name of HIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// This CUDA name.
    One(&'static str),
    /// Several CUDA names, none of which is the obvious one.
    Several(Vec<&'static str>),
    /// This CUDA name, but the conversion to HIP changes more than the name.
    Different(&'static str),
}

/// The names and headers of HIP with their CUDA counterparts.
pub struct Inverse {
    names: FxHashMap<&'static [u8], Vec<(&'static Name, bool)>>,
    headers: FxHashMap<&'static str, Vec<&'static str>>,
}

impl Inverse {
    /// The inverse of `rules` for code that is written for `rocm`.
    pub fn new(rules: &Rules, rocm: Release) -> Self {
        let mut names: FxHashMap<&'static [u8], Vec<(&'static Name, bool)>> = FxHashMap::default();
        for row in rules.names() {
            let Resolution::Spelling(spelling) = row.at(rocm) else { continue };
            let is_plain = !spelling.hip.is_empty() && !spelling.hip.contains("::") && !row.cuda.contains("::");
            if is_plain && spelling.hip != row.cuda {
                let is_exact = row.level == Level::Safe && rules.calls(row.cuda.as_bytes()).is_empty();
                names.entry(spelling.hip.as_bytes()).or_default().push((row, is_exact));
            }
        }
        let mut headers: FxHashMap<&'static str, Vec<&'static str>> = FxHashMap::default();
        for header in rules.headers().filter(|header| header.action == HeaderAction::Map) {
            if let Resolution::Spelling(spelling) = header.at(rocm) {
                headers.entry(spelling.hip).or_default().push(header.cuda);
            }
        }
        Self { names, headers }
    }

    /// The CUDA counterpart of the identifier `hip`.
    pub fn name(&self, hip: &[u8]) -> Option<Counterpart> {
        let rows = self.names.get(hip)?;
        let exact: Vec<&'static str> = rows.iter().filter(|(_, exact)| *exact).map(|(row, _)| row.cuda).collect();
        if exact.is_empty() {
            return rows.first().map(|(row, _)| Counterpart::Different(row.cuda));
        }
        Some(chosen(std::str::from_utf8(hip).ok()?, exact))
    }

    /// The CUDA counterpart of the header `hip`.
    pub fn header(&self, hip: &str) -> Option<Counterpart> {
        Some(chosen(hip, self.headers.get(hip)?.clone()))
    }
}

/// The name among `cuda` that `hip` stands for: the only one, one of the list, or the one that differs only in its first letters. Of two
/// versions of a function, the one without a number is meant, because CUDA's headers map it to the newest.
fn chosen(hip: &str, mut cuda: Vec<&'static str>) -> Counterpart {
    cuda.sort_unstable();
    cuda.dedup();
    if let [only] = cuda.as_slice() {
        return Counterpart::One(only);
    }
    let listed = cuda.iter().find(|name| list::REVERSE_NAMES.contains(name));
    let same = || prefixes(hip).find_map(|name| cuda.iter().find(|cuda| **cuda == name));
    let unversioned = || {
        let first = cuda.first()?;
        cuda.iter().all(|name| name.trim_end_matches("_v2").trim_end_matches("_v3") == *first).then_some(first)
    };
    match listed.or_else(same).or_else(unversioned) {
        Some(name) => Counterpart::One(name),
        None => Counterpart::Several(cuda),
    }
}

/// `hip` with the beginnings of CUDA, most likely first. A folder before the name of a header is left out.
fn prefixes(hip: &str) -> impl Iterator<Item = String> {
    let hip = hip.rsplit('/').next().unwrap_or(hip).to_owned();
    let pairs = [("hip", "cuda"), ("hip", "cu"), ("HIP", "CUDA"), ("HIP", "CU"), ("hip", "CU"), ("hip", "nv")];
    pairs.into_iter().filter_map(move |(old, new)| Some(format!("{new}{}", hip.strip_prefix(old)?)))
}

/// Whether `word` is a name of HIP or ROCm by its form.
pub fn is_hip_word(word: &[u8]) -> bool {
    list::HIP_PREFIXES.iter().any(|prefix| {
        let rest = word.strip_prefix(prefix.as_bytes());
        rest.and_then(<[u8]>::first).is_some_and(|&next| next.is_ascii_uppercase() || next == b'_')
    })
}
