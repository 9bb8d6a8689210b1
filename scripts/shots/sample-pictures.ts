/** JPEGs for the sample world, drawn when they are first asked for. */

import type { PlateStyle } from "../demo/town/pictures/plate-drawing.ts";
import { openPictureRenderer } from "../demo/town/pictures/render-plate-picture.ts";
import { ZONE } from "./sample-plates.ts";
import type { SamplePicture } from "./sample-world.ts";

/** Opens a source of pictures; a digest that is not in the world gives undefined. */
export function openSamplePictures(pictures: ReadonlyMap<string, SamplePicture>): (sha256: string) => Promise<Buffer | undefined> {
  const renderer = openPictureRenderer();
  return async (sha256) => {
    const picture = pictures.get(sha256);
    if (picture === undefined) return undefined;
    const { car, camera, kind, atMs } = picture;
    const drawn = await renderer.render({
      camera,
      vehicle: { type: car.type, color: car.color, plate: car.plate, style: styleOf(car.region) },
      side: "front",
      light: "night",
      clockText: new Date(atMs).toLocaleString("sv-SE", { timeZone: ZONE }),
      seed: sha256,
      withVehicle: false,
    });
    return kind === "crop" ? drawn.crop : drawn.scene;
  };
}

function styleOf(region: string): PlateStyle {
  return region.endsWith("NJ") ? "new-jersey" : region.endsWith("CT") ? "connecticut" : "new-york";
}
