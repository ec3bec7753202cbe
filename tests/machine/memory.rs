//! Tokens that are kept in memory pass from tab to tab, and the row says which are the latest.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{
    By, Config, Content, Effect, EndReason, Event, Failure, GrantKind, Input, Row, Secret, Settlement, Sid,
    Span, Status, Storage, WaiterId,
};

fn config() -> Config {
    Config { storage: Storage::Memory, ..Config::default() }
}

fn signed_in(tabs: usize) -> World {
    World::signed_in_with(tabs, config())
}

fn asks(world: &World) -> usize {
    world.count_everywhere(|effect| matches!(effect, Effect::AskHandover))
}

#[test]
fn no_token_is_ever_stored() {
    let mut world = signed_in(2);
    world.run_to_refresh(0, Span(0));
    world.run(Span::minutes(1));
    assert_eq!(world.row().generation, 2);
    let stores = |effect: &Effect| match effect {
        Effect::WriteCopy(row) => row.live().is_some_and(|live| live.record.is_some()),
        Effect::Commit { commit, .. } => format!("{commit:?}").contains("Secret"),
        _ => false,
    };
    assert_eq!(world.count_everywhere(stores), 0);
    assert!(world.row().live().is_some_and(|live| live.record.is_none()));
    assert!(world.all_signed_in());
}

#[test]
fn a_new_tab_is_given_the_tokens_by_another() {
    let mut world = signed_in(1);
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    world.run(Span(100));
    assert!(world.token_given(tab, waiter).is_some());
    assert!(world.all_signed_in());
    assert_eq!(world.events(tab, |event| *event == Event::Login), 0, "found, not logged in");
    assert_eq!(world.sends(), 0);
}

#[test]
fn a_session_whose_tabs_are_gone_is_renewed_by_its_cookie() {
    let mut world = World::signed_in_with(1, Config { cookies: true, ..config() });
    // Longer than the idle timeout: what counts is when the user was last active, not when the session began.
    world.run_active(0, Span::minutes(40));
    world.crash(0);
    let tabs = [world.open_tab(), world.open_tab()];
    let waiter = world.want_token(tabs[0]);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
    assert_eq!(world.token_given(tabs[0], waiter), Some("access/f1/2"));
    assert_eq!(world.sends(), 1, "one of them asks, and hands over what it is given");
    assert_eq!(world.row().generation, 2);
    for tab in tabs {
        assert_eq!(world.tabs[tab].machine.subject(), Some("ann"), "tab {tab}");
        assert_eq!(world.events(tab, |event| *event == Event::Login), 0, "found, not logged in");
    }
}

#[test]
fn a_cookie_that_is_refused_ends_the_session_that_is_found() {
    let mut world = World::signed_in_with(1, Config { cookies: true, ..config() });
    world.crash(0);
    world.server.script.push_back(Reply::Refuse);
    let tab = world.open_tab();
    world.run(Span::seconds(5));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert!(world.row_is_ended());
}

#[test]
fn a_cookie_revives_no_session_past_its_idle_deadline_and_none_that_has_ended() {
    for past_deadline in [true, false] {
        let mut world = World::signed_in_with(1, Config { cookies: true, ..config() });
        if past_deadline {
            world.crash(0);
            world.sleep(Span::minutes(31));
        } else {
            world.log_out(0);
            world.run(Span::seconds(1));
        }
        let tab = world.open_tab();
        world.run(Span::seconds(5));
        assert_eq!(world.status(tab), Status::Unauthenticated, "{past_deadline}");
        assert_eq!(world.sends(), 0, "{past_deadline}");
    }
}

#[test]
fn a_logout_before_anything_is_found_is_one_with_cookies_too() {
    let mut world = World::signed_in_with(1, Config { cookies: true, ..config() });
    world.crash(0);
    let tab = world.open_tab();
    world.log_out(tab);
    world.run(Span::seconds(5));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert!(world.row_is_ended());
    assert_eq!(world.sends(), 0);
}

#[test]
fn a_new_tab_that_nobody_answers_is_signed_out_within_a_second() {
    let mut world = signed_in(1);
    world.crash(0);
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    world.run(Span(900));
    assert_eq!(world.status(tab), Status::Loading);
    assert_eq!(world.settlement(tab, waiter), None);
    world.run(Span(200));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.failure_given(tab, waiter), Some(Failure::SignedOut));
    assert_eq!(world.events(tab, |event| *event == Event::Ready), 1);
    world.log_in(tab, "bob");
    assert!(world.all_signed_in());
}

