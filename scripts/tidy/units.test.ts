import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const folder = path.resolve(import.meta.dirname, "..", "..", "systemd");
const units = fs.readdirSync(folder).filter((name) => name.endsWith(".service"));
/** 0 is best, 10 is an unconfined root process. */
const EXPOSURE_MAX = 2.0;

function analyze(...words: string[]): { readonly found: boolean; readonly said: string } {
  const ran = spawnSync("systemd-analyze", words, { encoding: "utf8", env: { ...process.env, SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" } });
  return { found: ran.error === undefined, said: `${ran.stdout ?? ""}${ran.stderr ?? ""}`.trim() };
}

if (!analyze("--version").found) {
  console.log("skip: systemd-analyze is not installed; on Debian: apt-get install systemd");
  test.skip("the units are right and confined");
} else {
  for (const unit of units) {
    // systemd-analyze ends with 0 on unknown keys, so any word of it is a fault.
    test(`${unit} has nothing that systemd complains about`, () => {
      assert.is(analyze("verify", "--man=no", path.join(folder, unit)).said, "");
    });

    test(`${unit} is confined`, () => {
      const { said } = analyze("security", "--offline=true", "--no-pager", path.join(folder, unit));
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      assert.ok(exposure <= EXPOSURE_MAX, `exposure ${exposure}\n${said}`);
    });
  }

  test("a misspelt key is caught", () => {
    const broken = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR ?? "/var/tmp", "chaverim-unit-")), "broken.service");
    fs.writeFileSync(broken, "[Service]\nExecStart=/usr/bin/env true\nProtectHoem=yes\n");
    assert.match(analyze("verify", "--man=no", broken).said, "ProtectHoem");
    fs.rmSync(path.dirname(broken), { recursive: true });
  });
}

test("an edge has the same flags wherever it is started", () => {
  const flagsIn = (file: string, before: string): string[] => {
    const text = fs.readFileSync(path.join(folder, "..", file), "utf8");
    const line = text.split("\n").find((one) => one.includes(before)) ?? assert.unreachable(`${file} starts no edge`);
    return (line as string).match(/--(?!import)[\w-]+(?:=\d+)?/g) ?? [];
  };
  const service = flagsIn("systemd/chaverim-edge.service", "dist/edge.js");
  assert.equal(flagsIn("docker/Dockerfile", "dist/edge.js"), service);
  assert.equal(flagsIn("package.json", "edge/main.ts"), service);
  assert.ok(service.length > 0);
});

test.run();
