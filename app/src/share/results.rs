//! Measured latencies as files: JSON with everything, which can be read again, and CSV for other programs.

use engine::measure::{mad, quantile};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::protocol::{Config, Environment, Problem, Timing, WeightsChoice};

use super::network;
use crate::format;
use crate::model_costs::costs;
use crate::networks;
use crate::state::ColumnConfig;
use crate::strings::problems;

/// Says what a file is.
pub(super) const FORMAT: &str = "mobilenet-lab-results";
/// Version of the form; it changes when a field changes its meaning.
pub(crate) const VERSION: u32 = 1;

/// A file of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    format: String,
    version: u32,
    /// When it was written, as ISO 8601.
    pub(crate) exported: String,
    /// The browser, as it calls itself.
    pub(crate) browser: String,
    /// The page's version and commit; empty in files of earlier versions.
    #[serde(default)]
    pub(crate) page: String,
    /// What ran.
    pub(crate) environment: Environment,
    /// The visitor's own networks among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    networks: Vec<Value>,
    /// One entry a network.
    pub(crate) results: Vec<ResultEntry>,
}

/// A measured network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResultEntry {
    /// What was asked for.
    pub(crate) config: Config,
    /// SHA-256 of the weights' file, where known.
    pub(crate) weights_sha256: Option<String>,
    /// What the network costs, as it was counted; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// What was measured, with every sample.
    pub(crate) timing: Timing,
}

/// What a network costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    classes: u32,
    params: u64,
    /// Of convolutions, linear layers and attention.
    macs: u64,
}

impl Counts {
    /// What the network of an entry costs, as it is counted here.
    fn of(entry: &ResultEntry) -> Option<Self> {
        let classes = entry.counts?.classes;
        let costs = costs(&entry.timing.model, entry.timing.resolution, classes)?;
        Some(Self { classes, params: costs.params, macs: costs.conv_linear_macs + costs.attention_macs })
    }
}

impl ResultEntry {
    /// A network of so many classes that was measured here.
    pub(crate) fn new(config: Config, weights_sha256: Option<String>, classes: u32, timing: Timing) -> Self {
        let counts = Some(Counts { classes, params: 0, macs: 0 });
        let mut entry = Self { config, weights_sha256, counts, timing };
        entry.counts = Counts::of(&entry);
        entry
    }
}

impl Results {
    /// Results of this page.
    pub(crate) fn new(
        exported: String,
        browser: String,
        page: String,
        environment: Environment,
        results: Vec<ResultEntry>,
    ) -> Self {
        let own = networks::added().into_iter();
        let own = own.filter(|model| results.iter().any(|entry| entry.config.model == model.id));
        // Values of plain types: there is nothing that could fail.
        let networks = own.map(|model| serde_json::to_value(&*model).unwrap_or_default()).collect();
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            exported,
            browser,
            page,
            environment,
            networks,
            results,
        }
    }

    /// As JSON.
    pub(crate) fn to_json(&self) -> String {
        // Values of plain types: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// As CSV (RFC 4180): a line a network, without the samples.
    pub(crate) fn to_csv(&self) -> String {
        const HEADINGS: &str = "network,model,height_px,width_px,weights,backend,threads,build,median_ms,interval_low_ms,\
                                interval_high_ms,min_ms,p10_ms,p90_ms,mad_ms,samples,batch,grade,first_run_ms,prepare_ms,page";
        let line = |entry: &ResultEntry| {
            let timing = &entry.timing;
            let statistics = &timing.statistics;
            let words = [
                ColumnConfig::of_protocol(&entry.config).name(),
                timing.model.clone(),
                timing.resolution.0.to_string(),
                timing.resolution.1.to_string(),
                timing.checkpoint.clone().unwrap_or_else(|| "random".to_owned()),
                timing.backend.name().to_owned(),
                timing.threads.to_string(),
                self.environment.build.clone(),
            ];
            let numbers = [
                statistics.median_ms,
                statistics.interval_ms.0,
                statistics.interval_ms.1,
                statistics.min_ms,
                statistics.p10_ms,
                statistics.p90_ms,
                statistics.mad_ms,
            ]
            .map(|ms| format!("{ms:.4}"));
            let rest = [
                timing.samples_ms.len().to_string(),
                timing.batch.to_string(),
                timing.confidence.grade.letter().to_owned(),
                format!("{:.4}", timing.first_run_ms),
                format!("{:.4}", timing.prepare_ms),
                self.page.clone(),
            ];
            let cells = words.into_iter().chain(numbers).chain(rest);
            common::csv::line(cells) + "\n"
        };
        format!("{HEADINGS}\n{}", self.results.iter().map(line).collect::<String>())
    }

    /// Reads what [`Results::to_json`] has written, here or on another device. The networks that it brings are added to those
    /// that the page knows.
    ///
    /// # Errors
    /// A problem whose code begins with `results.` or `spec.`, or `unknown_model`: what is wrong, and where.
    pub(super) fn read(value: Value) -> Result<Self, Problem> {
        if value["version"] != VERSION {
            return Err(problems::results_version(&value["version"].to_string()));
        }
        let results: Self =
            serde_json::from_value(value).map_err(|error| problems::results_damaged(&error.to_string()))?;
        if results.results.is_empty() {
            return Err(problems::results_empty());
        }
        for network in &results.networks {
            networks::add(network::model(network.clone())?)?;
        }
        results.results.iter().try_for_each(ResultEntry::check)?;
        Ok(results)
    }
}

