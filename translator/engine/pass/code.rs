//! The input of a pass over C++ code: the syntax of the file, the context, the reporter, and look-ups that are kept.

use std::cell::{OnceCell, RefCell};
use std::ops::{Deref, DerefMut, Range};
use std::path::Path;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use tranship_rules::{Call as CallBlock, Kind, Level, Name, Release, list, rule};

use super::owner::{self, Extent};
use super::{Context, Reported, Reporter, Warp};
use crate::cpp::Unit;
use crate::cpp::call_site::{self, Call};
use crate::cpp::constants::{Constant, well_known};
use crate::cpp::masks::{self, Origin};
use crate::index::Owners;
use crate::text::Span;

/// The input of a pass over C++. It is also the [`Reporter`] of the file.
pub(crate) struct Pass<'a> {
    /// The file.
    pub(crate) unit: &'a Unit<'a>,
    reporter: Reporter<'a>,
    owners: OnceCell<Owners>,
    memo: Memo,
    /// Where asm statements begin that become C++, sorted.
    translated_asm: Vec<u32>,
    /// The branches that HIP never compiles because the condition stays as it is.
    never_compiled: Vec<Span>,
}

/// Results of look-ups, each computed once.
#[derive(Default)]
struct Memo {
    /// Whether code for HIP in the file, or in a file that it includes, already uses warp functions.
    has_hip_warp_code: OnceCell<bool>,
    /// Whether functions of the file use numbers that are only right for warps of 32 lanes.
    counts_on_32: OnceCell<bool>,
    /// Whether the file includes headers of PyTorch.
    includes_torch: OnceCell<bool>,
    /// The origins of variables that are used as masks.
    masks: RefCell<Masks>,
    /// The declarations in the file, by the name of CUDA that they declare.
    declarations: RefCell<FxHashMap<Vec<u8>, Rc<Declarations>>>,
}

/// The declarations of one name: the token of each, and where uses refer to it.
type Declarations = [(usize, Extent)];

/// Origins by the token of the function's name and the name of the variable.
type Masks = FxHashMap<(usize, Vec<u8>), Option<Origin>>;

impl<'a> Deref for Pass<'a> {
    type Target = Reporter<'a>;

    fn deref(&self) -> &Reporter<'a> {
        &self.reporter
    }
}

impl DerefMut for Pass<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reporter
    }
}

/// The products whose compute type may be a type of data in CUDA.
const PRODUCTS: &[&[u8]] = &[b"cublasGemmEx", b"cublasGemmBatchedEx", b"cublasGemmStridedBatchedEx"];

/// The compute types for types of data, as the overloads of cuBLAS choose them. Pedantic mode chooses others.
const COMPUTE_TYPES: &[(&str, &str)] = &[
    ("CUDA_R_16F", "CUBLAS_COMPUTE_16F"),
    ("CUDA_R_32F", "CUBLAS_COMPUTE_32F"),
    ("CUDA_C_32F", "CUBLAS_COMPUTE_32F"),
    ("CUDA_R_64F", "CUBLAS_COMPUTE_64F"),
    ("CUDA_C_64F", "CUBLAS_COMPUTE_64F"),
    ("CUDA_R_32I", "CUBLAS_COMPUTE_32I"),
];

/// The types in products of hipBLAS before ROCm 6.0, which has one enumeration for types of data and compute types: the name of
/// CUDA, the type, and the type in a product of complex numbers.
const OLD_TYPES: &[(&str, &str, &str)] = &[
    ("CUDA_R_8I", "HIPBLAS_R_8I", "HIPBLAS_R_8I"),
    ("CUDA_R_16F", "HIPBLAS_R_16F", "HIPBLAS_R_16F"),
    ("CUDA_R_16BF", "HIPBLAS_R_16B", "HIPBLAS_R_16B"),
    ("CUDA_R_32F", "HIPBLAS_R_32F", "HIPBLAS_R_32F"),
    ("CUDA_R_32I", "HIPBLAS_R_32I", "HIPBLAS_R_32I"),
    ("CUDA_R_64F", "HIPBLAS_R_64F", "HIPBLAS_R_64F"),
    ("CUDA_C_32F", "HIPBLAS_C_32F", "HIPBLAS_C_32F"),
    ("CUDA_C_64F", "HIPBLAS_C_64F", "HIPBLAS_C_64F"),
    ("CUBLAS_COMPUTE_16F", "HIPBLAS_R_16F", "HIPBLAS_R_16F"),
    ("CUBLAS_COMPUTE_32F", "HIPBLAS_R_32F", "HIPBLAS_C_32F"),
    ("CUBLAS_COMPUTE_32I", "HIPBLAS_R_32I", "HIPBLAS_R_32I"),
    ("CUBLAS_COMPUTE_64F", "HIPBLAS_R_64F", "HIPBLAS_C_64F"),
];

