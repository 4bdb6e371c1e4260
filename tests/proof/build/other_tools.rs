//! Conversion while a project is built with Meson, Bazel, and scikit-build-core.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::at_build_time::{Hip, SOURCES, hip_options, path_with_tools, script, write};
use crate::installed::{has, tool};
use crate::rocm_root;
use crate::support::root;

/// Runs `command`, and returns everything that it prints; `Err` if it fails.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// A compiler of HIP: clang 22 for the host alone.
fn compiler(folder: &Path) -> std::path::PathBuf {
    let (options, _) = hip_options(folder, Hip::Declared);
    script(
        folder,
        "hipcc",
        &format!("exec clang++-22 \"$@\" --offload-arch=gfx90a {options} --cuda-host-only\n"),
    )
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(path, text.replace(old, new)).unwrap();
}

const MESON: &str = "project('demo', 'cpp', meson_version: '>=1.3')
if get_option('use_hip')
  tranship_sources = ['src/scale.cu', 'src/late.cu']
  tranship_compiler = [find_program('hipcc'), '-I' + meson.current_build_dir() / 'tranship/files/include']
  subdir('tranship')
  static_library('demo', 'src/host.cpp', tranship_objects, cpp_args: '-DONE=1')
endif
";

#[test]
fn meson_converts_and_compiles_again_after_a_change() {
    if !has("clang++-22") || tool("ninja").is_none() {
        return;
    }
    let Some(meson) = tool("meson") else { return };
    let folder = tempfile::Builder::new().prefix("tranship-build").tempdir().unwrap();
    write(folder.path(), SOURCES);
    let recipe = fs::read_to_string(root().join("build-tools/meson/meson.build")).unwrap();
    let option = "option('use_hip', type: 'boolean', value: false)\n";
    write(
        folder.path(),
        &[("meson.build", MESON), ("meson.options", option), ("tranship/meson.build", &recipe)],
    );
    compiler(folder.path());
    let path = path_with_tools(folder.path());
    let project = folder.path().join("p");
    let meson = |arguments: &[&str]| {
        run(Command::new(&meson).args(arguments).current_dir(&project).env("PATH", &path))
    };
    meson(&["setup", "build", "-Duse_hip=true"]).unwrap_or_else(|log| panic!("{log}"));
    let compile = || meson(&["compile", "-C", "build"]).unwrap_or_else(|log| panic!("{log}"));
    let first = compile();
    assert!(first.contains("src_scale_cu.o") && first.contains("libdemo.a"), "{first}");
    assert!(compile().contains("no work to do"));
    edit(&project.join("include/demo/factor.h"), "2.0f", "3.0f");
    let again = compile();
    assert!(again.contains("src_scale_cu.o"), "{again}");
    assert!(compile().contains("no work to do"));
    let header = project.join("build/tranship/files/include/demo/factor.h");
    assert!(fs::read_to_string(header).unwrap().contains("FACTOR 3.0f"));
    edit(
        &project.join("src/late.cu"),
        "cudaError_t twice",
        "int v = nppGetLibVersion()->major;\ncudaError_t twice",
    );
    let failed = meson(&["compile", "-C", "build"]).expect_err("the finding is open");
    assert!(failed.contains("late.cu:2:9: manual["), "{failed}");
}