#[test]
fn who_asks_while_the_tokens_are_written_is_given_them_afterwards() {
    for is_rotation in [false, true] {
        let mut world = signed_in(2);
        world.bus.deaf.insert(1);
        world.store.latency = Span(100);
        if is_rotation {
            world.request(0, true, Span(0));
        } else {
            world.want_refresh(0);
        }
        assert!(world.run_until(Span::seconds(2), |world| world.row().generation == 2));
        // From here on the others are faster than the answer to tab 0.
        world.store.latency = Span(1);
        world.bus.deaf.clear();
        world.act(1, Input::Visible);
        world.open_tab();
        assert!(world.run_until(Span(50), |world| asks(world) >= 2));
        world.run(Span::seconds(5));
        assert!(world.all_signed_in(), "{is_rotation}");
        assert_eq!(world.sends(), usize::from(!is_rotation), "{is_rotation}");
    }
}

#[test]
fn ten_tabs_share_one_refresh() {
    let mut world = signed_in(10);
    world.run_to_refresh(0, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    world.run_to_refresh(3, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 2);
    assert!(world.all_signed_in());
}

/// Tab 0 renews the tokens and dies before it can hand them over.
fn orphaned(grace: Option<Span>) -> World {
    let mut world = signed_in(2);
    world.server.grace = grace;
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert_eq!(world.row().generation, 2);
    world.crash(0);
    world.bus.deaf.clear();
    world.act(1, Input::Visible);
    world
}

#[test]
fn a_tab_that_is_left_behind_keeps_its_token_and_sends_it_once() {
    let mut world = orphaned(Some(Span::minutes(120)));
    let waiter = world.want_token(1);
    assert!(world.token_given(1, waiter).is_some(), "what is still good is used");
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1, "not before it is due");
    world.run_to_refresh(1, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 2);
    assert_eq!(world.row().generation, 3);
    assert!(world.all_signed_in());
}

#[test]
fn a_refusal_of_a_token_that_was_left_behind_ends_this_tab_only() {
    let mut world = orphaned(None);
    world.run_to_refresh(1, Span(0));
    world.run_active(1, Span::minutes(10));
    assert_eq!(world.sends(), 2, "once");
    assert_eq!(world.status(1), Status::Unauthenticated);
    let end = Event::End { reason: EndReason::RefreshRejected, by: By::ThisTab };
    assert_eq!(world.events(1, |event| *event == end), 1);
    assert!(!world.row_is_ended(), "another tab may have the later tokens");
    assert!(world.row().live().is_some_and(|live| live.sending.is_none()), "the turn is given back");
}

#[test]
fn whoever_asks_for_a_refresh_in_a_tab_that_finds_itself_left_behind_is_answered() {
    let mut world = signed_in(2);
    world.server.grace = Some(Span::minutes(60));
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.crash(0);
    // The claim is what finds that the row has moved on.
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(5));
    assert_eq!(world.settlement(1, waiter), Some(&Settlement::Done));
    assert_eq!(world.row().generation, 3);
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_that_was_left_behind_takes_the_tokens_when_their_holder_thaws() {
    let mut world = signed_in(2);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.freeze(0);
    world.bus.deaf.clear();
    world.act(1, Input::Visible);
    world.run(Span::seconds(5));
    world.resume(0);
    let waiter = world.answered_401(1);
    world.run(Span::seconds(3));
    assert!(world.token_given(1, waiter).is_some_and(|token| token.ends_with("/2")));
    assert_eq!(world.sends(), 1, "nothing is sent that another tab has");
}

