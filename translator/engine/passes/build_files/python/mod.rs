//! Python: sources and options of extensions, folders of the toolkit, names and programs that query the GPU, and
//! kernels in strings.
//!
//! Under ROCm `torch.cuda`, `device="cuda"`, `CUDAExtension`, `CUDA_VISIBLE_DEVICES` and `NCCL_*` keep working, so they
//! stay. If one condition in a chain of branches names HIP or ROCm, all branches of the chain stay.

mod folders;
mod gpus;
mod home;
mod kernels;
mod nvcc_calls;
mod options;
mod places;
mod programs;
mod scope;

use std::cell::OnceCell;
use std::ops::Range;

use programs::{is_below_bin, is_run, is_searched};
use scope::Vendor;
use tranship_rules::{Kind, Name, list, rule};

use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::cmake_definitions::definitions;
use crate::pass::package_names::package;
use crate::pass::toolkit_folders::TOOLKIT;
use crate::pass::vendor_branches::settled;
use crate::readers::python::{self, Kind as TokenKind, Token};
use crate::readers::python_tree::{self, Tree};
use crate::text::{Edit, Piece, Span};

/// One file, read once for all parts of the pass.
pub(crate) struct Python<'a> {
    bytes: &'a [u8],
    tokens: Vec<Token>,
    settled: Vec<bool>,
    /// For each token the innermost open bracket around it.
    around: Vec<Option<usize>>,
    tree: OnceCell<Tree>,
    /// The names that show the vendor, and the statements that bind them.
    bindings: OnceCell<Vec<scope::Binding>>,
    /// Whether PyTorch is imported.
    uses_torch: bool,
}

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    if pass
        .source
        .path
        .file_name()
        .is_some_and(|name| TENSORFLOW_SCRIPTS.iter().any(|script| name == *script))
    {
        return tensorflow(pass);
    }
    let bytes = pass.source.bytes.as_slice();
    let tokens = python::tokens(bytes);
    let settled = settled(&python::Script { bytes, tokens: &tokens }, pass.context);
    let around = python::around(&tokens);
    let (tree, bindings) = (OnceCell::new(), OnceCell::new());
    let mut python = Python { bytes, tokens, settled, around, tree, bindings, uses_torch: false };
    python.uses_torch = (1..python.tokens.len()).any(|index| {
        let before = python.text(index - 1);
        python.is_name(index, "torch") && matches!(before, "import" | "from" | ",")
    });
    // A file can use a module many times; the first use gets the only finding.
    let mut told = Vec::new();
    for index in 0..python.tokens.len() {
        sources(pass, &python, index);
        if !python.settled[index] {
            names(pass, &python, index, &mut told);
            texts(pass, &python, index);
        }
    }
    modules(pass, &python);
    home::run(pass, &python);
    options::run(pass, &python);
    if !is_for_nvidia(pass) {
        kernels::run(pass, &python);
    }
}

/// TensorFlow's scripts that find and call CUDA's tools, which projects copy.
const TENSORFLOW_SCRIPTS: &[&str] = &["find_cuda_config.py", "msvc_wrapper_for_nvcc.py"];

/// Reports a copy of one of TensorFlow's scripts, which stays.
fn tensorflow(pass: &mut Reporter) {
    let finding = pass.finding(rule::CUDA_IN_BUILD, Span::at(0)).map(|finding| {
        finding
            .saying("the file is a copy of one of TensorFlow's scripts for CUDA, and stays as it is")
            .advising("build with `TF_NEED_ROCM=1`, for which TensorFlow has `rocm_configure.bzl`")
    });
    pass.report_all(finding);
}

/// Whether the file has a name for NVIDIA beside a build for HIP, such as `generate_cuda_memory.py`: its GPU code is for NVIDIA.
fn is_for_nvidia(pass: &Reporter) -> bool {
    let path = &pass.source.path;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    let is_word = |word: &str| list::has(list::NVIDIA_NAME_WORDS, word.as_bytes());
    pass.context.project.own_hip.covers(path) && name.split('_').any(is_word)
}

