//! The largest block with which the project launches each kernel. It refuses kernels whose launches are not all known.

use std::collections::BTreeMap;
use std::ops::Range;

use tranship_engine::advice::{constant, constant_at};
use tranship_engine::cpp::blocks::block_of;
use tranship_engine::cpp::call_site::arguments;
use tranship_engine::cpp::constants::{Constant, evaluate};
use tranship_engine::cpp::functions::Space;
use tranship_engine::cpp::launches::{Launch, split_arguments};
use tranship_engine::cpp::{Token, TokenKind, Unit};
use tranship_engine::pass::Context;

/// The launches of a project by the name of the kernel, without namespaces and template arguments.
#[derive(Default)]
pub(super) struct Launches {
    /// The threads of the largest block; `None` if a launch has a block of unknown size.
    largest: BTreeMap<String, Option<u32>>,
    /// Bytes of the most shared memory that a launch adds; `None` if a launch has an unknown size.
    shared: BTreeMap<String, Option<u64>>,
    /// The threads of `__launch_bounds__`; `None` if a kernel of that name has another bound or an unknown one.
    bounds: BTreeMap<String, Option<u32>>,
    /// The largest values that calls give to the template parameters of a function, in order; `None` for an unknown value.
    templates: BTreeMap<String, Vec<Option<u32>>>,
}

