//! `cargo xtask test`: the test suites, counted.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use crate::setup::browser::Engine;
use crate::suites::{self, Prepared, SUITES, Suite};
use crate::tally::Tally;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which suites to run; without a name, every one but those marked in --list
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(SUITES.iter().map(|suite| suite.name)))]
    names: Vec<String>,
    /// An engine that the tests in browsers run in; without one, all of them
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Vec<Engine>,
    /// List the suites instead of running them
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if args.list {
        for suite in SUITES {
            let only = if suite.by_default { "" } else { " (only by name)" };
            println!("{:10} {}{only}", suite.name, suite.about);
        }
        return Ok(ExitCode::SUCCESS);
    }

    let engines = if args.engine.is_empty() { Engine::ALL } else { &args.engine };
    let prepared = Prepared::new(workspace, engines);
    let mut total = Tally::default();
    let mut failed = Vec::new();
    for suite in select(&args.names) {
        let tally = suites::run(suite, &prepared);
        println!("{}: {tally}", suite.name);
        total += tally;
        if tally.failed > 0 {
            failed.push(suite.name);
        }
    }
    if !failed.is_empty() {
        eprintln!("failed: {}", failed.join(", "));
    }
    println!("{total}");
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The suites asked for, in the table's order and each once.
fn select(names: &[String]) -> Vec<&'static Suite> {
    let is_wanted = |suite: &&Suite| {
        if names.is_empty() { suite.by_default } else { names.iter().any(|name| name == suite.name) }
    };
    SUITES.iter().filter(is_wanted).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        _args: Args,
    }

    fn selected(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        select(&names).iter().map(|suite| suite.name).collect()
    }

    #[test]
    fn names_choose_the_suites_and_the_table_their_order() {
        assert_eq!(selected(&["size", "machine", "size"]), ["machine", "size"]);
        let by_default: Vec<_> =
            SUITES.iter().filter(|suite| suite.by_default).map(|suite| suite.name).collect();
        assert_eq!(selected(&[]), by_default);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error =
            Line::try_parse_from(["test", "machines"]).err().expect("there is no such suite").to_string();
        assert!(error.contains("'machines'"), "{error}");
        assert!(error.contains("machine, server"), "{error}");
    }
}
