import * as fs from "node:fs/promises";
import * as path from "node:path";
import { build, type Plugin } from "esbuild";

export interface ProgramBundle {
  /** Root of the project. */
  readonly root: string;
  /** The program's main file, from the root. */
  readonly entry: string;
  readonly outDir: string;
  /** Without `.js`. */
  readonly outName: string;
}

/**
 * What `<outName>.js` is: an older Node cannot even link the program (`zlib` has no zstd there) and would say so with a stack. This says
 * what to do, and only then loads the code.
 */
const LAUNCHER = (outName: string, code: string): string => `const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(\`This needs Node 22.15 or newer and runs on \${process.versions.node}. npm ci brought one along: npx node dist/${outName}.js\`);
  process.exit(1);
}
await import("./${code}.js");
`;
const WORKER = /new URL\(\s*"(\.{1,2}\/[^"\n]+)\.ts"\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Bundles our own sources of one program into `<outDir>/<outName>-code.js`, which `<outName>.js` loads, and each worker that it starts by
 * `new URL("./x.ts", import.meta.url)` into a file beside it, to which the address then points. Packages stay in node_modules: several
 * bring native parts, and licences travel with them. Answers the names of the files made. Throws when a source does not compile.
 */
export async function bundleProgram(bundle: ProgramBundle): Promise<readonly string[]> {
  const code = `${bundle.outName}-code`;
  const made = [`${bundle.outName}.js`];
  const waiting = new Map([[bundle.entry, code]]);
  // A worker may start workers of its own, so the list grows while it is worked off.
  for (const [entry, outName] of waiting) {
    const workers = new Map<string, string>();
    await build({
      absWorkingDir: bundle.root,
      entryPoints: [{ in: entry, out: outName }],
      outdir: bundle.outDir,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node22",
      sourcemap: "linked",
      logLevel: "silent",
      plugins: [pointAtWorkers(bundle.root, workers)],
    });
    made.push(`${outName}.js`);
    for (const [file, name] of workers) if (!waiting.has(file)) waiting.set(file, name);
  }
  await fs.writeFile(path.join(bundle.outDir, `${bundle.outName}.js`), LAUNCHER(bundle.outName, code));
  return made;
}

/** Rewrites the addresses of workers to their bundles and notes which workers there are. */
function pointAtWorkers(root: string, workers: Map<string, string>): Plugin {
  return {
    name: "workers",
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
        const source = await fs.readFile(file, "utf8");
        const contents = source.replace(WORKER, (_, specifier: string) => {
          const worker = path
            .relative(root, path.join(path.dirname(file), `${specifier}.ts`))
            .split(path.sep)
            .join("/");
          const name = worker.replace(/\.ts$/, "").replaceAll("/", "-");
          workers.set(worker, name);
          return `new URL("./${name}.js", import.meta.url)`;
        });
        return { contents, loader: "ts" };
      });
    },
  };
}
