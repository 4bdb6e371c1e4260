//! Bad input: the message names the path, the source stays, no file is half-written, and the other files are converted.

#![allow(clippy::case_sensitive_file_extension_comparisons)] // the names are our own, in lower case

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{AXPY, AXPY_HIP, PROGRAM, Project, files, run};

/// Converts the file `bad.cu` with the content `bytes`, and checks that a good file beside it is converted.
#[track_caller]
fn check(bytes: &[u8], code: i32, words: &[&str]) -> Vec<u8> {
    let project = Project::of(&[("bad.cu", bytes), ("good.cu", AXPY.as_bytes())]);
    let ran = project.run(&["convert", "p"]);
    ran.check(code, &["Converted"]);
    for word in words {
        let output = format!("{}{}", ran.out, ran.err);
        assert!(output.contains(word), "`{word}` is missing in: {output}");
    }
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert_eq!(project.written("good.hip"), AXPY_HIP.as_bytes());
    assert_eq!(fs::read(project.path("bad.cu")).unwrap(), bytes, "the source stays");
    assert_eq!(project.all_written(), [".tranship-output", "bad.hip", "good.hip"]);
    project.written("bad.hip")
}

#[test]
fn binary_and_utf16_files_are_named_and_copied() {
    for (bytes, why) in [
        (&b"\x7fELF\0\0cudaMalloc\0"[..], "NUL"),
        (b"\xff\xfec\0u\0d\0a\0", "UTF-16"),
        (b"\xfe\xff\0c\0u\0d\0a", "UTF-16"),
        (b"cudaMalloc(p, 4); \0", "NUL"),
    ] {
        assert_eq!(check(bytes, 2, &["unreadable-file", "bad.cu", why]), bytes);
    }
}

#[test]
fn files_too_large_to_read_are_named_and_take_no_memory() {
    let project = Project::of(&[("good.cu", AXPY.as_bytes())]);
    // The files have no blocks on disk.
    for name in ["large.cu", "large.h", "CMakeLists.txt", "setup.py"] {
        File::create(project.path(name)).unwrap().set_len(10 << 30).unwrap();
    }
    let reason = "cannot read: the file has 4 GiB or more";
    project.run(&["scan", "p"]).check(2, &["large.cu", reason]);
    project.run(&["convert", "p"]).check(2, &["large.cu", "large.h", "CMakeLists.txt", "setup.py", reason]);
    assert_eq!(project.written("good.hip"), AXPY_HIP.as_bytes());
    assert_eq!(project.all_written(), [".tranship-output", "good.hip"]);
    project.run(&["check", "p/large.cu"]).check(2, &["large.cu", reason]);
}

#[test]
fn utf16_headers_are_not_passed_over() {
    let bytes = b"\xff\xfec\0u\0d\0a\0";
    let project = Project::of(&[("bad.h", bytes), ("data.inc", b"\0\x01\x02")]);
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    assert_eq!(ran.out.lines().count(), 1, "binary data without CUDA has no finding: {}", ran.out);
    ran.check(2, &[]);
    assert!(ran.out.contains("bad.h: manual[unreadable-file]"), "{}", ran.out);
}

#[test]
fn broken_code_is_translated_where_it_can_be_read() {
    for (text, expected) in [
        ("", ""),
        ("int a;", "int a;"),
        ("void f() {{{ cudaFree(p); ", "hipFree(p); "),
        ("}}} ) ] cudaFree(p);", "}}} ) ] hipFree(p);"),
        ("cudaFree(p); char *s = \"open", "hipFree(p); char *s = \"open"),
        ("cudaFree(p); /* open cudaFree", "hipFree(p); /* open cudaFree"),
        ("cudaFree(p); auto s = R\"x(open cudaFree", "hipFree(p); auto s = R\"x(open cudaFree"),
        ("#if 1\n#else\n#else\n#endif\n#endif\ncudaFree(p);", "hipFree(p);"),
        ("#if defined(\\\ncudaFree(p)", ""),
        ("#define", "#define"),
        ("#include", "#include"),
        ("#include <", "#include <"),
    ] {
        let project = Project::of(&[("bad.cu", text.as_bytes()), ("good.cu", AXPY.as_bytes())]);
        let ran = project.run(&["convert", "p", "--exit-zero"]);
        ran.check(0, &["Converted 2 of 2 files"]);
        let written = String::from_utf8(project.written("bad.hip")).unwrap();
        assert!(written.ends_with(expected), "{text:?} became {written:?}");
        assert_eq!(project.written("good.hip"), AXPY_HIP.as_bytes());
    }
}

