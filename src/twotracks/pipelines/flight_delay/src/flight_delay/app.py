"""The replies of the service: how it is, and how likely flights are to be late."""

import json
import math
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from flight_delay import __version__
from flight_delay.answers import Answer, Answers
from flight_delay.batch import Batch, Problems, check, problems
from flight_delay.champion import Champion
from flight_delay.features import features
from flight_delay.flight import Flight


async def _body(request: Request) -> bytes:
    """What the client sent, which decides whether a canary answers."""
    return await request.body()


def create_app(champion: Champion) -> FastAPI:
    """Make the service's app.

    Args:
        champion: where the model comes from.
    """
    # The interactive documentation would fetch its scripts from elsewhere.
    app = FastAPI(title="Flight delay", version=__version__, docs_url=None, redoc_url=None)
    answers = Answers(champion)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether the service is up, its version, and the model version that the registry names.

        `rollout` says what is tried beside the champion, where something is. A registry that cannot
        be read does not make the service ill: `detail` says what is wrong.
        """
        return {"status": "ok", "service": __version__, **answers.state()}

    @app.post("/predict")
    def predict(flight: Flight, sent: Annotated[bytes, Depends(_body)]) -> JSONResponse:
        """The probability that the flight arrives more than 15 minutes late."""
        [answer] = answers.about([flight], [json.loads(sent)])
        body = {**answer.to_json(), "service": __version__}
        return JSONResponse(body, status_code=answer.status)

    @app.post("/predictions")
    def predictions(batch: Batch) -> JSONResponse:
        """For each flight what `/predict` would say of it, and its status."""
        described = [(check(sent), sent) for sent in batch.flights]
        right = [(flight, sent) for flight, sent in described if isinstance(flight, Flight)]
        given = iter(answers.about([flight for flight, _ in right], [sent for _, sent in right]))
        replies = [
            _wrong(flight) if isinstance(flight, list) else _given(next(given))
            for flight, _ in described
        ]
        return JSONResponse(
            {"answers": replies, "service": __version__, "model": answers.champion()}
        )

    @app.post("/features")
    def rows(batch: Batch) -> JSONResponse:
        """For each flight what a model sees of it; null stands for what was not measured."""
        replies = [
            _wrong(flight) if isinstance(flight, list) else _seen(flight)
            for flight in map(check, batch.flights)
        ]
        return JSONResponse({"answers": replies, "service": __version__})

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: Exception) -> JSONResponse:
        """Name each field that is wrong."""
        assert isinstance(error, RequestValidationError)
        return _invalid(problems(error.errors(), inside=1))

    @app.exception_handler(400)
    async def unreadable(_: Request, _error: Exception) -> JSONResponse:
        """A body that FastAPI cannot read: no UTF-8, too deep, or a number that is too long."""
        return _invalid([{"field": "body", "problem": "it cannot be read as JSON"}])

    return app


def _invalid(wrong: Problems) -> JSONResponse:
    return JSONResponse({"detail": wrong, "service": __version__}, status_code=422)


def _wrong(wrong: Problems) -> dict[str, Any]:
    return {"status": 422, "detail": wrong}


def _given(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, **answer.to_json()}


def _seen(flight: Flight) -> dict[str, Any]:
    """The features as JSON, which has no NaN."""
    row = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in features(flight).items()
    }
    return {"status": 200, "features": row}
