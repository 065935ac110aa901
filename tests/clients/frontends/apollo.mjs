// Apollo Client: HTTP, and subscriptions over graphql-ws; and once more over HTTP with GET.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, journey, pulled, socketUrl, url } from './journey.mjs';

const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  clientAwareness: { name: 'clients', version: '1' },
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers, useGETForQueries: true }),
  ),
});

const isQuery = (document) => document.definitions[0].operation === OperationTypeNode.QUERY;

async function ask(text, variables) {
  const document = gql(text);
  const { data } = isQuery(document)
    ? await client.query({ query: document, variables })
    : await client.mutate({ mutation: document, variables });
  return data;
}

async function* watch(text, variables) {
  const source = pulled((sink) => {
    const subscription = client.subscribe({ query: gql(text), variables }).subscribe(sink);
    return () => subscription.unsubscribe();
  });
  for await (const { data, error } of source) {
    if (error) throw error;
    yield data;
  }
}

const codes = (error) => (CombinedGraphQLErrors.is(error) ? error.errors.map((each) => each.extensions.code) : String(error));
await journey({ ask, watch, codes });
await socket.dispose();
