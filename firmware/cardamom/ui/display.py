"""temporary"""

from PIL import Image, ImageDraw
import asyncio


class ScreenDisplay:
    def __init__(self, panel, language, drawn=None):
        self.p = panel
        self.d = drawn
        self.s = None

    def show(self, screen):
        if screen == self.s:
            return
        self.s = screen
        im = Image.new("RGB", self.p.size, "white")
        ImageDraw.Draw(im).text((10, 100), repr(screen)[:60], fill="black")
        if self.d:
            self.d(im, screen)
        self.p.draw(im)

    def status(self, line):
        pass

    async def run(self):
        await asyncio.Event().wait()
