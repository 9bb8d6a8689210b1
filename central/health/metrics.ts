import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Central's figures. Labels are patterns, methods and names of loops: never an id, never a plate. */
export interface Metrics {
  readonly registry: Registry;
  readonly contentType: string;
  readonly text: () => Promise<string>;
  readonly observeRequest: (seen: { method: string; pattern: string; status: number; ms: number }) => void;
  /** A figure that is asked for when somebody reads the metrics. */
  readonly gauge: (name: string, help: string, read: () => number) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "chaverim_" });
  const requests = new Histogram({
    name: "chaverim_http_request_seconds",
    help: "Time to answer, by route pattern",
    labelNames: ["method", "route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeRequest: ({ method, pattern, status, ms }) => requests.observe({ method, route: pattern, status: String(status) }, ms / 1000),
    gauge: (name, help, read) => {
      new Gauge({
        name: `chaverim_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
  };
}
