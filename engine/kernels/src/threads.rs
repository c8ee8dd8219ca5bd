//! A fixed group of threads that share the work of one step.
//!
//! A step of these networks takes 10 to 1000 µs, so that handing it out must cost a few µs: helpers wait for the next step
//! by spinning, and sleep only when none comes for a while. A step is cut into blocks, which the threads claim one by one:
//! a slow or interrupted thread claims fewer. The calling thread works too, and waits at the end only for helpers that are
//! inside a block; one that sleeps through a step is not waited for.
//!
//! The group does not know how threads are started: a [`Helper`] is sent to one and lends it to the group.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Blocks per thread that a large step is cut into: the last ones even out what the threads differ by.
const BLOCKS_PER_THREAD: usize = 4;

/// Steps that take less are not handed out, in nanoseconds of one thread. Estimated, like the next, not yet measured.
const LEAST_STEP_NS: usize = 8_000;

/// What a block takes at least.
const LEAST_BLOCK_NS: usize = 3_000;

/// Looks at a condition before a thread goes to sleep: some 50 µs, more than most steps that run on one thread take.
const SPINS: u32 = if cfg!(target_family = "wasm") { 50_000 } else { 4_000 };

/// How much work a step is and where it may be cut.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// About how long it takes on one thread, in nanoseconds.
    pub nanoseconds: usize,
    /// Blocks begin at multiples of this many rows or columns.
    pub multiple: usize,
}

/// The threads that steps run on: the calling one and its helpers.
///
/// Clones are the same group. When the last is dropped, the helpers return.
#[derive(Clone)]
pub struct Threads(Arc<Owner>);

struct Owner(Arc<Group>);

/// A promise of help: run it on a thread of its own.
pub struct Helper {
    group: Arc<Group>,
    number: usize,
}

impl Threads {
    /// No helpers.
    pub fn alone() -> Self {
        Self::new(1).0
    }

    /// A group of `count` threads, and the helpers of which somebody must take care. Until they run, the calling thread
    /// works alone.
    pub fn new(count: usize) -> (Self, Vec<Helper>) {
        let count = count.max(1);
        let group = Arc::new(Group {
            task: Mutex::new(None),
            posted: AtomicU32::new(0),
            gate: AtomicU32::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            helping: AtomicUsize::new(0),
            inside: (0..count).map(|_| AtomicBool::new(false)).collect(),
            helpers: Bed::default(),
            caller: Bed::default(),
        });
        let helpers = (1..count).map(|number| Helper { group: Arc::clone(&group), number }).collect();
        (Self(Arc::new(Owner(group))), helpers)
    }

    /// A group of `count` of the system's threads.
    #[cfg(not(target_family = "wasm"))]
    pub fn spawn(count: usize) -> Self {
        let (threads, helpers) = Self::new(count);
        for helper in helpers {
            std::thread::spawn(|| helper.run(|| {}));
        }
        threads
    }

    /// The threads that work now.
    pub fn count(&self) -> usize {
        1 + self.0.0.helping.load(Acquire)
    }

    /// The threads that work when all helpers run. Scratch memory is for so many.
    pub fn most(&self) -> usize {
        self.0.0.inside.len()
    }

    /// Computes the rows of `out`, `row_len` numbers each (the last may be shorter), in blocks: `compute` gets the numbers of
    /// some rows and their place.
    pub fn rows<T: Send>(
        &self,
        work: Work,
        out: &mut [T],
        row_len: usize,
        compute: impl Fn(Range<usize>, &mut [T]) + Sync,
    ) {
        self.rows_with::<T, T>(&mut [], work, out, row_len, |rows, out, _| compute(rows, out));
    }

    /// [`Threads::rows`], with a share of `scratch` for every thread ([`Threads::most`]).
    pub fn rows_with<S: Send, T: Send>(
        &self,
        scratch: &mut [S],
        work: Work,
        out: &mut [T],
        row_len: usize,
        compute: impl Fn(Range<usize>, &mut [T], &mut [S]) + Sync,
    ) {
        let row_len = row_len.max(1);
        let (len, rows) = (out.len(), out.len().div_ceil(row_len));
        let shares = Shares::new(scratch, self.most());
        let block_rows = self.block(work, rows);
        let out = Place(out.as_mut_ptr());
        self.share(rows.div_ceil(block_rows.max(1)), &|thread, block| {
            let first = block * block_rows;
            let count = block_rows.min(rows - first);
            let place = first * row_len..((first + count) * row_len).min(len);
            // SAFETY: blocks are disjoint, within `out`, and each is computed once; the thread's share is nobody else's.
            let (out, scratch) = unsafe { (out.slice(place.start, place.len()), shares.of(thread)) };
            compute(first..first + count, out, scratch);
        });
    }

