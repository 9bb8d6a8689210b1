import * as path from "node:path";
import type { FileReport } from "./run-test-file.ts";
import { runTests } from "./run-tests.ts";
import { findTestFiles } from "./test-files.ts";

/**
 * `npm test [-- PART-OF-A-PATH ...] [--root DIR]`: every test file, each in a process of its own. The last line is always
 * `N passed, N failed, N skipped`. Exit 0 only when at least one test ran and none failed.
 */
const { root, filters } = readArguments(process.argv.slice(2));
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt.abort());

const files = await findTestFiles(root, filters);
const skips = process.env.CHAVERIM_NO_SKIP === "1" ? "are-failures" : "allowed";
const reports = files.length === 0 ? [] : await runTests({ root, files, skips, signal: interrupt.signal, onReport: print });

const passed = sum((report) => report.passed);
const failed = sum((report) => report.failed);
const skipped = sum((report) => report.skipped);
if (files.length === 0) console.log(`no test file matches ${filters.join(" ") || root}`);
const broken = reports.filter((report) => report.failed > 0);
if (broken.length > 0 && reports.length > 1) console.log(`\nfailed:\n${broken.map((report) => `  ${report.file.path}`).join("\n")}`);
if (interrupt.signal.aborted) console.log("\ninterrupted: not everything ran");
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = interrupt.signal.aborted ? 130 : passed > 0 && failed === 0 ? 0 : 1;

function print(report: FileReport): void {
  const counts = [`${report.passed} passed`];
  if (report.failed > 0) counts.push(`${report.failed} failed`);
  if (report.skipped > 0) counts.push(`${report.skipped} skipped`);
  console.log(`${report.failed > 0 ? "FAIL" : "ok  "}  ${report.file.path}  ${counts.join(", ")}  ${report.ms} ms`);
  for (const reason of report.skipReasons) console.log(`      skip: ${reason}`);
  for (const problem of report.problems) console.log(`      ${problem}`);
  if (report.failed > 0 && report.output.trim() !== "") console.log(report.output.trimEnd().replace(/^/gm, "      | "));
}

function sum(of: (report: FileReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function readArguments(given: readonly string[]): { root: string; filters: readonly string[] } {
  const at = given.indexOf("--root");
  const filters = given.filter((word, index) => !word.startsWith("--") && !(at !== -1 && index === at + 1));
  return { root: path.resolve(at === -1 ? "." : (given[at + 1] ?? ".")), filters };
}
