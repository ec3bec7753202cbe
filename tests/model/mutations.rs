//! Systems that are broken on purpose, between the machine and its world. Each of them must be caught.

use crate::world::{Message, Step, Tab};
use session_warden::machine::{
    Commit, Content, Copy, Effect, EndReason, Failure, Grant, Input, Live, Now, Record, RefreshAnswer, Row,
    Sending, Span, StoreFailure, Wall,
};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// What the row refuses is decided again by the row that the tab saw last.
    NoCompareAndSwap,
    /// The compare-and-swap is made on the copy in localStorage, as it lags.
    ComparesWithTheCopy,
    /// A claim is taken for accepted whatever the row says.
    ClaimIsNotRead,
    /// A login begins at version 1 again.
    VersionRestartsAtLogin,
    /// A logout leaves nothing behind.
    NoTombstone,
    /// Activity is taken up before the deadline is looked at.
    ActivityBeforeTheDeadline,
    /// An answer counts for the session and generation of the moment.
    LateAnswerIsCurrent,
    /// A dead tab's claim stands for ever.
    ClaimNeverRunsOut,
    ClaimRunsOutAtOnce,
    /// Every claim looks as if it was made under the lock.
    HolderIsTakenForDead,
    /// Who hears of a change announces it as well.
    AnnouncementsAreAnswered,
    /// A refusal hits the generation that is in the row by now.
    RefusalOfWhateverIsThere,
    /// A live copy replaces the tombstone of its own session.
    LiveCopyOverTombstone,
    /// A page that comes back takes what it has for true.
    ResumesUnread,
    /// Activity stays in its tab.
    ActivityIsNotShared,
    /// A network error is taken for a refusal.
    NetworkErrorIsRefusal,
    /// A page that is suspended lets the lock go whatever it awaits.
    SuspendsWithoutTheLock,
    /// A login during a logout is taken up all the same.
    EpochIsNotCompared,
    /// Whoever waits for the holder of the turn does not wait.
    WaitersAreForgotten,
    /// Tokens that were handed over are used before the row is read.
    HandoverIsNotLookedAt,
    /// A page that came back gives its tokens out before it has read the row.
    HandoverInDoubt,
    /// A tab that is left behind asks nobody for the tokens.
    HandoverIsNotAsked,
    /// The refusal of an earlier token is written against the latest.
    StaleRefusalIsWritten,
    /// A tab that is left behind takes a refusal for trouble, and sends its token again.
    StaleTokenIsSentAgain,
    /// The row holds the tokens, whatever the storage says.
    TokensAreLeftInTheRow,
    /// A new tab finds the browser's mark whether it is there or not.
    MarkIsNeverMissed,
    /// Nobody looks for another tab of an unmarked session.
    SiblingsAreNotLookedFor,
    /// Tokens beside an answer count for the session of the moment.
    RotationIsOfWhateverSession,
    /// They count for the generation of the moment.
    RotationIsOfWhateverGeneration,
    /// The next tokens of a session replace its tombstone.
    RenewalOverTombstone,
    /// A new access token is written while the refresh token is being spent.
    NewAccessDoesNotYield,
    /// Who asked for the tokens before they were written is not given them afterwards.
    HandoverIsNotMadeUpFor,
}

pub(crate) fn decide(step: &Step<'_>, tab: usize, commit: &Commit, now: Wall) -> Option<Row> {
    let row = step.world.row.as_deref();
    let decided = commit.decide(row, now);
    match step.rules.mutation {
        Some(Mutation::NoCompareAndSwap) => {
            let remembered = step.world.tabs[tab].remembered.as_deref();
            decided.or_else(|| commit.decide(remembered, now))
        }
        Some(Mutation::ComparesWithTheCopy) => {
            let copy = step.world.storage.copy.read(tab, true);
            commit.decide(copy.as_deref().or(row), now)
        }
        Some(Mutation::VersionRestartsAtLogin) if matches!(commit, Commit::Login { .. }) => {
            decided.map(|row| Row { version: 1, ..row })
        }
        Some(Mutation::ClaimNeverRunsOut) => decided.map(|row| match (commit, row.live().cloned()) {
            (Commit::Claim { .. }, Some(live)) => with_claim(row, live, |sending| {
                sending.until = sending.until + Span::seconds(50);
            }),
            _ => row,
        }),
        Some(Mutation::ClaimRunsOutAtOnce) => decided.map(|row| match (commit, row.live().cloned()) {
            (Commit::Claim { .. }, Some(live)) => with_claim(row, live, |sending| sending.until = now),
            _ => row,
        }),
        Some(Mutation::RefusalOfWhateverIsThere) => match (commit, row) {
            (Commit::Refuse { sid, .. }, Some(row)) => {
                Commit::Refuse { sid: sid.clone(), generation: row.generation }.decide(Some(row), now)
            }
            _ => decided,
        },
        Some(Mutation::RenewalOverTombstone) => match (commit, row) {
            (Commit::Renew { record: Some(record), .. }, Some(row)) if row.live().is_none() => {
                let at = record.received_at;
                let login = Commit::Login {
                    sid: row.sid.clone(),
                    record: Some(record.clone()),
                    started_at: at,
                    above: 0,
                };
                decided.or_else(|| login.decide(Some(row), now))
            }
            _ => decided,
        },
        Some(Mutation::NewAccessDoesNotYield) => match commit.clone() {
            Commit::Renew { sid, generation, record, cooldown, .. } => {
                Commit::Renew { sid, generation, record, cooldown, yields: false }.decide(row, now)
            }
            _ => decided,
        },
        Some(Mutation::LiveCopyOverTombstone) => match commit {
            Commit::Restore { row: newer } => decided.or_else(|| {
                let over = row.is_some_and(|row| row.sid == newer.sid && row.live().is_none());
                (over && newer.live().is_some()).then(|| (**newer).clone())
            }),
            _ => decided,
        },
        _ => decided,
    }
}

