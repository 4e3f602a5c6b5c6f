"""Videos: upstream reads, samples and writes them with ffprobe and ffmpeg, by way of `eta.core.video`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _probe(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize
    from safelight.dropin.media.probing import probe_remote
    from safelight.storage.uri import is_remote

    @wraps(original)
    def run(self: Any, inpath: Any, decode: bool = False, verbose: bool = False) -> Any:
        if not is_remote(inpath):
            return original(self, inpath, decode=decode, verbose=verbose)
        options = [*self._global_opts, *self._opts]
        try:
            output = probe_remote(options, inpath)
        except FileNotFoundError:
            # Nothing to download a video for: upstream says which program is missing.
            return original(self, inpath, decode=decode, verbose=verbose)
        if output is None:
            return original(self, localize(inpath), decode=decode, verbose=verbose)
        self._args = ["ffprobe", *options, "-i", inpath]
        return output.decode() if decode else output

    return run


def _convert(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.sequences import local_input
    from safelight.dropin.media.staging import StagedOutput
    from safelight.storage.uri import is_remote

    @wraps(original)
    def run(self: Any, inpath: Any, outpath: Any, verbose: bool = False) -> Any:
        if not is_remote(outpath):
            return original(self, local_input(inpath), outpath, verbose=verbose)
        output = StagedOutput(outpath)
        with ExitStack() as cleanup:
            cleanup.callback(output.discard)
            original(self, local_input(inpath), output.path, verbose=verbose)
            if self.is_input_streaming:
                # ffmpeg is still waiting for frames: `close` uploads what it has made of them.
                self._safelight_output = output
                cleanup.pop_all()
            else:
                output.upload()
        return None

    return run


def _close(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def close(self: Any) -> Any:
        output = self.__dict__.pop("_safelight_output", None)
        if output is None:
            return original(self)
        process = self._p
        try:
            original(self)
            if process.returncode:
                raise OSError(f"{output.url}: ffmpeg ended with status {process.returncode}")
            output.upload()
        finally:
            output.discard()
        return None

    return close


def _concatenate(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize

    @wraps(original)
    def concat_videos(input_paths: Any, *args: Any, **kwargs: Any) -> Any:
        return original([localize(path) for path in input_paths], *args, **kwargs)

    return concat_videos


PATCH = Patch(
    name="videos",
    summary="videos are probed at their store, read through the cache and written to where they belong",
    targets=(
        Target(
            module="eta.core.video",
            attribute="FFprobe.run",
            make=_probe,
            why="ffprobe does not know object stores",
            signature="(self, inpath, decode=False, verbose=False)",
        ),
        Target(
            module="eta.core.video",
            attribute="FFmpeg.run",
            make=_convert,
            why="ffmpeg does not know object stores",
            signature="(self, inpath, outpath, verbose=False)",
        ),
        Target(
            module="eta.core.video",
            attribute="FFmpeg.close",
            make=_close,
            why="a video that is written frame by frame is complete only here",
            signature="(self)",
        ),
        Target(
            module="fiftyone.utils.video",
            attribute="concat_videos",
            make=_concatenate,
            why="writes the inputs into a list for ffmpeg to open",
            signature="(input_paths, output_path, verbose=False)",
        ),
    ),
)
