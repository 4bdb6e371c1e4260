//! Finds the `#if` branches that only HIP compiles, or that HIP never compiles. Both stay as they are.
//!
//! Conditions are evaluated as true, false or unknown: once with HIP's macros undefined and once with them defined. The
//! values of other macros are unknown. It refuses to expand macros or to evaluate arithmetic beyond comparisons.

use std::ops::Range;

use tranship_rules::list;

use super::constants::{Constant, number};
use super::guards::Always;
pub use super::guards::Guards;
use super::switches::{Switch, names_nvidia};
use super::{Directive, DirectiveKind, Lexed, Token, TokenKind, vendor_switches};
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
pub struct Region {
    /// Index of the directive that opens the branch.
    pub directive: usize,
    /// From behind the opening directive to the `#` of the next one of the group.
    pub body: Span,
    /// Which compilers compile the branch.
    pub branch: Branch,
    /// Whether a condition of its group tests a macro that is defined only for HIP.
    pub mentions_hip: bool,
    /// Whether its own condition tests a macro that tells HIP.
    pub tells_hip: bool,
    /// Whether its group tests a macro that HIP defines in both passes, so that its author decided what HIP compiles.
    pub is_settled: bool,
    /// The index of the first region of its group.
    pub first: usize,
    /// How many groups are around it.
    pub depth: u32,
    /// Index of the region around it.
    pub parent: Option<u32>,
}

/// Three-valued truth: `None` is unknown.
pub(super) type Truth = Option<bool>;

fn not(a: Truth) -> Truth {
    a.map(|a| !a)
}

fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(a: Truth, b: Truth) -> Truth {
    not(and(not(a), not(b)))
}

/// The value of a subexpression: its truth, and its number if that is known.
#[derive(Copy, Clone)]
struct Value {
    truth: Truth,
    number: Option<i64>,
}

impl Value {
    const UNKNOWN: Self = Self { truth: None, number: None };

    fn truth(truth: Truth) -> Self {
        Self { truth, number: truth.map(i64::from) }
    }

    fn number(number: i64) -> Self {
        Self { truth: Some(number != 0), number: Some(number) }
    }
}

/// The compilation that a condition is evaluated for.
#[derive(Copy, Clone, PartialEq, Eq)]
enum World {
    Cuda,
    Hip,
    /// The device pass of HIP, with `__CUDA_ARCH__` as [`ASSUMED_CUDA_ARCH`]. All other macros are unknown.
    Device,
    /// HIP by clang, where the macros of nvcc are all defined or all undefined.
    HipCompiler {
        nvcc: bool,
    },
    /// A compiler that defines neither the macros of nvcc nor the project's macros for NVIDIA. All others are unknown.
    WithoutNvcc,
}

impl World {
    fn is_hip(self) -> bool {
        matches!(self, Self::Hip | Self::HipCompiler { .. })
    }
}

/// The value of `__CUDA_ARCH__` that is assumed for AMD GPUs. They have counterparts of its features: half and bfloat16
/// arithmetic, double and half2 atomics, 8-bit floats. Only NVIDIA has later features (`wgmma`, TMA, clusters).
pub const ASSUMED_CUDA_ARCH: i64 = 890;

/// A recursive-descent reader of one `#if` expression.
struct Condition<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    world: World,
    guards: &'a Guards,
    mentions_hip: bool,
    depth: u32,
}

/// A condition that is nested deeper is unknown; real code does not nest so deeply.
const MAX_DEPTH: u32 = 64;

