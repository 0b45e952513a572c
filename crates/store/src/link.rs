//! Links between unions and employers.
