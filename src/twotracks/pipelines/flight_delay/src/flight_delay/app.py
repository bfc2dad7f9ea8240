"""The two answers of the service: how it is, and how likely a flight is to be late."""

import contextlib

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from flight_delay import __version__
from flight_delay.champion import Champion, NoModelError
from flight_delay.features import features
from flight_delay.flight import Flight


def create_app(champion: Champion) -> FastAPI:
    """Make the service's app.

    Args:
        champion: where the model comes from.
    """
    # The interactive documentation would fetch its scripts from elsewhere.
    app = FastAPI(title="Flight delay", version=__version__, docs_url=None, redoc_url=None)

    def no_model(reason: str) -> JSONResponse:
        named = None
        with contextlib.suppress(NoModelError):
            named = champion.version()
        body = {"detail": reason, "service": __version__, "model": named}
        return JSONResponse(body, status_code=503)

    @app.get("/health")
    async def health() -> dict[str, str | None]:
        """Whether the service is up, its version, and the model version that the registry names.

        A registry that cannot be read does not make the service ill: `detail` says what is wrong.
        """
        healthy: dict[str, str | None] = {"status": "ok", "service": __version__, "model": None}
        try:
            return healthy | {"model": champion.version()}
        except NoModelError as error:
            return healthy | {"detail": str(error)}

    @app.post("/predict", response_model=None)
    def predict(flight: Flight) -> dict[str, float | str] | JSONResponse:
        """The probability that the flight arrives more than 15 minutes late."""
        try:
            model = champion.model()
        except NoModelError as error:
            return no_model(str(error))
        try:
            probability = model.predict(features(flight))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            return no_model(f"version {model.version} cannot answer: {error}")
        # More decimals than the model knows would differ from machine to machine.
        probability = round(probability, 6)
        return {"probability": probability, "service": __version__, "model": model.version}

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: Exception) -> JSONResponse:
        """Name each field that is wrong. What was sent is not repeated: it may not be JSON."""
        assert isinstance(error, RequestValidationError)
        wrong = [
            {"field": _field(problem["loc"]), "problem": problem["msg"]}
            for problem in error.errors()
        ]
        return _invalid(wrong)

    @app.exception_handler(400)
    async def unreadable(_: Request, _error: Exception) -> JSONResponse:
        """A body that FastAPI cannot read: no UTF-8, too deep, or a number that is too long."""
        return _invalid([{"field": "body", "problem": "it cannot be read as JSON"}])

    return app


def _invalid(wrong: list[dict[str, str]]) -> JSONResponse:
    return JSONResponse({"detail": wrong, "service": __version__}, status_code=422)


def _field(location: tuple[int | str, ...]) -> str:
    """`("body", "distance")` is the field distance; a body that is no JSON is `body`."""
    return str(location[1]) if len(location) > 1 and isinstance(location[1], str) else "body"
