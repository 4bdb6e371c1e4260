//! The input of a pass: the context with the user's choices, the file, and the reporter that collects its findings.
//!
//! Passes use this module; it uses no pass.

pub(crate) mod cmake_definitions;
mod code;
pub(crate) mod command_lines;
mod command_variables;
mod command_words;
mod compiled_as_hip;
mod context;
pub(crate) mod cuda_only;
mod in_hip;
mod input_language;
mod libraries;
mod library_lists;
mod nvcc_forms;
pub(crate) mod nvcc_options;
mod nvcc_version;
mod options;
pub(crate) mod other_toolkits;
mod owner;
pub(crate) mod package_names;
mod renamed_sources;
mod reporter;
mod selection;
mod target;
pub(crate) mod toolkit_folders;
pub(crate) mod vendor_branches;

pub(crate) use code::Pass;
pub(crate) use compiled_as_hip::compiled_as_hip;
pub use context::Context;
pub(crate) use in_hip::in_hip;
pub(crate) use libraries::family;
pub use libraries::{Libraries, Reason, Staying};
pub use options::{LaunchStyle, Options, OwnHipBuild, Support, Warp};
pub(crate) use owner::is_global;
pub(crate) use renamed_sources::{is_comment, renamed_sources};
pub(crate) use reporter::{EmbeddedCode, Reported, Reporter};
pub use selection::Selection;
pub use target::Target;
