//! The reference server on this machine, with a page, until somebody presses Ctrl-C.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::{pass_on_lines, progress, spawn};

/// Asked before minutes of building, not after them.
pub(crate) fn require_free(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).with_context(|| {
        format!("port {port} cannot be used; choose another one, such as --port {}", port.wrapping_add(1))
    })
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("writing {}", target.display()))?;
        }
    }
    Ok(())
}

/// Runs the server of `command` and shows the `invitation` once it listens.
pub(crate) fn serve(command: &mut Command, invitation: &str) -> Result<ExitCode> {
    progress("starting the server");
    // Out of the terminal's reach, so that a Ctrl-C arrives once: passed on by `Server::stop_with_us`.
    let mut server = Server(spawn(command.stdout(Stdio::piped()).process_group(0))?);
    let stopping = server.stop_with_us()?;
    let mut is_listening = false;
    pass_on_lines(&mut server.0, &mut io::stdout(), |line| {
        if !is_listening && line.starts_with("listening on ") {
            is_listening = true;
            println!("{invitation}");
        }
    })?;
    let status = server.0.wait()?;
    if stopping.load(Ordering::Relaxed) {
        return Ok(ExitCode::SUCCESS);
    }
    bail!("the server ended by itself ({status}); its own message is above")
}

pub(crate) fn boxed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let rule = "─".repeat(width + 2);
    let body: String = lines.iter().map(|line| format!("│ {line:width$} │\n")).collect();
    format!("\n┌{rule}┐\n{body}└{rule}┘\n")
}

/// The running server, which must not outlive this command, however that ends.
struct Server(Child);

impl Server {
    /// Ends the server when this command is told to end: at first by asking, on a second Ctrl-C at
    /// once, since a server that waits for its open connections waits as long as a tab is open.
    fn stop_with_us(&self) -> Result<Arc<AtomicBool>> {
        let server = Pid::from_raw(i32::try_from(self.0.id())?);
        let stopping = Arc::new(AtomicBool::new(false));
        let was_asked = Arc::clone(&stopping);
        ctrlc::set_handler(move || {
            let signal = if was_asked.swap(true, Ordering::Relaxed) {
                Signal::SIGKILL
            } else {
                progress("stopping the server; Ctrl-C again stops it at once");
                Signal::SIGTERM
            };
            if let Err(error) = kill(server, signal) {
                eprintln!("error: the server could not be stopped: {error}");
            }
        })?;
        Ok(stopping)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the server has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_names_the_flag() {
        let busy = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = busy.local_addr().expect("it is bound").port();
        let error = require_free(port).expect_err("it is busy").to_string();
        assert!(error.starts_with(&format!("port {port} cannot be used")), "{error}");
        assert!(error.contains("--port "), "{error}");
    }

    #[test]
    fn the_box_is_as_wide_as_its_longest_line() {
        let shown = boxed(&["a".to_owned(), "–ö–".to_owned()]);
        assert_eq!(shown, "\n┌─────┐\n│ a   │\n│ –ö– │\n└─────┘\n");
    }
}
