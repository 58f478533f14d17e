"""The words that the map's modules say (static/js/map), by key, in one language."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from geoservice.i18n import Language, gettext
from geoservice.maps.ask_words import ask_words


def map_words(language: Language) -> dict[str, str]:
    """Give the words of every module; a module's own stand in one of the functions below."""
    say = partial(gettext, language)
    return {key: text for part in _PARTS for key, text in part(say).items()}


def _common(say: Callable[..., str]) -> dict[str, str]:
    return {
        "below": say("under"),
        "andMore": say("and more"),
        "loading": say("Loading …"),
        "noAnswer": say("the server gave no answer that can be read"),
        "failed": say("A layer could not be loaded:"),
        "here": say("facilities at this place"),
        "legend": say("Legend"),
        "placesHere": say("%(count)s here; click to see them nearer", count="%(count)s"),
        "moreHere": say("and %(count)s more at this place", count="%(count)s"),
        "mapKeys": say(
            "Map: arrow keys move it, plus and minus zoom, Enter opens what lies at the cross in the middle"
        ),
        "illustrative": say("illustrative"),
        "zoomIn": say("Zoom in"),
        "zoomOut": say("Zoom out"),
        "layers": say("Layers"),
        "close": say("Close"),
        "whatIsHere": say("What is known of this place"),
        "unknown": say("not known"),
    }


def _units(say: Callable[..., str]) -> dict[str, str]:
    """Name the units that values are written with (words.js), each after its number."""
    return {
        "unit_m": say("m"),
        "unit_km": say("km"),
        "unit_m2": say("m²"),
        "unit_ha": say("ha"),
        "unit_km2": say("km²"),
    }


def _panels(say: Callable[..., str]) -> dict[str, str]:
    return {
        "panels": say("Panels"),
        "closePanel": say("Close the panel"),
    }


def _over_time(say: Callable[..., str]) -> dict[str, str]:
    return {
        "overTime": say("Over time"),
        "programme": say("Programme"),
        "stage": say("Stage"),
        "play": say("Play"),
        "pause": say("Pause"),
        "installed": say("Installed"),
        "planned": say("Planned"),
        "madeUpPositions": say("Positions made up"),
        "published": say("Published"),
        "nothingPublished": say("Nothing is published of this stage."),
        "ofTheLand": say("of the land; between %(low)s and %(high)s under the other assumptions"),
        "sourcesCounted": say("Sources inside the zones: %(count)s"),
        "pointsSince": say("%(points)s percentage points since %(stage)s"),
        "shareLegend": say("Covered share of the area"),
        "zonesOfStage": say("Zones: %(stage)s"),
        "zone": say("Zone"),
        "covered": say("Covered"),
        "sources": say("Sources"),
        "stageMissing": say("This stage cannot be shown now:"),
        "moveToShow": say("Move the slider, or press Play, to show a stage on the map."),
        "loadingFigures": say("The figures of all stages are being fetched; the first time this may take a minute."),
    }


def _comparing(say: Callable[..., str]) -> dict[str, str]:
    return {
        "compare": say("Compare"),
        "before": say("Before"),
        "after": say("After"),
        "question": say("Question"),
        "case": say("Reach, an assumption"),
        "low": say("low"),
        "mid": say("mid"),
        "high": say("high"),
        "day": say("On the day"),
        "onTheMap": say("On the map"),
        "swipe": say("Both sides, with a divider"),
        "difference": say("The change by zone"),
        "divider": say("Divider between before and after"),
        "leftOfDivider": say("before on %(percent)s of the width"),
        "differsBeside": say("What differs beside the figures"),
        "differsNothing": say("Nothing: both sides ask the same."),
        "changeLegend": say("Change of the covered share, percentage points"),
        "changeByZone": say("Change by zone"),
        "changePoints": say("Change, percentage points"),
        "changeArea": say("Change, km²"),
        "swap": say("Swap the sides"),
        "wholePage": say("As a page of its own, with files"),
        "comparing": say("Both sides are being answered; the first time this may take a minute."),
    }


