// urql: HTTP, and subscriptions over graphql-ws or, where the argument says so, as events over HTTP.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, journey, pulled, socketUrl, url } from './journey.mjs';

const overHttp = process.argv[3] === 'events';
const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
const subscriptions = subscriptionExchange({
  forwardSubscription: ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  }),
});
const client = new Client({
  url,
  exchanges: overHttp ? [fetchExchange] : [subscriptions, fetchExchange],
  fetchSubscriptions: overHttp,
  fetchOptions: { headers },
  preferGetMethod: false,
});

async function ask(text, variables) {
  const { data, error } = text.startsWith('mutation')
    ? await client.mutation(text, variables)
    : await client.query(text, variables);
  if (error) throw error;
  return data;
}

async function* watch(text, variables) {
  const source = pulled((sink) => client.subscription(text, variables).subscribe(sink.next).unsubscribe);
  for await (const { data, error } of source) {
    if (error) throw error;
    yield data;
  }
}

await journey({ ask, watch, codes: ({ graphQLErrors }) => graphQLErrors.map((error) => error.extensions.code) });
await socket.dispose();
