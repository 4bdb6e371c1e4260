//! The facts of one file: the names that it defines, its macros, constants and includes.
//!
//! The index merges the facts of all files. It refuses to look at another file.

use std::ops::Range;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use tranship_rules::{Check, Kind, Rules, list};

use super::definitions::{declared_interface, hip_definitions};
use super::lanes::keeps_32_lanes;
use super::own_types::{own_type, own_typedef};
use super::sights::{Sight, is_host_function, is_host_prototype, of_definition, opened_namespace};
use crate::cpp::call_site::follows_template_type;
use crate::cpp::conditions::is_for_hip_alone;
use crate::cpp::constants::Constant;
use crate::cpp::fallbacks::{fallback_at, fallbacks, is_without_header};
use crate::cpp::host_width::{Form, WidthRead, width_reads};
use crate::cpp::include_guard::include_guard;
use crate::cpp::keywords::{is_no_type, precedes_use};
use crate::cpp::scopes::{Scope, namespaces_around, scope_at};
use crate::cpp::shadows::visible_ranges;
use crate::cpp::switches::{Shown, shown, tested};
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::text::Lines;

use super::includes::{FrozenInclude, Include, frozen_includes, includes};
use super::locked::locked_functions;

/// A name as the source spells it, which need not be UTF-8.
pub type Word = Box<[u8]>;

/// What a file does that decides about the other files.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// Whether it compiles device code at run time.
    pub nvrtc: bool,
    /// Whether it allocates CUDA arrays.
    pub arrays: bool,
    /// Whether it sets the pedantic mode of cuBLAS.
    pub pedantic: bool,
}

/// The facts of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its includes in order, without includes in frozen branches.
    pub includes: Vec<Include>,
    /// Its includes in frozen branches.
    pub frozen_includes: Vec<FrozenInclude>,
    /// Names of the tables that this file defines itself: functions, types, macros.
    pub own_names: Vec<Word>,
    /// Those of them that only a part of the code can mean, each with this part. A name is here as often as it is above, except where
    /// a definition is for all code.
    pub own_scopes: Vec<(Word, Sight)>,
    /// Namespaces whose names it makes visible in others: `using namespace a;`, `using a::b;`.
    pub opened_namespaces: Vec<Word>,
    /// Names of the tables that this file defines as macros, shims and frozen branches included, each with whether
    /// only HIP compiles the definition. Partly ported code defines CUDA's names there.
    pub row_macros: Vec<(Word, bool)>,
    /// Names of the tables that it defines for HIP alone as functions, aliases or constants.
    pub hip_definitions: Vec<Word>,
    /// Namespaces with a name of the tables inside of another namespace: `bear` and `cub` for `bear::cub`.
    pub nested_namespaces: Vec<(String, Word)>,
    /// The beginnings of names that its macros complete with `##`. Names with such a beginning are the project's.
    pub pasted: Vec<Word>,
    /// Its functions that only NVIDIA's GPUs can have.
    pub locked_functions: Vec<Word>,
    /// All macros that it defines.
    pub macros: Vec<Word>,
    /// Macros and constant variables with a known value.
    pub constants: Vec<(Word, Constant)>,
    /// Whether frozen branches use warp functions, or macros have the name of a warp function.
    pub has_hip_warp_code: bool,
    /// Macros that show for which vendor the project compiles.
    pub switches: Vec<(Word, Shown)>,
    /// The names with a word for a vendor in its conditions, sorted: its branches depend on what these mean.
    pub tested: Vec<Word>,
    /// Lines of host code that read the width of the device, each with whether a rewrite can make its value 32.
    pub width_readers: Vec<(u32, bool)>,
    /// The line of the first code that keeps warps of 32 lanes, of CUDA or a library.
    pub warp_code: Option<u32>,
    /// Names for the width of a warp that branches for HIP define with another value than 32, each with its line.
    pub hip_widths: Vec<(Word, u32)>,
    /// What it does that decides about the other files.
    pub uses: Uses,
    /// Whether it is a copy of a header of CUDA: it has the name and the include guard of one.
    pub is_cuda_header: bool,
    /// Whether its code has a word that the runtime header declares: a qualifier of device code, or a name of the runtime.
    pub needs_runtime: bool,
    /// Names that begin like those of a CUDA library which has two counterparts, or of its hip library, sorted. A name that
    /// a macro completes ends with `##`.
    pub library_words: Vec<Word>,
}

