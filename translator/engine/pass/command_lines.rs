//! Translates command lines of Makefiles and shell scripts: nvcc becomes hipcc, and folders and variables of the
//! toolkit become folders and variables of ROCm.
//!
//! Branches with a condition about HIP or ROCm stay as they are, except that names of renamed files are changed.

use std::borrow::Cow;

use tranship_rules::{Kind, rule};

use super::cmake_definitions::definitions;
use super::command_variables::{Variables, placed_references};
use super::command_words::{
    QUOTED_VALUES, changes_toolkit, has_objects, is_other_tool, is_test_before_question, keeps_compiler,
    named_folder,
};
use super::input_language::move_before_inputs;
use super::library_lists::libraries;
use super::nvcc_options::{self as flags, CommandLine};
use super::nvcc_version;
use super::package_names;
use super::toolkit_folders::{
    END_OF_PROGRAM, TOOLKIT, add_platform, below_toolkits, elsewhere, folders_except, is_in_definition,
    option_of_folder,
};
use super::vendor_branches::settled;
use super::{Context, Reporter};
use crate::finding::Fix;
use crate::readers::branches::{self, Branches, Chain, Step};
use crate::readers::lines::{self, Dialect, Line, Word};
use crate::readers::words;
use crate::text::{Edit, Span};

/// Runs the pass over a whole file.
pub(crate) fn run(pass: &mut Reporter, dialect: Dialect) {
    let lines = lines::lines(&pass.source.bytes, dialect);
    if dialect != Dialect::Make
        && let Some(span) = installs_toolkit(pass, &lines)
    {
        let first = pass.count();
        let what = "the script installs CUDA and builds nothing, so it stays as it is";
        pass.report_saying(rule::CUDA_FOLDER, span, what);
        let found = pass.take_from(first);
        let todo = "install ROCm by another script, or start from an image that contains it";
        return pass.report_all(found.into_iter().map(|finding| finding.advising(todo.to_owned())));
    }
    let settled = run_on(pass, &lines, dialect);
    for (line, _) in lines.iter().zip(settled).filter(|(_, settled)| !settled) {
        package_names::installed(pass, line);
    }
}

/// The first word in a script that names the download of NVIDIA's installer, if the script runs the installer, and no program that
/// builds or uses something.
fn installs_toolkit(pass: &Reporter, lines: &[Line]) -> Option<Span> {
    const BUILDS: &[&str] = &["cmake", "make", "ninja", "nvcc", "python", "python3", "pip", "pip3", "docker"];
    let has = |line: &Line, part: &str| line.words.iter().any(|word| text(pass, word.inner).contains(part));
    // The installer has the ending `.run`, and had none before: `./cuda_10.1.105_418.39_linux -extract=/tmp`.
    let is_installer = |line: &Line| has(line, "cuda_") && (has(line, ".run") || has(line, "_linux"));
    let installs = |line: &Line| ["--toolkit", "-extract=", "--extract"].iter().any(|part| has(line, part));
    let runs = lines.iter().any(|line| is_installer(line) && installs(line));
    let first = |line: &Line| line.words.first().map_or("", |word| text(pass, word.inner));
    if !runs || lines.iter().any(|line| BUILDS.contains(&first(line))) {
        return None;
    }
    let words = lines.iter().flat_map(|line| &line.words);
    let mut downloads = words.filter(|word| text(pass, word.inner).contains("nvidia.com/compute/cuda/"));
    downloads.next().map(|word| word.span)
}

/// Runs the pass over some lines. The result is whether each line is settled, so that it stays as it is.
pub(crate) fn run_on(pass: &mut Reporter, lines: &[Line], dialect: Dialect) -> Vec<bool> {
    let bytes = &pass.source.bytes;
    let context = pass.context;
    let mut known = Known { bytes: Cow::Borrowed(bytes), lines: lines.to_vec(), settled: Vec::new() };
    known.settled = settled(&Script { bytes, lines, dialect }, context);
    if dialect == Dialect::Make {
        known.read(&context.project.make.beside(&pass.source.path), context);
    }
    let Known { bytes: all, lines: all_lines, mut settled } = known;
    let variables = Variables::of(&all, bytes.len() as u32, &all_lines, &settled, dialect);
    for (line, &settled) in lines.iter().zip(&settled) {
        let before = pass.count();
        for word in &line.words {
            sources(pass, *word);
        }
        if pass.count() > before
            && variables.assignment(line).is_some_and(|(name, _)| has_objects(bytes, name))
        {
            line.words.iter().for_each(|word| pass.follow_absent(word.span));
        }
        if !settled {
            translate_line(pass, line, &variables, dialect);
        }
    }
    settled.truncate(lines.len());
    settled
}

