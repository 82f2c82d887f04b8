//! Nothing but a list of dependency features: see the manifest.