impl Facts {
    /// Reads the facts of `unit`.
    pub fn of(unit: &Unit, rules: &Rules) -> Self {
        let mut facts = Self {
            includes: includes(unit),
            frozen_includes: frozen_includes(unit),
            constants: constants(unit),
            switches: shown(unit),
            tested: tested(unit),
            locked_functions: locked_functions(unit),
            is_cuda_header: is_cuda_header(unit, rules),
            hip_definitions: hip_definitions(unit, rules),
            own_names: declared_interface(unit, rules),
            ..Self::default()
        };
        let fallbacks = fallbacks(unit);
        facts.read_macros(unit, rules, &fallbacks);
        facts.read_functions(unit, rules);
        facts.read_tokens(unit, rules, &fallbacks);
        facts
    }

    /// Whether a condition of the file tests one of `names`.
    pub fn tests_any(&self, names: &[Word]) -> bool {
        names.iter().any(|name| self.tested.binary_search(name).is_ok())
    }

    fn read_macros(&mut self, unit: &Unit, rules: &Rules, fallbacks: &[Range<usize>]) {
        let is_vendor_header = is_vendor_header(unit);
        for directive in unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define) {
            let tokens = &unit.tokens()[directive.tokens.clone()];
            let Some(name) = tokens.first().filter(|t| t.kind == TokenKind::Identifier) else { continue };
            let word = unit.text(name);
            // `#define CUBLAS_NEW CUBLAS_OLD` supports an old CUDA release; the new name is still CUDA's.
            let is_cuda_alias = || matches!(tokens, [_, body] if rules.name(unit.text(body)).is_some());
            if is_row(word, rules) {
                let is_shim = is_vendor_header
                    || is_cuda_alias()
                    || is_shim(unit, directive.tokens.clone())
                    || is_without_header(unit, directive.tokens.start, rules);
                self.row_macros.push((word.into(), is_for_hip_alone(&unit.regions, directive.span.start)));
                let is_fallback = || is_in(fallbacks, directive.tokens.start);
                if !name.is(Token::FROZEN) && !is_shim && !is_fallback() {
                    self.own_names.push(word.into());
                }
            }
            let pasted = tokens.windows(2).filter(|pair| pair[1].is_double(b'#'));
            let prefixes = pasted.map(|pair| unit.text(&pair[0])).filter(|prefix| looks_like_cuda(prefix));
            self.pasted.extend(prefixes.map(Word::from));
            self.has_hip_warp_code |= is_warp_function(word);
            self.macros.push(word.into());
        }
    }

    fn read_functions(&mut self, unit: &Unit, rules: &Rules) {
        for function in unit.functions() {
            let name = &unit.tokens()[function.name];
            let word = unit.text(name);
            let is_global =
                || scope_at(unit, function.name) == Scope::File && fallback_at(unit, function.name).is_none();
            // In a file that is HIP already, HIP compiles the branches for HIP too.
            let is_compiled =
                !name.is(Token::FROZEN) || unit.is_hip() && is_for_hip_alone(&unit.regions, name.start);
            if is_compiled && is_row(word, rules) && is_global() {
                self.own_names.push(word.into());
                let is_host = is_host_function(unit, function);
                self.own_scopes.extend(is_host.then(|| (word.into(), Sight::Host)));
            }
        }
    }

    /// Reads the facts that single words show; the first letter of a word selects the checks.
    fn read_tokens(&mut self, unit: &Unit, rules: &Rules, fallbacks: &[Range<usize>]) {
        let mut warp_code = None;
        let mut hip_widths = Vec::new();
        let mut library_words = FxHashSet::default();
        for (index, token) in unit.tokens().iter().enumerate() {
            let is_frozen = token.is(Token::FROZEN);
            let (known, scopes) = (self.own_names.len(), self.own_scopes.len());
            let is_name = token.kind == TokenKind::Identifier && !is_frozen;
            self.needs_runtime |= is_name && is_declared_by_runtime(unit.text(token));
            match token.byte {
                _ if token.kind != TokenKind::Identifier => {}
                b'C' | b'H' => {
                    self.uses.pedantic |=
                        matches!(unit.text(token), b"CUBLAS_PEDANTIC_MATH" | b"HIPBLAS_PEDANTIC_MATH");
                }
                b'_' => {
                    let is_for_hip = is_frozen || unit.is_hip();
                    self.has_hip_warp_code |= is_for_hip && is_warp_function(unit.text(token));
                }
                b's' | b'u' | b'e' => {
                    let own = own_type(unit, rules, index);
                    let sight =
                        own.as_ref().and_then(|name| Some((name.clone(), of_definition(unit, index)?)));
                    self.own_scopes.extend(sight);
                    self.own_names.extend(own);
                    self.opened_namespaces.extend(opened_namespace(unit, index));
                }
                b't' => self.own_names.extend(own_typedef(unit, rules, index)),
                b'c' => {
                    self.uses.arrays |=
                        matches!(unit.text(token), b"cudaMallocArray" | b"cudaMalloc3DArray") && !is_frozen;
                    self.own_names.extend(own_type(unit, rules, index));
                    self.own_names.extend(own_declaration(unit, rules, index));
                }
                b'h' => self.uses.nvrtc |= unit.text(token) == b"hiprtcCreateProgram",
                b'n' => {
                    self.uses.nvrtc |= unit.text(token) == b"nvrtcCreateProgram";
                    self.own_names.extend(own_declaration(unit, rules, index));
                    self.nested_namespaces.extend(nested_namespace(unit, rules, index));
                }
                b'w' if !is_frozen && is_own_width(unit, index) => {
                    self.own_names.push(unit.text(token).into());
                }
                _ => {}
            }
            if token.kind == TokenKind::Identifier && !matches!(token.byte, b'c' | b'n') {
                self.own_names.extend(own_family_name(unit, rules, index));
            }
            if is_name && is_host_prototype(unit, index) {
                self.own_names.push(unit.text(token).into());
                self.own_scopes.push((unit.text(token).into(), Sight::Host));
            }
            if self.own_names.len() > known && is_in(fallbacks, index) {
                self.own_names.truncate(known);
                self.own_scopes.truncate(scopes);
            }
            if token.kind == TokenKind::Identifier && is_library_word(unit.text(token), is_frozen) {
                let is_pasted = unit.tokens().get(index + 1).is_some_and(|next| next.is_double(b'#'));
                let end: &[u8] = if is_pasted { b"##" } else { b"" };
                library_words.insert(Word::from([unit.text(token), end].concat()));
            }
            if is_frozen && defines_width(unit, rules, index) {
                hip_widths.push(index);
            }
            if warp_code.is_none() && !is_frozen && keeps_32_lanes(unit, rules, index) {
                warp_code = Some(token.start);
            }
        }
        self.library_words = library_words.into_iter().collect();
        self.library_words.sort_unstable();
        let reads = width_reads(unit);
        if reads.is_empty() && warp_code.is_none() && hip_widths.is_empty() {
            return;
        }
        let lines = Lines::new(&unit.source.bytes);
        let line = |at: u32| lines.position(at).line;
        let follows = |read: &WidthRead| read.form != Form::Other && !unit.is_hip();
        let place = |read: &WidthRead| (line(unit.tokens()[read.token].start), follows(read));
        self.width_readers = reads.iter().map(place).collect();
        self.warp_code = warp_code.map(line);
        let definition = |at: usize| (unit.text(&unit.tokens()[at]).into(), line(unit.tokens()[at].start));
        self.hip_widths = hip_widths.into_iter().map(definition).collect();
    }
}

