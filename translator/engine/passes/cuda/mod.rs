//! The passes over CUDA C++.

pub(crate) mod calls;
pub(crate) mod constructs;
pub(crate) mod guards;
pub(crate) mod headers;
pub(crate) mod host;
pub(crate) mod launches;
pub(crate) mod libraries;
pub(crate) mod names;
pub(crate) mod overloads;
pub(crate) mod ptx;
pub(crate) mod strings;
pub(crate) mod torch;
pub(crate) mod vendored;
