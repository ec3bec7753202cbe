//! What holds of every change of a row, whatever row it is.

use session_warden::machine::{Commit, Live, Row, Sending, Span, Wall};

/// Lets the commit decide, and looks at what it makes of the row.
pub(crate) fn decide(commit: &Commit, row: Option<&Row>, now: Wall) -> Option<Row> {
    let decided = commit.decide(row, now);
    match (row, &decided) {
        (Some(before), Some(after)) => changed(commit, before, after, now),
        (None, Some(_)) => assert!(
            matches!(commit, Commit::Login { .. } | Commit::End { .. } | Commit::Restore { .. }),
            "made of nothing: {commit:?}"
        ),
        (_, None) => {}
    }
    decided
}

fn changed(commit: &Commit, before: &Row, after: &Row, now: Wall) {
    let what = || format!("{commit:?} at {now:?} made\n{after:?} of\n{before:?}");
    assert!(after.version >= before.version, "a version was taken back: {}", what());
    let is_news = before.sid != after.sid
        || before.generation != after.generation
        || before.live().is_some() != after.live().is_some();
    assert!(
        !is_news || after.version > before.version || before.version >= u64::MAX - 1,
        "another session, generation or end under an old version: {}",
        what()
    );

    let is_login = matches!(commit, Commit::Login { .. });
    let same = before.sid == after.sid;
    let revived = same && before.live().is_none() && after.live().is_some();
    assert!(!revived || is_login, "a session that is over came back: {}", what());
    assert!(
        same || is_login || matches!(commit, Commit::Restore { .. }),
        "another session's row was taken: {}",
        what()
    );

    let claim_of = |row: &Row| row.live().and_then(|live| live.sending.clone());
    match (commit, claim_of(before)) {
        (Commit::Claim { sending, now, .. }, standing) => {
            let held = standing.is_some_and(|standing| stands_against(&standing, sending, *now));
            assert!(!held, "another's turn was taken: {}", what());
            assert_eq!(claim_of(after).as_ref(), Some(sending), "{}", what());
        }
        (Commit::Release { owner, .. }, standing) => {
            let own = standing.is_some_and(|standing| standing.owner == *owner);
            assert!(own, "another's turn was given back: {}", what());
        }
        (Commit::Touch { .. }, standing) => {
            assert_eq!(claim_of(after), standing, "activity moved the turn: {}", what());
        }
        _ => {}
    }

    let tokens = |row: &Row| row.live().and_then(|Live { record, .. }| record.clone());
    let may_bring_tokens =
        matches!(commit, Commit::Login { .. } | Commit::Renew { .. } | Commit::Restore { .. });
    assert!(
        may_bring_tokens || after.live().is_none() || tokens(before) == tokens(after),
        "tokens were changed: {}",
        what()
    );
}

/// Whether a claim keeps another tab's out: it has not run out, it is from no other time, and its owner is not
/// known to be gone.
fn stands_against(standing: &Sending, claim: &Sending, now: Wall) -> bool {
    let owner_is_gone = standing.locked && claim.locked;
    let from_another_time = standing.until > claim.until + Span::minutes(1);
    standing.owner != claim.owner && standing.until > now && !from_another_time && !owner_is_gone
}
