"""The application."""

from __future__ import annotations

from narrowgate import __version__
from narrowgate.gateway.description import Application
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.problems import install_problems
from narrowgate.gateway.routes import routers


def create_app(house: Gatehouse) -> Application:
    """The application over ``house``."""
    app = Application(
        title="Narrowgate",
        version=__version__,
        summary="The narrow gate between HR systems and suppliers.",
        # Swagger's page fetches its scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    install_problems(app)
    for router in routers():
        app.include_router(router)
    return app