impl ResultEntry {
    /// Whether the numbers can be what they say they are.
    fn check(&self) -> Result<(), Problem> {
        let model = &self.timing.model;
        networks::find(model)?;
        let samples = &self.timing.samples_ms;
        let is_time = |ms: &f64| ms.is_finite() && *ms > 0.0;
        let Timing { prepare_ms, first_run_ms, timer_step_ms, ref statistics, ref rounds, .. } = self.timing;
        let others = [prepare_ms, first_run_ms, timer_step_ms];
        if samples.is_empty()
            || !samples.iter().all(is_time)
            || others.iter().any(|ms| !ms.is_finite() || *ms < 0.0)
        {
            return Err(problems::results_no_times(model));
        }
        let differs = |field: &str, said: &str, right: &str| {
            if said == right {
                Ok(())
            } else {
                Err(problems::results_contradiction(model, field, said, right))
            }
        };
        differs("config.model", &self.config.model, model)?;
        if let Some(resolution) = self.config.resolution {
            differs("resolution", &format::size(self.timing.resolution), &format::size(resolution))?;
        }
        if let (Some(backend), None) = (self.config.backend, &self.timing.fallback) {
            differs("backend", self.timing.backend.name(), backend.name())?;
        }
        let weights = match &self.config.weights {
            WeightsChoice::Checkpoint(id) => id,
            WeightsChoice::Random => "random",
        };
        differs("checkpoint", self.timing.checkpoint.as_deref().unwrap_or("random"), weights)?;
        let counted: u32 = rounds.iter().fold(0, |sum, round| sum.saturating_add(*round));
        differs("rounds", &counted.to_string(), &samples.len().to_string())?;
        differs("batch", &self.timing.batch.to_string(), &self.timing.batch.max(1).to_string())?;
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        for (field, said, is) in [
            ("median_ms", statistics.median_ms, quantile(&sorted, 0.5)),
            ("min_ms", statistics.min_ms, sorted[0]),
            ("p10_ms", statistics.p10_ms, quantile(&sorted, 0.1)),
            ("p90_ms", statistics.p90_ms, quantile(&sorted, 0.9)),
            ("mad_ms", statistics.mad_ms, mad(samples)),
        ] {
            let is_same = (said - is).abs() <= 1e-6 * is.max(1.0);
            if !is_same {
                return Err(problems::results_contradiction(model, field, said, is));
            }
        }
        let (low, high) = statistics.interval_ms;
        let within = |ms: f64| ms.clamp(sorted[0], sorted[sorted.len() - 1]);
        differs("interval_ms", &low.to_string(), &within(low).min(statistics.median_ms).to_string())?;
        differs("interval_ms", &high.to_string(), &within(high).max(statistics.median_ms).to_string())?;
        let Some((said, is)) = self.counts.zip(Counts::of(self)) else { return Ok(()) };
        differs("params", &said.params.to_string(), &is.params.to_string())?;
        differs("macs", &said.macs.to_string(), &is.macs.to_string())
    }
}

