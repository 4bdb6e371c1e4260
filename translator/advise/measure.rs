//! Compiles the units of a project for each architecture, and again where a change may give better figures.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use cpp_demangle::{DemangleOptions, Symbol};
use rayon::prelude::*;

use super::assembly::{Chain, Place, Signs};
use super::figures::{Compiled, read};
use super::launches::Launches;
use super::{Advice, AtomicLoop, Failure, Kernel, Literals, Progress, Request};
use crate::compile::compiler::{Compiler, Tried, Unit, first_error};
use crate::compile::tree::Tree;

/// A kernel is one symbol at one place.
type Id = (PathBuf, u32, String);

/// The result of one unit on one architecture.
struct Measured<'a> {
    unit: &'a Unit,
    arch: &'a str,
    kernels: Result<Vec<Kernel>, String>,
}

/// Adds the kernels and failures of all units to `advice`.
pub(super) fn measure(
    tree: &Tree,
    compiler: &Compiler,
    launches: &Launches,
    request: &Request,
    advice: &mut Advice,
    progress: Progress,
) {
    let units = tree.units(request.options);
    let units: Vec<Unit> = match request.only {
        Some(only) if units.iter().any(|unit| only.contains(&unit.source)) => {
            units.into_iter().filter(|unit| only.contains(&unit.source)).collect()
        }
        _ => units,
    };
    let archs = &request.context.target.archs;
    let tasks: Vec<(&Unit, &str)> =
        units.iter().flat_map(|unit| archs.iter().map(move |arch| (unit, arch.as_str()))).collect();
    let (done, number) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let bench = Bench { tree, compiler, launches, request, number: &number };
    let one = |&(unit, arch): &(&Unit, &'_ str)| {
        let kernels = bench.kernels(unit, arch);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, tasks.len());
        (unit.source.clone(), arch.to_owned(), kernels)
    };
    let results: Vec<_> = tasks.par_iter().map(one).collect();
    let measured =
        tasks.iter().zip(results).map(|(&(unit, arch), (_, _, kernels))| Measured { unit, arch, kernels });
    collect(measured, tree, request, advice);
    let failed: BTreeSet<_> = advice.failures.iter().map(|failure| &failure.path).collect();
    advice.compiled =
        units.iter().filter(|unit| !tree.is_included(&unit.path)).count().saturating_sub(failed.len());
}

fn collect<'a>(
    measured: impl Iterator<Item = Measured<'a>>,
    tree: &Tree,
    request: &Request,
    advice: &mut Advice,
) {
    let mut kernels: BTreeMap<Id, Kernel> = BTreeMap::new();
    let mut failures: BTreeMap<(PathBuf, String), Vec<String>> = BTreeMap::new();
    for Measured { unit, arch, kernels: result } in measured {
        match result {
            Ok(all) => {
                for kernel in all {
                    let id = (kernel.source.clone(), kernel.line, kernel.symbol.clone());
                    let entry = kernels.entry(id).or_insert_with(|| Kernel {
                        figures: BTreeMap::new(),
                        tried: BTreeMap::new(),
                        loops: Vec::new(),
                        scratch: BTreeMap::new(),
                        literals: BTreeMap::new(),
                        code: 0,
                        ..kernel.clone()
                    });
                    // Several units can have an instance of one kernel.
                    if kernel.figures.keys().any(|arch| !entry.figures.contains_key(arch)) {
                        entry.code += kernel.code;
                    }
                    entry.figures.extend(kernel.figures);
                    entry.tried.extend(kernel.tried);
                    entry.scratch.extend(kernel.scratch);
                    entry.divisions.extend(kernel.divisions);
                    entry.loads.extend(kernel.loads);
                    entry.literals.extend(kernel.literals);
                    entry.has_matrix |= kernel.has_matrix;
                    for found in kernel.loops {
                        if !entry.loops.contains(&found) {
                            entry.loops.push(found);
                        }
                    }
                }
            }
            // A file that another unit includes need not compile by itself.
            Err(_) if tree.is_included(&unit.path) => {}
            Err(reason) => {
                let root = format!("{}/", tree.root().display());
                let key = (unit.source.clone(), reason.replace(&root, ""));
                failures.entry(key).or_default().push(arch.to_owned());
            }
        }
    }
    advice.kernels.extend(kernels.into_values());
    let failure = |((source, reason), archs): ((PathBuf, String), Vec<String>)| Failure {
        path: request.path(&source).display().to_string(),
        source,
        archs,
        reason,
    };
    advice.failures.extend(failures.into_iter().map(failure));
}

