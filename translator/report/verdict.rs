//! The verdict of a scan: whether a project is ready, what has to be written anew, what becomes slower, and how long the
//! findings take.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use tranship_engine::result::FileReport;
use tranship_engine::result::survey::{Uses, library};
use tranship_rules::{COSTS, Effort, Rules, rule};

use super::efficiency::{AdviceCount, Shares};
use super::readiness::effort;
use super::{count, number};

/// What a lead has to know before the decision to port.
#[derive(Serialize, JsonSchema)]
pub(super) struct Verdict {
    /// The state of the project, and what becomes slower and why.
    pub(super) text: String,
    /// The state of the project alone.
    pub(super) state: String,
    /// The parts that need a new design, most files first.
    pub(super) rework: Vec<Part>,
    /// What becomes slower by the conversion, most important first.
    pub(super) slower: Vec<Slower>,
    /// The range of the next two figures in words.
    pub(super) effort: String,
    /// The shortest time that the open findings can take, in minutes of work. Tests and tuning are not part of it.
    pub(super) from_minutes: u32,
    /// The longest time, in minutes of work.
    pub(super) to_minutes: u32,
}

/// A part of the project that needs a new design.
#[derive(Serialize, JsonSchema)]
pub(super) struct Part {
    /// The library, or the rule.
    pub(super) name: String,
    /// The number of files.
    pub(super) files: u32,
}

/// A reason why converted code can be slower.
#[derive(Serialize, JsonSchema)]
pub(super) struct Slower {
    /// The name of the reason.
    pub(super) name: &'static str,
    /// What is slower.
    pub(super) what: &'static str,
    /// Why it is slower.
    pub(super) why: &'static str,
    /// What to do.
    pub(super) todo: &'static str,
    /// The source of the fact.
    pub(super) source: &'static str,
    /// The number of files.
    pub(super) files: u32,
}

/// The verdict about `files`, each with the rules of its project. `counts` has the files by their worst finding.
pub(super) fn verdict(files: &[(&FileReport, &Rules)], counts: Uses) -> Verdict {
    let mut groups: BTreeMap<(Effort, String), BTreeMap<usize, u32>> = BTreeMap::new();
    for (at, (file, rules)) in files.iter().enumerate() {
        for found in file.open().filter(|found| found.rule != rule::OWN_HIP_BUILD.as_str()) {
            let effort = effort(found.rule, found.level, rules);
            let title = library(found.rule, rules).and_then(|key| {
                rules.libraries().iter().find(|library| library.key == key).map(|library| library.title)
            });
            let name = title.unwrap_or(found.rule).to_owned();
            *groups.entry((effort, name)).or_default().entry(at).or_default() += 1;
        }
    }
    let (mut from_minutes, mut to_minutes) = (0, 0);
    let mut rework: Vec<Part> = Vec::new();
    for ((effort, name), files) in groups {
        for count in files.values() {
            let (from, to) = minutes(effort, *count);
            (from_minutes, to_minutes) = (from_minutes + from, to_minutes + to);
        }
        if effort == Effort::Rework {
            rework.push(Part { name, files: files.len() as u32 });
        }
    }
    rework.sort_by_key(|part| std::cmp::Reverse(part.files));
    let slower = slower(files);
    let builds_for_rocm =
        files.iter().any(|(file, _)| file.open().any(|found| found.rule == rule::OWN_HIP_BUILD.as_str()));
    let state = if builds_for_rocm && counts.total() == 1 {
        "The project builds for ROCm already.".to_owned()
    } else {
        text(counts, &rework)
    };
    let effort = range(from_minutes, to_minutes);
    let text = format!("{state}{}", slower_text(&slower));
    Verdict { text, state, rework, slower, effort, from_minutes, to_minutes }
}

/// The range of minutes for `count` findings of one rule or library in one file: the first takes the most time, and the
/// others are like it.
fn minutes(effort: Effort, count: u32) -> (u32, u32) {
    let more = count - 1;
    match effort {
        Effort::Check => (1 + more / 4, 5 + 2 * more),
        Effort::Edit => (10 + 2 * more, 60 + 15 * more),
        Effort::Rework => (8 * 60, 5 * 8 * 60 + 60 * more),
    }
}

fn slower(files: &[(&FileReport, &Rules)]) -> Vec<Slower> {
    let one = |cost: &'static tranship_rules::Cost| {
        let helpers: BTreeSet<&str> = cost.helpers.iter().copied().collect();
        let has = |file: &FileReport| {
            file.helpers.iter().any(|helper| helpers.contains(helper))
                || file.findings.iter().any(|found| cost.rules.contains(&found.rule))
        };
        let count = files.iter().filter(|(file, _)| has(file)).count() as u32;
        let (name, what, why, todo, source) = (cost.name, cost.what, cost.why, cost.todo, cost.source);
        (count > 0).then_some(Slower { name, what, why, todo, source, files: count })
    };
    COSTS.iter().filter_map(one).collect()
}

/// What becomes slower and why, with a space in front; empty if nothing does.
fn slower_text(slower: &[Slower]) -> String {
    if slower.is_empty() {
        return String::new();
    }
    let one =
        |one: &Slower| format!("{} in {}, because {}", one.what, count(one.files as usize, "file"), one.why);
    let all: Vec<String> = slower.iter().map(one).collect();
    format!(" Slower on AMD: {}.", all.join("; "))
}

