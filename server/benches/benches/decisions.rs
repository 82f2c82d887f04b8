//! How fast the rules decide, without a disk and without a network.
#![expect(clippy::unwrap_used, reason = "what a benchmark takes for granted ends it when it is not so")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::Timestamp;
use tokio::runtime::Runtime;
use verifier::testing::{MemoryStore, World, a_signed_in};
use verifier::{Argon2id, Gate, HashingLane, PasswordHasher, SharedSecret, TimeStep, admit};

const NOW: Timestamp = Timestamp::from_seconds(2_000_000_010);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The decision at every request: from the session as it was found to whether it may pass.
fn admitting(c: &mut Criterion) {
    let found = Box::new(a_signed_in(NOW));
    c.bench_function("admit a session, decision alone", |b| {
        b.iter_batched(
            || found.clone(),
            |found| black_box(admit(Gate::Fresh, Some(found), NOW)),
            criterion::BatchSize::SmallInput,
        );
    });
}

/// A code against the three steps of the window.
fn judging(c: &mut Criterion) {
    let secret = SharedSecret::from_bytes(*b"a secret of 20 bytes");
    let right = secret.code(TimeStep::at(NOW).unwrap()).parse().unwrap();
    let wrong = "000000".parse().unwrap();
    c.bench_function("judge a right code", |b| b.iter(|| black_box(secret.accept(black_box(&right), NOW, None))));
    c.bench_function("judge a wrong code", |b| b.iter(|| black_box(secret.accept(black_box(&wrong), NOW, None))));
}

/// A whole use case, on the store in memory.
fn using(c: &mut Criterion) {
    let runtime = runtime();
    let (world, ada) = runtime.block_on(async {
        let world = World::over(Arc::new(MemoryStore::new())).await;
        let ada = world.ada().await;
        (world, ada)
    });
    c.bench_function("a request of who is in, on the store in memory", |b| {
        b.iter(|| runtime.block_on(world.verifier.admit(Gate::Fresh, ada.browser.session.as_ref())).unwrap());
    });
}

/// For comparison: what a password costs, by design.
fn hashing(c: &mut Criterion) {
    let runtime = runtime();
    let hasher = Argon2id::new(1).unwrap();
    let password = "correct horse battery staple".parse().unwrap();
    c.benchmark_group("argon2id").sample_size(20).bench_function("hash a password", |b| {
        b.iter(|| runtime.block_on(hasher.hash(&password, [7; 16], HashingLane::Known)).unwrap());
    });
}

criterion_group!(decisions, admitting, judging, using, hashing);
criterion_main!(decisions);
