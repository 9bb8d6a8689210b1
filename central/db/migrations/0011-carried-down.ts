/** When the newest file for a site's stick was made, by a time that never goes back: of two such files the site believes the later one. */
export const carriedDown: readonly string[] = ["alter table collectors add column down_made_at timestamptz"];
