//! The program as a user meets it: real output and exit codes, one console session for each file in `tests/cli`.

#[test]
fn sessions() {
    trycmd::TestCases::new().case("tests/cli/*.trycmd");
}
