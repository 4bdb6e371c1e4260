//! Finds the variables of a Makefile or shell script that matter for the compiler of GPU code: variables of any name that
//! hold nvcc or hipcc, variables whose words that compiler gets, and variables that hold the name of a GPU.
//!
//! Conditions are not evaluated: a variable that holds nvcc in one branch counts as nvcc. Functions of Make and the output
//! of commands are not computed. For a Makefile, the variables of the files that Make reads with it are known too.

#[path = "header_folders.rs"]
mod header_folders;
#[path = "other_readers.rs"]
mod other_readers;

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::Kind;

use super::Reporter;
use super::nvcc_options::{CommandLine, are_gpus};
use super::other_toolkits;
use super::toolkit_folders::TOOLKIT;
use crate::readers::lines::{Dialect, Line, Word};
use crate::text::{Span, is_word};

/// Variables that Make's own rules pass to the compilers `CC` and `CXX`.
const IMPLICIT: &[&str] = &["CPPFLAGS", "TARGET_ARCH", "LDFLAGS", "LOADLIBES", "LDLIBS"];

/// Variables that hold the folder of the toolkit by their names.
pub(super) const FOLDER_VARIABLES: &[&str] = &["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_PATH"];

/// Options of nvcc whose value another program reads.
const FOR_OTHERS: &[&str] = &["-Xcompiler", "--compiler-options", "-ccbin", "--compiler-bindir", "-Xlinker"];

/// The C++ compiler of NVIDIA's HPC SDK, which ROCm has no counterpart for.
pub(super) const NVIDIA_COMPILER: &str = "nvc++";

/// More values than this for one text are not followed.
const MOST_VALUES: usize = 16;

/// The variables of one file, and of the files that Make reads with it.
pub(crate) struct Variables<'a> {
    /// The bytes of the file, and behind them those of the other files.
    bytes: &'a [u8],
    /// The number of bytes of the file itself.
    own: u32,
    /// The lines that assign each name, with the index of the first word of the value.
    assigned: FxHashMap<&'a str, Vec<(&'a Line, usize)>>,
    compilers: FxHashMap<&'a str, CommandLine>,
    reached: FxHashMap<&'a str, CommandLine>,
    /// Variables whose words a host compiler gets, perhaps beside the compiler of GPU code.
    for_host: FxHashSet<&'a str>,
    /// Variables on command lines of programs that run containers.
    for_containers: FxHashSet<&'a str>,
    /// How often each variable is used.
    uses: FxHashMap<&'a str, usize>,
    /// How often each variable is used in an option that names GPUs.
    uses_for_gpus: FxHashMap<&'a str, usize>,
    /// Variables with an assignment in a branch that stays as it is.
    frozen: FxHashSet<&'a str>,
    /// Variables that hold the folder of a toolkit in its usual place, each with whether that is ROCm.
    toolkits: Vec<(&'a str, bool)>,
    /// Variables that hold the folder of CUDA's headers: `CUDA_INC = $(CUDA_PATH)/include`.
    headers: FxHashSet<&'a str>,
}

impl<'a> Variables<'a> {
    /// The variables of `lines`; `settled` tells which lines stay as they are. The first `own` of the `bytes` are the file
    /// itself.
    pub(crate) fn of(
        bytes: &'a [u8],
        own: u32,
        lines: &'a [Line],
        settled: &[bool],
        dialect: Dialect,
    ) -> Self {
        let mut all = Self {
            bytes,
            own,
            assigned: FxHashMap::default(),
            compilers: FxHashMap::default(),
            reached: FxHashMap::default(),
            for_host: FxHashSet::default(),
            for_containers: FxHashSet::default(),
            uses: FxHashMap::default(),
            uses_for_gpus: FxHashMap::default(),
            frozen: FxHashSet::default(),
            toolkits: Vec::new(),
            headers: FxHashSet::default(),
        };
        for (line, settled) in lines.iter().zip(settled) {
            if let Some((name, first)) = all.assignment(line) {
                all.assigned.entry(name).or_default().push((line, first));
                if *settled {
                    all.frozen.insert(name);
                }
            }
            for word in &line.words {
                references(all.text(word.span)).for_each(|name| *all.uses.entry(name).or_default() += 1);
            }
        }
        all.find_toolkits();
        all.find_compilers(lines);
        all.find_reached(lines, dialect);
        all.find_for_host(lines);
        all.find_for_containers(lines);
        all.count_gpus(lines, settled);
        all
    }

