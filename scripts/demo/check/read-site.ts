import type { SiteAlertsAnswer, SiteDetectionsAnswer, SiteStatus } from "../../../shared/api/site-api.ts";
import type { AlertItemView, DetectionView } from "../../../shared/api/views.ts";
import type { HttpClient } from "../http-client.ts";

const PAGE = 200;

/** Every detection that a site's page can show, page by page. */
export async function siteDetections(client: HttpClient): Promise<DetectionView[]> {
  const all: DetectionView[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: SiteDetectionsAnswer = await client.get<SiteDetectionsAnswer>(`/api/detections?limit=${PAGE}${query}`);
    all.push(...page.detections);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}

export async function siteAlerts(client: HttpClient): Promise<AlertItemView[]> {
  const all: AlertItemView[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: SiteAlertsAnswer = await client.get<SiteAlertsAnswer>(`/api/alerts?limit=${PAGE}${query}`);
    all.push(...page.alerts);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}

export const siteStatus = (client: HttpClient): Promise<SiteStatus> => client.get<SiteStatus>("/api/status");
