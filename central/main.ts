/** Central's program: without words it serves; with words it does one thing and ends. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`Central needs Node 22.15 or newer; this is ${process.versions.node}. npm ci brings one along: use npm run central.`);
  process.exit(1);
}

// Loaded after the check: an older Node cannot even read these.
const { readConfig } = await import("./config.ts");
const { runCommand } = await import("./commands.ts");

try {
  await runCommand(process.argv.slice(2), readConfig(process.env));
} catch (error) {
  // One sentence is enough for what a person can put right (a setting, a disk that is full); anything else is a bug and shows where.
  const { name, message, stack, code } = error as NodeJS.ErrnoException;
  const known =
    ["BackupTrouble", "BundleTrouble", "WrongWords"].includes(name) || /^CHAVERIM_/.test(message) || /^E[A-Z]+$/.test(code ?? "");
  console.error(known ? message : stack);
  process.exit(1);
}

export {};