    fn text(&self, span: Span) -> &'a str {
        std::str::from_utf8(&self.bytes[span.range()]).unwrap_or_default()
    }

    fn find_toolkits(&mut self) {
        let value = |(line, first): &(&Line, usize)| match &line.words[*first..] {
            [word] => Some(self.text(word.inner)),
            _ => None,
        };
        let is_folder = |text: &str, folder: &str| {
            let rest = text.strip_prefix(folder).map(|rest| rest.trim_end_matches('/'));
            rest.is_some_and(|rest| {
                rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
            })
        };
        let holds = |lines: &[(&Line, usize)], folder: &str| {
            lines.iter().filter_map(value).any(|text| is_folder(text, folder))
        };
        let called = other_toolkits::variables(std::str::from_utf8(self.bytes).unwrap_or_default());
        let is_elsewhere = |name: &str, lines: &[(&Line, usize)]| {
            lines.iter().filter_map(value).any(|text| other_toolkits::holds(text, called.contains(&name)))
        };
        let toolkit = |(&name, lines): (&&'a str, &Vec<(&Line, usize)>)| {
            let is_rocm = holds(lines, "/opt/rocm");
            let is_cuda = holds(lines, TOOLKIT) || (!is_rocm && is_elsewhere(name, lines));
            (is_rocm || is_cuda).then_some((name, is_rocm))
        };
        let mut toolkits: Vec<_> = self.assigned.iter().filter_map(toolkit).collect();
        toolkits.sort_unstable();
        let is_toolkit = |text: &str| {
            let name = last_reference(text);
            let holds = |name: &str| {
                FOLDER_VARIABLES.contains(&name) && !self.is_own_folder(name)
                    || toolkits.contains(&(name, false))
            };
            is_folder(text, "/usr/local/cuda") || name.is_some_and(holds)
        };
        let holds_headers = |lines: &[(&Line, usize)]| {
            let values = lines.iter().filter_map(value).map(other_toolkits::unwrapped);
            values.filter_map(|text| text.strip_suffix("/include")).any(is_toolkit)
        };
        let headers = self.assigned.iter().filter(|(_, lines)| holds_headers(lines)).map(|(&name, _)| name);
        let headers = headers.collect();
        (self.headers, self.toolkits) = (headers, toolkits);
    }

    /// The variables that hold the folder of a toolkit in its usual place, each with whether that is ROCm.
    pub(crate) fn toolkits(&self) -> &[(&'a str, bool)] {
        &self.toolkits
    }

    /// The name that `line` assigns, and the index of the first word of the value; `debug: FLAGS += -g` assigns as well.
    pub(crate) fn assignment(&self, line: &Line) -> Option<(&'a str, usize)> {
        if let Some(name) = line.assigned {
            return Some((self.text(name), 0));
        }
        let [target, name, operator, ..] = line.words[..] else { return None };
        let is_assignment = !line.is_recipe
            && self.text(target.span).ends_with(':')
            && matches!(self.text(operator.span), "=" | ":=" | "+=" | "?=");
        is_assignment.then(|| (self.text(name.span), 3))
    }

    /// The index of the word of `line` that runs a compiler for GPUs, and how its options are read.
    pub(crate) fn compiler(&self, line: &Line) -> Option<(usize, CommandLine)> {
        let mut before = "";
        line.words.iter().enumerate().find_map(|(index, word)| {
            let text = self.text(word.inner);
            let is_value = std::mem::replace(&mut before, text).starts_with('-');
            self.runs(text).filter(|_| !is_value || index == 0).map(|compiler| (index, compiler))
        })
    }

    /// Whether `word` runs nvcc, or is a variable for nvcc that runs hipcc after a conversion.
    pub(super) fn runs_nvcc(&self, word: &str) -> bool {
        let is_converted = || last_reference(word).is_some_and(|name| name.contains("NVCC"));
        match self.runs(word) {
            Some(CommandLine::Nvcc) => true,
            Some(CommandLine::Hipcc) => is_converted(),
            _ => false,
        }
    }

    /// How the options behind the program `word` are read, if it is nvcc or hipcc.
    fn runs(&self, word: &str) -> Option<CommandLine> {
        if let Some(program) = named_program(word) {
            return Some(program);
        }
        let name = last_reference(word)?;
        let known = self.compilers.get(name).copied();
        known.or(match name {
            "NVCC" | "CUDA_NVCC" | "CUDACC" => Some(CommandLine::Nvcc),
            "HIPCC" => Some(CommandLine::Hipcc),
            _ => None,
        })
    }

    /// Whether each assignment of `name` is a folder below that of the file, as in `CUDA_PATH = device`. A folder with a
    /// digit in its name may be a release of the toolkit.
    pub(crate) fn is_own_folder(&self, name: &str) -> bool {
        let is_own = |(line, first): &(&Line, usize)| match &line.words[*first..] {
            [word] => {
                let value = self.text(word.inner);
                let is_relative =
                    value.starts_with(|c: char| c.is_ascii_alphabetic()) || value.starts_with("./");
                is_relative && !value.contains(|c: char| c.is_ascii_digit() || c == ':')
            }
            _ => false,
        };
        self.assigned.get(name).is_some_and(|lines| !lines.is_empty() && lines.iter().all(is_own))
    }

    /// Whether the file assigns the variable `name`.
    pub(crate) fn is_assigned(&self, name: &str) -> bool {
        self.assigned.contains_key(name)
    }

    /// Whether `words` have a variable with `CUDA` in its name that the file does not assign, such as `$(CUDATOOLKIT_HOME)` of an
    /// environment module, which ROCm does not set.
    pub(crate) fn is_from_module(&self, words: &[Word]) -> bool {
        let is_foreign = |name: &str| {
            name.contains("CUDA") && !FOLDER_VARIABLES.contains(&name) && !self.is_assigned(name)
        };
        // A program of another package can print the folder: `$(shell python -c 'print(find_cuda_home())')`.
        let asks = |text: &str| text.starts_with("$(shell") && text.contains("cuda_home");
        words.iter().any(|word| {
            let text = self.text(word.span);
            // The release in `/usr/local/cuda-${CUDA_VERSION}` may be set elsewhere.
            asks(text) || (!text.contains(TOOLKIT) && references(text).any(is_foreign))
        })
    }

    /// Whether each assignment of `name` is the folder in which NVIDIA's installer for Windows puts the toolkit, or the folder
    /// that NVIDIA's HPC compiler prints, or one of an environment module.
    pub(crate) fn is_toolkit_of_nvidia(&self, name: &str) -> bool {
        let is_toolkit = |(line, first): &(&Line, usize)| {
            let has =
                |part: &str| line.words[*first..].iter().any(|word| self.text(word.span).contains(part));
            has("NVIDIA") && has("CUDA") || has(NVIDIA_COMPILER) || self.is_from_module(&line.words[*first..])
        };
        self.assigned.get(name).is_some_and(|lines| !lines.is_empty() && lines.iter().all(is_toolkit))
    }

    /// Renames the variable that `[ -v NAME ]` tests, if it is word `index` of `line`.
    pub(super) fn rename_tested(&self, pass: &mut Reporter, line: &Line, index: usize) {
        let is_test = |word: &Word| matches!(self.text(word.span), "[" | "[[" | "test");
        let follows_option = index > 0 && self.text(line.words[index - 1].span) == "-v";
        if !follows_option || !line.words[..index].iter().any(is_test) {
            return;
        }
        let span = line.words[index].span;
        let name = self.text(span);
        let row = pass.word(Kind::Environment, name);
        if let Some(row) = row.filter(|_| !self.is_own_folder(name) && !self.is_toolkit_of_nvidia(name)) {
            pass.rename(row, span);
        }
    }

    /// Whether the file names a compiler of NVIDIA's HPC SDK and not nvcc: `-cuda` is another option there.
    pub(crate) fn is_for_hpc_compilers(&self) -> bool {
        let has = |text: &str| memmem::find(&self.bytes[..self.own as usize], text.as_bytes()).is_some();
        ["nvfortran", NVIDIA_COMPILER].into_iter().any(has) && !has("nvcc")
    }

    /// How the words of variable `name` are read, if a compiler for GPUs gets them.
    pub(crate) fn reader_of(&self, name: &str) -> Option<CommandLine> {
        self.reached.get(name).copied()
    }

    fn find_compilers(&mut self, lines: &'a [Line]) {
        let mut holders: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut open: Vec<(&str, CommandLine)> = Vec::new();
        for line in lines {
            let Some((name, first)) = self.assignment(line) else { continue };
            let mut before = "";
            for word in &line.words[first..] {
                let text = self.text(word.inner);
                if std::mem::replace(&mut before, text).starts_with('-') {
                    continue;
                }
                match (named_program(text), last_reference(text)) {
                    (Some(program), _) => open.push((name, program)),
                    (None, Some(reference)) => holders.entry(reference).or_default().push(name),
                    (None, None) => {}
                }
            }
        }
        open.sort_by_key(|(_, program)| *program != CommandLine::Nvcc);
        let defaults = ["NVCC", "CUDA_NVCC", "CUDACC"].map(|name| (name, CommandLine::Nvcc));
        let is_free = |name: &str| !self.assigned.contains_key(name);
        open.extend(defaults.into_iter().filter(|(name, _)| is_free(name)));
        // Variables that hold nvcc come first, so that a variable which may hold both counts as nvcc.
        let mut next = 0;
        while let Some((name, program)) = open.get(next).copied() {
            next += 1;
            if self.compilers.contains_key(name) {
                continue;
            }
            self.compilers.insert(name, program);
            let more = holders.remove(name).unwrap_or_default();
            open.extend(more.into_iter().map(|holder| (holder, program)));
        }
    }

    fn find_reached(&mut self, lines: &'a [Line], dialect: Dialect) {
        let mut open: Vec<(&str, CommandLine)> = Vec::new();
        for line in lines {
            if let Some((at, compiler)) = self.compiler(line) {
                self.passed(&line.words[at + 1..], |name| open.push((name, compiler)));
            }
        }
        for (compiler, flags) in [("CC", "CFLAGS"), ("CXX", "CXXFLAGS")] {
            let Some(program) = self.compilers.get(compiler).filter(|_| dialect == Dialect::Make) else {
                continue;
            };
            open.extend(IMPLICIT.iter().chain([&flags]).map(|name| (*name, *program)));
        }
        open.sort_by_key(|(_, program)| *program == CommandLine::Nvcc);
        while let Some((name, compiler)) = open.pop() {
            if self.reached.contains_key(name) {
                continue;
            }
            self.reached.insert(name, compiler);
            for (line, first) in self.assigned.get(name).into_iter().flatten() {
                let from = self.compiler(line).map_or(*first, |(at, _)| at + 1);
                self.passed(&line.words[from..], |name| open.push((name, compiler)));
            }
        }
    }

    /// Calls `add` with each variable in `words` that the compiler itself reads.
    fn passed(&self, words: &[Word], mut add: impl FnMut(&'a str)) {
        let mut before = "";
        for word in words {
            let text = self.text(word.inner);
            let is_for_others = FOR_OTHERS.contains(&before)
                || FOR_OTHERS.iter().any(|option| text.contains(option) && text.len() > option.len());
            before = text;
            if !is_for_others {
                references(text).for_each(&mut add);
            }
        }
    }

    fn count_gpus(&mut self, lines: &'a [Line], settled: &[bool]) {
        for line in lines.iter().zip(settled).filter_map(|(line, settled)| (!settled).then_some(line)) {
            let texts: Vec<&str> = line.words.iter().map(|word| self.text(word.inner)).collect();
            for (index, text) in texts.iter().enumerate() {
                let value = super::nvcc_options::gpu_value(text, texts.get(index + 1).copied());
                for name in value.into_iter().flat_map(references) {
                    *self.uses_for_gpus.entry(name).or_default() += 1;
                }
            }
        }
    }

    /// `text` with the values of its variables; one text for each value of a variable that is set in several places.
    /// Empty if a value is not known.
    fn values(&self, text: &str, depth: usize) -> Vec<String> {
        let Some(name) = references(text).next() else { return vec![text.to_owned()] };
        if depth == 0 || self.frozen.contains(name) {
            return Vec::new();
        }
        let forms = forms(name);
        let mut all = Vec::new();
        for (line, first) in self.assigned.get(name).into_iter().flatten() {
            let [word] = line.words[*first..] else { return Vec::new() };
            for value in self.values(self.text(word.inner), depth - 1) {
                let with = forms.iter().fold(text.to_owned(), |text, form| text.replace(form, &value));
                // A form that is not replaced, such as `$(NAME:a=b)`, has an unknown value.
                if references(&with).any(|other| other == name) {
                    return Vec::new();
                }
                all.extend(self.values(&with, depth - 1));
                if all.len() > MOST_VALUES {
                    return Vec::new();
                }
            }
        }
        all
    }

    /// A value of an option that names GPUs, with the values of its variables. `None` if they are not known, or no GPUs.
    pub(crate) fn gpus(&self, value: &str) -> Option<String> {
        let values = self.values(value, 8);
        let are_known = !values.is_empty() && values.iter().all(|value| are_gpus(value));
        values.into_iter().next().filter(|_| are_known)
    }

    /// The only variable in `value`, and the spans of the words that it is set to, if it holds the name or the number of a
    /// GPU and is used for nothing else.
    pub(crate) fn gpu_variable(&self, value: &str) -> Option<(&'a str, Vec<Span>)> {
        let mut names = references(value);
        let (name, lines) = self.assigned.get_key_value(names.next()?)?;
        let only_gpus = self.uses.get(name) == self.uses_for_gpus.get(name);
        if names.any(|other| other != *name) || !only_gpus || self.frozen.contains(name) {
            return None;
        }
        let mut spans = Vec::new();
        for (line, first) in lines {
            let [word] = line.words[*first..] else { return None };
            let text = self.text(word.inner);
            // An edit cannot be in another file.
            if word.inner.end > self.own {
                return None;
            }
            if text.contains('$') || !(are_gpus(text) || text.bytes().all(|byte| byte.is_ascii_digit())) {
                return None;
            }
            spans.push(word.inner);
        }
        Some((*name, spans))
    }
}

/// The spellings of a use of variable `name`.
fn forms(name: &str) -> [String; 3] {
    [format!("$({name})"), format!("${{{name}}}"), format!("${name}")]
}

/// The names behind each `$`, `$(` or `${` of `text`, function names of Make included.
fn references(text: &str) -> impl Iterator<Item = &str> {
    placed_references(text).map(|(_, name)| name)
}

/// The same names with their offsets.
pub(super) fn placed_references(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches(['(', '{']);
        // The length `${#NAME}`, and the name in `${!NAME}`.
        let is_in_braces = text[..text.len() - rest.len()].ends_with('{');
        let rest = rest.strip_prefix(['#', '!']).filter(|_| is_in_braces).unwrap_or(rest);
        let length = rest.bytes().take_while(|&byte| is_word(byte)).count();
        (length > 0).then(|| (text.len() - rest.len(), &rest[..length]))
    })
}

