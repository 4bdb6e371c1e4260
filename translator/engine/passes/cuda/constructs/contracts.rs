//! Names that exist in HIP with another contract: enumerators made from numbers, argument types of library calls,
//! limits of a launch, and device code that is loaded at run time.
//!
//! It checks only values that the source shows: a number, a constant, a string. Computed values are not reported.

use std::ops::Range;

use tranship_rules::{Kind, Release, Rule, list, rule};

use super::compared;
use crate::cpp::call_site as site;
use crate::cpp::constants::evaluate;
use crate::cpp::declared::{declared, declared_anywhere};
use crate::cpp::keywords::is_no_type;
use crate::cpp::launches::{Launch, split_arguments};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// Checks the name of an enumeration with numbers that differ in HIP: whether a number is cast to it.
pub(crate) fn enumerator_from_number(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(operand) = operand(unit, index) else { return compared_with_number(pass, index, rule) };
    // An enumerator of the library has the right value under either library.
    let is_enumerator = |token: &Token| {
        let word = unit.text(token);
        let row = pass.context.rules.name(word);
        token.kind == TokenKind::Identifier
            && (row.is_some_and(|row| row.kind == Kind::Value)
                || ["HIP", "hip"].iter().any(|prefix| word.starts_with(prefix.as_bytes())))
    };
    if unit.tokens()[operand.clone()].iter().any(is_enumerator) {
        return;
    }
    let name = unit.slice(unit.tokens()[index].span());
    let numbers = Numbers::of(&cuda_names(pass, rule, &name), pass.context.target.rocm);
    let what = match number(pass, operand) {
        Some(value) if numbers.other.contains(&value) => {
            format!("{value} becomes a `{name}`, and the enumerator has another number on ROCm")
        }
        None if numbers.are_most => format!("a number becomes a `{name}`, whose numbers differ on ROCm"),
        _ => return,
    };
    pass.report(Finding::of(rule, unit.tokens()[index].span()).saying(what));
}

/// Reports numbers that are compared with a variable of the enumeration at token `index`.
fn compared_with_number(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let compared = compared::numbers(pass, index);
    if compared.is_empty() {
        return;
    }
    let name = unit.slice(unit.tokens()[index].span());
    let numbers = Numbers::of(&cuda_names(pass, rule, &name), pass.context.target.rocm);
    for (at, value) in compared.into_iter().filter(|(_, value)| numbers.other.contains(value)) {
        let what =
            format!("a `{name}` is compared with {value}, and the enumerator has another number on ROCm");
        pass.report(Finding::of(rule, unit.tokens()[at].span()).saying(what));
    }
}

/// The identifiers of `rule` that `name` is or, in code that is HIP already, that it comes from.
fn cuda_names(pass: &Pass, rule: &'static Rule, name: &str) -> Vec<&'static str> {
    let is_from = |cuda: &&'static str| {
        let row = pass.context.rules.name(cuda.as_bytes());
        *cuda == name || row.is_some_and(|row| row.spellings.iter().any(|spelling| spelling.hip == name))
    };
    rule.identifiers.iter().copied().filter(is_from).collect()
}

/// The numbers of an enumeration of CUDA that differ on ROCm.
#[derive(Default)]
struct Numbers {
    /// Whether at least half of its numbers differ, so that a number that is not known is likely to be wrong.
    are_most: bool,
    other: Vec<i64>,
}

impl Numbers {
    /// The lines of the list for the `names` of CUDA that hold for a release of ROCm.
    fn of(names: &[&str], rocm: Release) -> Self {
        let mut numbers = Self::default();
        for line in list::ENUMERATION_NUMBERS {
            let mut words = line.split(' ');
            if !words.next().is_some_and(|word| names.contains(&word)) {
                continue;
            }
            match words.next() {
                Some("once") if rocm >= FIRST_OF_THE_NEW_NUMBERS => continue,
                Some("most") => numbers.are_most = true,
                _ => {}
            }
            numbers.other.extend(words.filter_map(|word| word.parse::<i64>().ok()));
        }
        numbers
    }
}

/// Numbers that the list calls `once` differ in ROCm 5.2 and 5.3, and are those of CUDA in 6.4, the next release whose
/// headers were compared.
const FIRST_OF_THE_NEW_NUMBERS: Release = Release::new(6, 4);

