//! The set-up of the guide for Emacs, in a real Emacs with Eglot.

use std::fs;
use std::process::{Command, Stdio};

use crate::installed;
use crate::support::{Project, root, run};

const KERNEL: &str = "#include <cuda_runtime.h>\n\
    __global__ void k(float *a, unsigned m) { a[0] = __shfl_sync(m, a[0], 1); }\n";

#[test]
fn emacs_shows_findings_and_applies_actions_by_the_guide() {
    let has_eglot = || {
        let mut command = Command::new("emacs");
        command.args(["--batch", "--eval", "(require 'eglot)"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !has_eglot() {
        return installed::missing("emacs with eglot");
    }
    let guide = fs::read_to_string(root().join("docs/guides/editors.md")).unwrap();
    let setup = guide.split("```lisp\n").nth(1).and_then(|text| text.split("```").next()).unwrap();
    let project = Project::of(&[("k.cu", KERNEL.as_bytes()), ("tranship.toml", b"")]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let home = project.around().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("setup.el"), setup).unwrap();
    let mut command = Command::new("emacs");
    command.arg("--batch").arg("-l").arg(home.join("setup.el"));
    command.arg("-l").arg(root().join("tests/proof/terminal/emacs.el"));
    command.env("HOME", &home).env("PATH", project.path_with_program());
    command.env("FILE", project.path("k.cu")).env("LINE", "2").current_dir(project.path(""));
    let ran = run(&mut command);
    ran.check(0, &[]);
    assert!(ran.out.contains("line 2: tranship [shuffle-mask]: the mask `m`"), "{}\n{}", ran.out, ran.err);
    let changed = fs::read_to_string(project.path("k.cu")).unwrap();
    assert!(
        changed.contains("#include \"tranship_hip.h\"") && changed.contains("tranship::shfl_sync"),
        "{changed}"
    );
    // Eglot creates no files, so the server writes the header.
    assert_eq!(fs::read(project.path("tranship_hip.h")).unwrap(), project.written("tranship_hip.h"));
}
