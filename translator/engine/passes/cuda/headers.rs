//! `#include`: CUDA headers become their HIP counterparts, and includes of renamed project files get the new names. A
//! translation unit gets the runtime header that nvcc adds by itself.
//!
//! A header of the project is never treated as a system header of the same name.

use std::ops::Range;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{Header, HeaderAction, Level, Resolution, list, rule};

use crate::cpp::conditions::around;
use crate::cpp::insertion;
use crate::cpp::{Token, Unit};
use crate::finding::{Finding, Fix, Message, Words};
use crate::index::includes::{Include, includes};
use crate::lang::Lang;
use crate::pass::Pass;
use crate::pass::toolkit_folders::TOOLKIT;
use crate::text::{Edit, Span, line_start};

/// The header that nvcc includes by itself.
const RUNTIME: &str = "hip/hip_runtime.h";
/// The header of the vector types. It declares nothing in C (HIP 5.2.3, 6.4 and 7.1), and [`API`] does.
const VECTORS: &str = "hip/hip_vector_types.h";
/// The header of the functions for the host.
const API: &str = "hip/hip_runtime_api.h";

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let mut seen = Seen::default();
    // The files that include an enclosed file include the runtime header. And if the build for HIP of the project compiles the file
    // as it is, the same file may be NVIDIA's too.
    let path = &pass.unit.source.path;
    let stays = pass.context.index.is_enclosed(path) || pass.context.project.own_hip.covers(path);
    let needs_runtime = pass.unit.source.lang == Lang::Cuda
        || pass.unit.includes().any(|(_, name)| needs_runtime(trimmed(pass.unit, name)));
    let inserted = needs_runtime && !stays && !runtime_comes_first(pass);
    if inserted {
        insert_runtime(pass);
        seen.at.entry(RUNTIME.to_owned()).or_default().insert(None);
    }
    let includes: Vec<(usize, Token)> = pass.unit.includes().map(|(index, token)| (index, *token)).collect();
    for (directive, token) in includes {
        if !token.is(Token::FROZEN) {
            include(pass, &mut seen, directive, token);
        }
    }
}

/// The headers included so far, each with the innermost branch around each of its includes.
#[derive(Default)]
struct Seen {
    at: FxHashMap<String, FxHashSet<Option<usize>>>,
}

impl Seen {
    /// Records `header` at `offset`. Returns `true` if an earlier include of it is compiled whenever this one is.
    fn again(&mut self, header: &str, unit: &Unit, offset: u32) -> bool {
        let places = self.at.entry(header.to_owned()).or_default();
        let mut branches = around(&unit.regions, offset).map(Some).chain([None]);
        let again = branches.any(|branch| places.contains(&branch));
        places.insert(around(&unit.regions, offset).next());
        again
    }
}

fn include(pass: &mut Pass, seen: &mut Seen, directive: usize, token: Token) {
    let unit = pass.unit;
    let quoted = token.byte == b'"';
    let name = unit.slice(Span::new(token.start + 1, token.end - 1)).into_owned();
    if let Some(known) = below_toolkit(&name) {
        return of_copy(pass, seen, directive, token, known, true);
    }
    let local = pass.context.index.resolve(&unit.source.path, &name, quoted);
    let row = pass.context.rules.header(name.as_bytes());
    let trees = pass.context.project.own_hip.copies();
    let tree = local.and_then(|path| trees.iter().find(|tree| path.starts_with(&tree.root)));
    if let (Some(path), Some(tree)) = (local, tree) {
        let known =
            path.strip_prefix(&tree.include_path).ok().and_then(Path::to_str).unwrap_or(&name).to_owned();
        return of_copy(pass, seen, directive, token, &known, false);
    }
    // A copy of CUDA's header does not replace the header of ROCm.
    let copied = local
        .filter(|path| pass.context.index.is_in_copy(path))
        .and_then(|path| row.or_else(|| pass.context.rules.header(path.file_name()?.as_encoded_bytes())));
    if let Some(header) = copied.filter(|header| header.action != HeaderAction::Manual) {
        system_header(pass, seen, directive, token, header);
        return;
    }
    let local = local.map(Path::to_owned);
    match (local, row) {
        (Some(path), None) => follow(pass, &path, token, &name),
        (Some(path), Some(_)) if quoted || is_in_a_folder(&path, &name) => follow(pass, &path, token, &name),
        (_, Some(header)) => system_header(pass, seen, directive, token, header),
        (None, None) => {
            let again = seen.again(&name, unit, token.start);
            if !again && !quoted && list::CUDA_HEADER_FOLDERS.iter().any(|folder| name.starts_with(folder)) {
                let what = format!("no counterpart is known for the CUDA header `{name}`");
                pass.report_saying(rule::UNMAPPED_HEADER, token.span(), what);
            }
        }
    }
}

