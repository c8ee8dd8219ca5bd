//! What to run next: warm-up until runs are flat, then rounds in which all take turns in random order.

use std::collections::VecDeque;

use super::{Dice, median};

/// Warm-up ends when this many runs in a row …
const FLAT_RUNS: usize = 3;
/// … differ by less than this share, …
const FLAT: f64 = 0.05;
/// … or after this many runs, …
const MOST_WARMUP_RUNS: usize = 20;
/// … or after this time.
const MOST_WARMUP_MS: f64 = 2000.0;
/// Samples are taken until there are this many …
pub(super) const LEAST_SAMPLES: usize = 30;
/// … and have taken this long, …
const LEAST_SAMPLING_MS: f64 = 1000.0;
/// … but a slow network is not kept longer than this …
const MOST_SAMPLING_MS: f64 = 20_000.0;
/// … once it has this many.
const FEWEST_SAMPLES: usize = 3;
/// A sample lasts at least so many steps of the clock: shorter runs are timed several at a time.
pub(super) const LEAST_STEPS: f64 = 50.0;
/// Fewer steps than this share of [`LEAST_STEPS`] are no sample: the runs were shorter than warming up has shown.
const SHORT: f64 = 0.5;
/// Runs of a sample at most; a network that is too fast for the clock even so gets no figure.
const MOST_BATCH: u32 = 1_000_000;
/// A turn of one contender within a round.
const BLOCK_MS: f64 = 100.0;
/// Rounds that a given number of samples is spread over.
const ROUNDS: usize = 10;

/// How much is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Runs before the first sample; `None` until the last runs are flat.
    pub warmup: Option<u32>,
    /// Samples; `None` for at least 30 and one second.
    pub samples: Option<u32>,
}

/// What a turn's time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The very first run.
    First,
    /// Before the first sample.
    WarmUp,
    /// After another contender, whose data is in the caches; it counts for nothing.
    Settle,
    /// A sample.
    Sample,
}

/// What to run and time next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which contender.
    pub contender: usize,
    /// So many runs, one right after another.
    pub runs: u32,
    /// What for.
    pub kind: Kind,
}

/// What is known of one contender so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contender {
    /// The very first run.
    pub first_ms: Option<f64>,
    /// Every run before the first sample.
    pub warmup_ms: Vec<f64>,
    /// Runs per sample; 0 until warm-up is over.
    pub batch: u32,
    /// Milliseconds per run of every sample.
    pub samples_ms: Vec<f64>,
    /// How many of the samples belong to each round, in order.
    pub rounds: Vec<usize>,
    /// Milliseconds spent on samples.
    spent_ms: f64,
    failed: bool,
    /// Whether it failed because the clock's steps are too long to time it.
    pub too_coarse: bool,
}

impl Contender {
    /// Whether warming up had come to rest.
    pub fn is_flat(&self) -> bool {
        is_flat(&self.warmup_ms)
    }

    /// The median of every round.
    pub fn round_medians(&self) -> Vec<f64> {
        let mut rest = self.samples_ms.as_slice();
        self.rounds
            .iter()
            .map(|n| {
                let (round, later) = rest.split_at(*n);
                rest = later;
                median(round)
            })
            .collect()
    }

    fn is_warm(&self, effort: Effort) -> bool {
        match effort.warmup {
            Some(runs) => self.warmup_ms.len() >= runs as usize,
            None => {
                self.is_flat()
                    || self.warmup_ms.len() >= MOST_WARMUP_RUNS
                    || self.warmup_ms.iter().sum::<f64>() > MOST_WARMUP_MS
            }
        }
    }

    fn is_done(&self, effort: Effort) -> bool {
        let n = self.samples_ms.len();
        let enough = match effort.samples {
            Some(samples) => n >= samples.max(1) as usize,
            None => {
                n >= LEAST_SAMPLES && self.spent_ms >= LEAST_SAMPLING_MS
                    || n >= FEWEST_SAMPLES && self.spent_ms >= MOST_SAMPLING_MS
            }
        };
        self.failed || enough
    }

    /// The latest that is known of one run's time.
    fn run_ms(&self) -> f64 {
        self.warmup_ms.last().copied().or(self.first_ms).unwrap_or_default()
    }

    /// Samples that are expected in all.
    fn expected(&self, effort: Effort) -> usize {
        let sample_ms = self.run_ms() * f64::from(self.batch.max(1));
        let by_time =
            |ms: f64| if sample_ms > 0.0 { (ms / sample_ms).ceil() as usize } else { LEAST_SAMPLES };
        let unasked =
            by_time(LEAST_SAMPLING_MS).max(LEAST_SAMPLES).min(by_time(MOST_SAMPLING_MS).max(FEWEST_SAMPLES));
        effort.samples.map_or(unasked, |samples| samples.max(1) as usize)
    }
}

