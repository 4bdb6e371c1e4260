//! The quick tier: every test without a compiler, browser or packaging tool. `docs/TESTING.md` lists the tiers.
//!
//! All of them are one test program, because linking the parsers into each program is slow.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
#[path = "../support/leftovers.rs"]
mod leftovers;

#[cfg(unix)]
mod advise;
mod already_hip;
mod answers;
#[cfg(unix)]
mod bad_input;
#[cfg(unix)]
mod check;
mod cli;
#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod completion;
#[cfg(unix)]
mod convert;
#[cfg(unix)]
mod documents;
#[cfg(unix)]
mod files;
mod fixtures;
#[cfg(unix)]
mod half_ported;
mod hazards;
#[cfg(unix)]
mod hooks;
mod host;
#[cfg(unix)]
mod hostile_input;
#[cfg(unix)]
mod kept_parts;
#[cfg(unix)]
mod libraries;
#[cfg(unix)]
mod lsp;
#[cfg(unix)]
mod many_findings;
mod names_left;
mod nvcc_options;
#[cfg(unix)]
mod own_hip;
mod page;
#[cfg(unix)]
mod portable;
mod properties;
mod python;
#[cfg(unix)]
mod reports;
#[cfg(unix)]
mod reverse;
#[cfg(unix)]
mod review;
mod rules;
mod rules_examples;
#[cfg(unix)]
mod scan;
mod shards;
#[cfg(unix)]
mod support_header;
#[cfg(unix)]
mod sync;
mod tidy;
mod twice;
#[cfg(unix)]
mod verify;