/// The lines of a Makefile, and behind them those of the files that Make reads with it.
struct Known<'a> {
    bytes: Cow<'a, [u8]>,
    lines: Vec<Line>,
    /// For each line, whether it stays as it is.
    settled: Vec<bool>,
}

impl Known<'_> {
    /// Adds the lines of other files.
    fn read(&mut self, texts: &[&[u8]], context: &Context) {
        for text in texts {
            let bytes = self.bytes.to_mut();
            bytes.push(b'\n');
            let start = bytes.len();
            bytes.extend_from_slice(text);
            let lines = lines::lines_in(bytes, start..bytes.len(), Dialect::Make);
            self.settled.extend(settled(&Script { bytes, lines: &lines, dialect: Dialect::Make }, context));
            self.lines.extend(lines);
        }
    }
}

pub(super) fn text<'a>(pass: &Reporter<'a>, span: Span) -> &'a str {
    std::str::from_utf8(&pass.source.bytes[span.range()]).unwrap_or_default()
}

/// Changes the names of renamed files; `.cu.o:` is an old suffix rule of Make.
fn sources(pass: &mut Reporter, word: Word) {
    let written = text(pass, word.span);
    if !pass.context.project.renamed.is_empty() && (written.starts_with(".cu.") || written == ".cu") {
        let span = Span::new(word.span.start, word.span.start + 3);
        pass.report_fix(rule::RENAMED_SOURCE_FOLLOWED, word.span, Fix::One(Edit::replace(span, ".hip")));
        return;
    }
    if !pass.context.project.renamed.is_empty() {
        objects(pass, written, word.span);
    }
    pass.follow_sources(word.span);
}

/// Changes the pattern `*.cu.o` of objects with names that are those of their sources and `.o`. If another word names an object
/// `.cu.o`, a rule gives the objects their names, and these stay.
fn objects(pass: &mut Reporter, written: &str, span: Span) {
    const OBJECTS: &str = "*.cu.o";
    let Some(at) = written.find(OBJECTS) else { return };
    let bytes = &pass.source.bytes;
    let all = memchr::memmem::find_iter(bytes, &OBJECTS[1..]).count();
    if memchr::memmem::find_iter(bytes, OBJECTS).count() == all {
        let start = span.start + at as u32 + 1;
        let fix = Fix::One(Edit::replace(Span::new(start, start + 3), ".hip"));
        pass.report_fix(rule::RENAMED_SOURCE_FOLLOWED, span, fix);
    }
}

