"""Converts CUDA sources to HIP, with the program tranship. docs/guides/build-tools.md describes it.

    load("//tranship:tranship.bzl", "tranship_library")

    tranship_library(
        name = "scale",
        rule = cc_library,
        srcs = ["src/scale.cu"],
        hdrs = glob(["include/**"]),
        includes = ["include"],
    )
"""

# The program walks no links, and the inputs of an action can be links. So it converts copies.
_SCRIPT = """
set -eu
manifest=$PWD/$1 support=$PWD/$2 tool=$3
shift 3
case $tool in */*) tool=$PWD/$tool ;; esac
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
while IFS=$(printf "\\t") read -r name input output; do
  mkdir -p "$work/source/$(dirname "$name")"
  cp -L "$here/$input" "$work/source/$name"
done < "$manifest"
cd "$work/source"
"$tool" convert . --out ../hip --only cpp --keep-names --own-hip-build ignore --fail-on manual \
  --output-format concise --quiet "$@"
while IFS=$(printf "\\t") read -r name input output; do
  [ -z "$output" ] || cp "../hip/$name" "$here/$output"
done < "$manifest"
if [ -f ../hip/tranship_hip.h ]; then cp ../hip/tranship_hip.h "$support"; else : > "$support"; fi
"""

def _relative(file, label):
    """The path of a file in its package; that of a file of another package in its repository."""
    path = file.short_path
    start = label.package + "/"
    return path[len(start):] if label.package and path.startswith(start) else path

def _convert(ctx):
    folder = ctx.label.name
    lines, sources, headers = [], [], []
    for file in ctx.files.srcs + ctx.files.hdrs:
        name = _relative(file, ctx.label)
        # `cc_library` takes no source that ends in `.cu`.
        is_source = name.endswith(".cu") and file in ctx.files.srcs
        output = ctx.actions.declare_file(folder + "/" + (name[:-len(".cu")] + ".hip.cc" if is_source else name))
        (sources if file in ctx.files.srcs else headers).append(output)
        lines.append("\t".join([name, file.path, output.path]))
    lines += ["\t".join([_relative(file, ctx.label), file.path, ""]) for file in ctx.files.data]
    support = ctx.actions.declare_file(folder + "/tranship_hip.h")
    headers.append(support)
    manifest = ctx.actions.declare_file(folder + ".manifest")
    ctx.actions.write(manifest, "".join([line + "\n" for line in lines]))
    tool = ctx.executable.tool
    ctx.actions.run_shell(
        command = _SCRIPT,
        arguments = [manifest.path, support.path, tool.path if tool else "tranship"] + ctx.attr.options,
        inputs = ctx.files.srcs + ctx.files.hdrs + ctx.files.data + [manifest],
        tools = [tool] if tool else [],
        outputs = sources + headers,
        mnemonic = "Tranship",
        progress_message = "Converting CUDA to HIP: %s" % ctx.label,
        use_default_shell_env = True,
    )
    return [
        DefaultInfo(files = depset(sources + headers)),
        OutputGroupInfo(sources = depset(sources), headers = depset(headers)),
    ]

tranship_convert = rule(
    implementation = _convert,
    doc = "Converts sources and headers into a folder with the name of the target.",
    attrs = {
        "srcs": attr.label_list(allow_files = True, doc = "Sources. `a.cu` becomes `a.hip.cc`; others keep their names."),
        "hdrs": attr.label_list(allow_files = True, doc = "Headers, and files that sources include."),
        "data": attr.label_list(allow_files = True, doc = "`tranship.toml`, answers and tables."),
        "options": attr.string_list(doc = "Further options of `tranship convert`."),
        "tool": attr.label(
            executable = True,
            cfg = "exec",
            allow_files = True,
            doc = "The program. By default it is searched in PATH, and a new version is not noticed.",
        ),
    },
)

def tranship_library(name, rule, srcs, hdrs = [], includes = [], copts = [], data = [], options = [], tool = None, **more):
    """A library of converted sources.

    Args:
      name: the name of the library. The converted files are in the target `NAME_hip`.
      rule: `cc_library`, with a toolchain whose compiler compiles HIP, or a rule with the same attributes.
      srcs: the sources, `.cu` files among them.
      hdrs: the headers.
      includes: the folders of headers, as for `cc_library`.
      copts: options of the compiler.
      data: `tranship.toml`, answers and tables.
      options: further options of `tranship convert`.
      tool: the program; by default `tranship` in PATH.
      **more: further attributes for `rule`.
    """
    converted = name + "_hip"
    tranship_convert(name = converted, srcs = srcs, hdrs = hdrs, data = data, options = options, tool = tool)
    for group in ["sources", "headers"]:
        native.filegroup(name = converted + "_" + group, srcs = [":" + converted], output_group = group)
    rule(
        name = name,
        srcs = [":" + converted + "_sources"],
        hdrs = [":" + converted + "_headers"],
        includes = [converted] + [converted + "/" + folder for folder in includes],
        copts = ["-x", "hip"] + copts,
        **more
    )
