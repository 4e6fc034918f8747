//! What grows with the number of accounts, connections and nodes, and what does not.

mod accounts;
mod connections;
mod nodes;
mod sizes;

use bench_support::report::Report;

pub fn measure(report: &mut Report) {
    accounts::measure(report);
    connections::measure(report);
    nodes::measure(report);
}
