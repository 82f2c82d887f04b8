//! The browser bundle, inside this binary: what pages name of it, and how it is served.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use app::site::Bundle;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use thiserror::Error;

use crate::shared::Shared;

/// The browser's part of Stepgate, as `frontend/finish.mjs` has left it in `dist/site`, inside this binary.
pub struct Assets {
    bundle: Option<Arc<Bundle>>,
    files: HashMap<String, Asset>,
}

/// A bundle that can't be served. Without any bundle there is no error: pages then do without.
#[derive(Debug, Error)]
pub enum AssetsError {
    /// The manifest is not what this server reads.
    #[error("the browser bundle and the server do not fit together: run make bundle and build again")]
    Manifest(#[source] serde_json::Error),
    /// The manifest names a file that is not there.
    #[error("the browser bundle lacks {0}: run make bundle and build again")]
    Lacking(String),
    /// A file of a kind that has no content type here.
    #[error("the browser bundle has {0}, and nobody knows what kind of file that is")]
    UnknownKind(String),
}

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist/site"]
#[allow_missing = true]
struct Embedded;

/// A file in the encodings it can be served in, all made when the bundle was built.
struct Asset {
    content_type: &'static str,
    plain: Variant,
    brotli: Option<Variant>,
    gzip: Option<Variant>,
}

struct Variant {
    etag: HeaderValue,
    content: Bytes,
}

impl Assets {
    const FOLDER: &str = "assets/";

    /// Takes stock of what was compiled in.
    ///
    /// # Errors
    /// [`AssetsError`] if it is there and not whole.
    pub fn load() -> Result<Self, AssetsError> {
        let Some(manifest) = Embedded::get("manifest.json") else {
            return Ok(Self { bundle: None, files: HashMap::new() });
        };
        let bundle: Bundle = serde_json::from_slice(&manifest.data).map_err(AssetsError::Manifest)?;
        let files = listed(&bundle).map(|listed| {
            let lacking = || AssetsError::Lacking(listed.path.clone());
            let path = listed.path.strip_prefix('/').ok_or_else(lacking)?;
            let name = path.strip_prefix(Self::FOLDER).ok_or_else(lacking)?;
            Ok((name.to_owned(), Asset::embedded(path)?))
        });
        let files = files.collect::<Result<_, AssetsError>>()?;
        Ok(Self { bundle: Some(Arc::new(bundle)), files })
    }

    /// What pages name in their heads; none if the server was compiled without a bundle.
    #[must_use]
    pub fn bundle(&self) -> Option<Arc<Bundle>> {
        self.bundle.clone()
    }