    /// Computes the columns of `out` (`[rows, columns]`) in blocks: `compute` gets the numbers of some columns and the place
    /// for `[rows, those columns]`, a share of `scratch` from where they are copied.
    ///
    /// For matrices of few rows and many columns. Where a share is too small for a block, one thread computes all.
    pub fn columns(
        &self,
        scratch: &mut [f32],
        work: Work,
        out: &mut [f32],
        columns: usize,
        compute: impl Fn(Range<usize>, &mut [f32]) + Sync,
    ) {
        let rows = out.len() / columns.max(1);
        assert_eq!(out.len(), rows * columns, "the output consists of rows of {columns}");
        let shares = Shares::new(scratch, self.most());
        let most = shares.len / rows.max(1) / work.multiple * work.multiple;
        let block = self.block(work, columns).min(most);
        if block == 0 || self.block(work, columns) >= columns {
            return compute(0..columns, out);
        }
        let out = Place(out.as_mut_ptr());
        self.share(columns.div_ceil(block), &|thread, number| {
            let range = number * block..columns.min((number + 1) * block);
            // SAFETY: the thread's share is nobody else's.
            let tile = unsafe { &mut shares.of(thread)[..rows * range.len()] };
            compute(range.clone(), tile);
            for (row, from) in tile.chunks_exact(range.len()).enumerate() {
                // SAFETY: blocks are disjoint, within `out`, and each is computed once.
                unsafe { out.slice(row * columns + range.start, range.len()) }.copy_from_slice(from);
            }
        });
    }

    /// Rows or columns per block; all of them where a step is not worth sharing.
    fn block(&self, work: Work, all: usize) -> usize {
        let threads = self.count();
        if threads == 1 || work.nanoseconds < LEAST_STEP_NS {
            return all;
        }
        let blocks = (work.nanoseconds / LEAST_BLOCK_NS).clamp(2, threads * BLOCKS_PER_THREAD);
        (all / blocks / work.multiple).max(1) * work.multiple
    }

    /// Calls `task` with every number below `blocks` once, on this thread and those helpers that come in time. The first
    /// argument is the number of the thread, which no other thread has meanwhile.
    ///
    /// Panics, after all threads have left the task, if a call panics. Where the group is busy, with another call's task
    /// or with this very one, this thread works alone.
    fn share(&self, blocks: usize, task: &Task<'_>) {
        let group = &*self.0.0;
        if blocks <= 1 || self.count() == 1 || group.busy.swap(true, Acquire) {
            return (0..blocks).for_each(|block| task(0, block));
        }
        // SAFETY: only the lifetime changes. The task is called between here and the end of `turn`, which waits for
        // everybody inside.
        let forever = unsafe { std::mem::transmute::<&Task<'_>, &'static Task<'static>>(task) };
        let turn = group.open(forever, blocks);
        group.work(0, forever, blocks);
        drop(turn);
        assert!(!group.failed.swap(false, Relaxed), "a block of a step has failed on another thread");
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({} of {})", self.count(), self.most())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.closed.store(true, SeqCst);
        self.0.posted.fetch_add(1, SeqCst);
        self.0.helpers.wake();
    }
}

impl Helper {
    /// Helps until the group is dropped; calls `ready` once it is counted among the threads.
    pub fn run(self, ready: impl FnOnce()) {
        let Self { group, number } = self;
        // What is posted later is seen from here on.
        let mut seen = group.posted.load(SeqCst);
        group.helping.fetch_add(1, Release);
        ready();
        while !group.closed.load(SeqCst) {
            group.helpers.wait_until(|| group.posted.load(SeqCst) != seen);
            seen = group.posted.load(SeqCst);
            let Some((task, blocks)) = group.enter(number) else { continue };
            if catch_unwind(AssertUnwindSafe(|| group.work(number, task, blocks))).is_err() {
                group.failed.store(true, Relaxed);
            }
            group.leave(number);
        }
        group.helping.fetch_sub(1, Release);
    }

