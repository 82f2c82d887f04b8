//! The browser's entry: makes the islands callable. `frontend/loader.js` calls each where it stands in the page.

// Without this line the linker sees no use of the islands and drops them.
#[expect(unused_imports, reason = "keeps the islands in the bundle")]
use app::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Gets ready to hydrate islands.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