impl<'a> Python<'a> {
    /// The syntax tree. Parsing takes most of the pass's time, so it waits until a token needs it.
    fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| python_tree::read(self.bytes))
    }

    fn bindings(&self) -> &[scope::Binding] {
        self.bindings.get_or_init(|| scope::bindings(self))
    }

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

    /// The text of a node.
    fn node_text(&self, node: usize) -> &'a str {
        std::str::from_utf8(&self.bytes[self.tree().span(node).range()]).unwrap_or_default()
    }

    /// The index of the token at or behind byte `start`.
    fn token_at(&self, start: u32) -> usize {
        self.tokens.partition_point(|token| token.span.start < start)
    }

    /// Whether a condition around a node settles what HIP runs there.
    fn is_settled(&self, node: usize) -> bool {
        self.settled.get(self.token_at(self.tree().span(node).start)).copied().unwrap_or_default()
    }

    /// Whether the parser could not read the statement of a node.
    fn is_broken(&self, node: usize) -> bool {
        let is_block = |&around: &usize| matches!(self.tree().kind(around), "block" | "module");
        let around = std::iter::once(node).chain(self.tree().around(node));
        let statement = around.take_while(|around| !is_block(around)).last();
        statement.is_some_and(|statement| self.tree().nodes[statement].broken)
    }

    /// Whether some token is the name `name`.
    fn is_known(&self, name: &str) -> bool {
        (0..self.tokens.len()).any(|index| self.is_name(index, name))
    }

    /// Whether PyTorch's helpers for extensions are bound to `name`.
    fn is_helpers(&self, name: &str) -> bool {
        scope::is_helpers(self, name)
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

/// Changes names of renamed files in strings. The string `.cu` alone can be about files of any project, so it is only
/// reported.
fn sources(pass: &mut Reporter, python: &Python, index: usize) {
    let TokenKind::Text(quoting) = python.tokens[index].kind else { return };
    let (text, inner) = (python.text(index), python.tokens[index].inner);
    if text == ".cu" && !pass.context.project.renamed.never_renames() {
        pass.report_saying(
            rule::RENAMED_SOURCE,
            inner,
            "files of the project that ended in `.cu` end in `.hip` in the output",
        );
    } else if !quoting.triple && (!text.contains(char::is_whitespace) || is_run(python, index)) {
        pass.follow_sources(inner);
    }
}

/// Reports names of Python that have no counterpart, or another name, under ROCm.
fn names(pass: &mut Reporter, python: &Python, index: usize, told: &mut Vec<&'static str>) {
    let token = &python.tokens[index];
    if token.kind != TokenKind::Name {
        return;
    }
    let name = python.text(index);
    // A row can have a whole dotted name, such as `torch.version.cuda`.
    let dotted = (index >= 4 && python.is(index - 1, b'.') && python.is(index - 3, b'.'))
        .then(|| format!("{}.{}.{name}", python.text(index - 4), python.text(index - 2)));
    let row =
        dotted.and_then(|dotted| pass.word(Kind::Python, &dotted)).or_else(|| pass.word(Kind::Python, name));
    let Some(row) = row else { return };
    // A file that reads the release of HIP too knows that this one can be missing.
    let is_release = row.cuda == "torch.version.cuda";
    if is_release && (reads_hip_release(python) || is_guarded_release(python, index)) {
        return;
    }
    let is_keyword = python.is(index + 1, b'=') && !python.is(index + 2, b'=');
    if !is_keyword && !is_defined(python, index) && !told.contains(&row.cuda) {
        told.push(row.cuda);
        pass.absent(row, token.span);
    }
}

/// Whether the file reads `torch.version.hip`, also by `getattr(torch.version, "hip")`. The choice of a value,
/// `if torch.version.hip else`, does not count: it reads no release, and a conversion writes it.
fn reads_hip_release(python: &Python) -> bool {
    (1..python.tokens.len()).any(|index| {
        let is_member = python.is_name(index, "hip") && python.is(index - 1, b'.');
        let chooses = index >= 5 && python.is_name(index - 5, "if") && python.is_name(index + 1, "else");
        is_member && !chooses || python.is_text(index) && python.text(index) == "hip"
    })
}

/// Whether the release of CUDA at token `index` is only read where it is not `None`:
/// `if torch.version.cuda is not None: check(torch.version.cuda)`, without another branch.
fn is_guarded_release(python: &Python, index: usize) -> bool {
    const RELEASE: &str = "torch.version.cuda";
    let tree = python.tree();
    let Some(name) = tree.at(python.tokens[index].span.start, "identifier") else { return false };
    let mut branches = tree.around(name).filter(|&around| tree.kind(around) == "if_statement");
    branches.any(|branch| {
        let part = |field| tree.part(branch, field).map_or("", |part| python.node_text(part));
        let mut conditions = part("condition").split(" and ").map(str::trim);
        let is_tested =
            conditions.any(|one| one == RELEASE || one.strip_prefix(RELEASE) == Some(" is not None"));
        is_tested && tree.part(branch, "alternative").is_none() && part("consequence").contains(RELEASE)
    })
}

/// Reports imports of modules that are in the tables.
fn modules(pass: &mut Reporter, python: &Python) {
    let imports = (0..python.tokens.len()).filter(|&index| python.is_name(index, "import"));
    for import in imports.filter(|&index| !python.settled[index]) {
        let first = dotted_before(python, import);
        let is_from = first.checked_sub(1).is_some_and(|from| python.is_name(from, "from"));
        let module = if is_from { first..import } else { import..import };
        let mut at = import + 1 + usize::from(python.is(import + 1, b'('));
        loop {
            let name = at..dotted_behind(python, at);
            let Some(row) = module_row(pass, python, &module, &name) else {
                let behind = if python.is_name(name.end, "as") { name.end + 2 } else { name.end };
                if name.is_empty() || !python.is(behind, b',') {
                    break;
                }
                at = behind + 1;
                continue;
            };
            let named = if module.is_empty() { name } else { module };
            pass.absent(row, python.tokens[named.start].span.to(python.tokens[named.end - 1].span));
            break;
        }
    }
}

/// The row of an import, if the first two or three parts of `module.name` are a name of the tables.
fn module_row(
    pass: &Reporter,
    python: &Python,
    module: &Range<usize>,
    name: &Range<usize>,
) -> Option<&'static Name> {
    let parts = module.clone().chain(name.clone()).filter(|&index| !python.is(index, b'.'));
    let parts: Vec<&str> = parts.map(|index| python.text(index)).take(3).collect();
    (2..=parts.len()).find_map(|count| pass.word(Kind::Python, &parts[..count].join(".")))
}

