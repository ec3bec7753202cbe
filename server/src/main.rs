//! The program `session-warden-server`; `--help` tells what it does.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use session_warden_server::{Cli, Command, Profile, Server, Settings, SystemClock, commands, logging};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error closed there is nobody left to tell.
            let _ = writeln!(io::stderr(), "session-warden-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn Error>> {
    if cli.profiles {
        return list_profiles();
    }
    if let Some(command) = cli.command.clone() {
        return carry_out(command, cli).await;
    }
    let settings = settings(cli)?;
    let profile = settings.profile.name.clone();
    let shutdown = shutdown_signal()?;
    let server = Server::bind(settings, Arc::new(SystemClock)).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on {}", server.url())?;
    stdout.flush()?;
    drop(stdout);
    tracing::info!(profile, "ready");
    server.run(shutdown).await?;
    Ok(())
}

/// The settings, with the log that they ask for begun.
fn settings(cli: Cli) -> Result<Settings, Box<dyn Error>> {
    let audit_log = cli.audit_log.as_deref().map(logging::open_audit_log).transpose();
    let audit_log = audit_log.map_err(|error| format!("cannot open the audit log: {error}"))?;
    let settings = Settings::resolve(cli, &environment)?;
    logging::init(settings.log_level, audit_log)?;
    Ok(settings)
}

async fn carry_out(command: Command, cli: Cli) -> Result<(), Box<dyn Error>> {
    let mut stdout = io::stdout().lock();
    match command {
        // Whoever makes secrets may have none yet, or wrong ones: no settings are made of them.
        Command::Secrets { algorithm } => {
            let profile = Profile::load(&cli.profile)?;
            let algorithm = match algorithm {
                Some(algorithm) => algorithm,
                None => Settings::algorithm(&profile, &environment)?,
            };
            write!(stdout, "{}", commands::secrets(&profile, algorithm)?)?;
        }
        Command::Check => {
            let settings = settings(cli)?;
            let profile = settings.profile.name.clone();
            let remarks = commands::check(settings, Arc::new(SystemClock)).await?;
            match remarks.as_slice() {
                [] => writeln!(stdout, "{profile}: all is well")?,
                remarks => writeln!(stdout, "{profile}: works, but\n- {}", remarks.join("\n- "))?,
            }
        }
        Command::Roles { email, roles } => commands::set_roles(&settings(cli)?, &email, &roles).await?,
        Command::EndSessions => {
            for email in commands::end_sessions(&settings(cli)?, &SystemClock).await? {
                writeln!(stdout, "{email}")?;
            }
        }
        Command::Backup { file } => commands::backup(&settings(cli)?, &file).await?,
    }
    Ok(())
}

fn environment(variable: &str) -> Option<OsString> {
    std::env::var_os(variable)
}

fn list_profiles() -> Result<(), Box<dyn Error>> {
    let mut stdout = io::stdout().lock();
    for profile in Profile::built_in()? {
        writeln!(stdout, "{}: {}", profile.name, profile.summary)?;
    }
    Ok(())
}

/// Done when the process is asked to end: SIGINT or, on Unix, SIGTERM.
#[cfg(unix)]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done when the process is asked to end, with Ctrl+C.
#[cfg(not(unix))]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the signal ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
