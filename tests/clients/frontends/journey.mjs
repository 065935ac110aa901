// What every client does: a mutation, a query, a refused document, and a subscription that hears of a mutation.
export const { url, socketUrl, headers } = JSON.parse(process.argv[2]);

export const CREATE = `mutation Create($input: CreateListingInput!) {
  createListing(input: $input) { listing { id } userErrors { message } }
}`;
export const READ = `query Read($id: ID!) { listing(id: $id) { id mlsNumber price { amount } } }`;
export const RECORD = `mutation Record($input: RecordViewEventInput!) {
  recordViewEvent(input: $input) { metrics { views } }
}`;
export const WATCH = `subscription Watch($id: ID!) { metricsUpdates(listingId: $id) { views } }`;
export const WRONG = `query Wrong { nothing }`;

const input = { mlsNumber: 'N1', price: '525000.00' };

/**
 * @param ask answers the data of a query or a mutation, or throws.
 * @param watch iterates over the data of a subscription.
 * @param codes the codes of the GraphQL errors in what `ask` throws.
 */
export async function journey({ ask, watch, codes }) {
  const { id } = (await ask(CREATE, { input })).createListing.listing;
  const { listing } = await ask(READ, { id });
  const refused = await ask(WRONG, {}).then(() => 'answered', codes);
  const views = [];
  for await (const { metricsUpdates } of watch(WATCH, { id })) {
    views.push(metricsUpdates.views);
    if (metricsUpdates.views > 0) break;
    await ask(RECORD, { input: { listingId: id } });
  }
  console.log(JSON.stringify({ number: listing.mlsNumber, price: listing.price.amount, refused, views }));
}

/** Iterates over what is handed to a sink; `start` answers how to stop. */
export async function* pulled(start) {
  const waiting = [];
  let wake = () => {};
  const put = (item) => { waiting.push(item); wake(); };
  const stop = start({
    next: (value) => put({ value }),
    error: (error) => put({ error }),
    complete: () => put({ done: true }),
  });
  try {
    for (;;) {
      while (!waiting.length) await new Promise((resolve) => { wake = resolve; });
      const { value, error, done } = waiting.shift();
      if (error) throw error;
      if (done) return;
      yield value;
    }
  } finally {
    stop();
  }
}
