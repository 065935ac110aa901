// The audits of GraphQL over HTTP that graphql-http brings along.
import { serverAudits } from 'graphql-http';

const { url, headers } = JSON.parse(process.argv[2]);

const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, ...headers } });

const results = await Promise.all(
  serverAudits({ url, fetchFn }).map(async (audit) => {
    const { status, reason } = await audit.fn();
    return { id: audit.id, name: audit.name, status, reason };
  }),
);
console.log(JSON.stringify(results));
