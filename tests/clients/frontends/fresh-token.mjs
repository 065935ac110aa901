// Clients whose token expires while they watch: they come back with the next one by themselves.
import { createClient as overEvents } from 'graphql-sse';
import { createClient as overSocket } from 'graphql-ws';
import WebSocket from 'ws';

const { url, socketUrl, tokens, listingId } = JSON.parse(process.argv[2]);
const atOnce = { retryAttempts: 2, retryWait: async () => {}, retry: async () => {} };
const query = `subscription Watch($listingId: ID!) { metricsUpdates(listingId: $listingId) { views } }`;

function clientOf(kind, credentials) {
  return kind === 'socket'
    ? overSocket({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: credentials, ...atOnce })
    : overEvents({ url, headers: credentials, ...atOnce });
}

const came = {};
for (const kind of ['socket', 'events']) {
  const left = [...tokens];
  const client = clientOf(kind, () => ({ authorization: `Bearer ${left.shift()}` }));
  came[kind] = [];
  for await (const { data } of client.iterate({ query, variables: { listingId } })) {
    came[kind].push(data.metricsUpdates.views);
    if (!left.length) break;
  }
  client.dispose();
}
console.log(JSON.stringify(came));
