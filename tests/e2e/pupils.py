"""Visitors as a browser is one to the server: over a WebSocket a page comes element by element.

Streamlit's interface for programs makes a tree of a page for who asks, which takes the server as
long again as the page itself: what it tells of time is not what a visitor waits for.
"""

import asyncio
import secrets
import time
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from convnext_viz.ui.server.visitors import COOKIE
from tests.e2e.servers import Server

PATIENCE = 120  # seconds


async def _visit(server: Server, page: str, query: dict[str, list[str]]) -> float:
    began = time.perf_counter()
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = urlencode(query, doseq=True)
    asked.rerun_script.context_info.locale = "en-US"
    cookie = {"Cookie": f"{COOKIE}={secrets.token_hex(16)}"}  # as it got one with the page
    async with connect(
        address, subprotocols=[Subprotocol("streamlit")], additional_headers=cookie, max_size=None
    ) as socket:
        await socket.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(await socket.recv())
            assert "unexpected error" not in str(message.delta.new_element.alert), (page, query)
            ended = message.WhichOneof("type") == "script_finished"
            if ended and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return time.perf_counter() - began  # and not where a script begins anew


def visits(server: Server, *wanted: tuple[str, dict[str, list[str]]]) -> list[float]:
    """All at once: how long each waits for a whole page, in seconds, in ascending order.

    ``wanted``: a page's name ("" for Home) and the parameters of its link for each visitor.
    """

    async def together() -> list[float]:
        return await asyncio.wait_for(
            asyncio.gather(*(_visit(server, page, query) for page, query in wanted)), PATIENCE
        )

    return sorted(asyncio.run(together()))
