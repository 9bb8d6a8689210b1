import { randomBytes, randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { freePort } from "./free-port.ts";
import { runCommand, type ServerProcess, startServer, waitUntilUp } from "./server-process.ts";

/** The Debian packages that bring every program used here. */
export const CEPH_PACKAGES = "ceph-mon ceph-osd radosgw ceph-common";
const PROGRAMS = ["ceph-authtool", "monmaptool", "ceph-mon", "ceph", "ceph-osd", "radosgw-admin", "radosgw"];
const STEP_MAX_MS = 60_000;

export interface S3Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  stop(): Promise<void>;
}

/** The programs that are missing on this machine; none of them means that the gateway can be started. */
export async function missingCephPrograms(): Promise<readonly string[]> {
  const folders = (process.env.PATH ?? "").split(":");
  const found = async (program: string) => {
    for (const folder of folders)
      if (
        (await fs.access(path.join(folder, program), fs.constants.X_OK).then(
          () => true,
          () => false,
        )) === true
      )
        return true;
    return false;
  };
  const missing: string[] = [];
  for (const program of PROGRAMS) if (!(await found(program))) missing.push(program);
  return missing;
}

/**
 * A real S3 server on loopback: Ceph's RADOS Gateway over one monitor and one storage daemon that keeps its objects in memory, all in
 * `folder`, which the caller removes. Signatures, multipart uploads, versions and object lock are the real thing. Up in 12 s or so.
 */
export async function startRadosGateway(folder: string): Promise<S3Server> {
  const config = path.join(folder, "ceph.conf");
  const monitorPort = await freePort();
  const cluster = randomUUID();
  for (const name of ["mon", "osd", "rgw"]) await fs.mkdir(path.join(folder, name), { recursive: true });
  await fs.writeFile(config, configuration(folder, cluster, monitorPort));
  const run = (file: string, ...args: string[]) =>
    runCommand(
      { file, args: file === "monmaptool" || file === "ceph-authtool" ? args : ["-c", config, ...args], cwd: folder },
      STEP_MAX_MS,
    );
  const started: ServerProcess[] = [];
  const start = (file: string, ...args: string[]) => {
    const server = startServer({ file, args: ["-c", config, "-f", ...args], cwd: folder });
    started.unshift(server);
    return server;
  };
  // The storage daemon takes its time over an orderly end, and there is nothing to keep.
  const stop = async () => {
    for (const server of started) await server.stop("SIGKILL");
  };
  try {
    await run("ceph-authtool", "--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
    await run("monmaptool", "--create", "--fsid", cluster, "--addv", "a", `[v2:127.0.0.1:${monitorPort}]`, "monmap");
    await run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring");
    start("ceph-mon", "-i", "a");
    // The storage daemon must be made with the very UUID that `osd new` registered, or the monitor never lets it in.
    const osd = randomUUID();
    await run("ceph", "osd", "new", osd);
    await run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
    start("ceph-osd", "-i", "0");
    const keys = { accessKey: randomBytes(10).toString("hex"), secretKey: randomBytes(20).toString("hex") };
    await run(
      "radosgw-admin",
      "user",
      "create",
      "--uid=test",
      "--display-name=test",
      `--access-key=${keys.accessKey}`,
      `--secret-key=${keys.secretKey}`,
    );
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const gateway = start("radosgw", "-n", "client.admin", `--rgw-frontends=beast endpoint=127.0.0.1:${port}`);
    await waitUntilUp(
      "the RADOS gateway",
      gateway,
      () =>
        fetch(endpoint).then(
          (answer) => answer.ok,
          () => false,
        ),
      STEP_MAX_MS,
    );
    return { endpoint, ...keys, region: "default", stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `ms_mon_client_mode`: the gateway insists on "secure" by itself, which a cluster without keys cannot offer (it then waits for ever). */
function configuration(folder: string, cluster: string, monitorPort: number): string {
  const settings = {
    fsid: cluster,
    mon_host: `v2:127.0.0.1:${monitorPort}/0`,
    mon_initial_members: "a",
    public_addr: "127.0.0.1",
    cluster_addr: "127.0.0.1",
    auth_cluster_required: "none",
    auth_service_required: "none",
    auth_client_required: "none",
    ms_mon_client_mode: "crc",
    ms_bind_ipv6: "false",
    osd_objectstore: "memstore",
    memstore_device_bytes: 512 * 1024 * 1024,
    osd_pool_default_size: 1,
    osd_pool_default_min_size: 1,
    osd_crush_chooseleaf_type: 0,
    osd_pool_default_pg_num: 1,
    osd_pool_default_pgp_num: 1,
    osd_pool_default_pg_autoscale_mode: "off",
    mon_allow_pool_size_one: "true",
    // A full disk of the machine is no reason for the monitor to refuse a test.
    mon_data_avail_crit: 1,
    mon_data: path.join(folder, "mon"),
    osd_data: path.join(folder, "osd"),
    rgw_data: path.join(folder, "rgw"),
    run_dir: folder,
    keyring: path.join(folder, "keyring"),
    admin_socket: "",
    log_file: path.join(folder, "$name.log"),
    pid_file: path.join(folder, "$name.pid"),
  };
  return `[global]\n${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("")}`;
}
