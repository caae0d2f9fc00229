import numpy as np
import pytest

from locomotion_hf.assets.cache import ByteCache
from locomotion_hf.types import AssetInfo, Clip


def clip(kilobytes: int) -> Clip:
    return Clip(AssetInfo("a", "a", "unknown"), np.zeros((kilobytes, 32, 32, 1), np.uint8).repeat(3, -1), 8.0)


def test_it_never_holds_more_than_its_bytes():
    cache = ByteCache(10 * 3072)
    for key in range(50):
        cache.get(key, lambda: clip(3))
        assert cache.used_bytes <= cache.max_bytes
    assert cache.used_bytes == 9 * 3072


def test_the_least_recently_used_one_goes_first():
    cache, made = ByteCache(3 * 3072), []

    def ask(key):
        return cache.get(key, lambda: made.append(key) or clip(1))

    for key in "abcadab":
        ask(key)
    assert made == ["a", "b", "c", "d", "b"]  # "b" gave way to "d", "a" never did
    assert ask("a") is ask("a")


def test_an_asset_larger_than_the_cache_is_handed_out_but_not_kept():
    cache = ByteCache(3072)
    assert len(cache.get("small", lambda: clip(1)).frames) == 1
    assert len(cache.get("large", lambda: clip(2)).frames) == 2
    assert cache.used_bytes == 3072


def test_what_is_shared_cannot_be_written():
    cache = ByteCache(3072)
    with pytest.raises(ValueError, match="read-only"):
        cache.get("a", lambda: clip(1)).frames[0] = 1


def test_a_failure_is_not_kept():
    cache = ByteCache(3072)
    with pytest.raises(OSError, match="gone"):
        cache.get("a", lambda: (_ for _ in ()).throw(OSError("gone")))
    assert len(cache.get("a", lambda: clip(1)).frames) == 1
