//! `tranship review`: what keys do, what the screen shows, and the commands for those without a terminal.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod support;

use std::fs;
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};
use support::{Project, Ran, run};
use tranship::finding::Answer;
use tranship::project::Change;
use tranship::project::answers::Place;
use tranship::review::{Effect, Event, Item, Key, State, draw};
use tranship_rules::Level;

const SOURCE: &str = "#include <cuda_runtime.h>\n\n__global__ void reduce(float *out, unsigned mask) {\n    \
    float v = out[threadIdx.x];\n    v += __shfl_down_sync(mask, v, 16);\n    out[0] = v;\n}\n";

fn item(path: &str, rule: &str, key: u64, change: Option<bool>) -> Item {
    let change = change.map(|applied| Change {
        line: 5,
        before: "    v += __shfl_down_sync(mask, v, 16);".to_owned(),
        after: "    v += __shfl_down(v, 16);".to_owned(),
        applied,
    });
    Item {
        place: Place {
            path: path.into(),
            rule: rule.to_owned(),
            key: format!("{key:016x}").parse().unwrap(),
        },
        path: path.into(),
        level: if change.is_some() { Level::Review } else { Level::Manual },
        what: "the mask of `__shfl_down_sync` comes from a parameter".to_owned(),
        why: "HIP's function takes no mask".to_owned(),
        todo: String::new(),
        assumption: "every lane in `mask` executes this call together".to_owned(),
        function: Some("reduce".to_owned()),
        lines: Some((5, 5)),
        changes: change.into_iter().collect(),
        source: SOURCE.lines().map(str::to_owned).collect(),
        explanation: Rc::from("shuffle-mask (review)\n\nwhy: lanes of one wave\n"),
        answer: None,
    }
}

/// Two files; two findings of one rule, one of another that changes nothing, one whose change waits for a word.
fn items() -> Vec<Item> {
    vec![
        item("src/a.cu", "shuffle-mask", 1, Some(true)),
        item("src/a.cu", "inline-ptx", 2, None),
        item("src/b.cu", "shuffle-mask", 3, Some(true)),
        item("src/b.cu", "vote-width", 4, Some(false)),
    ]
}

/// The state after `keys`, where `>` is the next finding, `<` the one before, and the effects that were not nothing.
fn press(mut state: State, keys: &str) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    for c in keys.chars() {
        let key = match c {
            '>' => Key::Next,
            '<' => Key::Previous,
            '\n' => Key::Enter,
            '\x1b' => Key::Escape,
            '\x08' => Key::Backspace,
            c => Key::Char(c),
        };
        let (next, effect) = state.update(Event::Key(key));
        state = next;
        if effect != Effect::None {
            effects.push(effect);
        }
    }
    (state, effects)
}

/// The answers after `keys` as letters, `.` for none, and the number of the finding that is shown.
#[track_caller]
fn check(keys: &str, answers: &str, at: usize) {
    let (state, _) = press(State::new(items()), keys);
    let letter = |item: &Item| match item.answer {
        Some(Answer::Accepted) => 'a',
        Some(Answer::Rejected) => 'r',
        None => '.',
    };
    assert_eq!(state.items().iter().map(letter).collect::<String>(), answers, "{keys:?}");
    assert_eq!(
        state.current().unwrap().place.key.to_string().trim_start_matches('0'),
        (at + 1).to_string(),
        "{keys:?}"
    );
}

#[test]
fn keys_answer_move_and_undo() {
    check("", "....", 0);
    check("a", "a...", 1);
    check("ar", "a...", 1); // nothing is changed there, so nothing can be rejected
    check("r", "r...", 1);
    check("s", "....", 1);
    check("<", "....", 3);
    check(">>a", "..a.", 3);
    check(">>aa", "..aa", 0);
    check("aau", "a...", 1);
    check("auu", "....", 0);
    check("]", "....", 2);
    check("]>[", "....", 0);
    check("]]", "....", 2);
    check("ar<r", "r...", 1); // an answer can be given again
}

#[test]
fn one_answer_goes_to_all_of_a_rule_or_a_file() {
    check("Ar", "a.a.", 1);
    check("Af", "aa..", 2);
    check("Rr", "r.r.", 1);
    check("]Rf", "..rr", 0);
    check("Rf", "r...", 1);
    check("Ax", "....", 0);
    check("Aru", "....", 0);
    check("rAru", "r...", 1);
    check(">Rr", "....", 1);
}