impl<'a> Pass<'a> {
    /// A pass over `unit` that has found nothing yet.
    pub(crate) fn new(unit: &'a Unit<'a>, context: &'a Context) -> Self {
        let reporter = Reporter::new(unit.source, context);
        Self {
            unit,
            reporter,
            owners: OnceCell::new(),
            memo: Memo::default(),
            translated_asm: Vec::new(),
            never_compiled: Vec::new(),
        }
    }

    /// Notes which asm statements become C++ by the findings so far.
    pub(crate) fn note_translated_asm(&mut self) {
        let translated = self.findings_from(0).iter().filter(|finding| !finding.fix.edits().is_empty());
        self.translated_asm = translated.map(|finding| finding.span.start).collect();
        self.translated_asm.sort_unstable();
    }

    /// Whether an asm statement that begins at `offset` becomes C++.
    pub(crate) fn is_translated_asm(&self, offset: u32) -> bool {
        self.translated_asm.binary_search(&offset).is_ok()
    }

    /// The findings, and the code in strings that is still to be translated.
    ///
    /// What a person would decide in a branch that HIP never compiles is left out.
    pub(crate) fn into_reported(self) -> Reported {
        let mut reported = self.reporter.into_reported();
        let is_never = |place: Span| self.never_compiled.iter().any(|body| body.contains(place));
        reported.findings.retain_mut(|finding| {
            finding.whole_file || finding.level == Level::Safe || finding.remove_places(is_never)
        });
        reported
    }

    /// Notes branches that HIP never compiles because their condition stays as it is.
    pub(crate) fn never_compiled(&mut self, bodies: Vec<Span>) {
        self.never_compiled.extend(bodies);
    }

    /// The definitions of names that CUDA and the project both define; `None` unless the project defines `word`.
    pub(crate) fn owners(&self, word: &[u8]) -> Option<&Owners> {
        let index = &self.context.index;
        let owners = || self.owners.get_or_init(|| Owners::of(&self.unit.source.path, index));
        index.definers(word).map(|_| owners())
    }

    /// Whether a file for which `is_wanted` is true shares a translation unit with this one.
    pub(crate) fn shares_unit_with(&self, is_wanted: &dyn Fn(&Path) -> bool) -> bool {
        let index = &self.context.index;
        let owners = self.owners.get_or_init(|| Owners::of(&self.unit.source.path, index));
        owners.shares_unit_with(index, is_wanted)
    }

    /// Whether `word`, which CUDA defines too, refers, or may refer, to the project's definition here.
    pub(crate) fn is_own(&self, word: &[u8]) -> bool {
        let index = &self.context.index;
        let is_given = |owners: &Owners| {
            owners.has_for_hip(index, word) && self.context.project.own_hip.covers(&self.unit.source.path)
        };
        self.owners(word).is_some_and(|owners| owners.has(index, word) || is_given(owners))
    }

    /// Each declaration of `word` in the file: its token, and where uses refer to it. CUDA defines `word` as a `kind`.
    pub(crate) fn declarations(&self, word: &[u8], kind: Kind) -> Rc<Declarations> {
        if let Some(known) = self.memo.declarations.borrow().get(word) {
            return Rc::clone(known);
        }
        // Without CUDA, a header gives its names to code that has the names of HIP after the conversion.
        let is_instead = self.context.index.is_without_cuda(&self.unit.source.path);
        let found = if is_instead { Vec::new() } else { owner::declarations(self, word, kind) };
        let found: Rc<Declarations> = found.into();
        self.memo.declarations.borrow_mut().insert(word.to_vec(), Rc::clone(&found));
        found
    }

