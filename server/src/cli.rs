//! The command line.

use std::net::SocketAddr;

use clap::Parser;

use crate::http::{AllowedOrigin, Mount};
use crate::passwords::BcryptCost;
use crate::period::Period;
use crate::store::DatabaseLocation;

const ABOUT: &str = "\
The reference auth backend of Session Warden: accounts, access and refresh tokens, sessions.

Which system it plays (paths, lifetimes, names, policies) is said by a profile, a TOML file. Accounts and \
sessions live in one SQLite file. It can serve the files of a web page beside the API, so that both share \
an origin.";

const EXAMPLES: &str = "\
Examples:
  Try it, with a database that is gone afterwards:
    session-warden-server --database :memory:

  Serve a page with it, and watch tokens expire within a minute:
    session-warden-server --mount /=www --access-ttl 60s

Environment:
  Each profile names the variables it reads (secret, algorithm, lifetimes, log level);
  README.md lists them. A flag beats the environment, the environment beats the profile.
  Without a secret in the environment a fresh random one is made at each start, which
  ends all sessions of earlier runs.

Standard output carries one line, `listening on http://…`; the log goes to standard error.";

/// The command line's options.
#[derive(Debug, Clone, Parser)]
#[command(name = "session-warden-server", version, about = "Reference auth backend of Session Warden")]
#[command(long_about = ABOUT, after_help = EXAMPLES)]
pub struct Cli {
    /// Built-in profile by name, or the path of a .toml file
    #[arg(long, value_name = "NAME", default_value = "event-booking")]
    pub profile: String,

    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// SQLite database: a path, a sqlite: URL or :memory:; created if missing
    #[arg(long, value_name = "PATH", default_value = "session-warden.sqlite")]
    pub database: DatabaseLocation,

    /// How long an access token lives, such as 60s or 30m [default: from the profile]
    #[arg(long, value_name = "D")]
    pub access_ttl: Option<Period>,

    /// How long a refresh token lives, such as 7d [default: from the profile]
    #[arg(long, value_name = "D")]
    pub refresh_ttl: Option<Period>,

    /// bcrypt cost, 4 to 20; one more doubles the time of a login [default: from the profile]
    #[arg(long, value_name = "N")]
    pub bcrypt_cost: Option<BcryptCost>,

    /// Serve the files of DIR under URLPATH, such as /=www; may be given more than once
    #[arg(long = "mount", value_name = "URLPATH=DIR")]
    pub mounts: Vec<Mount>,

    /// Let pages of this origin call the API, such as http://localhost:5173; may be given more than once
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub allowed_origins: Vec<AllowedOrigin>,

    /// List the built-in profiles and exit
    #[arg(long)]
    pub profiles: bool,
}
