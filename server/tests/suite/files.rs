//! The files of a SQLite database.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use reqwest::StatusCode;

use crate::support::{EMAIL, PASSWORD, Start, TestServer};

#[tokio::test]
async fn the_databases_files_are_their_owners_alone() {
    let server = TestServer::start().await;
    server.signed_up().await;
    let directory =
        std::path::Path::new(&server.database.to_string()).parent().expect("a directory").to_owned();
    let backup = directory.join("backup.sqlite");
    let settings = server.settings_of_a_command();
    session_warden_server::commands::backup(&settings, &backup).await.expect("a backup");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 2, "the database and its backup");

    // The backup is whole, and never written over.
    let error = session_warden_server::commands::backup(&settings, &backup).await.expect_err("it is there");
    assert!(error.to_string().contains("backup.sqlite"), "{error}");
    let restored = tempfile::TempDir::new().expect("a directory");
    std::fs::copy(&backup, restored.path().join("test.sqlite")).expect("copied");
    let clock = std::sync::Arc::clone(&server.clock);
    let server = Start::default().server_in(restored, clock).await;
    server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
}
