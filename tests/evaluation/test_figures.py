from locomotion_hf.evaluation.figures import Figure, figures_table

ROWS = [
    Figure("T2V R@1, all clips", 0.1234, 0.1, 0.15, 1 / 512, "percent", 512, 512.0),
    Figure("T2V median rank", 12, 9.5, 20, 256, "rank", 512, 512.0),
    Figure("gain", -0.05, -0.1, 0.004, None, "points", 512, 8.0),
]

PLAIN = """\
                    figure  95 % interval  chance
T2V R@1, all clips  12.3 %   10.0 to 15.0   0.2 %
T2V median rank       12.0    9.5 to 20.0   256.0
gain                  -5.0  -10.0 to +0.4"""

MARKDOWN = """\
|                    | figure | 95 % interval | chance |
| ------------------ | -----: | ------------: | -----: |
| T2V R@1, all clips | 12.3 % |  10.0 to 15.0 |  0.2 % |
| T2V median rank    |   12.0 |   9.5 to 20.0 |  256.0 |
| gain               |   -5.0 | -10.0 to +0.4 |        |"""


def test_a_table_for_the_terminal():
    assert figures_table(ROWS) == PLAIN


def test_a_table_in_markdown():
    assert figures_table(ROWS, style="markdown") == MARKDOWN


def test_a_figure_survives_json():
    assert [Figure(**row.to_dict()) for row in ROWS] == ROWS
