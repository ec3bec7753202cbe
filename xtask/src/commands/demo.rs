//! `cargo xtask demo`: the reference server and the demo page, built and served on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::build::{self, Profile};
use crate::process::run as run_program;
use crate::serving::{boxed, copy_folder, require_free, serve};
use crate::system::System;
use crate::workspace::Workspace;

const HTTPS: &str = "https";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which of the server's profiles to play; one with cookies is served over HTTPS
    #[arg(long, value_name = "NAME", default_value = "event-booking")]
    profile: String,
    /// Where on localhost to serve the demo
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Lifetime of the server's access tokens, such as 60s [default: the profile's]
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<humantime::Duration>,
    /// Log out after this long without activity, such as 20s [default: 30 minutes]
    #[arg(long, value_name = "DURATION")]
    idle: Option<humantime::Duration>,
    /// Ask this long before an idle logout, such as 10s [default: 60 s]
    #[arg(long, value_name = "DURATION")]
    idle_prompt: Option<humantime::Duration>,
    /// Refresh this long before the access token expires, such as 30s [default: 5 minutes]
    #[arg(long, value_name = "DURATION")]
    refresh_early: Option<humantime::Duration>,
    /// The SQLite file; accounts in it outlive the demo [default: demo/demo.sqlite in cargo's target directory]
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
    /// Serve what was built last time
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    require_free(args.port)?;
    if args.no_build {
        require_built(workspace)?;
    } else {
        build::package(workspace, Profile::Release)?;
        build::server(workspace)?;
    }
    let site = workspace.target("demo/site");
    let system = System::read(workspace, &args.profile)?;
    assemble(workspace, args, &system, &site)?;

    serve(&mut server_command(workspace, args, &site, scheme(&system)), &invitation(args, scheme(&system)))
}

fn require_built(workspace: &Workspace) -> Result<()> {
    for path in [workspace.server_binary(), workspace.package_dist()] {
        if !path.exists() {
            bail!("{} is missing: run once without --no-build", path.display());
        }
    }
    Ok(())
}

/// A copy of `www` beside the configuration that the flags ask for: the checkout stays as it is.
fn assemble(workspace: &Workspace, args: &Args, system: &System, site: &Path) -> Result<()> {
    if site.exists() {
        fs::remove_dir_all(site).with_context(|| format!("removing {}", site.display()))?;
    }
    copy_folder(&workspace.root().join("www"), site)?;
    bundle_react(workspace, &site.join("react"))?;
    let config = site.join("config.json");
    fs::write(&config, page_config(args, system)?.to_string())
        .with_context(|| format!("writing {}", config.display()))
}

/// The page in React, in place of its sources.
fn bundle_react(workspace: &Workspace, folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    let mut node = workspace.node();
    run_program(node.arg("www/react/build.mjs").arg(folder))
}

/// What the page reads before it creates its session: the library's option names, in milliseconds,
/// and only what a flag or the system asks for, so that the defaults stay the library's.
fn page_config(args: &Args, system: &System) -> Result<Value> {
    let mut session = system.session_options();
    let flags =
        [("idleTimeout", args.idle), ("idlePrompt", args.idle_prompt), ("refreshEarly", args.refresh_early)];
    for (option, duration) in flags {
        if let Some(duration) = duration {
            let milliseconds = u64::try_from(duration.as_millis())
                .with_context(|| format!("{duration} is too long for {option}"))?;
            session.insert(option.to_owned(), milliseconds.into());
        }
    }
    Ok(json!({ "profile": args.profile, "session": session, "resource": system.resource() }))
}

/// HTTPS for a profile with cookies: they are marked Secure, and not every browser keeps such cookies of a plain
/// localhost.
fn scheme(system: &System) -> &'static str {
    if system.has_cookies() { HTTPS } else { "http" }
}

fn server_command(workspace: &Workspace, args: &Args, site: &Path, scheme: &str) -> Command {
    let database = args.database.clone().unwrap_or_else(|| workspace.target("demo/demo.sqlite"));
    let mut command = Command::new(workspace.server_binary());
    command
        .args(["--profile", &args.profile, "--listen", &format!("127.0.0.1:{}", args.port)])
        .arg("--database")
        .arg(database)
        .args(["--mount", &format!("/={}", site.display())])
        .args(["--mount", &format!("/session-warden={}", workspace.package_dist().display())]);
    if scheme == HTTPS {
        command.arg("--tls");
    }
    if let Some(ttl) = args.access_ttl {
        command.arg("--access-ttl").arg(ttl.to_string());
    }
    command
}

fn invitation(args: &Args, scheme: &str) -> String {
    let or = |duration: Option<humantime::Duration>, default: &str| {
        duration.map_or_else(|| default.to_owned(), |duration| duration.to_string())
    };
    let certificate = match scheme {
        HTTPS => "and accept its certificate, which was made just now",
        _ => "",
    };
    let lines = [
        format!("Open {scheme}://localhost:{0}/ and {scheme}://localhost:{0}/react/", args.port),
        certificate.to_owned(),
        "Register an account, then watch:".to_owned(),
        format!(
            "- the countdown to the next refresh: {} before the token expires,",
            or(args.refresh_early, "5 minutes")
        ),
        "  or at half of its life if that is later; one refresh serves both tabs".to_owned(),
        format!(
            "- the countdown to the idle logout: {} without activity, in both tabs;",
            or(args.idle, "30 minutes")
        ),
        "  a mouse or a key in either tab starts it anew".to_owned(),
        "- log out in one tab: the other one follows at once".to_owned(),
        String::new(),
        "Ctrl-C stops the server.".to_owned(),
    ];
    boxed(&lines)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn args(flags: &[&str]) -> Args {
        Cli::parse_from([&["demo"], flags].concat()).args
    }

    fn system(profile: &str) -> System {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        System::read(&workspace, profile).expect("the library has defaults")
    }

    #[test]
    fn the_page_is_told_only_what_flags_set() {
        let config = page_config(&args(&[]), &system("event-booking")).expect("no flag is too long");
        let resource = "/my-bookings";
        assert_eq!(config, json!({ "profile": "event-booking", "session": {}, "resource": resource }));

        let flags = args(&["--profile", "tasks", "--idle", "20s", "--refresh-early", "1m 30s"]);
        let session = json!({ "idleTimeout": 20_000, "refreshEarly": 90_000 });
        assert_eq!(
            page_config(&flags, &system("tasks")).expect("no flag is too long"),
            json!({ "profile": "tasks", "session": session, "resource": null })
        );
    }

    #[test]
    fn a_profile_with_cookies_is_served_over_https() {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        for (profile, expected) in [("asp-cranes", "https"), ("event-booking", "http"), ("none", "http")] {
            let scheme = scheme(&system(profile));
            let args = args(&["--profile", profile]);
            let command = server_command(&workspace, &args, Path::new("site"), scheme);
            assert_eq!(scheme, expected);
            assert_eq!(command.get_args().any(|flag| flag == "--tls"), expected == "https");
            assert!(invitation(&args, scheme).contains(&format!("Open {expected}://localhost:8787/ and")));
        }
    }

    #[test]
    fn a_duration_without_a_unit_is_refused() {
        assert!(Cli::try_parse_from(["demo", "--idle", "20"]).is_err());
    }
}
