//! Floor 1: nouns, states, rules; no I/O, no async, no clock.