fn translate_line(pass: &mut Reporter, line: &Line, known: &Variables, dialect: Dialect) {
    let name = known.assignment(line).map_or("", |(name, _)| name);
    if let (Some(span), Some(row)) = (line.assigned, pass.word(Kind::Environment, name))
        && !known.is_own_folder(name)
    {
        let is_for_both = || pass.spelling(row).is_some_and(|hip| known.is_assigned(hip));
        if !known.is_toolkit_of_nvidia(name) && !is_for_both() {
            pass.rename(row, span);
        }
        named_folder(pass, line, row, known);
    } else if name == "ROCM_PATH"
        && let Some(row) = pass.word(Kind::Environment, "CUDA_PATH")
    {
        named_folder(pass, line, row, known);
    }
    if dialect == Dialect::Make && line.assigned.is_some() {
        libraries(pass, line, name);
    }
    let first = line.words.first().map(|word| text(pass, word.span)).unwrap_or_default();
    // These commands print text for people, so their arguments stay, without the variables.
    if matches!(first.trim_start_matches('@'), "echo" | "printf" | "$(info" | "$(error" | "$(warning") {
        // What goes into a file is for a shell.
        let is_written = line.words.iter().any(|word| text(pass, word.span).starts_with('>'));
        for word in &line.words {
            variables(pass, *word, known);
            if is_written {
                let is_own = |name: &str| known.is_own_folder(name) || known.is_toolkit_of_nvidia(name);
                folders_except(pass, *word, false, &is_own);
                below_toolkits(pass, *word, false, known);
            }
        }
        return;
    }
    if let (Some(first), Some(last)) = (line.words.first(), line.words.last()) {
        let all = first.span.to(last.span);
        nvcc_version::report(pass, text(pass, all), all.start, &|word| known.runs_nvcc(word));
    }
    let compiler = known.compiler(line);
    let by_name = ["NVCC", "CUDA", "GENCODE", "CUFLAGS", "CU_FLAGS"].iter().any(|part| name.contains(part));
    // The value of a known variable such as `CUDA_VISIBLE_DEVICES=-1` has no options.
    let is_setting = !name.contains("FLAGS") && pass.word(Kind::Environment, name).is_some();
    let by_name = by_name && !is_setting && !known.is_for_hpc_compilers() && !known.is_for_containers(name);
    let reader = known.reader_of(name).or(by_name.then_some(CommandLine::Nvcc));
    let reader = reader.unwrap_or(CommandLine::Unknown);
    let is_nvcc = compiler.is_some() || reader != CommandLine::Unknown;
    // A host compiler needs the macro of the platform, also if the compiler of GPU code gets the same words.
    let needs_platform = !is_nvcc || (compiler.is_none() && known.is_for_host(name));
    // Words before the compiler belong to other programs.
    let (start, behind) = compiler.map_or((0, reader), |(at, compiler)| (at + 1, compiler));
    options(pass, &line.words[..start], reader, known);
    // In a shell, and in a recipe of Make, the command behind `NAME=value` is not part of the value.
    let in_shell = dialect != Dialect::Make || line.is_recipe;
    let is_value = in_shell && line.assigned.is_some() && !first.starts_with('(');
    let end = if is_value && compiler.is_none() { line.words.len().min(1) } else { line.words.len() };
    let words = match compiler {
        Some((at, CommandLine::Nvcc)) if start <= end => {
            move_before_inputs(pass, &line.words[start..end], line.words[at].span.end)
        }
        _ => line.words[start.min(end)..end].to_vec(),
    };
    options(pass, &words, behind, known);
    options(pass, &line.words[end..], CommandLine::Unknown, known);
    for (index, word) in line.words.iter().enumerate() {
        // CMake reads the compiler of the language from this variable, and rejects hipcc in it.
        if keeps_compiler(pass, *word, name) {
            continue;
        }
        let is_command = index == 0 || dialect == Dialect::Make || line.assigned.is_some();
        tool(pass, *word, is_command || takes_program(first));
        if index > 0 && matches!(first, "export" | "unset" | "readonly" | "declare" | "typeset") {
            exported(pass, *word, known);
        }
        variables(pass, *word, known);
        known.rename_tested(pass, line, index);
        definitions(pass, text(pass, word.inner), word.inner.start, true);
        if text(pass, word.span).contains(TOOLKIT) && changes_toolkit(pass, line, index) {
            let what = format!("a folder of the CUDA toolkit is changed: `{}`", text(pass, word.inner));
            pass.report_saying(rule::CUDA_FOLDER, word.span, what);
            continue;
        }
        let is_own = |name: &str| known.is_own_folder(name) || known.is_toolkit_of_nvidia(name);
        folders_except(pass, *word, needs_platform, &is_own);
        below_toolkits(pass, *word, needs_platform, known);
        elsewhere(pass, *word, name, known);
        let folder = option_of_folder(pass, *word);
        if needs_platform && known.includes_headers(folder, text(pass, word.span)) {
            add_platform(pass, *word);
        }
    }
}

/// Whether `command` finds or runs the program in its argument.
fn takes_program(command: &str) -> bool {
    matches!(
        command,
        "which" | "command" | "type" | "hash" | "exec" | "sudo" | "env" | "time" | "if" | "!" | "then" | "do"
    )
}

