/** The step between a machine's reading and a person's word: picture and plate side by side, and the question. */
import type { AlertItemView } from "../../shared/api/views.ts";
import type { Answer } from "../data/api-client.ts";
import { html, useState } from "../html.ts";
import { ALERTS } from "../words/alert-words.ts";
import { DETECTION } from "../words/detection-words.ts";
import { SITE } from "../words/site-page-words.ts";
import { CropPicture, pickImage } from "./crop-picture.ts";
import { Dialog } from "./dialog.ts";
import { ExplanationText } from "./explanation-text.ts";
import { PlateBadge } from "./plate-badge.ts";

export interface CompareDialogProps {
  item: AlertItemView;
  canVerify: boolean;
  onClose: () => void;
  onVerify: () => Promise<Answer<unknown>>;
  onNot: () => void;
}

/** The plate to look for in the picture: what the entry names, or, for a pattern, what was read. */
export function wantedPlate(item: AlertItemView): string {
  const explanation = item.alerts[0]?.explanation;
  if (explanation === undefined) return item.detection?.plate ?? "";
  return explanation.kind === "wildcard" ? explanation.plate : explanation.pattern;
}

export function CompareDialog({ item, canVerify, onClose, onVerify, onNot }: CompareDialogProps) {
  const [words, setWords] = useState("");
  const images = item.detection?.images ?? [];
  const explanation = item.alerts[0]?.explanation;
  const wanted = wantedPlate(item);
  const seen = pickImage(images, ["crop", "full", "vehicle"])?.state === "stored";
  const verify = async () => {
    const answer = await onVerify();
    if (!answer.ok) setWords(answer.problem.words);
  };
  return html`<${Dialog} title=${ALERTS.compareTitle} onClose=${onClose} wide>
    <div class="flex flex-col gap-4">
      <div class="grid md:grid-cols-[3fr_2fr] gap-4">
        <${CropPicture} images=${images} roles=${["full", "vehicle"]} alt=${DETECTION.scene} width="100%" height="16:9" whole eager />
        <div class="flex flex-col gap-3">
          <${CropPicture} images=${images} roles=${["crop", "vehicle"]} alt=${DETECTION.crop} width="100%" height="min(20vh, 170px)" whole eager />
          <${PlateBadge} plate=${item.detection?.plate ?? null} region=${item.detection?.region} explanation=${explanation} size="l" />
          ${explanation === undefined ? null : html`<${ExplanationText} explanation=${explanation} />`}
        </div>
      </div>
      ${
        canVerify
          ? html`<p class="heading">${seen ? ALERTS.compareText(wanted, explanation?.kind === "confusable") : ALERTS.compareNone}</p>
            <p role="alert" class="text-critical empty:hidden">${words}</p>
            <div class="flex flex-wrap gap-2">
              <button type="button" class="button primary large flex-1" onClick=${verify}>${ALERTS.yes(wanted)}</button>
              <button type="button" class="button large flex-1" onClick=${onNot}>${SITE.notThem}</button>
            </div>`
          : null
      }
    </div>
  <//>`;
}
