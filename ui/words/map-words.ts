export const MAP = {
  title: "Map",
  label: "Map",
  noTiles: "No street map without a network",
  nowhere: "No positions known",
  cameras: (site: string, n: number) => `${site}, ${n} cameras`,
  emptyTitle: "No camera has a position yet",
  emptyText: "A site's latitude and longitude are set when its collector is added.",
} as const;