/// Translates the options among `all`, which the program of `command_line` reads.
fn options(pass: &mut Reporter, all: &[Word], command_line: CommandLine, known: &Variables) {
    if let Some(at) = all.iter().position(|word| is_other_tool(text(pass, word.inner))) {
        let ends = |word: &Word| text(pass, word.inner).ends_with([';', '&', '|']);
        let end = all[at..].iter().position(ends).map_or(all.len(), |length| at + length + 1);
        options(pass, &all[..at], command_line, known);
        return options(pass, &all[end..], command_line, known);
    }
    let gpus = gpu_options(pass, all, known);
    let mut run: Vec<words::Word> = Vec::new();
    for (index, word) in all.iter().enumerate() {
        let inner = text(pass, word.inner);
        let is_value = run.last().is_some_and(|last| QUOTED_VALUES.contains(&last.text));
        if let Some(function) = function(inner) {
            flags::run(pass, &std::mem::take(&mut run), command_line, " ");
            in_function(pass, function, word.inner, command_line);
        } else if word.inner != word.span && inner.contains(char::is_whitespace) && !is_value {
            flags::run(pass, &std::mem::take(&mut run), command_line, " ");
            for part in words::quoted_parts(inner) {
                let at = word.inner.start + part.start as u32;
                flags::run(pass, &words::words(&inner[part], at, b""), command_line, " ");
            }
        } else {
            match &gpus[index] {
                Gpus::Not => run.push(words::Word { text: inner, span: word.span }),
                Gpus::Known(text) => run.push(words::Word { text, span: word.span }),
                Gpus::Done => {}
            }
        }
    }
    flags::run(pass, &run, command_line, " ");
}

/// What a word has to do with an option that names GPUs by a variable.
#[derive(Clone)]
enum Gpus {
    /// Nothing.
    Not,
    /// It is such an option or the value of one. This is its text with the value of the variable.
    Known(String),
    /// It is a part of such an option, which is translated already.
    Done,
}

/// For each word, what it has to do with an option that names GPUs by a variable.
///
/// If the variable is used for nothing else, it holds the GPU of the target afterwards, so that a user can still set it.
fn gpu_options(pass: &mut Reporter, all: &[Word], known: &Variables) -> Vec<Gpus> {
    let mut gpus = vec![Gpus::Not; all.len()];
    let texts: Vec<&str> = all.iter().map(|word| text(pass, word.inner)).collect();
    let value = |index: usize| flags::gpu_value(texts[index], texts.get(index + 1).copied());
    let is_only_one = (0..all.len()).filter(|&index| value(index).is_some()).count() == 1;
    for index in 0..all.len() {
        let Some(value) = value(index).filter(|value| value.contains('$')) else { continue };
        let Some(resolved) = known.gpus(value) else { continue };
        let is_joined = texts[index].contains('=');
        let last = index + usize::from(!is_joined);
        let variable = known.gpu_variable(value).filter(|_| is_only_one);
        let Some((name, spans)) = variable else {
            gpus[last] = Gpus::Known(texts[last].replace(value, &resolved));
            continue;
        };
        let span = all[index].span.to(all[last].span);
        let form = ["$(", "${", "$"].into_iter().find(|open| value.contains(&format!("{open}{name}")));
        let close = match form {
            Some("$(") => ")",
            Some("${") => "}",
            _ => "",
        };
        let option = format!("--offload-arch={}{name}{close}", form.unwrap_or("$"));
        let mut edits = vec![Edit::replace(span, option)];
        let archs = pass.context.target.archs.join(",");
        edits.extend(spans.into_iter().map(|span| Edit::replace(span, archs.clone())));
        pass.report_fix(rule::GPU_ARCHITECTURE, span, Fix::Many(edits));
        gpus[index..=last].fill(Gpus::Done);
    }
    gpus
}

/// The name of the function that a word of Make calls, as in `$(if $(DEBUG),-G)`.
fn function(word: &str) -> Option<&str> {
    let rest = word.strip_prefix("$(").or_else(|| word.strip_prefix("${"))?;
    let length = rest.bytes().take_while(|&byte| byte.is_ascii_lowercase() || byte == b'-').count();
    (length > 0 && rest[length..].starts_with([' ', '\t'])).then(|| &rest[..length])
}

