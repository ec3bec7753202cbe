//! What each change of the row does to it, and when it must not be made: the rules between tabs, one by one.

use session_warden::machine::{
    Commit, Content, Cooldown, EndReason, Ended, Live, Record, Row, Secret, Sending, Sid, Span, TabId, Wall,
};

const NOW: Wall = Wall(1_700_000_000_000);

/// As far as two clocks may be apart before an instant is taken for one from another time.
const SLACK: Span = Span::minutes(1);

fn ann() -> Sid {
    Sid("ann's login".to_owned())
}

fn bob() -> Sid {
    Sid("bob's login".to_owned())
}

fn tab(name: &str) -> TabId {
    TabId(name.to_owned())
}

fn record(token: &str) -> Record {
    Record {
        access_token: Secret::new(token),
        refresh_token: Some(Secret::new(format!("{token}'s successor"))),
        expires_at: Some(NOW + Span::minutes(60)),
        received_at: NOW - Span::minutes(5),
        subject: Some("ann".to_owned()),
        user: None,
        after_unauthorized: false,
        remember: true,
    }
}

fn live() -> Live {
    Live {
        record: Some(record("old")),
        sending: None,
        cooldown: None,
        refused: false,
        started_at: NOW - Span::minutes(50),
        activity: NOW - Span::minutes(10),
    }
}

/// Ann's third generation.
fn row(live: Live) -> Row {
    Row {
        version: 7,
        sid: ann(),
        generation: 3,
        at: NOW - Span::minutes(5),
        content: Content::Live(Box::new(live)),
    }
}

fn tombstone() -> Row {
    let ended = Ended { reason: EndReason::Logout, at: NOW - Span::minutes(5) };
    Row { content: Content::Ended(ended), ..row(live()) }
}

fn sending(owner: &str, until: Wall) -> Sending {
    Sending { owner: tab(owner), until, locked: false }
}

fn cooldown(until: Wall) -> Cooldown {
    Cooldown { until, failures: 2, asked: false }
}

/// What the row becomes; nothing where the change is refused.
fn decide(commit: &Commit, row: Row) -> Option<Row> {
    commit.decide(Some(&row), NOW)
}

fn claim() -> Commit {
    claim_over(None)
}

fn claim_over(over: Option<Wall>) -> Commit {
    let sending = sending("this tab", NOW + Span::seconds(13));
    Commit::Claim { sid: ann(), generation: 3, sending, now: NOW, over }
}

fn is_claimed(row: Option<Row>) -> bool {
    let owner = |row: Row| Some(row.live()?.sending.as_ref()?.owner.clone());
    row.and_then(owner) == Some(tab("this tab"))
}

fn touch(at: Wall) -> Commit {
    Commit::Touch { sid: ann(), at }
}

fn end(reason: EndReason, generation: Option<u64>, idle_since: Option<Wall>) -> Commit {
    Commit::End { sid: ann(), generation, idle_since, ended: Ended { reason, at: NOW }, above: 0 }
}

/// Those that ask for ann's third generation, or at least for ann's session, to be alive.
fn changes_of_the_living() -> Vec<Commit> {
    vec![
        claim(),
        Commit::Renew {
            sid: ann(),
            generation: 3,
            record: Some(Box::new(record("new"))),
            cooldown: None,
            yields: false,
        },
        Commit::Release { sid: ann(), generation: 3, owner: tab("this tab"), cooldown: None },
        Commit::Refuse { sid: ann(), generation: 3 },
        touch(NOW),
        end(EndReason::Expired, Some(3), None),
    ]
}

