//! `tranship.toml`: the settings of a project.
//!
//! The file can come from an untrusted source tree, so none of its paths may leave the project.

use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use toml::Spanned;
use tranship_rules::{OLDEST_ROCM, Release, Rules, near_target, target_of};

use super::git;
use super::io_problem::io_problem;
use super::near::near;
use tranship_engine::lang::Area;
use tranship_engine::pass::{LaunchStyle, Libraries, OwnHipBuild, Warp};
use tranship_engine::result::Problem;

/// The nearest folder with a file `name`: `folder` itself or one above it. The search does not leave the git repository.
pub(crate) fn nearest<'a>(folder: &'a Path, name: &str) -> Option<&'a Path> {
    let top = git::root_of(folder);
    let is_inside = |around: &&Path| top.as_ref().is_none_or(|top| around.starts_with(top));
    folder.ancestors().take_while(is_inside).find(|folder| folder.join(name).is_file())
}

/// The name of the configuration file.
pub const CONFIG: &str = "tranship.toml";

/// The settings of a project. A setting that is not in the file is `None` or empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The ROCm release that compiles the output.
    #[serde(default, deserialize_with = "rocm")]
    pub rocm: Option<Release>,
    /// The CUDA release that the input is written for.
    #[serde(default, deserialize_with = "cuda")]
    pub cuda: Option<Release>,
    /// GPU architectures.
    #[serde(default, deserialize_with = "archs")]
    pub arch: Vec<String>,
    /// How launches are written.
    #[serde(default, deserialize_with = "launch")]
    pub launch: Option<LaunchStyle>,
    /// What a warp of the source becomes.
    #[serde(default, deserialize_with = "warp")]
    pub warp: Option<Warp>,
    /// Which libraries replace those of CUDA.
    #[serde(default, deserialize_with = "libraries")]
    pub libraries: Option<Libraries>,
    /// Which changes are applied.
    pub apply: Option<Apply>,
    /// The kinds of files to translate; empty for all.
    #[serde(default)]
    pub only: Vec<Area>,
    /// Globs of the files and folders that are neither converted nor copied.
    #[serde(default)]
    pub exclude: Vec<Spanned<String>>,
    /// Macros that are defined if and only if the project is compiled for HIP.
    #[serde(default)]
    pub hip_guards: Vec<String>,
    /// If not empty, only these rules run. Names that are only renamed are converted in any case.
    #[serde(default)]
    pub select: Vec<Spanned<String>>,
    /// Rules that do not run, everywhere or in some files.
    #[serde(default)]
    pub ignore: Vec<Spanned<Ignore>>,
    /// The paths of the project's own tables, relative to the folder of `tranship.toml`.
    #[serde(default)]
    pub rules: Vec<Spanned<String>>,
    /// Whether `.cu` files keep their names.
    pub keep_names: Option<bool>,
    /// What happens to a part that builds for HIP by itself.
    #[serde(default, deserialize_with = "own_hip_build")]
    pub own_hip_build: Option<OwnHipBuild>,
    /// The path of the support header, relative to the root of the output.
    pub support_header: Option<Spanned<String>>,
    /// More endings of C++ files, without the dot.
    #[serde(default, deserialize_with = "endings")]
    pub endings: Vec<String>,
}

/// The levels of changes that are applied.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Apply {
    /// Only `safe` changes. The others are shown.
    Safe,
    /// `safe` and `review` changes.
    Review,
}

/// A rule that does not run: `"rule"`, or a table with the rule, globs of paths and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The rule, or a CUDA name.
    pub rule: String,
    /// Globs of the files; empty for all.
    pub paths: Vec<String>,
}

impl<'de> Deserialize<'de> for Ignore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IgnoreVisitor)
    }
}

struct IgnoreVisitor;

impl<'de> Visitor<'de> for IgnoreVisitor {
    type Value = Ignore;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a rule, or a table with `rule`, `paths` and `reason`")
    }

    fn visit_str<E: serde::de::Error>(self, rule: &str) -> Result<Ignore, E> {
        Ok(Ignore { rule: rule.to_owned(), paths: Vec::new() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ignore, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            rule: String,
            #[serde(default)]
            paths: Vec<String>,
            /// Only for readers of the file.
            #[serde(default, rename = "reason")]
            _reason: String,
        }
        let Table { rule, paths, .. } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Ignore { rule, paths })
    }
}

/// A configuration with the path and text of its file, so that problems can name the line.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    /// The settings.
    pub config: Config,
    /// The path of the file; `None` when the project has no file.
    pub path: Option<PathBuf>,
    text: String,
}

impl ConfigFile {
    /// Reads the configuration for the folder `root`, which is in that folder or in the nearest one above it.
    pub fn find(root: &Path) -> Result<Self, Problem> {
        nearest(root, CONFIG).map_or_else(|| Ok(Self::default()), |folder| Self::read(folder.join(CONFIG)))
    }

