import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { CEPH_PACKAGES, missingCephPrograms, type S3Server, startRadosGateway } from "./start-rados-gateway.ts";

export type TestS3 =
  | { readonly kind: "open"; readonly server: S3Server; readonly bucket: string }
  /** `reason` for the skip: no S3 server can be started on this machine. */
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * A real S3 server for one test file, with the name of a bucket nobody else uses (not made yet). `npm test` starts one server for the
 * whole run and names it in CHAVERIM_TEST_S3; a test file run by hand starts its own. Only a missing installation is a reason to
 * skip: a server that does not come up throws.
 */
export async function openTestS3(): Promise<TestS3> {
  const bucket = `test-${randomBytes(8).toString("hex")}`;
  const shared = process.env.CHAVERIM_TEST_S3;
  if (shared !== undefined) {
    const server = JSON.parse(shared) as Omit<S3Server, "stop">;
    return { kind: "open", bucket, server: { ...server, stop: async () => undefined } };
  }
  const missing = await missingCephPrograms();
  if (missing.length > 0) return { kind: "unavailable", reason: reasonFor(missing) };
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-s3-"));
  const remove = () => fs.rm(folder, { recursive: true, force: true });
  try {
    const server = await startRadosGateway(folder);
    const stop = async () => {
      await server.stop();
      await remove();
    };
    return { kind: "open", bucket, server: { ...server, stop } };
  } catch (error) {
    await remove();
    throw error;
  }
}

function reasonFor(missing: readonly string[]): string {
  return `no S3 server here (${missing.join(", ")} missing); on Debian: apt-get install ${CEPH_PACKAGES}`;
}