/// Whether token `index` is in one of `ranges`, which are in order.
fn is_in(ranges: &[Range<usize>], index: usize) -> bool {
    let after = ranges.partition_point(|range| range.start <= index);
    after.checked_sub(1).is_some_and(|before| ranges[before].contains(&index))
}

/// Whether the runtime header declares `word`: a qualifier of device code, or a name that begins like the runtime's.
fn is_declared_by_runtime(word: &[u8]) -> bool {
    let is_of_runtime = |rest: &[u8]| rest.first().is_some_and(u8::is_ascii_uppercase);
    matches!(
        word,
        b"__global__"
            | b"__device__"
            | b"__host__"
            | b"__shared__"
            | b"__constant__"
            | b"__managed__"
            | b"__forceinline__"
            | b"__noinline__"
            | b"__launch_bounds__"
            | b"dim3"
    ) || word.strip_prefix(b"cuda").is_some_and(is_of_runtime)
}

/// Whether the file is a copy of a header of CUDA. Its name is that of a header in the tables, and its include guard is a
/// macro that the tables have as the guard of a header.
fn is_cuda_header(unit: &Unit, rules: &Rules) -> bool {
    let name = unit.source.path.file_name().map_or(&b""[..], |name| name.as_encoded_bytes());
    let is_named = rules.header(name).is_some();
    let guard = if is_named { include_guard(unit) } else { None };
    guard.is_some_and(|region| {
        let directive = &unit.lexed.directives[unit.regions[region].directive];
        let macro_name = unit.tokens().get(directive.tokens.start).map(|token| unit.text(token));
        let macro_name = macro_name.and_then(|word| std::str::from_utf8(word).ok());
        macro_name.is_some_and(|word| rules.word(Kind::Guard, word).is_some())
    })
}

