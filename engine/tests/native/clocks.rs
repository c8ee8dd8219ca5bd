//! Measuring on coarse clocks: samples last longer, or there is no figure; never a time of nothing.

use engine::measure::{Comparison, Confidence, Contender, Effort, Schedule, Statistics, median};

/// Runs a schedule of networks that take `run_ms` each, more or less, on a clock that shows whole steps.
fn measured(run_ms: &[f64], step_ms: f64, effort: Effort, seed: u32) -> (Vec<Contender>, f64) {
    let mut schedule = Schedule::new(run_ms.len(), effort, step_ms, seed);
    // The clock does not begin with a step.
    let mut now = f64::from(seed % 97) / 97.0 * step_ms;
    let mut noise = seed;
    let start = now;
    let shown = |now: f64| (now / step_ms).floor() * step_ms;
    let mut turns = 0;
    while let Some(turn) = schedule.turn() {
        turns += 1;
        assert!(turns < 1_000_000, "it never ends");
        let before = shown(now);
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let more = 1.0 + 0.1 * f64::from(noise >> 16) / 65_536.0;
        now += run_ms[turn.contender] * f64::from(turn.runs) * more;
        schedule.record(shown(now) - before);
    }
    (schedule.contenders().to_vec(), now - start)
}

#[test]
fn a_coarse_clock_makes_samples_longer_and_times_true() {
    for step_ms in [0.005, 0.1, 1.0, 16.0, 1000.0 / 60.0, 100.0] {
        for (at, run_ms) in [0.02, 0.3, 1.0, 4.0, 15.0, 16.0, 40.0, 99.0, 700.0].into_iter().enumerate() {
            for seed in 0..8 {
                let (contenders, took_ms) =
                    measured(&[run_ms], step_ms, Effort::default(), seed * 31 + at as u32);
                let one = &contenders[0];
                assert!(!one.too_coarse && one.samples_ms.len() >= 3, "{run_ms} ms in steps of {step_ms} ms");
                // The noise is up to a tenth, its mean half of that.
                let found = median(&one.samples_ms) / run_ms;
                assert!(
                    (0.9..1.2).contains(&found),
                    "{run_ms} ms in steps of {step_ms} ms: {found} times as long"
                );
                for sample in &one.samples_ms {
                    let steps = sample * f64::from(one.batch) / step_ms;
                    assert!(steps >= 24.9, "a sample of {steps} steps");
                }
                let statistics = Statistics::of(&one.samples_ms, seed);
                let confidence =
                    Confidence::of(&statistics, one.samples_ms.len(), one.batch, one.is_flat(), step_ms);
                let (low, high) = statistics.interval_ms;
                let numbers = [low, high, statistics.min_ms, statistics.p10_ms, statistics.p90_ms];
                assert!(
                    numbers.iter().all(|ms| ms.is_finite() && *ms > 0.0),
                    "{statistics:?} {confidence:?}"
                );
                assert!(
                    took_ms < 120_000.0 + 40.0 * run_ms,
                    "{took_ms} ms for {run_ms} ms in steps of {step_ms} ms"
                );
            }
        }
    }
}

#[test]
fn networks_in_turns_have_finite_ratios_on_every_clock() {
    for step_ms in [1.0, 16.0, 100.0] {
        for effort in [Effort::default(), Effort { warmup: Some(0), samples: Some(5) }] {
            let (contenders, _) = measured(&[0.4, 2.0, 30.0], step_ms, effort, 7);
            let rounds: Vec<Vec<f64>> = contenders.iter().map(Contender::round_medians).collect();
            for (contender, medians) in contenders.iter().zip(&rounds) {
                let counted: usize = contender.rounds.iter().sum();
                assert_eq!((counted, medians.len()), (contender.samples_ms.len(), contender.rounds.len()));
                assert!(medians.iter().all(|ms| ms.is_finite() && *ms > 0.0), "{medians:?}");
            }
            let comparison = Comparison::of(&rounds[1], &rounds[0], 1).expect("both ran");
            assert!((4.0..6.5).contains(&comparison.ratio), "in steps of {step_ms} ms: {comparison:?}");
        }
    }
}

#[test]
fn a_clock_that_cannot_time_it_gives_no_figure() {
    // So fast that even the longest sample shows nothing, and a clock that stands still.
    for (run_ms, step_ms) in [(1e-6, 100.0), (5.0, 1000.0), (5.0, f64::INFINITY)] {
        let mut schedule = Schedule::new(1, Effort::default(), step_ms, 1);
        let mut turns = 0;
        while let Some(turn) = schedule.turn() {
            turns += 1;
            assert!(turns < 10_000, "it never ends");
            let shown = if step_ms.is_finite() {
                (run_ms * f64::from(turn.runs) / step_ms).floor() * step_ms
            } else {
                0.0
            };
            schedule.record(shown);
        }
        let one = &schedule.contenders()[0];
        assert!(one.too_coarse && one.samples_ms.is_empty(), "{run_ms} ms in steps of {step_ms} ms: {one:?}");
    }
}
