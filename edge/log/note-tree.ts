import type { Moment } from "../../shared/log/chain.ts";
import type { StoreContext } from "./store-context.ts";
import type { TreeNote } from "./store-port.ts";

/** In one transaction: a witness moves together with the end of the alarm that it ends. */
export function noteTree({ rows: { tree } }: StoreContext, note: TreeNote, { wallMs: atMs }: Moment): void {
  switch (note.kind) {
    case "fork":
      return tree.insertEvent({ ...note, atMs });
    case "restored":
      tree.putWitness(note.shown, atMs);
      tree.endForks(note.shown.centralId, atMs);
      return tree.insertEvent({ ...note, why: "", atMs });
    case "witness":
      tree.putWitness(note.head, atMs);
      return tree.endForks(note.head.centralId, atMs);
  }
}
