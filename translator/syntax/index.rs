//! What is known of a project as a whole: macros, kernels, the user's own names, includes.
//!
//! Facts are read per file in parallel and merged here. It refuses to touch the disk.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Kind, Rules};

use super::conditions::{around, parse_number};
use super::constants::Constant;
use super::functions::Space;
use super::scopes::{Scope, namespaces_around, scope_at};
use super::{DirectiveKind, Token, TokenKind, Unit};
use crate::text::Lines;

/// One `#include` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// What stands between the brackets or quotes.
    pub name: String,
    /// Whether it is written with quotes.
    pub quoted: bool,
    /// Whether it stands outside of every `#if`, or only inside an include guard.
    pub unconditional: bool,
}

/// What one file tells the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its includes in order, those of frozen branches left out.
    pub includes: Vec<Include>,
    /// Names of the tables that this file defines itself: functions, types, macros.
    pub own_names: Vec<String>,
    /// Names of the tables that this file defines as macros, shims and frozen branches included: code that is half
    /// ported gives CUDA's names a meaning there.
    pub row_macros: Vec<String>,
    /// Namespaces named like one of the tables inside of another one: `bear` and `cub` of `bear::cub`.
    pub nested_namespaces: Vec<(String, String)>,
    /// Its kernels by name.
    pub kernels: Vec<String>,
    /// All macros that it defines.
    pub macros: Vec<String>,
    /// Those among them that are one whole number.
    pub numbers: Vec<(String, i64)>,
    /// Macros and constant variables whose value shows.
    pub constants: Vec<(String, Constant)>,
    /// Whether branches that HIP settles use warp functions, or macros have the name of one: the file knows waves already.
    pub knows_waves: bool,
    /// Lines of host code that ask for the width of the device's waves.
    pub width_readers: Vec<u32>,
}

impl Facts {
    /// Reads the facts of `unit`.
    pub fn of(unit: &Unit, rules: &Rules) -> Self {
        let mut facts = Self { includes: includes(unit), ..Self::default() };
        let is_row = |word: &[u8]| {
            rules.name(word).is_some() || rules.watching(word).is_some() || looks_like_cuda(word)
        };
        let is_vendor_header = is_vendor_header(unit);
        for directive in unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define) {
            let Some(name) =
                unit.tokens().get(directive.tokens.start).filter(|t| t.kind == TokenKind::Identifier)
            else {
                continue;
            };
            let word = unit.slice(name.span()).into_owned();
            // `#define CUBLAS_NEW CUBLAS_OLD` helps an old CUDA out; the name is CUDA's all the same.
            let helps_out = matches!(&unit.tokens()[directive.tokens.clone()],
                [_, body] if rules.name(unit.text(body)).is_some());
            let is_shim = is_vendor_header || helps_out || is_shim(unit, directive.tokens.clone());
            if is_row(word.as_bytes()) {
                facts.row_macros.push(word.clone());
                if !name.is(Token::FROZEN) && !is_shim {
                    facts.own_names.push(word.clone());
                }
            }
            if let [_, value] = &unit.tokens()[directive.tokens.clone()]
                && let Some(number) = parse_number(unit.text(value))
            {
                facts.numbers.push((word.clone(), number));
            }
            facts.macros.push(word);
        }
        for function in unit.functions() {
            let name = &unit.tokens()[function.name];
            let word = unit.slice(name.span()).into_owned();
            let is_global = || scope_at(unit, function.name) == Scope::File;
            if !name.is(Token::FROZEN) && is_row(word.as_bytes()) && is_global() {
                facts.own_names.push(word.clone());
            }
            if function.space == Space::Kernel {
                facts.kernels.push(word);
            }
        }
        facts.constants = constants(unit);
        facts.width_readers = width_readers(unit);
        facts.knows_waves =
            unit.tokens().iter().any(|t| t.is(Token::FROZEN) && is_warp_function(unit.text(t)))
                || facts.macros.iter().any(|name| is_warp_function(name.as_bytes()));
        facts.own_names.extend(own_types(unit, rules));
        facts.nested_namespaces.extend(nested_namespaces(unit, rules));
        facts.own_names.extend(own_declarations(unit, rules));
        facts
    }
}

