"""What is allowed is said in the reader's language; names of parameters, values and codes stay as they are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parents[2]
POSTS, ZONES = "/collections/posts/items", "/collections/posts-zones/items"
SAID = [
    (f"{POSTS}?limit=x", "由 1 起的整數；超過 10000 則以此為限"),
    (f"{POSTS}?offset=x", "0 至 1000000000 的整數"),
    (f"{POSTS}?bbox=1,2", "西,南,東,北（WGS 84 度數），或連高度的六個數字"),
    (f"{POSTS}?bbox=1,9,2,3", "；南面不得高於北面"),
    (f"{POSTS}?bbox=1,2&bbox-crs=[EPSG:3857]", "按 EPSG:3857 的次序及單位"),
    (f"{POSTS}?datetime=x", "；「x」不是 2026-01-31T12:00:00Z 之類的時刻"),
    (f"{POSTS}?datetime=2026-01-02/2026-01-01", "；開始遲於結束"),
    (f"{POSTS}?sortby=id,id", "每個屬性只可出現一次"),
    (f"{POSTS}?sortby=x", "以逗號分隔"),
    (f"{POSTS}?properties=x", "其中若干項，以逗號分隔"),
    (f"{POSTS}?cursor=x", "此 cursor 已損壞"),
    (f"{POSTS}?limit=1&offset=1&cursor=x", "cursor"),
    (f"{POSTS}?filter=x", "屬性 id"),
    (f"{POSTS}?filter=id = 5", "兩邊須為同類的值，而非 string 與 number"),
    (f"{POSTS}?filter=id = ", "CQL2 文字，例如 name LIKE 'A%' AND area > 5；第 4 個字元「= 」起無法讀取"),
    (f"{POSTS}?filter={{&filter-lang=cql2-json", "CQL2 JSON，例如"),
    (f"{POSTS}?filter=id LIKE 5", "LIKE 將文字與樣式比較，其中 % 代表任意字元"),
    (f"{POSTS}?filter=S_INTERSECTS(geometry, POINT(1 95))", "緯度須在 90 度以內"),
    (f"{POSTS}?filter=POINT(1 2)", "幾何圖形只可用於"),
    (f"{ZONES}?covered_share=x", "可用：數字"),
    (f"{ZONES}?at=x", "日期"),
    ("/collections/posts/clusters", "缺少參數「zoom」。可用：0 至 24 的整數"),
    ("/place?lon=1", "缺少參數「lat」。可用：WGS 84 的度數，由 -90 至 90。"),
    ("/place", "缺少參數「lon」"),
    ("/search", "缺少參數「q」"),
    ("/collections/nothing", "資料集「nothing」"),
    (f"{POSTS}/nothing", "posts 的項目「nothing」"),
    ("/map?question=nothing", "現有：posts。"),
    ("/tiles/nothing", "圖磚矩陣集「nothing」"),
]


@pytest.mark.parametrize(("address", "said"), SAID)
def test_what_is_allowed_is_said_in_chinese(client: FlaskClient, address: str, said: str) -> None:
    headers = {"Accept-Language": "zh-Hant", "Accept": "application/json"}
    response = client.get(address, headers=headers)
    assert response.status_code in (400, 404)
    told = response.get_json()["description"]
    assert said in told
    english = client.get(address, headers={"Accept": "application/json"}).get_json()["description"]
    assert not re.search("[\u4e00-\u9fff]", english)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"question": "posts", "sources": ["nothing"]},
         "問題的第 1 個來源（「sources.0.layer」）不能是圖層「nothing」。可用：圖層 posts。"),
        ({}, "問題缺少成員「theme」。可用：必須提供。"),
        ({"question": "posts", "x": 1}, "問題沒有成員「x」。可用：成員 question"),
        ({"question": "posts", "range_m": 0}, "1 至 100000 的數字，或載有此類 low、mid 及 high 的物件"),
        ({"question": "posts", "statuses": []}, "須列出至少一種狀態"),
        ({"question": "posts", "sources": ["posts", {"layer": "posts", "kinds": ["x"]}]}, "圖層 posts 出現兩次"),
        ({"question": "posts", "at": "x"}, "問題的成員「at」不能是「x」。可用：日期，例如 2026-01-31，由"),
        ([], "請求的「body」不能是「[]」。可用：最多 65536 位元組及 8 層的 JSON 物件"),
    ],
)  # fmt: skip
def test_what_a_posted_question_may_be_is_said_in_chinese(client: FlaskClient, body: object, said: str) -> None:
    response = client.post("/analyses", json=body, headers={"Accept-Language": "zh-Hant"})
    assert response.status_code == 400
    assert said in response.get_json()["description"]


SAYS = ("message", "Said", "why_unfit", "_but", "_meant")
"""What gives a message of the catalogue."""


def _words(node: ast.expr) -> list[str]:
    """Name what an argument says that no catalogue can know: texts of its own, but for separators."""
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        return [] if called in SAYS or isinstance(node.func, ast.Attribute) else [ast.unparse(node)]
    if isinstance(node, ast.BoolOp | ast.IfExp):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return [word for part in parts for word in _words(part)]
    return [ast.unparse(node)] if isinstance(node, ast.JoinedStr | ast.Constant | ast.BinOp) else []


@pytest.mark.parametrize("path", sorted((ROOT / "geoservice").rglob("*.py")), ids=lambda path: path.name)
def test_no_code_says_what_is_allowed_in_one_language_alone(path: Path) -> None:
    found: list[str] = []
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)) if "ParameterError(" in text else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ParameterError":
            found += _words(node.args[2])
        if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["allowed"]:
            found += _words(node.value)
    assert found == []
