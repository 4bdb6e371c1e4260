//! Tests of the variables of Makefiles and scripts, on short texts.

use super::*;
use crate::readers::lines::lines;

/// Checks which variables of a Makefile hold nvcc, and which nvcc reads.
#[track_caller]
fn check(text: &str, compilers: &[&str], reached: &[&str]) {
    let lines = lines(text.as_bytes(), Dialect::Make);
    let settled = vec![false; lines.len()];
    let all = Variables::of(text.as_bytes(), text.len() as u32, &lines, &settled, Dialect::Make);
    let sorted = |names: &FxHashMap<&str, CommandLine>| {
        let mut names: Vec<String> = names
            .iter()
            .filter(|(_, line)| **line == CommandLine::Nvcc)
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| all.assigned.contains_key(name.as_str()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(sorted(&all.compilers), compilers, "{text}");
    assert_eq!(sorted(&all.reached), reached, "{text}");
}

#[test]
fn variables_that_hold_nvcc() {
    check("A = nvcc\n", &["A"], &[]);
    check("A = $(X)/bin/nvcc -O2\nB := $(A)\nC = ccache ${B}\n", &["A", "B", "C"], &[]);
    check("A = $(shell which nvcc)\n", &["A"], &[]);
    check("A = -DC=/usr/bin/nvcc my-nvcc nvcc.mk -ccbin nvcc\n", &[], &[]);
    check("NVCC = hipcc\nA = $(NVCC)\n", &[], &[]);
}

#[test]
fn variables_that_nvcc_reads() {
    check("A = nvcc\nF = $(G)\nG = -x\nH = -y\na:\n\t$(A) $(F)\n\tgcc $(H)\n", &["A"], &["F", "G"]);
    check("F = 1\nG = 2\na:\n\t@$(Q)$(NVCC) -Xcompiler $(F) $(G)\n", &[], &["G"]);
    check("CXX = nvcc\nCXXFLAGS = a\nCFLAGS = b\n", &["CXX"], &["CXXFLAGS"]);
    check("F =\nt: F += a $(G)\nG = 1\na:\n\tnvcc $(F)\n", &[], &["F", "G"]);
}

#[test]
fn values_of_options_that_name_gpus() {
    let text =
        "A = sm_60\nB = $(A)\nC = 70\nD = sm_70 sm_80\nE = $(shell x)\nF = sm_60\nF = sm_70\nG = $(G)\n";
    let lines = lines(text.as_bytes(), Dialect::Make);
    let settled = vec![false; lines.len()];
    let all = Variables::of(text.as_bytes(), text.len() as u32, &lines, &settled, Dialect::Make);
    let value = |text: &str| all.gpus(text);
    assert_eq!(value("$(A)").as_deref(), Some("sm_60"));
    assert_eq!(value("${B}").as_deref(), Some("sm_60"));
    assert_eq!(value("arch=compute_$(C),code=sm_$(C)").as_deref(), Some("arch=compute_70,code=sm_70"));
    assert_eq!(value("$(F)").as_deref(), Some("sm_60"));
    for unknown in ["$(C)", "$(D)", "$(E)", "$(G)", "$(NOWHERE)", "$(A:a=b)"] {
        assert_eq!(value(unknown), None, "{unknown}");
    }
}
