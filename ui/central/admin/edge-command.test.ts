import { test } from "uvu";
import * as assert from "uvu/assert";
import { edgeCommand } from "./edge-command.ts";

const made = { collector: { id: "0199-id" }, api_key: "alpr_secret", central_public_keys: { ed25519: "AAA", x25519: "BBB" } };
const site = { name: "Main & Maple", time_zone: "America/New_York", latitude: 41.1, longitude: -74.04 };

test("the command names collector, central and site, and never the key", () => {
  const command = edgeCommand(made, { name: site.name, site }, "https://watch.example.org");
  assert.match(command, /--collector 0199-id --central-key AAA:BBB --site 'Main & Maple' --latitude 41.1 --longitude -74.04/);
  assert.not.match(command, /alpr_/);
});

test("a name with a quote or a command in it stays one word of the shell", () => {
  const command = edgeCommand(made, { name: "x", site: { ...site, name: "O'Neil; $(reboot)" } }, "http://a");
  assert.ok(command.includes("--site 'O'\\''Neil; $(reboot)'"));
});

test("a site without a place leaves the place out", () => {
  assert.not.match(edgeCommand(made, { name: "x", site: { ...site, latitude: null } }, "http://a"), /latitude/);
});

test.run();
