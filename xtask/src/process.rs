//! Running other programs: with their output shown, captured, or read line by line on the way through.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// Says what is going on, on stderr: stdout is for results.
pub(crate) fn progress(what: &str) {
    eprintln!("==> {what}");
}

/// Runs a program whose output is progress, not a result: both its streams go to stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = spawn(command.stdout(io::stderr()))?.wait()?;
    require_success(command, status)
}

/// Runs a program and returns its stdout; its stderr is shown only when it fails.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?.wait_with_output()?;
    require_success(command, output.status)
        .with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not answer in UTF-8", shown(command)))
}

/// Runs a program, passes its stdout on to `out` as it comes, and shows each line to `on_line` too.
pub(crate) fn stream(
    command: &mut Command,
    out: &mut impl Write,
    on_line: impl FnMut(&str),
) -> Result<ExitStatus> {
    let mut child = spawn(command.stdout(Stdio::piped()))?;
    pass_on_lines(&mut child, out, on_line)?;
    Ok(child.wait()?)
}

/// The same with stdout and stderr as one.
pub(crate) fn stream_all(
    mut command: Command,
    out: &mut impl Write,
    on_line: impl FnMut(&str),
) -> Result<ExitStatus> {
    let (lines, end) = io::pipe()?;
    let mut child = spawn(command.stdout(end.try_clone()?).stderr(end))?;
    // It holds the pipe open.
    drop(command);
    pass_on(lines, out, on_line)?;
    Ok(child.wait()?)
}

/// Passes a child's piped stdout on until it ends. The child is not waited for.
pub(crate) fn pass_on_lines(
    child: &mut Child,
    out: &mut impl Write,
    on_line: impl FnMut(&str),
) -> Result<()> {
    pass_on(child.stdout.take().context("the child's stdout is not piped")?, out, on_line)
}

fn pass_on(lines: impl Read, out: &mut impl Write, mut on_line: impl FnMut(&str)) -> Result<()> {
    let mut lines = BufReader::new(lines);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        out.write_all(&line)?;
        out.flush()?;
        on_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

/// Starts a program; one that is not there is named, which the system's own error does not do.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("{} is not installed, or not on PATH", command.get_program().display())
        }
        _ => anyhow!(error).context(format!("cannot start `{}`", shown(command))),
    })
}

/// How long `work` took, beside what it returned.
#[expect(clippy::disallowed_methods, reason = "a stopwatch for the reader of the log; nothing depends on it")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn require_success(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(program.as_os_str()).display().to_string();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.display().to_string());
    }
    text
}
