//! `tranship review`: a person answers findings, one by one in a terminal or by rule on the command line.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::args::Review;
use super::compiler_flags::CompilerFlags;
use super::summary::number;
use super::{Ending, advise, explain, summary, terminal};
use crate::project::answers::{AnswersFile, Entry, Place};
use crate::project::job::{Job, NamedFile, NamedFiles, Stop};
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::project::setup::Overrides;
use crate::report::{display_path, effort, escape_controls, level, other_places};
use crate::review::Item;
use tranship_engine::finding::{Answer, EditedLines};
use tranship_engine::result::{Change, Conversion, FileReport, merge_equal_findings};
use tranship_engine::result::{Found, OtherPlace, Problem, Settled};

/// The projects under review.
pub(super) struct Session {
    jobs: Vec<Job>,
    /// Whether answered findings are shown too.
    all: bool,
    /// For each file, by the path that the user sees: the index of its job, and its path in that job.
    files: HashMap<PathBuf, (usize, PathBuf)>,
    explanations: HashMap<&'static str, Rc<str>>,
    /// If advice is under review, how kernels are measured.
    advice: Option<Advice>,
}

/// How the kernels of advice are measured.
struct Advice {
    compiler: CompilerFlags,
    overrides: Overrides,
    pool: ThreadPool,
}

impl Advice {
    fn of(&self, paths: &[PathBuf]) -> anyhow::Result<Vec<Conversion>> {
        Ok(advise::measure(paths, &self.compiler, &self.pool, &self.overrides)?.conversions)
    }
}

/// Runs the command.
pub(super) fn run(args: &Review) -> anyhow::Result<Ending> {
    if !args.advice && args.compiler.is_used() {
        anyhow::bail!("the options of a compiler need `--advice`");
    }
    let overrides = args.settings.overrides();
    let advice = args.advice.then(|| -> anyhow::Result<Advice> {
        let (compiler, overrides) = (args.compiler.clone(), overrides.clone());
        Ok(Advice { compiler, overrides, pool: ThreadPoolBuilder::new().build()? })
    });
    let (jobs, problems) = paths::jobs(&args.paths, &RequestedOutput::Nowhere, &overrides);
    let mut session = Session {
        jobs,
        all: args.all || !args.reopen.is_empty(),
        files: HashMap::new(),
        explanations: HashMap::new(),
        advice: advice.transpose()?,
    };
    let mut conversions = match &session.advice {
        Some(advice) => advice.of(&args.paths)?,
        None => session.jobs.iter_mut().map(|job| convert(job, &Stop::default(), &|_, _| {})).collect(),
    };
    let mut items = Vec::new();
    for conversion in &mut conversions {
        merge_equal_findings(conversion);
        items.extend(session.items(conversion));
    }
    Item::sort(&mut items);
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    summary::problems(&mut anstream::stderr().lock(), &conversions)?;
    let failed = conversions.iter().any(|conversion| !conversion.problems.is_empty());
    if args.list {
        list(&items, &conversions)?;
    } else if args.forget_stale {
        forget_stale(&session, &conversions)?;
    } else if !(args.accept.is_empty() && args.reject.is_empty() && args.reopen.is_empty()) {
        answer(args, &session, &mut items)?;
    } else if items.is_empty() {
        let mut out = anstream::stderr().lock();
        let notes: Vec<String> = conversions.iter().filter_map(summary::empty).collect();
        notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
        if notes.is_empty() {
            writeln!(out, "Nothing is open.")?;
        }
    } else if io::stdin().is_terminal() && io::stdout().is_terminal() {
        terminal::ask(&mut session, items)?;
    } else {
        offer(&items, args)?;
        return Ok(if failed { Ending::Failed } else { Ending::Open });
    }
    Ok(if failed { Ending::Failed } else { Ending::Done })
}

impl Session {
    /// The findings of `conversion`, the conversion of a job or the advice about it.
    fn items(&mut self, conversion: &Conversion) -> Vec<Item> {
        let mut items = Vec::new();
        let Some(number) = self.jobs.iter().position(|job| job.root == conversion.root) else { return items };
        for file in &conversion.files {
            let wanted: Vec<_> = file.findings.iter().filter(|found| self.all || found.is_open()).collect();
            if wanted.is_empty() {
                continue;
            }
            self.files.insert(file.path.clone(), (number, file.source.clone()));
            let bytes = fs::read(self.jobs[number].root.join(&file.source)).unwrap_or_default();
            let source: Rc<[String]> = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
            items.extend(wanted.into_iter().map(|found| self.item(number, file, found, &source)));
        }
        items
    }

