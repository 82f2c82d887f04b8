use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use verifier::Token;

/// What the client wants for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// A page: a link, or a form without JavaScript.
    Page,
    /// JSON: an island.
    Json,
}

/// A request in the making.
pub struct Asked {
    method: Method,
    path: String,
    body: String,
    headers: Vec<(String, String)>,
    wants: Wants,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Asked {
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.into(), body: String::new(), headers: Vec::new(), wants: Wants::Page }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str, body: &str) -> Self {
        Self { body: body.into(), ..Self::new(Method::POST, path) }
    }

    /// By a browser that has this session.
    pub fn by(self, session: Option<&Token>) -> Self {
        match session {
            Some(token) => self.with("cookie", &format!("stepgate-session={}", token.reveal())),
            None => self,
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn wants(self, wants: Wants) -> Self {
        Self { wants, ..self }
    }

    pub(super) fn into_request(self) -> Request<Body> {
        let accept = match self.wants {
            Wants::Page => "text/html,application/xhtml+xml",
            Wants::Json => "application/json",
        };
        let mut request = Request::builder().method(self.method).uri(self.path).header(HOST, "localhost:3000");
        request = request.header(ACCEPT, accept).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request = request.header("content-length", self.body.len());
        for (name, value) in self.headers {
            let name = if name == "cookie" { COOKIE.to_string() } else { name };
            request = request.header(name, value);
        }
        let peer: SocketAddr = ([192, 0, 2, 1], 50_000).into();
        request.extension(ConnectInfo(peer)).body(Body::from(self.body)).unwrap()
    }
}

impl Answer {
    /// Where it leads, or nothing.
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    /// The value a cookie is set to.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
        let mut pairs = set.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        pairs.find(|(other, _)| *other == name).map(|(_, value)| value.to_owned())
    }
}
