/**
 * A button that opens the file chooser. The input lies over it, unseen, so that focus, keys and dropping a file work as everywhere. It names
 * no file types: phones grey out a file whose ending they do not know, and what was chosen wrongly is refused in words.
 */
import { html, type InputEventOf } from "../html.ts";
import { Icon, type IconName } from "./icon.ts";

export interface FileButtonProps {
  label: string;
  onFiles: (files: readonly File[]) => void;
  /** Told on hover. */
  hint?: string;
  icon?: IconName;
  several?: boolean;
  primary?: boolean;
  large?: boolean;
  disabled?: boolean;
}

export function FileButton({ label, onFiles, hint, icon, several, primary, large, disabled }: FileButtonProps) {
  const chosen = (event: InputEventOf) => {
    const files = [...(event.currentTarget.files ?? [])];
    // The same file may be chosen again.
    event.currentTarget.value = "";
    if (files.length > 0) onFiles(files);
  };
  return html`<label class=${`button file-button ${primary ? "primary" : ""} ${large ? "large" : ""}`} aria-disabled=${disabled ? "true" : undefined}>
    <input type="file" title=${hint} multiple=${several} disabled=${disabled} onChange=${chosen} />${icon === undefined ? null : html`<${Icon} name=${icon} size=${18} />`}<span>${label}</span></label>`;
}