/// Checks whether values in braces initialize a structure whose members are in another order on ROCm.
pub(crate) fn members_in_braces(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let mut at = index + 1;
    if tokens.get(at).is_some_and(|token| token.kind == TokenKind::Identifier) {
        at += 1;
    }
    at += usize::from(is(at, b'='));
    if !is(at, b'{') {
        return;
    }
    let Some(close) = unit.lexed.close_of(at, tokens.len()) else { return };
    let mut depth = 0;
    let has_two = tokens[at + 1..close].iter().zip(&tokens[at + 2..=close]).any(|(token, next)| {
        depth += i32::from(["(", "[", "{"].iter().any(|open| unit.text(token) == open.as_bytes()));
        depth -= i32::from([")", "]", "}"].iter().any(|shut| unit.text(token) == shut.as_bytes()));
        depth == 0 && token.is_punct(b',') && !next.is_punct(b'}')
    });
    if has_two && !is(at + 1, b'.') {
        let name = unit.slice(tokens[index].span());
        let what =
            format!("values in braces initialize a `{name}`, whose members are in another order on ROCm");
        pass.report(Finding::of(rule, tokens[index].span()).saying(what));
    }
}

/// The most tokens of an operand; a longer one is not checked.
const LONGEST: usize = 64;

/// The tokens that are cast to the type at token `index`: `(type)x`, `static_cast<type>(x)` or `type(x)`.
pub(super) fn operand(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let before = index.checked_sub(1)?;
    let inside = |open: usize| {
        let close = unit.lexed.close_of(open, tokens.len())?;
        (close - open <= LONGEST && close > open + 1).then_some(open + 1..close)
    };
    if is(before, b'<') && is(index + 1, b'>') && is(index + 2, b'(') {
        return unit.is_word(before.checked_sub(1)?, "static_cast").then(|| inside(index + 2)).flatten();
    }
    if is(before, b'(') && is(index + 1, b')') {
        let follows_name = before.checked_sub(1).is_some_and(|at| {
            tokens[at].kind == TokenKind::Identifier && !is_no_type(unit.text(&tokens[at]))
        });
        let next = tokens.get(index + 2)?;
        return match next.kind {
            _ if follows_name => None,
            TokenKind::Number | TokenKind::Identifier => Some(index + 2..index + 3),
            _ if next.is_punct(b'(') => inside(index + 2),
            _ => None,
        };
    }
    let follows_type =
        tokens[before].kind == TokenKind::Identifier && !is_no_type(unit.text(&tokens[before]));
    let is_call = is(index + 1, b'(') && !is(index + 2, b'*') && !follows_type;
    is_call.then(|| inside(index + 1)).flatten()
}

/// Checks whether a function that takes pointers to constant data in CUDA alone is given constant data.
pub(crate) fn constant_argument(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    let Some(function) = unit.function_at(unit.tokens()[index].start) else { return };
    let name = unit.slice(unit.tokens()[index].span());
    let names = cuda_names(pass, rule, &name);
    for line in list::CONSTANT_ARGUMENTS {
        let words: Vec<&str> = line.split(' ').collect();
        let until = words.get(2).and_then(|until| until.parse::<Release>().ok());
        if !names.contains(&words[0]) || until.is_some_and(|until| pass.context.target.rocm >= until) {
            continue;
        }
        let Some(argument) = words.get(1).and_then(|at| arguments.get(at.parse::<usize>().ok()?)) else {
            continue;
        };
        // Only a variable shows its type: `x` or `&x`.
        let tokens = &unit.tokens()[argument.clone()];
        let (variable, at) = match tokens {
            [one] => (one, argument.start),
            [and, one] if and.is_punct(b'&') => (one, argument.start + 1),
            _ => continue,
        };
        let is_constant = declared(unit, function, unit.text(variable), at)
            .is_some_and(|declared| unit.tokens()[declared].iter().any(|token| unit.text(token) == b"const"));
        if is_constant {
            let shown = unit.slice(variable.span());
            let what = format!("`{name}` is given constant data: `{shown}`");
            pass.report(Finding::of(rule, variable.span()).saying(what));
        }
    }
}

