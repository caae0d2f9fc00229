import pytest

from locomotion_hf.assets.cutouts import noun_of
from locomotion_hf.assets.diffusion.prompts import SEEDS, TEMPLATES, check_templates, read_nouns, request
from locomotion_hf.errors import AssetError


def test_the_list_of_lvis_is_whole():
    entries = read_nouns("lvis")
    assert len(entries) == len(set(entries)) == 1203
    assert (entries[0], entries[-1]) == ("aerosol_can", "zucchini")
    assert all(noun_of(entry) for entry in entries)
    assert len({noun_of(entry) for entry in entries}) == 1198  # two bows, two octopuses, ...


def test_a_list_of_ones_own(tmp_path):
    file = tmp_path / "nouns.txt"
    file.write_bytes("\ufeff# mine\r\nalarm clock\r\n\r\n bow_(weapon) \r\nalarm_clock\r\nT-shirt\r\n".encode())
    assert read_nouns(file) == ("alarm_clock", "bow_(weapon)", "T-shirt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"# nothing\n\n", "is empty"),
        (b"caf\xe9\n", "is not UTF-8"),
        (
            b"teapot\nthe kettle\n12\nx_(a/b)\n../up\n",
            r"has 4 lines that are no nouns: 'the kettle', '12', 'x_\(a/b\)'",
        ),
    ],
)
def test_lists_that_cannot_be_used(tmp_path, content, message):
    file = tmp_path / "nouns.txt"
    file.write_bytes(content)
    with pytest.raises(AssetError, match=f"nouns.txt {message}.*Expected: .*To fix it: "):
        read_nouns(file)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(AssetError, match=r"gone\.txt cannot be read \(No such file"):
        read_nouns(tmp_path / "gone.txt")
    with pytest.raises(AssetError, match=r"cannot be read \(Is a directory"):
        read_nouns(tmp_path)


def test_an_image_has_its_seed_from_its_name_alone():
    one = request("bow_(weapon)", 1, 0, TEMPLATES)
    assert one == request("bow_(weapon)", 1, 0, TEMPLATES)
    assert (one.noun, one.prompt) == ("bow", TEMPLATES[1].replace("{noun}", "bow (weapon)"))
    assert one.file == f"bow_(weapon)/{one.seed}.png"
    assert one.seed == 351155728033490  # pinned: a changed hash would make every tree anew
    others = [request(entry, number, seed, TEMPLATES) for entry in ("a", "b") for number in (0, 4) for seed in (0, 1)]
    assert len({other.seed for other in others}) == 8
    assert all(0 <= other.seed < SEEDS for other in others)
    assert request("a", 4, 0, TEMPLATES).prompt == request("a", 1, 0, TEMPLATES).prompt


def test_templates_need_a_place_for_the_noun():
    check_templates(TEMPLATES)
    with pytest.raises(AssetError, match=r"'a photo of a teapot' has no \{noun\}.*Expected: .*To fix it: "):
        check_templates(["one {noun}", "a photo of a teapot"])
    with pytest.raises(AssetError, match=r"There are no prompt templates"):
        check_templates([])
