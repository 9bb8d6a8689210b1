import type { Finding, SourceTree } from "./source-tree.ts";

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Optional packages are binaries for one platform each, and types go with a package that is imported. */
const NOT_IMPORTED = /^@types\//;

/** Dependencies that no file imports, and versions that are not exact: a build next year must be this build. */
export function packageFindings(tree: SourceTree, manifest: Manifest, allowed: Readonly<Record<string, string>>): readonly Finding[] {
  const imported = new Set(
    tree.files.flatMap((file) => file.imports.filter((target) => target.kind === "package").map((target) => target.target)),
  );
  const named = { ...manifest.dependencies, ...manifest.devDependencies };
  const unused = Object.keys(named).filter(
    (name) => !NOT_IMPORTED.test(name) && !imported.has(name) && !(name in allowed) && !isNamed(tree, name),
  );
  const inexact = Object.entries({ ...named, ...manifest.optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  return [
    ...unused.map((name) => ({
      path: "package.json",
      says: `nothing imports ${name}: remove it, or give its reason in allowed-unused.ts`,
    })),
    ...inexact.map(([name, version]) => ({ path: "package.json", says: `${name} ${version} is not an exact version` })),
  ];
}

/** Named by `import.meta.resolve`, `require.resolve` or a path below node_modules, rather than imported. */
function isNamed(tree: SourceTree, name: string): boolean {
  return tree.files.some(
    (file) => file.text.includes(`"${name}"`) || file.text.includes(`"${name}/`) || file.text.includes(`node_modules/${name}/`),
  );
}
