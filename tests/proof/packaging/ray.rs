//! The example for many repositories, on a real Ray with two workers: limits, hostile archives, workers that die, and a second run.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::installed;
use crate::support::{AXPY, PROGRAM, Project, root, run};

/// Writes archives: two good ones, and hostile ones.
const ARCHIVES: &str = r#"
import io, stat, sys, tarfile, zipfile
text = b"void f(void **p) { cudaMalloc(p, 4); }\n"
def zipped(name, *members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members:
            archive.writestr(path, content)
def entry(path, size, kind=tarfile.REGTYPE, to=""):
    one = tarfile.TarInfo(path)
    one.size, one.type, one.linkname = size, kind, to
    return one
zipped("good.zip", ("app/a.cu", text))
zipped("traversal.zip", ("../../escaped.cu", text))
zipped("bomb.zip", ("a.cu", text), ("zeros", bytes(200 << 20)))
with tarfile.open("good.tar.gz", "w:gz") as archive:
    archive.addfile(entry("app/a.cu", len(text)), io.BytesIO(text))
    archive.addfile(entry("app/inside.cu", 0, tarfile.SYMTYPE, "a.cu"))
    archive.addfile(entry("app/outside.cu", 0, tarfile.SYMTYPE, "/etc/passwd"))
    archive.addfile(entry("app/up", 0, tarfile.SYMTYPE, "../.."))
    archive.addfile(entry("app/device", 0, tarfile.CHRTYPE))
# The header announces 10 GB; the bytes are not there.
with open("large.tar", "wb") as file:
    file.write(entry("large.cu", 10 << 30).tobuf())
open("damaged.zip", "wb").write(open("good.zip", "rb").read()[:60])
"#;

/// The program tranship, except that scans of some folders hang or kill the worker of Ray.
const STUB: &str = r#"#!/bin/sh
worker() { awk '{ print $4 }' /proc/$PPID/stat; }
if [ "$1" = scan ]; then
  case $2 in
    */hangs) sleep 600 ;;
    */kills-once) [ -e ./died ] || { : > ./died; kill -9 "$(worker)"; sleep 5; } ;;
    */kills-always) kill -9 "$(worker)"; sleep 5 ;;
    */crashes) kill -SEGV $$ ;;
  esac
fi
exec PROGRAM "$@"
"#;

#[test]
fn many_repositories_are_scanned_on_ray() {
    let Some(python) = installed::tool("python") else { return };
    if !run(Command::new(&python).args(["-c", "import ray.data"])).code.eq(&Some(0)) {
        installed::missing("ray");
        return;
    }
    let project = Project::new();
    run(Command::new(&python).args(["-c", ARCHIVES]).current_dir(project.path(""))).check(0, &[]);
    let here = project.path("").canonicalize().unwrap();
    let program =
        STUB.replace("PROGRAM", PROGRAM).replace("./died", &here.join("died").display().to_string());
    fs::write(here.join("stub"), program).unwrap();
    fs::set_permissions(here.join("stub"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut list: Vec<Vec<u8>> = Vec::new();
    for at in 0..6 {
        list.push(format!("r{at}").into_bytes());
    }
    list.extend(
        [&b"hangs"[..], b"kills-once", b"kills-always", b"crashes", b"latin-\xe9"].map(<[u8]>::to_vec),
    );
    for folder in &list {
        let folder = here.join(OsStr::from_bytes(folder));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.cu"), AXPY).unwrap();
    }
    let archives =
        ["good.zip", "good.tar.gz", "traversal.zip", "bomb.zip", "large.tar", "damaged.zip", "gone"];
    list.extend(archives.map(|name| name.as_bytes().to_vec()));
    // The first line is there twice and counts once.
    list.push(b"r0".to_vec());
    let lines = list.iter().flat_map(|name| [here.as_os_str().as_bytes(), b"/", name, b"\n"].concat());
    fs::write(here.join("list"), lines.collect::<Vec<u8>>()).unwrap();
    let stub = here.join("stub").display().to_string();
    let scan = |project: &Project| {
        let mut command = Command::new(&python);
        command.arg(root().join("docs/examples/ray/scan_repositories.py"));
        command.args(["list", "out", "--timeout", "6", "--unpacked", "100", "--program", &stub]);
        run(command.current_dir(project.path("")).env("RAY_USAGE_STATS_ENABLED", "0"))
    };
    let ran = scan(&project);
    ran.check(2, &[]);
    let report =
        || -> Value { serde_json::from_slice(&fs::read(here.join("out/all.json")).unwrap()).unwrap() };
    let merged = report();
    let name_of = |path: &Value| path.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
    let mut names: Vec<String> =
        merged["repositories"].as_array().unwrap().iter().map(|row| name_of(&row["path"])).collect();
    names.sort();
    let good = ["good.tar.gz", "good.zip", "kills-once", "latin-\\xe9", "r0", "r1", "r2", "r3", "r4", "r5"];
    assert_eq!(names, good, "{}\n{}", ran.out, ran.err);
    let files = &merged["all"]["files"];
    assert_eq!(files["safe"], 10, "each repository has one file with CUDA and counts once");
    let problems = merged["problems"].as_array().unwrap();
    let has = |name: &str, words: &str| {
        let is =
            |one: &&Value| name_of(&one["path"]) == name && one["message"].as_str().unwrap().contains(words);
        assert_eq!(problems.iter().filter(is).count(), 1, "{name}: {words}\n{problems:#?}");
    };
    has("hangs", "was not scanned after 6 seconds");
    has("kills-always", "ended its worker 3 times");
    has("crashes", "tranship ended with signal 11");
    has("traversal.zip", "has a path that leads out of the archive");
    has("bomb.zip", "is larger than the limits");
    has("large.tar", "is larger than the limits");
    has("damaged.zip", "cannot be unpacked");
    has("gone", "does not exist");
    has("good.tar.gz", "3 links or devices that lead out of the archive were left out");
    assert_eq!(problems.len(), 9, "{problems:#?}");
    for escaped in ["escaped.cu", "out/escaped.cu", "out/work"] {
        assert!(!here.join(escaped).exists(), "{escaped}");
    }
    let rows = "import pyarrow.parquet as p; print(p.read_table('out/all.parquet').num_rows)";
    let rows = run(Command::new(&python).args(["-c", rows]).current_dir(&here));
    assert_eq!(rows.out.trim(), "19", "ten repositories and nine problems: {}", rows.err);

    // A second run scans only what has no result, and gives the same figures.
    let again = scan(&project);
    again.check(2, &[]);
    assert!(again.out.contains("18 repositories, 18 done before"), "{}", again.out);
    assert_eq!(report()["all"], merged["all"]);
}
