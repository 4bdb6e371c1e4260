//! Macros with which a project itself tells its build for HIP from its build for NVIDIA.
//!
//! A file shows where it defines a macro; the definitions of all files decide what the macro means. Only names with a word
//! of the lists `hip-name-words` and `nvidia-name-words` are considered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tranship_rules::list;

use super::conditions::{Branch, Region, around};
use super::include_guard::include_guard;
use super::{Directive, DirectiveKind, Lexed, Token, TokenKind, Unit};
use crate::cpp::constants::{Constant, number};

/// What a macro of the project means.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Defined exactly for HIP.
    Hip,
    /// Defined only for HIP, but not in every build.
    HipPerhaps,
    /// Always defined: not 0 exactly for HIP.
    HipValue,
    /// Never defined for HIP.
    Nvidia,
    /// Always defined: 0 exactly for HIP.
    NvidiaValue,
}

/// The macros of the project, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches(BTreeMap<Box<[u8]>, Switch>);

impl Switches {
    /// The meaning of the macro `name`.
    pub fn get(&self, name: &[u8]) -> Option<Switch> {
        self.0.get(name).copied()
    }

    /// Adds a macro; the first meaning stays. A build that defines a macro of HIP itself does not make it less certain.
    pub fn add(&mut self, name: &[u8], switch: Switch) {
        if switch == Switch::HipPerhaps && list::has(list::HIP_MACROS, name) {
            return;
        }
        self.0.entry(name.into()).or_insert(switch);
    }

    /// The macros with another meaning than in `other`, in the order of their names.
    pub fn differing(&self, other: &Self) -> Vec<Box<[u8]>> {
        let names: BTreeSet<&Box<[u8]>> = self.0.keys().chain(other.0.keys()).collect();
        names.into_iter().filter(|name| self.get(name) != other.get(name)).cloned().collect()
    }

    /// The options of a compiler that define the macros of each build for HIP. HIP's compiler defines its own macros by itself.
    pub fn options_for_hip(&self) -> impl Iterator<Item = String> {
        self.iter().filter(|(name, _)| !list::has(list::HIP_MACROS, name)).filter_map(|(name, switch)| {
            let value = match switch {
                Switch::Hip | Switch::HipValue => 1,
                Switch::NvidiaValue => 0,
                Switch::HipPerhaps | Switch::Nvidia => return None,
            };
            Some(format!("-D{}={value}", String::from_utf8_lossy(name)))
        })
    }

    /// All macros in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Switch)> {
        self.0.iter().map(|(name, switch)| (&**name, *switch))
    }
}

/// A place that shows for which vendor a macro is defined.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// It is defined in a branch that only HIP compiles, as 0 or not.
    ForHip {
        /// Whether it is not 0.
        on: bool,
        /// Whether the branch has no further condition.
        always: bool,
    },
    /// It is defined elsewhere, as 0 or not.
    Elsewhere {
        /// Whether it is not 0.
        on: bool,
        /// Whether HIP never compiles the place.
        never_hip: bool,
    },
    /// A branch under it includes HIP's runtime.
    IncludesHip,
    /// A branch under it is followed by one for HIP.
    BeforeHip,
}

/// Words behind the word for the vendor that do not change the meaning of a switch: `APP_HAVE_CUDA_SUPPORT`.
const SWITCH_ENDS: &[&[u8]] = &[b"_SUPPORT", b"_ENABLED", b"_BACKEND"];

/// `name` without a word behind the word for the vendor, and that word.
fn without_end(name: &[u8]) -> (&[u8], &[u8]) {
    let end = SWITCH_ENDS.iter().find(|end| name.ends_with(end)).map_or(0, |end| end.len());
    name.split_at(name.len() - end)
}

/// Whether the last word of `name` is one of builds for HIP, and no word negates it. A word such as `SUPPORT` may follow.
pub fn names_hip(name: &[u8]) -> bool {
    let last = without_end(name).0.rsplit(|&byte| byte == b'_').next().unwrap_or(name);
    list::has(list::HIP_NAME_WORDS, last) && !is_negated(name)
}

/// Whether the names differ only in their last words, of which the first is one of NVIDIA's and the second one of HIP's.
pub(super) fn are_counterparts(nvidia: &[u8], hip: &[u8]) -> bool {
    let ((nvidia_name, end), (hip_name, hip_end)) = (without_end(nvidia), without_end(hip));
    let stem = |name: &[u8]| name.iter().rposition(|&byte| byte == b'_').unwrap_or(0);
    let (of_nvidia, of_hip) = (&nvidia[..stem(nvidia_name)], &hip[..stem(hip_name)]);
    let is_same = !of_nvidia.is_empty() && of_nvidia == of_hip && end == hip_end;
    is_same && names_nvidia(nvidia) && names_hip(hip)
}