/// The name of the header in a path to the folder of the toolkit: `/usr/local/cuda-12.4/include/cufft.h`.
fn below_toolkit(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(TOOLKIT).filter(|rest| rest.starts_with(['/', '-']))?;
    rest.split_once("/include/").map(|(_, name)| name)
}

/// The include of the header `name` of a library that the project has a copy of, or of the toolkit in its folder: the headers of ROCm
/// replace it. An unknown header is reported if it `is_of_cuda` or has a folder of CUDA.
fn of_copy(pass: &mut Pass, seen: &mut Seen, directive: usize, token: Token, name: &str, is_of_cuda: bool) {
    let written = Span::new(token.start + 1, token.end - 1);
    match pass.context.rules.header(name.as_bytes()) {
        Some(header) if header.action == HeaderAction::Same => {
            if pass.unit.slice(written) != name {
                pass.report(safe(header, token.span(), Edit::replace(written, header.cuda)));
            }
            seen.again(header.cuda, pass.unit, token.start);
        }
        Some(header) => system_header(pass, seen, directive, token, header),
        None => {
            let has_folder = list::CUDA_HEADER_FOLDERS.iter().any(|folder| name.starts_with(folder));
            if !seen.again(name, pass.unit, token.start) && (is_of_cuda || has_folder) {
                let what = format!("no counterpart is known for the header `{name}`");
                pass.report_saying(rule::UNMAPPED_HEADER, token.span(), what);
            }
        }
    }
}

/// Whether angle brackets name a project file by a path with a folder. Projects include their public headers this way.
fn is_in_a_folder(path: &Path, name: &str) -> bool {
    name.contains('/') && path.ends_with(name)
}

/// The include of a project file gets the file's new name.
fn follow(pass: &mut Pass, path: &Path, token: Token, name: &str) {
    let keeps = pass.context.keep_names || pass.context.project.own_hip.keeps_name(path);
    if keeps || Lang::of(path) != Lang::Cuda {
        return;
    }
    let Some(at) = name.rfind(".cu") else { return };
    let start = token.start + 1 + at as u32;
    let edit = Edit::replace(Span::new(start, start + 3), ".hip");
    pass.report_fix(rule::RENAMED_INCLUDE, token.span(), Fix::One(edit));
}

fn system_header(pass: &mut Pass, seen: &mut Seen, directive: usize, token: Token, header: &'static Header) {
    match header.action {
        HeaderAction::Same => {
            let again = seen.again(header.cuda, pass.unit, token.start);
            let is_libcudacxx = header.cuda.starts_with("cuda/");
            // Where the file uses libcu++, its names have the findings.
            if is_libcudacxx && !again && !uses_libcudacxx(pass.unit, header.cuda.starts_with("cuda/std/")) {
                let what = format!("`{}` is a header of libcu++", header.cuda);
                pass.report_saying(rule::LIBCUDACXX, token.span(), what);
            }
        }
        HeaderAction::Drop => {
            let edit = Edit::remove(line_of(pass.unit, directive));
            pass.report(safe(header, token.span(), edit));
        }
        HeaderAction::Manual => report(pass, header, token, Resolution::Unsupported),
        HeaderAction::Map => match header.at(pass.context.target.rocm) {
            Resolution::Spelling(spelling) => {
                let path = &pass.unit.source.path;
                let is_in_c = || pass.context.index.file_of_c_with(path).is_some();
                let hip = if spelling.hip == VECTORS && is_in_c() { API } else { spelling.hip };
                let edit = if seen.again(hip, pass.unit, token.start) {
                    Edit::remove(line_of(pass.unit, directive))
                } else if hip == header.cuda {
                    return;
                } else {
                    Edit::replace(Span::new(token.start + 1, token.end - 1), hip)
                };
                pass.report(safe(header, token.span(), edit));
            }
            resolution => report(pass, header, token, resolution),
        },
    }
}

