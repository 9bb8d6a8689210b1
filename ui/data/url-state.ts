/**
 * Filters live in the address, so back works and a view can be sent to a colleague. Two halves: `?name=value` for what may be seen in an
 * access log (sites, cameras, times), and `#name=value` for plates, reasons and case numbers, which never leave the browser.
 */
/** The fields of `?a=b` or `#a=b`, only names that are asked for, each at most 200 characters. */
export function readFields<Name extends string>(text: string, names: readonly Name[]): Partial<Record<Name, string>> {
  const params = new URLSearchParams(text.replace(/^[?#]/, ""));
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = params.get(name);
    if (value !== null && value !== "") fields[name] = value.slice(0, 200);
  }
  return fields;
}

/** The text after ? or #, in the order given, without what is empty. */
export function fieldsText(fields: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== "") params.set(name, value);
  return params.toString();
}

/** A whole address from its parts. */
export function pageAddress(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  hash: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = fieldsText(query);
  const behind = fieldsText(hash);
  return path + (search === "" ? "" : `?${search}`) + (behind === "" ? "" : `#${behind}`);
}

/** The address of a plate's page: the plate stands behind # and never reaches a server's log. */
export function plateAddress(plate: string, reason?: string, caseNumber?: string): string {
  return pageAddress("/plate", {}, { plate, reason, case: caseNumber });
}