impl Condition<'_> {
    fn byte(&self) -> u8 {
        self.tokens.get(self.at).filter(|t| t.kind == TokenKind::Punct).map_or(0, |t| t.byte)
    }

    /// Moves behind the operator `text` if it is next.
    fn take(&mut self, text: &[u8]) -> bool {
        let here = self.tokens.get(self.at..self.at + text.len());
        let matches = here.is_some_and(|tokens| {
            tokens.iter().zip(text).all(|(token, &byte)| token.is_punct(byte))
                && tokens.windows(2).all(|pair| pair[0].end == pair[1].start)
        });
        self.at += if matches { text.len() } else { 0 };
        matches
    }

    fn or_expression(&mut self) -> Value {
        let mut left = self.and_expression();
        while self.take(b"||") {
            let right = self.and_expression();
            left = Value::truth(or(left.truth, right.truth));
        }
        if self.byte() == b'?' {
            self.at = self.tokens.len();
            return Value::UNKNOWN;
        }
        left
    }

    fn and_expression(&mut self) -> Value {
        let mut left = self.comparison();
        while self.take(b"&&") {
            let right = self.comparison();
            left = Value::truth(and(left.truth, right.truth));
        }
        left
    }

    fn comparison(&mut self) -> Value {
        let left = self.unary();
        let compare: Option<fn(&i64, &i64) -> bool> = if self.take(b"==") {
            Some(i64::eq)
        } else if self.take(b"!=") {
            Some(i64::ne)
        } else if self.take(b">=") {
            Some(i64::ge)
        } else if self.take(b"<=") {
            Some(i64::le)
        } else if self.take(b">") {
            Some(i64::gt)
        } else if self.take(b"<") {
            Some(i64::lt)
        } else {
            None
        };
        let Some(compare) = compare else { return self.arithmetic(left) };
        let right = self.unary();
        let right = self.arithmetic(right);
        match (left.number, right.number) {
            (Some(left), Some(right)) => Value::truth(Some(compare(&left, &right))),
            _ => Value::UNKNOWN,
        }
    }

    /// Skips arithmetic operators behind `left` with their operands. The value is then unknown.
    fn arithmetic(&mut self, left: Value) -> Value {
        let mut value = left;
        while matches!(self.byte(), b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'<' | b'>')
            || (self.byte() == b'&' && !self.lookahead(b"&&"))
            || (self.byte() == b'|' && !self.lookahead(b"||"))
        {
            self.at += 1;
            self.unary();
            value = Value::UNKNOWN;
        }
        value
    }

    fn lookahead(&mut self, text: &[u8]) -> bool {
        let at = self.at;
        let found = self.take(text);
        self.at = at;
        found
    }

    fn unary(&mut self) -> Value {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { Value::UNKNOWN } else { self.unary_at_depth() };
        self.depth -= 1;
        value
    }

    fn unary_at_depth(&mut self) -> Value {
        if self.byte() == b'!' {
            self.at += 1;
            return Value::truth(not(self.unary().truth));
        }
        if self.take(b"(") {
            let value = self.or_expression();
            return if self.take(b")") { value } else { Value::UNKNOWN };
        }
        let Some(token) = self.tokens.get(self.at) else { return Value::UNKNOWN };
        self.at += 1;
        match token.kind {
            TokenKind::Number => {
                let value = number(&self.bytes[token.span().range()]).and_then(Constant::value);
                value.map_or(Value::UNKNOWN, Value::number)
            }
            TokenKind::Identifier if &self.bytes[token.span().range()] == b"defined" => self.defined(),
            TokenKind::Identifier => self.macro_value(&self.bytes[token.span().range()]),
            _ => {
                self.unary();
                Value::UNKNOWN
            }
        }
    }

    fn defined(&mut self) -> Value {
        let parenthesised = self.take(b"(");
        let Some(name) = self.tokens.get(self.at) else { return Value::UNKNOWN };
        self.at += 1;
        let value = self.is_defined(&self.bytes[name.span().range()]);
        if parenthesised {
            self.take(b")");
        }
        Value::truth(value)
    }

    fn is_defined(&mut self, name: &[u8]) -> Truth {
        if self.world == World::Device {
            return (name == b"__CUDA_ARCH__").then_some(true);
        }
        if self.world.is_hip() && list::has(list::GUARDS_WITHOUT_COUNTERPART, name) {
            return Some(false);
        }
        if self.world == World::WithoutNvcc {
            let is_nvidia = list::has(list::NVCC_MACROS, name) || names_nvidia(name);
            return is_nvidia.then_some(false);
        }
        if let World::HipCompiler { nvcc } = self.world {
            match name {
                b"__clang__" => return Some(true),
                _ if list::has(list::NVCC_MACROS, name) => return Some(nvcc),
                _ => {}
            }
        }
        let switch = self.guards.switches.get(name);
        if list::has(list::HIP_MACROS_FOR_NVIDIA, name) || switch == Some(Switch::Nvidia) {
            self.mentions_hip = true;
            return self.world.is_hip().then_some(false);
        }
        let always = self.guards.hip_macro(name)?;
        self.mentions_hip = true;
        match (self.world, always) {
            (World::Cuda, _) => Some(false),
            (world, Always::Yes) if world.is_hip() => Some(true),
            _ => None,
        }
    }

    /// The truth of the number of a macro that the project always defines, as 0 or 1 by the vendor.
    fn switch_value(&mut self, name: &[u8]) -> Truth {
        let for_hip = match self.guards.switches.get(name)? {
            Switch::HipValue => true,
            Switch::NvidiaValue => false,
            Switch::Hip | Switch::HipPerhaps | Switch::Nvidia => return None,
        };
        self.mentions_hip = true;
        match self.world {
            World::Cuda => Some(!for_hip),
            world if world.is_hip() => Some(for_hip),
            _ => None,
        }
    }

    /// The value of a macro: 0 if it is undefined; if it is defined, an unknown number that counts as true.
    fn macro_value(&mut self, name: &[u8]) -> Value {
        if self.take(b"(") {
            self.skip_call();
            return Value::UNKNOWN;
        }
        if let Some(value) = self.switch_value(name) {
            return if value { Value { truth: Some(true), number: None } } else { Value::number(0) };
        }
        match self.is_defined(name) {
            Some(false) => Value::number(0),
            Some(true) if self.world == World::Device => Value::number(ASSUMED_CUDA_ARCH),
            Some(true) => Value { truth: Some(true), number: None },
            None => Value::UNKNOWN,
        }
    }

    fn skip_call(&mut self) {
        let mut open = 1;
        while open > 0 && self.at < self.tokens.len() {
            match self.byte() {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// The truth of the condition of `directive` in `world`, and whether it tests a macro that is defined only for HIP.
fn judge(bytes: &[u8], lexed: &Lexed, directive: &Directive, world: World, guards: &Guards) -> (Truth, bool) {
    let tokens = &lexed.tokens[directive.tokens.clone()];
    let mut condition = Condition { bytes, tokens, at: 0, world, guards, mentions_hip: false, depth: 0 };
    let truth = match directive.kind {
        DirectiveKind::If | DirectiveKind::Elif => {
            let value = condition.or_expression();
            if condition.at == tokens.len() { value.truth } else { None }
        }
        DirectiveKind::Ifdef | DirectiveKind::Elifdef => {
            tokens.first().and_then(|name| condition.is_defined(&bytes[name.span().range()]))
        }
        DirectiveKind::Ifndef | DirectiveKind::Elifndef => {
            not(tokens.first().and_then(|name| condition.is_defined(&bytes[name.span().range()])))
        }
        _ => Some(true),
    };
    (truth, condition.mentions_hip)
}

/// Whether the condition of `directive` is false in the device pass of HIP, whatever other macros are defined.
pub fn fails_on_device(bytes: &[u8], lexed: &Lexed, directive: &Directive) -> bool {
    judge(bytes, lexed, directive, World::Device, &Guards::default()).0 == Some(false)
}

/// Whether HIP's compiler decides the condition of `directive` whatever becomes of the macros of nvcc in it: their
/// counterpart in HIP would not change the result, or would give it another result than the author's.
pub fn is_decided_without_nvcc(bytes: &[u8], lexed: &Lexed, directive: &Directive, guards: &Guards) -> bool {
    let truth = |nvcc| judge(bytes, lexed, directive, World::HipCompiler { nvcc }, guards).0;
    truth(true).is_some() && truth(true) == truth(false)
}

/// An `#if` group that is not closed yet.
struct Open {
    /// Index of its first region.
    first: usize,
    /// Index of its latest region.
    last: usize,
    /// Whether an earlier branch is compiled, for CUDA, for HIP, and without nvcc.
    taken: [Truth; 3],
}

/// The branches of all `#if` groups in `lexed`, in order of their opening directive.
pub fn regions(bytes: &[u8], lexed: &Lexed, guards: &Guards) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Whether each branch is compiled by a compiler that is not NVIDIA's.
    let mut without_nvcc: Vec<Truth> = Vec::new();
    for (index, directive) in lexed.directives.iter().enumerate() {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
                open.push(Open { first: regions.len(), last: regions.len(), taken: [Some(false); 3] });
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
        let (own, idle) = region(bytes, lexed, index, group, guards);
        without_nvcc.push(idle);
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
    regions
}

/// The branch that directive `index` opens in `group`, without its parent and with its body to the end of the file, and
/// whether it is compiled without nvcc.
fn region(bytes: &[u8], lexed: &Lexed, index: usize, group: &mut Open, guards: &Guards) -> (Region, Truth) {
    let directive = &lexed.directives[index];
    let mut active = [Some(true); 3];
    let mut mentions_hip = false;
    for (slot, world) in [World::Cuda, World::Hip, World::WithoutNvcc].into_iter().enumerate() {
        let (own, mentions) = judge(bytes, lexed, directive, world, guards);
        active[slot] = and(not(group.taken[slot]), own);
        group.taken[slot] = or(group.taken[slot], own);
        mentions_hip |= mentions;
    }
    let [cuda, hip, without_nvcc] = active;
    let branch = match [cuda, hip] {
        [Some(false), Some(false)] if !mentions_hip => Branch::Shared,
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
    let region = Region {
        directive: index,
        body,
        branch,
        mentions_hip,
        tells_hip: mentions_hip,
        is_settled,
        first: 0,
        depth: 0,
        parent: None,
    };
    (region, without_nvcc)
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
    }
}
