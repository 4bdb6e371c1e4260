//! Advice on efficiency that needs no compiler: signs in the source that are strong enough to report without measuring.
//!
//! It refuses values that can change: a size or pointer that it cannot follow gives no advice.

mod divisors;
mod launched;
mod literals;
mod tiles;

pub use divisors::constant_divisor;
pub use tiles::shared_bytes;

use tranship_rules::{RuleName, architecture, rule};

use crate::cpp::blocks::{Block, block_of, grid_of};
use crate::cpp::call_site::{arguments, is_free};
use crate::cpp::constants::{Constant, well_known};
use crate::cpp::functions::Function;
use crate::cpp::{TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Context;
use crate::text::{Edit, Span};

/// The advice on `unit`, ordered by place.
pub fn advice(unit: &Unit, context: &Context) -> Vec<Finding> {
    let mut found = partial_waves(unit, context);
    found.extend(pageable_copies(unit, context));
    found.extend(tiles::bank_conflicts(unit, context));
    found.extend(launched::idle_units(unit, context));
    found.extend(launched::waits_in_loops(unit, context));
    found.extend(launched::small_launches(unit, context));
    found.extend(literals::double_literals(unit, context));
    found.sort_by_key(|finding| finding.span);
    found
}

/// The value of a constant in `unit` or in the project.
pub fn constant(unit: &Unit, context: &Context, word: &[u8]) -> Option<Constant> {
    let here = well_known(word).or_else(|| unit.constants().value(unit, word));
    here.or_else(|| context.index.constant(word))
}

/// The value of a constant at token `at`; `None` for a template parameter of the function there, which hides constants.
pub fn constant_at(unit: &Unit, context: &Context, at: usize, word: &[u8]) -> Option<Constant> {
    let token = unit.tokens().get(at)?;
    let is_parameter =
        unit.function_at(token.start).is_some_and(|function| is_template_parameter(unit, function, word));
    if is_parameter { None } else { constant(unit, context, word) }
}

/// Whether `word` is a template parameter of `function`.
pub fn is_template_parameter(unit: &Unit, function: &Function, word: &[u8]) -> bool {
    let tokens = unit.tokens();
    let is_first = function.head.clone().next().is_some_and(|at| unit.is_word(at, "template"));
    let names = |at: usize| {
        unit.text(&tokens[at]) == word
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.is_punct(b',') || next.is_punct(b'>') || next.is_punct(b'='))
            && tokens[at - 1].kind == TokenKind::Identifier
    };
    is_first && function.head.clone().skip(2).any(names)
}

/// The edits that write an `f` behind the literals of type `double` within `lines`.
pub fn single_literals(unit: &Unit, lines: &[Span]) -> Vec<Edit> {
    let tokens = unit.tokens();
    let within = |at: u32| lines.iter().any(|line| (line.start..line.end).contains(&at));
    let is_literal = |token: &&crate::cpp::Token| {
        token.kind == TokenKind::Number
            && within(token.start)
            && literals::is_double(&unit.slice(token.span()))
    };
    tokens.iter().filter(is_literal).map(|token| Edit::insert(token.end, "f")).collect()
}

/// A finding of `rule` at `span`, if the tables have the rule.
pub fn finding(rule: RuleName, span: Span, context: &Context) -> Option<Finding> {
    context.rules.named(rule).map(|rule| Finding::of(rule, span))
}

