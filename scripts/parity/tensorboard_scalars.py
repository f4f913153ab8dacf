"""Prints the scalars of a folder of event files as TensorBoard shows them: JSON, {tag: [[step, value], ...]}.

Usage: tensorboard_scalars.py FOLDER

They are read twice, by the reader in Python and by the data server that `tensorboard` starts for a local folder; both must agree.
"""

import json
import sys

from tensorboard import context
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util

EVERYTHING = 1 << 30


def by_python(folder: str) -> dict[str, list[tuple[int, float]]]:
    """Reads with EventAccumulator, which keeps every event when asked for 0 of them."""
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def by_data_server(folder: str) -> dict[str, list[tuple[int, float]]]:
    """Reads with the data server."""
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=folder,
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"scalars": EVERYTHING},
    )
    ingester.start()
    asked = {"experiment_id": "", "plugin_name": "scalars"}
    series = ingester.data_provider.read_scalars(context.RequestContext(), downsample=EVERYTHING, **asked)
    return {tag: [(point.step, point.value) for point in points] for tags in series.values() for tag, points in tags.items()}


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    shown, served = by_python(sys.argv[1]), by_data_server(sys.argv[1])
    if shown != served:
        raise SystemExit(f"TensorBoard's readers disagree:\n{json.dumps(shown)}\n{json.dumps(served)}")
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
