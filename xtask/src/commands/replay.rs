//! `cargo xtask replay FILE`: what a recorded session lived through, step by step.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use session_warden::machine::{Machine, Now, Wall};
use session_warden::record::Replay;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The recording
    file: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let file = args.file.display();
    let text = fs::read_to_string(&args.file).with_context(|| format!("reading {file}"))?;
    let replay = Replay::parse(&text).with_context(|| file.to_string())?;
    println!("recorded by {} with {:?}", replay.library(), replay.machine().config());

    let start = replay.steps().first().map_or(Now::default(), |step| step.now);
    let mut run = replay.run();
    let mut line = 1_usize;
    while let Some((step, effects)) = run.next() {
        line += 1;
        let at = seconds_after(start.wall, step.now.wall);
        match &step.input {
            Some(input) => println!("\n{line}: {at} s <- {input:?}"),
            None => println!("\n{line}: {at} s <- a look at the clock"),
        }
        for effect in &effects {
            println!("    -> {effect:?}");
        }
        println!("    {}", state(run.machine(), start.wall));
        if !step.agrees_with(&effects) {
            for effect in step.effects.iter().flatten() {
                println!("    recorded: {effect:?}");
            }
            println!(
                "\nline {line} is where this library does something else than the one that was recorded"
            );
            return Ok(ExitCode::FAILURE);
        }
    }
    if let Some(why) = replay.stopped() {
        println!("\nthe recording is not whole: {why}");
    }
    println!("\n{} steps, and nothing was done otherwise than recorded", replay.steps().len());
    Ok(ExitCode::SUCCESS)
}

fn state(machine: &Machine, start: Wall) -> String {
    let view = machine.view();
    let next = machine
        .poll_timeout()
        .map_or("no timer".to_owned(), |(at, timer)| format!("{timer:?} at {} s", seconds_after(start, at)));
    format!("{:?}, epoch {}, generation {}; {next}", view.status, view.epoch, view.generation)
}

fn seconds_after(start: Wall, at: Wall) -> String {
    let (sign, span) = if at < start { ("-", start.since(at)) } else { ("+", at.since(start)) };
    format!("{sign}{}.{:03}", span.0 / 1_000, span.0 % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_by_the_first_step() {
        assert_eq!(seconds_after(Wall(5_000), Wall(65_007)), "+60.007");
        assert_eq!(seconds_after(Wall(5_000), Wall(3_500)), "-1.500");
        assert_eq!(seconds_after(Wall(5_000), Wall(5_000)), "+0.000");
    }
}
