//! Words of command lines that keep their meaning for CUDA: folders that a command changes, compilers for CMake, and options of other
//! tools than nvcc.

use tranship_rules::{Kind, Name, rule};

use super::Reporter;
use super::command_lines::text;
use super::command_variables::{NVIDIA_COMPILER, Variables};
use super::toolkit_folders::{END_OF_PROGRAM, TOOLKIT, is_for_folder};
use crate::readers::lines::{Line, Word};
use crate::text::{Span, line_start};

/// Whether `word` runs a tool of the toolkit that has options with the names of nvcc's.
pub(super) fn is_other_tool(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("nvprune" | "cuobjdump" | "nvdisasm" | "fatbinary"))
}

/// Options of nvcc with a value that is often several options in quotes: `-Xptxas "-v -dlcm=cg"`.
pub(super) const QUOTED_VALUES: &[&str] =
    &["-Xcompiler", "-Xptxas", "--ptxas-options", "-Xnvlink", "--nvlink-options", "-Xcudafe", "-Xfatbin"];

/// Whether `word` gives nvcc to the variable `CUDACXX`, which keeps its name and its value: `CUDACXX=$CUDA_HOME/bin/nvcc`. The
/// variable `assigned` gets the word.
pub(super) fn keeps_compiler(pass: &mut Reporter, word: Word, assigned: &str) -> bool {
    const NAME: &str = "CUDACXX";
    let written = text(pass, word.inner);
    let is_nvcc = written.trim_end_matches(END_OF_PROGRAM).ends_with("nvcc");
    let is_beside = written.starts_with("CUDACXX=");
    if is_beside && let Some(row) = pass.word(Kind::Environment, NAME) {
        pass.rename(row, Span::new(word.inner.start, word.inner.start + NAME.len() as u32));
    }
    is_nvcc && (assigned == NAME || is_beside)
}

/// Whether `word` is nvcc in a test such as `if command -v nvcc`, and the file reads the output of nvcc, which stays: `$(nvcc --version | grep release)`.
pub(super) fn is_test_before_question(pass: &Reporter, word: Word, name: &str) -> bool {
    let bytes = &pass.source.bytes;
    let before = &bytes[line_start(bytes, word.span.start as usize)..word.span.start as usize];
    let is_test = name == "nvcc"
        && [b"command -v ".as_slice(), b"which ", b"-x \"$(which ", b"hash "]
            .iter()
            .any(|search| before.ends_with(search))
        && before.trim_ascii_start().starts_with(b"if ");
    let has = |text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    is_test && (has("$(nvcc --version") || has("`nvcc --version") || has("$(nvcc -V") || has("`nvcc -V"))
}

/// Whether a reference makes the names of objects from the names of sources in the variable `name`: `$(NAME:.cu=.o)`.
pub(super) fn has_objects(bytes: &[u8], name: &str) -> bool {
    let has = |text: String| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    has(format!("({name}:.cu=")) || has(format!("{{{name}:.cu=")) || has(format!("({name}:%.cu="))
}

/// Whether word `index` of `line` is a folder that a command makes, moves, removes or fills. With the folder of ROCm it would change
/// ROCm itself. Another program can run the command: `sudo rm`, `docker exec app rm`.
pub(super) fn changes_toolkit(pass: &Reporter, line: &Line, index: usize) -> bool {
    const FAR: usize = 64;
    const CHANGES: &[&str] =
        &["rm", "mv", "mkdir", "rmdir", "chmod", "chown", "update-alternatives", "tar", "unzip"];
    // They change the place that their last word names.
    const COPIES: &[&str] = &["ln", "cp", "install", "rsync"];
    let separates = |at: &usize| matches!(text(pass, line.words[*at].span), "&&" | "||" | ";" | "|");
    let first = (index.saturating_sub(FAR)..index).rev().find(separates).map_or(0, |at| at + 1);
    let named = |programs: &[&str]| {
        line.words[first..index].iter().any(|word| programs.contains(&text(pass, word.inner)))
    };
    let last = (index..line.words.len()).find(separates).unwrap_or(line.words.len()) - 1;
    // An image or a stage in which CUDA was installed: `COPY --from=cuda /usr/local/cuda /usr/local/cuda`.
    let is_from_image = text(pass, line.words[0].inner).eq_ignore_ascii_case("COPY")
        && line.words[1..].iter().any(|word| text(pass, word.inner).starts_with("--from="));
    is_from_image || named(CHANGES) || (named(COPIES) && text(pass, line.words[last].span).contains(TOOLKIT))
}

/// Reports an unknown folder that is assigned to a variable for the folder of the CUDA toolkit.
pub(super) fn named_folder(pass: &mut Reporter, line: &Line, row: &Name, known: &Variables) {
    let (Some(first), Some(last)) = (line.words.first(), line.words.last()) else { return };
    let span = first.span.to(last.span);
    let value = text(pass, span).to_ascii_lowercase();
    let is_elsewhere = value.trim_start_matches(['"', '\'']).starts_with('/') && !value.contains("rocm");
    let is_literal =
        !value.contains(TOOLKIT) && !value.contains('$') && (value.contains("cuda") || is_elsewhere);
    if is_for_folder(row)
        && (is_literal || value.contains(NVIDIA_COMPILER) || known.is_from_module(&line.words))
    {
        let what = format!("`{}` is a folder of the CUDA toolkit", text(pass, span));
        pass.report_saying(rule::CUDA_FOLDER, span, what);
    }
}
