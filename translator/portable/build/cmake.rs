//! A build of CMake for both vendors: what a conversion changes is behind `if(USE_HIP)`.

use tranship_engine::readers::cmake::{self, Command, is_command};
use tranship_engine::text::Lines;

use super::super::both::{Nest, Part, for_both, lines};
use super::super::overlay::OVERLAY;
use super::{Folder, Overlay};

/// The commands that begin a block.
const OPENING: [&str; 6] = ["if", "foreach", "while", "function", "macro", "block"];
/// The commands that end a block.
const CLOSING: [&str; 6] = ["endif", "endforeach", "endwhile", "endfunction", "endmacro", "endblock"];

/// The command that names the oldest release of CMake. A condition cannot hold it, because it has to be the first command.
const MINIMUM: &str = "cmake_minimum_required";

/// The text for both vendors of a CMake file, from its text `old` and its conversion `new`. `root` is the folder of shadow headers if
/// the file is the first one of the build.
pub(super) fn text(old: &str, new: &str, root: Option<&Folder>) -> String {
    let minimum = (command(old, MINIMUM), command(new, MINIMUM));
    let (mut new, mut raised) = (new.to_owned(), String::new());
    if let (Some(before), Some(after)) = minimum
        && before != after
    {
        raised = format!("if(USE_HIP)\n  {after}\nendif()\n");
        new = new.replacen(&after, &before, 1);
    }
    let join = |old: &str, new: &str| Some(guarded(old, new));
    let (mut text, _) = for_both(old, &new, &parts, &join);
    if let Some(folder) = root {
        let option = format!("option(USE_HIP \"Build for AMD GPUs\" OFF)\n{raised}");
        text =
            if command(&text, MINIMUM).is_some() { behind(&text, MINIMUM, &option) } else { option + &text };
        text = behind(&text, "project", &headers(folder));
    } else if !raised.is_empty() {
        text = behind(&text, MINIMUM, &raised);
    }
    text
}

/// The lines that let a build for HIP find the shadow headers.
fn headers(folder: &Folder) -> String {
    let path = folder.in_cmake();
    let option =
        |when: &str| format!("  add_compile_options(\"$<$<{when}>:-ivfsoverlay{path}/{OVERLAY}>\")\n");
    let overlay = match folder.overlay {
        Overlay::None => String::new(),
        Overlay::ForHip => option("COMPILE_LANGUAGE:HIP"),
        Overlay::ForHosts => option("COMPILE_LANGUAGE:HIP,C,CXX") + &needs_clang(),
    };
    format!(
        "if(USE_HIP)\n  include_directories(BEFORE \"{path}\")\n  # nvcc includes this header in each .cu file by itself.\n  \
         add_compile_options(\"$<$<COMPILE_LANGUAGE:HIP>:SHELL:-include cuda_runtime.h>\")\n{overlay}endif()\n"
    )
}

/// The lines that stop a build for HIP whose compiler of host code cannot read the overlay.
fn needs_clang() -> String {
    let line = |lang: &str| {
        format!(
            "  if(CMAKE_{lang}_COMPILER_ID AND NOT CMAKE_{lang}_COMPILER_ID MATCHES \"Clang\")\n    message(FATAL_ERROR \"the overlay \
             of hip_compat needs clang for {lang}; pass -DCMAKE_{lang}_COMPILER\")\n  endif()\n"
        )
    };
    line("C") + &line("CXX")
}

fn guarded(old: &str, new: &str) -> String {
    let ended = |text: &str| {
        if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
    };
    match (old.trim().is_empty(), new.trim().is_empty()) {
        (true, true) => old.to_owned(),
        (true, false) => format!("if(USE_HIP)\n{}endif()\n{old}", ended(new)),
        (false, true) => format!("if(NOT USE_HIP)\n{}endif()\n", ended(old)),
        (false, false) => format!("if(USE_HIP)\n{}else()\n{}endif()\n", ended(new), ended(old)),
    }
}

/// The text of the first command `name`.
fn command(text: &str, name: &str) -> Option<String> {
    let file = cmake::read(text.as_bytes());
    let command = file.commands.iter().find(|command| is_command(text.as_bytes(), command, name))?;
    Some(text[command.span.range()].to_owned())
}

/// `text` with the lines `more` behind the first command `name` and the blocks around it. The text is the same if there is no such
/// command.
fn behind(text: &str, name: &str, more: &str) -> String {
    let bytes = text.as_bytes();
    let file = cmake::read(bytes);
    let Some(mut at) = file.commands.iter().position(|command| is_command(bytes, command, name)) else {
        return text.to_owned();
    };
    let is_one =
        |names: &[&str], command: &Command| names.iter().any(|name| is_command(bytes, command, name));
    let mut depth = 0_usize;
    for (index, command) in file.commands.iter().enumerate() {
        if is_one(&OPENING, command) {
            depth += 1;
        } else if is_one(&CLOSING, command) {
            depth = depth.saturating_sub(1);
        }
        if index >= at && depth == 0 {
            at = index;
            break;
        }
    }
    let end = file.commands[at].span.end as usize;
    let end = text[end..].find('\n').map_or(text.len(), |length| end + length + 1);
    let line_end = if text[..end].ends_with('\n') { "" } else { "\n" };
    format!("{}{line_end}{more}{}", &text[..end], &text[end..])
}