/// A rule with the attributes of `cc_library`. Bazel's own needs rules from the network, also for a C++ compiler of this machine.
const HIP_LIBRARY: &str = "
def _impl(ctx):
    objects = []
    includes = [\"-I\" + ctx.bin_dir.path + \"/\" + folder for folder in ctx.attr.includes]
    for source in ctx.files.srcs:
        output = ctx.actions.declare_file(source.basename + \".o\")
        objects.append(output)
        ctx.actions.run(
            executable = ctx.attr.compiler,
            arguments = ctx.attr.copts + includes + [\"-c\", source.path, \"-o\", output.path],
            inputs = ctx.files.srcs + ctx.files.hdrs,
            outputs = [output],
            use_default_shell_env = True,
        )
    return [DefaultInfo(files = depset(objects))]

hip_library = rule(implementation = _impl, attrs = {
    \"srcs\": attr.label_list(allow_files = [\".cc\", \".cpp\"]),
    \"hdrs\": attr.label_list(allow_files = True),
    \"includes\": attr.string_list(),
    \"copts\": attr.string_list(),
    \"compiler\": attr.string(),
})
";

#[test]
fn bazel_converts_with_the_rule_and_compiles_the_result() {
    if !has("bazel") || !has("clang++-22") {
        return;
    }
    let folder = tempfile::Builder::new().prefix("tranship-build").tempdir().unwrap();
    write(folder.path(), SOURCES);
    let rule = fs::read_to_string(root().join("build-tools/bazel/tranship.bzl")).unwrap();
    let compiler = compiler(folder.path());
    let build = format!(
        "load(\"//tools:tranship.bzl\", \"tranship_library\")\nload(\"//tools:hip.bzl\", \"hip_library\")\n\
         tranship_library(\n    name = \"demo\",\n    rule = hip_library,\n    \
         srcs = [\"src/scale.cu\", \"src/late.cu\", \"src/host.cpp\"],\n    \
         hdrs = [\"src/detail.h\"] + glob([\"include/**\"]),\n    includes = [\"include\"],\n    \
         copts = [\"-DONE=1\"],\n    options = [\"--arch\", \"gfx90a\"],\n    compiler = \"{}\",\n)\n",
        compiler.display()
    );
    let files: &[(&str, &str)] = &[
        ("WORKSPACE", ""),
        ("BUILD", &build),
        ("tools/BUILD", ""),
        ("tools/tranship.bzl", &rule),
        ("tools/hip.bzl", HIP_LIBRARY),
    ];
    write(folder.path(), files);
    let path = path_with_tools(folder.path());
    let project = folder.path().join("p");
    // `--batch` leaves no server behind.
    let bazel = || {
        let mut command = Command::new("bazel");
        command.arg(format!("--output_user_root={}", folder.path().join("root").display()));
        command.args(["--batch", "build", "--subcommands=false", "--nosandbox_debug", "//:demo"]);
        run(command.current_dir(&project).env("PATH", &path))
    };
    bazel().unwrap_or_else(|log| panic!("{log}"));
    let object = project.join("bazel-bin/scale.hip.cc.o");
    let first = fs::read(&object).unwrap();
    edit(&project.join("src/detail.h"), "#define", "int more() { return 1; }\n#define");
    bazel().unwrap_or_else(|log| panic!("{log}"));
    assert_ne!(fs::read(&object).unwrap(), first, "a changed header compiles its source again");
    edit(
        &project.join("src/late.cu"),
        "cudaError_t twice",
        "int v = nppGetLibVersion()->major;\ncudaError_t twice",
    );
    let failed = bazel().expect_err("the finding is open");
    assert!(failed.contains("src/late.cu:2:9: manual["), "{failed}");
    // Bazel makes its files read-only.
    let _ = Command::new("chmod").args(["-R", "u+w"]).arg(folder.path()).status();
}

#[test]
fn scikit_build_core_makes_a_wheel_with_converted_code() {
    if !has("cmake") || !has("clang++-22") || tool("ninja").is_none() {
        return;
    }
    let Some(python) = tool("python") else { return };
    let folder = tempfile::Builder::new().prefix("tranship-build").tempdir().unwrap();
    let example = root().join("docs/examples/scikit-build");
    let copied = Command::new("cp").arg("-r").arg(&example).arg(folder.path().join("p")).status().unwrap();
    assert!(copied.success());
    let rocm = rocm_root(folder.path()).expect("Debian's HIP packages are installed with its compiler");
    let (options, _) = hip_options(folder.path(), Hip::Declared);
    let launcher = script(folder.path(), "launcher", &format!("exec \"$@\" {options} --cuda-host-only\n"));
    let arguments = [
        "-DUSE_HIP=ON".to_owned(),
        format!("-DCMAKE_MODULE_PATH={}", root().join("build-tools/cmake").display()),
        "-DCMAKE_HIP_COMPILER=clang++-22".to_owned(),
        "-DCMAKE_HIP_COMPILER_FORCED=1".to_owned(),
        "-DCMAKE_HIP_ARCHITECTURES=gfx90a".to_owned(),
        // CMake sets these for a compiler that it recognises.
        "-DCMAKE_HIP_FLAGS=-fPIC".to_owned(),
        "-DCMAKE_MODULE_LINKER_FLAGS=-shared".to_owned(),
        format!("-DCMAKE_HIP_COMPILER_LAUNCHER={}", launcher.display()),
        format!("-DCMAKE_HIP_COMPILER_ROCM_ROOT={}", rocm.display()),
    ];
    let log = run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "wheel",
            "--no-build-isolation",
            "--no-deps",
            "--no-index",
            "-v",
            "-w",
            "wheels",
            "./p",
        ])
        .current_dir(folder.path())
        .env("PATH", path_with_tools(folder.path()))
        .env("SKBUILD_CMAKE_ARGS", arguments.join(";")));
    let log = log.unwrap_or_else(|log| panic!("{log}"));
    let wheel = fs::read_dir(folder.path().join("wheels")).unwrap().flatten().next().expect("a wheel").path();
    // The library has the name of HIP's function and not that of CUDA.
    let code = "import sys, zipfile\nfiles = zipfile.ZipFile(sys.argv[1])\n\
                [name] = [name for name in files.namelist() if name.endswith('.so')]\nprint(sorted(files.namelist()))\n\
                data = files.read(name)\nassert b'hipGetLastError' in data and b'cudaGetLastError' not in data\n";
    run(Command::new(&python).args(["-c", code]).arg(&wheel))
        .unwrap_or_else(|error| panic!("{error}\n{log}"));
}
