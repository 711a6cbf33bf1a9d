//! The engine, without I/O: runs the rules over a project and makes diagnostics of what they find.

mod diagnostic;
mod run;
mod secrets;
mod settings;

pub use diagnostic::{Diagnostic, Label, Outcome, Sources, Summary};
pub use run::{Loaded, lint};
pub use settings::{Choice, ConfiguredSuppression, Date, FailOn, Grade, Level, Levels, Selector, Settings};
