// The client graphql-sse in its mode of distinct connections.
import { createClient } from 'graphql-sse';
import { headers, journey, url } from './journey.mjs';

const client = createClient({ url, headers, singleConnection: false });

async function* watch(query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw errors;
    yield data;
  }
}

async function ask(query, variables) {
  for await (const data of watch(query, variables)) return data;
}

await journey({ ask, watch, codes: (errors) => errors.map((error) => error.extensions.code) });
client.dispose();