fn with_claim(row: Row, mut live: Live, change: impl FnOnce(&mut Sending)) -> Row {
    if let Some(sending) = &mut live.sending {
        change(sending);
    }
    Row { content: Content::Live(Box::new(live)), ..row }
}

pub(crate) fn written(mutation: Option<Mutation>, commit: &Commit, row: Arc<Row>) -> Option<Arc<Row>> {
    let logout = matches!(commit, Commit::End { ended, .. } if ended.reason == EndReason::Logout);
    (mutation != Some(Mutation::NoTombstone) || !logout).then_some(row)
}

pub(crate) fn always_accepts(mutation: Option<Mutation>, commit: &Commit) -> bool {
    mutation == Some(Mutation::ClaimIsNotRead) && matches!(commit, Commit::Claim { .. })
}

pub(crate) fn resumes_unread(mutation: Option<Mutation>) -> bool {
    mutation == Some(Mutation::ResumesUnread)
}

/// What a mutation has to remember of the row that the tab was shown.
pub(crate) fn shown(mutation: Option<Mutation>, tab: &mut Tab, row: Option<Arc<Row>>) {
    if mutation == Some(Mutation::NoCompareAndSwap) {
        tab.remembered = row;
    }
}

pub(crate) fn clocks(step: &Step<'_>, tab: usize, input: &Input) -> Now {
    let now = step.world.clocks();
    if step.rules.mutation == Some(Mutation::ActivityBeforeTheDeadline)
        && *input == Input::Activity
        && let Some(idle_at) = step.world.tabs[tab].machine.view().idle_at
    {
        return Now { wall: now.wall.min(idle_at - Span(1)), ..now };
    }
    now
}

pub(crate) fn input(step: &Step<'_>, tab: usize, input: Input) -> Input {
    match (step.rules.mutation, input) {
        (Some(Mutation::LateAnswerIsCurrent), Input::RefreshAnswered { sid, generation, answer }) => {
            let current = step.world.tabs[tab].machine.token();
            let (sid, generation) = current.map_or((sid, generation), |(_, sid, now)| (sid.clone(), now));
            Input::RefreshAnswered { sid, generation, answer }
        }
        (
            Some(Mutation::NetworkErrorIsRefusal),
            Input::RefreshAnswered { sid, generation, answer: RefreshAnswer::Failed { .. } },
        ) => {
            let answer = RefreshAnswer::Refused(Failure::Refused { status: 400 });
            Input::RefreshAnswered { sid, generation, answer }
        }
        (Some(Mutation::EpochIsNotCompared), Input::Granted { waiter, sid, kind, remember, grant, .. }) => {
            let epoch = step.world.tabs[tab].machine.epoch();
            Input::Granted { waiter, sid, epoch, kind, remember, grant }
        }
        (Some(Mutation::RotationIsOfWhateverSession), Input::Rotated { waiter, sid, generation, grant }) => {
            let current = step.world.tabs[tab].machine.token();
            let (sid, generation) = current.map_or((sid, generation), |(_, sid, now)| (sid.clone(), now));
            Input::Rotated { waiter, sid, generation, grant }
        }
        (
            Some(Mutation::RotationIsOfWhateverGeneration),
            Input::Rotated { waiter, sid, generation, grant },
        ) => {
            let same = step.world.tabs[tab].machine.token().filter(|(_, current, _)| **current == sid);
            let generation = same.map_or(generation, |(.., now)| now);
            Input::Rotated { waiter, sid, generation, grant }
        }
        (
            Some(Mutation::StaleTokenIsSentAgain),
            Input::RefreshAnswered { sid, generation, answer: RefreshAnswer::Refused(_) },
        ) if is_stale(step, tab) => {
            let answer = RefreshAnswer::Failed { failure: Failure::Network, retry_after: None };
            Input::RefreshAnswered { sid, generation, answer }
        }
        (Some(Mutation::MarkIsNeverMissed), Input::Started { copy, activity, visible, mark }) => {
            let found = match &copy {
                Copy::Found(row) => Some(row.sid.clone()),
                Copy::Missing | Copy::Unavailable => mark,
            };
            Input::Started { copy, activity, visible, mark: found }
        }
        (Some(Mutation::SiblingsAreNotLookedFor), Input::SiblingsSeen(_)) => Input::SiblingsSeen(false),
        (_, input) => input,
    }
}

