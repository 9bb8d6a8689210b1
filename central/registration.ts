/** What the routes and the command that add a collector share. */
import { DIFFERENCES_DEFAULT } from "../shared/crdt/list-state.ts";
import type { AddCollectorDeps } from "./collectors/add-collector.ts";
import type { CentralIdentity } from "./integrity/central-identity.ts";
import { type EditListDeps, makeList } from "./watchlists/edit-list.ts";
import { replaceListSites } from "./watchlists/watchlist-rows.ts";

/** Central's public keys as base64url: what `edge -- init --central-key` takes. */
export function publicKeysOf(identity: CentralIdentity): { readonly ed25519: string; readonly x25519: string } {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  return { ed25519: text(identity.publicKey), x25519: text(identity.boxKey) };
}

/** Makes the list that a site keeps by itself: volunteers add to it on the site's page, with or without an uplink. */
export function siteListMaker(editing: EditListDeps): AddCollectorDeps["makeSiteList"] {
  return async (tx, list, siteId, name, author) => {
    const draft = { name, owner: author, kind: "site" as const, differencesMax: DIFFERENCES_DEFAULT, critical: false, keepWins: false };
    const refused = await makeList(tx, editing, list, draft, author);
    if (refused !== null) throw new Error(`the site's list could not be made: ${refused.message}`);
    await replaceListSites(tx, list, [siteId]);
  };
}
