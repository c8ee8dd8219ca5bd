//! One component a file.

pub(crate) mod board;
pub(crate) mod charts;
pub(crate) mod checkpoint_choice;
pub(crate) mod column;
pub(crate) mod column_settings;
pub(crate) mod drop_target;
pub(crate) mod environment_card;
pub(crate) mod family_mark;
pub(crate) mod header;
pub(crate) mod layers;
pub(crate) mod messages;
pub(crate) mod notice;
pub(crate) mod other_weights;
pub(crate) mod photo_strip;
pub(crate) mod photo_view;
pub(crate) mod photos;
pub(crate) mod prediction_list;
pub(crate) mod progress_bar;
pub(crate) mod receipt;
pub(crate) mod samples;
pub(crate) mod select;
pub(crate) mod sharing;
pub(crate) mod textures;
pub(crate) mod weights_facts;