/// The order of a measurement. It is told how long each turn took and never asks a clock.
#[derive(Clone, Debug)]
pub struct Schedule {
    effort: Effort,
    step_ms: f64,
    contenders: Vec<Contender>,
    dice: Dice,
    /// Who is still to come in this round.
    round: VecDeque<usize>,
    turn: Option<Turn>,
    /// Time and samples of the block under way.
    block_ms: f64,
    block_samples: usize,
    settled: bool,
}

impl Schedule {
    /// A measurement of so many contenders on a clock with steps of `step_ms`; the order of the rounds follows from the
    /// seed.
    pub fn new(contenders: usize, effort: Effort, step_ms: f64, seed: u32) -> Self {
        Self {
            effort,
            step_ms,
            contenders: vec![Contender::default(); contenders],
            dice: Dice::new(seed),
            round: VecDeque::new(),
            turn: None,
            block_ms: 0.0,
            block_samples: 0,
            settled: false,
        }
    }

    /// What to run now, the same until [`Schedule::record`] or [`Schedule::fail`]; `None` when all is done.
    pub fn turn(&mut self) -> Option<Turn> {
        if self.turn.is_none() {
            self.turn = self.warm_up_turn().or_else(|| self.sample_turn());
        }
        self.turn
    }

    /// How long the turn took in all.
    pub fn record(&mut self, took_ms: f64) {
        let Some(turn) = self.turn.take() else { return };
        // What a clock shows as nothing takes some time all the same; otherwise it would never be over.
        let least_ms = took_ms.max(self.step_ms / 2.0);
        let contender = &mut self.contenders[turn.contender];
        match turn.kind {
            Kind::First => contender.first_ms = Some(took_ms),
            Kind::WarmUp => contender.warmup_ms.push(took_ms),
            Kind::Settle => self.settled = true,
            // On a coarse clock, what seemed to last long may have been one step: it begins anew with longer samples.
            Kind::Sample if took_ms < SHORT * LEAST_STEPS * self.step_ms => {
                let wanted = LEAST_STEPS * self.step_ms / least_ms.max(self.step_ms);
                let longer = f64::from(turn.runs) * wanted.ceil().max(2.0);
                contender.batch = longer.min(f64::from(MOST_BATCH)) as u32;
                contender.too_coarse = turn.runs >= MOST_BATCH;
                if contender.too_coarse {
                    self.fail(turn.contender);
                } else {
                    self.begin_anew();
                }
            }
            Kind::Sample => {
                contender.samples_ms.push(took_ms / f64::from(turn.runs));
                contender.spent_ms += least_ms;
                match contender.rounds.last_mut() {
                    Some(samples) if self.block_samples > 0 => *samples += 1,
                    _ => contender.rounds.push(1),
                }
                self.block_ms += least_ms;
                self.block_samples += 1;
                self.end_block_if_over(turn.contender);
            }
        }
    }

    /// The contender cannot be run (any more); the others go on.
    pub fn fail(&mut self, contender: usize) {
        self.contenders[contender].failed = true;
        self.turn = None;
        if self.round.front() == Some(&contender) {
            self.end_block();
        }
        self.round.retain(|other| *other != contender);
    }

    /// What is known of each.
    pub fn contenders(&self) -> &[Contender] {
        &self.contenders
    }

    /// Samples and warm-up runs done, and expected in all.
    pub fn progress(&self) -> (u32, u32) {
        let alive = self.contenders.iter().filter(|contender| !contender.failed);
        let (done, total) = alive.fold((0, 0), |(done, total), contender| {
            let warmup = contender.warmup_ms.len();
            let expected = if contender.batch > 0 {
                warmup + contender.expected(self.effort)
            } else {
                warmup.max(self.effort.warmup.map_or(FLAT_RUNS, |runs| runs as usize))
                    + contender.expected(self.effort)
            };
            let so_far = warmup + contender.samples_ms.len();
            (done + so_far, total + expected.max(so_far))
        });
        (done as u32, total as u32)
    }