#[test]
fn a_logout_reaches_every_tab_and_a_new_one_does_not_ask() {
    let mut world = signed_in(3);
    world.log_out(1);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    world.forget_effects();
    let tab = world.open_tab();
    world.run(Span(10));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(asks(&world), 0);
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn a_thawed_tab_learns_of_its_end_and_hands_nothing_over() {
    let mut world = signed_in(2);
    world.suspend(1);
    world.log_out(0);
    world.run(Span::seconds(1));
    world.tabs[1].inbox.clear();
    world.tabs[1].frozen = false;
    world.feed(1, Input::Resumed);
    world.feed(1, Input::HandoverAsked);
    assert_eq!(world.count(1, |effect| matches!(effect, Effect::HandOver(_))), 0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
}

#[test]
fn tokens_on_their_way_to_a_new_tab_do_not_outlive_a_logout() {
    let mut world = signed_in(1);
    let tab = world.open_tab();
    while world.count(0, |effect| matches!(effect, Effect::HandOver(_))) == 0 {
        world.run(Span(1));
    }
    world.log_out(0);
    // The announcement of the end is lost, the tokens arrive.
    world.bus.deaf.insert(tab);
    for _ in 0..2_000 {
        world.run(Span(1));
        assert!(world.tabs[tab].machine.token().is_none());
    }
    assert_eq!(world.status(tab), Status::Unauthenticated);
}

#[test]
fn somebody_elses_login_is_a_hard_boundary() {
    let mut world = signed_in(2);
    world.server.delay = Span::seconds(3);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(1_500));
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(5));
    assert_eq!(world.failure_given(1, waiter), Some(Failure::UserChanged));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    let ended = Event::End { reason: EndReason::UserChanged, by: By::OtherTab };
    assert_eq!(world.events(1, |event| *event == ended), 1);
    let (from, to) = (Some("ann".to_owned()), Some("bob".to_owned()));
    assert_eq!(
        world.events(1, |event| *event == Event::UserChanged { from: from.clone(), to: to.clone() }),
        1
    );
    assert_eq!(world.events(1, |event| *event == Event::Login), 2);
}

#[test]
fn a_logout_while_the_tokens_are_asked_for_ends_the_session_everywhere() {
    for answered in [true, false] {
        let mut world = signed_in(2);
        if !answered {
            world.freeze(0);
            world.freeze(1);
        }
        let tab = world.open_tab();
        world.run_until(Span::seconds(1), |world| {
            world.count(tab, |effect| matches!(effect, Effect::AskHandover)) == 1
        });
        world.act(tab, Input::LogoutWanted { everywhere: false });
        world.run(Span::seconds(3));
        assert_eq!(world.status(tab), Status::Unauthenticated);
        assert!(world.row_is_ended());
        assert_eq!(world.server.revocations.len(), usize::from(answered));
        for frozen in [0, 1] {
            if world.tabs[frozen].frozen {
                world.resume(frozen);
            }
        }
        world.run(Span::seconds(1));
        assert!(world.all_signed_out());
    }
}

#[test]
fn tokens_are_handed_over_though_no_row_can_be_read() {
    let mut world = signed_in(1);
    world.store.mode = StoreMode::Fails;
    let tab = world.open_tab();
    world.run(Span::seconds(2));
    assert!(world.tabs[tab].machine.token().is_some());
}

