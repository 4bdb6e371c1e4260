//! Makefiles and shell scripts: command lines of nvcc become those of hipcc, folders and variables of the toolkit those
//! of ROCm.
//!
//! What the author settled stays: branches with a condition about HIP or ROCm. Names of renamed files are followed there
//! too.

use tranship_rules::{Kind, Name, rule};

use super::nvcc_options::{self as flags, CommandLine};
use super::{Context, Reporter};
use crate::finding::Fix;
use crate::readers::branches::{self, Branches, Chain, Step};
use crate::readers::lines::{self, Dialect, Line, Word};
use crate::readers::words;
use crate::text::{Edit, Span};

/// The folder that CUDA is installed into when nothing is said.
const TOOLKIT: &str = "/usr/local/cuda";

/// Runs the pass over a whole file.
pub(crate) fn run(pass: &mut Reporter, dialect: Dialect) {
    let lines = lines::lines(&pass.source.bytes, dialect);
    run_on(pass, &lines, dialect);
}

/// Runs the pass over some lines.
pub(crate) fn run_on(pass: &mut Reporter, lines: &[Line], dialect: Dialect) {
    let settled = settled(&Script { bytes: &pass.source.bytes, lines, dialect }, pass.context);
    for (line, settled) in lines.iter().zip(settled) {
        for word in &line.words {
            sources(pass, *word);
        }
        if !settled {
            one(pass, line, dialect);
        }
    }
}

fn text<'a>(pass: &Reporter<'a>, span: Span) -> &'a str {
    std::str::from_utf8(&pass.source.bytes[span.range()]).unwrap_or_default()
}

/// Follows renamed files; `.cu.o:` is the old way to say how one kind of file becomes another.
fn sources(pass: &mut Reporter, word: Word) {
    let said = text(pass, word.span);
    if !pass.context.project.renamed.is_empty() && (said.starts_with(".cu.") || said == ".cu") {
        let span = Span::new(word.span.start, word.span.start + 3);
        pass.report_fix(rule::RENAMED_SOURCE_FOLLOWED, word.span, Fix::One(Edit::replace(span, ".hip")));
        return;
    }
    pass.follow_sources(word.span);
}

fn one(pass: &mut Reporter, line: &Line, dialect: Dialect) {
    let name = line.assigned.map(|name| text(pass, name)).unwrap_or_default();
    if let (Some(span), Some(row)) = (line.assigned, pass.word(Kind::Environment, name)) {
        pass.rename(row, span);
        named_folder(pass, line, row);
    } else if name == "ROCM_PATH"
        && let Some(row) = pass.word(Kind::Environment, "CUDA_PATH")
    {
        named_folder(pass, line, row);
    }
    let first = line.words.first().map(|word| text(pass, word.span)).unwrap_or_default();
    // What is printed speaks to people.
    if matches!(first.trim_start_matches('@'), "echo" | "printf" | "$(info" | "$(error" | "$(warning") {
        return;
    }
    let is_nvcc = line.words.iter().any(|word| is_compiler(text(pass, word.inner)))
        || ["NVCC", "CUDA", "GENCODE", "CUFLAGS", "CU_FLAGS"].iter().any(|part| name.contains(part));
    let command_line = if is_nvcc { CommandLine::Nvcc } else { CommandLine::Unknown };
    options(pass, line, command_line);
    for (index, word) in line.words.iter().enumerate() {
        let is_command = index == 0 || dialect == Dialect::Make || line.assigned.is_some();
        tool(pass, *word, is_command || is_asked_for(first));
        variables(pass, *word);
        folders(pass, *word, !is_nvcc);
    }
}

/// A folder of the toolkit that is none of the known ones, given to a variable that becomes the folder of ROCm.
fn named_folder(pass: &mut Reporter, line: &Line, row: &Name) {
    let is_folder = row.spellings.iter().any(|spelling| spelling.hip == "ROCM_PATH");
    let (Some(first), Some(last)) = (line.words.first(), line.words.last()) else { return };
    let span = first.span.to(last.span);
    let value = text(pass, span).to_ascii_lowercase();
    if is_folder && !value.contains(TOOLKIT) && !value.contains('$') && value.contains("cuda") {
        let what = format!("a folder of the CUDA toolkit is named: `{}`", text(pass, span));
        pass.report_saying(rule::CUDA_FOLDER, span, what);
    }
}

