//! Finds the `#if` branches that only HIP compiles, or that HIP never compiles. Both stay as they are.
//!
//! Conditions are evaluated as true, false or unknown: once with HIP's macros undefined and once with them defined. The
//! values of other macros are unknown. It refuses to expand macros or to evaluate arithmetic beyond comparisons.

mod expression;
mod settled;

use std::ops::Range;

use memchr::memmem;
use tranship_rules::{Release, list};

pub(super) use self::expression::Truth;
pub use self::expression::release_number;
use self::expression::{World, and, judge, not, or};
use super::guards::Always;
pub use super::guards::{Guards, Settled};
use super::switches::Switch;
use super::{Directive, DirectiveKind, Lexed, Token, vendor_switches};
use crate::text::Span;

/// Which compilers compile a branch.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// Compiled for HIP only: its code is HIP already.
    HipOnly,
    /// Never compiled for HIP.
    CudaOnly,
    /// Everything else.
    Shared,
}

/// One branch of an `#if` group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub struct Region {
    /// Index of the directive that opens the branch.
    pub directive: usize,
    /// From behind the opening directive to the `#` of the next one of the group.
    pub body: Span,
    /// Which compilers compile the branch.
    pub branch: Branch,
    /// Whether a condition of its group tests a macro that is defined only for HIP.
    pub mentions_hip: bool,
    /// Whether its own condition tests a macro that is defined only for HIP.
    pub tests_hip: bool,
    /// Whether its group tests a macro that HIP defines in both passes, so that its author decided what HIP compiles.
    pub is_settled: bool,
    /// Whether it is for HIP by macros of HIP's compiler alone, which a conversion writes too.
    pub is_for_compiler: bool,
    /// The index of the first region of its group.
    pub first: usize,
    /// How many groups are around it.
    pub depth: u32,
    /// Index of the region around it.
    pub parent: Option<u32>,
}

/// The value of `__CUDA_ARCH__` that is assumed for AMD GPUs. They have counterparts of its features: half and bfloat16
/// arithmetic, double and half2 atomics, 8-bit floats. Only NVIDIA has later features (`wgmma`, TMA, clusters).
pub const ASSUMED_CUDA_ARCH: i64 = 890;

/// The release of CUDA that is assumed for ROCm if `--cuda` states none.
pub const RECENT_CUDA: Release = Release::new(12, 9);

/// Whether the condition of `directive` is false in the device pass of HIP, whatever other macros are defined. A HIP compiler
/// counts as a recent release of CUDA, or as the release `cuda`.
pub fn fails_on_device(bytes: &[u8], lexed: &Lexed, directive: &Directive, cuda: Option<Release>) -> bool {
    let guards = Guards { cuda, ..Guards::default() };
    judge(bytes, lexed, directive, World::Device, &guards).0 == Some(false)
}

/// Whether HIP's compiler decides the condition of `directive` whatever becomes of the macros of nvcc in it: their
/// counterpart in HIP would not change the result, or would give it another result than the author's.
pub fn is_decided_without_nvcc(bytes: &[u8], lexed: &Lexed, directive: &Directive, guards: &Guards) -> bool {
    let truth = |nvcc| judge(bytes, lexed, directive, World::HipCompiler { nvcc }, guards).0;
    truth(true).is_some() && truth(true) == truth(false) || is_for_pragmas_of_nvcc(bytes, lexed, directive)
}

/// Whether the branch of `directive` contains only pragmas that no compiler but nvcc knows, and definitions of macros for
/// such pragmas.
fn is_for_pragmas_of_nvcc(bytes: &[u8], lexed: &Lexed, directive: &Directive) -> bool {
    let names_nvcc = |range: Range<usize>| {
        let text = &bytes[range];
        list::PRAGMAS_OF_NVCC.iter().any(|word| memmem::find(text, word.as_bytes()).is_some())
    };
    let next = lexed.directives.partition_point(|other| other.span.start <= directive.span.start);
    let mut names = false;
    let mut end = None;
    for inner in &lexed.directives[next..] {
        match inner.kind {
            DirectiveKind::Pragma | DirectiveKind::Define => {
                let is_one = names_nvcc(inner.span.start as usize..inner.span.end as usize);
                if inner.kind == DirectiveKind::Define && !is_one {
                    return false;
                }
                names |= is_one;
            }
            DirectiveKind::Elif
            | DirectiveKind::Elifdef
            | DirectiveKind::Elifndef
            | DirectiveKind::Else
            | DirectiveKind::Endif => {
                end = Some(inner);
                break;
            }
            _ => return false,
        }
    }
    let Some(end) = end else { return false };
    let first = lexed.tokens.partition_point(|token| token.start < directive.span.end);
    let behind = lexed.tokens.partition_point(|token| token.start < end.span.start);
    let mut code = lexed.tokens[first..behind].iter().filter(|token| !token.is(Token::DIRECTIVE));
    // Four tokens: `_Pragma`, the parentheses and the string.
    while let Some(token) = code.next() {
        if &bytes[token.start as usize..token.end as usize] != b"_Pragma" {
            return false;
        }
        let string = code.nth(1);
        names |= string.is_some_and(|string| names_nvcc(string.start as usize..string.end as usize));
        code.next();
    }
    names
}

