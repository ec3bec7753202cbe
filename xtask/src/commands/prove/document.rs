//! Where the results stand: `tests/proof.md`, and the same block in ARCHITECTURE.md.
//!
//! The block `proof` holds one block for each part.

use std::fs;

use anyhow::{Context as _, Result};

use crate::blocks::{block, with_block};
use crate::workspace::Workspace;

const PROOF: &str = "tests/proof.md";
const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// Writes down what a part covered.
pub(super) fn record(workspace: &Workspace, part: &str, covered: &str) -> Result<()> {
    let path = workspace.root().join(PROOF);
    let proof = fs::read_to_string(&path).with_context(|| format!("reading {PROOF}"))?;
    let proof = with_block(&proof, part, covered).with_context(|| PROOF.to_owned())?;
    fs::write(&path, &proof).with_context(|| format!("writing {PROOF}"))?;

    let path = workspace.root().join(ARCHITECTURE);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {ARCHITECTURE}"))?;
    let text =
        with_block(&text, "proof", block(&proof, "proof")?).with_context(|| ARCHITECTURE.to_owned())?;
    fs::write(&path, text).with_context(|| format!("writing {ARCHITECTURE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architecture_quotes_the_proof() {
        let workspace = Workspace::find().expect("the workspace");
        let read = |path| fs::read_to_string(workspace.root().join(path)).expect("a file of the checkout");
        let (proof, architecture) = (read(PROOF), read(ARCHITECTURE));
        let proved = block(&proof, "proof").expect("the proof");
        assert_eq!(block(&architecture, "proof").expect("the quotation"), proved);
    }
}