#[test]
fn a_suspended_tab_that_is_left_behind_takes_no_turn() {
    let mut world = orphaned(None);
    world.run_to_refresh(1, Span(1));
    world.forget_effects();
    world.run(Span(20));
    assert_eq!(world.count(1, |effect| matches!(effect, Effect::AskHandover)), 1, "it is due");
    world.act(1, Input::Suspending);
    world.run(Span::seconds(10));
    assert_eq!(world.count(1, |effect| matches!(effect, Effect::TakeLock)), 0);
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_token_that_was_refused_is_not_sent_for_a_later_generation() {
    let mut world = orphaned(None);
    world.run_to_refresh(1, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 2, "its own token, which is refused");
    let asked = asks(&world);
    let mut row = world.row().clone();
    row.version += 1;
    row.generation += 1;
    world.store.row = Some(row);
    world.act(1, Input::Visible);
    world.run(Span::seconds(10));
    assert!(asks(&world) > asked, "somebody has the later tokens");
    assert_eq!(world.sends(), 2);
    assert!(world.tabs[1].machine.view().ending);
}

#[test]
fn tokens_that_nobody_asked_for_are_not_taken() {
    let mut memory = signed_in(1);
    memory.want_refresh(0);
    memory.run(Span::seconds(1));
    let tab = memory.open_tab();
    memory.run(Span(100));
    let handed_over = memory.tabs[0].effects.iter().find_map(|(_, effect)| match effect {
        Effect::HandOver(row) => Some(row.clone()),
        _ => None,
    });
    let row = handed_over.expect("a handover");
    memory.log_out(tab);
    memory.run(Span::seconds(1));
    memory.act(0, Input::HandedOver(row.clone()));
    memory.run(Span::seconds(1));
    assert!(memory.all_signed_out());

    let mut shared = World::signed_in(1);
    shared.act(0, Input::HandedOver(row));
    assert_eq!(shared.tabs[0].machine.view().generation, 1);
}

#[test]
fn a_switch_shows_why_the_old_session_ended_while_the_tokens_are_asked_for() {
    for answered in [true, false] {
        let mut world = signed_in(2);
        world.bus.delay = Span(100);
        world.begin_login(0, "bob", GrantKind::Login);
        assert!(world.run_until(Span::seconds(2), |world| asks(world) == 2));
        let ended = Some((EndReason::UserChanged, By::OtherTab));
        assert_eq!(world.status(1), Status::Unauthenticated);
        assert_eq!(world.tabs[1].machine.view().end, ended);
        if answered {
            world.run(Span::seconds(2));
            assert!(world.all_signed_in());
            assert_eq!(world.tabs[1].machine.view().end, None);
        } else {
            world.crash(0);
            world.run(Span::seconds(2));
            assert_eq!(world.status(1), Status::Unauthenticated);
            assert_eq!(world.tabs[1].machine.view().end, ended);
        }
    }
}

#[test]
fn a_logout_while_the_tokens_are_asked_for_is_not_forgotten_when_they_are_renewed() {
    let mut world = signed_in(1);
    world.bus.delay = Span(300);
    world.want_refresh(0);
    let tab = world.open_tab();
    assert!(world.run_until(Span::seconds(1), |world| asks(world) == 1));
    world.act(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(4));
    assert_eq!(asks(&world), 2, "for the tokens of another generation");
    assert_eq!(world.events(tab, |event| *event == Event::Login), 0);
    assert!(world.row_is_ended());
    assert!(world.all_signed_out());
}

#[test]
fn a_login_after_a_logout_that_waited_for_tokens_is_kept() {
    let mut world = signed_in(1);
    world.bus.delay = Span(300);
    let tab = world.open_tab();
    assert!(world.run_until(Span::seconds(1), |world| asks(world) == 1));
    world.act(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span(10));
    world.server.delay = Span(50);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span::seconds(4));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[tab].machine.subject(), Some("bob"));
}

#[test]
fn of_logins_in_quick_succession_the_last_one_is_asked_for() {
    let mut world = signed_in(2);
    world.bus.delay = Span(100);
    world.begin_login(0, "bob", GrantKind::Login);
    assert!(world.run_until(Span::seconds(2), |world| asks(world) == 2));
    world.server.delay = Span(0);
    world.begin_login(0, "carl", GrantKind::Login);
    assert!(world.run_until(Span::seconds(2), |world| asks(world) == 3));
    assert_eq!(
        world.tabs[1].machine.view().end,
        Some((EndReason::UserChanged, By::OtherTab)),
        "ann's session"
    );
    world.run(Span::seconds(2));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[1].machine.subject(), Some("carl"));
    let (from, to) = (Some("ann".to_owned()), Some("carl".to_owned()));
    assert_eq!(
        world.events(1, |event| *event == Event::UserChanged { from: from.clone(), to: to.clone() }),
        1
    );
}

#[test]
fn a_login_of_the_same_user_changes_no_user() {
    let mut world = signed_in(2);
    assert_eq!(world.events(1, |event| *event == Event::Login), 1);
    world.log_in(0, "ann");
    assert_eq!(world.events(1, |event| *event == Event::Login), 2);
    assert_eq!(world.events(1, |event| matches!(event, Event::UserChanged { .. })), 0);
}