/// The commands of `text`.
fn parts(text: &str) -> Vec<Part> {
    let bytes = text.as_bytes();
    let numbers = Lines::new(bytes);
    let line = |offset: u32| numbers.position(offset).line as usize - 1;
    let mut parts: Vec<Part> = Vec::new();
    for command in &cmake::read(bytes).commands {
        let (first, last) = (line(command.span.start), line(command.span.end.saturating_sub(1)));
        let nest = if OPENING.iter().any(|name| is_command(bytes, command, name)) {
            Some(Nest::Open)
        } else if CLOSING.iter().any(|name| is_command(bytes, command, name)) {
            Some(Nest::Close)
        } else {
            let divides = ["else", "elseif"].iter().any(|name| is_command(bytes, command, name));
            divides.then_some(Nest::Middle)
        };
        match parts.last_mut() {
            // Several commands on one line.
            Some(part) if part.lines.end > first => {
                part.lines.end = last + 1;
                part.nests.extend(nest);
            }
            _ => parts.push(Part { lines: first..last + 1, nests: nest.into_iter().collect() }),
        }
    }
    debug_assert!(parts.last().is_none_or(|part| part.lines.end <= lines(text).len()), "lines of the text");
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_is_behind_a_condition_and_the_option_comes_first() {
        let old =
            "cmake_minimum_required(VERSION 3.10)\nproject(p LANGUAGES CXX\n  CUDA)\nadd_library(p a.cu)\n";
        let new = "cmake_minimum_required(VERSION 3.21)\nproject(p LANGUAGES CXX\n  HIP)\nadd_library(p a.cu)\n\
                   set_source_files_properties(a.cu PROPERTIES LANGUAGE HIP)\n";
        let folder = Folder { path: "hip_compat".into(), is_absolute: false, overlay: Overlay::None };
        assert_eq!(
            text(old, new, Some(&folder)),
            "cmake_minimum_required(VERSION 3.10)\n\
             option(USE_HIP \"Build for AMD GPUs\" OFF)\n\
             if(USE_HIP)\n  cmake_minimum_required(VERSION 3.21)\nendif()\n\
             if(USE_HIP)\nproject(p LANGUAGES CXX\n  HIP)\nelse()\nproject(p LANGUAGES CXX\n  CUDA)\nendif()\n\
             if(USE_HIP)\n  include_directories(BEFORE \"${PROJECT_SOURCE_DIR}/hip_compat\")\n  \
             # nvcc includes this header in each .cu file by itself.\n  \
             add_compile_options(\"$<$<COMPILE_LANGUAGE:HIP>:SHELL:-include cuda_runtime.h>\")\nendif()\n\
             add_library(p a.cu)\n\
             if(USE_HIP)\nset_source_files_properties(a.cu PROPERTIES LANGUAGE HIP)\nendif()\n"
        );
    }

    #[test]
    fn an_overlay_is_an_option_of_the_language() {
        let folder = Folder { path: "hip_compat".into(), is_absolute: false, overlay: Overlay::ForHip };
        let option = "  add_compile_options(\"$<$<COMPILE_LANGUAGE:HIP>:-ivfsoverlay${PROJECT_SOURCE_DIR}/hip_compat/overlay.yaml>\")\n";
        let text = text("project(p CUDA)\n", "project(p HIP)\n", Some(&folder));
        assert!(text.contains(option), "{text}");
    }

    #[test]
    fn an_overlay_for_hosts_needs_clang() {
        let folder = Folder { path: "hip_compat".into(), is_absolute: false, overlay: Overlay::ForHosts };
        let text = text("project(p CUDA)\n", "project(p HIP)\n", Some(&folder));
        assert!(text.contains("$<$<COMPILE_LANGUAGE:HIP,C,CXX>:-ivfsoverlay"), "{text}");
        assert_eq!(text.matches("NOT CMAKE_CXX_COMPILER_ID MATCHES \"Clang\"").count(), 1, "{text}");
    }

    #[test]
    fn a_file_below_has_no_option() {
        let old = "if(CUDA_FOUND)\n  f()\nendif()\nset(X 1)\n";
        let new = "if(hip_FOUND)\n  f()\nendif()\nset(X 1)\n";
        assert_eq!(
            text(old, new, None),
            "if(USE_HIP)\nif(hip_FOUND)\n  f()\nendif()\nelse()\nif(CUDA_FOUND)\n  f()\nendif()\nendif()\nset(X 1)\n"
        );
    }
}
