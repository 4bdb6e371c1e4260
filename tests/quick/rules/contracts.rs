//! The page `docs/contracts.md`: which functions of the tables are declared on ROCm as in CUDA, library by library.
//!
//! `rules/tables/contracts` has the comparison; `rules/tools/contracts` makes it from the headers. Each difference needs a
//! call rule, a finding, or a reason in `reasons.txt` why the code can stay as it is. Otherwise a test fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use crate::support::root;
use tranship_rules::{Call, Kind, Level, Release, Resolution, Rules, list};

/// One line of the comparison.
#[derive(Clone, Debug)]
struct Line {
    /// `function`, `value`, `structure` or `enumeration`.
    kind: String,
    /// `equal`, `different`, `not in cuda` or `not in hip`.
    outcome: String,
    name: String,
    /// The parts of the difference.
    parts: Vec<String>,
    /// The releases of CUDA and of ROCm for which the line holds.
    pairs: Vec<(Release, Release)>,
}

/// What takes care of one part of a difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Call,
    Finding,
    Reason(String),
}

/// One line of `reasons.txt`.
struct Reason {
    kind: String,
    names: String,
    difference: String,
    text: String,
}

fn release(text: &str) -> Release {
    text.parse().expect("a release")
}

fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let (mut kind, mut outcome, mut pairs) = (String::new(), String::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let (head, releases) = section.split_once(": ").expect("a section with releases");
            let (first, rest) = head.split_once(' ').expect("a section with an outcome");
            (kind, outcome) = (first.to_owned(), rest.to_owned());
            let pair = |text: &str| text.split_once('/').map(|(cuda, rocm)| (release(cuda), release(rocm)));
            pairs = releases.split(' ').map(|text| pair(text).expect("two releases")).collect();
        } else {
            let (name, text) = line.split_once(": ").unwrap_or((line, ""));
            let parts = text.split("; ").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            let (kind, outcome, pairs) = (kind.clone(), outcome.clone(), pairs.clone());
            found.push(Line { kind, outcome, name: name.to_owned(), parts, pairs });
        }
    }
    found
}

fn reasons(text: &str) -> Vec<Reason> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<&str> = line.split(" | ").collect();
            let [kind, names, difference, text] = parts[..] else { panic!("`{line}` has not four parts") };
            let [kind, names, difference, text] = [kind, names, difference, text].map(str::to_owned);
            Reason { kind, names, difference, text }
        })
        .collect()
}

impl Reason {
    fn is_for(&self, line: &Line, part: &str) -> bool {
        let named = match self.names.split_once('*') {
            Some((start, end)) => line.name.starts_with(start) && line.name.ends_with(end),
            None => line.name == self.names,
        };
        let what = part.split_once(' ').map_or("", |(_, what)| what);
        let is_it = part.starts_with(&self.difference) || what.starts_with(&self.difference);
        self.kind == line.kind && named && is_it
    }
}

/// What takes care of `part` of a difference between two releases.
fn answer(
    rules: &Rules,
    reasons: &[Reason],
    line: &Line,
    part: &str,
    pair: (Release, Release),
) -> Option<Answer> {
    let name = line.name.as_bytes();
    let row = rules.name(name)?;
    if row.level != Level::Safe || !matches!(row.at(pair.1), Resolution::Spelling(_)) {
        return Some(Answer::Finding);
    }
    if let Some(call) = rules.calls(name).iter().find(|call| is_for(call, part, pair)) {
        return Some(if call.level == Level::Manual { Answer::Finding } else { Answer::Call });
    }
    let is_order = matches!(part, "order" | "place");
    let is_watched = match line.kind.as_str() {
        "function" => true,
        // The rule about members in braces is about structures alone, and the one about numbers about enumerations alone.
        "structure" => is_order,
        _ => false,
    };
    if is_watched && rules.watching(name).is_some() {
        return Some(Answer::Finding);
    }
    if line.kind == "structure" && part.starts_with("missing ") {
        let is_reported = |member: &str| {
            let mut parts = member.split('.');
            parts.any(|part| rules.watching(part.as_bytes()).is_some())
        };
        if part.split(' ').skip(1).all(is_reported) {
            return Some(Answer::Finding);
        }
    }
    if line.kind == "enumeration" && is_listed(&line.name) {
        return Some(Answer::Finding);
    }
    let reason = reasons.iter().find(|reason| reason.is_for(line, part))?;
    Some(Answer::Reason(reason.text.clone()))
}