/// Checks whether advice or a prefetch is given a location, as in CUDA 13, and passes the number of the device instead. A
/// prefetch without a stream loses its flags, which CUDA reserves and which must be 0.
pub(crate) fn memory_location(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let name = unit.slice(unit.tokens()[index].span());
    let Some(arguments) = site::arguments(unit, index) else { return };
    let Some(function) = unit.function_at(unit.tokens()[index].start) else { return };
    let is_prefetch = name.contains("Prefetch");
    let [_, size, third, fourth] = arguments.as_slice() else { return };
    let location = if is_prefetch { third } else { fourth };
    let [variable] = &unit.tokens()[location.clone()] else { return };
    let is_location = declared(unit, function, unit.text(variable), location.start).is_some_and(|declared| {
        let names = [b"cudaMemLocation".as_slice(), b"CUmemLocation", b"hipMemLocation"];
        unit.tokens()[declared].iter().any(|token| names.contains(&unit.text(token)))
    });
    if !is_location || size.is_empty() || pass.call_is_replaced(index, &name) {
        return;
    }
    let shown = unit.slice(variable.span());
    let what = format!("`{name}` is given a location: `{shown}`");
    let number = format!("{shown}.type == hipMemLocationTypeDevice ? {shown}.id : hipCpuDeviceId");
    let mut edits = vec![Edit::replace(variable.span(), number)];
    if is_prefetch {
        let end = unit.span_of(third.clone()).end;
        edits.push(Edit::remove(Span::new(end, unit.span_of(fourth.clone()).end)));
    }
    pass.report(Finding::of(rule, variable.span()).saying(what).with(Fix::Many(edits)));
}

/// Checks whether the compute type of a matrix product is a type of data, and writes the compute type that it stands for.
pub(crate) fn compute_type(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    if pass.context.target.rocm < Release::new(6, 0) {
        return types_of_hipblas(pass, index, &arguments, rule);
    }
    let Some(at) = arguments.len().checked_sub(2) else { return };
    if let [one] = &unit.tokens()[arguments[at].clone()]
        && ["CUDA_R_", "CUDA_C_", "HIP_R_", "HIP_C_"]
            .iter()
            .any(|prefix| unit.text(one).starts_with(prefix.as_bytes()))
    {
        let name = unit.slice(unit.tokens()[index].span());
        let shown = unit.slice(one.span());
        let what = format!("the compute type of `{name}` is the data type `{shown}`");
        let fix = pass
            .compute_type(arguments[at].start)
            .map_or(Fix::None, |spelling| Fix::One(Edit::replace(one.span(), spelling)));
        let finding = Finding::of(rule, one.span()).saying(what);
        pass.report(finding.with(fix));
    }
}

/// Writes the types of a matrix product for a release of hipBLAS whose types of data are also its compute types. A type that
/// the call does not show has to change where it is declared.
fn types_of_hipblas(pass: &mut Pass, index: usize, arguments: &[Range<usize>], rule: &'static Rule) {
    let unit = pass.unit;
    let is_type = |argument: &&Range<usize>| {
        let word = unit.text(&unit.tokens()[argument.start]);
        ["CUDA_R_", "CUDA_C_", "HIP_R_", "HIP_C_", "CUBLAS_COMPUTE_", "HIPBLAS_COMPUTE_"]
            .iter()
            .any(|prefix| word.starts_with(prefix.as_bytes()))
    };
    let types: Vec<_> = arguments.iter().filter(is_type).collect();
    if types.is_empty() {
        return;
    }
    let renamed = |argument: &&Range<usize>| {
        let spelling = pass.compute_type(argument.start)?;
        let row = pass.context.rules.name(unit.text(&unit.tokens()[argument.start]))?;
        Some(Finding::rename(row, unit.tokens()[argument.start].span(), spelling))
    };
    let renamed: Option<Vec<Finding>> = types.iter().map(renamed).collect();
    if let Some(renamed) = renamed {
        return pass.report_all(renamed);
    }
    let name = unit.slice(unit.tokens()[index].span());
    let what = format!("`{name}` gets types of data of CUDA, and hipBLAS has its own before ROCm 6.0");
    let todo = "write `HIPBLAS_R_16F`, `HIPBLAS_R_32F` and similar for each type, and for the compute type";
    pass.report(Finding::of(rule, unit.tokens()[index].span()).saying(what).advising(todo));
}

