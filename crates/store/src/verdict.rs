//! Hand decisions on pairs.
