//! The server on PostgreSQL: the suite's tests of all that is remembered, once more, and several processes on
//! one database.

#[path = "../suite/accounts.rs"]
mod accounts;
#[path = "../suite/around.rs"]
mod around;
#[path = "../suite/asp_cranes.rs"]
mod asp_cranes;
#[path = "../suite/bodies.rs"]
mod bodies;
mod cancelled;
#[path = "../suite/cleanup.rs"]
mod cleanup;
mod cluster;
#[path = "../suite/crash.rs"]
mod crash;
mod database;
#[path = "../suite/encryption.rs"]
mod encryption;
#[path = "../suite/expiry.rs"]
mod expiry;
#[path = "../suite/grace.rs"]
mod grace;
#[path = "../suite/justwatched.rs"]
mod justwatched;
#[path = "../suite/jwt_auth.rs"]
mod jwt_auth;
#[path = "../suite/keys.rs"]
mod keys;
#[path = "../suite/logout.rs"]
mod logout;
#[path = "../suite/logs.rs"]
mod logs;
mod nodes;
#[path = "../suite/outside.rs"]
mod outside;
#[path = "../suite/password_change.rs"]
mod password_change;
mod rates;
#[path = "../suite/resources.rs"]
mod resources;
#[path = "../suite/restart.rs"]
mod restart;
#[path = "../suite/rotation.rs"]
mod rotation;
#[path = "../suite/session_guide.rs"]
mod session_guide;
#[path = "../suite/shutdown.rs"]
mod shutdown;
#[path = "../suite/support.rs"]
mod support;
#[path = "../suite/token_types.rs"]
mod token_types;
mod two_processes;
#[path = "../suite/verify.rs"]
mod verify;
