"""Draws pictures of round dial gauges, as a cheap camera would see them.

`render(rng)` returns one picture and the reading its needle shows: 0 at the start of the scale, 100 at its end, in
percent of full scale. Everything that varies (the dial's style, the needle, the scene behind, the camera, the light)
is drawn from `rng`, a numpy random generator, so one seed gives one picture.
"""
import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = 64                       # width and height of the finished picture, in pixels
SCALE = 3                       # drawn this many times larger, then averaged down, which smooths the edges
START, SWEEP = -135.0, 270.0    # where the scale begins, in degrees clockwise from 12 o'clock, and how far it goes

FONT = ImageFont.load_default()


def angle_of(reading):
    """Degrees clockwise from 12 o'clock at which the needle shows this reading."""
    return START + SWEEP * reading / 100.0


def render(rng):
    """One picture as uint8[SIZE, SIZE, 3], and its reading as a float."""
    reading = float(rng.uniform(0, 100))
    return photograph(rng, dial(rng, reading)), reading


# --- the gauge, seen from straight ahead -----------------------------------------------------------------------------

def dial(rng, reading):
    """The gauge as an RGBA picture with a transparent surround, `SCALE` times the final size."""
    size = SIZE * SCALE
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    centre, radius = size / 2, size / 2 - 2

    def point(degrees, distance):
        """The canvas position that far from the centre, `distance` being a fraction of the dial's radius."""
        a = math.radians(degrees)
        return centre + distance * radius * math.sin(a), centre - distance * radius * math.cos(a)

    def disc(distance, colour):
        r = distance * radius
        draw.ellipse((centre - r, centre - r, centre + r, centre + r), fill=colour)

    dark_face = rng.random() < 0.3
    face = shade(rng, 15, 70) if dark_face else shade(rng, 190, 255)
    ink = shade(rng, 200, 255) if dark_face else shade(rng, 0, 60)

    bezel = rng.uniform(0.86, 0.95)
    disc(1.0, shade(rng, 20, 200))
    disc(bezel, face)

    outer = bezel - rng.uniform(0.02, 0.10)                 # where the tick marks end
    if rng.random() < 0.45:                                 # a coloured zone at one end of the scale
        first, last = ((rng.uniform(60, 90), 100) if rng.random() < 0.7 else (0, rng.uniform(10, 40)))
        r = outer * radius
        draw.arc((centre - r, centre - r, centre + r, centre + r), angle_of(first) - 90, angle_of(last) - 90,
                 fill=vivid(rng), width=int(rng.uniform(0.05, 0.12) * radius))

    # Tick marks: 5, 6, 8 or 10 large steps, each with as many small ones as fit.
    steps = int(rng.choice([5, 6, 8, 10]))
    parts = int(rng.choice([1, 2, 5] if steps <= 6 else [1, 2]))
    long_tick, short_tick = rng.uniform(0.10, 0.18), rng.uniform(0.05, 0.08)
    width = rng.uniform(0.024, 0.048) * radius
    for i in range(steps * parts + 1):
        large = i % parts == 0
        degrees = angle_of(100.0 * i / (steps * parts))
        draw.line([point(degrees, outer), point(degrees, outer - (long_tick if large else short_tick))],
                  fill=ink, width=round(width if large else 0.6 * width))
    if rng.random() < 0.5:                                  # numbers beside the large marks
        top = int(rng.choice([1, 2, 4, 6, 10, 16, 60, 100]))
        for i in range(steps + 1):
            write(draw, point(angle_of(100.0 * i / steps), outer - long_tick - 0.13), f"{top * i / steps:g}", ink)
    if rng.random() < 0.5:                                  # a maker's name
        name = "".join(rng.choice(list("ABCDEHIKLMNORSTUX"), int(rng.integers(3, 7))))
        write(draw, point(rng.choice([0, 180]), rng.uniform(0.25, 0.5)), name, ink)

    # The needle is painted on its own layer, so that it can throw a shadow.
    layer = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    needle(rng, ImageDraw.Draw(layer), point, angle_of(reading), outer, ink, centre, radius)
    if rng.random() < 0.6:
        shadow = Image.new("RGBA", (size, size), (0, 0, 0, 0))
        shadow.putalpha(layer.getchannel("A").point(lambda a: int(a * 0.35)))
        dx, dy = (int(v) for v in rng.integers(-6, 7, 2))
        image.alpha_composite(ImageChops.offset(shadow, dx, dy))
    image.alpha_composite(layer)
    return image


def write(draw, middle, text, colour):
    """Text around that point. The built-in font is small: every letter is enlarged."""
    mask = FONT.getmask(text, "L")
    letters = Image.frombytes("L", mask.size, bytes(mask))
    letters = letters.resize((round(1.4 * mask.size[0]), round(1.4 * mask.size[1])), Image.BILINEAR)
    draw.bitmap((round(middle[0] - letters.width / 2), round(middle[1] - letters.height / 2)), letters, fill=colour)


