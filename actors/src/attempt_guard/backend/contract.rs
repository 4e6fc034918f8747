//! What every backend must do, as tests that run on each of them.

pub(super) mod guesses;
pub(super) mod sign_in;
pub(super) mod world;

pub(super) use self::world::{Open, World};

/// One test per rule, each on an own store that `$make` resolves to, together with whatever must
/// outlive it; `None` leaves the test out.
macro_rules! contract {
    ($make:path) => {
        mod sign_in {
            $crate::attempt_guard::backend::contract::contract! { $make => sign_in:
                five_failures_are_free_then_each_doubles_the_delay_s52
                what_is_refused_is_not_counted
                fifty_parallel_tries_after_four_failures_get_the_one_that_is_left_s53
                parallel_tries_from_many_addresses_share_the_accounts_schedule_s53
                parallel_tries_from_a_known_address_share_its_schedule_s53
                a_success_clears_the_failures_and_tells_how_many_there_were
                an_abandoned_try_is_taken_back
                failures_are_forgotten_twelve_hours_after_the_last
                the_hundredth_failure_disables_until_a_reset_however_long_that_takes_s52
                strangers_cannot_lock_the_owner_out_of_a_known_address_s54
                a_known_address_has_a_delay_of_its_own_s54
                a_known_address_is_disabled_by_a_hundred_failures_from_known_ones
                the_owners_success_does_not_shorten_a_strangers_delay_s54
                an_unknown_address_waits_for_the_whole_account
                an_address_unused_for_thirty_days_is_a_strangers_again
                a_reset_lets_the_owner_in_from_an_address_that_failed_s54
                failures_after_a_reset_count_at_once
                addresses_of_one_ipv6_network_count_as_one
                other_accounts_are_not_concerned
                nobody_is_delayed_or_disabled_while_the_limits_are_off
                a_try_that_is_never_settled_counts_for_a_minute
                a_failure_settled_after_its_try_lapsed_still_counts
                a_clock_two_seconds_behind_shortens_no_wait_and_names_none_too_long_s96
                a_clock_set_back_by_a_year_makes_nobody_wait_longer_f18
            }
        }
        mod guesses {
            $crate::attempt_guard::backend::contract::contract! { $make => guesses:
                ten_wrong_guesses_an_hour_spend_the_budget_of_all_requests_and_resends_s17_s18
                the_hour_slides
                twenty_wrong_guesses_a_day_spend_the_budget_s17
                budgets_survive_a_restart_s17
                budgets_hold_while_the_limits_are_off
                parallel_guesses_share_the_budget_and_the_hundred_s53
                what_no_wrong_guess_counts_against_is_unguessed
                a_wrong_guess_counts_without_admission_and_also_in_parallel_s17_s53
                a_right_guess_costs_nothing_and_leaves_the_wrong_ones_in_the_window
                a_right_guess_ends_the_row_of_wrong_ones
                a_hundred_wrong_guesses_disable_an_address_until_its_owner_confirms_s17
                an_address_without_an_account_is_enabled_again_after_a_month
                a_disabled_number_is_enabled_again_after_a_day
                a_confirmation_unlocks_but_refills_no_budget
                destinations_have_budgets_of_their_own
                an_account_has_the_budget_of_an_address_s17
                a_guess_that_is_never_settled_counts_for_a_minute
                a_clock_set_back_by_a_year_spends_no_budget_f18
                a_sign_up_notice_goes_out_once_an_hour_also_over_a_restart_s50
            }
        }
    };
    ($make:path => $group:ident: $($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some((open, _kept)) = $make().await else { return };
            let world = $crate::attempt_guard::backend::contract::World::new(open).await;
            $crate::attempt_guard::backend::contract::$group::$name(world).await;
        })*
    };
}
pub(super) use contract;
