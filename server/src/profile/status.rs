//! Status codes that a profile may choose, each among those that clients take the right way.

use axum::http::StatusCode;
use serde::Deserialize;

macro_rules! status {
    ($(#[$doc:meta])* $name:ident: $($code:literal)|+, $why:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "u16")]
        pub struct $name(StatusCode);

        impl $name {
            /// The status code.
            #[must_use]
            pub const fn code(self) -> StatusCode {
                self.0
            }
        }

        impl TryFrom<u16> for $name {
            type Error = String;

            fn try_from(code: u16) -> Result<Self, Self::Error> {
                match (code, StatusCode::from_u16(code)) {
                    ($($code)|+, Ok(status)) => Ok(Self(status)),
                    _ => Err(format!(concat!("{} ", $why), code)),
                }
            }
        }
    };
}

status! {
    /// Tells a client that its refresh token is dead: 400, 401 or 403.
    RefusalStatus: 400 | 401 | 403, "is no final refusal; use 400, 401 or 403"
}

status! {
    /// Tells a client that what it sent as an access token is none: 400 or 401.
    MalformedStatus: 400 | 401, "does not say that a token is malformed; use 400 or 401"
}

status! {
    /// Answers a login to an account that does not exist: 401, like a wrong password, or 404.
    UnknownAccountStatus: 401 | 404, "does not say that there is no such account; use 401 or 404"
}

status! {
    /// Answers a login to an account that is locked: 403, 423 or 429.
    LockedStatus: 403 | 423 | 429, "does not say that an account is locked; use 403, 423 or 429"
}