    fn warm_up_turn(&mut self) -> Option<Turn> {
        for (i, contender) in self.contenders.iter_mut().enumerate() {
            let turn = |kind| Some(Turn { contender: i, runs: 1, kind });
            if contender.failed || contender.batch > 0 {
                continue;
            }
            if contender.first_ms.is_none() {
                return turn(Kind::First);
            }
            if !contender.is_warm(self.effort) {
                return turn(Kind::WarmUp);
            }
            // A sample would take longer than all of them may.
            if LEAST_STEPS * self.step_ms > MOST_SAMPLING_MS {
                contender.too_coarse = true;
                contender.failed = true;
                continue;
            }
            // The fastest of the last runs: a slow one would make batches too small.
            let last = &contender.warmup_ms[contender.warmup_ms.len().saturating_sub(FLAT_RUNS)..];
            let run_ms = last.iter().copied().fold(contender.run_ms(), f64::min).max(self.step_ms / 2.0);
            contender.batch =
                (LEAST_STEPS * self.step_ms / run_ms).ceil().clamp(1.0, f64::from(MOST_BATCH)) as u32;
        }
        None
    }

    fn sample_turn(&mut self) -> Option<Turn> {
        if self.round.is_empty() {
            let mut round: Vec<usize> =
                (0..self.contenders.len()).filter(|i| !self.contenders[*i].is_done(self.effort)).collect();
            self.dice.shuffle(&mut round);
            self.round = round.into();
        }
        let contender = *self.round.front()?;
        let batch = self.contenders[contender].batch;
        // What lasts longer than a block fills the caches itself.
        let settle =
            !self.settled && self.contenders.len() > 1 && self.contenders[contender].run_ms() < BLOCK_MS;
        let (runs, kind) = if settle { (1, Kind::Settle) } else { (batch, Kind::Sample) };
        Some(Turn { contender, runs, kind })
    }

    fn end_block_if_over(&mut self, contender: usize) {
        let most = self.effort.samples.map_or(usize::MAX, |samples| (samples as usize).div_ceil(ROUNDS));
        let over = self.block_ms >= BLOCK_MS || self.block_samples >= most;
        if over || self.contenders[contender].is_done(self.effort) {
            self.round.pop_front();
            self.end_block();
        }
    }

    /// Forgets all samples, those of the others too: rounds of different times could not be compared.
    fn begin_anew(&mut self) {
        for contender in &mut self.contenders {
            contender.samples_ms.clear();
            contender.rounds.clear();
        }
        self.round.clear();
        self.end_block();
    }

    fn end_block(&mut self) {
        self.block_ms = 0.0;
        self.block_samples = 0;
        self.settled = false;
    }
}

