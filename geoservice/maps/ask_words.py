"""The words of the map's modules that ask: at a place, in an area, by zone, and for the largest gaps."""

from __future__ import annotations

from collections.abc import Callable


def ask_words(say: Callable[..., str]) -> dict[str, str]:
    """Give the words by key; `say` translates."""
    return {**_ask(say), **_area(say), **_zones(say), **_gap_list(say)}


def _ask(say: Callable[..., str]) -> dict[str, str]:
    return {
        "ask": say("Ask"),
        "askHow": say("Click a place on the map, or move the crosshair there with the arrow keys and press Enter."),
        "askCentre": say("Ask at the middle of the map"),
        "answer": say("What is here"),
        "ways": say("north,north-east,east,south-east,south,south-west,west,north-west"),
        "whereabouts": say("%(distance)s, %(way)s (%(bearing)s°)"),
        "coveredBy": say("Covered by %(count)s"),
        "notCovered": say("Not covered"),
        "coveredCases": say("At the lowest assumption by %(low)s, at the highest by %(high)s."),
        "outsideStudy": say("Outside the study area: in no zone."),
        "outsideZones": say("Outside every zone"),
        "outsideRegion": say("Outside the region"),
        "beyondRegion": say("Nothing is measured here: it is beyond the region."),
        "coveringIt": say("What covers this place"),
        "nearestListed": say("The nearest 100 are listed."),
        "reaches": say("reaches %(range)s"),
        "inGap": say("In a gap: number %(rank)s of %(gaps)s, %(area)s."),
        "emptyCircle": say("Largest empty circle: %(radius)s."),
        "nearest": say("Nearest"),
        "nearestAll": say("Nearest of each layer"),
        "reachNow": say("Assumed reach: %(range)s."),
        "illustrativeAll": say("Illustrative: the positions are made up."),
    }


def _area(say: Callable[..., str]) -> dict[str, str]:
    return {
        "ownArea": say("Own area"),
        "areaHow": say("Draw an area on the map, or upload one; its figures come at once."),
        "drawStart": say("Draw an area"),
        "drawHow": say(
            "Click the corners, the first one again to finish. With the keyboard: arrow keys move the map, "
            "Enter sets a corner at the crosshair, Backspace takes the last one back, Space finishes, "
            "Escape leaves."
        ),
        "cornerOf": say("Corner %(number)s of %(count)s"),
        "moveHow": say(
            "Corners can be moved: drag one, or go to it with Tab and use the arrow keys, with Shift for larger steps. "
            "The figures are asked again."
        ),
        "moveNot": say("This outline has several rings or more than 100 corners: they cannot be moved here."),
        "undoMove": say("Undo the last move"),
        "crossingMoved": say("The outline would cross itself: the corner is back where it was."),
        "undoCorner": say("Undo the last corner"),
        "finish": say("Finish"),
        "cancel": say("Cancel"),
        "removeArea": say("Remove"),
        "drawLeft": say("Drawing was left."),
        "cornersSoFar": say("Corners: %(count)s"),
        "cornersArea": say("Corners: %(count)s, about %(area)s"),
        "crossing": say("The outline crosses itself: take corners back."),
        "tooFewCorners": say("An area has at least 3 corners."),
        "uploadLabel": say("Upload GeoJSON, KML, KMZ, a zipped shapefile or a GeoPackage (up to 2 MB)"),
        "typeCorners": say("Type or paste corners"),
        "typeLabel": say("A corner a line, latitude and longitude in either order, or GeoJSON"),
        "noCorner": say("Line %(line)s is no pair of latitude and longitude."),
        "showFigures": say("Show the figures"),
        "measuring": say("Measuring …"),
        "areaFigures": say("Figures of the area"),
        "areaWithin": say("Area within the zones"),
        "areaOutside": say("Area in no zone"),
        "shareRange": say("%(share)s (%(low)s – %(high)s)"),
        "coveredArea": say("Covered area"),
        "threeOrMore": say("By 3 or more"),
        "sourcesInside": say("Counted inside"),
        "gapsInside": say("Pieces of gap"),
        "none": say("none"),
        "ofAll": say("%(covered)s of %(total)s"),
        "byZone": say("By zone"),
        "area": say("Area"),
        "download": say("Download"),
        "keptUntil": say("Kept until %(time)s."),
    }


def _zones(say: Callable[..., str]) -> dict[str, str]:
    return {
        "zonesTitle": say("Zones"),
        "zonesCaption": say("Figures by zone. A zone's name leads to it on the map."),
        "zonesShown": say("%(shown)s of %(all)s zones"),
        "zonesPage": say("The whole table as a page of its own"),
        "findZone": say("Find a zone"),
        "anyShare": say("any"),
        "belowShare": say("below %(share)s"),
        "whatIs": say("What is this: %(figure)s"),
        "zone": say("Zone"),
        "covered": say("Covered"),
        "lowToHigh": say("Low to high"),
        "gapArea": say("Not covered"),
        "cameras": say("Cameras"),
        "facilities": say("Facilities that reach"),
        "perKm2": say("Cameras per km²"),
        "twoOrMore": say("By 2 or more"),
        "largestLoss": say("Largest single loss"),
        "meanDistance": say("Mean distance"),
        "greatestDistance": say("Greatest distance"),
        "demandCovered": say("Demand covered"),
        "meansCovered": say(
            "The share of a zone's land that lies within reach of at least one facility. Area alone can "
            "mislead where much of the land is hillside."
        ),
        "meansCoveredCameras": say(
            "The share of a zone's land that at least one camera could see if nothing stood in the way, as "
            "far as its assumed range goes."
        ),
        "meansRange": say(
            "The same share at the lowest and at the highest assumption. The truth may lie anywhere "
            "between, so compare the whole line, not its middle alone."
        ),
        "meansGap": say("The land of the zone that none of them reaches."),
        "meansSources": say(
            "How many of those that the question counts lie in the zone; others may reach into it from outside."
        ),
        "meansDensity": say("Cameras in the zone by its area."),
        "meansTwo": say("The share that stays covered if any one facility or camera fails."),
        "meansLoss": say(
            "The ground that one of them covers and no other does, where that is the most: what is lost if "
            "it alone fails, and which it is."
        ),
        "meansMean": say(
            "The straight distance to the nearest facility, wherever that is, averaged over the zone's land."
        ),
        "meansMeanCameras": say(
            "The straight distance to the nearest camera, wherever that is, averaged over the zone's land."
        ),
        "meansGreatest": say("The same from the zone's most remote land."),
        "meansDemand": say(
            "The covered share of people, streets or incidents, where a layer has them finer than the "
            "zones. Without such a layer there is no figure, and none is guessed."
        ),
        "meansFurther": say("%(figure)s, as published with the zones."),
    }


def _gap_list(say: Callable[..., str]) -> dict[str, str]:
    return {
        "gapsTitle": say("Gaps"),
        "gapsHow": say(
            "The places that lie farthest from all that is covered, each in the largest circle that holds "
            "no covered ground. One that lies in the circle of another is left out."
        ),
        "gapRadius": say("circle of %(radius)s"),
        "gapNearest": say("nearest %(distance)s"),
        "gapDemand": say("demand %(demand)s"),
        "noGaps": say("Nothing is left out."),
    }
