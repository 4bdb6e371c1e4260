//! What `tranship scan --efficiency` says about kernels: shares by GPU, and the advice by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::Style;
use schemars::JsonSchema;
use serde::Serialize;
use tranship_engine::result::Conversion;
use tranship_rules::{Rules, architecture, list};

use super::{number, open};
use crate::advise::{Failure, Kernel};

const BOLD: Style = Style::new().bold();

/// The kernels and the advice of `tranship advise` about the projects of a scan.
pub struct Efficiency<'a> {
    /// The kernels with their figures.
    pub kernels: &'a [Kernel],
    /// The files without figures.
    pub failures: &'a [Failure],
    /// The GPUs.
    pub archs: &'a [String],
    /// The advice, by project.
    pub advice: &'a [Conversion],
}

/// The efficiency of the kernels in numbers.
#[derive(Serialize, JsonSchema)]
pub(super) struct Shares {
    /// The kernels with figures; an instance of a template is a kernel.
    pub(super) kernels: u32,
    /// The files that do not compile.
    pub(super) files_without_figures: u32,
    /// The kernels by GPU.
    pub(super) gpus: Vec<Share>,
    /// The advice by rule, that with the greatest effect first.
    pub(super) advice: Vec<AdviceCount>,
}

/// The kernels on one GPU.
#[derive(Serialize, JsonSchema)]
pub(super) struct Share {
    /// The GPU.
    pub(super) arch: String,
    /// The kernels with figures.
    pub(super) kernels: u32,
    /// Those with scratch memory or spilled registers.
    pub(super) with_scratch: u32,
    /// Those with at most half of the waves that a SIMD unit can hold.
    pub(super) few_waves: u32,
}

/// The open advice of one rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct AdviceCount {
    /// The rule.
    pub(super) rule: &'static str,
    /// The number of places.
    pub(super) count: u32,
    /// The number of files with such places.
    pub(super) files: u32,
    /// The fact, in the words of the rule.
    pub(super) what: &'static str,
    /// Why it costs time.
    pub(super) why: &'static str,
}

impl Efficiency<'_> {
    /// The numbers.
    pub(super) fn shares(&self) -> Shares {
        let share = |arch: &String| {
            let figures = || self.kernels.iter().filter_map(|kernel| kernel.figures.get(arch));
            let most = architecture(arch).map_or(0, |known| known.waves);
            Share {
                arch: arch.clone(),
                kernels: figures().count() as u32,
                with_scratch: figures().filter(|figures| figures.uses_scratch()).count() as u32,
                few_waves: figures()
                    .filter(|one| one.occupancy.is_some_and(|waves| waves * 2 <= most))
                    .count() as u32,
            }
        };
        let rules = Rules::builtin();
        let mut counts: BTreeMap<usize, (u32, BTreeSet<&std::path::Path>)> = BTreeMap::new();
        for (file, found) in open(self.advice) {
            if let Some(rank) = list::ADVICE_RULES.iter().position(|rule| *rule == found.rule) {
                let (count, files) = counts.entry(rank).or_default();
                *count += 1;
                files.insert(&file.path);
            }
        }
        let advice = counts.into_iter().filter_map(|(rank, (count, files))| {
            let rule = rules.rule(list::ADVICE_RULES[rank])?;
            Some(AdviceCount {
                rule: rule.name,
                count,
                files: files.len() as u32,
                what: rule.what,
                why: rule.why,
            })
        });
        Shares {
            kernels: self.kernels.len() as u32,
            files_without_figures: self.failures.len() as u32,
            gpus: self.archs.iter().map(share).collect(),
            advice: advice.collect(),
        }
    }
}

/// The sentence about the kernels on one GPU.
pub(super) fn sentence(share: &Share) -> String {
    if share.kernels == 0 {
        return format!("On {} no kernel has figures.", share.arch);
    }
    format!(
        "On {}, {} of {} kernels have scratch memory, and {} have at most half of the possible waves.",
        share.arch,
        number(share.with_scratch as usize),
        number(share.kernels as usize),
        number(share.few_waves as usize)
    )
}

/// The efficiency as text with colours.
pub(super) fn text(efficiency: &Efficiency) -> String {
    let shares = efficiency.shares();
    let mut out = format!("\n{BOLD}Efficiency{BOLD:#}\n");
    for share in &shares.gpus {
        let _ = writeln!(out, "  {}", sentence(share));
    }
    for advice in &shares.advice {
        let places = if advice.count == 1 {
            "1 place".to_owned()
        } else {
            format!("{} places", number(advice.count as usize))
        };
        let _ = writeln!(out, "  {:<18} {:>10}  {}", advice.rule, places, advice.what);
    }
    if shares.advice.is_empty() {
        out.push_str("  No advice.\n");
    }
    out
}