/// Whether the file has names of libcu++, of its namespace `std` if `of_std`.
fn uses_libcudacxx(unit: &Unit, of_std: bool) -> bool {
    let places = unit.places(b"cuda", 0..unit.tokens().len());
    places.iter().any(|&at| !of_std || unit.is_word(at as usize + 2, "std"))
}

fn safe(header: &'static Header, span: Span, edit: Edit) -> Finding {
    let words = Words {
        what: format!("`{}` has another name on ROCm", header.cuda).into(),
        why: "ROCm has its own header for this purpose".into(),
        ..Words::default()
    };
    let message = Message::Own(Box::new(words));
    Finding::new(header.cuda, Level::Safe, span, Fix::One(edit), message)
}

fn report(pass: &mut Pass, header: &'static Header, token: Token, resolution: Resolution) {
    let what = pass.absence(header.cuda, resolution);
    let todo = if header.note.is_empty() {
        "include a replacement, or exclude the code that needs the header with a guard"
    } else {
        header.note
    };
    let words = Words {
        what: what.into(),
        why: "the include does not compile with ROCm".into(),
        todo: todo.into(),
        ..Words::default()
    };
    let message = Message::Own(Box::new(words));
    pass.report(Finding::new(header.cuda, Level::Manual, token.span(), Fix::None, message));
}

/// The whole line of the directive if the line contains nothing else, otherwise only the directive.
fn line_of(unit: &Unit, directive: usize) -> Span {
    let bytes = &unit.source.bytes;
    let span = unit.lexed.directives[directive].span;
    let is_blank = |range: Range<usize>| bytes[range].iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'));
    let start = line_start(bytes, span.start as usize);
    let end = memchr::memchr(b'\n', &bytes[span.end as usize..])
        .map_or(bytes.len(), |at| span.end as usize + at + 1);
    let tail = end - usize::from(bytes[..end].ends_with(b"\n"));
    if is_blank(start..span.start as usize) && is_blank(span.end as usize..tail.max(span.end as usize)) {
        Span::new(start as u32, end as u32)
    } else {
        span
    }
}

/// Whether an include of the file brings the runtime header before any code that may need it.
fn runtime_comes_first(pass: &Pass) -> bool {
    let path = &pass.unit.source.path;
    let index = &pass.context.index;
    for include in includes(pass.unit).iter().filter(|include| include.unconditional) {
        let local = index.resolve(path, &include.name, include.quoted);
        if needs_runtime(&include.name) {
            return false;
        }
        if brings_runtime(pass, include, local.is_some()) {
            return true;
        }
        if let Some(local) = local {
            return index.brings_first(local, |include, is_local| brings_runtime(pass, include, is_local));
        }
    }
    pass.unit.tokens().is_empty()
}

/// Whether the header becomes one of HIP that needs the runtime header before it.
fn needs_runtime(name: &str) -> bool {
    list::has(list::HEADERS_THAT_NEED_THE_RUNTIME, name.as_bytes())
}

/// The name in an include, without its quotes or brackets.
fn trimmed<'a>(unit: &Unit<'a>, name: &Token) -> &'a str {
    let name = unit.text(&Token { start: name.start + 1, end: name.end - 1, ..*name });
    std::str::from_utf8(name).unwrap_or_default()
}

/// Whether `include` is, or becomes, a header that includes HIP's runtime header. It may name a file of the project.
fn brings_runtime(pass: &Pass, include: &Include, is_local: bool) -> bool {
    let name = include.name.as_str();
    let becomes = || pass.context.rules.header(name.as_bytes()).is_some_and(|header| header.runtime);
    let brings = || becomes() || pass.context.runtime_headers.contains(name);
    name == RUNTIME || (!(include.quoted && is_local) && brings())
}

/// Puts the runtime header before the first include, outside of every branch, or before the first code.
fn insert_runtime(pass: &mut Pass) {
    let Some(edit) = insertion::before_includes(pass.unit, RUNTIME) else { return };
    pass.report_fix(rule::RUNTIME_HEADER, edit.span, Fix::One(edit));
}
