//! Compiles a unit again with one change, and keeps the figures after it. Which changes are worth advice is decided in
//! `findings.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use memchr::memmem;
use serde_json::json;
use tranship_rules::architecture;

use super::figures::{Compiled, Figures};
use super::measure::Bench;
use super::{Experiment, Kernel};
use crate::compile::compiler::Unit;

/// The block for which a compiler plans without `__launch_bounds__`.
const UNBOUNDED: u32 = 1024;

/// The least factor by which the instructions of double precision must become fewer.
const LEAST_GAIN: usize = 4;

impl Bench<'_> {
    /// Compiles the unit again with loops that are unrolled less, for kernels with scratch memory. For others, more waves can be
    /// worth less than the values that registers keep.
    pub(super) fn with_less_unrolling(&self, unit: &Unit, arch: &str, kernels: &mut [Kernel]) {
        let wants = |kernel: &Kernel| kernel.figures[arch].uses_scratch();
        if !kernels.iter().any(wants) {
            return;
        }
        let mut options: Vec<OsString> = vec!["-fno-unroll-loops".into()];
        options.extend(self.with_pragmas(unit, arch, "1"));
        self.try_out(unit, arch, kernels, Experiment::NoUnroll, &options, &wants);
        let some = self.with_pragmas(unit, arch, "4");
        if !some.is_empty() {
            self.try_out(unit, arch, kernels, Experiment::UnrollByFour, &some, &wants);
        }
    }

    /// The options with which the unit is compiled as if each `#pragma unroll` in the files of the project had `count` behind it;
    /// empty if there is none.
    fn with_pragmas(&self, unit: &Unit, arch: &str, count: &str) -> Vec<OsString> {
        let Ok(path) = unit.path.strip_prefix(self.tree.root()) else { return Vec::new() };
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let folder = self.compiler.scratch.join(format!("unroll-{arch}-{number}"));
        let mut mapped = Vec::new();
        for file in self.tree.includes(path).files {
            let Some(text) = self.tree.bytes(&file).and_then(|bytes| with_unroll_count(bytes, count)) else {
                continue;
            };
            let copy = folder.join(mapped.len().to_string());
            if fs::create_dir_all(&folder).and_then(|()| fs::write(&copy, text)).is_err() {
                return Vec::new();
            }
            mapped.push(
                json!({ "type": "file", "name": self.tree.root().join(&file), "external-contents": copy }),
            );
        }
        if mapped.is_empty() {
            return Vec::new();
        }
        let overlay = json!({ "version": 0, "use-external-names": false, "roots": mapped });
        let path = folder.join("overlay.json");
        if fs::write(&path, overlay.to_string()).is_err() {
            return Vec::new();
        }
        vec!["-ivfsoverlay".into(), path.into()]
    }

    /// Compiles the unit again with waves of 64 lanes for GPUs whose waves have 32, if no code of the unit depends on the number.
    pub(super) fn with_wide_waves(&self, unit: &Unit, arch: &str, kernels: &mut [Kernel]) {
        let has_both = architecture(arch).is_some_and(|known| known.wave == 32 && known.simds == 2);
        let wants = |kernel: &Kernel| kernel.figures[arch].uses_scratch();
        if has_both && kernels.iter().any(wants) && !self.uses_lanes(unit) {
            let all = |_: &Kernel| true;
            self.try_out(unit, arch, kernels, Experiment::WideWaves, &["-mwavefrontsize64".into()], &all);
        }
    }

    /// Whether a file of the unit has code that depends on the lanes of a wave.
    fn uses_lanes(&self, unit: &Unit) -> bool {
        let Ok(path) = unit.path.strip_prefix(self.tree.root()) else { return true };
        let files = self.tree.includes(path).files;
        let depends = |bytes: &[u8]| LANES.iter().any(|word| memmem::find(bytes, word.as_bytes()).is_some());
        files.iter().any(|file| self.tree.bytes(file).is_some_and(depends))
    }

    /// Compiles the unit again with `options`, and keeps the figures of the kernels that `wants` names.
    fn try_out(
        &self,
        unit: &Unit,
        arch: &str,
        kernels: &mut [Kernel],
        experiment: Experiment,
        options: &[OsString],
        wants: &dyn Fn(&Kernel) -> bool,
    ) -> Vec<Compiled> {
        // A unit that compiles without the change and not with it gives no advice.
        let again = self.compile(unit, arch, options).unwrap_or_default();
        for kernel in kernels.iter_mut().filter(|kernel| wants(kernel)) {
            if let Some(after) = again.iter().find(|compiled| compiled.symbol == kernel.symbol) {
                kernel.tried.insert((experiment, arch.to_owned()), after.figures.clone());
            }
        }
        again
    }

    /// Compiles the unit again with literals of single precision, and keeps the kernels that lose most of their instructions
    /// of double precision and get no worse figures.
    pub(super) fn with_single_literals(&self, unit: &Unit, arch: &str, kernels: &mut [Kernel]) {
        let options = ["-Xclang", "-cl-single-precision-constant"].map(OsString::from);
        let again = self.compile(unit, arch, &options).unwrap_or_default();
        let by_symbol: BTreeMap<&str, &Compiled> =
            again.iter().map(|compiled| (compiled.symbol.as_str(), compiled)).collect();
        for kernel in kernels {
            let Some(mut literals) = kernel.literals.remove(arch) else { continue };
            let Some(after) = by_symbol.get(kernel.symbol.as_str()) else { continue };
            literals.after = after.signs.doubles.len();
            let is_better = literals.after * LEAST_GAIN <= literals.before;
            if is_better && !kernel.figures[arch].is_better_than(&after.figures) {
                kernel.literals.insert(arch.to_owned(), literals);
            }
        }
    }

    /// Compiles the unit again with the bound of the launches, for kernels that may need it.
    pub(super) fn with_bounds(&self, unit: &Unit, arch: &str, kernels: &mut [Kernel]) {
        let wants = |kernel: &Kernel| {
            let figures = &kernel.figures[arch];
            let bound = kernel.block.filter(|&block| block < UNBOUNDED);
            bound.filter(|_| is_short(figures, arch) && figures.most_threads == UNBOUNDED)
        };
        let bounds: BTreeSet<u32> = kernels.iter().filter_map(wants).collect();
        for bound in bounds {
            let option = format!("--gpu-max-threads-per-block={bound}").into();
            let has_bound = |kernel: &Kernel| wants(kernel) == Some(bound);
            self.try_out(unit, arch, kernels, Experiment::Bound, &[option], &has_bound);
        }
    }

    /// Compiles the unit again with hardware atomics for floating point, and marks the loops that are gone then.
    pub(super) fn with_hardware_atomics(&self, unit: &Unit, arch: &str, kernels: &mut [Kernel]) {
        let has_loops = |kernel: &Kernel| !kernel.loops.is_empty();
        let options = ["-munsafe-fp-atomics".into()];
        let again = self.try_out(unit, arch, kernels, Experiment::HardwareAtomics, &options, &has_loops);
        if again.is_empty() {
            return;
        }
        let mut left: BTreeSet<(&str, PathBuf, u32)> = BTreeSet::new();
        for compiled in &again {
            let signs = &compiled.signs;
            let loops = signs.loops.iter().filter_map(|chain| self.atomic_loop(chain, arch));
            left.extend(loops.map(|one| (compiled.symbol.as_str(), one.source, one.line)));
        }
        for kernel in kernels {
            for one in &mut kernel.loops {
                one.is_avoidable = !left.contains(&(kernel.symbol.as_str(), one.source.clone(), one.line));
            }
        }
    }
}

