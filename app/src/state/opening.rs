//! Files that the visitor gives: opened one after another, so that fifty take no more room than one.

use std::collections::{BTreeMap, VecDeque};

use engine::weights::Origin;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AbortController, Blob};
use worker::protocol::{CheckpointInfo, Code, JobId, Problem, SourceKind};

use super::{Credit, Lab, Page};
use crate::runtime::Opened;
use crate::strings::problems;
use crate::{address, config_file, kept_names};

/// The file that is being opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Opening {
    /// What is being done to it, once it is under way.
    step: Option<Step>,
    /// Its name.
    pub(crate) name: String,
    /// Files that were opened before it and came while others waited.
    pub(crate) done: usize,
}

/// What opening a file waits for, and can be stopped.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The answer from its address.
    Fetch(AbortController),
    /// The worker, which decodes it.
    Decode(JobId),
}

/// What waits for its turn.
#[derive(Clone)]
struct Waiting {
    given: GivenBy,
    /// Whether it is the first of those that came together: their first photo is shown.
    is_first: bool,
}

#[derive(Clone)]
enum GivenBy {
    File(Given),
    Address(String),
}

/// A file that the visitor gave.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) blob: Blob,
    pub(super) name: String,
    pub(super) credit: Option<Credit>,
    /// The network that a checkpoint is for, where the visitor has said so.
    model: Option<String>,
    /// Whether the page has opened it by itself: it goes when the visitor's first photo comes.
    pub(super) is_welcome: bool,
    /// What stands before the names of its tensors, where it holds the network several times and the visitor has chosen.
    wrapper: Option<String>,
}

impl Given {
    fn new(blob: Blob, name: String) -> Self {
        Self { blob, name, credit: None, model: None, is_welcome: false, wrapper: None }
    }
}

/// A dropped checkpoint that fits several networks.
#[derive(Clone)]
pub(crate) struct Choice {
    /// The file.
    blob: Blob,
    /// Its name.
    pub(crate) name: String,
    /// What it was taken for, and what else it fits.
    pub(crate) checkpoint: CheckpointInfo,
}

/// Files that are being opened, and a question about one of them.
#[derive(Clone, Copy)]
pub(crate) struct Queue {
    now: RwSignal<Option<Opening>, LocalStorage>,
    waiting: RwSignal<VecDeque<Waiting>, LocalStorage>,
    choice: RwSignal<Option<Choice>, LocalStorage>,
    /// A file of settings that waits for its checkpoint: its name, and what it says.
    config: StoredValue<Option<(String, BTreeMap<String, String>)>>,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            now: RwSignal::new_local(None),
            waiting: RwSignal::new_local(VecDeque::new()),
            choice: RwSignal::new_local(None),
            config: StoredValue::new(None),
        }
    }

    /// The file that is being opened; reactive.
    pub(crate) fn now(self) -> Option<Opening> {
        self.now.get()
    }

    /// Whether nothing is being opened; reactive.
    pub(crate) fn is_idle(self) -> bool {
        self.now.with(Option::is_none)
    }

    /// Files that will be opened after it; reactive.
    pub(crate) fn waiting(self) -> usize {
        self.waiting.with(VecDeque::len)
    }

    /// A checkpoint whose network the visitor has to choose; reactive.
    pub(crate) fn choice(self) -> Option<Choice> {
        self.choice.get()
    }

    /// Leaves the checkpoint to the network that it was taken for.
    pub(crate) fn keep_choice(self) {
        self.choice.set(None);
    }

    /// Keeps what a file says of a checkpoint that comes with it, beside what other files say.
    pub(super) fn await_checkpoint(self, name: String, said: BTreeMap<String, String>) {
        self.config.update_value(|config| {
            let (last, all) = config.get_or_insert_default();
            *last = name;
            all.extend(said);
        });
    }

    /// Takes the next one out.
    fn next(self) -> Option<Waiting> {
        self.waiting.try_update(VecDeque::pop_front).flatten()
    }
}

