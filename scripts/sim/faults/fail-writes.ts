/** A card that takes no more records for a while: SQLite is told so in the midst of a statement, as by a driver that reports an error. */
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";

const NAME = "failing_card";

/** `once`: the first record alone. Answers whether anything runs there. */
export function failWrites(world: World, site: SimSite, lastsMs: number, once: boolean): boolean {
  const { process } = site;
  if (process === null) return false;
  const { db } = process.store;
  let times = 0;
  db.function(NAME, () => {
    times += 1;
    if (once && times > 1) return 0;
    world.mark("io-error");
    throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_WRITE" });
  });
  db.exec(`create temp trigger if not exists ${NAME} before insert on main.records begin select ${NAME}(); end`);
  // A new start opens the file anew, and the card answers again.
  process.after(lastsMs, () => void db.exec(`drop trigger if exists temp.${NAME}`));
  return true;
}
