//! Properties of every input: arbitrary bytes, mutated fixtures and the fixtures themselves.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::support::root;
use proptest::prelude::*;
use tranship_engine::cpp::call_site::call;
use tranship_engine::cpp::prefilter::Prefilter;
use tranship_engine::cpp::{Token, TokenKind, Unit, lexer};
use tranship_engine::index::facts::Facts;
use tranship_engine::index::{Index, Renamed, cmake_facts as cmake};
use tranship_engine::lang::Lang;
use tranship_engine::pass::{Context, LaunchStyle};
use tranship_engine::passes::registry::CODE_PASSES;
use tranship_engine::readers::python_tree;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Piece, Replacement, Span};
use tranship_engine::translate::{Translation, Untouched, code_findings, code_findings_in_order, translate};
use tranship_rules::{HeaderAction, Kind, Level, Resolution, Rule, Rules};

/// All C, C++ and CUDA files under `fixtures`, in order.
static FIXTURES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut paths = Vec::new();
    collect(&root().join("fixtures"), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("a fixture can be read");
        let source = Source::new(path.file_name().expect("a file has a name"), bytes);
        matches!(source.lang, Lang::Cuda | Lang::Cpp).then_some(source)
    };
    let fixtures: Vec<_> = paths.into_iter().filter_map(read).collect();
    assert!(fixtures.len() >= 60, "only {} fixtures were found", fixtures.len());
    fixtures
});

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a fixture folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, out);
        } else {
            out.push(path);
        }
    }
}

static BUILTIN: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// A context for a project with `source` as its only file.
fn context(rules: &Rules, source: &Source) -> Context {
    let mut context = Context::new(rules.clone());
    let facts = Facts::of(&Unit::new(source, &context.guards), rules);
    context.index = Index::new([(source.path.clone(), facts)]);
    context
}

/// An input that proptest prints as text.
struct Input(Source);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {:?}", self.0.path.display(), shown(&self.0.bytes))
    }
}

