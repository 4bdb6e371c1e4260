//! Console sessions with the real program: output and exit codes. Each file in `tests/cli` is one session.

#[test]
fn sessions() {
    trycmd::TestCases::new().case("tests/cli/*.trycmd");
}
