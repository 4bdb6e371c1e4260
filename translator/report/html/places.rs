//! The part of the page with the folders and the files that have the most open findings.

use super::{escape, figure, fragment, number, table};
use crate::report::folders::{Row, rows};
use crate::report::readiness::Readiness;

/// The attribute that indents a folder in another one.
fn depth(depth: u32) -> String {
    if depth == 0 { String::new() } else { format!(" style=\"--depth:{depth}\"") }
}

/// The maximum number of listed files.
const MAX_PLACES: usize = 10;

/// The folders and the files with the most open findings.
pub(super) fn places(readiness: &Readiness) -> String {
    let (folders, files) = (&readiness.open_folders, &readiness.open_files);
    if files.is_empty() {
        return String::new();
    }
    let mut out = String::from("<section class=\"places\">\n");
    if folders.len() > 1 {
        let rows: Vec<String> = rows(folders)
            .into_iter()
            .map(|row| match row {
                Row::Folder(folder, name) => {
                    let part = |part: &str, count| match folder.depth {
                        0 => figure(&format!("folder.{}.{part}", folder.path), count),
                        _ => number(count as usize),
                    };
                    format!(
                        "<tr><td{}><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                        depth(folder.depth),
                        escape(name),
                        part("files", folder.files),
                        part("manual", folder.manual),
                        part("review", folder.review)
                    )
                }
                Row::More(at, more) => {
                    let more = match at {
                        0 => figure("more.By folder", more as u32),
                        _ => number(more),
                    };
                    format!("<tr><td{} colspan=\"4\">and {more} more</td></tr>\n", depth(at))
                }
            })
            .collect();
        let head = "<th>Folder</th><th class=\"n\">Files</th><th class=\"n\">By hand</th><th class=\"n\">To check</th>";
        table(&mut out, "By folder", head, &rows, rows.len());
    }
    let rows: Vec<String> = files
        .iter()
        .take(MAX_PLACES)
        .map(|file| {
            let part = |part: &str, count| figure(&format!("file.{}.{part}", file.path), count);
            format!(
                "<tr><td><a href=\"#file={}\"><code>{}</code></a></td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                fragment(&file.path),
                escape(&file.path),
                part("manual", file.manual),
                part("review", file.review)
            )
        })
        .collect();
    let head = "<th>File</th><th class=\"n\">By hand</th><th class=\"n\">To check</th>";
    table(&mut out, "Files with the most open findings", head, &rows, files.len());
    out.push_str("</section>\n");
    out
}
