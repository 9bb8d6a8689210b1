import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLATE_STYLES, plateSvg } from "./plate-drawing.ts";
import { CROP_BYTES, openPictureRenderer, SCENE_BYTES, type Shot } from "./render-plate-picture.ts";
import { VEHICLE_COLORS, VEHICLE_TYPES, vehicleSvg } from "./vehicle-drawing.ts";

const shot: Shot = {
  camera: "North gate",
  vehicle: { type: "saloon", color: "red", plate: "JKT4821", style: "new-york" },
  side: "front",
  light: "day",
  clockText: "11-22-2026 Sun 14:52:07",
  seed: "one",
  withVehicle: false,
};

test("crop and scene keep to their sizes for every light, body and camera", async () => {
  const renderer = openPictureRenderer();
  let turn = 0;
  for (const light of ["day", "dusk", "night"] as const) {
    for (const type of VEHICLE_TYPES) {
      const color = VEHICLE_COLORS[turn % VEHICLE_COLORS.length]!;
      const style = PLATE_STYLES[turn % PLATE_STYLES.length]!;
      const camera = ["North gate", "Bridge east", "Oak ramp"][turn % 3]!;
      turn++;
      const { crop, scene, vehicle } = await renderer.render({
        ...shot,
        camera,
        light,
        side: turn % 2 === 0 ? "front" : "rear",
        vehicle: { type, color, plate: "HVB2061", style },
        seed: `size/${turn}`,
        withVehicle: turn % 4 === 0,
      });
      assert.ok(crop.length >= CROP_BYTES.min && crop.length <= CROP_BYTES.max, `crop of ${crop.length} bytes: ${light} ${type} ${color}`);
      assert.ok(
        scene.length >= SCENE_BYTES.min && scene.length <= SCENE_BYTES.max,
        `scene of ${scene.length} bytes: ${light} ${type} ${color}`,
      );
      assert.is(vehicle !== null, turn % 4 === 0);
      const size = await sharp(scene).metadata();
      assert.equal([size.format, size.width, size.height], ["jpeg", 1280, 720]);
    }
  }
});

test("the same shot is the same bytes, another seed is other bytes", async () => {
  const first = await openPictureRenderer().render(shot);
  const second = await openPictureRenderer().render(shot);
  assert.ok(first.crop.equals(second.crop) && first.scene.equals(second.scene));
  const other = await openPictureRenderer().render({ ...shot, seed: "two" });
  assert.not(first.crop.equals(other.crop));
  assert.not(first.scene.equals(other.scene));
});

test("the plate is where the camera says it is: the bright patch of the picture lies in plateRect", async () => {
  const { scene, plateRect } = await openPictureRenderer().render({
    ...shot,
    light: "night",
    vehicle: { ...shot.vehicle, color: "black" },
    side: "rear",
  });
  const left = Math.round(plateRect.x * 1.28);
  const top = Math.round(plateRect.y * 0.72);
  const region = { left, top, width: Math.round(plateRect.width * 1.28), height: Math.round(plateRect.height * 0.72) };
  const brightness = async (topOf: number) =>
    sharp(
      await sharp(scene)
        .extract({ ...region, top: topOf })
        .toBuffer(),
    ).stats();
  const inside = await brightness(top);
  const below = await brightness(Math.min(719 - region.height, top + region.height * 2));
  assert.ok(inside.channels[0]!.mean > below.channels[0]!.mean + 60, `${inside.channels[0]!.mean} against ${below.channels[0]!.mean}`);
});

test("no drawing needs a font", () => {
  for (const style of PLATE_STYLES) assert.not.match(plateSvg("ABC1234", style), "<text");
  assert.not.match(vehicleSvg(shot.vehicle, "front", "night"), "<text");
});

test("a vehicle without plate shows the bare holder", () => {
  assert.not.match(plateSvg(null, "new-york"), "stroke-linejoin");
});

test.run();
