import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** Counted elsewhere and read when somebody asks: names, what they say, and the figure. */
export interface MetricSource {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** /metrics: this process and the site's own figures. Ids and plates are no labels. */
export function makeEdgeMetrics(sources: readonly MetricSource[]): { readonly text: () => Promise<string>; readonly contentType: string } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, read } of sources) {
    new Gauge({
      name: `chaverim_edge_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
  return { text: () => registry.metrics(), contentType: registry.contentType };
}
