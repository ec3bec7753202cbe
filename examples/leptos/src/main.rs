//! A small application around a session: a sign-in form, what the session shows, an idle prompt, a protected request.

mod account;
mod auth;
mod prompt;
mod sign_in;

use account::Account;
use auth::{provide_auth, use_auth};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use prompt::IdlePrompt;
use session_warden::client::{Config, Options, PromptEndsOn, Span, Status};
use sign_in::SignIn;

fn main() {
    let body = document().body().expect("a page has a body");
    let main: leptos::web_sys::HtmlElement =
        document().query_selector("main").ok().flatten().expect("index.html has it").unchecked_into();
    main.set_inner_html("");
    let milliseconds = |name| body.get_attribute(name).and_then(|text| text.parse().ok()).map(Span);
    let defaults = Config::default();
    let config = Config {
        idle_timeout: milliseconds("data-idle-timeout").or(defaults.idle_timeout),
        idle_prompt: milliseconds("data-idle-prompt").or(defaults.idle_prompt),
        prompt_ends_on: PromptEndsOn::Stay,
        ..defaults
    };
    let options = Options { config, ..Options::default() };
    mount_to(main, move || view! { <App options /> }).forget();
}

#[component]
fn App(options: Options) -> impl IntoView {
    provide_auth(options);
    let auth = use_auth();
    // A snapshot comes with every activity; what is shown in the end changes with the status alone.
    let status = Memo::new(move |_| auth.snapshot.with(|snapshot| snapshot.view.status));
    let name = move || match status.get() {
        Status::Loading => "loading",
        Status::Authenticated => "authenticated",
        Status::Unauthenticated => "unauthenticated",
    };
    view! {
        <h1>"Session Warden in Leptos"</h1>
        <p data-testid="status" data-status=name>{name}</p>
        {move || match status.get() {
            Status::Loading => ().into_any(),
            Status::Authenticated => view! { <Account /> <IdlePrompt /> }.into_any(),
            Status::Unauthenticated => view! { <SignIn /> }.into_any(),
        }}
        <p class="error" role="alert" data-testid="failure">{move || auth.failure.get()}</p>
    }
}
