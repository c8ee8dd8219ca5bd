// Holding the worker's jobs, so that tests can look at what lasts only as long as some work does: progress bars, cancel
// buttons. A machine may be so fast that the work is done before a test has seen that it was begun.

/** What runs in the worker; it must not use anything from outside. */
function install() {
  if (globalThis.holds) return;
  const { onmessage: receive, postMessage: send, setTimeout: wait } = globalThis;
  /** By kind of job: how many may still begin, whether the others wait at their first run, and what waits. */
  const holds = (globalThis.holds = new Map());
  /** Jobs that are to wait once they have said how far their runs are, with their kind. */
  const runningOnes = new Map();
  /** The hold of the job that has just said so; its next pause is where it waits. */
  let pausing;
  const kindOf = (request) => (typeof request === "string" ? request : Object.keys(request)[0]);
  const enter = (hold, one) => {
    hold.waiting.push(one);
    hold.noticed();
  };

  globalThis.onmessage = (event) => {
    const { job, request } = event.data;
    const kind = kindOf(request);
    if (kind === "cancel") return cancel(request.cancel.job, event);
    const hold = holds.get(kind);
    if (!hold) return receive(event);
    if (hold.passing > 0) return hold.passing--, receive(event);
    if (!hold.running) return enter(hold, { job, begin: () => receive(event) });
    runningOnes.set(job, kind);
    receive(event);
  };
  globalThis.postMessage = (message, ...more) => {
    send.call(globalThis, message, ...more);
    const hold = message?.event?.progress?.running && holds.get(runningOnes.get(message.job));
    if (hold && runningOnes.delete(message.job)) pausing = [message.job, hold];
  };
  // Between two runs a job pauses for a timer of no time, right after it has said how far it is.
  globalThis.setTimeout = (callback, ms, ...more) => {
    if (!pausing || ms !== 0) return wait.call(globalThis, callback, ms, ...more);
    const [job, hold] = pausing;
    pausing = undefined;
    enter(hold, { job, goOn: callback });
  };

  /** A job that waits has to go on to hear that it is cancelled. */
  function cancel(job, event) {
    const all = [...holds.values()];
    const hold = all.find(({ waiting }) => waiting.some((one) => one.job === job));
    const one = hold?.waiting.splice(hold.waiting.findIndex((one) => one.job === job), 1)[0];
    one?.begin?.();
    receive(event);
    one?.goOn?.();
  }
}

/** From now on jobs of this kind (`bench`, `classify`, …) wait before they begin, or `running`, once their runs have begun. */
export async function hold(worker, kind, running) {
  await worker.evaluate(install);
  await worker.evaluate(
    ([kind, running]) => {
      let noticed;
      const held = new Promise((resolve) => (noticed = resolve));
      holds.set(kind, { passing: 0, running, waiting: [], held, noticed });
    },
    [kind, running],
  );
}

/** Waits until a job of this kind waits. */
export const held = (worker, kind) => worker.evaluate((kind) => holds.get(kind).held, kind);

/** Lets `count` jobs of this kind go on, those that wait first; all, and those to come, if no number is given. */
export const release = (worker, kind, count) =>
  worker.evaluate(
    ([kind, count]) => {
      const hold = holds.get(kind);
      const going = hold.waiting.splice(0, count ?? hold.waiting.length);
      if (count === undefined) holds.delete(kind);
      else hold.passing = count - going.length;
      for (const { begin, goOn } of going) (begin ?? goOn)();
    },
    [kind, count],
  );