#[test]
fn a_change_is_made_to_its_own_session_and_generation_only() {
    let claimed = || row(Live { sending: Some(sending("this tab", NOW + Span::seconds(5))), ..live() });
    for commit in changes_of_the_living() {
        assert!(decide(&commit, claimed()).is_some(), "{commit:?}");
        assert_eq!(decide(&commit, Row { sid: bob(), ..claimed() }), None, "{commit:?}");
        assert_eq!(decide(&commit, tombstone()), None, "{commit:?}");
        if !matches!(commit, Commit::Touch { .. }) {
            assert_eq!(decide(&commit, Row { generation: 4, ..claimed() }), None, "{commit:?}");
        }
    }
}

#[test]
fn a_row_that_is_gone_can_only_be_made_anew_or_ended() {
    for commit in changes_of_the_living() {
        let made = commit.decide(None, NOW);
        assert_eq!(made.is_some(), matches!(commit, Commit::End { .. }), "{commit:?}");
    }
    assert_eq!(Commit::Restore { row: Box::new(row(live())) }.decide(None, NOW), Some(row(live())));
}

#[test]
fn a_login_replaces_whatever_lies_there_and_its_version_never_restarts() {
    let login =
        |above| Commit::Login { sid: bob(), record: Some(Box::new(record("bob's"))), started_at: NOW, above };
    let fresh = Row {
        version: 8,
        sid: bob(),
        generation: 1,
        at: NOW,
        content: Content::Live(Box::new(Live {
            record: Some(record("bob's")),
            started_at: NOW,
            activity: NOW,
            ..live()
        })),
    };
    assert_eq!(decide(&login(0), tombstone()), Some(fresh.clone()));
    let busy = Live {
        sending: Some(sending("another tab", NOW + Span::seconds(5))),
        cooldown: Some(cooldown(NOW + Span::seconds(5))),
        refused: true,
        ..live()
    };
    assert_eq!(decide(&login(7), row(busy)), Some(fresh.clone()));
    assert_eq!(decide(&login(20), tombstone()).map(|row| row.version), Some(21), "the row was evicted once");
    assert_eq!(login(20).decide(None, NOW), Some(Row { version: 21, ..fresh }));
}

#[test]
fn a_claim_changes_neither_version_nor_tokens() {
    let taken = Live { sending: Some(sending("this tab", NOW + Span::seconds(13))), ..live() };
    assert_eq!(decide(&claim(), row(live())), Some(row(taken)));
    assert_eq!(decide(&claim(), row(Live { refused: true, ..live() })), None);
}

#[test]
fn anothers_claim_stands_until_it_runs_out() {
    let held = |until| row(Live { sending: Some(sending("another tab", until)), ..live() });
    assert_eq!(decide(&claim(), held(NOW + Span(1))), None);
    assert!(is_claimed(decide(&claim(), held(NOW))));
    let own = Live { sending: Some(sending("this tab", NOW + Span::seconds(5))), ..live() };
    assert!(is_claimed(decide(&claim(), row(own))));
}

#[test]
fn a_claim_from_beyond_any_timeout_was_made_before_the_clock_was_set_back() {
    let held = |until| row(Live { sending: Some(sending("another tab", until)), ..live() });
    let latest = NOW + Span::seconds(13) + SLACK;
    assert_eq!(decide(&claim(), held(latest)), None);
    assert!(is_claimed(decide(&claim(), held(latest + Span(1)))));
}

#[test]
fn only_a_claim_made_under_the_lock_is_void_for_the_next_holder() {
    let claim = |locked| {
        let sending = Sending { locked, ..sending("this tab", NOW + Span::seconds(13)) };
        Commit::Claim { sid: ann(), generation: 3, sending, now: NOW, over: None }
    };
    let held = |locked| {
        let sending = Sending { locked, ..sending("another tab", NOW + Span::seconds(5)) };
        row(Live { sending: Some(sending), ..live() })
    };
    assert!(is_claimed(decide(&claim(true), held(true))));
    assert_eq!(decide(&claim(true), held(false)), None);
    assert_eq!(decide(&claim(false), held(true)), None);
    assert_eq!(decide(&claim(false), held(false)), None);
}

