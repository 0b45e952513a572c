//! Beside: the seeded synthetic city behind gonghui demo, tests and benches.
