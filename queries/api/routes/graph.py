"""/v1/graph: the written graph questions."""

from queries.api.routes.written import router_of

router = router_of("cypher", "/v1/graph", "graph")
