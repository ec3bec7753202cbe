//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::http::{AllowedOrigin, ClientHeader, Mount};
use crate::passwords::BcryptCost;
use crate::period::Period;
use crate::profile::Algorithm;
use crate::store::DatabaseLocation;

const ABOUT: &str = "\
The reference auth backend of Session Warden: accounts, access and refresh tokens, sessions.

Which system it plays (paths, lifetimes, names, policies) is said by a profile, a TOML file. Accounts and \
sessions live in one SQLite file, or in PostgreSQL. It can serve the files of a web page beside the API, so that both share \
an origin.";

const EXAMPLES: &str = "\
Examples:
  Try it, with a database that is gone afterwards:
    session-warden-server --database :memory:

  Serve a page with it, and watch tokens expire within a minute:
    session-warden-server --mount /=www --access-ttl 60s

  Secrets for a system's environment, and a look whether all is well with them:
    session-warden-server secrets --profile asp-cranes > .env
    session-warden-server check --profile asp-cranes

Environment:
  DATABASE_URL names the database, as --database does. Each profile names the variables it reads
  (secrets, algorithm, lifetimes, log level); README.md lists them. A flag beats the environment, the environment beats the profile.
  Without a secret in the environment a fresh random one is made at each start, which
  ends all sessions of earlier runs.

Standard output carries one line, `listening on http://…` (or https); the log goes to standard error.";

/// The command line's options.
#[derive(Debug, Clone, Parser)]
#[command(name = "session-warden-server", version, about = "Reference auth backend of Session Warden")]
#[command(long_about = ABOUT, after_help = EXAMPLES)]
pub struct Cli {
    /// Built-in profile by name, or the path of a .toml file
    #[arg(long, global = true, value_name = "NAME", default_value = "event-booking")]
    pub profile: String,

    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// A SQLite file, created if missing, or :memory:, or a postgres: URL [default: DATABASE_URL, else
    /// session-warden.sqlite]
    #[arg(long, global = true, value_name = "PATH")]
    pub database: Option<DatabaseLocation>,

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

    /// Speak HTTPS with a certificate made at start
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls: bool,

    /// Speak HTTPS with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of --tls-cert, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Header in which a proxy that is always in front names the client, such as x-forwarded-for
    #[arg(long, value_name = "NAME")]
    pub client_header: Option<ClientHeader>,

    /// Append what happens to accounts and sessions to FILE, a JSON object a line
    #[arg(long, global = true, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,

    /// Run PROGRAM, with a JSON object on its standard input, when something needs a look: a locked account, a
    /// used refresh token that came again
    #[arg(long, value_name = "PROGRAM")]
    pub alert: Option<PathBuf>,

    /// List the built-in profiles and exit
    #[arg(long)]
    pub profiles: bool,

    /// What to do instead of serving
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program does instead of serving.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Print fresh secrets for the profile's environment
    Secrets {
        /// HS256, ES256 or EdDSA [default: from the profile]
        #[arg(long, value_name = "NAME")]
        algorithm: Option<Algorithm>,
    },
    /// Issue, use, refresh and revoke tokens with these settings, and fail if anything is wrong
    Check,
    /// Give an account these roles and no other
    Roles {
        /// The account's e-mail address
        email: String,
        /// The roles; none takes all away
        roles: Vec<String>,
    },
    /// End all sessions of everybody, and list the e-mail addresses that this affects
    EndSessions,
    /// Copy the SQLite database to a new file while the server runs
    Backup {
        /// The file to write
        file: PathBuf,
    },
}
