//! A hyperspectral cube, the classes of its pixels as they are known, and as a network sees them.

use std::cmp::Reverse;
use std::sync::Arc;

use cube::{CubeInfo, Scores};
use engine::spec::Variant;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{
    Backend, CheckpointInfo, Config, CubeId, JobId, PixelClasses, Problem, Progress, WeightsChoice,
};

use super::{ColumnConfig, Lab, Page};
use crate::networks;
use crate::strings::problems;

/// Channels of photos; what reads more reads principal components.
const PHOTO_CHANNELS: u32 = 3;

/// A cube.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cube {
    pub(super) id: CubeId,
    /// The file's name.
    pub(crate) file: String,
    /// What it is.
    pub(crate) info: CubeInfo,
    /// Its picture: red, green and blue of each pixel.
    pub(crate) picture: Arc<Vec<u8>>,
}

impl Cube {
    fn size(&self) -> (u32, u32) {
        (self.info.height, self.info.width)
    }

    /// Rows times columns.
    pub(crate) fn pixels(&self) -> usize {
        self.info.height as usize * self.info.width as usize
    }
}

/// The classes of a cube's pixels, as they are known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Truth {
    /// The file's name.
    pub(crate) file: String,
    pub(super) size: (u32, u32),
    /// Row by row; 0 where the class is not known.
    pub(crate) classes: Arc<Vec<u16>>,
}

/// Which pixels are classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// Those whose class is known.
    Known,
}

impl Scope {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::All, Self::Known];

    /// Its value as a choice.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Known => "known",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What a network makes of a cube, as far as it has been run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassMap {
    /// The network with its weights.
    pub(crate) config: Config,
    /// Classes row by row, 1 for the network's first output; 0 where it has not been run.
    pub(crate) classes: Vec<u16>,
    /// Pixels that have one.
    pub(crate) done: usize,
    /// What ran, once something has.
    pub(crate) ran: Option<Ran>,
}

/// What has run, and how long.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ran {
    /// The backend.
    pub(crate) backend: Backend,
    /// Its threads; 0 on a GPU.
    pub(crate) threads: u32,
    /// Why it is not the backend that was asked for, where it is not.
    pub(crate) fallback: Option<Problem>,
    /// All runs together, in milliseconds.
    pub(crate) run_ms: f64,
}

/// What is being done to the cube.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mapping {
    job: JobId,
    /// How far it is.
    pub(crate) step: Step,
}

/// The two parts of the work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Principal components are being found; the share of that work that is done.
    Components(f64),
    /// Pixels are being classified.
    Pixels {
        /// Those that are classified.
        done: usize,
        /// All that shall be.
        total: usize,
    },
}

/// The cube with all that belongs to it.
#[derive(Clone, Copy)]
pub(crate) struct Cubes {
    cube: RwSignal<Option<Cube>>,
    truth: RwSignal<Option<Truth>>,
    /// The network that is chosen, and its weights.
    network: RwSignal<Option<String>>,
    checkpoint: RwSignal<Option<String>>,
    scope: RwSignal<Scope>,
    /// Shares of the variance, of as many components as there are bands.
    shares: RwSignal<Vec<f64>>,
    map: RwSignal<Option<ClassMap>>,
    now: RwSignal<Option<Mapping>>,
    scores: Memo<Option<Scores>>,
}

impl Default for Cubes {
    fn default() -> Self {
        let (truth, map) = (RwSignal::new(None::<Truth>), RwSignal::new(None::<ClassMap>));
        let scores = Memo::new(move |_| {
            truth.with(|truth| map.with(|map| Scores::of(&truth.as_ref()?.classes, &map.as_ref()?.classes)))
        });
        Self {
            cube: RwSignal::default(),
            truth,
            network: RwSignal::default(),
            checkpoint: RwSignal::default(),
            scope: RwSignal::new(Scope::All),
            shares: RwSignal::default(),
            map,
            now: RwSignal::default(),
            scores,
        }
    }
}

impl Cubes {
    /// The cube; reactive.
    pub(crate) fn cube(self) -> Option<Cube> {
        self.cube.get()
    }

    /// Whether there is one; reactive.
    pub(crate) fn is_open(self) -> bool {
        self.cube.with(Option::is_some)
    }

