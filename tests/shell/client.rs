//! The session as applications in Rust have it.

use crate::support::page::get;
use js_sys::{Function, Promise, Reflect};
use session_warden::client::{Options, Remember, Session, Settings, Span, Tokens};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, Response};

/// The page's own `fetch`, until this is dropped, answers everything with 200 and notes what was sent.
struct Noted {
    tokens: Rc<RefCell<Vec<Option<String>>>>,
    own: JsValue,
}

impl Noted {
    fn new() -> Self {
        let tokens = Rc::<RefCell<Vec<_>>>::default();
        let noted = Rc::clone(&tokens);
        let answer = move |request: Request| {
            noted.borrow_mut().push(request.headers().get("authorization").expect("a header's name"));
            Promise::resolve(&Response::new().expect("an empty answer"))
        };
        let own = get(&js_sys::global(), "fetch");
        replace(&Closure::<dyn FnMut(Request) -> Promise<Response>>::new(answer).into_js_value());
        Self { tokens, own }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        replace(&self.own);
    }
}

fn replace(fetch: &JsValue) {
    assert!(fetch.is_instance_of::<Function>());
    Reflect::set(&js_sys::global(), &"fetch".into(), fetch).expect("a page may replace it");
}

/// What is about to happen has happened.
async fn tick() {
    for _ in 0..3 {
        Promise::resolve(&JsValue::UNDEFINED).await.expect("it is resolved");
    }
}

/// Somebody is signed in.
async fn session(name: &str) -> Session {
    let settings = Settings { name: name.to_owned(), ..Settings::default() };
    let origins = vec!["https://api.example.com".to_owned()];
    let session = Session::start(Options { settings, origins, ..Options::default() });
    session.ready().await;
    let tokens = Tokens::new("token-1").expires_in(Span::minutes(30));
    let snapshot = session.set_tokens(&tokens, Remember::Yes).await.expect("the tokens make sense");
    assert!(snapshot.is_signed_in());
    session
}

#[wasm_bindgen_test]
async fn the_token_goes_where_it_may_and_nowhere_else() {
    let session = session("client-origins").await;
    let noted = Noted::new();
    for url in ["/own", "https://api.example.com/", "https://api.example.com.evil.example/", "data:,x"] {
        let request = Request::new_with_str(url).expect("a URL");
        assert_eq!(session.fetch(request).await.expect("an answer").status(), 200);
    }
    let token = Some("Bearer token-1".to_owned());
    assert_eq!(*noted.tokens.borrow(), [token.clone(), token, None, None]);
    session.logout().await;
}

#[wasm_bindgen_test]
async fn a_header_of_the_application_is_left_alone() {
    let session = session("client-header").await;
    let noted = Noted::new();
    let request = Request::new_with_str("/own").expect("a URL");
    request.headers().set("authorization", "Basic abc").expect("a header");
    session.fetch(request).await.expect("an answer");
    assert_eq!(*noted.tokens.borrow(), [Some("Basic abc".to_owned())]);
    session.logout().await;
}

#[wasm_bindgen_test]
async fn a_subscription_is_told_of_changes_until_it_is_dropped() {
    let session = session("client-subscription").await;
    let told = Rc::new(Cell::new(0));
    let count = Rc::clone(&told);
    let seen = session.clone();
    let subscription = session.subscribe(move |snapshot| {
        assert_eq!(*snapshot, seen.snapshot(), "the session may be asked from a listener");
        count.set(count.get() + 1);
    });
    let signed_out = session.logout();
    assert!(session.snapshot().is_signed_out());
    assert_eq!(told.get(), 1);
    signed_out.await;

    drop(subscription);
    session.set_tokens(&Tokens::new("token-2"), Remember::Yes).await.expect("the tokens make sense");
    assert_eq!(told.get(), 1);
    session.logout().await;
}

#[wasm_bindgen_test]
async fn who_waits_for_a_session_that_is_disposed_of_waits_no_longer() {
    let settings = Settings { name: "client-disposed".to_owned(), ..Settings::default() };
    let session = Session::start(Options { settings, ..Options::default() });
    let (waiting, is_over) = (session.clone(), Rc::new(Cell::new(false)));
    let over = Rc::clone(&is_over);
    spawn_local(async move {
        waiting.ready().await;
        over.set(true);
    });
    tick().await;
    assert!(!is_over.get());
    session.dispose();
    tick().await;
    assert!(is_over.get());
    session.ready().await;
}

#[wasm_bindgen_test]
async fn the_last_that_each_subscriber_hears_is_how_things_are() {
    let session = session("client-order").await;
    let (first, last) = (session.clone(), Rc::new(RefCell::new(None)));
    let heard = Rc::clone(&last);
    // It answers a login with a logout, in the middle of what everybody is told.
    session.subscribe(move |snapshot| drop(snapshot.is_signed_in().then(|| first.logout()))).forget();
    session.subscribe(move |snapshot| drop(heard.replace(Some(snapshot.clone())))).forget();
    session.logout().await;
    session.set_tokens(&Tokens::new("token-2"), Remember::Yes).await.ok();
    assert!(session.snapshot().is_signed_out());
    assert_eq!(*last.borrow(), Some(session.snapshot()));
}

#[wasm_bindgen_test]
async fn a_fetch_that_throws_at_once_fails_the_request() {
    let session = session("client-throws").await;
    let _own = Noted::new();
    replace(&Function::new_no_args("throw new TypeError('no')"));
    let request = Request::new_with_str("/own").expect("a URL");
    assert!(session.fetch(request).await.is_err());
    session.logout().await;
}
