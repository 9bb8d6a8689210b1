import { randomBytes } from "node:crypto";
import { defineCommand } from "citty";
import { uuidv7 } from "uuidv7";
import { notAvailable } from "./cameras/open-camera.ts";
import { addCamera } from "./config/add-camera.ts";
import { openCredentials } from "./config/credential-store.ts";
import { edgeHome, loadEdgeConfig } from "./config.ts";
import { readSecret } from "./read-secret.ts";

const home = { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" } as const;

const add = defineCommand({
  meta: { name: "add", description: "Add a camera. Its password is read from stdin; an empty line means none." },
  args: {
    home,
    name: { type: "string", description: "What people call it", required: true },
    adapter: { type: "string", description: "hikvision or replay", required: true },
    mode: { type: "string", description: "stream, push or poll (stream)" },
    url: { type: "string", description: "http://ADDRESS of the camera" },
    username: { type: "string", description: "A viewer account of the camera" },
    channel: { type: "string", description: "Channel (1)" },
    facing: { type: "string", description: 'approaching or leaving: which way "forward" is' },
    traffic: { type: "string", description: "residential, commercial or busy" },
    "push-secret": { type: "string", description: "Made when missing" },
    latitude: { type: "string", description: "Degrees north" },
    longitude: { type: "string", description: "Degrees east" },
  },
  async run({ args }) {
    const folder = edgeHome(args.home);
    const password = await readSecret("Password of the camera: ");
    const added = addCamera(
      { home: folder, credentials: openCredentials(folder), newId: uuidv7, newSecret: () => randomBytes(24).toString("base64url") },
      { ...args, push_secret: args["push-secret"], password },
    );
    if (added.kind === "refused") throw new Error(added.words);
    console.log(`Added ${args.name} (${added.id}).`);
    const camera = camerasOf(folder).find((one) => one.id === added.id);
    const cannot = camera === undefined ? null : notAvailable(camera.adapter);
    if (cannot !== null) console.log(`${cannot} It stays stopped until a version that can.`);
    if (camera?.mode === "push") console.log(`The camera pushes to: /push/${camera.adapter}/${camera.id}/${camera.pushSecret}`);
    console.log("A running edge takes it over after: kill -HUP (its process), or a restart.");
  },
});

const list = defineCommand({
  meta: { name: "list", description: "The cameras of this home" },
  args: { home },
  run({ args }) {
    const cameras = camerasOf(edgeHome(args.home));
    if (cameras.length === 0) console.log("No cameras yet.");
    for (const { id, name, adapter, mode, url } of cameras) console.log(`${id}  ${name}  ${adapter}/${mode}  ${url}`);
  },
});

function camerasOf(folder: string) {
  const outcome = loadEdgeConfig(folder);
  if (outcome.kind === "bad") throw new Error(outcome.words);
  return outcome.config.cameras;
}

export const cameraCommand = defineCommand({ meta: { name: "camera", description: "Cameras of this site" }, subCommands: { add, list } });
