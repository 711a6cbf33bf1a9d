//! The engine, without I/O: runs the rules over a project and makes diagnostics of what they find.

mod check;
mod diagnostic;
mod run;
mod secrets;
mod settings;
mod subject;
mod suppress;

pub use crate::fix::Fix;
pub use check::{File, Found};
pub use diagnostic::{BaselineUse, Diagnostic, Label, Outcome, Sources, StaleEntry, Summary};
pub use run::conclude;
pub use secrets::visible_secrets;
pub use settings::{Choice, ConfiguredSuppression, FailOn, Grade, Level, Levels, Selector, Settings};
pub use suppress::{Suppressed, SuppressedBy};