/// Launches with blocks that have a part of a wave on a target. A block of one thread is meant as serial code, and a grid of
/// one block leaves nearly all of the GPU idle anyway.
fn partial_waves(unit: &Unit, context: &Context) -> Vec<Finding> {
    let one = |launch: &crate::cpp::launches::Launch| {
        let lookup = |word: &[u8]| constant_at(unit, context, launch.open.start, word);
        let block = block_of(unit, launch, &lookup)?;
        if grid_of(unit, launch, &lookup) == Some([1; 3]) {
            return None;
        }
        let archs: Vec<_> = context.target.archs.iter().filter(|arch| has_part(block, arch)).collect();
        let first = archs.first()?;
        let threads: u32 = block.iter().product();
        let wave = architecture(first)?.wave;
        let named: Vec<_> = archs.iter().map(|arch| arch.as_str()).collect();
        let idle = threads.next_multiple_of(wave) - threads;
        let what = format!(
            "a block has {threads} threads, so {idle} of the {} lanes of its waves are idle on {}",
            threads.next_multiple_of(wave),
            named.join(", ")
        );
        finding(rule::PARTIAL_WAVE, unit.span_of(launch.config.get(1)?.clone()), context)
            .map(|finding| finding.saying(what))
    };
    unit.all_launches().iter().filter_map(one).collect()
}

/// Whether at least an eighth of the lanes of the last wave of `block` is idle on `arch`.
fn has_part(block: Block, arch: &str) -> bool {
    let threads = block.iter().try_fold(1_u32, |all, &size| all.checked_mul(size));
    let Some((threads, known)) = threads.zip(architecture(arch)) else { return false };
    let idle = threads.next_multiple_of(known.wave) - threads;
    (2..=1024).contains(&threads) && idle * 8 >= threads.next_multiple_of(known.wave)
}

/// The asynchronous copies, each with the argument that is in host memory if the direction is the other word.
const COPIES: [&str; 2] = ["cudaMemcpyAsync", "hipMemcpyAsync"];

/// Asynchronous copies whose host memory the same function allocates with `malloc`, `calloc` or `new`.
fn pageable_copies(unit: &Unit, context: &Context) -> Vec<Finding> {
    let one = |index: usize| {
        let arguments = arguments(unit, index)?;
        let direction = unit.text(unit.tokens().get(arguments.get(3)?.clone().last()?)?);
        let host = match direction {
            b"cudaMemcpyHostToDevice" | b"hipMemcpyHostToDevice" => arguments.get(1)?,
            b"cudaMemcpyDeviceToHost" | b"hipMemcpyDeviceToHost" => arguments.first()?,
            _ => return None,
        };
        let function = unit.function_at(unit.tokens()[index].start)?;
        let name = unit.text(&unit.tokens()[host.start]);
        let is_name = host.len() == 1 && unit.tokens()[host.start].kind == TokenKind::Identifier;
        if !is_name || !is_pageable(unit, function, name) {
            return None;
        }
        let end = (index..function.body.end).find(|&at| unit.tokens()[at].is_punct(b';'))?;
        let next = end + 1..function.body.end.min(end + 8);
        if next.clone().any(|at| {
            unit.tokens()[at].kind == TokenKind::Identifier && word(unit, at).contains("ynchronize")
        }) {
            return None;
        }
        let what =
            format!("`{}` is asynchronous, and `{}` is pageable", word(unit, index), word(unit, host.start));
        finding(rule::PAGEABLE_COPY, unit.tokens()[index].span(), context).map(|finding| finding.saying(what))
    };
    let is_copy =
        |&index: &usize| COPIES.iter().any(|copy| unit.is_word(index, copy)) && is_free(unit, index);
    (0..unit.tokens().len()).filter(is_copy).filter_map(one).collect()
}

fn word(unit: &Unit, index: usize) -> String {
    unit.slice(unit.tokens()[index].span()).into_owned()
}

