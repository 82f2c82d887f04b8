use gloo_timers::callback::Interval;
use leptos::prelude::*;

/// Seconds until something may be done: until the app shows another code, until a text may be sent again. Nothing without JavaScript: a number that stands still helps nobody.
///
/// Counts the milliseconds the server gave by the browser's monotonic clock: the device's own time may be wrong, and
/// timers stop in background tabs.
#[component]
pub(super) fn Countdown(
    /// Milliseconds left when the server answered.
    from_ms: u64,
    /// Seconds that a full bar stands for, and the most that is shown.
    #[prop(default = 30)]
    full_s: u64,
    /// Words before the number.
    before: String,
    /// Words after it.
    after: String,
    /// Words when it is over.
    over: String,
) -> impl IntoView {
    let left = RwSignal::new(from_ms.div_ceil(1000));
    let ticking = RwSignal::new(false);
    let interval = StoredValue::new_local(None::<Interval>);
    Effect::new(move || {
        let Some(performance) = window().performance() else { return };
        #[expect(clippy::cast_precision_loss, reason = "some minutes in milliseconds are exact in a double")]
        let over_at = performance.now() + from_ms as f64;
        ticking.set(true);
        let tick = move || {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped, and some minutes at most"
            )]
            let seconds = ((over_at - performance.now()) / 1000.0).ceil().max(0.0) as u64;
            left.set(seconds);
            if seconds == 0 {
                interval.set_value(None);
            }
        };
        interval.set_value(Some(Interval::new(250, tick)));
    });
    on_cleanup(move || interval.set_value(None));
    view! {
        <div class="countdown" role="timer" hidden=move || !ticking.get()>
            <p hidden=move || left.get() == 0>{before} " " <strong>{move || left.get()}</strong> " " {after}</p>
            <p hidden=move || left.get() != 0>{over}</p>
            <progress
                class="bar"
                max=full_s.to_string()
                value=move || left.get().to_string()
                aria-hidden="true"
            ></progress>
        </div>
    }
}
