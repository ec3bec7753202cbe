//! A network or a server in trouble ends nothing: failures 20, 21, 23 to 26.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{
    Config, EndReason, Event, Failure, Input, Span, Status, Verdict, WhenRejected, judge,
};

#[test]
fn only_an_authoritative_no_is_final() {
    let final_answers = [
        (400, true, Some("invalid_grant")),
        (400, true, Some("invalid_token")),
        (401, true, Some("invalid_grant")),
        (401, false, None),
        (403, true, None),
    ];
    for (status, is_json, error) in final_answers {
        assert_eq!(judge(status, is_json, error, None), Verdict::Refused, "{status} {error:?}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        for is_json in [true, false] {
            let verdict = judge(status, is_json, Some("invalid_grant"), None);
            assert_eq!(verdict, Verdict::Transient(Failure::Server { status }));
        }
    }
    let not_the_server = [
        (200, false, None),
        (204, false, None),
        (302, false, None),
        (400, false, None),
        (400, true, Some("invalid_request")),
        (400, true, None),
        (403, false, None),
        (404, false, None),
        (404, true, None),
        (0, false, None),
        (u16::MAX, true, Some("invalid_grant")),
    ];
    for (status, is_json, error) in not_the_server {
        assert_eq!(
            judge(status, is_json, error, None),
            Verdict::Transient(Failure::NotTheServer { status }),
            "{status} {error:?}"
        );
    }
    assert_eq!(judge(200, true, None, None), Verdict::Granted);
}

#[test]
fn the_exchange_has_its_own_word_on_what_is_final() {
    assert_eq!(judge(404, true, None, Some(true)), Verdict::Refused);
    assert_eq!(judge(400, false, None, Some(true)), Verdict::Refused);
    let patience = Verdict::Transient(Failure::Server { status: 401 });
    assert_eq!(judge(401, true, Some("invalid_grant"), Some(false)), patience);
    for status in [0, 302, 408, 425, 429, 500, 503, 599, u16::MAX] {
        assert!(matches!(judge(status, true, None, Some(true)), Verdict::Transient(_)), "{status}");
    }
    assert_eq!(judge(200, true, None, Some(true)), Verdict::Granted);
}

#[test]
fn trouble_keeps_the_session_past_its_expiry_and_recovers() {
    let troubles = [
        Reply::Network,
        Reply::Never,
        Reply::Status(408, None),
        Reply::Status(429, Some(Span::seconds(20))),
        Reply::Status(500, None),
        Reply::Status(503, None),
    ];
    for trouble in troubles {
        let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
        world.server.usual = trouble;
        world.run(Span::minutes(90));
        assert!(world.all_signed_in(), "{trouble:?}");
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::End { .. })), 0, "{trouble:?}");
        assert!(world.server.revocations.is_empty(), "{trouble:?}");
        assert!(world.tabs[0].machine.view().offline || world.tabs[0].machine.view().refreshing);
        world.server.usual = Reply::Rotate;
        world.run(Span::minutes(6));
        assert_eq!(world.row().generation, 2, "{trouble:?}");
        assert!(world.all_signed_in(), "{trouble:?}");
    }
}

#[test]
fn a_refusal_ends_the_session_once_and_sends_no_logout() {
    let config = Config { idle_timeout: None, when_rejected: WhenRejected::AtOnce, ..Config::default() };
    let mut world = World::signed_in_with(3, config);
    world.server.usual = Reply::Refuse;
    world.run(Span::minutes(56));
    assert!(world.all_signed_out());
    for tab in 0..3 {
        let ended = |event: &Event| matches!(event, Event::End { reason: EndReason::RefreshRejected, .. });
        assert_eq!(world.events(tab, ended), 1, "tab {tab}");
    }
    assert_eq!(world.sends(), 1);
    assert!(world.server.revocations.is_empty());
}