/// Whether `word` begins like the names of a CUDA library with two counterparts. Branches that HIP never compiles may have names
/// of CUDA, and names of a hip library count everywhere.
fn is_library_word(word: &[u8], is_frozen: bool) -> bool {
    const STEMS: [&[u8]; 5] = [b"blas", b"rand", b"sparse", b"solver", b"fft"];
    let rest = match word {
        [b'c', b'u', rest @ ..] | [b'C', b'U', rest @ ..] if !is_frozen => rest,
        [b'h', b'i', b'p', rest @ ..] | [b'H', b'I', b'P', rest @ ..] => rest,
        _ => return false,
    };
    let begins = |stem: &[u8]| rest.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem));
    matches!(word, b"cub" | b"hipcub") || STEMS.iter().any(|stem| begins(stem))
}

/// Whether `word` is in a table or is spelled like a name of CUDA.
pub(super) fn is_row(word: &[u8], rules: &Rules) -> bool {
    is_listed(word, rules) || looks_like_cuda(word)
}

/// Whether a table has `word`, or a prefix of it.
pub(super) fn is_listed(word: &[u8], rules: &Rules) -> bool {
    rules.name(word).is_some() || rules.watching(word).is_some() || rules.family(word).is_some()
}

/// The constants of `unit` with a known value, sorted by name.
fn constants(unit: &Unit) -> Vec<(Word, Constant)> {
    let constants = unit.constants();
    let value = |name: &[u8]| Some((name.into(), constants.value(unit, name)?));
    let mut found: Vec<(Word, _)> = constants.names().filter_map(value).collect();
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

/// Whether the word at token `index` is a name for the width of a warp that is defined here, as a macro or a constant, with
/// another value than 32.
fn defines_width(unit: &Unit, rules: &Rules, index: usize) -> bool {
    let tokens = unit.tokens();
    let word = unit.text(&tokens[index]);
    let is_name = |rule: &tranship_rules::Rule| rule.check == Some(Check::WarpSizeDefinition);
    if tokens[index].kind != TokenKind::Identifier || !rules.watching(word).is_some_and(is_name) {
        return false;
    }
    let value = match unit.directive_of(index) {
        Some(directive) => {
            let defines = directive.kind == DirectiveKind::Define && directive.tokens.start == index;
            if defines { directive.tokens.clone().nth(1) } else { None }
        }
        None => tokens.get(index + 1).filter(|t| t.is_punct(b'=') || t.is_punct(b'{')).map(|_| index + 2),
    };
    value.and_then(|at| tokens.get(at)).is_some_and(|t| unit.text(t) != b"32")
}

/// Whether the word at token `index` is a `warpSize` that the file declares at file scope.
fn is_own_width(unit: &Unit, index: usize) -> bool {
    unit.text(&unit.tokens()[index]) == b"warpSize"
        && scope_at(unit, index) == Scope::File
        && unit.function_at(unit.tokens()[index].start).is_none()
        && visible_ranges(unit, index).first().is_some_and(|range| range.end == unit.tokens().len())
}

/// Whether a `#define` is a shim: its body has a name of HIP or ROCm.
pub fn is_shim(unit: &Unit, tokens: Range<usize>) -> bool {
    let body = unit.tokens().get(tokens.start + 1..tokens.end).unwrap_or_default();
    body.iter().any(|t| {
        let text = unit.text(t);
        text.starts_with(b"hip")
            || text.starts_with(b"HIP")
            || text.starts_with(b"roc")
            || text.starts_with(b"rccl")
    })
}

/// A file with at least this many renaming macros is a vendor header.
const VENDOR_MACROS: usize = 8;

/// Whether the file maps many CUDA names to another vendor's names: `#define cudaX musaX` again and again. Its macros
/// are not names of the project, so CUDA's names in other files are still translated.
fn is_vendor_header(unit: &Unit) -> bool {
    let renames = unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define).filter(|d| {
        let [name, body] = &unit.tokens()[d.tokens.clone()] else { return false };
        let (name, body) = (unit.text(name), unit.text(body));
        let stem = name.iter().rev().zip(body.iter().rev()).take_while(|(a, b)| a == b).count();
        stem >= 4 && looks_like_cuda(name)
    });
    renames.take(VENDOR_MACROS).count() == VENDOR_MACROS
}

