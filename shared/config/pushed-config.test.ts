import { test } from "uvu";
import * as assert from "uvu/assert";
import { forbiddenKey, stampConfig, stampOf } from "./pushed-config.ts";
import { readYaml } from "./read-yaml.ts";

/** "line: words" of the first key that may not travel. */
function refusal(text: string): string | undefined {
  const read = readYaml(text);
  if (read.kind === "bad") return `${read.line}: ${read.words}`;
  const found = forbiddenKey(read.yaml.value);
  return found && `${read.yaml.lineOf(found.path)}: ${found.words}`;
}

test("secrets are refused by the line they stand in, wherever that is", () => {
  assert.match(refusal("cameras:\n  - id: x\n    password: geheim\n") ?? "", /^3: cameras\[0\].password is a secret/);
  assert.match(refusal("cameras:\n  - push_secret: abc\n") ?? "", /^2: cameras\[0\].push_secret is a secret/);
  assert.match(refusal("a: { b: { Token: x } }\n") ?? "", /a.b.Token is a secret/);
  assert.match(refusal("cameras:\n  - url: http://viewer:geheim@192.0.2.1/\n") ?? "", /^2: cameras\[0\].url holds a name and a password/);
  assert.not.match(refusal("cameras:\n  - password: geheim\n") ?? "", /geheim/);
});

test("whom a site belongs to and to whom it talks is set at the site only", () => {
  assert.match(refusal("web: {}\ncentral: { url: http://x }\n") ?? "", /^2: central is set at the site only/);
  assert.match(refusal("collector_id: x\n") ?? "", /^1: collector_id is set/);
});

test("what may travel is let through, a credential's name and an empty text too", () => {
  assert.is(refusal("cameras:\n  - { url: 'http://192.0.2.1/a@b', username: viewer, password_ref: north-gate }\n"), undefined);
  assert.is(refusal(""), undefined);
});

test("a text that is no YAML, no map or an endless alias is refused with its line", () => {
  assert.match(refusal("a: 1\nb: [1, 2\n") ?? "", /^[23]: /);
  assert.match(refusal("just text\n") ?? "", /^1: must hold keys and values/);
  assert.match(refusal("a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c]\n") ?? "", /^null: an alias/);
});

test("a stamped file says its revision and gives the text back as it came; another file says nothing", () => {
  const yaml = "# mine\nsite: { name: x }\n";
  assert.equal(stampOf(stampConfig(7, "ab".repeat(32), yaml)), { revision: 7, digest: "ab".repeat(32), yaml });
  assert.is(readYaml(stampConfig(7, "ab".repeat(32), yaml)).kind, "yaml");
  for (const other of ["", yaml, "# revision x, SHA-256 abc\n"]) assert.is(stampOf(other), undefined);
});

test.run();