/// The constants of `unit` whose value shows.
fn constants(unit: &Unit) -> Vec<(String, Constant)> {
    let constants = unit.constants();
    let value =
        |name: &[u8]| Some((String::from_utf8_lossy(name).into_owned(), constants.value(unit, name)?));
    let mut found: Vec<_> = constants.names().filter_map(value).collect();
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Whether `word` is a warp function, with or without a mask.
pub fn is_warp_function(word: &[u8]) -> bool {
    word.starts_with(b"__")
        && (word.starts_with(b"__shfl")
            || matches!(
                word,
                b"__any"
                    | b"__all"
                    | b"__ballot"
                    | b"__any_sync"
                    | b"__all_sync"
                    | b"__ballot_sync"
                    | b"__ballot64"
            ))
}

/// The lines that read the width of a wave from the device: a property's `warpSize`, or the attribute.
fn width_readers(unit: &Unit) -> Vec<u32> {
    let reads = |(index, token): &(usize, &Token)| {
        token.kind == TokenKind::Identifier
            && !token.is(Token::FROZEN)
            && match unit.text(token) {
                b"warpSize" => unit.is_member(*index),
                word => matches!(word, b"cudaDevAttrWarpSize" | b"CU_DEVICE_ATTRIBUTE_WARP_SIZE"),
            }
    };
    let found: Vec<u32> =
        unit.tokens().iter().enumerate().filter(reads).map(|(_, token)| token.start).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(&unit.source.bytes);
    found.into_iter().map(|offset| lines.position(offset).line).collect()
}

/// Whether a `#define` only gives a CUDA name its HIP meaning.
pub fn is_shim(unit: &Unit, tokens: std::ops::Range<usize>) -> bool {
    let body = unit.tokens().get(tokens.start + 1..tokens.end).unwrap_or_default();
    body.iter().any(|t| {
        let text = unit.text(t);
        text.starts_with(b"hip")
            || text.starts_with(b"HIP")
            || text.starts_with(b"roc")
            || text.starts_with(b"rccl")
    })
}

/// How many renaming macros make a header of them.
const VENDOR_MACROS: usize = 8;

/// Whether the file gives many CUDA names the meaning of another vendor's: `#define cudaX musaX` again and again. Who
/// includes it for that vendor is no reason to keep CUDA's names elsewhere.
fn is_vendor_header(unit: &Unit) -> bool {
    let renames = unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define).filter(|d| {
        let [name, body] = &unit.tokens()[d.tokens.clone()] else { return false };
        let (name, body) = (unit.text(name), unit.text(body));
        let stem = name.iter().rev().zip(body.iter().rev()).take_while(|(a, b)| a == b).count();
        stem >= 4 && looks_like_cuda(name)
    });
    renames.take(VENDOR_MACROS).count() == VENDOR_MACROS
}

/// Names of the tables that the file defines as a class, structure, union or enumeration.
fn own_types<'a>(unit: &'a Unit, rules: &'a Rules) -> impl Iterator<Item = String> + 'a {
    let tokens = unit.tokens();
    tokens.windows(3).filter_map(move |three| {
        let [keyword, name, next] = three else { return None };
        let defines = matches!(unit.text(keyword), b"struct" | b"class" | b"union" | b"enum")
            && name.kind == TokenKind::Identifier
            && !name.is(Token::FROZEN)
            && (next.is_punct(b'{') || next.is_punct(b':'));
        let is_row = || rules.name(unit.text(name)).is_some() || rules.watching(unit.text(name)).is_some();
        (defines && is_row()).then(|| unit.slice(name.span()).into_owned())
    })
}

