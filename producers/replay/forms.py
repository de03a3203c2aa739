"""Forms of times as a mapping names them: a count since 1970, ISO 8601, or the letters of strftime."""

import polars as pl

EPOCHS = ("epoch_s", "epoch_ms", "epoch_us")
ISO = "iso"


def read(text: pl.Series, form: str) -> pl.Series:
    """Times by the letters of strftime, null where they are none; with a zone only where the form has one."""
    if "%H" in form or "%I" in form or "%T" in form or "%R" in form:
        return text.str.to_datetime(form, strict=False, time_unit="us")
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def expect_known(form: str) -> None:
    """Tries a form.

    Raises:
        ValueError: no text could be read by it.
    """
    if form in (*EPOCHS, ISO):
        return
    try:
        read(pl.Series([""], dtype=pl.String), form)
    except pl.exceptions.ComputeError as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"no time can be read by '{form}' ({reason})") from None
