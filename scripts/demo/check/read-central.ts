import type { AlertsAnswer, DetectionSearch, DetectionSearchAnswer } from "../../../shared/api/central-api.ts";
import type { AlertItemView, DetectionView } from "../../../shared/api/views.ts";
import type { HttpClient } from "../http-client.ts";

const PAGE = 200;
const REASON = "system-test";

export async function searchCentral(client: HttpClient, search: DetectionSearch): Promise<DetectionView[]> {
  const all: DetectionView[] = [];
  let cursor: string | null = null;
  do {
    const body: DetectionSearch = { ...search, limit: PAGE, reason: REASON, ...(cursor === null ? {} : { cursor }) };
    const page: DetectionSearchAnswer = await client.send<DetectionSearchAnswer>("POST", "/api/v1/detections/search", body);
    all.push(...page.detections);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}

export async function centralAlerts(client: HttpClient): Promise<AlertItemView[]> {
  const all: AlertItemView[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: AlertsAnswer = await client.get<AlertsAnswer>(`/api/v1/alerts?limit=${PAGE}${query}`);
    all.push(...page.alerts);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}
