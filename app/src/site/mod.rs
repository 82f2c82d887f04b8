//! The server's side of the screens: what a request is told about itself, pages, cookies, notices.

mod answer;
mod app;
mod browser_words;
mod call;
mod context;
mod cookies;
mod frame;
mod message_page;
mod mobile_number;
mod next_field;
mod notice;
mod pages;
mod recovery_answer;
mod shell;
mod text_field;
mod times;
mod wizard_steps;
mod words;

pub use answer::{password_problem, problem_json, status_of};
pub use app::App;
pub use call::Call;
pub use context::{Asset, Bundle, Site, Visit};
pub use cookies::{CookieNames, Cookies};
pub use message_page::{Message, message_page, message_page_for};
pub use mobile_number::read_mobile;
pub use notice::{Notice, Outcome, Typed};
pub use recovery_answer::{code_problem, recovery_answer, recovery_refusal};
pub use shell::shell;
pub use wizard_steps::{wizard_answer, wizard_answer_to, wizard_refusal};
