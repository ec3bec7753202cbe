//! No token is ever printed.

use super::world::World;
use session_warden::machine::Secret;

#[test]
fn a_machine_that_is_printed_shows_that_there_are_tokens_and_none_of_them() {
    let world = World::signed_in(1);
    let printed = format!("{:?}", world.tabs[0].machine);
    assert!(printed.contains("access_token: Secret, refresh_token: Some(Secret)"));
    let (token, _, _) = world.tabs[0].machine.token().expect("a session");
    assert!(!printed.contains(token.expose()));
    assert_eq!(format!("{:?}", Secret::new("token")), "Secret");
}
