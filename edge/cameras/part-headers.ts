/** One part's head as the reader understood it; missing values are empty text. */
export interface PartHead {
  readonly contentType: string;
  /** `name` of Content-Disposition. */
  readonly name: string;
  readonly fileName: string;
  readonly contentId: string;
  /** Null when missing or not a plain number. */
  readonly contentLength: number | null;
}

/** A parameter of a header value, quoted or not, spaces around `;` and `=` or not; empty when missing. */
export function headerParameter(value: string, name: string): string {
  const found = new RegExp(`(?:^|[;\\s])${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, "i").exec(value);
  return (found?.[1] ?? found?.[2] ?? "").trim();
}

/** Header lines to what the adapters look at. The last of a repeated header counts; unknown ones are ignored. */
export function parsePartHead(lines: readonly string[]): PartHead {
  let contentType = "";
  let disposition = "";
  let contentId = "";
  let contentLength: number | null = null;
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).trim().toLowerCase()) {
      case "content-type":
        contentType = value;
        break;
      case "content-disposition":
        disposition = value;
        break;
      case "content-id":
        contentId = value.replace(/^<|>$/g, "");
        break;
      case "content-length":
        contentLength = /^\d{1,10}$/.test(value) ? Number(value) : null;
        break;
      default:
    }
  }
  return {
    contentType,
    name: headerParameter(disposition, "name"),
    fileName: headerParameter(disposition, "filename"),
    contentId,
    contentLength,
  };
}

/** The boundary of a multipart content type, as written there; null when it names none. */
export function boundaryOf(contentType: string): string | null {
  const boundary = headerParameter(contentType, "boundary");
  return boundary === "" || boundary.length > 200 ? null : boundary;
}
