//! PowerShell, far enough to know which variables it sets and what it gives to a registry's client.
//!
//! [`lexer`] cuts a script into tokens; [`run`] follows its statements. By PowerShell's grammar an expression begins with a
//! string, a variable, a number, a bracket or an operator; a statement that begins with a bare word calls a command, whose
//! output (but for `Write-Output`) only the instance knows. [`expression`] knows the values of expressions, [`cmdlets`] what
//! commands do with what they are given.

mod cmdlets;
mod expression;
mod lexer;
mod run;

pub use run::read;