def _search(say: Callable[..., str]) -> dict[str, str]:
    return {
        "searchFor": say("Name, address or coordinates"),
        "searchResults": say("Places found"),
        "oneFound": say("1 place found"),
        "manyFound": say("%(count)s places found"),
        "clear": say("Clear"),
    }


def _pointer(say: Callable[..., str]) -> dict[str, str]:
    return {
        "coordinates": say("Coordinates"),
        "coordinatesOfMiddle": say("Coordinates of the middle of the map, to copy"),
        "latLon": say("Latitude, longitude (WGS 84)"),
        "copy": say("Copy"),
        "copied": say("Copied"),
        "copyByHand": say("The browser did not let it be copied: mark the text instead."),
        "north": say("N"),
        "northUp": say("North is up"),
    }


def _measure(say: Callable[..., str]) -> dict[str, str]:
    return {
        "measure": say("Measure"),
        "measureWhat": say("What to measure"),
        "measureLength": say("Length"),
        "measureArea": say("Area"),
        "measureHow": say(
            "Click the map for each corner. By keyboard: move the map with the arrow keys and press Enter for its"
            " middle; Backspace takes the last one back, Escape begins anew."
        ),
        "measureMiddle": say("Add the middle"),
        "undo": say("Undo"),
        "measureStart": say("Nothing measured yet."),
        "measureCrosses": say("The outline crosses itself, so it has no area."),
        "measuredLength": say("Length: %(length)s"),
        "measuredArea": say("Area: %(area)s; all round: %(length)s"),
        "measureBy": say("Measured along the ellipsoid of WGS 84, not on the flat map."),
    }


def _takeaway(say: Callable[..., str]) -> dict[str, str]:
    return {
        "takeAway": say("Take away"),
        "printPage": say("Page"),
        "printPaper": say("Paper"),
        "printPicture": say("Picture for slides"),
        "printWay": say("Orientation"),
        "printLandscape": say("landscape"),
        "printPortrait": say("portrait"),
        "printArea": say("Ground"),
        "printView": say("what is in view"),
        "printAll": say("all zones"),
        "printScale": say("Scale"),
        "printFitted": say("the largest that fits"),
        "printWhat": say("What is on it"),
        "printLabels": say("Names of zones"),
        "printGrid": say("Coordinates along the frame"),
        "printLeft": say("On the map, but not printed: %(titles)s."),
        "listed": say(", "),
        "ownMarks": say("places found or pointed out"),
        "printTold": say("The frame on the map is what will be printed: %(page)s, scale 1:%(scale)s."),
        "printFailed": say("This cannot be printed:"),
        "printPdf": say("Download PDF"),
        "printPng": say("Download picture (PNG)"),
        "printPngView": say("Download picture of the view (PNG)"),
        "dataInView": say("Data in view"),
        "dataFormat": say("Format"),
        "takeData": say("Download data"),
        "takeMaking": say("Being made …"),
        "takeDone": say("%(name)s: %(size)s kB"),
        "takeFailed": say("Could not be made:"),
    }


def _layer_tree(say: Callable[..., str]) -> dict[str, str]:
    return {
        "filter": say("Filter"),
        "filterOn": say("Filter: some are hidden"),
        "showAllAgain": say("Show all again"),
        "allOf": say("All of: %(group)s", group="%(group)s"),
        "countedAll": say("counted"),
        "countedSome": say("%(counted)s counted"),
        "countedOf": say("%(counted)s of %(count)s counted"),
        "onlyShown": say("only shown"),
        "countedHere": say("Counted in this question"),
        "onlyShownHere": say("Only shown, not counted in this question"),
        "notToBeHad": say("not to be had now"),
        "readerFailed": say("What reads the tiles of large layers failed twice; move the map to try again."),
        "group_facilities": say("Facilities"),
        "group_cameras": say("Cameras"),
        "group_illustrative": say("Illustrative, made up"),
        "group_coverage": say("Coverage"),
        "group_gaps": say("Gaps"),
        "group_zones": say("Zones, shaded by"),
        "group_candidates": say("Candidates"),
        "group_background": say("Background"),
    }


_PARTS = (
    _common,
    _units,
    _panels,
    _layer_tree,
    _over_time,
    _comparing,
    _search,
    _pointer,
    _measure,
    _takeaway,
    ask_words,
)
