//! What code gets from CUDA's headers and not from the headers of HIP that take their place: includes within headers of
//! libraries, `__align__` for host compilers, and headers that only a HIP compiler reads.
//!
//! A file is read by a host compiler if it is, or is included by, a C or C++ source. Include directories and options of the
//! build are not known.

use std::path::Path;

use tranship_rules::{Kind, Resolution, list, rule};

use crate::cpp::{Token, TokenKind, call_site, insertion};
use crate::finding::Fix;
use crate::index::includes::{Include, includes};
use crate::pass::{Pass, compiled_as_hip};
use crate::text::{Edit, Span, path::readable};

/// Names that code gets with headers of CUDA's libraries, and the header that has to be included for them with HIP.
struct Brought {
    /// CUDA's header that declares the names.
    header: &'static str,
    /// The headers of CUDA that include `header`.
    by: &'static [&'static str],
    names: &'static [&'static str],
}

const BROUGHT: &[Brought] = &[
    Brought { header: "cuda_fp16.h", by: list::HEADERS_WITH_HALF, names: list::HALF_NAMES },
    Brought { header: "cuda_bf16.h", by: list::HEADERS_WITH_BFLOAT16, names: list::BFLOAT16_NAMES },
];

/// Endings of files that a host compiler is started on.
const HOST_SOURCES: &[&str] = &["c", "cc", "cpp", "cxx"];

/// The most files that one finding names.
const MOST_NAMED: usize = 3;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    if pass.unit.is_hip() {
        if has_converted_sources(pass) {
            let cmake = &pass.context.project.cmake;
            let mut sources = host_sources(pass);
            sources.retain(|source| !cmake.may_compile_as_hip(source));
            headers(pass, &sources);
        }
        return;
    }
    for brought in BROUGHT {
        include(pass, brought);
    }
    let mut sources = host_sources(pass);
    if !sources.is_empty() {
        alignments(pass);
    }
    sources.retain(|source| !compiled_as_hip(pass.context, source));
    // A build for HIP of the project's own reads the header with its host compiler already.
    if !sources.is_empty() && !pass.context.project.own_hip.exists() {
        headers(pass, &sources);
    }
}

/// Whether the project has its code for the device in `.hip` files. Without such files, a C++ source of HIP is compiled as HIP.
fn has_converted_sources(pass: &Pass) -> bool {
    let (index, project) = (&pass.context.index, &pass.context.project);
    let is_hip = |path: &Path| path.extension().is_some_and(|ending| ending == "hip");
    !project.own_hip.exists() && index.paths().any(|(_, path)| is_hip(path))
}

/// Adds the include for the first use of a name of `brought`, if the file gets the name with a header of a library only.
fn include(pass: &mut Pass, brought: &Brought) {
    let Some(used) = first_use(pass, brought.names) else { return };
    let Some(row) = pass.context.rules.header(brought.header.as_bytes()) else { return };
    let Resolution::Spelling(spelling) = row.at(pass.context.target.rocm) else { return };
    let reaches = |names: &[&str]| {
        let (path, index) = (&pass.unit.source.path, &pass.context.index);
        let is_one = |include: &Include, local: bool| !local && names.contains(&include.name.as_str());
        let is_local = |include: &Include| index.resolve(path, &include.name, include.quoted).is_some();
        includes(pass.unit).iter().any(|include| is_one(include, is_local(include)))
            || index.may_reach(path, is_one)
    };
    if reaches(&[brought.header, spelling.hip]) || !reaches(brought.by) {
        return;
    }
    let Some(edit) = insertion::behind_one_of(pass.unit, spelling.hip, |name| brought.by.contains(&name))
    else {
        return;
    };
    let what = format!("`{}` comes from `{}`", pass.unit.slice(used), brought.header);
    let finding = pass.finding(rule::BROUGHT_INCLUDE, used);
    pass.report_all(finding.map(|finding| finding.saying(what).with(Fix::One(edit))));
}

