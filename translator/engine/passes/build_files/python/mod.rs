//! Python: sources and options of extensions, folders of the toolkit, what asks the GPU, and kernels in strings.
//!
//! Under ROCm `torch.cuda`, `device="cuda"`, `CUDAExtension`, `CUDA_VISIBLE_DEVICES` and `NCCL_*` keep working, so they
//! stay. So does a chain of branches of which one condition speaks of HIP or ROCm.

mod kernels;
mod options;
mod vendors;

use tranship_rules::{Kind, list, rule};

use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::command_lines::settled;
use crate::pass::package_names::package;
use crate::readers::python::{self, Kind as TokenKind, Token};
use crate::text::Edit;

/// One file as the pass sees it.
pub(crate) struct Python<'a> {
    bytes: &'a [u8],
    tokens: Vec<Token>,
    settled: Vec<bool>,
    /// For each token the innermost bracket that is open there.
    around: Vec<Option<usize>>,
    /// Whether `CUDA_HOME` is PyTorch's.
    takes_home: bool,
}

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    let bytes = pass.source.bytes.as_slice();
    let tokens = python::tokens(bytes);
    let settled = settled(&python::Script { bytes, tokens: &tokens }, pass.context);
    let around = python::around(&tokens);
    let mut python = Python { bytes, tokens, settled, around, takes_home: false };
    python.takes_home = takes_home(&python);
    // A module is named wherever it is used; one finding is enough.
    let mut told = Vec::new();
    for index in 0..python.tokens.len() {
        sources(pass, &python, index);
        if !python.settled[index] {
            names(pass, &python, index, &mut told);
            texts(pass, &python, index);
        }
    }
    options::run(pass, &python);
    kernels::run(pass, &python);
    vendors::run(pass, &python);
}

