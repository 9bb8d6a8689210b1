/** One picture of a detection, loaded when it comes into view; when it is not at hand the same space says where it is. */
import type { ImageView } from "../../shared/api/views.ts";
import type { ImageRole } from "../../shared/model/detection.ts";
import { isAwaited, pictureState, watchWhileInSight } from "../data/awaited-pictures.ts";
import { imageAddress } from "../data/image-address.ts";
import { html, useEffect, useRef, useState } from "../html.ts";
import { NO_PICTURE, PICTURE_NOT_LOADED, pictureWords } from "../words/picture-words.ts";

export interface PictureProps {
  images: readonly ImageView[];
  /** Wanted roles, best first. */
  roles: readonly ImageRole[];
  alt: string;
  /** CSS size of the frame; the frame keeps it whatever the picture does. */
  width: string;
  /** "16:9" keeps that shape at any width. */
  height: string;
  /** Show all of the picture instead of filling the frame. */
  whole?: boolean;
  /** Load at once: for the picture a person has just opened. */
  eager?: boolean;
  onOpen?: (() => void) | undefined;
}

/** The best of the wanted pictures: one that is at hand before one that is not, with the state it has by now. */
export function pickImage(images: readonly ImageView[], roles: readonly ImageRole[]): ImageView | undefined {
  const wanted = roles.flatMap((role) => images.filter((image) => image.role === role));
  const known = wanted.map((image) => ({ ...image, state: pictureState(image) }));
  return known.find((image) => image.state === "stored") ?? known[0];
}

export function CropPicture({ images, roles, alt, width, height, whole, eager, onOpen }: PictureProps) {
  const image = pickImage(images, roles);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  const frame = useRef<HTMLElement | null>(null);
  const hasFailed = image !== undefined && failed === image.sha256;
  const waitsFor = image !== undefined && (hasFailed || isAwaited(image.state)) ? image.sha256 : undefined;
  useEffect(() => {
    if (waitsFor === undefined || frame.current === null) return;
    return watchWhileInSight(frame.current, waitsFor, () => setFailed(undefined));
  }, [waitsFor]);
  const where = image === undefined ? NO_PICTURE : hasFailed ? PICTURE_NOT_LOADED : pictureWords(image.state);
  const classes = `picture${whole ? " whole" : ""}${image?.state === "mismatch" ? " mismatch" : ""}`;
  const style = height === "16:9" ? `width:${width};aspect-ratio:16/9` : `width:${width};height:${height}`;
  if (image === undefined || where !== undefined)
    return html`<div ref=${frame} class=${classes} style=${style}><span class="where">${where}</span></div>`;
  const picture = html`<img src=${imageAddress(image.sha256)} alt=${alt} loading=${eager ? "eager" : "lazy"} decoding="async" onError=${() => setFailed(image.sha256)} />`;
  return onOpen === undefined
    ? html`<div class=${classes} style=${style}>${picture}</div>`
    : html`<button type="button" class=${classes} style=${style} onClick=${onOpen}>${picture}</button>`;
}
