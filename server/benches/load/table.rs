//! The figures as a Markdown table, so that they can be put where they are to be read.

use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram;

/// What was measured on one database. The first row is the unit of all.
pub(crate) struct Figures {
    pub(crate) database: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// What was measured under one kind of load.
pub(crate) struct Row {
    pub(crate) request: String,
    pub(crate) clients: usize,
    /// In microseconds.
    pub(crate) latencies: Histogram<u64>,
    pub(crate) measured: Duration,
}

impl Row {
    fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.measured.as_secs_f64()
    }

    fn milliseconds_at(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// The last column says how many of the first row's requests are answered in the time of one.
pub(crate) fn table(figures: &[Figures]) -> String {
    let mut table = "| database | request | clients | per second | p50 | p99 | costs |\n\
                     |---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for Figures { database, rows } in figures {
        let unit = rows.first().map_or(0.0, Row::per_second);
        for row in rows {
            let Row { request, clients, .. } = row;
            let (rate, cost) = (row.per_second(), unit / row.per_second());
            let (p50, p99) = (row.milliseconds_at(0.5), row.milliseconds_at(0.99));
            writeln!(
                table,
                "| {database} | {request} | {clients} | {rate:.0} | {p50:.1} ms | {p99:.1} ms | {cost:.1} |"
            )
            .expect("a string takes all that is written");
        }
    }
    table
}
