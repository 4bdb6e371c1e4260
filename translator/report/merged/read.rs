//! Reads reports: the JSON of `tranship scan`, and that of `tranship report merge`. It refuses everything else, with the reason.

use serde::Deserialize;
use tranship_engine::result::Shard;

use super::super::figures::Figures;
use super::{Failure, Part, VERSION};

/// The parts and failures of one report.
pub(super) struct Report {
    pub(super) parts: Vec<Part>,
    /// The shares of the paths that were scanned.
    pub(super) shards: Vec<Shard>,
    pub(super) failures: Vec<Failure>,
    /// Whether the run was interrupted, so that files may be missing.
    pub(super) interrupted: bool,
}

/// The beginning of every report.
#[derive(Deserialize)]
struct Head {
    version: u32,
    tool: Tool,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Scanned {
    #[serde(default)]
    summary: Summary,
    shard: Option<Shard>,
    projects: Vec<Project>,
    #[serde(default)]
    problems: Vec<Failure>,
}

#[derive(Default, Deserialize)]
struct Summary {
    #[serde(default)]
    interrupted: bool,
}

#[derive(Deserialize)]
struct Project {
    path: String,
    target: Target,
    rules_hash: String,
    #[serde(default)]
    name: String,
    commit: Option<String>,
    remote: Option<String>,
    #[serde(default)]
    folder: String,
    shard: Option<Shard>,
    #[serde(default)]
    walked: u64,
    figures: Option<Figures>,
}

#[derive(Deserialize)]
struct Target {
    rocm: String,
    archs: Vec<String>,
}

#[derive(Deserialize)]
struct Merged {
    parts: Vec<Part>,
    #[serde(default)]
    shards: Vec<Shard>,
    problems: Vec<Failure>,
}

/// The report `text`, which is the content of the file `name`. The error says why the file is not counted.
pub(super) fn read(name: &str, text: &[u8]) -> Result<Report, String> {
    let damaged = |error: serde_json::Error| format!("is no report of tranship: {error}");
    let head: Head = match serde_json::from_slice(text) {
        Ok(head) => head,
        Err(_) if text.trim_ascii().is_empty() => return Err("is empty; write it again".to_owned()),
        Err(error) if error.is_eof() => return Err(format!("ends too early; write it again ({error})")),
        Err(error) => return Err(damaged(error)),
    };
    if head.tool.name != "tranship" {
        return Err(format!("is a report of `{}`, not of tranship", head.tool.name));
    }
    if head.version != VERSION {
        let (version, tool) = (head.version, head.tool.version);
        return Err(format!(
            "is a report of version {version}, written by tranship {tool}; this program reads version {VERSION}, so scan \
             again with this program, or merge with that one"
        ));
    }
    if let Ok(merged) = serde_json::from_slice::<Merged>(text) {
        let Merged { parts, shards, problems: failures } = merged;
        return Ok(Report { parts, shards, failures, interrupted: false });
    }
    let scanned: Scanned = serde_json::from_slice(text).map_err(damaged)?;
    let interrupted = scanned.summary.interrupted;
    let part = |project: Project| {
        let Some(figures) = project.figures else {
            return Err(format!(
                "has no readiness of `{}`; write it with `tranship scan --output-format json` of this version",
                project.path
            ));
        };
        Ok(Part {
            path: project.path,
            name: project.name,
            commit: project.commit,
            remote: project.remote,
            folder: project.folder,
            shard: project.shard.unwrap_or(Shard::ALL),
            walked: project.walked,
            rocm: project.target.rocm,
            archs: project.target.archs,
            rules_hash: project.rules_hash,
            tool: head.tool.version.clone(),
            report: name.to_owned(),
            figures,
        })
    };
    let parts = scanned.projects.into_iter().map(part).collect::<Result<_, _>>()?;
    let failures = scanned.problems;
    Ok(Report { parts, shards: scanned.shard.into_iter().collect(), failures, interrupted })
}
