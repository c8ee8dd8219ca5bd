// Makes the GPU fail, for tests and for those who want to see what the page says: `?simulate=FAILURE`. The browser's own
// interfaces are wrapped, so that everything from the engine to the page behaves as it would.

const fails = (error) => () => Promise.reject(error);

/** Reports an error to whoever opened the first error scope of this kind. */
function inScope(filter, error) {
  const { pushErrorScope, popErrorScope } = GPUDevice.prototype;
  const open = [];
  GPUDevice.prototype.pushErrorScope = function (kind) {
    open.push(kind);
    pushErrorScope.call(this, kind);
  };
  GPUDevice.prototype.popErrorScope = async function () {
    const kind = open.pop();
    return (await popErrorScope.call(this)) ?? (kind === filter ? error() : null);
  };
}

/** Loses each of the first `times` devices as soon as its first run is `when` it is submitted. */
function loseDevices(times, when) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...how) {
    const device = await requestDevice.apply(this, how);
    if (times-- <= 0) return device;
    if (when === "before") {
      device.destroy();
      return device;
    }
    const { submit } = device.queue;
    device.queue.submit = function (...what) {
      submit.apply(this, what);
      if (when === "during") device.destroy();
      else device.queue.onSubmittedWorkDone().then(() => setTimeout(() => device.destroy(), 50));
    };
    return device;
  };
}

const FAILURES = {
  "no-gpu": () => Object.defineProperty(navigator, "gpu", { value: undefined }),
  "no-adapter": () => (GPU.prototype.requestAdapter = async () => null),
  "adapter-throws": () => (GPU.prototype.requestAdapter = fails(new Error("simulated"))),
  silent: () => (GPU.prototype.requestAdapter = () => new Promise(() => {})),
  "no-device": () => (GPUAdapter.prototype.requestDevice = fails(new DOMException("simulated limits", "OperationError"))),
  "out-of-memory": () => inScope("out-of-memory", () => new GPUOutOfMemoryError("simulated")),
  invalid: () => inScope("validation", () => new GPUValidationError("simulated")),
  "lost-before": () => loseDevices(1, "before"),
  "lost-during": () => loseDevices(1, "during"),
  "lost-after": () => loseDevices(1, "after"),
  "lost-twice": () => loseDevices(2, "during"),
  "wrong-values": () => {
    const { createShaderModule } = GPUDevice.prototype;
    GPUDevice.prototype.createShaderModule = function ({ code, ...how }) {
      return createShaderModule.call(this, { ...how, code: code.replaceAll("vec4f(6.0)) / 6.0", "vec4f(6.0)) / 6.1") });
    };
  },
  hardware: () => Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false }),
};

/** Simulates one of these failures; other names are a mistake. */
export function simulate(failure) {
  if (!FAILURES[failure]) throw new Error(`?simulate=${failure} is none of ${Object.keys(FAILURES).join(", ")}`);
  FAILURES[failure]();
}