/// Everything that compiles one unit.
pub(super) struct Bench<'a> {
    pub(super) tree: &'a Tree,
    pub(super) compiler: &'a Compiler,
    launches: &'a Launches,
    request: &'a Request<'a>,
    pub(super) number: &'a AtomicUsize,
}

impl Bench<'_> {
    pub(super) fn compile(
        &self,
        unit: &Unit,
        arch: &str,
        more: &[OsString],
    ) -> Result<Vec<Compiled>, String> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        compile(self.compiler, unit, arch, more, number)
    }

    /// The kernels of the project in `unit`, with the results of the experiments.
    fn kernels(&self, unit: &Unit, arch: &str) -> Result<Vec<Kernel>, String> {
        let compiled = self.compile(unit, arch, &[])?;
        let mut kernels: Vec<Kernel> =
            compiled.iter().filter_map(|compiled| self.kernel(compiled, arch)).collect();
        self.with_bounds(unit, arch, &mut kernels);
        self.with_less_unrolling(unit, arch, &mut kernels);
        self.with_wide_waves(unit, arch, &mut kernels);
        if kernels.iter().any(|kernel| !kernel.loops.is_empty()) {
            self.with_hardware_atomics(unit, arch, &mut kernels);
        }
        if kernels.iter().any(|kernel| !kernel.literals.is_empty()) {
            self.with_single_literals(unit, arch, &mut kernels);
        }
        Ok(kernels)
    }

    fn kernel(&self, compiled: &Compiled, arch: &str) -> Option<Kernel> {
        let (source, line) = self.tree.in_source(&compiled.place.0, compiled.place.1)?;
        let name = demangled(&compiled.symbol);
        let block = self.launches.largest(base_name(&name));
        let signs = &compiled.signs;
        let loops = signs.loops.iter().filter_map(|chain| self.atomic_loop(chain, arch)).collect();
        let literals = self.literals(compiled, &source);
        Some(Kernel {
            literals: literals.map(|literals| (arch.to_owned(), literals)).into_iter().collect(),
            symbol: compiled.symbol.clone(),
            path: self.request.path(&source),
            line,
            block,
            figures: [(arch.to_owned(), compiled.figures.clone())].into(),
            tried: BTreeMap::new(),
            loops,
            scratch: self.scratch_lines(signs, arch, &source),
            divisions: signs.divisions.iter().filter_map(|chain| self.in_project(chain)).collect(),
            loads: signs
                .loads
                .iter()
                .filter_map(|(chain, count, bytes)| Some((self.in_project(chain)?, (*count, *bytes))))
                .collect(),
            has_matrix: signs.has_matrix,
            code: u64::from(signs.bytes),
            name,
            source,
        })
    }

    /// The innermost place of `chain` in the project.
    fn in_project(&self, chain: &[Place]) -> Option<(PathBuf, u32)> {
        chain.iter().find_map(|(path, line)| self.tree.in_source(path, *line))
    }

    /// The lines of the file `source` that access scratch memory on `arch`.
    fn scratch_lines(&self, signs: &Signs, arch: &str, source: &Path) -> BTreeMap<String, BTreeSet<u32>> {
        let line = |chain: &Chain| {
            chain.iter().find_map(|(path, line)| {
                self.tree.in_source(path, *line).filter(|(file, _)| file == source).map(|(_, line)| line)
            })
        };
        let lines: BTreeSet<u32> = signs.scratch.iter().filter_map(line).collect();
        if signs.scratch.is_empty() { BTreeMap::new() } else { [(arch.to_owned(), lines)].into() }
    }

    /// The line of the project that became a loop, unless the project wrote the compare-and-swap itself.
    pub(super) fn atomic_loop(&self, chain: &[Place], arch: &str) -> Option<AtomicLoop> {
        let of_project =
            |(path, line): &Place| Some((self.tree.in_source(path, *line)?, self.tree.line(path, *line)?));
        let ((source, line), text) = chain.iter().find_map(of_project)?;
        let is_own = ["CAS", "compare_exchange", "cmpxchg"].iter().any(|word| text.contains(word));
        if is_own || !text.contains("atomic") {
            return None;
        }
        Some(AtomicLoop { arch: arch.to_owned(), source, line, is_avoidable: false })
    }

    /// The lines of the kernel's file that have literals without `f` and instructions of double precision.
    fn literals(&self, compiled: &Compiled, source: &Path) -> Option<Literals> {
        let line_of = |(path, line): &Place| {
            let has = self.tree.line(path, *line).is_some_and(|text| has_double_literal(&text));
            self.tree.in_source(path, *line).filter(|(file, _)| has && file == source).map(|(_, line)| line)
        };
        let lines: BTreeSet<u32> =
            compiled.signs.doubles.iter().filter_map(|chain| chain.iter().find_map(line_of)).collect();
        let count = compiled.signs.doubles.len();
        (!lines.is_empty()).then_some(Literals { lines, before: count, after: count })
    }
}