    /// Reads the configuration at `path`.
    pub fn read(path: PathBuf) -> Result<Self, Problem> {
        let text = fs::read_to_string(&path).map_err(|error| io_problem(&path, "cannot read", &error))?;
        let config = toml::from_str(&text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            at_line(&path, &text, offset, &with_near_name(error.message()))
        })?;
        Ok(Self { config, path: Some(path), text })
    }

    /// The problem `message` with a value of this configuration.
    pub fn problem<T>(&self, value: &Spanned<T>, message: &str) -> Problem {
        let path = self.path.as_deref().unwrap_or(Path::new(CONFIG));
        at_line(path, &self.text, value.span().start, message)
    }

    /// The paths and texts of the files in `rules`. A file outside of the project is a problem.
    pub fn rule_files(&self) -> Result<Vec<(PathBuf, String)>, Problem> {
        let read = |file: &Spanned<String>| {
            let path = self.rule_file(file)?;
            let text = fs::read_to_string(&path).map_err(|error| {
                let message = format!(
                    "`rules`: cannot read `{}`: {}",
                    file.get_ref(),
                    super::io_problem::reason(&error)
                );
                self.problem(file, &message)
            })?;
            Ok((path, text))
        };
        self.config.rules.iter().map(read).collect()
    }

    /// The path of the support header, if the configuration sets it. A path outside of the project is a problem.
    pub fn support_header(&self) -> Result<Option<PathBuf>, Problem> {
        let Some(value) = &self.config.support_header else { return Ok(None) };
        let path: PathBuf =
            Path::new(value.get_ref()).components().filter(|c| *c != Component::CurDir).collect();
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || path.file_name().is_none() {
            let message = format!("`support_header`: `{}` is no file inside of the project", value.get_ref());
            return Err(self.problem(value, &message));
        }
        Ok(Some(path))
    }

    fn rule_file(&self, file: &Spanned<String>) -> Result<PathBuf, Problem> {
        let folder = self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let relative = Path::new(file.get_ref());
        let leaves =
            relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
        let path = folder.join(relative);
        // A link can also lead out of the project, so the real path of the file is compared.
        let real = |path: &Path| fs::canonicalize(path).ok();
        let outside =
            leaves || matches!((real(folder), real(&path)), (Some(a), Some(b)) if !b.starts_with(&a));
        if outside {
            let message = format!("`rules`: `{}` is outside of the project", file.get_ref());
            return Err(self.problem(file, &message));
        }
        Ok(path)
    }
}

/// The message of the TOML parser. If it lists many names for one that is unknown, the nearest of them replace the list.
fn with_near_name(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [unknown, known @ ..] if message.starts_with("unknown field") && known.len() > 4 => {
            let hint = near(&unknown.replace('-', "_"), known)
                .unwrap_or_else(|| "`tranship init` writes a file with every setting".to_owned());
            format!("`{unknown}` is no setting; {hint}")
        }
        _ => message.to_owned(),
    }
}

pub(super) fn at_line(path: &Path, text: &str, offset: usize, message: &str) -> Problem {
    let line = 1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count();
    let message = message.trim().replace('\n', ", ");
    Problem::new(format!("{}:{line}", path.display()), message)
}

fn rocm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Release>, D::Error> {
    parse_rocm(&String::deserialize(deserializer)?).map(Some).map_err(D::Error::custom)
}

/// Reads a ROCm release, which must not be older than the tables.
pub fn parse_rocm(text: &str) -> Result<Release, String> {
    let release = text.parse().map_err(|error: tranship_rules::ReleaseError| error.to_string())?;
    if release < OLDEST_ROCM {
        return Err(format!("`{text}` is older than {OLDEST_ROCM}, the oldest release in the tables"));
    }
    let newest = Rules::builtin().newest_rocm();
    if release > newest {
        return Err(format!(
            "`{text}` is newer than {newest}, the newest release in the tables; use {newest}"
        ));
    }
    Ok(release)
}

fn cuda<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Release>, D::Error> {
    parse_cuda(&String::deserialize(deserializer)?).map(Some).map_err(D::Error::custom)
}

/// The first CUDA release for which projects of today are written, and the newest whose headers the tables cover.
const CUDA: [Release; 2] = [Release::new(7, 0), Release::new(13, 5)];

/// Reads a CUDA release.
pub fn parse_cuda(text: &str) -> Result<Release, String> {
    let release: Release = text.parse().map_err(|error: tranship_rules::ReleaseError| error.to_string())?;
    let [oldest, newest] = CUDA;
    if release < oldest || release > newest {
        return Err(format!("the tables have the releases {oldest} to {newest} of CUDA, and not `{text}`"));
    }
    Ok(release)
}

fn launch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LaunchStyle>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "chevron" => Ok(Some(LaunchStyle::Chevron)),
        "macro" => Ok(Some(LaunchStyle::Macro)),
        other => Err(D::Error::unknown_variant(other, &["chevron", "macro"])),
    }
}

fn warp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Warp>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "logical32" => Ok(Some(Warp::Logical32)),
        "native" => Ok(Some(Warp::Native)),
        other => Err(D::Error::unknown_variant(other, &["logical32", "native"])),
    }
}

fn libraries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Libraries>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "hip" => Ok(Some(Libraries::Hip)),
        "roc" => Ok(Some(Libraries::Roc)),
        other => Err(D::Error::unknown_variant(other, &["hip", "roc"])),
    }
}

fn own_hip_build<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OwnHipBuild>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "keep" => Ok(Some(OwnHipBuild::Keep)),
        "convert" => Ok(Some(OwnHipBuild::Convert)),
        "ignore" => Ok(Some(OwnHipBuild::Ignore)),
        other => Err(D::Error::unknown_variant(other, &["keep", "convert", "ignore"])),
    }
}

fn archs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let archs = Vec::<String>::deserialize(deserializer)?;
    archs.into_iter().map(|arch| parse_arch(&arch).map_err(D::Error::custom)).collect()
}

fn endings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let endings = Vec::<String>::deserialize(deserializer)?;
    let clean = |ending: String| ending.trim_start_matches('.').to_owned();
    Ok(endings.into_iter().map(clean).filter(|ending| !ending.is_empty()).collect())
}

/// Reads one GPU architecture, or the product that has it.
pub fn parse_arch(text: &str) -> Result<String, String> {
    target_of(text).map(str::to_owned).ok_or_else(|| {
        let near = match near_target(text).as_slice() {
            [] => "write it like `gfx942` or `MI300X`; docs/architectures.md lists all".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        format!("`{text}` is no GPU architecture or product of AMD; {near}")
    })
}