impl Launches {
    /// Adds the launches in `unit`. A use of a kernel that is no launch, such as its address, makes its blocks unknown.
    pub(super) fn add(&mut self, unit: &Unit, context: &Context) {
        self.add_bounds(unit, context);
        let mut launched: Vec<Range<usize>> = Vec::new();
        let mut all: Vec<Launch> = unit.all_launches().to_vec();
        all.extend((0..unit.tokens().len()).filter_map(|at| launch_by_macro(unit, at)));
        for launch in all {
            let Some(name) = name(unit, &launch) else { continue };
            let lookup = |word: &[u8]| constant_at(unit, context, launch.callee.start, word);
            let in_template =
                |word: &[u8]| lookup(word).or_else(|| self.template_value(unit, launch.callee.start, word));
            let block = block_of(unit, &launch, &lookup).or_else(|| block_of(unit, &launch, &in_template));
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

    /// Adds the template arguments of the calls in `unit`, such as `run<256>(x)`. All units come before the first launch.
    pub(super) fn add_calls(&mut self, unit: &Unit, context: &Context) {
        let tokens = unit.tokens();
        let lookup = |word: &[u8]| constant(unit, context, word);
        for at in 0..tokens.len() {
            if tokens[at].kind != TokenKind::Identifier
                || !tokens.get(at + 1).is_some_and(|next| next.is_punct(b'<'))
            {
                continue;
            }
            let Some(arguments) = template_arguments(unit, at + 1) else { continue };
            let value = |part: Range<usize>| u32::try_from(evaluate(unit, part, &lookup)?.value()?).ok();
            let values: Vec<Option<u32>> = arguments.into_iter().map(value).collect();
            let known = self.templates.entry(text(unit, at)).or_insert_with(|| vec![Some(0); values.len()]);
            if known.len() != values.len() {
                // A call that leaves out arguments has unknown values.
                *known = vec![None; known.len().max(values.len())];
                continue;
            }
            for (known, value) in known.iter_mut().zip(values) {
                *known = known.zip(value).map(|(a, b)| a.max(b));
            }
        }
    }

    /// The largest value of the template parameter `word` of the function around token `at`.
    fn template_value(&self, unit: &Unit, at: usize, word: &[u8]) -> Option<Constant> {
        let tokens = unit.tokens();
        let function = unit.function_at(tokens[at].start)?;
        let open = function.head.clone().find(|&at| unit.is_word(at, "template"))? + 1;
        let close = (open..function.head.end).find(|&at| tokens[at].is_punct(b'>'))?;
        let parts = split_arguments(&unit.lexed, open + 1..close);
        let is_word = |part: &Range<usize>| {
            part.len() == 2
                && unit.text(&tokens[part.start + 1]) == word
                && !unit.is_word(part.start, "typename")
        };
        let place = parts.iter().position(is_word)?;
        let values =
            self.templates.get(&text(unit, function.name)).filter(|values| values.len() == parts.len())?;
        values[place].filter(|&value| value > 0).map(|value| Constant::of(u64::from(value)))
    }

    fn add_bounds(&mut self, unit: &Unit, context: &Context) {
        let tokens = unit.tokens();
        for kernel in unit.functions().iter().filter(|function| function.space == Space::Kernel) {
            let bound =
                kernel.head.clone().find(|&at| unit.is_word(at, "__launch_bounds__")).and_then(|at| {
                    let threads = arguments(unit, at)?.into_iter().next()?;
                    let lookup = |word: &[u8]| constant_at(unit, context, kernel.name, word);
                    u32::try_from(evaluate(unit, threads, &lookup)?.value()?).ok()
                });
            let entry = self.bounds.entry(text(unit, kernel.name)).or_insert(bound);
            if *entry != bound || tokens[kernel.head.clone()].iter().any(|token| token.is(Token::DIRECTIVE)) {
                *entry = None;
            }
        }
    }

    /// The threads of `__launch_bounds__` of the kernel `name`, if all kernels of that name have the same bound.
    pub(super) fn bound(&self, name: &str) -> Option<u32> {
        self.bounds.get(name).copied().flatten()
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

/// The arguments between `<` at token `open` and the `>` before a call; `None` if that is no list of short arguments.
fn template_arguments(unit: &Unit, open: usize) -> Option<Vec<Range<usize>>> {
    let tokens = unit.tokens();
    let is_part = |token: &Token| {
        token.kind == TokenKind::Identifier
            || token.kind == TokenKind::Number
            || (token.kind == TokenKind::Punct && b",:*+-/".contains(&token.byte))
    };
    let close = (open + 1..tokens.len().min(open + 32)).find(|&at| !is_part(&tokens[at]))?;
    let is_call =
        tokens[close].is_punct(b'>') && tokens.get(close + 1).is_some_and(|next| next.is_punct(b'('));
    (is_call && close > open + 1).then(|| split_arguments(&unit.lexed, open + 1..close))
}

/// The last name of the kernel of `launch`.
pub(super) fn name(unit: &Unit, launch: &Launch) -> Option<String> {
    let end = launch.template_arguments(&unit.lexed).map_or(launch.callee.end, |list| list.start);
    let last =
        (launch.callee.start..end).rev().find(|&at| unit.tokens()[at].kind == TokenKind::Identifier)?;
    Some(text(unit, last))
}

/// The launch `hipLaunchKernelGGL(kernel, grid, block, ...)` at token `at`.
pub(super) fn launch_by_macro(unit: &Unit, at: usize) -> Option<Launch> {
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
        let unit = Unit::new(&source, &context.guards);
        launches.add_calls(&unit, &context);
        launches.add(&unit, &context);
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
    fn blocks_of_template_parameters() {
        let run = "template <int B> void run(int *p) { k<<<1, B>>>(p); }\n";
        check(&format!("{run}void f(int *p) {{ run<128>(p); run<256>(p); }}"), Some(256));
        check(&format!("{run}void f(int *p) {{ run<128>(p); run<N>(p); }}"), None);
        check(run, None);
        let two = "template <typename T, int B> void run(T *p) { dim3 b(B, 4); k<T><<<1, b>>>(p); }\n";
        check(&format!("{two}void f(int *p) {{ run<int, 64>(p); }}"), Some(256));
    }

    #[test]
    fn bounds_of_kernels() {
        let bound = |code: &str| {
            let context = Context::new(Rules::builtin());
            let source = Source::new("a.cu", code);
            let mut launches = Launches::default();
            launches.add(&Unit::new(&source, &context.guards), &context);
            launches.bound("k")
        };
        assert_eq!(
            bound("#define N 64\n__global__ void __launch_bounds__(N * 2, 4) k(int *p) {}"),
            Some(128)
        );
        assert_eq!(bound("template <int N> __global__ void __launch_bounds__(N) k(int *p) {}"), None);
        // A template parameter hides a constant of the same name.
        assert_eq!(
            bound(
                "template <typename T, unsigned N>\n__launch_bounds__(N, 1) __global__ void k(T *p) {}\nconst int N = 256;"
            ),
            None
        );
        assert_eq!(bound("__global__ void k(int *p) {}"), None);
        assert_eq!(
            bound("__global__ void __launch_bounds__(64) k(int *p) {}\n__global__ void k(float *p) {}"),
            None
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