    /// What is known of its pixels; reactive.
    pub(crate) fn truth(self) -> Option<Truth> {
        self.truth.get()
    }

    /// Which pixels are to be classified: all where none is known. Reactive.
    pub(crate) fn scope(self) -> Scope {
        if self.truth.with(Option::is_some) { self.scope.get() } else { Scope::All }
    }

    /// Chooses which.
    pub(crate) fn set_scope(self, scope: Scope) {
        self.scope.set(scope);
    }

    /// What a network has made of it; reactive.
    pub(crate) fn map(self) -> Option<ClassMap> {
        self.map.get()
    }

    /// What is being done; reactive.
    pub(crate) fn now(self) -> Option<Mapping> {
        self.now.get()
    }

    /// How often classes are right; reactive.
    pub(crate) fn scores(self) -> Option<Scores> {
        self.scores.get()
    }

    /// The share of the variance that so many components have; `None` before they are found. Reactive.
    pub(crate) fn share(self, components: usize) -> Option<f64> {
        self.shares.with(|shares| Some(shares.get(..components)?.iter().sum()))
    }

    /// The network that is chosen, of those that read components; reactive.
    pub(crate) fn network(self) -> Option<Variant> {
        let chosen = self.network.get();
        let mut all = readers().into_iter();
        let first = all.next()?;
        Some(std::iter::once(first.clone()).chain(all).find(|one| Some(one.id()) == chosen).unwrap_or(first))
    }

    /// Chooses a network.
    pub(crate) fn set_network(self, id: String) {
        self.network.set(Some(id));
    }

    /// Chooses weights of the network.
    pub(crate) fn set_checkpoint(self, id: String) {
        self.checkpoint.set(Some(id));
    }

    /// Whether the work on the map goes on under this job.
    fn goes_on(self, job: JobId) -> bool {
        self.now.with_untracked(|now| now.as_ref().is_some_and(|now| now.job == job))
    }
}

/// The networks that read principal components; reactive.
pub(crate) fn readers() -> Vec<Variant> {
    let mut all: Vec<Variant> =
        networks::variants().into_iter().filter(|variant| variant.model.channels > PHOTO_CHANNELS).collect();
    // Who brings a network wants that.
    all.sort_by_key(|variant| !networks::is_added(&variant.id()));
    all
}

/// Pixels that `is_wanted`, numbered row by row: those of a coarse grid first and then of finer ones, so that the whole can be
/// seen soon.
fn in_order((height, width): (u32, u32), is_wanted: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut pixels: Vec<u32> = (0..height * width).filter(|pixel| is_wanted(*pixel)).collect();
    pixels.sort_by_key(|pixel| Reverse(grid_of(*pixel / width, *pixel % width)));
    pixels
}

/// The coarsest grid.
pub(crate) const COARSEST: u32 = 8;

/// The steps of the coarsest grid that has this pixel: 8, 4, 2 or 1.
fn grid_of(row: u32, column: u32) -> u32 {
    1 << (row | column | COARSEST).trailing_zeros()
}

/// A pixel's class, or where it has none yet that of the finest grid's place that it is in.
pub(crate) fn class_at(classes: &[u16], width: usize, pixel: usize, scope: Scope) -> u16 {
    let (row, column) = (pixel / width, pixel % width);
    let coarsest = if scope == Scope::All { COARSEST as usize } else { 1 };
    let mut step = 1;
    while step <= coarsest {
        let class = classes[row / step * step * width + column / step * step];
        if class > 0 {
            return class;
        }
        step *= 2;
    }
    0
}

/// Pixels of the first request, and the most of one.
const FIRST_PIXELS: usize = 8;
const MOST_PIXELS: usize = 4096;

/// How long a request shall take, in milliseconds: others wait for it.
const REQUEST_MS: f64 = 1000.0;

impl Lab {
    /// Takes a cube in, and shows it.
    pub(super) fn add_cube(self, file: String, id: CubeId, info: CubeInfo, picture: Vec<u8>) {
        self.stop_map();
        let cubes = self.cubes;
        let before = cubes.cube.get_untracked();
        let had_cube = before.is_some();
        before.into_iter().for_each(|before| self.forget_cube(before.id));
        let cube = Cube { id, file, info, picture: Arc::new(picture) };
        let size = cube.size();
        cubes.map.set(None);
        cubes.shares.set(Vec::new());
        cubes.cube.set(Some(cube));
        let truth = cubes.truth.get_untracked();
        if let Some(truth) = truth.filter(|truth| truth.size != size) {
            cubes.truth.set(None);
            // What came before its cube is told apart from what is of the cube before.
            if !had_cube {
                self.tell(Some(truth.file), problems::cube_truth_size(truth.size, size));
            }
        }
        self.pages.show(Page::Cubes);
    }