#[cfg(test)]
mod tests {
    use engine::measure::{Confidence, Statistics};
    use worker::protocol::{Backend, Code, GpuStatus};

    use super::*;
    use crate::share::File;

    fn results() -> Results {
        let samples_ms: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i % 7) / 10.0).collect();
        let statistics = Statistics::of(&samples_ms, 1);
        let timing = Timing {
            model: "mobilenetv2_100".to_owned(),
            checkpoint: None,
            resolution: (224, 224),
            backend: Backend::Cpu,
            fallback: None,
            threads: 2,
            prepare_ms: 5.0,
            first_run_ms: 20.0,
            warmup: 4,
            batch: 1,
            rounds: vec![40],
            confidence: Confidence::of(&statistics, 40, 1, true, 0.005),
            statistics,
            samples_ms,
            timer_step_ms: 0.005,
            seed: 1,
            beside_fastest: None,
            weight_bytes: 14,
            activation_bytes: 15,
        };
        let environment = Environment {
            build: "threads".to_owned(),
            build_reason: "fastest".to_owned(),
            threads: 2,
            hardware_threads: 2,
            isolated: true,
            timer_step_ms: 0.005,
            gpu: GpuStatus::Absent(Problem::new(Code::GpuNoAdapter, "no GPU")),
            cache: true,
            version: "0.1.0".to_owned(),
        };
        let config = Config {
            model: "mobilenetv2_100".to_owned(),
            resolution: Some((224, 224)),
            weights: WeightsChoice::Random,
            backend: None,
        };
        let entry = ResultEntry::new(config, None, 1000, timing);
        let (when, browser) = ("2026-11-24T00:00:00Z".to_owned(), "a browser".to_owned());
        Results::new(when, browser, "0.1.0 (unknown)".to_owned(), environment, vec![entry])
    }

    fn read(text: &str) -> Result<Results, Problem> {
        match File::read(text)? {
            File::Results(results) => Ok(results),
            other => panic!("{other:?} is no file of results"),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let results = results();
        assert_eq!(read(&results.to_json()), Ok(results.clone()));
        // Earlier versions of the page did not say theirs.
        let earlier = results.to_json().replace("  \"page\": \"0.1.0 (unknown)\",\n", "");
        assert_eq!(read(&earlier), Ok(Results { page: String::new(), ..results }));
    }

    #[test]
    fn a_visitors_network_comes_with_its_results() {
        let mut model = (*networks::find("mobilenetv2_100").unwrap().model).clone();
        model.rows.to_mut().remove(3);
        let id = networks::add(model).unwrap();
        let mut results = results().results;
        results[0].config.model.clone_from(&id);
        results[0].timing.model.clone_from(&id);
        results[0].counts = Some(Counts { classes: 1000, params: 0, macs: 0 });
        results[0].counts = Counts::of(&results[0]);
        let file = Results { results, ..self::results() };
        let file = Results::new(file.exported, file.browser, file.page, file.environment, file.results);
        let text = file.to_json();
        // A page that has never seen it.
        let elsewhere =
            std::thread::spawn(move || read(&text).map(|read| (read, networks::find(&id).is_ok())));
        assert_eq!(elsewhere.join().unwrap(), Ok((file, true)));
    }

    #[test]
    fn csv_has_a_line_a_network() {
        let csv = results().to_csv();
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
        assert!(
            lines[1].starts_with("MobileNetV2 1.0 · 224,mobilenetv2_100,224,224,random,cpu,2,threads,10.3"),
            "{csv}"
        );
        assert!(lines[0].ends_with(",page") && lines[1].ends_with(",0.1.0 (unknown)"), "{csv}");
    }

    #[test]
    fn every_fault_has_its_message() {
        let text = results().to_json();
        let code = |text: &str| read(text).map_or_else(|problem| problem.code.name(), |_| "read");
        assert_eq!(code(&text[..200]), "results.not_json");
        assert_eq!(code("{}"), "results.format");
        assert_eq!(code("[1]"), "results.format");
        assert_eq!(code(&text.replace("\"version\": 1", "\"version\": 2")), "results.version");
        assert_eq!(code(&text.replace("\"median_ms\"", "\"median\"")), "results.damaged");
        assert_eq!(code(&text.replace("mobilenetv2_100", "mobilenetv9")), "unknown_model");
        let moved = text.replace("\"median_ms\": 10.3", "\"median_ms\": 1.3");
        assert_ne!(moved, text);
        assert_eq!(code(&moved), "results.contradiction");
        let negative = text.replace("10.0,", "-10.0,");
        assert_ne!(negative, text);
        assert_eq!(code(&negative), "results.no_times");
        for (from, to, field) in [
            ("\"min_ms\": 10.0", "\"min_ms\": 9.0", "min_ms"),
            ("\"batch\": 1", "\"batch\": 0", "batch"),
            ("\"macs\": 3", "\"macs\": 4", "macs"),
            ("\"params\": 3", "\"params\": 4", "params"),
            ("\"backend\": null", "\"backend\": \"webgpu\"", "backend"),
            ("\"checkpoint\": null", "\"checkpoint\": \"mine\"", "checkpoint"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let problem = read(&changed).unwrap_err();
            assert_eq!((problem.code, problem.values["field"].as_str()), (Code::ResultsContradiction, field));
        }
        let change = |change: fn(&mut ResultEntry)| {
            let mut results = results();
            change(&mut results.results[0]);
            read(&results.to_json()).map_or_else(|problem| problem.values.get("field").cloned(), |_| None)
        };
        let said = |field: &str| Some(field.to_owned());
        assert_eq!(change(|_| ()), None);
        assert_eq!(change(|entry| entry.timing.rounds[0] = 39), said("rounds"));
        assert_eq!(change(|entry| entry.timing.resolution = (192, 224)), said("resolution"));
        assert_eq!(change(|entry| entry.config.model = "mobilenetv1_100".to_owned()), said("config.model"));
        assert_eq!(change(|entry| entry.timing.statistics.interval_ms.0 = 20.0), said("interval_ms"));
        assert_eq!(change(|entry| entry.timing.statistics.interval_ms.1 = 1.0), said("interval_ms"));
        assert_eq!(change(|entry| entry.timing.statistics.p90_ms = 11.0), said("p90_ms"));
        assert_eq!(change(|entry| entry.timing.statistics.mad_ms = 11.0), said("mad_ms"));
        let faults: [fn(&mut Timing); 4] = [
            |timing| timing.samples_ms[3] = 0.0,
            |timing| timing.samples_ms.clear(),
            |timing| timing.first_run_ms = -1.0,
            |timing| timing.prepare_ms = -1.0,
        ];
        for change in faults {
            let mut results = results();
            change(&mut results.results[0].timing);
            assert_eq!(code(&results.to_json()), "results.no_times");
        }
        let mut none = results();
        none.results.clear();
        assert_eq!(code(&none.to_json()), "results.empty");
        let problem = read(&text.replace("\"median_ms\"", "\"median\"")).unwrap_err();
        assert!(problem.message.contains("median_ms"), "{}", problem.message);
    }
}
