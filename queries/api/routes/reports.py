"""/v1/reports: the SQL reports."""

from queries.api.routes.written import router_of

router = router_of("sql", "/reports", "reports")
