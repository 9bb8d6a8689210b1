/** Text made safe between tags and in attributes. */
function xmlText(value: string): string {
  return value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** `<name>value</name>` and a line feed, as this vendor writes one element per line. */
export function element(name: string, value: string | number): string {
  return `<${name}>${typeof value === "number" ? value : xmlText(value)}</${name}>\n`;
}

/** Several leaf elements in the given order. */
export function elements(pairs: readonly (readonly [string, string | number])[]): string {
  return pairs.map(([name, value]) => element(name, value)).join("");
}

/** An element that holds written elements. */
export function group(name: string, inside: string): string {
  return `<${name}>\n${inside}</${name}>\n`;
}
