//! The GPU.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, Buffer, BufferBindingType,
    BufferDescriptor, BufferUsages, ComputePipeline, ComputePipelineDescriptor, Device, DeviceType, Features,
    MapMode, PipelineCompilationOptions, PipelineLayout, PipelineLayoutDescriptor, PowerPreference, Queue,
    ShaderModule, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use super::error::GpuError;
use super::kernel::{PipelineKey, Shader};
use super::report::About;

/// A GPU with everything that networks on it share. Clones are the same GPU.
#[derive(Clone, Debug)]
pub struct Gpu(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    device: Device,
    queue: Queue,
    about: About,
    layout: BindGroupLayout,
    pipeline_layout: PipelineLayout,
    modules: RefCell<HashMap<(&'static str, bool), ShaderModule>>,
    pipelines: RefCell<HashMap<PipelineKey, ComputePipeline>>,
    trouble: Arc<Trouble>,
}

/// What the device reported, whenever it did.
#[derive(Debug, Default)]
struct Trouble {
    lost: Mutex<Option<String>>,
    refused: Mutex<Option<String>>,
}

impl Gpu {
    /// Asks for the GPU that is fastest.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::NoDevice`].
    pub async fn request() -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|error| {
            // After it wgpu lists what it was built without, which is nobody's fault.
            let first = reason(&error).split(';').next().unwrap_or_default().to_owned();
            GpuError::NoAdapter { reason: first }
        })?;
        let info = adapter.get_info();
        let limits = adapter.limits();
        let (features, known) = (adapter.features(), Features::TIMESTAMP_QUERY | Features::SHADER_F16);
        let descriptor = wgpu::DeviceDescriptor {
            required_features: features & known,
            // Large networks at high resolutions want large buffers; everything else is within the defaults.
            required_limits: wgpu::Limits {
                max_buffer_size: limits.max_buffer_size,
                max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
                ..wgpu::Limits::default()
            },
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| GpuError::NoDevice { reason: reason(&error) })?;
        let trouble = Arc::new(Trouble::default());
        let lost = trouble.clone();
        device.set_device_lost_callback(move |reason, message| {
            set(&lost.lost, format!("{message} ({reason:?})"));
        });
        let refused = trouble.clone();
        device.on_uncaptured_error(Arc::new(move |error| set(&refused.refused, error.to_string())));
        let layout = layout(&device);
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(&layout)],
            ..PipelineLayoutDescriptor::default()
        });
        let about = About {
            name: info.name,
            is_software: info.device_type == DeviceType::Cpu,
            has_timestamps: features.contains(Features::TIMESTAMP_QUERY),
            has_f16: features.contains(Features::SHADER_F16),
        };
        Ok(Self(Rc::new(Shared {
            device,
            queue,
            about,
            layout,
            pipeline_layout,
            modules: RefCell::default(),
            pipelines: RefCell::default(),
            trouble,
        })))
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.0.about
    }

    /// Whether it is gone.
    pub fn is_lost(&self) -> bool {
        self.0.trouble.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What it has reported since it was asked last.
    ///
    /// # Errors
    /// [`GpuError::Lost`], for good; [`GpuError::Refused`], once.
    pub fn check(&self) -> Result<(), GpuError> {
        let Trouble { lost, refused } = &*self.0.trouble;
        if let Some(reason) = lost.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(GpuError::Lost { reason });
        }
        match refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(reason) => {
                // It may have been a pipeline.
                self.forget_pipelines();
                Err(GpuError::Refused { reason })
            }
            None => Ok(()),
        }
    }

    /// Gives the device up; everything on it fails with [`GpuError::Lost`] from now on.
    pub fn destroy(&self) {
        self.0.device.destroy();
    }

    pub(super) fn device(&self) -> &Device {
        &self.0.device
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    pub(super) fn layout(&self) -> &BindGroupLayout {
        &self.0.layout
    }

    /// A new buffer.
    pub(super) fn buffer(&self, bytes: u64, usage: BufferUsages) -> Result<Buffer, GpuError> {
        let limit = self.device().limits().max_storage_buffer_binding_size;
        if bytes > limit {
            return Err(GpuError::Limit { what: "the bytes of one buffer".to_owned(), needed: bytes, limit });
        }
        let descriptor = BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
        Ok(self.device().create_buffer(&descriptor))
    }

    /// A pipeline, compiled when it is first asked for.
    pub(super) fn pipeline(&self, key: &PipelineKey) -> ComputePipeline {
        if let Some(pipeline) = self.0.pipelines.borrow().get(key) {
            return pipeline.clone();
        }
        let constants: Vec<(&str, f64)> =
            key.constants.iter().map(|(name, value)| (*name, f64::from(*value))).collect();
        let pipeline = self.device().create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(key.shader.name),
            layout: Some(&self.0.pipeline_layout),
            module: &self.module(&key.shader, key.half_values),
            entry_point: Some("main"),
            compilation_options: PipelineCompilationOptions {
                constants: &constants,
                ..PipelineCompilationOptions::default()
            },
            cache: None,
        });
        self.0.pipelines.borrow_mut().insert(key.clone(), pipeline.clone());
        pipeline
    }

    /// Has pipelines compiled anew when they are next asked for: one that was refused would stay so.
    pub(super) fn forget_pipelines(&self) {
        self.0.modules.borrow_mut().clear();
        self.0.pipelines.borrow_mut().clear();
    }

    fn module(&self, shader: &Shader, half_values: bool) -> ShaderModule {
        let mut modules = self.0.modules.borrow_mut();
        let module = modules.entry((shader.name, half_values)).or_insert_with(|| {
            self.device().create_shader_module(ShaderModuleDescriptor {
                label: Some(shader.name),
                source: ShaderSource::Wgsl(shader.source(half_values).into()),
            })
        });
        module.clone()
    }

    /// Maps a buffer for reading, once everything submitted has run.
    pub(super) async fn map(&self, buffer: &Buffer) -> Result<(), GpuError> {
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(MapMode::Read, .., |result| {
            // Nobody waits any more if the run was dropped.
            let _ = sender.send(result);
        });
        // In the browser this does nothing: its event loop calls back.
        let polled = self.device().poll(wgpu::PollType::wait_indefinitely());
        let mapped = receiver.await;
        self.check()?;
        let reason = match (polled, mapped) {
            (Ok(_), Ok(Ok(()))) => return Ok(()),
            (Err(error), _) => error.to_string(),
            _ => "the results cannot be read".to_owned(),
        };
        Err(GpuError::Lost { reason })
    }
}

/// The same bindings for every kernel: see `shaders/common.wgsl`.
fn layout(device: &Device) -> BindGroupLayout {
    let entries: [BindGroupLayoutEntry; 6] = std::array::from_fn(|binding| BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty: match binding {
                0 => BufferBindingType::Uniform,
                5 => BufferBindingType::Storage { read_only: false },
                _ => BufferBindingType::Storage { read_only: true },
            },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    });
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries })
}

/// Keeps the first report: others follow from it.
fn set(report: &Mutex<Option<String>>, message: String) {
    report.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
}

/// What a browser or a driver says, in one line. wgpu passes a browser's errors on as it prints them for programmers.
fn reason(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("JsValue(").trim_end_matches(')').to_owned()
}