/// Whether the command asks whether a program is there, or runs one given to it.
fn is_asked_for(command: &str) -> bool {
    matches!(
        command,
        "which" | "command" | "type" | "hash" | "exec" | "sudo" | "env" | "time" | "if" | "!" | "then" | "do"
    )
}

/// Whether a word calls nvcc, by name or through a variable.
fn is_compiler(word: &str) -> bool {
    let name = word.trim_start_matches(['@', '-']).rsplit('/').next().unwrap_or(word);
    matches!(name, "nvcc" | "$(NVCC)" | "${NVCC}" | "$NVCC" | "\"$NVCC\"" | "$(CUDA_NVCC)" | "$(CUDACC)")
}

fn options(pass: &mut Reporter, line: &Line, command_line: CommandLine) {
    let mut run = Vec::new();
    for word in &line.words {
        let inner = text(pass, word.inner);
        let is_value = run.last().is_some_and(|last: &words::Word| last.text == "-Xcompiler");
        if word.inner != word.span && inner.contains(char::is_whitespace) && !is_value {
            flags::run(pass, &std::mem::take(&mut run), command_line, " ");
            flags::run(pass, &words::words(inner, word.inner.start, b""), command_line, " ");
        } else {
            run.push(words::Word { text: inner, span: word.span });
        }
    }
    flags::run(pass, &run, command_line, " ");
}

/// A program of the toolkit, by its bare name or by a path.
fn tool(pass: &mut Reporter, word: Word, is_command: bool) {
    let said = text(pass, word.inner);
    let start = said.rfind('/').map_or(0, |slash| slash + 1);
    let name = said[start..].trim_start_matches(['@', '-']);
    let Some(row) = pass.word(Kind::Tool, name) else { return };
    // A word that only looks like a program may be an argument.
    if is_command || start > 0 || name == "nvcc" {
        let end = word.inner.end;
        pass.rename(row, Span::new(end - name.len() as u32, end));
    }
}

/// `$NAME`, `${NAME}`, `$(NAME)`.
fn variables(pass: &mut Reporter, word: Word) {
    let said = text(pass, word.span);
    for (dollar, _) in said.match_indices('$') {
        let rest = said[dollar + 1..].trim_start_matches(['(', '{']);
        let start = said.len() - rest.len();
        let length = rest.bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        let Some(row) = pass.word(Kind::Environment, &rest[..length]) else { continue };
        let at = word.span.start + start as u32;
        pass.rename(row, Span::new(at, at + length as u32));
    }
}

/// Folders of the toolkit: the literal one, and `lib64` below one that a variable names. A host compiler that includes
/// HIP's headers has to be told for whom.
pub(crate) fn folders(pass: &mut Reporter, word: Word, needs_platform: bool) {
    let said = text(pass, word.span);
    if !said.contains(['/', 'C']) {
        return;
    }
    for (at, _) in said.match_indices(TOOLKIT) {
        let rest = &said[at + TOOLKIT.len()..];
        let version =
            rest.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')).count();
        let span =
            Span::new(word.span.start + at as u32, word.span.start + (at + TOOLKIT.len() + version) as u32);
        below(pass, word, at + TOOLKIT.len() + version, Some(span), needs_platform);
    }
    for variable in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_PATH"] {
        for (at, _) in said.match_indices(variable) {
            let close = usize::from(said[at + variable.len()..].starts_with([')', '}']));
            below(pass, word, at + variable.len() + close, None, needs_platform);
        }
    }
    // A conversion gives the variable its new name and leaves the folder below it.
    for (at, _) in said.match_indices("ROCM_PATH") {
        let end = at + "ROCM_PATH".len();
        let end = end + usize::from(said[end..].starts_with([')', '}']));
        if CUDA_ONLY_FOLDERS.iter().any(|folder| said[end..].starts_with(folder)) {
            below(pass, word, end, None, needs_platform);
        }
    }
}

/// Folders of the toolkit that ROCm does not have, as seen in CUDA 12.4.
const CUDA_ONLY_FOLDERS: &[&str] = &["/targets/", "/extras/", "/nvvm/", "/samples/", "/compute-sanitizer"];

