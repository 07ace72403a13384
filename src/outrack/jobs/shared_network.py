"""One network for the processes of several cameras."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from outrack.detectors import NetworkDetector, Speed
from outrack.detectors.input_size import InputSize
from outrack.detectors.one_batch import Arrays, OneBatch
from outrack.detectors.open_network import Network, network_on, tracking_detector
from outrack.detectors.size_for_live import size_for_live

__all__ = ["NetworkServer", "SharedNetwork", "SharedNetworkAt"]

logger = logging.getLogger(__name__)


class NetworkServer:
    """Runs one network for other processes of this machine; their latest frames are one batch (`OneBatch`). A context
    manager.

    Args:
        weights, device: as for `load_detector`; opened for the first process that connects.
        num_cameras: number of cameras that the network must keep up with.

    Attributes:
        place: loads the detectors of the processes.
    """

    def __init__(self, weights: Path | None, device: str, num_cameras: int) -> None:
        self._weights, self._device, self._num_cameras = weights, device, num_cameras
        self._settling = threading.Lock()
        self._pixels: int | None = None
        self._closing = False
        key = os.urandom(32)
        self._listener = Listener(authkey=key)
        self.place = SharedNetworkAt(self._listener.address, key)
        self._thread = threading.Thread(target=self._accept, name="network-server", daemon=True)

    def __enter__(self) -> NetworkServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        Client(self.place.address, authkey=self.place.key).close()  # ends waiting for further processes
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            with suppress(OSError, EOFError):  # a process that exited while connecting
                connection = self._listener.accept()
                if self._closing:
                    connection.close()
                    return
                threading.Thread(target=self._serve, args=(connection,), name="network-client", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError, OSError):  # until the process ends
            while True:
                question = connection.recv()
                try:
                    answer = self._answer(question)
                except Exception as error:  # noqa: BLE001  # raised in the process that asked, whatever it is
                    answer = error
                connection.send(answer)

    def _answer(self, question: Arrays | float | None) -> Any:
        with self._settling:
            network, batch = self._network
            if question is None:
                return network.info, network.inputs
            if isinstance(question, float):
                return self._pixels_for(question, batch)
        return batch(question)

    @cached_property
    def _network(self) -> tuple[Network, OneBatch]:
        network = network_on(self._weights, device=self._device)
        return network, OneBatch(network)

    def _pixels_for(self, frame_rate: float, batch: OneBatch) -> int:
        """One size for all cameras, that of the first one, since a batch needs inputs of equal size."""
        if self._pixels is None:
            info = self._network[0].info
            blank = np.zeros((*info.size[::-1], 3), np.uint8)
            found = size_for_live(NetworkDetector(batch, info), blank, frame_rate=frame_rate * self._num_cameras)
            width, height = found.network.size_of(blank)
            self._pixels = width * height
            logger.log(
                logging.INFO if found.keeps_up else logging.WARNING,
                "%d cameras share a network, which runs at about %dx%d pixels and takes %.0f ms per frame%s",
                self._num_cameras,
                width,
                height,
                found.ms,
                "" if found.keeps_up else f", too long for {frame_rate:g} frames per second: frames will be dropped",
            )
        return self._pixels


@dataclass(frozen=True)
class SharedNetworkAt:
    """Address of a `NetworkServer`; in other processes it loads their detectors, as `load_detector` does."""

    address: Any
    key: bytes

    def __call__(
        self,
        *,
        weights: Path | None,
        device: str,
        min_score: float | None,
        image_size: int | tuple[int, int] | InputSize | None,
        speed: Speed,
        classes: Sequence[str | int] | None,
    ) -> NetworkDetector:
        """A detector that runs the server's network, which has the same weights and device."""
        network = SharedNetwork(self)
        return tracking_detector(network, min_score=min_score, image_size=image_size, speed=speed, classes=classes)


class SharedNetwork:
    """The network of a `NetworkServer`, in another process.

    Attributes:
        info: metadata of its file.
        inputs: names of its inputs.
    """

    def __init__(self, place: SharedNetworkAt) -> None:
        self._connection = Client(place.address, authkey=place.key)
        self.info, self.inputs = self._ask(None)

    def __call__(self, inputs: Arrays) -> Arrays:
        """Outputs by name; errors as for the network."""
        outputs: Arrays = self._ask(dict(inputs))
        return outputs

    def pixels_for(self, frame_rate: float) -> int:
        """The size at which the network keeps up with all cameras, in pixels."""
        pixels: int = self._ask(float(frame_rate))
        return pixels

    def _ask(self, question: Arrays | float | None) -> Any:
        try:
            self._connection.send(question)
            answer = self._connection.recv()
        except EOFError as error:
            raise ConnectionError("the process that runs the network of all cameras has ended") from error
        if isinstance(answer, Exception):
            raise answer
        return answer
