import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installedFolder, postgresBinaries } from "./postgres-binaries.ts";

test("PostgreSQL runs although the package's post-install script did not, from a folder that only its owner may enter", async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-binaries-"));
  try {
    const bare = path.join(folder, "home", "native");
    const noLinks = async (from: string) => !(await fs.lstat(from)).isSymbolicLink();
    await fs.mkdir(path.join(folder, "home"), { mode: 0o700 });
    await fs.cp(installedFolder(), bare, { recursive: true, filter: noLinks });
    const before = await fs.readdir(path.join(bare, "lib"));
    const work = path.join(folder, "work");
    await fs.mkdir(work);
    await fs.chmod(folder, 0o711);
    await fs.chmod(work, 0o711);
    const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    assert.is(await postgresBinaries(work, owner, bare), path.join(work, "postgres"));
    assert.equal(await fs.readdir(path.join(bare, "lib")), before, "the installed package is not changed");
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
});

test.run();
