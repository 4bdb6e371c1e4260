//! The inverse of the tables: which CUDA name a name of HIP stands for.

use rustc_hash::FxHashMap;
use tranship_rules::{Call, HeaderAction, Level, Name, Release, Resolution, Rules, list};

/// The CUDA side of a name of HIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counterpart<T> {
    /// This name or header of CUDA.
    One(T),
    /// Several of CUDA, and no rule chooses one.
    Several(Vec<&'static str>),
    /// This name of CUDA's driver API, which has its own errors and header.
    Driver(&'static str),
    /// This CUDA name, but the conversion to HIP changes more than the name.
    Different(&'static str),
}

/// A row of the tables whose HIP name is the key.
struct Row {
    name: &'static Name,
    /// Whether the conversion to HIP is nothing but this rename, in every call.
    is_exact: bool,
}

/// The names and headers of HIP with their CUDA counterparts.
pub struct Inverse {
    names: FxHashMap<&'static [u8], Vec<Row>>,
    headers: FxHashMap<&'static str, Vec<&'static str>>,
}

impl Inverse {
    /// The inverse of `rules` for code that is written for `rocm`.
    pub fn new(rules: &Rules, rocm: Release) -> Self {
        let mut names: FxHashMap<&'static [u8], Vec<Row>> = FxHashMap::default();
        for name in rules.names() {
            let Resolution::Spelling(spelling) = name.at(rocm) else { continue };
            let is_plain =
                !spelling.hip.is_empty() && !spelling.hip.contains("::") && !name.cuda.contains("::");
            if is_plain && spelling.hip != name.cuda {
                let is_rename = || rules.calls(name.cuda.as_bytes()).iter().all(keeps_arguments);
                let is_exact = name.level == Level::Safe && (is_listed(name.cuda) || is_rename());
                names.entry(spelling.hip.as_bytes()).or_default().push(Row { name, is_exact });
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
    pub fn name(&self, hip: &[u8]) -> Option<Counterpart<&'static Name>> {
        let Some(rows) = self.names.get(hip) else { return self.type_of_solver(hip) };
        let hip = std::str::from_utf8(hip).ok()?;
        let mut others = rows.iter().filter(|row| !is_of_driver(row)).peekable();
        if others.peek().is_none() {
            return Some(Counterpart::Driver(rows.first()?.name.cuda));
        }
        let first = others.peek()?.name.cuda;
        let exact = others.filter(|row| row.is_exact).map(|row| unversioned(rows, row.name.cuda)).collect();
        Some(match chosen(hip, exact) {
            Ok(cuda) => Counterpart::One(rows.iter().find(|row| row.name.cuda == cuda)?.name),
            Err(several) if several.is_empty() => Counterpart::Different(first),
            Err(several) => Counterpart::Several(several),
        })
    }

    /// The CUDA counterpart of a type that hipSOLVER declares a second time with the name of cuSOLVER: `hipsolverDnHandle_t` is
    /// `hipsolverHandle_t` (`hipsolver-dense.h` of ROCm 6.4).
    fn type_of_solver(&self, hip: &[u8]) -> Option<Counterpart<&'static Name>> {
        let rest = hip.strip_prefix(b"hipsolverDn").filter(|rest| rest.ends_with(b"_t"))?;
        let plain = [b"hipsolver".as_slice(), rest].concat();
        let found = self.names.contains_key(plain.as_slice()).then(|| self.name(&plain)).flatten()?;
        let is_same = |cuda: &Name| cuda.cuda.strip_prefix("cusolverDn").map(str::as_bytes) == Some(rest);
        matches!(&found, Counterpart::One(cuda) if is_same(cuda)).then_some(found)
    }

    /// The CUDA counterpart of the header `hip`.
    pub fn header(&self, hip: &str) -> Option<Counterpart<&'static str>> {
        Some(match chosen(hip, self.headers.get(hip)?.clone()) {
            Ok(cuda) => Counterpart::One(cuda),
            Err(several) => Counterpart::Several(several),
        })
    }

    /// Whether a header of HIP has the name `hip` in some folder.
    pub fn is_header_name(&self, hip: &str) -> bool {
        self.headers.keys().any(|header| header.rsplit('/').next() == Some(hip))
    }
}

/// Whether `row` is of the driver API. HIP merges its functions with those of the runtime API, and code of HIP means the latter.
fn is_of_driver(row: &Row) -> bool {
    row.name.library == "cuda_driver" && !row.name.cuda.starts_with("__")
}

/// Whether a call of HIP with the arguments that `call` writes is a call of CUDA under its name: CUDA's functions accept the types
/// of the casts, and `HIP_SYMBOL` disappears.
fn keeps_arguments(call: &Call) -> bool {
    let is_symbol = call.wrap.iter().all(|wrap| wrap.with == "HIP_SYMBOL");
    call.in_c || call.to.is_empty() && call.level == Level::Safe && is_symbol
}

fn is_listed(cuda: &str) -> bool {
    list::REVERSE_NAMES.contains(&cuda)
}

/// `cuda` without the number of its version, if that name has the same counterpart among `rows`. CUDA's headers define it as the newest
/// version.
fn unversioned(rows: &[Row], cuda: &'static str) -> &'static str {
    let plain = cuda.replacen("_v2", "", 1);
    let same = rows.iter().find(|row| row.name.cuda == plain && row.name.level == Level::Safe);
    same.map_or(cuda, |row| row.name.cuda)
}

/// The name among `cuda` that `hip` stands for: the only one, one of the list, or the one that differs only in its first letters.
/// Without such a name, all of them.
fn chosen(hip: &str, mut cuda: Vec<&'static str>) -> Result<&'static str, Vec<&'static str>> {
    cuda.sort_unstable();
    cuda.dedup();
    if let [only] = cuda.as_slice() {
        return Ok(only);
    }
    let listed = cuda.iter().find(|name| is_listed(name));
    let same = || prefixes(hip).find_map(|name| cuda.iter().find(|cuda| **cuda == name));
    listed.or_else(same).copied().ok_or(cuda)
}

/// `hip` with the beginnings of CUDA, most likely first. A folder before the name of a header is left out.
fn prefixes(hip: &str) -> impl Iterator<Item = String> {
    let hip = hip.rsplit('/').next().unwrap_or(hip).to_owned();
    let pairs =
        [("hip", "cuda"), ("hip", "cu"), ("HIP", "CUDA"), ("HIP", "CU"), ("hip", "CU"), ("hip", "nv")];
    pairs.into_iter().filter_map(move |(old, new)| Some(format!("{new}{}", hip.strip_prefix(old)?)))
}

/// Whether `word` is a name of HIP or ROCm by its form.
pub fn is_hip_word(word: &[u8]) -> bool {
    let is_listed = || std::str::from_utf8(word).is_ok_and(|word| list::HIP_WORDS.contains(&word));
    let has_form = |prefix: &&str| match word.strip_prefix(prefix.as_bytes()) {
        Some([b'_', next, ..]) if next.is_ascii_lowercase() => list::HIP_SNAKE_CASE.contains(prefix),
        Some([next, ..]) => next.is_ascii_uppercase() || *next == b'_',
        _ => false,
    };
    list::HIP_PREFIXES.iter().any(has_form) || is_listed()
}
