//! Variables on command lines of programs that compile no GPU code: host compilers, and programs that run containers.

use rustc_hash::FxHashSet;

use super::{Variables, last_reference, references};
use crate::readers::lines::Line;

/// Compilers that do not compile GPU code, and the variables of Make that hold them.
const HOST_COMPILERS: &[&str] =
    &["CC", "CXX", "CPP", "cc", "c++", "gcc", "g++", "clang", "clang++", "mpicc", "mpicxx", "mpic++"];

/// Programs that run containers. Options such as `--gpus` are for them, not for a compiler.
const CONTAINERS: &[&str] = &["docker", "nvidia-docker", "podman", "buildah", "singularity", "apptainer"];

impl<'a> Variables<'a> {
    /// Whether a program that runs containers gets the words of variable `name`, and no compiler for GPUs gets them.
    pub(crate) fn is_for_containers(&self, name: &str) -> bool {
        self.for_containers.contains(name) && !self.reached.contains_key(name)
    }

    pub(super) fn find_for_containers(&mut self, lines: &'a [Line]) {
        let is_container = |line: &&Line| {
            let mut words =
                line.words.iter().map(|word| self.text(word.inner).trim_start_matches(['@', '-']));
            let first = words.find(|word| *word != "sudo").unwrap_or_default();
            CONTAINERS.contains(&first) && self.assignment(line).is_none()
        };
        let lines = lines.iter().filter(is_container);
        let texts = lines.flat_map(|line| &line.words).map(|word| self.text(word.span));
        self.for_containers = texts.flat_map(references).collect();
    }

    /// Whether a host compiler gets the words of variable `name`.
    pub(crate) fn is_for_host(&self, name: &str) -> bool {
        self.for_host.contains(name)
    }

    pub(super) fn find_for_host(&mut self, lines: &'a [Line]) {
        let is_host = |line: &&Line| {
            let first = line.words.first().map_or("", |word| self.text(word.inner));
            let name = first.trim_start_matches(['@', '-', '+']);
            let program = last_reference(name).unwrap_or_else(|| name.rsplit('/').next().unwrap_or(name));
            HOST_COMPILERS.contains(&program)
                && self.assignment(line).is_none()
                && self.compiler(line).is_none()
        };
        let mut open: Vec<&str> = Vec::new();
        for line in lines.iter().filter(is_host) {
            self.passed(&line.words[1..], |name| open.push(name));
        }
        let mut found = FxHashSet::default();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                for (line, first) in self.assigned.get(name).into_iter().flatten() {
                    self.passed(&line.words[*first..], |name| open.push(name));
                }
            }
        }
        self.for_host = found;
    }
}