#[test]
fn search_finds_paths_rules_words_and_code() {
    check("/b.cu\n", "....", 2);
    check("/INLINE\n", "....", 1);
    check("/vote\nn", "....", 3);
    check("/shuffle-mask\n", "....", 2);
    check("/shuffle-mask\nn", "....", 0);
    check("/v += \n", "....", 1);
    check("/nowhere\n", "....", 0);
    check("/b.cu\x1b", "....", 0);
    check("/inlineX\x08\n", "....", 1);
    check("/aq\x1ba", "a...", 1);
}

#[test]
fn every_answer_is_saved_at_once() {
    let effects = |keys: &str| press(State::new(items()), keys).1;
    assert_eq!(effects("a"), [Effect::Save(vec![0])]);
    assert_eq!(effects("Ar"), [Effect::Save(vec![0, 2])]);
    assert_eq!(effects("au"), [Effect::Save(vec![0]), Effect::Save(vec![0])]);
    assert_eq!(effects("svq"), [Effect::Edit, Effect::Quit]);
    assert_eq!(effects("?qq"), [Effect::Quit], "the explanation takes the first key");
    assert_eq!(effects("Aaq\n").len(), 1);
}

#[test]
fn an_edited_file_is_read_again() {
    let (state, _) = press(State::new(items()), ">");
    let (state, _) = state.update(Event::Edited(vec![item("src/a.cu", "shuffle-mask", 9, Some(true))]));
    let keys: Vec<_> = state.items().iter().map(|item| item.place.key.to_string()).collect();
    assert_eq!(keys.iter().map(|key| key.trim_start_matches('0')).collect::<Vec<_>>(), ["9", "3", "4"]);
    assert_eq!(state.current().unwrap().place.path.to_str(), Some("src/a.cu"));
    let (state, _) = state.update(Event::Edited(Vec::new()));
    assert_eq!(state.items().len(), 2);
    let (state, _) = press(state, "a");
    let mut answered = items().split_off(2);
    answered[0].answer = Some(Answer::Accepted);
    let mut older = item("src/b.cu", "nanosleep", 7, None);
    older.answer = Some(Answer::Accepted);
    let (state, _) = state.update(Event::Edited([answered, vec![older]].concat()));
    assert_eq!((state.items().len(), state.count(None)), (2, 1), "what was answered before is no part of it");
    let (state, _) = press(state, "a");
    let (state, effect) = state.update(Event::Key(Key::Char('q')));
    assert_eq!((effect, state.count(None)), (Effect::Quit, 0));
}

/// The screen after `keys`.
fn screen(keys: &str, items: Vec<Item>, width: u16, height: u16) -> Terminal<TestBackend> {
    let (state, _) = press(State::new(items), keys);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| _ = draw(frame, &state, true)).unwrap();
    terminal
}

#[test]
fn screens_look_as_their_snapshots() {
    let show = |name: &str, keys: &str| {
        insta::assert_snapshot!(name, screen(keys, items(), 80, 24).backend());
    };
    show("change", "");
    show("no_change", ">");
    show("waiting_change", "aa>");
    show("explanation", "?");
    show("search", "/shuf");
    show("many", "A");
    show("nothing_to_reject", ">r");
    show("done", "Araa");
    insta::assert_snapshot!("nothing", screen("", Vec::new(), 80, 24).backend());
    insta::assert_snapshot!("narrow", screen("", items(), 44, 14).backend());
    insta::assert_snapshot!("too_small", screen("", items(), 30, 5).backend());
}

