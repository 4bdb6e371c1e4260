//! Folders of the CUDA toolkit on command lines: they become folders of ROCm. A host compiler that may include HIP's headers also
//! gets the macro of the platform. A folder that ROCm does not have is left to a person.

use tranship_rules::{Kind, Name, rule};

use super::Reporter;
use super::cmake_definitions::is_in_value;
use super::command_lines::text;
use super::command_variables::{FOLDER_VARIABLES, Variables};
use super::nvcc_version;
use super::other_toolkits;
use crate::finding::Fix;
use crate::readers::lines::Word;
use crate::text::{Edit, Span, is_word};

/// The option that a host compiler needs for HIP's headers.
const PLATFORM: &str = " -D__HIP_PLATFORM_AMD__";

/// The default folder of the CUDA toolkit.
pub(crate) const TOOLKIT: &str = "/usr/local/cuda";

/// Translates folders of the toolkit: the literal one, and `lib64` below a folder in a variable. With
/// `needs_platform`, a host compiler may include HIP's headers, so it needs the macro of the platform.
pub(crate) fn folders(pass: &mut Reporter, word: Word, needs_platform: bool) {
    folders_except(pass, word, needs_platform, &|_| false);
}

/// The same, except for variables that `is_own` finds to hold a folder of the project.
pub(super) fn folders_except(
    pass: &mut Reporter,
    word: Word,
    needs_platform: bool,
    is_own: &dyn Fn(&str) -> bool,
) {
    let written = text(pass, word.span);
    if !written.contains(['/', 'C']) {
        return;
    }
    if is_for_clang(pass, word) {
        return pass.report_saying(rule::CUDA_FOLDER, word.span, PATH_FOR_CLANG);
    }
    // The option of a script of autoconf, of this project or of another one, is for CUDA by its name.
    let is_for_configure = || {
        let name = text(pass, word.inner).strip_prefix("--with-").and_then(|rest| rest.split('=').next());
        name.is_some_and(|name| name.contains("cuda") || name.contains("nvcc"))
    };
    if written.contains(TOOLKIT) && is_for_configure() {
        let what = format!("`{}` gives the folder of CUDA to a script for it", text(pass, word.inner));
        return pass.report_saying(rule::CUDA_FOLDER, word.span, what);
    }
    if written.contains(TOOLKIT) && is_value_of_name(pass, word) {
        let what = format!("`{}` is a folder of the CUDA toolkit", text(pass, word.inner));
        return pass.report_saying(rule::CUDA_FOLDER, word.span, what);
    }
    for (at, _) in written.match_indices(TOOLKIT) {
        let rest = &written[at + TOOLKIT.len()..];
        if is_in_definition(pass, word, at) {
            continue;
        }
        if let Some(name) = defined_for_cuda(&written[..at]) {
            let what = format!("`{name}` gets the folder of CUDA by its name");
            return pass.report_saying(rule::CUDA_FOLDER, word.span, what);
        }
        if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            continue;
        }
        let version = nvcc_version::length(rest);
        let span =
            Span::new(word.span.start + at as u32, word.span.start + (at + TOOLKIT.len() + version) as u32);
        below(pass, word, at + TOOLKIT.len() + version, Some(span), needs_platform);
    }
    for variable in FOLDER_VARIABLES.iter().copied().filter(|name| !is_own(name)) {
        for (at, _) in written.match_indices(variable) {
            let end = reference_end(written, at + variable.len());
            // The name that a command gives to a value: `CUDA_HOME=$(CUDA_HOME)`.
            if written[end..].starts_with('=') {
                continue;
            }
            below(pass, word, end, None, needs_platform);
        }
    }
    // The variable gets its new name, and the folder below it stays.
    for (at, _) in written.match_indices("ROCM_PATH") {
        let end = reference_end(written, at + "ROCM_PATH".len());
        if CUDA_ONLY_FOLDERS.iter().any(|folder| written[end..].starts_with(folder)) {
            below(pass, word, end, None, needs_platform);
        }
    }
}

/// The finding about clang's option for the folder of CUDA. ROCm's folder has another option.
pub(crate) const PATH_FOR_CLANG: &str =
    "`--cuda-path` gives clang the folder of CUDA; the option for the folder of ROCm is `--rocm-path`";

/// Whether `word` is the folder of clang's option `--cuda-path`, in the same word or behind it.
fn is_for_clang(pass: &Reporter, word: Word) -> bool {
    const OPTION: &str = "--cuda-path";
    let before = pass.source.bytes[..word.span.start as usize].trim_ascii_end();
    text(pass, word.inner).starts_with("--cuda-path=") || before.ends_with(OPTION.as_bytes())
}

