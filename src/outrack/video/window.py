"""A window that shows pictures during a run, with Tk, which is part of Python."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Window"]

_SHARE = 0.8  # maximum share of the screen for a window


class Window:
    """Shows pictures, one at a time. A context manager, for the main thread.

    Args:
        title: title of the window.

    Raises:
        RuntimeError: there is no display, or this Python has no Tk.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter

            from PIL import ImageTk

            self._root = tkinter.Tk()
        except ImportError as error:
            raise RuntimeError("--show needs Tk, which this Python was built without. Debian: python3-tk") from error
        except tkinter.TclError as error:
            raise RuntimeError(
                f"--show: cannot open a window ({error}). Omit --show, or write -o live.mkv and open that in a player "
                "while it grows"
            ) from error
        self._photo_of = ImageTk.PhotoImage
        self._is_open = True
        self._root.title(title)
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()
        self._root.protocol("WM_DELETE_WINDOW", self._leave)
        for key in ("q", "<Escape>"):
            self._root.bind(key, lambda _: self._leave())

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._root.destroy()

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture, RGB uint8 (H, W, 3), scaled down to fit the screen.

        Raises:
            KeyboardInterrupt: the window was closed, or Q or Escape was pressed.
        """
        image = Image.fromarray(picture)
        image.thumbnail((int(_SHARE * self._root.winfo_screenwidth()), int(_SHARE * self._root.winfo_screenheight())))
        self._photo = self._photo_of(image, master=self._root)  # Tk keeps no reference
        self._label.configure(image=self._photo)
        self._root.update()
        if not self._is_open:
            raise KeyboardInterrupt

    def _leave(self) -> None:
        self._is_open = False
