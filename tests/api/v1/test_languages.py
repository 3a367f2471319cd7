"""The languages over HTTP."""


def test_tell_what_is_read_where_there_are_no_words_yet(client):
    answer = client.get("/v1/languages")

    languages = {item["tag"]: item for item in answer.json["items"]}
    assert answer.status_code == 200
    assert [tag for tag, each in languages.items() if each["offered"]] == ["vi", "en"]
    assert languages["kpm"] == {
        "tag": "kpm",
        "name": "",
        "name_vi": "Cơ Ho",
        "script": "Latn",
        "offered": False,
        "fallbacks": ["vi"],
    }