/// Whether some word of `name` is one of builds for HIP, and no word negates it.
pub fn mentions_hip(name: &[u8]) -> bool {
    let mut words = name.split(|&byte| byte == b'_');
    words.any(|word| list::has(list::HIP_NAME_WORDS, word)) && !is_negated(name)
}

/// Whether the last word of `name` is one of builds for NVIDIA, and no word negates it. A word such as `SUPPORT` may follow.
pub fn names_nvidia(name: &[u8]) -> bool {
    let mut words = without_end(name).0.rsplit(|&byte| byte == b'_');
    let is_last = words.next().is_some_and(|last| list::has(list::NVIDIA_NAME_WORDS, last));
    is_last && !name.starts_with(b"__") && !is_negated(name)
}

fn is_negated(name: &[u8]) -> bool {
    name.split(|&byte| byte == b'_').any(|word| list::has(list::NEGATING_WORDS, word))
}

/// The macros that `unit` shows.
pub fn shown(unit: &Unit) -> Vec<(Box<[u8]>, Shown)> {
    let mut shown: Vec<(Box<[u8]>, Shown)> = Vec::new();
    for directive in unit.lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define) {
        if let Some((name, place)) = definition(unit, directive) {
            shown.push((name.into(), place));
        }
    }
    for region in &unit.regions {
        let Some(name) = single_test(unit, region) else { continue };
        if names_hip(name) && region.branch == Branch::Shared && includes_hip(unit, region) {
            shown.push((name.into(), Shown::IncludesHip));
        }
        let is_after = |other: &&Region| other.first == region.first && other.directive > region.directive;
        let is_counterpart =
            |other: &Region| single_test(unit, other).is_some_and(|hip| are_counterparts(name, hip));
        let is_for_hip = |other: &Region| {
            other.branch == Branch::HipOnly && other.tests_hip
                || other.branch == Branch::Shared && is_counterpart(other)
        };
        // Of two groups beside each other, one for each vendor, both branches are settled.
        let is_beside =
            |other: &Region| other.branch == Branch::HipOnly && other.is_settled && is_counterpart(other);
        let has_beside = || {
            let is_settled = region.branch == Branch::CudaOnly && region.is_settled;
            is_settled && unit.regions.iter().any(is_beside)
        };
        if names_nvidia(name) && (unit.regions.iter().filter(is_after).any(is_for_hip) || has_beside()) {
            shown.push((name.into(), Shown::BeforeHip));
        }
    }
    shown
}

/// The names in the conditions of `unit` that can be macros of the project for one vendor, sorted.
pub fn tested(unit: &Unit) -> Vec<Box<[u8]>> {
    let conditions = unit.regions.iter().map(|region| &unit.lexed.directives[region.directive]);
    let tokens = conditions.flat_map(|directive| &unit.tokens()[directive.tokens.clone()]);
    let words = tokens.filter(|token| token.kind == TokenKind::Identifier).map(|token| unit.text(token));
    let is_switch = |word: &&[u8]| {
        mentions_hip(word)
            || names_nvidia(word)
            || library_switch(word).is_some()
            || is_below(word)
            || macros_of_cuda().any(|name| name == *word)
    };
    let names: BTreeSet<&[u8]> = words.filter(is_switch).collect();
    names.into_iter().map(Box::from).collect()
}

/// The macros of nvcc and of releases of CUDA, which no compiler defines for HIP.
pub fn macros_of_cuda() -> impl Iterator<Item = &'static [u8]> {
    let releases = ["CUDA_VERSION", "CUDART_VERSION", "__CUDA_API_VERSION", "__CUDA_ARCH__"];
    let compilers =
        ["__CUDACC_VER_MAJOR__", "__CUDACC_VER_MINOR__", "__CUDACC_VER_BUILD__", "__CUDACC_VER__"];
    let all = list::NVCC_MACROS.iter().copied().chain(releases).chain(compilers);
    all.map(str::as_bytes)
}

