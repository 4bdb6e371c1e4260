//! `tranship review` and shell completion in a real terminal, which `tmux` provides, and the language server in Emacs.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod emacs;
#[path = "../../support/installed.rs"]
mod installed;
#[path = "../../support/mod.rs"]
mod support;

use std::fs;

use support::{PROGRAM, Project, THREE_FINDINGS};

/// The number of attempts to find words on the screen, ten in a second.
const LOOKS: usize = 1200;

/// A program in a terminal of 80 x 24 characters in `tmux`.
struct Screen<'a> {
    project: &'a Project,
    socket: String,
}

impl<'a> Screen<'a> {
    /// Starts the review; `None` after reporting that `tmux` is missing. On CI that is a failure.
    fn open(project: &'a Project, editor: &str) -> Option<Self> {
        Self::start(project, &format!("EDITOR='{editor}' {PROGRAM} review; echo ended $?; sleep 60"))
    }

    /// The same for any `script` of a shell.
    fn start(project: &'a Project, script: &str) -> Option<Self> {
        let screen = Self { project, socket: project.around().join("socket").to_str().unwrap().to_owned() };
        let started =
            screen.try_tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", script]);
        if started.is_err() {
            installed::missing("tmux");
            return None;
        }
        Some(screen)
    }

    fn try_tmux(&self, arguments: &[&str]) -> std::io::Result<String> {
        let mut command = std::process::Command::new("tmux");
        command.args(["-S", &self.socket]).args(arguments).current_dir(self.project.path(""));
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until the screen shows `words`, then presses `keys`.
    #[track_caller]
    fn when(&self, words: &str, keys: &[&str]) {
        let mut there = String::new();
        for _ in 0..LOOKS {
            there = self.try_tmux(&["capture-pane", "-p"]).unwrap();
            if there.contains(words) {
                self.try_tmux(&[&["send-keys"], keys].concat()).unwrap();
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("`{words}` did not appear on\n{there}");
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        let _ = self.try_tmux(&["kill-server"]);
    }
}

#[test]
fn in_a_terminal_the_tab_key_completes_rules_and_names() {
    let project = Project::new();
    let path = project.path_with_program();
    let path = path.to_str().unwrap();
    let shell = format!("PATH='{path}' exec bash --norc --noprofile -i");
    let Some(screen) = Screen::start(&project, &shell) else { return };
    screen.when("bash-", &["source <(tranship completions bash); echo is ready", "Enter"]);
    screen.when("\nis ready", &["tranship explain cudaMallocAs", "Tab", "| head -n 1", "Enter"]);
    screen.when(
        "\ncudaMallocAsync (CUDA runtime API)",
        &["tranship explain CUDA::cublasLt_", "Tab", "| head -n 1", "Enter"],
    );
    screen.when(
        "\nCUDA::cublasLt_static (CMake)",
        &["tranship explain cub-warp-t", "Tab", "| head -n 1", "Enter"],
    );
    screen.when(
        "\ncub-warp-transpose (",
        &["tranship convert --select=shuffle-f", "Tab", "C-a", "echo is ", "Enter"],
    );
    screen.when("\nis tranship convert --select=shuffle-full-mask", &[]);
}

#[test]
fn in_a_terminal_answers_survive_errors_and_interrupts() {
    let project = Project::of(&[("a.cu", THREE_FINDINGS.as_bytes())]);
    let Some(screen) = Screen::open(&project, "false") else { return };
    screen.when("findings by rule", &["Enter"]);
    screen.when("1/3  a.cu:2 in f", &["a"]);
    screen.when("2/3  a.cu:3 in g", &["v"]);
    screen.when("the editor `false` failed", &["?"]);
    screen.when("any key goes back", &["x"]);
    screen.try_tmux(&["resize-window", "-x", "30", "-y", "6"]).unwrap();
    screen.when("too small: 40 x 10", &[]);
    screen.try_tmux(&["resize-window", "-x", "90", "-y", "30"]).unwrap();
    let answers = project.path("tranship-answers.toml");
    let kept = fs::read_to_string(&answers).unwrap();
    assert_eq!(kept.matches("accepted").count(), 1, "written before the end: {kept}");
    fs::write(&answers, "<<<<<<< ours\n").unwrap();
    screen.when("2/3  a.cu:3 in g", &["a"]);
    screen.when("has a merge conflict", &["q"]);
    screen.when("quit again to leave", &[]);
    fs::write(&answers, &kept).unwrap();
    screen.when("quit again to leave", &["C-c"]);
    screen.when("ended 0", &[]);
    screen.when("2 accepted, 0 rejected", &[]);
    assert_eq!(fs::read_to_string(&answers).unwrap().matches("accepted").count(), 2);
}

#[test]
fn in_a_terminal_proposed_lines_are_edited_and_the_next_conversion_writes_them() {
    let code = "#include <cuda_runtime.h>\n__global__ void k(float *a, unsigned mask) {\n    \
        a[0] += __shfl_down_sync(mask, a[1], 16);\n}\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    // The editor writes a line that does not parse at first, and mends its own line when it is started again.
    let editor = "#!/bin/sh\nif grep -q mine \"$1\"; then sed -i 's/((/(/' \"$1\"; else \
        sed -i 's/tranship::shfl_down_sync(mask, /__shfl_down((/; s/16/16, 32/; s,$,  // mine,' \"$1\"; fi\n";
    project.write("editor", editor.as_bytes());
    fs::set_permissions(project.path("editor"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let Some(screen) = Screen::open(&project, "./editor") else { return };
    screen.when("1/1  a.cu:3 in k", &["e"]);
    screen.when("does not parse with your lines", &["e"]);
    screen.when("Everything is answered: 1 accepted", &["q"]);
    screen.when("ended 0", &[]);
    let ran = project.inside(&["convert", ".", "--diff"]);
    ran.check(1, &["0 to review, 0 manual, 1 answered"]);
    assert!(ran.out.contains("+    a[0] += __shfl_down(a[1], 16, 32);  // mine\n"), "{}", ran.out);
    assert!(!ran.out.contains("tranship_hip.h"), "no helper is called any more: {}", ran.out);
}

#[test]
fn in_a_terminal_a_file_is_edited_and_read_again() {
    let project = Project::of(&[("a.cu", THREE_FINDINGS.as_bytes())]);
    project.write("editor", b"#!/bin/sh\nsed -i /void.g/d \"$1\"\n");
    fs::set_permissions(project.path("editor"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let Some(screen) = Screen::open(&project, "./editor") else { return };
    screen.when("findings by rule", &["Enter"]);
    screen.when("1/3  a.cu:2 in f", &["v"]);
    screen.when("read the file again: 2 findings are open", &["A"]);
    screen.when("accept all that is open", &["f"]);
    screen.when("Everything is answered: 2 accepted", &["q"]);
    screen.when("ended 0", &[]);
    project.inside(&["convert", ".", "--diff"]).check(1, &["0 to review, 0 manual, 2 answered"]);
}
