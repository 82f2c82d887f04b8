//! Nothing: it is here so that the manifest can pin features of build dependencies.

fn main() {}
