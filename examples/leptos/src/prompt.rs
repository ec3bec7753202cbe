//! The question before an idle logout.

use crate::account::Countdown;
use crate::auth::use_auth;
use leptos::prelude::*;

#[component]
pub fn IdlePrompt() -> impl IntoView {
    let auth = use_auth();
    let is_asked = Memo::new(move |_| auth.snapshot.with(|snapshot| snapshot.view.prompting));
    let ends_at = Signal::derive(move || auth.snapshot.with(|snapshot| snapshot.view.idle_at));
    view! {
        <Show when=move || is_asked.get()>
            <dialog open data-testid="prompt" aria-labelledby="prompt-title">
                <h2 id="prompt-title">"Are you still there?"</h2>
                <p>"You will be signed out in " <Countdown to=ends_at /> "."</p>
                <button data-testid="stay" autofocus on:click=move |_| auth.session().stay()>"Stay"</button>
            </dialog>
        </Show>
    }
}
