/** Ten thousand rows as a few dozen elements: rows of one height, only those in view (and a few around) exist, each keyed by its id. */
import { html, useEffect, useLayoutEffect, useRef, useState, type VNode } from "../html.ts";
import { visibleRange } from "./visible-range.ts";

export interface VirtualListProps<Row> {
  rows: readonly Row[];
  rowHeight: number;
  keyOf: (row: Row) => string;
  render: (row: Row, at: number) => VNode;
  label: string;
  /** Row that must stay in view (arrow keys). */
  reveal?: number;
  /** Told the scroll offset, px, so that a page can keep its place and see whether someone reads further down. */
  onScroll?: (top: number) => void;
  startTop?: number;
  onNearEnd?: () => void;
  onKey?: (event: KeyboardEvent) => void;
  class?: string;
}
const OVERSCAN_ROWS = 6;

export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const { rows, rowHeight } = props;
  const box = useRef<HTMLDivElement | null>(null);
  const [view, setView] = useState({ top: props.startTop ?? 0, height: 800 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.scrollTop = props.startTop ?? 0;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = box.current;
    if (element === null || props.reveal === undefined || props.reveal < 0) return;
    const top = props.reveal * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
  }, [props.reveal]);
  const range = visibleRange({ top: view.top, height: view.height, rowHeight, rows: rows.length, overscan: OVERSCAN_ROWS });
  // By what is drawn, not by the scroll event: a jump to the end fires one event only, and a short list none.
  const nearEnd = rows.length > 0 && (rows.length - range.to) * rowHeight < view.height;
  useEffect(() => {
    if (nearEnd) props.onNearEnd?.();
  }, [nearEnd, rows.length]);
  const onScroll = (event: Event) => {
    const top = (event.currentTarget as HTMLElement).scrollTop;
    setView((was) => (was.top === top ? was : { ...was, top }));
    props.onScroll?.(top);
  };
  const items: VNode[] = [];
  for (let at = range.from; at < range.to; at++) {
    const row = rows[at]!;
    items.push(
      html`<div key=${props.keyOf(row)} class="virtual-item" role="listitem" aria-posinset=${at + 1} aria-setsize=${rows.length} style=${`height:${rowHeight}px;transform:translateY(${at * rowHeight}px)`}>${props.render(row, at)}</div>`,
    );
  }
  return html`<div ref=${box} class=${`virtual ${props.class ?? ""}`} role="region" tabindex="0" aria-label=${props.label} onScroll=${onScroll} onKeyDown=${props.onKey}>
    <div role="list" aria-label=${props.label} style=${`height:${rows.length * rowHeight}px;position:relative`}>${items}</div>
  </div>`;
}