/// Asserts every property for one input.
fn check(source: &Source) {
    is_lossless(source);
    masked_view_keeps_its_shape(source);
    queries_never_panic(source);
    nothing_changes_without_rules(source);
    let mut context = context(&BUILTIN, source);
    let translation = translate(source, &context);
    assert_sound(source, &translation);
    passes_commute(source, &context);
    converting_twice_changes_nothing(source, &translation);
    context.options.launch = LaunchStyle::Macro;
    assert_sound(source, &translate(source, &context));
    context.options.selection.safe_only = true;
    assert_sound(source, &translate(source, &context));
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that tokens and comments are in order and disjoint, with only blanks and continuations between them.
fn is_lossless(source: &Source) {
    let bytes = &source.bytes;
    let lexed = lexer::lex(bytes);
    let mut spans: Vec<Span> =
        lexed.tokens.iter().map(Token::span).chain(lexed.comments.iter().copied()).collect();
    assert!(lexed.tokens.is_sorted_by_key(|token| token.start));
    spans.sort_by_key(|span| span.start);
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    for span in spans.into_iter().chain([Span::at(bytes.len() as u32)]) {
        assert!(span.start as usize >= at, "overlap at {at} in {:?}", shown(bytes));
        assert!(is_blank(&bytes[at..span.start as usize]), "lost text at {at} in {:?}", shown(bytes));
        at = span.end as usize;
    }
    let directives = lexed.directives.iter().map(|d| d.tokens.clone());
    assert!(directives.is_sorted_by_key(|range| range.start));
    assert!(lexed.directives.iter().all(|d| d.tokens.end <= lexed.tokens.len()));
}

fn is_blank(gap: &[u8]) -> bool {
    let mut rest = gap;
    while let Some((&first, tail)) = rest.split_first() {
        rest = match (first, tail) {
            (b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c, _) => tail,
            (b'\\', [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..]) => behind,
            _ => return false,
        };
    }
    true
}

fn masked_view_keeps_its_shape(source: &Source) {
    let context = Context::new(Rules::empty());
    let unit = Unit::new(source, &context.guards);
    let view = unit.trees().masked(&unit);
    assert_eq!(view.len(), source.bytes.len());
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let moved = view
        .iter()
        .zip(&source.bytes)
        .position(|(a, b)| is_break(a) != is_break(b) || (is_break(a) && a != b));
    assert_eq!(moved, None, "a line break moved in {:?}", shown(&source.bytes));
}

/// Asserts that no query panics: every chunk is parsed and every name is looked up.
fn queries_never_panic(source: &Source) {
    let context = Context::new(Rules::empty());
    let unit = Unit::new(source, &context.guards);
    let file = Span::new(0, source.bytes.len() as u32);
    for (index, token) in
        unit.tokens().iter().enumerate().filter(|(_, t)| t.kind == TokenKind::Identifier).take(300)
    {
        if let Some(call) = call(&unit, index) {
            assert!(file.contains(call.call) && call.callee.contains(token.span()));
            let ordered = call.arguments.windows(2).all(|pair| pair[0].end <= pair[1].start);
            assert!(ordered && call.arguments.iter().all(|argument| call.call.contains(*argument)));
        }
    }
}

fn nothing_changes_without_rules(source: &Source) {
    let translation = translate(source, &context(&Rules::empty(), source));
    assert_eq!(shown(&translation.output(source)), shown(&source.bytes));
    assert!(translation.edits.is_empty());
}

/// Asserts that no pass panicked, and that edits are in the file and disjoint, or one is inside a moved part of the other.
fn assert_sound(source: &Source, translation: &Translation) {
    let panicked = translation.findings.iter().any(|finding| finding.rule == "internal-error");
    assert!(!panicked, "a pass panics on {:?}", shown(&source.bytes));
    let file = Span::new(0, source.bytes.len() as u32);
    let edits: Vec<&Edit> = translation.edits.iter().collect();
    for (at, edit) in edits.iter().enumerate() {
        assert!(file.contains(edit.span), "{edit:?} leaves the file");
        for other in edits[at + 1..].iter().take_while(|other| other.span.start < edit.span.end) {
            assert!(carries(edit, other) || carries(other, edit), "{edit:?} and {other:?} overlap");
        }
    }
    for finding in &translation.findings {
        assert!(file.contains(finding.span), "{} leaves the file", finding.rule);
    }
}

fn carries(outer: &Edit, inner: &Edit) -> bool {
    let Replacement::Pieces(pieces) = &outer.with else { return false };
    pieces.iter().any(|piece| matches!(piece, Piece::Span(span) if span.contains(inner.span)))
}

fn passes_commute(source: &Source, context: &Context) {
    let unit = Unit::new(source, &context.guards);
    let forwards = code_findings(&unit, context);
    let fresh = Unit::new(source, &context.guards);
    let backwards = code_findings_in_order(&fresh, context, &(0..CODE_PASSES).rev().collect::<Vec<_>>());
    let differs = forwards.iter().zip(&backwards).find(|(a, b)| a != b);
    let same = differs.is_none() && forwards.len() == backwards.len();
    assert!(same, "the order of the passes matters in {}: {differs:?}", source.path.display());
}

fn converting_twice_changes_nothing(source: &Source, translation: &Translation) {
    let once = Source::new(source.path.clone(), translation.output(source).into_owned());
    let again = translate(&once, &context(&BUILTIN, &once));
    assert_eq!(shown(&again.output(&once)), shown(&once.bytes), "converted from {:?}", shown(&source.bytes));
}

#[test]
fn every_property_holds_for_fixtures() {
    FIXTURES.iter().for_each(check);
}

/// Texts that break naive readers of C++.
const NASTY: &[&str] = &[
    "<<<",
    ">>>",
    "<<<1,2>>>(",
    "<< <",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "R\"x(",
    ")x\"",
    "\\\n",
    "\\\r\n",
    "\n#if 0\n",
    "\n#if A\n",
    "\n#else\n",
    "\n#elif B\n",
    "\n#endif\n",
    "\n#define M(a) a##",
    "\n#include <cuda_runtime.h>\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "<",
    ">",
    "::",
    "#",
    "##",
    "\0",
    "\u{feff}",
    "é",
    "\r",
    "\n",
    "\t",
    "template <",
    "cudaMalloc(",
    "cudaMemcpyToSymbol(x, y, z)",
    "__global__ void ",
    "__shfl_down_sync(m, v, 1)",
    "__launch_bounds__(",
    "namespace a {",
    "extern \"C\" {",
    "asm volatile(\"",
    "struct cudaError_t",
    "#ifdef __HIPCC__\n",
    "return",
    "=",
    "cub::",
    "using namespace ",
    "CHECK(",
    "new T*[n]",
    "operator<<<",
    "1'0",
    ".5e+",
    "L'",
    "u8R\"(",
    "?:",
    "...",
];

/// One change of a text; places are in 10,000ths of its length.
#[derive(Clone, Debug)]
enum Mutation {
    Insert(usize, &'static str),
    Delete(usize, usize),
    Repeat(usize, usize),
    Byte(usize, u8),
    Truncate(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = 0..10_000usize;
    prop_oneof![
        5 => (place.clone(), prop::sample::select(NASTY)).prop_map(|(at, text)| Mutation::Insert(at, text)),
        3 => (place.clone(), 1..40usize).prop_map(|(at, length)| Mutation::Delete(at, length)),
        1 => (place.clone(), 1..80usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        1 => (place.clone(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        1 => place.prop_map(Mutation::Truncate),
    ]
}

fn mutate(text: &mut Vec<u8>, mutation: &Mutation) {
    let place = |fraction: usize| fraction * text.len() / 10_000;
    let range = |at: usize, length: usize| -> Range<usize> { place(at)..text.len().min(place(at) + length) };
    match *mutation {
        Mutation::Insert(at, new) => drop(text.splice(place(at)..place(at), new.bytes())),
        Mutation::Delete(at, length) => drop(text.drain(range(at, length))),
        Mutation::Repeat(at, length) => {
            let again = text[range(at, length)].to_vec();
            text.splice(place(at)..place(at), again);
        }
        Mutation::Byte(at, byte) => {
            let at = place(at);
            text.splice(at..at, [byte]);
        }
        Mutation::Truncate(at) => text.truncate(place(at)),
    }
}

fn mutated_fixture() -> impl Strategy<Value = Input> {
    (0..FIXTURES.len(), prop::collection::vec(mutation(), 1..6)).prop_map(|(index, mutations)| {
        let fixture = &FIXTURES[index];
        let mut bytes = fixture.bytes.clone();
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        let mut source = Source::new(&fixture.path, bytes);
        source.lang = fixture.lang;
        Input(source)
    })
}

fn random_words() -> impl Strategy<Value = Input> {
    prop::collection::vec(prop::sample::select(NASTY), 0..40)
        .prop_map(|parts| Input(Source::new("soup.cu", parts.concat())))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_property_holds_for_mutated_fixtures(input in mutated_fixture()) {
        check(&input.0);
    }

    #[test]
    fn every_property_holds_for_random_words(input in random_words()) {
        check(&input.0);
    }

    #[test]
    fn every_property_holds_for_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&Source::new("bytes.cu", bytes));
    }
}

/// The number of random inputs. `PROPTEST_CASES` sets another number.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

#[test]
fn the_prefilter_finds_every_name_and_header() {
    let prefilter = Prefilter::new([]);
    let rocm = BUILTIN.newest_rocm();
    let keeps_its_name =
        |cuda: &str, resolution: Resolution| matches!(resolution, Resolution::Spelling(s) if s.hip == cuda);
    let mut lost: Vec<String> = Vec::new();
    for name in BUILTIN.names() {
        let changes = name.level != Level::Safe || !keeps_its_name(name.cuda, name.at(rocm));
        let code = format!("\n{}{}", name.cuda, if name.kind == Kind::Namespace { "::" } else { "(" });
        if changes && !prefilter.may_hold_cuda(code.as_bytes()) {
            lost.push(name.cuda.to_owned());
        }
    }
    for header in BUILTIN.headers().filter(|header| !matches!(header.action, HeaderAction::Same)) {
        for include in [format!("#include <{}>", header.cuda), format!("#include \"{}\"", header.cuda)] {
            if !prefilter.may_hold_cuda(include.as_bytes()) {
                lost.push(include);
            }
        }
    }
    // The identifiers of a rule are often plain C++ too, such as `operator`, so the examples of the rules are tested.
    // The prefilter is not used for build files.
    let is_code = |rule: &&Rule| !rule.before.is_empty() && Lang::of(Path::new(rule.file)).is_cpp();
    for rule in BUILTIN.rules().filter(is_code) {
        if !prefilter.may_hold_cuda(rule.before.as_bytes()) {
            lost.push(format!("the example of {}", rule.name));
        }
    }
    assert!(lost.is_empty(), "the hints miss {} names: {:?}", lost.len(), &lost[..lost.len().min(40)]);
}

#[test]
fn the_prefilter_skips_plain_cpp() {
    let prefilter = Prefilter::new([]);
    for code in [
        "#include <vector>\nint main() { std::vector<int> values; return values.size(); }",
        "#pragma once\nnamespace app { struct Focus { double occurrence; }; }",
        "std::cout << value << std::endl; x >>= 3; circumstance = a < b;",
    ] {
        assert!(!prefilter.may_hold_cuda(code.as_bytes()), "{code}");
    }
    for fixture in FIXTURES.iter() {
        let source = Source::new("a.h", fixture.bytes.clone());
        let translated = translate(&source, &context(&BUILTIN, &source));
        let lost = translated.untouched == Some(Untouched::NotCuda)
            && !translate(fixture, &context(&BUILTIN, fixture)).findings.is_empty();
        assert!(!lost, "the hints miss what is in {}", fixture.path.display());
    }
}

/// The context of a project with one renamed file.
static AROUND_CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let mut context = Context::new(Rules::builtin());
    context.project.renamed = Renamed::new(["src/scan.cu".into()], []);
    context
});

static NO_RULES: LazyLock<Context> = LazyLock::new(|| Context::new(Rules::empty()));

/// One file name for each language of build files.
const AROUND: &[&str] = &[
    "CMakeLists.txt",
    "Makefile",
    "build.sh",
    "setup.py",
    "Dockerfile",
    "compose.yaml",
    "requirements.txt",
    "meson.build",
];

/// Words with a meaning in one of these languages, and texts that break their readers.
const AROUND_WORDS: &[&str] = &[
    "set(",
    "if(",
    ")",
    "endif()",
    "find_package(CUDA",
    "CUDA::cublas",
    "${CMAKE_CUDA_FLAGS}",
    "$<$<COMPILE_LANGUAGE:CUDA>:",
    ">",
    ";",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\t",
    " ",
    "#",
    "nvcc",
    "-Xcompiler",
    "-gencode",
    "arch=compute_80,code=sm_80",
    "--use_fast_math",
    "-lcublas",
    "$(CUDA_PATH)",
    "${",
    "$(",
    "}",
    "/usr/local/cuda",
    "/lib64",
    "src/scan.cu",
    "*.cu",
    "%.cu",
    "{x}.cu",
    "@X@.cu",
    "[",
    "]",
    "(",
    ",",
    "=",
    "f\"",
    "r'''",
    "RawKernel",
    "cudaMalloc",
    "nvidia/cuda:12",
    "FROM",
    "RUN",
    "ENV",
    "\u{e9}",
    "ifeq",
    "else",
    "fi",
    "CUDA_HOME",
    "list(APPEND",
    "CUDA_NVCC_FLAGS",
    "CMAKE_CUDA_ARCHITECTURES",
    "PROPERTIES",
    "CUDA_STANDARD",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn random_build_files_never_break_the_program(words in prop::collection::vec(prop::sample::select(AROUND_WORDS), 0..60)) {
        let text = words.concat();
        for name in AROUND {
            let source = Source::new(*name, text.as_bytes());
            let mut context = AROUND_CONTEXT.clone();
            let facts = cmake::FileFacts::of(&source.bytes);
            context.project.cmake = cmake::Facts::new([(source.path.clone(), facts)]);
            let translation = translate(&source, &context);
            prop_assert!(translation.findings.iter().all(|finding| finding.rule != "internal-error"), "{name}: {text:?}");
            for finding in &translation.findings {
                prop_assert!(finding.span.end as usize <= text.len(), "{name}: {text:?}");
            }
            prop_assert_eq!(&*translate(&source, &NO_RULES).output(&source), text.as_bytes());
        }
    }
}

/// Pieces of Python that the pass for Python rewrites, and what is around them.
const PYTHON_WORDS: &[&str] = &[
    "import torch\n",
    "from torch.utils.cpp_extension import CUDA_HOME\n",
    "nvcc_flags = ",
    "nvcc_flags.append(",
    "libraries += ",
    "\"--extended-lambda\"",
    "'-lineinfo'",
    "f\"-t{n}\"",
    "[\"-lineinfo\", \"-Xcompiler\", \"-fPIC\"]",
    "['cublas']",
    "(\"-lcudart\")",
    "CUDA_HOME",
    " + \"/bin/nvcc\"",
    " if debug else ",
    " != ",
    " in ",
    "for f in ",
    "def f(a=",
    "):\n    ",
    "*",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "{",
    "}",
    "=",
    "x",
    "\n",
    "\n    ",
    "return ",
    "os.environ[\"CUDA_HOME\"]",
    "  # note\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn a_file_that_parses_still_parses(words in prop::collection::vec(prop::sample::select(PYTHON_WORDS), 0..24)) {
        parses_still("setup.py", &words.concat());
    }

    #[test]
    fn a_cut_fixture_that_parses_still_parses(file in 0..PYTHON.len(), from in 0..1000_usize, length in 0..200_usize) {
        let text = &PYTHON[file];
        let place = |thousandths: usize| {
            let at = thousandths * text.len() / 1000;
            (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
        };
        let (from, to) = (place(from), place((from + length).min(1000)));
        parses_still("setup.py", &format!("{}{}", &text[..from], &text[to..]));
    }
}

#[test]
fn a_starred_expression_outside_of_a_list_stays() {
    parses_still("setup.py", "from torch.utils.cpp_extension import CUDA_HOME\n*CUDA_HOME + \"/bin/nvcc\"\n");
}

/// The fixtures of Python.
static PYTHON: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = std::fs::read_dir(root().join("fixtures/python")).expect("the fixtures are there");
    let files = files.map(|file| file.expect("a file").path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "py"));
    files.map(|path| std::fs::read_to_string(path).expect("a fixture is text")).collect()
});

/// The translation of `text` parses if `text` does; no change has to be dropped for that.
fn parses_still(name: &str, text: &str) {
    let source = Source::new(name, text.as_bytes());
    let translation = translate(&source, &AROUND_CONTEXT);
    let dropped = translation.findings.iter().find(|finding| finding.rule == "edit-dropped");
    assert!(dropped.is_none(), "{text}: {dropped:?}");
    if python_tree::is_sound(text.as_bytes()) {
        assert!(python_tree::is_sound(&translation.output(&source)), "{text}");
    }
}