#[test]
fn only_the_latest_tokens_of_the_session_are_taken() {
    let mut world = signed_in(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    let helper = world.open_tab();
    world.run(Span(100));
    let row = world.tabs[0].effects.iter().find_map(|(_, effect)| match effect {
        Effect::HandOver(row) => Some(row.clone()),
        _ => None,
    });
    let row = row.expect("a handover");
    assert_eq!(row.generation, 2);
    let mut forged = row.clone();
    if let Content::Live(live) = &mut forged.content {
        live.record.as_mut().expect("tokens").access_token = Secret::new("another token".to_owned());
    }
    let another = Sid("another".to_owned());
    let stale = Row { generation: 1, ..(*row).clone() };
    let foreign = [2, 3].map(|generation| Row { sid: another.clone(), generation, ..(*forged).clone() });

    for other in [(*forged).clone(), stale.clone()].into_iter().chain(foreign.clone()) {
        world.act(0, Input::HandedOver(Box::new(other)));
        let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
        assert_eq!((token.expose(), generation), ("access/f1/2", 2));
    }
    world.freeze(0);
    world.freeze(helper);
    let tab = world.open_tab();
    world.run(Span(10));
    for other in [stale].into_iter().chain(foreign) {
        world.act(tab, Input::HandedOver(Box::new(other)));
        assert_eq!(world.status(tab), Status::Loading);
    }
    world.act(tab, Input::HandedOver(row));
    world.run(Span(10));
    assert!(world.is_signed_in(tab));
}

#[test]
fn where_the_row_cannot_be_read_and_there_is_no_copy_the_tokens_are_asked_for() {
    let mut world = signed_in(1);
    world.store.mode = StoreMode::Fails;
    let tab = world.tabs.len();
    world.copy.write(world.time, tab, None);
    world.open_tab();
    world.run(Span(100));
    assert_eq!(world.count(tab, |effect| matches!(effect, Effect::AskHandover)), 1);
    assert!(world.is_signed_in(tab));
}

#[test]
fn where_there_is_no_session_nobody_is_asked() {
    let mut world = World::with_tabs_and(1, config());
    let tab = world.open_tab();
    world.run(Span(10));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(asks(&world), 0);
}

#[test]
fn a_session_that_ends_while_its_tokens_are_asked_for_is_over_at_once() {
    let mut world = signed_in(1);
    world.bus.delay = Span(300);
    let tab = world.open_tab();
    assert!(world.run_until(Span::seconds(1), |world| asks(world) == 1));
    world.log_out(0);
    world.run(Span(400));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.tabs[tab].machine.view().end, Some((EndReason::Logout, By::OtherTab)));
}

#[test]
fn a_401_while_the_tokens_are_asked_for_is_followed_by_a_refresh() {
    let mut world = orphaned(Some(Span::minutes(120)));
    world.run(Span(10));
    assert!(world.tabs[1].machine.view().refreshing, "it asks for the tokens");
    let waiter = world.answered_401(1);
    world.run(Span::seconds(4));
    assert_eq!(world.sends(), 2);
    assert!(world.token_given(1, waiter).is_some());
}

#[test]
fn tokens_handed_over_in_the_middle_of_a_request_do_not_give_its_turn_away() {
    let mut world = signed_in(3);
    world.server.grace = Some(Span::minutes(120));
    world.bus.deaf.extend([0, 1]);
    world.want_refresh(2);
    world.run(Span::seconds(1));
    world.freeze(2);
    world.bus.deaf.clear();
    world.act(0, Input::Visible);
    world.act(1, Input::Visible);
    world.run(Span::seconds(2));
    world.server.delay = Span::seconds(6);
    let waiter = world.want_refresh(0);
    assert!(world.run_until(Span::seconds(3), |world| world.sends() == 2), "nobody has the later tokens");
    world.want_refresh(1);
    world.run(Span::seconds(2));
    world.bus.deaf.insert(1);
    world.resume(2);
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done), "it has them by now");
    world.run(Span(500));
    assert_eq!(world.sends(), 2, "one at a time");
    world.bus.deaf.clear();
    world.run(Span::seconds(40));
    assert!(world.all_signed_in());
}

/// Tab 1 has renewed the tokens, and is so slow to answer that tab 0 presents the earlier ones once more. Those of
/// tab 1 come in two seconds after they were asked for, one after tab 0 has sent its own.
fn handed_over_late(reply: Reply) -> (World, WaiterId) {
    let mut world = signed_in(2);
    world.server.grace = Some(Span::minutes(120));
    world.bus.deaf.insert(0);
    world.want_refresh(1);
    world.run(Span::seconds(1));
    world.bus.deaf.clear();
    world.bus.delay = Span::seconds(1);
    world.server.script.push_back(reply);
    let waiter = world.want_refresh(0);
    assert!(world.run_until(Span::seconds(2), |world| world.attempts.len() == 2));
    (world, waiter)
}

