//! A headless Chromium for tests: it clicks, presses keys and reads the text of the page.
//!
//! The tests use Chromium's `DevTools` protocol through the file descriptors 3 and 4. Each message is a JSON object that ends
//! with a NUL byte. A shell connects the descriptors to pipes.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::installed;
use serde_json::{Value, json};

/// One browser with one page.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: String,
    calls: u64,
    /// Messages on the console, refused requests and dialogues since the page was opened.
    pub(crate) messages: Vec<String>,
    loaded: bool,
    _profile: tempfile::TempDir,
}

/// The time limit for each step, so that a test ends if the browser hangs.
const SCRIPT: &str = "exec timeout -k 1 300 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --remote-debugging-pipe --user-data-dir=\"$0\" \
    3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";

impl Browser {
    /// Starts the browser; `None` after reporting that it is missing.
    pub(crate) fn start() -> Option<Self> {
        if !installed::has("chromium") {
            return None;
        }
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).arg(profile.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut browser = Self {
            child,
            input,
            output: BufReader::new(output),
            session: String::new(),
            calls: 0,
            messages: Vec::new(),
            loaded: false,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attach);
        session["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        for domain in ["Runtime", "Log", "Page"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.set_window(1280, 900, "light");
        Some(browser)
    }

    /// Sets the size of the window and its `light` or `dark` colours.
    pub(crate) fn set_window(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", &scheme);
    }

    /// Opens `page` with `hash` again.
    pub(crate) fn open(&mut self, page: &Path, hash: &str) {
        self.call("Page.navigate", &json!({ "url": "about:blank" }));
        (self.messages, self.loaded) = (Vec::new(), false);
        self.call("Page.navigate", &json!({ "url": format!("file://{}{hash}", page.display()) }));
        while !self.loaded || self.eval("document.readyState + location.protocol") != "completefile:" {
            self.eval("0");
        }
    }

    /// The value of a JavaScript expression.
    #[track_caller]
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let mut result = self.call(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].take()
    }

    /// Clicks with the mouse on the first element of the CSS `selector`.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const node = document.querySelector({selector:?}); if (!node) return null; \
             node.scrollIntoView({{ block: 'center' }}); const box = node.getClientRects()[0]; \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        assert!(place.is_array(), "`{selector}` finds nothing");
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        }
        self.settle();
    }

    /// Waits until the page has handled an event.
    fn settle(&mut self) {
        self.eval("new Promise(done => setTimeout(done, 10))");
    }

    /// Presses keys one after the other: a character, or `Tab`, `Enter`, `Escape`, `Down`.
    pub(crate) fn press(&mut self, keys: &[&str]) {
        for &key in keys {
            let (name, code, text) = match key {
                "Tab" => ("Tab", 9, ""),
                "Enter" => ("Enter", 13, "\r"),
                "Escape" => ("Escape", 27, ""),
                "Down" => ("ArrowDown", 40, ""),
                character => (character, 0, character),
            };
            let down = json!({ "type": "keyDown", "key": name, "windowsVirtualKeyCode": code, "text": text });
            self.call("Input.dispatchKeyEvent", &down);
            let up = json!({ "type": "keyUp", "key": name, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", &up);
        }
        self.settle();
    }

    /// Types `text`.
    pub(crate) fn write(&mut self, text: &str) {
        let keys: Vec<String> = text.chars().map(String::from).collect();
        self.press(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Writes a picture of the window into the folder `TRANSHIP_SCREENSHOTS`, if that variable is set.
    pub(crate) fn screenshot(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("TRANSHIP_SCREENSHOTS") else { return };
        let data = self.call("Page.captureScreenshot", &json!({}));
        let file = File::create(Path::new(&folder).join(format!("{name}.png"))).unwrap();
        let mut command = Command::new("base64");
        let mut decoder = command.arg("-d").stdin(Stdio::piped()).stdout(file).spawn().unwrap();
        decoder.stdin.take().unwrap().write_all(data["data"].as_str().unwrap().as_bytes()).unwrap();
        assert!(decoder.wait().unwrap().success());
    }

    /// Calls a method of the protocol, and records the events until its result.
    #[track_caller]
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let mut bytes = Vec::new();
            self.output.read_until(0, &mut bytes).unwrap();
            assert_eq!(bytes.pop(), Some(0), "the browser is gone after {method}");
            let mut answer: Value = serde_json::from_slice(&bytes).unwrap();
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        match event["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Page.javascriptDialogOpening") => {
                self.messages.push(event["params"].to_string());
                // The page stops until the dialogue is closed.
                let close = json!({
                    "id": 0, "method": "Page.handleJavaScriptDialog", "params": { "accept": true },
                    "sessionId": self.session,
                });
                self.input.write_all(format!("{close}\0").as_bytes()).unwrap();
            }
            Some("Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded") => {
                self.messages.push(event["params"].to_string());
            }
            _ => {}
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = json!({ "id": 0, "method": "Browser.close" });
        let _ = self.input.write_all(format!("{close}\0").as_bytes());
        let _ = self.child.wait();
    }
}