    /// What [`Helper::lost`] takes.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Says that the thread of this helper has ended without returning from [`Helper::run`], as a browser's threads do when
    /// they panic. The step that it was at, if any, fails.
    pub fn lost(threads: &Threads, number: usize) {
        let group = &threads.0.0;
        group.helping.fetch_sub(1, Release);
        if group.inside[number].load(Relaxed) {
            group.failed.store(true, Relaxed);
        }
        group.leave(number);
    }
}

/// `(thread, block)`.
type Task<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// Set in [`Group::gate`] while helpers may enter; the other bits count those inside.
const OPEN: u32 = 1 << 31;

/// What the threads share.
struct Group {
    /// The task with the number of its blocks; valid while the gate is open or somebody is inside.
    task: Mutex<Option<(&'static Task<'static>, usize)>>,
    /// Counts tasks: helpers wait for another number.
    posted: AtomicU32,
    gate: AtomicU32,
    /// The next block to claim.
    next: AtomicUsize,
    /// Whether a task is being worked on.
    busy: AtomicBool,
    /// Whether a helper's block has panicked.
    failed: AtomicBool,
    /// Whether helpers should return.
    closed: AtomicBool,
    /// Helpers that run.
    helping: AtomicUsize,
    /// Whether a helper is inside, by its number.
    inside: Box<[AtomicBool]>,
    helpers: Bed,
    caller: Bed,
}

impl Group {
    /// Lets helpers in.
    fn open(&self, task: &'static Task<'static>, blocks: usize) -> Turn<'_> {
        *lock(&self.task) = Some((task, blocks));
        self.next.store(0, Relaxed);
        // A step whose own thread panicked too has left it.
        self.failed.store(false, Relaxed);
        self.gate.store(OPEN, Release);
        self.posted.fetch_add(1, SeqCst);
        self.helpers.wake();
        Turn(self)
    }

    /// Claims blocks and computes them.
    fn work(&self, thread: usize, task: &Task<'_>, blocks: usize) {
        loop {
            let block = self.next.fetch_add(1, Relaxed);
            if block >= blocks {
                return;
            }
            task(thread, block);
        }
    }

    /// Goes inside, unless the task is over.
    fn enter(&self, number: usize) -> Option<(&'static Task<'static>, usize)> {
        let one_more = |gate| (gate & OPEN != 0).then_some(gate + 1);
        self.gate.fetch_update(Acquire, Relaxed, one_more).ok()?;
        self.inside[number].store(true, Relaxed);
        *lock(&self.task)
    }

    /// Goes outside, if inside.
    fn leave(&self, number: usize) {
        if self.inside[number].swap(false, Relaxed) {
            self.gate.fetch_sub(1, SeqCst);
            self.caller.wake();
        }
    }
}

/// The caller's turn with the group. Its end, which a panic brings about too, waits for the helpers inside.
struct Turn<'a>(&'a Group);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Self(group) = self;
        group.gate.fetch_and(!OPEN, SeqCst);
        group.caller.wait_until(|| group.gate.load(SeqCst) == 0);
        *lock(&group.task) = None;
        group.busy.store(false, Release);
    }
}

/// Where threads wait: awake for a while, then asleep.
#[derive(Default)]
struct Bed {
    sleepers: AtomicU32,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Bed {
    /// Returns once `condition` holds. It reads, sequentially consistent, what is written so before [`Bed::wake`].
    fn wait_until(&self, condition: impl Fn() -> bool) {
        for _ in 0..SPINS {
            if condition() {
                return;
            }
            std::hint::spin_loop();
        }
        self.sleepers.fetch_add(1, SeqCst);
        let mut guard = lock(&self.lock);
        while !condition() {
            guard = self.bell.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, SeqCst);
    }

    /// Lets all look at their conditions. Without sleepers this is one load.
    fn wake(&self) {
        if self.sleepers.load(SeqCst) > 0 {
            // A thread between its look and its sleep holds the lock.
            drop(lock(&self.lock));
            self.bell.notify_all();
        }
    }
}

/// No state behind these locks can be left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory that several threads write to, each to its own part.
#[derive(Clone, Copy)]
struct Place<T>(*mut T);

// SAFETY: its only use is `slice`, whose callers promise disjoint parts.
unsafe impl<T: Send> Sync for Place<T> {}

impl<T> Place<T> {
    /// # Safety
    /// The part lies within the memory, which is borrowed mutably meanwhile, and nobody else has any of it.
    #[allow(clippy::mut_from_ref)]
    unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
}

/// Scratch memory, an equal share for each thread.
struct Shares<T> {
    place: Place<T>,
    len: usize,
}

impl<T> Shares<T> {
    fn new(scratch: &mut [T], threads: usize) -> Self {
        Self { place: Place(scratch.as_mut_ptr()), len: scratch.len() / threads }
    }

    /// # Safety
    /// The scratch memory is borrowed mutably meanwhile, and nobody else has the share of this thread.
    #[allow(clippy::mut_from_ref)]
    unsafe fn of(&self, thread: usize) -> &mut [T] {
        // SAFETY: thread numbers are below the number of shares; for the rest, the caller's promise.
        unsafe { self.place.slice(thread * self.len, self.len) }
    }
}