/// Namespaces of the tables' names that the file opens inside of another namespace. One that is opened at file scope is
/// the library's own, reopened.
fn nested_namespaces<'a>(unit: &'a Unit, rules: &'a Rules) -> impl Iterator<Item = (String, String)> + 'a {
    unit.tokens().windows(3).enumerate().filter_map(move |(index, three)| {
        let [keyword, name, next] = three else { return None };
        let opens = name.kind == TokenKind::Identifier
            && !name.is(Token::FROZEN)
            && next.is_punct(b'{')
            && unit.text(keyword) == b"namespace"
            && rules.name(unit.text(name)).is_some_and(|row| row.kind == Kind::Namespace);
        let outer = if opens { namespaces_around(unit, index).next()? } else { return None };
        Some((outer.into_owned(), unit.slice(name.span()).into_owned()))
    })
}

/// Whether `word` is spelled like a function of CUDA or one of its libraries. A prefix is no reason to rename, only
/// to ask whose name it is.
pub fn looks_like_cuda(word: &[u8]) -> bool {
    const STEMS: &[&[u8]] = &[
        b"cuda",
        b"cublas",
        b"cufft",
        b"curand",
        b"cusparse",
        b"cusolver",
        b"cudnn",
        b"nccl",
        b"nvrtc",
        b"nvtx",
        b"nvml",
        b"cu",
    ];
    matches!(word.first(), Some(b'c' | b'n'))
        && STEMS
            .iter()
            .any(|stem| word.starts_with(stem) && word.get(stem.len()).is_some_and(u8::is_ascii_uppercase))
}

/// Names that look like CUDA's, are in no table, and are declared here: members, prototypes, variables, aliases.
fn own_declarations<'a>(unit: &'a Unit, rules: &'a Rules) -> impl Iterator<Item = String> + 'a {
    let tokens = unit.tokens();
    tokens.windows(2).filter_map(move |two| {
        let [before, name] = two else { return None };
        let declared = name.kind == TokenKind::Identifier
            && looks_like_cuda(unit.text(name))
            && (before.kind == TokenKind::Identifier
                || before.is_punct(b'*')
                || before.is_punct(b'&')
                || before.is_punct(b'~'))
            && !matches!(
                unit.text(before),
                b"return" | b"else" | b"case" | b"throw" | b"new" | b"delete" | b"do" | b"co_return"
            )
            && rules.name(unit.text(name)).is_none();
        declared.then(|| unit.slice(name.span()).into_owned())
    })
}

/// The includes of `unit` in order, those of frozen branches left out.
pub fn includes(unit: &Unit) -> Vec<Include> {
    let guard = include_guard(unit);
    unit.includes()
        .filter(|(_, token)| !token.is(Token::FROZEN))
        .map(|(_, token)| {
            let text = unit.slice(token.span());
            Include {
                name: text[1..text.len() - 1].to_owned(),
                quoted: token.byte == b'"',
                unconditional: around(&unit.regions, token.start).all(|index| Some(index) == guard),
            }
        })
        .collect()
}

/// Index of the region that is the file's include guard: an `#ifndef` before any other token whose name is defined at once.
pub fn include_guard(unit: &Unit) -> Option<usize> {
    let first = unit.lexed.directives.iter().position(|d| d.kind != DirectiveKind::Pragma)?;
    let [guard, define] = unit.lexed.directives.get(first..first + 2)? else { return None };
    let name = |d: &super::Directive| unit.tokens().get(d.tokens.start).map(|t| unit.text(t));
    let is_guard = guard.kind == DirectiveKind::Ifndef
        && define.kind == DirectiveKind::Define
        && name(guard).is_some()
        && name(guard) == name(define);
    is_guard.then(|| unit.regions.iter().position(|r| r.directive == first)).flatten()
}