impl Lab {
    /// Opens files one after another: photos join the strip, checkpoints the catalog, cubes and their classes their page, what this page has written
    /// (by its name, `.json`) the latency chart or the board. What cannot be used gets a message and changes nothing else.
    pub(crate) fn open_files(self, files: Vec<(Blob, String, Option<Credit>)>) {
        let (ours, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, name, _)| is_ours(name));
        let given = |(blob, name, credit)| GivenBy::File(Given { credit, ..Given::new(blob, name) });
        let files = files.into_iter().map(given);
        if ours.is_empty() {
            self.enqueue(files);
            return;
        }
        spawn_local(async move {
            // Settings before the checkpoint that they are of.
            self.import_files(ours.into_iter().map(|(blob, name, _)| (blob, name)).collect()).await;
            self.enqueue(files);
        });
    }

    /// Opens a sample photo.
    pub(super) fn open_file(self, blob: Blob, name: String, credit: Credit, is_welcome: bool) {
        let given = Given { credit: Some(credit), is_welcome, ..Given::new(blob, name) };
        self.enqueue([GivenBy::File(given)]);
    }

    /// Takes a dropped checkpoint for another of the networks that it fits, or others of its tensors.
    pub(crate) fn choose(self, choice: Choice, model: Option<String>, wrapper: Option<String>) {
        self.opening.keep_choice();
        let Choice { blob, name, .. } = choice;
        self.enqueue([GivenBy::File(Given { model, wrapper, ..Given::new(blob, name) })]);
    }

    /// Opens what the addresses in a text lead to; says so if it holds none.
    pub(crate) fn open_addresses(self, text: &str) {
        let addresses = address::listed(text);
        if addresses.is_empty() {
            self.tell(None, problems::address_invalid(&address::short(text)));
        }
        self.enqueue(addresses.into_iter().map(GivenBy::Address));
    }

    /// Opens none of the files that wait, nor the one that is being opened.
    pub(crate) fn cancel_opening(self) {
        self.opening.waiting.update(VecDeque::clear);
        match self.opening.now.with_untracked(|opening| opening.as_ref()?.step.clone()) {
            Some(Step::Fetch(controller)) => controller.abort(),
            Some(Step::Decode(job)) => self.engine.cancel(job),
            None => {}
        }
    }

    fn enqueue(self, more: impl IntoIterator<Item = GivenBy>) {
        let more = more.into_iter().enumerate();
        self.opening.waiting.update(|waiting| {
            waiting.extend(more.map(|(index, given)| Waiting { given, is_first: index == 0 }));
        });
        if untrack(|| self.opening.is_idle()) {
            self.opening.now.set(Some(Opening::default()));
            spawn_local(self.open_waiting());
        }
    }

    async fn open_waiting(self) {
        let mut show_next = false;
        let mut done = 0;
        while let Some(next) = self.opening.next() {
            show_next |= next.is_first;
            let file = match next.given {
                GivenBy::File(file) => Some(file),
                GivenBy::Address(address) => self.fetch(&address, done).await,
            };
            let Some(file) = file else { continue };
            match self.open(&file, done).await {
                Ok(Opened::Image(info, thumbnail, picture)) => {
                    let is_welcome = file.is_welcome;
                    let key = self.photos.add(file, info, thumbnail, picture);
                    self.runs.go_on();
                    if let Some(key) = key.filter(|_| show_next) {
                        self.photos.select(key);
                        show_next = false;
                    }
                    if !is_welcome {
                        self.pages.show(Page::Compare);
                        self.remove_welcome();
                    }
                }
                Ok(Opened::Checkpoint(info)) => self.add_checkpoint(file, *info).await,
                Ok(Opened::Cube(id, info, picture)) => self.add_cube(file.name, id, info, picture),
                Ok(Opened::Truth(size, classes)) => self.add_truth(file.name, size, classes),
                Err(problem) => self.tell(Some(file.name), problem),
            }
            done += 1;
        }
        self.settle_config().await;
        self.settle_truth();
        self.opening.now.set(None);
    }

    /// The file at an address; `None` if there is none, which is said then, or if it holds results, which are taken in.
    async fn fetch(self, address: &str, done: usize) -> Option<Given> {
        // Refused nowhere that WebAssembly runs.
        let controller = AbortController::new().ok()?;
        let step = Some(Step::Fetch(controller.clone()));
        self.opening.now.set(Some(Opening { step, name: address::short(address), done }));
        match address::fetch(address, &controller.signal()).await {
            Ok((blob, Some(name))) if is_ours(&name) => {
                self.import_files(vec![(blob, name)]).await;
                None
            }
            Ok((blob, name)) => {
                let name = name.unwrap_or_else(|| untrack(|| self.strings()).photos.picture.to_owned());
                Some(Given::new(blob, name))
            }
            Err(problem) => {
                self.tell(None, problem);
                None
            }
        }
    }

    async fn open(self, file: &Given, done: usize) -> Result<Opened, Problem> {
        let job = self.engine.client()?.open(
            &file.blob,
            file.name.clone(),
            file.model.clone(),
            file.wrapper.clone(),
            true,
        );
        let step = Some(Step::Decode(job.id));
        self.opening.now.set(Some(Opening { step, name: file.name.clone(), done }));
        job.answer().await
    }

    async fn add_checkpoint(self, file: Given, info: CheckpointInfo) {
        let architecture =
            self.opening.config.with_value(|config| config.as_ref()?.1.get("architecture").cloned());
        let is_twin = |name: &String| *name != info.model && info.candidates.contains(name);
        if let Some(model) = architecture.filter(is_twin).filter(|_| file.model.is_none()) {
            self.enqueue([GivenBy::File(Given { model: Some(model), ..file })]);
            return;
        }
        self.learn_file(info.clone());
        let info = self.named(info).await;
        let info = self.configured(info).await;
        if !self.choose_for_cube(&info) {
            self.show_checkpoint(&info);
        }
        let is_open = file.model.is_none() && info.candidates.len() > 1;
        if is_open || file.wrapper.is_none() && info.wrappers.len() > 1 {
            let choice = Choice { blob: file.blob, name: file.name, checkpoint: info };
            self.opening.choice.set(Some(choice));
        }
    }
}