/// Compiles the device side of `unit` for `arch` with the options `more`. The error is the first error of the compiler.
fn compile(
    compiler: &Compiler,
    unit: &Unit,
    arch: &str,
    more: &[OsString],
    number: usize,
) -> Result<Vec<Compiled>, String> {
    let output = compiler.scratch.join(format!("{number}.s"));
    let mut extra: Vec<OsString> = Vec::new();
    let mut tried = Tried::default();
    loop {
        let mut command = Command::new(&compiler.program);
        command.args(["-x", "hip", "-std=c++17", "-w", "-O3", "-fno-caret-diagnostics", "-ferror-limit=3"]);
        command.args(&compiler.options).args(&unit.options).args(&extra).args(more);
        command.args(["--cuda-device-only", "-S", "-gline-tables-only"]);
        command.arg(format!("--offload-arch={arch}"));
        command.arg("-Rpass-analysis=kernel-resource-usage");
        command.arg("-o").arg(&output).arg(&unit.path).stdin(Stdio::null());
        let ran = command.output().map_err(|error| format!("cannot start the compiler: {error}"))?;
        let text = String::from_utf8_lossy(&ran.stderr);
        if ran.status.success() {
            let assembly = fs::read(&output).map_err(|error| format!("no assembly: {error}"))?;
            // The file is removed with the folder too; this keeps the folder small.
            let _ = fs::remove_file(&output);
            return Ok(read(&text, &String::from_utf8_lossy(&assembly)));
        }
        let error = first_error(&text);
        match compiler.remedy(&text, arch, &mut tried)? {
            Some(remedy) => extra.extend(remedy),
            None => return Err(error),
        }
    }
}

/// The name of a kernel with namespaces and template arguments, without parameters.
fn demangled(symbol: &str) -> String {
    let options = DemangleOptions::new().no_params().no_return_type();
    let name = Symbol::new(symbol).ok().and_then(|symbol| symbol.demangle_with_options(&options).ok());
    name.unwrap_or_else(|| symbol.to_owned())
}

/// Whether the line `text` has a floating literal of type `double`.
fn has_double_literal(text: &str) -> bool {
    let code = text.split("//").next().unwrap_or(text);
    // The sign of an exponent is a part of its literal.
    let code = ["e-", "e+", "E-", "E+"].iter().fold(code.to_owned(), |code, sign| code.replace(sign, "e"));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    code.split(|c: char| !is_part(c)).any(|word| {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && word.contains(|c: char| c.is_ascii_digit());
        let is_hexadecimal = word.starts_with("0x") || word.starts_with("0X");
        let is_floating = word.contains('.') || word.contains(['e', 'E']);
        is_number && !is_hexadecimal && is_floating && !word.ends_with(['f', 'F', 'l', 'L', 'h'])
    })
}

/// The last name of `name`, without namespaces and template arguments.
pub(super) fn base_name(name: &str) -> &str {
    let name = name.strip_prefix("(anonymous namespace)::").unwrap_or(name);
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_double_precision() {
        for text in ["x * 0.5", "1e-6 + y", "a = .25;", "max(1., b)"] {
            assert!(has_double_literal(text), "{text}");
        }
        for text in ["x * 0.5f", "1e-6F", "v.x + a1.y", "0x1e + 7", "n / 2; // 0.5", "name2.e5"] {
            assert!(!has_double_literal(text), "{text}");
        }
    }

    #[test]
    fn names_of_kernels() {
        assert_eq!(demangled("_Z4fillIfEvPT_i"), "fill<float>");
        assert_eq!(demangled("_ZN2ns3addEPf"), "ns::add");
        assert_eq!(demangled("plain"), "plain");
        assert_eq!(base_name("ns::fill<ns::T>"), "fill");
        assert_eq!(base_name("(anonymous namespace)::add"), "add");
    }
}
