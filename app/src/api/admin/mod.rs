//! What admins do for others. Each asks for an authenticator's code of the last ten minutes.

mod inviting;
mod live;
mod people;
mod settings;
mod webhooks;

use serde::{Deserialize, Serialize};

pub use inviting::{
    ReviewInvitation, ReviewInvitations, SendInvitations, review_invitation, review_invitations, send_invitations,
};
pub use live::{LiveCoverage, live_coverage};
pub use people::{
    ChangeRole, Deactivate, EndSessionsOf, Reactivate, Remind, RemindAll, RemoveUser, ResendInvitation, Unlock,
    change_role, deactivate, end_sessions_of, reactivate, remind, remind_all, remove_user, resend_invitation, unlock,
};
pub use settings::{ChangeSetting, ChangeTexts, change_setting, change_texts};
pub use webhooks::{
    AddWebhook, RemoveWebhook, ResumeWebhook, TestWebhook, add_webhook, remove_webhook, resume_webhook, test_webhook,
};

/// What an admin did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminDone {
    /// A user was invited.
    Invited,
    /// An invitation was sent again.
    Resent,
    /// A user was reminded.
    Reminded,
    /// All who needed it were reminded.
    AllReminded {
        /// Reminders on their way.
        reminded: u32,
        /// Those who were reminded within a day.
        waiting: u32,
        /// Those who have not accepted their invitation.
        invited: u32,
        /// Whether it ended before everybody's turn.
        stopped: bool,
    },
    /// A user is an admin now.
    MadeAdmin,
    /// A user is a member now.
    MadeMember,
    /// A user may not sign in any more.
    Deactivated,
    /// A user may sign in again.
    Reactivated,
    /// A user was removed.
    Removed,
    /// A user was signed out everywhere.
    SessionsEnded,
    /// A user may come back in by a recovery.
    Unlocked,
    /// The MFA Time Setting was saved.
    SettingSaved,
    /// What holds for text messages was saved.
    TextsSaved,
    /// A webhook was added.
    WebhookAdded,
    /// A webhook was removed.
    WebhookRemoved,
    /// A webhook was turned on again.
    WebhookResumed,
    /// A test is on its way to a webhook.
    WebhookTested,
    /// It was so already.
    AsItWas,
}

/// Why what an admin asked for was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminProblem {
    /// The account has no such user.
    NoSuchUser,
    /// Nobody could look after the account: it is the last active admin who is protected.
    LastAdmin,
    /// Nobody unlocks themself.
    Oneself,
    /// The user is not locked out.
    NotLockedOut,
    /// Nothing would let the user back in.
    NoWayBack,
    /// The invitation was accepted already.
    Accepted,
    /// The user may not sign in: reactivate them first.
    DeactivatedUser,
    /// They have not accepted their invitation: send that again.
    NotAccepted,
    /// They have all they need.
    NothingMissing,
    /// That was done so often that it has to wait.
    Wait {
        /// Seconds until it may be done again.
        seconds: u64,
    },
    /// Somebody signs in with that address.
    EmailTaken,
    /// The address is missing, or is none.
    Email,
    /// The name is missing, or is none.
    Name,
    /// The list is empty.
    NoList,
    /// There is no such list, or none any more.
    ListGone,
    /// That is none of the choices.
    Choice,
    /// The setting was not looked at before it was to be saved.
    Unseen,
    /// That is no number of texts a day that may be sent.
    Daily,
    /// Texts may be sent, and to no country.
    Nowhere,
    /// That is no address to which events may be posted.
    WebhookAddress,
    /// The address lies in a private network.
    WebhookPrivate,
    /// Events are posted there already.
    WebhookKnown,
    /// The account has as many webhooks as it may have.
    TooManyWebhooks,
    /// The account has no such webhook.
    NoSuchWebhook,
    /// The webhook is off: turn it on first.
    WebhookOff,
}
