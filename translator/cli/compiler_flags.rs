//! The flags that choose the compiler of `tranship advise`, `tranship scan --efficiency` and `tranship review --advice`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

/// The compiler that measures kernels.
#[derive(Args, Clone)]
pub(crate) struct CompilerFlags {
    /// The compiler [default: the first of amdclang++, hipcc, clang++-22 to clang++-19]
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::CommandName)]
    pub(crate) compiler: Option<OsString>,
    /// Give only the advice that needs no compiler
    #[arg(long, conflicts_with = "compiler")]
    pub(crate) no_compiler: bool,
    /// One more option for the compiler
    #[arg(long, value_name = "OPTION", action = ArgAction::Append, allow_hyphen_values = true)]
    pub(crate) compiler_option: Vec<OsString>,
    /// One more folder with headers; folders of the project are found by themselves
    #[arg(long, value_name = "DIR", action = ArgAction::Append, value_hint = ValueHint::DirPath)]
    pub(crate) include: Vec<PathBuf>,
    /// Define a macro
    #[arg(long, value_name = "NAME[=VALUE]", action = ArgAction::Append)]
    pub(crate) define: Vec<String>,
    /// Take include folders, macros and the language standard of each file from this compile database
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) compile_commands: Option<PathBuf>,
}

impl CompilerFlags {
    /// Whether one of the flags is given.
    pub(crate) fn is_used(&self) -> bool {
        self.no_compiler
            || self.compiler.is_some()
            || self.compile_commands.is_some()
            || !(self.compiler_option.is_empty() && self.include.is_empty() && self.define.is_empty())
    }
}
