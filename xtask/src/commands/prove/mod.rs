//! `cargo xtask prove`: what takes too long for every run of the tests. What it covered is written down.

mod document;
mod fuzz;
mod histories;
mod model;
mod mutants;

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::process::{progress, timed};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which parts to run; without a name, all of them
    #[arg(value_name = "PART", value_enum)]
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Explore every history of small worlds: minutes
    Model,
    /// Live random histories of larger ones: minutes
    Histories,
    /// Break the machine, one way at a time, and see that the tests notice: an hour; goes on where it was
    /// interrupted
    Mutants,
    /// Feed the parsers with anything: minutes
    Fuzz,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Histories => "histories",
            Self::Mutants => "mutants",
            Self::Fuzz => "fuzz",
        }
    }

    /// What was covered, as Markdown. It names no date, commit or duration, so that it changes only when what is
    /// covered does.
    fn run(self, workspace: &Workspace) -> Result<String> {
        match self {
            Self::Model => model::run(workspace),
            Self::Histories => histories::run(workspace),
            Self::Mutants => mutants::run(workspace),
            Self::Fuzz => fuzz::run(workspace),
        }
    }
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    let mut failed = Vec::new();
    for part in Part::value_variants() {
        if !args.parts.is_empty() && !args.parts.contains(part) {
            continue;
        }
        progress(&format!("proving: {}", part.name()));
        let (result, took) = timed(|| part.run(workspace));
        match result.and_then(|covered| document::record(workspace, part.name(), &covered).map(|()| covered))
        {
            Ok(covered) => println!("{} ({:.0} s)\n{covered}", part.name(), took.as_secs_f64()),
            Err(error) => {
                eprintln!("error: {}: {error:#}", part.name());
                failed.push(part.name());
            }
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("not proved: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_three() {
        assert_eq!([7, 123, 1_234, 1_234_567].map(grouped), ["7", "123", "1,234", "1,234,567"]);
    }
}
