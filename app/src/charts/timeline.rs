//! What came when, and what it took from what came before.

use leptos::prelude::*;

use super::Look;

/// Something that happened in a year.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// Stable name.
    pub(crate) id: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// When.
    pub(crate) year: u16,
    /// Colour and mark.
    pub(crate) look: Look,
    /// Its row; those of a row are of one kind.
    pub(crate) lane: usize,
    /// Positions of those before it that it took from.
    pub(crate) parents: Vec<usize>,
}

/// Pixels of a year, of a line, between lanes, and above all.
const YEAR: f64 = 122.0;
const LINE: f64 = 26.0;
const LANE_GAP: f64 = 14.0;
const HEAD: f64 = 30.0;
/// From the left edge to the first year.
const MARGIN: f64 = 20.0;
/// From a mark's middle to the text behind it.
const TEXT: f64 = 12.0;

/// Where the events are, and how high all of it is.
fn places(events: &[Event]) -> (Vec<(f64, f64)>, f64) {
    let first = events.iter().map(|event| event.year).min().unwrap_or(0);
    let lanes = events.iter().map(|event| event.lane + 1).max().unwrap_or(0);
    let mut places = vec![(0.0, 0.0); events.len()];
    let mut top = HEAD;
    for lane in 0..lanes {
        let mut most = 0;
        for year in first..=events.iter().map(|event| event.year).max().unwrap_or(first) {
            let here =
                events.iter().enumerate().filter(|(_, event)| event.lane == lane && event.year == year);
            for (line, (position, _)) in here.enumerate() {
                let x = f64::from(year - first) * YEAR + MARGIN;
                places[position] = (x, top + LINE * (line as f64 + 0.5));
                most = most.max(line + 1);
            }
        }
        if most > 0 {
            top += LINE * most as f64 + LANE_GAP;
        }
    }
    (places, top)
}

/// Marks by year and kind, with arcs from those that something was taken from.
#[component]
pub(crate) fn Timeline(
    /// Accessible name.
    #[prop(into)]
    title: Signal<String>,
    /// What happened.
    events: Vec<Event>,
    /// The id of the one that is chosen.
    chosen: Signal<&'static str>,
    /// Chooses one.
    choose: Callback<&'static str>,
) -> impl IntoView {
    let (places, height) = places(&events);
    let [first, last] =
        [events.iter().map(|event| event.year).min(), events.iter().map(|event| event.year).max()]
            .map(|year| year.unwrap_or(0));
    let width = MARGIN + f64::from(last - first + 1) * YEAR;
    let years: Vec<_> = (first..=last)
        .map(|year| {
            let x = f64::from(year - first) * YEAR + MARGIN;
            view! {
                <line class="grid" x1=x x2=x y1=HEAD - 6.0 y2=height />
                <text class="tick" x=x y="14" text-anchor="middle">{year}</text>
            }
        })
        .collect();
    let mut arcs = Vec::new();
    for (event, (x2, y2)) in events.iter().zip(&places) {
        for parent in &event.parents {
            let ((x1, y1), ids) = (places[*parent], [events[*parent].id, event.id]);
            let middle = (x1 + x2) / 2.0;
            let d = format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}");
            let is_chosen = move || ids.contains(&chosen.get());
            arcs.push(view! { <path class="arc" class:chosen=is_chosen style=event.look.style() d=d /> });
        }
    }
    let marks: Vec<_> = events
        .iter()
        .zip(&places)
        .map(|(event, (x, y))| {
            let id = event.id;
            view! {
                <g
                    class="event"
                    class:chosen=move || chosen.get() == id
                    style=event.look.style()
                    transform=format!("translate({x} {y})")
                    role="button"
                    tabindex="0"
                    aria-pressed=move || (chosen.get() == id).to_string()
                    aria-label=format!("{}, {}", event.title, event.year)
                    data-testid="family"
                    data-family=id
                    on:click=move |_| choose.run(id)
                    on:keydown=move |key| {
                        if matches!(&*key.key(), "Enter" | " ") {
                            key.prevent_default();
                            choose.run(id);
                        }
                    }
                >
                    <rect class="halo" x="-10" y=-LINE / 2.0 width=YEAR - 4.0 height=LINE rx="6" />
                    <path class="bar" transform="translate(-6 -6)" d=event.look.mark />
                    <text class="name" x=TEXT y="4">{event.title}</text>
                </g>
            }
        })
        .collect();
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=title>
            <svg class="chart timeline" width=width height=height role="group" aria-label=title>
                {years}
                {arcs}
                {marks}
            </svg>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_year_and_kind_stand_below_each_other() {
        let look = Look { colour: "red", mark: "", rank: 0 };
        let event = |year, lane| Event { id: "a", title: "A", year, look, lane, parents: Vec::new() };
        let events = [event(2017, 0), event(2017, 0), event(2018, 0), event(2017, 2)];
        let (places, height) = places(&events);
        let mut distinct = places.clone();
        distinct.sort_by(|a, b| a.partial_cmp(b).unwrap());
        distinct.dedup();
        assert_eq!(distinct.len(), events.len(), "{places:?}");
        assert_eq!(places[0].0, places[1].0);
        assert_eq!(places[2].0 - places[0].0, YEAR);
        assert!(places[3].1 > places[1].1 && height > places[3].1);
    }
}
