//! The server's side of the screens: what a request is told about itself, pages, cookies, notices.

mod answer;
mod app;
mod ask_first;
mod banner;
mod call;
mod context;
mod cookies;
mod events;
mod frame;
mod kept;
mod message_page;
mod mobile_number;
mod next_field;
mod notice;
mod pages;
mod recovery_answer;
mod replacement;
mod session_field;
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
pub use kept::Kept;
pub use message_page::{Message, message_page};
pub use mobile_number::read_mobile;
pub use notice::{Notice, Outcome, Typed};
pub use recovery_answer::{code_problem, recovery_answer, recovery_refusal};
pub use replacement::{read_code, replacement_answer, way_back_answer};
pub use shell::shell;
pub use wizard_steps::{wizard_answer, wizard_answer_to, wizard_refusal};
