"""What an author says about a question that is imported, where the source does not say it or says it differently."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.question import AREAS

LEVELS = ("junior", "mid", "senior")


@dataclass(frozen=True)
class Labels:
    """Empty means: what the source suggests."""

    area: str = ""
    covers: tuple[str, ...] = ()
    level: str = ""
    title: str = ""
    credits: str = ""
    license: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options from which `labels_from` reads."""
    parser.add_argument("--area", choices=AREAS, default="", help="default: the folder that DEST lies in")
    parser.add_argument("--covers", default="", help="ids of topics, separated by commas, as C19,C36")
    parser.add_argument("--level", choices=LEVELS, default="")
    parser.add_argument("--title", default="", help="for a single source")
    parser.add_argument("--credits", default="", help="who made it")
    parser.add_argument("--license", default="", help="the licence of the source")


def labels_from(options: argparse.Namespace) -> Labels:
    """What was said on the command line; an area may also be read from where the question is to lie."""
    covers = tuple(topic.strip() for topic in options.covers.split(",") if topic.strip())
    return Labels(
        area=options.area or area_of(options.destination),
        covers=covers,
        level=options.level,
        title=options.title,
        credits=options.credits,
        license=options.license,
    )


def area_of(destination: Path) -> str:
    """The area whose folder the destination is or lies in, if any."""
    places = (destination.resolve(), destination.resolve().parent)
    return next((place.name for place in places if place.name in AREAS), "")
