//! The loop of the server. It has one thread: all messages that have arrived are read first, so that a check always has the
//! newest text, and a cancelled request is not started.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use anyhow::Context as _;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{
    ApplyWorkspaceEdit, CodeActionRequest, ExecuteCommand, HoverRequest, RegisterCapability, Request as _,
    Shutdown,
};
use lsp_types::{
    ApplyWorkspaceEditParams, CodeActionParams, Diagnostic, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, ExecuteCommandParams, FileSystemWatcher,
    GlobPattern, HoverParams, InitializeParams, MessageType, NumberOrString, PublishDiagnosticsParams,
    Registration, RegistrationParams, ShowMessageParams, Uri,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tranship_engine::finding::Answer;
use tranship_rules::Rules;

use super::Explain;
use super::actions::{self, ANSWER, AnswerArguments, CONVERT, HEADER, HeaderArguments, RELOAD};
use super::capabilities::capabilities;
use super::diagnostics::{diagnostics, of_problem};
use super::documents::{Document, Home, home};
use super::edits::{Support, workspace_edit};
use super::hover::hover;
use super::positions::Lines;
use super::projects::{Projects, placed};
use super::uris::{path_of, uri_of};
use crate::project::session::real_path;

/// Serves an editor on standard input and output until it ends the server. Returns whether the editor ended it in order.
pub fn run(explain: Explain) -> anyhow::Result<bool> {
    let (connection, threads) = Connection::stdio();
    let ended = serve(&connection, explain);
    // The thread that writes ends with the connection.
    drop(connection);
    threads.join().context("cannot read a message of the editor")?;
    ended
}

fn serve(connection: &Connection, explain: Explain) -> anyhow::Result<bool> {
    let (id, params) = match connection.initialize_start() {
        Ok(started) => started,
        Err(error) if error.channel_is_disconnected() => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let params: InitializeParams = serde_json::from_value(params).context("`initialize` cannot be read")?;
    let info = json!({ "name": "tranship", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(), "serverInfo": info });
    connection.initialize_finish(id, answer)?;
    let mut server = Server::new(connection, incoming(connection), &params, explain);
    server.watch_files(&params)?;
    server.run()
}

/// The messages of the editor. The channel of the connection has room for none, so a thread empties it: all messages that were
/// sent during a long check can then be read at once.
fn incoming(connection: &Connection) -> Receiver<Message> {
    let (sender, messages) = channel();
    let receiver = connection.receiver.clone();
    std::thread::spawn(move || receiver.into_iter().try_for_each(|message| sender.send(message)));
    messages
}

/// The result of a request, or the error for the editor.
type Answered = Result<Value, (ErrorCode, String)>;

struct Server<'a> {
    connection: &'a Connection,
    messages: Receiver<Message>,
    explain: Explain,
    support: Support,
    /// Whether changes that need no person are shown too.
    safe: bool,
    folders: Vec<PathBuf>,
    projects: Projects,
    /// The open documents by their URIs.
    documents: FxHashMap<String, Document>,
    requests: VecDeque<Request>,
    /// The files of settings whose problem is shown.
    settings: FxHashSet<PathBuf>,
    next_id: i32,
    is_shut_down: bool,
}

impl<'a> Server<'a> {
    fn new(
        connection: &'a Connection,
        messages: Receiver<Message>,
        params: &InitializeParams,
        explain: Explain,
    ) -> Self {
        let options = params.initialization_options.as_ref();
        let safe = options.and_then(|options| options.get("safe")).and_then(Value::as_bool);
        let named = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
        #[allow(deprecated, reason = "older editors have only this")]
        let old = params.root_uri.iter().filter(|_| params.workspace_folders.is_none());
        let folders = named.chain(old).filter_map(|uri| Some(real_path(&path_of(uri.as_str())?)));
        Self {
            connection,
            messages,
            explain,
            support: Support::of(&params.capabilities),
            safe: safe.unwrap_or(false),
            folders: folders.collect(),
            projects: Projects::default(),
            documents: FxHashMap::default(),
            requests: VecDeque::new(),
            settings: FxHashSet::default(),
            next_id: 0,
            is_shut_down: false,
        }
    }

    /// Asks the editor to report changes of files, if it can.
    fn watch_files(&mut self, params: &InitializeParams) -> anyhow::Result<()> {
        let workspace = params.capabilities.workspace.as_ref();
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        if watched.and_then(|watched| watched.dynamic_registration) != Some(true) {
            return Ok(());
        }
        let all_files =
            FileSystemWatcher { glob_pattern: GlobPattern::String("**/*".to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![all_files] };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(serde_json::to_value(options)?),
        };
        self.ask(RegisterCapability::METHOD, RegistrationParams { registrations: vec![registration] })
    }

    /// Reads messages until the editor ends the server. Returns whether it asked for a shutdown before.
    fn run(&mut self) -> anyhow::Result<bool> {
        loop {
            let is_idle = self.requests.is_empty() && !self.documents.values().any(|one| one.is_dirty);
            if is_idle {
                let Ok(message) = self.messages.recv() else { return Ok(false) };
                if self.take(message)? {
                    return Ok(self.is_shut_down);
                }
            }
            while let Ok(message) = self.messages.try_recv() {
                if self.take(message)? {
                    return Ok(self.is_shut_down);
                }
            }
            if let Some(request) = self.requests.pop_front() {
                let response = self.answer(request);
                self.connection.sender.send(Message::Response(response))?;
            } else if let Some(uri) = self.next_dirty() {
                self.publish(&uri)?;
            }
        }
    }

    /// Takes a message that has arrived. Returns whether the server has to end.
    fn take(&mut self, message: Message) -> anyhow::Result<bool> {
        match message {
            Message::Request(request) => self.requests.push_back(request),
            // The answers of the editor need no reaction.
            Message::Response(_) => {}
            Message::Notification(notification) if notification.method == Exit::METHOD => return Ok(true),
            Message::Notification(notification) => self.notified(notification)?,
        }
        Ok(false)
    }

    fn notified(&mut self, notification: Notification) -> anyhow::Result<()> {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Some(params) = read::<DidOpenTextDocumentParams>(notification.params) else {
                    return Ok(());
                };
                let uri = params.text_document.uri.as_str().to_owned();
                self.documents.insert(uri, Document::new(params.text_document, &self.folders));
            }
            DidChangeTextDocument::METHOD => {
                let params = read::<DidChangeTextDocumentParams>(notification.params);
                let Some(params) = params else { return Ok(()) };
                if let Some(document) = self.documents.get_mut(params.text_document.uri.as_str()) {
                    document.change(params.text_document.version, params.content_changes);
                }
            }
            DidCloseTextDocument::METHOD => {
                let Some(params) = read::<DidCloseTextDocumentParams>(notification.params) else {
                    return Ok(());
                };
                if let Some(document) = self.documents.remove(params.text_document.uri.as_str()) {
                    self.projects.close(&document);
                    self.send_diagnostics(document.uri, Vec::new(), None)?;
                }
            }
            DidChangeWatchedFiles::METHOD => {
                let params = read::<DidChangeWatchedFilesParams>(notification.params);
                let Some(params) = params else { return Ok(()) };
                let paths = params.changes.iter().filter_map(|change| path_of(change.uri.as_str()));
                self.changed_on_disk(paths.collect())?;
            }
            DidSaveTextDocument::METHOD => {
                let uri = notification.params.pointer("/textDocument/uri").and_then(Value::as_str);
                self.changed_on_disk(uri.and_then(path_of).into_iter().collect())?;
            }
            DidChangeWorkspaceFolders::METHOD => {
                let params = read::<DidChangeWorkspaceFoldersParams>(notification.params);
                let Some(params) = params else { return Ok(()) };
                let path = |uri: &Uri| path_of(uri.as_str()).map(|path| real_path(&path));
                let gone: Vec<_> = params.event.removed.iter().filter_map(|one| path(&one.uri)).collect();
                self.folders.retain(|folder| !gone.contains(folder));
                self.folders.extend(params.event.added.iter().filter_map(|one| path(&one.uri)));
                for document in self.documents.values_mut() {
                    if !matches!(document.home, Home::Text(_)) {
                        document.home = home(document.uri.as_str(), "", &self.folders);
                        document.outdated();
                    }
                }
            }
            Cancel::METHOD => {
                let id = notification.params.get("id").cloned();
                let id =
                    id.and_then(|id| serde_json::from_value::<NumberOrString>(id).ok()).map(|id| match id {
                        NumberOrString::Number(number) => RequestId::from(number),
                        NumberOrString::String(text) => RequestId::from(text),
                    });
                if let Some(at) = self.requests.iter().position(|request| Some(&request.id) == id.as_ref())
                    && let Some(request) = self.requests.remove(at)
                {
                    let code = ErrorCode::RequestCanceled as i32;
                    let response = Response::new_err(request.id, code, "the editor cancelled it".to_owned());
                    self.connection.sender.send(Message::Response(response))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The files `paths` were changed, created or removed on disk.
    fn changed_on_disk(&mut self, paths: Vec<PathBuf>) -> anyhow::Result<()> {
        let mut roots: FxHashSet<PathBuf> = FxHashSet::default();
        for path in paths {
            roots.extend(self.projects.changed_on_disk(&real_path(&path)));
        }
        self.outdate(&roots);
        self.show_problems()
    }

    /// All documents of the projects `roots` have to be checked again.
    fn outdate(&mut self, roots: &FxHashSet<PathBuf>) {
        for document in self.documents.values_mut() {
            if document.root().is_some_and(|root| roots.contains(root)) {
                document.outdated();
            }
        }
    }

    fn answer(&mut self, request: Request) -> Response {
        let result = match request.method.as_str() {
            Shutdown::METHOD => {
                self.is_shut_down = true;
                Ok(Value::Null)
            }
            _ if self.is_shut_down => Err((ErrorCode::InvalidRequest, "the server is shut down".to_owned())),
            HoverRequest::METHOD => arguments(request.params).map(|params| self.hover(&params)),
            CodeActionRequest::METHOD => arguments(request.params).map(|params| self.actions(&params)),
            ExecuteCommand::METHOD => arguments(request.params).and_then(|params| self.execute(params)),
            other => Err((ErrorCode::MethodNotFound, format!("the server has no method `{other}`"))),
        };
        match result {
            Ok(value) => Response::new_ok(request.id, value),
            Err((code, message)) => Response::new_err(request.id, code as i32, message),
        }
    }

    fn hover(&mut self, params: &HoverParams) -> Value {
        let place = &params.text_document_position_params;
        let uri = place.text_document.uri.as_str();
        self.check(uri);
        let Some(document) = self.documents.get(uri) else { return Value::Null };
        let builtin = Rules::builtin();
        let session = document.root().and_then(|root| self.projects.get(root));
        let rules = session.map_or(&builtin, |session| session.rules());
        json!(hover(document, place.position, rules, self.explain))
    }

    fn actions(&mut self, params: &CodeActionParams) -> Value {
        let uri = params.text_document.uri.as_str();
        self.check(uri);
        let Some(document) = self.documents.get(uri) else { return Value::Null };
        let only = params.context.only.as_deref();
        json!(actions::actions(document, params.range, only, &mut self.projects, self.support))
    }

    fn execute(&mut self, params: ExecuteCommandParams) -> Answered {
        let argument = params.arguments.into_iter().next().unwrap_or_default();
        match params.command.as_str() {
            ANSWER => self.answer_finding(&arguments(argument)?),
            CONVERT => self.convert(&argument),
            HEADER => {
                let given: HeaderArguments = arguments(argument)?;
                self.write_header(&given.uri, &given.helpers)
            }
            RELOAD => {
                let roots: FxHashSet<PathBuf> = self.projects.roots().into_iter().collect();
                for root in &roots {
                    self.projects.reload(root);
                }
                self.outdate(&roots);
                self.show_problems().map_err(|error| internal(&error))?;
                Ok(Value::Null)
            }
            other => Err((ErrorCode::InvalidParams, format!("there is no command `{other}`"))),
        }
    }

    fn answer_finding(&mut self, given: &AnswerArguments) -> Answered {
        let invalid = |message: String| (ErrorCode::InvalidParams, message);
        let document = self.documents.get(&given.uri);
        let Some(Home::Project { root, path }) = document.map(|document| document.home.clone()) else {
            return Err(invalid("only an open file of a project can have answers".to_owned()));
        };
        let key = given.key.parse().map_err(|()| invalid(format!("`{}` is no key", given.key)))?;
        let answer = match given.answer.as_str() {
            "accepted" => Some((Answer::Accepted, given.function.as_str())),
            "rejected" => Some((Answer::Rejected, given.function.as_str())),
            "open" => None,
            other => return Err(invalid(format!("`{other}` is none of `accepted`, `rejected`, `open`"))),
        };
        let Some(session) = self.projects.get(&root) else {
            return Err((ErrorCode::RequestFailed, "the settings of the project cannot be read".to_owned()));
        };
        let done = session.answer(&path, &given.rule, key, answer);
        done.map_err(|problem| (ErrorCode::RequestFailed, problem.to_string()))?;
        self.outdate(&[root].into_iter().collect());
        Ok(Value::Null)
    }

    /// Asks the editor to convert the whole document whose URI is the argument.
    fn convert(&mut self, argument: &Value) -> Answered {
        let uri =
            argument.as_str().or_else(|| argument.get("uri").and_then(Value::as_str)).unwrap_or_default();
        self.check(uri);
        let Some(document) = self.documents.get(uri) else {
            return Err((ErrorCode::InvalidParams, format!("the document `{uri}` is not open")));
        };
        let Some(checked) = document.checked.as_ref().filter(|checked| actions::changes(checked)) else {
            return Ok(json!({ "applied": false, "reason": "the file has nothing to convert" }));
        };
        let change = actions::whole_file(document, checked, &mut self.projects);
        let helpers = change.header.as_ref().map(|header| header.helpers.clone()).unwrap_or_default();
        let edit = workspace_edit(change, document, self.support);
        let label = Some("tranship: convert the whole file to HIP".to_owned());
        self.ask(ApplyWorkspaceEdit::METHOD, ApplyWorkspaceEditParams { label, edit })
            .map_err(|error| internal(&error))?;
        if !helpers.is_empty() && !self.support.creates_files() {
            let helpers: Vec<String> = helpers.into_iter().map(str::to_owned).collect();
            self.write_header(uri, &helpers)?;
        }
        Ok(json!({ "applied": true }))
    }

    /// Adds `helpers` to the support header for the document `uri`.
    fn write_header(&mut self, uri: &str, helpers: &[String]) -> Answered {
        let home = self.documents.get(uri).map(|document| document.home.clone());
        let Some(Home::Project { root, path }) = home else {
            let message = "only an open file of a project can have a support header";
            return Err((ErrorCode::InvalidParams, message.to_owned()));
        };
        let failed = |message: String| (ErrorCode::RequestFailed, message);
        let session = self.projects.get(&root);
        let session =
            session.ok_or_else(|| failed("the settings of the project cannot be read".to_owned()))?;
        let written = session.write_support(&path, helpers).map_err(|problem| failed(problem.to_string()))?;
        self.changed_on_disk(vec![root.join(written)]).map_err(|error| internal(&error))?;
        Ok(Value::Null)
    }

    /// The document to check next. The documents of the newest versions come first: they are being edited.
    fn next_dirty(&self) -> Option<String> {
        let dirty = self.documents.iter().filter(|(_, document)| document.is_dirty);
        dirty.max_by_key(|(uri, document)| (document.version, *uri)).map(|(uri, _)| uri.clone())
    }

    /// Translates the document `uri`, if that is not done yet.
    fn check(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri).filter(|document| document.checked.is_none()) else {
            return;
        };
        let root = document.root().map(std::path::Path::to_owned);
        let version = root.as_ref().map(|root| self.projects.version(root));
        let checked = self.projects.check(document);
        if let Some(document) = self.documents.get_mut(uri) {
            document.checked = checked;
        }
        // A new index can change the findings of the other documents.
        let Some(root) = root else { return };
        if version != Some(self.projects.version(&root)) {
            for (other, document) in &mut self.documents {
                if other != uri && document.root() == Some(&root) {
                    document.outdated();
                }
            }
        }
    }

    /// Checks the document `uri` and sends its diagnostics.
    fn publish(&mut self, uri: &str) -> anyhow::Result<()> {
        self.check(uri);
        let Some(document) = self.documents.get_mut(uri) else { return Ok(()) };
        document.is_dirty = false;
        let lines = Lines::new(document.text.as_bytes());
        let findings = document.checked.as_ref().map_or(&[][..], |checked| &checked.findings);
        let shown = diagnostics(findings, &lines, &document.uri, self.safe);
        let (uri, version) = (document.uri.clone(), document.version);
        self.send_diagnostics(uri, shown, Some(version))?;
        self.show_problems()
    }

    /// Shows the problems with settings at their lines, and removes those that are solved.
    fn show_problems(&mut self) -> anyhow::Result<()> {
        let problems: Vec<_> = self.projects.problems().map(|(_, problem)| placed(problem)).collect();
        let mut open: FxHashSet<PathBuf> = FxHashSet::default();
        for (path, line, message) in problems {
            if !self.settings.contains(&path) {
                let text = format!("tranship: {}:{line}: {message}", path.display());
                let params = ShowMessageParams { typ: MessageType::ERROR, message: text };
                self.tell(ShowMessage::METHOD, params)?;
                if let Some(uri) = uri_of(&path) {
                    self.send_diagnostics(uri, vec![of_problem(message, line)], None)?;
                }
            }
            open.insert(path);
        }
        for solved in self.settings.difference(&open).filter_map(|path| uri_of(path)) {
            self.send_diagnostics(solved, Vec::new(), None)?;
        }
        self.settings = open;
        Ok(())
    }

    fn send_diagnostics(
        &self,
        uri: Uri,
        diagnostics: Vec<Diagnostic>,
        version: Option<i32>,
    ) -> anyhow::Result<()> {
        self.tell(PublishDiagnostics::METHOD, PublishDiagnosticsParams { uri, diagnostics, version })
    }

    fn tell(&self, method: &str, params: impl serde::Serialize) -> anyhow::Result<()> {
        let notification = Notification::new(method.to_owned(), params);
        Ok(self.connection.sender.send(Message::Notification(notification))?)
    }

    fn ask(&mut self, method: &str, params: impl serde::Serialize) -> anyhow::Result<()> {
        self.next_id += 1;
        let request = Request::new(self.next_id.into(), method.to_owned(), params);
        Ok(self.connection.sender.send(Message::Request(request))?)
    }
}

/// The parameters of a notification. A notification that cannot be read is left out, because it has no answer.
fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

/// The parameters of a request.
fn arguments<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn internal(error: &anyhow::Error) -> (ErrorCode, String) {
    (ErrorCode::InternalError, error.to_string())
}