#[test]
fn an_unbalanced_launch_is_a_finding() {
    let written = check(b"void f() { k<<<1, 2(3); }\n", 1, &["unreadable-launch", "bad.cu:1"]);
    assert!(String::from_utf8(written).unwrap().contains("k<<<1, 2(3);"));
}

#[test]
fn bytes_that_no_edit_covers_stay() {
    for bytes in [
        &b"// caf\xe9 \xff\r\n#include <cuda_runtime.h>\ncudaFree(p); // \xb5s\r\n"[..],
        b"\xef\xbb\xbf#include <cuda_runtime.h>\r\ncudaFree(p);\n\tint a;\r\r\n",
        b"#include <cuda_runtime.h>\ncudaFree(p); \x0c\x0b",
    ] {
        let expected = bytes.to_vec();
        let expected = replace(&expected, b"cuda_runtime.h", b"hip/hip_runtime.h");
        let expected = replace(&expected, b"cudaFree", b"hipFree");
        assert_eq!(check(bytes, 0, &[]), expected);
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = text.windows(from.len()).position(|window| window == from).expect("it is there");
    [&text[..at], to, &text[at + from.len()..]].concat()
}

#[test]
fn one_line_of_20_mb_is_one_line_like_any_other() {
    let mut line = b"static const float table[] = {".to_vec();
    while line.len() < 20_000_000 {
        line.extend(b"0.12345f, 1e-7f, 42.0f, 0x1.8p3f, ");
    }
    line.extend(b"}; void f(void *p) { cudaFree(p); cudaGraphicsD3D9RegisterResource(p); }");
    let written = check(&line, 1, &["bad.cu:1:", "cudaGraphicsD3D9RegisterResource"]);
    assert!(written.ends_with(b"{ hipFree(p); cudaGraphicsD3D9RegisterResource(p); }"));
}

/// Quadratic work would take minutes here. `hostile_input` measures the growth.
#[test]
fn a_file_with_many_equal_constructs_is_converted() {
    for (piece, count, code) in [
        ("k<<<1, 2>>>(a);", 40_000, 0),
        ("cudaGraphicsD3D9RegisterResource(p);", 20_000, 1),
        ("k<<<", 2_000, 1),
        ("#if A\n", 20_000, 0),
        ("f((", 40_000, 0),
    ] {
        check(format!("void f() {{ {}", piece.repeat(count)).as_bytes(), code, &[]);
    }
}

/// The program, run as a user who is not root, so that permissions have an effect; `None` if there is no such user.
fn as_other_user(project: &Project, arguments: &[&str]) -> Option<Command> {
    let mut command = project.command(arguments);
    if File::open("/proc/1/mem").is_err() && run(Command::new("id").arg("-u")).out.trim() != "0" {
        return Some(command);
    }
    fs::set_permissions(project.around(), fs::Permissions::from_mode(0o777)).unwrap();
    command.uid(65534).gid(65534).stdin(Stdio::null());
    let mut probe = project.command(&["--version"]);
    let works = probe.uid(65534).gid(65534).output().is_ok_and(|output| output.status.success());
    if !works {
        eprintln!("skipped: the program cannot be run as another user here");
    }
    works.then_some(command)
}

#[test]
fn an_unreadable_file_is_reported_and_the_others_are_converted() {
    let project = Project::of(&[("bad.cu", AXPY.as_bytes()), ("good.cu", AXPY.as_bytes())]);
    fs::set_permissions(project.path("bad.cu"), fs::Permissions::from_mode(0o000)).unwrap();
    let Some(mut command) = as_other_user(&project, &["convert", "p"]) else { return };
    run(&mut command).check(2, &["p/bad.cu: cannot read: permission denied", "Converted 1 of 2 files"]);
    assert_eq!(project.all_written(), [".tranship-output", "good.hip"]);
}

#[test]
fn a_read_only_output_is_reported() {
    let project = Project::of(&[("a/good.cu", AXPY.as_bytes()), ("bad.cu", AXPY.as_bytes())]);
    fs::create_dir_all(project.output("a")).unwrap();
    fs::set_permissions(project.output("a"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(project.output(""), fs::Permissions::from_mode(0o555)).unwrap();
    let Some(mut command) = as_other_user(&project, &["convert", "p"]) else { return };
    let ran = run(&mut command);
    fs::set_permissions(project.output(""), fs::Permissions::from_mode(0o755)).unwrap();
    ran.check(2, &["p-hip/bad.hip: cannot write: permission denied"]);
    assert_eq!(project.all_written(), ["a/good.hip"]);
}

#[test]
fn a_failed_write_of_answers_is_reported_and_keeps_the_old_file() {
    let project = Project::of(&[("a.cu", b"void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n")]);
    let (accept, reopen) = (["review", "p", "--accept"], ["review", "p", "--reopen"]);
    let rule = ["cudaGraphicsD3D9RegisterResource"];
    let answers = project.path("tranship-answers.toml");
    project.run(&[&accept[..], &rule].concat()).check(0, &[]);
    let before = fs::read(&answers).unwrap();
    project.run(&[&reopen[..], &rule].concat()).check(0, &[]);
    fs::write(&answers, [&before[..], b"# mine\n"].concat()).unwrap();
    // With a size limit of zero every write fails, as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" review p --reopen cudaGraphicsD3D9RegisterResource";
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM]).current_dir(project.around());
    run(&mut command).check(2, &["p/tranship-answers.toml: cannot write: file too large"]);
    assert_eq!(fs::read(&answers).unwrap(), [&before[..], b"# mine\n"].concat());
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o555)).unwrap();
    let ran = as_other_user(&project, &[&reopen[..], &rule].concat()).map(|mut command| run(&mut command));
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let Some(ran) = ran else { return };
    ran.check(2, &["p/tranship-answers.toml: cannot write: permission denied"]);
    assert_eq!(files(&project.path("")), ["a.cu", "tranship-answers.toml"]);
    assert_eq!(fs::read(&answers).unwrap(), [&before[..], b"# mine\n"].concat());
    fs::remove_file(&answers).unwrap();
    fs::create_dir(&answers).unwrap();
    project
        .run(&[&accept[..], &rule].concat())
        .check(2, &["p/tranship-answers.toml: cannot read: is a directory"]);
}

