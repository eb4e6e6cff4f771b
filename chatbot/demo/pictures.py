"""Two small pictures drawn on the spot, so that the demo carries none."""

from __future__ import annotations

import io
import random


def draw(name: str) -> bytes:
    """Draw "moss" or "leaves" as a PNG, the same bytes each time."""
    from PIL import Image, ImageDraw

    chance = random.Random(name)
    ground, blobs = {
        "moss": ((96, 66, 52), [(70, 120, 50), (110, 160, 60), (60, 100, 45), (150, 190, 80)]),
        "leaves": ((58, 44, 34), [(190, 120, 40), (160, 80, 40), (210, 160, 70), (120, 70, 45)]),
    }[name]
    picture = Image.new("RGB", (640, 400), ground)
    pen = ImageDraw.Draw(picture)
    for _ in range(420):
        x, y, size = chance.randrange(640), chance.randrange(400), chance.randrange(8, 46)
        pen.ellipse((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=chance.choice(blobs))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
