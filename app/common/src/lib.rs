//! What the page and the modules beside it share: numbers and tables as text, pictures, the camera, and the page's scripting
//! interface as its modules call it.

pub mod camera;
pub mod csv;
pub mod dom;
pub mod files;
pub mod folder;
pub mod format;
pub mod interface;
pub mod plot;
pub mod svg;
pub mod version;
pub mod words;