/// Whether the program reports numbers that become this enumeration.
fn is_listed(name: &str) -> bool {
    list::ENUMERATION_NUMBERS.iter().any(|words| words.split(' ').next() == Some(name))
}

/// Whether a call rule changes what `part` says about this pair of releases.
fn is_for(call: &Call, part: &str, (cuda, rocm): (Release, Release)) -> bool {
    let within = |since: Option<Release>, until: Option<Release>, at| {
        since.is_none_or(|since| since <= at) && until.is_none_or(|until| at < until)
    };
    let count = part.strip_prefix("count ").and_then(|rest| rest.split(' ').next()?.parse::<u8>().ok());
    let at = part.split(' ').next().and_then(|number| number.parse::<usize>().ok());
    let changes = if call.to.is_empty() && call.level != Level::Manual {
        call.cast.iter().any(|cast| Some(usize::from(cast.arg)) == at)
            || call.wrap.iter().any(|wrap| Some(usize::from(wrap.arg)) == at)
    } else {
        call.arguments.is_none() || count.is_none() || call.arguments == count
    };
    changes
        && within(call.rocm_since, call.rocm_until, rocm)
        && within(call.cuda_since, call.cuda_until, cuda)
}

/// The files of the comparison, each with its library.
fn files() -> BTreeMap<String, Vec<Line>> {
    let entries =
        fs::read_dir(root().join("rules/tables/contracts")).expect("the comparison is in the checkout");
    let paths = entries.flatten().map(|entry| entry.path());
    let read = |path: std::path::PathBuf| {
        let library = path.file_stem()?.to_str().filter(|stem| *stem != "reasons")?.to_owned();
        Some((library, lines(&fs::read_to_string(&path).ok()?)))
    };
    paths.filter_map(read).collect()
}

fn known_reasons() -> Vec<Reason> {
    let path = root().join("rules/tables/contracts/reasons.txt");
    reasons(&fs::read_to_string(path).expect("the reasons are in the checkout"))
}

/// The parts of differences in one library that have no answer.
fn faults(rules: &Rules, reasons: &[Reason], library: &str, lines: &[Line]) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for line in lines.iter().filter(|line| line.outcome == "different" && line.kind != "value") {
        for part in &line.parts {
            let pairs = line.pairs.iter().filter(|&&pair| answer(rules, reasons, line, part, pair).is_none());
            let pairs: Vec<String> = pairs.map(|(cuda, rocm)| format!("CUDA {cuda}/ROCm {rocm}")).collect();
            if !pairs.is_empty() {
                faults.insert(format!(
                    "{library}: {} {}: {part} ({})",
                    line.kind,
                    line.name,
                    pairs.join(", ")
                ));
            }
        }
    }
    faults.into_iter().collect()
}

#[test]
fn every_difference_of_declarations_is_answered() {
    let (rules, reasons) = (Rules::builtin(), known_reasons());
    let found: Vec<String> =
        files().iter().flat_map(|(library, lines)| faults(&rules, &reasons, library, lines)).collect();
    assert!(
        found.is_empty(),
        "{} differences without a call rule, a finding or a reason:\n{}",
        found.len(),
        found[..found.len().min(200)].join("\n")
    );
}

