//! Codes as another program computes them: `oathtool` of the OATH Toolkit, which shares no line with ours or with the
//! crates we use.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test takes for granted fails the test when it is not so"
)]

use std::io::ErrorKind;
use std::process::Command;
use std::thread;

use domain::{OneTimeCode, Timestamp};
use verifier::{Accepted, Drift, Rejected, SharedSecret, TimeStep};

/// Secrets, each at so many moments in a row: 100,000 pairs, and not as many processes.
const SECRETS: u64 = 10_000;
const MOMENTS: u64 = 10;
/// Steps on both sides of those moments whose codes are asked for too.
const AROUND: i8 = 2;

/// Where times begin to be odd: the epoch, and where seconds leave 31 bits (2038), 32 bits (2106), and steps 32 bits
/// (6053).
const ODD: [u64; 4] = [0, 1 << 31, 1 << 32, 30 << 32];

/// Codes of consecutive steps, by `oathtool`.
struct Shown {
    /// The command, to be typed by whoever looks for what went wrong.
    command: String,
    first: u64,
    codes: Vec<OneTimeCode>,
}

impl Shown {
    fn by_oathtool(secret: &[u8; 20], first: u64, steps: u64) -> Self {
        let key = secret.map(|byte| format!("{byte:02x}")).concat();
        let arguments = ["--totp".into(), format!("--window={}", steps - 1), format!("--now=@{}", first * 30), key];
        let command = format!("oathtool {}", arguments.join(" "));
        let output = match Command::new("oathtool").args(&arguments).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("oathtool is missing: `.ci/setup test` installs it (Debian package oathtool)")
            }
            output => output.unwrap(),
        };
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let codes: Vec<OneTimeCode> = lines.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(u64::try_from(codes.len()).unwrap(), steps, "{command}");
        Self { command, first, codes }
    }

    /// The code of the step `offset` steps away, if it was asked for.
    fn code(&self, step: u64, offset: i8) -> Option<&OneTimeCode> {
        let nth = step.checked_add_signed(offset.into())?.checked_sub(self.first)?;
        self.codes.get(usize::try_from(nth).ok()?)
    }
}

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn secret(&mut self) -> [u8; 20] {
        let bytes = [self.next(), self.next(), self.next()].map(u64::to_be_bytes).concat();
        bytes[..20].try_into().unwrap()
    }

    /// A step of the years 1970 to 2038, to 2106, or to 10680; every tenth is near where times are odd.
    fn step(&mut self) -> u64 {
        let drawn = self.next();
        if drawn.is_multiple_of(10) {
            let odd = ODD[usize::try_from(drawn / 10 % 4).unwrap()] / 30;
            return odd.saturating_sub(self.next() % (MOMENTS + 2));
        }
        (self.next() >> [33, 32, 26][usize::try_from(drawn % 3).unwrap()]) / 30
    }
}

/// What is to be said at `step` of the code of the step `offset` steps away, when those up to `spent` steps away are
/// spent: from `oathtool`'s codes alone, since once in a million two steps have the same code.
fn verdict(shown: &Shown, step: u64, offset: i8, spent: Option<i8>) -> Result<i8, Rejected> {
    let code = shown.code(step, offset);
    let same: Vec<_> = [0, -1, 1].into_iter().filter(|near| shown.code(step, *near) == code).collect();
    let fresh = same.iter().find(|near| spent.is_none_or(|spent| **near > spent));
    fresh.copied().ok_or(if same.is_empty() { Rejected::Wrong } else { Rejected::Spent })
}

/// Judges all moments of one secret; says how many there were.
fn agrees(seed: u64) -> u64 {
    let mut numbers = Numbers(seed);
    let (bytes, middle) = (numbers.secret(), numbers.step());
    let around = u64::from(AROUND.unsigned_abs());
    let first = middle.saturating_sub(around);
    let shown = Shown::by_oathtool(&bytes, first, middle + MOMENTS + around - first);
    let secret = SharedSecret::from_bytes(bytes);
    for step in middle..middle + MOMENTS {
        let seconds = step * 30 + numbers.next() % 30;
        let now = Timestamp::from_seconds(i64::try_from(seconds).unwrap());
        let present = TimeStep::at(now).unwrap();
        let agrees_on = |offset: i8, spent: Option<i8>| {
            let Some(code) = shown.code(step, offset) else { return };
            let last = spent.and_then(|spent| present.shifted(spent));
            let judged = secret.accept(code, now, last);
            let accepted = |near| Accepted { step: present.shifted(near).unwrap(), drift: Drift(near) };
            let expected = verdict(&shown, step, offset, spent).map(accepted);
            let told = format!("seed {seed}, {seconds} s, {offset} steps away, spent {spent:?}: {}", shown.command);
            assert_eq!(judged, expected, "{told}");
        };
        assert_eq!(secret.code(present).as_bytes(), shown.code(step, 0).unwrap().digits(), "{}", shown.command);
        (-AROUND..=AROUND).for_each(|offset| agrees_on(offset, None));
        agrees_on(0, Some(0));
    }
    MOMENTS
}

#[test]
fn a_hundred_thousand_secrets_and_moments_are_judged_as_oathtool_shows_their_codes() {
    let threads = u64::try_from(thread::available_parallelism().unwrap().get()).unwrap();

    let judged: u64 = thread::scope(|scope| {
        let share = |nth| move || (nth..SECRETS).step_by(usize::try_from(threads).unwrap()).map(agrees).sum::<u64>();
        let shares: Vec<_> = (0..threads).map(|nth| scope.spawn(share(nth))).collect();
        shares.into_iter().map(|share| share.join().unwrap()).sum()
    });

    assert_eq!(judged, 100_000);
}