#[test]
fn a_full_disk_leaves_no_partial_files() {
    let mut large = AXPY.as_bytes().to_vec();
    large.resize(100_000, b'\n');
    let project = Project::of(&[("a.cu", &large), ("data.bin", &large), ("good.cu", AXPY.as_bytes())]);
    // A limit on the file size makes writes fail in the middle, as a full disk does. It needs no special rights.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" convert p";
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM]).current_dir(project.around());
    run(&mut command).check(2, &["p-hip/a.hip: cannot write", "p-hip/data.bin: cannot write"]);
    assert_eq!(project.all_written(), [".tranship-output", "good.hip"]);
    project.run(&["convert", "p"]).check(0, &["Converted 2 of 3 files"]);
    assert_eq!(project.written("data.bin"), large);
}

#[test]
fn an_output_folder_inside_the_input_is_not_converted() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    for _ in 0..2 {
        project
            .run(&["convert", "p", "--out", "p/build/hip"])
            .check(0, &["Converted 1 of 1 file into p/build/hip/"]);
    }
    assert_eq!(files(&project.path("build")), ["hip/.tranship-output", "hip/a.hip"]);
    project.run(&["convert", "p"]).check(0, &["Converted 1 of 1 file into p-hip/"]);
    assert_eq!(project.all_written(), [".tranship-output", "a.hip"], "an earlier output is not a source");
}

