//! An editor for tests: it speaks with `tranship lsp` over standard input and output.

#![allow(clippy::needless_pass_by_value, reason = "a call with a value of `json!` is easier to read")]

use std::collections::VecDeque;
use std::io::BufReader;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use crate::support::Project;

/// A running server and its messages.
pub(super) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Message>,
    /// Messages that no test has taken yet.
    waiting: VecDeque<Message>,
    next_id: i32,
    root: std::path::PathBuf,
}

/// What most editors support.
pub(super) fn capabilities() -> Value {
    json!({ "workspace": {
        "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create", "rename", "delete"] },
        "didChangeWatchedFiles": { "dynamicRegistration": true },
    } })
}

impl Client {
    /// Starts the server, without the handshake.
    pub(super) fn start(project: &Project) -> Self {
        let mut command = project.command(&["lsp"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        let root = std::fs::canonicalize(project.path("")).unwrap();
        Self { child, input, messages, waiting: VecDeque::new(), next_id: 0, root }
    }

    /// Starts the server with the project as its workspace. Returns its capabilities too.
    pub(super) fn open_folder(project: &Project, capabilities: &Value, options: &Value) -> (Self, Value) {
        let mut client = Self::start(project);
        let folder = json!([{ "uri": client.uri(""), "name": "p" }]);
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folder,
            "initializationOptions": options,
        });
        let answer = client.request("initialize", params).unwrap();
        client.notify("initialized", json!({}));
        (client, answer["capabilities"].clone())
    }

    /// The same with the usual capabilities.
    pub(super) fn of(project: &Project) -> Self {
        Self::open_folder(project, &capabilities(), &Value::Null).0
    }

    /// The URI of a file of the project.
    pub(super) fn uri(&self, path: &str) -> String {
        format!("file://{}", self.root.join(path).display()).trim_end_matches('/').to_owned()
    }

    pub(super) fn send(&mut self, message: Message) {
        message.write(self.input.as_mut().unwrap()).unwrap();
    }

    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.send(Message::Notification(Notification::new(method.to_owned(), params)));
    }

    /// Sends a request. Returns its id.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> RequestId {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        self.send(Message::Request(Request::new(id.clone(), method.to_owned(), params)));
        id
    }

    /// Sends a request and waits for its result, or for the code of its error.
    pub(super) fn request(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.ask(method, params);
        self.answer_to(&id)
    }

    /// Waits for the answer to a request.
    pub(super) fn answer_to(&mut self, id: &RequestId) -> Result<Value, i32> {
        let response = self.wait(|message| match message {
            Message::Response(response) if response.id == *id => Some(response.clone()),
            _ => None,
        });
        response.response_result.map_err(|error| error.code)
    }

    /// Waits for a request of the server, and answers it with null. Returns its parameters.
    pub(super) fn asked(&mut self, method: &str) -> Value {
        let request = self.wait(|message| match message {
            Message::Request(request) if request.method == method => Some(request.clone()),
            _ => None,
        });
        self.send(Message::Response(Response::new_ok(request.id, Value::Null)));
        request.params
    }

    /// Waits for a notification of the server. Returns its parameters.
    pub(super) fn told(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(|message| match message {
            Message::Notification(one) if one.method == method && wanted(&one.params) => {
                Some(one.params.clone())
            }
            _ => None,
        })
    }

    /// Takes the first message for which `take` returns a value.
    fn wait<T>(&mut self, take: impl Fn(&Message) -> Option<T>) -> T {
        if let Some(at) = self.waiting.iter().position(|message| take(message).is_some()) {
            return take(&self.waiting.remove(at).unwrap()).unwrap();
        }
        loop {
            let message = self.messages.recv_timeout(Duration::from_secs(120)).expect("the server answers");
            match take(&message) {
                Some(value) => return value,
                None => self.waiting.push_back(message),
            }
        }
    }

    /// Opens a document with `text`, and returns its diagnostics.
    pub(super) fn open(&mut self, path: &str, text: &str) -> Vec<Value> {
        let uri = self.uri(path);
        self.open_uri(&uri, "cuda-cpp", text)
    }

    pub(super) fn open_uri(&mut self, uri: &str, language: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(uri)
    }

    /// Changes a document, and returns its diagnostics. `changes` are those of the protocol.
    pub(super) fn change(&mut self, path: &str, version: i32, changes: Value) -> Vec<Value> {
        let uri = self.uri(path);
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        let params = self.told("textDocument/publishDiagnostics", |params| {
            params["uri"] == uri.as_str() && params["version"] == version
        });
        params["diagnostics"].as_array().unwrap().clone()
    }

    /// Waits for the next diagnostics of a document.
    pub(super) fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let params =
            self.told("textDocument/publishDiagnostics", |params| params["uri"].as_str() == Some(uri));
        params["diagnostics"].as_array().unwrap().clone()
    }

    /// Waits until the diagnostics of a document are of exactly these rules. Older diagnostics are dropped.
    pub(super) fn until(&mut self, uri: &str, rules: &[&str]) {
        let is_own = |message: &Message| match message {
            Message::Notification(one) if one.params["uri"].as_str() == Some(uri) => {
                Some(one.params["diagnostics"].as_array().unwrap().clone())
            }
            _ => None,
        };
        loop {
            let found = self.wait(is_own);
            let found: Vec<&str> = found.iter().map(|one| one["code"].as_str().unwrap()).collect();
            if found == rules {
                return;
            }
        }
    }

    /// The actions at a place of a document.
    pub(super) fn actions(&mut self, path: &str, range: Value) -> Vec<Value> {
        let uri = self.uri(path);
        let params = json!({
            "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] },
        });
        let answer = self.request("textDocument/codeAction", params).unwrap();
        answer.as_array().unwrap().clone()
    }

    /// Closes the input of the server without a word. Returns its exit code.
    pub(super) fn hang_up(mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().unwrap().code()
    }

    /// Ends the server in order. Returns its exit code.
    pub(super) fn end(mut self) -> Option<i32> {
        assert_eq!(self.request("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        self.child.wait().unwrap().code()
    }

    /// Sends `exit` without a shutdown. Returns the exit code.
    pub(super) fn exit(mut self) -> Option<i32> {
        self.notify("exit", Value::Null);
        self.child.wait().unwrap().code()
    }
}

/// A range on one line.
pub(super) fn range(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

/// `text` after the edits of the protocol, which are in units of UTF-16. Written for tests, independent of the server.
pub(super) fn applied(text: &str, edits: &[Value]) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let offset = |place: &Value| {
        let mut starts = vec![0];
        starts.extend(units.iter().enumerate().filter(|(_, unit)| **unit == 10).map(|(at, _)| at + 1));
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        starts.get(line).map_or(units.len(), |start| start + column)
    };
    let mut edits: Vec<_> = edits
        .iter()
        .map(|edit| {
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                edit["newText"].as_str().unwrap(),
            )
        })
        .collect();
    edits.sort_by_key(|(start, ..)| *start);
    let mut out: Vec<u16> = Vec::new();
    let mut at = 0;
    for (start, end, new) in edits {
        out.extend(&units[at..start]);
        out.extend(new.encode_utf16());
        at = end;
    }
    out.extend(&units[at..]);
    String::from_utf16(&out).unwrap()
}
