// Relay: its compiler on the schema, and what it compiled run against the server, a page at a time.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import compiler from 'relay-compiler';
import runtime from 'relay-runtime';
import WebSocket from 'ws';
import { headers, pulled, socketUrl, url } from './journey.mjs';

const { Environment, Network, RecordSource, Store, commitMutation, fetchQuery, requestSubscription } = runtime;
const [schema, folder] = process.argv.slice(3);

mkdirSync(join(folder, 'compiled'), { recursive: true });
copyFileSync('relay-documents.js', join(folder, 'documents.js'));
copyFileSync(schema, join(folder, 'schema.graphql'));
writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}');
const config = {
  src: '.',
  schema: 'schema.graphql',
  language: 'javascript',
  artifactDirectory: 'compiled',
  eagerEsModules: false, // as modules they would import each other without the extension that Node wants
};
writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
execFileSync(compiler, ['relay.config.json'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });

const compiled = (name) => createRequire(join(folder, 'compiled/'))(`./${name}.graphql.js`);
const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
const environment = new Environment({
  network: Network.create(
    async ({ text }, variables) => {
      const body = JSON.stringify({ query: text, variables });
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
      return (await fetch(url, init)).json();
    },
    ({ text }, variables) => runtime.Observable.create((sink) => socket.subscribe({ query: text, variables }, sink)),
  ),
  store: new Store(new RecordSource()),
});

const mutate = (name, input) =>
  new Promise((onCompleted, onError) =>
    commitMutation(environment, { mutation: compiled(name), variables: { input }, onCompleted, onError }));

const ask = (name, variables) => fetchQuery(environment, compiled(name), variables).toPromise();
const spread = (name, data) => environment.lookup(runtime.getSingularSelector(compiled(name), data)).data;
const page = async (name, variables) => spread('documents_listings', await ask(name, variables)).listings;

const numbers = ({ edges }) => edges.map(({ node }) => node.mlsNumber);
const created = [];
for (const price of ['1', '2', '3']) {
  const input = { mlsNumber: `N${price}`, price };
  created.push((await mutate('documentsCreateMutation', input)).createListing.listing.id);
}
const first = await page('documentsPageQuery', { count: 2, cursor: null });
const firstPage = numbers(first);
const all = await page('documentsNextPageQuery', { count: 2, cursor: first.pageInfo.endCursor });
const { node } = await ask('documentsListingQuery', { id: created[0] });
const { status } = spread('documents_listing', node);

const views = [];
const watched = pulled((sink) => {
  const subscription = compiled('documentsWatchSubscription');
  const config = { subscription, variables: { id: created[0] }, onNext: sink.next, onError: sink.error };
  return requestSubscription(environment, config).dispose;
});
for await (const { metricsUpdates } of watched) {
  views.push(metricsUpdates.views);
  if (metricsUpdates.views > 0) break;
  await mutate('documentsRecordMutation', { listingId: created[0] });
}
await socket.dispose();
console.log(JSON.stringify({ firstPage, all: numbers(all), more: all.pageInfo.hasNextPage, status, views }));
