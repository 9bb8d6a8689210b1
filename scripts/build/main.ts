import * as path from "node:path";
import { bundleProgram } from "./bundle-program.ts";
import { buildPages } from "./ui-build.ts";

/** `npm run build`: `dist/central.js`, `dist/edge.js`, their workers, and the pages below `dist/ui`. Run them with node beside node_modules. */
const root = path.resolve(import.meta.dirname, "..", "..");
const outDir = path.join(root, "dist");

for (const program of ["central", "edge"]) {
  const made = await bundleProgram({ root, entry: `${program}/main.ts`, outDir, outName: program });
  console.log(`dist: ${made.join(", ")}`);
}
await buildPages();
console.log("dist/ui: pages of central and edge");