/// The facts of all files of a project.
#[derive(Clone, Debug, Default)]
pub struct Index {
    files: FxHashMap<PathBuf, Facts>,
    by_name: FxHashMap<String, Vec<PathBuf>>,
    /// Names of the tables that some file defines, as a macro or otherwise.
    defined_rows: FxHashSet<String>,
    nested_namespaces: FxHashSet<(String, String)>,
    kernels: FxHashSet<String>,
    macros: FxHashSet<String>,
    /// `None` where the project gives one name several values.
    numbers: FxHashMap<String, Option<i64>>,
    /// For every file those that include it; made when first asked for.
    includers: OnceLock<FxHashMap<PathBuf, Vec<PathBuf>>>,
    /// The same for all constants.
    constants: FxHashMap<String, Option<Constant>>,
    width_readers: Vec<(String, u32)>,
}

impl Index {
    /// Merges the facts of all files; paths are relative to the project root.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, Facts)>) -> Self {
        let mut index = Self::default();
        for (path, facts) in files {
            index.defined_rows.extend(facts.own_names.iter().chain(&facts.row_macros).cloned());
            index.nested_namespaces.extend(facts.nested_namespaces.iter().cloned());
            index.kernels.extend(facts.kernels.iter().cloned());
            index.macros.extend(facts.macros.iter().cloned());
            for (name, number) in &facts.numbers {
                let value = index.numbers.entry(name.clone()).or_insert(Some(*number));
                *value = value.filter(|known| known == number);
            }
            for (name, constant) in &facts.constants {
                let value = index.constants.entry(name.clone()).or_insert(Some(*constant));
                *value = value.filter(|known| known == constant);
            }
            let shown = || path.to_string_lossy().into_owned();
            index.width_readers.extend(facts.width_readers.iter().map(|&line| (shown(), line)));
            if let Some(name) = path.file_name() {
                index.by_name.entry(name.to_string_lossy().into_owned()).or_default().push(path.clone());
            }
            index.files.insert(path, facts);
        }
        index.width_readers.sort_unstable();
        for paths in index.by_name.values_mut() {
            paths.sort();
        }
        index
    }

    /// Whether some file of the project defines `name`, which CUDA also has; [`Owners`](super::owners::Owners) tells
    /// whom that concerns.
    pub fn defines_row(&self, name: &str) -> bool {
        self.defined_rows.contains(name)
    }

    /// `files` and all that they include, whatever the condition.
    pub fn closure<'a>(&'a self, files: FxHashSet<&'a Path>) -> FxHashSet<&'a Path> {
        reachable(files, |path| {
            let includes = self.files.get(path).map_or(&[][..], |facts| &facts.includes);
            includes.iter().filter_map(move |include| self.resolve(path, &include.name, include.quoted))
        })
    }

    /// The file at `path` and all that include it.
    pub fn includers<'a>(&'a self, path: &'a Path) -> FxHashSet<&'a Path> {
        let includers = self.includers.get_or_init(|| {
            let mut found: FxHashMap<PathBuf, Vec<PathBuf>> = FxHashMap::default();
            for (path, facts) in &self.files {
                for include in &facts.includes {
                    if let Some(included) = self.resolve(path, &include.name, include.quoted) {
                        found.entry(included.to_owned()).or_default().push(path.clone());
                    }
                }
            }
            found
        });
        reachable([path].into_iter().collect(), |path| {
            includers.get(path).into_iter().flatten().map(PathBuf::as_path)
        })
    }

    /// Whether the namespace `name` used at token `at` is one that the project has inside of a namespace around it.
    pub fn is_own_namespace(&self, name: &[u8], unit: &Unit, at: usize) -> bool {
        let mut nested = self.nested_namespaces.iter().filter(|(_, inner)| inner.as_bytes() == name);
        nested.any(|(known, _)| namespaces_around(unit, at).any(|outer| outer == known.as_str()))
    }

    /// Whether `name` is a kernel of the project.
    pub fn is_kernel(&self, name: &str) -> bool {
        self.kernels.contains(name)
    }

    /// Whether `name` is a macro of the project.
    pub fn is_macro(&self, name: &str) -> bool {
        self.macros.contains(name)
    }

    /// The value of the macro `name` where the whole project gives it one and the same number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.numbers.get(name).copied().flatten()
    }

    /// The value of the macro or constant `name` where the whole project gives it one and the same.
    pub fn constant(&self, name: &str) -> Option<Constant> {
        self.constants.get(name).copied().flatten()
    }

    /// Whether the code for HIP in the file `path`, or in what it includes, uses warp functions already.
    pub fn knows_waves(&self, path: &Path) -> bool {
        let mut open = vec![path];
        let mut seen: FxHashSet<&Path> = FxHashSet::default();
        while let Some(next) = open.pop() {
            let Some(facts) = self.files.get(next).filter(|_| seen.insert(next)) else { continue };
            if facts.knows_waves {
                return true;
            }
            let includes = facts.includes.iter();
            open.extend(includes.filter_map(|include| self.resolve(next, &include.name, include.quoted)));
        }
        false
    }

    /// The places, path and line, where host code asks for the width of the device's waves.
    pub fn width_readers(&self) -> &[(String, u32)] {
        &self.width_readers
    }

    /// The facts of one file.
    pub fn facts(&self, path: &Path) -> Option<&Facts> {
        self.files.get(path)
    }

    /// The project file that an `#include` in `from` names, if it is one of the project.
    ///
    /// Quotes look beside the including file first. Include directories are not known, so otherwise a file whose path
    /// ends in the whole name is taken; a system header of the same name wins for angle brackets unless the name has a
    /// folder. Of several such files the nearest is taken.
    pub fn resolve(&self, from: &Path, name: &str, quoted: bool) -> Option<&Path> {
        let folder = from.parent().unwrap_or(Path::new(""));
        if quoted
            && let Some((path, _)) = normalise(&folder.join(name)).and_then(|p| self.files.get_key_value(&p))
        {
            return Some(path);
        }
        let tail = normalise(Path::new(name.trim_start_matches("../").trim_start_matches("./")))?;
        let candidates = self.by_name.get(&tail.file_name()?.to_string_lossy().into_owned())?;
        let shared =
            |path: &Path| path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
        let fits = candidates.iter().filter(|path| path.ends_with(&tail));
        // The nearest one; of two as near the first.
        fits.rev().max_by_key(|path| shared(path)).map(PathBuf::as_path)
    }

    /// Whether including `path` brings a header for which `brings` holds, by its unconditional includes.
    pub fn reaches(&self, path: &Path, brings: &dyn Fn(&Path, &Include) -> bool) -> bool {
        self.reaches_unseen(path, brings, &mut FxHashSet::default())
    }

    fn reaches_unseen(
        &self,
        path: &Path,
        brings: &dyn Fn(&Path, &Include) -> bool,
        seen: &mut FxHashSet<PathBuf>,
    ) -> bool {
        if !seen.insert(path.to_owned()) {
            return false;
        }
        let Some(facts) = self.files.get(path) else { return false };
        facts.includes.iter().filter(|include| include.unconditional).any(|include| {
            brings(path, include)
                || self
                    .resolve(path, &include.name, include.quoted)
                    .is_some_and(|next| self.reaches_unseen(next, brings, seen))
        })
    }
}

/// `reached` and what `next` leads to from there.
fn reachable<'a, I: Iterator<Item = &'a Path>>(
    mut reached: FxHashSet<&'a Path>,
    next: impl Fn(&'a Path) -> I,
) -> FxHashSet<&'a Path> {
    let mut open: Vec<&Path> = reached.iter().copied().collect();
    while let Some(path) = open.pop() {
        open.extend(next(path).filter(|path| reached.insert(path)));
    }
    reached
}

/// `path` without `.` and `..`; `None` when it leaves its root.
fn normalise(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => out.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}
