//! Floor 2: pure computation; today matching (comparators, weights, EM, explanation).
