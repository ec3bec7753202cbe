//! What a page has to be told of the system that the server plays: the library's options, where its defaults do not fit.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::workspace::Workspace;

/// The library's endpoints and what a profile calls them.
const ENDPOINTS: [(&str, &str); 8] = [
    ("login", "login"),
    ("register", "register"),
    ("refresh", "refresh"),
    ("logout", "logout"),
    ("logoutAll", "logout_all"),
    ("verify", "verify"),
    ("changePassword", "change_password"),
    ("tokenInfo", "token_info"),
];

/// A profile of the server's, as far as a page is concerned.
pub(crate) struct System {
    profile: toml::Table,
    /// The library's own endpoints.
    usual: Value,
}

impl System {
    /// The profile of that name, built in or a file. One that cannot be read is left to the server, which says what is
    /// wrong.
    pub(crate) fn read(workspace: &Workspace, name: &str) -> Result<Self> {
        let built_in = workspace.root().join("server/profiles").join(name).with_extension("toml");
        let file = if built_in.is_file() { built_in } else { PathBuf::from(name) };
        let profile = fs::read_to_string(file).ok().and_then(|text| text.parse().ok());
        let defaults = workspace.root().join("pkg/src/defaults.json");
        let defaults = fs::read(&defaults).with_context(|| format!("reading {}", defaults.display()))?;
        let mut defaults: Map<String, Value> = serde_json::from_slice(&defaults)?;
        let usual = defaults.remove("endpoints").context("the library has no endpoints")?;
        Ok(Self { profile: profile.unwrap_or_default(), usual })
    }

    /// Whether its tokens go in cookies.
    pub(crate) fn has_cookies(&self) -> bool {
        self.profile.contains_key("cookies")
    }

    /// Something that only who is signed in may ask for.
    pub(crate) fn resource(&self) -> Option<&str> {
        self.profile.get("resources")?.get(0)?.get("path")?.as_str()
    }

    /// The options of a session with it.
    pub(crate) fn session_options(&self) -> Map<String, Value> {
        let mut options = Map::new();
        match self.text("exchange", "style") {
            Some("sliding") => drop(options.insert("exchange".to_owned(), "sliding".into())),
            Some("cookies") => drop(options.insert("exchange".to_owned(), "cookie".into())),
            _ => {}
        }
        if let (Some(cookie), Some(header)) =
            (self.text("cookies", "csrf"), self.text("cookies", "csrf_header"))
        {
            options.insert("csrf".to_owned(), json!({ "cookie": cookie, "header": header }));
        }
        let endpoints = self.endpoints();
        if !endpoints.is_empty() {
            options.insert("endpoints".to_owned(), endpoints.into());
        }
        options
    }

    /// Those that are not where the library looks for them.
    fn endpoints(&self) -> Map<String, Value> {
        ENDPOINTS
            .into_iter()
            .filter_map(|(ours, theirs)| {
                let (method, path) = self.endpoint(theirs, ours)?;
                let is_usual = self.usual.get(ours).is_some_and(|url| url == path) && method == "POST";
                (!is_usual).then(|| (ours.to_owned(), json!({ "url": path, "method": method })))
            })
            .collect()
    }

    /// Its method and its path. Who is signed in can be asked in place of whether a token is valid.
    fn endpoint(&self, theirs: &str, ours: &str) -> Option<(&str, &str)> {
        let is_missing = ours == "verify" && !self.has_cookies();
        self.text("endpoints", theirs)
            .or_else(|| self.text("endpoints", "user").filter(|_| is_missing))?
            .split_once(' ')
    }

    fn text(&self, table: &str, key: &str) -> Option<&str> {
        self.profile.get(table)?.get(key)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(name: &str) -> System {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        System::read(&workspace, name).expect("the library has defaults")
    }

    #[test]
    fn the_librarys_own_system_needs_no_options() {
        assert_eq!(Value::from(system("event-booking").session_options()), json!({}));
        assert_eq!(system("event-booking").resource(), Some("/my-bookings"));
    }

    #[test]
    fn one_with_cookies_is_told_of_them() {
        let system = system("asp-cranes");
        assert!(system.has_cookies());
        let options = system.session_options();
        assert_eq!(options["exchange"], "cookie");
        assert_eq!(options["csrf"], json!({ "cookie": "__Host-csrf", "header": "x-csrf-token" }));
        let info = json!({ "url": "/api/auth/token-info", "method": "GET" });
        assert_eq!(options["endpoints"]["tokenInfo"], info);
        assert!(options["endpoints"].get("verify").is_none());
    }

    #[test]
    fn who_is_signed_in_stands_in_for_whether_a_token_is_valid() {
        let options = system("justwatched").session_options();
        assert_eq!(options["endpoints"]["verify"], json!({ "url": "/api/v1/users/me", "method": "GET" }));
    }

    #[test]
    fn one_token_that_renews_itself_is_presented_itself() {
        assert_eq!(system("session-guide").session_options()["exchange"], "sliding");
    }

    #[test]
    fn what_is_no_profile_needs_no_options() {
        let system = system("none");
        assert_eq!(
            (system.session_options().len(), system.resource(), system.has_cookies()),
            (0, None, false)
        );
    }
}
