export function WatchlistsPage() {
  return null;
}