/// An `#if` group that is not closed yet.
struct Open {
    /// Index of its first region.
    first: usize,
    /// Index of its latest region.
    last: usize,
    /// Whether an earlier branch is compiled, for CUDA, for HIP, and without nvcc.
    taken: [Truth; 3],
    /// Whether a condition so far tests a macro that is defined only for HIP.
    mentions_hip: bool,
}

/// The branches of all `#if` groups in `lexed`, in order of their opening directive.
pub fn regions(bytes: &[u8], lexed: &Lexed, guards: &Guards) -> Vec<Region> {
    let (regions, compiled) = judged(bytes, lexed, guards);
    let settled = settled::macros(bytes, lexed, &regions, &compiled);
    if settled.is_empty() {
        return regions;
    }
    judged(bytes, lexed, &Guards { settled, ..guards.clone() }).0
}

/// The same branches by the macros of `guards` alone, and whether HIP compiles each of them.
fn judged(bytes: &[u8], lexed: &Lexed, guards: &Guards) -> (Vec<Region>, Vec<Truth>) {
    let mut regions: Vec<Region> = Vec::new();
    let mut compiled = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Whether each branch is compiled by a compiler that is not NVIDIA's.
    let mut without_nvcc: Vec<Truth> = Vec::new();
    for (index, directive) in lexed.directives.iter().enumerate() {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
                open.push(Open {
                    first: regions.len(),
                    last: regions.len(),
                    taken: [Some(false); 3],
                    mentions_hip: false,
                });
            }
            DirectiveKind::Elif | DirectiveKind::Elifdef | DirectiveKind::Elifndef | DirectiveKind::Else => {
                let Some(group) = open.last_mut() else { continue };
                regions[group.last].body.end = directive.span.start;
                group.last = regions.len();
            }
            DirectiveKind::Endif => {
                let Some(group) = open.pop() else { continue };
                regions[group.last].body.end = directive.span.start;
                continue;
            }
            _ => continue,
        }
        let depth = open.len() as u32 - 1;
        let parent = open.iter().nth_back(1).map(|around| around.last as u32);
        let Some(group) = open.last_mut() else { continue };
        let (own, hip, idle) = region(bytes, lexed, index, group, guards);
        without_nvcc.push(idle);
        compiled.push(hip);
        regions.push(Region { depth, parent, first: group.first, ..own });
        let (first, last) = (group.first, group.last);
        let mentions = regions[first].mentions_hip || regions[last].mentions_hip;
        regions[first].mentions_hip = mentions;
        regions[last].mentions_hip = mentions;
        let is_settled = regions[first].is_settled || regions[last].is_settled;
        regions[first].is_settled = is_settled;
        regions[last].is_settled = is_settled;
    }
    let end = bytes.len() as u32;
    for group in open {
        regions[group.last].body.end = end;
    }
    vendor_switches::settle(bytes, lexed, &mut regions, &without_nvcc);
    (regions, compiled)
}

