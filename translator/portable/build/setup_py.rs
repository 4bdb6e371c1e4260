//! A `setup.py` for both vendors. PyTorch's build of extensions for ROCm converts names and headers in copies of the sources; the lines
//! here let its compiler find the shadow headers.

/// The beginnings of the line that calls the set-up.
const CALLS: [&str; 3] = ["setup(", "setuptools.setup(", "if __name__"];

/// The text for both vendors of the file `old`; `headers` is the folder of shadow headers from its folder, or an absolute path. `None` if the file
/// has no call of the set-up at the beginning of a line, or does not use PyTorch.
pub(super) fn text(old: &str, headers: &str) -> Option<String> {
    if !old.contains("torch") || old.contains("HIPCC_COMPILE_FLAGS_APPEND") {
        return None;
    }
    let mut at = 0;
    for line in old.split_inclusive('\n') {
        if CALLS.iter().any(|call| line.starts_with(call)) {
            let quoted = headers.replace('\\', "\\\\").replace('"', "\\\"");
            return Some(format!("{}{}{}", &old[..at], lines(&quoted), &old[at..]));
        }
        at += line.len();
    }
    None
}

fn lines(headers: &str) -> String {
    format!(
        "import os\n\nimport torch\n\nif torch.version.hip:\n    \
         # The compiler for HIP finds the shadow headers. nvcc includes `cuda_runtime.h` by itself.\n    \
         _hip_compat = os.path.join(os.path.dirname(os.path.abspath(__file__)), \"{headers}\")\n    \
         os.environ[\"HIPCC_COMPILE_FLAGS_APPEND\"] = (\n        \
         os.environ.get(\"HIPCC_COMPILE_FLAGS_APPEND\", \"\") + \" -I\" + _hip_compat + \" -include cuda_runtime.h\"\n    )\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_before_the_call_of_the_set_up() {
        let old = "from setuptools import setup\nfrom torch.utils import cpp_extension\nsetup(name=\"x\")\n";
        let new = text(old, "hip_compat").unwrap();
        assert!(new.ends_with("    )\n\nsetup(name=\"x\")\n"), "{new}");
        assert!(
            new.starts_with(
                "from setuptools import setup\nfrom torch.utils import cpp_extension\nimport os\n"
            ),
            "{new}"
        );
        assert_eq!(text(&new, "hip_compat"), None, "a second time");
        assert_eq!(text("setup()\n", "hip_compat"), None, "without PyTorch");
    }
}
