"""The GraphQL documents of the tour."""

_POST = "id platform state platformPostUrl account { name } failure { code message }"
_HOME = f"""
id mlsNumber listingKey status publishable address {{ street city }} photos {{ state }}
posts(first: 20) {{ nodes {{ {_POST} }} }}
"""
_ERRORS = "userErrors { field message code }"

CONNECTIONS = "query { mlsConnections { id url } }"
CONNECT = f"""mutation ($input: ConnectMlsInput!) {{
  connectMls(input: $input) {{ connection {{ id }} {_ERRORS} }}
}}"""
IMPORT = f"""mutation ($connection: ID!) {{
  importMlsListings(input: {{ connectionId: $connection }}) {{ syncRun {{ id }} {_ERRORS} }}
}}"""
SYNC = f"""mutation ($connection: ID!) {{
  syncMlsStatus(input: {{ connectionId: $connection }}) {{ syncRun {{ id }} {_ERRORS} }}
}}"""
RUN = """query ($run: ID!) {
  syncRun(id: $run) {
    state finishedAt processed totalListings successfulImports unchanged skipped failedImports photosStored
  }
}"""
HOMES = f"""query ($connection: ID!, $after: String) {{
  listings(filter: {{ connectionId: $connection }}, first: 50, after: $after) {{
    nodes {{ {_HOME} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
LISTING = f"query ($listing: ID!) {{ listing(id: $listing) {{ {_HOME} }} }}"
PLATFORMS = "query { platforms { slug title } }"
ACCOUNTS = "query { socialAccounts { id platform name state } }"
BEGIN_LINK = f"""mutation ($platform: String!) {{
  beginSocialLink(input: {{ platform: $platform }}) {{ authorizationUrl {_ERRORS} }}
}}"""
COMPLETE_LINK = f"""mutation ($platform: String!, $code: String!, $state: String!) {{
  completeSocialLink(input: {{ platform: $platform, code: $code, state: $state }}) {{
    accounts {{ id platform name state }} {_ERRORS}
  }}
}}"""
PUBLISH = f"""mutation ($listing: ID!, $accounts: [ID!]!) {{
  publishPost(input: {{ listingId: $listing, accountIds: $accounts, hashtags: ["forsale"] }}) {{
    posts {{ {_POST} }} {_ERRORS}
  }}
}}"""
INQUIRE = f"""mutation ($listing: ID!) {{
  recordInquiryEvent(input: {{
    listingId: $listing, platform: "facebook", name: "Pat Visitor", email: "pat@example.com",
    message: "Is it still for sale?"
  }}) {{ inquiry {{ id }} {_ERRORS} }}
}}"""
METRICS = """query ($listing: ID!) {
  aggregatedMetrics(listingId: $listing, period: WEEKLY) { totalViews totalShares totalInquiries }
}"""


def record(kind: str) -> str:
    """The mutation that counts an event; `kind` is View or Share."""
    return f"""mutation ($listing: ID!) {{
      record{kind}Event(input: {{ listingId: $listing, platform: "facebook" }}) {{ {_ERRORS} }}
    }}"""
