//! Writes the first corpus of every target, where `cargo fuzz run` looks for it.

use std::path::Path;
use std::{fs, io};

#[path = "../checks/mod.rs"]
mod checks;

fn main() -> io::Result<()> {
    for target in checks::TARGETS {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        fs::create_dir_all(&corpus)?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
