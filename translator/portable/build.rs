//! The lines that a build for HIP needs. They are printed and never applied.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tranship_engine::text::path::readable;

/// The build that gets the lines.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Build {
    /// CMake 3.21 or newer, with its HIP language
    Cmake,
    /// Make
    Make,
}

/// The lines for the `.cu` files `units`, the architectures `archs` and the folder `folder` of shadow headers, from the root.
pub fn lines(build: Build, units: &[PathBuf], archs: &[String], folder: &Path) -> String {
    let folder = readable(folder);
    match build {
        Build::Cmake => cmake(units, archs, &folder),
        Build::Make => make(archs, &folder),
    }
}

fn cmake(units: &[PathBuf], archs: &[String], folder: &str) -> String {
    let mut text =
        String::from("# Behind project(), before the targets. A build for HIP: cmake -DUSE_HIP=ON\n");
    text.push_str("option(USE_HIP \"Build for AMD GPUs\" OFF)\nif(USE_HIP)\n");
    let _ = writeln!(text, "  set(CMAKE_HIP_ARCHITECTURES {} CACHE STRING \"\")", quoted(&archs.join(";")));
    text.push_str("  enable_language(HIP)\n  find_package(hip REQUIRED)\n");
    let _ = writeln!(
        text,
        "  include_directories(BEFORE {})",
        quoted(&format!("${{PROJECT_SOURCE_DIR}}/{}", escaped(folder)))
    );
    text.push_str("  # nvcc includes this header in each .cu file by itself.\n");
    text.push_str("  add_compile_options(\"$<$<COMPILE_LANGUAGE:HIP>:SHELL:-include cuda_runtime.h>\")\n");
    text.push_str("  link_libraries(hip::host)\n");
    if !units.is_empty() {
        text.push_str("  # The property counts in the folder of the target that has the files.\n");
        text.push_str("  set_source_files_properties(\n");
        for unit in units {
            let path = format!("${{PROJECT_SOURCE_DIR}}/{}", escaped(&readable(unit)));
            let _ = writeln!(text, "    {}", quoted(&path));
        }
        text.push_str("    PROPERTIES LANGUAGE HIP)\n");
    }
    text.push_str("else()\n  # The lines for CUDA that are there now: enable_language(CUDA), find_package(CUDAToolkit) ...\nendif()\n");
    text
}

/// `text` as a quoted argument of CMake, whose `"` and `\` are escaped already where they are data.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// `text` with CMake's special characters escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | ';') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn make(archs: &[String], folder: &str) -> String {
    let archs: Vec<String> = archs.iter().map(|arch| format!("--offload-arch={arch}")).collect();
    let folder = folder.replace('$', "$$");
    format!(
        "# A build for HIP: make USE_HIP=1. HIPFLAGS come first, so that the shadow headers are found first.\n\
         ifdef USE_HIP\n\
         NVCC := hipcc\n\
         HIPFLAGS := -I'{folder}' -D__HIP_PLATFORM_AMD__ {}\n\
         %.o: %.cu\n\
         \t$(NVCC) -x hip $(HIPFLAGS) -include cuda_runtime.h $(CXXFLAGS) -c $< -o $@\n\
         %.o: %.cpp\n\
         \t$(CXX) $(HIPFLAGS:--offload-arch=%=) $(CXXFLAGS) -c $< -o $@\n\
         endif\n",
        archs.join(" ")
    )
}