    /// Takes in what is known of a cube's pixels, before the cube or after it.
    pub(super) fn add_truth(self, file: String, size: (u32, u32), classes: Vec<u16>) {
        match self.cubes.cube.with_untracked(|cube| cube.as_ref().map(Cube::size)) {
            Some(of_cube) if of_cube != size => {
                self.tell(Some(file), problems::cube_truth_size(size, of_cube));
            }
            _ => {
                self.cubes.truth.set(Some(Truth { file, size, classes: Arc::new(classes) }));
                self.pages.show(Page::Cubes);
            }
        }
    }

    /// Says what is missing where classes came without their cube.
    pub(super) fn settle_truth(self) {
        if self.cubes.cube.with_untracked(Option::is_none)
            && let Some(Truth { file, size, .. }) = self.cubes.truth.get_untracked()
        {
            self.tell(Some(file), problems::cube_truth_alone(size));
        }
    }

    /// Chooses a checkpoint for the cube where its network reads one; whether that is so, and there is a cube.
    pub(super) fn choose_for_cube(self, info: &CheckpointInfo) -> bool {
        let reads = networks::find(&info.model).is_ok_and(|variant| variant.model.channels > PHOTO_CHANNELS);
        if reads {
            self.cubes.set_network(info.model.clone());
            self.cubes.set_checkpoint(info.id.clone());
        }
        reads && self.cubes.cube.with_untracked(Option::is_some)
    }

    /// The weights of the network that is chosen for the cube; reactive.
    pub(crate) fn cube_checkpoints(self) -> Vec<CheckpointInfo> {
        let Some(network) = self.cubes.network().map(|variant| variant.id()) else { return Vec::new() };
        self.checkpoints.with(|all| all.iter().filter(|info| info.model == network).cloned().collect())
    }

    /// The network and the weights that are chosen; `None` while there are none. Reactive.
    pub(crate) fn cube_config(self) -> Option<ColumnConfig> {
        let all = self.cube_checkpoints();
        let chosen = self.cubes.checkpoint.get();
        let info = all.iter().find(|info| Some(&info.id) == chosen.as_ref()).or(all.first())?;
        Some(ColumnConfig::of_checkpoint(info))
    }

    /// Whether the map that is shown is of the network that is chosen; reactive.
    fn map_is_chosen(self) -> bool {
        let config = self.cube_config().map(|config| config.to_protocol());
        self.cubes.map.with(|map| map.as_ref().is_some_and(|map| Some(&map.config) == config.as_ref()))
    }

    /// Whether the map is that of the network that is chosen, and has pixels left; reactive.
    pub(crate) fn can_continue_map(self) -> bool {
        self.map_is_chosen() && self.pixels_left() > 0
    }

    /// Whether it has none left; reactive.
    pub(crate) fn map_is_whole(self) -> bool {
        self.map_is_chosen() && self.pixels_left() == 0
    }

    /// How many pixels shall be classified; reactive.
    pub(crate) fn pixels_in_scope(self) -> usize {
        self.count_pixels(|_| true)
    }

    /// How many of them the map has no class of; reactive.
    pub(crate) fn pixels_left(self) -> usize {
        self.cubes.map.with(|map| {
            let classes = map.as_ref().map(|map| map.classes.as_slice());
            self.count_pixels(|pixel| classes.is_none_or(|classes| classes[pixel] == 0))
        })
    }

    fn count_pixels(self, is_counted: impl Fn(usize) -> bool) -> usize {
        let all = 0..self.cubes.cube.with(|cube| cube.as_ref().map_or(0, Cube::pixels));
        match self.cubes.scope() {
            Scope::All => all.filter(|pixel| is_counted(*pixel)).count(),
            Scope::Known => self.cubes.truth.with(|truth| {
                let known = truth.as_ref().map_or(&[][..], |truth| truth.classes.as_slice());
                all.zip(known).filter(|(pixel, class)| **class > 0 && is_counted(*pixel)).count()
            }),
        }
    }

