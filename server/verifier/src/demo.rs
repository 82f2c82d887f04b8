//! Sample people for trying Stepgate out. They come about by the use cases themselves, on a clock that begins two weeks
//! ago, so that nothing about them is otherwise than it would be with people.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Country, EmailAddress, Language, Name, OneTimeCode, PhoneNumber, RecoveryCode, Role, Timestamp, UserId};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    AccountCreation, Actor, Address, Admitted, AwaitingCode, BrowserLabel, Claimant, Clock, CodeVerdict, Denied,
    Enrolling, Enrollment, EnrollmentStep, EnrollmentVerdict, Gate, InvitationVerdict, InviteVerdict, MessageKind,
    NewAccount, NewPassword, NewUser, Password, PasswordClaim, PasswordWeakness, Ports, SharedSecret, SignIn, Store,
    TimeStep, Token, Unavailable, UnlockVerdict, Upgrade, Verifier,
};

/// The sample account.
pub struct Demo {
    /// What the organisation is called.
    pub account: Name,
    /// The password of everybody who has one; another one in each database.
    pub password: Zeroizing<String>,
    /// Its people, the admins first.
    pub people: Vec<DemoPerson>,
}

/// Somebody in the sample account.
pub struct DemoPerson {
    /// What they are called.
    pub name: Name,
    /// The address they sign in with, which no mail reaches.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
    /// How far they are.
    pub state: DemoState,
    /// The key of their authenticator, 32 characters of base32, once they have one.
    pub key: Option<Zeroizing<String>>,
    /// A recovery code that is not used yet.
    pub recovery_code: Option<RecoveryCode>,
}

/// What became of somebody in the sample account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoState {
    /// Has an authenticator, recovery codes and a recovery mobile.
    WithMobile,
    /// Has an authenticator and recovery codes.
    WithCodes,
    /// Has an authenticator, and left before the recovery codes were saved.
    WithoutWayBack,
    /// Has a password, and no authenticator.
    NotEnabled,
    /// Has not accepted the invitation.
    Invited,
    /// Ten wrong codes by strangers; has recovery codes.
    LockedOut,
    /// Ten wrong codes by strangers, and no way back in.
    LockedOutForGood,
    /// Was locked, and unlocked by the operator.
    RecoveryPending,
    /// May not sign in.
    Deactivated,
}

