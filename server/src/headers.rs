use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

/// What every answer tells the browser. A header that is there already stays.
const FOR_ALL: [(HeaderName, &str); 8] = [
    // Nothing is kept unless it says so itself: pages hold what is the session's. (Files say so.)
    (CACHE_CONTROL, "no-store"),
    // For what is no page of ours; pages bring their own, with a nonce.
    (CONTENT_SECURITY_POLICY, "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"),
    // A window that opened us, or that we opened, gets no hold on ours.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // No other site embeds our files, so none can time or measure them.
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Nothing here uses a camera, a microphone or a position.
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    // Addresses may hold a link's token: they are told to nobody else.
    (REFERRER_POLICY, "same-origin"),
    // What we call a text is never run as a script.
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
];

/// Two years, as browsers' preload lists ask for. Without subdomains: they are not ours to decide about.
const STAY_ON_HTTPS: &str = "max-age=63072000";

/// The layer that adds them.
pub async fn protect(State(https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FOR_ALL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STAY_ON_HTTPS));
    }
    response
}