    /// Whether the function that token `index` names is declared in the file or the project, and is not CUDA's.
    pub(crate) fn is_own_function(&self, index: usize) -> bool {
        let word = self.unit.text(&self.unit.tokens()[index]);
        let kind = self.context.rules.name(word).map_or(Kind::Function, |name| name.kind);
        let is_declared = |(_, extent): &(usize, Extent)| extent.has(self.unit, index);
        !owner::is_global(self.unit, index)
            && (self.is_own(word) || self.declarations(word, kind).iter().any(is_declared))
    }

    /// Whether code for HIP in the file, or in a file that it includes, already uses warp functions.
    pub(crate) fn has_hip_warp_code(&self) -> bool {
        let index = &self.context.index;
        *self.memo.has_hip_warp_code.get_or_init(|| index.has_hip_warp_code(&self.unit.source.path))
    }

    /// Whether functions of the file use numbers that are only right for warps of 32 lanes; `find` is called once.
    pub(crate) fn counts_on_32(&self, find: impl FnOnce() -> bool) -> bool {
        *self.memo.counts_on_32.get_or_init(find)
    }

    /// Whether the file includes headers of PyTorch; `find` is called once.
    pub(crate) fn includes_torch(&self, find: impl FnOnce() -> bool) -> bool {
        *self.memo.includes_torch.get_or_init(find)
    }