impl Lab {
    /// What is known of a checkpoint once the settings that wait for it are taken in.
    async fn configured(self, info: CheckpointInfo) -> CheckpointInfo {
        let waiting = self.opening.config.try_update_value(Option::take).flatten();
        let Some((name, said)) = waiting else { return info };
        match self.declare(&info.id, Origin::Config, said).await {
            Ok(info) => {
                let other_count = info.remarks.iter().find(|remark| remark.code == Code::NamesCount);
                if let Some(problem) = other_count {
                    self.tell(Some(name), problem.clone());
                }
                info
            }
            Err(problem) => {
                self.tell(Some(name), problem);
                info
            }
        }
    }

    /// A checkpoint with the names that its classes had when this browser last saw it.
    async fn named(self, info: CheckpointInfo) -> CheckpointInfo {
        let names = info.sha256.as_ref().and_then(|sha256| kept_names::of(sha256));
        let is_open = info.origins.labels == Origin::Assumed;
        let Some(names) = names.filter(|_| is_open) else { return info };
        let said = BTreeMap::from([("label_names".to_owned(), names)]);
        // Names of another number of classes are no longer of use.
        self.declare(&info.id, Origin::Config, said).await.unwrap_or(info)
    }

    /// Settings that came without a checkpoint are those of the file that came last; names, of the last that has so many classes.
    async fn settle_config(self) {
        let Some((name, said)) = self.opening.config.get_value() else { return };
        let count = said.get("label_names").map(|names| names.lines().count() as u32);
        let mut files = self.checkpoints.all();
        files.retain(|info| info.source == SourceKind::File);
        let fits = files.iter().rfind(|info| count.is_none_or(|count| info.classes == count));
        match fits.or(files.last()).cloned() {
            Some(info) => {
                self.configured(info).await;
            }
            None => {
                self.opening.config.set_value(None);
                let is_names = count.is_some() && said.len() == 1;
                let problem = if is_names { problems::names_alone() } else { problems::config_alone() };
                self.tell(Some(name), problem);
            }
        }
    }
}

/// Whether the page itself reads a file of this name: its own results and networks, and what is said of checkpoints.
fn is_ours(name: &str) -> bool {
    name.to_lowercase().ends_with(".json") || config_file::is_list(name)
}
