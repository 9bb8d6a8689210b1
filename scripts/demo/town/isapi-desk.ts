/** What a camera answers to whom: digest first, then the ISAPI addresses of the real units; anything else is notSupport. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CameraDoors, CameraSettings } from "./camera-settings.ts";
import type { DigestGate } from "./digest-gate.ts";
import {
  capabilitiesXml,
  deviceInfoXml,
  type HttpHost,
  httpHostsXml,
  httpHostXml,
  leaf,
  parseHttpHost,
  type ResponseKind,
  responseStatusXml,
  subscribeEventCapXml,
  timeXml,
} from "./isapi-xml.ts";
import { STREAM_BOUNDARY } from "./multipart-writer.ts";
import type { DeviceIdentity } from "./plate-message.ts";

const BODY_BYTES_MAX = 65_536;

/** All that an answer may need of its camera. */
export interface Desk {
  readonly settings: CameraSettings;
  readonly device: DeviceIdentity;
  readonly doors: CameraDoors;
  readonly gate: DigestGate;
  readonly hosts: (HttpHost | null)[];
  readonly applyHosts: () => void;
  readonly cameraMs: () => number;
}

/** Answers one request: the door first, then the address. */
export async function serveIsapi(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
  const url = request.url ?? "/";
  const body = await readBody(request);
  const verdict = desk.gate.check({
    method: request.method ?? "GET",
    url,
    authorization: request.headers.authorization,
    address: request.socket.remoteAddress ?? "",
  });
  if (verdict.kind === "refused") {
    response.setHeader("WWW-Authenticate", [...verdict.challenges]);
    return answer(response, 401, verdict.body);
  }
  if (body === null) return answer(response, 413, responseStatusXml(url, "badXmlContent"));
  const path = (url.split("?")[0] ?? "/").replace(/\/$/, "").toLowerCase();
  const way = `${request.method} ${path}`;
  const picture = /^GET \/doc\/ui\/images\/plate\/(\d{1,32})\.jpg$/i.exec(way)?.[1];
  if (picture !== undefined) return answerPicture(response, desk.doors.plates.picture(picture), url);
  if (path.startsWith("/isapi/event/notification/httphosts")) return serveHosts(desk, request.method ?? "GET", path, url, body, response);
  switch (way) {
    case "GET /isapi/system/deviceinfo":
      return answer(response, 200, deviceInfoXml(desk.device));
    case "GET /isapi/system/time":
      return answer(response, 200, timeXml(desk.device, desk.cameraMs()));
    case "GET /isapi/system/capabilities":
      return answer(response, 200, capabilitiesXml(canSubscribe(desk.settings)));
    case "GET /isapi/security/usercheck":
      return answer(
        response,
        200,
        '<?xml version="1.0" encoding="UTF-8"?>\n<userCheck>\n<statusValue>200</statusValue>\n<statusString>OK</statusString>\n</userCheck>\n',
      );
    case "GET /isapi/event/notification/alertstream":
      return openStream(desk, response, desk.settings.mode === "silent-stream" ? "nothing" : "messages");
    case "GET /isapi/event/notification/subscribeeventcap":
      return canSubscribe(desk.settings) ? answer(response, 200, subscribeEventCapXml()) : refuse(response, 404, url, "notSupport");
    case "POST /isapi/event/notification/subscribeevent":
      return subscribe(desk, url, body, response);
    case `POST /isapi/traffic/channels/${desk.settings.channel}/vehicledetect/plates`:
    case `GET /isapi/traffic/channels/${desk.settings.channel}/vehicledetect/plates`: {
      const cursor = leaf(body, "picTime");
      if (cursor === undefined) return refuse(response, 400, url, "badXmlContent");
      return answer(response, 200, desk.doors.plates.answer(cursor));
    }
    default:
      return refuse(response, 404, url, "notSupport");
  }
}

function canSubscribe(settings: CameraSettings): boolean {
  return settings.family === "deepinview";
}

function openStream(desk: Desk, response: ServerResponse, what: "messages" | "nothing", heartbeatMs?: number): ServerResponse {
  response.writeHead(200, {
    "MIME-Version": "1.0",
    "Cache-Control": "no-cache",
    Connection: "close",
    "Content-Type": `multipart/mixed; boundary=${STREAM_BOUNDARY}`,
  });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  if (what === "messages" && !desk.doors.stream.attach(response, heartbeatMs)) response.end();
  return response;
}

function subscribe(desk: Desk, url: string, body: string, response: ServerResponse): ServerResponse {
  if (!canSubscribe(desk.settings)) return refuse(response, 404, url, "notSupport");
  const mode = leaf(body, "eventMode");
  if (mode !== "all" && mode !== "list") return refuse(response, 400, url, "badXmlContent");
  const wanted = Number(leaf(body, "heartbeat") ?? "30") * 1000;
  return openStream(
    desk,
    response,
    "messages",
    Number.isFinite(wanted) && wanted >= 1000 ? Math.min(wanted, desk.settings.heartbeatMs) : undefined,
  );
}

function serveHosts(desk: Desk, method: string, path: string, url: string, body: string, response: ServerResponse): ServerResponse {
  const slot = /httphosts\/(\d)(\/test)?$/.exec(path);
  const id = slot === null ? null : Number(slot[1]);
  if (id !== null && (id < 1 || id > desk.hosts.length)) return refuse(response, 404, url, "notSupport");
  if (method === "GET") return answer(response, 200, id === null ? httpHostsXml(desk.hosts) : httpHostXml(id, desk.hosts[id - 1] ?? null));
  if (method === "POST" && slot?.[2] !== undefined) return answer(response, 200, responseStatusXml(url, "ok"));
  if (method !== "PUT") return refuse(response, 405, url, "notSupport");
  // JSON is not taken here even by units that speak it elsewhere.
  if (body.trimStart().startsWith("{")) return refuse(response, 400, url, "badXmlFormat");
  const parsed = parseHttpHost(body);
  if (parsed === "bad") return refuse(response, 400, url, "badXmlContent");
  desk.hosts[(id ?? parsed.id) - 1] = parsed.host;
  desk.applyHosts();
  return answer(response, 200, responseStatusXml(url, "ok"));
}

function refuse(response: ServerResponse, status: number, url: string, kind: ResponseKind): ServerResponse {
  return answer(response, status, responseStatusXml(url, kind));
}

/** Ends a response with an XML body. */
export function answer(response: ServerResponse, status: number, xml: string): ServerResponse {
  response.writeHead(status, {
    "Content-Type": 'application/xml; charset="UTF-8"',
    "Cache-Control": "no-cache",
    "Content-Length": Buffer.byteLength(xml),
  });
  return response.end(xml);
}

function answerPicture(response: ServerResponse, jpeg: Buffer | null, url: string): ServerResponse {
  if (jpeg === null) return refuse(response, 404, url, "notSupport");
  response.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": jpeg.length });
  return response.end(jpeg);
}

/** The whole body as text; null when it is larger than a camera takes. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return size > BODY_BYTES_MAX ? null : Buffer.concat(chunks).toString("utf8");
}