#[test]
fn a_cool_down_holds_for_every_tab_until_it_is_over() {
    let cooling = |until| row(Live { cooldown: Some(cooldown(until)), ..live() });
    assert_eq!(decide(&claim(), cooling(NOW + Span(1))), None);
    let taken = Live { sending: Some(sending("this tab", NOW + Span::seconds(13))), ..live() };
    assert_eq!(decide(&claim(), cooling(NOW)), Some(row(taken)), "and the claim leaves nothing of it");
}

#[test]
fn a_cool_down_longer_than_any_is_one_from_before_the_clock_was_set_back() {
    let cooling = |until| row(Live { cooldown: Some(cooldown(until)), ..live() });
    assert_eq!(decide(&claim(), cooling(NOW + Cooldown::LONGEST)), None);
    assert!(is_claimed(decide(&claim(), cooling(NOW + Cooldown::LONGEST + Span(1)))));
}

#[test]
fn a_claim_passes_over_the_cool_down_that_it_names_unless_the_server_asked_for_it() {
    let until = NOW + Span::seconds(20);
    let cooling = |cooldown| row(Live { cooldown: Some(cooldown), ..live() });
    let taken = Live { sending: Some(sending("this tab", NOW + Span::seconds(13))), ..live() };
    assert_eq!(decide(&claim_over(Some(until)), cooling(cooldown(until))), Some(row(taken)));
    assert_eq!(decide(&claim_over(Some(until)), cooling(cooldown(until + Span(1)))), None, "a newer one");
    assert_eq!(decide(&claim_over(Some(until)), cooling(Cooldown { asked: true, ..cooldown(until) })), None);
}

#[test]
fn a_renewal_keeps_the_activity_and_ends_the_turn() {
    let before = Live {
        sending: Some(sending("another tab", NOW + Span::seconds(5))),
        cooldown: Some(cooldown(NOW + Span::seconds(5))),
        refused: true,
        ..live()
    };
    let pause = cooldown(NOW + Span::seconds(30));
    let renew = |cooldown| Commit::Renew {
        sid: ann(),
        generation: 3,
        record: Some(Box::new(record("new"))),
        cooldown,
        yields: false,
    };
    for cooldown in [None, Some(pause)] {
        let after = Row {
            version: 8,
            generation: 4,
            at: NOW,
            ..row(Live { record: Some(record("new")), cooldown, ..live() })
        };
        assert_eq!(decide(&renew(cooldown), row(before.clone())), Some(after));
    }
}

#[test]
fn only_who_has_the_turn_gives_it_back() {
    let pause = Some(cooldown(NOW + Span::seconds(30)));
    let release = Commit::Release { sid: ann(), generation: 3, owner: tab("this tab"), cooldown: pause };
    let held = |owner| row(Live { sending: Some(sending(owner, NOW + Span::seconds(5))), ..live() });
    let after = row(Live { cooldown: pause, ..live() });
    assert_eq!(decide(&release, held("this tab")), Some(after));
    assert_eq!(decide(&release, held("another tab")), None);
    assert_eq!(decide(&release, row(live())), None);
}

#[test]
fn a_refusal_is_a_new_version_without_a_turn() {
    let before = Live {
        sending: Some(sending("this tab", NOW + Span::seconds(5))),
        cooldown: Some(cooldown(NOW)),
        ..live()
    };
    let after = Row { version: 8, at: NOW, ..row(Live { refused: true, ..live() }) };
    assert_eq!(decide(&Commit::Refuse { sid: ann(), generation: 3 }, row(before)), Some(after));
}

#[test]
fn only_later_activity_moves_the_stamp() {
    let stamped = |activity| row(Live { activity, ..live() });
    let seen = NOW - Span::minutes(10);
    assert_eq!(decide(&touch(seen), stamped(seen)), None, "the same again");
    assert_eq!(decide(&touch(seen - Span(1)), stamped(seen)), None);
    assert_eq!(decide(&touch(seen + Span(1)), stamped(seen)), Some(stamped(seen + Span(1))));
}