/// The macro that `directive` defines, if its name has a word for a vendor, and where that is.
fn definition<'a>(unit: &Unit<'a>, directive: &Directive) -> Option<(&'a [u8], Shown)> {
    let tokens = unit.tokens().get(directive.tokens.clone())?;
    let name = unit.text(tokens.first().filter(|token| token.kind == TokenKind::Identifier)?);
    if !mentions_hip(name) && !names_nvidia(name) {
        return None;
    }
    let on = match tokens {
        [_] => true,
        [_, value] => number(unit.text(value)).and_then(Constant::value)? != 0,
        _ => return None,
    };
    let guard = include_guard(unit);
    let regions: Vec<&Region> = around(&unit.regions, directive.span.start)
        .filter(|region| Some(*region) != guard)
        .map(|region| &unit.regions[region])
        .collect();
    let has = |branch: Branch| regions.iter().any(|region| region.branch == branch);
    let place = if has(Branch::HipOnly) {
        Shown::ForHip { on, always: regions.iter().all(|region| region.branch == Branch::HipOnly) }
    } else {
        Shown::Elsewhere { on, never_hip: has(Branch::CudaOnly) }
    };
    Some((name, place))
}

/// The macro that the condition of `region` tests, if it tests only whether that macro is defined or not 0.
fn single_test<'a>(unit: &Unit<'a>, region: &Region) -> Option<&'a [u8]> {
    tested_macro(&unit.source.bytes, &unit.lexed, &unit.lexed.directives[region.directive])
}

/// The macro that the condition `directive` tests, if it tests only whether that macro is defined or not 0.
pub(super) fn tested_macro<'a>(bytes: &'a [u8], lexed: &Lexed, directive: &Directive) -> Option<&'a [u8]> {
    let text = |token: &Token| &bytes[token.span().range()];
    let tokens = lexed.tokens.get(directive.tokens.clone())?;
    let name = match (directive.kind, tokens) {
        (DirectiveKind::Ifdef | DirectiveKind::Elifdef | DirectiveKind::If | DirectiveKind::Elif, [name]) => {
            name
        }
        (DirectiveKind::If | DirectiveKind::Elif, [defined, name]) if text(defined) == b"defined" => name,
        (DirectiveKind::If | DirectiveKind::Elif, [defined, _, name, _]) if text(defined) == b"defined" => {
            name
        }
        _ => return None,
    };
    (name.kind == TokenKind::Identifier).then(|| text(name))
}

/// Whether the branch `region` includes HIP's runtime.
fn includes_hip(unit: &Unit, region: &Region) -> bool {
    unit.includes().any(|(_, token)| {
        let inside = region.body.start <= token.start && token.start < region.body.end;
        inside && unit.slice(token.span())[1..].starts_with("hip/hip_runtime")
    })
}

/// What the macros mean that the files show. A macro of NVIDIA's is unknown for HIP, unless `never_for_hip`: the project
/// then has a build for HIP of its own.
pub fn switches<'a>(
    shown: impl IntoIterator<Item = &'a (Box<[u8]>, Shown)>,
    never_for_hip: bool,
) -> Switches {
    let mut by_name: BTreeMap<&[u8], Vec<Shown>> = BTreeMap::new();
    for (name, place) in shown {
        by_name.entry(name).or_default().push(*place);
    }
    let mut switches = Switches::default();
    for (name, places) in by_name {
        let meaning = if mentions_hip(name) { of_hip(&places) } else { of_nvidia(&places) };
        let meaning = meaning.filter(|meaning| never_for_hip || *meaning != Switch::Nvidia);
        if let Some(meaning) = meaning {
            switches.add(name, meaning);
        }
    }
    switches
}

/// The vendor of a name that ends in the name of a library, and the names of the same switch for the other vendor's libraries:
/// `X_USING_ROCSPARSE` and `X_USING_HIPSPARSE` of `X_USING_CUSPARSE`.
fn library_switch(name: &[u8]) -> Option<LibrarySwitch> {
    let at = name.iter().rposition(|&byte| byte == b'_')?;
    let (stem, word) = (&name[..at], &name[at + 1..]);
    let is_switch =
        stem.rsplit(|&byte| byte == b'_').next().is_some_and(|last| list::has(list::HIP_SWITCH_WORDS, last));
    if !is_switch || is_negated(name) {
        return None;
    }
    let pairs = || list::LIBRARY_SWITCHES.iter().filter_map(|pair| pair.split_once('='));
    let of_others = |others: Vec<&str>| -> Vec<Vec<u8>> {
        others.into_iter().map(|other| [stem, b"_", other.as_bytes()].concat()).collect()
    };
    let hip: Vec<&str> = pairs().filter(|(cuda, _)| cuda.as_bytes() == word).map(|(_, hip)| hip).collect();
    let cuda: Vec<&str> = pairs().filter(|(_, hip)| hip.as_bytes() == word).map(|(cuda, _)| cuda).collect();
    match (hip.is_empty(), cuda.is_empty()) {
        (false, _) => Some((Vendor::Nvidia, of_others(hip))),
        (true, false) => Some((Vendor::Amd, of_others(cuda))),
        (true, true) => None,
    }
}

