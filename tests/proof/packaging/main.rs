//! The packages and files for others: the wheel, the hooks, the set-ups of services, and the reports in published formats.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its project has failed")]

mod hooks;
#[path = "../../support/installed.rs"]
mod installed;
mod ray;
mod reports;
mod services;
#[path = "../../support/mod.rs"]
mod support;
mod wheel;
