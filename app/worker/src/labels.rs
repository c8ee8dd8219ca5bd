//! Class names.

use std::cell::RefCell;
use std::rc::Rc;

use engine::weights::manifest::LabelSet;

use crate::{download, platform};

/// Label sets, fetched when first needed.
#[derive(Default)]
pub struct Labels {
    imagenet: RefCell<Option<Rc<Vec<String>>>>,
}

impl Labels {
    /// The name of class `index` in a label set, where it has one.
    pub async fn name(&self, set: &str, index: usize) -> Option<String> {
        match set {
            "imagenet_1000" => self.imagenet().await.get(index).cloned(),
            "imagenet_1001" if index == 0 => Some("background".to_owned()),
            "imagenet_1001" => self.imagenet().await.get(index - 1).cloned(),
            _ => {
                let set = LabelSet::ALL.into_iter().find(|one| one.name() == set);
                let name = set.and_then(LabelSet::class_names).and_then(|names| names.get(index));
                name.map(|name| (*name).to_owned())
            }
        }
    }

    /// ImageNet's names; none where the file cannot be had, and then the next call tries again.
    async fn imagenet(&self) -> Rc<Vec<String>> {
        if let Some(names) = &*self.imagenet.borrow() {
            return Rc::clone(names);
        }
        let url = platform::site_url("static/labels/imagenet_1000.txt");
        let names = match download::get(&url, None).await {
            Ok(response) if response.ok() => download::body(&response).await.unwrap_or_default(),
            _ => Vec::new(),
        };
        let names: Vec<String> = String::from_utf8_lossy(&names).lines().map(str::to_owned).collect();
        let names = Rc::new(names);
        if names.len() == 1000 {
            *self.imagenet.borrow_mut() = Some(Rc::clone(&names));
        }
        names
    }
}
