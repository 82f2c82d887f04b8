use std::fmt;
use std::time::Duration;

use domain::{EmailAddress, Name, OneTimeCode, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::{Entropy, Keyring, SealScope, Sealed, Unavailable};

/// The secret an authenticator app shares with us: 20 bytes (RFC 4226 R6), used with HMAC-SHA-1, six digits and
/// steps of 30 s, since that is what every app obeys.
pub struct SharedSecret(Zeroizing<[u8; SharedSecret::LENGTH]>);

/// Which 30 seconds since the epoch a code belongs to (RFC 6238 §4.2: `T`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeStep(u64);

/// How far the claimant's clock is from ours, in steps of 30 s: −1 (behind), 0, +1 (ahead).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Drift(pub i8);

/// A code was right; what the caller must keep.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The step that is spent now: no code of it or of an earlier one is accepted again.
    pub step: TimeStep,
    /// How far the app's clock is off.
    pub drift: Drift,
}

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// It matches no step of the window.
    Wrong,
    /// It matches, but that step or a later one was already used (RFC 6238 §5.2).
    Spent,
}

/// An authenticator app that belongs to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The shared secret, sealed for this user.
    pub secret: Sealed,
    /// Since when.
    pub bound_at: Timestamp,
    /// The last step whose code was accepted.
    pub last_step: TimeStep,
}

/// An authenticator app about to belong to a user: shown to one session, not in force until a right code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingBinding {
    /// The session that began it; nobody else is shown the secret.
    pub session: SessionId,
    /// The shared secret, sealed for this user.
    pub secret: Sealed,
    /// When the secret was made.
    pub begun_at: Timestamp,
    /// What is still missing.
    pub progress: Progress,
}

/// What a pending binding still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// A first code.
    FirstCode,
    /// The code of a later step, since the first one matched a neighbouring step.
    NextCode {
        /// The step of the first code; it is spent.
        after: TimeStep,
        /// How far the app's clock seems to be off.
        drift: Drift,
    },
}

impl SharedSecret {
    /// Bytes of a secret.
    pub const LENGTH: usize = 20;
    /// One step before, the present one, one step after: at enrolment and at sign-in (NIST SP 800-63B-4 §3.1.4).
    const WINDOW: [i8; 3] = [0, -1, 1];

    /// A new secret.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`]
    pub fn issue(entropy: &dyn Entropy) -> Result<Self, Unavailable> {
        Ok(Self(Zeroizing::new(entropy.bytes()?)))
    }

    /// The secret made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Opens a user's secret.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if it is another user's or damaged.
    pub fn open(sealed: &Sealed, user: &UserId, keyring: &Keyring) -> Result<Self, Unavailable> {
        let plain = keyring.open(sealed, scope(user))?;
        let bytes = plain.as_slice().try_into().map_err(|_| Unavailable::Sealing)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// Seals the secret for its user.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
    pub fn seal(&self, user: &UserId, keyring: &Keyring, entropy: &dyn Entropy) -> Result<Sealed, Unavailable> {
        keyring.seal(self.0.as_slice(), scope(user), entropy)
    }

    /// Judges a code at `now`, where `last` is the last step that was accepted.
    ///
    /// All steps of the window are computed and compared in constant time, whichever matches.
    ///
    /// # Errors
    /// [`Rejected`]
    pub fn accept(&self, code: &OneTimeCode, now: Timestamp, last: Option<TimeStep>) -> Result<Accepted, Rejected> {
        let totp = self.totp();
        let matches = Self::WINDOW.map(|offset| {
            let step = TimeStep::at(now).and_then(|step| step.shifted(offset))?;
            let right = bool::from(code_at(&totp, step).as_bytes().ct_eq(code.digits()));
            right.then_some(Accepted { step, drift: Drift(offset) })
        });
        let fresh = matches.into_iter().flatten().find(|accepted| last.is_none_or(|last| accepted.step > last));
        let spent = matches.iter().any(Option::is_some);
        fresh.ok_or(if spent { Rejected::Spent } else { Rejected::Wrong })
    }

    /// How far the claimant's clock is off, if the code belongs to a step outside of the window, at most 40 steps away.
    /// For who was shown the secret; anybody else it would tell too much.
    #[must_use]
    pub fn clock_off(&self, code: &OneTimeCode, now: Timestamp) -> Option<Drift> {
        const FARTHEST: i8 = 40;
        let totp = self.totp();
        let present = TimeStep::at(now)?;
        let nearest_first = (2..=FARTHEST).flat_map(|steps| [-steps, steps]);
        nearest_first.map(Drift).find(|drift| {
            let step = present.shifted(drift.0);
            step.is_some_and(|step| code_at(&totp, step).as_bytes().ct_eq(code.digits()).into())
        })
    }

    /// The code of one step: six digits.
    #[must_use]
    pub fn code(&self, step: TimeStep) -> Zeroizing<String> {
        code_at(&self.totp(), step)
    }

    /// The key as people type it: 32 characters of base32 without padding.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.totp().secret().to_base32())
    }