/// Why there are no sample people.
#[derive(Debug, Error)]
pub enum DemoError {
    /// Somebody's data are there.
    #[error("the database is not empty")]
    NotEmpty,
    /// A use case did not do what it does: a mistake of ours.
    #[error("the sample people could not be made: {0}")]
    Unexpected(&'static str),
    /// Half of them may be there.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

const ACCOUNT: &str = "Analytical Engines";

/// Who there is. The numbers of mobiles are of the range that is kept for films (Bundesnetzagentur, 0171 39200xx).
const PEOPLE: [(&str, &str, Role, DemoState); 25] = [
    ("Ada Lovelace", "ada", Role::Admin, DemoState::WithMobile),
    ("Charles Babbage", "charles", Role::Admin, DemoState::WithCodes),
    ("Grace Hopper", "grace", Role::Member, DemoState::WithMobile),
    ("Alan Turing", "alan", Role::Member, DemoState::WithCodes),
    ("Hedy Lamarr", "hedy", Role::Member, DemoState::WithMobile),
    ("Konrad Zuse", "konrad", Role::Member, DemoState::WithMobile),
    ("Emmy Noether", "emmy", Role::Member, DemoState::WithCodes),
    ("Edsger Dijkstra", "edsger", Role::Member, DemoState::WithCodes),
    ("Barbara Liskov", "barbara", Role::Member, DemoState::WithMobile),
    ("Claude Shannon", "claude", Role::Member, DemoState::WithCodes),
    ("Katherine Johnson", "katherine", Role::Member, DemoState::WithCodes),
    ("Mary Kenneth Keller", "mary", Role::Member, DemoState::WithCodes),
    ("Radia Perlman", "radia", Role::Member, DemoState::WithMobile),
    ("Tony Hoare", "tony", Role::Member, DemoState::WithoutWayBack),
    ("Frances Allen", "frances", Role::Member, DemoState::WithoutWayBack),
    ("John McCarthy", "john", Role::Member, DemoState::WithoutWayBack),
    ("Evelyn Boyd Granville", "evelyn", Role::Member, DemoState::LockedOut),
    ("Niklaus Wirth", "niklaus", Role::Member, DemoState::LockedOutForGood),
    ("Jean Bartik", "jean", Role::Member, DemoState::RecoveryPending),
    ("Kurt Gödel", "kurt", Role::Member, DemoState::Deactivated),
    ("Ida Rhodes", "ida", Role::Member, DemoState::NotEnabled),
    ("Donald Knuth", "donald", Role::Member, DemoState::NotEnabled),
    ("Adele Goldberg", "adele", Role::Member, DemoState::NotEnabled),
    ("Ken Thompson", "ken", Role::Member, DemoState::Invited),
    ("Lynn Conway", "lynn", Role::Member, DemoState::Invited),
];

/// Browsers in which they sign in.
const BROWSERS: [&str; 4] =
    ["Firefox/140.0 Windows", "Chrome/140.0 Android", "Version/18 Safari Macintosh", "Edg/140.0"];
/// How long ago the account was created.
const AGO: Duration = Duration::from_hours(14 * 24);
/// How many come this long after each other.
const EARLY: u8 = 20;
const APART: Duration = Duration::from_hours(13);
/// How long ago the others begin to come, this long after each other: they have not had their password for longer than
/// one may enrol with it alone.
const LATE: Duration = Duration::from_hours(12);
const CLOSE: Duration = Duration::from_hours(2);
/// Longer than any wait after a wrong code.
const AFTER_ANY_WAIT: Duration = Duration::from_mins(16);

/// Fills an empty database with the sample account.
///
/// Messages that the use cases queue are removed: nobody is mailed.
///
/// # Errors
/// [`DemoError`]
pub async fn fill(verifier: &Verifier) -> Result<Demo, DemoError> {
    if !verifier.store.is_empty().await? {
        return Err(DemoError::NotEmpty);
    }
    let end = verifier.now();
    let clock = Arc::new(DemoClock(Mutex::new(end.minus(AGO))));
    let typed = Zeroizing::new(Token::issue(verifier.entropy())?.reveal().chars().take(16).collect::<String>());
    let password = NewPassword::parse(&typed, &[]).map_err(|_: PasswordWeakness| strange("a password that is weak"))?;
    let (store, entropy) = (Arc::clone(&verifier.store), Arc::clone(&verifier.entropy));
    let ports = Ports { store: store.clone(), clock: clock.clone(), entropy, hasher: Arc::clone(&verifier.hasher) };
    let verifier = Verifier::new(ports, Arc::clone(&verifier.keyring)).await?;
    let mut stage = Stage { verifier, store, clock, typed, password };

    let mut people = Vec::new();
    for (number, (name, mailbox, role, state)) in (0_u8..).zip(PEOPLE) {
        stage.clock.advance_to(entrance(number, end));
        people.push(stage.enter(number, name, mailbox, role, state).await?);
        stage.forget_messages().await?;
    }
    let account = ACCOUNT.parse().map_err(|_| strange("a name"))?;
    Ok(Demo { account, password: stage.typed, people })
}

/// When somebody comes.
fn entrance(number: u8, end: Timestamp) -> Timestamp {
    match number.checked_sub(EARLY) {
        None => end.minus(AGO).plus(APART * number.into()),
        Some(late) => end.minus(LATE).plus(CLOSE * late.into()),
    }
}

/// Where the sample people do what people do.
struct Stage {
    verifier: Verifier,
    store: Arc<dyn Store>,
    clock: Arc<DemoClock>,
    typed: Zeroizing<String>,
    password: NewPassword,
}

/// A clock that goes when it is told to.
struct DemoClock(Mutex<Timestamp>);

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DemoClock {
    fn advance_to(&self, at: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }

    fn advance(&self, by: Duration) {
        self.advance_to(self.now().plus(by));
    }
}

/// Somebody in front of a browser.
struct Seat {
    claimant: Claimant,
    session: Option<Token>,
}

impl Seat {
    fn new(number: u8, stranger: bool) -> Self {
        // Networks that are kept for examples (RFC 5737).
        let network = if stranger { [203, 0, 113] } else { [192, 0, 2] };
        let address = Address::new([network[0], network[1], network[2], number + 1].into());
        let agent = BROWSERS.iter().cycle().nth(number.into()).copied().unwrap_or_default();
        let browser = BrowserLabel::from_user_agent(agent);
        let claimant = Claimant { address, browser, language: Language::English, known_browser: None };
        Self { claimant, session: None }
    }

    fn keep(&mut self, upgrade: &Upgrade) {
        self.session = Some(upgrade.token.clone());
        self.claimant.known_browser = Some(upgrade.known_browser.clone());
    }
}

impl Stage {
    /// Somebody joins, and goes as far as they do.
    async fn enter(
        &mut self,
        number: u8,
        name: &str,
        mailbox: &str,
        role: Role,
        state: DemoState,
    ) -> Result<DemoPerson, DemoError> {
        let name: Name = name.parse().map_err(|_| strange("a name"))?;
        let email: EmailAddress = format!("{mailbox}@example.com").parse().map_err(|_| strange("an address"))?;
        let user = self.join(&name, &email, role, state != DemoState::Invited).await?;
        let mut person = DemoPerson { name, email, role, state, key: None, recovery_code: None };
        if matches!(state, DemoState::Invited | DemoState::NotEnabled) {
            return Ok(person);
        }
        let mut seat = Seat::new(number, false);
        let secret = self.enrol(&mut person, &user, &mut seat, number).await?;
        self.clock.advance(Duration::from_hours(3));
        self.sign_in_again(&person.email, &secret, number).await?;
        if matches!(state, DemoState::LockedOut | DemoState::LockedOutForGood | DemoState::RecoveryPending) {
            self.lock_out(&person.email, &secret, number).await?;
        }
        let account = self.account_of(&user).await?;
        let operator = Actor::Operator { account: &account };
        match state {
            DemoState::RecoveryPending => match self.verifier.unlock(operator, &user).await? {
                Ok(UnlockVerdict::Unlocked) => {}
                _ => return Err(strange("nobody to unlock")),
            },
            DemoState::Deactivated => {
                let deactivated: Result<_, Denied> = self.verifier.deactivate(operator, &user).await?;
                let _ = deactivated.map_err(|_| strange("the operator may not deactivate"))?;
            }
            _ => {}
        }
        Ok(person)
    }

    /// The first creates the account, the others are invited.
    async fn join(&self, name: &Name, email: &EmailAddress, role: Role, accepts: bool) -> Result<UserId, DemoError> {
        let found = self.store.find_user(email).await?;
        if found.is_some() {
            return Err(strange("two of one address"));
        }
        let founder = self.store.is_empty().await?;
        if founder {
            let account = ACCOUNT.parse().map_err(|_| strange("a name"))?;
            let new = NewAccount { account, name: name.clone(), email: email.clone() };
            match self.verifier.create_account(&new, Some(&self.password)).await? {
                AccountCreation::Created { .. } => {}
                _ => return Err(strange("no account")),
            }
            return self.user(email).await;
        }
        let founder = self.user(&founder_address()?).await?;
        let account = self.account_of(&founder).await?;
        let new = NewUser { name: name.clone(), email: email.clone(), role };
        let invited = self.verifier.invite(Actor::Operator { account: &account }, &new).await?;
        let Ok(InviteVerdict::Invited { link: Some(link), .. }) = invited else {
            return Err(strange("no invitation"));
        };
        if accepts {
            self.clock.advance(Duration::from_mins(40));
            let claimant = Seat::new(0, false).claimant;
            match self.verifier.accept_invitation(&link, &self.password, None, &claimant).await? {
                InvitationVerdict::Accepted { .. } => {}
                InvitationVerdict::LinkDead => return Err(strange("a dead invitation")),
            }
        }
        self.user(email).await
    }

    /// Through the wizard.
    async fn enrol(
        &self,
        person: &mut DemoPerson,
        user: &UserId,
        seat: &mut Seat,
        number: u8,
    ) -> Result<SharedSecret, DemoError> {
        self.enter_password(&person.email, seat).await?;
        let proof = self.enrolling(seat).await?;
        moved(&self.verifier.begin_enrollment(&proof, &seat.claimant).await?)?;
        moved(&self.verifier.issue_secret(&self.enrolling(seat).await?, &seat.claimant).await?)?;
        let proof = self.enrolling(seat).await?;
        let EnrollmentStep::Pair(pairing) = self.verifier.enrollment_step(&proof)? else {
            return Err(strange("no key"));
        };
        person.key = Some(pairing.key);
        let Some(Enrollment::Binding(pending)) = &proof.admission().signed_in().person.credential.record.enrollment
        else {
            return Err(strange("no secret"));
        };
        let secret = SharedSecret::open(&pending.secret, user, self.verifier.keyring())?;
        match self.verifier.confirm_authenticator(&proof, &self.code(&secret)?, &seat.claimant).await? {
            EnrollmentVerdict::Bound(upgrade) => seat.keep(&upgrade),
            _ => return Err(strange("a wrong code")),
        }
        if matches!(person.state, DemoState::WithoutWayBack | DemoState::LockedOutForGood) {
            return Ok(secret);
        }
        let proof = self.enrolling(seat).await?;
        if let EnrollmentStep::SaveCodes { codes, .. } = self.verifier.enrollment_step(&proof)? {
            person.recovery_code = codes.into_iter().next();
        }
        moved(&self.verifier.save_codes(&proof, &seat.claimant).await?)?;
        let proof = self.enrolling(seat).await?;
        if person.state == DemoState::WithMobile {
            self.add_mobile(seat, number).await?;
        } else {
            moved(&self.verifier.skip_mobile(&proof, &seat.claimant).await?)?;
        }
        match self.verifier.finish_enrollment(&self.enrolling(seat).await?).await? {
            EnrollmentVerdict::Finished { .. } => Ok(secret),
            _ => Err(strange("a wizard without an end")),
        }
    }

    async fn add_mobile(&self, seat: &Seat, number: u8) -> Result<(), DemoError> {
        let mobile: PhoneNumber = format!("+49171392{number:04}").parse().map_err(|_| strange("a number"))?;
        let country: Country = "DE".parse().map_err(|_| strange("a country"))?;
        let proof = self.enrolling(seat).await?;
        moved(&self.verifier.text_mobile(&proof, &mobile, country, &seat.claimant).await?)?;
        let code = self.texted_code().await?;
        let proof = self.enrolling(seat).await?;
        moved(&self.verifier.confirm_mobile(&proof, &code, &seat.claimant).await?)
    }

    /// The code in the text that waits.
    async fn texted_code(&self) -> Result<OneTimeCode, DemoError> {
        for queued in self.store.waiting_messages(100).await? {
            if let MessageKind::TextCode { code, .. } = queued.open(self.verifier.keyring())?.about {
                return code.reveal().parse().map_err(|_| strange("a code"));
            }
        }
        Err(strange("no text"))
    }

    /// Another day, in the same network.
    async fn sign_in_again(&self, email: &EmailAddress, secret: &SharedSecret, number: u8) -> Result<(), DemoError> {
        let mut seat = Seat::new(number, false);
        let proof = self.at_the_code(email, &mut seat).await?;
        match self.verifier.verify_code(&proof, &self.code(secret)?, &seat.claimant).await? {
            CodeVerdict::Accepted(_) => Ok(()),
            _ => Err(strange("a wrong code")),
        }
    }

    /// Somebody who knows the password tries ten codes.
    async fn lock_out(&self, email: &EmailAddress, secret: &SharedSecret, number: u8) -> Result<(), DemoError> {
        for _ in 0..10 {
            self.clock.advance(AFTER_ANY_WAIT);
            let mut seat = Seat::new(number, true);
            let proof = self.at_the_code(email, &mut seat).await?;
            let _ = self.verifier.verify_code(&proof, &self.wrong_code(secret)?, &seat.claimant).await?;
        }
        // Its owner is told here and now, for here nobody is mailed.
        self.clock.advance(AFTER_ANY_WAIT);
        self.verifier.warn_of_stalled_sign_ins().await?;
        Ok(())
    }

    async fn enter_password(&self, email: &EmailAddress, seat: &mut Seat) -> Result<(), DemoError> {
        let password = self.typed.parse::<Password>().map_err(|_| strange("a password"))?;
        let claim = PasswordClaim { email: email.clone(), password, next: None, present: None };
        match self.verifier.sign_in(&claim, &seat.claimant).await? {
            SignIn::Proceed { token, .. } => seat.session = Some(token),
            SignIn::LinkMailed | SignIn::Rejected(_) => return Err(strange("a wrong password")),
        }
        Ok(())
    }

    async fn at_the_code(&self, email: &EmailAddress, seat: &mut Seat) -> Result<AwaitingCode, DemoError> {
        self.enter_password(email, seat).await?;
        match self.verifier.admit(Gate::PendingCode, seat.session.as_ref()).await? {
            Ok(Admitted::AwaitingCode(proof)) => Ok(proof),
            _ => Err(strange("no code screen")),
        }
    }

    async fn enrolling(&self, seat: &Seat) -> Result<Enrolling, DemoError> {
        match self.verifier.admit(Gate::Enrolling, seat.session.as_ref()).await? {
            Ok(Admitted::Enrolling(proof)) => Ok(proof),
            _ => Err(strange("no wizard")),
        }
    }

    fn code(&self, secret: &SharedSecret) -> Result<OneTimeCode, DemoError> {
        let step = TimeStep::at(self.clock.now()).ok_or_else(|| strange("a time before 1970"))?;
        secret.code(step).parse().map_err(|_| strange("a code"))
    }

    /// A code that is not right now, nor in the minutes around.
    fn wrong_code(&self, secret: &SharedSecret) -> Result<OneTimeCode, DemoError> {
        let codes = (0..100).filter_map(|number| format!("{number:06}").parse::<OneTimeCode>().ok());
        let now = self.clock.now();
        let mut wrong = codes.filter(|code| secret.accept(code, now, None).is_err());
        wrong.next().ok_or_else(|| strange("no code is wrong"))
    }

    async fn user(&self, email: &EmailAddress) -> Result<UserId, DemoError> {
        let found = self.store.find_user(email).await?;
        found.map(|person| person.credential.record.user).ok_or_else(|| strange("a lost user"))
    }

    async fn account_of(&self, user: &UserId) -> Result<domain::AccountId, DemoError> {
        let found = self.store.load_user(user).await?;
        found.map(|person| person.account.record.id).ok_or_else(|| strange("a lost account"))
    }

    async fn forget_messages(&self) -> Result<(), DemoError> {
        for queued in self.store.waiting_messages(1000).await? {
            self.store.remove_message(&queued.id).await?;
        }
        Ok(())
    }
}

fn founder_address() -> Result<EmailAddress, DemoError> {
    let [(_, mailbox, ..), ..] = PEOPLE;
    format!("{mailbox}@example.com").parse().map_err(|_| strange("an address"))
}

fn moved(verdict: &EnrollmentVerdict) -> Result<(), DemoError> {
    if matches!(verdict, EnrollmentVerdict::Moved) { Ok(()) } else { Err(strange("a step of the wizard")) }
}

fn strange(what: &'static str) -> DemoError {
    DemoError::Unexpected(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ManualClock, MemoryStore, PlainHasher, SeededEntropy, a_keyring};
    use crate::{Coverage, MfaState};

    fn now() -> Timestamp {
        Timestamp::from_seconds(2_000_000_017)
    }

    async fn over(store: &Arc<MemoryStore>) -> Verifier {
        let (clock, entropy) = (Arc::new(ManualClock::at(now())), Arc::new(SeededEntropy::new(1)));
        let ports = Ports { store: store.clone(), clock, entropy, hasher: Arc::new(PlainHasher) };
        Verifier::new(ports, Arc::new(a_keyring())).await.unwrap()
    }

    #[tokio::test]
    async fn twenty_five_people_are_in_all_states_there_are() {
        let store = Arc::new(MemoryStore::new());

        let demo = fill(&over(&store).await).await.unwrap();

        let ada = store.find_user(&demo.people[0].email).await.unwrap().unwrap();
        let (account, texts) = (ada.account.record.id, ada.account.record.texts);
        let members = store.members_of(&account).await.unwrap();
        let those = |mfa| members.iter().filter(|member| member.mfa == mfa).count();
        assert_eq!((members.len(), those(MfaState::NotEnabled), those(MfaState::Protected)), (25, 5, 16));
        assert_eq!((those(MfaState::LockedOut), those(MfaState::RecoveryPending)), (2, 1));
        assert_eq!(those(MfaState::Deactivated), 1);
        assert_eq!(Coverage::of(&members, &texts), Coverage { people: 24, protected: 19, not_ready: 4 });
        assert!(store.waiting_messages(10).await.unwrap().is_empty());
        let later = now().plus(Duration::from_hours(1));
        assert!(store.stalled_sign_ins(later, 10).await.unwrap().is_empty(), "nobody is mailed later either");
    }

    #[tokio::test]
    async fn everything_has_happened_before_now_and_they_sign_in_with_what_is_printed() {
        let store = Arc::new(MemoryStore::new());
        let demo = fill(&over(&store).await).await.unwrap();
        let ada = &demo.people[0];
        let account = store.find_user(&ada.email).await.unwrap().unwrap().account.record.id;
        let events = store.events_of(&account, 10_000).await.unwrap();
        assert!(events.iter().all(|event| event.at <= now()));

        let verifier = over(&store).await;
        let claim = |person: &DemoPerson| PasswordClaim {
            email: person.email.clone(),
            password: demo.password.parse().unwrap(),
            next: None,
            present: None,
        };
        let seat = Seat::new(9, false);
        for person in &demo.people {
            let answer = verifier.sign_in(&claim(person), &seat.claimant).await.unwrap();
            let gets_on = matches!(answer, SignIn::Proceed { .. });
            assert_eq!(gets_on, !matches!(person.state, DemoState::Invited | DemoState::Deactivated), "{answer:?}");
        }
        let SignIn::Proceed { token, .. } = verifier.sign_in(&claim(ada), &seat.claimant).await.unwrap() else {
            panic!("not in")
        };
        let Ok(Admitted::AwaitingCode(proof)) = verifier.admit(Gate::PendingCode, Some(&token)).await.unwrap() else {
            panic!("no code screen")
        };
        let phone = crate::testing::Phone::with_key(ada.key.as_ref().unwrap());
        let verdict = verifier.verify_code(&proof, &phone.code(now()), &seat.claimant).await.unwrap();
        assert!(matches!(verdict, CodeVerdict::Accepted(_)), "{verdict:?}");
    }

    #[tokio::test]
    async fn a_database_in_which_somebody_is_stays_as_it_is() {
        let store = Arc::new(MemoryStore::new());
        fill(&over(&store).await).await.unwrap();

        let again = fill(&over(&store).await).await;

        assert!(matches!(again, Err(DemoError::NotEmpty)));
    }
}