/// `bytes` with `count` behind each `#pragma unroll` that has no number; `None` if there is none.
fn with_unroll_count(bytes: &[u8], count: &str) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    let is_bare = |line: &str| {
        let words: Vec<&str> = line.trim().trim_start_matches('#').split_whitespace().collect();
        line.trim_start().starts_with('#') && words == ["pragma", "unroll"]
    };
    if !text.lines().any(is_bare) {
        return None;
    }
    let line = |line: &str| {
        if is_bare(line) { format!("{} {count}\n", line.trim_end()) } else { format!("{line}\n") }
    };
    Some(text.lines().map(line).collect::<String>().into_bytes())
}

/// Words of code whose result depends on the lanes of a wave.
const LANES: [&str; 12] = [
    "__shfl",
    "__ballot",
    "__any",
    "__all",
    "warpSize",
    "warp_size",
    "WARP",
    "__syncwarp",
    "cooperative_groups",
    "__activemask",
    "mma",
    "cub",
];

/// Whether a kernel with `figures` keeps values in scratch memory, or has fewer waves than `arch` can have.
fn is_short(figures: &Figures, arch: &str) -> bool {
    let most = architecture(arch).map_or(8, |architecture| architecture.waves);
    figures.uses_scratch() || figures.occupancy.is_some_and(|waves| waves < most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pragmas_get_a_number() {
        let found = with_unroll_count(b"#pragma unroll\nfor\n  # pragma unroll 8\n", "4");
        assert_eq!(found.as_deref(), Some("#pragma unroll 4\nfor\n  # pragma unroll 8\n".as_bytes()));
        assert_eq!(with_unroll_count(b"#pragma unroll 2\n// #pragma unroll\n", "4"), None);
    }
}
