//! The macros that are defined only for HIP: those of its compilers, of the configuration, and of the project itself.

use tranship_rules::{Release, list};

use super::switches::{Switch, Switches};

/// Decides which macros are defined exactly when compiling for HIP.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// Names from `tranship.toml`.
    pub extra: Vec<String>,
    /// Names that the project itself defines for only one vendor.
    pub switches: Switches,
    /// The release of CUDA that the input is for, if the user states one.
    pub cuda: Option<Release>,
    /// The macros of one file whose value for HIP its conditions decide.
    pub settled: Vec<Settled>,
}

/// A macro that a file defines in several branches, of which HIP compiles one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The name of the macro.
    pub name: Box<[u8]>,
    /// Its value for HIP.
    pub value: i64,
    /// The offset behind its definition for HIP.
    pub from: u32,
}

impl Guards {
    /// Whether all HIP compilations define the macro `name`, or only some; `None` if it is no macro of HIP.
    pub(super) fn hip_macro(&self, name: &[u8]) -> Option<Always> {
        // A build file of the project may also define a macro of HIP's compilers.
        if list::has(list::HIP_MACROS, name) {
            return Some(Always::Yes);
        }
        match self.switches.get(name) {
            Some(Switch::Hip) => return Some(Always::Yes),
            Some(Switch::HipPerhaps) => return Some(Always::No),
            _ => {}
        }
        if self.extra.iter().any(|extra| extra.as_bytes() == name) || is_build_switch(name) {
            Some(Always::Yes)
        } else if list::has(list::HIP_MACROS_OF_ONE_PASS, name)
            || name.starts_with(b"__gfx")
            || name.starts_with(b"__GFX")
            || name.starts_with(b"__HIP_ARCH_")
        {
            Some(Always::No)
        } else {
            None
        }
    }
}

/// Whether every build for HIP defines a macro.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Always {
    Yes,
    No,
}

/// Switches as build systems name them: `USE_HIP`, `GGML_USE_HIP`, `KOKKOS_ENABLE_HIP`, `HAVE_ROCM` ...
fn is_build_switch(name: &[u8]) -> bool {
    let Some(rest) = name.strip_suffix(b"_HIP").or_else(|| name.strip_suffix(b"_ROCM")) else { return false };
    list::has(list::HIP_SWITCH_WORDS, rest.rsplit(|&byte| byte == b'_').next().unwrap_or(rest))
}
