//! F-01, F-02, F-03: servers die, step down, freeze.

use std::time::Duration;

use crate::world::World;

/// How long the part stays away: longer than the deadlines of every request.
const AWAY: Duration = Duration::from_secs(6);

#[tokio::test]
async fn f02_a_killed_primary_costs_a_pause_and_nothing_else() {
    let Some(mut world) = World::start().await else { return };
    let primary = world.set.primary().await;
    world.set.members[primary].kill();
    world.set.primary().await;
    world.heals("primary kill -9").await;
}

#[tokio::test]
async fn f02_a_primary_that_steps_down_costs_less() {
    let Some(world) = World::start().await else { return };
    world.set.step_down(10).await;
    world.set.primary().await;
    world.heals("replSetStepDown").await;
}

#[tokio::test]
async fn the_loss_of_a_secondary_is_not_noticed() {
    let Some(mut world) = World::start().await else { return };
    let primary = world.set.primary().await;
    world.set.members[(primary + 1) % 3].kill();
    world.load.successes(200).await;
    world.heals("secondary kill -9").await;
}

#[tokio::test]
async fn f03_a_frozen_database_is_answered_503_and_work_goes_on_when_it_thaws() {
    let Some(world) = World::start().await else { return };
    for member in &world.set.members {
        member.freeze();
    }
    tokio::time::sleep(AWAY).await;
    for member in &world.set.members {
        member.thaw();
    }
    world.heals("all of MongoDB frozen for 6 s").await;
}

#[tokio::test]
async fn f01_a_database_that_is_killed_and_comes_back_keeps_every_promise() {
    let Some(mut world) = World::start_with(1, 1).await else { return };
    world.set.members[0].kill();
    tokio::time::sleep(AWAY).await;
    world.set.members[0].restart().await;
    world.heals("the only mongod kill -9, back after 6 s").await;
}
