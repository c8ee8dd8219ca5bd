// A thread of the worker's `threads` build: runs the wasm that loader.js has started, on the same memory.
addEventListener(
  "message",
  async ({ data: { script, module, memory, number } }) => {
    const { default: init, help, lose } = await import(script);
    await init({ module_or_path: module, memory });
    try {
      help(number, () => postMessage("ready")); // for good
    } catch (error) {
      lose(number); // or a step would wait for this thread
      throw error;
    }
  },
  { once: true },
);
