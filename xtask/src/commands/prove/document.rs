//! Where the results stand: `tests/proof.md`, and the same block in ARCHITECTURE.md.
//!
//! A block lies between two HTML comments, `<!-- name -->` and `<!-- /name -->`. The block `proof` holds one
//! block for each part.

use std::fs;
use std::ops::Range;

use anyhow::{Context as _, Result};

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

fn with_block(document: &str, name: &str, text: &str) -> Result<String> {
    let Range { start, end } = place(document, name)?;
    let (before, after) = (document.get(..start).unwrap_or(""), document.get(end..).unwrap_or(""));
    Ok(format!("{before}\n{}\n{after}", text.trim()))
}

fn block<'document>(document: &'document str, name: &str) -> Result<&'document str> {
    Ok(document.get(place(document, name)?).unwrap_or("").trim())
}

fn place(document: &str, name: &str) -> Result<Range<usize>> {
    let (opening, closing) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let start = document.find(&opening).map(|at| at + opening.len());
    let end = document.find(&closing);
    start
        .zip(end)
        .filter(|(start, end)| start <= end)
        .map(|(start, end)| start..end)
        .with_context(|| format!("there is no block between {opening} and {closing}"))
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

    #[test]
    fn replaces_one_block_and_nothing_else() {
        let document = "a\n<!-- one -->\n1\n<!-- /one -->\nb\n<!-- two -->\n<!-- /two -->\n";
        let changed = with_block(document, "one", "2\n\n3\n").expect("the block is there");
        assert_eq!(changed, "a\n<!-- one -->\n2\n\n3\n<!-- /one -->\nb\n<!-- two -->\n<!-- /two -->\n");
        assert_eq!(block(&changed, "one").expect("the block is there"), "2\n\n3");
        assert_eq!(with_block(&changed, "one", "2\n\n3").expect("the block is there"), changed);
    }

    #[test]
    fn a_block_that_is_not_there_is_named() {
        let error = block("<!-- /one -->\n<!-- one -->", "one").expect_err("it ends before it begins");
        assert_eq!(error.to_string(), "there is no block between <!-- one --> and <!-- /one -->");
    }
}
