use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Country;
use thiserror::Error;
use tokio::time::{Instant, timeout};

use crate::TextGateway;

/// What a text costs: an amount and its currency, as `0.0775 USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPrice {
    /// A decimal number.
    pub amount: String,
    /// Three letters (ISO 4217).
    pub currency: String,
}

/// A text that is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write an amount and a currency, such as 0.0775 USD")]
pub struct TextPriceError;

/// What texts cost by country, as the gateway told last. Whoever asks is never kept waiting: what is not known yet is
/// found out meanwhile.
pub struct Prices {
    gateway: Arc<dyn TextGateway>,
    known: Mutex<BTreeMap<Country, Known>>,
}

/// What was told of a country.
struct Known {
    price: Option<TextPrice>,
    /// When it is asked for anew.
    until: Instant,
}

/// How long a price is taken to be so. Providers change them a few times a year.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// How long a gateway that told nothing is left alone.
const SILENT_FOR: Duration = Duration::from_hours(1);
/// How long the gateway may take.
const DEADLINE: Duration = Duration::from_secs(15);

impl Prices {
    /// What this gateway tells.
    #[must_use]
    pub fn of(gateway: Arc<dyn TextGateway>) -> Arc<Self> {
        Arc::new(Self { gateway, known: Mutex::default() })
    }

    /// What a text to a number of this country costs, as far as that is known. To be called within a runtime.
    #[must_use]
    pub fn to(self: &Arc<Self>, country: Country) -> Option<TextPrice> {
        let (price, is_due) = self.known_at(country, Instant::now());
        if is_due {
            let prices = Arc::clone(self);
            tokio::spawn(async move { prices.ask(country, Instant::now()).await });
        }
        price
    }

    /// What was told, and whether to ask: then nobody else does for a while.
    fn known_at(&self, country: Country, now: Instant) -> (Option<TextPrice>, bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&country);
        let price = found.and_then(|found| found.price.clone());
        let is_due = found.is_none_or(|found| found.until <= now);
        if is_due {
            known.insert(country, Known { price: price.clone(), until: now + SILENT_FOR });
        }
        (price, is_due)
    }

    async fn ask(&self, country: Country, now: Instant) {
        let Some(price) = timeout(DEADLINE, self.gateway.price(country)).await.ok().flatten() else { return };
        let told = Known { price: Some(price), until: now + GOOD_FOR };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(country, told);
    }
}

impl FromStr for TextPrice {
    type Err = TextPriceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (amount, currency) = text.trim().split_once(' ').ok_or(TextPriceError)?;
        let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !digits(whole) || !digits(part) || !is_currency {
            return Err(TextPriceError);
        }
        Ok(Self { amount: amount.into(), currency: currency.to_ascii_uppercase() })
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::{NotDelivered, Text};

    /// A gateway that tells a price once, and counts how often it was asked.
    #[derive(Default)]
    struct Told(Mutex<Vec<Country>>);

    #[async_trait]
    impl TextGateway for Told {
        async fn send(&self, _: &Text) -> Result<(), NotDelivered> {
            Ok(())
        }

        async fn price(&self, country: Country) -> Option<TextPrice> {
            let mut asked = self.0.lock().unwrap();
            asked.push(country);
            (asked.len() == 1).then(|| "0.0775 USD".parse().unwrap())
        }
    }

    #[tokio::test]
    async fn a_price_is_asked_for_once_a_day_and_kept_while_it_is_asked_for_anew() {
        let told = Arc::new(Told::default());
        let prices = Prices::of(told.clone());
        let (germany, now): (Country, _) = ("DE".parse().unwrap(), Instant::now());
        let price: Option<TextPrice> = Some("0.0775 USD".parse().unwrap());

        assert_eq!(prices.known_at(germany, now), (None, true));
        assert_eq!(prices.known_at(germany, now), (None, false), "somebody asks already");
        prices.ask(germany, now).await;
        assert_eq!(prices.known_at(germany, now + GOOD_FOR - Duration::from_secs(1)), (price.clone(), false));

        assert_eq!(prices.known_at(germany, now + GOOD_FOR), (price.clone(), true));
        prices.ask(germany, now + GOOD_FOR).await;
        assert_eq!(prices.to(germany), price, "a gateway that tells nothing now has told it before");
        assert_eq!(*told.0.lock().unwrap(), [germany, germany]);
    }

    #[test]
    fn a_price_is_an_amount_and_a_currency() {
        let price: TextPrice = " 0.0775 usd ".parse().unwrap();
        assert_eq!((price.amount.as_str(), price.currency.as_str()), ("0.0775", "USD"));
        for text in ["", "0.07", "USD 0.07", "-1 USD", "1,5 EUR", "0.07 EURO", "0.07  EUR", ".5 EUR", "1e9 EUR"] {
            assert_eq!(text.parse::<TextPrice>(), Err(TextPriceError), "{text}");
        }
    }
}
