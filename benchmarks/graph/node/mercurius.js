// The schema by mercurius with its JIT: `node mercurius.js '{"schema", "sqlite", …}'`.
const Fastify = require("fastify");
const mercurius = require("mercurius");
const { metrics, postsOf, resolvers, serving, typeDefs, userOf } = require("./graph.js");

const batched = (load) => ({
  loader: async (queries) => queries.map(({ obj, params }) => load(obj, params)),
  opts: { cache: false },
});

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  loaders: { Listing: { posts: batched(postsOf), metrics: batched(metrics) } },
  context: (request) => ({ user: userOf(request.headers.authorization) }),
  jit: 1,
});
app.listen({ host: "127.0.0.1", port: 0 }).then(serving);
