//! Container files and YAML: a finding with the counterpart for each image, package, setting and program of CUDA.
//!
//! Images, packages and options of container programs have no exact counterparts, so only rows that the tables call exact
//! are rewritten.

use tranship_rules::{Kind, rule};

use crate::finding::{Finding, Fix};
use crate::pass::package_names::{each_word, package};
use crate::pass::{Reporter, command_lines};
use crate::readers::lines::{self, Dialect, Line};
use crate::text::{Edit, Span};

/// A Dockerfile: images, and commands as a shell runs them.
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
        } else if matches!(&*first, "RUN" | "CMD" | "ENTRYPOINT") {
            line.words.remove(0);
            *line = with_assignment(std::mem::take(line), bytes);
        }
    }
    for word in lines.iter().flat_map(|line| &line.words) {
        image(pass, text(word.inner), word.inner);
        package(pass, text(word.inner), word.inner);
    }
    command_lines::run_on(pass, &lines, Dialect::Shell);
}

/// `RUN A=b command` gives a value to a variable, as a line of a shell does.
fn with_assignment(line: Line, bytes: &[u8]) -> Line {
    let Some(first) = line.words.first() else { return line };
    let Some(last) = line.words.last() else { return line };
    let range = first.span.start as usize..last.span.end as usize;
    let mut lines = lines::lines_in(bytes, range, Dialect::Shell);
    if lines.len() == 1 { lines.remove(0) } else { line }
}

/// YAML: compose files, Kubernetes, workflows, conda.
pub(crate) fn yaml(pass: &mut Reporter) {
    // Questions to people who report a bug name programs, but run none.
    if pass.source.path.components().any(|part| part.as_os_str() == "ISSUE_TEMPLATE") {
        return;
    }
    each_word(pass, |pass, text, span| {
        image(pass, text, span);
        package(pass, text, span);
        setting(pass, text, span);
        tool(pass, text, span);
    });
}

/// A container image: its name without tag, from whatever registry or mirror.
fn image(pass: &mut Reporter, text: &str, span: Span) {
    let folder = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text[folder..].find([':', '@', '{', '$']).map_or(text.len(), |at| folder + at);
    let name = &text[..end];
    let mut starts = std::iter::once(0).chain(name.match_indices('/').map(|(at, _)| at + 1));
    let Some(row) = starts.find_map(|start| pass.word(Kind::Image, &name[start..])) else { return };
    // Such images have builds for both vendors.
    if row.cuda != "pytorch/pytorch" || text[end..].contains("cuda") {
        pass.absent(row, span);
    }
}

/// Settings of container programs.
fn setting(pass: &mut Reporter, text: &str, span: Span) {
    let text = text.trim_end_matches(':');
    if text == "nvidia.com/gpu" {
        let span = Span::new(span.start, span.start + text.len() as u32);
        let finding: Option<Finding> = pass.finding(rule::GPU_RESOURCE, span);
        if let Some(finding) = finding {
            pass.report(finding.with(Fix::One(Edit::replace(span, "amd.com/gpu"))));
        }
    } else if matches!(text, "nvidia" | "--runtime=nvidia") || text.starts_with("--gpus") {
        pass.report_saying(rule::CONTAINER_GPU, span, format!("`{text}` asks for GPUs of NVIDIA"));
    } else if let Some(row) = pass.word(Kind::Environment, text) {
        pass.rename(row, Span::new(span.start, span.start + text.len() as u32));
    }
}

/// A program of the toolkit, in whatever language calls it.
fn tool(pass: &mut Reporter, text: &str, span: Span) {
    let name = text.rsplit('/').next().unwrap_or(text);
    let Some(row) = pass.word(Kind::Tool, name) else { return };
    if name == "nvcc" {
        let what = "`nvcc` is called; ROCm's compiler driver is `hipcc`";
        pass.report_saying(rule::TOOL_IN_TEXT, span, what);
    } else {
        pass.absent(row, span);
    }
}