/// The first token of the dotted name that ends before token `end`.
fn dotted_before(python: &Python, end: usize) -> usize {
    let is_part = |&index: &usize| {
        python.is(index, b'.')
            || (python.tokens[index].kind == TokenKind::Name && !python.is_name(index, "from"))
    };
    end - (0..end).rev().take_while(is_part).count()
}

/// The end of the dotted name that begins at token `start`.
fn dotted_behind(python: &Python, start: usize) -> usize {
    let is_part = |&index: &usize| {
        let is_name = python.tokens[index].kind == TokenKind::Name;
        if (index - start).is_multiple_of(2) { is_name } else { python.is(index, b'.') }
    };
    let parts = (start..python.tokens.len()).take_while(is_part).count();
    start + parts
}

/// Whether a string is an argument or value and is the path of code that is compiled for NVIDIA's GPUs.
fn names_device_code(python: &Python, index: usize) -> bool {
    let text = python.text(index);
    let is_path =
        [".ptx", ".cubin", ".fatbin"].iter().any(|end| text.ends_with(end) && text.len() > end.len());
    let before = |mark| index > 0 && python.is(index - 1, mark);
    is_path && !text.contains(char::is_whitespace) && (before(b'(') || before(b'=') || before(b','))
}

/// Whether the file defines the name here, so that the name is the project's.
fn is_defined(python: &Python, index: usize) -> bool {
    index > 0 && (python.is_name(index - 1, "def") || python.is_name(index - 1, "class"))
}

