"""Checks the commands of this folder on this machine's GPU: check.py --out FOLDER [--seconds N]

Needs a Python with the release of torch that the commands were linked with, whose libraries they load, and nothing else. Writes
FOLDER/gpu-check.json, a result for each check, and FOLDER/gpu-check.log, what every program printed. Each check has a limit of
time, and none starts after --seconds (420). On a machine without a GPU it runs on the CPU what can run there, and says what was
left out. The exit status is 1 if a check failed.
"""

import argparse
import importlib.util
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = """
taxonomy: {here}/examples/ontology
corpus: {here}/corpus.jsonl
device: {device}
run: {{dir: {dir}, seed: 1}}
validation: {{share: 0.02, max_queries: 50}}
model: {{encoder: {here}/minilm, max_length: 64, pooling: attention, bilstm: true}}
train: {{batch_size: 64, max_steps: {steps}, precision: {precision}, checkpoint_every_steps: 1000}}
"""


class Skipped(Exception):
    """What a check raises that cannot run on this machine."""


class Failed(Exception):
    """What a check raises where the machine's answer is wrong."""


class Checks:
    def __init__(self, out: Path, seconds: float, libraries: Path | None):
        self.out, self.began, self.seconds = out, time.monotonic(), seconds
        out.mkdir(parents=True, exist_ok=True)
        self.log = (out / "gpu-check.log").open("w", encoding="utf-8")
        self.work = out / "work"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.results: list[dict] = []
        spec = importlib.util.find_spec("torch")
        if spec is None:
            raise SystemExit("gpu-check: this Python has no torch")
        self.libraries = libraries or Path(spec.origin).parent / "lib"
        self.environment = {**os.environ, "LD_LIBRARY_PATH": f"{self.libraries}:{os.environ.get('LD_LIBRARY_PATH', '')}",
                            "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
        import torch

        self.torch, self.cuda = torch, torch.cuda.is_available()
        self.device = "cuda:0" if self.cuda else "cpu"

    def program(self, *command: str, limit: float = 120, cwd: Path = HERE, fails: bool = False, **environment: str) -> str:
        """Runs a program, logs what it prints and returns that. It fails unless the exit status is 0; with fails, unless it is not."""
        self.log.write(f"\n$ {' '.join(map(str, command))}\n")
        self.log.flush()
        try:
            done = subprocess.run([str(part) for part in command], cwd=cwd, env={**self.environment, **environment}, timeout=limit,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        except subprocess.TimeoutExpired as e:
            printed = (e.stdout or b"").decode(errors="replace")
            self.log.write(f"{printed}\n(stopped after {limit} s)\n")
            raise Failed(f"{Path(command[0]).name} took longer than {limit} s") from e
        self.log.write(done.stdout + f"(exit status {done.returncode})\n")
        self.log.flush()
        if (done.returncode != 0) != fails:
            lines = done.stdout.strip().splitlines()[-6:]
            raise Failed(f"{Path(command[0]).name}: exit status {done.returncode}: " + " | ".join(lines))
        return done.stdout

    def check(self, name: str, f) -> None:
        result = {"check": name, "device": self.device}
        began = time.monotonic()
        try:
            if began - self.began > self.seconds:
                raise Skipped(f"no time left of {self.seconds:g} s")
            result.update(status="passed", **(f() or {}))
        except Skipped as e:
            result.update(status="skipped", why=str(e))
        except Exception as e:  # one check's end is not the others'
            result.update(status="failed", why=f"{e}" if isinstance(e, Failed) else f"{type(e).__name__}: {e}")
        result["seconds"] = round(time.monotonic() - began, 1)
        self.results.append(result)
        print(f"{result['status']:8} {name} ({result['seconds']} s) {result.get('why', '')}", flush=True)
        summary = {"machine": self.machine(), "seconds": round(time.monotonic() - self.began, 1), "checks": self.results}
        (self.out / "gpu-check.json").write_text(json.dumps(summary, indent=1, default=str) + "\n", encoding="utf-8")

    def machine(self) -> dict:
        gpu = self.torch.cuda.get_device_name(0) if self.cuda else None
        return {"gpu": gpu, "torch": self.torch.__version__, "cuda": self.torch.version.cuda, "processors": os.cpu_count(), "python": sys.version.split()[0]}

    def needs_gpu(self) -> None:
        if not self.cuda:
            raise Skipped("this machine has no GPU")

    # The checks.

    def versions(self) -> dict:
        text = self.program(HERE / "bin/train-biencoder", "--version")
        release = self.torch.__version__.split("+")[0]
        if release not in text:
            raise Failed(f"the commands are linked with another libtorch than {release}: {text.strip()}")
        return {"version": text.split("\n")[:6]}

    def tests(self, package: str) -> dict:
        environment = {"SKILLSPACE_DEVICE": self.device, "SKILLSPACE_MINILM": str(HERE / "minilm")}
        try:
            text = self.program(HERE / package / "package.test", "-test.v", "-test.timeout", "100s", cwd=HERE / package, **environment)
        finally:
            self.log.flush()
        found = {state: len(re.findall(rf"^--- {state}", text, re.M)) for state in ("PASS", "SKIP")}
        measured = [line.split("measured: ")[1] for line in text.splitlines() if "measured: " in line]
        return {"passed": found["PASS"], "skipped": found["SKIP"], "measured": measured}

    def config(self, name: str, precision: str, steps: int) -> tuple[Path, Path]:
        run, path = self.work / name, self.work / f"{name}.yaml"
        path.write_text(CONFIG.format(here=HERE, device=self.device, dir=run, steps=steps, precision=precision))
        return path, run

    def train(self, name: str, precision: str, *settings: str, steps: int | None = None) -> dict:
        """Trains the quick start's bi-encoder and returns its losses and its speed."""
        if precision == "fp16":
            self.needs_gpu()
        steps = steps or (60 if self.cuda else 4)
        path, run = self.config(name, precision, steps)
        flags = [part for setting in settings for part in ("--set", setting)]
        self.program(HERE / "bin/train-biencoder", "--config", path, *flags, limit=120 if self.cuda else 600)
        return self.measured(run)

    def measured(self, run: Path) -> dict:
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        steps = [row for row in rows if "loss" in row]
        losses = [row["loss"] for row in steps]
        if not all(loss == loss and abs(loss) < 1e4 for loss in losses):
            raise Failed(f"losses {losses}")
        if self.cuda and statistics.mean(losses[-10:]) >= statistics.mean(losses[:10]):
            raise Failed(f"the loss does not fall: {losses}")
        half = steps[len(steps) // 2 :]
        return {"first_loss": losses[0], "last_loss": losses[-1], "losses": losses, "per_second": statistics.median(row["examples_per_second"] for row in half)}

    def precisions_agree(self) -> dict:
        """Compares the losses of the runs before: same seed, same batches, other rounding and other dropout masks."""
        by_name = {r["check"]: r for r in self.results if r.get("losses")}
        want = by_name["train, fp32"]
        mean = lambda r: statistics.mean(r["losses"][-10:])
        found = {name: mean(r) / mean(want) - 1 for name, r in by_name.items()}
        if any(abs(d) > 0.15 for d in found.values()):
            raise Failed(f"mean losses of the last ten steps, relative to fp32: {found}")
        return {"relative_to_fp32": found}

    def resume(self) -> dict:
        """Kills a run in its middle, resumes it and compares it with one that was not killed."""
        steps = 60 if self.cuda else 8
        whole = self.train("whole", "fp32", "train.checkpoint_every_steps=4", steps=steps)["losses"]
        path, run = self.config("killed", "fp32", steps)
        command = [HERE / "bin/train-biencoder", "--config", path, "--set", "train.checkpoint_every_steps=4"]
        child = subprocess.Popen([str(part) for part in command], env=self.environment, stdout=self.log, stderr=self.log)
        until, last = time.monotonic() + (60 if self.cuda else 600), run / "checkpoints/last"
        while not last.exists() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
        self.program(*command, "--resume", limit=120 if self.cuda else 600)
        losses = self.measured(run)["losses"]
        if len(losses) != len(whole):
            raise Failed(f"{len(losses)} steps, want {len(whole)}")
        worst = max(abs(a - b) / max(abs(b), 0.01) for a, b in zip(losses, whole))
        if worst > (0.05 if self.cuda else 0):
            raise Failed(f"a resumed run's losses are up to {worst:.2g} from one that was not stopped")
        return {"largest_relative_difference": worst}

    def out_of_memory(self) -> dict:
        """Fills the device but for little and trains."""
        self.needs_gpu()
        free, _ = self.torch.cuda.mem_get_info()
        held = self.torch.empty(max(0, free - (1 << 30)), dtype=self.torch.uint8, device="cuda")
        try:
            path, _ = self.config("starved", "fp32", 5)
            text = self.program(HERE / "bin/train-biencoder", "--config", path, "--set", "train.batch_size=512", fails=True)
        finally:
            del held
            self.torch.cuda.empty_cache()
        error = next((line for line in text.splitlines() if "out of memory" in line), "")
        if "train." not in error:
            raise Failed(f"no advice: {text.strip().splitlines()[-3:]}")
        return {"error": error}

    def torchscript(self) -> dict:
        """Exports the first run's model and runs it on the device and on the CPU."""
        self.program(HERE / "bin/export-checkpoint", "--checkpoint", self.work / "fp32/checkpoints/best", "--format", "torchscript",
                     "--device", "cpu", "--output", self.work / "exported")
        torch = self.torch
        ids = torch.randint(1000, 20000, (16, 32))
        mask = torch.ones_like(ids)
        mask[3:, 20:] = 0
        rows = {}
        for device in ("cpu", self.device):
            model = torch.jit.load(str(self.work / "exported/model.pt"), map_location=device)
            with torch.no_grad():
                rows[device] = model(ids.to(device), mask.to(device))
            rows[device] = (rows[device][0] if isinstance(rows[device], tuple) else rows[device]).float().cpu()
        worst = (rows["cpu"] - rows[self.device]).abs().max().item()
        if not worst <= 1e-3:
            raise Failed(f"embeddings on {self.device} are up to {worst:.2g} from the CPU's")
        return {"largest_difference": worst}

    def pairs(self) -> Path:
        """Writes the corpus as pairs of a sentence and a label of one of its skills."""
        path = self.work / "pairs.jsonl"
        import csv

        labels = {}
        with (HERE / "examples/ontology/skills_en.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                labels[row["conceptUri"]] = row["preferredLabel"]
        with path.open("w", encoding="utf-8") as file:
            for line in (HERE / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                skills = [labels[skill] for skill in row.get("skills") or [] if skill in labels]
                if skills:
                    file.write(json.dumps({"anchor": row["text"], "positive": skills[0]}) + "\n")
        return path

    def speed_of_training(self) -> dict:
        pairs, steps = self.pairs(), 120 if self.cuda else 6
        figures = {}
        for precision in ("fp32", "bf16"):
            settings = ["model.pooling=mean", "model.bilstm=false", "train.batch_size=64", "validation.share=0.01"]
            figures[f"ours, {precision}"] = self.train(f"speed-{precision}", precision, *settings, steps=steps)["per_second"]
            figures[f"sentence-transformers, {precision}"] = self.peer("train", pairs, precision)
        return {"examples_per_second": figures}

    def peer(self, task: str, pairs: Path, precision: str) -> float | str:
        if importlib.util.find_spec("sentence_transformers") is None:
            return "left out: this Python has no sentence-transformers"
        text = self.program(sys.executable, HERE / "peer.py", task, HERE / "minilm", pairs, self.device.split(":")[0], precision)
        return json.loads(text.strip().splitlines()[-1])["per_second"]

    def speed_of_encoding(self) -> dict:
        pairs = self.pairs()
        texts = [json.loads(line)["anchor"] for line in pairs.read_text(encoding="utf-8").splitlines()]
        texts = texts * (4 if self.cuda else 1) if self.cuda else texts[:600]
        shorter = self.work / "encoded.jsonl"
        shorter.write_text("".join(json.dumps({"anchor": text}) + "\n" for text in texts), encoding="utf-8")
        sentences = self.work / "sentences.jsonl"
        sentences.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
        figures = {}
        for precision in ("fp32", "bf16"):
            text = self.program(HERE / "bin/bench", "encode-worker", "--model", HERE / "minilm", "--sentences", sentences, "--precision", precision,
                                "--output", self.work / f"vectors-{precision}", "--max-length", "96", "--threads", str(os.cpu_count() or 1),
                                "--device", self.device)
            figures[f"ours, {precision}"] = len(texts) / json.loads(text.strip().splitlines()[-1])["seconds"]
            figures[f"sentence-transformers, {precision}"] = self.peer("encode", shorter, precision)
        return {"sentences_per_second": figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=420)
    parser.add_argument("--libraries", type=Path, help="libtorch's folder lib, if not this Python's")
    args = parser.parse_args()
    c = Checks(args.out.resolve(), args.seconds, args.libraries)
    print(f"gpu-check on {c.machine()}, libraries of {c.libraries}", flush=True)
    c.check("versions", c.versions)
    for package in ("internal/libtorch", "model", "train"):
        c.check(f"tests of {package}", lambda: c.tests(package))
    c.check("train, fp32", lambda: c.train("fp32", "fp32"))
    c.check("train, bf16", lambda: c.train("bf16", "bf16"))
    c.check("train, fp16", lambda: c.train("fp16", "fp16"))
    c.check("train, GradCache", lambda: c.train("chunks", "fp32", "train.chunk_size=16"))
    c.check("train, checkpointing", lambda: c.train("checkpointing", "fp32", "train.gradient_checkpointing=true"))
    c.check("the runs agree", c.precisions_agree)
    c.check("resume", c.resume)
    c.check("out of memory", c.out_of_memory)
    c.check("TorchScript", c.torchscript)
    c.check("speed of training", c.speed_of_training)
    c.check("speed of encoding", c.speed_of_encoding)
    shutil.rmtree(c.work)
    failed = [r["check"] for r in c.results if r["status"] == "failed"]
    skipped = [r["check"] for r in c.results if r["status"] == "skipped"]
    print(f"{len(c.results) - len(failed) - len(skipped)} passed, failed: {failed or 'none'}, skipped: {skipped or 'none'}; {args.out}/gpu-check.json")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
