//! The example for many repositories, on a real Ray with two workers: limits, hostile archives, workers that die, a second run, and
//! failures that are scanned again on a cluster that runs already.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::installed;
use crate::support::{AXPY, PROGRAM, Project, Ran, files, root, run};

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

/// The program tranship, except that scans of some folders hang, need much memory, or kill the worker of Ray.
const STUB: &str = r#"#!/bin/sh
worker() { awk '{ print $4 }' /proc/$PPID/stat; }
if [ "$1" = scan ]; then
  case $2 in
    */hangs) exec sleep 600 ;;
    */kills-once) [ -e HERE/died ] || { : > HERE/died; kill -9 "$(worker)"; exec sleep 600; } ;;
    */kills-always) kill -9 "$(worker)"; exec sleep 600 ;;
    */crashes) kill -SEGV $$ ;;
    */large) exec PYTHON -c "bytearray(4 << 30)" ;;
  esac
fi
exec PROGRAM "$@"
"#;

/// Ray gives its processes 30 seconds to start, which a loaded machine can exceed. Both messages are Ray's.
const SLOW_START: [&str; 2] = ["timed out during startup", "while waiting for node to startup"];

/// The folder of one test, with the list of repositories and the results.
struct Example {
    python: PathBuf,
    /// Its folder is removed at the end.
    _project: Project,
    here: PathBuf,
    /// The folder of Ray's logs and sockets. Its path is short, because the path of a socket has a limit.
    ray: tempfile::TempDir,
}

impl Example {
    fn new(python: PathBuf) -> Self {
        let project = Project::new();
        run(Command::new(&python).args(["-c", ARCHIVES]).current_dir(project.path(""))).check(0, &[]);
        let here = project.path("").canonicalize().unwrap();
        let words =
            [("PROGRAM", PROGRAM), ("PYTHON", python.to_str().unwrap()), ("HERE", here.to_str().unwrap())];
        let program = words.iter().fold(STUB.to_owned(), |program, (word, text)| program.replace(word, text));
        fs::write(here.join("stub"), program).unwrap();
        fs::set_permissions(here.join("stub"), fs::Permissions::from_mode(0o755)).unwrap();
        let ray = tempfile::Builder::new().prefix("ray").tempdir_in("/tmp").unwrap();
        Self { python, _project: project, here, ray }
    }

    /// Writes a project with one file into the folder `name`.
    fn repository(&self, name: &[u8]) {
        let folder = self.here.join(OsStr::from_bytes(name));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.cu"), AXPY).unwrap();
    }

    /// The line of the list for the folder or archive `name`, or for the address `file://NAME`.
    fn line(&self, name: &[u8]) -> Vec<u8> {
        let (scheme, name) =
            name.strip_prefix(b"file://").map_or((&b""[..], name), |name| (b"file://", name));
        [scheme, self.here.as_os_str().as_bytes(), b"/", name, b"\n"].concat()
    }

    /// Runs the example on the repositories `names`. If Ray does not start in time, the example is started again, as a user would do.
    fn scan(&self, names: &[&[u8]], more: &[&str]) -> Ran {
        let lines: Vec<u8> = names.iter().flat_map(|name| self.line(name)).collect();
        fs::write(self.here.join("list"), lines).unwrap();
        let mut command = Command::new(&self.python);
        command.arg(root().join("docs/examples/ray/scan_repositories.py"));
        command.args(["list", "out", "--memory", "2048", "--unpacked", "100", "--program"]);
        command.arg(self.here.join("stub")).args(more);
        command.current_dir(&self.here).envs(self.environment());
        for _ in 0..4 {
            let ran = run(&mut command);
            if !SLOW_START.iter().any(|words| ran.err.contains(words)) {
                return ran;
            }
        }
        run(&mut command)
    }

    /// Starts a cluster with a worker for each of two repositories on this machine.
    fn cluster(&self) -> Cluster {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        for _ in 0..5 {
            let mut command = Command::new(self.python.with_file_name("ray"));
            command.args(["start", "--head", "--block", "--num-cpus=2", "--include-dashboard=false"]);
            command.args(["--node-ip-address=127.0.0.1", &format!("--port={port}"), "--temp-dir"]);
            command.arg(self.ray.path()).envs(self.environment());
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut process = command.spawn().unwrap();
            let out = BufReader::new(process.stdout.take().unwrap());
            let mut cluster = Cluster { process, out, address: format!("127.0.0.1:{port}") };
            let mut lines = cluster.out.by_ref().lines().map_while(Result::ok);
            if lines.any(|line| line.contains("Ray runtime started")) {
                return cluster;
            }
        }
        panic!("the cluster does not start: {}", self.logs());
    }

    /// The variables for Ray. They set a token, so Ray writes none into the home of the user, and the cluster accepts the test.
    fn environment(&self) -> [(&str, &OsStr); 5] {
        [
            ("RAY_USAGE_STATS_ENABLED", OsStr::new("0")),
            ("RAY_TMPDIR", self.ray.path().as_os_str()),
            ("RAY_AUTH_MODE", OsStr::new("token")),
            ("RAY_AUTH_TOKEN", OsStr::new("a-token-of-this-test-alone-0123456789")),
            ("PYTHONUNBUFFERED", OsStr::new("1")),
        ]
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.here.join("out/all.json")).unwrap()).unwrap()
    }

    /// The ends of Ray's logs that are not empty.
    fn logs(&self) -> String {
        let mut text = String::new();
        for path in files(self.ray.path()).iter().filter(|path| path.contains("/logs/")) {
            let Ok(log) = fs::read(self.ray.path().join(path)) else { continue };
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            if !lines.is_empty() {
                let _ = writeln!(text, "--- {path}\n{}", lines[lines.len().saturating_sub(15)..].join("\n"));
            }
        }
        text
    }

    /// Asserts the exit code 2 and that the output contains `words`. If not, shows the logs.
    #[track_caller]
    fn check(&self, ran: &Ran, words: &str) {
        let is_right = ran.code == Some(2) && ran.out.contains(words);
        assert!(
            is_right,
            "code {:?}, wanted: {words}\nout: {}\nerr: {}\n{}",
            ran.code,
            ran.out,
            ran.err,
            self.logs()
        );
    }
}

