// The rows of our SQLite file, read as a Node developer would: a prepared statement for each kind of read.
const Database = require("better-sqlite3");

const WEEK_DAYS = 7;
const ESCAPED = /[#%\0\ud800-\udfff]/g;

const part = (text) =>
  text.replace(ESCAPED, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
const key = (...parts) => parts.map(part).join("#");
const lives = (item) => item.ExpiresAt === undefined || item.ExpiresAt > Date.now() / 1000;

class Store {
  constructor(path) {
    const database = new Database(path, { readonly: true, fileMustExist: true });
    const prepare = (rest) => database.prepare(`SELECT item FROM items WHERE ${rest}`).pluck();
    this.one = prepare("pk = ? AND sk = ?");
    this.newest = prepare("gsi5pk = ? ORDER BY gsi5sk DESC LIMIT ?");
    this.posts = prepare("gsi1pk = ? AND gsi1sk >= 'POST#' AND gsi1sk < 'POST$' ORDER BY gsi1sk DESC LIMIT ?");
    this.between = prepare("pk = ? AND sk BETWEEN ? AND ? ORDER BY sk");
  }

  listing(user, id) {
    const item = this.one.get(key("USER", user), key("LISTING", id));
    return item === undefined ? null : JSON.parse(item);
  }

  listings(user, first) {
    return this.page(this.newest.all(key("USER", user, "LISTINGS"), first + 1), user, first);
  }

  postsOf(user, listing, first) {
    return this.page(this.posts.all(key("LISTING", listing), first + 1), user, first);
  }

  // The last days of a listing with today in UTC, those without events left out.
  weekOf(user, listing) {
    const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const [from, to] = [day(WEEK_DAYS - 1), day(0)];
    const [low, high] = [key("METRICS", listing, from), key("METRICS", listing, to)];
    return { from, to, days: this.between.all(key("USER", user), low, high).map((text) => JSON.parse(text)) };
  }

  page(texts, user, first) {
    const own = key("USER", user);
    const items = texts.map((text) => JSON.parse(text)).filter((item) => item.PK === own && lives(item));
    return { nodes: items.slice(0, first), more: items.length > first };
  }
}

module.exports = { Store };
