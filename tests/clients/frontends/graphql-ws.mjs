// The client graphql-ws, which sends everything over one WebSocket.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, journey, socketUrl } from './journey.mjs';

const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });

async function* watch(query, variables) {
  for await (const { data } of client.iterate({ query, variables })) yield data;
}

async function ask(query, variables) {
  for await (const { data } of client.iterate({ query, variables })) return data;
}

await journey({ ask, watch, codes: (errors) => errors.map((error) => error.extensions.code) });
await client.dispose();
