/** Which rows of a list of equal heights are in view. */
export interface ViewOfRows {
  /** Scroll offset and height of the view, px. */
  top: number;
  height: number;
  rowHeight: number;
  rows: number;
  /** Rows kept ready above and below. */
  overscan: number;
}

/** First row (included) and last (excluded); an offset beyond the end, as after a list shrank, still shows the last rows. */
export function visibleRange({ top, height, rowHeight, rows, overscan }: ViewOfRows): { from: number; to: number } {
  const offset = Math.max(0, Math.min(top, rows * rowHeight - height));
  const from = Math.max(0, Math.floor(offset / rowHeight) - overscan);
  const to = Math.min(rows, Math.ceil((offset + height) / rowHeight) + overscan);
  return { from, to: Math.max(from, to) };
}
