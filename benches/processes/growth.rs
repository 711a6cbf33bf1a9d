//! How time grows with the number of files, the size of one, and the conditions in one. It is the time of the processors: that of the
//! clock depends on what else runs.

use std::fs;
use std::time::Duration;

use crate::measure::{Run, megabytes, ratio, time};
use crate::whole::ecs_lint;
use crate::workload;

pub fn print() {
    println!("| growth | processor | for each | to the first | peak memory |");
    println!("|---|---|---|---|---|");
    table(&[1_000, 3_000, 10_000, 30_000], 3, "files, all recognised", |count, directory| {
        for number in 0..count {
            let text =
                if number % 4 == 0 { workload::one_service(number / 4) } else { workload::task_definition(number) };
            let folder = directory.join(format!("{}", number / 100));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{number}.json")), text).unwrap();
        }
    });
    table(&[1_000, 3_000, 10_000], 3, "files, a credential in each", |count, directory| {
        for number in 0..count {
            let folder = directory.join(format!("{}", number / 100));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{number}.json")), workload::instance(number)).unwrap();
        }
    });
    table(&[1, 2, 5, 10], 5, "MB of JSON", |count, directory| {
        fs::write(directory.join("template.json"), workload::json(count * 1_000_000)).unwrap();
    });
    table(&[1, 2, 5, 10], 5, "MB of YAML", |count, directory| {
        fs::write(directory.join("template.yaml"), workload::yaml(count * 1_000_000)).unwrap();
    });
    table(&[5, 10, 20, 40, 80], 5, "independent `Fn::If` in one task definition, 20 times", |count, directory| {
        for copy in 0..20 {
            fs::write(directory.join(format!("{copy}.json")), workload::conditions(count)).unwrap();
        }
    });
    println!();
}

/// A row for each count: what a run over what `write` puts into a directory takes, for one of them and compared with the first row.
fn table(counts: &[usize], times: usize, what: &str, write: impl Fn(usize, &std::path::Path)) {
    let mut first: Option<Duration> = None;
    for &count in counts {
        let directory = tempfile::tempdir().unwrap();
        write(count, directory.path());
        let Run { wall, cpu, memory, .. } = ecs_lint(&[directory.path().to_str().unwrap()], times);
        // It is not known everywhere.
        let taken = if cpu == Duration::ZERO { wall } else { cpu };
        let each = taken / u32::try_from(count).unwrap();
        let first = *first.get_or_insert(each);
        let micros = each.as_secs_f64() * 1e6;
        println!(
            "| {count} {what} | {} | {micros:.0} µs | {:.2} | {} |",
            time(taken),
            ratio(each, first),
            megabytes(memory)
        );
    }
}
