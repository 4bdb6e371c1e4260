"""Code that must pass a type checker, and lines that must not."""

from pathlib import Path

import tranship
from typing_extensions import assert_type

conversion = tranship.convert("project", Path("out"), rocm="6.3", only=["cpp"], progress=lambda done, of: print(done + of))
assert_type(conversion.output, Path | None)
for finding in conversion.findings:
    assert_type(finding.line, int | None)
    assert_type(finding.edits, tuple[tranship.Edit, ...])
    if finding.level == "manual":
        print(finding.path.name, finding.message)
translation = tranship.translate(b"", "a.cu", arch=["gfx942"])
assert_type(translation.text, str)
assert_type(tranship.translate_files({"a.cu": ""}), dict[str, tranship.Translation])
assert_type(tranship.support_header([translation]), str | None)

tranship.convert("project", level="safe")  # type: ignore[call-arg]
tranship.convert("project", warp="64")  # type: ignore[arg-type]
finding.rule = "other"  # type: ignore[misc]
try:
    tranship.check("project", cancel=tranship.Cancel())
except tranship.Error as error:
    assert_type(error.path, Path)
