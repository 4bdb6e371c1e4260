//! `convert --stamp FILE`: the files by which a build tool decides whether a conversion is due.
//!
//! The stamp has the time at which the run began, so a file that changes during the run is newer than the stamp.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use crate::project::job::Job;
use crate::project::replace::replace;
use crate::project::setup::{Overrides, setting_files};
use crate::project::written_files;
use crate::report::display_path;
use tranship_engine::result::Conversion;

/// The stamp of a run.
pub(super) struct Stamp {
    file: PathBuf,
    began: SystemTime,
}

impl Stamp {
    /// The stamp `file` of a run that begins now and converts `paths`.
    pub(super) fn new(file: &Path, paths: &[PathBuf]) -> anyhow::Result<Self> {
        anyhow::ensure!(
            matches!(paths, [path] if path.is_dir()),
            "`--stamp` needs one folder to convert, because its lists are about one output folder"
        );
        Ok(Self { file: file.to_owned(), began: SystemTime::now() })
    }

    /// Whether the stamp is there, and every file that it depends on is there and not newer.
    pub(super) fn is_fresh(&self) -> bool {
        let time = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
        let (Ok(stamp), Ok(rule)) = (time(&self.file), fs::read_to_string(self.beside(".d"))) else {
            return false;
        };
        inputs_of(&rule).iter().all(|path| time(path).is_ok_and(|input| input <= stamp))
    }

    /// Writes the lists of the inputs and outputs of `conversion`, the result of `job` with the flags `overrides`.
    pub(super) fn list(
        &self,
        job: &Job,
        conversion: &Conversion,
        overrides: &Overrides,
    ) -> anyhow::Result<()> {
        let Some(out) = job.output() else { return Ok(()) };
        let mut inputs: Vec<PathBuf> = conversion.inputs.iter().map(|path| job.root.join(path)).collect();
        inputs.extend(setting_files(&job.root, overrides)?);
        // A new version of the program may convert differently.
        inputs.extend(std::env::current_exe());
        let mut rule = format!("{}:", in_makefile(&self.file));
        for path in inputs {
            let path = std::path::absolute(&path).unwrap_or(path);
            let _ = write!(rule, " \\\n  {}", in_makefile(&path));
        }
        write(&self.beside(".d"), &(rule + "\n"))?;
        let mut files = String::new();
        for path in written_files(out).with_context(|| format!("{}: cannot read", display_path(out)))? {
            let _ = writeln!(files, "{}", path.display());
        }
        let list = self.beside(".files");
        if fs::read(&list).is_ok_and(|old| old == files.as_bytes()) {
            return Ok(());
        }
        write(&list, &files)
    }

    /// Gives the stamp the time at which the run began.
    pub(super) fn touch(&self) -> anyhow::Result<()> {
        let file = File::options().create(true).truncate(false).write(true).open(&self.file);
        let touched = file.and_then(|file| file.set_modified(self.began));
        touched.with_context(|| format!("{}: cannot write", display_path(&self.file)))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(ending);
        name.into()
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    replace(path, text.as_bytes()).with_context(|| format!("{}: cannot write", display_path(path)))
}

/// `path` as make and Ninja read it in a list of dependencies.
fn in_makefile(path: &Path) -> String {
    let mut text = String::new();
    for character in path.to_string_lossy().chars() {
        match character {
            '$' => text.push_str("$$"),
            ' ' | '#' => text.extend(['\\', character]),
            _ => text.push(character),
        }
    }
    text
}

/// The dependencies in the text of a rule that `list` wrote: each is on a line of its own.
fn inputs_of(rule: &str) -> Vec<PathBuf> {
    let lines = rule.lines().skip(1).map(|line| line.strip_suffix(" \\").unwrap_or(line).trim_start());
    lines.map(|line| line.replace("\\ ", " ").replace("\\#", "#").replace("$$", "$").into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_of_a_written_rule_are_read_again() {
        let paths = ["/a b/c.cu", "/d#$.h", "/e.h"].map(PathBuf::from);
        let text = paths.iter().fold("stamp:".to_owned(), |rule, path| rule + " \\\n  " + &in_makefile(path));
        assert_eq!(inputs_of(&(text + "\n")), paths);
        assert!(inputs_of("stamp:\n").is_empty());
    }

    #[test]
    fn blanks_and_signs_of_make_are_escaped() {
        assert_eq!(in_makefile(Path::new("a b/$c#d.cu")), "a\\ b/$$c\\#d.cu");
    }
}
