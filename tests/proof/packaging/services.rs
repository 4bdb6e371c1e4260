//! Validates every set-up in `docs/ci.md`, the action and our own workflows by the schemas of their services.

use std::fs;
use std::process::Command;

use crate::installed;
use crate::support::{root, run, set_ups};

#[test]
fn documented_set_ups_the_action_and_our_workflow_are_valid() {
    let Some(checker) = installed::tool("check-jsonschema") else { return };
    let Some(pre_commit) = installed::tool("pre-commit") else { return };
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        let file = folder.path().join("file.yaml");
        fs::write(&file, text).unwrap();
        let schema = |name: &str| {
            let mut command = Command::new(&checker);
            command.args(["--builtin-schema", name]);
            command
        };
        let mut command = match text {
            _ if text.contains("repos:") => {
                let mut command = Command::new(&pre_commit);
                command.arg("validate-config");
                command
            }
            _ if text.contains("using: composite") => schema("vendor.github-actions"),
            _ if text.contains("runs-on:") => schema("vendor.github-workflows"),
            _ => schema("vendor.gitlab-ci"),
        };
        run(command.arg(&file))
    };
    let ours = ["action.yml", ".github/workflows/ci.yml", ".github/workflows/release.yml"];
    let ours = ours.map(|path| fs::read_to_string(root().join(path)).unwrap());
    let texts = [set_ups(), ours.to_vec()].concat();
    assert_eq!(texts.len(), 7);
    for text in texts {
        let ran = check(&text);
        assert_eq!(ran.code, Some(0), "{text}\n{}{}", ran.out, ran.err);
        let wrong = ["repos:", "using:", "runs-on:", "script:"]
            .iter()
            .fold(text.clone(), |text, word| text.replace(word, "nothing:"));
        assert_eq!(check(&wrong).code, Some(1), "this would pass:\n{wrong}");
    }
}
