//! Forms that an island posts: over a page that asks for a code, with what was typed still in it.

mod code_dialog;
mod forms;
mod post;

pub use code_dialog::CodeDialog;
pub use forms::Forms;
pub use post::MOVE;
pub(crate) use post::Post;
