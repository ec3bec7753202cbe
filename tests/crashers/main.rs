//! What fuzzing checks, on the bytes that it starts from and on those that once broke something.

#![cfg(not(target_arch = "wasm32"))]

#[cfg(test)]
#[path = "../../fuzz/checks/mod.rs"]
mod checks;

#[cfg(test)]
mod tests {
    use super::checks::{TARGETS, Target};
    use std::path::Path;
    use std::{fs, io};

    #[test]
    fn every_seed_is_survived() {
        for Target { check, seeds, .. } in TARGETS {
            seeds().iter().for_each(|seed| check(seed));
        }
    }

    #[test]
    fn every_crasher_is_survived() -> io::Result<()> {
        for directory in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/crashers"))? {
            let directory = directory?;
            let target = TARGETS.iter().find(|target| directory.file_name() == target.name);
            let check = target.expect("a directory is named after its target").check;
            for crasher in fs::read_dir(directory.path())? {
                check(&fs::read(crasher?.path())?);
            }
        }
        Ok(())
    }
}