/// What stands below the folder that ends at byte `end` of `word`; `folder` is the folder where it is a literal one.
fn below(pass: &mut Reporter, word: Word, end: usize, folder: Option<Span>, needs_platform: bool) {
    let said = text(pass, word.span);
    let rest = said[end..].trim_end_matches(['"', '\'']);
    let part = rest.split([':', ' ', ')', '"']).next().unwrap_or(rest).trim_end_matches('/');
    let at = word.span.start + end as u32;
    let mut edits: Vec<Edit> = folder.map(|folder| Edit::replace(folder, "/opt/rocm")).into_iter().collect();
    match part {
        "" | "/bin" | "/lib" | "/include" | "/bin/nvcc" => {}
        "/lib64" => edits.push(Edit::replace(Span::new(at, at + 6), "/lib")),
        _ => {
            let span = folder.unwrap_or(Span::new(at, at + part.len() as u32));
            let what = format!("a folder of the CUDA toolkit is named: `{part}`");
            return pass.report_saying(rule::CUDA_FOLDER, span, what);
        }
    }
    if part == "/include" && said.starts_with("-I") && needs_platform {
        edits.push(Edit::insert(word.span.end, " -D__HIP_PLATFORM_AMD__"));
    }
    if !edits.is_empty() {
        let span = Span::new(word.span.start, word.span.end);
        pass.report_fix(rule::CUDA_FOLDER_MOVED, span, Fix::Many(edits));
    }
}

/// The lines of a file, whose branches end with `endif` or `fi`.
struct Script<'a> {
    bytes: &'a [u8],
    lines: &'a [Line],
    dialect: Dialect,
}

impl Script<'_> {
    fn word(&self, span: Span) -> &str {
        std::str::from_utf8(&self.bytes[span.range()]).unwrap_or_default()
    }
}

impl Branches for Script<'_> {
    fn count(&self) -> usize {
        self.lines.len()
    }

    fn tells(&self, part: usize, told: &dyn Fn(&str) -> bool) -> bool {
        self.lines[part].words.iter().any(|word| told(self.word(word.span)))
    }

    fn chains(&self) -> Vec<Chain> {
        branches::chains(self.lines.iter().map(|line| {
            let is_make = self.dialect == Dialect::Make && !line.is_recipe;
            let first = line.words.first().map_or("", |word| self.word(word.span));
            match first {
                "ifeq" | "ifneq" | "ifdef" | "ifndef" if is_make => Step::Opens,
                "endif" if is_make => Step::Ends,
                "if" if !is_make => Step::Opens,
                "fi" if !is_make => Step::Ends,
                "else" | "elif" => Step::GoesOn,
                _ => Step::Inside,
            }
        }))
    }
}

/// For each part of `file`, whether its author has settled what happens to it on HIP.
pub(crate) fn settled(file: &dyn Branches, context: &Context) -> Vec<bool> {
    branches::settled(file, &|word| speaks_of_hip(word, &context.guards.extra))
}

/// The same for a file that is for HIP already: branches about CUDA are settled too.
pub(crate) fn settled_for_both(file: &dyn Branches, context: &Context) -> Vec<bool> {
    // A variable of CMake's own CUDA support is a leftover, unless it says whether CUDA is there.
    let speaks_of_cuda = |word: &str| {
        let word = word.trim_start_matches("${").trim_end_matches('}');
        let is_own = word.ends_with("_FOUND") || context.rules.word(Kind::CmakeVariable, word).is_none();
        let word = word.to_ascii_lowercase();
        is_own && ["cuda", "nvcc", "nvidia"].iter().any(|part| word.contains(part))
    };
    branches::settled(file, &|word| speaks_of_hip(word, &context.guards.extra) || speaks_of_cuda(word))
}

/// Whether a word names HIP or ROCm: `USE_HIP`, `hip_FOUND`, `rocm`, or one of the project's own `guards`.
fn speaks_of_hip(word: &str, guards: &[String]) -> bool {
    let mut names = word.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    names.any(|name| {
        let mut parts = name.split('_').map(str::to_ascii_lowercase);
        guards.iter().any(|guard| guard == name)
            || parts.any(|part| matches!(&*part, "hip" | "rocm" | "hipcc" | "amdgpu"))
    })
}

#[cfg(test)]
mod tests {
    use super::speaks_of_hip;

    #[test]
    fn words_that_name_hip() {
        let check = |word: &str, expected| {
            assert_eq!(speaks_of_hip(word, &["ON_AMD".to_owned()]), expected, "{word}");
        };
        check("USE_HIP", true);
        check("${hip_FOUND}", true);
        check("rocm", true);
        check("/opt/rocm/bin/hipcc", true);
        check("ON_AMD", true);
        check("$(ON_AMD)", true);
        check("chip", false);
        check("NOT_ON_AMD", false);
        check("CUDA", false);
    }
}
