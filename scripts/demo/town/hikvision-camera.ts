/**
 * One simulated camera: an HTTP server on loopback that speaks ISAPI as the real units do, and nothing of ours.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openAlertStream } from "./alert-stream.ts";
import { heartbeatXml } from "./anpr-xml.ts";
import type { CameraDoors, CameraSettings } from "./camera-settings.ts";
import { openDigestGate } from "./digest-gate.ts";
import { answer, serveIsapi } from "./isapi-desk.ts";
import { type HttpHost, responseStatusXml } from "./isapi-xml.ts";
import { heartbeatPart } from "./multipart-writer.ts";
import { openPlateList } from "./plate-list.ts";
import type { DeviceIdentity, Family } from "./plate-message.ts";
import { openPushSender } from "./push-sender.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface HikvisionCamera {
  readonly settings: CameraSettings;
  readonly device: DeviceIdentity;
  readonly doors: CameraDoors;
  readonly url: string;
  cameraMs(): number;
  setPushTarget(url: URL | null): void;
  pushTarget(): string | null;
  close(): Promise<void>;
}

const MODELS: Readonly<Record<Family, string>> = { tcg: "DS-TCG405-E", deepinview: "iDS-2CD7A46G0/P-IZHSY" };

/** Starts a camera on 127.0.0.1; `ordinal` (1-99) makes its addresses and serial number. */
export async function openHikvisionCamera(
  settings: CameraSettings,
  ordinal: number,
  random: SeededRandom,
  nowMs: () => number,
): Promise<HikvisionCamera> {
  const two = String(ordinal).padStart(2, "0");
  const device: DeviceIdentity = {
    family: settings.family,
    name: settings.name,
    model: MODELS[settings.family],
    serialNumber: `20260101AATOWNSN00${two}`,
    macAddress: `00:00:5e:00:53:${two}`,
    ipAddress: `192.0.2.${100 + ordinal}`,
    channel: settings.channel,
    zone: settings.zone,
  };
  const cameraMs = (): number => nowMs() + settings.clockSkewMs;
  const doors: CameraDoors = {
    stream: openAlertStream({
      heartbeatMs: settings.heartbeatMs,
      heartbeat: () => heartbeatPart(heartbeatXml(device, cameraMs())),
      replayOverlapMs: settings.replayOverlapMs,
      nowMs,
    }),
    push: openPushSender({ backoffMs: { first: 500, most: 10_000 }, answerTimeoutMs: 10_000 }),
    plates: openPlateList(settings.zone, random.fork("plate-list")),
  };
  const nonceRandom = random.fork("nonce");
  const gate = openDigestGate({
    realm: settings.family === "tcg" ? `fe12f37bd0000000bccbbd35${two}` : `IP Camera(TOWN${two})`,
    username: settings.username,
    password: settings.password,
    algorithms: settings.algorithms,
    form: settings.family === "tcg" && settings.algorithms.length === 1 ? "recorder" : "camera",
    nonceLifeMs: settings.nonceLifeMs,
    bindNonceToPath: settings.bindNonceToPath,
    lockMs: settings.lockMs,
    nowMs,
    nonceHex: () => Array.from({ length: 4 }, () => nonceRandom.whole(0, 0xffffffff).toString(16).padStart(8, "0")).join(""),
  });
  const hosts: (HttpHost | null)[] = [null, null];
  const applyHosts = (): void => {
    const host = hosts.find((candidate) => candidate !== null) ?? null;
    doors.push.setTarget(host === null ? null : new URL(`http://${host.address}:${host.port}${host.path}`));
  };
  const server = createServer((request, response) => {
    serveIsapi({ settings, device, doors, gate, hosts, applyHosts, cameraMs }, request, response).catch((error: unknown) => {
      if (!response.headersSent) answer(response, 500, responseStatusXml(request.url ?? "/", "deviceError"));
      else response.destroy();
      process.stderr.write(`camera ${settings.name}: ${String(error)}\n`);
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, settings.port);
  return {
    settings,
    device,
    doors,
    url: `http://127.0.0.1:${port}`,
    cameraMs,
    setPushTarget(url) {
      hosts[0] = url === null ? null : { address: url.hostname, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
      applyHosts();
    },
    pushTarget() {
      const host = hosts.find((candidate) => candidate !== null);
      return host == null ? null : `http://${host.address}:${host.port}${host.path}`;
    },
    async close() {
      doors.stream.close();
      doors.push.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