/// Whether the last three of these runs differ by less than 5 %.
pub fn is_flat(runs_ms: &[f64]) -> bool {
    let Some(start) = runs_ms.len().checked_sub(FLAT_RUNS) else { return false };
    let last = &runs_ms[start..];
    let (least, most) = last
        .iter()
        .fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), ms| (least.min(*ms), most.max(*ms)));
    most - least <= FLAT * most
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a schedule on a clock that only the networks' times move: `ms(contender, how many runs it has had)`.
    fn measure(schedule: &mut Schedule, ms: impl Fn(usize, u32) -> f64) -> Vec<Turn> {
        let mut had = vec![0; schedule.contenders().len()];
        let mut turns = Vec::new();
        while let Some(turn) = schedule.turn() {
            assert!(turns.len() < 100_000, "it never ends");
            let runs = had[turn.contender]..had[turn.contender] + turn.runs;
            had[turn.contender] = runs.end;
            schedule.record(runs.map(|run| ms(turn.contender, run)).sum());
            turns.push(turn);
        }
        turns
    }

    fn alone(effort: Effort, step_ms: f64, ms: impl Fn(u32) -> f64) -> Contender {
        let mut schedule = Schedule::new(1, effort, step_ms, 1);
        measure(&mut schedule, |_, run| ms(run));
        schedule.contenders()[0].clone()
    }

    #[test]
    fn warm_up_lasts_until_runs_are_flat() {
        // 80, 40, 20, 12, 11, 10.5, 10.2, 10.1, …: from the fifth on less than 5 % apart.
        let times = [80.0, 40.0, 20.0, 12.0, 11.0, 10.5, 10.2, 10.1];
        let one = alone(Effort::default(), 0.005, |run| times.get(run as usize).copied().unwrap_or(10.0));
        assert_eq!(one.first_ms, Some(80.0));
        assert_eq!(one.warmup_ms, times[1..]);
        assert!(one.is_flat());
        assert_eq!((one.batch, one.samples_ms.len()), (1, 100), "a second of 10 ms each");
    }

    #[test]
    fn warm_up_gives_up_after_twenty_runs_or_two_seconds() {
        let restless = |run: u32| if run.is_multiple_of(2) { 10.0 } else { 20.0 };
        let one = alone(Effort::default(), 0.005, restless);
        assert_eq!((one.warmup_ms.len(), one.is_flat()), (20, false));
        let slow = alone(Effort::default(), 0.005, |run| 50.0 * restless(run));
        assert_eq!((slow.warmup_ms.len(), slow.is_flat()), (3, false), "1000 + 500 + 1000 ms");
        let asked = alone(Effort { warmup: Some(1), samples: Some(7) }, 0.005, |_| 10.0);
        assert_eq!((asked.warmup_ms.len(), asked.samples_ms.len()), (1, 7));
        let none = alone(Effort { warmup: Some(0), samples: Some(0) }, 0.005, |_| 10.0);
        assert_eq!((none.warmup_ms.len(), none.samples_ms.len()), (0, 1));
    }

    #[test]
    fn sampling_takes_thirty_and_a_second_or_three_and_twenty() {
        assert_eq!(alone(Effort::default(), 0.005, |_| 50.0).samples_ms.len(), 30);
        assert_eq!(alone(Effort::default(), 0.005, |_| 1000.0).samples_ms.len(), 20);
        assert_eq!(alone(Effort::default(), 0.005, |_| 9000.0).samples_ms.len(), 3);
    }

    #[test]
    fn short_runs_are_timed_several_at_a_time() {
        let fast = alone(Effort::default(), 0.1, |_| 0.5);
        assert_eq!(fast.batch, 10, "50 steps of 0.1 ms");
        assert_eq!(fast.samples_ms.len(), 200);
        assert!(fast.samples_ms.iter().all(|ms| (ms - 0.5).abs() < 1e-12));
        // A clock that shows nothing at all: there is no figure.
        let nothing = alone(Effort::default(), 1.0, |_| 0.0);
        assert!(nothing.too_coarse && nothing.samples_ms.is_empty());
        assert_eq!(alone(Effort::default(), 0.005, |_| 0.5).batch, 1);
    }

    #[test]
    fn contenders_take_turns_in_an_order_of_the_seed() {
        let order = |seed| {
            let mut schedule = Schedule::new(3, Effort::default(), 0.005, seed);
            let turns = measure(&mut schedule, |contender, _| [10.0, 20.0, 40.0][contender]);
            let mut blocks: Vec<usize> = Vec::new();
            for turn in turns.iter().filter(|turn| turn.kind == Kind::Sample) {
                if blocks.last() != Some(&turn.contender) {
                    blocks.push(turn.contender);
                }
            }
            (blocks, turns, schedule.contenders().to_vec())
        };
        let (blocks, turns, contenders) = order(1);
        assert_eq!(blocks, order(1).0);
        assert_ne!(blocks, order(2).0);
        // Ten rounds of 100 ms each: 10, 5 and 3 samples.
        let rounds: Vec<_> = contenders.iter().map(|one| one.rounds.clone()).collect();
        assert_eq!(rounds, [vec![10; 10], vec![5; 10], vec![3; 10]]);
        assert_eq!(contenders[1].round_medians(), [20.0; 10]);
        // Nobody is sampled right after another: one run brings its data back first.
        for pair in turns.windows(2) {
            assert!(pair[1].kind != Kind::Sample || pair[0].contender == pair[1].contender, "{pair:?}");
        }
    }

    #[test]
    fn asked_samples_are_spread_over_ten_rounds() {
        let effort = Effort { warmup: Some(1), samples: Some(20) };
        let mut schedule = Schedule::new(2, effort, 0.005, 9);
        measure(&mut schedule, |_, _| 1.0);
        assert!(schedule.contenders().iter().all(|one| one.rounds == [2; 10]));
        assert_eq!(schedule.progress(), (42, 42));
    }

    #[test]
    fn one_that_fails_leaves_the_others() {
        let mut schedule = Schedule::new(3, Effort { warmup: Some(1), samples: Some(5) }, 0.005, 4);
        schedule.fail(0);
        while let Some(turn) = schedule.turn() {
            assert_ne!(turn.contender, 0);
            if turn.contender == 1
                && turn.kind == Kind::Sample
                && schedule.contenders()[1].samples_ms.len() == 2
            {
                schedule.fail(1);
            } else {
                schedule.record(10.0);
            }
        }
        let samples: Vec<usize> = schedule.contenders().iter().map(|one| one.samples_ms.len()).collect();
        assert_eq!(samples, [0, 2, 5]);
    }
}