/// The namespace with a name of the tables that the keyword at token `index` opens, and the namespace around it. At
/// file scope, the code reopens the library's namespace.
fn nested_namespace(unit: &Unit, rules: &Rules, index: usize) -> Option<(String, Word)> {
    let [keyword, name, next] = unit.tokens().get(index..index + 3)? else { return None };
    let opens = name.kind == TokenKind::Identifier
        && !name.is(Token::FROZEN)
        && next.is_punct(b'{')
        && unit.text(keyword) == b"namespace"
        && rules.name(unit.text(name)).is_some_and(|row| row.kind == Kind::Namespace);
    let outer = if opens { namespaces_around(unit, index).next()? } else { return None };
    Some((outer.into_owned(), unit.text(name).into()))
}

/// Whether `word` is spelled like a function of CUDA or one of its libraries. Such a name is not renamed for its
/// prefix; the index only looks for its definition in the project.
pub fn looks_like_cuda(word: &[u8]) -> bool {
    matches!(word.first(), Some(b'c' | b'n'))
        && list::CUDA_PREFIXES.iter().chain(&["nvrtc", "cu"]).any(|stem| {
            word.starts_with(stem.as_bytes()) && word.get(stem.len()).is_some_and(u8::is_ascii_uppercase)
        })
}

/// The name at token `index`, if it is spelled like CUDA's, is in no table, and is declared here as a member,
/// prototype, variable or alias.
fn own_declaration(unit: &Unit, rules: &Rules, index: usize) -> Option<Word> {
    let word = unit.text(&unit.tokens()[index]);
    if !looks_like_cuda(word) {
        return own_family_name(unit, rules, index);
    }
    let before = &unit.tokens()[index.checked_sub(1)?];
    let at = |offset: usize| unit.tokens().get(index + offset);
    let is = |token: Option<&Token>, byte: u8| token.is_some_and(|token| token.is_punct(byte));
    let earlier = index.checked_sub(2).map(|at| &unit.tokens()[at]);
    // `&name` and `*name` are declarators only behind a type.
    let follows_type = || {
        let is_type = |token: &Token| {
            token.is_punct(b'>') || (token.kind == TokenKind::Identifier && !precedes_use(unit.text(token)))
        };
        let is_pointer = is(earlier, b'(') && is(at(1), b')') && is(at(2), b'(');
        earlier.is_some_and(is_type) || is_pointer
    };
    let declared = (before.kind == TokenKind::Identifier
        || ((before.is_punct(b'*') || before.is_punct(b'&')) && follows_type())
        || follows_template_type(unit, index)
        || (before.is_punct(b'}') && (is(at(1), b';') || is(at(1), b',')))
        || before.is_punct(b'~'))
        && !precedes_use(unit.text(before))
        && rules.name(word).is_none();
    let is_enumerator = || {
        matches!(before.byte, b'{' | b',')
            && matches!(at(1).map(|next| next.byte), Some(b',' | b'}' | b'='))
            && rules.name(word).is_none()
            && matches!(scope_at(unit, index), Scope::Enum | Scope::ScopedEnum)
    };
    (declared || is_enumerator()).then(|| word.into())
}

/// The name at token `index` if it is of a family of the tables, and is declared here: as above, or as an enumerator.
fn own_family_name(unit: &Unit, rules: &Rules, index: usize) -> Option<Word> {
    let word = unit.text(&unit.tokens()[index]);
    rules.family(word)?;
    let before = &unit.tokens()[index.checked_sub(1)?];
    let is_declared = || {
        let ends =
            unit.tokens().get(index + 1).is_some_and(|t| matches!(t.byte, b'(' | b';' | b'=' | b'[' | b'{'));
        let is_outside = || matches!(scope_at(unit, index), Scope::File | Scope::Namespace);
        let follows_type = before.kind == TokenKind::Identifier
            || (matches!(before.byte, b'*' | b'&') && before.kind == TokenKind::Punct && is_outside());
        follows_type && ends && !before.is(Token::DIRECTIVE) && !is_no_type(unit.text(before))
    };
    let is_enumerator = || {
        matches!(before.byte, b'{' | b',') && matches!(scope_at(unit, index), Scope::Enum | Scope::ScopedEnum)
    };
    let is_own = !unit.tokens()[index].is(Token::FROZEN) && (is_declared() || is_enumerator());
    is_own.then(|| word.into())
}