/// Checks a product of half-precision matrices, unless the file defines the macro for HIP's type, or the project
/// defines HIP's function as a macro that converts the pointers. The tables have the casts for calls with all arguments.
pub(crate) fn half_matrix(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let all = 0..unit.tokens().len();
    let name = unit.slice(unit.tokens()[index].span());
    let hip = name.replacen("cublas", "hipblas", usize::from(name.starts_with("cublas")));
    let Some(arguments) = site::arguments(unit, index) else { return };
    let is_cast = arguments.into_iter().flatten().any(|at| unit.is_word(at, "hipblasHalf"));
    if !is_cast
        && !pass.may_apply(index, &mut pass.context.rules.calls(name.as_bytes()).iter())
        && unit.places(b"HIPBLAS_USE_HIP_HALF", all).is_empty()
        && !pass.context.index.is_macro(hip.as_bytes())
    {
        let what = format!("`{name}` has parameters of type `hipblasHalf`");
        pass.report(Finding::of(rule, unit.tokens()[index].span()).saying(what));
    }
}

/// Checks the lists of texts that NVRTC gets: a variable of another type than `const char *[]` or `const char **` gets a cast.
pub(crate) fn rtc_options(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(arguments) = site::arguments(unit, index) else { return };
    let lists = arguments.iter().skip(if arguments.len() == 3 { 2 } else { 4 });
    let casts = lists.filter(|list| list.len() == 1 && needs_cast(unit, list.start)).flat_map(|list| {
        let span = unit.span_of(list.clone());
        [Edit::insert(span.start, "(const char **)("), Edit::insert(span.end, ")")]
    });
    let edits: Vec<Edit> = casts.collect();
    if !edits.is_empty() {
        pass.report(Finding::of(rule, tokens[index].span()).with(Fix::Many(edits)));
    }
}

/// Whether the variable at token `name` is declared as a list of texts that does not convert to `const char **`: the texts are
/// not `const`, or the list itself is.
fn needs_cast(unit: &Unit, name: usize) -> bool {
    let tokens = unit.tokens();
    let Some(kind) = declared_anywhere(unit, unit.text(&tokens[name]), name) else { return false };
    let shape: Vec<&[u8]> = tokens[kind].iter().map(|token| unit.text(token)).collect();
    matches!(
        shape.iter().filter(|word| **word != b"static").copied().collect::<Vec<_>>().as_slice(),
        [b"char", b"*"]
            | [b"char", b"*", b"*"]
            | [b"const", b"char", b"*", b"const"]
            | [b"const", b"char", b"*", b"const", b"*"]
            | [b"char", b"const", b"*", b"const"]
    )
}

/// Checks a call that loads or links device code: whether the code is PTX or a cubin for NVIDIA's GPUs.
pub(crate) fn loaded_code(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    let mut tokens = arguments.into_iter().flatten().map(|at| &unit.tokens()[at]);
    let found = tokens.find(|token| {
        let text = unit.text(token);
        match token.kind {
            TokenKind::String => {
                [".ptx\"", ".cubin\"", ".fatbin\""].iter().any(|end| text.ends_with(end.as_bytes()))
            }
            TokenKind::Identifier => {
                let word = text.to_ascii_uppercase();
                ["INPUT_PTX", "INPUTPTX", "INPUT_CUBIN", "INPUTCUBIN"]
                    .iter()
                    .any(|end| word.ends_with(end.as_bytes()))
            }
            _ => false,
        }
    });
    if let Some(token) = found {
        let what = format!(
            "`{}` loads code for NVIDIA's GPUs: `{}`",
            unit.slice(unit.tokens()[index].span()),
            unit.slice(token.span())
        );
        pass.report(Finding::of(rule, token.span()).saying(what));
    }
}

/// Checks a call that raises the limit of shared memory of a kernel.
pub(crate) fn shared_memory(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    let [_, attribute, bytes] = arguments.as_slice() else { return };
    let names = |token: &Token| unit.text(token).ends_with(b"MaxDynamicSharedMemorySize");
    if unit.tokens()[attribute.clone()].iter().any(names) {
        too_much_shared_memory(pass, bytes.clone(), rule);
    }
}

