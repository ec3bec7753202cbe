//! The server from outside: started in-process on a free port, with a clock that is moved by hand, and spoken
//! to over HTTP. One binary, so that it is linked once.

mod accounts;
mod around;
mod asp_cranes;
mod bodies;
mod cleanup;
mod cors;
mod crash;
mod database;
mod encryption;
mod expiry;
mod files;
mod grace;
mod justwatched;
mod jwt_auth;
mod keys;
mod load;
mod logout;
mod logs;
mod mounts;
mod outside;
mod password_change;
mod profiles;
mod program;
mod rates;
mod resources;
mod restart;
mod rotation;
mod session_guide;
mod settings;
mod shutdown;
mod support;
mod token_types;
mod verify;