/// The first use of one of `names` that refers to CUDA's definition.
fn first_use(pass: &Pass, names: &[&str]) -> Option<Span> {
    let unit = pass.unit;
    let is_cudas = |name: &str, at: usize| {
        let kind = pass.context.rules.name(name.as_bytes()).map_or(Kind::Function, |row| row.kind);
        let declarations = pass.declarations(name.as_bytes(), kind);
        !declarations.iter().any(|(_, extent)| extent.has(unit, at))
    };
    let first = |name: &&str| {
        let places = unit.places(name.as_bytes(), 0..unit.tokens().len()).iter().map(|&at| at as usize);
        let mut uses = places.filter(|&at| {
            !unit.tokens()[at].is(Token::FROZEN) && call_site::is_use(unit, at) && is_cudas(name, at)
        });
        (!pass.is_own(name.as_bytes())).then(|| uses.next()).flatten()
    };
    names.iter().filter_map(first).min().map(|at| unit.tokens()[at].span())
}

/// The sources for a host compiler that are, or include, the file. A source with device code is compiled by nvcc.
fn host_sources<'a>(pass: &Pass<'a>) -> Vec<&'a Path> {
    let is_source = |path: &Path| {
        path.extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| HOST_SOURCES.contains(&ending))
    };
    let path = pass.unit.source.path.as_path();
    if is_source(path) {
        let is_device = pass.unit.launches().next().is_some()
            || !pass.unit.places(b"__global__", 0..pass.unit.tokens().len()).is_empty();
        return if is_device { Vec::new() } else { vec![path] };
    }
    let index = &pass.context.index;
    let mut sources: Vec<_> = index.host_includers(path).filter(|path| is_source(path)).collect();
    sources.sort_unstable();
    sources
}

/// `__align__(N)` becomes the attribute that HIP's macro stands for. Host compilers do not get the macro from HIP's headers.
fn alignments(pass: &mut Pass) {
    const NAME: &[u8] = b"__align__";
    let unit = pass.unit;
    if pass.is_own(NAME) || pass.context.index.is_macro(NAME) {
        return;
    }
    let tokens = unit.tokens();
    for &at in unit.places(NAME, 0..tokens.len()) {
        let at = at as usize;
        let close = tokens
            .get(at + 1)
            .filter(|token| token.is_punct(b'('))
            .and_then(|_| unit.lexed.close_of(at + 1, tokens.len()));
        let Some(close) = close.filter(|_| !tokens[at].is(Token::FROZEN)) else { continue };
        debug_assert_eq!(tokens[at].kind, TokenKind::Identifier);
        let edits = vec![
            Edit::replace(tokens[at].span(), "__attribute__((aligned"),
            Edit::insert(tokens[close].end, "))"),
        ];
        pass.report_fix(rule::HOST_ALIGNMENT, tokens[at].span(), Fix::Many(edits));
    }
}

/// Reports includes that are, or become, headers which only a HIP compiler reads. `sources` are compiled by a host compiler.
fn headers(pass: &mut Pass, sources: &[&Path]) {
    let unit = pass.unit;
    if sources.is_empty() {
        return;
    }
    let mut seen = Vec::new();
    for (_, token) in unit.includes().filter(|(_, token)| !token.is(Token::FROZEN)) {
        let name = unit.slice(Span::new(token.start + 1, token.end - 1));
        let row = pass.context.rules.header(name.as_bytes());
        let hip = match row.map(|row| row.at(pass.context.target.rocm)) {
            Some(Resolution::Spelling(spelling)) => spelling.hip,
            None if unit.is_hip() => &*name,
            _ => continue,
        };
        if !list::HIP_COMPILER_HEADERS.iter().any(|start| hip.starts_with(start))
            || seen.iter().any(|one| one == hip)
        {
            continue;
        }
        seen.push(hip.to_owned());
        let named: Vec<_> =
            sources.iter().take(MOST_NAMED).map(|path| format!("`{}`", readable(path))).collect();
        let more = match sources.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!("a host compiler reads `{hip}` in {}{more}", named.join(", "));
        pass.report_saying(rule::HOST_COMPILER_HEADER, token.span(), what);
    }
}