/// It has earlier tokens than those of the row.
fn is_stale(step: &Step<'_>, tab: usize) -> bool {
    let own = step.world.tabs[tab].machine.view().generation;
    step.world.row.as_ref().is_some_and(|row| row.generation > own)
}

/// What a tab in doubt would give out, were it not.
fn given_out_in_doubt(step: &Step<'_>, tab: usize) -> Option<Effect> {
    let (now, tab) = (step.world.clocks(), &step.world.tabs[tab]);
    let mut sure = tab.machine.clone();
    sure.handle(now, Input::RowRead { id: tab.last_read, result: Err(StoreFailure) });
    sure.handle(now, Input::HandoverAsked);
    std::iter::from_fn(|| sure.poll_effect()).find(|effect| matches!(effect, Effect::HandOver(_)))
}

/// What goes out before an input is looked at.
pub(crate) fn first(step: &Step<'_>, tab: usize, input: &Input) -> Option<Effect> {
    if step.rules.mutation == Some(Mutation::SuspendsWithoutTheLock) && *input == Input::Suspending {
        return Some(Effect::ReleaseLock);
    }
    let in_doubt = step.world.tabs[tab].unread.is_some();
    let asked = in_doubt && *input == Input::HandoverAsked;
    (asked && step.rules.mutation == Some(Mutation::HandoverInDoubt))
        .then(|| given_out_in_doubt(step, tab))
        .flatten()
}

/// After the tokens were handed over.
pub(crate) fn given(step: &mut Step<'_>, tab: usize, message: &Message) {
    if step.rules.mutation == Some(Mutation::HandoverIsNotLookedAt)
        && matches!(message, Message::HandedOver(_))
    {
        let id = step.world.tabs[tab].last_read;
        step.feed(tab, Input::RowRead { id, result: Err(StoreFailure) });
    }
}

/// What is carried out in place of an effect.
pub(crate) fn effects(step: &Step<'_>, effect: Effect) -> [Option<Effect>; 2] {
    match (step.rules.mutation, effect) {
        (Some(Mutation::HolderIsTakenForDead), Effect::Commit { id, commit }) => {
            let commit = match *commit {
                Commit::Claim { sid, generation, mut sending, now, over } => {
                    sending.locked = true;
                    Commit::Claim { sid, generation, sending, now, over }
                }
                commit => commit,
            };
            [Some(Effect::Commit { id, commit: Box::new(commit) }), None]
        }
        (Some(Mutation::AnnouncementsAreAnswered), read @ Effect::ReadRow { .. }) => match step.input {
            Some(Input::Announced { version }) => [Some(read), Some(Effect::Announce { version })],
            _ => [Some(read), None],
        },
        (Some(Mutation::ActivityIsNotShared), Effect::WriteActivity(_)) => [None, None],
        (Some(Mutation::ActivityIsNotShared), Effect::Commit { commit, .. })
            if matches!(*commit, Commit::Touch { .. }) =>
        {
            [None, None]
        }
        (Some(Mutation::NoTombstone), Effect::WriteCopy(row)) if row.live().is_none() => [None, None],
        (Some(Mutation::WaitersAreForgotten), Effect::Settle { .. })
            if matches!(step.input, Some(Input::Committed { .. } | Input::RowRead { .. })) =>
        {
            [None, None]
        }
        (Some(Mutation::HandoverIsNotAsked), Effect::AskHandover) => [None, None],
        (Some(Mutation::HandoverIsNotMadeUpFor), Effect::HandOver(_))
            if matches!(step.input, Some(Input::Committed { .. })) =>
        {
            [None, None]
        }
        (Some(Mutation::StaleRefusalIsWritten), Effect::Commit { id, commit }) => {
            let refused =
                matches!(step.input, Some(Input::RefreshAnswered { answer: RefreshAnswer::Refused(_), .. }));
            let commit = match *commit {
                Commit::Release { sid, generation, .. } if refused => Commit::Refuse { sid, generation },
                commit => commit,
            };
            [Some(Effect::Commit { id, commit: Box::new(commit) }), None]
        }
        (Some(Mutation::TokensAreLeftInTheRow), Effect::Commit { id, commit }) => {
            let commit = match (*commit, &step.input) {
                (
                    Commit::Renew { sid, generation, record: None, cooldown, yields },
                    Some(Input::RefreshAnswered { answer: RefreshAnswer::Granted(grant), .. }),
                ) => {
                    let record = Some(Box::new(granted(grant, step.world.clocks().wall)));
                    Commit::Renew { sid, generation, record, cooldown, yields }
                }
                (commit, _) => commit,
            };
            [Some(Effect::Commit { id, commit: Box::new(commit) }), None]
        }
        (_, effect) => [Some(effect), None],
    }
}

fn granted(grant: &Grant, now: Wall) -> Record {
    Record {
        access_token: grant.access_token.clone(),
        refresh_token: grant.refresh_token.clone(),
        expires_at: grant.lifetime.map(|lifetime| now + lifetime),
        received_at: now,
        subject: grant.subject.clone(),
        user: None,
        after_unauthorized: false,
        remember: true,
    }
}