#[test]
fn an_output_folder_that_contains_the_input_is_refused() {
    let project = Project::of(&[("sub/a.cu", AXPY.as_bytes())]);
    symlink("p", project.around().join("link")).unwrap();
    for out in ["p", "p/", "p/sub/..", "link", "./link/../p"] {
        project.run(&["convert", "p", "--out", out]).check(2, &[": is the input itself"]);
    }
    for out in [".", "p", "link"] {
        project.run(&["convert", "p/sub", "--out", out]).check(2, &[": holds the input"]);
    }
    assert_eq!(files(&project.path("")), ["sub/a.cu"]);
    assert!(!project.output("").exists());
}

#[test]
fn a_file_that_tranship_did_not_write_is_not_changed() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes()), ("b.cu", AXPY.as_bytes()), ("c.txt", b"c")]);
    fs::create_dir(project.output("")).unwrap();
    fs::write(project.output("a.hip"), "mine").unwrap();
    fs::write(project.output("else.txt"), "mine").unwrap();
    let ran = project.run(&["convert", "p"]);
    ran.check(2, &["p-hip/a.hip: was not written by tranship, so it is left alone"]);
    assert_eq!(project.written("a.hip"), b"mine");
    assert_eq!(project.written("else.txt"), b"mine");
    assert_eq!(project.written("b.hip"), AXPY_HIP.as_bytes());
}

#[test]
fn an_edited_output_file_is_not_changed() {
    let project =
        Project::of(&[("a.cu", AXPY.as_bytes()), ("b.cu", AXPY.as_bytes()), ("c.cu", AXPY.as_bytes())]);
    project.run(&["convert", "p"]).check(0, &[]);
    fs::write(project.output("a.hip"), "edited").unwrap();
    fs::write(project.output("c.hip"), "edited").unwrap();
    fs::remove_file(project.path("c.cu")).unwrap();
    fs::remove_file(project.path("b.cu")).unwrap();
    let words = [
        "source there is unchanged: p-hip/a.hip\n",
        "the source there changed; left as they are: p-hip/c.hip\n",
    ];
    project.run(&["convert", "p"]).check(1, &words);
    assert_eq!(project.written("a.hip"), b"edited");
    assert_eq!(
        project.all_written(),
        [".tranship-output", "a.hip", "c.hip"],
        "a stale file that tranship wrote is removed"
    );
    project.run(&["convert", "p"]).check(1, &words);
    fs::remove_file(project.output("c.hip")).unwrap();
    project.run(&["convert", "p"]).check(0, &[words[0]]);
    fs::write(project.output("a.hip"), AXPY_HIP).unwrap();
    let ran = project.run(&["convert", "p"]);
    ran.check(0, &[]);
    assert!(!ran.err.contains("edits"), "{}", ran.err);
}

#[test]
fn links_stay_links_with_the_same_target() {
    let project = Project::of(&[("src/a.cu", AXPY.as_bytes())]);
    let outside = project.around().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.cu"), AXPY).unwrap();
    for (target, link) in [
        ("nowhere", "dangling"),
        (".", "loop"),
        ("../outside", "out"),
        ("../outside/secret.cu", "secret.cu"),
        ("src/a.cu", "alias.cu"),
        ("self.cu", "self.cu"),
    ] {
        symlink(target, project.path(link)).unwrap();
    }
    for _ in 0..2 {
        project.run(&["convert", "p"]).check(0, &["Converted 1 of 1 file"]);
    }
    let expected =
        [".tranship-output", "alias.hip", "dangling", "loop", "out", "secret.cu", "self.cu", "src/a.hip"];
    assert_eq!(project.all_written(), expected);
    let target = |link: &str| fs::read_link(project.output(link)).unwrap();
    assert_eq!(target("dangling"), Path::new("nowhere"));
    assert_eq!(target("alias.hip"), Path::new("src/a.hip"));
    assert_eq!(target("secret.cu"), Path::new("../outside/secret.cu"));
    assert_eq!(files(&outside), ["secret.cu"]);
}

