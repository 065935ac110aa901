// The schema by graphql-yoga: `node yoga.js '{"schema", "sqlite", …}'`.
const { createServer } = require("node:http");
const DataLoader = require("dataloader");
const { createSchema, createYoga } = require("graphql-yoga");
const { metrics, postsOf, resolvers, serving, typeDefs, userOf } = require("./graph.js");

const batched = (load) =>
  new DataLoader(async (asked) => asked.map(([listing, args]) => load(listing, args)), { cache: false });

const Listing = {
  ...resolvers.Listing,
  posts: (listing, args, { loaders }) => loaders.posts.load([listing, args]),
  metrics: (listing, args, { loaders }) => loaders.metrics.load([listing, args]),
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { ...resolvers, Listing } }),
  context: ({ request }) => ({
    user: userOf(request.headers.get("authorization")),
    loaders: { posts: batched(postsOf), metrics: batched(metrics) },
  }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => serving(`http://127.0.0.1:${server.address().port}`));
