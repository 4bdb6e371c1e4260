//! The language server, as an editor uses it.

mod client;

use serde_json::{Value, json};

use crate::support::{Project, commit, root};
use client::{Client, applied, capabilities, range};

const OPEN: &str = "cudaDeviceFlushGPUDirectRDMAWrites";

/// A file with a manual finding behind an emoji, a change to review and safe changes.
const KERNEL: &str = "#include <cuda_runtime.h>\n\
    void f() { log(\"\u{1f600}\"); cudaDeviceFlushGPUDirectRDMAWrites(); }\n\
    __global__ void k(float *a, unsigned m) { a[0] = __shfl_sync(m, a[0], 1); }\n";

/// The rules, levels and ranges of diagnostics.
fn brief(diagnostics: &[Value]) -> Vec<(String, u64, Value)> {
    let one = |one: &Value| {
        (one["code"].as_str().unwrap().to_owned(), one["severity"].as_u64().unwrap(), one["range"].clone())
    };
    diagnostics.iter().map(one).collect()
}

fn rules(diagnostics: &[Value]) -> Vec<String> {
    brief(diagnostics).into_iter().map(|(rule, ..)| rule).collect()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

/// The action with `title`.
fn action<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let found = actions.iter().find(|action| action["title"] == title);
    found.unwrap_or_else(|| panic!("`{title}` is none of {:?}", titles(actions)))
}

/// The edits of the document `uri` in an edit of the workspace.
fn edits_of(edit: &Value, uri: &str) -> Vec<Value> {
    let operations = edit["documentChanges"].as_array().unwrap();
    let own =
        operations.iter().find(|one| one["textDocument"]["uri"] == uri).expect("an edit of the document");
    own["edits"].as_array().unwrap().clone()
}

#[test]
fn findings_are_diagnostics_with_positions_of_utf_16() {
    let project = Project::of(&[("k.cu", b"")]);
    let mut editor = Client::of(&project);
    let found = editor.open("k.cu", KERNEL);
    // The emoji counts as two units, so the name begins at column 22 (21 characters before it).
    let column = KERNEL.lines().nth(1).unwrap().split(OPEN).next().unwrap().encode_utf16().count() as u32;
    assert_eq!(column, 22);
    let length = OPEN.len() as u32;
    let call = brief(&found);
    assert_eq!(call[0], (OPEN.to_owned(), 2, range(1, column, column + length)));
    assert_eq!(call[1].0, "shuffle-mask");
    assert_eq!((call[1].1, call.len()), (3, 2), "safe changes are not shown: {call:?}");
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.contains("has no counterpart on ROCm\nwhy: "), "{message}");
    assert_eq!(found[0]["source"], "tranship");
    // Without a change the same text has the same diagnostics; a keystroke changes only what it touches.
    let moved = editor.change("k.cu", 2, json!([{ "range": range(1, 0, 0), "text": "\u{1f600}" }]));
    assert_eq!(brief(&moved)[0].2, range(1, column + 2, column + 2 + length));
    let gone = editor.change(
        "k.cu",
        3,
        json!([{ "range": range(1, column + 2, column + 2 + length), "text": "g" }]),
    );
    assert_eq!(rules(&gone), ["shuffle-mask"]);
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri("k.cu") } }));
    let uri = editor.uri("k.cu");
    assert_eq!(editor.diagnostics(&uri), [Value::Null; 0]);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn safe_changes_are_hints_on_request() {
    let project = Project::of(&[("k.cu", b"")]);
    let (mut editor, _) = Client::open_folder(&project, &capabilities(), &json!({ "safe": true }));
    let found = editor.open("k.cu", "void f(float *p) { cudaFree(p); }\n");
    let hints: Vec<_> = brief(&found).into_iter().filter(|one| one.0 == "cudaFree").collect();
    assert_eq!(hints, [("cudaFree".to_owned(), 4, range(0, 19, 27))]);
}

