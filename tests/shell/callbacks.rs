//! A page that calls back from where it is told something.

use crate::support::World;
use crate::support::page::{dispatch, empty, json, until};
use crate::support::server::Reply;
use session_warden::machine::{Dismissal, EndReason, Event, Span, Status};
use session_warden::shell::{Authentication, News, Page, SessionError, Shell};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

/// Calls `react` with the shell that tells it something.
struct Answering<F: Fn(&Shell, &News)> {
    shell: Rc<RefCell<Option<Shell>>>,
    react: F,
}

impl<F: Fn(&Shell, &News)> Page for Answering<F> {
    fn told(&self, news: News) {
        let shell = self.shell.borrow().clone().expect("nothing is told before the start");
        (self.react)(&shell, &news);
    }
}

/// A shell whose page answers, disposed of with the test.
struct Subject(Shell, Rc<RefCell<Option<Shell>>>);

impl Drop for Subject {
    fn drop(&mut self) {
        self.0.dispose();
        self.1.take();
    }
}

fn subject(world: &World, react: impl Fn(&Shell, &News) + 'static) -> Subject {
    let cell = Rc::new(RefCell::new(None));
    let shell = world.shell(Box::new(Answering { shell: Rc::clone(&cell), react }));
    cell.replace(Some(shell.clone()));
    shell.start();
    Subject(shell, cell)
}

/// Everything a listener may do that does not change what the test is about.
fn call_everything(shell: &Shell) {
    shell.start();
    let _ = (shell.view(), shell.peek(), shell.user(), shell.degraded(), shell.storage());
    shell.touch();
    shell.stay();
    let shell = shell.clone();
    spawn_local(async move {
        let _ = shell.token().await;
    });
}

/// Fails inside the callback, where the state is to be right already.
fn check(shell: &Shell, event: &Event) {
    let view = shell.view();
    match event {
        Event::Ready => assert_ne!(view.status, Status::Loading),
        Event::Login => assert_eq!(view.status, Status::Authenticated),
        Event::Refresh { generation, .. } => {
            assert_eq!(view.generation, *generation);
            assert_eq!(shell.peek().map(|token| token.generation), Some(*generation));
        }
        Event::RefreshFailed { .. } => assert!(view.offline && !view.refreshing),
        Event::RefreshRejected { ends_at, .. } => {
            assert!(view.ending);
            assert_eq!(view.ends_at, *ends_at);
        }
        Event::Prompt { ends_at } => {
            assert!(view.prompting);
            assert_eq!(view.idle_at, Some(*ends_at));
        }
        Event::PromptDismissed { .. } => assert!(!view.prompting),
        Event::End { reason, by } => {
            assert_eq!(view.status, Status::Unauthenticated);
            assert_eq!(view.end, Some((*reason, *by)));
            assert_eq!(shell.peek(), None);
        }
        Event::UserChanged { .. } | Event::NotStored | Event::Changed => {}
    }
}

/// A word for each kind of event.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Ready => "ready",
        Event::Login => "login",
        Event::Refresh { .. } => "refresh",
        Event::RefreshFailed { .. } => "refresh-failed",
        Event::RefreshRejected { .. } => "refresh-rejected",
        Event::Prompt { .. } => "prompt",
        Event::PromptDismissed { .. } => "prompt-dismissed",
        Event::End { .. } => "end",
        Event::UserChanged { .. } => "user-changed",
        Event::NotStored => "not-stored",
        Event::Changed => "changed",
    }
}

fn answer(token: &str, user: &str) -> JsValue {
    json(&format!(
        r#"{{ "access_token": "{token}", "refresh_token": "r-{token}", "user_id": "{user}", "expires_in": 3600 }}"#
    ))
}

