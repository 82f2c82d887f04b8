use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};

use crate::api::{Coverage, LiveCoverage};
use crate::parts::Icon;

/// What the card says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaCardWords {
    /// How many of how many, with places for both.
    pub protected: String,
    /// Said when everybody could be let back in.
    pub all_ready: String,
    /// Said when one could not.
    pub not_ready_one: String,
    /// Said when more could not.
    pub not_ready_other: String,
    /// Said when the card could not be kept up to date.
    pub stale: String,
}

impl MfaCardWords {
    fn protected(&self, coverage: Coverage) -> String {
        let said = self.protected.replace("{protected}", &coverage.protected.to_string());
        said.replace("{people}", &coverage.people.to_string())
    }

    fn not_ready(&self, coverage: Coverage) -> String {
        let said = match coverage.not_ready {
            0 => &self.all_ready,
            1 => &self.not_ready_one,
            _ => &self.not_ready_other,
        };
        said.replace("{count}", &coverage.not_ready.to_string())
    }
}

/// How far everybody is protected. As long as somebody looks at it, it keeps itself up to date.
#[island]
pub fn MfaCard(
    /// How it is when the page is made.
    first: Coverage,
    /// What it says.
    words: MfaCardWords,
) -> impl IntoView {
    let (coverage, set_coverage) = signal(first);
    let (stale, set_stale) = signal(false);
    keep_up_to_date(LiveCoverage::PATH, set_coverage, set_stale);
    let words = StoredValue::new(words);
    view! {
        <div class="live">
            <p class="figure" role="status">
                {move || words.with_value(|words| words.protected(coverage.get()))}
            </p>
            <progress
                class="meter"
                max=move || coverage.get().people.to_string()
                value=move || coverage.get().protected.to_string()
                aria-hidden="true"
            ></progress>
            <p class="setting__note">{move || words.with_value(|words| words.not_ready(coverage.get()))}</p>
            <p class="setting__note" hidden=move || !stale.get()>
                <Icon name="warning" />
                {words.with_value(|words| words.stale.clone())}
            </p>
        </div>
    }
}

/// Asks anew every 15 seconds while the page is to be seen.
#[cfg(feature = "hydrate")]
fn keep_up_to_date(path: &'static str, set: WriteSignal<Coverage>, set_stale: WriteSignal<bool>) {
    use leptos::task::spawn_local;

    use crate::post::Post;

    const EVERY_MS: u32 = 15_000;

    spawn_local(async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(EVERY_MS).await;
            if document().hidden() {
                continue;
            }
            let Some(post) = Post::to(path) else { continue };
            let found = post.send_quietly::<Coverage>().await;
            set_stale.set(found.is_none());
            if let Some(found) = found {
                set.set(found);
            }
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn keep_up_to_date(_: &'static str, _: WriteSignal<Coverage>, _: WriteSignal<bool>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_says_how_many_of_how_many_and_how_many_could_not_be_let_back_in() {
        let words = MfaCardWords {
            protected: "{protected} of {people} protected".into(),
            all_ready: "all".into(),
            not_ready_one: "{count} could not".into(),
            not_ready_other: "{count} could not".into(),
            stale: "stale".into(),
        };
        let coverage = Coverage { people: 25, protected: 12, not_ready: 3 };

        assert_eq!(words.protected(coverage), "12 of 25 protected");
        assert_eq!(words.not_ready(coverage), "3 could not");
        assert_eq!(words.not_ready(Coverage::default()), "all");
    }
}
