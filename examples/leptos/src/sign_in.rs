//! Sign in, or up.

use crate::auth::use_auth;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use session_warden::client::Remember;

#[derive(Serialize)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Clone, Copy)]
enum How {
    LogIn,
    Register,
}

#[component]
pub fn SignIn() -> impl IntoView {
    let auth = use_auth();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let remember = RwSignal::new(true);

    let submit = move |how: How| {
        let credentials = Credentials { email: email.get(), password: password.get() };
        let remember = Remember::from(remember.get());
        spawn_local(async move {
            let session = auth.session();
            let answer = match how {
                How::LogIn => session.login(&credentials, remember).await,
                How::Register => session.register(&credentials, remember).await,
            };
            auth.failure.set(answer.err().map(|error| error.to_string()));
        });
    };
    let end_reason = move || auth.snapshot.with(|snapshot| snapshot.end_reason());

    view! {
        {move || end_reason().map(|reason| view! {
            <p role="status" data-testid="end-reason" data-reason=reason.name()>
                "Signed out: " {reason.name()}
            </p>
        })}
        <form
            data-testid="form"
            on:submit=move |event| {
                event.prevent_default();
                submit(How::LogIn);
            }
        >
            <label>
                "E-mail"
                <input data-testid="email" type="email" autocomplete="username" required bind:value=email />
            </label>
            <label>
                "Password"
                <input
                    data-testid="password"
                    type="password"
                    autocomplete="current-password"
                    required
                    bind:value=password
                />
            </label>
            <label>
                <input data-testid="remember" type="checkbox" bind:checked=remember />
                " Remember me"
            </label>
            <button data-testid="log-in">"Log in"</button>
            <button data-testid="register" type="button" on:click=move |_| submit(How::Register)>
                "Register"
            </button>
        </form>
    }
}
