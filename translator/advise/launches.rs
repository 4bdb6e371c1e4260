//! The largest block with which the project launches each kernel. It refuses kernels whose launches are not all known.

use std::collections::BTreeMap;
use std::ops::Range;

use tranship_engine::advice::constant;
use tranship_engine::cpp::blocks::block_of;
use tranship_engine::cpp::call_site::arguments;
use tranship_engine::cpp::constants::evaluate;
use tranship_engine::cpp::functions::Space;
use tranship_engine::cpp::launches::Launch;
use tranship_engine::cpp::{Token, TokenKind, Unit};
use tranship_engine::pass::Context;

/// The launches of a project by the name of the kernel, without namespaces and template arguments.
#[derive(Default)]
pub(super) struct Launches {
    /// The threads of the largest block; `None` if a launch has a block of unknown size.
    largest: BTreeMap<String, Option<u32>>,
    /// Bytes of the most shared memory that a launch adds; `None` if a launch has an unknown size.
    shared: BTreeMap<String, Option<u64>>,
}

impl Launches {
    /// Adds the launches in `unit`. A use of a kernel that is no launch, such as its address, makes its blocks unknown.
    pub(super) fn add(&mut self, unit: &Unit, context: &Context) {
        let lookup = |word: &[u8]| constant(unit, context, word);
        let mut launched: Vec<Range<usize>> = Vec::new();
        let mut all: Vec<Launch> = unit.all_launches().to_vec();
        all.extend((0..unit.tokens().len()).filter_map(|at| launch_by_macro(unit, at)));
        for launch in all {
            let Some(name) = name(unit, &launch) else { continue };
            let block = block_of(unit, &launch, &lookup);
            let threads =
                block.and_then(|block| block.iter().try_fold(1_u32, |all, &size| all.checked_mul(size)));
            self.note(&name, threads);
            let bytes = match launch.config.get(2) {
                None => Some(0),
                Some(bytes) => evaluate(unit, bytes.clone(), &lookup)
                    .and_then(tranship_engine::cpp::constants::Constant::value)
                    .and_then(|bytes| u64::try_from(bytes).ok()),
            };
            let entry = self.shared.entry(name).or_insert(Some(0));
            *entry = entry.zip(bytes).map(|(a, b)| a.max(b));
            launched.push(launch.callee.clone());
        }
        for at in 0..unit.tokens().len() {
            let token = &unit.tokens()[at];
            let is_name = token.kind == TokenKind::Identifier && !token.is(Token::DIRECTIVE);
            if is_name && !launched.iter().any(|callee| callee.contains(&at)) && is_other_use(unit, at) {
                self.largest.insert(text(unit, at), None);
            }
        }
    }

    fn note(&mut self, name: &str, threads: Option<u32>) {
        let entry = self.largest.entry(name.to_owned()).or_insert(Some(0));
        *entry = entry.zip(threads).map(|(a, b)| a.max(b));
    }

    /// Bytes of the most shared memory that the launches of the kernel `name` add; `None` if a launch has an unknown size.
    pub(super) fn added_memory(&self, name: &str) -> Option<u64> {
        self.largest(name).and(self.shared.get(name).copied().flatten())
    }

    /// The threads of the largest block of the kernel `name`, if all its launches are known.
    pub(super) fn largest(&self, name: &str) -> Option<u32> {
        self.largest.get(name).copied().flatten().filter(|&threads| threads > 0)
    }
}

fn text(unit: &Unit, at: usize) -> String {
    unit.slice(unit.tokens()[at].span()).into_owned()
}

/// The last name of the kernel of `launch`.
fn name(unit: &Unit, launch: &Launch) -> Option<String> {
    let end = launch.template_arguments(&unit.lexed).map_or(launch.callee.end, |list| list.start);
    let last =
        (launch.callee.start..end).rev().find(|&at| unit.tokens()[at].kind == TokenKind::Identifier)?;
    Some(text(unit, last))
}

/// The launch `hipLaunchKernelGGL(kernel, grid, block, ...)` at token `at`.
fn launch_by_macro(unit: &Unit, at: usize) -> Option<Launch> {
    if !unit.is_word(at, "hipLaunchKernelGGL") {
        return None;
    }
    let mut parts = arguments(unit, at)?.into_iter();
    let mut callee = parts.next()?;
    // `(kernel<int, 4>)` is in parentheses because of its comma.
    if unit.tokens()[callee.start].is_punct(b'(') {
        callee = callee.start + 1..callee.end.checked_sub(1)?;
    }
    let config: Vec<_> = parts.take(3).collect();
    (config.len() == 3).then_some(Launch { callee, open: at..at, config, close: at..at, arguments: None })
}

/// Whether token `at` uses a name as a value: neither a call, nor a declaration, nor a word before another word.
fn is_other_use(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let is_declared =
        before.is_some_and(|token| token.kind == TokenKind::Identifier && unit.text(token) != b"return");
    let next = tokens.get(at + 1);
    let is_call = next.is_some_and(|token| token.is_punct(b'(') || token.kind == TokenKind::Identifier);
    let is_kernel = || unit.functions().iter().any(|f| f.space == Space::Kernel && f.name == at);
    !is_declared && !is_call && !is_kernel()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tranship_engine::{Rules, Source};

    fn check(code: &str, expected: Option<u32>) {
        let context = Context::new(Rules::builtin());
        let source = Source::new("a.cu", code);
        let mut launches = Launches::default();
        launches.add(&Unit::new(&source, &context.guards), &context);
        assert_eq!(launches.largest("k"), expected, "{code}");
    }

    #[test]
    fn the_largest_block_of_all_launches() {
        let kernel = "__global__ void k(int *p) {}\n";
        check(
            &format!("{kernel}void f(int *p) {{ k<<<1, 64>>>(p); k<<<1, dim3(16, 16)>>>(p); }}"),
            Some(256),
        );
        check(&format!("{kernel}void f(int *p) {{ k<int><<<1, 64>>>(p); ns::k<<<1, 32>>>(p); }}"), Some(64));
        check(
            &format!("{kernel}void f(int *p) {{ hipLaunchKernelGGL(k, dim3(1), dim3(128), 0, 0, p); }}"),
            Some(128),
        );
        check(
            &format!("{kernel}void f(int *p) {{ hipLaunchKernelGGL((k<int, 4>), 1, 128, 0, 0, p); }}"),
            Some(128),
        );
    }

    #[test]
    fn kernels_with_an_unknown_launch() {
        check("void f(int *p, int n) { k<<<1, 64>>>(p); k<<<1, n>>>(p); }", None);
        check("void f(int *p) { k<<<1, 64>>>(p); cudaLaunchKernel(k, 1, 2, 0); }", None);
        check("void f(int *p) { k<<<1, 64>>>(p); auto g = &k; }", None);
        check("__global__ void k(int *p) {}", None);
    }
}
