//! What a Rust application awaits. The npm package takes the callbacks, and makes promises of them.

use super::{Authentication, SessionError, Shell, Taken, Then, Token, token};
use crate::machine::{GrantKind, Input, Sid};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

impl Shell {
    /// A token that is good now.
    ///
    /// # Errors
    /// [`SessionError::Failed`] where nobody is signed in, somebody else is by now, or the token has expired
    /// and the auth server is out of reach.
    pub async fn token(&self) -> Result<Token, SessionError> {
        answer(|then| self.ask(Input::TokenWanted, then)).await.and_then(token)
    }

    /// The token for the one retry of a request whose token, of `sid` and `generation`, was answered 401.
    ///
    /// # Errors
    /// [`SessionError::Failed`] where there is none, or the 401 is not about the token.
    pub async fn retry_token(&self, sid: Sid, generation: u64) -> Result<Token, SessionError> {
        answer(|then| self.ask_retry_token(sid, generation, then)).await.and_then(token)
    }

    /// Renews the tokens, joining what is under way.
    ///
    /// # Errors
    /// [`SessionError::Failed`].
    pub async fn refresh(&self) -> Result<(), SessionError> {
        answer(|then| self.ask(Input::RefreshWanted, then)).await.map(drop)
    }

    /// Posts `body` as JSON and takes up the tokens of the answer. `remember`: a session that begins with them
    /// outlives the browser.
    ///
    /// # Errors
    /// [`SessionError`], each kind.
    pub async fn authenticate(
        &self,
        what: Authentication,
        body: &JsValue,
        remember: bool,
    ) -> Result<(), SessionError> {
        answer(|then| self.ask_authenticate(what, body.clone(), remember, then)).await.map(drop)
    }

    /// Takes up tokens that the application got by itself. `remember` as in [`authenticate`](Self::authenticate).
    ///
    /// # Errors
    /// [`SessionError::BadAnswer`] names the member that makes no sense.
    pub async fn set_tokens(
        &self,
        tokens: &JsValue,
        kind: GrantKind,
        remember: bool,
    ) -> Result<(), SessionError> {
        answer(|then| self.ask_take(tokens, Taken::Given { kind, remember }, then)).await.map(drop)
    }

    /// Asks the auth server whether the access token is valid; an authoritative no ends the session. `None`:
    /// it could not be asked.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn verify(&self) -> Result<Option<bool>, SessionError> {
        answer(|then| self.ask_verify(then)).await
    }

    /// Signs out: here before this returns its future's first poll, at the server as far as it can be reached.
    pub fn logout(&self, everywhere: bool) -> impl Future<Output = ()> + use<> {
        let told = later(|then| self.ask_logout(everywhere, then));
        async move {
            // Dropped with the session: then there is nothing left to wait for.
            let _ = told.await;
        }
    }
}

async fn answer<T>(ask: impl FnOnce(Then<Result<T, SessionError>>)) -> Result<T, SessionError>
where
    T: 'static,
{
    later(ask).await.unwrap_or(Err(SessionError::Disposed))
}

/// Awaits what `begin` hands to its callback; `None` where that is dropped.
pub(crate) fn later<T: 'static>(begin: impl FnOnce(Then<T>)) -> Receiver<T> {
    let shared = Rc::new(RefCell::new(Later { value: None, waker: None, closed: false }));
    let sender = Sender(Rc::clone(&shared));
    begin(Box::new(move |value| sender.send(value)));
    Receiver(shared)
}

#[derive(Debug)]
struct Later<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

/// Gives the value. Dropped without one, it tells the receiver so.
#[derive(Debug)]
struct Sender<T>(Rc<RefCell<Later<T>>>);

/// Waits for the value, for one thread: all that a page has.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Rc<RefCell<Later<T>>>);

impl<T> Sender<T> {
    fn send(self, value: T) {
        self.0.borrow_mut().value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut later = self.0.borrow_mut();
            later.closed = true;
            later.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut later = self.0.borrow_mut();
        match later.value.take() {
            Some(value) => Poll::Ready(Some(value)),
            None if later.closed => Poll::Ready(None),
            None => {
                later.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
