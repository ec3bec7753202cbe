//! What is stored and what is sent in: rows that say anything, and texts that call themselves recordings.

use super::facts;
use super::inputs;
use super::values::value;
use arbitrary::Unstructured;
use session_warden::machine::{Commit, Row, Wall};
use session_warden::record::Replay;

const TEXT: u8 = b't';
const ROWS: u8 = b'r';

pub(crate) fn check(bytes: &[u8]) {
    match bytes.split_first() {
        Some((&TEXT, text)) => check_text(text),
        Some((_, rows)) => check_rows(rows),
        None => {}
    }
}

/// Real recordings, and rows.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let lives = inputs::seeds();
    let recordings = lives.iter().map(|bytes| inputs::live(bytes).recorder.recording().to_owned());
    let texts = recordings.filter(|text| text.len() < 20_000).map(|text| marked(TEXT, text.as_bytes()));
    let rows = lives.iter().map(|bytes| marked(ROWS, bytes));
    texts.chain(rows).collect()
}

fn marked(mark: u8, bytes: &[u8]) -> Vec<u8> {
    [&[mark], bytes].concat()
}

/// Not every text is a recording, but every recording can be lived through.
fn check_text(text: &[u8]) {
    match Replay::parse(&String::from_utf8_lossy(text)) {
        Ok(replay) => {
            assert_eq!(replay.run().count(), replay.steps().len());
            if let Some(parting) = replay.parting() {
                assert!(parting.to_string().starts_with("line "));
            }
        }
        Err(error) => assert!(error.to_string().starts_with("line ")),
    }
}

fn check_rows(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let mut row: Option<Row> = value(&mut bytes);
    while !bytes.is_empty() {
        let commit: Commit = value(&mut bytes);
        let now: Wall = value(&mut bytes);
        row = facts::decide(&commit, row.as_ref(), now).or(row);
    }
}
