//! Sharing work among threads: every row is computed exactly once, whatever happens, and results do not depend on how many
//! threads there are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::backend::cpu::Cpu;
use engine::backend::{Helper, Threads};
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use kernels::threads::Work;
use proptest::prelude::*;

/// A group all of whose threads work.
fn threads(count: usize) -> Threads {
    let threads = Threads::spawn(count);
    let start = Instant::now();
    while threads.count() < count {
        assert!(start.elapsed() < Duration::from_secs(20), "{threads:?}");
        std::thread::yield_now();
    }
    threads
}

/// Work that is always worth sharing.
fn large(multiple: usize) -> Work {
    Work { nanoseconds: 1_000_000, multiple }
}

/// Adds 1 to each number and writes its row's number into the row's first.
fn count_rows(threads: &Threads, work: Work, out: &mut [f32], row_len: usize) {
    threads.rows(work, out, row_len, |rows, out| {
        assert!(rows.start % work.multiple == 0 && out.len() == rows.len() * row_len);
        for (row, out) in rows.zip(out.chunks_exact_mut(row_len)) {
            out.iter_mut().for_each(|x| *x += 1.0);
            out[0] += row as f32;
        }
    });
}

fn assert_counted(out: &[f32], row_len: usize) {
    for (row, out) in out.chunks_exact(row_len).enumerate() {
        assert_eq!(out[0], row as f32 + 1.0);
        assert!(out[1..].iter().all(|x| *x == 1.0), "row {row}: {out:?}");
    }
}

#[test]
fn every_row_is_computed_once() {
    let groups = [1, 2, 3, 5].map(threads);
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) }, |(
        group in 0..groups.len(),
        rows in 0usize..300,
        row_len in 1usize..40,
        multiple in 1usize..50,
        nanoseconds in prop::sample::select(vec![0, 10_000, 100_000, usize::MAX]),
    )| {
        let mut out = vec![0.0; rows * row_len];
        count_rows(&groups[group], Work { nanoseconds, multiple }, &mut out, row_len);
        assert_counted(&out, row_len);
    });
}

#[test]
fn every_column_is_computed_once() {
    let groups = [1, 2, 3, 5].map(threads);
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) }, |(
        group in 0..groups.len(),
        rows in 0usize..20,
        columns in 0usize..300,
        multiple in 1usize..20,
        scratch in 0usize..6000,
    )| {
        let (threads, mut scratch) = (&groups[group], vec![f32::NAN; scratch]);
        let mut out = vec![f32::NAN; rows * columns];
        threads.columns(&mut scratch, large(multiple), &mut out, columns, |range, tile| {
            assert!(range.start % multiple == 0 && tile.len() == rows * range.len());
            for (row, tile) in tile.chunks_exact_mut(range.len().max(1)).enumerate() {
                tile.iter_mut().zip(range.clone()).for_each(|(x, column)| *x = (row * columns + column) as f32);
            }
        });
        for (i, x) in out.iter().enumerate() {
            prop_assert_eq!(*x, i as f32);
        }
    });
}

#[test]
fn scratch_memory_is_a_threads_own() {
    let threads = threads(3);
    let mut scratch = vec![0.0; 3 * 100];
    let mut out = vec![0.0; 1000];
    for round in 0..200 {
        threads.rows_with(&mut scratch, large(1), &mut out, 1, |rows, out, scratch| {
            assert_eq!(scratch.len(), 100);
            scratch.fill(rows.start as f32);
            std::hint::black_box(&mut *scratch);
            assert!(scratch.iter().all(|x| *x == rows.start as f32));
            out.fill(round as f32);
        });
        assert!(out.iter().all(|x| *x == round as f32));
    }
}

#[test]
fn helpers_take_their_share() {
    let threads = threads(2);
    let (caller, helped) = (std::thread::current().id(), AtomicUsize::new(0));
    let start = Instant::now();
    // Each row takes long enough for a helper that sleeps to wake up.
    while helped.load(Ordering::Relaxed) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "no helper came");
        threads.rows(large(1), &mut [0.0; 64], 1, |_, _| {
            std::thread::sleep(Duration::from_millis(1));
            helped.fetch_add(usize::from(std::thread::current().id() != caller), Ordering::Relaxed);
        });
    }
}

