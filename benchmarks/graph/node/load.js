// Loads a server by autocannon: `node load.js '{"url", "body", "headers", "connections", "seconds"}'`. Answers the
// milliseconds of each answer, how many were no 200, the bytes of the shortest one, and its own processor seconds.
const autocannon = require("autocannon");

const { seconds, ...target } = JSON.parse(process.argv[2]);
const latencies = [];
let shortest = Infinity;
const begin = process.hrtime.bigint();
const run = autocannon({ ...target, method: "POST", duration: seconds, timeout: 60 }, (error, result) => {
  if (error) throw error;
  const { user, system } = process.cpuUsage();
  const took = Number(process.hrtime.bigint() - begin) / 1e9;
  const failed = result.non2xx + result.errors + result.timeouts;
  console.log(JSON.stringify({ seconds: took, latencies, failed, shortest, processor: (user + system) / 1e6 }));
});
run.on("response", (client, status, bytes, milliseconds) => {
  latencies.push(milliseconds);
  shortest = Math.min(shortest, bytes);
});
