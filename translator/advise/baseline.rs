//! The figures of an earlier run, as a file for CI, and what became worse since.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tranship_engine::text::path::readable;

use super::figures::Figures;
use super::{Failure, Kernel};
use crate::project::replace::replace;

const VERSION: u32 = 1;

/// The figures of all kernels of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    version: u32,
    kernels: Vec<Entry>,
}

/// The figures of one kernel on one architecture that may not get worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    path: String,
    kernel: String,
    symbol: String,
    arch: String,
    registers: Option<u32>,
    scratch: Option<u32>,
    spills: Option<u32>,
    occupancy: Option<u32>,
}

impl Entry {
    fn of(kernel: &Kernel, arch: &str, figures: &Figures) -> Self {
        Self {
            path: readable(&kernel.source).into_owned(),
            kernel: kernel.name.clone(),
            symbol: kernel.symbol.clone(),
            arch: arch.to_owned(),
            registers: figures.registers(),
            scratch: figures.scratch,
            spills: figures.vgpr_spills,
            occupancy: figures.occupancy,
        }
    }

    fn key(&self) -> (&str, &str, &str) {
        (&self.path, &self.symbol, &self.arch)
    }
}

impl Baseline {
    /// The figures of `kernels`.
    pub fn of(kernels: &[Kernel]) -> Self {
        let entries = kernels.iter().flat_map(|kernel| {
            kernel.figures.iter().map(move |(arch, figures)| Entry::of(kernel, arch, figures))
        });
        let mut kernels: Vec<Entry> = entries.collect();
        kernels.sort_by(|a, b| a.key().cmp(&b.key()));
        Self { version: VERSION, kernels }
    }

    /// Reads the file `path`. The error states what is wrong.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read: {error}"))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| format!("is no baseline: {error}"))?;
        if read.version != VERSION {
            return Err(format!("is of version {}; this tranship reads {VERSION}", read.version));
        }
        Ok(read)
    }

    /// Writes the file `path`.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        replace(path, (text + "\n").as_bytes()).map_err(|error| format!("cannot write: {error}"))
    }

    /// The kernels that have no figures in `now` because of one of `failures`. A kernel that the project no longer has is not worse.
    pub fn lost(&self, now: &Self, failures: &[Failure]) -> Vec<String> {
        let has = |entry: &Entry| now.kernels.iter().any(|other| other.key() == entry.key());
        let one = |entry: &Entry| {
            let is_cause = |failure: &&Failure| {
                let is_header = !["cu", "hip", "cpp", "cc", "cxx"]
                    .iter()
                    .any(|ending| entry.path.ends_with(&format!(".{ending}")));
                failure.archs.contains(&entry.arch) && (is_header || readable(&failure.source) == entry.path)
            };
            let failure = failures.iter().find(is_cause).filter(|_| !has(entry))?;
            Some(format!(
                "{}: `{}` on {}: no longer compiles: {}",
                entry.path, entry.kernel, entry.arch, failure.reason
            ))
        };
        self.kernels.iter().filter_map(one).collect()
    }

    /// What is worse in `now`, one line for each kernel and architecture. A kernel that is new has nothing to compare with.
    pub fn worse(&self, now: &Self) -> Vec<String> {
        let old: BTreeMap<_, _> = self.kernels.iter().map(|entry| (entry.key(), entry)).collect();
        let one = |entry: &Entry| {
            let before = old.get(&entry.key())?;
            // More waves are better, so the order of the two is exchanged in the comparison.
            let parts = [
                ("registers", before.registers, entry.registers, before.registers < entry.registers),
                ("bytes of scratch", before.scratch, entry.scratch, before.scratch < entry.scratch),
                ("spilled registers", before.spills, entry.spills, before.spills < entry.spills),
                ("waves", before.occupancy, entry.occupancy, before.occupancy > entry.occupancy),
            ];
            let worse =
                parts.into_iter().filter(|(_, old, new, worse)| *worse && old.is_some() && new.is_some());
            let texts =
                worse.filter_map(|(what, old, new, _)| Some(format!("{} {what} instead of {}", new?, old?)));
            let texts: Vec<_> = texts.collect();
            (!texts.is_empty()).then(|| {
                format!("{}: `{}` on {}: {}", entry.path, entry.kernel, entry.arch, texts.join(", "))
            })
        };
        now.kernels.iter().filter_map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(registers: u32, scratch: u32, occupancy: u32) -> Baseline {
        let entry = Entry {
            path: "a.cu".into(),
            kernel: "k".into(),
            symbol: "_Z1kv".into(),
            arch: "gfx942".into(),
            registers: Some(registers),
            scratch: Some(scratch),
            spills: Some(0),
            occupancy: Some(occupancy),
        };
        Baseline { version: VERSION, kernels: vec![entry] }
    }

    #[test]
    fn only_worse_figures_are_reported() {
        let before = entry(64, 0, 8);
        assert_eq!(before.worse(&entry(64, 0, 8)), [""; 0]);
        assert_eq!(before.worse(&entry(32, 0, 8)), [""; 0]);
        assert_eq!(
            before.worse(&entry(72, 16, 7)),
            [
                "a.cu: `k` on gfx942: 72 registers instead of 64, 16 bytes of scratch instead of 0, 7 waves instead of 8"
            ]
        );
        assert_eq!(Baseline::default().worse(&before), [""; 0], "a new kernel is not worse");
    }

    #[test]
    fn kernels_of_files_that_no_longer_compile_are_lost() {
        let failure = |source: &str, arch: &str| Failure {
            path: source.into(),
            source: source.into(),
            archs: vec![arch.into()],
            reason: "a.cu:1: error: x".into(),
        };
        let (before, none) = (entry(64, 0, 8), Baseline::default());
        assert_eq!(
            before.lost(&none, &[failure("a.cu", "gfx942")]),
            ["a.cu: `k` on gfx942: no longer compiles: a.cu:1: error: x"]
        );
        assert_eq!(before.lost(&none, &[failure("b.cu", "gfx942")]), [""; 0], "the kernel was removed");
        assert_eq!(before.lost(&none, &[failure("a.cu", "gfx90a")]), [""; 0]);
        assert_eq!(before.lost(&before, &[failure("a.cu", "gfx942")]), [""; 0]);
    }

    #[test]
    fn a_written_baseline_reads_back_equal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figures.json");
        let before = entry(64, 0, 8);
        before.write(&path).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), before);
        fs::write(&path, "{}").unwrap();
        assert!(Baseline::read(&path).unwrap_err().starts_with("is no baseline"));
    }
}
