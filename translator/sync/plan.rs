//! Decides for each path what a sync does: compares the last conversion, the file as it is now, and the new conversion. It writes nothing.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tranship_engine::result::Problem;
use tranship_engine::text::globs::Globs;

use super::merge::{OnConflict, Side, changed_lines, merge};
use super::renames::renamed_to;
use super::{Conflict, FileSync, Lines, Outcome, Request, markers, read_manifest};
use crate::project::base::{BASE, Base, is_mergeable};
use crate::project::io_problem::io_problem;
use crate::project::manifest::{Manifest, ManifestEntry, hash};
use crate::project::walk::{Kind, walk};
use crate::project::write::{entry_at, is_below_real_folders};

/// The three versions of an output folder.
pub(super) struct Sides<'a> {
    output: &'a Path,
    new: &'a Path,
    /// The manifest of the last conversion.
    pub(super) old: Manifest,
    /// The manifest of the new conversion.
    pub(super) now: Manifest,
    /// The contents of the last conversion.
    pub(super) base: Base,
    /// The files of the output folder that no conversion wrote, found when they are first needed.
    foreign: OnceCell<Vec<PathBuf>>,
}

/// A change on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    pub(super) action: Action,
    /// What was there when the change was planned. If something else is there now, the change is not made.
    pub(super) expected: Option<ManifestEntry>,
}

/// How a path changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It gets these bytes.
    Write { bytes: Vec<u8>, is_executable: bool },
    /// It gets the content of the new conversion's file at this path.
    Copy { from: PathBuf, is_executable: bool },
    /// It becomes the link that the new conversion has.
    Link,
    /// Only its permissions change.
    Permissions { is_executable: bool },
    /// It is removed.
    Remove,
}

/// What a sync does about one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// The report; `None` if nobody changed the file.
    pub(super) file: Option<FileSync>,
    pub(super) changes: Vec<Change>,
    /// The entries of the manifest after the step; `None` removes one.
    pub(super) entries: Vec<(PathBuf, Option<ManifestEntry>)>,
    /// The path that has markers after the step.
    pub(super) unresolved: Option<PathBuf>,
}

/// The places of one file in the three versions.
#[derive(Copy, Clone)]
struct Places<'a> {
    /// In the last conversion.
    last: &'a Path,
    /// In the output folder now.
    mine: &'a Path,
    /// In the new conversion.
    new: &'a Path,
    /// In the output folder after the sync.
    after: &'a Path,
}

/// The file in the three versions.
#[derive(Copy, Clone)]
struct Versions {
    last: Option<ManifestEntry>,
    mine: Option<ManifestEntry>,
    new: Option<ManifestEntry>,
}

impl<'a> Sides<'a> {
    pub(super) fn read(request: &Request<'a>) -> Result<Self, Problem> {
        let base = Base::read(request.output)
            .map_err(|error| io_problem(&request.shown.join(BASE), "cannot read", &error))?;
        Ok(Self {
            output: request.output,
            new: request.new,
            old: read_manifest(request.output, request.shown)?,
            now: read_manifest(request.new, request.new)?,
            base,
            foreign: OnceCell::new(),
        })
    }

    fn mine(&self, path: &Path) -> Option<ManifestEntry> {
        if is_below_real_folders(self.output, path) { entry_at(&self.output.join(path)) } else { None }
    }

    fn mine_text(&self, path: &Path) -> Option<Vec<u8>> {
        fs::read(self.output.join(path)).ok()
    }

    fn new_text(&self, path: &Path) -> Option<Vec<u8>> {
        fs::read(self.new.join(path)).ok()
    }

    fn last_text(&self, entry: ManifestEntry) -> Option<Vec<u8>> {
        self.base.get(entry.content()?)
    }

    /// The files of the output folder that neither conversion has.
    fn foreign(&self) -> &[PathBuf] {
        self.foreign.get_or_init(|| {
            let is_foreign = |path: &Path| self.old.get(path).is_none() && self.now.get(path).is_none();
            let walked = walk(self.output, &Globs::default(), &[]).entries.into_iter();
            let files = walked.filter(|entry| entry.kind == Kind::File && is_foreign(&entry.path));
            files.map(|entry| entry.path).collect()
        })
    }
}

