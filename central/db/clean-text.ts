/** PostgreSQL's text cannot hold U+0000; the record keeps the exact bytes. */
export function cleanText(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text;
}
