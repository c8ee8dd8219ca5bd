// A thread of the worker's `threads` build: runs the wasm that loader.js has started, on the same memory.
const STACK_BYTES = 1 << 18; // it computes only; the default, 2 MB, would stay empty

addEventListener(
  "message",
  async ({ data: { script, module, memory, number } }) => {
    const { default: init, help, lose } = await import(script);
    await init({ module_or_path: module, memory, thread_stack_size: STACK_BYTES });
    try {
      help(number, () => postMessage("ready")); // for good
    } catch (error) {
      lose(number); // or a step would wait for this thread
      throw error;
    }
  },
  { once: true },
);