def needle(rng, draw, point, degrees, outer, ink, centre, radius):
    """One of three shapes of needle, with or without a tail, and the hub it turns on."""
    colour = vivid(rng) if rng.random() < 0.4 else ink
    length = outer - rng.uniform(0.0, 0.2)
    tail = rng.choice([0.0, rng.uniform(0.1, 0.3)])
    half = rng.uniform(0.03, 0.07)
    shape = rng.choice(["taper", "bar", "lance"])

    def along(distance, offset):
        """A point that far along the needle and that far to its side."""
        x, y = point(degrees, distance)
        ox, oy = point(degrees + 90, offset)
        return x + ox - centre, y + oy - centre

    if shape == "taper":
        outline = [(-tail, -half), (length, -0.01), (length, 0.01), (-tail, half)]
    elif shape == "bar":
        half *= 0.6
        outline = [(-tail, -half), (length, -half), (length, half), (-tail, half)]
    else:
        outline = [(-tail, -half), (0.6 * length, -0.5 * half), (0.7 * length, -1.3 * half), (length, 0),
                   (0.7 * length, 1.3 * half), (0.6 * length, 0.5 * half), (-tail, half)]
    draw.polygon([along(*p) for p in outline], fill=colour)
    hub = rng.uniform(0.07, 0.16) * radius
    draw.ellipse((centre - hub, centre - hub, centre + hub, centre + hub),
                 fill=colour if rng.random() < 0.4 else shade(rng, 20, 220))


# --- the camera, the scene and the light -----------------------------------------------------------------------------

def photograph(rng, gauge):
    """The gauge in front of something, seen a little askew, in uneven light, by a camera with some blur and noise."""
    big = SIZE * SCALE
    scene = background(rng)

    # Where the gauge's corners come to lie: a turned, slightly squeezed and shifted square.
    turn = math.radians(rng.uniform(-8, 8))
    half = big / 2 * rng.uniform(0.78, 0.97)
    squeeze = rng.uniform(0.94, 1.06)
    middle = big / 2 + rng.uniform(-0.05, 0.05, 2) * big
    corners = []
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = sx * half * squeeze, sy * half / squeeze
        corners.append((middle[0] + x * math.cos(turn) - y * math.sin(turn) + rng.uniform(-0.025, 0.025) * big,
                        middle[1] + x * math.sin(turn) + y * math.cos(turn) + rng.uniform(-0.025, 0.025) * big))
    seen = gauge.transform((big, big), Image.PERSPECTIVE, perspective(corners, big), Image.BILINEAR)
    scene.paste(seen, (0, 0), seen)
    if rng.random() < 0.3:                                  # a reflection in the glass
        glare = Image.new("L", (SIZE, SIZE), 0)
        x, y, w, h = rng.uniform(0.1, 0.6, 2).tolist() + rng.uniform(0.1, 0.5, 2).tolist()
        ImageDraw.Draw(glare).ellipse([SIZE * v for v in (x, y, x + w, y + h)], fill=int(rng.uniform(30, 110)))
        glare = glare.filter(ImageFilter.GaussianBlur(3)).resize((big, big), Image.BILINEAR)
        scene.paste((255, 255, 255), (0, 0), glare)

    image = scene.reduce(SCALE)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.7)))
    pixels = np.asarray(image, np.float32)

    # Light falls from one side, is more or less bright and has a colour.
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    a = rng.uniform(0, 2 * math.pi)
    slope = math.cos(a) * axis[None, :] + math.sin(a) * axis[:, None]
    pixels = pixels * (1 + rng.uniform(0, 0.3) * slope)[..., None]
    pixels = pixels * rng.uniform(0.6, 1.1) * rng.uniform(0.92, 1.08, 3) + rng.uniform(0, 20)
    pixels = pixels + rng.normal(0, rng.uniform(0, 3), pixels.shape)

    # A cheap sensor: 32 levels a channel. (It also keeps the PNG files small.)
    return (np.clip(np.rint(pixels / 8), 0, 31) * 8 + 4).astype(np.uint8)


def background(rng):
    """A wall with some blurred boards, pipes and boxes on it."""
    image = Image.new("RGB", (SIZE, SIZE), shade(rng, 30, 220))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(0, 5))):
        x0, y0, x1, y1 = rng.uniform(-0.2, 1.2, 4) * SIZE
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        kind = rng.integers(0, 3)
        if kind == 0:
            draw.rectangle(box, fill=shade(rng, 20, 230))
        elif kind == 1:
            draw.ellipse(box, fill=shade(rng, 20, 230))
        else:
            draw.line((x0, y0, x1, y1), fill=shade(rng, 20, 230), width=int(rng.integers(1, 8)))
    return image.filter(ImageFilter.GaussianBlur(0.7)).resize((SIZE * SCALE, SIZE * SCALE), Image.BILINEAR)


def perspective(corners, size):
    """Pillow's eight coefficients of the projection that takes `corners` back to the square of that size."""
    square = ((0, 0), (size, 0), (size, size), (0, size))
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, square):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        right += [u, v]
    return np.linalg.solve(np.array(rows), np.array(right))


# --- colours -----------------------------------------------------------------------------------------------------------

def shade(rng, low, high):
    """A nearly grey colour of a brightness in that range."""
    value = rng.uniform(low, high)
    return tuple(int(np.clip(value + d, 0, 255)) for d in rng.uniform(-15, 15, 3))


def vivid(rng):
    """A strong red, orange, blue or green."""
    base = np.array([(200, 20, 20), (220, 110, 10), (20, 40, 190), (10, 120, 40)][int(rng.choice([0, 0, 1, 2, 3]))])
    return tuple(int(v) for v in np.clip(base + rng.uniform(-20, 20, 3), 0, 255))
