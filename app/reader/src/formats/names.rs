//! The tensors of a pickle by the names that PyTorch would give them.

use std::collections::HashSet;
use std::rc::Rc;

use super::pickle::Pickle;
use super::value::{Shared, Tensor, Value};
use crate::error::ReaderError;

/// How deep dictionaries and modules may be nested.
const MAX_DEPTH: usize = 100;
/// Most bytes of a tensor's name.
const MAX_NAME: usize = 1024;

/// A tensor with its name.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) tensor: Rc<Tensor>,
}

/// All tensors but those of optimisers and their like. Names are keys, joined by points; those of a module are what its
/// `state_dict()` has.
///
/// # Errors
/// [`ReaderError`] if there is none, or if one is quantised.
pub(crate) fn tensors(pickle: &Pickle<'_>) -> Result<Vec<Named>, ReaderError> {
    let mut walk = Walk { pickle, seen: HashSet::new(), names: HashSet::new(), found: Vec::new() };
    walk.value(&pickle.root, "", 0)?;
    if walk.found.is_empty() {
        return Err(ReaderError::NoTensors { found: kind(pickle).to_owned() });
    }
    Ok(walk.found)
}

/// What a pickle holds, in Python's terms.
fn kind(pickle: &Pickle<'_>) -> &'static str {
    match &pickle.root {
        Value::Shared(place) => match &pickle.heap[*place] {
            Shared::List(_) => "a list",
            Shared::Dict(_) => "a dictionary",
            Shared::Object { .. } => "an object",
        },
        Value::Tuple(_) => "a tuple",
        Value::Text(_) => "a text",
        Value::None => "None",
        Value::Bool(_) | Value::Int(_) => "a number",
        Value::Global(_) => "a class",
        Value::Storage(_) | Value::Tensor(_) | Value::Quantised | Value::Other => "a value of another kind",
    }
}

struct Walk<'w> {
    pickle: &'w Pickle<'w>,
    /// What is shared is looked at once.
    seen: HashSet<usize>,
    names: HashSet<String>,
    found: Vec<Named>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, name: &str, depth: usize) -> Result<(), ReaderError> {
        if depth > MAX_DEPTH || name.len() > MAX_NAME {
            return Err(ReaderError::TooLarge { what: "levels".to_owned(), limit: MAX_DEPTH as u64 });
        }
        match value {
            Value::Tensor(tensor) => {
                // A tensor alone has no name.
                let name = if name.is_empty() { "tensor" } else { name };
                if self.names.insert(name.to_owned()) {
                    self.found.push(Named { name: name.to_owned(), tensor: Rc::clone(tensor) });
                }
            }
            Value::Quantised => return Err(ReaderError::Quantised { tensor: name.to_owned() }),
            Value::Tuple(items) => self.list(items, name, depth)?,
            Value::Shared(place) if self.seen.insert(*place) => {
                let pickle = self.pickle;
                match &pickle.heap[*place] {
                    Shared::List(items) => self.list(items, name, depth)?,
                    Shared::Dict(items) => self.dict(items, name, depth)?,
                    Shared::Object { class, state, items } => {
                        self.dict(items, name, depth)?;
                        if let Some(state) = state {
                            self.object(state, name, depth, class.module.starts_with("__torch__"))?;
                        }
                    }
                }
            }
            Value::Shared(_) | Value::None | Value::Bool(_) | Value::Int(_) | Value::Text(_) => {}
            Value::Global(_) | Value::Storage(_) | Value::Other => {}
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], name: &str, depth: usize) -> Result<(), ReaderError> {
        (0..)
            .zip(items)
            .try_for_each(|(i, item): (usize, _)| self.value(item, &joined(name, &i.to_string()), depth + 1))
    }

    fn dict(&mut self, items: &[(Value, Value)], name: &str, depth: usize) -> Result<(), ReaderError> {
        for (key, value) in items {
            let key = match key {
                Value::Int(number) => number.to_string(),
                key => match self.pickle.text(key) {
                    Some(text) => text.to_owned(),
                    None => continue,
                },
            };
            // Optimisers keep several numbers for each weight.
            let is_weight = depth > 0 || matches!(value, Value::Tensor(_) | Value::Quantised);
            if is_weight || !is_of_training(&key) {
                self.value(value, &joined(name, &key), depth + 1)?;
            }
        }
        Ok(())
    }

    /// A module's own tensors and those of its children; of a script all that it holds.
    fn object(
        &mut self,
        state: &Value,
        name: &str,
        depth: usize,
        is_script: bool,
    ) -> Result<(), ReaderError> {
        let pickle = self.pickle;
        let Value::Shared(place) = state else { return Ok(()) };
        let Shared::Dict(items) = &pickle.heap[*place] else { return Ok(()) };
        let of = |wanted: &str| items.iter().find(|(key, _)| pickle.text(key) == Some(wanted));
        let parts: Vec<_> = ["_parameters", "_buffers", "_modules"].into_iter().filter_map(of).collect();
        if parts.is_empty() && is_script {
            return self.dict(items, name, depth + 1);
        }
        parts.into_iter().try_for_each(|(_, part)| self.value(part, name, depth + 1))
    }
}

fn joined(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

/// Whether what a checkpoint has under this key belongs to training, not to the network.
fn is_of_training(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["optim", "sched", "scaler", "lr_", "rng"].iter().any(|word| key.contains(word))
}
