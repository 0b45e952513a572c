//! Floor 3: use cases: who may do what, one transaction, journal, jobs.
