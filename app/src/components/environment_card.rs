//! What runs here, as every number's footnote.

use common::version::version;
use leptos::prelude::*;
use worker::protocol::{Environment, GpuStatus};

use crate::state::{EngineState, Lab, use_lab};
use crate::strings::{fill, problem_text};

/// What runs here.
#[component]
pub(crate) fn EnvironmentCard() -> impl IntoView {
    let lab = use_lab();
    let body = move || match lab.engine.state() {
        EngineState::Starting => view! { <p>{lab.strings().board.starting}</p> }.into_any(),
        EngineState::Failed(problem) => view! { <p>{problem_text(lab.language(), &problem)}</p> }.into_any(),
        EngineState::Ready(environment) => facts(lab, &environment).into_any(),
    };
    view! {
        <div class="card environment" data-testid="environment">{body}</div>
    }
}

/// The bottom of the page.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let lab = use_lab();
    view! {
        <footer class="site">
            <p class="note">
                {lab.t(|s| s.environment.credits)}
                " "
                <a href="static/samples/CREDITS.md">{lab.t(|s| s.environment.sample_credits)}</a>
                " · "
                <a href="static/licences.html" data-testid="licences">
                    {lab.t(|s| s.environment.licences)}
                </a>
                " · "
                <span data-testid="version">"MobileNet Lab " {version()}</span>
            </p>
        </footer>
    }
}

/// What ran, which browser, and when, for files that leave the page; not reactive.
pub(crate) fn environment_lines(lab: Lab) -> Vec<String> {
    let device = untrack(|| match lab.engine.state() {
        EngineState::Starting => lab.strings().board.starting.to_owned(),
        EngineState::Failed(problem) => problem_text(lab.language(), &problem),
        EngineState::Ready(environment) => {
            rows(lab, &environment).map(|(name, value)| format!("{name}: {value}")).join(" · ")
        }
    });
    let browser = window().navigator().user_agent().unwrap_or_default();
    let now = String::from(js_sys::Date::new_0().to_iso_string());
    vec![device, format!("MobileNet Lab {} · {now} · {browser}", version())]
}

fn facts(lab: Lab, environment: &Environment) -> impl IntoView + use<> {
    let rows = rows(lab, environment).map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! { <dl>{rows}</dl> }
}

fn rows(lab: Lab, environment: &Environment) -> [(&'static str, String); 8] {
    let s = lab.strings();
    let yes_no = |yes: bool| if yes { s.environment.yes } else { s.environment.no };
    let threads = fill(
        s.environment.threads_of,
        &[
            ("threads", &environment.threads.to_string()),
            ("hardware", &environment.hardware_threads.to_string()),
        ],
    );
    let step = environment.timer_step_ms;
    let step = if step >= 0.1 { format!("{step:.1} ms") } else { format!("{:.0} µs", step * 1000.0) };
    let isolated = if environment.isolated { s.environment.isolated_yes } else { s.environment.isolated_no };
    let build = match environment.build.as_str() {
        "threads" => s.environment.build_threads,
        "threads-simd" => s.environment.build_threads_simd,
        "relaxed" => s.environment.build_relaxed,
        _ => s.environment.build_simd,
    };
    let reason = match environment.build_reason.as_str() {
        "asked" => s.environment.build_asked,
        _ => s.environment.build_fastest,
    };
    let gpu = match &environment.gpu {
        GpuStatus::Absent(problem) => problem_text(lab.language(), problem),
        GpuStatus::Present { name, is_software, has_f16, .. } => {
            let name = if name.is_empty() { s.environment.gpu_unnamed } else { name };
            let name = if *is_software {
                fill(s.environment.gpu_software, &[("name", name)])
            } else {
                name.to_owned()
            };
            let f16 = if *has_f16 { s.environment.gpu_f16 } else { s.environment.gpu_no_f16 };
            format!("{name}{}{f16}", s.environment.semicolon)
        }
    };
    [
        (s.environment.build, format!("{} — {build}{}{reason}", environment.build, s.environment.semicolon)),
        (
            s.environment.backends,
            [
                s.board.backend_webgpu,
                s.board.backend_webgpu_half,
                s.board.backend_cpu_full,
                s.board.backend_reference_full,
            ]
            .join(s.messages.comma),
        ),
        (s.environment.gpu, gpu),
        (s.environment.threads_heading, threads),
        (s.environment.isolated, isolated.to_owned()),
        (s.environment.timer_step, step),
        (s.environment.cache, yes_no(environment.cache).to_owned()),
        (s.environment.engine_version, environment.version.clone()),
    ]
}
