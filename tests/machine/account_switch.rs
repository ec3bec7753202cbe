//! Another user's login is a hard boundary: failure 32.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{Config, Event, Failure, GrantKind, Input, Span, Storage};

#[test]
fn a_switch_is_told_and_queued_work_of_the_old_user_is_refused() {
    let mut world = World::signed_in(2);
    world.server.delay = Span::seconds(4);
    let queued = world.answered_401(1);
    world.run(Span(100));
    world.server.delay = Span(100);
    world.log_out(0);
    world.begin_login(0, "bob", GrantKind::Login);
    world.bus.delay = Span(300);
    world.run(Span::seconds(5));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    let failure = world.failure_given(1, queued);
    assert!(matches!(failure, Some(Failure::UserChanged | Failure::SignedOut)), "{failure:?}");
}

#[test]
fn a_tab_that_sees_only_the_new_user_says_who_changed() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    let sid = world.row().sid.clone();
    world.server.delay = Span::seconds(4);
    let queued = world.answered_401(1);
    world.log_in(0, "bob");
    world.run(Span::seconds(5));
    world.act(1, Input::Visible);
    world.run(Span::seconds(1));
    let changed = Event::UserChanged { from: Some("ann".to_owned()), to: Some("bob".to_owned()) };
    assert_eq!(world.events(1, |event| *event == changed), 1);
    assert_eq!(world.failure_given(1, queued), Some(Failure::UserChanged));
    let late = world.new_waiter(1);
    world.act(1, Input::Unauthorized { waiter: late, sid, generation: 1 });
    assert_eq!(world.failure_given(1, late), Some(Failure::UserChanged));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_401_that_comes_while_the_session_ends_is_never_replayed_as_the_next_user() {
    let mut world = World::signed_in(2);
    let sid = world.row().sid.clone();
    world.bus.deaf.insert(1);
    world.log_in(0, "bob");
    world.feed(1, Input::VerifyRefused { sid: sid.clone(), generation: 1 });
    let waiter = world.new_waiter(1);
    world.act(1, Input::Unauthorized { waiter, sid, generation: 1 });
    world.run(Span::seconds(2));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    assert_eq!(world.failure_given(1, waiter), Some(Failure::UserChanged));
}

#[test]
fn of_two_logins_at_once_the_later_commit_wins_in_every_tab() {
    for delay in [0, 1, 2, 3, 5, 8, 13] {
        let mut world = World::with_tabs(3);
        world.store.latency = Span(3);
        world.begin_login(0, "ann", GrantKind::Login);
        world.run(Span(delay));
        world.begin_login(1, "bob", GrantKind::Login);
        world.run(Span::seconds(5));
        assert!(world.all_signed_in(), "{delay} ms apart");
        let sid = world.row().sid.clone();
        for tab in 0..3 {
            let (_, held, _) = world.tabs[tab].machine.token().expect("a token");
            assert_eq!(*held, sid, "tab {tab}, {delay} ms apart");
        }
    }
}

#[test]
fn tokens_for_the_same_subject_continue_the_session_and_others_begin_a_new_one() {
    let mut world = World::signed_in(2);
    world.begin_login(0, "ann", GrantKind::Auto);
    world.run(Span::seconds(1));
    assert_eq!((world.row().generation, world.row().sid.0.as_str()), (2, "s1"));
    world.begin_login(0, "bob", GrantKind::Auto);
    world.run(Span::seconds(1));
    assert_eq!((world.row().generation, world.row().sid.0.as_str()), (1, "s3"));
    assert!(world.all_signed_in());
}

#[test]
fn a_login_in_the_row_outranks_a_renewal_that_could_not_be_written() {
    let mut world = World::signed_in(2);
    world.store.latency = Span(100);
    world.want_refresh(0);
    world.run(Span(220));
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(230));
    world.tabs[0].store = Some(StoreMode::Fails);
    world.run(Span(61));
    world.tabs[0].store = None;
    assert_eq!(world.sends(), 1);
    world.run(Span::seconds(5));
    for tab in 0..2 {
        assert_eq!(world.tabs[tab].machine.subject(), Some("bob"), "tab {tab}");
    }
    assert_eq!(world.row().sid.0, "s2");
}

#[test]
fn a_renewal_that_could_not_be_written_gives_way_to_a_login_elsewhere() {
    for storage in [Storage::Shared, Storage::Memory] {
        let mut world = World::signed_in_with(2, Config { storage, ..Config::default() });
        world.store.latency = Span(100);
        world.want_refresh(0);
        world.run(Span(410));
        // The login and the guess of the tab that cannot write bear the same number.
        world.tabs[0].store = Some(StoreMode::Fails);
        world.begin_login(1, "bob", GrantKind::Login);
        world.run(Span(200));
        world.tabs[0].store = None;
        assert_eq!(world.events(0, |event| *event == Event::NotStored), 1);
        world.run(Span::seconds(40));
        for tab in 0..2 {
            assert_eq!(world.tabs[tab].machine.subject(), Some("bob"), "tab {tab}");
        }
        assert_eq!(world.row().sid.0, "s2");
    }
}

#[test]
fn tokens_for_a_session_that_an_unwritten_login_has_replaced_do_not_land_on_the_new_user() {
    let mut world = World::signed_in(1);
    world.store.mode = StoreMode::Hangs;
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(100));
    world.begin_login(0, "ann", GrantKind::Refresh);
    world.run(Span::seconds(10));
    let (token, sid, generation) = world.tabs[0].machine.token().expect("bob's token");
    assert_eq!((token.expose(), sid.0.as_str(), generation), ("access/f2/1", "s2", 1));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    assert!(world.server.revocations.iter().any(|(_, access, _)| access == "access/f3/1"), "given back");
}

#[test]
fn who_waits_while_the_user_changes_under_one_session_is_refused() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::Never;
    let waiter = world.want_refresh(0);
    world.run(Span::seconds(1));
    world.begin_login(0, "bob", GrantKind::Refresh);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::UserChanged));
}

#[test]
fn what_is_granted_to_the_session_before_is_given_back_and_leaves_the_next_users_tokens() {
    let mut world = World::signed_in(1);
    world.aborts_work = false;
    world.server.delay = Span::seconds(2);
    world.want_refresh(0);
    world.run(Span(1_200));
    world.server.delay = Span(100);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span::seconds(5));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    let waiter = world.want_token(0);
    assert_eq!(world.token_given(0, waiter), Some("access/f2/1"));
    assert_eq!(world.row().generation, 1);
    assert!(world.server.revocations.iter().any(|(_, access, _)| access == "access/f1/2"));
}