/// The steps of a sync, sorted by path.
pub(super) fn plan(sides: &Sides, request: &Request) -> Vec<Step> {
    let paths: BTreeSet<&Path> = sides.old.iter().chain(sides.now.iter()).map(|(path, _)| path).collect();
    let moved = moved_by_source(sides);
    let targets: BTreeSet<&Path> = moved.values().map(PathBuf::as_path).collect();
    let mut steps = Vec::new();
    for path in paths.into_iter().filter(|path| !targets.contains(path)) {
        let places = match moved.get(path) {
            Some(new) => Places { last: path, mine: path, new, after: new },
            None => Places { last: path, mine: path, new: path, after: path },
        };
        let own;
        let places = match moved_by_person(sides, path) {
            Some(mine) if !moved.contains_key(path) => {
                own = mine;
                Places { mine: &own, after: &own, ..places }
            }
            _ => places,
        };
        steps.push(Decision { sides, request, places }.step());
    }
    let key = |step: &Step| step.file.as_ref().map(|file| file.path.clone());
    steps.sort_by_key(key);
    steps
}

/// The files that the source renamed after a person edited or removed them: old path and new path.
fn moved_by_source(sides: &Sides) -> BTreeMap<PathBuf, PathBuf> {
    let is_added = |path: &Path| sides.old.get(path).is_none() && sides.mine(path).is_none();
    let mut added: Vec<(&Path, Vec<u8>)> = Vec::new();
    let mut moved = BTreeMap::new();
    let mut is_read = false;
    for (path, last) in sides.old.iter().filter(|(path, _)| sides.now.get(path).is_none()) {
        let is_edited = sides.mine(path).is_none_or(|mine| !mine.is_same(last));
        let Some(text) = sides.last_text(last).filter(|_| is_edited) else { continue };
        if !is_read {
            is_read = true;
            let new = sides.now.iter().filter(|(path, entry)| entry.content().is_some() && is_added(path));
            added = new.filter_map(|(path, _)| Some((path, sides.new_text(path)?))).collect();
        }
        let free = added.iter().filter(|(to, _)| !moved.values().any(|taken: &PathBuf| taken == to));
        if let Some(to) = renamed_to(path, &text, free.map(|(to, text)| (*to, text.clone()))) {
            moved.insert(path.to_owned(), to);
        }
    }
    moved
}

/// The path to which a person renamed the file `path`, whose conversion changed.
fn moved_by_person(sides: &Sides, path: &Path) -> Option<PathBuf> {
    let (last, new) = (sides.old.get(path)?, sides.now.get(path)?);
    if new.is_same(last) || sides.mine(path).is_some() {
        return None;
    }
    let text = sides.last_text(last)?;
    let candidates = sides.foreign().iter();
    renamed_to(path, &text, candidates.filter_map(|path| Some((path.as_path(), sides.mine_text(path)?))))
}

/// The decision about one file.
struct Decision<'a> {
    sides: &'a Sides<'a>,
    request: &'a Request<'a>,
    places: Places<'a>,
}

