"""What things of the graph cost: how long lists are, and what weighs more than an object."""

LISTS = {
    "Listing.photos": 25,
    "Post.photos": 20,
    "PostPreview.photos": 20,
    "PostPreview.problems": 10,
    "AggregatedMetrics.platforms": 5,
    "AggregatedMetrics.sources": 20,
    "AggregatedMetrics.heatMap": 168,
    "AggregatedMetrics.inquiryOrigins": 50,
    "DailyMetrics.platforms": 5,
    "MlsProtocol.vendors": 10,
    "MlsVendor.settings": 20,
    "Query.listingsByMlsNumber": 2,
    "Query.mlsConnections": 20,
    "Query.mlsProtocols": 5,
    "Query.socialAccounts": 20,
    "Query.platforms": 5,
    "Query.previewPost": 20,
    "Query.metricAlerts": 50,
    "Query.webhooks": 20,
    "CompleteSocialLinkPayload.accounts": 20,
    "CompleteSocialLinkPayload.offered": 20,
    "MarkNotificationsReadPayload.notifications": 100,
    "PublishPostPayload.posts": 20,
    "RecordEventsPayload.results": 100,
    "SyncAllMlsConnectionsPayload.syncRuns": 20,
    "UnpublishListingPostsPayload.posts": 20,
}
"""How many a list without pages counts as; payloads' `userErrors` count as one.

The photos of a listing may be 100, but come with its row: they cost what it takes to send them, a quarter of what is
read for itself (measured: 10 µs a photo with its URL).
"""

LISTS_BY_IDS = {"Query.nodes": "ids", "Query.compareListings": "listingIds"}
"""Lists as long as the list of ids that they are asked for with."""

WEIGHTS = {
    "Mutation.connectMls": 100,
    "Mutation.testMlsConnection": 100,
    "Mutation.updateMlsConnection": 100,
    "Mutation.completeSocialLink": 100,
    "Mutation.recordEvents": 50,
    "Query.__schema": 1_000,
    "Query.__type": 100,
    "Query.previewPost": 10,
}
"""What weighs other than one, by field; the first four wait for somebody else's server."""

MUTATION = 10
"""What a mutation weighs beside its payload's things."""

DAYS_READ = 30
"""So many days that are added up weigh as much as an object."""
