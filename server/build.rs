//! Compiles the server anew when there is a new browser bundle: `assets.rs` takes the bundle's files in, and cargo
//! sees only those that were there before. `frontend/finish.mjs` writes the manifest last and with the names of all.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../dist/site/manifest.json");
}
