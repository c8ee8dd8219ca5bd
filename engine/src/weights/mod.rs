//! Checkpoints: reading, naming, listing.