impl Verdict {
    /// Adds what the compiler and the sources show about the kernels: the advice with the greatest effect.
    pub(super) fn add_efficiency(&mut self, shares: &Shares) {
        let one = |advice: &AdviceCount| {
            format!("{} ({}; {})", advice.what, count(advice.count as usize, "place"), advice.why)
        };
        let mut all: Vec<String> = shares.advice.iter().take(MAX_PARTS).map(one).collect();
        if shares.advice.len() > MAX_PARTS {
            all.push(format!("{} more rules", shares.advice.len() - MAX_PARTS));
        }
        if !all.is_empty() {
            let _ = write!(self.text, " Kernels lose time: {}.", all.join("; "));
        }
    }
}

/// The maximum number of parts in the sentence.
const MAX_PARTS: usize = 3;

fn text(counts: Uses, rework: &[Part]) -> String {
    let all = counts.total();
    let clear = counts.safe;
    if all == 0 {
        return "No file uses CUDA.".to_owned();
    }
    let files = count(all as usize, "file");
    if clear == all {
        let what = if all == 1 { "The file converts".to_owned() } else { format!("All {files} convert") };
        return format!("{what} without a person.");
    }
    let share = format!(
        "{} of {files} {} without a person",
        number(clear as usize),
        if clear == 1 { "converts" } else { "convert" }
    );
    if !rework.is_empty() {
        let mut parts: Vec<String> = rework.iter().take(MAX_PARTS).map(|part| part.name.clone()).collect();
        if rework.len() > MAX_PARTS {
            parts.push(format!("{} more", rework.len() - MAX_PARTS));
        }
        return format!("{share}. These parts need a new design: {}.", parts.join(", "));
    }
    if counts.manual > 0 {
        return format!("{share}. The findings say what to edit in the others; nothing needs a new design.");
    }
    format!("{share}. In the others, the changes are made and have to be checked.")
}

/// A range of minutes for people, in the unit that suits it: a day has eight hours.
pub(super) fn range(from: u32, to: u32) -> String {
    const DAY: u32 = 8 * 60;
    let (unit, name) = match to {
        0 => return "none".to_owned(),
        1..=90 => (1, "minute"),
        91..=960 => (60, "hour"),
        _ => (DAY, "day"),
    };
    let (low, high) = (from / unit, to.div_ceil(unit));
    let names = if high == 1 { name.to_owned() } else { format!("{name}s") };
    match low {
        0 => format!("up to {} {names}", number(high as usize)),
        low if low == high => format!("{} {names}", number(high as usize)),
        low => format!("{} to {} {names}", number(low as usize), number(high as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_the_unit_of_their_size() {
        let cases = [
            (0, 0, "none"),
            (1, 5, "1 to 5 minutes"),
            (12, 90, "12 to 90 minutes"),
            (12, 91, "up to 2 hours"),
            (70, 300, "1 to 5 hours"),
            (480, 2400, "1 to 5 days"),
            (100, 961, "up to 3 days"),
            (480 * 2000, 480 * 9000, "2,000 to 9,000 days"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(range(from, to), expected);
        }
    }

    #[test]
    fn the_sentence_follows_the_worst_finding() {
        let uses = |safe, review, manual| Uses { safe, review, manual };
        let part = |name: &str| Part { name: name.to_owned(), files: 1 };
        assert_eq!(text(uses(0, 0, 0), &[]), "No file uses CUDA.");
        assert_eq!(text(uses(3, 0, 0), &[]), "All 3 files convert without a person.");
        assert!(text(uses(3, 1, 0), &[]).starts_with("3 of 4 files convert without a person. In the others"));
        assert!(
            text(uses(1, 1, 1), &[]).contains("1 of 3 files converts")
                && text(uses(1, 1, 1), &[]).contains("edit")
        );
        let parts = ["NPP", "OptiX", "wgmma", "x"].map(part);
        assert!(text(uses(1, 1, 1), &parts).ends_with("a new design: NPP, OptiX, wgmma, 1 more."));
    }

    #[test]
    fn the_sentence_names_what_is_slower_and_why() {
        let slower = |what, why, files| Slower { name: "", what, why, todo: "", source: "", files };
        let all = [slower("fetches", "they take steps", 1), slower("copies", "they wait", 2)];
        let expected = " Slower on AMD: fetches in 1 file, because they take steps; copies in 2 files, because they wait.";
        assert_eq!((slower_text(&all).as_str(), slower_text(&[]).as_str()), (expected, ""));
        let mut verdict = verdict(&[], Uses::default());
        let advice = |what| AdviceCount { rule: "", count: 2, files: 1, what, why: "it costs" };
        let mut shares =
            Shares { kernels: 0, files_without_figures: 0, gpus: Vec::new(), advice: vec![advice("a")] };
        verdict.add_efficiency(&shares);
        assert_eq!(verdict.text, "No file uses CUDA. Kernels lose time: a (2 places; it costs).");
        shares.advice = ["a", "b", "c", "d", "e"].map(advice).into();
        verdict.add_efficiency(&shares);
        assert!(verdict.text.ends_with("c (2 places; it costs); 2 more rules."), "{}", verdict.text);
    }

    #[test]
    fn the_signs_of_costs_exist() {
        let rules = Rules::builtin();
        for cost in COSTS {
            assert!(!cost.helpers.is_empty() || !cost.rules.is_empty(), "{}", cost.name);
            for name in cost.helpers {
                assert!(rules.helpers().iter().any(|helper| helper.name == *name), "{name}");
            }
            assert!(cost.rules.iter().all(|name| rules.rule(name).is_some()), "{}", cost.name);
        }
    }

    #[test]
    fn the_first_place_of_a_file_takes_the_most_time() {
        for effort in [Effort::Check, Effort::Edit, Effort::Rework] {
            let (one, ten) = (minutes(effort, 1), minutes(effort, 10));
            assert!(one.0 <= one.1 && one.0 <= ten.0 && one.1 < ten.1 && ten.1 < 10 * one.1, "{effort:?}");
        }
    }
}
