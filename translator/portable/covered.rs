//! Decides for a project which names, namespaces and macros the shadow headers define.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tranship_engine::source::Source;
use tranship_engine::text::path::readable;
use tranship_rules::{Rules, list};

use super::conditions::{Answers, MACROS, Question};
use super::cover::{Changes, EditKind, FileCover, SUPPORT, shadow};
use super::{PortableName, line};

/// The headers of ROCm that ask for a macro of nvcc or CUDA, besides the runtime header (rocThrust, hipSPARSE and rocRAND of ROCm 6.4).
/// They are included before the macros are defined.
const ASKING: [&str; 5] = [
    "hipsparse/hipsparse.h",
    "rocrand/rocrand_kernel.h",
    "thrust/complex.h",
    "thrust/detail/config.h",
    "thrust/optional.h",
];

/// The definition of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// The parameters of the macro in parentheses, or empty.
    pub(super) parameters: &'static str,
    /// The text that replaces the name.
    pub(super) text: String,
    /// The text in C if it is another one.
    pub(super) c: Option<&'static str>,
    /// Whether a host compiler does not see it.
    pub(super) is_for_hip: bool,
    /// The number of uses in the project.
    uses: usize,
}

/// What the shadow headers of a project define.
#[derive(Clone, Debug, Default)]
pub(super) struct Covered {
    names: BTreeMap<String, Definition>,
    /// Why a name has no definition.
    refused: BTreeMap<String, String>,
    /// The namespaces of HIP whose header a file includes, by the namespace of CUDA.
    pub(super) namespaces: BTreeMap<String, String>,
    /// The macros of nvcc and CUDA.
    pub(super) answers: Answers,
    /// Headers of HIP that are included before the definitions.
    pub(super) first: BTreeSet<&'static str>,
    /// Defined names that headers of other libraries may contain or ask for.
    pub(super) suspended: BTreeSet<String>,
    /// Headers of other libraries. Their shadow headers include them without the definitions of `suspended`.
    pub(super) others: BTreeSet<String>,
    /// The headers of HIP that shadow headers include.
    included: BTreeSet<&'static str>,
}

/// A file with its facts.
type File<'a> = (&'a Source, &'a FileCover);