    /// The answer to a request for `/assets/{file}`.
    #[must_use]
    pub fn answer(&self, file: &str, request: &HeaderMap) -> Response {
        match self.files.get(file) {
            Some(asset) => asset.answer(request),
            None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
        }
    }
}

/// `GET /assets/{file}`
pub async fn asset(State(shared): State<Shared>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    shared.assets.answer(&file, &headers)
}

fn listed(bundle: &Bundle) -> impl Iterator<Item = &app::site::Asset> {
    let Bundle { script, wasm, style, page, icons, favicon, .. } = bundle;
    [script, wasm, style, page, icons, favicon].into_iter()
}

impl Asset {
    fn embedded(path: &str) -> Result<Self, AssetsError> {
        let plain = Embedded::get(path).ok_or_else(|| AssetsError::Lacking(path.into()))?;
        let variant = |ending: &str| Embedded::get(&format!("{path}.{ending}")).map(Variant::from);
        let content_type = content_type(path).ok_or_else(|| AssetsError::UnknownKind(path.into()))?;
        Ok(Self { content_type, plain: plain.into(), brotli: variant("br"), gzip: variant("gz") })
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let (encoding, variant) = self.wanted(request);
        let lasting = [
            // The name changes with the content, so what a browser has once it may keep for ever.
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            (ETAG, variant.etag.clone()),
            (VARY, HeaderValue::from_static("accept-encoding")),
        ];
        if variant.is_known_to(request) {
            return (StatusCode::NOT_MODIFIED, lasting).into_response();
        }
        let kind: [(HeaderName, HeaderValue); 1] = [(CONTENT_TYPE, HeaderValue::from_static(self.content_type))];
        let mut response = (lasting, kind, Body::from(variant.content.clone())).into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn wanted(&self, request: &HeaderMap) -> (Option<&'static str>, &Variant) {
        let offers = [("br", &self.brotli), ("gzip", &self.gzip)];
        let taken = offers.into_iter().find_map(|(name, variant)| {
            let variant = variant.as_ref()?;
            accepts(request, name).then_some((Some(name), variant))
        });
        taken.unwrap_or((None, &self.plain))
    }
}

impl Variant {
    /// RFC 9110 §13.1.2, with the weak comparison it asks for.
    fn is_known_to(&self, request: &HeaderMap) -> bool {
        let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        known
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.etag.as_bytes())
    }
}

impl From<EmbeddedFile> for Variant {
    fn from(file: EmbeddedFile) -> Self {
        // Each encoding has its own: a strong tag names bytes (RFC 9110 §8.8.3.3).
        let digest = file.metadata.sha256_hash().first_chunk().copied().map_or(0, u128::from_be_bytes);
        let etag = HeaderValue::try_from(format!("\"{digest:032x}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        let content = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Self { etag, content }
    }
}

/// Whether `Accept-Encoding` names this encoding, or all, without a weight of zero (RFC 9110 §12.5.3).
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut all = false;
    for item in values.flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0_f32))
        });
        if name.eq_ignore_ascii_case(encoding) {
            return !refused;
        }
        all |= name == "*" && !refused;
    }
    all
}

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn variant(content: &'static str) -> Variant {
        let etag = HeaderValue::try_from(format!("\"{content}\"")).unwrap();
        Variant { etag, content: Bytes::from_static(content.as_bytes()) }
    }

    fn assets() -> Assets {
        let script = Asset {
            content_type: "text/javascript; charset=utf-8",
            plain: variant("plain"),
            brotli: Some(variant("brotli")),
            gzip: Some(variant("gzip")),
        };
        let bare = Asset { content_type: "image/svg+xml", plain: variant("bare"), brotli: None, gzip: None };
        let files = [("app-1.js".to_owned(), script), ("icon-1.svg".to_owned(), bare)].into();
        Assets { bundle: None, files }
    }

    fn asking(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    async fn body(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_smallest_encoding_the_browser_takes_is_served() {
        for (accepted, served) in [
            ("gzip, deflate, br, zstd", "brotli"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("BR; q=0.001", "brotli"),
            ("br;q=0.000, *", "gzip"),
            ("*", "brotli"),
            ("*;q=0", "plain"),
            ("identity", "plain"),
            ("brotli, gzipped", "plain"),
            ("", "plain"),
        ] {
            let response = assets().answer("app-1.js", &asking(&[(ACCEPT_ENCODING, accepted)]));
            assert_eq!(response.headers()[VARY], "accept-encoding");
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), served != "plain");
            assert_eq!(body(response).await, served, "{accepted:?}");
        }
        let response = assets().answer("icon-1.svg", &asking(&[(ACCEPT_ENCODING, "br, gzip")]));
        assert_eq!(body(response).await, "bare");
    }

    #[tokio::test]
    async fn a_browser_that_has_it_gets_no_second_copy() {
        for (known, status) in
            [("\"brotli\"", 304), ("\"other\", W/\"brotli\"", 304), ("*", 304), ("\"plain\"", 200), ("brotli", 200)]
        {
            let response = assets().answer("app-1.js", &asking(&[(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, known)]));
            assert_eq!(response.status(), status, "{known}");
            assert_eq!(response.headers()[ETAG], "\"brotli\"");
            assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(body(response).await.is_empty(), status == 304);
        }
    }

    #[test]
    fn only_what_the_manifest_lists_is_served() {
        let known =
            ["app-1.js.br", "../manifest.json", "..%2fmanifest.json", "/etc/passwd", "", "app-1.js/", "APP-1.js"];

        for file in known {
            let response = assets().answer(file, &HeaderMap::new());
            assert_eq!(response.status(), 404, "{file:?}");
            assert!(!response.headers().contains_key(CACHE_CONTROL));
        }
    }

    #[test]
    fn what_is_compiled_in_is_whole_or_absent() {
        let assets = Assets::load().unwrap();

        assert_eq!(assets.bundle().is_some(), Embedded::get("manifest.json").is_some());
        if let Some(bundle) = assets.bundle() {
            assert!(!bundle.islands.is_empty());
            for listed in listed(&bundle) {
                let name = listed.path.strip_prefix("/assets/").unwrap();
                let asset = &assets.files[name];
                assert!(asset.brotli.is_some() && asset.gzip.is_some(), "{name} is not compressed");
            }
        }
    }
}
