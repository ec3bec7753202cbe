//! What tabs tell each other: failure 6.

use super::world::World;
use session_warden::machine::{Effect, GrantKind, Input, Span};

fn spoken(effect: &Effect) -> bool {
    matches!(effect, Effect::Announce { .. } | Effect::WriteCopy(_) | Effect::WriteActivity(_))
}

#[test]
fn nobody_speaks_or_writes_in_answer() {
    let mut world = World::signed_in(3);
    world.forget_effects();
    world.want_refresh(0);
    world.run(Span::seconds(3));
    for tab in 1..3 {
        assert_eq!(world.count(tab, spoken), 0, "tab {tab}");
        assert_eq!(world.count(tab, |effect| matches!(effect, Effect::Commit { .. })), 0, "tab {tab}");
    }
    assert_eq!(world.count(0, |effect| matches!(effect, Effect::Announce { .. })), 1);
}

#[test]
fn a_login_and_a_refresh_at_once_settle_in_a_bounded_number_of_messages() {
    let mut world = World::signed_in(3);
    world.bus.jitter = Span(50);
    world.forget_effects();
    world.begin_login(0, "bob", GrantKind::Login);
    world.want_refresh(1);
    world.run(Span::seconds(3));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[2].machine.subject(), Some("bob"));
    assert!(world.count_everywhere(spoken) <= 6);
    world.forget_effects();
    world.run(Span::minutes(2));
    assert_eq!(world.count_everywhere(spoken), 0);
}

#[test]
fn an_announcement_of_what_is_known_is_ignored() {
    let mut world = World::signed_in(1);
    world.forget_effects();
    let version = world.row().version;
    world.act(0, Input::Announced { version });
    world.act(0, Input::Announced { version: 0 });
    assert!(world.tabs[0].effects.is_empty());
}

#[test]
fn a_missed_announcement_is_made_good_by_the_next_check() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(31));
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_without_local_storage_still_hears_by_the_next_check() {
    let mut world = World::with_tabs(2);
    world.tabs[1].copy_denied = true;
    world.log_in(0, "ann");
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(31));
    assert!(world.all_signed_in());
}

#[test]
fn nothing_is_told_while_nothing_changes() {
    let mut world = World::signed_in(2);
    world.run(Span::seconds(5));
    world.forget_effects();
    world.run(Span::minutes(20));
    assert_eq!(world.count_everywhere(|effect| matches!(effect, Effect::Notify(_))), 0);
    assert_eq!(world.count_everywhere(|effect| matches!(effect, Effect::Commit { .. })), 0);
}