#[test]
fn a_failed_early_refresh_keeps_the_valid_token_and_makes_few_calls() {
    let mut world = World::signed_in_with(5, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Status(500, None);
    world.run(Span::minutes(56));
    for tab in 0..5 {
        for _ in 0..10 {
            let waiter = world.want_token(tab);
            assert!(world.token_given(tab, waiter).is_some());
        }
    }
    world.run(Span::minutes(10));
    assert!(world.sends() <= 30, "{} requests by five tabs", world.sends());
    assert!(world.sends() >= 3, "{} requests", world.sends());
    assert_eq!(world.status(0), Status::Authenticated);
}

#[test]
fn a_refused_early_refresh_ends_the_session_at_its_expiry() {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    let expires_at = world.instant(world.expires_at(0));
    world.server.usual = Reply::Refuse;
    world.run(Span::minutes(57));
    assert_eq!(world.sends(), 1);
    for tab in 0..3 {
        assert!(world.tabs[tab].machine.view().ending, "tab {tab}");
        assert_eq!(world.events(tab, |event| matches!(event, Event::RefreshRejected { .. })), 1);
        let waiter = world.want_token(tab);
        assert!(world.token_given(tab, waiter).is_some());
        let asked = world.want_refresh(tab);
        assert_eq!(world.failure_given(tab, asked), Some(Failure::Refused { status: 0 }), "tab {tab}");
    }
    world.run(Span(expires_at - world.time - 10));
    assert!(world.all_signed_in());
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    for tab in 0..3 {
        assert_eq!(
            world.events(tab, |e| matches!(e, Event::End { reason: EndReason::RefreshRejected, .. })),
            1
        );
    }
    assert_eq!(world.sends(), 1);
}

#[test]
fn the_servers_wait_is_kept_in_every_tab() {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    world.server.script.push_back(Reply::Status(429, Some(Span::seconds(120))));
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    let first = world.attempts[0].sent_at;
    world.run(Span::seconds(1));
    for tab in 0..3 {
        world.act(tab, Input::Online);
        let waiter = world.want_refresh(tab);
        world.run(Span::seconds(1));
        assert!(world.failure_given(tab, waiter).is_some());
    }
    world.run(Span::minutes(3));
    assert_eq!(world.sends(), 2);
    assert!(world.attempts[1].sent_at - first >= 120_000);
    assert!(world.all_signed_in());
}

#[test]
fn a_success_in_one_tab_clears_the_pause_in_all() {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Network;
    world.run(Span::minutes(62));
    world.server.usual = Reply::Rotate;
    world.act(1, Input::Online);
    world.run(Span::seconds(2));
    assert!(world.all_signed_in());
    for tab in 0..3 {
        assert!(!world.tabs[tab].machine.view().offline, "tab {tab}");
        let waiter = world.want_token(tab);
        assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
    }
}

#[test]
fn ten_tabs_coming_online_try_once() {
    let mut world = World::signed_in_with(10, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Network;
    world.run(Span::minutes(62));
    let before = world.sends();
    for tab in 0..10 {
        world.feed(tab, Input::Online);
    }
    world.run(Span(900));
    assert!(world.sends() - before <= 2, "{} requests", world.sends() - before);
}

#[test]
fn offline_at_wake_is_not_a_logout_and_the_next_cycle_works() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.act(0, Input::Offline);
    world.server.usual = Reply::Network;
    world.sleep(Span::minutes(480));
    world.run(Span::seconds(4));
    world.server.usual = Reply::Rotate;
    world.act(0, Input::Online);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
    world.run(Span::minutes(57));
    assert_eq!(world.row().generation, 3);
}

#[test]
fn a_start_without_network_is_not_a_logout() {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.crash(0);
    world.run(Span::minutes(120));
    world.server.usual = Reply::Network;
    let tab = world.open_tab();
    world.run(Span::seconds(5));
    assert_eq!(world.status(tab), Status::Authenticated);
    let waiter = world.want_token(tab);
    world.run(Span::seconds(21));
    assert!(world.failure_given(tab, waiter).is_some());
    world.server.usual = Reply::Rotate;
    world.act(tab, Input::Online);
    world.run(Span::seconds(2));
    let waiter = world.want_token(tab);
    assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
}

#[test]
fn a_hidden_throttled_tab_refreshes_once_before_its_first_request() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    for tab in 0..2 {
        world.act(tab, Input::Hidden);
        world.tabs[tab].throttle = Some(Span::minutes(600));
    }
    world.run(Span::minutes(70));
    assert_eq!(world.sends(), 0);
    let waiter = world.want_token(1);
    assert_eq!(world.settlement(1, waiter), None, "a dead token was handed out");
    world.act(1, Input::Visible);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(1, waiter), Some("access/f1/2"));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_stalled_refresh_keeps_nobody_waiting_beyond_the_bound() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Never;
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    for tab in 0..2 {
        let waiter = world.want_token(tab);
        assert!(world.token_given(tab, waiter).is_some(), "a valid token was waited for");
    }
    world.run(Span::minutes(6));
    let late: Vec<_> = (0..5).map(|_| world.want_token(1)).collect();
    world.run(Span::seconds(21));
    for waiter in late {
        assert!(world.failure_given(1, waiter).is_some());
    }
    world.server.usual = Reply::Rotate;
    world.want_refresh(1);
    world.run(Span::seconds(25));
    assert_eq!(world.row().generation, 2);
}

