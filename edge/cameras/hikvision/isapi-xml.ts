import { XMLParser, XMLValidator } from "fast-xml-parser";

/** The longest real message is under 5 KiB, a plate list of a thousand rows under 250. */
export const XML_BYTES_MAX = 256 * 1024;
/** Bounds the parser's time: 20,000 tags take tens of milliseconds. */
export const XML_TAGS_MAX = 20_000;
/** Only encodings that keep ASCII where it is, or the DOCTYPE could hide from the check for it. */
const ENCODINGS = new Set(["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "gb2312", "gbk", "gb18030", "big5"]);

/** An element: children and text by local name. */
export type XmlElement = Readonly<Record<string, unknown>>;
export interface XmlRefusal {
  readonly kind: "not-xml";
  /** One sentence without any of the content. */
  readonly why: string;
}
export interface XmlDocument {
  readonly kind: "xml";
  /** Local name of the root element. */
  readonly root: string;
  readonly element: XmlElement;
}

// Never numbers: plate 007E10 would become 70000000000. Never namespaces: each firmware has its own.
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: true,
  htmlEntities: false,
});

/** Bytes to text: byte order mark dropped, declared encoding honoured if harmless, DOCTYPE and NUL refused. */
export function decodeIsapiText(bytes: Uint8Array): string | XmlRefusal {
  const start = Buffer.from(bytes.subarray(0, 200)).toString("latin1");
  const declared = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(start)?.[1]?.toLowerCase() ?? "utf-8";
  if (!ENCODINGS.has(declared)) return notXml("its encoding is not accepted");
  const text = new TextDecoder(declared).decode(bytes);
  if (text.includes("\0")) return notXml("it contains NUL bytes");
  if (/<!doctype/i.test(text)) return notXml("it declares a document type, which is never accepted");
  return text;
}

/** One document of text to a tree; a refusal value for everything that is not one well-formed element within the limits. */
export function parseIsapiXml(text: string): XmlDocument | XmlRefusal {
  if (Buffer.byteLength(text, "utf8") > XML_BYTES_MAX) return notXml(`it is longer than ${XML_BYTES_MAX} bytes`);
  if (countTags(text) > XML_TAGS_MAX) return notXml(`it has more than ${XML_TAGS_MAX} tags`);
  // Some firmware writes the channel name as a person typed it.
  const escaped = text.trim().replace(/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});)/gi, "&amp;");
  try {
    const valid = XMLValidator.validate(escaped);
    // The validator's message repeats the content, which may be a plate.
    if (valid !== true) return notXml(`it is not well formed (${valid.err.code} in line ${valid.err.line})`);
    const tree: unknown = parser.parse(escaped);
    const roots = Object.entries(isElement(tree) ? tree : {});
    const [root, element] = roots[0] ?? [];
    if (roots.length !== 1 || root === undefined || Array.isArray(element)) return notXml("it has not exactly one root element");
    return { kind: "xml", root, element: isElement(element) ? element : {} };
  } catch {
    return notXml("the parser refuses it");
  }
}

/** Opening and closing tags, roughly: what a parser's time depends on. */
export function countTags(text: string): number {
  let tags = 0;
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", at + 1)) tags += 1;
  return tags;
}

function notXml(why: string): XmlRefusal {
  return { kind: "not-xml", why };
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All children of this name that are elements. */
export function childElements(element: XmlElement | null, name: string): readonly XmlElement[] {
  const value = element !== null && Object.hasOwn(element, name) ? element[name] : undefined;
  return (Array.isArray(value) ? value : [value]).filter(isElement);
}

export function childElement(element: XmlElement | null, name: string): XmlElement | null {
  return childElements(element, name)[0] ?? null;
}

/** Text of the first child of this name; empty when missing or empty. */
export function childText(element: XmlElement | null, name: string): string {
  const value = element !== null && Object.hasOwn(element, name) ? element[name] : undefined;
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first === "string") return first;
  return isElement(first) && typeof first["#text"] === "string" ? first["#text"] : "";
}

/** Text as a plain decimal number within the bounds; null otherwise (an empty element is not 0). */
export function childNumber(element: XmlElement | null, name: string, min: number, max: number): number | null {
  const text = childText(element, name);
  if (!/^[+-]?\d{1,12}(?:\.\d{1,12})?$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}
