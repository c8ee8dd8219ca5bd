//! The worker: its messages, and (in the browser) what answers them.