impl<'a> Python<'a> {
    fn text(&self, index: usize) -> &'a str {
        let inner = self.tokens.get(index).map(|token| token.inner.range()).unwrap_or_default();
        std::str::from_utf8(&self.bytes[inner]).unwrap_or_default()
    }

    fn is(&self, index: usize, byte: u8) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(byte))
    }

    fn is_name(&self, index: usize, name: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| {
            token.kind == TokenKind::Name && &self.bytes[token.inner.range()] == name.as_bytes()
        })
    }

    fn is_text(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| matches!(token.kind, TokenKind::Text(_)))
    }

    /// The index behind the bracket that closes the one at `open`.
    fn behind(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for index in open..self.tokens.len() {
            match self.tokens[index].kind {
                TokenKind::Mark(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Mark(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.tokens.len()
    }
}

/// Names of renamed files in strings. An ending alone may be meant for files of any project.
fn sources(pass: &mut Reporter, python: &Python, index: usize) {
    let TokenKind::Text(quoting) = python.tokens[index].kind else { return };
    let (text, inner) = (python.text(index), python.tokens[index].inner);
    if text == ".cu" && !pass.context.project.renamed.is_empty() {
        pass.report_saying(
            rule::RENAMED_SOURCE,
            inner,
            "files of the project that ended in `.cu` end in `.hip` in the output",
        );
    } else if !quoting.triple && (!text.contains(char::is_whitespace) || is_run(python, index)) {
        pass.follow_sources(inner);
    }
}

/// Names of Python that have another one, or no counterpart.
fn names(pass: &mut Reporter, python: &Python, index: usize, told: &mut Vec<&'static str>) {
    let token = &python.tokens[index];
    if token.kind != TokenKind::Name {
        return;
    }
    let name = python.text(index);
    // `torch.version.cuda` is known by all of its names.
    let dotted = (index >= 4 && python.is(index - 1, b'.') && python.is(index - 3, b'.'))
        .then(|| format!("{}.{}.{name}", python.text(index - 4), python.text(index - 2)));
    let row =
        dotted.and_then(|dotted| pass.word(Kind::Python, &dotted)).or_else(|| pass.word(Kind::Python, name));
    let Some(row) = row else {
        if name == "CUDA_HOME" && python.takes_home {
            home(pass, python, index);
        }
        return;
    };
    let is_keyword = python.is(index + 1, b'=') && !python.is(index + 2, b'=');
    if !is_keyword && !is_defined(python, index) && !told.contains(&row.cuda) {
        told.push(row.cuda);
        pass.absent(row, token.span);
    }
}

/// Whether `CUDA_HOME` comes from PyTorch's helpers for extensions, and nothing speaks of `ROCM_HOME` yet.
fn takes_home(python: &Python) -> bool {
    let mut all = 0..python.tokens.len();
    all.clone().any(|index| python.is_name(index, "cpp_extension"))
        && !all.any(|index| {
            python.is_name(index, "ROCM_HOME")
                || (python.is_name(index, "CUDA_HOME")
                    && python.is(index + 1, b'=')
                    && !python.is(index + 2, b'='))
        })
}

/// PyTorch sets one of `CUDA_HOME` and `ROCM_HOME`: an import takes both, a use takes the one that is there.
fn home(pass: &mut Reporter, python: &Python, index: usize) {
    let span = python.tokens[index].span;
    let mut start = index;
    while start >= 2 && python.is(start - 1, b'.') {
        start -= 2;
    }
    let fix = if is_imported(python, index) {
        Edit::insert(span.end, ", ROCM_HOME")
    } else {
        let bytes = &python.bytes[python.tokens[start].span.start as usize..span.start as usize];
        let Ok(prefix) = std::str::from_utf8(bytes) else { return };
        let whole = python.tokens[start].span.to(span);
        let is_one_of = |at: usize, marks: &[u8]| marks.iter().any(|&mark| python.is(at, mark));
        let alone = start.checked_sub(1).is_some_and(|before| is_one_of(before, b"(,[="))
            && is_one_of(index + 1, b",)]");
        let either = format!("{prefix}ROCM_HOME or {prefix}CUDA_HOME");
        Edit::replace(whole, if alone { either } else { format!("({either})") })
    };
    pass.report_fix(rule::TORCH_CUDA_HOME, span, Fix::One(fix));
}

/// No import has so many tokens.
const LONGEST_IMPORT: usize = 256;

/// Whether the name at `index` stands in the list of an import.
fn is_imported(python: &Python, index: usize) -> bool {
    for at in (index.saturating_sub(LONGEST_IMPORT)..index).rev() {
        if python.is(at, b'(') {
            return at > 0 && python.is_name(at - 1, "import");
        } else if python.is_name(at, "import") {
            let between = python.tokens[at].span.end as usize..python.tokens[index].span.start as usize;
            return !python.bytes[between].contains(&b'\n');
        } else if !python.is(at, b',') && python.tokens[at].kind != TokenKind::Name {
            return false;
        }
    }
    false
}

/// Whether the name is being defined here, and so the user's own.
fn is_defined(python: &Python, index: usize) -> bool {
    index > 0 && (python.is_name(index - 1, "def") || python.is_name(index - 1, "class"))
}

/// Strings that name programs, libraries, providers or environment variables of CUDA.
fn texts(pass: &mut Reporter, python: &Python, index: usize) {
    if !python.is_text(index) {
        return;
    }
    let token = python.tokens[index];
    let text = python.text(index);
    let asks = index >= 2
        && (python.is_name(index - 2, "environ")
            || python.is_name(index - 2, "getenv")
            || (python.is_name(index - 2, "get") && index >= 4 && python.is_name(index - 4, "environ")));
    if let Some(row) = pass.word(Kind::Environment, text).filter(|_| asks) {
        pass.rename(row, token.inner);
        return;
    }
    if let Some(row) = pass.word(Kind::LinkLibrary, text).filter(|_| in_list_of(python, index, "libraries")) {
        if row.is_dropped() {
            let item = options::item(python, index, index);
            pass.replace(row, token.span, Fix::One(Edit::remove(item)));
        } else {
            pass.rename(row, token.inner);
        }
        return;
    }
    if list::PYTHON_REQUIREMENT_KEYWORDS.iter().any(|name| in_list_of(python, index, name)) {
        return package(pass, text, token.inner);
    }
    if text.starts_with("/usr/local/cuda") {
        return pass.report_saying(rule::CUDA_FOLDER, token.inner, "a folder of the CUDA toolkit is named");
    }
    // A package may be called what another one is.
    if index >= 2 && python.is(index - 1, b'=') && python.is_name(index - 2, "name") {
        return;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let program = first.rsplit('/').next().unwrap_or(first);
    let is_value = python.is(index + 1, b':');
    if let Some(row) = pass.word(Kind::Python, text).or_else(|| library(pass, text)) {
        pass.absent(row, token.inner);
    } else if let Some(row) = pass.word(Kind::Tool, program).filter(|_| !is_value && is_run(python, index)) {
        pass.absent(row, token.inner);
    }
}

/// Whether a string stands in a list that is the value of the keyword `name`.
fn in_list_of(python: &Python, index: usize, name: &str) -> bool {
    python.around[index].is_some_and(|open| {
        open >= 2 && python.is(open, b'[') && python.is(open - 1, b'=') && python.is_name(open - 2, name)
    })
}

/// `libcudart.so.12` and its like.
fn library(pass: &Reporter, text: &str) -> Option<&'static tranship_rules::Name> {
    let name = text.rsplit('/').next().unwrap_or(text);
    let stem = name.split(".so").next().filter(|stem| stem.len() < name.len())?;
    pass.word(Kind::Python, &format!("{stem}.so"))
}

/// Whether a string stands where a program is run: a few tokens behind `subprocess`, `Popen`, `system`, `which` ...
fn is_run(python: &Python, index: usize) -> bool {
    (index.saturating_sub(4)..index)
        .any(|before| list::PYTHON_RUN_CALLS.iter().any(|name| python.is_name(before, name)))
}
