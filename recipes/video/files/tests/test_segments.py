{% from "composition/slots.jinja" import imports with context %}
"""Segments, for every length and number of parts that is likely."""

{% call imports("test_segments") %}
import pytest
from {{ package }}.ops.segments import middle_frames, segments_of
{% endcall %}


PAIRS = [(frames, segments) for frames in range(1, 41) for segments in range(1, 13)]


def test_the_parts_of_a_video_are_all_of_it() -> None:
    for frames, segments in PAIRS:
        parts = segments_of(frames, segments)
        assert len(parts) == segments
        numbers = [number for part in parts for number in part]
        if frames >= segments:
            assert numbers == list(range(frames))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
        else:
            assert [len(part) for part in parts] == [1] * segments
            assert numbers == sorted(numbers)
            repeated = [numbers.count(number) for number in range(frames)]
            assert max(repeated) - min(repeated) <= 1


def test_the_middle_is_as_far_from_both_ends() -> None:
    for frames, segments in PAIRS:
        middles = middle_frames(frames, segments)
        for middle, part in zip(middles, segments_of(frames, segments), strict=True):
            assert middle in part
            assert (middle - part[0]) - (part[-1] - middle) in (0, 1)


def test_numbers_counted_by_hand() -> None:
    assert middle_frames(12, 3) == [2, 6, 10]
    assert middle_frames(10, 4) == [1, 3, 6, 8]
    assert middle_frames(2, 5) == [0, 0, 0, 1, 1]
    assert middle_frames(1, 3) == [0, 0, 0]


@pytest.mark.parametrize(("frames", "segments"), [(0, 3), (3, 0), (-1, 1)])
def test_nothing_has_no_segments(frames: int, segments: int) -> None:
    with pytest.raises(ValueError, match=f"{frames} frames in {segments} segments: expected"):
        segments_of(frames, segments)
