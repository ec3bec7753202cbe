//! The session, for every component.

use leptos::prelude::*;
use session_warden::client::{Options, Session, Snapshot};

/// The session and what is shown of it.
#[derive(Clone, Copy)]
pub struct Auth {
    /// In Leptos a context may be asked for by any thread; the session belongs to the page's.
    session: StoredValue<Session, LocalStorage>,
    pub snapshot: ReadSignal<Snapshot>,
    /// What went wrong last, for the user.
    pub failure: RwSignal<Option<String>>,
}

impl Auth {
    pub fn session(self) -> Session {
        self.session.get_value()
    }
}

/// Starts a session for the components below. Once: it lasts as long as the page.
pub fn provide_auth(options: Options) {
    let session = Session::start(options);
    let (snapshot, set_snapshot) = signal(session.snapshot());
    session.subscribe(move |next| set_snapshot.set(next.clone())).forget();
    let failure = RwSignal::new(None);
    provide_context(Auth { session: StoredValue::new_local(session), snapshot, failure });
}

pub fn use_auth() -> Auth {
    expect_context()
}