/// Translates options inside of a function of Make that returns them as they are, and reports those inside of others.
fn in_function(pass: &mut Reporter, function: &str, span: Span, command_line: CommandLine) {
    let all = text(pass, span);
    let mut parts = Vec::new();
    for word in words::words(all, span.start, b"") {
        // A comma separates the arguments of a function.
        let mut start = 0;
        let commas = word.text.match_indices(',').map(|(at, _)| at);
        let separates = |at: &usize| word.text[at + 1..].starts_with(['-', '$']);
        let ends = commas.filter(separates).chain([word.text.len()]);
        for end in ends {
            let part = word.text[start..end].trim_start_matches(',');
            let from = word.span.start + (end - part.len()) as u32;
            let part = closed(part);
            parts.push(words::Word { text: part, span: Span::new(from, from + part.len() as u32) });
            start = end;
        }
    }
    if matches!(function, "if" | "or" | "and" | "strip" | "sort" | "foreach") {
        return flags::run(pass, &parts, command_line, " ");
    }
    flags::report(pass, &parts, CommandLine::Unknown, |change| {
        let option = parts[change.run.start].text;
        let what = format!("the function `{function}` gets `{option}`, an option of nvcc");
        flags::Written::Nothing(rule::COMPUTED_OPTION, what)
    });
}

/// `word` without brackets at its end that it does not open.
fn closed(word: &str) -> &str {
    let count = |word: &str, bracket| word.matches(bracket).count();
    let mut word = word;
    while word.ends_with([')', '}'])
        && (count(word, ')') > count(word, '(') || count(word, '}') > count(word, '{'))
    {
        word = &word[..word.len() - 1];
    }
    word
}

/// Translates a program of the toolkit, given by its name or by a path.
fn tool(pass: &mut Reporter, word: Word, is_command: bool) {
    // `$(wildcard /usr/local/cuda/bin/nvcc)",` and `$(CC),nvcc)` are words of Make.
    let written = text(pass, word.inner).trim_end_matches(END_OF_PROGRAM);
    let is_inside = written.len() < word.inner.range().len();
    let searched = ["which ", "command -v "].iter().find_map(|find| Some(written.find(find)? + find.len()));
    // In `$(shell dirname $(which nvcc))/..` the command ends before the word does.
    let asked = searched.and_then(|start| Some((start, written[start..].find(['`', ')'])?)));
    if let Some((start, length)) = asked {
        if let Some(row) = pass.word(Kind::Tool, &written[start..start + length]) {
            let start = word.inner.start + start as u32;
            pass.rename(row, Span::new(start, start + length as u32));
        }
        return;
    }
    // The default of `${CUDACXX:-nvcc}`.
    let default = [":-", ":="].iter().find_map(|mark| Some(written.rfind(mark)? + mark.len()));
    let default = default.filter(|_| written.contains("${"));
    let start = written.rfind(['/', ',', '"']).map(|slash| slash + 1).or(searched).or(default).unwrap_or(0);
    let name = written[start..].trim_start_matches(['@', '-']);
    let Some(row) = pass.word(Kind::Tool, name) else { return };
    if is_in_definition(pass, word, text(pass, word.span).find(name).unwrap_or(0))
        || is_test_before_question(pass, word, name)
    {
        return;
    }
    // A word that only looks like a program may be an argument.
    if (is_command && !is_inside) || start > 0 || name == "nvcc" {
        let end = word.inner.start + written.len() as u32;
        pass.rename(row, Span::new(end - name.len() as u32, end));
    }
}

/// Translates variables: `$NAME`, `${NAME}`, `$(NAME)`.
fn variables(pass: &mut Reporter, word: Word, known: &Variables) {
    let written = text(pass, word.span);
    for (start, name) in placed_references(written) {
        let Some(row) = pass
            .word(Kind::Environment, name)
            .filter(|_| !known.is_own_folder(name) && !known.is_toolkit_of_nvidia(name))
        else {
            continue;
        };
        let at = word.span.start + start as u32;
        pass.rename(row, Span::new(at, at + name.len() as u32));
    }
}

/// Renames the variable that `export NAME` names, as its assignment is renamed.
fn exported(pass: &mut Reporter, word: Word, known: &Variables) {
    let name = text(pass, word.span);
    let Some(row) = pass.word(Kind::Environment, name) else { return };
    let is_for_both = pass.spelling(row).is_some_and(|hip| known.is_assigned(hip));
    if !known.is_own_folder(name) && !known.is_toolkit_of_nvidia(name) && !is_for_both {
        pass.rename(row, word.span);
    }
}

/// The lines of a file, with branches that end with `endif` or `fi`.
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

    fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool {
        self.lines[part].words.iter().any(|word| is_match(self.word(word.span)))
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
