//! Marks of the table `hip_build` in a line of a build file. It refuses patterns besides `{hip}` and `{name}`.

use tranship_rules::list;

use crate::cpp::switches::names_hip;
use crate::text::is_word;

/// The names that a mark found.
#[derive(Default)]
pub(super) struct Names<'a> {
    hip: Option<&'a str>,
    name: Option<&'a str>,
}

impl Names<'_> {
    /// The name for HIP.
    pub(super) fn hip(&self) -> Option<&str> {
        self.hip
    }

    pub(super) fn write(&self, build: &str, file: &str) -> String {
        let hip = build.replace("{hip}", self.hip.unwrap_or("HIP"));
        hip.replace("{name}", self.name.unwrap_or("BACKEND")).replace("{file}", file)
    }
}

/// The first place of `mark` in `line`.
pub(super) fn find<'a>(line: &'a str, mark: &str) -> Option<Names<'a>> {
    let starts = line.char_indices().map(|(at, _)| at);
    let is_start = |at: usize| {
        !mark.starts_with(|c: char| c == '{' || c.is_ascii_alphanumeric())
            || at == 0
            || !is_word(line.as_bytes()[at - 1])
    };
    starts.into_iter().filter(|&at| is_start(at)).find_map(|at| matches(&line[at..], mark))
}

/// The names that `mark` finds at the start of `text`.
fn matches<'a>(mut text: &'a str, mut mark: &str) -> Option<Names<'a>> {
    let mut names = Names::default();
    while !mark.is_empty() {
        let placeholder = ["{hip}", "{name}"].into_iter().find(|name| mark.starts_with(name));
        let Some(placeholder) = placeholder else {
            // A brace that opens no placeholder is text.
            let length = mark[1..].find('{').map_or(mark.len(), |at| at + 1);
            let here = text.get(..length)?;
            if !here.eq_ignore_ascii_case(&mark[..length]) {
                return None;
            }
            (text, mark) = (&text[length..], &mark[length..]);
            continue;
        };
        let length = text.bytes().take_while(|&byte| is_word(byte)).count();
        let (word, rest) = text.split_at(length);
        if word.is_empty() || (placeholder == "{hip}" && !is_hip_name(word)) {
            return None;
        }
        *(if placeholder == "{hip}" { &mut names.hip } else { &mut names.name }) = Some(word);
        (text, mark) = (rest, &mark[placeholder.len()..]);
    }
    Some(names)
}

/// Whether a name of a build file is one of a build for HIP: its last word decides, so `ROCM_PATH` is none. In `AMD_BACKEND`
/// the word before decides.
pub(super) fn is_hip_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = ["_BACKEND", "_SUPPORT", "_PLATFORM", "_BUILD", "_ENABLED"];
    let stem = ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    names_hip(stem.as_bytes())
}

/// The switch for NVIDIA with the same name as the switch `hip` for HIP: `APP_CUDA` of `APP_HIP`. A name without a word of
/// the project, such as `USE_HIP`, can have another meaning in another file.
pub(super) fn cuda_switch(hip: &str) -> Option<String> {
    let is_general = |word: &str| list::has(list::HIP_SWITCH_WORDS, word.as_bytes());
    let first = hip.split('_').next()?;
    if !hip.contains('_') || is_general(first) || list::has(list::HIP_NAME_WORDS, first.as_bytes()) {
        return None;
    }
    let words = hip
        .split('_')
        .map(|word| if list::has(list::HIP_NAME_WORDS, word.as_bytes()) { "CUDA" } else { word });
    Some(words.collect::<Vec<_>>().join("_"))
}