impl Decision<'_> {
    fn step(&self) -> Step {
        let (sides, places) = (self.sides, self.places);
        let versions = Versions {
            last: sides.old.get(places.last),
            mine: sides.mine(places.mine),
            new: sides.now.get(places.new),
        };
        if sides.old.unresolved.contains(places.mine)
            && let Some(text) = sides.mine_text(places.mine).filter(|text| markers::has_markers(text))
        {
            return self.unresolved(versions, text);
        }
        match (versions.last, versions.mine, versions.new) {
            (_, None, None) => self.done(versions, None, None),
            (None, None, Some(_)) if self.is_blocked() => self.conflict(versions, Conflict::Kind),
            (None, None, Some(new)) => self.take(versions, new, Outcome::Added),
            (Some(last), None, Some(new)) if new.is_same(last) => {
                self.done(versions, Some(new), Some(Outcome::KeptRemoved))
            }
            (Some(_), None, Some(_)) if self.is_blocked() => self.conflict(versions, Conflict::Kind),
            (Some(_), None, Some(_)) => self.conflict(versions, Conflict::MineRemoved),
            (None, Some(_), None) => Step::default(),
            (Some(last), Some(mine), None) if mine.is_same(last) => self.remove(versions, Outcome::Removed),
            (Some(_), Some(_), None) => self.conflict(versions, Conflict::NewRemoved),
            (last, Some(mine), Some(new)) => self.both(versions, last, mine, new),
        }
    }

    /// Whether a folder, or something that is no file, is in the place of the file.
    fn is_blocked(&self) -> bool {
        let dest = self.sides.output.join(self.places.after);
        let has_link_above = !self.places.after.ancestors().skip(1).all(|folder| {
            !fs::symlink_metadata(self.sides.output.join(folder)).is_ok_and(|meta| meta.is_symlink())
                || folder.as_os_str().is_empty()
        });
        has_link_above || fs::symlink_metadata(dest).is_ok()
    }

    /// The file is in the output folder and in the new conversion.
    fn both(
        &self,
        versions: Versions,
        last: Option<ManifestEntry>,
        mine: ManifestEntry,
        new: ManifestEntry,
    ) -> Step {
        let is_moved = self.places.mine != self.places.after || self.places.last != self.places.after;
        let is_mine = last.is_none_or(|last| !mine.is_same(last));
        let is_new = last.is_none_or(|last| !new.is_same(last));
        if !is_moved && mine.is_same(new) && (is_mine || !is_new) {
            let outcome = if is_mine { Outcome::Same } else { Outcome::Kept };
            return self.with_permissions(versions, outcome, is_mine);
        }
        match (is_mine, is_new) {
            (false, _) if !is_moved => return self.take(versions, new, Outcome::Updated),
            (true, false) if !is_moved => return self.with_permissions(versions, Outcome::Kept, true),
            _ => {}
        }
        if mine.content().is_none() || new.content().is_none() {
            return self.conflict(versions, Conflict::Kind);
        }
        let texts = (self.sides.mine_text(self.places.mine), self.sides.new_text(self.places.new));
        let (Some(mine_text), Some(new_text)) = texts else { return self.conflict(versions, Conflict::Kind) };
        if !is_mergeable(&mine_text) || !is_mergeable(&new_text) {
            return self.conflict(versions, Conflict::Binary);
        }
        let last_text = match last {
            None => Some(Vec::new()),
            Some(last) => self.sides.last_text(last),
        };
        let Some(last_text) = last_text else { return self.conflict(versions, Conflict::NoBase) };
        self.merged(versions, &last_text, &mine_text, &new_text)
    }

    fn merged(&self, versions: Versions, last: &[u8], mine: &[u8], new: &[u8]) -> Step {
        let mark = OnConflict::Mark(self.request.style);
        let mut merged = merge(last, mine, new, mark);
        let mut outcome = Outcome::Merged;
        if merged.has_conflict {
            outcome = Outcome::Conflict(Conflict::Lines);
            if let Some(side) = self.request.side(self.places.after) {
                merged = merge(last, mine, new, OnConflict::Take(side));
                outcome = Outcome::Settled(side);
            }
        }
        let mut step = self.done(versions, versions.new, Some(outcome));
        let is_executable = self.is_executable(versions);
        let is_in_place = self.places.mine == self.places.after;
        let expected = if is_in_place { versions.mine } else { None };
        let entry = ManifestEntry::file(hash(&merged.text), is_executable);
        if expected != Some(entry) {
            let action = Action::Write { bytes: merged.text.clone(), is_executable };
            step.changes.push(Change { path: self.places.after.to_owned(), action, expected });
        }
        if !is_in_place {
            let expected = versions.mine;
            step.changes.push(Change { path: self.places.mine.to_owned(), action: Action::Remove, expected });
        }
        if merged.has_conflict {
            step.unresolved = Some(self.places.after.to_owned());
        }
        let lines = |new| {
            let (added, removed) = changed_lines(last, new);
            Some(Lines { added, removed })
        };
        if let Some(file) = &mut step.file {
            (file.mine, file.new) = (lines(mine), lines(new));
            file.marked = merged.has_conflict.then_some(merged.text);
        }
        changes_something(step)
    }

    /// A file with markers of an earlier sync: it is settled if a person chose a side, and otherwise left as it is.
    fn unresolved(&self, versions: Versions, text: Vec<u8>) -> Step {
        let side = self.request.side(self.places.mine);
        let settled = side.and_then(|side| Some((side, markers::settled(&text, side)?)));
        let mut step = self.done(versions, versions.last, Some(Outcome::Unresolved));
        if let Some((side, bytes)) = settled {
            let is_executable = matches!(versions.mine, Some(ManifestEntry::Executable(_)));
            let action = Action::Write { bytes, is_executable };
            let path = self.places.mine.to_owned();
            step.changes.push(Change { path, action, expected: versions.mine });
            if let Some(file) = &mut step.file {
                file.outcome = Outcome::Settled(side);
            }
        } else {
            step.unresolved = Some(self.places.mine.to_owned());
            if let Some(file) = &mut step.file {
                file.marked = Some(text);
            }
        }
        changes_something(step)
    }

    /// The file stays a conflict, unless a person chose a side.
    fn conflict(&self, versions: Versions, conflict: Conflict) -> Step {
        let is_lost = conflict == Conflict::Kind && self.is_blocked() && versions.mine.is_none();
        match self.request.side(self.places.after) {
            Some(Side::Mine) => self.done(versions, versions.new, Some(Outcome::Settled(Side::Mine))),
            Some(Side::New) if !is_lost => match versions.new {
                Some(new) => self.take(versions, new, Outcome::Settled(Side::New)),
                None => self.remove(versions, Outcome::Settled(Side::New)),
            },
            _ => self.done(versions, versions.last, Some(Outcome::Conflict(conflict))),
        }
    }

    /// The new version is written.
    fn take(&self, versions: Versions, new: ManifestEntry, outcome: Outcome) -> Step {
        let is_executable = self.is_executable(versions);
        let from = self.places.new.to_owned();
        let is_content_there = versions.mine.is_some_and(|mine| mine.is_same(new));
        let action = match new {
            ManifestEntry::Link(_) => Action::Link,
            _ if is_content_there => Action::Permissions { is_executable },
            _ => Action::Copy { from, is_executable },
        };
        let is_there = versions.mine.is_some_and(|mine| mine.is_same(new) && may_run(mine) == is_executable);
        let mut step = self.done(versions, Some(new), (!is_there).then_some(outcome));
        if !is_there {
            let path = self.places.after.to_owned();
            step.changes.push(Change { path, action, expected: versions.mine });
        }
        if let (Some(file), Some(last)) = (&mut step.file, versions.last)
            && let (Some(last), Some(new)) =
                (self.sides.last_text(last), self.sides.new_text(self.places.new))
        {
            let (added, removed) = changed_lines(&last, &new);
            file.new = Some(Lines { added, removed });
        }
        changes_something(step)
    }

    fn remove(&self, versions: Versions, outcome: Outcome) -> Step {
        let mut step = self.done(versions, None, Some(outcome));
        let path = self.places.mine.to_owned();
        step.changes.push(Change { path, action: Action::Remove, expected: versions.mine });
        changes_something(step)
    }

    /// The content stays. The permissions may follow the source. With `is_mine`, a person changed the content.
    fn with_permissions(&self, versions: Versions, outcome: Outcome, is_mine: bool) -> Step {
        let is_executable = self.is_executable(versions);
        let has = versions.mine.is_some_and(may_run);
        let was = versions.last.is_some_and(may_run);
        let is_edited = is_mine || (!self.sides.old.lacks_modes && has != was);
        let changes = has != is_executable;
        let reported =
            if changes && !is_edited { Some(Outcome::Updated) } else { is_edited.then_some(outcome) };
        let mut step = self.done(versions, versions.new, reported);
        if changes {
            let path = self.places.mine.to_owned();
            let action = Action::Permissions { is_executable };
            step.changes.push(Change { path, action, expected: versions.mine });
        }
        if let (Some(file), Some(last)) = (&mut step.file, versions.last)
            && let (Some(last), Some(mine)) =
                (self.sides.last_text(last), self.sides.mine_text(self.places.mine))
        {
            let (added, removed) = changed_lines(&last, &mine);
            file.mine = Some(Lines { added, removed });
        }
        changes_something(step)
    }

    /// Whether the file is executable after the sync: the side that changed it decides, and a person before the source.
    fn is_executable(&self, versions: Versions) -> bool {
        let new = versions.new.is_some_and(may_run);
        let Some(mine) = versions.mine.map(may_run) else { return new };
        match versions.last.map(may_run) {
            Some(last) if !self.sides.old.lacks_modes && mine == last => new,
            _ => mine,
        }
    }

    /// A step without changes on disk, after which the manifest has `entry`.
    fn done(&self, versions: Versions, entry: Option<ManifestEntry>, outcome: Option<Outcome>) -> Step {
        let places = self.places;
        let from = if places.mine == places.after { places.last } else { places.mine };
        let file = outcome.map(|outcome| FileSync {
            path: places.after.to_owned(),
            from: (from != places.after).then(|| from.to_owned()),
            outcome,
            mine: None,
            new: None,
            marked: None,
            is_changed: false,
        });
        let mut entries = vec![(places.new.to_owned(), entry)];
        if places.last != places.new {
            // A conflict leaves the file under its old name.
            let is_open = matches!(outcome, Some(Outcome::Conflict(conflict)) if conflict != Conflict::Lines);
            entries = if is_open {
                vec![(places.last.to_owned(), versions.last)]
            } else {
                vec![(places.last.to_owned(), None), (places.new.to_owned(), entry)]
            };
        }
        Step { file, changes: Vec::new(), entries, unresolved: None }
    }
}

fn may_run(entry: ManifestEntry) -> bool {
    matches!(entry, ManifestEntry::Executable(_))
}

fn changes_something(mut step: Step) -> Step {
    if let Some(file) = &mut step.file {
        file.is_changed = !step.changes.is_empty();
    }
    step
}
