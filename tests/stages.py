"""The made-up city with stages: a plan that is made up, a table of what is published, a timeline, a difference."""

from __future__ import annotations

from pathlib import Path

from city import POST_COLUMNS, POSTS_MANIFEST, feet, write_city, write_csv, write_layer

QUESTION = """
[[question]]
id = "{id}"
featured = false
title = {{ en = "{title}", zh = "{title}（中）" }}
description = {{ en = "Land near a post." }}
assumption = {{ en = "{assumption}" }}
theme = "facilities"
sources = [{sources}]
statuses = ["planned", "operating"]
footprint = {{ range_m = {{ low = 300, mid = {range_m}, high = 900 }}, same_landmass = {same_landmass} }}
zone_system = "{zone_system}"
"""
OVER_TIME = """
[[difference]]
id = "plan"
title = { en = "What the plan adds", zh = "方案增加的範圍" }
description = { en = "Land that only the plan reaches.", zh = "只有方案覆蓋的陸地。" }
before = { question = "posts", at = 2024-01-01 }
after = { question = "posts-plan", at = 2025-06-01 }

[[timeline]]
id = "growth"
title = { en = "Posts by stage", zh = "逐階段的崗位" }
description = { en = "As the town grows.", zh = "隨城鎮發展。" }
table = "published"

[[timeline.stage]]
id = "first"
title = { en = "2024", zh = "2024 年" }
at = 2024-01-01
kind = "installed"
question = "posts"
published = ["r1"]

[[timeline.stage]]
id = "second"
title = { en = "2025", zh = "2025 年" }
at = 2025-06-01
kind = "planned"
question = "posts-plan"
published = ["r2", "r3"]
note = { en = "As far as is known.", zh = "據現有資料。" }
"""
TABLE = """
columns = { id = "id" }
words_zh = { built = "已建" }
[[attributes]]
name = "posts"
title = { en = "Posts", zh = "崗位" }
[[attributes]]
name = "state"
title = { en = "State", zh = "狀態" }
[[attributes]]
name = "source"
title = { en = "Source", zh = "來源" }
"""


def write_stages(folder: Path) -> Path:
    """Write the city; the plan adds one post in the north-eastern ward and one that stands outside every zone."""
    write_city(folder)
    manifest = POSTS_MANIFEST.replace('status = "operating"', 'status = "planned"')
    path = write_layer(folder, "plan", "facility", "plan.csv", f"illustrative = true\n{manifest}", title="The plan")
    rows = [("n1", "North East post", *feet(3000, 3000), "North East")]
    write_csv(path / "plan.csv", POST_COLUMNS, rows)
    path = write_layer(folder, "published", "table", "published.csv", TABLE, title="What is published")
    rows_ = [("r1", 3, "built", "Gazette"), ("r2", "", "planned", "=1+1"), ("r3", 4, "planned", "Gazette")]
    write_csv(path / "published.csv", ["id", "posts", "state", "source"], rows_)
    both = '{ layer = "posts" }, { layer = "plan" }'
    questions = [
        ("posts-plan", "With the plan", "The plan reaches 600 m too.", both, 600, "true", "ward"),
        ("far", "Farther, and across the river", "A post reaches 800 m.", '{ layer = "posts" }', 800, "false", "ward"),
        ("boroughs", "By borough", "As for wards.", '{ layer = "posts" }', 600, "true", "borough"),
        ("lost", "Of a layer that is not there", "None.", '{ layer = "gone" }', 600, "true", "ward"),
    ]
    names = ("id", "title", "assumption", "sources", "range_m", "same_landmass", "zone_system")
    text = "".join(QUESTION.format(**dict(zip(names, one, strict=True))) for one in questions)
    with (folder / "region.toml").open("a", encoding="utf-8") as region:
        region.write(text + OVER_TIME)
    return folder