/// A cluster of Ray. It ends with this value.
struct Cluster {
    /// Ray ends the other processes of the cluster after this one.
    process: Child,
    /// Stays open, because Ray writes to it later too.
    out: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn name_of(path: &Value) -> String {
    path.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned()
}

#[test]
fn many_repositories_are_scanned_on_ray() {
    let Some(python) = installed::tool("python") else { return };
    if !run(Command::new(&python).args(["-c", "import ray.data"])).code.eq(&Some(0)) {
        installed::missing("ray");
        return;
    }
    let example = Example::new(python);
    let folders: [&[u8]; 11] = [
        b"kills-once",
        b"kills-always",
        b"crashes",
        b"large",
        b"latin-\xe9",
        b"r0",
        b"r1",
        b"r2",
        b"r3",
        b"r4",
        b"r5",
    ];
    for folder in folders {
        example.repository(folder);
    }
    let archives =
        ["good.zip", "good.tar.gz", "traversal.zip", "bomb.zip", "large.tar", "damaged.zip", "gone"];
    // `r0` is there twice and counts once.
    let more = archives.map(str::as_bytes).into_iter().chain([&b"file://no-repository"[..], b"r0"]);
    let list: Vec<&[u8]> = folders.into_iter().chain(more).collect();
    // The time limit for a repository is long, so that a loaded machine does not exceed it.
    let ran = example.scan(&list, &["--timeout", "600"]);
    example.check(&ran, "19 repositories, 0 done before");
    let merged = example.report();
    check_results(&merged, &format!("{}\n{}", ran.out, ran.err));
    for escaped in ["escaped.cu", "out/escaped.cu", "out/work"] {
        assert!(!example.here.join(escaped).exists(), "{escaped}");
    }
    assert_eq!(rows(&example), "20", "ten repositories and ten problems");

    // A second run scans only what has no result, and gives the same figures.
    let again = example.scan(&list, &[]);
    example.check(&again, "19 repositories, 19 done before");
    assert_eq!(example.report()["all"], merged["all"]);

    // `--retry-failed` scans failures again, here on a cluster. The report has the repositories of the new list alone.
    example.repository(b"gone");
    let cluster = example.cluster();
    let address = ["--address", &cluster.address];
    let retried = example.scan(
        &[b"r0", b"gone", b"damaged.zip"],
        &[&address[..], &["--retry-failed", "--timeout", "600"]].concat(),
    );
    example.check(&retried, "3 repositories, 1 done before");
    let report = example.report();
    assert_eq!(report["all"]["files"]["safe"], 2);
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.iter().map(|one| name_of(&one["path"])).collect::<Vec<_>>(), ["damaged.zip"]);

    // A scan that hangs is ended after its time.
    example.repository(b"hangs");
    let hung = example.scan(&[b"r0", b"hangs"], &[&address[..], &["--timeout", "5"]].concat());
    example.check(&hung, "2 repositories, 1 done before");
    let report = example.report();
    assert_eq!(report["all"]["files"]["safe"], 1);
    let message = report["problems"][0]["message"].as_str().unwrap();
    assert_eq!(message, "was not scanned after 5 seconds");
}

/// Checks the joined reports of the first run. `output` is for the message.
fn check_results(merged: &Value, output: &str) {
    let repositories = merged["repositories"].as_array().unwrap();
    let mut names: Vec<String> = repositories.iter().map(|row| name_of(&row["path"])).collect();
    names.sort();
    let problems = merged["problems"].as_array().unwrap();
    let good = ["good.tar.gz", "good.zip", "kills-once", "latin-\\xe9", "r0", "r1", "r2", "r3", "r4", "r5"];
    assert_eq!(names, good, "{problems:#?}\n{output}");
    let files = &merged["all"]["files"];
    assert_eq!(files["safe"], 10, "each repository has one file with CUDA and counts once");
    let has = |name: &str, words: &str| {
        let is =
            |one: &&Value| name_of(&one["path"]) == name && one["message"].as_str().unwrap().contains(words);
        assert_eq!(problems.iter().filter(is).count(), 1, "{name}: {words}\n{problems:#?}\n{output}");
    };
    has("kills-always", "ended its worker 3 times");
    has("crashes", "tranship ended with signal 11");
    has("large", "the limit of memory is 2048 MB");
    has("no-repository", "cannot be cloned after 3 attempts");
    has("traversal.zip", "has a path that leads out of the archive");
    has("bomb.zip", "is larger than the limits");
    has("large.tar", "is larger than the limits");
    has("damaged.zip", "cannot be unpacked");
    has("gone", "does not exist");
    has("good.tar.gz", "3 links or devices that lead out of the archive were left out");
    assert_eq!(problems.len(), 10, "{problems:#?}");
}

/// The number of rows of the table.
fn rows(example: &Example) -> String {
    let count = "import pyarrow.parquet as p; print(p.read_table('out/all.parquet').num_rows)";
    let rows = run(Command::new(&example.python).args(["-c", count]).current_dir(&example.here));
    rows.check(0, &[]).out.trim().to_owned()
}
