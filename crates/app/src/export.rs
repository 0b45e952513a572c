//! Export of the current view.