    /// The `otpauth://` address that apps read from a QR code (Google's key URI format).
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if the names can't stand in such an address; with our names that can't happen.
    pub fn otpauth(&self, issuer: &Name, owner: &EmailAddress) -> Result<Zeroizing<String>, Unavailable> {
        // A colon parts issuer and owner in the label, and apps read an encoded one alike.
        let issuer = issuer.as_str().replace(':', " ");
        let totp = self.builder().with_issuer(Some(issuer)).with_account_name(owner.as_str()).build();
        totp.ok().and_then(|totp| totp.to_url().ok()).map(Zeroizing::new).ok_or(Unavailable::Sealing)
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(TimeStep::SECONDS)
            .with_secret(self.0.to_vec())
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }
}

fn code_at(totp: &Totp, step: TimeStep) -> Zeroizing<String> {
    Zeroizing::new(totp.generate(step.0.saturating_mul(TimeStep::SECONDS)).to_string())
}

pub(crate) fn scope(user: &UserId) -> SealScope<'_> {
    SealScope { owner: user.as_str(), field: "authenticator" }
}

impl TimeStep {
    /// RFC 6238 §5.2 recommends 30 s.
    pub const SECONDS: u64 = 30;

    /// The step that `now` lies in; none before the epoch.
    #[must_use]
    pub fn at(now: Timestamp) -> Option<Self> {
        u64::try_from(now.seconds()).ok().map(|seconds| Self(seconds / Self::SECONDS))
    }

    /// The step `offset` steps away.
    #[must_use]
    pub fn shifted(self, offset: i8) -> Option<Self> {
        self.0.checked_add_signed(offset.into()).map(Self)
    }

    /// When the step begins.
    #[must_use]
    pub fn begins(self) -> Timestamp {
        Timestamp::from_seconds(i64::try_from(self.0.saturating_mul(Self::SECONDS)).unwrap_or(i64::MAX))
    }
}

impl PendingBinding {
    /// How long a secret waits for its first code; then the page shows another.
    pub const LIFE: Duration = Duration::from_mins(15);

