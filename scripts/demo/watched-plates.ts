import type { World } from "./world.ts";

/** The town's wanted plates go onto a shared list through the dashboard's own API. */
export async function putWatchedPlates(world: World): Promise<void> {
  const { client } = world.central;
  const { collectors } = await client.get<{ collectors: { site_id: string }[] }>("/api/v1/collectors");
  const list = await client.send<{ id?: string; watchlist?: { id: string } }>("POST", "/api/v1/watchlists", {
    name: "Watch of the week",
    kind: "shared",
    sites: collectors.map((one) => one.site_id),
  });
  const id = list.watchlist?.id ?? list.id;
  const expires = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString();
  for (const { plate, reason } of world.town.watched)
    await client.send("POST", `/api/v1/watchlists/${id}/entries`, { pattern: plate, reason, expires_at: expires });
}
