//! `seed`: accounts for load tests, made in the store itself.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use actors::password_hasher::HashingRules;
use actors::runtime::{Clock, OsRandom, SystemClock};
use actors::seed::{PASSWORD, Seeding, address};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::store_at::store_at;
use crate::app::{actor_settings, peppers};
use crate::cli::{PasswordCost, SeedArgs, StoreName};
use crate::settings::{Settings, StorageBackend};

const STYLE: &str = "{bar:40} {human_pos}/{human_len} ({per_sec}, {eta})";

/// Makes them, and says which.
pub(super) fn seed(settings: &Settings, wanted: &SeedArgs) -> anyhow::Result<String> {
    if settings.profile.is_production() {
        bail!(
            "profile must not be \"production\": seed makes accounts with a password that everybody knows"
        );
    }
    super::log_warnings();
    // Before the work, so that a name that cannot be written to costs nothing.
    let csv = wanted.csv.as_deref().map(create).transpose()?;
    let store = store_at(
        &settings.storage,
        match settings.storage.backend {
            StorageBackend::Embedded => StoreName::Embedded,
            StorageBackend::MongoDb => StoreName::Mongodb,
        },
    )?;
    let seeding = Seeding {
        start: wanted.start,
        count: wanted.users,
        hashing: match wanted.password_cost {
            PasswordCost::Configured => actor_settings::hashing_rules(&settings.password),
            PasswordCost::Least => HashingRules::insecure_for_tests(),
        },
        peppers: peppers::load(&settings.password.pepper_files)?,
        now: SystemClock.now(),
    };
    // Shown on a terminal only.
    let bar = ProgressBar::new(wanted.users).with_style(ProgressStyle::with_template(STYLE)?);
    let show = |done| bar.set_position(done);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seeded = runtime.block_on(actors::seed::seed(&store, seeding, &OsRandom, &show));
    bar.finish_and_clear();
    seeded.context("not every account was made")?;
    let numbers = wanted.start..wanted.start + wanted.users;
    if let Some(file) = csv {
        write(file, numbers.clone())
            .context("the accounts are made, but the CSV is not complete")?;
    }
    let last = address(numbers.end.saturating_sub(1));
    Ok(format!("{} accounts: {} to {last}\n", wanted.users, address(numbers.start)))
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("--csv: cannot write {}", path.display()))
}

/// With the header that drill names its variables by.
fn write(file: File, numbers: std::ops::Range<u64>) -> std::io::Result<()> {
    let mut file = BufWriter::new(file);
    writeln!(file, "email,password")?;
    for number in numbers {
        writeln!(file, "{},{PASSWORD}", address(number))?;
    }
    file.flush()
}
