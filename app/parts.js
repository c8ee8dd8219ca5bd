// What loads parts of the program. The build puts `PARTS` in front of this, the addresses of each part's files, and all of it
// into the program's script, whose `wasm` are the program's exports.

/** Puts a file's code and data into the program's table and memory, once; a failed attempt can be repeated. */
const partFile = (() => {
  const files = new Map();
  async function load(address) {
    const response = await fetch(new URL(address, import.meta.url));
    if (!response.ok) throw new Error(`${response.status}: ${address}`);
    await WebAssembly.instantiate(await response.arrayBuffer(), { __wasm_split: wasm });
  }
  return (address) => {
    if (!files.has(address)) {
      files.set(address, load(address));
      files.get(address).catch(() => files.delete(address));
    }
    return files.get(address);
  };
})();

/** The functions that the program calls for its parts, with whom to tell about the outcome. */
const LOADERS = Object.fromEntries(
  Object.entries(PARTS).map(([name, addresses]) => [
    `__wasm_split_load_${name}`,
    async (callback, data) => {
      const outcomes = await Promise.allSettled(addresses.map(partFile));
      const loaded = outcomes.every(({ status }) => status === "fulfilled");
      wasm.__indirect_function_table.get(callback)(data, loaded);
    },
  ]),
);