/// The branch that directive `index` opens in `group`, without its parent and with its body to the end of the file. Also whether
/// HIP compiles it, and whether it is compiled without nvcc.
fn region(
    bytes: &[u8],
    lexed: &Lexed,
    index: usize,
    group: &mut Open,
    guards: &Guards,
) -> (Region, Truth, Truth) {
    let directive = &lexed.directives[index];
    let mut active = [Some(true); 3];
    let mut mentions_hip = false;
    for (slot, world) in [World::Cuda, World::Hip, World::WithoutNvcc].into_iter().enumerate() {
        let (own, mentions) = judge(bytes, lexed, directive, world, guards);
        active[slot] = and(not(group.taken[slot]), own);
        group.taken[slot] = or(group.taken[slot], own);
        mentions_hip |= mentions;
    }
    group.mentions_hip |= mentions_hip;
    let [cuda, hip, without_nvcc] = active;
    let branch = match [cuda, hip] {
        [Some(false), Some(false)] if !group.mentions_hip => Branch::Shared,
        [Some(false), Some(false)] => Branch::CudaOnly,
        [Some(false), _] => Branch::HipOnly,
        [_, Some(false)] => Branch::CudaOnly,
        _ => Branch::Shared,
    };
    let body = Span::new(directive.span.end, bytes.len() as u32);
    let names = |tells: &dyn Fn(&[u8]) -> bool| {
        lexed.tokens[directive.tokens.clone()].iter().any(|token| tells(&bytes[token.span().range()]))
    };
    let is_settled = mentions_hip
        && names(&|name| {
            guards.hip_macro(name) == Some(Always::Yes)
                || guards.switches.get(name).is_some_and(|switch| switch != Switch::HipPerhaps)
        });
    let is_for_compiler = mentions_hip
        && branch == Branch::HipOnly
        && lexed.tokens[directive.tokens.clone()].iter().all(|token| {
            let name = &bytes[token.span().range()];
            guards.hip_macro(name).is_none()
                || matches!(name, b"__HIPCC__" | b"__HIPCC_RTC__" | b"__HIP_DEVICE_COMPILE__")
        });
    let region = Region {
        directive: index,
        body,
        branch,
        mentions_hip,
        tests_hip: mentions_hip,
        is_settled,
        is_for_compiler,
        first: 0,
        depth: 0,
        parent: None,
    };
    (region, hip, without_nvcc)
}

/// Only this many groups around a place are searched; no real file nests more.
const MOST_NESTED: usize = 256;

/// Indices of the regions around the byte at `offset`, the innermost first.
pub fn around(regions: &[Region], offset: u32) -> impl Iterator<Item = usize> {
    let started = regions.partition_point(|region| region.body.start <= offset);
    std::iter::successors(started.checked_sub(1), |&at| regions[at].parent.map(|parent| parent as usize))
        .take(MOST_NESTED)
        .filter(move |&at| offset < regions[at].body.end)
}

/// Whether the byte at `offset` is in a branch that only HIP compiles.
pub fn is_for_hip_alone(regions: &[Region], offset: u32) -> bool {
    around(regions, offset).any(|region| regions[region].branch == Branch::HipOnly)
}

/// Indices of the tokens that start in `span`.
pub fn token_range(tokens: &[Token], span: Span) -> Range<usize> {
    let first = tokens.partition_point(|token| token.start < span.start);
    let last = tokens.partition_point(|token| token.start < span.end);
    first..last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer::lex;

    /// The branch of every region of `code`, in order.
    fn check(code: &str, expected: &[Branch]) {
        let lexed = lex(code.as_bytes());
        let found: Vec<_> =
            regions(code.as_bytes(), &lexed, &Guards::default()).iter().map(|region| region.branch).collect();
        assert_eq!(found, expected, "{code}");
    }

    use Branch::{CudaOnly, HipOnly, Shared};

    #[test]
    fn branches_that_only_hip_compiles() {
        check("#ifdef __HIP_PLATFORM_AMD__\na\n#else\nb\n#endif", &[HipOnly, CudaOnly]);
        check("#ifndef USE_ROCM\na\n#else\nb\n#endif", &[CudaOnly, HipOnly]);
        check(
            "#if defined(GGML_USE_HIP) && X > 3\na\n#elif Y\nb\n#else\nc\n#endif",
            &[HipOnly, Shared, Shared],
        );
        check("#if !defined(__HIPCC__) && (A || B)\n#endif", &[CudaOnly]);
        check("#if defined(USE_HIP) || defined(USE_MUSA)\n#else\n#endif", &[Shared, CudaOnly]);
        check("#if HIP_VERSION >= 60000000\n#endif", &[HipOnly]);
        check("#if defined(__CUDACC__) || defined(__HIPCC__)\na\n#endif", &[Shared]);
    }

    #[test]
    fn other_conditions_are_shared() {
        check("#ifdef __CUDACC__\n#else\n#endif", &[Shared, Shared]);
        check("#if __CUDA_ARCH__ >= 700 ? 1 : 0\n#elif\n#endif", &[Shared, Shared]);
        check("#if 0\n#endif", &[Shared]);
        check("#ifdef RELATIONSHIP\n#endif", &[Shared]);
        check("#endif\n#else\n#if A", &[Shared]);
    }

    #[test]
    fn device_pass_macros_are_hip_only_but_their_else_is_shared() {
        check("#ifdef __HIP_DEVICE_COMPILE__\n#else\n#endif", &[HipOnly, Shared]);
        let never = "#if !defined(__HIP_DEVICE_COMPILE__) || defined(__HIP_PLATFORM_AMD__)\n#else\n#endif";
        check(never, &[Shared, CudaOnly]);
    }
}
