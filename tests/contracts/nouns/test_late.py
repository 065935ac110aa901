"""The nouns' tests that ask no index right after a write, where the indexes are five seconds late.

What they hold is decided on the items themselves, so that no lag may change it.
"""

import pytest

from adapters.tables.table import Table
from tests.contracts.nouns.test_intents import (
    test_a_lease_is_renewed_until_it_is_overtaken,
    test_a_second_wish_merges_with_one_that_waits,
    test_complete_work_goes,
    test_of_fifty_racers_for_a_sync_one_takes,
    test_wishing_and_working_at_once_loses_no_wish,
    test_work_is_taken_when_it_is_due_and_not_before,
    test_work_that_is_put_off_waits,
    test_work_that_was_wished_for_meanwhile_is_due_at_once,
)
from tests.contracts.nouns.test_listings import (
    test_a_listing_is_created_once,
    test_an_update_writes_its_trail_and_its_wishes,
    test_listings_of_others_are_as_if_they_were_absent,
    test_of_two_updates_from_one_state_the_second_is_refused,
    test_photos_and_facts_are_written_past_each_other,
    test_work_that_was_taken_over_writes_nothing,
)
from tests.contracts.nouns.test_lost_replies import (
    test_a_step_that_is_repeated_after_a_lost_reply_counts_each_row_once,
    test_a_stolen_piece_of_work_is_not_taken_back_by_a_late_copy,
)
from tests.contracts.nouns.test_metrics import (
    test_an_event_counts_once,
    test_an_event_is_counted_on_its_day,
    test_an_inquiry_is_found_by_its_place_and_by_nobody_else,
)
from tests.contracts.nouns.test_posts import (
    test_a_key_that_was_used_answers_the_posts_of_then,
    test_a_post_depends_on_its_listing,
    test_a_post_is_written_from_its_present_state,
    test_of_racers_with_one_key_one_creates,
    test_posts_of_others_are_as_if_they_were_absent,
    test_selling_and_sending_at_once_never_both_happen_unseen,
)
from tests.contracts.nouns.test_runs import (
    test_counters_move_by_additions_alone,
    test_runs_of_others_are_as_if_they_were_absent,
    test_the_trail_is_listed_newest_first,
)
from tests.contracts.nouns.test_secrets import (
    test_a_connection_goes_with_its_credentials,
    test_a_link_is_finished_once_in_time_and_by_its_user,
    test_connections_are_listed_oldest_first,
)
from tests.contracts.nouns.test_steps import (
    test_a_finished_run_keeps_its_counters,
    test_a_run_that_was_taken_over_writes_nothing,
    test_a_step_of_many_transactions,
    test_listings_that_another_was_faster_with_are_left_out,
    test_work_may_wish_for_itself,
)
from tests.contracts.table.engines import Place
from tests.contracts.table.late import LateIndexes

__all__ = [
    "test_a_connection_goes_with_its_credentials",
    "test_a_finished_run_keeps_its_counters",
    "test_a_key_that_was_used_answers_the_posts_of_then",
    "test_a_lease_is_renewed_until_it_is_overtaken",
    "test_a_link_is_finished_once_in_time_and_by_its_user",
    "test_a_listing_is_created_once",
    "test_a_post_depends_on_its_listing",
    "test_a_post_is_written_from_its_present_state",
    "test_a_run_that_was_taken_over_writes_nothing",
    "test_a_second_wish_merges_with_one_that_waits",
    "test_a_step_of_many_transactions",
    "test_a_step_that_is_repeated_after_a_lost_reply_counts_each_row_once",
    "test_a_stolen_piece_of_work_is_not_taken_back_by_a_late_copy",
    "test_an_event_counts_once",
    "test_an_event_is_counted_on_its_day",
    "test_an_inquiry_is_found_by_its_place_and_by_nobody_else",
    "test_an_update_writes_its_trail_and_its_wishes",
    "test_complete_work_goes",
    "test_connections_are_listed_oldest_first",
    "test_counters_move_by_additions_alone",
    "test_listings_of_others_are_as_if_they_were_absent",
    "test_listings_that_another_was_faster_with_are_left_out",
    "test_of_fifty_racers_for_a_sync_one_takes",
    "test_of_racers_with_one_key_one_creates",
    "test_of_two_updates_from_one_state_the_second_is_refused",
    "test_photos_and_facts_are_written_past_each_other",
    "test_posts_of_others_are_as_if_they_were_absent",
    "test_runs_of_others_are_as_if_they_were_absent",
    "test_selling_and_sending_at_once_never_both_happen_unseen",
    "test_the_trail_is_listed_newest_first",
    "test_wishing_and_working_at_once_loses_no_wish",
    "test_work_is_taken_when_it_is_due_and_not_before",
    "test_work_may_wish_for_itself",
    "test_work_that_is_put_off_waits",
    "test_work_that_was_taken_over_writes_nothing",
    "test_work_that_was_wished_for_meanwhile_is_due_at_once",
]


@pytest.fixture
def table(table: Table, place: Place) -> LateIndexes:
    return LateIndexes(table, place.clock)
