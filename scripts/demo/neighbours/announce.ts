/** One site of the multicast test, as a program of its own on its host: `announce.ts ID PORT` prints who it finds, a JSON line at each look. */
import { findNeighbours, ownNetworks } from "../../../edge/neighbours/find-neighbours.ts";

const [id = "", port = "0"] = process.argv.slice(2);
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const finder = findNeighbours({
  id,
  port: Number(port),
  isTls: false,
  networks: ownNetworks,
  monoMs: () => performance.now(),
  log: { info: (_facts, words) => say({ words }) },
});
setInterval(() => say({ found: finder.addresses() }), 200);
