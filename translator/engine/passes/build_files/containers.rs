//! Container files and YAML: each image, package, setting and program of CUDA becomes a finding that names the
//! counterpart.
//!
//! Images, packages and options of container programs have no exact counterparts. So only rows with an exact
//! counterpart in the tables are rewritten.

use tranship_rules::{Kind, rule};

use crate::finding::{Finding, Fix};
use crate::pass::cmake_definitions::definitions;
use crate::pass::package_names::{each_word, package};
use crate::pass::toolkit_folders::{TOOLKIT, is_for_folder};
use crate::pass::{Reporter, command_lines};
use crate::readers::lines::{self, Dialect, Line};
use crate::text::{Edit, Span, line_start};

/// Runs over a Dockerfile: images, and commands of a shell.
pub(crate) fn docker(pass: &mut Reporter) {
    let bytes = &pass.source.bytes;
    let mut lines = lines::lines(bytes, Dialect::Shell);
    let text = |span: Span| std::str::from_utf8(&bytes[span.range()]).unwrap_or_default();
    for line in &mut lines {
        let Some(first) = line.words.first().map(|word| text(word.span).to_ascii_uppercase()) else {
            continue;
        };
        if first == "FROM" {
            for word in std::mem::take(&mut line.words).into_iter().skip(1) {
                image(pass, text(word.inner), word.inner);
            }
        } else if first == "ENV" && line.words.len() > 1 {
            // The form `ENV NAME value`.
            let name = line.words[1].inner;
            // In a converted file the variable has its new name.
            let is_new = text(name) == "ROCM_PATH";
            let row = pass.word(Kind::Environment, if is_new { "CUDA_PATH" } else { text(name) });
            if let Some(row) = row {
                if !is_new {
                    pass.rename(row, name);
                }
                let value = line.words.get(2).map_or("", |word| text(word.inner));
                let is_elsewhere = value.starts_with('/') && !value.starts_with(TOOLKIT);
                if is_for_folder(row) && is_elsewhere && !value.contains("rocm") {
                    let what = format!("`{value}` is a folder of the CUDA toolkit");
                    pass.report_saying(rule::CUDA_FOLDER, line.words[2].inner, what);
                }
            }
        } else if matches!(&*first, "RUN" | "CMD" | "ENTRYPOINT") {
            line.words.remove(0);
            *line = with_assignment(std::mem::take(line), bytes);
        }
    }
    for word in lines.iter().flat_map(|line| &line.words) {
        image(pass, text(word.inner), word.inner);
        package(pass, text(word.inner), word.inner);
    }
    let _ = command_lines::run_on(pass, &lines, Dialect::Shell);
}

/// The line of `RUN A=b command`, where `A=b` sets a variable as in a shell.
fn with_assignment(line: Line, bytes: &[u8]) -> Line {
    let Some(first) = line.words.first() else { return line };
    let Some(last) = line.words.last() else { return line };
    let range = first.span.start as usize..last.span.end as usize;
    let mut lines = lines::lines_in(bytes, range, Dialect::Shell);
    if lines.len() == 1 { lines.remove(0) } else { line }
}

/// Runs over YAML: compose files, Kubernetes, workflows, conda.
pub(crate) fn yaml(pass: &mut Reporter) {
    // The forms for bug reports of a repository name programs, but do not run them.
    if pass.source.path.components().any(|part| part.as_os_str() == "ISSUE_TEMPLATE") {
        return;
    }
    let first = pass.count();
    each_word(pass, |pass, text, span| {
        let bytes = &pass.source.bytes;
        let line = &bytes[line_start(bytes, span.start as usize)..span.start as usize];
        let before = String::from_utf8_lossy(line).into_owned();
        match place(&before) {
            YamlPlace::Key => return,
            YamlPlace::Title => {}
            YamlPlace::Other => {
                image(pass, text, span);
                package(pass, text, span);
                // A list of packages to install names no program, and `- nvcc` is an item of a list of packages or compilers.
                let is_item = before.trim() == "-" && is_alone(bytes, span);
                if is_item && text == "nvcc" {
                    package(pass, "cuda-nvcc", span);
                } else if !before.contains("packages:") && !is_item {
                    tool(pass, text, span);
                }
                definitions(pass, text, span.start, false);
            }
        }
        setting(pass, text, span, &before);
    });
    let found = pass.take_from(first);
    let has_folder = found.iter().any(|finding| finding.rule == rule::CUDA_FOLDER);
    pass.report_all(found);
    if !has_folder {
        first_folder(pass);
    }
}

/// The meaning of a word of YAML, by the text before it in its line.
enum YamlPlace {
    /// The identifier of a step or job, or text that a command prints.
    Key,
    /// The value of `name`, which may be the name of a setting.
    Title,
    Other,
}