    fn item(&mut self, number: usize, file: &FileReport, found: &Found, source: &Rc<[String]>) -> Item {
        let context = &self.jobs[number].setup.context;
        let text = || explain::text(found.rule, &context.rules).unwrap_or_else(|| found.why.clone()).into();
        let explanation = Rc::clone(self.explanations.entry(found.rule).or_insert_with(text));
        let path = context.selection.base.join(&file.source);
        let place = Place { path, rule: found.rule.to_owned(), key: found.key };
        let entry = self.jobs[number].setup.answers.get(&place);
        let reason = entry.map(|entry| entry.reason.clone());
        // Lines that no longer fit leave the finding open.
        let edited = entry.filter(|_| found.settled.is_some()).and_then(|entry| entry.edited.clone());
        Item {
            place,
            path: file.path.clone(),
            level: found.level,
            effort: effort(found.rule, found.level, &context.rules),
            also: also(found, &context.selection.base),
            also_shown: other_places(found),
            what: found.what.clone(),
            why: found.why.clone(),
            todo: found.todo.clone(),
            assumption: found.assumption.clone(),
            function: found.enclosing.clone(),
            lines: found.place.as_ref().map(|place| (place.start.line, place.end.line)),
            changes: found.changes.clone(),
            source: Rc::clone(source),
            explanation,
            answer: match found.settled {
                Some(Settled::Accepted) => Some(Answer::Accepted),
                Some(Settled::Rejected) => Some(Answer::Rejected),
                Some(Settled::Baseline) | None => None,
            },
            reason: reason.unwrap_or_default(),
            edited,
            draft: None,
            is_advice: self.advice.is_some(),
        }
    }

    /// Converts the file that the user sees as `path` again. Returns the index of its job, and the result. If `edited` is given, the
    /// finding at that place is accepted with these lines, without a change of the file of answers.
    fn convert_again(
        &mut self,
        path: &Path,
        edited: Option<(&Place, &EditedLines)>,
    ) -> Result<Option<(usize, Conversion)>, Problem> {
        let Some((number, source)) = self.files.get(path).cloned() else { return Ok(None) };
        let job = &mut self.jobs[number];
        let only = NamedFiles::from_iter([NamedFile { path: source, shown: path.to_owned() }]);
        let before = job.only.replace(only);
        let in_project = std::mem::replace(&mut job.in_project, true);
        // The answers of this session were written meanwhile, so the file of answers is read again.
        job.setup.answers = AnswersFile::read(job.setup.answers.home())?;
        let mut answers = job.setup.answers.clone();
        if let Some((place, lines)) = edited {
            let mut entry = Entry::new(Answer::Accepted, "");
            entry.edited = Some(lines.clone());
            answers.set(place.clone(), entry);
        }
        job.setup.context.options.selection.answers = answers.answers();
        job.proposals = true;
        let conversion = convert(job, &Stop::default(), &|_, _| {});
        (job.only, job.in_project, job.proposals) = (before, in_project, false);
        match conversion.problems.first() {
            Some(problem) => Err(problem.clone()),
            None => Ok(Some((number, conversion))),
        }
    }

    /// The lines of `item` in the source and in the output with its change, which a person may edit; `None` if they cannot be
    /// edited.
    pub(super) fn proposal(&mut self, item: &Item) -> Result<Option<EditedLines>, Problem> {
        if self.advice.is_some() {
            return Ok(None);
        }
        let Some((_, conversion)) = self.convert_again(&item.path, None)? else { return Ok(None) };
        Ok(proposal_in(&conversion, item))
    }

    /// The changes of `item` with `lines` in place of the proposed ones; `None` if the file does not parse with them.
    pub(super) fn changes_with(
        &mut self,
        item: &Item,
        lines: &EditedLines,
    ) -> Result<Option<Vec<Change>>, Problem> {
        let edited = Some((&item.place, lines));
        let Some((_, conversion)) = self.convert_again(&item.path, edited)? else { return Ok(None) };
        let is_used = proposal_in(&conversion, item).is_some_and(|proposal| proposal.after == lines.after);
        let findings = conversion.files.iter().flat_map(|file| &file.findings);
        let found = findings.filter(|found| found.key == item.place.key).find(|_| is_used);
        Ok(found.map(|found| found.changes.clone()))
    }