#[test]
fn every_reason_is_used() {
    let (rules, reasons, files) = (Rules::builtin(), known_reasons(), files());
    let unused = |reason: &&Reason| {
        let mut lines = files.values().flatten().filter(|line| line.outcome == "different");
        !lines.any(|line| {
            let answered = |part: &String| {
                let only = [Reason { text: String::new(), ..copy(reason) }];
                line.pairs
                    .iter()
                    .any(|&pair| matches!(answer(&rules, &only, line, part, pair), Some(Answer::Reason(_))))
            };
            line.parts.iter().any(answered)
        })
    };
    let unused: Vec<&str> = reasons.iter().filter(unused).map(|reason| reason.text.as_str()).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

fn copy(reason: &Reason) -> Reason {
    let Reason { kind, names, difference, text } = reason;
    let [kind, names, difference, text] = [kind, names, difference, text].map(Clone::clone);
    Reason { kind, names, difference, text }
}

/// Every function with a name on ROCm in a compared library is in the comparison, so a new row cannot be forgotten.
#[test]
fn every_function_of_a_compared_library_is_in_the_comparison() {
    let files = files();
    let known: BTreeSet<&str> = files.values().flatten().map(|line| line.name.as_str()).collect();
    let compared: BTreeSet<String> = files.keys().map(|library| library.to_lowercase()).collect();
    let rules = Rules::builtin();
    let newest = rules.newest_rocm();
    let is_written = |row: &&tranship_rules::Name| matches!(row.at(newest), Resolution::Spelling(_));
    let rows = rules.names().filter(|row| row.kind == Kind::Function).filter(is_written);
    let newest_compared = |library: &str| {
        let lines = files.iter().filter(|(name, _)| name.to_lowercase() == library.to_lowercase());
        lines.flat_map(|(_, lines)| lines).flat_map(|line| &line.pairs).map(|pair| pair.1).max()
    };
    // The name may have come with a release of ROCm whose headers were not compared.
    let is_newer = |row: &tranship_rules::Name| {
        let mut spellings = row.spellings.iter();
        spellings.all(|spelling| spelling.since > newest_compared(row.library))
    };
    let missing: Vec<&str> = rows
        .filter(|row| compared.contains(&row.library.to_lowercase()) && !known.contains(row.cuda))
        .filter(|row| !is_newer(row))
        .map(|row| row.cuda)
        .collect();
    assert!(missing.is_empty(), "run `rules/tools/contracts` again; not compared: {missing:?}");
}

#[test]
fn a_difference_that_nobody_recorded_is_a_fault() {
    let rules = Rules::builtin();
    let text = "[function different: 12.4/7.1]\ncudaFree: count 1 -> 2\ncudaGraphInstantiate: count 3 -> 5\n\
                cudaMalloc: 1 width unsigned long -> unsigned int\n";
    let reasons = reasons("function | * | width | a value is converted");
    let found = faults(&rules, &reasons, "cudart", &lines(text));
    assert_eq!(found, ["cudart: function cudaFree: count 1 -> 2 (CUDA 12.4/ROCm 7.1)"]);
}

/// The enumerations that raise the rule are those of the comparison.
#[test]
fn the_rule_about_numbers_watches_every_enumeration_that_differs() {
    let rules = Rules::builtin();
    let rule = rules.rule("enum-from-number").expect("the rule");
    let watched: BTreeSet<&str> = rule.identifiers.iter().copied().collect();
    let listed: BTreeSet<&str> =
        list::ENUMERATION_NUMBERS.iter().filter_map(|words| words.split(' ').next()).collect();
    assert_eq!(watched, listed);
}

/// The functions that raise the rule about constant data are those of the comparison.
#[test]
fn the_rule_about_constant_data_watches_every_function_that_differs() {
    let rules = Rules::builtin();
    let rule = rules.rule("constant-argument").expect("the rule");
    let watched: BTreeSet<&str> = rule.identifiers.iter().copied().collect();
    let listed: BTreeSet<&str> =
        list::CONSTANT_ARGUMENTS.iter().filter_map(|words| words.split(' ').next()).collect();
    assert_eq!(watched, listed);
}

/// The structures that raise the rule about members in braces are those of the comparison.
#[test]
fn the_rule_about_braces_watches_every_structure_with_another_order() {
    let rules = Rules::builtin();
    let rule = rules.rule("members-in-braces").expect("the rule");
    let watched: BTreeSet<&str> = rule.identifiers.iter().copied().collect();
    let files = files();
    let lines = files.values().flatten().filter(|line| line.kind == "structure");
    let is_order = |line: &&Line| line.parts.iter().any(|part| part == "order" || part == "place");
    let differ: BTreeSet<&str> = lines.filter(is_order).map(|line| line.name.as_str()).collect();
    let without: Vec<&&str> = watched.difference(&differ).collect();
    assert!(without.is_empty(), "no longer in another order: {without:?}");
}

#[test]
fn the_page_of_contracts_is_up_to_date() {
    let (rules, reasons, files) = (Rules::builtin(), known_reasons(), files());
    let mut page = String::from(
        "# Declarations of CUDA and of HIP\n\nGenerated, do not edit. A function may have a counterpart of the right name and of another \
         contract. `rules/tools/contracts`\ncompares the declarations in NVIDIA's headers with those of HIP: number, order, direction and \
         kind of the parameters, the\nresult, the numbers of enumerators, and the members of structures. `rules/tables/contracts` has the \
         outcome for each\npair of releases. A difference has one of three answers: a call rule changes the call, a finding reports it, or a \
         reason\nsays why the code can stay as it is. A test fails if a difference has none.\n\n",
    );
    page.push_str(
        "| library | releases | functions | equal | call rule | finding | reason | not compared |\n|---|---|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut listed = String::new();
    for (library, lines) in &files {
        library_row(&mut page, &rules, &reasons, library, lines);
        write_differences(&mut listed, &rules, &reasons, library, lines);
    }
    page.push_str(NOT_COMPARED);
    page.push_str(&listed);
    let path = root().join("docs/contracts.md");
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &page).expect("a writable checkout");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/contracts.md is out of step; run `TRANSHIP_BLESS=1 cargo test --test quick`"
    );
}