    /// Classifies the cube's pixels, going on where it was stopped.
    pub(crate) fn start_map(self) {
        let Some(config) = untrack(|| self.cube_config()).map(|config| config.to_protocol()) else { return };
        let is_idle = self.cubes.now.with_untracked(Option::is_none);
        let Some(cube) = self.cubes.cube.get_untracked().filter(|_| is_idle) else { return };
        if self.cubes.map.with_untracked(|map| map.as_ref().is_none_or(|map| map.config != config)) {
            let classes = vec![0; cube.pixels()];
            self.cubes.map.set(Some(ClassMap { config: config.clone(), classes, done: 0, ran: None }));
        }
        spawn_local(async move {
            let ended = self.map_pixels(&cube, &config).await;
            match ended {
                // A later one may be under way.
                Ok(IsStopped(true)) => {}
                Ok(IsStopped(false)) => self.cubes.now.set(None),
                Err(problem) => {
                    self.cubes.now.set(None);
                    self.tell(Some(cube.file), problem);
                }
            }
        });
    }

    /// Ends the work on the map; what has been classified stays.
    pub(crate) fn stop_map(self) {
        if let Some(now) = self.cubes.now.try_update(Option::take).flatten() {
            self.engine.cancel(now.job);
        }
    }

    /// Takes the cube away, with all that belongs to it.
    pub(crate) fn close_cube(self) {
        self.stop_map();
        let cubes = self.cubes;
        cubes.cube.get_untracked().into_iter().for_each(|cube| self.forget_cube(cube.id));
        cubes.cube.set(None);
        cubes.truth.set(None);
        cubes.map.set(None);
        cubes.shares.set(Vec::new());
    }

    /// Lets the worker forget a cube.
    fn forget_cube(self, id: CubeId) {
        if let Ok(client) = self.engine.client() {
            // There is nothing to answer.
            drop(client.close_cube(id));
        }
    }

    /// Takes away what is known of the cube's pixels.
    pub(crate) fn remove_truth(self) {
        self.cubes.truth.set(None);
    }

    async fn map_pixels(self, cube: &Cube, config: &Config) -> Result<IsStopped, Problem> {
        let variant = networks::find(&config.model)?;
        let now = self.cubes.now;
        let client = self.engine.client()?;
        let job = client.reduce(cube.id, variant.model.channels, move |progress| {
            if let Progress::Running { done, total } = progress {
                let share = f64::from(done) / f64::from(total.max(1));
                now.update(|now| {
                    if let Some(Mapping { step: Step::Components(found), .. }) = now {
                        *found = share;
                    }
                });
            }
        });
        let mut id = job.id;
        now.set(Some(Mapping { job: id, step: Step::Components(0.0) }));
        let shares = job.answer().await;
        if !self.cubes.goes_on(id) {
            return Ok(IsStopped(true));
        }
        self.cubes.shares.set(shares?);

        let total = untrack(|| self.pixels_in_scope());
        let order = {
            let known = match untrack(|| self.cubes.scope()) {
                Scope::All => None,
                Scope::Known => self.cubes.truth.get_untracked().map(|truth| truth.classes),
            };
            let is_known = |pixel: u32| known.as_ref().is_none_or(|known| known[pixel as usize] > 0);
            self.cubes.map.with_untracked(|map| {
                let is_missing =
                    |pixel: u32| map.as_ref().is_some_and(|map| map.classes[pixel as usize] == 0);
                in_order(cube.size(), |pixel| is_known(pixel) && is_missing(pixel))
            })
        };
        let (mut rest, mut count) = (order.as_slice(), FIRST_PIXELS);
        while !rest.is_empty() {
            let (pixels, later) = rest.split_at(count.min(rest.len()));
            let before = total - rest.len();
            let job = client.classify_pixels(cube.id, config.clone(), pixels.to_vec(), move |progress| {
                if let Progress::Running { done, .. } = progress {
                    now.update(|now| {
                        if let Some(Mapping { step: Step::Pixels { done: all, .. }, .. }) = now {
                            *all = before + done as usize;
                        }
                    });
                }
            });
            id = job.id;
            now.set(Some(Mapping { job: id, step: Step::Pixels { done: before, total } }));
            let answer = job.answer().await;
            if !self.cubes.goes_on(id) {
                return Ok(IsStopped(true));
            }
            let answer = answer?;
            let pace = answer.run_ms / pixels.len() as f64;
            self.cubes.map.update(|map| {
                if let Some(map) = map {
                    map.take(pixels, answer);
                }
            });
            count = ((REQUEST_MS / pace.max(1e-3)) as usize).clamp(1, MOST_PIXELS.min(4 * count));
            rest = later;
        }
        Ok(IsStopped(false))
    }
}

