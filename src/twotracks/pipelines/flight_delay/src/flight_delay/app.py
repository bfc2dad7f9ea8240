"""The two answers of the service: how it is, and how likely a flight is to be late."""

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
        body = {"detail": reason, "service": __version__, "model": champion.version()}
        return JSONResponse(body, status_code=503)

    @app.get("/health")
    async def health() -> dict[str, str | None]:
        """Whether the service is up, its version, and the model version that the registry names."""
        return {"status": "ok", "service": __version__, "model": champion.version()}

    @app.post("/predict", response_model=None)
    def predict(flight: Flight) -> dict[str, float | str] | JSONResponse:
        """The probability that the flight arrives more than 15 minutes late."""
        try:
            model = champion.model()
        except NoModelError as error:
            return no_model(str(error))
        try:
            probability = model.predict(features(flight))
        except (ValueError, LookupError, TypeError) as error:
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
        return JSONResponse({"detail": wrong, "service": __version__}, status_code=422)

    return app


def _field(location: tuple[int | str, ...]) -> str:
    """`("body", "distance")` is the field distance; a body that is no JSON is `body`."""
    return str(location[1]) if len(location) > 1 and isinstance(location[1], str) else "body"
