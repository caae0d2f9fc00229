"""A real server on this machine, right and wrong in every way that one has met."""

import json
import os
import time
from dataclasses import replace

import pytest
from local_server import completion, right, serving

from locomotion_hf.captions.paraphrase import VERBS, EndpointParaphraser, Request, Sampling
from locomotion_hf.captions.paraphrase.endpoint import Patience
from locomotion_hf.errors import CaptionError

QUICK = Patience(concurrency=4, tries=2, first_wait=0.01, give_up_after=100)
HASTY = replace(QUICK, timeout=0.3)


def requests(count: int) -> list[Request]:
    return [Request(f"A ball moves {number}", "ball", VERBS, 0) for number in range(count)]


def ask(server, count: int = 3, patience: Patience = QUICK, **options) -> dict[str, object]:
    endpoint = EndpointParaphraser(server.url, "tiny", patience=patience, **options)
    return {answer.request.caption: answer for answer in endpoint.answers(requests(count))}


def test_asks_a_local_server_while_the_hub_is_offline() -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    with serving() as server:
        endpoint = EndpointParaphraser(server.url.removesuffix("/v1"), sampling=Sampling(0.5, 0.8, max_new_tokens=7))
        answers = list(endpoint.answers(requests(20)))
    assert endpoint.model == "tiny"  # the only one that the server lists
    assert {answer.request.caption for answer in answers} == {f"A ball moves {number}" for number in range(20)}
    assert all(answer.text.startswith(f"1. {answer.request.caption}") for answer in answers)
    body = next(body for body in server.bodies if body["messages"][-1]["content"] == "Caption: A ball moves 3")
    assert (body["model"], body["temperature"], body["top_p"], body["max_tokens"]) == ("tiny", 0.5, 0.8, 7)
    assert body["seed"] == requests(20)[3].seed
    assert body["messages"] == VERBS.messages("A ball moves 3")
    assert set(server.asked.values()) == {1}


def test_the_key_is_sent_and_not_recorded() -> None:
    with serving() as server:
        endpoint = EndpointParaphraser(server.url, "tiny", api_key="secret")
        list(endpoint.answers(requests(1)))
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert "secret" not in json.dumps(endpoint.settings)


def test_works_at_once_on_several_and_on_no_more() -> None:
    def slowly(handler, caption, number):
        time.sleep(0.05)
        right(handler, caption, number)

    with serving(slowly) as server:
        ask(server, 12, Patience(concurrency=4))
        assert server.most == 4


def garbage(handler, caption, number):
    handler.say(bytes(range(256)) * 4)


def truncated(handler, caption, number):
    handler.say(completion("1. A ball rolls.")[:40])


def half_a_body(handler, caption, number):
    handler.say(completion("1. A ball rolls."), length=10_000)
    handler.close_connection = True


def hangs(handler, caption, number):
    time.sleep(1.5)