/// Whether `function` gives `name` memory of the host that is not pinned, and only such memory.
fn is_pageable(unit: &Unit, function: &Function, name: &[u8]) -> bool {
    let tokens = unit.tokens();
    let mut pageable = false;
    for at in function.body.clone().filter(|&at| unit.text(&tokens[at]) == name) {
        let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        // The address may go to `cudaMallocHost`, and a registered pointer is pinned.
        let registers = ["cudaHostRegister", "hipHostRegister"];
        let is_argument_of = |call: &&str| at >= 2 && unit.is_word(at - 2, call);
        if before.is_some_and(|token| token.is_punct(b'&')) || registers.iter().any(is_argument_of) {
            return false;
        }
        if is(at + 1, b'=') && !is(at + 2, b'=') {
            let value = (at + 2..function.body.end).take_while(|&at| !is(at, b';') && !is(at, b','));
            let allocates = |at: usize| ["malloc", "calloc", "new"].iter().any(|word| unit.is_word(at, word));
            if !value.into_iter().any(allocates) {
                return false;
            }
            pageable = true;
        }
    }
    pageable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rules;
    use crate::source::Source;

    /// Checks the rules of the advice on `code` for gfx942.
    fn check(code: &str, expected: &[&str]) {
        let context = Context::new(Rules::builtin());
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &context.guards);
        let found: Vec<_> = advice(&unit, &context).into_iter().map(|finding| finding.rule).collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn a_part_of_a_wave_is_idle() {
        check("void f(int m) { k<<<m, 32>>>(); }", &["partial-wave"]);
        check("void f(int m) { k<<<m, dim3(10, 10)>>>(); }", &["partial-wave"]);
        check("void f(int m) { dim3 b(8, 4); k<<<m, b>>>(); }", &["partial-wave"]);
        check("void f(int m) { k<<<m, 64>>>(); k<<<m, 256>>>(); k<<<m, dim3(16, 16)>>>(); }", &[]);
        check("void f(int m) { k<<<m, 1>>>(); k<<<1, 32>>>(); }", &[]);
        check("void f(int n) { k<<<n, n>>>(); }", &[]);
        // 1,000 of 1,024 lanes have a thread.
        check("void f(int m) { k<<<m, 1000>>>(); }", &[]);
    }

    #[test]
    fn columns_of_a_tile_are_in_one_bank() {
        let kernel = |size: &str, body: &str| {
            format!(
                "__global__ void k(float *p, int n) {{ __shared__ float t{size}; int x = threadIdx.x, y = threadIdx.y; {body} }}"
            )
        };
        let both = "t[y][x] = p[n]; __syncthreads(); p[n] = t[x][y];";
        // 32 floats are 32 banks, so all elements of a column are in one bank.
        check(&kernel("[32][32]", both), &["bank-conflict"]);
        // The row of 16 floats is half of the banks: each second element has the same bank, of 16 rows.
        check(&kernel("[16][16]", both), &["bank-conflict"]);
        check(&kernel("[32][33]", both), &[]);
        check(&kernel("[32][32 + 1]", both), &[]);
        check(&kernel("[4][32]", both), &[]);
        check(&kernel("[32][32]", "t[y][x] = p[n]; p[n] = t[y][n] * t[n][x];"), &[]);
        check(&kernel("[32][32]", "t[x][y] = p[n]; p[n] = t[x][n];"), &[]);
        check(&kernel("[32][32]", "t[y][x] = p[n]; if (x == 0) p[n] = t[x][y];"), &[]);
        check(&kernel("[32][32]", "t[y][x] = p[n]; if (x == 0) { p[n] = t[x][y]; }"), &[]);
        // A pointer to the tile depends on its layout.
        check(&kernel("[32][32]", &format!("{both} float *q = &t[0][0]; q[n] = t;")), &[]);
    }

    #[test]
    fn grids_with_few_blocks() {
        check("void f() { k<<<16, 256>>>(); }", &["idle-units"]);
        check("void f() { dim3 g(4, 4); dim3 b(16, 16); k<<<g, b>>>(); }", &["idle-units"]);
        // The smallest product with gfx942 has 228 units.
        check("void f() { k<<<114, 256>>>(); k<<<115, 256>>>(); }", &["idle-units"]);
        check("void f(int n) { k<<<1, 256>>>(); k<<<n, 256>>>(); }", &[]);
        check("void f(cudaStream_t s) { k<<<16, 256, 0, s>>>(); }", &[]);
    }

    #[test]
    fn a_launch_of_one_block_in_each_turn() {
        let check = |body: &str, expected: &[&str]| {
            check(&format!("void f(int n) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"), expected);
        };
        check("k<<<1, 256>>>(i);", &["small-launches"]);
        check("k<<<1, 256>>>(i); m<<<1, 64>>>(i);", &["small-launches"]);
        check("k<<<n, 256>>>(i); m<<<1, 64>>>(i);", &[]);
        check("k<<<1, 256, 0, streams[i]>>>(i);", &[]);
        check("k<<<1, 256>>>(i); cudaMemcpy(h, d, 4, cudaMemcpyDeviceToHost);", &[]);
        check("k<<<1, 1>>>(i);", &[]);
        check("if (i == 3) { k<<<1, 256>>>(i); }", &[]);
    }

    #[test]
    fn literals_that_make_arithmetic_double() {
        let check = |body: &str, expected: &[&str]| {
            check(
                &format!(
                    "__global__ void k(float *p, const float *__restrict__ q, int i) {{ float x = q[i]; {body} }}"
                ),
                expected,
            );
        };
        check("p[i] = x * 0.1;", &["double-literal"]);
        check("p[i] = 1e-3 * q[i] + 0.7 - x;", &["double-literal"]);
        // The product with 0.5 is exact, so the compiler computes it in single precision.
        check("p[i] = x * 0.5 + 2.0;", &[]);
        check("p[i] = x * 0.1f;", &[]);
        check("double y = 3; p[i] = x * 0.1 + y;", &[]);
        check("p[i] = s.x * 0.1;", &[]);
        check("p[i] = x > 0.1;", &[]);
        check("p[i] = i * 0.1;", &[]);
    }

    #[test]
    fn a_wait_in_each_turn_of_a_loop() {
        let check = |body: &str, expected: &[&str]| {
            check(&format!("void f(int n) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"), expected);
        };
        check("k<<<n, 256>>>(); cudaDeviceSynchronize();", &["sync-in-loop"]);
        check("k<<<n, 256>>>(); CHECK(cudaDeviceSynchronize());", &["sync-in-loop"]);
        check("k<<<n, 256>>>(); if (debug) { cudaDeviceSynchronize(); }", &[]);
        check("k<<<n, 256>>>(); cudaDeviceSynchronize(); cudaMemcpy(h, d, 4, cudaMemcpyDeviceToHost);", &[]);
        check("k<<<n, 256>>>(); cudaDeviceSynchronize(); stopTimer();", &[]);
        // Freeing memory waits too.
        check("k<<<n, 256>>>(); cudaDeviceSynchronize(); cudaFree(p);", &[]);
        check("work(); cudaDeviceSynchronize();", &[]);
    }

    #[test]
    fn pageable_memory_in_asynchronous_copies() {
        let copy = "cudaMemcpyAsync(d, h, 4, cudaMemcpyHostToDevice, s);";
        let back = "cudaMemcpyAsync(h, d, 4, cudaMemcpyDeviceToHost, s);";
        check(&format!("void f() {{ float *h = (float *)malloc(4); {copy} {back} }}"), &["pageable-copy"; 2]);
        check(&format!("void f() {{ float *h = new float[4]; {copy} }}"), &["pageable-copy"]);
        check(&format!("void f(float *h) {{ {copy} }}"), &[]);
        check(&format!("void f() {{ float *h; cudaMallocHost(&h, 4); {copy} }}"), &[]);
        check(&format!("void f() {{ float *h = new float[4]; cudaHostRegister(h, 4, 0); {copy} }}"), &[]);
        check(&format!("void f() {{ float *h = new float[4]; h = pinned(); {copy} }}"), &[]);
        check(
            "void f() { float *d = (float *)malloc(4); cudaMemcpyAsync(d, h, 4, cudaMemcpyHostToDevice); }",
            &[],
        );
    }
}
