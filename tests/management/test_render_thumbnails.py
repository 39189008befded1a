from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from artifacts import services, stores, tasks
from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact, batches
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.thumbnails import pool

Put = Callable[..., FileArtifact]


def render(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call_command("render_thumbnails", *options)
    return capsys.readouterr().out


def lose_pictures() -> None:
    FileArtifact.objects.update(thumbnail_base64="", thumbnail_version=0)


def test_render__missing_and_outdated_and_nothing_else(
    put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    live, saved = put("png"), put("pdf")
    services.save_namespace(saved.namespace)
    live = put("npy")
    pictures = dict(FileArtifact.objects.values_list("pk", "thumbnail_base64"))
    assert render(capsys) == "0 drawn, 0 without a picture, 0 failed.\n"
    lose_pictures()
    assert render(capsys).startswith("3 drawn")
    assert live.pk in pictures
    assert dict(FileArtifact.objects.values_list("pk", "thumbnail_base64")) == pictures


def test_render__failed_again(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = put(b"\x89PNG\r\n\x1a\n damaged", filename="x.png")
    assert artifact.thumbnail_reason == "damaged"
    assert render(capsys).startswith("0 drawn, 0 without")
    assert render(capsys, "--failed").startswith("0 drawn, 1 without")
    assert render(capsys, "--all").startswith("0 drawn, 1 without")


@pytest.mark.parametrize(
    "options", [["--kind", "img"], ["--session", "s-1"], ["--execution", "e-1"]]
)
def test_render__narrowed(
    options: list[str], put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    execution = NamespaceRef(NamespaceKind.EXECUTION, "e-1")
    put("png"), put("npy", namespace=execution)
    lose_pictures()
    assert render(capsys, *options).startswith("1 drawn")


def test_render__goes_on_past_what_cannot_be_read(
    put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    stores.live().delete(put("png").storage_path)
    put("npy")
    lose_pictures()
    with pytest.raises(CommandError, match="1 could not be read"):
        call_command("render_thumbnails")
    assert capsys.readouterr().out.startswith("1 drawn, 0 without a picture, 1 failed")


def test_render__deleted_meanwhile_is_no_failure(
    put: Put, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run under load ended with 1 for artifacts that nobody misses."""
    put("png"), put("npy")
    redraw = services.redraw

    def deleted_before(artifact: FileArtifact) -> None:
        if artifact.kind == "img":
            services.delete(FileArtifact.objects.get(pk=artifact.pk))
            stores.live().delete(artifact.storage_path)
        redraw(artifact)

    monkeypatch.setattr(services, "redraw", deleted_before)
    assert render(capsys, "--all") == "1 drawn, 0 without a picture, 0 failed.\n"


def test_render__bar_for_who_looks(
    put: Put, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("png")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    call_command("render_thumbnails", "--all")
    assert f"[{'#' * 30}] 1/1" in capsys.readouterr().err


def test_put__draws_at_once_where_a_process_is_free(put: Put) -> None:
    assert put("png").thumbnail_base64


def test_put__picture_comes_later_where_none_is(
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., list[object]],
) -> None:
    draw, calls = pool.draw, []

    def busy_once(*args: object, **kwargs: object) -> object:
        calls.append(args)
        return None if len(calls) < 2 else draw(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pool, "draw", busy_once)
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[attr-defined]
        artifact = put("png")
    assert artifact.thumbnail_base64 == ""
    assert (artifact.thumbnail_reason, artifact.thumbnail_version) == ("", 0)
    for callback in callbacks:
        callback()
    artifact.refresh_from_db()
    assert artifact.thumbnail_base64
    assert len(calls) == 2


def test_draw_picture__deleted_or_never_free(
    put: Put, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    artifact = put("png")
    monkeypatch.setattr(pool, "draw", lambda *_, **__: None)
    tasks.draw_picture.func(str(artifact.pk))
    assert "could not be drawn in time" in caplog.text
    FileArtifact.objects.all().delete()
    tasks.draw_picture.func(str(artifact.pk))


def test_draw_picture__deleted_while_it_is_drawn(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact, lost = put("png"), put("npy")
    stores.live().delete(lost.storage_path)
    with pytest.raises(FileNotFoundError):
        tasks.draw_picture.func(str(lost.pk))
    redraw = FileArtifact.redraw

    def deleted_before(self: FileArtifact) -> bool:
        FileArtifact.objects.all().delete()
        stores.live().delete(self.storage_path)
        return redraw(self)

    monkeypatch.setattr(FileArtifact, "redraw", deleted_before)
    tasks.draw_picture.func(str(artifact.pk))


def test_redraw__where_no_process_becomes_free(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put("png")
    monkeypatch.setattr(pool, "draw", lambda *_, **__: None)
    with pytest.raises(StoreError, match="No drawing process"):
        services.redraw(artifact)


def test_render__while_another_connection_writes(
    put: Put,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """SQLite refused to draw on: the rows were read from a cursor that stayed open."""
    for number in range(5):
        put(b"%d" % number, filename=f"{number}.txt")
    lose_pictures()
    monkeypatch.setattr(batches, "BATCH", 2)
    redraw, seen = services.redraw, []
    other = connection.copy()

    def redraw_after_a_write(artifact: FileArtifact) -> None:
        seen.append(artifact.pk)
        with other.cursor() as cursor:
            cursor.execute("UPDATE artifacts_namespace SET sequence = sequence + 1")
        redraw(artifact)

    monkeypatch.setattr(services, "redraw", redraw_after_a_write)
    try:
        assert render(capsys).endswith(" 0 failed.\n")
    finally:
        other.close()
    assert seen == sorted(FileArtifact.objects.values_list("pk", flat=True))


def test_render__only_what_was_there_when_it_began(
    put: Put, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --all it would go on for as long as somebody puts."""
    put(b"0", filename="0.txt")
    monkeypatch.setattr(batches, "BATCH", 1)
    monkeypatch.setattr(services, "redraw", lambda _: put(b"1", filename="1.txt"))
    assert render(capsys, "--all").startswith("1 drawn, 0 without")


@pytest.mark.parametrize(
    ("options", "then"), [([], "goes on from there"), (["--all"], "begins anew")]
)
def test_render__stopped_says_how_far_it_came(
    options: list[str], then: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("png"), put("png")
    lose_pictures()
    redraw, calls = services.redraw, []

    def stopped(artifact: FileArtifact) -> None:
        calls.append(artifact)
        if len(calls) == 2:
            raise KeyboardInterrupt
        redraw(artifact)

    monkeypatch.setattr(services, "redraw", stopped)
    with pytest.raises(CommandError) as raised:
        call_command("render_thumbnails", *options)
    assert str(raised.value) == f"Stopped: 1 drawn; the next run {then}."
    assert raised.value.returncode == 130


@pytest.mark.parametrize("kind", ["session", "execution"])
@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("", "has to have 1 to 255"),
        ("nosuch", "There is no .* nosuch"),
        ("a\nb", "not text"),
        ("x" * 300, "has to have 1 to 255"),
    ],
)
def test_render__no_such_namespace(kind: str, id: str, said: str, put: Put) -> None:
    """An empty id drew all there was."""
    put("png")
    lose_pictures()
    with pytest.raises(CommandError, match=said):
        call_command("render_thumbnails", f"--{kind}", id)
    assert FileArtifact.objects.get().thumbnail_base64 == ""