impl Covered {
    /// What can be defined for all `files` of a project. `defines` decides whether the project defines a name, and `is_for_hip` whether
    /// a compiler for HIP reads a file.
    pub(super) fn of<'a>(
        files: impl Iterator<Item = File<'a>> + Clone,
        defines: &dyn Fn(&str) -> bool,
        is_for_hip: &dyn Fn(&Path) -> bool,
    ) -> Self {
        let mut covered = Self::default();
        covered.renames(files.clone());
        covered.refuse(files.clone());
        let for_hip = files.clone().filter(|(source, _)| is_for_hip(&source.path));
        let renamed = for_hip.clone().find_map(|(source, cover)| {
            let (name, offset) = cover.others.iter().find(|(name, _)| is_renamed_by_torch(name))?;
            Some(format!("{} includes `{name}`, which no shadow header can replace", at(source, *offset)))
        });
        covered.define(&files, defines, is_for_hip, renamed.as_deref());
        covered.names.retain(|name, _| !covered.refused.contains_key(name));
        covered.answer(files.clone(), defines, renamed.as_deref());
        covered.order(&files);
        let alone = |name: &&String| shadow(name.as_bytes()).is_some_and(|(_, row)| row.alone);
        covered.suspended = covered.names.keys().filter(alone).cloned().collect();
        covered.suspended.extend(covered.answers.values.keys().map(|name| (*name).to_owned()));
        if !covered.suspended.is_empty() {
            covered.others = for_hip.flat_map(|(_, cover)| cover.others.keys().cloned()).collect();
        }
        let counterparts = files.flat_map(|(_, cover)| cover.headers.values());
        covered.included = counterparts.filter(|header| !header.is_empty()).copied().collect();
        covered
    }

    /// Collects the names that the conversion renames.
    fn renames<'a>(&mut self, files: impl Iterator<Item = File<'a>>) {
        for kind in files.flat_map(|(_, cover)| cover.findings.iter().flat_map(|changes| &changes.edits)) {
            match kind {
                EditKind::Name { cuda, hip } => {
                    let new = || Definition {
                        parameters: "",
                        text: hip.clone(),
                        c: None,
                        is_for_hip: false,
                        uses: 0,
                    };
                    let known = self.names.entry(cuda.clone()).or_insert_with(new);
                    known.uses += 1;
                    if known.text != *hip {
                        let why = format!("it becomes `{}` in one place and `{hip}` in another", known.text);
                        self.refused.insert(cuda.clone(), why);
                    }
                }
                EditKind::Namespace { cuda, hip } => {
                    self.namespaces.insert(cuda.clone(), hip.clone());
                }
                _ => {}
            }
        }
    }

    /// Refuses the names that have another meaning in some place.
    fn refuse<'a>(&mut self, files: impl Iterator<Item = File<'a>>) {
        for (source, cover) in files {
            for (name, offset) in cover.unedited.iter().filter(|(name, _)| self.names.contains_key(*name)) {
                let why = format!("the name has another meaning at {}", at(source, *offset));
                self.refused.entry(name.clone()).or_insert(why);
            }
            for name in &cover.tested {
                let why =
                    format!("`{}` asks whether the name is defined, or defines it", readable(&source.path));
                self.refused.entry(name.clone()).or_insert(why);
            }
        }
    }

    /// Adds the definitions that are no plain renames.
    fn define<'a>(
        &mut self,
        files: &(impl Iterator<Item = File<'a>> + Clone),
        defines: &dyn Fn(&str) -> bool,
        is_for_hip: &dyn Fn(&Path) -> bool,
        other: Option<&str>,
    ) {
        let needed: BTreeSet<&'static str> = files
            .clone()
            .flat_map(|(_, cover)| {
                cover.findings.iter().flat_map(|changes| changes.definitions.iter().copied())
            })
            .collect();
        for name in needed {
            let Some((_, row)) = shadow(name.as_bytes()) else { continue };
            let mut why = defines(name).then(|| "the project defines the name".to_owned());
            if row.alone
                && let Some(other) = other
            {
                why.get_or_insert_with(|| other.to_owned());
            }
            let mut count = 0;
            for (source, cover) in files.clone() {
                let Some(uses) = cover.uses.get(name) else { continue };
                count += uses.count;
                // A host compiler does not see these definitions.
                if row.alone && !is_for_hip(&source.path) {
                    continue;
                }
                let no_call = uses.not_called.filter(|_| !row.parameters.is_empty());
                if let Some(offset) = uses.not_cuda.or(no_call) {
                    why.get_or_insert_with(|| {
                        format!("the name has another meaning at {}", at(source, offset))
                    });
                }
            }
            if let Some(why) = why {
                self.refused.insert(name.to_owned(), why);
                continue;
            }
            let text = row.text.replace('$', name.trim_start_matches('_'));
            let c = (!row.c.is_empty()).then_some(row.c);
            let definition =
                Definition { parameters: row.parameters, text, c, is_for_hip: row.alone, uses: count };
            self.names.insert(name.to_owned(), definition);
        }
    }

    /// Decides which macros of nvcc and CUDA are defined.
    fn answer<'a>(
        &mut self,
        files: impl Iterator<Item = File<'a>> + Clone,
        defines: &dyn Fn(&str) -> bool,
        other: Option<&str>,
    ) {
        for name in MACROS {
            let outside = files.clone().find_map(|(source, cover)| {
                let offset = cover.values.get(name)?;
                Some(format!("`{name}` is used outside of a condition at {}", at(source, *offset)))
            });
            let own = defines(name).then(|| format!("the project defines `{name}`"));
            if let Some(why) = own.or(outside).or_else(|| other.map(str::to_owned)) {
                self.refused.insert(name.to_owned(), why);
            }
        }
        let refused = MACROS.into_iter().filter(|name| self.refused.contains_key(*name)).collect();
        self.answers = Answers::of(files.flat_map(|(_, cover)| &cover.questions), &refused);
    }

    /// Collects the headers of HIP that are included before the definitions.
    fn order<'a>(&mut self, files: &(impl Iterator<Item = File<'a>> + Clone)) {
        for name in self.names.keys() {
            if let Some((_, row)) = shadow(name.as_bytes()) {
                self.first.extend(row.behind);
            }
            if list::has(list::NAMES_IN_SMALL_FLOATS, name.as_bytes()) {
                self.first.extend(["hip/hip_bf16.h", "hip/hip_fp16.h"]);
            }
        }
        if !self.answers.values.is_empty() {
            self.first.extend(ASKING);
        }
        let uses = |folders: &[&str]| files.clone().any(|(_, cover)| cover.uses_library(folders));
        let (rocprim, sparse) = (uses(&["cub/", "thrust/"]), uses(&["cusparse"]));
        let (thrust, random) = (uses(&["thrust/"]), uses(&["curand"]));
        self.first.retain(|header| match header.split('/').next() {
            Some("rocprim") => rocprim,
            Some("hipcub") => uses(&["cub/"]),
            Some("thrust") => thrust,
            Some("hipsparse") => sparse,
            Some("rocrand") => random,
            _ => true,
        });
    }

    /// Whether the headers make all `changes` of a file with the facts `file`.
    pub(super) fn makes(&self, changes: &Changes, file: &FileCover) -> bool {
        let is_defined = |name: &&str| self.names.contains_key(*name);
        (!changes.definitions.is_empty() && changes.definitions.iter().all(is_defined))
            || changes.edits.iter().all(|edit| self.covers(edit, file))
    }

    /// Whether a host compiler needs none of `changes`, because each of them is a condition that has the same result for it.
    pub(super) fn is_same_for_hosts(&self, changes: &Changes, file: &FileCover) -> bool {
        changes.edits.iter().all(|edit| match edit {
            EditKind::Condition(offset) => {
                question(file, *offset).is_some_and(|question| self.answers.settles_for_hosts(question))
            }
            _ => self.covers(edit, file),
        })
    }

    /// Whether the headers make the change `edit` of a file with the facts `file`.
    pub(super) fn covers(&self, edit: &EditKind, file: &FileCover) -> bool {
        match edit {
            EditKind::Name { cuda, .. } => self.names.contains_key(cuda),
            EditKind::Namespace { hip, .. } => file.headers.values().any(|header| is_in(header, hip)),
            EditKind::Include(_) | EditKind::Runtime | EditKind::Support => true,
            EditKind::MoreInclude(header) => {
                file.has_runtime || !file.headers.is_empty() || self.included.contains(header.as_str())
            }
            EditKind::Condition(offset) => {
                question(file, *offset).is_some_and(|question| self.answers.settles(question))
            }
            EditKind::Other => false,
        }
    }

    /// Why a name of `changes` has no definition.
    pub(super) fn refusal(&self, changes: &Changes, file: &FileCover) -> Option<String> {
        let name = changes.definitions.iter().find_map(|name| self.refused.get(*name));
        let of_edit = |edit: &EditKind| match edit {
            EditKind::Name { cuda, .. } => self.refused.get(cuda).cloned(),
            EditKind::Namespace { .. } => Some("the file does not include the header by name".to_owned()),
            EditKind::Condition(offset) => {
                let question = question(file, *offset)?;
                let asked = |name: &&&str| question.old.contains(**name);
                MACROS.iter().filter(asked).find_map(|name| self.refused.get(*name)).cloned()
            }
            _ => None,
        };
        name.cloned().or_else(|| changes.edits.iter().find_map(of_edit))
    }

    /// The helpers of the support header that the definitions call.
    pub(super) fn helpers(&self, rules: &Rules) -> BTreeSet<&'static str> {
        let texts = self.names.values().flat_map(|definition| definition.text.split(SUPPORT).skip(1));
        let names = texts.map(|rest| rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next());
        names.filter_map(|name| Some(rules.helper(name?)?.name)).collect()
    }

    /// The names with a definition, sorted.
    pub(super) fn definitions(&self) -> impl Iterator<Item = (&String, &Definition)> {
        self.names.iter()
    }

    /// The names with a definition for the report, sorted.
    pub(super) fn names(&self) -> Vec<PortableName> {
        let name = |(cuda, definition): (&String, &Definition)| PortableName {
            cuda: cuda.clone(),
            hip: definition.text.clone(),
            uses: definition.uses,
        };
        self.names.iter().map(name).collect()
    }
}

/// Whether PyTorch's build of extensions for ROCm includes another header than `name`, so a shadow header of this name has no effect.
fn is_renamed_by_torch(name: &str) -> bool {
    ["ATen/cuda/", "c10/cuda/", "torch/csrc/"].iter().any(|folder| name.starts_with(folder))
}

/// The condition of the directive at `offset` of a file with the facts `file`.
fn question(file: &FileCover, offset: u32) -> Option<&Question> {
    file.questions.iter().find(|question| question.offset == offset)
}

/// Whether the header `header` of HIP is in the folder of the namespace `namespace`.
pub(super) fn is_in(header: &str, namespace: &str) -> bool {
    header.split('/').next() == Some(namespace)
}

/// The place of the byte at `offset`, as messages name it.
fn at(source: &Source, offset: u32) -> String {
    format!("{}:{}", readable(&source.path), line(source, offset))
}
