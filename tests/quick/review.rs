//! `tranship review`: the effects of keys, the screens, and the commands for use without a terminal.
//! `tests/proof/terminal` runs it in a real terminal.

use std::fs;
use std::rc::Rc;

use crate::support::{Project, THREE_FINDINGS};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};
use tranship::review::Effect;
use tranship::review::Event;
use tranship::review::Item;
use tranship::review::Key;
use tranship::review::State;
use tranship::review::draw;
use tranship_engine::finding::{Answer, EditedLines};
use tranship_engine::result::{AnswerPlace as Place, Change};
use tranship_rules::{Effort, Level};

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
        effort: if change.is_some() { Effort::Check } else { Effort::Edit },
        also: Vec::new(),
        also_shown: String::new(),
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
        reason: String::new(),
        edited: None,
        draft: None,
        is_advice: false,
    }
}

/// Four findings in two files: two of one rule, one without a change, and one with a change that needs acceptance.
fn items() -> Vec<Item> {
    vec![
        item("src/a.cu", "shuffle-mask", 1, Some(true)),
        item("src/a.cu", "inline-ptx", 2, None),
        item("src/b.cu", "shuffle-mask", 3, Some(true)),
        item("src/b.cu", "vote-width", 4, Some(false)),
    ]
}

/// The state after `keys`, and its effects. `>` is the key for the next finding, `<` for the previous one.
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
fn keys_answer_findings_move_between_them_and_undo() {
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
fn one_answer_can_apply_to_all_findings_of_a_rule_or_a_file() {
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
fn the_overview_counts_by_rule_and_shows_the_findings_of_one() {
    let start = || State::new(items()).at_overview();
    // The rows are: everything, manual, review, `inline-ptx`, `shuffle-mask`, `vote-width`.
    let shows = |keys: &str, header: &str| {
        let (state, _) = press(start(), keys);
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| _ = draw(frame, &state, true)).unwrap();
        let text = terminal.backend().to_string();
        assert!(text.lines().next().unwrap().contains(header), "{keys:?}: {text}");
    };
    shows("", " findings by rule ");
    shows("\n", " 1/4  src/a.cu:5 in reduce ");
    shows(">\n", " 1/1 manual  src/a.cu:5");
    shows(">>\n>", " 2/3 review  src/b.cu:5");
    shows(">>>>\n", " 1/2 shuffle-mask  src/a.cu:5");
    shows(">>>>\n>", " 2/2 shuffle-mask  src/b.cu:5");
    shows(">>>>\n>>", " 1/2 shuffle-mask  src/a.cu:5");
    shows(">>>>\n]", " 2/2 shuffle-mask  src/b.cu:5");
    shows(">>>>\n/vote\n", " 1/2 shuffle-mask  src/a.cu:5");
    shows("<>>>>>>>>>\n", " 1/1 vote-width  src/b.cu:5");
    // The last answer of a rule leads back to the overview, and the last answer of all ends the review.
    let (state, effects) = press(start(), ">>>>\naa");
    assert_eq!(effects, [Effect::Save(vec![0]), Effect::Save(vec![2])]);
    assert_eq!((state.count(None), state.count(Some(Answer::Accepted))), (2, 2));
    shows(">>>>\naa", " findings by rule ");
    shows(">>>>\naau", " 2/2 shuffle-mask  src/b.cu:5");
    // An answer for a whole file is about the findings that are shown.
    let (state, _) = press(start(), ">>>>\nAf");
    assert_eq!(state.count(Some(Answer::Accepted)), 1);
    let one = State::new(vec![item("src/a.cu", "inline-ptx", 1, None)]).at_overview();
    assert_eq!(press(one, "a").1, [Effect::Save(vec![0])], "one rule needs no overview");
}

#[test]
fn keys_go_to_a_number_and_write_a_reason() {
    check("g3\n", "....", 2);
    check("g9\n", "....", 0);
    check("G", "....", 3);
    check("Ggg", "....", 0);
    check("g12\x08\n", "....", 0);
    check("g2\x1b", "....", 0);
    let (state, effects) = press(State::new(items()), "wone warx\x08p\na<w, yes\n");
    assert_eq!(state.items()[0].reason, "one warp, yes");
    assert_eq!(effects, [Effect::Save(vec![0]), Effect::Save(vec![0])]);
    assert_eq!(press(State::new(items()), "wq\x1b").0.items()[0].reason, "");
}

#[test]
fn items_are_sorted_with_manual_findings_first() {
    let mut items = items();
    items[3].lines = Some((2, 2));
    Item::sort(&mut items);
    let order: Vec<_> = items.iter().map(|item| item.place.rule.as_str()).collect();
    assert_eq!(order, ["inline-ptx", "shuffle-mask", "vote-width", "shuffle-mask"]);
}

#[test]
fn every_answer_is_saved_at_once() {
    let effects = |keys: &str| press(State::new(items()), keys).1;
    assert_eq!(effects("a"), [Effect::Save(vec![0])]);
    assert_eq!(effects("Ar"), [Effect::Save(vec![0, 2])]);
    assert_eq!(effects("au"), [Effect::Save(vec![0]), Effect::Save(vec![0])]);
    assert_eq!(effects("svq"), [Effect::Edit, Effect::Quit]);
    assert_eq!(effects("?qq"), [Effect::Quit], "the first key closes the explanation");
    assert_eq!(effects("Aaq\n").len(), 1);
}

#[test]
fn a_proposal_is_accepted_with_the_lines_of_the_person() {
    let (state, effects) = press(State::new(items()), "e");
    assert_eq!(effects, [Effect::EditProposal]);
    let (state, effect) =
        state.update(Event::Refused("float v = (;".to_owned(), "does not parse".to_owned()));
    assert_eq!((effect, state.count(None)), (Effect::None, 4));
    assert_eq!(state.current().unwrap().draft.as_deref(), Some("float v = (;"), "the text is not lost");
    let lines = EditedLines { before: "old".to_owned(), after: "own".to_owned() };
    let change = Change { line: 5, before: "old".to_owned(), after: "own".to_owned(), applied: true };
    let (state, effect) = state.update(Event::Rewritten(lines.clone(), vec![change]));
    assert_eq!(effect, Effect::Save(vec![0]));
    let first = &state.items()[0];
    assert_eq!((first.answer, first.edited.as_ref()), (Some(Answer::Accepted), Some(&lines)));
    assert_eq!(first.changes[0].after, "own");
    assert_eq!(state.current().unwrap().place.rule, "inline-ptx", "the next open finding");
    let (state, _) = press(state, "<");
    let mut terminal = Terminal::new(TestBackend::new(100, 24)).unwrap();
    terminal.draw(|frame| _ = draw(frame, &state, true)).unwrap();
    let text = terminal.backend().to_string();
    assert!(text.contains("(accepted as edited)") && text.contains("+ own"), "{text}");
    // An undo brings the proposal back, and a rejection drops the lines.
    let rejected = press(state.clone(), "r").0;
    assert_eq!((rejected.items()[0].answer, &rejected.items()[0].edited), (Some(Answer::Rejected), &None));
    let (undone, effects) = press(state, "u");
    assert_eq!(
        (effects, &undone.items()[0]),
        (vec![Effect::Save(vec![0])], &{ Item { draft: None, ..items()[0].clone() } })
    );
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
    assert_eq!(
        (state.items().len(), state.count(None)),
        (2, 1),
        "findings that were answered before are not part of it"
    );
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
fn screens_match_their_snapshots() {
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
    show("reason", "wone warp");
    let overview = State::new(items()).at_overview();
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| _ = draw(frame, &press(overview, ">>>").0, true)).unwrap();
    insta::assert_snapshot!("overview", terminal.backend());
    insta::assert_snapshot!("side_by_side", screen("", items(), 150, 24).backend());
    insta::assert_snapshot!("nothing", screen("", Vec::new(), 80, 24).backend());
    insta::assert_snapshot!("narrow", screen("", items(), 44, 14).backend());
    insta::assert_snapshot!("too_small", screen("", items(), 30, 5).backend());
}

#[test]
fn long_lines_wrap_beside_their_numbers_and_long_texts_scroll() {
    let mut long = item("src/a.cu", "inline-ptx", 1, None);
    long.source = ["int aaaaaaaaaa; ".repeat(12).as_str(); 9].map(str::to_owned).into_iter().collect();
    let (mut state, _) = press(State::new(vec![long]), "");
    let mut terminal = Terminal::new(TestBackend::new(60, 22)).unwrap();
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
    assert!(screen.contains("PgDn scroll") && !screen.contains("changed by hand"), "{screen}");
    for _ in 0..9 {
        state = state.update(Event::Key(Key::PageDown)).0;
        state.keep_in_sight(below);
    }
    let (screen, _) = show(&state);
    assert!(screen.contains("changed by hand"), "the end is visible: {screen}");
    state = state.update(Event::Key(Key::PageUp)).0;
    assert_ne!(show(&state).0, screen, "one key scrolls back");
}

#[test]
fn a_line_of_megabytes_is_cut() {
    let mut long = item("src/a.cu", "inline-ptx", 1, None);
    long.source = ["0.5f, ".repeat(1_000_000).as_str(); 9].map(str::to_owned).into_iter().collect();
    let text = screen("", vec![long], 200, 60).backend().to_string();
    assert!(text.contains("0.5f…") && text.contains("changed by hand"), "{text}");
}

#[test]
fn changed_words_are_marked_with_and_without_colours() {
    let find = |colours: bool| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| _ = draw(frame, &State::new(items()), colours)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let cells = buffer.content().iter().filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
        let marked: String = cells.map(ratatui::buffer::Cell::symbol).collect();
        assert!(marked.contains("__shfl_down_sync(mask,") && !marked.contains("v +="), "{marked}");
        let keyword = buffer.content().iter().any(|cell| cell.fg == Color::Blue && cell.symbol() == "u");
        assert_eq!(keyword, colours, "`unsigned` has a colour");
        buffer.content().iter().any(|cell| matches!(cell.fg, Color::Red | Color::Green))
    };
    assert!(find(true) && !find(false));
}