#[test]
fn unsaved_files_and_changed_files_decide_about_other_files() {
    let user = format!("#include \"own.h\"\nvoid f() {{ {OPEN}(); }}\n");
    let project = Project::of(&[("own.h", b"#pragma once\n"), ("a/use.cu", user.as_bytes())]);
    let mut editor = Client::of(&project);
    let user = user.replace("own.h", "../own.h");
    assert_eq!(rules(&editor.open("a/use.cu", &user)), [OPEN]);
    editor.open("own.h", "#pragma once\n");
    let uri = editor.uri("a/use.cu");
    // The project defines the name now, in a file that was never saved.
    let own = format!("inline void {OPEN}() {{}}\n");
    editor.change("own.h", 2, json!([{ "range": range(1, 0, 0), "text": own }]));
    editor.until(&uri, &[]);
    editor.change("own.h", 3, json!([{ "text": "#pragma once\n" }]));
    editor.until(&uri, &[OPEN]);
    // A file that appears on disk defines the name.
    project.write("new.h", own.as_bytes());
    let text = format!("#include \"../new.h\"\n{user}");
    assert_eq!(rules(&editor.change("a/use.cu", 2, json!([{ "text": text }]))), [OPEN]);
    let event = json!({ "changes": [{ "uri": editor.uri("new.h"), "type": 1 }] });
    editor.asked("client/registerCapability");
    editor.notify("workspace/didChangeWatchedFiles", event);
    editor.until(&uri, &[]);
    // The file is deleted again.
    std::fs::remove_file(project.path("new.h")).unwrap();
    let event = json!({ "changes": [{ "uri": editor.uri("new.h"), "type": 3 }] });
    editor.notify("workspace/didChangeWatchedFiles", event);
    editor.until(&uri, &[OPEN]);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn an_open_file_that_is_deleted_stays_checked() {
    let project = Project::of(&[("k.cu", KERNEL.as_bytes())]);
    let mut editor = Client::of(&project);
    assert_eq!(editor.open("k.cu", KERNEL).len(), 2);
    std::fs::remove_file(project.path("k.cu")).unwrap();
    let event = json!({ "changes": [{ "uri": editor.uri("k.cu"), "type": 3 }] });
    editor.notify("workspace/didChangeWatchedFiles", event);
    assert_eq!(editor.change("k.cu", 2, json!([{ "range": range(0, 0, 0), "text": " " }])).len(), 2);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_change_is_applied_as_convert_writes_it() {
    let code = "#include <cuda_fp16.h>\n// \u{1f600}\n__device__ __half2 f(__half2 a) { /*\u{1f600}*/ return __hmax2(a, a); }\n";
    let project = Project::of(&[("k.cu", code.as_bytes())]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let mut editor = Client::of(&project);
    editor.open("k.cu", code);
    let uri = editor.uri("k.cu");
    let actions = editor.actions("k.cu", range(0, 0, 0));
    let whole = action(&actions, "tranship: convert the whole file to HIP");
    let operations = whole["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!(applied(code, &edits_of(&whole["edit"], &uri)).as_bytes(), project.written("k.hip"));
    // The support header is created first, and the file gets its new name last.
    assert_eq!(
        (&operations[0]["kind"], &operations[0]["uri"]),
        (&json!("create"), &json!(editor.uri("tranship_hip.h")))
    );
    let header = operations[1]["edits"][0]["newText"].as_str().unwrap();
    assert_eq!(header.as_bytes(), project.written("tranship_hip.h"));
    let rename = operations.last().unwrap();
    assert_eq!((&rename["kind"], &rename["newUri"]), (&json!("rename"), &json!(editor.uri("k.hip"))));
    // The command asks the editor for the same edit.
    let command = json!({ "command": "tranship.convertFile", "arguments": [uri] });
    assert_eq!(editor.request("workspace/executeCommand", command).unwrap()["applied"], true);
    assert_eq!(editor.asked("workspace/applyEdit")["edit"], whole["edit"]);
}

#[test]
fn an_editor_that_declares_only_operations_gets_new_files() {
    let project = Project::of(&[("k.cu", KERNEL.as_bytes())]);
    // These are the capabilities of Neovim 0.12.
    let edits =
        json!({ "resourceOperations": ["rename", "create", "delete"], "normalizesLineEndings": true });
    let capabilities = json!({ "workspace": { "workspaceEdit": edits } });
    let (mut editor, _) = Client::open_folder(&project, &capabilities, &Value::Null);
    editor.open("k.cu", KERNEL);
    let actions = editor.actions("k.cu", range(0, 0, 0));
    let whole = action(&actions, "tranship: convert the whole file to HIP");
    let operations = whole["edit"]["documentChanges"].as_array().unwrap();
    let kinds: Vec<_> = operations.iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["create", "rename"]);
}

#[test]
fn an_editor_without_new_files_gets_plain_edits() {
    let project = Project::of(&[("k.cu", b"")]);
    let (mut editor, _) = Client::open_folder(&project, &json!({}), &Value::Null);
    let code = "void f(float *p) { cudaFree(p); }\n";
    editor.open("k.cu", code);
    let uri = editor.uri("k.cu");
    let actions = editor.actions("k.cu", range(0, 20, 20));
    let one = action(&actions, "tranship: apply the change of `cudaFree`");
    let edits = one["edit"]["changes"][&uri].as_array().unwrap();
    // The include of HIP's header is a change of its own.
    assert_eq!(applied(code, edits), "void f(float *p) { hipFree(p); }\n");
}

#[test]
fn the_server_writes_the_support_header_for_an_editor_without_new_files() {
    let project = Project::of(&[("k.cu", KERNEL.as_bytes()), ("tranship.toml", b"")]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    // These are the capabilities of Eglot 1.17.
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let (mut editor, _) = Client::open_folder(&project, &capabilities, &Value::Null);
    editor.open("k.cu", KERNEL);
    let actions = editor.actions("k.cu", range(2, 50, 50));
    let one = action(&actions, "tranship: apply the change of `shuffle-mask`");
    assert_eq!(one["edit"]["documentChanges"].as_array().unwrap().len(), 1);
    assert_eq!(one["command"]["command"], "tranship.supportHeader");
    assert!(!project.path("tranship_hip.h").exists());
    let arguments = &one["command"]["arguments"];
    let command = json!({ "command": "tranship.supportHeader", "arguments": arguments });
    editor.request("workspace/executeCommand", command).unwrap();
    let header = std::fs::read(project.path("tranship_hip.h")).unwrap();
    assert_eq!(header, project.written("tranship_hip.h"));
    // The command for the whole file writes the header too.
    std::fs::remove_file(project.path("tranship_hip.h")).unwrap();
    let command = json!({ "command": "tranship.convertFile", "arguments": [editor.uri("k.cu")] });
    editor.request("workspace/executeCommand", command).unwrap();
    assert_eq!(std::fs::read(project.path("tranship_hip.h")).unwrap(), header);
    // A name that is no helper adds nothing.
    let arguments = json!([{ "uri": editor.uri("k.cu"), "helpers": ["../x"] }]);
    let command = json!({ "command": "tranship.supportHeader", "arguments": arguments });
    editor.request("workspace/executeCommand", command).unwrap();
    assert_eq!(std::fs::read(project.path("tranship_hip.h")).unwrap(), header);
}

#[test]
fn answers_and_comments_hide_findings() {
    let project = Project::of(&[("src/k.cu", KERNEL.as_bytes()), ("tranship.toml", b"")]);
    let mut editor = Client::of(&project);
    assert_eq!(editor.open("src/k.cu", KERNEL).len(), 2);
    let uri = editor.uri("src/k.cu");
    let actions = editor.actions("src/k.cu", range(2, 60, 60));
    let accept = action(&actions, "tranship: accept the change of `shuffle-mask`");
    let command = accept["command"].clone();
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    assert_eq!(editor.request("workspace/executeCommand", params), Ok(Value::Null));
    editor.until(&uri, &[OPEN]);
    let answers = std::fs::read_to_string(project.path("tranship-answers.toml")).unwrap();
    assert!(answers.contains("path = \"src/k.cu\", rule = \"shuffle-mask\""), "{answers}");
    let actions = editor.actions("src/k.cu", range(1, 30, 30));
    let ignore = action(&actions, &format!("tranship: ignore `{OPEN}` here with a comment"));
    let edits = edits_of(&ignore["edit"], &uri);
    let text = applied(KERNEL, &edits);
    assert!(text.contains(&format!("\n// tranship: ignore[{OPEN}]\nvoid f()")), "{text}");
    assert_eq!(editor.change("src/k.cu", 2, json!([{ "text": text }])), [Value::Null; 0]);
    // The answer is removed again.
    let actions = editor.actions("src/k.cu", range(3, 60, 60));
    let open = action(&actions, "tranship: remove the answer to `shuffle-mask`")["command"].clone();
    let params = json!({ "command": open["command"], "arguments": open["arguments"] });
    editor.request("workspace/executeCommand", params).unwrap();
    editor.until(&uri, &["shuffle-mask"]);
    assert!(!project.path("tranship-answers.toml").exists());
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn hover_explains_findings_and_names() {
    let project = Project::of(&[("k.cu", b"")]);
    let mut editor = Client::of(&project);
    editor.open("k.cu", KERNEL);
    let mut hover = |line: u32, character: u32| {
        let place = json!({ "textDocument": { "uri": editor.uri("k.cu") }, "position": { "line": line, "character": character } });
        let answer = editor.request("textDocument/hover", place).unwrap();
        answer["contents"]["value"].as_str().map(str::to_owned)
    };
    let open = hover(1, 30).unwrap();
    assert!(open.contains("**manual** `cudaDeviceFlushGPUDirectRDMAWrites`: "), "{open}");
    assert!(open.contains("(CUDA Runtime API)") || open.contains("has no counterpart on ROCm\n"), "{open}");
    let header = hover(0, 14).unwrap();
    assert!(
        header.contains("cuda_runtime.h (header)") && header.contains("becomes hip/hip_runtime.h"),
        "{header}"
    );
    assert_eq!(hover(1, 0), None, "`void` is no name of the tables");
}

#[test]
fn the_configuration_of_the_project_counts_and_its_errors_are_shown() {
    let project = Project::of(&[("k.cu", b""), ("tranship.toml", b"ignore = [\"shuffle-mask\"]\n")]);
    let mut editor = Client::of(&project);
    assert_eq!(rules(&editor.open("k.cu", KERNEL)), [OPEN]);
    let (uri, settings) = (editor.uri("k.cu"), editor.uri("tranship.toml"));
    let event = json!({ "changes": [{ "uri": settings, "type": 2 }] });
    project.write("tranship.toml", b"\nignore = [\"no-such-rule\"]\n");
    editor.notify("workspace/didChangeWatchedFiles", event.clone());
    let problems = editor.diagnostics(&settings);
    assert_eq!((&problems[0]["severity"], &problems[0]["range"]["start"]["line"]), (&json!(1), &json!(1)));
    assert!(problems[0]["message"].as_str().unwrap().contains("`no-such-rule` is neither a rule"));
    let shown = editor.told("window/showMessage", |_| true);
    assert!(shown["message"].as_str().unwrap().contains("tranship.toml:2: "), "{shown}");
    // The last settings that could be read stay in effect.
    editor.until(&uri, &[OPEN]);
    project.write("tranship.toml", b"");
    editor.notify("workspace/didChangeWatchedFiles", event);
    assert_eq!(editor.diagnostics(&settings), [Value::Null; 0]);
    editor.until(&uri, &[OPEN, "shuffle-mask"]);
}

#[test]
fn a_broken_configuration_does_not_end_the_server() {
    let project = Project::of(&[("k.cu", b""), ("tranship.toml", b"rocm = 3\n")]);
    let mut editor = Client::of(&project);
    assert_eq!(editor.open("k.cu", KERNEL), [Value::Null; 0]);
    let settings = editor.uri("tranship.toml");
    assert_eq!(editor.diagnostics(&settings).len(), 1);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn build_files_are_checked_with_the_project() {
    let project = Project::of(&[("src/k.cu", b""), ("CMakeLists.txt", b"")]);
    let mut editor = Client::of(&project);
    let found = editor.open(
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.10)\nproject(x LANGUAGES CXX CUDA)\nadd_library(x src/k.cu)\n",
    );
    assert!(rules(&found).contains(&"cmake-minimum".to_owned()), "{found:?}");
    // Text files have no findings.
    assert_eq!(editor.open("notes.txt", "cudaMalloc\n"), [Value::Null; 0]);
}

#[test]
fn files_outside_of_a_project_and_unsaved_texts_are_checked_alone() {
    let project = Project::of(&[("k.cu", b"")]);
    let mut editor = Client::of(&project);
    // No folder around this file is a project or part of the workspace.
    std::fs::write(project.around().join("alone.cu"), KERNEL).unwrap();
    let uri = editor.uri("alone.cu").replace("/p/", "/");
    let found = editor.open_uri(&uri, "cuda-cpp", KERNEL);
    assert_eq!(rules(&found), [OPEN, "shuffle-mask"]);
    let found = editor.open_uri("untitled:Untitled-1", "cuda-cpp", KERNEL);
    assert_eq!(rules(&found), [OPEN, "shuffle-mask"]);
    assert_eq!(editor.open_uri("untitled:Untitled-2", "plaintext", KERNEL), [Value::Null; 0]);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn excluded_files_have_no_findings() {
    let project = Project::of(&[("old/k.cu", b""), ("tranship.toml", b"exclude = [\"old\"]\n")]);
    commit(&project);
    let mut editor = Client::of(&project);
    assert_eq!(editor.open("old/k.cu", KERNEL), [Value::Null; 0]);
}

#[test]
fn a_huge_file_is_checked_and_cancelled_requests_are_not_started() {
    let project = Project::of(&[("k.cu", b"")]);
    let mut editor = Client::of(&project);
    let kernel = "__global__ void k(float *a, unsigned m) { a[0] = __shfl_sync(m, a[0], 1); }\n";
    let huge = kernel.repeat(4000);
    let uri = editor.uri("k.cu");
    let document = json!({ "uri": uri, "languageId": "cuda-cpp", "version": 1, "text": huge });
    editor.notify("textDocument/didOpen", json!({ "textDocument": document }));
    // The server is busy with the file, so it reads the request together with its cancellation.
    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 60 } });
    let first = editor.ask("textDocument/hover", place.clone());
    let second = editor.ask("textDocument/hover", place);
    editor.notify("$/cancelRequest", json!({ "id": 3 }));
    assert!(editor.answer_to(&first).is_ok());
    assert_eq!(editor.answer_to(&second), Err(-32800));
    assert_eq!(editor.diagnostics(&uri).len(), 4000);
    let changed =
        editor.change("k.cu", 2, json!([{ "range": range(0, 0, kernel.len() as u32 - 1), "text": "" }]));
    assert_eq!(changed.len(), 3999);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn wrong_messages_have_the_errors_of_the_protocol() {
    let project = Project::of(&[("k.cu", b"")]);
    let mut early = Client::start(&project);
    assert_eq!(early.request("textDocument/hover", json!({})), Err(-32002), "not initialised");
    assert_eq!(early.hang_up(), Some(1));
    let mut editor = Client::of(&project);
    assert_eq!(editor.request("textDocument/rename", json!({})), Err(-32601));
    assert_eq!(editor.request("textDocument/hover", json!({ "position": 3 })), Err(-32602));
    let unknown = json!({ "command": "tranship.unknown", "arguments": [] });
    assert_eq!(editor.request("workspace/executeCommand", unknown), Err(-32602));
    let closed = json!({ "command": "tranship.convertFile", "arguments": [editor.uri("k.cu")] });
    assert_eq!(editor.request("workspace/executeCommand", closed), Err(-32602));
    let place =
        json!({ "textDocument": { "uri": editor.uri("k.cu") }, "position": { "line": 9, "character": 9 } });
    assert_eq!(editor.request("textDocument/hover", place), Ok(Value::Null), "a file that is not open");
    editor.notify("textDocument/didOpen", json!({ "wrong": 1 }));
    assert_eq!(editor.request("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(editor.request("textDocument/hover", json!({})), Err(-32600), "after a shutdown");
    assert_eq!(editor.exit(), Some(0));
}

#[test]
fn the_exit_code_shows_whether_the_editor_ended_the_server_in_order() {
    let project = Project::of(&[]);
    assert_eq!(Client::of(&project).end(), Some(0));
    assert_eq!(Client::of(&project).exit(), Some(1));
    assert_eq!(Client::of(&project).hang_up(), Some(1));
}

#[test]
fn the_server_states_what_it_can_do() {
    let project = Project::of(&[]);
    let (editor, can) = Client::open_folder(&project, &capabilities(), &Value::Null);
    assert_eq!(can["textDocumentSync"], json!({ "openClose": true, "change": 2 }));
    assert_eq!((&can["hoverProvider"], &can["positionEncoding"]), (&json!(true), &Value::Null));
    assert_eq!(can["codeActionProvider"]["codeActionKinds"], json!(["quickfix", "source.convert.tranship"]));
    let commands =
        json!(["tranship.answer", "tranship.convertFile", "tranship.supportHeader", "tranship.reload"]);
    assert_eq!(can["executeCommandProvider"]["commands"], commands);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn the_extension_of_vs_code_fits_the_server() {
    let folder = root().join("editors/vscode");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("package.json")).unwrap()).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(folder.join(manifest["main"].as_str().unwrap()).is_file());
    let project = Project::of(&[]);
    let (editor, can) = Client::open_folder(&project, &capabilities(), &Value::Null);
    assert_eq!(editor.end(), Some(0));
    let known = can["executeCommandProvider"]["commands"].as_array().unwrap();
    let own = |command: &Value| known.contains(command) || command == "tranship.restart";
    let commands = manifest["contributes"]["commands"].as_array().unwrap();
    assert!(commands.iter().all(|one| own(&one["command"])), "{commands:?}");
    let script = std::fs::read_to_string(folder.join("extension.js")).unwrap();
    let settings = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    for name in settings.keys().filter(|name| *name != "tranship.trace.server") {
        let short = name.trim_start_matches("tranship.");
        assert!(script.contains(&format!("settings.get(\"{short}\")")), "{name}");
    }
    // Where Node is installed, it reads the script.
    let mut node = std::process::Command::new("node");
    if let Ok(ran) = node.arg("--check").arg(folder.join("extension.js")).output() {
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}