/// The variable that `word` ends with, if it consists of variables alone, as `@$(QUIET)$(NVCC)`.
fn last_reference(word: &str) -> Option<&str> {
    let word = word.trim_start_matches(['@', '-', '+']).trim_matches('"');
    let last = word.rfind('$')?;
    let name = references(&word[last..]).next()?;
    let is_end = |form: &String| word.ends_with(form.as_str()) && word.len() - form.len() == last;
    (word.starts_with('$') && !word.contains(['/', ' ', ',']) && forms(name).iter().any(is_end))
        .then_some(name)
}

/// How the options behind `word` are read, if it names nvcc or hipcc itself, by a path, or as what `which` prints.
fn named_program(word: &str) -> Option<CommandLine> {
    let is_prefixed = word.starts_with('-');
    let word = word.trim_start_matches(['@', '-', '+']).trim_matches(['"', '`']);
    let asks = ["$(shell which ", "$(shell command -v ", "$(which ", "$(command -v ", "which "];
    let asked = asks.iter().find_map(|ask| word.strip_prefix(ask));
    let path = asked.map_or(word, |rest| rest.split([' ', ')']).next().unwrap_or(rest));
    if path.contains([' ', '=', ',']) || (is_prefixed && path.contains('/')) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.trim_end_matches(".exe") {
        "nvcc" => Some(CommandLine::Nvcc),
        "hipcc" => Some(CommandLine::Hipcc),
        _ => None,
    }
}

#[cfg(test)]
#[path = "command_variables_tests.rs"]
mod tests;
