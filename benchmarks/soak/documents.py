"""The GraphQL documents of a soak."""

from benchmarks.soak.graph import mutation

CONNECT = mutation("connectMls", "connection { id }")
IMPORT = mutation("importMlsListings", "syncRun { id }")
SYNC = mutation("syncMlsStatus", "syncRun { id }")
BEGIN_LINK = mutation("beginSocialLink", "authorizationUrl")
COMPLETE_LINK = mutation("completeSocialLink", "accounts { id platform }")
EDIT = mutation("updateListing", "listing { id description locallyEdited }")
PUBLISH = mutation("publishPost", "posts { id state }")
UNPUBLISH = mutation("unpublishPost", "post { id state }")
EVENTS = mutation("recordEvents", "results { eventId counted userErrors { code } }")

LISTINGS = """query ($first: Int, $after: String) {
  listings(first: $first, after: $after) {
    nodes { id listingKey status publishable photos { state } tracking { pixelUrl beaconUrl shortUrl }
      connection { id provider }
      posts(first: 20) { nodes { id state account { id } } } }
    pageInfo { hasNextPage endCursor } } }"""
SUMS = """query ($id: ID!) { aggregatedMetrics(listingId: $id, period: WEEKLY) {
  totalViews totalShares totalInquiries totalClicks } }"""

READ = {
    "listings": """{ listings(first: 20, filter: { statuses: [ACTIVE], minPrice: "100000" },
        orderBy: { field: PRICE, direction: ASC }) {
        nodes { id mlsNumber price { amount } address { street city } photos { url width height } } } }""",
    "search": """{ listings(first: 10, filter: { text: "garden" }) { nodes { id description } } }""",
    "posts": """{ posts(first: 20) { nodes { id state platform text listing { id status }
        account { name } failure { code message } } } }""",
    "metrics": """{ allListingsMetrics(period: WEEKLY, first: 10) { nodes { listing { id }
        metrics { totalViews totalShares totalInquiries conversionRate days { date views } } } } }""",
    "runs": """{ syncRuns(first: 10) { nodes { id state processed errors(first: 5) { nodes { code } } } } }""",
    "connections": """{ mlsConnections { id label nextSyncAt lastSyncedAt needsAction lastRun { state } } }""",
    "notifications": """{ notifications(first: 20) { nodes { id kind title readAt } } }""",
    "timeline": """{ listings(first: 5) { nodes { id timeline(first: 5) { nodes { kind field old new at } }
        metrics { totalViews } } } }""",
    "viewer": "{ viewer { userId roles } platforms { slug limits } }",
}
"""What frontends ask again and again, by name."""

WATCH = {
    "postUpdates": "subscription { postUpdates { id state sequence } }",
    "listingChanges": "subscription { listingChanges { id kind field } }",
    "notificationAdded": "subscription { notificationAdded { id kind } }",
    "metricsUpdates": "subscription ($id: ID!) { metricsUpdates(listingId: $id) { date views sequence } }",
}
"""What they watch."""
