/** A dialog on the browser's own <dialog>: focus is held inside, Escape closes, focus returns to where it was. */
import { type ComponentChildren, html, useLayoutEffect, useRef } from "../html.ts";
import { STATES } from "../words/state-words.ts";
import { Icon } from "./icon.ts";

export interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children?: ComponentChildren;
}

/** Open while it is in the tree. */
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const element = useRef<HTMLDialogElement | null>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const onBackdrop = (event: MouseEvent) => {
    if (event.target === element.current) onClose();
  };
  const onCancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-label=${title} onCancel=${onCancel} onClick=${onBackdrop}>
    <header class="row justify-between px-4 py-2 border-0 border-b border-solid border-line">
      <h2 class="heading">${title}</h2>
      <button type="button" class="button plain small" aria-label=${STATES.close} onClick=${onClose}><${Icon} name="close" size=${18} /></button>
    </header>
    <div class="p-4">${children}</div>
  </dialog>`;
}