    /// Reads the file that the user sees as `path` again, and returns its findings.
    pub(super) fn reread(&mut self, path: &Path) -> anyhow::Result<Vec<Item>> {
        let conversions = match &self.advice {
            Some(advice) => advice.of(&[self.on_disk(path)])?,
            None => self.convert_again(path, None)?.map(|(_, conversion)| conversion).into_iter().collect(),
        };
        let all = std::mem::replace(&mut self.all, true);
        let items = conversions.iter().flat_map(|conversion| self.items(conversion)).collect();
        self.all = all;
        Ok(items)
    }

    /// The path on disk of the file that the user sees as `path`.
    pub(super) fn on_disk(&self, path: &Path) -> PathBuf {
        let place = self.files.get(path).map(|(number, source)| self.jobs[*number].root.join(source));
        place.unwrap_or_else(|| path.to_owned())
    }

    /// Writes the answers of `items`. Each file of answers is read again first, because it may have changed.
    pub(super) fn save<'a>(&self, items: impl IntoIterator<Item = &'a Item>) -> Result<(), Problem> {
        let mut files: HashMap<&Path, AnswersFile> = HashMap::new();
        for item in items {
            let Some((number, _)) = self.files.get(&item.path) else { continue };
            let home = self.jobs[*number].setup.answers.home();
            if !files.contains_key(home) {
                files.insert(home, AnswersFile::read(home)?);
            }
            let Some(file) = files.get_mut(home) else { continue };
            let own = (item.place.clone(), item.function.clone());
            for (place, function) in std::iter::once(&own).chain(&item.also) {
                match item.answer {
                    Some(answer) => {
                        let function = function.as_deref().unwrap_or_default();
                        let mut entry = Entry::new(answer, function);
                        entry.reason.clone_from(&item.reason);
                        if *place == item.place {
                            entry.edited.clone_from(&item.edited);
                        }
                        file.set(place.clone(), entry);
                    }
                    None => drop(file.remove(place)),
                }
            }
        }
        files.values().try_for_each(AnswersFile::write)
    }

    /// The paths of the files of answers.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Path> {
        self.jobs.iter().map(|job| job.setup.answers.path())
    }
}

/// The lines of `item` that a person may edit, in the `conversion` of its file.
fn proposal_in(conversion: &Conversion, item: &Item) -> Option<EditedLines> {
    let mut proposals = conversion.files.iter().flat_map(|file| &file.proposals);
    proposals.find(|(key, _)| *key == item.place.key).map(|(_, lines)| lines.clone())
}

/// The findings at the other places that the answer to `found` decides, each with its function. Their paths are relative to
/// the folder of the answers, and the root of the conversion is `base` there.
fn also(found: &Found, base: &Path) -> Vec<(Place, Option<String>)> {
    let one = |other: &OtherPlace| {
        let path = base.join(&other.source);
        let place = Place { path, rule: found.rule.to_owned(), key: other.key? };
        Some((place, other.enclosing.clone()))
    };
    found.also.iter().filter_map(one).collect()
}

/// Prints one line for each finding, with its key.
fn list(items: &[Item], conversions: &[Conversion]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for item in items {
        let line = item.lines.map_or(String::new(), |(line, _)| format!(":{line}"));
        let answer = match item.answer {
            Some(Answer::Accepted) => " (accepted)",
            Some(Answer::Rejected) => " (rejected)",
            None => "",
        };
        let what = escape_controls(&item.what).replace('\n', " ");
        let more =
            if item.also_shown.is_empty() { String::new() } else { format!("; also {}", item.also_shown) };
        let (rule, level) = (&item.place.rule, level(item.level));
        writeln!(
            out,
            "{}{line}: {level}[{rule}] {} {what}{more}{answer}",
            display_path(&item.path),
            item.place.key
        )?;
    }
    out.flush()?;
    summary::stale(&mut anstream::stderr().lock(), conversions)
}