#[wasm_bindgen_test]
async fn every_event_may_call_back_and_finds_the_new_state() {
    let mut world = World::new();
    world.config.idle_timeout = Some(Span(1_500));
    world.config.idle_prompt = Some(Span(1_000));
    let heard: Rc<RefCell<Vec<Event>>> = Rc::default();
    let ear = Rc::clone(&heard);
    let subject = subject(&world, move |shell, news| {
        if let News::Event(event) = news {
            ear.borrow_mut().push(event.clone());
            check(shell, event);
            // The activity among it dismisses the prompt.
            call_everything(shell);
        }
    });
    let has_heard = |word: &str| heard.borrow().iter().any(|event| kind(event) == word);
    let shell = &subject.0;

    until("ready", || has_heard("ready")).await;
    world.server.reply("/login", Reply::Body(answer("ada-1", "ada")));
    shell.authenticate(Authentication::Login, &empty(), true).await.expect("the login succeeds");
    until("login", || has_heard("login")).await;
    world.server.reply("/refresh", Reply::Body(answer("ada-2", "ada")));
    shell.refresh().await.expect("the refresh succeeds");
    until("refresh", || has_heard("refresh")).await;
    world.server.reply("/refresh", Reply::Unreachable);
    shell.refresh().await.expect_err("the network is gone");
    until("refresh-failed", || has_heard("refresh-failed")).await;
    until("prompt", || has_heard("prompt")).await;
    until("prompt-dismissed", || has_heard("prompt-dismissed")).await;
    world.server.reply("/login", Reply::Body(answer("bob-1", "bob")));
    shell.authenticate(Authentication::Login, &empty(), true).await.expect("the login succeeds");
    until("user-changed", || has_heard("user-changed")).await;
    world.server.reply("/refresh", Reply::Status(401, "{}"));
    shell.refresh().await.expect_err("the server refuses");
    until("refresh-rejected", || has_heard("refresh-rejected")).await;
    shell.logout(false).await;
    until("end", || has_heard("end")).await;

    let dismissed = Event::PromptDismissed { by: Dismissal::Activity };
    assert!(heard.borrow().contains(&dismissed));
    assert_eq!(heard.borrow().iter().filter(|event| kind(event) == "end").count(), 1);
}

#[wasm_bindgen_test]
async fn a_logout_from_within_the_login_is_the_last_word() {
    let world = World::new();
    let subject = subject(&world, |shell, news| {
        if matches!(news, News::Event(Event::Login)) {
            drop(shell.logout(false));
        }
    });
    let login = subject.0.authenticate(Authentication::Login, &empty(), true).await;
    assert_eq!(login, Ok(()), "the login itself came to pass");
    until("signed out", || subject.0.view().status == Status::Unauthenticated).await;
    assert_eq!(subject.0.view().end.map(|(reason, _)| reason), Some(EndReason::Logout));
    until("the server is told", || world.server.count("/logout") == 1).await;
    assert!(world.tab().await.is_signed_out());
}

#[wasm_bindgen_test]
async fn a_dispose_from_within_any_callback_is_the_end_of_the_news() {
    for fatal in ["ready", "changed", "login", "refresh", "end"] {
        let world = World::new();
        let heard: Rc<RefCell<Vec<&str>>> = Rc::default();
        let ear = Rc::clone(&heard);
        let subject = subject(&world, move |shell, news| {
            if let News::Event(event) = news {
                ear.borrow_mut().push(kind(event));
                if kind(event) == fatal {
                    shell.dispose();
                }
            }
        });
        let shell = subject.0.clone();
        let _ = shell.authenticate(Authentication::Login, &empty(), true).await;
        let _ = shell.refresh().await;
        shell.logout(false).await;
        assert_eq!(heard.borrow().last(), Some(&fatal), "{:?}", heard.borrow());
        assert_eq!(shell.token().await, Err(SessionError::Disposed));
    }
}

#[wasm_bindgen_test]
async fn a_dispose_from_within_a_listener_of_the_browsers_is_survived() {
    let world = World::new();
    let subject = subject(&world, |shell, news| {
        if matches!(news, News::Event(Event::Changed)) && shell.view().offline {
            shell.dispose();
        }
    });
    until("ready", || subject.0.view().status != Status::Loading).await;
    dispatch("window", "offline");
    assert_eq!(subject.0.token().await, Err(SessionError::Disposed));
    dispatch("window", "online");
}

#[wasm_bindgen_test]
async fn a_fetch_that_calls_back_finds_the_session_in_order() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let (shell, answer) = (tab.shell.clone(), world.server.fetch());
    let calling: Closure<dyn Fn(JsValue, JsValue) -> Result<JsValue, JsValue>> =
        Closure::new(move |url: JsValue, init: JsValue| {
            call_everything(&shell);
            drop(shell.logout(false));
            answer.call2(&JsValue::UNDEFINED, &url, &init)
        });
    let other = world.closed_tab_with(calling.into_js_value().unchecked_into());
    other.start();
    other.has("access-1").await;
    other.refresh().await.expect_err("the session ends while the request is made");
    assert!(tab.is_signed_out());
    other.signs_out(EndReason::Logout).await;
}