#[test]
fn long_lines_keep_clear_of_their_numbers_and_long_texts_are_scrolled() {
    let mut long = item("src/a.cu", "inline-ptx", 1, None);
    long.source = ["int aaaaaaaaaa; ".repeat(12).as_str(); 9].map(str::to_owned).into_iter().collect();
    let (mut state, _) = press(State::new(vec![long]), "");
    let mut terminal = Terminal::new(TestBackend::new(60, 20)).unwrap();
    let mut show = |state: &State| {
        let mut below = 0;
        terminal.draw(|frame| below = draw(frame, state, true)).unwrap();
        (terminal.backend().to_string(), below)
    };
    let (screen, below) = show(&state);
    assert!(
        screen.contains("   5 > int aaaaaaaaaa; ") && screen.contains("\"       aaaaaaaaaa; int"),
        "{screen}"
    );
    assert!(screen.contains("PgDn scroll") && !screen.contains("as it is, or was"), "{screen}");
    for _ in 0..9 {
        state = state.update(Event::Key(Key::PageDown)).0;
        state.keep_in_sight(below);
    }
    let (screen, _) = show(&state);
    assert!(screen.contains("as it is, or was"), "the end is in sight: {screen}");
    state = state.update(Event::Key(Key::PageUp)).0;
    assert_ne!(show(&state).0, screen, "one key leads back");
}

#[test]
fn a_line_of_megabytes_is_cut() {
    let mut long = item("src/a.cu", "inline-ptx", 1, None);
    long.source = ["0.5f, ".repeat(1_000_000).as_str(); 9].map(str::to_owned).into_iter().collect();
    let begin = std::time::Instant::now();
    let text = screen("", vec![long], 200, 60).backend().to_string();
    assert!(text.contains("0.5f…") && text.contains("as it is, or was"), "{text}");
    assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn words_that_differ_stand_out_with_and_without_colours() {
    let find = |colours: bool| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| _ = draw(frame, &State::new(items()), colours)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let cells = buffer.content().iter().filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
        let marked: String = cells.map(ratatui::buffer::Cell::symbol).collect();
        assert!(marked.contains("__shfl_down_sync(mask,") && !marked.contains("v +="), "{marked}");
        buffer.content().iter().any(|cell| matches!(cell.fg, Color::Red | Color::Green))
    };
    assert!(find(true) && !find(false));
}

#[test]
fn what_would_move_the_cursor_is_spelled_out() {
    let mut bad = item("src/\x1b[2Jx.cu", "shuffle-mask", 1, None);
    bad.what = "a\x1b]0;title\x07b".to_owned();
    bad.source = ["\x1b[31mred\ttab"; 9].map(str::to_owned).into_iter().collect();
    let text = screen("", vec![bad], 80, 24).backend().to_string();
    assert!(
        !text.contains('\x1b') && !text.contains('\x07') && text.contains("\\u{1b}[31mred    tab"),
        "{text}"
    );
}

/// `tranship review` in a terminal of 80 x 24, which `tmux` plays.
struct Screen<'a> {
    project: &'a Project,
    socket: String,
}