/// Applies the answers of the command line to `items`, and writes them.
fn answer(args: &Review, session: &Session, items: &mut [Item]) -> anyhow::Result<()> {
    let asked = [
        (&args.accept, Some(Answer::Accepted)),
        (&args.reject, Some(Answer::Rejected)),
        (&args.reopen, None),
    ];
    let named = [&args.accept, &args.reject, &args.reopen].into_iter().flatten();
    let mut once = HashSet::new();
    for name in named {
        anyhow::ensure!(once.insert(name), "`{name}` is given twice; a finding has one answer");
    }
    let mut out = anstream::stderr().lock();
    let mut changed = Vec::new();
    for (rules, answer) in asked {
        for rule in rules {
            let is_asked = |item: &Item| item.place.rule == *rule || item.place.key.to_string() == *rule;
            let known = session.jobs.iter().any(|job| job.setup.context.rules.contains(rule));
            anyhow::ensure!(
                known || items.iter().any(is_asked),
                "`{rule}` is neither a rule, nor a CUDA name of the tables, nor the key of a finding; `--list` shows what is open"
            );
            let (mut count, mut unchanged) = (0, 0);
            let asked = |item: &Item| is_asked(item) && item.answer.is_none() == answer.is_some();
            for item in items.iter_mut().filter(|item| asked(item)) {
                if answer == Some(Answer::Rejected) && item.changes.is_empty() {
                    unchanged += 1;
                    continue;
                }
                item.answer = answer;
                changed.push(item.clone());
                count += 1;
            }
            let word = match answer {
                Some(Answer::Accepted) => "Accepted",
                Some(Answer::Rejected) => "Rejected",
                None => "Opened again",
            };
            writeln!(out, "{word}: {} of `{rule}`.", findings(count))?;
            if unchanged > 0 {
                let these = findings(unchanged);
                writeln!(
                    out,
                    "note: {these} of `{rule}` would change nothing, so there is nothing to reject"
                )?;
            }
        }
    }
    session.save(&changed)?;
    let open = items.iter().filter(|item| item.answer.is_none()).count();
    writeln!(out, "Open: {}.", findings(open))?;
    Ok(())
}

/// Removes the answers to findings that no longer exist.
fn forget_stale(session: &Session, conversions: &[Conversion]) -> anyhow::Result<()> {
    let mut count = 0;
    for (job, conversion) in session.jobs.iter().zip(conversions) {
        let mut file = AnswersFile::read(job.setup.answers.home())?;
        count += conversion.stale.iter().filter(|stale| file.remove(&stale.place).is_some()).count();
        if !conversion.stale.is_empty() {
            file.write()?;
        }
    }
    writeln!(
        anstream::stderr(),
        "Removed: {}.",
        if count == 1 { "1 answer".to_owned() } else { format!("{} answers", number(count)) }
    )?;
    Ok(())
}

/// Without a terminal: prints the number of open findings by rule, and the commands that answer them.
fn offer(items: &[Item], args: &Review) -> io::Result<()> {
    let mut rules: Vec<(&str, usize)> = Vec::new();
    for item in items.iter().filter(|item| item.answer.is_none()) {
        match rules.iter_mut().find(|(rule, _)| *rule == item.place.rule) {
            Some((_, count)) => *count += 1,
            None => rules.push((&item.place.rule, 1)),
        }
    }
    rules.sort_by_key(|&(rule, count)| (std::cmp::Reverse(count), rule));
    let mut out = io::stdout().lock();
    for (rule, count) in &rules {
        writeln!(out, "{count:>6}  {rule}")?;
    }
    let advice = if args.advice { " --advice" } else { "" };
    let paths = summary::arguments(&args.paths) + advice;
    writeln!(
        out,
        "{} open. There is no terminal to review them one by one; these commands work without one:\n\n  \
         tranship review{paths} --list            every finding, with its key\n  \
         tranship review{paths} --accept RULE     the changes of the rule, or the code as it is, are right\n  \
         tranship review{paths} --reject RULE     the changes of the rule are not made\n  \
         tranship review{paths} --reopen RULE     remove the answers to the rule",
        findings(rules.iter().map(|(_, count)| count).sum())
    )?;
    out.flush()
}

/// `3 findings`.
pub(super) fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{} findings", number(count)) }
}
