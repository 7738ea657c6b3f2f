"""Pictures of every page: `python -m tests.e2e.screenshots [DIR]`, from the root of the repository.

Starts the product on its own data, makes interviews in every state, and writes each page in light, in dark and as a
phone shows it to DIR (.data/screenshots without one). The picture of the README is written anew as well.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.e2e.product import ROOT, browser_arguments, running_product
from tests.e2e.story import VIEWS, Story

README_PICTURE = ROOT / "docs" / "images" / "workspace.png"
LOOKS = {"light": ("light", 1440, 900), "dark": ("dark", 1440, 900), "phone": ("light", 390, 844)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as data,
        running_product(Path(data)) as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**browser_arguments())
        story = Story(browser, product, reduced_motion="reduce", locale="en-GB").tell()
        for name in VIEWS:
            picture(story.open(name), folder, name)
        picture_for_the_readme(story)
        browser.close()


def picture(page: Page, folder: Path, name: str) -> None:
    """The whole page; of a menu or a dialog that lies over it, only what the window shows."""
    for look in LOOKS:
        dress(page, look)
        page.screenshot(path=folder / f"{name}-{look}.png", full_page=not VIEWS[name].opens)
    print(f"{name}: {', '.join(LOOKS)}", flush=True)


def dress(page: Page, look: str) -> None:
    theme, width, height = LOOKS[look]
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": height})


def picture_for_the_readme(story: Story) -> None:
    """The coding workspace after a Submit, as large as a window."""
    page = story.open("question-code")
    dress(page, "light")
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=README_PICTURE)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".data" / "screenshots")