/// Reports strings that name programs, libraries, providers or environment variables of CUDA.
fn texts(pass: &mut Reporter, python: &Python, index: usize) {
    if !python.is_text(index) {
        return;
    }
    let token = python.tokens[index];
    let text = python.text(index);
    if let Some(row) = pass.word(Kind::Environment, text).filter(|_| asks_for_variable(python, index)) {
        return variable(pass, python, index, row);
    }
    if list::PYTHON_REQUIREMENT_KEYWORDS.iter().any(|name| in_list_of(python, index, name)) {
        return package(pass, text, token.inner);
    }
    if names_device_code(python, index) {
        let what = format!("a string contains the path of code for NVIDIA's GPUs: `{text}`");
        return pass.report_saying(rule::PREBUILT_DEVICE_CODE, token.inner, what);
    }
    definitions(pass, text, token.inner.start, false);
    // The pass for options handles the folder in values.
    if text.contains(TOOLKIT) && folders::folder(text, 0).is_some() {
        return;
    }
    // The name of the project's own package may equal the name of another package.
    if index >= 2 && python.is(index - 1, b'=') && python.is_name(index - 2, "name") {
        return;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let program = first.rsplit('/').next().unwrap_or(first);
    let is_value = python.is(index + 1, b':');
    // The pass for options reports commands of nvcc.
    let is_whole_list = python.is(index + 1, b']') && index > 0 && python.is(index - 1, b'[');
    let is_command = program == "nvcc"
        && (text.len() > first.len() || python.is(index + 1, b',') || is_whole_list)
        && !is_searched(python, index);
    // `"cuda.core": ("https://...", None)` names the documents of a package.
    let is_link = || {
        is_value && (index + 2..index + 4).any(|at| python.is_text(at) && python.text(at).starts_with("http"))
    };
    if let Some(row) = pass.word(Kind::Python, text).or_else(|| library(pass, text)) {
        if !is_link() {
            pass.absent(row, token.inner);
        }
    } else if let Some(row) = pass
        .word(Kind::Tool, program)
        .filter(|_| !is_value && !is_command && (is_run(python, index) || is_below_bin(python, index)))
    {
        pass.tool(row, token.inner);
    }
}

/// Whether the string at `index` is the name of an environment variable that the program reads or sets.
fn asks_for_variable(python: &Python, index: usize) -> bool {
    let is_read = index >= 2
        && (python.is_name(index - 2, "environ")
            || python.is_name(index - 2, "getenv")
            || (python.is_name(index - 2, "get") && index >= 4 && python.is_name(index - 4, "environ")));
    is_read || is_tested(python, index)
}

/// Whether a test looks for the string at `index` among the environment variables: `"CUDA_HOME" in os.environ`.
fn is_tested(python: &Python, index: usize) -> bool {
    let behind = index + 1 + usize::from(python.is_name(index + 1, "not"));
    python.is_name(behind, "in")
        && (python.is_name(behind + 1, "environ") || python.is_name(behind + 3, "environ"))
}

/// Whether a variable for the folder of the toolkit keeps its name: the file names it in another place too, where another program may
/// read it, its default is a folder of NVIDIA's installer for Windows, or only Windows reads it.
fn keeps_name(python: &Python, index: usize) -> bool {
    let of_windows =
        python.is(index + 1, b',') && python.is_text(index + 2) && python.text(index + 2).contains("NVIDIA");
    of_windows || is_named_elsewhere(python, index) || is_for_windows(python, index)
}

/// Whether the file names the variable in the string at `index` in another place too, where it neither reads nor sets it by itself:
/// `for_workers["CUDA_LAUNCH_BLOCKING"]`.
fn is_named_elsewhere(python: &Python, index: usize) -> bool {
    let name = python.text(index);
    let is_other =
        |&other: &usize| python.is_text(other) && python.text(other) == name && !python.settled[other];
    (0..python.tokens.len()).filter(is_other).any(|other| !asks_for_variable(python, other))
}

/// Whether the program in the variable at `index` is nvcc by default, so that the file expects the output of nvcc:
/// `getenv("CUDACXX", "nvcc")`.
fn has_nvcc_as_default(python: &Python, index: usize, node: usize) -> bool {
    let tree = python.tree();
    let call = tree.around(node).find(|&around| tree.kind(around) == "call");
    python.text(index) == "CUDACXX" && call.is_some_and(|call| python.node_text(call).contains("nvcc"))
}

/// Whether a condition around token `index` tests for Windows, where ROCm's SDK sets another variable.
fn is_for_windows(python: &Python, index: usize) -> bool {
    const NAMES: &[&str] = &["\"nt\"", "'nt'", "win32", "Windows", "IS_WINDOWS"];
    let tree = python.tree();
    let Some(node) = tree.at(python.tokens[index].span.start, "string") else { return false };
    let mut branches = tree.around(node).filter(|&around| tree.kind(around) == "if_statement");
    branches.any(|branch| {
        let condition = tree.part(branch, "condition").map_or("", |condition| python.node_text(condition));
        NAMES.iter().any(|name| condition.contains(name))
    })
}

/// Whether the string at `index` is the default of an environment variable that gets another name:
/// `environ.get("CUDA_HOME", "/usr/local/cuda")`.
fn is_renamed_default(pass: &Reporter, python: &Python, index: usize) -> bool {
    let Some(key) = index.checked_sub(2).filter(|&key| python.is_text(key)) else { return false };
    python.is(index - 1, b',')
        && python.is(index + 1, b')')
        && asks_for_variable(python, key)
        && pass
            .word(Kind::Environment, python.text(key))
            .is_some_and(|row| pass.spelling(row).is_some_and(|hip| hip != row.cuda))
        && !keeps_name(python, key)
}

/// `edits` of the string at `index`, for ROCm only: with a choice by vendor behind them if the file serves both. `None` if no name
/// in scope shows the vendor.
fn for_rocm(python: &Python, index: usize, node: usize, mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
    match scope::vendor(python, node) {
        Vendor::Unasked => {}
        Vendor::OutOfScope => return None,
        Vendor::Known(condition) => {
            let span = python.tokens[index].span;
            let choice = format!(" if {} else {}", condition.text, python.node_text(node));
            edits.push(Edit::pieces(span, vec![Piece::Span(span), Piece::Text(choice.into())]));
            edits.extend(condition.edits);
        }
    }
    Some(edits)
}

/// Renames an environment variable that the program reads or sets.
fn variable(pass: &mut Reporter, python: &Python, index: usize, row: &'static Name) {
    let token = python.tokens[index];
    let node = python.tree().at(token.span.start, "string").filter(|&node| !python.is_broken(node));
    let renamed = pass.spelling(row).filter(|&hip| hip != row.cuda).zip(node);
    let Some((hip, node)) = renamed else { return pass.rename(row, token.inner) };
    if hip == "ROCM_PATH" && keeps_name(python, index) {
        let what = format!("`{}` is a variable for the folder of the CUDA toolkit", row.cuda);
        return pass.report_saying(rule::CUDA_FOLDER, token.inner, what);
    }
    if hip != "ROCM_PATH" {
        if is_named_elsewhere(python, index) {
            return pass.absent_advising(
                row,
                token.inner,
                "change the name in all places of the file together",
            );
        }
        if has_nvcc_as_default(python, index, node) {
            let todo = "read the release of ROCm or hipcc instead: the file expects what nvcc prints";
            return pass.absent_advising(row, token.inner, todo);
        }
    }
    let Some(edits) = for_rocm(python, index, node, vec![Edit::replace(token.inner, hip)]) else {
        let what = format!("`{}` is a variable of CUDA, and no name in scope shows the vendor", row.cuda);
        return pass.report_saying(rule::TORCH_OUT_OF_SCOPE, token.inner, what);
    };
    pass.replace(row, token.inner, Fix::Many(edits));
}

/// Whether a string is in a list that is the value of the keyword `name`.
fn in_list_of(python: &Python, index: usize, name: &str) -> bool {
    python.around[index].is_some_and(|open| {
        open >= 2 && python.is(open, b'[') && python.is(open - 1, b'=') && python.is_name(open - 2, name)
    })
}

/// The row of a shared library with or without its version: `libcudart.so.12`.
fn library(pass: &Reporter, text: &str) -> Option<&'static tranship_rules::Name> {
    let name = text.rsplit('/').next().unwrap_or(text);
    let stem = name.split(".so").next().filter(|stem| stem.len() < name.len())?;
    pass.word(Kind::Python, &format!("{stem}.so"))
}