    /// When it can't be confirmed any more.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.begun_at.plus(Self::LIFE)
    }

    /// Whether it can still be confirmed at `now`; a secret from the future (a clock set back) can't.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now.since(self.begun_at).is_some_and(|age| age < Self::LIFE)
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use serde::Deserialize;
    use sha1::Sha1;

    use super::*;
    use crate::testing::{SeededEntropy, a_keyring};

    #[derive(Deserialize)]
    struct Vectors {
        hotp: Vec<Hotp>,
        totp: Vec<TotpVector>,
    }

    #[derive(Deserialize)]
    struct Hotp {
        key_hex: String,
        counter: u64,
        code: String,
    }

    #[derive(Deserialize)]
    struct TotpVector {
        key_hex: String,
        time: u64,
        alg: String,
        code: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../../../app/domain/tests/vectors/otp.json")).unwrap()
    }

    fn secret(hex: &str) -> SharedSecret {
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        SharedSecret::from_bytes(bytes.try_into().unwrap())
    }

    fn rfc_secret() -> SharedSecret {
        SharedSecret::from_bytes(*b"12345678901234567890")
    }

    fn code(text: &str) -> OneTimeCode {
        text.parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_codes_are_those_of_rfc_4226_appendix_d() {
        let hotp = vectors().hotp;

        for Hotp { key_hex, counter, code } in &hotp {
            assert_eq!(*secret(key_hex).code(TimeStep(*counter)), *code, "counter {counter}");
        }
        assert_eq!(hotp.len(), 10);
    }

    #[test]
    fn the_codes_are_the_last_six_digits_of_rfc_6238_appendix_b() {
        let sha1: Vec<_> = vectors().totp.into_iter().filter(|vector| vector.alg == "sha1").collect();

        for TotpVector { key_hex, time, code: eight, .. } in &sha1 {
            let six = &eight[eight.len() - 6..];
            let now = at(i64::try_from(*time).unwrap());
            assert_eq!(*secret(key_hex).code(TimeStep::at(now).unwrap()), six, "time {time}");
            assert_eq!(secret(key_hex).accept(&code(six), now, None).unwrap().drift, Drift(0));
        }
        assert!(sha1.len() >= 6);
    }

    /// RFC 4226 §5.3, written down once more: the last nibble says which four bytes, the sign bit goes, six digits stay.
    fn hotp(secret: &[u8; 20], counter: u64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret).unwrap();
        mac.update(&counter.to_be_bytes());
        let digest: [u8; 20] = mac.finalize().into_bytes().into();
        let offset = usize::from(digest[19] & 0x0f);
        let number = digest[offset..offset + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    /// 100,000 secrets and moments in all; each of these tests takes a quarter of them.
    fn agrees_with_the_rfc(quarter: u64) {
        let entropy = SeededEntropy::new(quarter);
        for _ in 0..25_000 {
            let mut drawn = [0; 32];
            entropy.fill(&mut drawn).unwrap();
            let bytes: [u8; 20] = drawn[..20].try_into().unwrap();
            // Up to the year 10,889, so that the counter has more than 32 bits now and then.
            let seconds = u64::from_be_bytes(drawn[20..28].try_into().unwrap()) >> 26;
            let step = TimeStep::at(at(i64::try_from(seconds).unwrap())).unwrap();

            let code = SharedSecret::from_bytes(bytes).code(step);

            assert_eq!(*code, hotp(&bytes, seconds / 30), "{bytes:?} at {seconds}");
        }
    }

    #[test]
    fn codes_of_random_secrets_and_moments_are_those_of_the_rfc_first_quarter() {
        agrees_with_the_rfc(1);
    }

    #[test]
    fn codes_of_random_secrets_and_moments_are_those_of_the_rfc_second_quarter() {
        agrees_with_the_rfc(2);
    }

    #[test]
    fn codes_of_random_secrets_and_moments_are_those_of_the_rfc_third_quarter() {
        agrees_with_the_rfc(3);
    }

    #[test]
    fn codes_of_random_secrets_and_moments_are_those_of_the_rfc_fourth_quarter() {
        agrees_with_the_rfc(4);
    }

    #[test]
    fn a_code_is_accepted_one_step_early_and_late_and_not_two() {
        let secret = rfc_secret();
        let step = TimeStep::at(at(3000)).unwrap();
        let shown = code(&secret.code(step));

        for (seconds, drift) in [
            (2970, Some(1)),
            (2999, Some(1)),
            (3000, Some(0)),
            (3029, Some(0)),
            (3030, Some(-1)),
            (3059, Some(-1)),
            (3060, None),
            (2969, None),
        ] {
            let accepted = secret.accept(&shown, at(seconds), None);
            assert_eq!(accepted.ok(), drift.map(|drift| Accepted { step, drift: Drift(drift) }), "at {seconds}");
        }
    }

    #[test]
    fn a_code_is_accepted_once_and_never_after_a_later_one() {
        let secret = rfc_secret();
        let shown = code(&secret.code(TimeStep(100)));
        let accepted = secret.accept(&shown, at(3000), Some(TimeStep(99))).unwrap();

        assert_eq!(secret.accept(&shown, at(3001), Some(accepted.step)), Err(Rejected::Spent));
        assert_eq!(secret.accept(&shown, at(3001), Some(TimeStep(101))), Err(Rejected::Spent));
        assert_eq!(secret.accept(&code("000000"), at(3001), None), Err(Rejected::Wrong));
    }

    #[test]
    fn a_clock_set_back_makes_no_code_good_again() {
        let secret = rfc_secret();
        let last = secret.accept(&code(&secret.code(TimeStep(200))), at(6000), None).unwrap().step;

        for step in 90..=110 {
            let earlier = code(&secret.code(TimeStep(step)));
            assert!(secret.accept(&earlier, at(3000), Some(last)).is_err());
        }
    }

    #[test]
    fn before_the_epoch_and_at_the_end_of_time_nothing_is_accepted_and_nothing_panics() {
        for millis in [i64::MIN, -1, 0, i64::MAX] {
            let _ = rfc_secret().accept(&code("755224"), Timestamp::from_millis(millis), None);
        }
        assert!(rfc_secret().accept(&code("755224"), at(-1), None).is_err());
    }

    #[test]
    fn the_key_and_the_address_are_what_apps_read() {
        let issuer: Name = "Köhler & Söhne: Büro".parse().unwrap();
        let address = rfc_secret().otpauth(&issuer, &"ada+1@example.com".parse().unwrap()).unwrap();

        assert_eq!(*rfc_secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            *address,
            "otpauth://totp/K%C3%B6hler%20%26%20S%C3%B6hne%20%20B%C3%BCro:ada%2B1%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=K%C3%B6hler%20%26%20S%C3%B6hne%20%20B%C3%BCro"
        );
    }

    #[test]
    fn a_secret_copied_to_another_user_does_not_open() {
        let (ada, eve) = (UserId::from_random([1; 16]), UserId::from_random([2; 16]));
        let sealed = rfc_secret().seal(&ada, &a_keyring(), &SeededEntropy::new(1)).unwrap();

        assert!(SharedSecret::open(&sealed, &ada, &a_keyring()).is_ok());
        assert!(matches!(SharedSecret::open(&sealed, &eve, &a_keyring()), Err(Unavailable::Sealing)));
        assert_eq!(format!("{:?}", rfc_secret()), "SharedSecret(…)");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_later_than_what_was_accepted_before(
            bytes in any::<[u8; 20]>(), seconds in 0_i64..4_000_000_000, last in proptest::option::of(0_u64..134_000_000), offset in -3_i8..=3,
        ) {
            let secret = SharedSecret::from_bytes(bytes);
            let last = last.map(TimeStep);
            let Some(step) = TimeStep::at(at(seconds)).and_then(|step| step.shifted(offset)) else { return Ok(()) };

            let verdict = secret.accept(&code(&secret.code(step)), at(seconds), last);

            if let Ok(accepted) = verdict {
                prop_assert!(last.is_none_or(|last| accepted.step > last));
                prop_assert!(accepted.drift.0.abs() <= 1);
            } else {
                prop_assert!(offset.abs() > 1 || last.is_some_and(|last| step <= last));
            }
        }
    }
}