/// The name that a definition at the end of `before` gives to a folder, if it is a name about CUDA or cuDNN: `-DCUDNN_DIR=`. The build
/// that reads the name looks for files of CUDA there.
fn defined_for_cuda(before: &str) -> Option<&str> {
    let last = before.rfind(|c: char| c.is_whitespace() || c == ';').map_or(0, |at| at + 1);
    let (name, value) = before[last..].split_once('=')?;
    let name = name.strip_prefix("-D")?.split(':').next()?;
    let is_about = name.contains("CUDA") || name.to_ascii_uppercase().contains("CUDNN");
    (is_about && value.trim_start_matches(['"', '\'', '\\']).is_empty()).then_some(name)
}

/// Whether byte `at` of `word` is in the value of a variable of CMake's CUDA language or packages. The definition has a finding of its
/// own.
pub(super) fn is_in_definition(pass: &Reporter, word: Word, at: usize) -> bool {
    let before = pass.source.bytes[..word.span.start as usize].trim_ascii_end();
    is_in_value(&text(pass, word.span)[..at], before.ends_with(b"-D"))
}

/// Whether the word before `word` is the name of a variable of CUDA in quotes: `write_to_settings "CUDA_TOOLKIT_PATH" "/usr/local/cuda"`. Another
/// program reads the variable, so the name stays.
fn is_value_of_name(pass: &Reporter, word: Word) -> bool {
    let before = pass.source.bytes[..word.span.start as usize].trim_ascii_end();
    let Some(before) = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")) else { return false };
    let length = before.iter().rev().take_while(|&&byte| is_word(byte)).count();
    let name = std::str::from_utf8(&before[before.len() - length..]).unwrap_or_default();
    let is_quoted =
        before[..before.len() - length].ends_with(b"\"") || before[..before.len() - length].ends_with(b"'");
    is_quoted && pass.word(Kind::Environment, name).is_some()
}

/// Whether the variable of `row` has the folder of the toolkit.
pub(crate) fn is_for_folder(row: &Name) -> bool {
    row.spellings.iter().any(|spelling| spelling.hip == "ROCM_PATH")
}

/// What can stand behind the name of a program at the end of a word.
pub(super) const END_OF_PROGRAM: [char; 7] = [')', '}', '"', '\'', ',', '`', ';'];

/// The end of the reference to a variable whose name has a part that ends at `at`: behind the rest of the name and its bracket.
/// NVIDIA's installer sets a variable for each release (`CUDA_PATH_V12_4`), which ends at `at`, so that the release is part of the
/// folder.
fn reference_end(written: &str, at: usize) -> usize {
    let rest = &written[at..];
    let length = rest.bytes().take_while(|&byte| is_word(byte)).count();
    let is_release =
        rest.strip_prefix("_V").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_release {
        return at;
    }
    at + length + usize::from(rest[length..].starts_with([')', '}']))
}

