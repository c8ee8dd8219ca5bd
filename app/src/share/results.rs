//! Measured latencies as files: JSON with everything, which can be read again, and CSV for other programs.

use engine::measure::median;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::protocol::{Config, Environment, Problem, Timing};

use super::network;
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
    /// What was measured, with every sample.
    pub(crate) timing: Timing,
}

impl Results {
    /// Results of this page.
    pub(crate) fn new(
        exported: String,
        browser: String,
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
                                interval_high_ms,min_ms,p10_ms,p90_ms,mad_ms,samples,batch,grade,first_run_ms,prepare_ms";
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
            ];
            let cells = words.into_iter().chain(numbers).chain(rest);
            crate::csv::line(cells) + "\n"
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
        if samples.is_empty() || !samples.iter().all(|ms| ms.is_finite() && *ms >= 0.0) {
            return Err(problems::results_no_times(model));
        }
        let (said, is) = (self.timing.statistics.median_ms, median(samples));
        let same = (said - is).abs() <= 1e-6 * is.max(1.0);
        if !same {
            return Err(problems::results_median(model, said, is));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use engine::measure::{Confidence, Statistics};
    use worker::protocol::{Backend, Code, GpuStatus, WeightsChoice};

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
        let entry = ResultEntry { config, weights_sha256: None, timing };
        Results::new("2026-11-24T00:00:00Z".to_owned(), "a browser".to_owned(), environment, vec![entry])
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
        assert_eq!(read(&results.to_json()), Ok(results));
    }

    #[test]
    fn a_visitors_network_comes_with_its_results() {
        let mut model = (*networks::find("mobilenetv2_100").unwrap().model).clone();
        model.rows.to_mut().remove(3);
        let id = networks::add(model).unwrap();
        let mut results = results().results;
        results[0].config.model.clone_from(&id);
        results[0].timing.model.clone_from(&id);
        let file = Results { results, ..self::results() };
        let file = Results::new(file.exported, file.browser, file.environment, file.results);
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
        assert_eq!(code(&moved), "results.median");
        let negative = text.replace("10.0,", "-10.0,");
        assert_ne!(negative, text);
        assert_eq!(code(&negative), "results.no_times");
        let mut none = results();
        none.results.clear();
        assert_eq!(code(&none.to_json()), "results.empty");
        let problem = read(&text.replace("\"median_ms\"", "\"median\"")).unwrap_err();
        assert!(problem.message.contains("median_ms"), "{}", problem.message);
    }
}
