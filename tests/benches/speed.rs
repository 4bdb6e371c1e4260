//! Bytes per second of one core, layer by layer: `cargo bench`.
//!
//! The input is made of the fixtures: about 4 MB in files of usual size. The results are never asserted, because machines
//! differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use tranship_engine::cpp::prefilter::Prefilter;
use tranship_engine::cpp::{Lexed, TokenKind, Unit, lexer};
use tranship_engine::lang::Lang;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::translate::translate;
use tranship_rules::Rules;

/// Size of one input file and of all of them, in bytes.
const FILE: usize = 24_000;
const ALL: usize = 4_000_000;

fn main() {
    divan::main();
}

/// The fixtures as whole files of about `FILE` bytes, each fixture used about equally often.
static FILES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let fixtures = fixtures();
    let mut texts = fixtures.iter().cycle();
    let mut files = Vec::new();
    for number in 0..ALL / FILE {
        let mut bytes = Vec::with_capacity(FILE * 2);
        while bytes.len() < FILE {
            bytes.extend_from_slice(texts.next().expect("there are fixtures"));
            bytes.push(b'\n');
        }
        files.push(Source::new(format!("file{number}.cu"), bytes));
    }
    files
});

/// The same files without a word of CUDA.
static PLAIN: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let prefilter = Prefilter::new([]);
    let plain = |source: &Source| {
        let mut bytes = source.bytes.clone();
        // Two neighbouring windows overlap by more than the length of any hint.
        for at in (0..bytes.len()).step_by(8) {
            let window = at..bytes.len().min(at + 48);
            if prefilter.may_hold_cuda(&bytes[window.clone()]) {
                bytes[window].fill(b'\t');
            }
        }
        Source::new(source.path.with_extension("h"), bytes)
    };
    FILES.iter().map(plain).collect()
});

static CONTEXT: LazyLock<Context> = LazyLock::new(|| Context::new(Rules::builtin()));

/// The bytes of all fixtures that are CUDA or C++ and not HIP already, in order.
fn fixtures() -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut paths);
    paths.sort();
    let is_source = |path: &PathBuf| matches!(Lang::of(path), Lang::Cuda | Lang::Cpp);
    let texts =
        paths.into_iter().filter(is_source).map(|path| fs::read(path).expect("a fixture can be read"));
    let is_cuda = |text: &Vec<u8>| memchr::memmem::find(text, b"hip/hip_runtime").is_none();
    let balanced = |text: &Vec<u8>| {
        let lexed = lexer::lex(text);
        let count = |byte| lexed.tokens.iter().filter(|token| token.is_punct(byte)).count();
        lexed.unterminated.is_none() && count(b'{') == count(b'}') && count(b'(') == count(b')')
    };
    texts.filter(is_cuda).filter(balanced).collect()
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a fixture folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, out);
        } else {
            out.push(path);
        }
    }
}

fn bytes(files: &[Source]) -> BytesCount {
    BytesCount::new(files.iter().map(|source| source.bytes.len()).sum::<usize>())
}

/// The number of names of `lexed` that are in the tables.
fn look_up(bytes: &[u8], lexed: &Lexed, rules: &Rules) -> usize {
    let names = lexed.tokens.iter().filter(|token| token.kind == TokenKind::Identifier);
    names.filter(|token| rules.name(&bytes[token.span().range()]).is_some()).count()
}

#[divan::bench]
fn lexer(bencher: Bencher) {
    bencher.counter(bytes(&FILES)).bench_local(|| {
        for source in FILES.iter() {
            black_box(lexer::lex(&source.bytes));
        }
    });
}

#[divan::bench]
fn names(bencher: Bencher) {
    let lexed: Vec<Lexed> = FILES.iter().map(|source| lexer::lex(&source.bytes)).collect();
    bencher.counter(bytes(&FILES)).bench_local(|| {
        for (source, lexed) in FILES.iter().zip(&lexed) {
            black_box(look_up(&source.bytes, lexed, &CONTEXT.rules));
        }
    });
}

#[divan::bench]
fn lexer_and_names(bencher: Bencher) {
    bencher.counter(bytes(&FILES)).bench_local(|| {
        for source in FILES.iter() {
            black_box(look_up(&source.bytes, &lexer::lex(&source.bytes), &CONTEXT.rules));
        }
    });
}

#[divan::bench]
fn prefilter_without_cuda(bencher: Bencher) {
    bencher.counter(bytes(&PLAIN)).bench_local(|| {
        for source in PLAIN.iter() {
            assert!(!CONTEXT.prefilter.may_hold_cuda(black_box(&source.bytes)));
        }
    });
}

/// From tokens to the masked view: `#if` groups, brackets, launches, the view itself.
#[divan::bench]
fn masked_view(bencher: Bencher) {
    bencher
        .counter(bytes(&FILES))
        .with_inputs(|| FILES.iter().map(|source| Unit::new(source, &CONTEXT.guards)).collect::<Vec<_>>())
        .bench_local_refs(|units| {
            for unit in units {
                black_box(unit.trees().masked(unit));
            }
        });
}

/// Parses every chunk of every file once. The masked views are made before.
#[divan::bench(sample_count = 10)]
fn tree(bencher: Bencher) {
    let masked = |source| {
        let unit = Unit::new(source, &CONTEXT.guards);
        unit.trees().masked(&unit);
        unit
    };
    bencher
        .counter(bytes(&FILES))
        .with_inputs(|| FILES.iter().map(masked).collect::<Vec<_>>())
        .bench_local_refs(|units| {
            for unit in units {
                let firsts: Vec<usize> =
                    unit.trees().chunks(unit).declarations.iter().map(|chunk| chunk.start).collect();
                for first in firsts {
                    unit.trees().visit_views(unit, first, |_| std::ops::ControlFlow::Break(()));
                }
            }
        });
}

#[divan::bench(sample_count = 20)]
fn whole_translation(bencher: Bencher) {
    bencher.counter(bytes(&FILES)).bench_local(|| {
        for source in FILES.iter() {
            black_box(translate(source, &CONTEXT).output(source));
        }
    });
}

#[divan::bench]
fn whole_translation_without_cuda(bencher: Bencher) {
    bencher.counter(bytes(&PLAIN)).bench_local(|| {
        for source in PLAIN.iter() {
            black_box(translate(source, &CONTEXT).output(source));
        }
    });
}
