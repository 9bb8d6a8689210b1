/** Both pages in a real browser, as a person opens them: sign in, see the alert with its picture. */
import type { Page } from "playwright-core";
import { openBrowser } from "../../test/open-browser.ts";
import { ADMIN, PERSON, type World } from "../world.ts";
import type { EdgeProof } from "./check-edge.ts";
import type { Steps } from "./steps.ts";

const PAGE_WAIT_MS = 15_000;

export async function checkPages(world: World, steps: Steps, proof: EdgeProof): Promise<void> {
  const browser = await openBrowser();
  try {
    await steps.step("site-page-shows-the-alert", { plate: proof.row.plateSaid, picture: true }, async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await page.goto(world.sites[0]!.url);
      await signInAtSite(page);
      return shows(page, proof.row.plateSaid);
    });
    await steps.step("dashboard-shows-the-alert", { plate: proof.row.plateSaid, picture: true }, async () => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(world.central.url);
      await signInAtCentral(page);
      await page.goto(`${world.central.url}/alerts`);
      return shows(page, proof.row.plateSaid);
    });
  } finally {
    await browser.close();
  }
}

export async function signInAtSite(page: Page): Promise<void> {
  const person = page.getByLabel("Name");
  await person.waitFor({ timeout: PAGE_WAIT_MS });
  const isChoice = await person.evaluate((element) => element.tagName === "SELECT");
  if (isChoice) await person.selectOption(PERSON.name);
  else await person.fill(PERSON.name);
  await page.getByLabel("PIN").fill(PERSON.pin);
  await page.getByRole("button", { name: /sign in/i }).click();
}

export async function signInAtCentral(page: Page): Promise<void> {
  await page.getByLabel(/e-?mail/i).fill(ADMIN.email, { timeout: PAGE_WAIT_MS });
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: /sign in/i }).click();
  await page.getByLabel("Password").waitFor({ state: "detached", timeout: PAGE_WAIT_MS });
}

/** The plate stands on the page, and beside it a picture that really loaded. */
async function shows(page: Page, plate: string) {
  // What a screen reader says of the badge: the drawn characters stand apart from each other.
  await page
    .getByText(new RegExp(`Plate ${[...plate].join(" ")}`))
    .first()
    .waitFor({ state: "attached", timeout: PAGE_WAIT_MS });
  const picture = await page
    .waitForFunction(() => [...document.images].some((image) => image.src.includes("/images/") && image.naturalWidth > 0), undefined, {
      timeout: PAGE_WAIT_MS,
    })
    .then(
      () => true,
      () => false,
    );
  return { ok: picture, observed: { plate, picture } };
}
