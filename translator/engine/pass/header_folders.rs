//! Finds the folder of CUDA's headers on command lines where variables hold it, alone or in a list of folders.
//!
//! The value of a variable that another file or the environment sets is not known, so its name decides.

use super::super::toolkit_folders::TOOLKIT;
use super::{FOLDER_VARIABLES, Variables, last_reference, references};

/// Lists of folders in lists are followed this often.
const MOST_LISTS: usize = 4;

impl Variables<'_> {
    /// Whether `folder`, which an option like `-I` names, is that of CUDA's headers in a variable, or `word` is a function of Make that
    /// writes `-I` before each folder of a list with it: `$(foreach dir,$(INCLUDE_DIRS),-I$(dir))`.
    pub(crate) fn includes_headers(&self, folder: Option<&str>, word: &str) -> bool {
        if let Some(folder) = folder {
            return last_reference(folder).is_some_and(|name| self.headers.contains(name))
                || folder
                    .strip_suffix("/include")
                    .and_then(last_reference)
                    .is_some_and(|name| self.is_foreign(name));
        }
        let is_function =
            ["$(foreach ", "$(addprefix ", "$(patsubst "].iter().any(|start| word.starts_with(start));
        let writes = is_function || (word.starts_with("$(") && word.contains(":%="));
        writes && word.contains("-I") && references(word).any(|name| self.lists_headers(name, MOST_LISTS))
    }

    /// Whether the words of variable `name` have the folder of CUDA's headers among them. Lists in lists are followed `depth` times.
    fn lists_headers(&self, name: &str, depth: usize) -> bool {
        let is_headers = |word: &str| {
            let folder = word.strip_suffix("/include").and_then(last_reference);
            folder.is_some_and(|name| FOLDER_VARIABLES.contains(&name) || self.is_foreign(name))
                || word.starts_with(TOOLKIT) && word.ends_with("/include")
        };
        self.headers.contains(name)
            || self.assigned.get(name).into_iter().flatten().any(|(line, first)| {
                line.words[*first..].iter().map(|word| self.text(word.inner)).any(|word| {
                    let name = last_reference(word).filter(|_| depth > 0);
                    is_headers(word) || name.is_some_and(|name| self.lists_headers(name, depth - 1))
                })
            })
    }

    /// Whether the name of a variable is that of a folder of CUDA, and another file or the environment sets it.
    fn is_foreign(&self, name: &str) -> bool {
        name.contains("CUDA")
            && ["DIR", "HOME", "PATH", "ROOT"].iter().any(|end| name.ends_with(end))
            && !FOLDER_VARIABLES.iter().any(|known| name.contains(known))
            && !self.assigned.contains_key(name)
    }
}