#[test]
fn a_link_in_the_output_never_leads_a_later_run_out_of_it() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    let outside = project.around().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink("../outside", project.path("sub")).unwrap();
    project.run(&["convert", "p"]).check(0, &[]);
    fs::remove_file(project.path("sub")).unwrap();
    project.write("sub/b.cu", AXPY.as_bytes());
    project.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(project.written("sub/b.hip"), AXPY_HIP.as_bytes());
    assert_eq!(files(&outside), [""; 0]);

    fs::remove_dir_all(project.output("sub")).unwrap();
    fs::write(outside.join("b.hip"), AXPY_HIP).unwrap();
    symlink("../outside", project.output("sub")).unwrap();
    fs::write(project.path("sub/b.cu"), format!("{AXPY}int x;\n")).unwrap();
    project.run(&["convert", "p"]).check(2, &["p-hip/sub: was not written by tranship"]);
    fs::remove_dir_all(project.path("sub")).unwrap();
    project.run(&["convert", "p"]).check(0, &[]);
    assert_eq!(fs::read(outside.join("b.hip")).unwrap(), AXPY_HIP.as_bytes());
}

#[test]
fn a_path_that_is_not_a_regular_file_is_reported_and_never_read() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    run(Command::new("mkfifo").arg(project.path("pipe.cu"))).check(0, &[]);
    project.run(&["convert", "p"]).check(2, &["p/pipe.cu: is neither a file, a folder nor a link"]);
    assert_eq!(project.written("a.hip"), AXPY_HIP.as_bytes());
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems refuse such names")]
fn control_characters_in_names_are_escaped() {
    let project = Project::new();
    let name = std::ffi::OsStr::from_bytes(b"\x1b[31m\xff\n.cu");
    fs::write(project.path("").join(name), "void f() { cudaGraphicsD3D9RegisterResource(); }\n").unwrap();
    let ran = project.run(&["convert", "p", "--output-format", "concise"]);
    ran.check(1, &["Converted 1 of 1 file"]);
    assert!(ran.out.starts_with("p/\\x1B[31m\\xFF\\x0A.cu:1:12: manual["), "{:?}", ran.out);
    let written = std::ffi::OsStr::from_bytes(b"\x1b[31m\xff\n.hip");
    assert!(project.output("").join(written).exists());
    project.run(&["convert", "p"]).check(1, &[]);
}

#[test]
fn a_missing_path_does_not_stop_the_others() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    let words = ["q: cannot read: no such file or directory", "Converted 1 of 1 file into p-hip/"];
    project.run(&["convert", "q", "p"]).check(2, &words);
}

#[test]
fn two_runs_into_one_output_are_refused() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes())]);
    fs::create_dir(project.output("")).unwrap();
    let other = File::open(project.output("")).unwrap();
    other.lock().unwrap();
    project.run(&["convert", "p"]).check(2, &["p-hip: another tranship is writing into this folder"]);
    assert_eq!(project.all_written(), [""; 0]);
    drop(other);
    project.run(&["convert", "p"]).check(0, &[]);
}

