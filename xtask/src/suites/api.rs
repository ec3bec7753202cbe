//! The server's HTTP surface, with requests made from its own OpenAPI document.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result};

use super::Prepared;
use crate::process::{progress, spawn};
use crate::setup::python;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// For each operation.
const EXAMPLES: &str = "30";

/// What does not apply: the hooks sign every request in, and a policy is more than a schema can say.
const LEFT_OUT: &str = "ignored_auth,positive_data_acceptance";

/// One test for each profile.
pub(super) fn run(prepared: &Prepared<'_>) -> Result<Tally> {
    prepared.server()?;
    let workspace = prepared.workspace;
    let schemathesis = python::schemathesis(workspace)?;
    let folder = workspace.target("api");
    fs::create_dir_all(&folder)?;
    let mut tally = Tally::default();
    for entry in fs::read_dir(workspace.root().join("server/profiles"))? {
        let file = entry?.path();
        progress(&format!("requests made for {}", file.file_stem().unwrap_or_default().display()));
        let profile = folder.join(file.file_name().context("a profile has a name")?);
        fs::write(&profile, without_limits(&fs::read_to_string(file)?))?;
        let (_server, url) = serve(workspace, &profile)?;
        let mut command = workspace.program(&schemathesis);
        command.args(["run", &format!("{url}/openapi.json"), "--max-examples", EXAMPLES]);
        command.args(["--exclude-checks", LEFT_OUT]).current_dir(&folder);
        command.env("SCHEMATHESIS_HOOKS", workspace.root().join("server/tests/api/hooks.py"));
        tally += if spawn(&mut command)?.wait()?.success() { Tally::ONE_PASSED } else { Tally::ONE_FAILED };
    }
    Ok(tally)
}

/// So many requests a second come from nobody else.
fn without_limits(profile: &str) -> String {
    let lines = profile.lines().map(|line| match line.split_once(" = ") {
        Some((key @ ("per_address" | "per_account"), _)) => format!("{key} = \"1000000000/1s\""),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// A server that does not outlive its use.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(workspace: &Workspace, profile: &Path) -> Result<(Server, String)> {
    let mut command = workspace.program(workspace.server_binary());
    // Over plain HTTP, for cookies too, which the hooks send by hand: a client in Python takes it for a network
    // error where a body that is refused is not read to its end over HTTPS.
    command.args(["--listen", "127.0.0.1:0", "--database", ":memory:", "--bcrypt-cost", "4", "--profile"]);
    let mut server = Server(spawn(command.arg(profile).env("LOG_LEVEL", "error").stdout(Stdio::piped()))?);
    let mut line = String::new();
    let stdout = server.0.stdout.take().context("the server's stdout is not piped")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let url = line.trim_end().strip_prefix("listening on ").context("the server did not start")?;
    Ok((server, url.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::without_limits;

    #[test]
    fn rates_alone_are_changed() {
        let profile = "[rates]\nper_address = \"20/1m\"\nper_account = \"5/1m\"\n\n[limits]\nper_user = 3\n";
        let expected = "[rates]\nper_address = \"1000000000/1s\"\nper_account = \"1000000000/1s\"\n\n[limits]\nper_user = 3\n";
        assert_eq!(without_limits(profile), expected);
    }
}
