//! Figures of the dashboard.