/// Checks the numbers of a launch: the threads of the whole grid, and the shared memory of a block.
pub(crate) fn launch(pass: &mut Pass, launch: &Launch) {
    let unit = pass.unit;
    let [grid, block, rest @ ..] = launch.config.as_slice() else { return };
    let (blocks, threads) = (dimensions(pass, grid.clone()), dimensions(pass, block.clone()));
    let is_too_large = |at: &usize| {
        // A dimension that is not written has one block or thread. Each other number must be known.
        let size = |of: &[Option<i64>]| of.get(*at).copied().unwrap_or(Some(1));
        let product =
            size(&blocks).zip(size(&threads)).map(|(blocks, threads)| blocks.saturating_mul(threads));
        product.is_some_and(|product| product >= MOST_THREADS)
    };
    if let Some(at) = (0..blocks.len().max(threads.len())).find(is_too_large) {
        let size = |of: &[Option<i64>]| of.get(at).copied().flatten().unwrap_or(1);
        let (blocks, threads, axis) = (size(&blocks), size(&threads), ["x", "y", "z"][at.min(2)]);
        let what =
            format!("the launch has {blocks} blocks of {threads} threads in {axis}, 2^32 threads or more");
        pass.report_saying(rule::GRID_LIMIT, unit.span_of(grid.start..block.end), what);
    }
    let limit = pass.context.rules.named(rule::SHARED_MEMORY_LIMIT);
    if let (Some(bytes), Some(rule)) = (rest.first(), limit) {
        too_much_shared_memory(pass, bytes.clone(), rule);
    }
}

/// The sizes of a grid or block in x, y and z: a number, `dim3(...)`, or a variable that its declaration gives a value and
/// nothing else changes. A size without a known value is `None`.
fn dimensions(pass: &Pass, tokens: Range<usize>) -> Vec<Option<i64>> {
    let unit = pass.unit;
    let all = unit.tokens();
    let parts = match &all[tokens.clone()] {
        [name] if name.kind == TokenKind::Identifier => declared_dimensions(unit, tokens.start),
        [dim3, open, .., close] if unit.text(dim3) == b"dim3" && is_open(open) => {
            (unit.lexed.close_of(tokens.start + 1, all.len()) == Some(tokens.end - 1) && is_close(close))
                .then(|| split_arguments(&unit.lexed, tokens.start + 2..tokens.end - 1))
        }
        _ => None,
    };
    let parts = parts.unwrap_or_else(|| vec![tokens]);
    parts.into_iter().map(|part| number(pass, part)).collect()
}

fn is_open(token: &Token) -> bool {
    token.is_punct(b'(') || token.is_punct(b'{')
}

fn is_close(token: &Token) -> bool {
    token.is_punct(b')') || token.is_punct(b'}')
}

/// The arguments of `dim3 name(...)`, if the function uses the variable at token `index` nowhere else but as a whole.
fn declared_dimensions(unit: &Unit, index: usize) -> Option<Vec<Range<usize>>> {
    let tokens = unit.tokens();
    let function = unit.function_at(tokens[index].start)?;
    let places = unit.places(unit.text(&tokens[index]), function.body.clone());
    let first = *places.first()? as usize;
    let is_declared =
        first < index && unit.is_word(first.checked_sub(1)?, "dim3") && is_open(tokens.get(first + 1)?);
    let is_whole = |&at: &u32| {
        let follows = |byte| tokens.get(at as usize + 1).is_some_and(|token| token.is_punct(byte));
        !follows(b'.') && !follows(b'=') && !tokens[at as usize - 1].is_punct(b'&')
    };
    if !is_declared || !places.iter().all(is_whole) {
        return None;
    }
    let close = unit.lexed.close_of(first + 1, tokens.len())?;
    Some(split_arguments(&unit.lexed, first + 2..close))
}

/// HIP refuses this number of threads, or more, in one dimension of a grid.
const MOST_THREADS: i64 = 1 << 32;

fn too_much_shared_memory(pass: &mut Pass, tokens: Range<usize>, rule: &'static Rule) {
    let Some(limit) = pass.context.target.shared_memory() else { return };
    if let Some(bytes) = number(pass, tokens.clone()).filter(|bytes| *bytes > i64::from(limit)) {
        let what = format!("a block gets {bytes} bytes of shared memory; the target has {limit}");
        let span = pass.unit.span_of(tokens);
        pass.report(Finding::of(rule, span).saying(what));
    }
}

/// The value of the expression in `tokens`, if it is constant.
pub(super) fn number(pass: &Pass, tokens: Range<usize>) -> Option<i64> {
    if tokens.is_empty() {
        return None;
    }
    evaluate(pass.unit, tokens, &|word| pass.constant(word))?.value()
}