    /// The compute type for the type of data at token `index`, if that is the compute type of a matrix product in cuBLAS, and the
    /// two mean the same. Before ROCm 6.0, the type of hipBLAS for each type in the call.
    pub(crate) fn compute_type(&self, index: usize) -> Option<&'static str> {
        if self.context.target.rocm < Release::new(6, 0) {
            return self.type_of_hipblas(index);
        }
        let unit = self.unit;
        let word = unit.text(&unit.tokens()[index]);
        let (_, compute) = COMPUTE_TYPES.iter().find(|(data, _)| data.as_bytes() == word)?;
        let start = unit.lexed.statement_start(index);
        let call = call_site::enclosing_open(unit, start, index)?.checked_sub(1)?;
        let is_product = PRODUCTS.contains(&unit.text(&unit.tokens()[call]));
        let arguments = call_site::arguments(unit, call).filter(|_| is_product)?;
        let is_compute_type =
            arguments.iter().nth_back(1).is_some_and(|argument| *argument == (index..index + 1));
        let is_pedantic = || {
            self.context.index.uses_pedantic_products()
                || !unit.places(b"CUBLAS_PEDANTIC_MATH", 0..unit.tokens().len()).is_empty()
        };
        let row = self.context.rules.name(compute.as_bytes())?;
        self.spelling(row).filter(|_| is_compute_type && !unit.is_hip() && !is_pedantic())
    }

    /// The type of hipBLAS for the type at token `index`, an argument of a matrix product in cuBLAS.
    fn type_of_hipblas(&self, index: usize) -> Option<&'static str> {
        let unit = self.unit;
        let text = |at: usize| unit.text(&unit.tokens()[at]);
        let (_, real, complex) = OLD_TYPES.iter().find(|(cuda, ..)| cuda.as_bytes() == text(index))?;
        let start = unit.lexed.statement_start(index);
        let call = call_site::enclosing_open(unit, start, index)?.checked_sub(1)?;
        let is_product = !unit.is_hip() && PRODUCTS.contains(&text(call));
        let arguments = call_site::arguments(unit, call).filter(|_| is_product)?;
        arguments.iter().find(|argument| **argument == (index..index + 1))?;
        let is_complex = arguments.iter().any(|argument| text(argument.start).starts_with(b"CUDA_C_"));
        Some(if is_complex { complex } else { real })
    }

    /// `word`, or its CUDA name if the code is HIP already and a rule watches the CUDA name.
    pub(crate) fn cuda_name<'w>(&self, word: &'w [u8]) -> &'w [u8] {
        if self.unit.is_hip() { self.context.cuda_names.get(word).copied().unwrap_or(word) } else { word }
    }

    /// Whether the rules for warps of 32 lanes replace the library's name at token `index`, which a table has too, or
    /// the name behind the namespace at this token.
    pub(crate) fn is_name_of_lanes(&self, index: usize) -> bool {
        if self.context.warp != Warp::Logical32 || self.unit.is_hip() {
            return false;
        }
        let tokens = self.unit.tokens();
        let rule_of = |at: usize| self.context.rules.watching(self.unit.text(&tokens[at]));
        if rule_of(index).is_some_and(|rule| rule.name == rule::LIBRARY_WARP_SIZE) {
            return call_site::is_use(self.unit, index);
        }
        let is_scope = tokens.get(index + 1).is_some_and(|t| t.is_double(b':'));
        let name = index + 2;
        is_scope
            && name < tokens.len()
            && rule_of(name).is_some_and(|rule| rule.name == rule::LIBRARY_LANES)
            && call_site::arguments(self.unit, name).is_some()
    }

    /// The value of the constant `word` in this file, else in the project.
    pub(crate) fn constant(&self, word: &[u8]) -> Option<Constant> {
        if word == b"warpSize" && !self.has_hip_warp_code() {
            return Some(Constant::of(32));
        }
        let here = well_known(word).or_else(|| self.unit.constants().value(self.unit, word));
        here.or_else(|| self.context.index.constant(word))
    }

    /// The origin of the mask in `tokens`, an argument of the call at token `index`.
    pub(crate) fn mask_origin(&self, index: usize, tokens: Range<usize>) -> Origin {
        let constant = |word: &[u8]| self.constant(word);
        let remembered = |function: usize, name: &[u8], find: &dyn Fn() -> Option<Origin>| {
            let key = (function, name.to_vec());
            if let Some(known) = self.memo.masks.borrow().get(&key) {
                return *known;
            }
            let found = find();
            self.memo.masks.borrow_mut().insert(key, found);
            found
        };
        masks::origin(self.unit, index, tokens, &constant, &remembered)
    }

    /// Whether a call block of the tables renames `cuda` in the call at token `index`, or reports it as a `manual`
    /// finding. It does so too if the arguments that it changes are not certain.
    pub(crate) fn call_is_replaced(&self, index: usize, cuda: &str) -> bool {
        let replaces = |block: &CallBlock| !block.to.is_empty() || block.level == Level::Manual;
        let blocks = self.context.rules.calls(cuda.as_bytes());
        let has_block = |call: Call| {
            let stays = |block: &CallBlock| replaces(block) || !call.arguments_are_certain();
            blocks.iter().any(|block| stays(block) && self.applies(&call, block))
        };
        self.may_apply(index, &mut blocks.iter()) && call_site::call(self.unit, index).is_some_and(has_block)
    }

    /// Whether the token `index` is in an argument that a call block leaves out. Arguments of nested calls are not searched.
    pub(crate) fn is_left_out(&self, index: usize) -> bool {
        const MOST_TOKENS: usize = 256;
        let tokens = self.unit.tokens();
        let mut depth = 0_usize;
        for at in (index.saturating_sub(MOST_TOKENS)..index).rev() {
            match &tokens[at] {
                token if token.is_punct(b')') => depth += 1,
                token if token.is_punct(b'(') && depth > 0 => depth -= 1,
                token if token.is_punct(b'(') => {
                    return at > 0 && self.leaves_out(at - 1, tokens[index].span());
                }
                token if token.is_punct(b';') || token.is_punct(b'{') => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether a call block for the function at token `callee` leaves out the argument with `span`.
    fn leaves_out(&self, callee: usize, span: Span) -> bool {
        let blocks = self.context.rules.calls(self.unit.text(&self.unit.tokens()[callee]));
        if blocks.iter().all(|block| block.to.is_empty()) || self.is_own_function(callee) {
            return false;
        }
        let Some(call) = call_site::call(self.unit, callee) else { return false };
        let holds = |argument: &Span| argument.start <= span.start && span.end <= argument.end;
        let Some(argument) = call.arguments.iter().position(holds) else { return false };
        let is_used = |block: &CallBlock| {
            let numbers = block.to.split('$').skip(1);
            let mut numbers = numbers.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
            numbers.any(|number| number.and_then(|number| number.parse().ok()) == Some(argument + 1))
        };
        let applied = |block: &&CallBlock| block.level != Level::Manual && self.applies(&call, block);
        call.arguments_are_certain()
            && blocks.iter().find(applied).is_some_and(|block| !block.to.is_empty() && !is_used(block))
    }

    /// Whether one of `blocks` may apply to the call at token `index`. The tokens answer, so that no tree is parsed for a call
    /// with another number of arguments.
    pub(crate) fn may_apply(&self, index: usize, blocks: &mut dyn Iterator<Item = &CallBlock>) -> bool {
        let mut blocks = blocks.filter(|block| self.is_for_target(block)).peekable();
        let count = blocks.peek().and_then(|_| call_site::certain_count(self.unit, index));
        blocks.any(|block| count.is_none_or(|count| has_count(block, count)))
    }

    /// The function of the support header that replaces `name`, which the token `index` uses, because a GPU of the target
    /// has no texture units. `None` for surfaces that are references, and for rare fetches from texture references: they have
    /// no functions there.
    pub(crate) fn without_images(&self, index: usize, name: &Name) -> Option<&'static str> {
        let unit = self.unit;
        // A build for HIP of the project creates its textures as HIP does, so its fetches stay as well.
        if name.without_images.is_empty()
            || unit.is_hip()
            || self.context.target.without_images().is_empty()
            || self.context.project.own_hip.covers(&unit.source.path)
        {
            return None;
        }
        let is_for_arrays =
            self.context.index.allocates_arrays() || !is_in(list::ARRAY_OR_POINTER, name.cuda);
        let is_for_objects = name.kind != Kind::DeviceFunction || has_fetch(unit, index);
        (is_for_arrays && is_for_objects).then_some(name.without_images)
    }

    /// Whether `block` applies to `call`: its condition, the number of arguments and the releases of CUDA and ROCm match.
    pub(crate) fn applies(&self, call: &Call, block: &CallBlock) -> bool {
        let is_there = |(place, text): (u8, &str)| {
            let argument = call.arguments.get(usize::from(place));
            argument.is_some_and(|span| self.unit.source.bytes[span.range()] == *text.as_bytes())
        };
        has_count(block, call.arguments.len())
            && self.is_for_target(block)
            && block.when.is_none_or(is_there)
            && (!block.in_c || self.unit.is_c())
    }

    fn is_for_target(&self, block: &CallBlock) -> bool {
        let target = &self.context.target;
        let rocm = block.rocm_since.is_none_or(|since| since <= target.rocm)
            && block.rocm_until.is_none_or(|until| target.rocm < until);
        let cuda = block.cuda_since.is_none_or(|since| target.cuda.is_some_and(|cuda| since <= cuda))
            && block.cuda_until.is_none_or(|until| target.cuda.is_none_or(|cuda| cuda < until));
        rocm && cuda
    }
}

/// Whether `block` is about calls with `count` arguments.
fn has_count(block: &CallBlock, count: usize) -> bool {
    block.arguments.is_none_or(|wanted| count == usize::from(wanted))
}

fn is_in(words: &[&str], word: &str) -> bool {
    words.contains(&word)
}

/// Whether the support header has the fetch at token `index`. A fetch is from an object if it has template arguments, or
/// writes its result through its first argument. A write to a surface looks the same for objects and references, so the file
/// must not declare references.
fn has_fetch(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let follows = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let declares =
        |word: &[u8]| unit.places(word, 0..tokens.len()).iter().any(|&at| follows(at as usize + 1, b'<'));
    let is_write = unit.text(&tokens[index]).ends_with(b"write");
    follows(index + 1, b'<')
        || (follows(index + 1, b'(') && follows(index + 2, b'&'))
        || (follows(index + 1, b'(') && list::has(list::REFERENCE_FETCHES, unit.text(&tokens[index])))
        || (is_write && !declares(b"surface"))
}
