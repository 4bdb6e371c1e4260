//! A build of Make for both vendors: what a conversion changes is behind `ifdef USE_HIP`.

use super::super::both::{Nest, Part, for_both, lines};
use super::super::overlay::OVERLAY;
use super::{Folder, Overlay};

/// The variable with the options of hipcc for the shadow headers.
const OPTIONS: &str = "HIP_COMPAT_FLAGS";

/// The variable with the include folder, for host compilers.
const INCLUDE: &str = "HIP_COMPAT_INCLUDE";

/// The option with which a conversion lets a host compiler read headers of HIP.
const HOST: &str = "-D__HIP_PLATFORM_AMD__";

/// The text for both vendors of a makefile, from its text `old` and its conversion `new`. `headers` is the path of `folder`, which has the
/// shadow headers, from the folder of the makefile, or an absolute path.
pub(super) fn text(old: &str, new: &str, headers: &str, folder: &Folder) -> String {
    let join = |old: &str, new: &str| {
        let new: String = lines(new).into_iter().map(with_options).collect();
        Some(guarded(old, &new))
    };
    let (text, _) = for_both(old, new, &parts, &join);
    if !text.contains(OPTIONS) && !text.contains(INCLUDE) {
        return text;
    }
    let headers = headers.replace('$', "$$").replace('#', "\\#").replace(' ', "\\ ");
    let from = if folder.is_absolute { "" } else { "$(dir $(lastword $(MAKEFILE_LIST)))" };
    let option = format!(" -ivfsoverlay{from}{headers}/{OVERLAY}");
    let (of_hosts, of_hip) = match folder.overlay {
        Overlay::None => ("", ""),
        Overlay::ForHip => ("", option.as_str()),
        // The options for HIP contain those for host compilers.
        Overlay::ForHosts => (option.as_str(), ""),
    };
    format!(
        "ifdef USE_HIP\n# nvcc includes the header in each .cu file by itself.\n{INCLUDE} := -I{from}{headers}{of_hosts}\n\
         {OPTIONS} := $({INCLUDE}) -include cuda_runtime.h{of_hip}\nendif\n{text}"
    )
}

/// The line `line` of a conversion with the options for the shadow headers behind each call of hipcc.
fn with_options(line: &str) -> String {
    let is_question =
        ["ifeq", "ifneq", "ifdef", "ifndef", "else"].iter().any(|word| line.trim_start().starts_with(word));
    if is_question || line.contains("$(shell") || line.trim_start().starts_with('#') {
        return line.to_owned();
    }
    let mut text = String::new();
    let line = line.replace(HOST, "-D__HIP_PLATFORM_AMD__ $(HIP_COMPAT_INCLUDE)");
    let mut rest = line.as_str();
    while let Some(at) = rest.find("hipcc") {
        let (before, behind) = rest.split_at(at + "hipcc".len());
        text.push_str(before);
        let is_word_before =
            before[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let is_word_behind =
            behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ')'));
        if !is_word_before && !is_word_behind {
            text.push_str(" $(HIP_COMPAT_FLAGS)");
        }
        rest = behind;
    }
    text + rest
}

fn guarded(old: &str, new: &str) -> String {
    let ended = |text: &str| {
        if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
    };
    match (old.trim().is_empty(), new.trim().is_empty()) {
        (true, true) => old.to_owned(),
        (true, false) => format!("ifdef USE_HIP\n{}endif\n{old}", ended(new)),
        (false, true) => format!("ifndef USE_HIP\n{}endif\n", ended(old)),
        (false, false) => format!("ifdef USE_HIP\n{}else\n{}endif\n", ended(new), ended(old)),
    }
}

/// The lines of `text` with their continuations. The text between `define` and `endef` is one part.
fn parts(text: &str) -> Vec<Part> {
    let lines = lines(text);
    let mut parts = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let word = |line: &str| if line.starts_with('\t') { "" } else { line.trim_start() }.to_owned();
        let begins = |line: &str, name: &str| {
            word(line)
                .strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let mut end = at + 1;
        if begins(lines[at], "define") || begins(lines[at], "override define") {
            while end < lines.len() && !begins(lines[end - 1], "endef") {
                end += 1;
            }
        }
        while end < lines.len() && lines[end - 1].trim_end_matches(['\r', '\n']).ends_with('\\') {
            end += 1;
        }
        let any = |names: &[&str]| names.iter().any(|name| begins(lines[at], name));
        let nests = if any(&["ifeq", "ifneq", "ifdef", "ifndef"]) {
            vec![Nest::Open]
        } else if any(&["else"]) {
            vec![Nest::Middle]
        } else if any(&["endif"]) {
            vec![Nest::Close]
        } else {
            Vec::new()
        };
        parts.push(Part { lines: at..end, nests });
        at = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: fn() -> Folder =
        || Folder { path: "hip_compat".into(), is_absolute: false, overlay: Overlay::None };

    #[test]
    fn an_overlay_is_an_option_of_hipcc() {
        let folder = Folder { overlay: Overlay::ForHip, ..FOLDER() };
        let text = text("a.o: a.cu\n\tnvcc -c a.cu\n", "a.o: a.cu\n\thipcc -c a.cu\n", "hip_compat", &folder);
        let option = " -ivfsoverlay$(dir $(lastword $(MAKEFILE_LIST)))hip_compat/overlay.yaml\n";
        assert!(text.contains(&format!("-include cuda_runtime.h{option}")), "{text}");
    }

    #[test]
    fn a_conversion_is_behind_a_condition() {
        let old = "CC = nvcc\nFLAGS := -O3 \\\n  -arch=sm_60\na.o: a.cu\n\tnvcc -c a.cu\n";
        let new = "CC = hipcc\nFLAGS := -O3 \\\n  --offload-arch=gfx942\na.o: a.cu\n\thipcc -c a.cu\n";
        assert_eq!(
            text(old, new, "hip_compat", &FOLDER()),
            "ifdef USE_HIP\n# nvcc includes the header in each .cu file by itself.\n\
             HIP_COMPAT_INCLUDE := -I$(dir $(lastword $(MAKEFILE_LIST)))hip_compat\n\
             HIP_COMPAT_FLAGS := $(HIP_COMPAT_INCLUDE) -include cuda_runtime.h\nendif\n\
             ifdef USE_HIP\nCC = hipcc $(HIP_COMPAT_FLAGS)\nelse\nCC = nvcc\nendif\n\
             ifdef USE_HIP\nFLAGS := -O3 \\\n  --offload-arch=gfx942\nelse\nFLAGS := -O3 \\\n  -arch=sm_60\nendif\na.o: a.cu\n\
             ifdef USE_HIP\n\thipcc $(HIP_COMPAT_FLAGS) -c a.cu\nelse\n\tnvcc -c a.cu\nendif\n"
        );
    }

    #[test]
    fn a_changed_condition_repeats_its_block() {
        let old = "ifeq ($(CC),nvcc)\nA = 1\nendif\nB = 1\n";
        let new = "ifeq ($(CC),hipcc)\nA = 1\nendif\nB = 1\n";
        assert_eq!(
            text(old, new, "hip_compat", &FOLDER()),
            format!("ifdef USE_HIP\n{}else\n{}endif\nB = 1\n", &new[..new.len() - 6], &old[..old.len() - 6])
        );
    }
}
