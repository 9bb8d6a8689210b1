export const MAP = {
  title: "Map",
  label: "Map",
  noTiles: "No street map without a network",
  nowhere: "No positions known",
  emptyTitle: "No camera has a position yet",
  emptyText: "A site's latitude and longitude are set when its collector is added.",
} as const;
