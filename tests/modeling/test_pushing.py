"""Pushed to a hub on this machine, a folder holds what loading it elsewhere needs (see test_saving.py)."""

import base64
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from transformers import AutoModelForPreTraining, AutoProcessor

pytestmark = pytest.mark.slow

PUSH = """
import sys
from locomotion_hf.modeling import LocoMotionForPreTraining, LocoMotionProcessor
for kind in (LocoMotionForPreTraining, LocoMotionProcessor):
    kind.from_pretrained(sys.argv[1]).push_to_hub("somebody/locomotion", token="hf_of_nobody")
"""


class Hub(BaseHTTPRequestHandler):
    """Takes commits, and has nothing to give."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = {}
        if self.path.endswith("/repos/create"):
            answer = {"url": f"{self.server.url}/somebody/locomotion", "id": "1", "name": "somebody/locomotion"}
        elif "/preupload/" in self.path:
            paths = [file["path"] for file in json.loads(body)["files"]]
            files = [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]
            answer = {"files": files}
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            answer = {"commitUrl": f"{self.server.url}/somebody/locomotion/commit/1", "commitOid": "1"}
        self.reply(200, answer)

    def do_GET(self):
        self.reply(404, {}, "EntryNotFound")

    do_HEAD = do_GET

    def reply(self, status, answer, error=None):
        self.send_response(status)
        if error:
            self.send_header("X-Error-Code", error)
        text = json.dumps(answer).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.files, server.url = {}, f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_what_is_pushed_is_what_was_saved(hub, model, processor, inputs, tmp_path):
    model.save_pretrained(tmp_path / "locomotion")
    processor.save_pretrained(tmp_path / "locomotion")
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", PUSH, tmp_path / "locomotion"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    saved = {file.name for file in (tmp_path / "locomotion").iterdir()}
    assert {"config.json", "model.safetensors", "processor_config.json", "modeling_locomotion.py"} <= saved
    assert saved <= set(hub.files)
    (tmp_path / "pulled").mkdir()
    for name, content in hub.files.items():
        (tmp_path / "pulled" / name).write_bytes(content)
        if name.endswith((".py", ".safetensors")):
            assert content == (tmp_path / "locomotion" / name).read_bytes(), name
    pulled = AutoModelForPreTraining.from_pretrained(tmp_path / "pulled")
    expected = model.eval()(**inputs, return_loss=False).logits_per_video
    assert torch.equal(pulled(**inputs, return_loss=False).logits_per_video, expected)
    words = AutoProcessor.from_pretrained(tmp_path / "pulled")(text=["A dog moves left"])
    assert torch.equal(words["input_ids"], processor(text=["A dog moves left"])["input_ids"])
