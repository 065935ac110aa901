// What mercurius and graphql-yoga share: the schema, who asks, and the resolvers of the fields that are queried.
const { createHmac, createPublicKey } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { createVerifier } = require("fast-jwt");
const { GraphQLScalarType } = require("graphql");
const { listingOf, metricsOf, photosOf, postOf } = require("./entities.js");
const { Store } = require("./store.js");

const FIRST = 20;
const MOMENT = /^(.{19})(\.\d{3})?\d*(?:Z|\+00:00)$/;

const settings = JSON.parse(process.argv[2]);
const typeDefs = readFileSync(settings.schema, "utf8");
const store = new Store(settings.sqlite);

const verify = createVerifier({
  key: createPublicKey({ key: settings.publicKey, format: "jwk" }).export({ type: "spki", format: "pem" }),
  algorithms: ["RS256"],
  allowedIss: settings.issuer,
  allowedAud: settings.audience,
  cache: true,
});
const userOf = (authorization) => verify((authorization ?? "").replace(/^Bearer /i, "")).sub;

// As our local file store signs, for one to two hours.
function signed(key) {
  const hour = 3600;
  const expires = (Math.floor(Date.now() / 1000 / hour) + 2) * hour;
  const signature = createHmac("sha256", settings.mediaKey).update(`${expires}\n${key}`).digest("base64url");
  const path = key.split("/").map(encodeURIComponent).join("/");
  return `${settings.ownUrl}/media/${path}?expires=${expires}&signature=${signature}`;
}

function photoUrl({ original }, { variant }) {
  if (original === undefined) return null;
  if (variant === "ORIGINAL") return signed(original);
  const name = original.replace("/original/", `/${variant.toLowerCase()}/`);
  return signed(`${name.slice(0, name.lastIndexOf("."))}.webp`);
}

function keyOf(id, type, user) {
  const [found, owner, ...rest] = Buffer.from(id, "base64url").toString().split(":");
  return found === type && decodeURIComponent(owner) === user ? rest.join(":") : null;
}

const connection = ({ nodes, more }, of) => ({ nodes: nodes.map(of), pageInfo: { hasNextPage: more } });

function moment(text) {
  const found = MOMENT.exec(text);
  return found ? `${found[1]}${found[2] ?? ""}Z` : new Date(text).toISOString().replace(".000Z", "Z");
}

const resolvers = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: moment }),
  Query: {
    listing(_, { id }, { user }) {
      const key = keyOf(id, "Listing", user);
      const item = key === null ? null : store.listing(user, key);
      return item === null ? null : listingOf(item);
    },
    listings: (_, { first }, { user }) => connection(store.listings(user, first ?? FIRST), listingOf),
  },
  Listing: { photos: photosOf },
  Photo: { url: photoUrl },
};

const postsOf = (listing, { first }) =>
  connection(store.postsOf(listing.owner, listing.key, first ?? FIRST), postOf);
function metrics(listing, { period }) {
  if (period !== "WEEKLY") throw new Error("Only weeks are measured.");
  return metricsOf(store.weekOf(listing.owner, listing.key), period);
}

// Ends with whoever has started it.
function serving(url) {
  console.log(url);
  process.stdin.on("end", () => process.exit()).resume();
}

module.exports = { metrics, postsOf, resolvers, serving, typeDefs, userOf };
