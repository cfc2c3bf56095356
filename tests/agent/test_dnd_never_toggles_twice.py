"""Whatever MicroSIP and its user do, no click is doubled and no success is untrue."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from microsip_manager.agent.dnd import SHOWS_WITHIN, DndSwitch
from tests.fakes.clock import HandClock
from tests.fakes.softphone_button import ClickFate, UnkindButton

MOMENT = st.floats(0, 8)
LATENESS = st.floats(0, SHOWS_WITHIN - 0.01)


class AnyMicroSip(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.button = UnkindButton(HandClock())
        self.switch = DndSwitch(self.button, self.button.clock.monotonic, self.button.pass_time)

    @rule(after=LATENESS, lost=st.booleans())
    def clicks_now_have_this_fate(self, after: float, lost: bool) -> None:
        self.button.fate = ClickFate(after, lost)

    @rule(after=MOMENT, seconds=st.floats(0.1, 12))
    def it_will_freeze(self, after: float, seconds: float) -> None:
        self.button.later(after, lambda: self.button.freeze(seconds))

    @rule(after=MOMENT)
    def the_user_will_click(self, after: float) -> None:
        self.button.later(after, self.button.user_clicks)

    @rule(seconds=MOMENT)
    def time_passes(self, seconds: float) -> None:
        self.button.pass_time(seconds)

    @rule(enabled=st.booleans())
    def somebody_sets_dnd(self, enabled: bool) -> None:
        said = len(self.button.history)

        result = self.switch.set(enabled)

        steps = self.button.history[said:]
        reads = [step for step in steps if step.startswith("read")]
        clicks = [index for index, step in enumerate(steps) if "click" in step and "user" not in step]
        assert len(clicks) <= 1
        assert all(any(step.startswith("read") for step in steps[:index]) for index in clicks)
        if result.outcome.is_success:
            assert result.dnd is enabled
            assert reads[-1] == f"read {'on' if enabled else 'off'}"
            assert not self.button.outstanding
            assert self.button.on is enabled or steps[-1] == "user clicks"

    @invariant()
    def no_click_was_sent_while_an_earlier_one_could_still_happen(self) -> None:
        assert not self.button.clicked_too_early


TestAnyMicroSip = AnyMicroSip.TestCase
TestAnyMicroSip.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
