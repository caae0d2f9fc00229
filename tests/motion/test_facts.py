import numpy as np
import pytest

from locomotion_hf.motion import read_phases
from locomotion_hf.motion.facts import direction_of, speed_of
from locomotion_hf.types import DIRECTIONS, Facts, ObjectFacts, Phase, Trajectory

TIMES = np.arange(16) / 8


def path(*legs: tuple[float, float, float], turn: float = 0.0, aspect: float = 1.0) -> Trajectory:
    """Legs of (dx, dy in frame-widths, seconds), from the middle; the first leg turns."""
    steps = np.array([(dx, dy / aspect) for dx, dy, _ in legs])
    times = np.cumsum([0.0, *(seconds for *_, seconds in legs)])
    centres = np.concatenate([[[0.5, 0.5]], 0.5 + steps.cumsum(0)])
    angles = np.array([0.0, *[turn] * len(legs)])
    return Trajectory(times, centres, angles, 0.2, aspect)


@pytest.mark.parametrize(("sector", "direction"), list(enumerate(DIRECTIONS)))
def test_eight_directions_y_down(sector: int, direction: str) -> None:
    angle = np.radians(45 * sector)
    assert direction_of(np.cos(angle), np.sin(angle)) == direction
    edge = np.radians(45 * sector + 22.5)
    assert direction_of(np.cos(edge), np.sin(edge)) is None


def test_speed_words_and_dead_bands() -> None:
    words = [speed_of(v) for v in (0.02, 0.08, 0.13, 0.2, 0.27, 0.4, 0.6)]
    assert words == [None, "slow", None, "moderate", None, "fast", None]


def test_speed_is_per_second_not_per_frame() -> None:
    at_8, at_24 = TIMES, np.arange(45) / 24
    one = path((0.36, 0, 1.875))
    assert read_phases(one, at_8)[0].speed == read_phases(one, at_24)[0].speed == "moderate"


def test_frame_shape_counts_in_widths() -> None:
    # .36 frame-widths down in 1.875 s, on a frame twice as wide as high.
    phases = read_phases(path((0, 0.36, 1.875), aspect=0.5), TIMES)
    assert phases[0].words == ("down", "moderate", None)


@pytest.mark.parametrize(("turn", "rotation"), [(10, None), (60, "clockwise"), (-60, "anticlockwise"), (-14, None)])
def test_rotation_words(turn: float, rotation: str | None) -> None:
    assert read_phases(path((0.36, 0, 1.875), turn=turn), TIMES)[0].rotation == rotation


def test_an_unclear_path_has_no_facts() -> None:
    assert read_phases(path((0.36, 0, 1.875), turn=30), TIMES) is None  # between silent and stated
    assert read_phases(path((0.25, 0, 1.875)), TIMES) is None  # between slow and moderate
    assert read_phases(path((0.36, 0.149, 1.875)), TIMES) is None  # between right and down-right
    assert read_phases(path((0.3, 0, 1.8), (0, 0.01, 0.075)), TIMES) is None  # a phase of one frame


def test_a_turn_that_cannot_be_seen_is_silent() -> None:
    assert read_phases(path((0.36, 0, 1.875), turn=90), TIMES, turn_shows=False)[0].rotation is None


def test_equal_neighbours_are_one_phase() -> None:
    phases = read_phases(path((0.2, 0, 1.0), (0.18, 0, 0.875)), TIMES)
    assert len(phases) == 1
    assert (phases[0].start, phases[0].end) == (0.0, 1.875)


def test_facts_come_from_what_was_drawn() -> None:
    # Planned down and to the right, but the right border stops it: drawn as straight down.
    planned = path((0.16, 0.16, 1.0), (-0.02, -0.35, 0.875))
    drawn = Trajectory(planned.times, np.minimum(planned.centres, [0.5, 1.0]), planned.angles, 0.2)
    assert [phase.direction for phase in read_phases(planned, TIMES)] == ["down-right", "up"]
    assert [phase.direction for phase in read_phases(drawn, TIMES)] == ["down", "up"]


def test_signature_ignores_times_and_round_trips() -> None:
    def facts(end: float, noun: str = "teapot") -> Facts:
        return Facts((ObjectFacts(noun, (Phase("up", "slow", "clockwise", 0.0, end),)),))

    assert facts(1.0).signature == facts(2.0).signature != facts(1.0, "kettle").signature
    assert Facts.from_dict(facts(1.0).to_dict()) == facts(1.0)