#[test]
fn tokens_handed_over_while_later_ones_are_written_do_not_lose_those() {
    let (mut world, waiter) = handed_over_late(Reply::Rotate);
    world.store.latency = Span(700);
    assert!(world.run_until(Span::seconds(2), |world| world.tabs[0].machine.view().generation == 2));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(world.row().generation, 3, "its own are written, and it does not know yet");
    world.run(Span::seconds(6));
    assert!(world.all_signed_in());
    assert_eq!((world.row().generation, world.sends()), (3, 2));
}

#[test]
fn a_refusal_of_earlier_tokens_says_nothing_of_those_handed_over_since() {
    let (mut world, waiter) = handed_over_late(Reply::Refuse);
    world.server.delay = Span::seconds(3);
    assert!(world.run_until(Span::seconds(2), |world| world.tabs[0].machine.view().generation == 2));
    world.run(Span(900));
    assert_eq!(world.sends(), 2, "it is refused by now");
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    let live = world.row().live().expect("a session");
    assert!(live.sending.is_none(), "the turn is given back");
    assert!(!live.refused);
    world.run(Span::seconds(20));
    assert!(world.all_signed_in());
    let bad = |event: &Event| matches!(event, Event::RefreshFailed { .. } | Event::RefreshRejected { .. });
    assert_eq!(world.events_everywhere(bad), 0);
}

/// The token of tab 0 is on its way when tab 1 takes up tokens of the application and dies. Whether tab 0 hears
/// of them before the server answers it.
fn overtaken(heard: bool, reply: Reply) -> (World, WaiterId) {
    let mut world = signed_in(2);
    world.server.delay = Span::seconds(3);
    world.server.script.push_back(reply);
    let waiter = world.want_refresh(0);
    world.run(Span(100));
    world.server.delay = Span(0);
    world.bus.delay = Span(50);
    if !heard {
        world.bus.deaf.insert(0);
    }
    world.begin_login(1, "ann", GrantKind::Refresh);
    assert!(world.run_until(Span::seconds(1), |world| world.row().generation == 2));
    world.crash(1);
    world.server.delay = Span::seconds(3);
    (world, waiter)
}

#[test]
fn granted_tokens_are_kept_where_nobody_has_those_of_the_row() {
    for heard in [false, true] {
        let (mut world, waiter) = overtaken(heard, Reply::Rotate);
        world.run(Span::seconds(6));
        assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
        let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
        assert_eq!((token.expose(), generation), ("access/f1/2", 3));
        assert!(world.is_signed_in(0));
        assert_eq!(world.sends(), 1);
    }
}

