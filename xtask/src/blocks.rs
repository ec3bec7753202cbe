//! The parts of pages that commands write: a block lies between two HTML comments, `<!-- name -->` and `<!-- /name -->`.

use std::ops::Range;

use anyhow::{Context as _, Result};

/// `document` with `text` in the block `name`.
pub(crate) fn with_block(document: &str, name: &str, text: &str) -> Result<String> {
    let Range { start, end } = place(document, name)?;
    let (before, after) = (document.get(..start).unwrap_or(""), document.get(end..).unwrap_or(""));
    Ok(format!("{before}\n{}\n{after}", text.trim()))
}

/// What the block `name` holds.
pub(crate) fn block<'document>(document: &'document str, name: &str) -> Result<&'document str> {
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
