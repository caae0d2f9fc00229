"""The suite is collected when it is asked for, and skips what its table says, nothing more."""

import re

import pytest

#: Marks that transformers' suite puts on its tests and registers in a file that the distribution leaves out.
THEIR_MARKS = ("accelerate_tests", "flash_attn_test", "flash_attn_3_test", "flash_attn_4_test", "torch_compile_test")


def pytest_configure(config):
    for mark in THEIR_MARKS:
        config.addinivalue_line("markers", f"{mark}: of transformers' own suite")


def pytest_ignore_collect(collection_path, config):
    """To collect the suite is to download it, which other runs must not wait for."""
    asked_for = config.getoption("markexpr")
    if asked_for and re.search(r"(?<!not )transformers_common", asked_for) is None:
        return True
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A skip gives the reason that stands in the test's class; without one it is a failure."""
    report = yield
    if report.skipped and hasattr(item.cls, "skipped"):
        file, line, _ = report.longrepr
        reasons = [reason for pattern, reason in item.cls.skipped.items() if re.fullmatch(pattern, item.originalname)]
        if reasons:
            report.longrepr = file, line, f"Skipped: {reasons[0]}"
        else:
            report.outcome = "failed"
            report.longrepr = f"{item.name} was skipped ({call.excinfo.value}), and its class gives no reason to."
    return report
