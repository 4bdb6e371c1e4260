//! A `setup.py` for both vendors. PyTorch's build of extensions for ROCm converts names and headers in copies of the sources; the lines
//! here let its compiler find the shadow headers, and let its conversion read the copies of an overlay.

use super::Overlay;

/// The beginnings of the line that calls the set-up.
const CALLS: [&str; 3] = ["setup(", "setuptools.setup(", "if __name__"];

/// The beginnings of a line that imports a module.
const IMPORTS: [&str; 2] = ["import ", "from "];

/// The text for both vendors of the file `old`; `headers` is the folder of shadow headers from its folder, or an absolute path. `None` if the file
/// has no call of the set-up at the beginning of a line, or does not use PyTorch.
pub(super) fn text(old: &str, headers: &str, overlay: Overlay) -> Option<String> {
    if !old.contains("torch") || old.contains("HIPCC_COMPILE_FLAGS_APPEND") {
        return None;
    }
    let call = first_line(old, &CALLS)?;
    // An extension converts its sources when it is made, which may be before the call.
    let (at, copies) = match overlay {
        Overlay::None => (call, ""),
        _ => (first_line(old, &IMPORTS)?.min(call), COPIES),
    };
    let quoted = headers.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("{}{}{copies}\n{}", &old[..at], lines(&quoted), &old[at..]))
}

/// The offset of the first line of `text`, outside of strings of several lines, that begins with one of `words`. An import of
/// `__future__` has to stay first, so it is left out.
fn first_line(text: &str, words: &[&str]) -> Option<usize> {
    let (mut at, mut quotes) = (0, 0);
    for line in text.split_inclusive('\n') {
        let begins = words.iter().any(|word| line.starts_with(word));
        if quotes % 2 == 0 && begins && !line.starts_with("from __future__") {
            return Some(at);
        }
        quotes += line.matches("\"\"\"").count() + line.matches("'''").count();
        at += line.len();
    }
    None
}

fn lines(headers: &str) -> String {
    format!(
        "import os\n\nimport torch\n\nif torch.version.hip:\n    \
         # The compiler for HIP finds the shadow headers. nvcc includes `cuda_runtime.h` by itself.\n    \
         _root = os.path.dirname(os.path.abspath(__file__))\n    \
         _hip_compat = os.path.join(_root, \"{headers}\")\n    \
         os.environ[\"HIPCC_COMPILE_FLAGS_APPEND\"] = (\n        \
         os.environ.get(\"HIPCC_COMPILE_FLAGS_APPEND\", \"\") + \" -I\" + _hip_compat + \" -include cuda_runtime.h\"\n    )\n"
    )
}

/// The lines that let PyTorch's conversion read a copy in place of each source. PyTorch compiles a source as it is if the conversion
/// changes nothing, so the comment at the end has a name that each conversion changes.
const COPIES: &str = r#"
    # PyTorch converts the copies in `overlay` in place of the sources, which stay as they are.
    import io

    from torch.utils.hipify import hipify_python

    def _open_for_hip(path, mode="r", **options):
        inside = os.path.relpath(path, _root)
        copy = os.path.join(_hip_compat, "overlay", inside)
        if mode != "r" or inside.startswith(os.pardir) or not os.path.isfile(copy):
            return open(path, mode, **options)
        with open(copy, encoding="utf-8") as text:
            return io.StringIO(text.read() + "\n// From a copy for HIP, not for cudaStream_t.\n")

    hipify_python.open = _open_for_hip
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_before_the_call_of_the_set_up() {
        let old = "from setuptools import setup\nfrom torch.utils import cpp_extension\nsetup(name=\"x\")\n";
        let new = text(old, "hip_compat", Overlay::None).unwrap();
        assert!(new.ends_with("    )\n\nsetup(name=\"x\")\n"), "{new}");
        assert!(
            new.starts_with(
                "from setuptools import setup\nfrom torch.utils import cpp_extension\nimport os\n"
            ),
            "{new}"
        );
        assert_eq!(text(&new, "hip_compat", Overlay::None), None, "a second time");
        assert_eq!(text("setup()\n", "hip_compat", Overlay::None), None, "without PyTorch");
    }

    #[test]
    fn copies_are_read_before_an_extension_is_made() {
        let old = "\"\"\"\nfrom here on\n\"\"\"\nfrom __future__ import annotations\nfrom torch.utils import cpp_extension\n\
                   x = cpp_extension.CUDAExtension()\nsetup(ext_modules=[x])\n";
        let new = text(old, "hip_compat", Overlay::ForHosts).unwrap();
        let head = "\"\"\"\nfrom here on\n\"\"\"\nfrom __future__ import annotations\nimport os\n";
        assert!(new.starts_with(head), "{new}");
        let end = "    hipify_python.open = _open_for_hip\n\nfrom torch.utils import cpp_extension\n";
        assert!(new.contains(end), "{new}");
    }
}
