// What relay-compiler finds in a frontend that uses Relay.
graphql`
  query documentsPageQuery($count: Int!, $cursor: String) {
    viewer { userId }
    ...documents_listings @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment documents_listings on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "documentsNextPageQuery") {
    listings(first: $count, after: $cursor, orderBy: { field: PRICE })
      @connection(key: "documents_listings") {
      edges { node { id mlsNumber ...documents_listing } }
    }
  }
`;

graphql`
  fragment documents_listing on Listing @refetchable(queryName: "documentsListingQuery") {
    status
    address { city }
    photos { id }
  }
`;

graphql`
  mutation documentsCreateMutation($input: CreateListingInput!) {
    createListing(input: $input) { listing { id mlsNumber } userErrors { message } }
  }
`;

graphql`
  mutation documentsRecordMutation($input: RecordViewEventInput!) {
    recordViewEvent(input: $input) { metrics { views } }
  }
`;

graphql`
  subscription documentsWatchSubscription($id: ID!) {
    metricsUpdates(listingId: $id) { views }
  }
`;
