/** Detections of the last 24 hours as 24 bars; silence is a gap one can see. */
import { html } from "../html.ts";

export function Sparkline({ hours, width = 120, height = 28 }: { hours: readonly number[]; width?: number; height?: number }) {
  const most = Math.max(1, ...hours);
  const total = hours.reduce((sum, n) => sum + n, 0);
  const step = width / Math.max(1, hours.length);
  const label = `${total} detections in 24 h, most in one hour ${Math.max(0, ...hours)}`;
  return html`<svg width=${width} height=${height} role="img" aria-label=${label}><title>${label}</title>
    ${hours.map((n, at) => {
      const tall = n === 0 ? 1 : Math.max(2, (n / most) * height);
      return html`<rect key=${at} class=${n === 0 ? "bar faint" : "bar"} x=${at * step} y=${height - tall} width=${Math.max(1, step - 1)} height=${tall} />`;
    })}
  </svg>`;
}
