//! What a user sees who is signed in.

use crate::auth::use_auth;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::Request;
use serde::Deserialize;
use session_warden::client::{RequestError, Session, Span, Wall, now};
use std::time::Duration;

#[derive(Deserialize)]
struct User {
    email: String,
}

#[component]
pub fn Account() -> impl IntoView {
    let auth = use_auth();
    let email = Memo::new(move |_| {
        auth.snapshot.with(|snapshot| snapshot.user::<User>().ok().flatten().map(|user| user.email))
    });
    let answer = RwSignal::new(None::<String>);
    let call = move |_| {
        spawn_local(async move {
            let told = bookings(&auth.session()).await;
            answer.set(Some(told.unwrap_or_else(|error| error.to_string())));
        });
    };
    let log_out = move |_| spawn_local(auth.session().logout());

    view! {
        <dl>
            <dt>"User"</dt>
            <dd data-testid="user-email">{email}</dd>
            <dt>"Generation of the tokens"</dt>
            <dd data-testid="generation">{move || auth.snapshot.with(|snapshot| snapshot.view.generation)}</dd>
            <dt>"Idle logout in"</dt>
            <dd data-testid="idle-in"><Countdown to=Signal::derive(move || auth.snapshot.with(|s| s.view.idle_at)) /></dd>
        </dl>
        <button data-testid="call-protected" on:click=call>"Call a protected route"</button>
        <button data-testid="log-out" on:click=log_out>"Log out"</button>
        <pre data-testid="answer">{answer}</pre>
    }
}

/// The status and the text of a route that wants a token.
async fn bookings(session: &Session) -> Result<String, RequestError> {
    let response = session.fetch(Request::new_with_str("/my-bookings")?).await?;
    let body = response.text()?.await?;
    Ok(format!("{} {}", response.status(), body.as_string().unwrap_or_default()))
}

/// The time that is left, in whole seconds.
#[component]
pub fn Countdown(to: Signal<Option<Wall>>) -> impl IntoView {
    let clock = RwSignal::new(now());
    let interval = set_interval_with_handle(move || clock.set(now()), Duration::from_millis(250));
    on_cleanup(move || {
        if let Ok(interval) = interval {
            interval.clear();
        }
    });
    move || {
        let Span(left) = to.get()?.since(clock.get());
        Some(format!("{} s", left.div_ceil(1_000)))
    }
}