fn place(before: &str) -> YamlPlace {
    let text = before.trim_start().trim_start_matches("- ").trim_start();
    let key = text.split_once(':').map_or("", |(key, _)| key);
    match key {
        "id" | "needs" | "description" | "title" | "label" | "key" | "restore-keys" | "group" => {
            return YamlPlace::Key;
        }
        "name" => return YamlPlace::Title,
        _ => {}
    }
    let command = text.rsplit([';', '|', '&', '(']).next().unwrap_or(text).trim_start();
    let command = command.strip_prefix("run:").unwrap_or(command).trim_start();
    let program = command.split_whitespace().next().unwrap_or_default();
    if matches!(program, "echo" | "printf") { YamlPlace::Key } else { YamlPlace::Other }
}

/// Whether nothing but a comment is behind `span` on its line.
fn is_alone(bytes: &[u8], span: Span) -> bool {
    let behind = bytes[span.end as usize..].split(|&byte| byte == b'\n').next().unwrap_or_default();
    let behind = behind.trim_ascii();
    behind.is_empty() || behind.starts_with(b"#")
}

/// Whether `nvidia` behind `before` is a driver or runtime of containers, and not a channel, owner or list entry.
fn is_runtime(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let key = last.trim_end_matches(':').trim_matches(['"', '\'']);
    let is_runtime =
        ["runtime", "driver", "runtimeClassName", "accelerator"].iter().any(|end| key.ends_with(end));
    (last.ends_with(':') && is_runtime) || last == "--runtime"
}

/// Checks a container image by its name without the tag, from any registry or mirror.
fn image(pass: &mut Reporter, text: &str, span: Span) {
    let folder = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text[folder..].find([':', '@', '{', '$']).map_or(text.len(), |at| folder + at);
    let name = &text[..end];
    let mut starts = std::iter::once(0).chain(name.match_indices('/').map(|(at, _)| at + 1));
    let Some(row) = starts.find_map(|start| pass.word(Kind::Image, &name[start..])) else { return };
    // Images of this name exist for both vendors.
    if row.cuda != "pytorch/pytorch" || text[end..].contains("cuda") {
        pass.absent(row, span);
    }
}

/// Checks a setting of container programs.
fn setting(pass: &mut Reporter, text: &str, span: Span, before: &str) {
    let text = text.trim_end_matches(':');
    if text == "nvidia.com/gpu" {
        let span = Span::new(span.start, span.start + text.len() as u32);
        let finding: Option<Finding> = pass.finding(rule::GPU_RESOURCE, span);
        if let Some(finding) = finding {
            pass.report(finding.with(Fix::One(Edit::replace(span, "amd.com/gpu"))));
        }
    } else if (text == "nvidia" && is_runtime(before))
        || text == "--runtime=nvidia"
        || text.starts_with("--gpus")
    {
        pass.report_saying(rule::CONTAINER_GPU, span, format!("`{text}` requests NVIDIA GPUs"));
    } else if let Some(row) = pass.word(Kind::Environment, text) {
        let name = Span::new(span.start, span.start + text.len() as u32);
        if !is_for_folder(row) {
            return pass.rename(row, name);
        }
        // Another step, an action or the image can set the variable or read it, so its name stays.
        let what = match value_behind(pass, name.end) {
            Some(value) => format!("`{value}` is a folder of the CUDA toolkit"),
            None => format!("`{text}` is a variable for the folder of the CUDA toolkit"),
        };
        pass.report_saying(rule::CUDA_FOLDER, name, what);
    }
}

/// The value behind the key that ends at `end`.
fn value_behind<'a>(pass: &Reporter<'a>, end: u32) -> Option<&'a str> {
    let line = pass.source.bytes[end as usize..].split(|&byte| byte == b'\n').next()?;
    let value = std::str::from_utf8(line).ok()?.trim_start().strip_prefix(':')?.trim();
    (!value.is_empty()).then_some(value)
}

/// Reports the first folder of the toolkit in a file that has no other finding about such folders.
fn first_folder(pass: &mut Reporter) {
    let bytes = &pass.source.bytes;
    let is_code = |&at: &usize| !bytes[line_start(bytes, at)..at].contains(&b'#');
    let mut places = memchr::memmem::find_iter(bytes, TOOLKIT).filter(is_code);
    if let Some(at) = places.next() {
        let span = Span::new(at as u32, (at + TOOLKIT.len()) as u32);
        pass.report_saying(rule::CUDA_FOLDER, span, "the file names folders of the CUDA toolkit");
    }
}

/// Checks a program of the toolkit, called from any language.
fn tool(pass: &mut Reporter, text: &str, span: Span) {
    let name = text.rsplit('/').next().unwrap_or(text);
    let Some(row) = pass.word(Kind::Tool, name) else { return };
    pass.tool(row, span);
}