#[test]
fn control_characters_on_the_screen_are_escaped() {
    let mut bad = item("src/\x1b[2Jx.cu", "shuffle-mask", 1, None);
    bad.what = "a\x1b]0;title\x07b".to_owned();
    bad.source = ["\x1b[31mred\ttab"; 9].map(str::to_owned).into_iter().collect();
    let text = screen("", vec![bad], 80, 24).backend().to_string();
    assert!(
        !text.contains('\x1b') && !text.contains('\x07') && text.contains("\\u{1b}[31mred    tab"),
        "{text}"
    );
}

#[test]
fn without_a_terminal_review_lists_the_commands() {
    let project = Project::of(&[("a.cu", THREE_FINDINGS.as_bytes())]);
    let ran = project.inside(&["review"]);
    ran.check(1, &[]);
    assert!(ran.out.starts_with("     2  cudaGraphicsD3D9RegisterResource\n"), "{}", ran.out);
    assert!(ran.out.contains("--accept RULE"), "{}", ran.out);
    let ran = project.inside(&["review", "--list"]);
    ran.check(0, &[]);
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
    assert!(ran.out.starts_with("a.cu:2: manual[cudaGraphicsD3D9RegisterResource] "), "{}", ran.out);
}

#[test]
fn findings_of_a_rule_can_be_answered_and_reopened() {
    let project = Project::of(&[("a.cu", THREE_FINDINGS.as_bytes()), ("b.cu", THREE_FINDINGS.as_bytes())]);
    let rule = "cudaGraphicsD3D9RegisterResource";
    let ran = project.inside(&["review", "a.cu", "--accept", rule]);
    ran.check(0, &["Accepted: 2 findings of `cudaGraphicsD3D9RegisterResource`.", "Open: 1 finding."]);
    let text = fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert_eq!(text.matches("path = \"a.cu\"").count(), 2, "{text}");
    project.inside(&["review", "--accept", rule]).check(0, &["Accepted: 2 findings"]);
    project.inside(&["review", "--reject", rule]).check(0, &["Rejected: 0 findings"]);
    project
        .inside(&["review", "--reject", "inline-ptx"])
        .check(0, &["Rejected: 0 findings", "note: 2 findings of `inline-ptx` would change nothing"]);
    project.inside(&["review", "--accept", "no-such-rule"]).check(2, &["`no-such-rule` is neither a rule"]);
    let ran = project.inside(&["review", "--list", "--all"]);
    assert_eq!(ran.out.matches("(accepted)").count(), 4, "{}", ran.out);
    project.inside(&["review", "--reopen", rule]).check(0, &["Opened again: 4 findings"]);
    assert!(!project.path("tranship-answers.toml").exists(), "no answers, no file");
    project.inside(&["review", "--list", "--accept", rule]).check(2, &["cannot be used with"]);
    project
        .inside(&["review", "--accept", rule, "--reject", rule])
        .check(2, &["`cudaGraphicsD3D9RegisterResource` is given twice"]);
    let ran = project.inside(&["review", "--list"]);
    let key = ran.out.lines().next().unwrap().split(' ').nth(2).unwrap();
    project.inside(&["review", "--accept", key]).check(0, &["Accepted: 2 findings of", "Open: 4 findings."]);
    project.inside(&["review", "a.cu", "--reopen", key]).check(0, &["Opened again: 1 finding"]);
}

#[test]
fn without_findings_nothing_is_asked() {
    let project = Project::of(&[("a.cu", b"int x;\n")]);
    project.inside(&["review"]).check(0, &["Nothing is open."]);
}

#[test]
fn stale_answers_are_reported_and_removed_by_a_flag() {
    let project = Project::of(&[("a.cu", THREE_FINDINGS.as_bytes()), ("b.cu", THREE_FINDINGS.as_bytes())]);
    project.inside(&["review", "--accept", "cudaGraphicsD3D9RegisterResource"]).check(0, &[]);
    project.write("a.cu", b"\n");
    fs::remove_file(project.path("b.cu")).unwrap();
    project.inside(&["review", "--list"]).check(0, &["4 answers are stale", "which is gone"]);
    project.inside(&["review", "--forget-stale"]).check(0, &["Removed: 4 answers."]);
    let ran = project.inside(&["review", "--list"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    project.write("tranship-answers.toml", b"=======\nbroken\n");
    project.inside(&["review", "--forget-stale"]).check(2, &["tranship-answers.toml:1: "]);
    assert_eq!(fs::read(project.path("tranship-answers.toml")).unwrap(), b"=======\nbroken\n");
}
