//! The language server, end to end over its streams.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "messages are written where they are sent")]

mod actions;
mod agreement;
mod broken;
mod client;
mod edits;
mod fixes;
mod hover;
mod leaks;
mod lifecycle;
mod navigation;
mod pages;
mod robust;
mod workspace;