#[test]
fn a_panic_reaches_the_caller_and_the_group_goes_on() {
    let threads = threads(3);
    let mut out = vec![0.0; 900];
    for bad in [0, 17, 450, 899] {
        let run = || {
            threads.rows(large(1), &mut out, 1, |rows, _| assert!(!rows.contains(&bad), "row {bad} is bad"));
        };
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "row {bad}");
        out.fill(0.0);
        count_rows(&threads, large(1), &mut out, 1);
        assert_counted(&out, 1);
        assert_eq!(threads.count(), 3);
    }
}

#[test]
fn a_step_inside_a_step_runs_on_its_thread() {
    let threads = threads(2);
    let mut out = vec![0.0; 100 * 60];
    threads.rows(large(1), &mut out, 60, |rows, out| {
        for (_, out) in rows.zip(out.chunks_exact_mut(60)) {
            count_rows(&threads, large(7), out, 1);
        }
    });
    out.chunks_exact(60).for_each(|row| assert_counted(row, 1));
}

#[test]
fn callers_of_one_group_do_not_disturb_each_other() {
    let threads = threads(2);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let mut out = vec![0.0; 500];
                    count_rows(&threads, large(3), &mut out, 5);
                    assert_counted(&out, 5);
                }
            });
        }
    });
}

#[test]
fn a_group_works_without_its_helpers() {
    let (threads, helpers) = Threads::new(3);
    let mut out = vec![0.0; 100];
    count_rows(&threads, large(1), &mut out, 1);
    assert_counted(&out, 1);
    assert_eq!((threads.count(), threads.most()), (1, 3));
    drop(helpers);
}

#[test]
fn a_lost_helper_is_not_waited_for() {
    let (threads, helpers) = Threads::new(2);
    for helper in helpers {
        let number = helper.number();
        let thread = std::thread::spawn(|| helper.run(|| panic!("lost")));
        assert!(thread.join().is_err());
        assert_eq!(threads.count(), 2);
        Helper::lost(&threads, number);
    }
    assert_eq!(threads.count(), 1);
    let mut out = vec![0.0; 100];
    count_rows(&threads, large(1), &mut out, 1);
    assert_counted(&out, 1);
}

#[test]
fn helpers_return_when_the_group_is_dropped() {
    let (threads, helpers) = Threads::new(3);
    let running: Vec<_> =
        helpers.into_iter().map(|helper| std::thread::spawn(|| helper.run(|| {}))).collect();
    // Some are asleep by then.
    std::thread::sleep(Duration::from_millis(20));
    let clone = threads.clone();
    drop(threads);
    count_rows(&clone, large(1), &mut [0.0; 100], 1);
    drop(clone);
    running.into_iter().for_each(|thread| thread.join().expect("a helper returns"));
}

#[test]
fn networks_give_the_same_bits_on_any_number_of_threads() {
    let groups = [2, 3].map(threads);
    for variant in Zoo::builtin().variants() {
        for (h, w) in [variant.resolution, (97, 130)] {
            let graph = match variant.clone().with_resolution(h, w).graph() {
                Ok(graph) => graph,
                // Some take few sizes.
                Err(_) if (h, w) != variant.resolution => continue,
                Err(error) => panic!("{}: {error}", variant.id()),
            };
            let channels = variant.model.channels as usize;
            let input = synthetic::input_of(h as usize, w as usize, channels);
            let weights = Weights::random(&graph);
            let bits = |threads: &Threads| {
                let mut session = Cpu::prepare(&graph, &weights, threads);
                let mut bits: Vec<u32> = Vec::new();
                session
                    .run(&input, &mut |_, values| bits.extend(values.numbers().iter().map(|x| x.to_bits())));
                bits
            };
            let alone = bits(&Threads::alone());
            for group in &groups {
                assert!(alone == bits(group), "{} at {h} x {w} on {group:?}", variant.id());
            }
        }
    }
}