def trickles(handler, caption, number):
    """A byte now and then: no single read ever takes too long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def closes(handler, caption, number):
    handler.close_connection = True


def no_text(handler, caption, number):
    handler.say(completion("x").replace(b'"x"', b"null"))


def endless(handler, caption, number):
    handler.say(b"[" * 1_100_000)


def broken(handler, caption, number):
    handler.say(b"out of memory", 500)


TROUBLE = {
    garbage: "no chat completion but",
    truncated: "no chat completion but",
    half_a_body: "RemoteProtocolError",
    hangs: "no answer within 0.3 seconds",
    trickles: "no answer within 0.3 seconds",
    closes: "RemoteProtocolError",
    no_text: "no chat completion but",
    endless: "more than 1,000,000 bytes",
    broken: "status 500: 'out of memory'",
}


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.__name__)
def test_passing_trouble_is_tried_again(trouble) -> None:
    def behave(handler, caption, number):
        (trouble if number == 0 else right)(handler, caption, number)

    with serving(behave) as server:
        answers = ask(server, patience=HASTY if trouble in (hangs, trickles) else QUICK)
        assert not any(answer.failure for answer in answers.values())
        assert set(server.asked.values()) == {2}


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.__name__)
def test_lasting_trouble_with_one_request_fails_that_one(trouble) -> None:
    def behave(handler, caption, number):
        (trouble if caption.endswith("1") else right)(handler, caption, number)

    with serving(behave) as server:
        answers = ask(server, patience=HASTY if trouble in (hangs, trickles) else QUICK)
        assert server.asked["A ball moves 1"] == QUICK.tries
    failures = {caption: answer.failure for caption, answer in answers.items() if answer.failure}
    assert list(failures) == ["A ball moves 1"]
    assert TROUBLE[trouble] in failures["A ball moves 1"]


def test_a_server_that_asks_to_wait_is_obeyed() -> None:
    def busy(handler, caption, number):
        if number == 0:
            handler.say(b"{}", 429, Retry_After="0.4")
        else:
            right(handler, caption, number)

    with serving(busy) as server:
        assert not ask(server, 1)["A ball moves 0"].failure
        assert server.times[1] - server.times[0] >= 0.4


def test_a_request_that_is_refused_is_not_repeated() -> None:
    def refuses(handler, caption, number):
        handler.say(b"too long", 400) if caption.endswith("1") else right(handler, caption, number)

    with serving(refuses) as server:
        answers = ask(server)
        assert answers["A ball moves 1"].failure == "status 400: 'too long'"
        assert set(server.asked.values()) == {1}


def test_one_sentence_4000_times_is_an_answer_like_another() -> None:
    def repeats(handler, caption, number):
        handler.say(completion("A ball rolls. " * 4000, "length"))

    with serving(repeats) as server:
        answer = ask(server, 1)["A ball moves 0"]
    assert answer.cut
    assert answer.text.count("rolls") == 4000


@pytest.mark.parametrize("trouble", [broken, closes, garbage, hangs], ids=lambda trouble: trouble.__name__)
def test_a_server_that_does_nothing_else_ends_the_run(trouble) -> None:
    def behave(handler, caption, number):
        (right if int(caption.split()[-1]) < 3 else trouble)(handler, caption, number)

    patience = Patience(1, 0.3 if trouble is hangs else 30, tries=2, first_wait=0.01, give_up_after=3)
    answers = []
    with serving(behave) as server:
        coming = EndpointParaphraser(server.url, "tiny", patience=patience).answers(requests(50))
        with pytest.raises(CaptionError, match=r"3 tries in a row failed at http.*the last: .*To fix it: see to the"):
            answers.extend(coming)
        assert server.asked.total() == 3 + 3
    assert [bool(answer.failure) for answer in answers] == [False, False, False, True]


def test_the_deadline_ends_the_run_at_once() -> None:
    patience = Patience(timeout=30, deadline=0.3)
    with serving(hangs) as server:
        start = time.monotonic()
        with pytest.raises(
            CaptionError, match=r"The 0.3 seconds for this run have passed.*what is in the ledger is not"
        ):
            list(EndpointParaphraser(server.url, "tiny", patience=patience).answers(requests(3)))
        assert time.monotonic() - start < 1.2


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_ends_the_run_at_the_first_request(status: int) -> None:
    with serving(lambda handler, caption, number: handler.say(b"no such thing", status)) as server:
        endpoint = EndpointParaphraser(server.url, "tiny", patience=Patience(concurrency=1))
        with pytest.raises(CaptionError, match=rf"status {status}: 'no such thing'.*serves 'tiny' to this key"):
            list(endpoint.answers(requests(9)))
        assert server.asked.total() == 1


def test_who_stops_listening_stops_the_work() -> None:
    def slowly(handler, caption, number):
        time.sleep(0.02)
        right(handler, caption, number)

    with serving(slowly) as server:
        answers = EndpointParaphraser(server.url, "tiny", patience=Patience(concurrency=2)).answers(requests(500))
        next(answers)
        answers.close()
        assert server.asked.total() < 20


def test_never_far_ahead_of_who_keeps_the_answers() -> None:
    """What was answered and not yet kept would be asked again after a kill."""
    with serving() as server:
        answers = EndpointParaphraser(server.url, "tiny", patience=Patience(concurrency=2)).answers(requests(50))
        for taken in range(1, 11):
            next(answers)
            time.sleep(0.02)
            assert server.asked.total() <= taken + 2
        answers.close()


def test_nobody_there() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(CaptionError, match=r"does not say which models it serves \(ConnectError"):
        EndpointParaphraser(url)
    patience = Patience(tries=2, first_wait=0.01, give_up_after=4)
    with pytest.raises(CaptionError, match="4 tries in a row failed"):
        list(EndpointParaphraser(url, "tiny", patience=patience).answers(requests(9)))


def test_two_models_and_none_named() -> None:
    with serving() as server:
        server.models = ["one", "two"]
        with pytest.raises(CaptionError, match=r"serves 2 models \(one, two\)"):
            EndpointParaphraser(server.url)


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host/v1", "http://", "http://host:port"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(CaptionError, match=r"is no URL of a server.*http://127.0.0.1:8000/v1"):
        EndpointParaphraser(url, "tiny")


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"timeout": 0.0}, {"tries": 0}, {"deadline": -1.0}])
def test_impatience(wrong: dict) -> None:
    with pytest.raises(CaptionError, match="seconds above 0"):
        Patience(**wrong)


def test_a_model_without_a_system_role() -> None:
    with serving() as server:
        ask(server, 1, system_role=False)
    first, *others = server.bodies[0]["messages"]
    assert first["role"] == "user"
    assert first["content"].startswith(VERBS.system)
    assert [turn["role"] for turn in others] == ["assistant", "user"] * len(VERBS.examples)


def test_the_hub_client_would_have_refused() -> None:
    """The hub's own refuses any address while it is offline. Should this fail, ours is no longer needed."""
    from huggingface_hub import InferenceClient
    from huggingface_hub.errors import OfflineModeIsEnabled

    with serving() as server, pytest.raises(OfflineModeIsEnabled):
        InferenceClient(base_url=server.url, api_key="x").chat.completions.create(messages=VERBS.messages("A ball"))
    assert not server.asked