/// Translates folders below variables of other names that the file sets to the folder of the toolkit.
pub(super) fn below_toolkits(pass: &mut Reporter, word: Word, needs_platform: bool, known: &Variables) {
    let written = text(pass, word.span);
    for &(name, is_rocm) in known.toolkits() {
        if name == "ROCM_PATH" || FOLDER_VARIABLES.iter().any(|other| name.contains(other)) {
            continue;
        }
        for reference in [format!("$({name})"), format!("${{{name}}}"), format!("${name}")] {
            for (at, _) in written.match_indices(&reference) {
                let end = at + reference.len();
                if reference.ends_with(name)
                    && written[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                {
                    continue;
                }
                // The folder of ROCm has its own folders, and lacks those of CUDA alone.
                if !is_rocm || CUDA_ONLY_FOLDERS.iter().any(|folder| written[end..].starts_with(folder)) {
                    below(pass, word, end, None, needs_platform);
                }
            }
        }
    }
}

/// Folders of the toolkit that ROCm does not have, as seen in CUDA 12.4.
const CUDA_ONLY_FOLDERS: &[&str] =
    &["/targets/", "/extras/", "/nvvm/", "/samples/", "/compute-sanitizer", "/lib64/stubs", "/lib/stubs"];

/// Translates the part of `word` below the folder that ends at byte `end`; `folder` is the folder if it is literal.
fn below(pass: &mut Reporter, word: Word, end: usize, folder: Option<Span>, needs_platform: bool) {
    let written = text(pass, word.span);
    let rest = written[end..].trim_end_matches(['"', '\'']);
    // The rest of a list behind the folder: `${HOME}/lib64${PATH:+:$PATH}`.
    let rest = rest.find("${").filter(|at| rest[*at..].contains(":+:")).map_or(rest, |at| &rest[..at]);
    let part = rest.split([':', ';', ' ', ')', '}', '"', ',']).next().unwrap_or(rest).trim_end_matches('/');
    let at = word.span.start + end as u32;
    let mut edits: Vec<Edit> = folder.map(|folder| Edit::replace(folder, "/opt/rocm")).into_iter().collect();
    match part {
        "" | "/bin" | "/lib" | "/include" => {}
        // A word that ends here is a program, which is renamed by itself.
        "/bin/nvcc" if rest.trim_end_matches(END_OF_PROGRAM).len() == part.len() => {}
        "/bin/nvcc" => edits.push(Edit::replace(Span::new(at + 5, at + 9), "hipcc")),
        "/lib64" => edits.push(Edit::replace(Span::new(at, at + 6), "/lib")),
        _ => {
            let span = folder.unwrap_or(Span::new(at, at + part.len() as u32));
            let start = match folder {
                Some(folder) => (folder.start - word.span.start) as usize,
                None => written[..end].rfind('$').unwrap_or(end),
            };
            // The bracket of a reference that ends behind `end`.
            let is_open = written[start..end].matches(['(', '{']).count()
                > written[start..end].matches([')', '}']).count();
            let behind = &rest[part.len()..];
            let tail = behind.split([':', ';', ' ', '"', ',']).next().filter(|_| is_open).map_or(0, str::len);
            let path = &written[start..end + part.len() + tail];
            let what = format!("`{path}` is a folder of the CUDA toolkit");
            return pass.report_saying(rule::CUDA_FOLDER, span, what);
        }
    }
    if part == "/include" && needs_platform && option_of_folder(pass, word).is_some() {
        edits.extend(platform(pass, word));
    }
    if !edits.is_empty() {
        let span = Span::new(word.span.start, word.span.end);
        pass.report_fix(rule::CUDA_FOLDER_MOVED, span, Fix::Many(edits));
    }
}

/// Reports the folder of a toolkit in another place than the usual one. A variable of CUDA with such a folder has a finding of its
/// own.
pub(super) fn elsewhere(pass: &mut Reporter, word: Word, assigned: &str, known: &Variables) {
    if pass.word(Kind::Environment, assigned).is_some() {
        return;
    }
    let written = text(pass, word.inner);
    let found = other_toolkits::folder(written);
    let is_value = || {
        known.toolkits().contains(&(assigned, false))
            && other_toolkits::is_path(written)
            && !written.starts_with(TOOLKIT)
    };
    let Some(found) = found.or_else(|| is_value().then_some(0..written.len())) else { return };
    let what = format!("`{}` is a folder of the CUDA toolkit", &written[found.clone()]);
    let at = |byte: usize| word.inner.start + byte as u32;
    pass.report_saying(rule::CUDA_FOLDER, Span::new(at(found.start), at(found.end)), what);
}

/// The folder in `word` if an option for folders of headers is before it, in the same word or in the word before.
pub(super) fn option_of_folder<'a>(pass: &Reporter<'a>, word: Word) -> Option<&'a str> {
    const OPTIONS: &[&str] = &["-I", "-isystem"];
    let written = text(pass, word.span);
    let before = pass.source.bytes[..word.span.start as usize].trim_ascii_end();
    let is_before = |option: &str| before.ends_with(option.as_bytes());
    OPTIONS
        .iter()
        .find_map(|option| written.strip_prefix(option))
        .or_else(|| OPTIONS.iter().any(|option| is_before(option)).then_some(written))
}

/// Adds the macro of the platform behind `word`, which names a folder of HIP's headers.
pub(super) fn add_platform(pass: &mut Reporter, word: Word) {
    if let Some(edit) = platform(pass, word) {
        pass.report_fix(rule::CUDA_FOLDER_MOVED, word.span, Fix::One(edit));
    }
}

/// The edit that adds the macro behind `word`, unless it is there.
fn platform(pass: &Reporter, word: Word) -> Option<Edit> {
    let is_there = pass.source.bytes[word.span.end as usize..].starts_with(PLATFORM.as_bytes());
    (!is_there).then(|| Edit::insert(word.span.end, PLATFORM))
}