#[test]
fn a_refresh_that_failed_before_it_was_due_is_not_repeated_by_itself() {
    let mut world = World::signed_in(2);
    world.server.usual = Reply::Status(503, None);
    let asked = world.want_refresh(0);
    world.run(Span::seconds(1));
    assert_eq!(world.failure_given(0, asked), Some(Failure::Server { status: 503 }));
    let due = world.tabs[0].machine.view().refresh_at;
    world.run(Span::minutes(20));
    assert_eq!(world.sends(), 1, "nobody asked again");
    assert_eq!(due, world.tabs[1].machine.view().refresh_at, "it is due when it was");
    let again = world.answered_401(1);
    world.run(Span::seconds(1));
    assert_eq!(world.sends(), 2);
    assert!(world.failure_given(1, again).is_some());
}

#[test]
fn a_token_that_renews_itself_and_is_refused_expires() {
    let config = Config { sliding: true, idle_timeout: None, ..Config::default() };
    let mut world = World::with_tabs_and(1, config);
    world.server.sliding = true;
    world.server.usual = Reply::Refuse;
    world.log_in(0, "ann");
    world.run(Span::minutes(59));
    assert!(world.tabs[0].machine.view().ending);
    world.run(Span::minutes(2));
    assert_eq!(world.sends(), 1);
    let expired = |event: &Event| matches!(event, Event::End { reason: EndReason::Expired, .. });
    assert_eq!(world.events(0, expired), 1, "there was no refresh token to be rejected");
}

#[test]
fn a_request_of_which_nothing_is_heard_is_given_up() {
    let mut world = World::signed_in(1);
    let waiter = world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    // The transport does not keep to its time limit.
    world.attempts[0].aborted = true;
    world.run(Span::seconds(14));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Timeout));
    let told = |event: &Event| matches!(event, Event::RefreshFailed { failure: Failure::Timeout, .. });
    assert_eq!(world.events(0, told), 1);
}

#[test]
fn a_refusal_that_cannot_be_written_is_told_all_the_same() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::Refuse;
    let waiter = world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    world.store.mode = StoreMode::Hangs;
    world.run(Span::seconds(3));
    assert_eq!(world.events(0, |event| matches!(event, Event::RefreshRejected { .. })), 1);
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Refused { status: 0 }));
    assert_eq!(world.locks.holder, None);
}

#[test]
fn the_page_is_shown_when_a_failed_refresh_is_tried_again() {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Status(503, Some(Span::minutes(20)));
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    world.run(Span::seconds(1));
    let shown = world.tabs[0].machine.view().refresh_at;
    let told =
        |event: &Event| matches!(event, Event::RefreshFailed { retry_at, .. } if Some(*retry_at) == shown);
    assert_eq!(world.events(0, told), 1, "{shown:?}");
}

#[test]
fn a_refresh_that_failed_before_it_was_due_is_not_repeated_when_the_network_or_the_user_is_back() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::Status(503, None);
    world.want_refresh(0);
    world.run(Span(300));
    world.act(0, Input::Online);
    world.act(0, Input::Visible);
    world.run(Span::seconds(1));
    assert_eq!(world.sends(), 1);
}

#[test]
fn an_answer_that_comes_when_its_request_was_given_up_is_no_second_failure() {
    let mut world = World::signed_in(1);
    world.aborts_work = false;
    world.server.delay = Span::seconds(30);
    world.server.usual = Reply::Status(503, None);
    let waiter = world.want_refresh(0);
    world.run(Span::minutes(1));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Timeout));
    assert_eq!(world.events(0, |event| matches!(event, Event::RefreshFailed { .. })), 1);
}

#[test]
fn a_401_on_a_token_that_the_server_has_just_given_out_again_is_no_reason_to_ask_once_more() {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::SameToken;
    world.run(Span::minutes(59));
    let before = world.sends();
    world.run_until(Span::minutes(1), |world| world.sends() > before);
    world.run(Span::seconds(1));
    let waiter = world.answered_401(0);
    world.run(Span::seconds(1));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::NotProlonged));
    assert_eq!(world.sends(), before + 1);
}