impl<'a> Screen<'a> {
    /// `None` after saying that `tmux` is missing. On CI that is a failure.
    fn open(project: &'a Project, editor: &str) -> Option<Self> {
        let screen = Self { project, socket: project.around().join("socket").to_str().unwrap().to_owned() };
        let program = env!("CARGO_BIN_EXE_tranship");
        let script = format!("EDITOR='{editor}' {program} review; echo ended $?; sleep 60");
        let started =
            screen.try_tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &script]);
        if started.is_err() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no tmux: run .ci/toolchain");
            eprintln!("skipped: needs tmux");
            return None;
        }
        Some(screen)
    }

    fn try_tmux(&self, arguments: &[&str]) -> std::io::Result<String> {
        let mut command = std::process::Command::new("tmux");
        command.args(["-S", &self.socket]).args(arguments).current_dir(self.project.path(""));
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until the screen holds `words`, then presses `keys`.
    #[track_caller]
    fn when(&self, words: &str, keys: &[&str]) {
        let mut there = String::new();
        for _ in 0..100 {
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
fn in_a_terminal_answers_are_kept_whatever_happens() {
    let project = Project::of(&[("a.cu", CODE.as_bytes())]);
    let Some(screen) = Screen::open(&project, "false") else { return };
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
    screen.when("once more leaves", &[]);
    fs::write(&answers, &kept).unwrap();
    screen.when("once more leaves", &["C-c"]);
    screen.when("ended 0", &[]);
    screen.when("2 accepted, 0 rejected", &[]);
    assert_eq!(fs::read_to_string(&answers).unwrap().matches("accepted").count(), 2);
}

#[test]
fn in_a_terminal_a_file_is_edited_and_read_again() {
    let project = Project::of(&[("a.cu", CODE.as_bytes())]);
    project.write("editor", b"#!/bin/sh\nsed -i /void.g/d \"$1\"\n");
    fs::set_permissions(project.path("editor"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let Some(screen) = Screen::open(&project, "./editor") else { return };
    screen.when("1/3  a.cu:2 in f", &["v"]);
    screen.when("read the file again: 2 findings are open", &["A"]);
    screen.when("accept all that is open", &["f"]);
    screen.when("Everything is answered: 2 accepted", &["q"]);
    screen.when("ended 0", &[]);
    inside(&project, &["convert", ".", "--diff"]).check(1, &["0 to review, 0 manual, 2 answered"]);
}

const CODE: &str = "#include <cuda_runtime.h>\nvoid f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n\
    void g(int p) { cudaGraphicsD3D9RegisterResource(p); }\n__global__ void k(int *a) { asm(\"bar.sync 0;\"); }\n";

fn inside(project: &Project, arguments: &[&str]) -> Ran {
    run(project.command(arguments).current_dir(project.path("")).stdin(std::process::Stdio::null()))
}

#[test]
fn without_a_terminal_the_commands_are_named() {
    let project = Project::of(&[("a.cu", CODE.as_bytes())]);
    let ran = inside(&project, &["review"]);
    ran.check(1, &[]);
    assert!(ran.out.starts_with("     2  cudaGraphicsD3D9RegisterResource\n"), "{}", ran.out);
    assert!(ran.out.contains("--accept RULE"), "{}", ran.out);
    let ran = inside(&project, &["review", "--list"]);
    ran.check(0, &[]);
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
    assert!(ran.out.starts_with("a.cu:2: manual[cudaGraphicsD3D9RegisterResource] "), "{}", ran.out);
}

#[test]
fn rules_are_answered_and_opened_again() {
    let project = Project::of(&[("a.cu", CODE.as_bytes()), ("b.cu", CODE.as_bytes())]);
    let rule = "cudaGraphicsD3D9RegisterResource";
    let ran = inside(&project, &["review", "a.cu", "--accept", rule]);
    ran.check(0, &["Accepted: 2 findings of `cudaGraphicsD3D9RegisterResource`.", "Open: 1 finding."]);
    let text = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert_eq!(text.matches("path = \"a.cu\"").count(), 2, "{text}");
    inside(&project, &["review", "--accept", rule]).check(0, &["Accepted: 2 findings"]);
    inside(&project, &["review", "--reject", rule]).check(0, &["Rejected: 0 findings"]);
    inside(&project, &["review", "--reject", "inline-ptx"])
        .check(0, &["Rejected: 0 findings", "note: 2 findings of `inline-ptx` would change nothing"]);
    inside(&project, &["review", "--accept", "no-such-rule"]).check(2, &["`no-such-rule` is neither a rule"]);
    let ran = inside(&project, &["review", "--list", "--all"]);
    assert_eq!(ran.out.matches("(accepted)").count(), 4, "{}", ran.out);
    inside(&project, &["review", "--reopen", rule]).check(0, &["Opened again: 4 findings"]);
    assert!(!project.path("tranship-answers.toml").exists(), "no answers, no file");
    inside(&project, &["review", "--list", "--accept", rule]).check(2, &["cannot be used with"]);
}

#[test]
fn stale_answers_are_shown_and_forgotten_on_demand() {
    let project = Project::of(&[("a.cu", CODE.as_bytes()), ("b.cu", CODE.as_bytes())]);
    inside(&project, &["review", "--accept", "cudaGraphicsD3D9RegisterResource"]).check(0, &[]);
    project.write("a.cu", b"\n");
    fs::remove_file(project.path("b.cu")).unwrap();
    inside(&project, &["review", "--list"]).check(0, &["4 answers are stale", "which is gone"]);
    inside(&project, &["review", "--forget-stale"]).check(0, &["Removed: 4 answers."]);
    let ran = inside(&project, &["review", "--list"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    project.write("tranship-answers.toml", b"=======\nbroken\n");
    inside(&project, &["review", "--forget-stale"]).check(2, &["tranship-answers.toml:1: "]);
    assert_eq!(fs::read(project.path("tranship-answers.toml")).unwrap(), b"=======\nbroken\n");
}