/// The vendor, and the names of the same switch for the other vendor.
type LibrarySwitch = (Vendor, Vec<Vec<u8>>);

/// Who makes a library.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Vendor {
    Nvidia,
    Amd,
}

/// The switches for a library of NVIDIA's that `tested` has for the counterpart of AMD too: of `X_USING_CUSPARSE` and
/// `X_USING_ROCSPARSE`, a build for HIP defines at most the second. So is `X_CUDA_NVTX` if `X_CUDA` is a switch for NVIDIA in
/// `known`, and so is the switch of a library without a counterpart. There are none unless the project has a build for HIP.
pub fn of_libraries<'a>(
    tested: impl Iterator<Item = &'a [u8]>,
    known: &Switches,
    has_hip: bool,
) -> Vec<(Box<[u8]>, Switch)> {
    let tested: BTreeSet<&[u8]> = if has_hip { tested.collect() } else { BTreeSet::new() };
    let meaning = |name: &&[u8]| {
        let (vendor, others) = library_switch(name)?;
        // A library without a counterpart has an empty name for the other vendor.
        let is_there = |other: &Vec<u8>| other.ends_with(b"_") || tested.contains(other.as_slice());
        let has_other = others.iter().any(is_there);
        let switch = if vendor == Vendor::Nvidia { Switch::Nvidia } else { Switch::HipPerhaps };
        has_other.then(|| (Box::from(*name), switch))
    };
    let below = tested.iter().filter(|name| is_below_switch(name, known));
    tested.iter().filter_map(meaning).chain(below.map(|name| (Box::from(*name), Switch::Nvidia))).collect()
}

/// Whether the beginning of `name` is a switch for NVIDIA in `known`: `APP_CUDA_NVTX` and `APP_CUDA_GRAPHS` are options of
/// `APP_CUDA`.
fn is_below_switch(name: &[u8], known: &Switches) -> bool {
    beginnings(name).any(|stem| known.get(stem) == Some(Switch::Nvidia))
}

/// Whether the beginning of `name` can be a switch for NVIDIA. A beginning without a word of the project is too general.
fn is_below(name: &[u8]) -> bool {
    beginnings(name).any(names_nvidia)
}

/// The beginnings of `name` that end before an underscore and have one inside.
fn beginnings(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'_').map(|(at, _)| &name[..at]);
    ends.filter(|stem| stem.contains(&b'_') && !stem.starts_with(b"_"))
}

fn of_hip(places: &[Shown]) -> Option<Switch> {
    let any = |is: &dyn Fn(&Shown) -> bool| places.iter().any(is);
    let for_hip = any(&|place| matches!(place, Shown::ForHip { on: true, .. }));
    let off_for_hip = any(&|place| matches!(place, Shown::ForHip { on: false, .. }));
    let on_elsewhere = any(&|place| matches!(place, Shown::Elsewhere { on: true, .. }));
    let off_elsewhere = any(&|place| matches!(place, Shown::Elsewhere { on: false, .. }));
    let always = any(&|place| matches!(place, Shown::ForHip { on: true, always: true }));
    match (for_hip, off_for_hip, on_elsewhere, off_elsewhere) {
        (true, false, false, true) if always => Some(Switch::HipValue),
        (true, false, false, false) => Some(if always { Switch::Hip } else { Switch::HipPerhaps }),
        (false, false, false, false) if places.contains(&Shown::IncludesHip) => Some(Switch::Hip),
        _ => None,
    }
}

fn of_nvidia(places: &[Shown]) -> Option<Switch> {
    let all = |is: &dyn Fn(&Shown) -> bool| places.iter().all(is);
    let never =
        |place: &Shown| matches!(place, Shown::BeforeHip | Shown::Elsewhere { on: true, never_hip: true });
    let is_off_for_hip = |place: &Shown| matches!(place, Shown::ForHip { on: false, .. });
    let is_on = |place: &Shown| matches!(place, Shown::Elsewhere { on: true, .. });
    if all(&never) {
        Some(Switch::Nvidia)
    } else if all(&|place| is_off_for_hip(place) || is_on(place)) && places.iter().any(is_off_for_hip) {
        Some(Switch::NvidiaValue)
    } else {
        None
    }
}