#[test]
fn granted_tokens_are_kept_when_somebody_asks_for_a_refresh_before_they_count() {
    let (mut world, _) = overtaken(true, Reply::Rotate);
    let asked = asks(&world);
    assert!(world.run_until(Span::seconds(6), |world| asks(world) == asked + 2));
    let waiter = world.want_refresh(0);
    world.run(Span::seconds(3));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
    assert_eq!((token.expose(), generation), ("access/f1/2", 3));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_token_that_is_on_its_way_is_not_sent_again_for_the_generation_that_overtook_it() {
    let (mut world, first) = overtaken(true, Reply::Rotate);
    world.run(Span(200));
    assert_eq!(world.tabs[0].machine.view().generation, 1, "nobody has what the row speaks of");
    let second = world.want_refresh(0);
    world.run(Span::seconds(6));
    assert_eq!(world.sends(), 1);
    for waiter in [first, second] {
        assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    }
    assert!(world.is_signed_in(0));
}

#[test]
fn granted_tokens_are_kept_when_the_row_turns_out_to_have_moved_on_while_they_are_written() {
    let (mut world, waiter) = overtaken(false, Reply::Rotate);
    let answered_at = world.attempts[0].sent_at + 3_000;
    world.run(Span(answered_at - world.time - 100));
    world.store.latency = Span(300);
    world.act(0, Input::Visible);
    world.run(Span::seconds(6));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
    assert_eq!((token.expose(), generation), ("access/f1/2", 3));
    assert_eq!(world.sends(), 1);
}

#[test]
fn granted_tokens_are_waited_for_though_those_of_the_row_are_refused() {
    let mut world = signed_in(2);
    world.server.delay = Span::seconds(3);
    world.want_refresh(0);
    world.run(Span(100));
    world.server.delay = Span(0);
    world.bus.deaf.insert(1);
    world.begin_login(1, "ann", GrantKind::Refresh);
    world.run(Span(100));
    world.server.script.push_back(Reply::Refuse);
    world.want_refresh(1);
    world.run(Span(100));
    assert!(world.row().live().is_some_and(|live| live.refused));
    world.crash(1);
    world.server.delay = Span::seconds(3);
    let asked = asks(&world);
    assert!(world.run_until(Span::seconds(6), |world| asks(world) == asked + 1), "its own have come in");
    let waiter = world.want_refresh(0);
    world.run(Span::seconds(3));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
    assert_eq!((token.expose(), generation), ("access/f1/2", 3));
}

#[test]
fn granted_tokens_outlive_a_freeze_while_the_others_are_asked() {
    let (mut world, _) = overtaken(true, Reply::Rotate);
    let asked = asks(&world);
    assert!(world.run_until(Span::seconds(6), |world| asks(world) == asked + 2));
    world.suspend(0);
    world.run(Span::minutes(1));
    world.resume(0);
    world.run(Span::seconds(3));
    assert!(world.is_signed_in(0));
    assert_eq!((world.row().generation, world.sends()), (3, 1));
}

#[test]
fn granted_tokens_are_given_back_when_the_user_signs_out_before_they_count() {
    let (mut world, _) = overtaken(true, Reply::Rotate);
    let asked = asks(&world);
    assert!(world.run_until(Span::seconds(6), |world| asks(world) == asked + 2));
    world.log_out(0);
    world.run(Span::seconds(3));
    assert!(world.row_is_ended());
    assert!(world.server.revocations.iter().any(|(_, access, _)| access == "access/f1/2"));
}

#[test]
fn a_refusal_that_was_overtaken_is_about_the_token_that_was_sent() {
    for heard in [false, true] {
        let (mut world, _) = overtaken(heard, Reply::Refuse);
        world.run(Span::seconds(5));
        world.bus.deaf.clear();
        world.act(0, Input::Visible);
        world.run_active(0, Span::minutes(70));
        assert_eq!(world.sends(), 1, "it is not sent again");
        let end = Event::End { reason: EndReason::RefreshRejected, by: By::ThisTab };
        assert_eq!(world.events(0, |event| *event == end), 1);
        assert!(!world.row_is_ended(), "nobody has refused the later ones");
    }
}

#[test]
fn tokens_of_the_application_are_kept_where_nobody_has_those_of_the_row() {
    for (alive, kind) in [(false, GrantKind::Refresh), (false, GrantKind::Auto), (true, GrantKind::Refresh)] {
        let mut world = signed_in(2);
        world.bus.deaf.insert(0);
        world.want_refresh(1);
        world.run(Span::seconds(1));
        world.bus.deaf.clear();
        if !alive {
            world.crash(1);
        }
        let waiter = world.begin_login(0, "ann", kind);
        world.run(Span::seconds(3));
        assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
        let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
        let expected = if alive { ("access/f1/2", 2) } else { ("access/f2/1", 3) };
        assert_eq!((token.expose(), generation), expected, "the first commit wins while its tab lives");
        assert!(world.all_signed_in());
    }
}

#[test]
fn a_logout_while_tokens_are_asked_for_without_a_row_is_not_forgotten() {
    let mut world = signed_in(1);
    world.freeze(0);
    let tab = world.tabs.len();
    world.copy.write(world.time, tab, None);
    world.open_tab();
    world.tabs[tab].store = Some(StoreMode::Fails);
    assert!(world.run_until(Span(100), |world| asks(world) == 1));
    world.act(tab, Input::LogoutWanted { everywhere: false });
    world.tabs[tab].store = None;
    world.run(Span::seconds(4));
    assert!(world.row_is_ended());
    world.resume(0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
}

#[test]
fn a_logout_while_tokens_are_asked_for_ends_no_later_login() {
    let mut world = signed_in(1);
    world.bus.delay = Span(300);
    let tab = world.open_tab();
    assert!(world.run_until(Span::seconds(1), |world| asks(world) == 1));
    world.act(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span(10));
    world.server.delay = Span(0);
    world.begin_login(0, "bob", GrantKind::Login);
    assert!(world.run_until(Span(100), |world| world.row().sid.0 == "s2"));
    world.freeze(0);
    world.run(Span::seconds(4));
    assert_eq!(world.status(tab), Status::Unauthenticated, "nobody has given it bob's tokens");
    assert!(world.row_is_live());
    world.resume(0);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
}