/// Whether work ended because the visitor, or another cube, has ended it.
struct IsStopped(bool);

impl ClassMap {
    /// Enters what a network sees in pixels.
    fn take(&mut self, pixels: &[u32], found: PixelClasses) {
        for (pixel, class) in pixels.iter().zip(&found.classes) {
            // The first output is class 1, as networks for cubes are trained.
            self.classes[*pixel as usize] = u16::try_from(class + 1).unwrap_or(u16::MAX);
        }
        self.done += pixels.len();
        let PixelClasses { backend, threads, fallback, run_ms, .. } = found;
        let before = self.ran.take().map_or(0.0, |ran| ran.run_ms);
        self.ran = Some(Ran { backend, threads, fallback, run_ms: before + run_ms });
    }

    /// How often each class was found, in their order.
    pub(crate) fn counts(&self) -> Vec<(u16, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for class in self.classes.iter().filter(|class| **class > 0) {
            *counts.entry(*class).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// The checkpoint that it is of.
    pub(crate) fn checkpoint(&self) -> Option<&str> {
        match &self.config.weights {
            WeightsChoice::Checkpoint(id) => Some(id),
            WeightsChoice::Random => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_come_once_the_coarse_grids_first() {
        let order = in_order((17, 11), |_| true);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..17 * 11).collect::<Vec<_>>());
        // Rows 0, 8 and 16, columns 0 and 8.
        assert_eq!(order[..6], [0, 8, 88, 96, 176, 184]);
        let grids: Vec<u32> = order.iter().map(|pixel| grid_of(pixel / 11, pixel % 11)).collect();
        assert!(grids.is_sorted_by(|a, b| a >= b) && grids.last() == Some(&1), "{grids:?}");
        assert_eq!(
            in_order((17, 11), |pixel| pixel % 11 == 8),
            in_order((17, 11), |_| true).into_iter().filter(|pixel| pixel % 11 == 8).collect::<Vec<_>>()
        );
    }

    #[test]
    fn pixels_without_a_class_are_shown_as_their_grids_place() {
        let width = 11;
        let mut classes = vec![0; 17 * width];
        let at = |classes: &[u16], row: usize, column: usize, scope| {
            class_at(classes, width, row * width + column, scope)
        };
        assert_eq!(at(&classes, 3, 3, Scope::All), 0);
        classes[0] = 5;
        classes[2 * width + 2] = 7;
        let seen = [(0, 0), (7, 7), (3, 3), (2, 1), (8, 0)]
            .map(|(row, column)| at(&classes, row, column, Scope::All));
        assert_eq!(seen, [5, 5, 7, 5, 0]);
        assert_eq!([(0, 0), (3, 3)].map(|(row, column)| at(&classes, row, column, Scope::Known)), [5, 0]);
    }

    #[test]
    fn answers_are_entered_where_they_were_asked() {
        let config =
            Config { model: "x".to_owned(), resolution: None, weights: WeightsChoice::Random, backend: None };
        let mut map = ClassMap { config, classes: vec![0; 6], done: 0, ran: None };
        let found = |classes: Vec<u32>, run_ms| PixelClasses {
            classes,
            resolution: (5, 5),
            backend: Backend::Cpu,
            threads: 2,
            fallback: None,
            run_ms,
        };
        map.take(&[4, 0], found(vec![0, 70_000], 1.5));
        map.take(&[5], found(vec![0], 2.0));
        assert_eq!((map.classes.as_slice(), map.done), (&[u16::MAX, 0, 0, 0, 1, 1][..], 3));
        assert_eq!(map.counts(), [(1, 2), (u16::MAX, 1)]);
        assert_eq!(map.ran.map(|ran| ran.run_ms), Some(3.5));
    }
}