const NOT_COMPARED: &str = "\nA function counts once, by its worst outcome. **Not compared** are functions that one of the headers does not declare as C: \
names\nof releases before CUDA 11.8, templates and overloads of C++, macros with arguments, and functions of ROCm releases without\n\
installable headers. cuFile and cuTENSOR have no installable headers on ROCm. CUB, Thrust, cooperative groups, libcu++ and\n\
device functions are templates and overloads; the compile tests cover those.\n";

/// The answers to a difference, for all of its releases.
fn answers(rules: &Rules, reasons: &[Reason], line: &Line) -> BTreeSet<Answer> {
    let pairs = line.pairs.iter();
    pairs
        .flat_map(|&pair| line.parts.iter().filter_map(move |part| answer(rules, reasons, line, part, pair)))
        .collect()
}

fn library_row(page: &mut String, rules: &Rules, reasons: &[Reason], library: &str, lines: &[Line]) {
    let mut worst: BTreeMap<&str, usize> = BTreeMap::new();
    let mut releases = BTreeSet::new();
    for line in lines {
        releases.extend(line.pairs.iter().map(|pair| pair.1));
    }
    for line in lines.iter().filter(|line| line.kind == "function") {
        let class = match line.outcome.as_str() {
            "equal" => 1,
            "different" => match answers(rules, reasons, line).first() {
                Some(Answer::Call) => 4,
                Some(Answer::Finding) => 3,
                _ => 2,
            },
            _ => 0,
        };
        let known = worst.entry(&line.name).or_default();
        *known = class.max(*known);
    }
    let count = |class: usize| worst.values().filter(|known| **known == class).count();
    let releases: Vec<String> = releases.iter().map(ToString::to_string).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "| {library} | {} | {} | {} | {} | {} | {} | {} |",
        releases.join(", "),
        worst.len(),
        count(1),
        count(4),
        count(3),
        count(2),
        count(0)
    );
}

/// The differences with a reason or a finding, grouped by their texts.
fn write_differences(page: &mut String, rules: &Rules, reasons: &[Reason], library: &str, lines: &[Line]) {
    let mut groups: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.outcome == "different" && line.kind != "value") {
        for answer in answers(rules, reasons, line) {
            let what = match answer {
                Answer::Call => format!("{}: call rule", line.kind),
                Answer::Finding => format!("{}: finding", line.kind),
                Answer::Reason(text) => format!("{}: {text}", line.kind),
            };
            groups.entry(what).or_default().insert(&line.name);
        }
    }
    let declared: BTreeSet<&str> =
        lines.iter().filter(|line| !line.outcome.starts_with("not ")).map(|line| &*line.name).collect();
    for line in
        lines.iter().filter(|line| line.outcome.starts_with("not ") && !declared.contains(&*line.name))
    {
        let who = if line.outcome == "not in cuda" { "CUDA" } else { "ROCm" };
        let what = format!("{}: not compared, because no header of {who} declares it as C", line.kind);
        groups.entry(what).or_default().insert(&line.name);
    }
    if groups.is_empty() {
        return;
    }
    let _ = write!(page, "\n## {library}\n\n");
    for (what, names) in groups {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(page, "- {what}: {}", names.join(", "));
    }
}