#[test]
fn an_interrupted_run_finishes_the_current_files() {
    let project = Project::new();
    let (include, function) = AXPY.split_once('\n').unwrap();
    let text = format!("{include}\n{}", function.repeat(400));
    for index in 0..600 {
        project.write(&format!("{index:03}.cu"), text.as_bytes());
    }
    let mut command = project.command(&["convert", "p", "-j", "1"]);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let some_written =
        || project.output("").is_dir() && project.all_written().iter().any(|path| path.ends_with(".hip"));
    while !some_written() {
        assert_eq!(child.try_wait().unwrap(), None, "the run had ended before a file was written");
        std::thread::sleep(Duration::from_millis(5));
    }
    run(Command::new("kill").args(["-INT", &child.id().to_string()])).check(0, &[]);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("Stopped after"), "{err}");
    let written = project.all_written();
    assert!(written.len() < 600, "the run had ended before the interrupt");
    assert!(written.contains(&".tranship-output".to_owned()));
    assert!(written.iter().all(|path| !path.ends_with(".tmp")), "{written:?}");
    assert_eq!(files(&project.path("")).len(), 600);

    let (include, function) = AXPY_HIP.split_once('\n').unwrap();
    let whole = format!("{include}\n{}", function.repeat(400));
    for path in written.iter().filter(|path| path.ends_with(".hip")) {
        assert_eq!(project.written(path).len(), whole.len(), "{path}");
    }
    project.run(&["convert", "p"]).check(0, &["Converted 600 of 600 files"]);
}

/// Asserts that a configuration is refused with file and line before anything is written.
#[track_caller]
fn check_config(text: &str, words: &str) {
    let project = Project::of(&[("a.cu", AXPY.as_bytes()), ("tranship.toml", text.as_bytes())]);
    fs::write(project.around().join("rules.toml"), "[functions]\ncudaMalloc = \"evil\"\n").unwrap();
    symlink(project.around().join("rules.toml"), project.path("link.toml")).unwrap();
    project.run(&["convert", "p"]).check(2, &["tranship.toml:", words]);
    assert!(!project.output("").exists(), "nothing is written with an invalid configuration");
}

#[test]
fn paths_in_a_configuration_cannot_leave_the_project() {
    check_config(
        "rules = [\"../rules.toml\"]",
        "tranship.toml:1: `rules`: `../rules.toml` is outside of the project",
    );
    check_config("rules = [\"/etc/passwd\"]", "`/etc/passwd` is outside of the project");
    check_config("rules = [\"link.toml\"]", "`link.toml` is outside of the project");
    check_config("rules = [\"sub/../../rules.toml\"]", "is outside of the project");
}

#[test]
fn an_invalid_configuration_is_reported_with_line_and_key() {
    check_config(
        "rocm = \"7.0\"\nhip_gards = []\n",
        "tranship.toml:2: `hip_gards` is no setting; did you mean `hip_guards`?",
    );
    check_config("\nrocm = 7.1\n", "tranship.toml:2: ");
    check_config("rocm = \"seven\"", "`seven` is not a release");
    check_config("rocm = \"4.0\"", "is older than 5.2");
    check_config("arch = [\"sm_80\"]", "`sm_80` is no GPU architecture or product of AMD; write it like");
    check_config("arch = [\"gfx943\"]", "did you mean gfx940 or gfx941 or gfx942?");
    check_config("launch = \"triple\"", "unknown variant `triple`");
    check_config("\n\nselect = [\"no-such-rule\"]", "tranship.toml:3: `no-such-rule` is neither a rule");
    check_config("exclude = [\"a[\"]", "tranship.toml:1: `exclude`: ");
    check_config("= 1", "tranship.toml:1: ");
    check_config("rules = [\"missing.toml\"]", "missing.toml");
}

#[test]
fn an_invalid_table_is_reported_with_file_and_line() {
    let project = Project::of(&[("a.cu", AXPY.as_bytes()), ("my.toml", b"[functions]\ncudaX = 3\n")]);
    project.run(&["convert", "p", "--rules", "p/my.toml"]).check(2, &["p/my.toml:2: "]);
    assert!(!project.output("").exists());
}