#[test]
fn a_stamp_from_before_the_clock_was_set_back_gives_way() {
    let stamped = |activity| row(Live { activity, ..live() });
    assert_eq!(decide(&touch(NOW), stamped(NOW + SLACK)), None);
    assert_eq!(decide(&touch(NOW), stamped(NOW + SLACK + Span(1))), Some(stamped(NOW)));
}

#[test]
fn an_end_leaves_a_tombstone_of_its_own_session() {
    let logout = Ended { reason: EndReason::Logout, at: NOW };
    let ended = Row { version: 8, at: NOW, content: Content::Ended(logout), ..row(live()) };
    assert_eq!(decide(&end(EndReason::Logout, None, None), row(live())), Some(ended.clone()));
    let late = Commit::End { sid: ann(), generation: None, idle_since: None, ended: logout, above: 20 };
    assert_eq!(decide(&late, row(live())), Some(Row { version: 21, ..ended.clone() }));
    assert_eq!(late.decide(None, NOW), Some(Row { version: 21, generation: 0, ..ended }));
}

#[test]
fn idleness_ends_nothing_that_was_active_later() {
    let since = NOW - Span::minutes(30);
    let idle = end(EndReason::Idle, None, Some(since));
    let stamped = |activity| row(Live { activity, ..live() });
    let is_ended = |activity| decide(&idle, stamped(activity)).is_some();
    assert!(is_ended(since));
    assert!(!is_ended(since + Span(1)));
    assert!(!is_ended(NOW + SLACK));
    assert!(is_ended(NOW + SLACK + Span(1)), "from before the clock was set back");
    assert!(decide(&end(EndReason::Logout, None, None), stamped(NOW)).is_some(), "a logout does not ask");
}

#[test]
fn only_a_newer_row_is_restored_and_never_over_the_tombstone_of_its_session() {
    let restore = |row| Commit::Restore { row: Box::new(row) };
    let newer = |row| Row { version: 8, ..row };
    assert_eq!(decide(&restore(newer(row(live()))), row(live())), Some(newer(row(live()))));
    assert_eq!(decide(&restore(row(live())), row(live())), None);
    assert_eq!(decide(&restore(newer(row(live()))), tombstone()), None);
    assert_eq!(decide(&restore(newer(tombstone())), row(live())), Some(newer(tombstone())));
    assert_eq!(decide(&restore(newer(tombstone())), tombstone()), Some(newer(tombstone())));
    let overtaken = Row { version: 5, ..tombstone() };
    assert_eq!(
        decide(&restore(overtaken), row(live())),
        Some(newer(tombstone())),
        "a version never goes back"
    );
    let of_bob = Row { sid: bob(), ..row(live()) };
    assert_eq!(decide(&restore(newer(of_bob.clone())), tombstone()), Some(newer(of_bob)));
}

#[test]
fn only_a_change_that_writes_tokens_names_them() {
    let new = || Some(Box::new(record("new")));
    let login = |record| Commit::Login { sid: ann(), record, started_at: NOW, above: 0 };
    let renew = |record| Commit::Renew { sid: ann(), generation: 3, record, cooldown: None, yields: false };
    let restore = |row| Commit::Restore { row: Box::new(row) };
    for commit in [login(new()), renew(new())] {
        assert_eq!(commit.record(), Some(&record("new")));
    }
    assert_eq!(restore(row(live())).record(), Some(&record("old")));
    let without = || Live { record: None, ..live() };
    for commit in [login(None), renew(None), restore(row(without())), restore(tombstone())] {
        assert_eq!(commit.record(), None);
    }
    let renews = |commit: &Commit| matches!(commit, Commit::Renew { .. });
    for commit in changes_of_the_living().into_iter().filter(|commit| !renews(commit)) {
        assert_eq!(commit.record(), None);
    }
}
